//! The order in which machines of a plan start: priorities, and dependencies inside each.

use crate::ir::Id;
use crate::ir::Linked;
use crate::ir::inventory::Vm;
use crate::ir::recovery::Priority;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::DiGraph;
use std::collections::{BTreeMap, BTreeSet};

/// A machine of the inventory.
pub(super) type VmId = Id<Vm<Linked>>;

/// A machine of a plan, with what it depends on as the source counts it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Its priority.
    pub(super) priority: Priority,
    /// Machines that must be up before it, of any priority.
    pub(super) depends_on: BTreeSet<VmId>,
}

/// Machines that start together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Level {
    /// Their priority.
    pub(super) priority: Priority,
    /// The machines; never none.
    pub(super) vms: BTreeSet<VmId>,
}

/// The levels of a plan, first to last, and what the source would do differently.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    /// The levels.
    pub(super) levels: Vec<Level>,
    /// Machines that depend on each other in a circle, each with its circle.
    pub(super) circles: BTreeMap<VmId, BTreeSet<VmId>>,
    /// For machines that depend on others: machines of the priority that they now wait for and do
    /// not depend on.
    pub(super) strangers: BTreeMap<VmId, BTreeSet<VmId>>,
}

impl Order {
    /// The number of the level of a machine, from 1.
    pub(super) fn number(&self, vm: VmId) -> Option<u32> {
        let at = self
            .levels
            .iter()
            .position(|level| level.vms.contains(&vm))?;
        u32::try_from(at + 1).ok()
    }

    /// The number of the first level of this priority or a later one, from 1.
    pub(super) fn first_of(&self, priority: Priority) -> Option<u32> {
        let at = self
            .levels
            .iter()
            .position(|level| level.priority >= priority)?;
        u32::try_from(at + 1).ok()
    }

    /// Whether a level comes after this one.
    pub(super) fn goes_on(&self, number: u32) -> bool {
        (number as usize) < self.levels.len()
    }
}

/// Puts the machines of a plan in order.
///
/// The source counts a dependency only inside one priority. A machine starts when all those it
/// depends on are up; the machines of a circle start together.
pub(super) fn order(members: &BTreeMap<VmId, Member>) -> Order {
    let mut order = Order::default();
    let mut priorities: BTreeMap<Priority, Vec<VmId>> = BTreeMap::new();
    for (vm, member) in members {
        priorities.entry(member.priority).or_default().push(*vm);
    }
    for (priority, vms) in priorities {
        inside(members, priority, &vms, &mut order);
    }
    order
}

/// Puts the machines of one priority in order.
fn inside(members: &BTreeMap<VmId, Member>, priority: Priority, vms: &[VmId], order: &mut Order) {
    let mut graph = DiGraph::<VmId, ()>::new();
    let nodes: BTreeMap<VmId, _> = vms.iter().map(|vm| (*vm, graph.add_node(*vm))).collect();
    for (vm, node) in &nodes {
        let needs = members.get(vm).map(|member| &member.depends_on);
        for need in needs.into_iter().flatten() {
            if let Some(before) = nodes.get(need) {
                graph.add_edge(*node, *before, ());
            }
        }
    }
    // The components come out with those first that the others need.
    let mut level_of: BTreeMap<VmId, usize> = BTreeMap::new();
    let mut ancestors: BTreeMap<VmId, BTreeSet<VmId>> = BTreeMap::new();
    for component in kosaraju_scc(&graph) {
        let together: BTreeSet<VmId> = component
            .iter()
            .filter_map(|node| graph.node_weight(*node).copied())
            .collect();
        let needs: BTreeSet<VmId> = together
            .iter()
            .filter_map(|vm| members.get(vm))
            .flat_map(|member| member.depends_on.iter().copied())
            .filter(|need| nodes.contains_key(need) && !together.contains(need))
            .collect();
        let level = needs
            .iter()
            .filter_map(|need| level_of.get(need))
            .map(|level| level + 1)
            .max()
            .unwrap_or(0);
        let mut before = needs.clone();
        for need in &needs {
            before.extend(ancestors.get(need).into_iter().flatten().copied());
        }
        let itself = together.iter().any(|vm| {
            members
                .get(vm)
                .is_some_and(|member| member.depends_on.contains(vm))
        });
        for vm in &together {
            level_of.insert(*vm, level);
            // In a circle each depends on the others.
            let mut all = before.clone();
            all.extend(together.iter().copied());
            ancestors.insert(*vm, all);
            if together.len() > 1 || itself {
                order.circles.insert(*vm, together.clone());
            }
        }
    }
    let mut levels: BTreeMap<usize, BTreeSet<VmId>> = BTreeMap::new();
    for (vm, level) in level_of {
        levels.entry(level).or_default().insert(vm);
    }
    let mut earlier: BTreeSet<VmId> = BTreeSet::new();
    for vms in levels.into_values() {
        for vm in &vms {
            let own = ancestors.get(vm);
            let strangers: BTreeSet<VmId> = earlier
                .iter()
                .filter(|before| own.is_none_or(|own| !own.contains(before)))
                .copied()
                .collect();
            if !strangers.is_empty() {
                order.strangers.insert(*vm, strangers);
            }
        }
        earlier.extend(vms.iter().copied());
        order.levels.push(Level { priority, vms });
    }
}
