//! Machines that have the same address after a recovery.

use super::subnets::mapped;
use super::{machines, names};
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::inventory::Vm;
use crate::ir::recovery::{AddressChange, NetworkMapping, RecoveryPlan, VmRecovery};
use crate::ir::{Id, Ident, Link, Linked, Policy};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most addresses of one interval of a machine that are looked at: a machine has a few, not a subnet.
const FEW: usize = 16;

/// Reports each address that two machines of a plan get, or a machine and a gateway.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    for plan in &policy.recovery.plans {
        let mut holders: BTreeMap<IpAddr, Vec<&Ident>> = BTreeMap::new();
        for (id, vm) in machines(plan) {
            let mut own = recovered(policy, id, vm);
            own.sort_unstable();
            own.dedup();
            for address in own {
                holders.entry(address).or_default().push(&vm.ident);
            }
        }
        for (address, holders) in &holders {
            if holders.len() > 1 {
                report(plan, *address, holders, "all get", findings);
            }
        }
        for gateway in gateways(policy, plan) {
            if let Some(holders) = holders.get(&gateway) {
                report(plan, gateway, holders, "and a gateway get", findings);
            }
        }
    }
}

fn report(
    plan: &RecoveryPlan<Linked>,
    address: IpAddr,
    holders: &[&Ident],
    verb: &str,
    findings: &mut Findings,
) {
    let message = format!(
        "in recovery plan `{}` {} {verb} `{address}`",
        plan.ident.name,
        names(holders.iter().map(|ident| ident.name.as_str()))
    );
    let code = &codes::check_recovery::ADDRESS_COLLISION;
    let mut finding = Finding::new(code, Domain::Recovery, message);
    finding.subjects = holders.iter().map(|ident| ident.subject()).collect();
    findings.push(finding);
}

/// Addresses of a machine after a recovery, as far as they are known.
fn recovered(policy: &Policy<Linked>, id: Id<Vm<Linked>>, vm: &VmRecovery<Linked>) -> Vec<IpAddr> {
    match &vm.addresses {
        AddressChange::Manual(nics) => nics
            .iter()
            .flat_map(|nic| nic.recovery.addresses.iter().copied())
            .collect(),
        AddressChange::ByRule => by_rule(policy, id),
        // They keep the address, or nobody knows: two machines that share one today are no news.
        AddressChange::Keep | AddressChange::Automatic | AddressChange::Unsaid => Vec::new(),
    }
}

fn by_rule(policy: &Policy<Linked>, id: Id<Vm<Linked>>) -> Vec<IpAddr> {
    let vm = &policy.inventory.vms[id];
    let attached: Vec<_> = vm.segments.iter().filter_map(Link::found).collect();
    let of_vm = |mapping: &&NetworkMapping<Linked>| {
        let protected = mapping.protected.found();
        // Without an inventory of networks every mapping whose rule fits the address counts.
        attached.is_empty() || protected.is_some_and(|network| attached.contains(&network))
    };
    let mut found = Vec::new();
    for address in known(vm) {
        let rules = policy.recovery.networks.iter().filter(of_vm);
        let to = rules
            .flat_map(|mapping| &mapping.rules)
            .find_map(|rule| mapped(rule, address));
        found.extend(to);
    }
    found
}

fn known(vm: &Vm<Linked>) -> Vec<IpAddr> {
    let Some(addresses) = &vm.addresses else {
        return Vec::new();
    };
    let v4 = addresses
        .v4
        .iter()
        .flat_map(|(first, last)| (first..=last).take(FEW))
        .map(|bits| IpAddr::from(Ipv4Addr::from_bits(bits)));
    let v6 = addresses
        .v6
        .iter()
        .flat_map(|(first, last)| (first..=last).take(FEW))
        .map(|bits| IpAddr::from(Ipv6Addr::from_bits(bits)));
    v4.chain(v6).collect()
}

fn gateways(policy: &Policy<Linked>, plan: &RecoveryPlan<Linked>) -> Vec<IpAddr> {
    let of_rules = policy
        .recovery
        .networks
        .iter()
        .flat_map(|mapping| &mapping.rules)
        .flat_map(|rule| rule.settings.gateways.iter().copied());
    let of_nics = plan.vms.iter().flat_map(|vm| match &vm.addresses {
        AddressChange::Manual(nics) => nics.as_slice(),
        AddressChange::Keep
        | AddressChange::ByRule
        | AddressChange::Automatic
        | AddressChange::Unsaid => &[],
    });
    let of_nics = of_nics.flat_map(|nic| nic.recovery.gateways.iter().copied());
    let mut all: Vec<IpAddr> = of_rules.chain(of_nics).collect();
    all.sort_unstable();
    all.dedup();
    all
}
