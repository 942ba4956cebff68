//! Entity groups: endpoints of several kinds as one, from 7.5 with addresses.

use crate::plan::nutanix::{Description, Name, ObjectId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// How a name is compared with the text of a pattern. Whether case counts is not documented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum NameMatch {
    /// It contains the text.
    Contains,
    /// It begins with the text.
    StartsWith,
    /// It ends with the text.
    EndsWith,
    /// It is the text.
    Equals,
}

/// Machines by name, from 7.6.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePattern {
    how: NameMatch,
    text: String,
}

/// The greatest length of the text of a pattern. Source: the vendor's SDK, 4.3.
const PATTERN: usize = 256;

impl NamePattern {
    /// A pattern; `None` when the text is empty or too long.
    #[must_use]
    pub fn new(how: NameMatch, text: &str) -> Option<Self> {
        let fits = !text.is_empty() && text.chars().count() <= PATTERN;
        fits.then(|| Self {
            how,
            text: text.to_owned(),
        })
    }

    /// Whether a name belongs, letter by letter.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let text = self.text.as_str();
        match self.how {
            NameMatch::Contains => name.contains(text),
            NameMatch::StartsWith => name.starts_with(text),
            NameMatch::EndsWith => name.ends_with(text),
            NameMatch::Equals => name == text,
        }
    }
}

/// The machines of an entity group.
///
/// One category only: whether several mean all or one of them is not documented.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vms {
    /// Those of a category.
    Category(ObjectId),
    /// Those with such a name.
    Named(NamePattern),
}

/// Who belongs to an entity group: at least one kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entities {
    vms: Option<Vms>,
    addresses: Vec<ObjectId>,
}

impl Entities {
    /// Machines, and addresses of these groups; `None` when there is neither.
    #[must_use]
    pub fn new(vms: Option<Vms>, addresses: Vec<ObjectId>) -> Option<Self> {
        (vms.is_some() || !addresses.is_empty()).then_some(Self { vms, addresses })
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Entity<'ids> {
    #[serde(rename = "type")]
    kind: &'static str,
    select_by: &'static str,
    #[serde(skip_serializing_if = "<[ObjectId]>::is_empty")]
    reference_ext_ids: &'ids [ObjectId],
    #[serde(skip_serializing_if = "Option::is_none")]
    match_criteria: Option<NameMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_string: Option<&'ids str>,
}

impl<'ids> Entity<'ids> {
    const fn by_id(kind: &'static str, select_by: &'static str, ids: &'ids [ObjectId]) -> Self {
        Self {
            kind,
            select_by,
            reference_ext_ids: ids,
            match_criteria: None,
            reference_string: None,
        }
    }
}

impl Serialize for Entities {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut entities: Vec<Entity<'_>> = Vec::new();
        match &self.vms {
            None => {}
            Some(Vms::Category(id)) => {
                let ids = std::slice::from_ref(id);
                entities.push(Entity::by_id("VM", "CATEGORY_EXT_ID", ids));
            }
            Some(Vms::Named(NamePattern { how, text })) => entities.push(Entity {
                match_criteria: Some(*how),
                reference_string: Some(text),
                ..Entity::by_id("VM", "REGEX", &[])
            }),
        }
        if !self.addresses.is_empty() {
            entities.push(Entity::by_id("ADDRESS_GROUP", "EXT_ID", &self.addresses));
        }
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
