//! The recovery domain, written down.

use super::{Writer, doc};
use crate::ir::Linked;
use crate::ir::recovery::{
    AddressChange, AddressRule, Callout, NetworkMapping, NicAddresses, NicSettings, OtherMapping,
    PlanStep, ProtectionGroup, Recovery, RecoveryPlace, RecoveryPlan, Replication, Shutdown, Sites,
    StepKind, TestNetwork, VmRecovery,
};
use crate::ir::set::AddressSet;
use rehome_grammar::text::IpBlock;

impl Writer<'_> {
    pub(super) fn recovery(&self, recovery: &Recovery<Linked>) -> doc::Recovery {
        let Recovery {
            groups,
            plans,
            networks,
            other_mappings,
        } = recovery;
        doc::Recovery {
            protection_groups: groups
                .values()
                .map(|group| self.protection_group(group).into())
                .collect(),
            plans: plans.iter().map(|plan| self.plan(plan).into()).collect(),
            networks: networks
                .iter()
                .map(|mapping| self.network_mapping(mapping).into())
                .collect(),
            other_mappings: other_mappings
                .iter()
                .map(|OtherMapping { ident, what }| {
                    doc::At::from(doc::OtherMapping {
                        ident: self.ident(ident),
                        what: what.clone(),
                    })
                })
                .collect(),
        }
    }

    fn protection_group(&self, group: &ProtectionGroup<Linked>) -> doc::ProtectionGroup {
        let ProtectionGroup {
            ident,
            sites: between,
            replication,
            rpo_minutes,
            vms,
            places,
            description,
            folder,
            missing,
        } = group;
        doc::ProtectionGroup {
            ident: self.ident(ident),
            description: description.clone(),
            folder: folder.clone(),
            sites: sites(between),
            replication: match replication {
                Replication::Array => doc::Replication::Array,
                Replication::Host => doc::Replication::Host,
                Replication::VirtualVolumes => doc::Replication::VirtualVolumes,
                Replication::Vsan => doc::Replication::Vsan,
                Replication::Unknown(text) => doc::Replication::Unknown(text.clone()),
            },
            rpo_minutes: *rpo_minutes,
            machines: vms.iter().map(|vm| self.vm_link(vm)).collect(),
            places: places.iter().map(|place| self.place(place)).collect(),
            missing: missing.clone(),
        }
    }

    fn place(&self, place: &RecoveryPlace<Linked>) -> doc::RecoveryPlace {
        let RecoveryPlace {
            vm,
            folder,
            resource_pool,
            host,
        } = place;
        doc::RecoveryPlace {
            machine: self.vm_link(vm),
            folder: folder.clone(),
            resource_pool: resource_pool.clone(),
            host: host.clone(),
        }
    }

    fn plan(&self, plan: &RecoveryPlan<Linked>) -> doc::Plan {
        let RecoveryPlan {
            ident,
            description,
            folder,
            sites: between,
            groups,
            vms,
            steps,
            test_networks,
            missing,
        } = plan;
        let recovery = &self.policy.recovery;
        doc::Plan {
            ident: self.ident(ident),
            description: description.clone(),
            folder: folder.clone(),
            sites: sites(between),
            protection_groups: groups
                .iter()
                .map(|link| self.link(link, &recovery.groups, |g| &g.ident))
                .collect(),
            machines: vms.iter().map(|vm| self.machine(vm).into()).collect(),
            steps: steps.iter().map(|step| self.step(step).into()).collect(),
            missing: missing.clone(),
            test_networks: test_networks
                .iter()
                .map(|network| self.test_network(network).into())
                .collect(),
        }
    }

    fn test_network(&self, network: &TestNetwork<Linked>) -> doc::TestNetwork {
        let TestNetwork {
            ident,
            recovery,
            recovery_name,
            test_name,
        } = network;
        let segments = &self.policy.inventory.segments;
        doc::TestNetwork {
            ident: self.ident(ident),
            recovery: self.link(recovery, segments, |segment| &segment.ident),
            recovery_name: recovery_name.clone(),
            test: test_name.clone(),
        }
    }

    fn machine(&self, vm: &VmRecovery<Linked>) -> doc::MachineRecovery {
        let VmRecovery {
            ident,
            vm,
            priority,
            power_on,
            tools_timeout_seconds,
            delay_seconds,
            shutdown,
            depends_on,
            before,
            after,
            addresses,
        } = vm;
        doc::MachineRecovery {
            ident: self.ident(ident),
            machine: self.vm_link(vm),
            priority: priority.number().into(),
            power_on: *power_on,
            tools_timeout_seconds: *tools_timeout_seconds,
            delay_seconds: *delay_seconds,
            shutdown: match shutdown {
                Shutdown::Guest(Some(seconds)) => doc::Shutdown::GuestWithinSeconds(*seconds),
                Shutdown::Guest(None) => doc::Shutdown::Guest,
                Shutdown::PowerOff => doc::Shutdown::PowerOff,
                Shutdown::Unsaid => doc::Shutdown::Unsaid,
            },
            depends_on: depends_on.iter().map(|vm| self.vm_link(vm)).collect(),
            before: self.callouts(before),
            after: self.callouts(after),
            addresses: match addresses {
                AddressChange::Keep => doc::AddressChange::Keep,
                AddressChange::ByRule => doc::AddressChange::ByRule,
                AddressChange::Automatic => doc::AddressChange::Automatic,
                AddressChange::Manual(nics) => {
                    doc::AddressChange::Manual(nics.iter().map(|one| nic(one).into()).collect())
                }
                AddressChange::Unsaid => doc::AddressChange::Unsaid,
            },
        }
    }

    fn step(&self, step: &PlanStep) -> doc::Step {
        let PlanStep {
            ident,
            runs,
            number,
            kind,
        } = step;
        doc::Step {
            ident: self.ident(ident),
            number: number.clone(),
            runs: runs.iter().map(|run| (*run).into()).collect(),
            kind: match kind {
                StepKind::PowerOn(priority) => doc::StepKind::PowerOn(priority.number().into()),
                StepKind::BuiltIn => doc::StepKind::BuiltIn,
                StepKind::Callout(callout) => doc::StepKind::Callout(self.callout(callout).into()),
                StepKind::Opaque(opaque) => doc::StepKind::Opaque(self.opaque(opaque)),
            },
        }
    }

    fn callouts(&self, callouts: &[Callout]) -> Vec<doc::At<doc::Callout>> {
        let callouts = callouts.iter();
        callouts
            .map(|callout| self.callout(callout).into())
            .collect()
    }

    fn callout(&self, callout: &Callout) -> doc::Callout {
        let Callout {
            ident,
            kind,
            content,
            timeout_seconds,
        } = callout;
        doc::Callout {
            ident: self.ident(ident),
            kind: (*kind).into(),
            content: content.clone(),
            timeout_seconds: *timeout_seconds,
        }
    }

    fn network_mapping(&self, mapping: &NetworkMapping<Linked>) -> doc::NetworkMapping {
        let NetworkMapping {
            ident,
            protected,
            protected_name,
            recovery_name,
            test_name,
            rules,
        } = mapping;
        doc::NetworkMapping {
            ident: self.ident(ident),
            protected: self.link(protected, &self.policy.inventory.segments, |segment| {
                &segment.ident
            }),
            protected_name: protected_name.clone(),
            recovery: recovery_name.clone(),
            test: test_name.clone(),
            rules: rules
                .iter()
                .map(
                    |AddressRule {
                         origin: _,
                         name,
                         from,
                         to,
                         settings,
                     }| {
                        doc::At::from(doc::AddressRule {
                            name: name.clone(),
                            from: block(*from).into(),
                            to: block(*to).into(),
                            settings: nic_settings(settings),
                        })
                    },
                )
                .collect(),
        }
    }
}

