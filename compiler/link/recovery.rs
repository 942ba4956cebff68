//! Links the recovery domain.

use super::Linker;
use crate::ir::recovery::{
    NetworkMapping, ProtectionGroup, Recovery, RecoveryPlace, RecoveryPlan, TestNetwork, VmRecovery,
};
use crate::ir::{Linked, Named};

impl Linker {
    pub(super) fn recovery(&mut self, recovery: Recovery<Named>) -> Recovery<Linked> {
        let Recovery {
            groups,
            plans,
            networks,
            other_mappings,
        } = recovery;
        Recovery {
            groups: groups.map(|group| {
                let ProtectionGroup {
                    ident,
                    description,
                    folder,
                    sites,
                    replication,
                    rpo_minutes,
                    vms,
                    places,
                    missing,
                } = group;
                let places = places.into_iter().map(|place| {
                    let RecoveryPlace {
                        vm,
                        folder,
                        resource_pool,
                        host,
                    } = place;
                    RecoveryPlace {
                        vm: self.vm(vm, &ident),
                        folder,
                        resource_pool,
                        host,
                    }
                });
                ProtectionGroup {
                    places: places.collect(),
                    vms: vms.into_iter().map(|name| self.vm(name, &ident)).collect(),
                    ident,
                    description,
                    folder,
                    sites,
                    replication,
                    rpo_minutes,
                    missing,
                }
            }),
            plans: plans.into_iter().map(|plan| self.plan(plan)).collect(),
            networks: networks
                .into_iter()
                .map(|mapping| {
                    let NetworkMapping {
                        ident,
                        protected,
                        protected_name,
                        recovery_name,
                        test_name,
                        rules,
                    } = mapping;
                    NetworkMapping {
                        protected: self.segment(protected, &ident),
                        ident,
                        protected_name,
                        recovery_name,
                        test_name,
                        rules,
                    }
                })
                .collect(),
            other_mappings,
        }
    }

    fn plan(&mut self, plan: RecoveryPlan<Named>) -> RecoveryPlan<Linked> {
        let RecoveryPlan {
            ident,
            description,
            folder,
            sites,
            groups,
            vms,
            steps,
            test_networks,
            missing,
        } = plan;
        RecoveryPlan {
            groups: groups
                .into_iter()
                .map(|name| self.protection_group(name, &ident))
                .collect(),
            vms: vms.into_iter().map(|vm| self.vm_recovery(vm)).collect(),
            test_networks: test_networks
                .into_iter()
                .map(
                    |TestNetwork {
                         ident,
                         recovery,
                         recovery_name,
                         test_name,
                     }| TestNetwork {
                        recovery: self.segment(recovery, &ident),
                        recovery_name,
                        ident,
                        test_name,
                    },
                )
                .collect(),
            ident,
            description,
            folder,
            sites,
            steps,
            missing,
        }
    }

    fn vm_recovery(&mut self, vm: VmRecovery<Named>) -> VmRecovery<Linked> {
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
        VmRecovery {
            vm: self.vm(vm, &ident),
            depends_on: depends_on
                .into_iter()
                .map(|name| self.vm(name, &ident))
                .collect(),
            ident,
            priority,
            power_on,
            tools_timeout_seconds,
            delay_seconds,
            shutdown,
            before,
            after,
            addresses,
        }
    }
}
