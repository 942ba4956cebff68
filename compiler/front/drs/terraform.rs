//! Rules, groups and overrides that Terraform manages, out of its state.
//!
//! A state holds what Terraform made or took over and nothing else, so it tells no part of a
//! configuration in full. An absent flag of a rule is the default of the provider: enabled.

use super::said::{
    ClusterName, GroupSaid, Hosts, Members, RuleSaid, SettingSaid, Shape, Statement, Text, Trust,
};
use super::schema::SCHEMA;
use super::settings;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::front::inventory::terraform::{Resource, resources, text};
use crate::ir::Opaque;
use crate::ir::placement::SettingKind;
use crate::source::Origin;
use rehome_grammar::{Kind, Node};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// The keys of the rules and groups of all kinds, of which each kind has some.
#[derive(Debug, Deserialize)]
#[serde(rename = "Terraform resource")]
struct Attributes {
    name: Option<String>,
    enabled: Option<bool>,
    mandatory: Option<bool>,
    #[serde(rename = "id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "compute_cluster_id")]
    _cluster: Option<IgnoredAny>,
    #[serde(rename = "virtual_machine_ids")]
    _vms: Option<IgnoredAny>,
    #[serde(rename = "host_system_ids")]
    _hosts: Option<IgnoredAny>,
    #[serde(rename = "vm_group_name")]
    _vm_group: Option<IgnoredAny>,
    #[serde(rename = "affinity_host_group_name")]
    _affinity: Option<IgnoredAny>,
    #[serde(rename = "anti_affinity_host_group_name")]
    _anti_affinity: Option<IgnoredAny>,
    #[serde(rename = "dependency_vm_group_name")]
    _dependency: Option<IgnoredAny>,
}

/// The path in the configuration of attributes that have one.
const PATHS: [(&str, &str); 16] = [
    ("drs_enabled", "drsConfig.enabled"),
    ("drs_automation_level", "drsConfig.defaultVmBehavior"),
    ("drs_migration_threshold", "drsConfig.vmotionRate"),
    (
        "drs_enable_vm_overrides",
        "drsConfig.enableVmBehaviorOverrides",
    ),
    ("drs_enable_predictive_drs", "proactiveDrsConfig.enabled"),
    ("ha_enabled", "dasConfig.enabled"),
    (
        "ha_vm_restart_priority",
        "dasConfig.defaultVmSettings.restartPriority",
    ),
    (
        "ha_vm_restart_timeout",
        "dasConfig.defaultVmSettings.restartPriorityTimeout",
    ),
    (
        "ha_host_isolation_response",
        "dasConfig.defaultVmSettings.isolationResponse",
    ),
    ("ha_host_monitoring", "dasConfig.hostMonitoring"),
    ("ha_vm_monitoring", "dasConfig.vmMonitoring"),
    (
        "ha_vm_component_protection",
        "dasConfig.vmComponentProtecting",
    ),
    ("dpm_enabled", "dpmConfigInfo.enabled"),
    ("dpm_automation_level", "dpmConfigInfo.defaultDpmBehavior"),
    ("dpm_threshold", "dpmConfigInfo.hostPowerActionRate"),
    ("proactive_ha_enabled", "infraUpdateHaConfig.enabled"),
];

/// Types of the provider that say nothing about where machines run.
const NOT_NEEDED: [&str; 22] = [
    "vsphere_virtual_machine",
    "vsphere_host",
    "vsphere_datacenter",
    "vsphere_folder",
    "vsphere_datastore",
    "vsphere_nas_datastore",
    "vsphere_vmfs_datastore",
    "vsphere_vmfs_disks",
    "vsphere_distributed_",
    "vsphere_network",
    "vsphere_host_port_group",
    "vsphere_host_virtual_switch",
    "vsphere_vnic",
    "vsphere_content_library",
    "vsphere_custom_attribute",
    "vsphere_tag",
    "vsphere_role",
    "vsphere_entity_permissions",
    "vsphere_license",
    "vsphere_file",
    "vsphere_virtual_disk",
    "vsphere_dynamic",
];

