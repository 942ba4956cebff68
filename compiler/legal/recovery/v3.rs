//! Plans of the v3 API: one body, in which stages refer to machines and not to categories.

use super::emit::PartOf;
use super::estate::Estate;
use super::network::{self, Mapped};
use super::order::VmId;
use super::protection::locations;
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::recovery::{
    Body as Recovery, MachineV3, NetworkMappingV3, RecoveryLocation, RecoveryPlanV3, StageV3, Zone,
};
use crate::plan::nutanix::{Body, Builder, Model, ObjectId};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;

/// Makes the object of a part.
pub(super) fn emit(
    estate: &Estate<'_>,
    part: &PartOf<'_>,
    mapped: &[Mapped<'_>],
    builder: &mut Builder,
) -> ObjectId {
    let (protected, recovery) = locations(&part.plan.sites, builder);
    let zone = |location: RecoveryLocation| Zone {
        zone: location.domain_manager,
        cluster: location.cluster,
    };
    let mut holds = Holds::one(&part.plan.ident);
    for setting in &part.settings {
        setting.commands.iter().for_each(|ident| holds.add(ident));
    }
    let mut stages = Vec::new();
    for (level, delay) in &part.stages {
        let own = part.holds(level);
        for (construct, origin) in own.constructs.into_iter().zip(own.origins) {
            holds.constructs.push(construct);
            holds.origins.push(origin);
        }
        let machine = |vm: &VmId| MachineV3 {
            vm: machine(estate, *vm, builder),
            script: part
                .settings
                .iter()
                .find(|setting| setting.vm == *vm)
                .and_then(|setting| setting.runs()),
        };
        stages.push(StageV3 {
            machines: level.vms.iter().map(machine).collect(),
            delay: delay.map_or(0, NonZeroU32::get),
        });
    }
    let body = RecoveryPlanV3 {
        name: part.name.clone(),
        description: part.description(),
        protected: zone(protected),
        recovery: zone(recovery),
        stages,
        networks: mapped
            .iter()
            .enumerate()
            .filter_map(|(at, mapped)| network(estate, part, at, mapped, builder))
            .collect(),
    };
    for mapped in mapped {
        holds.add(&mapped.mapping.ident);
    }
    builder.add(
        Model::RecoveryPlanV3,
        None,
        part.name.clone(),
        Body::Recovery(Recovery::PlanV3(body)),
        holds,
    )
}

fn machine(estate: &Estate<'_>, vm: VmId, builder: &mut Builder) -> ObjectId {
    let vm = estate.vm(vm);
    builder.external("vm", &vm.name, Some(&vm.id))
}

fn network(
    estate: &Estate<'_>,
    part: &PartOf<'_>,
    at: usize,
    mapped: &Mapped<'_>,
    builder: &mut Builder,
) -> Option<NetworkMappingV3> {
    let [protected, recovery, test] = network::configs(mapped)?;
    let mut addresses: BTreeMap<VmId, Vec<Ipv4Addr>> = BTreeMap::new();
    for setting in &part.settings {
        for pair in setting.pairs.iter().filter(|pair| pair.mapping == at) {
            addresses.entry(setting.vm).or_default().push(pair.to);
        }
    }
    Some(NetworkMappingV3 {
        protected: protected.subnet,
        recovery: recovery.subnet,
        gateway: recovery.gateway,
        test: test.subnet,
        addresses: addresses
            .into_iter()
            .map(|(vm, addresses)| (machine(estate, vm, builder), addresses))
            .collect(),
    })
}
