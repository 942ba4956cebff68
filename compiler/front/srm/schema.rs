//! The shapes of the answers, and the keys of theirs that are not needed.
//!
//! Names of the shapes are those of the API reference of VMware Live Site Recovery 9 and Site
//! Recovery Manager 8.7.

use crate::finding::Domain;
use crate::front::schema::{Ignored, Schema};
use rehome_grammar::de::{Many, Spanned};
use serde::Deserialize;
use serde::de::IgnoredAny;

const fn ignored(within: &'static str, key: &'static str, reason: &'static str) -> Ignored {
    Ignored {
        within,
        key,
        reason,
    }
}

const STATE: &str = "the state at the time of the export";
const CHANGES: &str = "guards concurrent changes";
const REVERSE: &str = "the way back is mapped by the other server, whose answer is read too";
const STORAGE: &str = "how the storage of the source replicates; nothing of it moves";
const IDENTITY: &str = "what the object is known by, read as a reference";
const NODE: &str = "read as a node";
const COUNTED: &str = "what the object is, or a sum over what it holds";

/// The shapes of Site Recovery.
pub(super) static SCHEMA: Schema = Schema {
    product: "SRM",
    domain: Domain::Recovery,
    ignored: &[
        ignored("*", "_meta", "errors and pages in it are looked at before"),
        ignored("RecoveryPlanInfo", "progress", STATE),
        ignored("RecoveryPlanInfo", "is_running", STATE),
        ignored("ProtectionGroupInfo", "recovery_status", STATE),
        ignored("ProtectionGroupInfo", "status", STATE),
        ignored("ProtectionGroupInfo", "array_pair", STORAGE),
        ignored("ProtectionGroupInfo", "domain_id", STORAGE),
        ignored("ProtectionGroupInfo", "vsan_protection_group_id", STORAGE),
        ignored("ProtectionGroupVmInfo", "protection_status_details", STATE),
        ignored(
            "ProtectionGroupVmInfo",
            "vvol_replication_group_data",
            STORAGE,
        ),
        ignored("ProtectionInfo", "vmotion_eligible", STATE),
        ignored("RecoveryPlanVmInfo", "status", STATE),
        ignored("RecoveryPlanVmInfo", "managing_recovery_plan", STATE),
        ignored(
            "RecoveryPlanVmInfo",
            "protection_group*",
            "the group lists its machines",
        ),
        ignored(
            "ProtectionGroupVmInfo",
            "template",
            "told of the machine in its plan",
        ),
        ignored(
            "ProtectionGroupVmInfo",
            "inside_vapp",
            "told of the machine in its plan",
        ),
        ignored(
            "VmCalloutPosition",
            "index",
            "the place is that in the list of steps",
        ),
        ignored(
            "VmSummarizedRecoverySettings",
            "pre_power_on_steps",
            "a text about steps that are read in full",
        ),
        ignored(
            "VmSummarizedRecoverySettings",
            "post_power_on_steps",
            "a text about steps that are read in full",
        ),
        ignored(
            "VmSummarizedRecoverySettings",
            "allow_migration",
            "read with the settings in full",
        ),
        ignored(
            "VmRecoverySettings",
            "change_version",
            "guards concurrent changes",
        ),
        ignored("VmRecoverySettings", "vm_tools_status", STATE),
        ignored(
            "VmRecoverySettings",
            "is_windows_guest",
            "a fact about the guest, not a setting",
        ),
        ignored(
            "VmRecoverySettings",
            "is_recovery_site_local",
            "which side answered",
        ),
        ignored(
            "VmRecoverySettingsState",
            "is_windows_guest",
            "a fact about the guest, not a setting",
        ),
        ignored(
            "VmRecoverySettingsState",
            "is_recovery_site_local",
            "which side answered",
        ),
        ignored("SrmView", "moRef", IDENTITY),
        ignored("SrmView", "MoRef", IDENTITY),
        ignored("SrmRecoveryPlan", "moRef", IDENTITY),
        ignored("SrmRecoveryPlan", "MoRef", IDENTITY),
        ignored("SrmProtectionGroup", "moRef", IDENTITY),
        ignored("SrmProtectionGroup", "MoRef", IDENTITY),
        ignored("SrmView", "name", "the info tells it"),
        ignored("SrmView", "Name", "the info tells it"),
        ignored("SrmRecoveryPlan", "state", NODE),
        ignored("SrmRecoveryPlan", "State", NODE),
        ignored("SrmRecoveryPlan", "protectionGroups", NODE),
        ignored("SrmRecoveryPlan", "ProtectionGroups", NODE),
        ignored("SrmRecoveryPlan", "Type", COUNTED),
        ignored("SrmRecoveryPlan", "RecoveryPlanVMCount", COUNTED),
        ignored("SrmRecoveryPlan", "ProtectionGroupCount", COUNTED),
        ignored("SrmRecoveryPlan", "EmptyProtectionGroup*", COUNTED),
        ignored("SrmRecoveryPlan", "EmptyPGName", COUNTED),
        ignored("SrmProtectionGroup", "VMNames", NODE),
        ignored("SrmProtectionGroup", "Configured", STATE),
        ignored("SrmProtectionGroup", "State", STATE),
        ignored("SrmProtectionGroup", "Category", COUNTED),
        ignored("SrmProtectedVm", "ProtectedVM", "known by its machine"),
        ignored("SrmProtectedVm", "PeerProtectedVm", "known by its machine"),
        ignored("SrmProtectedVm", "VMState", STATE),
        ignored("SrmProtectedVm", "PeerState", STATE),
        ignored("SrmProtectedVm", "NeedsConfig", STATE),
        ignored("SrmProtectedVm", "Faults", STATE),
        ignored("SrmRecoverySettings", "changeVersion", CHANGES),
        ignored("SrmRecoverySettings", "ChangeVersion", CHANGES),
        ignored("SrmRecoverySettings", "status", STATE),
        ignored("SrmRecoverySettings", "Status", STATE),
        ignored("SrmCallout", "uuid", "a callout is known by its place"),
        ignored("SrmCallout", "Uuid", "a callout is known by its place"),
        ignored("DependentVm", "template", "told with the machine itself"),
        ignored("DependentVm", "inside_vapp", "told with the machine itself"),
        ignored("DependentVm", "status", STATE),
        ignored(
            "DependentVm",
            "priority_group",
            "told with the machine itself",
        ),
        ignored(
            "DependentVm",
            "protection_group_name",
            "told with the machine itself",
        ),
        ignored(
            "Callout",
            "id",
            "a callout is known by its step or by its place",
        ),
        ignored("RecoveryStep", "finish_time", STATE),
        ignored("RecoveryStep", "start_time", STATE),
        ignored("RecoveryStep", "progress", STATE),
        ignored("RecoveryStep", "status", STATE),
        ignored("RecoveryStep", "warnings", STATE),
        ignored("RecoveryStep", "errors", STATE),
        ignored(
            "RecoveryStep",
            "expanded",
            "seen from the steps that follow",
        ),
        ignored(
            "RecoveryStep",
            "referred_object",
            "the object a step works on, named in its title",
        ),
        ignored(
            "PlanCalloutPosition",
            "position_spec_*",
            "the place is that in the list of steps",
        ),
        ignored("InventoryMapping", "reverse_*", REVERSE),
        ignored("NetworkMapping", "reverse_*", REVERSE),
        ignored("TestNetworkMapping", "id", "known by its networks"),
        ignored("IpMapping", "name", "known by its network mapping"),
        ignored(
            "InventoryItem",
            "type",
            "plans and groups have answers of their own",
        ),
        ignored("InventoryItem", "path", "the folders above it tell it"),
        ignored("PlaceholderDatastore", "visible_to", STATE),
        ignored("PlaceholderDatastore", "overall_status", STATE),
    ],
};

