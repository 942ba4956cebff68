//! Groups that refer to each other, in the order in which they can be worked out.

use crate::ir::network::Group;
use crate::ir::selector::Selector;
use crate::ir::{Id, Link, Linked, Policy};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Groups that must be worked out together.
pub(super) struct Circle {
    pub(super) groups: Vec<Id<Group<Linked>>>,
    /// Whether a group of it refers to a group of it.
    pub(super) repeats: bool,
    /// Whether such a reference stands beneath a negation.
    pub(super) through_negation: bool,
}

/// Every group once: those that are referred to before those that refer. Within a circle the order
/// means nothing.
#[must_use]
pub fn inner_first(policy: &Policy<Linked>) -> Vec<Id<Group<Linked>>> {
    let circles = circles(policy).into_iter();
    circles.flat_map(|circle| circle.groups).collect()
}

/// The groups, those that are referred to before those that refer.
pub(super) fn circles(policy: &Policy<Linked>) -> Vec<Circle> {
    let groups = &policy.network.groups;
    let mut graph: DiGraph<Id<Group<Linked>>, bool> = DiGraph::new();
    for id in groups.ids() {
        graph.add_node(id);
    }
    for (id, group) in groups.iter() {
        let from = NodeIndex::new(id.index());
        references(&group.members, false, &mut |to, negated| {
            graph.add_edge(from, NodeIndex::new(to.index()), negated);
        });
    }
    let mut number = vec![0_usize; groups.len()];
    let components = kosaraju_scc(&graph);
    for (at, component) in components.iter().enumerate() {
        for node in component {
            if let Some(place) = number.get_mut(node.index()) {
                *place = at;
            }
        }
    }
    let mut found: Vec<Circle> = components
        .iter()
        .map(|component| Circle {
            groups: component
                .iter()
                .filter_map(|node| graph.node_weight(*node).copied())
                .collect(),
            repeats: false,
            through_negation: false,
        })
        .collect();
    for edge in graph.edge_indices() {
        let ends = graph
            .edge_endpoints(edge)
            .and_then(|(from, to)| Some((*number.get(from.index())?, *number.get(to.index())?)));
        if let Some((from, to)) = ends
            && from == to
            && let Some(circle) = found.get_mut(from)
        {
            circle.repeats = true;
            circle.through_negation |= graph.edge_weight(edge).copied().unwrap_or(true);
        }
    }
    found
}

/// Calls back with every group a selector refers to, and whether that is beneath a negation.
fn references(
    selector: &Selector<Linked>,
    negated: bool,
    found: &mut impl FnMut(Id<Group<Linked>>, bool),
) {
    match selector {
        Selector::All(parts) | Selector::AnyOf(parts) => {
            parts
                .iter()
                .for_each(|part| references(part, negated, found));
        }
        Selector::Not(inner) => references(inner, true, found),
        Selector::Group(Link::Found(group, _)) => found(*group, negated),
        Selector::Group(Link::Missing(_))
        | Selector::Nothing
        | Selector::Match(_)
        | Selector::Addresses(..)
        | Selector::Vm(_)
        | Selector::Segment(_)
        | Selector::Opaque(_) => {}
    }
}
