//! Names that people chose for what is on the target.

use super::category::Label;
use crate::source::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// Names of the target by the names they stand for.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// Categories: `key`, or `key/value`, as rehome would name them.
    pub categories: BTreeMap<String, Chosen>,
    /// Hosts, by name or id in the exports.
    pub hosts: BTreeMap<String, Renamed>,
    /// Clusters and sites, by name in the exports.
    pub clusters: BTreeMap<String, Renamed>,
}

/// A name that people chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The name on the target.
    pub name: String,
    /// Where it was chosen.
    pub origin: Origin,
}

/// A category that people chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The key.
    pub key: Label,
    /// The value; `None` where the key of every category of a kind is chosen.
    pub value: Option<Label>,
    /// Whether the category exists on the target already.
    pub exists: bool,
    /// Where it was chosen.
    pub origin: Origin,
}

impl Mapping {
    /// No names.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            categories: BTreeMap::new(),
            hosts: BTreeMap::new(),
            clusters: BTreeMap::new(),
        }
    }

    /// The choice for one category, and that for all of its key.
    pub(super) fn category(&self, key: &str, value: &str) -> (Option<&Chosen>, Option<&Chosen>) {
        let whole = self.categories.get(&format!("{key}/{value}"));
        (whole, self.categories.get(key))
    }

    /// The name of a cluster or site on the target.
    #[must_use]
    pub fn cluster<'name>(&'name self, name: &'name str) -> &'name str {
        self.clusters
            .get(name)
            .map_or(name, |renamed| renamed.name.as_str())
    }

    /// Keys and values, in small letters, that are kept for what people chose.
    pub(super) fn reserved(&self) -> BTreeSet<(String, String)> {
        self.categories
            .values()
            .filter_map(|chosen| {
                let value = chosen.value.as_ref()?.as_str();
                Some((chosen.key.as_str().to_lowercase(), value.to_lowercase()))
            })
            .collect()
    }
}
