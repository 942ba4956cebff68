//! Links the placement domain.

use super::Linker;
use crate::ir::placement::{HostGroup, Placement, PlacementRule, RuleKind, Setting, VmGroup};
use crate::ir::{Ident, Linked, Named};

impl Linker {
    pub(super) fn placement(&mut self, placement: Placement<Named>) -> Placement<Linked> {
        let Placement {
            vm_groups,
            host_groups,
            mut rules,
            settings,
        } = placement;
        // Older first: where rules contradict each other, the older one holds.
        rules.sort_by_key(|rule| rule.age);
        Placement {
            vm_groups: vm_groups.map(
                |VmGroup {
                     ident,
                     cluster,
                     vms,
                 }| VmGroup {
                    cluster: cluster.map(|name| self.cluster(name, &ident)),
                    vms: vms.into_iter().map(|name| self.vm(name, &ident)).collect(),
                    ident,
                },
            ),
            host_groups: host_groups.map(
                |HostGroup {
                     ident,
                     cluster,
                     hosts,
                 }| HostGroup {
                    cluster: cluster.map(|name| self.cluster(name, &ident)),
                    hosts: hosts
                        .into_iter()
                        .map(|name| self.host(name, &ident))
                        .collect(),
                    ident,
                },
            ),
            rules: rules
                .into_iter()
                .map(|rule| self.placement_rule(rule))
                .collect(),
            settings: settings
                .into_iter()
                .map(
                    |Setting {
                         ident,
                         cluster,
                         vm,
                         what,
                     }| Setting {
                        cluster: cluster.map(|name| self.cluster(name, &ident)),
                        vm: vm.map(|name| self.vm(name, &ident)),
                        ident,
                        what,
                    },
                )
                .collect(),
        }
    }

    fn placement_rule(&mut self, rule: PlacementRule<Named>) -> PlacementRule<Linked> {
        let PlacementRule {
            ident,
            cluster,
            age,
            kind,
            strength,
            enabled,
            unread,
        } = rule;
        PlacementRule {
            cluster: cluster.map(|name| self.cluster(name, &ident)),
            kind: self.rule_kind(kind, &ident),
            ident,
            age,
            strength,
            enabled,
            unread,
        }
    }

    fn rule_kind(&mut self, kind: RuleKind<Named>, user: &Ident) -> RuleKind<Linked> {
        match kind {
            RuleKind::Together(vms) => {
                RuleKind::Together(vms.into_iter().map(|name| self.vm(name, user)).collect())
            }
            RuleKind::Apart(vms) => {
                RuleKind::Apart(vms.into_iter().map(|name| self.vm(name, user)).collect())
            }
            RuleKind::RunOn { vms, hosts } => RuleKind::RunOn {
                vms: self.vm_group(vms, user),
                hosts: self.host_group(hosts, user),
            },
            RuleKind::KeepOff { vms, hosts } => RuleKind::KeepOff {
                vms: self.vm_group(vms, user),
                hosts: self.host_group(hosts, user),
            },
            RuleKind::StartAfter { vms, after } => RuleKind::StartAfter {
                vms: self.vm_group(vms, user),
                after: self.vm_group(after, user),
            },
            RuleKind::Opaque(opaque) => RuleKind::Opaque(opaque),
        }
    }
}
