//! What is protected and recovered once, twice, or not at all.

use super::{machines, names};
use crate::finding::{Domain, Finding, Findings, codes, count};
use crate::ir::inventory::{Segment, Vm};
use crate::ir::recovery::{ProtectionGroup, RecoveryPlan};
use crate::ir::{Id, Link, Linked, Policy};
use std::collections::{BTreeMap, BTreeSet};

/// Reports machines of several groups, overlapping plans, groups without a plan, and networks
/// without a mapping.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    protected_twice(policy, findings);
    plans_overlap(policy, findings);
    in_no_plan(policy, findings);
    unmapped_networks(policy, findings);
}

fn protected_twice(policy: &Policy<Linked>, findings: &mut Findings) {
    let mut groups: BTreeMap<Id<Vm<Linked>>, Vec<&ProtectionGroup<Linked>>> = BTreeMap::new();
    for group in policy.recovery.groups.values() {
        let members: BTreeSet<_> = group.vms.iter().filter_map(Link::found).collect();
        for vm in members {
            groups.entry(vm).or_default().push(group);
        }
    }
    for (vm, groups) in groups {
        if groups.len() < 2 {
            continue;
        }
        let vm = &policy.inventory.vms[vm].ident;
        let message = format!(
            "machine `{}` is a member of the protection groups {}",
            vm.name,
            names(groups.iter().map(|group| group.ident.name.as_str()))
        );
        let code = &codes::check_recovery::PROTECTED_TWICE;
        let mut finding = Finding::new(code, Domain::Recovery, message).about(vm.subject());
        finding
            .subjects
            .extend(groups.iter().map(|group| group.ident.subject()));
        findings.push(finding);
    }
}

fn plans_overlap(policy: &Policy<Linked>, findings: &mut Findings) {
    let plans = &policy.recovery.plans;
    for (at, first) in plans.iter().enumerate() {
        let of_first = machines(first);
        for second in plans.iter().skip(at + 1) {
            let of_second = machines(second);
            let both: Vec<&str> = of_first
                .iter()
                .filter(|(id, _)| of_second.contains_key(id))
                .map(|(_, vm)| vm.ident.name.as_str())
                .collect();
            if both.is_empty() {
                continue;
            }
            let message = format!(
                "recovery plans `{}` and `{}` both recover {}",
                first.ident.name,
                second.ident.name,
                names(both)
            );
            let code = &codes::check_recovery::PLANS_OVERLAP;
            findings.push(
                Finding::new(code, Domain::Recovery, message)
                    .about(first.ident.subject())
                    .about(second.ident.subject()),
            );
        }
    }
}

fn in_no_plan(policy: &Policy<Linked>, findings: &mut Findings) {
    let plans = &policy.recovery.plans;
    if plans
        .iter()
        .any(|plan| plan.groups.is_empty() && !plan.missing.is_empty())
    {
        // A plan whose groups no export tells could be theirs.
        return;
    }
    let planned: BTreeSet<usize> = policy
        .recovery
        .plans
        .iter()
        .flat_map(|plan| plan.groups.iter().filter_map(Link::found))
        .map(Id::index)
        .collect();
    for (id, group) in policy.recovery.groups.iter() {
        if planned.contains(&id.index()) {
            continue;
        }
        let message = format!(
            "protection group `{}` with {} is in no recovery plan",
            group.ident.name,
            count(group.vms.len(), "machine")
        );
        let code = &codes::check_recovery::IN_NO_PLAN;
        findings.push(Finding::new(code, Domain::Recovery, message).about(group.ident.subject()));
    }
}

/// Only where an inventory tells what a machine is attached to.
fn unmapped_networks(policy: &Policy<Linked>, findings: &mut Findings) {
    let mapped: BTreeSet<Id<Segment>> = policy
        .recovery
        .networks
        .iter()
        .filter_map(|mapping| mapping.protected.found())
        .collect();
    for plan in &policy.recovery.plans {
        let mut unmapped: BTreeMap<Id<Segment>, Vec<&str>> = BTreeMap::new();
        for (id, vm) in machines(plan) {
            for segment in policy.inventory.vms[id]
                .segments
                .iter()
                .filter_map(Link::found)
            {
                if !mapped.contains(&segment) {
                    unmapped.entry(segment).or_default().push(&vm.ident.name);
                }
            }
        }
        for (segment, vms) in unmapped {
            report_unmapped(policy, plan, segment, vms, findings);
        }
    }
}

fn report_unmapped(
    policy: &Policy<Linked>,
    plan: &RecoveryPlan<Linked>,
    segment: Id<Segment>,
    vms: Vec<&str>,
    findings: &mut Findings,
) {
    let segment = &policy.inventory.segments[segment].ident;
    let message = format!(
        "network `{}` of {} in recovery plan `{}` is mapped to no network of the other site",
        segment.name,
        names(vms),
        plan.ident.name
    );
    let code = &codes::check_recovery::UNMAPPED_NETWORK;
    findings.push(
        Finding::new(code, Domain::Recovery, message)
            .about(plan.ident.subject())
            .about(segment.subject()),
    );
}
