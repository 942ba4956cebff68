//! Groups and services that no rule uses, not even through others.

use crate::finding::{Code, Domain, Finding, Findings, codes};
use crate::ir::network::{PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::service::{Match, ServiceEntry, ServiceUse, Services};
use crate::ir::{Ident, Link, Linked, Policy};

/// Reports each of them. Use by a rule that is not in force counts: without the object the rule could
/// not be put in force again.
pub(super) fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    let network = &policy.network;
    let mut groups = Uses::new(network.groups.len());
    let mut services = Uses::new(network.services.len());
    let mut peers = |peers: &Peers<Linked>| {
        if let PeerSet::Of(parts) = &peers.set {
            parts.iter().for_each(|part| named(part, &mut groups));
        }
    };
    for section in &network.sections {
        section.applied_to.iter().for_each(&mut peers);
        for rule in &section.rules {
            [&rule.source, &rule.destination, &rule.applied_to]
                .into_iter()
                .for_each(&mut peers);
            if let Services::Of(uses) = &rule.services {
                for one in uses {
                    match one {
                        ServiceUse::Named(link) => services.add(link),
                        ServiceUse::Inline(entry) => nested(entry, &mut services),
                    }
                }
            }
        }
    }
    for exclusion in &network.exclusions {
        named(&exclusion.members, &mut groups);
    }
    while let Some(at) = groups.next() {
        if let Some(group) = network.groups.values().as_slice().get(at) {
            named(&group.members, &mut groups);
        }
    }
    while let Some(at) = services.next() {
        if let Some(service) = network.services.values().as_slice().get(at) {
            let entries = service.entries.iter();
            entries.for_each(|entry| nested(entry, &mut services));
        }
    }
    for (group, used) in network.groups.values().zip(&groups.used) {
        if !used {
            let code = &codes::check_network::UNUSED_GROUP;
            report(code, "group", &group.ident, policy, findings);
        }
    }
    for (service, used) in network.services.values().zip(&services.used) {
        if !used {
            let code = &codes::check_network::UNUSED_SERVICE;
            report(code, "service", &service.ident, policy, findings);
        }
    }
}

fn report(
    code: &'static Code,
    noun: &str,
    ident: &Ident,
    policy: &Policy<Linked>,
    findings: &mut Findings,
) {
    if policy.network.shipped.contains(&ident.id) {
        return;
    }
    let users = match noun {
        "group" => "no rule and no exclusion",
        _ => "no rule",
    };
    let message = format!("{noun} `{}` is used by {users}", ident.name);
    findings.push(Finding::new(code, Domain::Network, message).about(ident.subject()));
}

/// Which objects of a table are used, and those of them not looked into yet.
struct Uses {
    used: Vec<bool>,
    open: Vec<usize>,
}

impl Uses {
    fn new(count: usize) -> Self {
        Self {
            used: vec![false; count],
            open: Vec::new(),
        }
    }

    fn add<T>(&mut self, link: &Link<T>) {
        if let Some(id) = link.found()
            && let Some(used) = self.used.get_mut(id.index())
            && !*used
        {
            *used = true;
            self.open.push(id.index());
        }
    }

    fn next(&mut self) -> Option<usize> {
        self.open.pop()
    }
}

fn named(selector: &Selector<Linked>, groups: &mut Uses) {
    match selector {
        Selector::All(parts) | Selector::AnyOf(parts) => {
            parts.iter().for_each(|part| named(part, groups));
        }
        Selector::Not(inner) => named(inner, groups),
        Selector::Group(link) => groups.add(link),
        Selector::Nothing
        | Selector::Match(_)
        | Selector::Addresses(..)
        | Selector::Vm(_)
        | Selector::Segment(_)
        | Selector::Opaque(_) => {}
    }
}

fn nested(entry: &ServiceEntry<Linked>, services: &mut Uses) {
    match &entry.matches {
        Match::Nested(link) => services.add(link),
        Match::Ports { .. }
        | Match::Icmp { .. }
        | Match::Protocol(_)
        | Match::Gateway { .. }
        | Match::Igmp
        | Match::EtherType(_)
        | Match::Opaque(_) => {}
    }
}
