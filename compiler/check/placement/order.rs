//! Orders of starting that cannot be followed.

use super::vms_of;
use crate::finding::codes::check_placement as codes;
use crate::finding::{Domain, Finding, Findings};
use crate::ir::inventory::Vm;
use crate::ir::placement::{PlacementRule, RestartPriority, RuleKind, SettingKind};
use crate::ir::{Id, Link, Linked, Policy};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that orders starts, with the machines that wait and those that are waited for.
struct Order<'p> {
    rule: &'p PlacementRule<Linked>,
    wait: Vec<Id<Vm<Linked>>>,
    first: Vec<Id<Vm<Linked>>>,
}

/// Reports circles of dependencies, and dependencies against the restart priority.
pub(super) fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    let mut orders = Vec::new();
    for rule in policy.placement.rules.iter().filter(|rule| rule.enabled) {
        if let RuleKind::StartAfter { vms, after } = &rule.kind {
            orders.push(Order {
                rule,
                wait: vms_of(policy, vms),
                first: vms_of(policy, after),
            });
        }
    }
    circles(policy, &orders, findings);
    inversions(policy, &orders, findings);
}

/// Machines and rules as one graph: a machine leads to the rules it waits in, a rule to the machines
/// it waits for.
fn circles(policy: &Policy<Linked>, orders: &[Order<'_>], findings: &mut Findings) {
    let mut graph: DiGraph<(), ()> = DiGraph::new();
    let rules: Vec<NodeIndex> = orders.iter().map(|_| graph.add_node(())).collect();
    let mut machines: BTreeMap<Id<Vm<Linked>>, NodeIndex> = BTreeMap::new();
    for (order, rule) in orders.iter().zip(&rules) {
        for vm in &order.wait {
            let node = *machines.entry(*vm).or_insert_with(|| graph.add_node(()));
            graph.add_edge(node, *rule, ());
        }
        for vm in &order.first {
            let node = *machines.entry(*vm).or_insert_with(|| graph.add_node(()));
            graph.add_edge(*rule, node, ());
        }
    }
    for circle in kosaraju_scc(&graph)
        .into_iter()
        .filter(|part| part.len() > 1)
    {
        let circle: BTreeSet<NodeIndex> = circle.into_iter().collect();
        let around = orders.iter().zip(&rules);
        let around: Vec<&Order<'_>> = around
            .filter(|(_, node)| circle.contains(node))
            .map(|(order, _)| order)
            .collect();
        let vms = machines.iter().filter(|(_, node)| circle.contains(node));
        let vms: Vec<String> = vms.map(|(vm, _)| vm_name(policy, *vm)).collect();
        let names: Vec<String> = around
            .iter()
            .map(|order| format!("`{}`", order.rule.ident.name))
            .collect();
        let message = format!(
            "rules {} let the machines {} wait for each other in a circle",
            names.join(", "),
            vms.join(", ")
        );
        let mut finding = Finding::new(&codes::PLACEMENT_CIRCLE, Domain::Placement, message);
        // What the rules become is told once, with the first of them: this is part of that story.
        finding.cause = around.first().map(|order| order.rule.ident.origin);
        finding.subjects = around
            .iter()
            .map(|order| order.rule.ident.subject())
            .collect();
        findings.push(finding);
    }
}

/// A machine of higher restart priority cannot wait for one of lower.
fn inversions(policy: &Policy<Linked>, orders: &[Order<'_>], findings: &mut Findings) {
    let priorities = Priorities::new(policy);
    for order in orders {
        let waits = order
            .wait
            .iter()
            .map(|vm| (priorities.of(policy, *vm), *vm));
        let firsts = order
            .first
            .iter()
            .map(|vm| (priorities.of(policy, *vm), *vm));
        // The earliest of those that wait against the latest of those that are waited for.
        let (Some((early, waiting)), Some((late, awaited))) = (waits.min(), firsts.max()) else {
            continue;
        };
        if early == RestartPriority::Disabled || early >= late {
            continue;
        }
        let message = format!(
            "rule `{}` lets {} (restart priority {}) wait for {} (restart priority {})",
            order.rule.ident.name,
            vm_name(policy, waiting),
            word(early),
            vm_name(policy, awaited),
            word(late)
        );
        findings.push(
            Finding::new(&codes::START_AGAINST_PRIORITY, Domain::Placement, message)
                .about(order.rule.ident.subject()),
        );
    }
}

/// Restart priorities of clusters and machines, as far as the exports tell.
struct Priorities {
    machines: BTreeMap<Id<Vm<Linked>>, RestartPriority>,
    clusters: BTreeMap<usize, RestartPriority>,
}

impl Priorities {
    fn new(policy: &Policy<Linked>) -> Self {
        let mut found = Self {
            machines: BTreeMap::new(),
            clusters: BTreeMap::new(),
        };
        for setting in &policy.placement.settings {
            let SettingKind::RestartPriority(priority) = setting.what else {
                continue;
            };
            match (&setting.vm, &setting.cluster) {
                (Some(vm), _) => {
                    found.machines.extend(vm.found().map(|vm| (vm, priority)));
                }
                (None, Some(cluster)) => {
                    let cluster = cluster.found().map(Id::index);
                    found.clusters.extend(cluster.map(|at| (at, priority)));
                }
                (None, None) => {}
            }
        }
        found
    }

    /// Medium is what the product takes where nothing is set.
    fn of(&self, policy: &Policy<Linked>, vm: Id<Vm<Linked>>) -> RestartPriority {
        let cluster = policy.inventory.vms[vm]
            .cluster
            .as_ref()
            .and_then(Link::found);
        let of_cluster = cluster.and_then(|cluster| self.clusters.get(&cluster.index()));
        let own = self.machines.get(&vm).or(of_cluster);
        own.copied().unwrap_or(RestartPriority::Medium)
    }
}

const fn word(priority: RestartPriority) -> &'static str {
    match priority {
        RestartPriority::Highest => "highest",
        RestartPriority::High => "high",
        RestartPriority::Medium => "medium",
        RestartPriority::Low => "low",
        RestartPriority::Lowest => "lowest",
        RestartPriority::Disabled => "disabled",
    }
}

fn vm_name(policy: &Policy<Linked>, vm: Id<Vm<Linked>>) -> String {
    format!("`{}`", policy.inventory.vms[vm].ident.name)
}
