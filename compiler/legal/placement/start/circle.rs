//! Circles in the order of starts.

use super::super::estate::VmId;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use std::collections::{BTreeMap, BTreeSet};

/// The circle each machine is in; machines in none are left out.
pub(super) struct Circles(BTreeMap<usize, usize>);

/// Finds the circles among pairs of machines that are waited for and machines that wait.
///
/// Every group gets a node of its own, so the work grows with the members and not with their pairs.
pub(super) fn find<'order>(
    orders: impl Iterator<Item = (&'order BTreeSet<VmId>, &'order BTreeSet<VmId>)>,
) -> Circles {
    let mut graph = DiGraph::<Option<usize>, ()>::new();
    let mut nodes = BTreeMap::new();
    for (first, then) in orders {
        let rule = graph.add_node(None);
        for (vms, waits) in [(first, false), (then, true)] {
            for vm in vms {
                let node = *nodes
                    .entry(*vm)
                    .or_insert_with(|| graph.add_node(Some(vm.index())));
                let (from, to) = if waits { (rule, node) } else { (node, rule) };
                graph.add_edge(from, to, ());
            }
        }
    }
    let mut circles = BTreeMap::new();
    let parts = kosaraju_scc(&graph)
        .into_iter()
        .filter(|part| part.len() > 1);
    for (number, part) in parts.enumerate() {
        for node in part {
            if let Some(Some(vm)) = graph.node_weight(node) {
                circles.insert(*vm, number);
            }
        }
    }
    Circles(circles)
}

impl Circles {
    /// The circle that a rule between these machines is part of.
    pub(super) fn of(&self, first: &BTreeSet<VmId>, then: &BTreeSet<VmId>) -> Option<usize> {
        let of = |vms: &BTreeSet<VmId>| -> BTreeSet<usize> {
            vms.iter()
                .filter_map(|vm| self.0.get(&vm.index()).copied())
                .collect()
        };
        of(first).intersection(&of(then)).next().copied()
    }
}
