//! Recovery policy: protection groups, recovery plans, mappings.

use super::inventory::{Segment, Vm};
use super::{Ident, Opaque, State, Table};
use crate::source::Origin;
use rehome_grammar::text::IpBlock;
use std::net::IpAddr;

/// All recovery policy of the estate.
#[derive(Clone, Debug)]
pub struct Recovery<S: State> {
    /// What is replicated together.
    pub groups: Table<ProtectionGroup<S>>,
    /// How it is recovered.
    pub plans: Vec<RecoveryPlan<S>>,
    /// Which network stands for which at the other site.
    pub networks: Vec<NetworkMapping<S>>,
    /// Mappings of folders, resources and storage policies, which no target holds.
    pub other_mappings: Vec<OtherMapping>,
}

impl<S: State> Default for Recovery<S> {
    fn default() -> Self {
        Self {
            groups: Table::default(),
            plans: Vec::new(),
            networks: Vec::new(),
            other_mappings: Vec::new(),
        }
    }
}

/// The two sites a group or plan spans; empty where the export does not tell them.
#[derive(Clone, Default, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sites {
    /// Where the machines run now.
    pub protected: String,
    /// Where they are recovered.
    pub recovery: String,
    /// The id of the vCenter Server where the machines run now.
    pub protected_id: Option<String>,
    /// The id of the vCenter Server where they are recovered.
    pub recovery_id: Option<String>,
}

/// Machines that are replicated together.
#[derive(Clone, Debug)]
pub struct ProtectionGroup<S: State> {
    /// Id, name, origin.
    pub ident: Ident,
    /// The description.
    pub description: Option<String>,
    /// The folder it is filed in, the folders above it in front: `Austria/Production`.
    pub folder: Option<String>,
    /// The sites.
    pub sites: Sites,
    /// How the data travels.
    pub replication: Replication,
    /// The greatest loss of data in minutes, where an export tells.
    pub rpo_minutes: Option<u32>,
    /// Its machines.
    pub vms: Vec<S::Ref<Vm<S>>>,
    /// Where its machines are put at the recovery site, where that is told.
    pub places: Vec<RecoveryPlace<S>>,
    /// What the exports lack of it, as the calls that would tell; empty for a whole group.
    ///
    /// INVARIANT (Missing): a group that lacks something is never lowered as if it were whole.
    pub missing: Vec<String>,
}

/// Where the source puts a machine at the recovery site.
#[derive(Clone, Debug)]
pub struct RecoveryPlace<S: State> {
    /// The machine.
    pub vm: S::Ref<Vm<S>>,
    /// The folder.
    pub folder: Option<String>,
    /// The resource pool.
    pub resource_pool: Option<String>,
    /// The host.
    pub host: Option<String>,
}

/// How the data of a protection group travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replication {
    /// By the storage array.
    Array,
    /// By the hypervisor.
    Host,
    /// By virtual volumes.
    VirtualVolumes,
    /// By the hyper-converged storage.
    Vsan,
    /// Not told.
    Unknown(String),
}

/// A plan: what is recovered, in which order and how.
#[derive(Clone, Debug)]
pub struct RecoveryPlan<S: State> {
    /// Id, name, origin.
    pub ident: Ident,
    /// The description.
    pub description: Option<String>,
    /// The folder it is filed in, the folders above it in front.
    pub folder: Option<String>,
    /// The sites.
    pub sites: Sites,
    /// The groups it recovers.
    pub groups: Vec<S::Ref<ProtectionGroup<S>>>,
    /// Settings of each machine.
    pub vms: Vec<VmRecovery<S>>,
    /// Steps of the plan itself, in order, the built-in ones included so that the place of the
    /// others is clear.
    pub steps: Vec<PlanStep>,
    /// Networks for tests.
    pub test_networks: Vec<TestNetwork<S>>,
    /// What the exports lack of it, as the calls that would tell; empty for a whole plan.
    ///
    /// INVARIANT (Missing): a plan that lacks something is never lowered as if it were whole.
    pub missing: Vec<String>,
}

/// Which runs of the plan a step belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Run {
    /// A test.
    Test,
    /// A real recovery.
    Recovery,
    /// The clean-up after a test.
    Cleanup,
    /// The protection in the other direction.
    Reprotect,
}

/// A step of a plan.
#[derive(Clone, Debug)]
pub struct PlanStep {
    /// Id (`plan/step`), title, origin.
    pub ident: Ident,
    /// The runs it belongs to.
    pub runs: Vec<Run>,
    /// Its number as the product shows it: `6.2`.
    pub number: String,
    /// What it is.
    pub kind: StepKind,
}

/// What a step of a plan is.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// A step of the product that recovers the machines of a priority.
    PowerOn(Priority),
    /// Another step of the product.
    BuiltIn,
    /// A step that people added.
    Callout(Callout),
    /// A step whose kind is not known.
    Opaque(Opaque),
}

/// A prompt or a command that people added.
#[derive(Clone, Debug)]
pub struct Callout {
    /// Id (`plan/step` or `plan/machine/before|after/n`), name, origin.
    pub ident: Ident,
    /// What it does.
    pub kind: CalloutKind,
    /// The text of the prompt or the command; `None` where the export lacks it.
    pub content: Option<String>,
    /// Seconds after which it counts as failed.
    pub timeout_seconds: Option<u32>,
}

