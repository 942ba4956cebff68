//! The placement domain of the document.

use super::reader::Reader;
use crate::document::{self as doc, At};
use crate::ir::Named;
use crate::ir::placement::{
    HostGroup, Placement, PlacementRule, RuleKind, Setting, SettingKind, VmGroup,
};

/// Both kinds of groups share one space of ids, as rules name either.
const GROUPS: &str = "placement groups";

impl Reader<'_> {
    pub(super) fn placement(&mut self, placement: doc::Placement) -> Placement<Named> {
        let doc::Placement {
            machine_groups,
            host_groups,
            rules,
            settings,
        } = placement;
        Placement {
            vm_groups: machine_groups
                .into_iter()
                .map(|group| self.machine_group(group))
                .collect(),
            host_groups: host_groups
                .into_iter()
                .map(|group| self.host_group(group))
                .collect(),
            rules: rules
                .into_iter()
                .map(|rule| self.placement_rule(rule))
                .collect(),
            settings: settings
                .into_iter()
                .map(|setting| self.setting(setting))
                .collect(),
        }
    }

    fn machine_group(&mut self, group: At<doc::PlacementGroup>) -> VmGroup<Named> {
        let At { value, span } = group;
        let doc::PlacementGroup {
            ident,
            cluster,
            members,
        } = value;
        VmGroup {
            ident: self.ident(GROUPS, ident, span),
            cluster: cluster.map(|cluster| self.name(cluster)),
            vms: self.names(members),
        }
    }

    fn host_group(&mut self, group: At<doc::PlacementGroup>) -> HostGroup<Named> {
        let At { value, span } = group;
        let doc::PlacementGroup {
            ident,
            cluster,
            members,
        } = value;
        HostGroup {
            ident: self.ident(GROUPS, ident, span),
            cluster: cluster.map(|cluster| self.name(cluster)),
            hosts: self.names(members),
        }
    }

    fn placement_rule(&mut self, rule: At<doc::PlacementRule>) -> PlacementRule<Named> {
        let At { value, span } = rule;
        let doc::PlacementRule {
            ident,
            cluster,
            age,
            asks,
            strength,
            enabled,
            unread,
        } = value;
        PlacementRule {
            ident: self.ident("placement rules", ident, span),
            cluster: cluster.map(|cluster| self.name(cluster)),
            age,
            kind: self.asked(asks),
            strength: strength.into(),
            enabled,
            unread: self.keys(unread),
        }
    }

    fn asked(&self, asks: doc::PlacementKind) -> RuleKind<Named> {
        match asks {
            doc::PlacementKind::Together(machines) => RuleKind::Together(self.names(machines)),
            doc::PlacementKind::Apart(machines) => RuleKind::Apart(self.names(machines)),
            doc::PlacementKind::RunOn(doc::OnHosts { machines, hosts }) => RuleKind::RunOn {
                vms: self.name(machines),
                hosts: self.name(hosts),
            },
            doc::PlacementKind::KeepOff(doc::OnHosts { machines, hosts }) => RuleKind::KeepOff {
                vms: self.name(machines),
                hosts: self.name(hosts),
            },
            doc::PlacementKind::StartAfter(doc::StartAfter { machines, after }) => {
                RuleKind::StartAfter {
                    vms: self.name(machines),
                    after: self.name(after),
                }
            }
            doc::PlacementKind::Opaque(opaque) => RuleKind::Opaque(self.opaque(opaque)),
        }
    }

    fn setting(&mut self, setting: At<doc::Setting>) -> Setting<Named> {
        let At { value, span } = setting;
        let doc::Setting {
            ident,
            cluster,
            machine,
            set,
        } = value;
        Setting {
            ident: self.ident("settings", ident, span),
            cluster: cluster.map(|cluster| self.name(cluster)),
            vm: machine.map(|machine| self.name(machine)),
            what: what_is(set),
        }
    }
}

fn what_is(set: doc::SettingKind) -> SettingKind {
    match set {
        doc::SettingKind::SchedulerEnabled(on) => SettingKind::SchedulerEnabled(on),
        doc::SettingKind::Automation(mode) => SettingKind::Automation(mode),
        doc::SettingKind::RestartEnabled(on) => SettingKind::RestartEnabled(on),
        doc::SettingKind::RestartPriority(priority) => {
            SettingKind::RestartPriority(priority.into())
        }
        doc::SettingKind::Readiness(doc::Readiness {
            condition,
            delay_seconds,
        }) => SettingKind::Readiness {
            condition: condition.into(),
            delay_seconds,
        },
        doc::SettingKind::Other(doc::OtherSetting { key, value }) => {
            SettingKind::Other { key, value }
        }
    }
}
