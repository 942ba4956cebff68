//! What services mean as traffic, for certain and possibly.

use super::traffic::{IGMP, Term, Traffic, Versions};
use crate::ir::service::{Match, Service, ServiceEntry, ServiceUse, Services};
use crate::ir::{Id, Link, Linked, Policy};
use std::collections::BTreeMap;

/// The EtherType of IPv4.
const IPV4: u16 = 0x0800;
/// The EtherType of IPv6.
const IPV6: u16 = 0x86dd;

/// For certain, and possibly.
type Known = (Vec<Term>, Vec<Term>);
/// The same of a named service, tidied.
type Named = (Traffic, Traffic);

/// Reads services, each named one once.
#[derive(Debug)]
pub struct ServiceBook<'policy> {
    policy: &'policy Policy<Linked>,
    read: BTreeMap<(Id<Service<Linked>>, bool), Named>,
}

impl<'policy> ServiceBook<'policy> {
    /// An empty book.
    #[must_use]
    pub const fn new(policy: &'policy Policy<Linked>) -> Self {
        Self {
            policy,
            read: BTreeMap::new(),
        }
    }

    /// The traffic of a rule, for certain and possibly. Layer-2 protocols mean something in layer-2
    /// rules only.
    pub fn of(&mut self, services: &Services<Linked>, layer_two: bool) -> (Traffic, Traffic) {
        let Services::Of(uses) = services else {
            return (Traffic::any(), Traffic::any());
        };
        let (mut sure, mut possible) = Known::default();
        for one in uses {
            match one {
                ServiceUse::Named(Link::Found(service, _)) => {
                    let named = self.named(*service, layer_two);
                    sure.extend(named.0.terms().cloned());
                    possible.extend(named.1.terms().cloned());
                }
                ServiceUse::Named(Link::Missing(_)) => possible.push(Term::any()),
                ServiceUse::Inline(entry) => {
                    let (one_sure, one_possible) = self.inline(entry, layer_two);
                    sure.extend(one_sure);
                    possible.extend(one_possible);
                }
            }
        }
        (sure.into_iter().collect(), possible.into_iter().collect())
    }

    /// A named service, and what is nested in it. A service that holds itself adds nothing by that.
    fn named(&mut self, id: Id<Service<Linked>>, layer_two: bool) -> &Named {
        let services = &self.policy.network.services;
        self.read.entry((id, layer_two)).or_insert_with(|| {
            let (mut sure, mut possible) = Known::default();
            let nested = services.with_nested(id, |_| true);
            for entry in nested.into_iter().flat_map(|id| &services[id].entries) {
                let (one_sure, one_possible) = simple(entry, layer_two);
                sure.extend(one_sure);
                possible.extend(one_possible);
            }
            (sure.into_iter().collect(), possible.into_iter().collect())
        })
    }

    /// An entry written in a rule.
    fn inline(&mut self, entry: &ServiceEntry<Linked>, layer_two: bool) -> Known {
        if let Match::Nested(Link::Found(service, _)) = &entry.matches {
            let (sure, possible) = self.named(*service, layer_two);
            return (
                sure.terms().cloned().collect(),
                possible.terms().cloned().collect(),
            );
        }
        simple(entry, layer_two)
    }
}

/// What an entry means by itself; a service nested in it is read on its own.
fn simple(entry: &ServiceEntry<Linked>, layer_two: bool) -> Known {
    match &entry.matches {
        Match::Ports {
            transport,
            source,
            destination,
        }
        | Match::Gateway {
            application: _,
            transport,
            source,
            destination,
        } => known(Term::ports(*transport, source.clone(), destination.clone())),
        Match::Icmp {
            version,
            kind,
            code,
        } => known(Term::icmp(*version, *kind, *code)),
        Match::Protocol(number) => known(Term::protocol(*number)),
        Match::Igmp => known(Term::protocol(IGMP)),
        Match::EtherType(number) => ether_type(*number, layer_two),
        Match::Nested(Link::Found(..)) => Known::default(),
        Match::Nested(Link::Missing(_)) | Match::Opaque(_) => (Vec::new(), vec![Term::any()]),
    }
}

fn known(term: Term) -> Known {
    (vec![term.clone()], vec![term])
}

fn ether_type(number: u16, layer_two: bool) -> Known {
    let versions = Versions {
        v4: number == IPV4,
        v6: number == IPV6,
    };
    if layer_two && !versions.none() {
        return known(Term {
            versions,
            ..Term::any()
        });
    }
    Known::default()
}
