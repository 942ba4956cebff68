//! An estate as a policy.

use super::{Chapter, Estate, Kind, Machine, Side, Who};
use rehome::ir::inventory::{Tag, Vm};
use rehome::ir::network::{Exclusion, Fallback, Group, IpVersion, PeerSet, Peers, Rule, Section};
use rehome::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use rehome::ir::service::{IcmpVersion, Match, ServiceEntry, ServiceUse, Services, Transport};
use rehome::ir::set::{AddressSet, Intervals, PortSet};
use rehome::ir::{Id, Ident, Link, Linked, NonEmpty, Opaque, Policy, Table};
use rehome::source::{Origin, Sources};

/// The estate as a policy.
pub struct Built {
    pub policy: Policy<Linked>,
    pub vms: Vec<Id<Vm<Linked>>>,
}

struct Maker {
    origin: Origin,
    groups: Vec<Id<Group<Linked>>>,
}

impl Estate {
    pub fn build(&self) -> Built {
        let tree = rehome_grammar::read(b"{}".to_vec()).expect("this is JSON");
        let span = tree.roots().next().expect("a value").span();
        let file = Sources::default().add("estate.json".into(), "estate.json".into(), tree);
        let mut policy = Policy::<Linked>::default();
        // Handles before there are groups: a table of as many places gives out the same ones.
        let places: Table<Group<Linked>> = self
            .groups
            .iter()
            .map(|_| Group {
                ident: Ident {
                    id: String::new(),
                    name: String::new(),
                    origin: Origin { file, span },
                },
                members: Selector::Nothing,
                realised: None,
                unread: Vec::new(),
            })
            .collect();
        let maker = Maker {
            origin: Origin { file, span },
            groups: places.ids().collect(),
        };
        let vms = self
            .machines
            .iter()
            .map(|machine| policy.inventory.vms.push(maker.vm(machine)))
            .collect();
        for (at, group) in self.groups.iter().enumerate() {
            policy.network.groups.push(Group {
                ident: maker.ident(&format!("group{at}")),
                members: maker.selector(group),
                realised: None,
                unread: Vec::new(),
            });
        }
        for (at, chapter) in self.chapters.iter().enumerate() {
            let section = maker.section(at, chapter);
            policy.network.sections.push(section);
        }
        for (at, who) in self.excluded.iter().enumerate() {
            policy.network.exclusions.push(Exclusion {
                ident: maker.ident(&format!("excluded{at}")),
                members: maker.selector(who),
            });
        }
        policy.network.fallback = Fallback::Unknown;
        Built { policy, vms }
    }
}

impl Maker {
    fn ident(&self, name: &str) -> Ident {
        Ident {
            id: name.to_owned(),
            name: name.to_owned(),
            origin: self.origin,
        }
    }

    fn vm(&self, machine: &Machine) -> Vm<Linked> {
        Vm {
            ident: self.ident(&machine.name),
            aliases: Vec::new(),
            tags: machine
                .tags
                .iter()
                .map(|(scope, value)| Tag {
                    scope: (*scope).into(),
                    value: (*value).into(),
                })
                .collect(),
            addresses: Some(AddressSet {
                v4: Intervals::from_ranges(machine.ips.iter().map(|ip| (*ip, *ip))),
                v6: Intervals::empty(),
            }),
            segments: Vec::new(),
            os_name: None,
            computer_name: None,
            host: None,
            cluster: None,
        }
    }

    fn condition(&self, key: Key, operator: Operator, value: &str) -> Selector<Linked> {
        Selector::Match(Condition {
            of: Of::Vm,
            key,
            operator,
            value: value.to_owned(),
            origin: self.origin,
        })
    }

