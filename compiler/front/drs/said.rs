//! What one export says about one cluster, before exports are compared.

use crate::ir::placement::SettingKind;
use crate::ir::{BadKey, Opaque};
use crate::source::Origin;
use std::collections::BTreeSet;

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
    /// The parts of a configuration that it tells in full: a rule that it lacks does not exist.
    pub(super) covers: BTreeSet<Part>,
    pub(super) groups: Vec<GroupSaid>,
    pub(super) rules: Vec<RuleSaid>,
    pub(super) settings: Vec<SettingSaid>,
}

impl Statement {
    /// A statement that says nothing yet.
    pub(super) fn new(trust: Trust, cluster: ClusterName, origin: Origin, covers: &[Part]) -> Self {
        Self {
            trust,
            cluster,
            origin,
            covers: covers.iter().copied().collect(),
            groups: Vec::new(),
            rules: Vec::new(),
            settings: Vec::new(),
        }
    }
}

/// A part of the configuration of a cluster that a form can carry or leave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Rules between machines.
    MachineRules,
    /// Rules between machines and hosts.
    HostRules,
    /// Dependency rules.
    Dependencies,
    /// Groups and their members.
    Groups,
    /// Settings and overrides.
    Settings,
}

impl Part {
    /// All parts.
    pub(super) const ALL: [Self; 5] = [
        Self::MachineRules,
        Self::HostRules,
        Self::Dependencies,
        Self::Groups,
        Self::Settings,
    ];

    /// What it is called in messages.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::MachineRules => "rules between machines",
            Self::HostRules => "rules between machines and hosts",
            Self::Dependencies => "dependency rules",
            Self::Groups => "groups",
            Self::Settings => "DRS and HA settings and overrides",
        }
    }
}

/// How far a form can be trusted. Ordered: the first wins where two exports differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trust {
    /// The object model with its types.
    Typed,
    /// The object model through pyVmomi, which renames the types.
    PyVmomi,
    /// The `DRSRule` module.
    RuleModule,
    /// Ansible facts.
    Ansible,
    /// The state of Terraform, as of its last run.
    Terraform,
    /// PowerCLI objects and what scripts make of them.
    PowerCli,
    /// Comma-joined lines without quotes.
    Script,
    /// The object model without types.
    Untyped,
    /// Text that govc prints for people.
    Printed,
    /// What a table shows; it counts where nothing else tells.
    Hints,
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
    /// None, and whether of machines or of hosts is not said.
    Empty,
    /// Of machines or of hosts; which are not said.
    Unsaid {
        hosts: bool,
    },
}

/// What an export says about a rule.
#[derive(Clone, Debug)]
pub(super) struct RuleSaid {
    pub(super) origin: Origin,
    pub(super) key: Option<i64>,
    pub(super) uuid: Option<String>,
    pub(super) name: Option<String>,
    /// `None` where the form has no such flag.
    pub(super) enabled: Option<bool>,
    /// `None` where the form has no such flag.
    pub(super) mandatory: Option<bool>,
    pub(super) shape: Shape,
    pub(super) unread: Vec<BadKey>,
}

/// The kinds of rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RuleType {
    Together,
    Apart,
    VmHost,
    StartAfter,
}

impl RuleType {
    /// The kind by the name of its type in the API.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "ClusterAffinityRuleSpec" => Some(Self::Together),
            "ClusterAntiAffinityRuleSpec" => Some(Self::Apart),
            "ClusterVmHostRuleInfo" => Some(Self::VmHost),
            "ClusterDependencyRuleInfo" => Some(Self::StartAfter),
            _ => None,
        }
    }

    /// The part of a configuration that rules of the kind belong to.
    pub(super) const fn part(self) -> Part {
        match self {
            Self::Together | Self::Apart => Part::MachineRules,
            Self::VmHost => Part::HostRules,
            Self::StartAfter => Part::Dependencies,
        }
    }
}

/// What a rule asks for.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Together(Vec<Text>),
    Apart(Vec<Text>),
    /// Together or apart: the form does not say.
    Unclear(Vec<Text>),
    /// The kind alone.
    Named(RuleType),
    VmHost {
        vms: Text,
        hosts: Hosts,
    },
    StartAfter {
        vms: Text,
        after: Text,
    },
    Opaque(Opaque),
}

impl Shape {
    /// The kind, where it is known.
    pub(super) const fn kind(&self) -> Option<RuleType> {
        match self {
            Self::Together(_) => Some(RuleType::Together),
            Self::Apart(_) => Some(RuleType::Apart),
            Self::VmHost { .. } => Some(RuleType::VmHost),
            Self::StartAfter { .. } => Some(RuleType::StartAfter),
            Self::Named(kind) => Some(*kind),
            Self::Unclear(_) | Self::Opaque(_) => None,
        }
    }

    /// The part of a configuration that the rule belongs to, where it is known.
    pub(super) const fn part(&self) -> Option<Part> {
        match (self, self.kind()) {
            (Self::Unclear(_), _) => Some(Part::MachineRules),
            (_, Some(kind)) => Some(kind.part()),
            (_, None) => None,
        }
    }
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