fn sites(between: &Sites) -> doc::Sites {
    let Sites {
        protected,
        recovery,
        protected_id,
        recovery_id,
    } = between;
    doc::Sites {
        protected: protected.clone(),
        recovery: recovery.clone(),
        protected_id: protected_id.clone(),
        recovery_id: recovery_id.clone(),
    }
}

fn nic(nic: &NicAddresses) -> doc::Nic {
    let NicAddresses {
        origin: _,
        device,
        protected,
        recovery,
    } = nic;
    doc::Nic {
        device: *device,
        protected: nic_settings(protected),
        recovery: nic_settings(recovery),
    }
}

fn nic_settings(settings: &NicSettings) -> doc::NicSettings {
    let NicSettings {
        addresses,
        prefix,
        gateways,
        dns,
        suffixes,
        wins,
        dhcp,
        prefix_v6,
    } = settings;
    doc::NicSettings {
        addresses: addresses.clone(),
        prefix: *prefix,
        prefix_v6: *prefix_v6,
        gateways: gateways.clone(),
        dns: dns.clone(),
        suffixes: suffixes.clone(),
        wins: wins.clone(),
        dhcp: *dhcp,
    }
}

fn block(block: IpBlock) -> String {
    AddressSet::from_blocks([block]).to_string()
}
