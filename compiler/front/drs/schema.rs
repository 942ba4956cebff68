//! The typed configuration of a cluster: the shapes of its rules and groups, and what is left out.
//!
//! Rules and groups are read into these shapes for their scalars and for the law of keys;
//! references are taken from the nodes, because each has its own place.

use crate::finding::Domain;
use crate::front::schema::{Ignored, Schema};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The configuration of a cluster.
pub(super) const SCHEMA: Schema = Schema {
    product: "DRS",
    domain: Domain::Placement,
    ignored: IGNORED,
};

/// `ClusterAffinityRuleSpec` and `ClusterAntiAffinityRuleSpec`.
#[derive(Debug, Deserialize)]
#[serde(rename = "rule between machines", rename_all = "camelCase")]
pub(super) struct VmRule {
    pub(super) key: Option<i64>,
    pub(super) name: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) mandatory: Option<bool>,
    pub(super) rule_uuid: Option<String>,
    #[serde(rename = "vm")]
    _vm: Option<IgnoredAny>,
}

/// `ClusterVmHostRuleInfo`.
#[derive(Debug, Deserialize)]
#[serde(rename = "rule between machines and hosts", rename_all = "camelCase")]
pub(super) struct VmHostRule {
    pub(super) key: Option<i64>,
    pub(super) name: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) mandatory: Option<bool>,
    pub(super) rule_uuid: Option<String>,
    #[serde(rename = "vmGroupName")]
    _vm_group_name: Option<String>,
    #[serde(rename = "affineHostGroupName")]
    _affine_host_group_name: Option<String>,
    #[serde(rename = "antiAffineHostGroupName")]
    _anti_affine_host_group_name: Option<String>,
}

/// `ClusterDependencyRuleInfo`.
#[derive(Debug, Deserialize)]
#[serde(rename = "dependency rule", rename_all = "camelCase")]
pub(super) struct DependencyRule {
    pub(super) key: Option<i64>,
    pub(super) name: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) mandatory: Option<bool>,
    pub(super) rule_uuid: Option<String>,
    #[serde(rename = "vmGroup")]
    _vm_group: Option<String>,
    #[serde(rename = "dependsOnVmGroup")]
    _depends_on_vm_group: Option<String>,
}

/// `ClusterVmGroup`.
#[derive(Debug, Deserialize)]
#[serde(rename = "VM group")]
pub(super) struct VmGroup {
    pub(super) name: String,
    #[serde(rename = "vm")]
    _vm: Option<IgnoredAny>,
}

/// `ClusterHostGroup`.
#[derive(Debug, Deserialize)]
#[serde(rename = "host group")]
pub(super) struct HostGroup {
    pub(super) name: String,
    #[serde(rename = "host")]
    _host: Option<IgnoredAny>,
}

/// The parts of a configuration that hold settings, and how each is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Settings of the cluster.
    Cluster,
    /// Overrides for machines, by the key that names the machine.
    Machines(&'static str),
    /// Overrides for hosts, by the key that names the host.
    Hosts(&'static str),
    /// Read elsewhere: rules and groups.
    Elsewhere,
}

/// The parts of `ClusterConfigInfoEx` that are read.
pub(super) const PARTS: [(&str, Part); 12] = [
    ("dasConfig", Part::Cluster),
    ("dasVmConfig", Part::Machines("key")),
    ("drsConfig", Part::Cluster),
    ("drsVmConfig", Part::Machines("key")),
    ("rule", Part::Elsewhere),
    ("group", Part::Elsewhere),
    ("orchestration", Part::Cluster),
    ("vmOrchestration", Part::Machines("vm")),
    ("dpmConfigInfo", Part::Cluster),
    ("dpmHostConfig", Part::Hosts("key")),
    ("proactiveDrsConfig", Part::Cluster),
    ("infraUpdateHaConfig", Part::Cluster),
];

const fn any(key: &'static str, reason: &'static str) -> Ignored {
    Ignored {
        within: "*",
        key,
        reason,
    }
}

const fn of(within: &'static str, key: &'static str, reason: &'static str) -> Ignored {
    Ignored {
        within,
        key,
        reason,
    }
}

/// The name of the configuration itself in messages.
pub(super) const CONFIGURATION: &str = "cluster configuration";

const TYPE: &str = "the type, looked at before the object is read";
const ENCODING: &str = "what pyVmomi adds to every object";
const STORAGE: &str = "storage, not placement";

const IGNORED: &[Ignored] = &[
    of(
        "compute policy",
        "type",
        "the kind of answer, which the capability says as well",
    ),
    any("_typeName", TYPE),
    any("@xsi:type", TYPE),
    any("@type", TYPE),
    any("_vimtype", TYPE),
    any("dynamicType", ENCODING),
    any("dynamicProperty", ENCODING),
    any("status", "how the rule is kept at the moment"),
    any("inCompliance", "the server does not use it"),
    any("userCreated", "who made it; it holds all the same"),
    any(
        "uniqueID",
        "unique in the cluster only, and rules refer by name",
    ),
    of(CONFIGURATION, "vmSwapPlacement", STORAGE),
    of(CONFIGURATION, "spbmEnabled", STORAGE),
    of(CONFIGURATION, "vsanConfigInfo", STORAGE),
    of(CONFIGURATION, "vsanHostConfig", STORAGE),
    of(CONFIGURATION, "vsanCoreConfig", STORAGE),
    of(
        CONFIGURATION,
        "defaultHardwareVersionKey",
        "the version of new machines",
    ),
    of(
        CONFIGURATION,
        "maximumHardwareVersionKey",
        "the version of new machines",
    ),
    of(CONFIGURATION, "cryptoConfig", "encryption of hosts"),
    of(
        CONFIGURATION,
        "systemVMsConfig",
        "where the platform keeps its own machines",
    ),
];
