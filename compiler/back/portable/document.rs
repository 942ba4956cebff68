//! The document types: what `policy.yaml` holds, and nothing else.
//!
//! The field names are the contract of version 1. Empty lists and what is not told are left out.

use serde::Serialize;

/// The whole document.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    /// Always `policy`: tells the document from other YAML.
    pub rehome: String,
    /// The version of this shape.
    pub version: u32,
    /// What the rules speak about.
    pub inventory: Inventory,
    /// Who may talk to whom.
    pub network: Network,
    /// Which machine may run where.
    pub placement: Placement,
    /// What is recovered and how.
    pub recovery: Recovery,
}

/// Who an object is.
#[derive(Clone, Debug, Serialize)]
pub struct Ident {
    /// The id in the exports.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Where it stands: `file#pointer`.
    pub origin: String,
}

/// A reference: an id of this document, or a name that nothing answers to.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Reference {
    /// The id.
    Found(String),
    /// The name.
    Missing {
        /// The name.
        missing: String,
    },
}

/// Something carried without being understood.
#[derive(Clone, Debug, Serialize)]
pub struct Opaque {
    /// What it is.
    pub what: String,
    /// What the export says.
    pub text: String,
    /// Where it stands.
    pub origin: String,
}

/// The inventory.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
pub struct Named {
    /// Who it is.
    pub ident: Ident,
    /// Its other ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
}

/// A host.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
pub struct Tag {
    /// The scope; left out when empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The value.
    pub value: String,
}

/// A virtual machine.
#[derive(Clone, Debug, Serialize)]
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

/// The network domain.
#[derive(Clone, Debug, Serialize)]
pub struct Network {
    /// Whether the firewall is on: `on`, `off` or `unsaid`.
    pub enforcement: &'static str,
    /// The origin of the default rule, or `unknown`.
    pub fallback: String,
    /// Groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    /// Services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// Sections in the order of evaluation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Section>,
    /// Machines without a filter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exclusions: Vec<Exclusion>,
    /// Objects that are listed and not interpreted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uninterpreted: Vec<Uninterpreted>,
}

/// An expression that selects endpoints.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Selector {
    /// Nobody.
    Nothing,
    /// All of these.
    All(Vec<Selector>),
    /// One of these.
    AnyOf(Vec<Selector>),
    /// Everybody else.
    Not(Box<Selector>),
    /// A property.
    Match(Condition),
    /// Addresses.
    Addresses(Vec<String>),
    /// A group.
    Group(Reference),
    /// A machine.
    Machine(Reference),
    /// The machines of a network.
    Network(Reference),
    /// Something not understood.
    Opaque(Opaque),
}

/// A property.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Condition {
    /// `machine`, `network` or `network-port`.
    pub of: &'static str,
    /// `tag`, `name`, `os-name` or `computer-name`.
    pub key: &'static str,
    /// The scope of a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// A scope the tag must not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_is_not: Option<String>,
    /// `equals`, `not-equals`, `contains`, `starts-with`, `ends-with` or `present`.
    pub operator: &'static str,
    /// The value.
    pub value: String,
}

/// A group.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// Who it is.
    pub ident: Ident,
    /// Who belongs to it.
    pub members: Selector,
    /// Who the source platform said belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub realised: Option<Realised>,
    /// Keys that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// Members that the source platform computed.
#[derive(Clone, Debug, Serialize)]
pub struct Realised {
    /// Machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<Reference>,
    /// Addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Vec<String>>,
}

