//! Placement policy: which VM may run on which host, with whom, and in which order they start.

use super::inventory::{Cluster, Host, Vm};
use super::{BadKey, Ident, NonEmpty, Opaque, State, Table};

/// All placement policy of the estate.
#[derive(Clone, Debug)]
pub struct Placement<S: State> {
    /// Named groups of virtual machines.
    pub vm_groups: Table<VmGroup<S>>,
    /// Named groups of hosts.
    pub host_groups: Table<HostGroup<S>>,
    /// Rules, older first where the export tells (by key).
    pub rules: Vec<PlacementRule<S>>,
    /// Settings of clusters and overrides of single machines.
    pub settings: Vec<Setting<S>>,
}

impl<S: State> Default for Placement<S> {
    fn default() -> Self {
        Self {
            vm_groups: Table::default(),
            host_groups: Table::default(),
            rules: Vec::new(),
            settings: Vec::new(),
        }
    }
}

/// A named group of virtual machines in one cluster.
#[derive(Clone, Debug)]
pub struct VmGroup<S: State> {
    /// Id (`cluster/name`), name, origin.
    pub ident: Ident,
    /// The cluster it belongs to.
    pub cluster: Option<S::Ref<Cluster>>,
    /// Its members; may be empty.
    pub vms: Vec<S::Ref<Vm<S>>>,
}

/// A named group of hosts in one cluster.
#[derive(Clone, Debug)]
pub struct HostGroup<S: State> {
    /// Id (`cluster/name`), name, origin.
    pub ident: Ident,
    /// The cluster it belongs to.
    pub cluster: Option<S::Ref<Cluster>>,
    /// Its members; may be empty.
    pub hosts: Vec<S::Ref<Host<S>>>,
}

/// How strong a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// A preference: the scheduler may break it.
    Should,
    /// A requirement: a placement that breaks it is refused.
    Must,
}

/// One placement rule.
#[derive(Clone, Debug)]
pub struct PlacementRule<S: State> {
    /// Id (`cluster/key`), name, origin.
    pub ident: Ident,
    /// The cluster it belongs to.
    pub cluster: Option<S::Ref<Cluster>>,
    /// Its age: smaller is older. `None` where the export does not tell.
    pub age: Option<i64>,
    /// What it asks for.
    pub kind: RuleKind<S>,
    /// How strong it is.
    pub strength: Strength,
    /// Whether it is in force.
    pub enabled: bool,
    /// Keys of the object that are not known; each has a finding.
    pub unread: Vec<BadKey>,
}

/// What a placement rule asks for.
#[derive(Clone, Debug)]
pub enum RuleKind<S: State> {
    /// The machines run on one host.
    Together(Vec<S::Ref<Vm<S>>>),
    /// No two of the machines run on one host.
    Apart(Vec<S::Ref<Vm<S>>>),
    /// The machines of the group run on hosts of the group.
    RunOn {
        /// The machines.
        vms: S::Ref<VmGroup<S>>,
        /// The hosts.
        hosts: S::Ref<HostGroup<S>>,
    },
    /// The machines of the group do not run on hosts of the group.
    KeepOff {
        /// The machines.
        vms: S::Ref<VmGroup<S>>,
        /// The hosts.
        hosts: S::Ref<HostGroup<S>>,
    },
    /// The machines of the first group start when those of the second are ready.
    StartAfter {
        /// Who waits.
        vms: S::Ref<VmGroup<S>>,
        /// Who is waited for.
        after: S::Ref<VmGroup<S>>,
    },
    /// A rule of a kind that is not known.
    Opaque(Opaque),
}

/// A setting of a cluster, or an override for one machine.
#[derive(Clone, Debug)]
pub struct Setting<S: State> {
    /// Id (`cluster/key` or `cluster/machine/key`), name, origin.
    pub ident: Ident,
    /// The cluster.
    pub cluster: Option<S::Ref<Cluster>>,
    /// The machine, for an override.
    pub vm: Option<S::Ref<Vm<S>>>,
    /// What is set.
    pub what: SettingKind,
}

/// What is set for a cluster or a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// Whether the scheduler acts at all.
    SchedulerEnabled(bool),
    /// What the scheduler may do by itself: `fullyAutomated`, `partiallyAutomated`, `manual`.
    Automation(String),
    /// Whether the machines restart elsewhere when a host fails.
    RestartEnabled(bool),
    /// The place of a machine in the order of restarts.
    RestartPriority(RestartPriority),
    /// When a machine counts as ready, and how many seconds after that the next may start.
    Readiness {
        /// The condition.
        condition: ReadyCondition,
        /// Seconds; `None`: as the cluster.
        delay_seconds: Option<u32>,
    },
    /// Anything else, by its key and value: admission control, power management, isolation response.
    Other {
        /// The key as the export writes it, with the path inside the configuration.
        key: String,
        /// The value in a line.
        value: String,
    },
}

/// The order of restarts. Ordered: the first restarts first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RestartPriority {
    /// First.
    Highest,
    /// Second.
    High,
    /// Third, the default.
    Medium,
    /// Fourth.
    Low,
    /// Last.
    Lowest,
    /// Not restarted.
    Disabled,
}

/// When a machine counts as ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadyCondition {
    /// At once.
    None,
    /// When it is powered on.
    PoweredOn,
    /// When the guest sends heartbeats.
    GuestHeartbeat,
    /// When the application sends heartbeats.
    ApplicationHeartbeat,
    /// As the cluster says.
    ClusterDefault,
}

/// The machines of a rule between machines, where it is one.
impl<S: State> RuleKind<S> {
    /// The machines of a together or apart rule.
    #[must_use]
    pub fn vms(&self) -> Option<NonEmpty<S::Ref<Vm<S>>>> {
        match self {
            Self::Together(vms) | Self::Apart(vms) => NonEmpty::new(vms.clone()),
            Self::RunOn { .. }
            | Self::KeepOff { .. }
            | Self::StartAfter { .. }
            | Self::Opaque(_) => None,
        }
    }
}
