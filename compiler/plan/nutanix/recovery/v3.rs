//! Recovery plans of the v3 API: one body with everything in it. Source of the shape: the argument
//! specification of the vendor's Ansible modules.

use super::{Gateway, Note, Script, SubnetName};
use crate::plan::nutanix::{Name, ObjectId};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::net::Ipv4Addr;

/// A recovery plan of the v3 API. It has no power states and no switch for addresses that follow
/// the network.
#[derive(Clone, Debug)]
pub struct RecoveryPlanV3 {
    /// The name.
    pub name: Name,
    /// The description, and what it was made from.
    pub description: Note,
    /// Where the machines run: the first of the two zones.
    pub protected: Zone,
    /// Where they are recovered.
    pub recovery: Zone,
    /// Stages, first to last.
    pub stages: Vec<StageV3>,
    /// Network mappings.
    pub networks: Vec<NetworkMappingV3>,
}

/// An availability zone, with the one cluster in it that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The zone: its Prism Central.
    pub zone: ObjectId,
    /// The cluster.
    pub cluster: ObjectId,
}

/// Machines that start together, and the wait before the next stage.
#[derive(Clone, Debug)]
pub struct StageV3 {
    /// The machines; never none.
    pub machines: Vec<MachineV3>,
    /// Seconds before the next stage starts.
    pub delay: u32,
}

/// A machine of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MachineV3 {
    /// The machine.
    pub vm: ObjectId,
    /// Whether the script inside the guest runs.
    pub script: Option<Script>,
}

/// Which network stands for which at the other site, and the addresses of single machines there.
#[derive(Clone, Debug)]
pub struct NetworkMappingV3 {
    /// At the protected site.
    pub protected: SubnetName,
    /// At the recovery site.
    pub recovery: SubnetName,
    /// The gateway at the recovery site, where it is known.
    pub gateway: Option<Gateway>,
    /// At the recovery site, in a test. Never left out, for the reason that the v4 mapping gives.
    pub test: SubnetName,
    /// Machines and the addresses they get at the recovery site.
    pub addresses: Vec<(ObjectId, Vec<Ipv4Addr>)>,
}

impl StageV3 {
    fn body(&self) -> Value {
        let entity = |machine: &MachineV3| {
            let mut entity = json!({
                "any_entity_reference": { "kind": "vm", "uuid": machine.vm.to_string() },
            });
            if let (Some(Script { timeout }), Value::Object(entity)) = (machine.script, &mut entity)
            {
                let script = json!([{ "enable_script_exec": true, "timeout": timeout }]);
                entity.insert("script_list".to_owned(), script);
            }
            entity
        };
        let entities: Vec<Value> = self.machines.iter().map(entity).collect();
        json!({
            "stage_work": { "recover_entities": { "entity_info_list": entities } },
            "delay_time_secs": self.delay,
        })
    }
}

impl NetworkMappingV3 {
    fn body(&self, protected: Zone, recovery: Zone) -> Value {
        let mut there = json!({ "name": self.recovery });
        if let (Some(gateway), Value::Object(there)) = (self.gateway, &mut there) {
            let subnet = json!([{
                "gateway_ip": gateway.address(),
                "prefix_length": gateway.prefix(),
            }]);
            there.insert("subnet_list".to_owned(), subnet);
        }
        let mut at_recovery = json!({
            "availability_zone_url": recovery.zone.to_string(),
            "recovery_network": there,
            "test_network": { "name": self.test },
        });
        if let (false, Value::Object(entry)) = (self.addresses.is_empty(), &mut at_recovery) {
            let one = |(vm, addresses): &(ObjectId, Vec<Ipv4Addr>)| {
                let configs: Vec<Value> = addresses
                    .iter()
                    .map(|address| json!({ "ip_address": address }))
                    .collect();
                json!({
                    "vm_reference": { "kind": "vm", "uuid": vm.to_string() },
                    "ip_config_list": configs,
                })
            };
            let list = self.addresses.iter().map(one).collect();
            entry.insert("recovery_ip_assignment_list".to_owned(), list);
        }
        json!({
            "are_networks_stretched": false,
            "availability_zone_network_mapping_list": [
                {
                    "availability_zone_url": protected.zone.to_string(),
                    "recovery_network": { "name": self.protected },
                },
                at_recovery,
            ],
        })
    }
}

impl Serialize for RecoveryPlanV3 {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let zone = |zone: Zone| {
            json!({
                "availability_zone_url": zone.zone.to_string(),
                "cluster_reference_list": [{ "kind": "cluster", "uuid": zone.cluster.to_string() }],
            })
        };
        let networks = self.networks.iter();
        let networks: Vec<Value> = networks
            .map(|network| network.body(self.protected, self.recovery))
            .collect();
        let stages: Vec<Value> = self.stages.iter().map(StageV3::body).collect();
        let spec = json!({
            "name": self.name,
            "description": self.description,
            "resources": {
                "stage_list": stages,
                "parameters": {
                    "availability_zone_list": [zone(self.protected), zone(self.recovery)],
                    "primary_location_index": 0,
                    "network_mapping_list": networks,
                    "floating_ip_assignment_list": [],
                },
            },
        });
        let mut body = out.serialize_struct("RecoveryPlanInput", 3)?;
        body.serialize_field("api_version", "3.1.0")?;
        body.serialize_field("metadata", &json!({ "kind": "recovery_plan" }))?;
        body.serialize_field("spec", &spec)?;
        body.end()
    }
}
