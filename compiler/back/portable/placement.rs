//! The placement domain, written down.

use super::{Writer, doc};
use crate::ir::inventory::Cluster;
use crate::ir::placement::{
    HostGroup, Placement, PlacementRule, RuleKind, Setting, SettingKind, VmGroup,
};
use crate::ir::{Link, Linked};

impl Writer<'_> {
    pub(super) fn placement(&self, placement: &Placement<Linked>) -> doc::Placement {
        let Placement {
            vm_groups,
            host_groups,
            rules,
            settings,
        } = placement;
        doc::Placement {
            machine_groups: vm_groups
                .values()
                .map(|group| self.machine_group(group).into())
                .collect(),
            host_groups: host_groups
                .values()
                .map(|group| self.host_group(group).into())
                .collect(),
            rules: rules
                .iter()
                .map(|rule| self.placement_rule(rule).into())
                .collect(),
            settings: settings
                .iter()
                .map(|setting| self.setting(setting).into())
                .collect(),
        }
    }

    fn machine_group(&self, group: &VmGroup<Linked>) -> doc::PlacementGroup {
        let VmGroup {
            ident,
            cluster,
            vms,
        } = group;
        doc::PlacementGroup {
            ident: self.ident(ident),
            cluster: self.cluster(cluster.as_ref()),
            members: vms.iter().map(|vm| self.vm_link(vm)).collect(),
        }
    }

    fn host_group(&self, group: &HostGroup<Linked>) -> doc::PlacementGroup {
        let HostGroup {
            ident,
            cluster,
            hosts,
        } = group;
        let known = &self.policy.inventory.hosts;
        doc::PlacementGroup {
            ident: self.ident(ident),
            cluster: self.cluster(cluster.as_ref()),
            members: hosts
                .iter()
                .map(|host| self.link(host, known, |host| &host.ident))
                .collect(),
        }
    }

    fn cluster(&self, link: Option<&Link<Cluster>>) -> Option<doc::Reference> {
        let clusters = &self.policy.inventory.clusters;
        link.map(|link| self.link(link, clusters, |cluster| &cluster.ident))
    }

    fn placement_rule(&self, rule: &PlacementRule<Linked>) -> doc::PlacementRule {
        let PlacementRule {
            ident,
            cluster,
            age,
            kind,
            strength,
            enabled,
            unread,
        } = rule;
        doc::PlacementRule {
            ident: self.ident(ident),
            cluster: self.cluster(cluster.as_ref()),
            age: *age,
            asks: self.rule_kind(kind),
            strength: (*strength).into(),
            enabled: *enabled,
            unread: self.keys(unread),
        }
    }

    fn rule_kind(&self, kind: &RuleKind<Linked>) -> doc::PlacementKind {
        let placement = &self.policy.placement;
        let vm_group = |link| self.link(link, &placement.vm_groups, |group| &group.ident);
        let host_group = |link| self.link(link, &placement.host_groups, |group| &group.ident);
        match kind {
            RuleKind::Together(vms) => {
                doc::PlacementKind::Together(vms.iter().map(|vm| self.vm_link(vm)).collect())
            }
            RuleKind::Apart(vms) => {
                doc::PlacementKind::Apart(vms.iter().map(|vm| self.vm_link(vm)).collect())
            }
            RuleKind::RunOn { vms, hosts } => doc::PlacementKind::RunOn(doc::OnHosts {
                machines: vm_group(vms),
                hosts: host_group(hosts),
            }),
            RuleKind::KeepOff { vms, hosts } => doc::PlacementKind::KeepOff(doc::OnHosts {
                machines: vm_group(vms),
                hosts: host_group(hosts),
            }),
            RuleKind::StartAfter { vms, after } => {
                doc::PlacementKind::StartAfter(doc::StartAfter {
                    machines: vm_group(vms),
                    after: vm_group(after),
                })
            }
            RuleKind::Opaque(opaque) => doc::PlacementKind::Opaque(self.opaque(opaque)),
        }
    }

    fn setting(&self, setting: &Setting<Linked>) -> doc::Setting {
        let Setting {
            ident,
            cluster,
            vm,
            what,
        } = setting;
        doc::Setting {
            ident: self.ident(ident),
            cluster: self.cluster(cluster.as_ref()),
            machine: vm.as_ref().map(|vm| self.vm_link(vm)),
            set: set(what),
        }
    }
}

fn set(what: &SettingKind) -> doc::SettingKind {
    match what {
        SettingKind::SchedulerEnabled(on) => doc::SettingKind::SchedulerEnabled(*on),
        SettingKind::Automation(mode) => doc::SettingKind::Automation(mode.clone()),
        SettingKind::RestartEnabled(on) => doc::SettingKind::RestartEnabled(*on),
        SettingKind::RestartPriority(priority) => {
            doc::SettingKind::RestartPriority((*priority).into())
        }
        SettingKind::Readiness {
            condition,
            delay_seconds,
        } => doc::SettingKind::Readiness(doc::Readiness {
            condition: (*condition).into(),
            delay_seconds: *delay_seconds,
        }),
        SettingKind::Other { key, value } => doc::SettingKind::Other(doc::OtherSetting {
            key: key.clone(),
            value: value.clone(),
        }),
    }
}
