//! The inventory of the document.

use super::{At, Ident, Reference};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The inventory.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Inventory {
    /// Clusters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<At<Named>>,
    /// Hosts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<At<Host>>,
    /// Networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<At<Segment>>,
    /// Virtual machines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<At<Machine>>,
}

/// An object with nothing but a name.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Named {
    /// Who it is.
    pub ident: Ident,
    /// Its other ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

/// A host.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Host {
    /// Who it is.
    pub ident: Ident,
    /// Its other ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Its cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Reference>,
}

/// A layer-2 network.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Segment {
    /// Who it is.
    pub ident: Ident,
    /// Its other ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Its subnets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subnets: Vec<At<String>>,
}

/// A tag.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Tag {
    /// The scope; left out when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The value.
    pub value: String,
}

/// A virtual machine.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Machine {
    /// Who it is.
    pub ident: Ident,
    /// Its other ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// Its addresses; left out when no export tells them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<At<String>>>,
    /// Networks it is attached to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
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