    fn selector(&self, who: &Who) -> Selector<Linked> {
        match who {
            Who::Nobody => Selector::Nothing,
            Who::Tag(scope, value) => {
                let scope = scope.map_or(TagScope::Any, |scope| TagScope::Is(scope.into()));
                self.condition(Key::Tag(scope), Operator::Equals, value)
            }
            Who::NameStarts(text) => self.condition(Key::Name, Operator::StartsWith, text),
            Who::NameIsNot(text) => self.condition(Key::Name, Operator::NotEquals, text),
            Who::Ips(first, last) => Selector::Addresses(
                AddressSet {
                    v4: Intervals::range(*first, *last),
                    v6: Intervals::empty(),
                },
                self.origin,
            ),
            Who::Group(group) => Selector::Group(Link::Found(self.groups[*group], self.origin)),
            Who::Both(left, right) => Selector::All(
                NonEmpty::new(vec![self.selector(left), self.selector(right)]).expect("two"),
            ),
            Who::Either(parts) => Selector::AnyOf(self.list(parts)),
        }
    }

    fn list(&self, parts: &[Who]) -> NonEmpty<Selector<Linked>> {
        NonEmpty::new(parts.iter().map(|part| self.selector(part)).collect()).expect("some")
    }

    fn scope(&self, scope: &Option<Vec<Who>>) -> Option<Peers<Linked>> {
        scope.as_ref().map(|list| Peers {
            negated: false,
            set: PeerSet::Of(self.list(list)),
        })
    }

    fn peers(&self, side: &Side) -> Peers<Linked> {
        Peers {
            negated: side.negated,
            set: side
                .of
                .as_ref()
                .map_or(PeerSet::Any, |list| PeerSet::Of(self.list(list))),
        }
    }

    fn section(&self, at: usize, chapter: &Chapter) -> Section<Linked> {
        let opaque = |what: &str| Opaque {
            what: what.into(),
            text: String::new(),
            origin: self.origin,
        };
        Section {
            ident: self.ident(&format!("section{at}")),
            tier: chapter.tier,
            sequence: at as i64,
            applied_to: self.scope(&chapter.scope),
            stateful: true,
            strict_tcp: false,
            schedule: chapter.schedule.then(|| opaque("schedule")),
            enabled: chapter.enabled,
            rules: chapter
                .laws
                .iter()
                .enumerate()
                .map(|(number, law)| Rule {
                    ident: self.ident(&format!("rule{at}.{number}")),
                    sequence: number as i64,
                    action: law.action,
                    source: self.peers(&law.from),
                    destination: self.peers(&law.to),
                    services: self.services(&law.kinds),
                    direction: law.direction,
                    applied_to: self.scope(&law.scope).unwrap_or_else(Peers::any),
                    ip: if law.v6_only {
                        IpVersion::V6
                    } else {
                        IpVersion::Both
                    },
                    profiles: law.profile.then(|| opaque("profile")).into_iter().collect(),
                    logged: false,
                    log_label: None,
                    notes: None,
                    enabled: law.enabled,
                    is_default: false,
                    unread: Vec::new(),
                    broken: Vec::new(),
                })
                .collect(),
            unread: Vec::new(),
        }
    }

    fn services(&self, kinds: &Option<Vec<Kind>>) -> Services<Linked> {
        let Some(kinds) = kinds else {
            return Services::Any;
        };
        let ports = |range: &(u16, u16)| PortSet::range(range.0, range.1);
        let entry = |kind: &Kind| {
            ServiceUse::Inline(ServiceEntry {
                origin: self.origin,
                matches: match kind {
                    Kind::Tcp(source, destination) => Match::Ports {
                        transport: Transport::Tcp,
                        source: ports(source),
                        destination: ports(destination),
                    },
                    Kind::Udp(source, destination) => Match::Ports {
                        transport: Transport::Udp,
                        source: ports(source),
                        destination: ports(destination),
                    },
                    Kind::Icmp(kind) => Match::Icmp {
                        version: IcmpVersion::V4,
                        kind: *kind,
                        code: None,
                    },
                    Kind::Protocol(number) => Match::Protocol(*number),
                },
            })
        };
        Services::Of(NonEmpty::new(kinds.iter().map(entry).collect()).expect("some"))
    }
}
