//! The rules of an ordered policy (Flex), from 7.6. Source: the vendor's SDK, 4.3.
//!
//! No default is relied on: each rule says who holds it, for which IP version, and its priority.

use super::MAX_CATEGORIES;
use super::service::{NonEmptyIds, ServiceSpec};
use crate::ir::NonEmpty;
use crate::plan::nutanix::{Name, ObjectId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// What a rule does with a flow that it matches first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Action {
    /// Lets it through.
    Allow,
    /// Discards it in silence.
    Deny,
    /// Discards it and answers with an ICMP message.
    Reject,
}

/// At which filter of a flow a rule is read, from the point of view of the machine that holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Way {
    /// At the receiver.
    In,
    /// At the sender.
    Out,
    /// At both.
    InOut,
}

/// The IP versions of a rule between everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Versions {
    /// IPv4.
    #[serde(rename = "IPV4")]
    V4,
    /// IPv6.
    #[serde(rename = "IPV6")]
    V6,
    /// Both.
    #[serde(rename = "IPV4_IPV6")]
    Both,
}

/// Entity groups, one of which an endpoint must belong to.
///
/// How many fit into a list is not documented; the bound is that of lists of categories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Groups(NonEmptyIds);

impl Groups {
    /// The groups in lists that each fit a rule.
    #[must_use]
    pub fn split(ids: &[ObjectId]) -> Vec<Self> {
        let lists = ids.chunks(MAX_CATEGORIES);
        lists
            .filter_map(|list| NonEmpty::new(list.to_vec()))
            .map(|list| Self(NonEmptyIds::new(list)))
            .collect()
    }
}

/// The endpoints of a rule. IPv6 goes with everybody on both sides only.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Between {
    /// From everybody to everybody.
    Everybody(Versions),
    /// IPv4; on a side without groups, everybody.
    Some(Option<Groups>, Option<Groups>),
}

/// A rule; its priority is its place in the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlexRule {
    /// The name.
    pub name: Name,
    /// The id of the construct it comes from; none: the last word that no rule of the source speaks.
    pub construct: Option<String>,
    /// Whether its matches are logged.
    pub is_logged: bool,
    /// What it does.
    pub action: Action,
    /// Where it is read.
    pub way: Way,
    /// The machines whose filters hold it.
    pub applied_to: Groups,
    /// Its endpoints.
    pub between: Between,
    /// Its traffic.
    pub services: ServiceSpec,
}

/// The rules of an ordered policy, each with its priority: at least one, at most 250, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered(Vec<(u16, FlexRule)>);

/// The greatest priority of a rule.
const LAST: u16 = 250;

impl Ordered {
    /// Rules in their order: the first from priority 1 on, the closing ones up to the last priority, so
    /// that a rule added before them moves none. `None` when there are none or too many.
    #[must_use]
    pub fn new(rules: Vec<FlexRule>, closing: Vec<FlexRule>) -> Option<Self> {
        let free = usize::from(LAST).checked_sub(closing.len())?;
        if rules.len() > free || rules.len() + closing.len() == 0 {
            return None;
        }
        let first = u16::try_from(free).ok()? + 1;
        let numbered = (1..).zip(rules).chain((first..).zip(closing));
        Some(Self(numbered.collect()))
    }

    /// The rules with their priorities.
    pub fn iter(&self) -> impl Iterator<Item = &(u16, FlexRule)> {
        self.0.iter()
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'rule> {
    name: &'rule Name,
    #[serde(rename = "type")]
    kind: &'static str,
    is_logging_enabled: bool,
    spec: Spec<'rule>,
}

#[derive(Debug)]
struct Spec<'rule>(u16, &'rule FlexRule);

impl Serialize for Spec<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let Self(priority, rule) = self;
        let mut map = out.serialize_map(None)?;
        map.serialize_entry("$objectType", "microseg.v4.config.FlexRuleSpec")?;
        map.serialize_entry("priority", priority)?;
        map.serialize_entry("action", &rule.action)?;
        map.serialize_entry("direction", &rule.way)?;
        map.serialize_entry(
            "appliedToEntityGroupReferences",
            rule.applied_to.0.as_slice(),
        )?;
        let (versions, source, destination) = match &rule.between {
            Between::Everybody(versions) => (*versions, None, None),
            Between::Some(source, destination) => {
                (Versions::V4, source.as_ref(), destination.as_ref())
            }
        };
        map.serialize_entry("ipVersion", &versions)?;
        match source {
            None => map.serialize_entry("shouldAllowAnySrc", &true)?,
            Some(groups) => map.serialize_entry("srcEntityGroupReferences", groups.0.as_slice())?,
        }
        match destination {
            None => map.serialize_entry("shouldAllowAnyDst", &true)?,
            Some(groups) => {
                map.serialize_entry("destEntityGroupReferences", groups.0.as_slice())?;
            }
        }
        if rule.services == ServiceSpec::All {
            map.serialize_entry("isAllProtocolAllowed", &true)?;
        }
        rule.services.entries("serviceGroupReferences", &mut map)?;
        map.end()
    }
}

pub(super) fn ordered<S: Serializer>(rules: &Ordered, out: S) -> Result<S::Ok, S::Error> {
    out.collect_seq(rules.iter().map(|(priority, rule)| Wire {
        name: &rule.name,
        kind: "FLEX",
        is_logging_enabled: rule.is_logged,
        spec: Spec(*priority, rule),
    }))
}
