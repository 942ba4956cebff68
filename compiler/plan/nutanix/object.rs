//! Objects of the plan, their placeholders and the categories of machines and hosts.

use super::category::Category;
use super::name::Name;
use super::{network, placement, recovery};
use crate::source::Origin;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use uuid::Uuid;

/// The namespace of all placeholders.
const NAMESPACE: Uuid = Uuid::from_u128(0x7e40_3e5a_6f1c_4c1b_9d0e_5d5b_7c1a_2f30);

/// A stable placeholder for the id an object gets when it is created: UUID v5 of its model and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(Uuid);

impl ObjectId {
    /// How many characters it is written with.
    pub const LEN: usize = 36;

    /// The placeholder of an object. `scope` is the parent's name for objects that live inside
    /// another, else empty.
    #[must_use]
    pub fn of(model: &str, scope: &str, name: &str) -> Self {
        let text = format!("{model}\u{0}{scope}\u{0}{name}");
        Self(Uuid::new_v5(&NAMESPACE, text.as_bytes()))
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(out)
    }
}

impl Serialize for ObjectId {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

/// The models of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Model {
    /// A category: a key and a value that machines and hosts carry.
    Category,
    /// A list of addresses.
    AddressGroup,
    /// A list of ports and protocols.
    ServiceGroup,
    /// A list of endpoints of several kinds.
    EntityGroup,
    /// A security policy.
    NetworkSecurityPolicy,
    /// Machines tied to hosts.
    VmHostAffinityPolicy,
    /// Machines kept apart.
    VmAntiAffinityPolicy,
    /// The order machines start in after a failure.
    VmStartupPolicy,
    /// What is replicated where and how often.
    ProtectionPolicy,
    /// Machines whose recovery points are taken together.
    ConsistencyRule,
    /// A recovery plan (v4, from 7.5).
    RecoveryPlan,
    /// A stage of a recovery plan.
    RecoveryStage,
    /// Settings of a machine or category in a recovery plan.
    RecoverySetting,
    /// A network mapping of a recovery plan.
    NetworkMapping,
    /// A recovery plan of the v3 API.
    RecoveryPlanV3,
}

impl Model {
    /// The name of the API model.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Category => "Category",
            Self::AddressGroup => "AddressGroup",
            Self::ServiceGroup => "ServiceGroup",
            Self::EntityGroup => "EntityGroup",
            Self::NetworkSecurityPolicy => "NetworkSecurityPolicy",
            Self::VmHostAffinityPolicy => "VmHostAffinityPolicy",
            Self::VmAntiAffinityPolicy => "VmAntiAffinityPolicy",
            Self::VmStartupPolicy => "VmStartupPolicy",
            Self::ProtectionPolicy => "ProtectionPolicy",
            Self::ConsistencyRule => "ConsistencyRule",
            Self::RecoveryPlan => "RecoveryPlan",
            Self::RecoveryStage => "RecoveryStage",
            Self::RecoverySetting => "RecoverySetting",
            Self::NetworkMapping => "NetworkMapping",
            Self::RecoveryPlanV3 => "RecoveryPlanInput",
        }
    }
}

/// The body of an object, as the API takes it.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// A category.
    Category(Category),
    /// A body of the network domain.
    Network(network::Body),
    /// A body of the placement domain.
    Placement(placement::Body),
    /// A body of the recovery domain.
    Recovery(recovery::Body),
}

/// An object to be created.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its placeholder.
    pub id: ObjectId,
    /// Its model.
    pub model: Model,
    /// Its name; for objects without one, a name that is unique in the plan.
    pub name: Name,
    /// The object it lives inside.
    pub parent: Option<ObjectId>,
    /// The body.
    pub body: Body,
    /// Ids of the constructs it holds.
    pub constructs: Vec<String>,
    /// Where these stand.
    pub origins: Vec<Origin>,
    /// Whether it exists on the target already and is looked up instead of made.
    pub exists: bool,
}

/// Something that exists already and is referred to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct External {
    /// Its placeholder.
    pub id: ObjectId,
    /// What it is: `cluster`, `domain manager`, `vm`, `subnet`.
    pub kind: &'static str,
    /// Its name on the source side or as people will know it.
    pub name: String,
    /// Its id on the source side, where there is one.
    pub source_id: Option<String>,
}

/// A machine or host that gets categories.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assignee {
    /// The display name.
    pub name: String,
    /// The id in the exports.
    pub source_id: String,
}

/// Which machine and host gets which category.
#[derive(Clone, Debug, Default)]
pub struct Assignments {
    /// Machines.
    pub vms: BTreeMap<Assignee, BTreeSet<ObjectId>>,
    /// Hosts.
    pub hosts: BTreeMap<Assignee, BTreeSet<ObjectId>>,
}
