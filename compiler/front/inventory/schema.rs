//! The properties of managed objects that are read or known and not needed.

use crate::finding::Domain;
use crate::front::schema::{Ignored, Schema};

/// What the listings of vCenter hold.
pub(super) const SCHEMA: Schema = Schema {
    product: "vCenter",
    domain: Domain::Inventory,
    ignored: IGNORED,
};

/// The kinds of object that are read, by the name their struct has in messages.
pub(super) fn struct_of(kind: &str) -> Option<&'static str> {
    [
        "VirtualMachine",
        "HostSystem",
        "ClusterComputeResource",
        "Network",
        "DistributedVirtualPortgroup",
        "OpaqueNetwork",
    ]
    .into_iter()
    .find(|known| *known == kind)
}

/// Kinds of object that say nothing about who runs where or who may talk to whom.
pub(super) const NOT_NEEDED: [&str; 9] = [
    "Folder",
    "Datacenter",
    "Datastore",
    "StoragePod",
    "ComputeResource",
    "ResourcePool",
    "VirtualApp",
    "VmwareDistributedVirtualSwitch",
    "DistributedVirtualSwitch",
];

/// Properties that are read, of any kind of object; the rest of the list is not needed.
pub(super) const READ: [&str; 11] = [
    "self",
    "name",
    "parent",
    "config",
    "summary",
    "guest",
    "runtime",
    "network",
    "hardware",
    "configurationEx",
    "configuration",
];

const STATE: &str = "state of the moment or of the management plane, no policy";
const STORAGE: &str = "storage, which none of the policies read here speaks about";
const STRUCTURE: &str = "the tree of folders and pools; rules name machines, not folders";

const fn any(key: &'static str, reason: &'static str) -> Ignored {
    Ignored {
        within: "*",
        key,
        reason,
    }
}

const IGNORED: &[Ignored] = &[
    any("_typeName", "the type, looked at before the object is read"),
    any("value", STATE),
    any("availableField", STATE),
    any("customValue", STATE),
    any("overallStatus", STATE),
    any("configStatus", STATE),
    any("configIssue", STATE),
    any("effectiveRole", STATE),
    any("permission", "rights of vCenter users"),
    any("disabledMethod", STATE),
    any("recentTask", STATE),
    any("declaredAlarmState", STATE),
    any("triggeredAlarmState", STATE),
    any("alarmActionsEnabled", STATE),
    any(
        "tag",
        "legacy tags of the object model; vSphere tags stand outside of the object",
    ),
    any("capability", "what the platform can do with the object"),
    any("layout", STORAGE),
    any("layoutEx", STORAGE),
    any("storage", STORAGE),
    any("datastore", STORAGE),
    any("datastoreBrowser", STORAGE),
    any("environmentBrowser", STATE),
    any("resourcePool", STRUCTURE),
    any("parentVApp", STRUCTURE),
    any("resourceConfig", STRUCTURE),
    any("snapshot", STORAGE),
    any("rootSnapshot", STORAGE),
    any("guestHeartbeatStatus", STATE),
    any("vm", "the same relation is read from the machine"),
    any("host", "the same relation is read from the host"),
    any("owner", STRUCTURE),
    any("systemResources", STATE),
    any("licensableResource", STATE),
    any("remediationState", STATE),
    any("precheckRemediationResult", STATE),
    any("remediationResult", STATE),
    any("complianceCheckState", STATE),
    any("complianceCheckResult", STATE),
    any("configManager", STATE),
    any("answerFileValidationState", STATE),
    any("answerFileValidationResult", STATE),
    any("lifecycleManaged", STATE),
    any("recommendation", STATE),
    any("drsRecommendation", STATE),
    any("drsFault", STATE),
    any("hciConfig", STATE),
    any("migrationHistory", STATE),
    any("actionHistory", STATE),
    any("key", "the same as the reference"),
    any("portKeys", STATE),
];

/// Whether a kind of object is a network that machines are attached to.
pub(super) fn is_network(kind: &str) -> bool {
    matches!(
        kind,
        "Network" | "DistributedVirtualPortgroup" | "OpaqueNetwork"
    )
}
