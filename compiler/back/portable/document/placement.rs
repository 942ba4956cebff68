//! The placement domain of the document.

use super::{Ident, Opaque, Reference};
use schemars::JsonSchema;
use serde::Serialize;

/// The placement domain.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Placement {
    /// Groups of machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machine_groups: Vec<PlacementGroup>,
    /// Groups of hosts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub host_groups: Vec<PlacementGroup>,
    /// Rules, older first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<PlacementRule>,
    /// Settings of clusters and machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<Setting>,
}

/// A group of machines or hosts.
#[derive(Clone, Debug, JsonSchema, Serialize)]
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
#[derive(Clone, Debug, JsonSchema, Serialize)]
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
    /// `must` or `should`.
    pub strength: &'static str,
    /// Whether it is in force.
    pub enabled: bool,
    /// Keys that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// What a placement rule asks for.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlacementKind {
    /// On one host.
    Together(Vec<Reference>),
    /// On different hosts.
    Apart(Vec<Reference>),
    /// On these hosts.
    RunOn {
        /// The machines.
        machines: Reference,
        /// The hosts.
        hosts: Reference,
    },
    /// Not on these hosts.
    KeepOff {
        /// The machines.
        machines: Reference,
        /// The hosts.
        hosts: Reference,
    },
    /// After these.
    StartAfter {
        /// Who waits.
        machines: Reference,
        /// Who is waited for.
        after: Reference,
    },
    /// Something not understood.
    Opaque(Opaque),
}

/// A setting of a cluster or machine.
#[derive(Clone, Debug, JsonSchema, Serialize)]
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
    pub key: String,
    /// To what.
    pub value: String,
}
