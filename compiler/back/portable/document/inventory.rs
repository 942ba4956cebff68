//! The inventory of the document.

use super::{Ident, Reference};
use schemars::JsonSchema;
use serde::Serialize;

/// The inventory.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Inventory {
    /// Clusters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<Named>,
    /// Hosts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<Host>,
    /// Networks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<Segment>,
    /// Virtual machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<Machine>,
}

/// An object with nothing but a name.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Named {
    /// Who it is.
    pub ident: Ident,
    /// Its other ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

/// A host.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Host {
    /// Who it is.
    pub ident: Ident,
    /// Its other ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Its cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Reference>,
}

/// A layer-2 network.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Segment {
    /// Who it is.
    pub ident: Ident,
    /// Its other ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Its subnets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<String>,
}

/// A tag.
#[derive(Clone, Debug, JsonSchema, Serialize)]
pub struct Tag {
    /// The scope; left out when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The value.
    pub value: String,
}

/// A virtual machine.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Machine {
    /// Who it is.
    pub ident: Ident,
    /// Its other ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Its addresses; left out when no export tells them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<String>>,
    /// Networks it is attached to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<Reference>,
    /// The guest operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub os_name: Option<String>,
    /// The host name inside the guest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computer_name: Option<String>,
    /// The host it runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<Reference>,
    /// The cluster it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Reference>,
}
