//! Categories: the key and value that machines and hosts carry, and that policies select by.

use super::name::Description;
use serde::{Serialize, Serializer};

/// One side of a category: 1 to 64 characters of `A-Z a-z 0-9 space . _ @ -`, which every release
/// takes. Source: the vendor's SDK, `prism.Category`; the forbidden set grew from 2024.3 to 7.5.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(String);

impl Label {
    /// The nearest legal label: illegal characters become `-`, the rest is cut.
    #[must_use]
    pub fn nearest(text: &str) -> Self {
        let legal = |c: char| c.is_ascii_alphanumeric() || " ._@-".contains(c);
        let mapped: String = text
            .chars()
            .map(|c| if legal(c) { c } else { '-' })
            .take(64)
            .collect();
        let trimmed = mapped.trim();
        Self(if trimmed.is_empty() {
            "none".to_owned()
        } else {
            trimmed.to_owned()
        })
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}

/// A category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Category {
    /// The key.
    pub key: Label,
    /// The value.
    pub value: Label,
    /// What it was made from.
    pub description: Description<512>,
}
