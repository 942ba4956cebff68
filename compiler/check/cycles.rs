//! Groups that contain each other, and services that nest each other.

use crate::finding::{Code, Domain, Finding, Findings, codes};
use crate::ir::network::Group;
use crate::ir::selector::Selector;
use crate::ir::service::{Match, Service};
use crate::ir::{Ident, Link, Linked, Policy};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Reports every circle once, with all its members.
pub fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    let groups: Vec<&Group<Linked>> = policy.network.groups.values().collect();
    let nested = groups.iter().enumerate().flat_map(|(at, group)| {
        let mut inner = Vec::new();
        groups_in(&group.members, &mut inner);
        inner.into_iter().map(move |to| (at, to))
    });
    let idents: Vec<&Ident> = groups.iter().map(|group| &group.ident).collect();
    report(
        &codes::link::GROUP_CYCLE,
        "groups",
        &idents,
        nested,
        findings,
    );

    let services: Vec<&Service<Linked>> = policy.network.services.values().collect();
    let nested = services.iter().enumerate().flat_map(|(at, service)| {
        let inner = service
            .entries
            .iter()
            .filter_map(|entry| match &entry.matches {
                Match::Nested(Link::Found(to, _)) => Some(to.index()),
                Match::Nested(Link::Missing(_))
                | Match::Ports { .. }
                | Match::Icmp { .. }
                | Match::Protocol(_)
                | Match::Gateway { .. }
                | Match::Igmp
                | Match::EtherType(_)
                | Match::Opaque(_) => None,
            });
        inner.map(move |to| (at, to))
    });
    let idents: Vec<&Ident> = services.iter().map(|service| &service.ident).collect();
    report(
        &codes::link::SERVICE_CYCLE,
        "services",
        &idents,
        nested,
        findings,
    );
}

fn groups_in(selector: &Selector<Linked>, found: &mut Vec<usize>) {
    match selector {
        Selector::All(parts) | Selector::AnyOf(parts) => {
            parts.iter().for_each(|part| groups_in(part, found));
        }
        Selector::Not(inner) => groups_in(inner, found),
        Selector::Group(Link::Found(id, _)) => found.push(id.index()),
        Selector::Group(Link::Missing(_))
        | Selector::Nothing
        | Selector::Match(_)
        | Selector::Addresses(..)
        | Selector::Vm(_)
        | Selector::Segment(_)
        | Selector::Opaque(_) => {}
    }
}

fn report(
    code: &'static Code,
    noun: &str,
    idents: &[&Ident],
    edges: impl Iterator<Item = (usize, usize)>,
    findings: &mut Findings,
) {
    let mut graph = DiGraph::<usize, ()>::with_capacity(idents.len(), idents.len());
    let nodes: Vec<NodeIndex> = (0..idents.len()).map(|at| graph.add_node(at)).collect();
    let mut loops = Vec::new();
    for (from, to) in edges {
        if let (Some(a), Some(b)) = (nodes.get(from), nodes.get(to)) {
            graph.add_edge(*a, *b, ());
            if from == to {
                loops.push(vec![*a]);
            }
        }
    }
    let circles = kosaraju_scc(&graph)
        .into_iter()
        .filter(|circle| circle.len() > 1)
        .chain(loops);
    for circle in circles {
        let mut members: Vec<&Ident> = circle
            .iter()
            .filter_map(|node| idents.get(node.index()).copied())
            .collect();
        members.sort();
        let names: Vec<String> = members
            .iter()
            .map(|ident| format!("`{}`", ident.name))
            .collect();
        let message = match names.as_slice() {
            [alone] => format!("{alone} contains itself"),
            _ => format!("{noun} {} contain each other", names.join(", ")),
        };
        let mut finding = Finding::new(code, Domain::Network, message);
        finding.subjects = members.iter().map(|ident| ident.subject()).collect();
        findings.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Id, NonEmpty};
    use crate::semantics::fixture::{ident, origin};

    fn group(name: &str, inner: &[u32]) -> Group<Linked> {
        let parts: Vec<Selector<Linked>> = inner
            .iter()
            .map(|at| Selector::Group(Link::Found(Id::at(*at), origin())))
            .collect();
        let members = NonEmpty::new(parts).map_or(Selector::Nothing, Selector::AnyOf);
        Group {
            ident: ident(name),
            members,
            realised: None,
            unread: Vec::new(),
        }
    }

    fn messages(groups: Vec<Group<Linked>>) -> Vec<String> {
        let mut policy = Policy::<Linked>::default();
        policy.network.groups = groups.into_iter().collect();
        let mut findings = Findings::new();
        check(&policy, &mut findings);
        findings
            .iter()
            .map(|finding| finding.message.clone())
            .collect()
    }

    #[test]
    fn a_circle_is_reported_once() {
        let groups = vec![
            group("a", &[1]),
            group("b", &[2]),
            group("c", &[0]),
            group("d", &[0]),
        ];
        assert_eq!(
            messages(groups),
            ["groups `a`, `b`, `c` contain each other"]
        );
    }

    #[test]
    fn a_group_can_contain_itself() {
        assert_eq!(messages(vec![group("a", &[0])]), ["`a` contains itself"]);
    }

    #[test]
    fn nesting_alone_is_no_circle() {
        assert!(messages(vec![group("a", &[1, 2]), group("b", &[2]), group("c", &[])]).is_empty());
    }
}