/// The shapes of vSphere Replication: of everything it tells only the objective is policy here.
pub(super) static REPLICATION: Schema = Schema {
    product: "vSphere Replication",
    domain: Domain::Recovery,
    ignored: &[ignored("*", "*", "state and transport of the replication")],
};

/// One call and its answer.
#[derive(Debug, Deserialize)]
pub(super) struct Pair {
    pub request: Spanned<String>,
    pub status: Option<Spanned<u16>>,
    #[expect(dead_code, reason = "read as a node")]
    pub response: IgnoredAny,
}

#[derive(Debug, Deserialize)]
pub(super) struct RecoveryPlanInfo {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub location_name: Option<String>,
    pub protected_site_name: Option<String>,
    pub recovery_site_name: Option<String>,
    pub protected_vc_guid: Option<String>,
    pub recovery_vc_guid: Option<String>,
    pub status: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ProtectionGroupInfo {
    pub id: String,
    pub name: Option<String>,
    pub description: Option<String>,
    pub location: Option<String>,
    pub location_name: Option<String>,
    pub protected_site_name: Option<String>,
    pub recovery_site_name: Option<String>,
    pub protected_vc_guid: Option<String>,
    pub recovery_vc_guid: Option<String>,
    pub replication_type: Option<Spanned<String>>,
    pub total_vms: Option<u64>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ProtectionGroupVmInfo {
    pub id: String,
    pub name: Option<String>,
    pub protection_info: Option<ProtectionInfo>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ProtectionInfo {
    pub recovery_folder: Option<NamedObject>,
    pub recovery_resource_pool: Option<NamedObject>,
    pub recovery_host: Option<NamedObject>,
    #[serde(default)]
    pub recovery_networks: Many<Spanned<NamedObject>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NamedObject {
    pub id: Option<String>,
    pub name: Option<String>,
    #[serde(rename = "type")]
    #[expect(dead_code, reason = "the kind of network does not matter")]
    pub kind: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RecoveryPlanVmInfo {
    pub id: String,
    pub name: Option<String>,
    pub template: Option<bool>,
    pub inside_vapp: Option<bool>,
    pub recovery_settings: Option<VmSummarizedRecoverySettings>,
}

#[derive(Debug, Deserialize)]
pub(super) struct VmSummarizedRecoverySettings {
    pub priority: Option<Spanned<String>>,
    pub startup_action: Option<Spanned<String>>,
    #[serde(default)]
    pub dependent_vms: Many<Spanned<DependentVm>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct VmRecoverySettingsState {
    pub recovery_settings: VmRecoverySettings,
}

#[derive(Debug, Deserialize)]
pub(super) struct VmRecoverySettings {
    pub priority: Option<Spanned<String>>,
    pub startup_action: Option<Spanned<String>>,
    pub startup_action_settings: Option<StartupActionSettings>,
    pub shutdown_action_settings: Option<ShutdownActionSettings>,
    #[serde(default)]
    pub pre_power_on_steps: Many<Spanned<Callout>>,
    #[serde(default)]
    pub post_power_on_steps: Many<Spanned<Callout>>,
    #[serde(default)]
    pub dependent_vms: Many<Spanned<DependentVm>>,
    pub ip_customization_type: Option<Spanned<String>>,
    #[serde(default)]
    pub nic_settings: Many<Spanned<NicSettings>>,
    pub allow_vmotion_migration: Option<Spanned<bool>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct StartupActionSettings {
    pub power_on_vmtools_timeout_seconds: Option<u32>,
    pub delay_before_power_on_steps_and_dependent_vms_seconds: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ShutdownActionSettings {
    pub skip_shutdown_guest: Option<bool>,
    pub timeout_seconds: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Callout {
    pub name: Option<String>,
    pub content: Option<String>,
    pub callout_type: Option<Spanned<String>>,
    pub timeout_seconds: Option<u32>,
    pub step_type: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DependentVm {
    pub id: String,
    pub name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NicSettings {
    pub device_id: Option<i64>,
    pub primary_ip_settings: Option<IpSettings>,
    pub secondary_ip_settings: Option<IpSettings>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct IpSettings {
    pub ip_v4: Option<IpV4Settings>,
    pub ip_v6: Option<IpV6Settings>,
    pub dns: Option<DnsSettings>,
    pub wins: Option<WinsSettings>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IpV4Settings {
    pub ip_address: Option<Spanned<String>>,
    #[serde(rename = "type")]
    pub kind: Option<Spanned<String>>,
    pub default_gateway: Option<Spanned<String>>,
    pub alternate_gateway: Option<Spanned<String>>,
    pub subnet_mask: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IpV6Settings {
    pub ip_address: Option<Spanned<String>>,
    #[serde(rename = "type")]
    pub kind: Option<Spanned<String>>,
    pub default_gateway: Option<Spanned<String>>,
    pub alternate_gateway: Option<Spanned<String>>,
    pub subnet_prefix_length: Option<Spanned<u8>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct DnsSettings {
    #[serde(rename = "type")]
    pub kind: Option<Spanned<String>>,
    pub preferred_server: Option<Spanned<String>>,
    pub alternate_server: Option<Spanned<String>>,
    #[serde(default)]
    pub suffixes: Many<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WinsSettings {
    pub primary_server: Option<Spanned<String>>,
    pub alternate_server: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RecoveryStep {
    pub id: String,
    pub title: Option<String>,
    pub step_number: Option<String>,
    pub depth: Option<u32>,
    pub child_count: Option<u32>,
    pub plan_callout_position_spec: Option<PlanCalloutPosition>,
    pub vm_callout_position_spec: Option<VmCalloutPosition>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PlanCalloutPosition {}

#[derive(Debug, Deserialize)]
pub(super) struct VmCalloutPosition {
    pub vm_id: String,
    pub pre_power_on: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub(super) struct InventoryMapping {
    pub id: Option<String>,
    pub primary_object: Option<String>,
    pub secondary_object: Option<String>,
    pub primary_object_name: Option<String>,
    pub secondary_object_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct NetworkMapping {
    pub id: Option<String>,
    pub primary_object: String,
    pub secondary_object: Option<String>,
    pub primary_object_name: Option<String>,
    pub secondary_object_name: Option<String>,
    pub test_network_mapping: Option<TestNetworkMapping>,
    pub ip_mapping: Option<IpMapping>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TestNetworkMapping {
    pub target_network: String,
    pub test_network: Option<String>,
    pub test_network_name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IpMapping {
    #[serde(default)]
    pub rules: Many<Spanned<IpRule>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct IpRule {
    pub name: Option<String>,
    pub local_subnet: Spanned<String>,
    pub remote_subnet: Spanned<String>,
    pub remote_ip_settings: Option<IpSettings>,
}

/// A folder, or a plan or group in it.
#[derive(Debug, Deserialize)]
pub(super) struct InventoryItem {
    pub id: String,
    pub name: String,
    pub parent: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct PlaceholderDatastore {
    pub id: String,
    pub name: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ReplicationInfo {
    pub vm_id: Option<String>,
    pub name: Option<String>,
    pub rpo: Option<Spanned<u32>>,
}
