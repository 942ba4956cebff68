//! The placement domain, written down.

use super::{Writer, doc};
use crate::ir::Linked;
use crate::ir::placement::{
    HostGroup, Placement, PlacementRule, ReadyCondition, RestartPriority, RuleKind, Setting,
    SettingKind, Strength, VmGroup,
};

impl Writer<'_> {
    pub(super) fn placement(&self, placement: &Placement<Linked>) -> doc::Placement {
        let Placement {
            vm_groups,
            host_groups,
            rules,
            settings,
        } = placement;
        let inventory = &self.policy.inventory;
        doc::Placement {
            machine_groups: vm_groups
                .values()
                .map(
                    |VmGroup {
                         ident,
                         cluster,
                         vms,
                     }| doc::PlacementGroup {
                        ident: self.ident(ident),
                        cluster: cluster
                            .as_ref()
                            .map(|link| self.link(link, &inventory.clusters, |c| &c.ident)),
                        members: vms.iter().map(|vm| self.vm_link(vm)).collect(),
                    },
                )
                .collect(),
            host_groups: host_groups
                .values()
                .map(
                    |HostGroup {
                         ident,
                         cluster,
                         hosts,
                     }| doc::PlacementGroup {
                        ident: self.ident(ident),
                        cluster: cluster
                            .as_ref()
                            .map(|link| self.link(link, &inventory.clusters, |c| &c.ident)),
                        members: hosts
                            .iter()
                            .map(|host| self.link(host, &inventory.hosts, |h| &h.ident))
                            .collect(),
                    },
                )
                .collect(),
            rules: rules.iter().map(|rule| self.placement_rule(rule)).collect(),
            settings: settings
                .iter()
                .map(|setting| self.setting(setting))
                .collect(),
        }
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
            cluster: cluster
                .as_ref()
                .map(|link| self.link(link, &self.policy.inventory.clusters, |c| &c.ident)),
            age: *age,
            asks: self.rule_kind(kind),
            strength: match strength {
                Strength::Must => "must",
                Strength::Should => "should",
            },
            enabled: *enabled,
            unread: super::names(unread),
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
            RuleKind::RunOn { vms, hosts } => doc::PlacementKind::RunOn {
                machines: vm_group(vms),
                hosts: host_group(hosts),
            },
            RuleKind::KeepOff { vms, hosts } => doc::PlacementKind::KeepOff {
                machines: vm_group(vms),
                hosts: host_group(hosts),
            },
            RuleKind::StartAfter { vms, after } => doc::PlacementKind::StartAfter {
                machines: vm_group(vms),
                after: vm_group(after),
            },
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
        let (key, value) = setting_text(what);
        doc::Setting {
            ident: self.ident(ident),
            cluster: cluster
                .as_ref()
                .map(|link| self.link(link, &self.policy.inventory.clusters, |c| &c.ident)),
            machine: vm.as_ref().map(|vm| self.vm_link(vm)),
            key,
            value,
        }
    }
}

fn setting_text(what: &SettingKind) -> (String, String) {
    match what {
        SettingKind::SchedulerEnabled(on) => ("scheduler-enabled".to_owned(), on.to_string()),
        SettingKind::Automation(mode) => ("automation".to_owned(), mode.clone()),
        SettingKind::RestartEnabled(on) => ("restart-enabled".to_owned(), on.to_string()),
        SettingKind::RestartPriority(priority) => {
            let priority = match priority {
                RestartPriority::Highest => "highest",
                RestartPriority::High => "high",
                RestartPriority::Medium => "medium",
                RestartPriority::Low => "low",
                RestartPriority::Lowest => "lowest",
                RestartPriority::Disabled => "disabled",
            };
            ("restart-priority".to_owned(), priority.to_owned())
        }
        SettingKind::Readiness {
            condition,
            delay_seconds,
        } => {
            let condition = match condition {
                ReadyCondition::None => "none",
                ReadyCondition::PoweredOn => "powered-on",
                ReadyCondition::GuestHeartbeat => "guest-heartbeat",
                ReadyCondition::ApplicationHeartbeat => "application-heartbeat",
                ReadyCondition::ClusterDefault => "cluster-default",
            };
            let delay = delay_seconds.map_or_else(String::new, |seconds| format!(" + {seconds} s"));
            ("readiness".to_owned(), format!("{condition}{delay}"))
        }
        SettingKind::Other { key, value } => (key.clone(), value.clone()),
    }
}
