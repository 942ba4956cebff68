//! Category values that no two things share.

use std::collections::BTreeMap;

/// Category values by key and by who asked for them: two things that are called the same get two
/// values, so no category ever holds the members of both.
#[derive(Debug, Default)]
pub(in crate::legal) struct Values {
    owners: BTreeMap<(&'static str, String), String>,
}

impl Values {
    /// The wished value, or the wished value with its owner where another owner has it.
    pub(in crate::legal) fn of(&mut self, key: &'static str, wished: &str, owner: &str) -> String {
        let mut value = wished.to_owned();
        loop {
            let taken = self
                .owners
                .entry((key, value.clone()))
                .or_insert_with(|| owner.to_owned());
            if taken == owner {
                return value;
            }
            value = format!("{value} {owner}");
        }
    }
}
