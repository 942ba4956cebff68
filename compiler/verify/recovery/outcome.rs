//! Outcomes besides the order: data, power, addresses, test networks, steps of people.

use super::super::comparison::{Admits, Comparison, Declared};
use super::artifacts::{Plan, Target};
use crate::finding::{Fate, Findings, count};
use crate::ir::recovery::{
    AddressChange, NicAddresses, ProtectionGroup, RecoveryPlan, Replication, StepKind, VmRecovery,
};
use crate::ir::{Ident, Link, Linked, Policy};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Compares how much data of each machine is lost at most.
pub(super) fn protection(
    policy: &Policy<Linked>,
    target: &Target,
    declared: &Declared,
    out: &mut Comparison,
) {
    for group in policy.recovery.groups.values() {
        let told = group.rpo_minutes.map(|minutes| u64::from(minutes) * 60);
        for vm in group.vms.iter().filter_map(Link::found) {
            let vm = &policy.inventory.vms[vm].ident;
            let least = target
                .objectives
                .get(&vm.id)
                .and_then(|objectives| objectives.first().copied());
            let (admits, case) = match (told, least) {
                (_, None) => (
                    Admits::TargetMore,
                    "is replicated by no policy of the target".to_owned(),
                ),
                (Some(told), Some(least)) if least > told => (
                    Admits::TargetMore,
                    format!(
                        "can lose {} of data on the target, and {told} at the source",
                        count(least, "second")
                    ),
                ),
                (Some(told), Some(least)) if least < told => (
                    Admits::SourceMore,
                    format!(
                        "can lose {} of data at the source, and {least} on the target",
                        count(told, "second")
                    ),
                ),
                (Some(_) | None, Some(_)) => continue,
            };
            let case = format!(
                "`{}` of protection group `{}` {case}",
                vm.name, group.ident.name
            );
            out.differs(declared, admits, case, [&group.ident]);
        }
        together(policy, group, target, declared, out);
    }
}

/// Data that the storage keeps of one moment must be of one moment on the target.
fn together(
    policy: &Policy<Linked>,
    group: &ProtectionGroup<Linked>,
    target: &Target,
    declared: &Declared,
    out: &mut Comparison,
) {
    match group.replication {
        Replication::Array | Replication::VirtualVolumes => {}
        Replication::Host | Replication::Vsan | Replication::Unknown(_) => return,
    }
    let vms = group.vms.iter().filter_map(Link::found);
    let vms: BTreeSet<&str> = vms
        .map(|vm| policy.inventory.vms[vm].ident.id.as_str())
        .collect();
    let kept = |rule: &BTreeSet<String>| vms.iter().all(|vm| rule.contains(*vm));
    if vms.len() > 1 && !target.together.iter().any(kept) {
        let case = format!(
            "the machines of protection group `{}` are recovered from different moments on the target",
            group.ident.name
        );
        out.differs(declared, Admits::TargetMore, case, [&group.ident]);
    }
}

/// Compares what becomes of the machines of a plan.
pub(super) fn plan(
    policy: &Policy<Linked>,
    plan: &RecoveryPlan<Linked>,
    made: Option<&Plan>,
    target: &Target,
    declared: &Declared,
    out: &mut Comparison,
) {
    let Some(made) = made else {
        // Every machine is reported as recovered by no stage.
        return;
    };
    if made.automatic {
        let case = format!(
            "plan `{}` of the target fails over by itself",
            plan.ident.name
        );
        out.differs(declared, Admits::TargetMore, case, [&plan.ident]);
    }
    for recovery in &plan.vms {
        if let Some(vm) = recovery.vm.found() {
            let vm = &policy.inventory.vms[vm].ident;
            power(plan, recovery, vm, made, declared, out);
            addresses(plan, recovery, vm, made, declared, out);
            if !target.objectives.contains_key(&vm.id) {
                let case = format!(
                    "`{}` is recovered by plan `{}`, and no policy of the target replicates it",
                    vm.name, plan.ident.name
                );
                out.differs(
                    declared,
                    Admits::TargetMore,
                    case,
                    [&plan.ident, &recovery.ident],
                );
            }
        }
    }
    tests(policy, plan, made, declared, out);
}

fn power(
    plan: &RecoveryPlan<Linked>,
    recovery: &VmRecovery<Linked>,
    vm: &Ident,
    made: &Plan,
    declared: &Declared,
    out: &mut Comparison,
) {
    let off = made.off.contains(&vm.id);
    if off == recovery.power_on {
        let state = |on: bool| if on { "on" } else { "off" };
        let case = format!(
            "at the end of plan `{}` `{}` is {} at the source and {} on the target",
            plan.ident.name,
            vm.name,
            state(recovery.power_on),
            state(!off)
        );
        out.differs(declared, Admits::TargetMore, case, [&recovery.ident]);
    }
}

