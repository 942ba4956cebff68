//! The recovery domain of the document.

use super::reader::Reader;
use crate::document::{self as doc, At};
use crate::ir::Named;
use crate::ir::recovery::{
    AddressChange, AddressRule, Callout, NetworkMapping, NicAddresses, NicSettings, OtherMapping,
    PlanStep, Priority, ProtectionGroup, Recovery, RecoveryPlace, RecoveryPlan, Replication,
    Shutdown, Sites, StepKind, TestNetwork, VmRecovery,
};

/// Mappings of plans and of the estate share one space of ids, as do steps and callouts.
const MAPPINGS: &str = "mappings";
const STEPS: &str = "steps";

impl Reader<'_> {
    pub(super) fn recovery(&mut self, recovery: doc::Recovery) -> Recovery<Named> {
        let doc::Recovery {
            protection_groups,
            plans,
            networks,
            other_mappings,
        } = recovery;
        Recovery {
            groups: protection_groups
                .into_iter()
                .map(|group| self.protection_group(group))
                .collect(),
            plans: plans.into_iter().map(|plan| self.plan(plan)).collect(),
            networks: networks
                .into_iter()
                .map(|mapping| self.network_mapping(mapping))
                .collect(),
            other_mappings: other_mappings
                .into_iter()
                .map(|At { value, span }| OtherMapping {
                    ident: self.ident(MAPPINGS, value.ident, span),
                    what: value.what,
                })
                .collect(),
        }
    }

    fn protection_group(&mut self, group: At<doc::ProtectionGroup>) -> ProtectionGroup<Named> {
        let At { value, span } = group;
        let doc::ProtectionGroup {
            ident,
            description,
            sites,
            replication,
            rpo_minutes,
            machines,
            places,
            folder,
            missing,
        } = value;
        ProtectionGroup {
            ident: self.ident("protection groups", ident, span),
            description,
            sites: between(sites),
            replication: match replication {
                doc::Replication::Array => Replication::Array,
                doc::Replication::Host => Replication::Host,
                doc::Replication::VirtualVolumes => Replication::VirtualVolumes,
                doc::Replication::Vsan => Replication::Vsan,
                doc::Replication::Unknown(text) => Replication::Unknown(text),
            },
            rpo_minutes,
            vms: self.names(machines),
            places: places.into_iter().map(|place| self.place(place)).collect(),
            folder,
            missing,
        }
    }

    fn place(&self, place: doc::RecoveryPlace) -> RecoveryPlace<Named> {
        let doc::RecoveryPlace {
            machine,
            folder,
            resource_pool,
            host,
        } = place;
        RecoveryPlace {
            vm: self.name(machine),
            folder,
            resource_pool,
            host,
        }
    }

    fn plan(&mut self, plan: At<doc::Plan>) -> RecoveryPlan<Named> {
        let At { value, span } = plan;
        let doc::Plan {
            ident,
            description,
            folder,
            sites,
            protection_groups,
            machines,
            steps,
            test_networks,
            missing,
        } = value;
        RecoveryPlan {
            ident: self.ident("recovery plans", ident, span),
            description,
            folder,
            sites: between(sites),
            groups: self.names(protection_groups),
            vms: machines
                .into_iter()
                .map(|machine| self.recovered(machine))
                .collect(),
            steps: steps.into_iter().map(|step| self.step(step)).collect(),
            test_networks: test_networks
                .into_iter()
                .map(|network| self.test_network(network))
                .collect(),
            missing,
        }
    }

    fn recovered(&mut self, machine: At<doc::MachineRecovery>) -> VmRecovery<Named> {
        let At { value, span } = machine;
        let doc::MachineRecovery {
            ident,
            machine,
            priority,
            power_on,
            tools_timeout_seconds,
            delay_seconds,
            shutdown,
            depends_on,
            before,
            after,
            addresses,
        } = value;
        VmRecovery {
            ident: self.ident("machines of a plan", ident, span),
            vm: self.name(machine),
            priority: self.priority(&priority),
            power_on,
            tools_timeout_seconds,
            delay_seconds,
            shutdown: match shutdown {
                doc::Shutdown::GuestWithinSeconds(seconds) => Shutdown::Guest(Some(seconds)),
                doc::Shutdown::Guest => Shutdown::Guest(None),
                doc::Shutdown::PowerOff => Shutdown::PowerOff,
                doc::Shutdown::Unsaid => Shutdown::Unsaid,
            },
            depends_on: self.names(depends_on),
            before: self.callouts(before),
            after: self.callouts(after),
            addresses: match addresses {
                doc::AddressChange::Keep => AddressChange::Keep,
                doc::AddressChange::ByRule => AddressChange::ByRule,
                doc::AddressChange::Automatic => AddressChange::Automatic,
                doc::AddressChange::Manual(nics) => {
                    AddressChange::Manual(nics.into_iter().map(|nic| self.nic(nic)).collect())
                }
                doc::AddressChange::Unsaid => AddressChange::Unsaid,
            },
        }
    }

    fn priority(&mut self, number: &At<u8>) -> Priority {
        Priority::new(number.value).unwrap_or_else(|| {
            let message = format!("`{}` is no priority from 1 to 5", number.value);
            self.wrong(number.span, &number.value.to_string(), &message);
            Priority::DEFAULT
        })
    }

    fn step(&mut self, step: At<doc::Step>) -> PlanStep {
        let At { value, span } = step;
        let doc::Step {
            ident,
            number,
            runs,
            kind,
        } = value;
        PlanStep {
            ident: self.ident(STEPS, ident, span),
            runs: runs.into_iter().map(Into::into).collect(),
            number,
            kind: match kind {
                doc::StepKind::PowerOn(priority) => StepKind::PowerOn(self.priority(&priority)),
                doc::StepKind::BuiltIn => StepKind::BuiltIn,
                doc::StepKind::Callout(callout) => {
                    StepKind::Callout(self.callout("callouts of steps", callout))
                }
                doc::StepKind::Opaque(opaque) => StepKind::Opaque(self.opaque(opaque)),
            },
        }
    }

    fn callouts(&mut self, callouts: Vec<At<doc::Callout>>) -> Vec<Callout> {
        callouts
            .into_iter()
            .map(|callout| self.callout(STEPS, callout))
            .collect()
    }

    fn callout(&mut self, kind: &'static str, callout: At<doc::Callout>) -> Callout {
        let At { value, span } = callout;
        let doc::Callout {
            ident,
            kind: does,
            content,
            timeout_seconds,
        } = value;
        Callout {
            ident: self.ident(kind, ident, span),
            kind: does.into(),
            content,
            timeout_seconds,
        }
    }

    fn nic(&self, nic: At<doc::Nic>) -> NicAddresses {
        let At { value, span } = nic;
        NicAddresses {
            origin: self.origin(span),
            device: value.device,
            protected: settings(value.protected),
            recovery: settings(value.recovery),
        }
    }

    fn test_network(&mut self, network: At<doc::TestNetwork>) -> TestNetwork<Named> {
        let At { value, span } = network;
        let doc::TestNetwork {
            ident,
            recovery,
            recovery_name,
            test,
        } = value;
        TestNetwork {
            ident: self.ident(MAPPINGS, ident, span),
            recovery: self.name(recovery),
            recovery_name,
            test_name: test,
        }
    }

    fn network_mapping(&mut self, mapping: At<doc::NetworkMapping>) -> NetworkMapping<Named> {
        let At { value, span } = mapping;
        let doc::NetworkMapping {
            ident,
            protected,
            protected_name,
            recovery,
            test,
            rules,
        } = value;
        NetworkMapping {
            ident: self.ident(MAPPINGS, ident, span),
            protected: self.name(protected),
            protected_name,
            recovery_name: recovery,
            test_name: test,
            // A rule that cannot be read has been told, and nothing of its file is used.
            rules: rules
                .into_iter()
                .filter_map(|rule| self.address_rule(rule))
                .collect(),
        }
    }

    fn address_rule(&mut self, rule: At<doc::AddressRule>) -> Option<AddressRule> {
        let At { value, span } = rule;
        let (from, to) = (self.block(&value.from), self.block(&value.to));
        Some(AddressRule {
            origin: self.origin(span),
            name: value.name,
            from: from?,
            to: to?,
            settings: settings(value.settings),
        })
    }
}

fn between(sites: doc::Sites) -> Sites {
    let doc::Sites {
        protected,
        recovery,
        protected_id,
        recovery_id,
    } = sites;
    Sites {
        protected,
        recovery,
        protected_id,
        recovery_id,
    }
}

fn settings(nic: doc::NicSettings) -> NicSettings {
    let doc::NicSettings {
        addresses,
        prefix,
        prefix_v6,
        gateways,
        dns,
        suffixes,
        wins,
        dhcp,
    } = nic;
    NicSettings {
        addresses,
        prefix,
        prefix_v6,
        gateways,
        dns,
        suffixes,
        wins,
        dhcp,
    }
}