/// Reads a state; one statement a cluster.
pub(super) fn read(export: &Export<'_>, findings: &mut Findings) -> Vec<Statement> {
    let mut reader = Reader {
        export,
        findings,
        found: BTreeMap::new(),
    };
    for resource in resources(&export.source.tree) {
        reader.resource(&resource);
    }
    reader.found.into_values().collect()
}

struct Reader<'r, 't> {
    export: &'r Export<'t>,
    findings: &'r mut Findings,
    found: BTreeMap<ClusterName, Statement>,
}

impl Reader<'_, '_> {
    fn resource(&mut self, resource: &Resource<'_>) {
        let node = resource.attributes;
        let Some(kind) = resource.kind.strip_prefix("vsphere_") else {
            return;
        };
        match kind {
            "compute_cluster" => self.settings(node, "id", &PATHS),
            "drs_vm_override" => self.settings(
                node,
                "compute_cluster_id",
                &[
                    ("drs_enabled", "drsVmConfig.enabled"),
                    ("drs_automation_level", "drsVmConfig.behavior"),
                ],
            ),
            "ha_vm_override" => self.settings(
                node,
                "compute_cluster_id",
                &[
                    (
                        "ha_vm_restart_priority",
                        "dasVmConfig.dasSettings.restartPriority",
                    ),
                    (
                        "ha_vm_restart_timeout",
                        "dasVmConfig.dasSettings.restartPriorityTimeout",
                    ),
                    (
                        "ha_host_isolation_response",
                        "dasVmConfig.dasSettings.isolationResponse",
                    ),
                ],
            ),
            "compute_cluster_vm_group" | "compute_cluster_host_group" => self.group(kind, node),
            "compute_cluster_vm_affinity_rule"
            | "compute_cluster_vm_anti_affinity_rule"
            | "compute_cluster_vm_host_rule"
            | "compute_cluster_vm_dependency_rule" => self.rule(kind, node),
            _ => self.other(&resource.kind, node),
        }
    }

    /// A type that is known and needless, or one that nobody here knows.
    fn other(&mut self, kind: &str, node: Node<'_>) {
        if NOT_NEEDED.iter().any(|known| kind.starts_with(known)) {
            return;
        }
        let name = text(node, "name").unwrap_or_else(|| kind.to_owned());
        let message = format!("Terraform resource `{name}` is of type `{kind}`, which is not read");
        let finding = Finding::new(&codes::read::NOT_TRANSLATED, Domain::Placement, message);
        self.findings.push(finding.at(self.origin(node), name));
    }

    fn statement(&mut self, node: Node<'_>, key: &str) -> &mut Statement {
        let cluster = ClusterName {
            reference: text(node, key),
            name: None,
        };
        let origin = self.origin(node);
        self.found
            .entry(cluster.clone())
            .or_insert_with(|| Statement::new(Trust::Terraform, cluster, origin, &[]))
    }

    fn group(&mut self, kind: &str, node: Node<'_>) {
        let Some(read) = SCHEMA.read::<Attributes>(self.export.file, node, self.findings) else {
            return;
        };
        let Some(name) = read.value.name else {
            return self.lacks("group", "name", node);
        };
        let members = if kind == "compute_cluster_host_group" {
            Members::Hosts(self.members(node, "host_system_ids"))
        } else {
            Members::Vms(self.members(node, "virtual_machine_ids"))
        };
        let group = GroupSaid {
            name,
            origin: self.origin(node),
            members,
        };
        self.statement(node, "compute_cluster_id")
            .groups
            .push(group);
    }

