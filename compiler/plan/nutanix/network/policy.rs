//! Security policies.

use super::flex::{Ordered, ordered};
use super::rule::{ApplicationRule, Described, Isolation, application, isolation};
use crate::ir::NonEmpty;
use crate::legal::PolicyState;
use crate::plan::nutanix::{Description, Name};
use serde::Serialize;
use std::collections::BTreeMap;

/// The state a policy is created in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum State {
    /// A draft without effect.
    Save,
    /// Everything passes; what would be dropped is shown.
    Monitor,
    /// In force.
    Enforce,
}

impl From<PolicyState> for State {
    fn from(state: PolicyState) -> Self {
        match state {
            PolicyState::Save => Self::Save,
            PolicyState::Monitor => Self::Monitor,
            PolicyState::Enforce => Self::Enforce,
        }
    }
}

/// The networks a policy covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    /// Machines on VLAN subnets: all that 2024.3 can say without naming VPCs.
    AllVlan,
    /// All machines, from 7.3.
    Global,
}

/// The rules of a policy, of one kind.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "UPPERCASE")]
pub enum PolicyRules {
    /// An allow-list around secured machines.
    Application {
        /// The rules.
        #[serde(serialize_with = "application")]
        rules: NonEmpty<Described<ApplicationRule>>,
    },
    /// Groups that do not reach each other; evaluated before application policies.
    Isolation {
        /// The two groups.
        #[serde(serialize_with = "isolation")]
        rules: Described<Isolation>,
    },
    /// Ordered rules (Flex), from 7.6. One type for all: how the types rank is not documented.
    Workload {
        /// The place of the policy among those of its type, from 1 to 350.
        priority: u16,
        /// The rules.
        #[serde(serialize_with = "ordered")]
        rules: Ordered,
    },
}

impl PolicyRules {
    /// The construct that each ordered rule comes from, by the name of the rule.
    #[must_use]
    pub fn sources(&self) -> BTreeMap<&str, &str> {
        match self {
            Self::Application { .. } | Self::Isolation { .. } => BTreeMap::new(),
            Self::Workload { priority: _, rules } => rules
                .iter()
                .filter_map(|(_, rule)| Some((rule.name.as_str(), rule.construct.as_deref()?)))
                .collect(),
        }
    }
}

/// A security policy.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityPolicy {
    /// The name.
    pub name: Name,
    /// What it was made from.
    pub description: Description<512>,
    /// The state it is created in.
    pub state: State,
    /// The networks it covers.
    pub scope: Scope,
    /// Whether its hits are logged, all of them.
    pub is_hitlog_enabled: bool,
    /// Whether IPv6 passes whatever the rules say. Always off.
    pub is_ipv6_traffic_allowed: bool,
    /// The rules.
    #[serde(flatten)]
    pub rules: PolicyRules,
}
