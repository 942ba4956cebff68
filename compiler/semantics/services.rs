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

/// Reads services, each named one once.
#[derive(Debug)]
pub struct ServiceBook<'policy> {
    policy: &'policy Policy<Linked>,
    read: BTreeMap<(Id<Service<Linked>>, bool), Known>,
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
            let (one_sure, one_possible) = match one {
                ServiceUse::Named(Link::Found(service, _)) => {
                    self.named(*service, layer_two, &mut Vec::new())
                }
                ServiceUse::Named(Link::Missing(_)) => unknown(),
                ServiceUse::Inline(entry) => self.entry(entry, layer_two, &mut Vec::new()),
            };
            sure.extend(one_sure);
            possible.extend(one_possible);
        }
        (sure.into_iter().collect(), possible.into_iter().collect())
    }

    /// A named service. A service that holds itself adds nothing by that.
    fn named(
        &mut self,
        id: Id<Service<Linked>>,
        layer_two: bool,
        open: &mut Vec<Id<Service<Linked>>>,
    ) -> Known {
        if open.contains(&id) {
            return Known::default();
        }
        if let Some(known) = self.read.get(&(id, layer_two)) {
            return known.clone();
        }
        open.push(id);
        let (mut sure, mut possible) = Known::default();
        let policy = self.policy;
        for entry in &policy.network.services[id].entries {
            let (one_sure, one_possible) = self.entry(entry, layer_two, open);
            sure.extend(one_sure);
            possible.extend(one_possible);
        }
        open.pop();
        // Within a circle the answer is only partial; it is complete for the outermost.
        if open.is_empty() {
            self.read
                .insert((id, layer_two), (sure.clone(), possible.clone()));
        }
        (sure, possible)
    }

    fn entry(
        &mut self,
        entry: &ServiceEntry<Linked>,
        layer_two: bool,
        open: &mut Vec<Id<Service<Linked>>>,
    ) -> Known {
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
            Match::Nested(Link::Found(service, _)) => self.named(*service, layer_two, open),
            Match::Nested(Link::Missing(_)) | Match::Opaque(_) => unknown(),
        }
    }
}

fn known(term: Term) -> Known {
    (vec![term.clone()], vec![term])
}

fn unknown() -> Known {
    (Vec::new(), vec![Term::any()])
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