/// A service.
#[derive(Clone, Debug, Serialize)]
pub struct Service {
    /// Who it is.
    pub ident: Ident,
    /// What it matches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// Keys that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// An entry of a service.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// TCP or UDP.
    Ports(Ports),
    /// ICMP.
    Icmp {
        /// 4 or 6.
        version: u8,
        /// The type; left out: every type.
        #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
        kind: Option<u8>,
        /// The code; left out: every code.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<u8>,
    },
    /// An IP protocol by number.
    Protocol(u8),
    /// A control connection with the sessions it opens.
    Gateway {
        /// The application protocol.
        application: String,
        /// The control connection.
        control: Ports,
    },
    /// IGMP.
    Igmp,
    /// An EtherType.
    EtherType(u16),
    /// Another service.
    Service(Reference),
    /// Something not understood.
    Opaque(Opaque),
}

/// Ports of TCP or UDP.
#[derive(Clone, Debug, Serialize)]
pub struct Ports {
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// Source ports; `any` for all.
    pub source: String,
    /// Destination ports; `any` for all.
    pub destination: String,
}

/// A section.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Section {
    /// Who it is.
    pub ident: Ident,
    /// The tier.
    pub tier: &'static str,
    /// Its place in the tier.
    pub sequence: i64,
    /// The machines its rules apply to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_to: Option<Peers>,
    /// Whether replies pass by state.
    pub stateful: bool,
    /// Whether a connection must begin with a SYN.
    pub strict_tcp: bool,
    /// When it is active.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Opaque>,
    /// Whether it is in force.
    pub enabled: bool,
    /// Its rules in the order of evaluation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// Keys that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// One side of a rule.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peers {
    /// Everybody.
    Any,
    /// Nobody: everybody, negated.
    Nobody,
    /// One of these.
    Of(Vec<Selector>),
    /// Everybody but these.
    Not(Vec<Selector>),
}

/// A rule.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Who it is.
    pub ident: Ident,
    /// Its place in the section.
    pub sequence: i64,
    /// `allow`, `drop`, `reject` or `jump`.
    pub action: &'static str,
    /// Where a flow comes from.
    pub source: Peers,
    /// Where it goes to.
    pub destination: Peers,
    /// Which traffic; left out: all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub services: Option<Vec<Entry>>,
    /// `in`, `out` or `both`.
    pub direction: &'static str,
    /// The machines whose filters hold it.
    pub applied_to: Peers,
    /// `4`, `6` or `both`.
    pub ip: &'static str,
    /// Layer-7 profiles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Opaque>,
    /// Whether matches are logged.
    pub logged: bool,
    /// The label in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_label: Option<String>,
    /// Notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Whether it is in force.
    pub enabled: bool,
    /// Whether it is the default rule.
    #[serde(rename = "default")]
    pub is_default: bool,
    /// Keys that are not known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// Keys that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<String>,
}

/// An entry of the exclusion list.
#[derive(Clone, Debug, Serialize)]
pub struct Exclusion {
    /// Who it is.
    pub ident: Ident,
    /// The machines.
    pub members: Selector,
}

/// An object that is listed and not interpreted.
#[derive(Clone, Debug, Serialize)]
pub struct Uninterpreted {
    /// Who it is.
    pub ident: Ident,
    /// What it is.
    pub what: String,
    /// How many rules it holds.
    pub rules: usize,
}

/// The placement domain.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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

/// The recovery domain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Recovery {
    /// Protection groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub protection_groups: Vec<ProtectionGroup>,
    /// Plans.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Plan>,
    /// Network mappings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<NetworkMapping>,
    /// Other mappings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_mappings: Vec<OtherMapping>,
}

/// The sites of a group or plan.
#[derive(Clone, Debug, Serialize)]
pub struct Sites {
    /// Where the machines run.
    pub protected: String,
    /// Where they are recovered.
    pub recovery: String,
}

/// A protection group.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProtectionGroup {
    /// Who it is.
    pub ident: Ident,
    /// The sites.
    pub sites: Sites,
    /// How the data travels.
    pub replication: String,
    /// The greatest loss of data in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpo_minutes: Option<u32>,
    /// Its machines.
    pub machines: Vec<Reference>,
}

