//! Bodies of the placement domain.

use super::{Description, Name, ObjectId};
use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Serialize, Serializer};

/// A body of the placement domain.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// Machines tied to hosts.
    HostAffinity(VmHostAffinityPolicy),
    /// Machines kept apart.
    AntiAffinity(VmAntiAffinityPolicy),
    /// The order of starts.
    Startup(VmStartupPolicy),
}

/// A list of exactly one category.
///
/// Whether several categories in one list mean all or any of them is written nowhere, so a longer
/// list cannot be made. Source: the vendor's SDK, which is silent on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OneCategory(pub ObjectId);

impl Serialize for OneCategory {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut list = out.serialize_seq(Some(1))?;
        list.serialize_element(&Reference { ext_id: self.0 })?;
        list.end()
    }
}

/// A reference as this API writes it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    ext_id: ObjectId,
}

/// Ties the machines of a category to the hosts of another. Always a requirement, at power-on and
/// at migration. A machine in two of them follows the one created first.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VmHostAffinityPolicy {
    /// The name, at most 80 characters on this model.
    pub name: Name,
    /// What it was made from.
    pub description: Description<512>,
    /// The machines.
    pub vm_categories: OneCategory,
    /// The hosts they may run on.
    pub host_categories: OneCategory,
}

/// Keeps the machines of a category on different hosts as long as the cluster has room: never a
/// requirement.
#[derive(Clone, Debug, Serialize)]
pub struct VmAntiAffinityPolicy {
    /// The name, at most 80 characters on this model.
    pub name: Name,
    /// What it was made from.
    pub description: Description<512>,
    /// The machines.
    pub categories: OneCategory,
}

/// The order in which machines start after a host failure or a cluster restart (7.5 on).
#[derive(Clone, Debug)]
pub struct VmStartupPolicy {
    /// The name, at most 80 characters on this model.
    pub name: Name,
    /// What it was made from.
    pub description: Description<512>,
    /// The machines that start first.
    pub first: OneCategory,
    /// The second group, with what it waits for.
    pub second: Waiting,
    /// The groups after that, each with what it waits for.
    pub rest: Vec<Waiting>,
}

/// A group that starts when the group before it fulfils a condition.
///
/// INVARIANT (Startup): an order has two groups or more and one condition for each gap between
/// them, because a group is stored together with its condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// When the group before it counts as started.
    pub condition: StartCondition,
    /// The machines.
    pub group: OneCategory,
}

/// When a group counts as started, and how long to wait after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartCondition {
    /// What counts.
    pub criteria: StartCriteria,
    /// Seconds to wait after that.
    pub delay: StartSeconds,
}

/// What counts as started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartCriteria {
    /// The machine is powered on.
    PowerOn,
    /// The guest has booted, as its guest tools tell, or the timeout has passed. Without guest
    /// tools the platform falls back to power-on.
    GuestBootup(StartSeconds),
}

/// Seconds from 0 to 600. Source: the vendor's SDK, `StartCondition` and
/// `PowerStateCriteriaGuestBootup`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct StartSeconds(u16);

impl StartSeconds {
    /// The greatest.
    pub const LAST: Self = Self(600);
    /// The timeout the platform itself takes for a guest to boot.
    pub const BOOT: Self = Self(300);

    /// These seconds; `None` when the platform cannot hold them.
    #[must_use]
    pub fn new(seconds: u32) -> Option<Self> {
        u16::try_from(seconds)
            .ok()
            .filter(|seconds| *seconds <= Self::LAST.0)
            .map(Self)
    }

    /// These seconds, or the greatest the platform holds.
    #[must_use]
    pub fn nearest(seconds: u32) -> Self {
        Self::new(seconds).unwrap_or(Self::LAST)
    }

    /// As a number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl Serialize for StartCondition {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut body = out.serialize_struct("StartCondition", 2)?;
        body.serialize_field("delayDurationSecs", &self.delay)?;
        body.serialize_field("powerStateCriteria", &self.criteria)?;
        body.end()
    }
}

impl Serialize for StartCriteria {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let (kind, timeout) = match self {
            Self::PowerOn => ("vmm.v4.ahv.policies.PowerStateCriteriaPowerOn", None),
            Self::GuestBootup(timeout) => (
                "vmm.v4.ahv.policies.PowerStateCriteriaGuestBootup",
                Some(timeout),
            ),
        };
        let mut body =
            out.serialize_struct("PowerStateCriteria", 1 + usize::from(timeout.is_some()))?;
        body.serialize_field("$objectType", kind)?;
        if let Some(timeout) = timeout {
            body.serialize_field("timeoutDurationSecs", timeout)?;
        }
        body.end()
    }
}

/// A group as this API writes it.
#[derive(Clone, Copy, Debug, Serialize)]
struct DependencyGroup {
    categories: OneCategory,
}

impl Serialize for VmStartupPolicy {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let waiting = || std::iter::once(&self.second).chain(&self.rest);
        let groups: Vec<DependencyGroup> = std::iter::once(self.first)
            .chain(waiting().map(|next| next.group))
            .map(|categories| DependencyGroup { categories })
            .collect();
        let conditions: Vec<StartCondition> = waiting().map(|next| next.condition).collect();
        let mut body = out.serialize_struct("VmStartupPolicy", 4)?;
        body.serialize_field("name", &self.name)?;
        body.serialize_field("description", &self.description)?;
        body.serialize_field("groups", &groups)?;
        body.serialize_field("startConditions", &conditions)?;
        body.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(name: &str) -> OneCategory {
        OneCategory(ObjectId::of("Category", "", name))
    }

    #[test]
    fn a_startup_policy_has_one_condition_for_each_gap() {
        let waiting = |name, criteria| Waiting {
            condition: StartCondition {
                criteria,
                delay: StartSeconds::nearest(7000),
            },
            group: category(name),
        };
        let policy = VmStartupPolicy {
            name: Name::nearest("order"),
            description: Description::nearest("x"),
            first: category("a"),
            second: waiting("b", StartCriteria::PowerOn),
            rest: vec![waiting("c", StartCriteria::GuestBootup(StartSeconds::BOOT))],
        };
        let body = serde_json::to_value(&policy).unwrap();
        assert_eq!(body["groups"].as_array().unwrap().len(), 3);
        assert_eq!(
            body["startConditions"],
            serde_json::json!([
                {"delayDurationSecs": 600, "powerStateCriteria":
                    {"$objectType": "vmm.v4.ahv.policies.PowerStateCriteriaPowerOn"}},
                {"delayDurationSecs": 600, "powerStateCriteria":
                    {"$objectType": "vmm.v4.ahv.policies.PowerStateCriteriaGuestBootup",
                     "timeoutDurationSecs": 300}},
            ])
        );
    }

    #[test]
    fn seconds_beyond_the_limit_cannot_be_made() {
        assert_eq!(StartSeconds::new(601), None);
        assert_eq!(StartSeconds::new(70_000), None);
        assert_eq!(StartSeconds::new(600).map(StartSeconds::get), Some(600));
    }
}