/// What a callout does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CalloutKind {
    /// Stops until a person goes on.
    Prompt,
    /// Runs a command inside the machine.
    InGuest,
    /// Runs a command on the recovery server.
    OnServer,
}

/// The five priorities: the first recovers first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Priority(u8);

impl Priority {
    /// The default.
    pub const DEFAULT: Self = Self(3);

    /// A priority from 1 to 5.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=5).contains(&number).then_some(Self(number))
    }

    /// Its number, from 1 to 5.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// How one machine is recovered.
#[derive(Clone, Debug)]
pub struct VmRecovery<S: State> {
    /// Id (`plan/machine`), the machine's name as the plan shows it, origin.
    pub ident: Ident,
    /// The machine.
    pub vm: S::Ref<Vm<S>>,
    /// Its priority.
    pub priority: Priority,
    /// Whether it is powered on at the end.
    pub power_on: bool,
    /// Seconds to wait for the guest tools; `Some(0)`: not at all; `None`: not told.
    pub tools_timeout_seconds: Option<u32>,
    /// Seconds to wait before its post-power-on steps and the machines that depend on it.
    pub delay_seconds: u32,
    /// Whether the guest is shut down in order at the protected site.
    pub shutdown: Shutdown,
    /// Machines that must be up before it. Counts inside one priority only.
    pub depends_on: Vec<S::Ref<Vm<S>>>,
    /// Steps before it is powered on.
    pub before: Vec<Callout>,
    /// Steps after it is powered on.
    pub after: Vec<Callout>,
    /// How its addresses change.
    pub addresses: AddressChange,
}

/// What happens to the guest at the protected site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// Shut down in order, forced after these seconds.
    Guest(Option<u32>),
    /// Powered off at once.
    PowerOff,
    /// Not told.
    Unsaid,
}

/// How the addresses of a machine change.
#[derive(Clone, Debug)]
pub enum AddressChange {
    /// They stay.
    Keep,
    /// By the rules of the network mapping.
    ByRule,
    /// As the product is set up: by rule where there is one, else they stay.
    Automatic,
    /// As written here.
    Manual(Vec<NicAddresses>),
    /// Not told.
    Unsaid,
}

/// The addresses of one NIC at both sites.
#[derive(Clone, Debug)]
pub struct NicAddresses {
    /// Where it stands.
    pub origin: Origin,
    /// The number of the device.
    pub device: i64,
    /// At the protected site.
    pub protected: NicSettings,
    /// At the recovery site.
    pub recovery: NicSettings,
}

/// The settings of a NIC at one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NicSettings {
    /// IPv4 and IPv6 addresses.
    pub addresses: Vec<IpAddr>,
    /// The prefix length of the IPv4 address.
    pub prefix: Option<u8>,
    /// The prefix length of the IPv6 address.
    pub prefix_v6: Option<u8>,
    /// Gateways.
    pub gateways: Vec<IpAddr>,
    /// DNS servers.
    pub dns: Vec<IpAddr>,
    /// DNS suffixes.
    pub suffixes: Vec<String>,
    /// WINS servers.
    pub wins: Vec<IpAddr>,
    /// Whether the address comes from DHCP.
    pub dhcp: bool,
}

/// Which network stands for which at the other site.
#[derive(Clone, Debug)]
pub struct NetworkMapping<S: State> {
    /// Id, name (`protected to recovery`), origin.
    pub ident: Ident,
    /// The network at the protected site.
    pub protected: S::Ref<Segment>,
    /// Its name as shown.
    pub protected_name: String,
    /// The network at the recovery site, by name.
    pub recovery_name: String,
    /// The network for tests at the recovery site; `None`: the product makes an isolated one.
    pub test_name: Option<String>,
    /// Rules that map addresses.
    pub rules: Vec<AddressRule>,
}

/// A rule that maps the addresses of a subnet.
#[derive(Clone, Debug)]
pub struct AddressRule {
    /// Where it stands.
    pub origin: Origin,
    /// Its name.
    pub name: String,
    /// The subnet at the protected site.
    pub from: IpBlock,
    /// The subnet at the recovery site.
    pub to: IpBlock,
    /// Gateway, DNS and WINS at the recovery site.
    pub settings: NicSettings,
}

/// A network used when a plan is tested.
#[derive(Clone, Debug)]
pub struct TestNetwork<S: State> {
    /// Id (`plan/network`), name, origin.
    pub ident: Ident,
    /// The network of a real recovery.
    pub recovery: S::Ref<Segment>,
    /// Its name as shown; its id where no export names it.
    pub recovery_name: String,
    /// The network of a test, by name; `None`: the product makes an isolated one.
    pub test_name: Option<String>,
}

/// A mapping that no target holds.
#[derive(Clone, Debug)]
pub struct OtherMapping {
    /// Id, name, origin.
    pub ident: Ident,
    /// What is mapped: `folder`, `resource pool`, `storage policy`, `placeholder datastore`.
    pub what: String,
}
