//! Entity groups: endpoints of several kinds as one, from 7.5 with addresses.

use crate::plan::nutanix::{Description, Name, ObjectId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Who belongs to an entity group: at least one kind.
///
/// One category only: whether several mean all or one of them is not documented.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entities {
    category: Option<ObjectId>,
    addresses: Vec<ObjectId>,
}

impl Entities {
    /// Machines of a category, and addresses of these groups; `None` when there is neither.
    #[must_use]
    pub fn new(category: Option<ObjectId>, addresses: Vec<ObjectId>) -> Option<Self> {
        (category.is_some() || !addresses.is_empty()).then_some(Self {
            category,
            addresses,
        })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'ids> {
    #[serde(rename = "type")]
    kind: &'static str,
    select_by: &'static str,
    reference_ext_ids: &'ids [ObjectId],
}

impl Serialize for Entities {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let machines = self.category.as_slice();
        let entities: Vec<Entity<'_>> = [
            ("VM", "CATEGORY_EXT_ID", machines),
            ("ADDRESS_GROUP", "EXT_ID", self.addresses.as_slice()),
        ]
        .into_iter()
        .filter(|(_, _, ids)| !ids.is_empty())
        .map(|(kind, select_by, reference_ext_ids)| Entity {
            kind,
            select_by,
            reference_ext_ids,
        })
        .collect();
        let mut map = out.serialize_map(Some(1))?;
        map.serialize_entry("entities", &entities)?;
        map.end()
    }
}

/// An entity group.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntityGroup {
    /// The name.
    pub name: Name,
    /// What it was made from.
    pub description: Description<512>,
    /// Who belongs to it.
    pub allowed_config: Entities,
}
