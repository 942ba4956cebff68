//! Names and descriptions that every model and release takes.

use crate::taken::Taken;
use serde::{Serialize, Serializer};
use std::fmt;

/// A name: 1 to 63 characters of `A-Z a-z 0-9 space _ . -`, first and last alphanumeric.
///
/// The narrowest of all models (security policies, 2024.3 on; other models allow more), so that one
/// type fits all. Source: the vendor's SDK, `NetworkSecurityPolicy.name`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// The greatest length of a [`Name`] in characters.
const NAME: usize = 63;

impl Name {
    /// The nearest legal name: illegal characters become `-`, ends are trimmed, the rest is cut.
    #[must_use]
    pub fn nearest(text: &str) -> Self {
        let mapped: String = text
            .chars()
            .map(|c| if is_name(c) { c } else { '-' })
            .collect();
        let mut name: String = trim(&squeeze(&mapped)).chars().take(NAME).collect();
        name = trim(&name).to_owned();
        Self(if name.is_empty() {
            "unnamed".to_owned()
        } else {
            name
        })
    }

    /// The same name, or with a number behind it when it is taken (ignoring case).
    #[must_use]
    pub fn unique(&self, taken: &mut Taken<String>) -> Self {
        let wished = &self.0;
        taken.give(&wished.to_lowercase(), |number| {
            let name = match number {
                1 => wished.clone(),
                number => {
                    let ending = format!("-{number}");
                    let kept: String = wished.chars().take(NAME - ending.len()).collect();
                    format!("{}{ending}", trim(&kept))
                }
            };
            (name.to_lowercase(), Self(name))
        })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}

/// A description of at most `MAX` characters of `A-Z a-z 0-9 space _ : . ( ) -`.
///
/// Source: the vendor's SDK, `NetworkSecurityPolicy.description` (512) and the rule's (64).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description<const MAX: usize>(String);

impl<const MAX: usize> Description<MAX> {
    /// The nearest legal description: illegal characters become spaces, the rest is cut.
    #[must_use]
    pub fn nearest(text: &str) -> Self {
        let legal = |c: char| c.is_ascii_alphanumeric() || " _:.()-".contains(c);
        let mapped: String = text
            .chars()
            .map(|c| if legal(c) { c } else { ' ' })
            .collect();
        let words: Vec<&str> = mapped.split_whitespace().collect();
        Self(
            words
                .join(" ")
                .chars()
                .take(MAX)
                .collect::<String>()
                .trim_end()
                .to_owned(),
        )
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> Serialize for Description<MAX> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}

const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '.' | '-')
}

fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_ascii_alphanumeric())
}

fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if !(c == '-' && out.ends_with('-')) {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn names_are_always_legal(text in any::<String>(), more in any::<String>()) {
            let (mut taken, mut given) = (Taken::default(), BTreeSet::new());
            for text in [&text, &text, &more] {
                let name = Name::nearest(text).unique(&mut taken);
                given.insert(name.as_str().to_lowercase());
                let text = name.as_str();
                prop_assert!(!text.is_empty() && text.chars().count() <= NAME, "{text}");
                prop_assert!(text.chars().all(is_name));
                prop_assert!(text.starts_with(|c: char| c.is_ascii_alphanumeric()));
                prop_assert!(text.ends_with(|c: char| c.is_ascii_alphanumeric()));
            }
            prop_assert_eq!(given.len(), 3);
        }

        #[test]
        fn descriptions_are_always_legal(text in any::<String>()) {
            let description = Description::<64>::nearest(&text);
            prop_assert!(description.as_str().chars().count() <= 64);
        }
    }
}