/// A recovery plan.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// Who it is.
    pub ident: Ident,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The sites.
    pub sites: Sites,
    /// The protection groups.
    pub protection_groups: Vec<Reference>,
    /// How each machine is recovered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<MachineRecovery>,
    /// The steps in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// Networks for tests.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub test_networks: Vec<TestNetwork>,
}

/// How a machine is recovered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MachineRecovery {
    /// Who it is.
    pub ident: Ident,
    /// The machine.
    pub machine: Reference,
    /// From 1 to 5.
    pub priority: u8,
    /// Whether it is powered on.
    pub power_on: bool,
    /// Seconds to wait for the guest tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools_timeout_seconds: Option<u32>,
    /// Seconds to wait before what comes after it.
    pub delay_seconds: u32,
    /// `guest`, `power-off` or `unsaid`.
    pub shutdown: &'static str,
    /// Seconds until it is forced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shutdown_timeout_seconds: Option<u32>,
    /// Machines that must be up before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Reference>,
    /// Steps before power-on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Callout>,
    /// Steps after power-on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Callout>,
    /// How its addresses change.
    pub addresses: AddressChange,
}

/// How addresses change.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressChange {
    /// They stay.
    Keep,
    /// By the rules of the network mapping.
    ByRule,
    /// As the product is set up.
    Automatic,
    /// As written.
    Manual(Vec<Nic>),
    /// Not told.
    Unsaid,
}

/// A NIC at both sites.
#[derive(Clone, Debug, Serialize)]
pub struct Nic {
    /// The number of the device.
    pub device: i64,
    /// At the protected site.
    pub protected: NicSettings,
    /// At the recovery site.
    pub recovery: NicSettings,
}

/// A NIC at one site.
#[derive(Clone, Debug, Serialize)]
pub struct NicSettings {
    /// Addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// The prefix length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<u8>,
    /// Gateways.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<String>,
    /// DNS servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<String>,
    /// DNS suffixes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suffixes: Vec<String>,
    /// WINS servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wins: Vec<String>,
    /// Whether the address comes from DHCP.
    pub dhcp: bool,
}

/// A step of a plan.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// Who it is.
    pub ident: Ident,
    /// Its number.
    pub number: String,
    /// The runs it belongs to.
    pub runs: Vec<&'static str>,
    /// What it is.
    pub kind: StepKind,
}

/// What a step is.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Recovers the machines of a priority.
    PowerOn(u8),
    /// A step of the product.
    BuiltIn,
    /// A step that people added.
    Callout(Callout),
    /// Something not understood.
    Opaque(Opaque),
}

/// A prompt or command.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Callout {
    /// Who it is.
    pub ident: Ident,
    /// `prompt`, `in-guest` or `on-server`.
    pub kind: &'static str,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Seconds until it counts as failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
}

/// A network for tests.
#[derive(Clone, Debug, Serialize)]
pub struct TestNetwork {
    /// Who it is.
    pub ident: Ident,
    /// The network of a real recovery.
    pub recovery: Reference,
    /// The network of a test; left out: an isolated one is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
}

/// A network mapping.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkMapping {
    /// Who it is.
    pub ident: Ident,
    /// The network at the protected site.
    pub protected: Reference,
    /// The network at the recovery site.
    pub recovery: String,
    /// The network for tests; left out: an isolated one is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// Rules that map addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<AddressRule>,
}

/// A rule that maps addresses.
#[derive(Clone, Debug, Serialize)]
pub struct AddressRule {
    /// Its name.
    pub name: String,
    /// The subnet at the protected site.
    pub from: String,
    /// The subnet at the recovery site.
    pub to: String,
    /// Gateway, DNS and WINS at the recovery site.
    pub settings: NicSettings,
}

/// A mapping that no target holds.
#[derive(Clone, Debug, Serialize)]
pub struct OtherMapping {
    /// Who it is.
    pub ident: Ident,
    /// What is mapped.
    pub what: String,
}
