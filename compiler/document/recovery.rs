//! The recovery domain of the document.

use super::{At, CalloutKind, Ident, Opaque, Reference, Run};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The recovery domain.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Recovery {
    /// Protection groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protection_groups: Vec<At<ProtectionGroup>>,
    /// Plans.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<At<Plan>>,
    /// Network mappings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub networks: Vec<At<NetworkMapping>>,
    /// Other mappings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_mappings: Vec<At<OtherMapping>>,
}

/// The sites of a group or plan.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Sites {
    /// Where the machines run.
    pub protected: String,
    /// Where they are recovered.
    pub recovery: String,
    /// The id of the vCenter Server where the machines run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_id: Option<String>,
    /// The id of the vCenter Server where they are recovered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_id: Option<String>,
}

/// Where a machine is put at the recovery site.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct RecoveryPlace {
    /// The machine.
    pub machine: Reference,
    /// The folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The resource pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_pool: Option<String>,
    /// The host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
}

/// A protection group.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ProtectionGroup {
    /// Who it is.
    pub ident: Ident,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The folder, those above it in front.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The sites.
    pub sites: Sites,
    /// How the data travels.
    pub replication: Replication,
    /// The greatest loss of data in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpo_minutes: Option<u32>,
    /// Its machines.
    pub machines: Vec<Reference>,
    /// Where its machines are put at the recovery site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<RecoveryPlace>,
    /// The calls that would tell what the exports lack of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// How the data of a protection group travels.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replication {
    /// By the storage array.
    Array,
    /// By the hypervisor.
    Host,
    /// By virtual volumes.
    VirtualVolumes,
    /// By the hyper-converged storage.
    Vsan,
    /// Not told; what the export says instead, which may be nothing.
    Unknown(String),
}

/// A recovery plan.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Plan {
    /// Who it is.
    pub ident: Ident,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The folder, those above it in front.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The sites.
    pub sites: Sites,
    /// The protection groups.
    pub protection_groups: Vec<Reference>,
    /// How each machine is recovered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub machines: Vec<At<MachineRecovery>>,
    /// The steps in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<At<Step>>,
    /// Networks for tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_networks: Vec<At<TestNetwork>>,
    /// What the exports lack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// How a machine is recovered.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MachineRecovery {
    /// Who it is.
    pub ident: Ident,
    /// The machine.
    pub machine: Reference,
    /// From 1 to 5; the first recovers first.
    #[schemars(range(min = 1, max = 5))]
    pub priority: At<u8>,
    /// Whether it is powered on.
    pub power_on: bool,
    /// Seconds to wait for the guest tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools_timeout_seconds: Option<u32>,
    /// Seconds to wait before what comes after it.
    pub delay_seconds: u32,
    /// Whether the guest is shut down in order at the protected site.
    pub shutdown: Shutdown,
    /// Machines that must be up before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Reference>,
    /// Steps before power-on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<At<Callout>>,
    /// Steps after power-on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<At<Callout>>,
    /// How its addresses change.
    pub addresses: AddressChange,
}

/// What happens to the guest at the protected site.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shutdown {
    /// Shut down in order, forced after these seconds.
    GuestWithinSeconds(u32),
    /// Shut down in order; when it is forced is not told.
    Guest,
    /// Powered off at once.
    PowerOff,
    /// Not told.
    Unsaid,
}

/// How addresses change.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressChange {
    /// They stay.
    Keep,
    /// By the rules of the network mapping.
    ByRule,
    /// As the product is set up.
    Automatic,
    /// As written.
    Manual(Vec<At<Nic>>),
    /// Not told.
    Unsaid,
}

/// A NIC at both sites.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Nic {
    /// The number of the device.
    pub device: i64,
    /// At the protected site.
    pub protected: NicSettings,
    /// At the recovery site.
    pub recovery: NicSettings,
}

/// A NIC at one site.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NicSettings {
    /// Addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpAddr>,
    /// The prefix length of the IPv4 address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<u8>,
    /// The prefix length of the IPv6 address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix_v6: Option<u8>,
    /// Gateways.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateways: Vec<IpAddr>,
    /// DNS servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<IpAddr>,
    /// DNS suffixes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suffixes: Vec<String>,
    /// WINS servers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wins: Vec<IpAddr>,
    /// Whether the address comes from DHCP.
    pub dhcp: bool,
}

/// A step of a plan.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct Step {
    /// Who it is.
    pub ident: Ident,
    /// Its number.
    pub number: String,
    /// The runs it belongs to.
    pub runs: Vec<Run>,
    /// What it is.
    pub kind: StepKind,
}

/// What a step is.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// Recovers the machines of a priority.
    PowerOn(#[schemars(range(min = 1, max = 5))] At<u8>),
    /// A step of the product.
    BuiltIn,
    /// A step that people added.
    Callout(At<Callout>),
    /// Something not understood.
    Opaque(At<Opaque>),
}

/// A prompt or command.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Callout {
    /// Who it is.
    pub ident: Ident,
    /// What it does.
    pub kind: CalloutKind,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
    /// Seconds until it counts as failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
}

/// A network for tests.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TestNetwork {
    /// Who it is.
    pub ident: Ident,
    /// The network of a real recovery.
    pub recovery: Reference,
    /// Its name as shown.
    pub recovery_name: String,
    /// The network of a test; left out: an isolated one is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
}

/// A network mapping.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NetworkMapping {
    /// Who it is.
    pub ident: Ident,
    /// The network at the protected site.
    pub protected: Reference,
    /// Its name as shown.
    pub protected_name: String,
    /// The network at the recovery site.
    pub recovery: String,
    /// The network for tests; left out: an isolated one is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<String>,
    /// Rules that map addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<At<AddressRule>>,
}

/// A rule that maps addresses.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct AddressRule {
    /// Its name.
    pub name: String,
    /// The subnet at the protected site.
    pub from: At<String>,
    /// The subnet at the recovery site.
    pub to: At<String>,
    /// Gateway, DNS and WINS at the recovery site.
    pub settings: NicSettings,
}

/// A mapping that no target holds.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub struct OtherMapping {
    /// Who it is.
    pub ident: Ident,
    /// What is mapped.
    pub what: String,
}
