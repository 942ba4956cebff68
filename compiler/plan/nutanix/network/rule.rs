//! The rules of a security policy. A rule has one direction; both cannot be said.

use super::service::ServiceSpec;
use super::{MAX_CATEGORIES, items};
use crate::ir::NonEmpty;
use crate::plan::nutanix::{Description, ObjectId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// Categories that a machine must all carry: 1 to 10.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Categories(Vec<ObjectId>);

impl Categories {
    /// One category.
    #[must_use]
    pub fn one(category: ObjectId) -> Self {
        Self(vec![category])
    }

    /// All of these; `None` when there are none or too many.
    #[must_use]
    pub fn all(mut categories: Vec<ObjectId>) -> Option<Self> {
        categories.sort_unstable();
        categories.dedup();
        (!categories.is_empty() && categories.len() <= MAX_CATEGORIES).then_some(Self(categories))
    }
}

impl Serialize for Categories {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(out)
    }
}

/// The machines a rule protects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Secured {
    /// Those that carry all of these.
    Categories(Categories),
    /// Those of an entity group (from 7.3).
    Entities(ObjectId),
}

impl Secured {
    fn entry<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self {
            Self::Categories(all) => map.serialize_entry("securedGroupCategoryReferences", all),
            Self::Entities(id) => map.serialize_entry("securedGroupEntityGroupReference", id),
        }
    }
}

/// The other end of an allowed flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// Everybody.
    All,
    /// Machines that carry all of these.
    Categories(Categories),
    /// Addresses of a group. One only: the release of 2024.1 takes no more, later ones do not say.
    Addresses(ObjectId),
    /// Endpoints of an entity group (from 7.3).
    Entities(ObjectId),
}

/// What a rule lets through in its direction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nothing: said so that nothing depends on a default.
    Nothing,
    /// This traffic with this peer.
    Allow(Peer, ServiceSpec),
}

/// Whether machines of a secured group reach each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IntraAction {
    /// With this traffic. Ports are held from 7.3 on.
    Allow(ServiceSpec),
    /// Not by this rule.
    Deny,
}

/// A rule of an application policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApplicationRule {
    /// What comes to the secured machines.
    Inbound(Secured, Reach),
    /// What leaves them.
    Outbound(Secured, Reach),
    /// What goes between them.
    Intra(Secured, IntraAction),
}

impl Serialize for ApplicationRule {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        match self {
            Self::Inbound(secured, reach) => reach.entries(secured, &SOURCE, &mut map)?,
            Self::Outbound(secured, reach) => reach.entries(secured, &DESTINATION, &mut map)?,
            Self::Intra(secured, action) => {
                map.serialize_entry("$objectType", "microseg.v4.config.IntraEntityGroupRuleSpec")?;
                secured.entry(&mut map)?;
                match action {
                    IntraAction::Deny => map.serialize_entry("securedGroupAction", "DENY")?,
                    IntraAction::Allow(services) => {
                        map.serialize_entry("securedGroupAction", "ALLOW")?;
                        services.entries("securedGroupServiceReferences", &mut map)?;
                    }
                }
            }
        }
        map.end()
    }
}

/// The keys of one direction.
struct Keys {
    allow: &'static str,
    categories: &'static str,
    addresses: &'static str,
    entities: &'static str,
}

const SOURCE: Keys = Keys {
    allow: "srcAllowSpec",
    categories: "srcCategoryReferences",
    addresses: "srcAddressGroupReferences",
    entities: "srcEntityGroupReference",
};

const DESTINATION: Keys = Keys {
    allow: "destAllowSpec",
    categories: "destCategoryReferences",
    addresses: "destAddressGroupReferences",
    entities: "destEntityGroupReference",
};

impl Reach {
    fn entries<M: SerializeMap>(
        &self,
        secured: &Secured,
        keys: &Keys,
        map: &mut M,
    ) -> Result<(), M::Error> {
        map.serialize_entry("$objectType", "microseg.v4.config.ApplicationRuleSpec")?;
        secured.entry(map)?;
        let (peer, services) = match self {
            Self::Nothing => return map.serialize_entry(keys.allow, "NONE"),
            Self::Allow(peer, services) => (peer, services),
        };
        match peer {
            Peer::All => map.serialize_entry(keys.allow, "ALL")?,
            Peer::Categories(categories) => map.serialize_entry(keys.categories, categories)?,
            Peer::Addresses(group) => map.serialize_entry(keys.addresses, &[group])?,
            Peer::Entities(group) => map.serialize_entry(keys.entities, group)?,
        }
        if *services == ServiceSpec::All {
            map.serialize_entry("isAllProtocolAllowed", &true)?;
        }
        services.entries("serviceGroupReferences", map)
    }
}

/// Two groups of machines that do not reach each other, in either direction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Isolation {
    #[serde(rename = "$objectType")]
    object_type: &'static str,
    #[serde(rename = "firstIsolationGroup")]
    first: Categories,
    #[serde(rename = "secondIsolationGroup")]
    second: Categories,
}

impl Isolation {
    /// Keeps the two apart; `None` when they share a category, which the platform refuses.
    #[must_use]
    pub fn new(first: Categories, second: Categories) -> Option<Self> {
        let apart = first.0.iter().all(|category| !second.0.contains(category));
        apart.then_some(Self {
            object_type: "microseg.v4.config.TwoEnvIsolationRuleSpec",
            first,
            second,
        })
    }
}

/// A rule as it stands in a policy.
#[derive(Clone, Debug, Serialize)]
pub struct Described<R> {
    /// What it was made from.
    pub description: Description<64>,
    /// The rule.
    pub rule: R,
}

/// A rule as the API takes it.
#[derive(Debug, Serialize)]
struct Wire<'rule, R> {
    description: &'rule Description<64>,
    #[serde(rename = "type")]
    kind: &'static str,
    spec: &'rule R,
}

pub(super) fn application<S: Serializer>(
    rules: &NonEmpty<Described<ApplicationRule>>,
    out: S,
) -> Result<S::Ok, S::Error> {
    out.collect_seq(rules.iter().map(|described| Wire {
        description: &described.description,
        kind: match described.rule {
            ApplicationRule::Inbound(..) | ApplicationRule::Outbound(..) => "APPLICATION",
            ApplicationRule::Intra(..) => "INTRA_GROUP",
        },
        spec: &described.rule,
    }))
}

pub(super) fn isolation<S: Serializer>(
    rule: &Described<Isolation>,
    out: S,
) -> Result<S::Ok, S::Error> {
    let rules = NonEmpty::one(Wire {
        description: &rule.description,
        kind: "TWO_ENV_ISOLATION",
        spec: &rule.rule,
    });
    items(&rules, out)
}