/// The addresses that are written one by one: none may be on the target that is not in the source.
fn addresses(
    plan: &RecoveryPlan<Linked>,
    recovery: &VmRecovery<Linked>,
    vm: &Ident,
    made: &Plan,
    declared: &Declared,
    out: &mut Comparison,
) {
    let source = match &recovery.addresses {
        AddressChange::Manual(nics) => nics.iter().flat_map(pairs).collect(),
        AddressChange::Keep
        | AddressChange::ByRule
        | AddressChange::Automatic
        | AddressChange::Unsaid => BTreeSet::new(),
    };
    let source: BTreeSet<(String, String)> = if made.tells_from {
        source
    } else {
        source
            .into_iter()
            .map(|(_, to)| (String::new(), to))
            .collect()
    };
    let empty = BTreeSet::new();
    let target = made.addresses.get(&vm.id).unwrap_or(&empty);
    for ((from, to), side) in source
        .difference(target)
        .map(|pair| (pair, "source"))
        .chain(target.difference(&source).map(|pair| (pair, "target")))
    {
        let of = if from.is_empty() {
            String::new()
        } else {
            format!(" for {from}")
        };
        let case = format!(
            "in plan `{}` `{}` gets {to}{of} on the {side} only",
            plan.ident.name, vm.name
        );
        out.differs(declared, Admits::TargetMore, case, [&recovery.ident]);
    }
}

/// The IPv4 addresses of a NIC at both sites, in order.
fn pairs(nic: &NicAddresses) -> Vec<(String, String)> {
    let v4 = |addresses: &[IpAddr]| -> Vec<String> {
        addresses
            .iter()
            .filter(|address| address.is_ipv4())
            .map(ToString::to_string)
            .collect()
    };
    let (from, to) = (v4(&nic.protected.addresses), v4(&nic.recovery.addresses));
    from.into_iter().zip(to).collect()
}

/// A test must not reach the network of a real recovery unless the source's does.
fn tests(
    policy: &Policy<Linked>,
    plan: &RecoveryPlan<Linked>,
    made: &Plan,
    declared: &Declared,
    out: &mut Comparison,
) {
    for (recovery, test) in &made.networks {
        let own = plan
            .test_networks
            .iter()
            .find(|own| own.recovery_name == *recovery);
        let mapping = policy
            .recovery
            .networks
            .iter()
            .find(|mapping| mapping.recovery_name == *recovery);
        let named = match own {
            Some(own) => own.test_name.as_ref(),
            None => mapping.and_then(|mapping| mapping.test_name.as_ref()),
        };
        let same = match (named, test) {
            (Some(named), Some(test)) => named == test,
            // Nobody has the isolated network of the source; a network of its own is as isolated.
            (None, Some(test)) => test != recovery,
            (_, None) => false,
        };
        if !same {
            let case = format!(
                "a test of plan `{}` uses network `{}` on the target, and `{}` at the source",
                plan.ident.name,
                test.as_deref().unwrap_or("of nobody's choice"),
                named.map_or("an isolated one", String::as_str)
            );
            let about = own
                .map(|own| &own.ident)
                .or(mapping.map(|mapping| &mapping.ident));
            out.differs(
                declared,
                Admits::TargetMore,
                case,
                about.into_iter().chain([&plan.ident]),
            );
        }
    }
}

/// Every step of people ends in the runbook, in a script or as a finding that drops it.
pub(super) fn steps(
    policy: &Policy<Linked>,
    target: &Target,
    findings: &Findings,
    declared: &Declared,
    out: &mut Comparison,
) {
    let dropped: BTreeSet<&str> = findings
        .iter()
        .filter(|finding| finding.fate == Some(Fate::Dropped))
        .filter_map(|finding| Some(finding.subjects.first()?.id.as_str()))
        .collect();
    for plan in &policy.recovery.plans {
        let added = plan.steps.iter().filter(|step| match step.kind {
            StepKind::PowerOn(_) | StepKind::BuiltIn => false,
            StepKind::Callout(_) | StepKind::Opaque(_) => true,
        });
        let of_plan = added.map(|step| step_id(&step.ident, &step.kind));
        let of_vms = plan
            .vms
            .iter()
            .flat_map(|vm| vm.before.iter().chain(&vm.after));
        let all = of_plan.chain(of_vms.map(|callout| &callout.ident));
        for ident in all {
            let held = target.held.contains(&ident.id) || target.by_hand.contains(&ident.id);
            if !held && !dropped.contains(ident.id.as_str()) {
                let case = format!(
                    "step `{}` of plan `{}` is neither in the runbook nor in a script",
                    ident.name, plan.ident.name
                );
                out.differs(declared, Admits::TargetMore, case, [ident]);
            }
        }
    }
}

const fn step_id<'step>(step: &'step Ident, kind: &'step StepKind) -> &'step Ident {
    match kind {
        StepKind::Callout(callout) => &callout.ident,
        StepKind::PowerOn(_) | StepKind::BuiltIn | StepKind::Opaque(_) => step,
    }
}
