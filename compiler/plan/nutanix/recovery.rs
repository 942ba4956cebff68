//! Bodies of the recovery domain.

mod consistency;
mod network;
mod objective;
mod plan;
mod protection;
mod v3;

pub use consistency::ConsistencyRule;
pub use network::{Gateway, NetworkConfig, NetworkMapping, SubnetName};
pub use objective::Objective;
pub use plan::{
    HostAddress, IpMapping, PowerState, RecoveryLocation, RecoveryPlan, RecoverySetting,
    RecoveryStage, Script, StageNumber, VmRecoverySetting,
};
pub use protection::{ProtectionPolicy, Site};
pub use v3::{MachineV3, NetworkMappingV3, RecoveryPlanV3, StageV3, Zone};

use serde::{Serialize, Serializer};
use std::fmt::Write as _;

/// A body of the recovery domain.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Body {
    /// What is replicated where and how often.
    Protection(ProtectionPolicy),
    /// Machines whose recovery points are taken together.
    Consistency(ConsistencyRule),
    /// A recovery plan.
    Plan(RecoveryPlan),
    /// A recovery plan of the v3 API.
    PlanV3(RecoveryPlanV3),
    /// A stage of a plan.
    Stage(RecoveryStage),
    /// Settings of a machine in a plan.
    Setting(RecoverySetting),
    /// A network mapping of a plan.
    Network(NetworkMapping),
}

/// A note of at most 1,000 printable ASCII characters. The models of this domain have no pattern
/// for it; whether the server takes others is not known. Source: the vendor's SDK,
/// `RecoveryPlan.description`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// The greatest length in characters.
    const LENGTH: usize = 1000;

    /// The nearest note: other characters as `\u{..}`, blanks joined, the rest cut.
    #[must_use]
    pub fn nearest(text: &str) -> Self {
        let mut out = String::new();
        for c in text.chars() {
            match c {
                ' '..='~' => out.push(c),
                c if c.is_whitespace() => out.push(' '),
                c => {
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
                }
            }
        }
        let joined = out.split_whitespace().collect::<Vec<_>>().join(" ");
        Self(
            joined
                .chars()
                .take(Self::LENGTH)
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

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}