    fn rule(&mut self, kind: &str, node: Node<'_>) {
        let Some(read) = SCHEMA.read::<Attributes>(self.export.file, node, self.findings) else {
            return;
        };
        let shape = match kind {
            "compute_cluster_vm_affinity_rule" => {
                Some(Shape::Together(self.members(node, "virtual_machine_ids")))
            }
            "compute_cluster_vm_anti_affinity_rule" => {
                Some(Shape::Apart(self.members(node, "virtual_machine_ids")))
            }
            "compute_cluster_vm_dependency_rule" => self
                .named(node, "vm_group_name")
                .zip(self.named(node, "dependency_vm_group_name"))
                .map(|(vms, after)| Shape::StartAfter { vms, after }),
            _ => self.host_rule(node),
        };
        let origin = self.origin(node);
        let shape = shape.unwrap_or_else(|| {
            self.lacks("rule", "group", node);
            Shape::Opaque(Opaque {
                what: "rule without a group".to_owned(),
                text: read.value.name.clone().unwrap_or_default(),
                origin,
            })
        });
        // The id of a rule is `domain-c28:12`.
        let key = text(node, "id").and_then(|id| id.rsplit_once(':')?.1.parse().ok());
        let rule = RuleSaid {
            origin,
            key,
            uuid: None,
            name: read.value.name,
            enabled: Some(read.value.enabled.unwrap_or(true)),
            mandatory: Some(read.value.mandatory.unwrap_or(false)),
            shape,
            unread: read.unread,
        };
        self.statement(node, "compute_cluster_id").rules.push(rule);
    }

    fn host_rule(&self, node: Node<'_>) -> Option<Shape> {
        let vms = self.named(node, "vm_group_name")?;
        let on = self.named(node, "affinity_host_group_name");
        let off = self.named(node, "anti_affinity_host_group_name");
        let hosts = match (on, off) {
            (Some(on), Some(off)) => Hosts::Both { on, off },
            (Some(on), None) => Hosts::On(on),
            (None, Some(off)) => Hosts::Off(off),
            (None, None) => return None,
        };
        Some(Shape::VmHost { vms, hosts })
    }

    fn settings(&mut self, node: Node<'_>, cluster: &str, paths: &[(&str, &str)]) {
        let vm = self.named(node, "virtual_machine_id");
        let mut found = Vec::new();
        for (key, value) in node.entries() {
            let name = key.name();
            let set = match value.kind() {
                Kind::Bool | Kind::Number => Some(value.raw().to_owned()),
                Kind::String => value.str().map(std::borrow::Cow::into_owned),
                Kind::Array if !value.is_empty() => Some(settings::text(value)),
                Kind::Object if !value.is_empty() => Some(settings::text(value)),
                Kind::Null | Kind::Array | Kind::Object => None,
            };
            let about = ["drs_", "ha_", "dpm_", "proactive_ha_"];
            let is_setting = about.iter().any(|prefix| name.starts_with(prefix));
            let Some(set) = set.filter(|set| is_setting && !set.is_empty()) else {
                continue;
            };
            let path = paths.iter().find(|(known, _)| *known == name);
            let path = path.map_or_else(
                || format!("terraform.{name}"),
                |(_, path)| (*path).to_owned(),
            );
            let origin = self.origin(value);
            let what = settings::plainly(&path, &set, vm.is_some());
            found.extend(what.map(|what: SettingKind| SettingSaid {
                path,
                origin,
                vm: vm.clone(),
                what,
            }));
        }
        self.statement(node, cluster).settings.extend(found);
    }

    fn members(&self, node: Node<'_>, key: &str) -> Vec<Text> {
        let members = node.many(key).filter_map(|member| {
            Some(Text {
                text: member.str()?.into_owned(),
                origin: self.origin(member),
            })
        });
        members.collect()
    }

    fn named(&self, node: Node<'_>, key: &str) -> Option<Text> {
        Some(Text {
            text: text(node, key)?,
            origin: self.origin(node.get(key)?),
        })
    }

    fn lacks(&mut self, noun: &str, what: &str, node: Node<'_>) {
        let name = text(node, "name").unwrap_or_default();
        let message = format!("Terraform {noun} `{name}` names no {what}");
        let finding = Finding::new(&codes::read::BAD_SHAPE, Domain::Placement, message);
        self.findings.push(finding.at(self.origin(node), name));
    }

    fn origin(&self, node: Node<'_>) -> Origin {
        Origin {
            file: self.export.file,
            span: node.span(),
        }
    }
}
