//! The virtual machines, hosts, clusters and networks the rules speak about.

use super::set::AddressSet;
use super::{Ident, State, Table};

/// What runs in the estate, as far as the exports tell.
#[derive(Clone, Debug, Default)]
pub struct Inventory<S: State> {
    /// Virtual machines.
    pub vms: Table<Vm<S>>,
    /// Hosts.
    pub hosts: Table<Host<S>>,
    /// Clusters of hosts.
    pub clusters: Table<Cluster>,
    /// Layer-2 networks VMs are attached to: segments, port groups.
    pub segments: Table<Segment>,
}

/// A tag: a value in a scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// The scope; empty when the tag has none.
    pub scope: String,
    /// The value.
    pub value: String,
}

/// A virtual machine. Fields that no export told are `None` or empty.
#[derive(Clone, Debug)]
pub struct Vm<S: State> {
    /// Id (the first of `aliases`), display name, origin.
    pub ident: Ident,
    /// Every id the exports know it by: NSX external id, instance UUID, BIOS UUID, moref value.
    pub aliases: Vec<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Addresses of all its NICs. `None`: no export says; empty: an export says it has none.
    pub addresses: Option<AddressSet>,
    /// Networks its NICs are attached to.
    pub segments: Vec<S::Ref<Segment>>,
    /// Name of the guest operating system.
    pub os_name: Option<String>,
    /// Host name inside the guest.
    pub computer_name: Option<String>,
    /// The host it runs on.
    pub host: Option<S::Ref<Host<S>>>,
    /// The cluster it runs in.
    pub cluster: Option<S::Ref<Cluster>>,
}

/// A host.
#[derive(Clone, Debug)]
pub struct Host<S: State> {
    /// Id (moref value), display name, origin.
    pub ident: Ident,
    /// Every id the exports know it by.
    pub aliases: Vec<String>,
    /// The cluster it belongs to.
    pub cluster: Option<S::Ref<Cluster>>,
}

/// A cluster of hosts.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Id (moref value), display name, origin.
    pub ident: Ident,
    /// Every id the exports know it by.
    pub aliases: Vec<String>,
}

/// A layer-2 network.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Id (path or moref value), display name, origin.
    pub ident: Ident,
    /// Every id the exports know it by.
    pub aliases: Vec<String>,
    /// Tags.
    pub tags: Vec<Tag>,
    /// Its subnets, where an export tells them.
    pub subnets: AddressSet,
}
