//! Dependencies between machines: circles, and those that the source ignores.

use super::{machines, names};
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::inventory::Vm;
use crate::ir::recovery::{RecoveryPlan, VmRecovery};
use crate::ir::{Id, Link, Linked, Policy};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use std::collections::BTreeMap;

/// Reports each circle once, and each dependency across priorities or plans.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    for plan in &policy.recovery.plans {
        let known = machines(plan);
        cycles(plan, &known, findings);
        for vm in known.values() {
            for on in &vm.depends_on {
                ignored(policy, plan, vm, on, &known, findings);
            }
        }
    }
}

type Machines<'p> = BTreeMap<Id<Vm<Linked>>, &'p VmRecovery<Linked>>;

fn cycles(plan: &RecoveryPlan<Linked>, known: &Machines<'_>, findings: &mut Findings) {
    let mut graph = DiGraph::<&VmRecovery<Linked>, ()>::new();
    let nodes: BTreeMap<_, _> = known
        .iter()
        .map(|(id, vm)| (*id, graph.add_node(*vm)))
        .collect();
    for (id, vm) in known {
        for on in vm.depends_on.iter().filter_map(Link::found) {
            let same = known.get(&on).is_some_and(|on| on.priority == vm.priority);
            if let (true, Some(from), Some(to)) = (same, nodes.get(id), nodes.get(&on)) {
                graph.add_edge(*from, *to, ());
            }
        }
    }
    for component in kosaraju_scc(&graph) {
        let alone = component.first().filter(|_| component.len() == 1);
        if alone.is_some_and(|node| !graph.contains_edge(*node, *node)) {
            continue;
        }
        let mut circle: Vec<&VmRecovery<Linked>> = component
            .iter()
            .filter_map(|node| graph.node_weight(*node).copied())
            .collect();
        circle.sort_by(|a, b| a.ident.cmp(&b.ident));
        let message = format!(
            "in recovery plan `{}` the machines {} wait for each other",
            plan.ident.name,
            names(circle.iter().map(|vm| vm.ident.name.as_str()))
        );
        let code = &codes::check_recovery::DEPENDENCY_CYCLE;
        let mut finding = Finding::new(code, Domain::Recovery, message);
        finding.subjects = circle.iter().map(|vm| vm.ident.subject()).collect();
        findings.push(finding);
    }
}

fn ignored(
    policy: &Policy<Linked>,
    plan: &RecoveryPlan<Linked>,
    vm: &VmRecovery<Linked>,
    on: &Link<Vm<Linked>>,
    known: &Machines<'_>,
    findings: &mut Findings,
) {
    let Some(id) = on.found() else { return };
    let (code, message) = match known.get(&id) {
        Some(other) if other.priority == vm.priority => return,
        Some(other) => {
            let earlier = other.priority < vm.priority;
            let message = format!(
                "in recovery plan `{}` machine `{}` of priority {} depends on `{}` of priority {}, which is {}",
                plan.ident.name,
                vm.ident.name,
                vm.priority.number(),
                other.ident.name,
                other.priority.number(),
                if earlier {
                    "earlier anyway"
                } else {
                    "later: it is not waited for"
                }
            );
            let code = if earlier {
                &codes::check_recovery::DEPENDENCY_BY_PRIORITY
            } else {
                &codes::check_recovery::DEPENDENCY_NOT_KEPT
            };
            (code, message)
        }
        None => {
            let message = format!(
                "in recovery plan `{}` machine `{}` depends on `{}`, which is not in the plan: it is not waited for",
                plan.ident.name, vm.ident.name, policy.inventory.vms[id].ident.name
            );
            (&codes::check_recovery::DEPENDENCY_NOT_KEPT, message)
        }
    };
    findings.push(Finding::new(code, Domain::Recovery, message).about(vm.ident.subject()));
}
