//! Names that are given out once each.

use std::collections::{BTreeMap, BTreeSet};

/// What was given out so far, by what makes two of it the same: a name in lower case, a path.
///
/// Things that wish for one name get it with a number behind it. How far the numbers of a name have
/// come is kept: else a thousand things of one name would try half a million numbers.
#[derive(Clone, Debug)]
pub struct Taken<Key> {
    keys: BTreeSet<Key>,
    numbers: BTreeMap<Key, u32>,
}

impl<Key> Default for Taken<Key> {
    fn default() -> Self {
        Self {
            keys: BTreeSet::new(),
            numbers: BTreeMap::new(),
        }
    }
}

impl<Key: Ord> From<BTreeSet<Key>> for Taken<Key> {
    fn from(keys: BTreeSet<Key>) -> Self {
        Self {
            keys,
            numbers: BTreeMap::new(),
        }
    }
}

impl<Key: Clone + Ord> Taken<Key> {
    /// Takes a name, whether or not it was free.
    pub fn take(&mut self, key: Key) {
        self.keys.insert(key);
    }

    /// The first of `numbered(1)`, `numbered(2)` and so on that is free. Equal wishes are numbered
    /// alike.
    pub fn give<Name>(&mut self, wish: &Key, numbered: impl Fn(u32) -> (Key, Name)) -> Name {
        let before = self.numbers.get(wish).copied().unwrap_or(0);
        let mut number = before;
        loop {
            number += 1;
            let (key, name) = numbered(number);
            if self.keys.insert(key) {
                if number > 1 {
                    self.numbers.insert(wish.clone(), number);
                }
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbered(wish: &str, number: u32) -> String {
        match number {
            1 => wish.to_owned(),
            number => format!("{wish}-{number}"),
        }
    }

    proptest! {
        /// As if every number were tried each time.
        #[test]
        fn the_first_that_is_free_is_given(wishes in prop::collection::vec("a(-[23])?|b", 0..40)) {
            let (mut taken, mut plain) = (Taken::default(), BTreeSet::new());
            for wish in wishes {
                let name = taken.give(&wish, |number| {
                    let name = numbered(&wish, number);
                    (name.clone(), name)
                });
                let mut first = (1..).map(|number| numbered(&wish, number));
                let expected = first.find(|name| !plain.contains(name));
                prop_assert_eq!(Some(&name), expected.as_ref());
                plain.insert(name);
            }
        }
    }
}
