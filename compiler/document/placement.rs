//! The placement domain of the document.

use super::{At, BadKey, Ident, Opaque, ReadyCondition, Reference, RestartPriority, Strength};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The placement domain.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Placement {
    /// Groups of machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub machine_groups: Vec<At<PlacementGroup>>,
    /// Groups of hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub host_groups: Vec<At<PlacementGroup>>,
    /// Rules, older first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<At<PlacementRule>>,
    /// Settings of clusters and machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<At<Setting>>,
}

/// A group of machines or hosts.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct PlacementGroup {
    /// Who it is.
    pub ident: Ident,
    /// Its cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Reference>,
    /// Its members.
    pub members: Vec<Reference>,
}

/// A placement rule.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct PlacementRule {
    /// Who it is.
    pub ident: Ident,
    /// Its cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Reference>,
    /// Its age; smaller is older.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<i64>,
    /// What it asks for.
    pub asks: PlacementKind,
    /// How strong it is.
    pub strength: Strength,
    /// Whether it is in force.
    pub enabled: bool,
    /// Keys that are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<At<BadKey>>,
}

/// What a placement rule asks for.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacementKind {
    /// On one host.
    Together(Vec<Reference>),
    /// On different hosts.
    Apart(Vec<Reference>),
    /// On these hosts.
    RunOn(OnHosts),
    /// Not on these hosts.
    KeepOff(OnHosts),
    /// After these.
    StartAfter(StartAfter),
    /// Something not understood.
    Opaque(At<Opaque>),
}

/// A group of machines and a group of hosts.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct OnHosts {
    /// The machines.
    pub machines: Reference,
    /// The hosts.
    pub hosts: Reference,
}

/// Groups of machines of which one starts after the other.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct StartAfter {
    /// Who waits.
    pub machines: Reference,
    /// Who is waited for.
    pub after: Reference,
}

/// A setting of a cluster or machine.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Setting {
    /// Who it is.
    pub ident: Ident,
    /// The cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Reference>,
    /// The machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<Reference>,
    /// What is set.
    pub set: SettingKind,
}

/// What is set for a cluster or a machine.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SettingKind {
    /// Whether the scheduler acts at all.
    SchedulerEnabled(bool),
    /// What the scheduler may do by itself.
    Automation(String),
    /// Whether the machines restart elsewhere when a host fails.
    RestartEnabled(bool),
    /// The place of a machine in the order of restarts.
    RestartPriority(RestartPriority),
    /// When a machine counts as ready.
    Readiness(Readiness),
    /// Anything else, as the export writes it.
    Other(OtherSetting),
}

/// When a machine counts as ready, and how long after that the next may start.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Readiness {
    /// The condition.
    pub condition: ReadyCondition,
    /// Seconds; left out: as the cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_seconds: Option<u32>,
}

/// A setting that has no meaning here.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct OtherSetting {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
}
