//! What one export says about one cluster, before exports are compared.

use crate::ir::Opaque;
use crate::ir::placement::SettingKind;
use crate::source::Origin;

/// A piece of an export: a name or a reference, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) origin: Origin,
}

/// The cluster as an export names it; nothing where it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClusterName {
    /// Its reference: `domain-c28`.
    pub(super) reference: Option<String>,
    /// Its display name.
    pub(super) name: Option<String>,
}

/// What one export says about one cluster.
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// How far the form of the export can be trusted: the smaller the better.
    pub(super) trust: Trust,
    /// Which cluster.
    pub(super) cluster: ClusterName,
    /// The whole of it.
    pub(super) origin: Origin,
    /// Whether a rule or group of the cluster that it lacks does not exist.
    pub(super) complete: bool,
    pub(super) groups: Vec<GroupSaid>,
    pub(super) rules: Vec<RuleSaid>,
    pub(super) settings: Vec<SettingSaid>,
}

/// How far a form can be trusted. Ordered: the first wins where two exports differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// The object model with its types.
    Typed,
    /// The object model through pyVmomi, which renames the types.
    PyVmomi,
}

/// What an export says about a group.
#[derive(Clone, Debug)]
pub(super) struct GroupSaid {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) members: Members,
}

/// The members of a group.
#[derive(Clone, Debug)]
pub(super) enum Members {
    Vms(Vec<Text>),
    Hosts(Vec<Text>),
}

/// What an export says about a rule.
#[derive(Clone, Debug)]
pub(super) struct RuleSaid {
    pub(super) origin: Origin,
    pub(super) key: Option<i64>,
    pub(super) uuid: Option<String>,
    pub(super) name: Option<String>,
    pub(super) enabled: bool,
    pub(super) mandatory: bool,
    pub(super) shape: Shape,
    pub(super) unread: Vec<String>,
}

/// What a rule asks for.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Together(Vec<Text>),
    Apart(Vec<Text>),
    VmHost { vms: Text, hosts: Hosts },
    StartAfter { vms: Text, after: Text },
    Opaque(Opaque),
}

/// The host groups of a rule between machines and hosts.
#[derive(Clone, Debug)]
pub(super) enum Hosts {
    On(Text),
    Off(Text),
    Both { on: Text, off: Text },
}

/// What an export says about a setting.
#[derive(Clone, Debug)]
pub(super) struct SettingSaid {
    /// The path of the key in the configuration: `drsConfig.enabled`.
    pub(super) path: String,
    pub(super) origin: Origin,
    /// The machine, for an override.
    pub(super) vm: Option<Text>,
    pub(super) what: SettingKind,
}
