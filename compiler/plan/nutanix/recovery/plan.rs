//! Recovery plans of the v4 API: a head, stages in order, settings of machines.

use super::Note;
use crate::plan::nutanix::{Name, ObjectId};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use std::net::Ipv4Addr;
use std::num::NonZeroU32;

/// The head of a recovery plan. It has no witness, so it never fails over by itself.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryPlan {
    /// The name.
    pub name: Name,
    /// The description, and what it was made from.
    pub description: Note,
    /// Where the machines run.
    pub primary_location: RecoveryLocation,
    /// Where they are recovered.
    pub recovery_location: RecoveryLocation,
}

/// A site of a plan. Two sites of one Prism Central differ by their cluster only, so the cluster is
/// always named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecoveryLocation {
    /// Its Prism Central.
    pub domain_manager: ObjectId,
    /// The cluster there.
    pub cluster: ObjectId,
}

/// A reference as this API writes it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    ext_id: ObjectId,
}

impl Serialize for RecoveryLocation {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut body = out.serialize_struct("RecoveryLocation", 2)?;
        body.serialize_field("domainManagerExtId", &self.domain_manager)?;
        body.serialize_field(
            "clusters",
            &[Reference {
                ext_id: self.cluster,
            }],
        )?;
        body.end()
    }
}

/// The place of a stage in its plan, from 1: lower ones start first, and are shut down last in a
/// planned failover.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct StageNumber(NonZeroU32);

impl StageNumber {
    /// The first stage.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The stage after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// As a number, from 1.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0.get()
    }
}

/// Machines that start together, and the wait before the next stage.
#[derive(Clone, Debug)]
pub struct RecoveryStage {
    /// Its place.
    pub priority: StageNumber,
    /// The machines: one category, because whether several mean all or any is not written.
    pub category: ObjectId,
    /// Seconds before the next stage starts.
    pub delay: Option<NonZeroU32>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DelayAction {
    #[serde(rename = "$objectType")]
    object_type: &'static str,
    delay_secs: NonZeroU32,
}

#[derive(Debug, Serialize)]
struct StageAction {
    config: DelayAction,
}

impl Serialize for RecoveryStage {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut body = out.serialize_struct("RecoveryStage", 4)?;
        body.serialize_field("entityType", "VM")?;
        body.serialize_field("priority", &self.priority)?;
        body.serialize_field("categoryExtIds", &[self.category])?;
        if let Some(delay_secs) = self.delay {
            let config = DelayAction {
                object_type: "datapolicies.v4.config.DelayAction",
                delay_secs,
            };
            body.serialize_field("postActions", &[StageAction { config }])?;
        }
        body.end()
    }
}

/// Settings inside a plan. Only those of single machines are made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoverySetting {
    /// The settings.
    pub recovery_setting: VmRecoverySetting,
}

/// Settings of one machine in a plan.
#[derive(Clone, Debug)]
pub struct VmRecoverySetting {
    /// The machine.
    pub vm: ObjectId,
    /// Its power state at the end.
    pub power_state: PowerState,
    /// Whether the script inside the guest runs.
    pub script: Option<Script>,
    /// Addresses that do not follow the network.
    pub addresses: Vec<IpMapping>,
}

/// The power state of a machine at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PowerState {
    /// Powered on.
    On,
    /// Left powered off.
    Off,
}

/// Runs the script at the fixed path inside the guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Script {
    /// Seconds after which it counts as failed.
    pub timeout: u32,
}

/// One address of a machine at both sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IpMapping {
    /// The mapping of the network it is in.
    pub network_mapping_ext_id: ObjectId,
    /// At the protected site.
    pub primary_ip: HostAddress,
    /// At the recovery site.
    pub recovery_ip: HostAddress,
}

/// One IPv4 address. The model knows no IPv6, and its prefix is always 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostAddress(pub Ipv4Addr);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressValue {
    value: Ipv4Addr,
    prefix_length: u8,
}

impl Serialize for HostAddress {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut body = out.serialize_struct("IPAddress", 1)?;
        body.serialize_field(
            "ipv4",
            &AddressValue {
                value: self.0,
                prefix_length: 32,
            },
        )?;
        body.end()
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ScriptConfig {
    is_enabled: bool,
    timeout_secs: u32,
}

impl Serialize for VmRecoverySetting {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let fields =
            3 + usize::from(self.script.is_some()) + usize::from(!self.addresses.is_empty());
        let mut body = out.serialize_struct("VmRecoverySetting", fields)?;
        body.serialize_field("$objectType", "datapolicies.v4.config.VmRecoverySetting")?;
        body.serialize_field("vm", &Reference { ext_id: self.vm })?;
        body.serialize_field("powerState", &self.power_state)?;
        if let Some(Script { timeout }) = self.script {
            let config = ScriptConfig {
                is_enabled: true,
                timeout_secs: timeout,
            };
            body.serialize_field("inGuestScriptExecutionConfig", &config)?;
        }
        if !self.addresses.is_empty() {
            body.serialize_field("ipMappings", &self.addresses)?;
        }
        body.end()
    }
}
