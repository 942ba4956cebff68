//! A firewall in words that all three interfaces have.

use crate::random::Random;

#[derive(Clone, Debug)]
pub struct Model {
    pub machines: usize,
    pub groups: Vec<Members>,
    pub services: Vec<Service>,
    pub sections: Vec<Section>,
    /// Machines without a filter.
    pub excluded: Vec<usize>,
}

/// Who belongs to a group. Groups refer to groups before them.
#[derive(Clone, Debug)]
pub enum Members {
    Addresses(Vec<String>),
    /// Criteria, all of them needed or one.
    Criteria {
        all: bool,
        list: Vec<Criterion>,
    },
    Listed {
        machines: Vec<usize>,
        groups: Vec<usize>,
    },
}

#[derive(Clone, Debug)]
pub struct Criterion {
    pub key: Key,
    pub operator: Operator,
    pub value: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub enum Key {
    Name,
    Os,
    Computer,
}

#[derive(Clone, Copy, Debug)]
pub enum Operator {
    Equals,
    NotEquals,
    Contains,
    Starts,
    Ends,
}

#[derive(Clone, Debug)]
pub enum Service {
    Ports {
        tcp: bool,
        source: Vec<&'static str>,
        destination: Vec<&'static str>,
    },
    Ping,
    Protocol(u8),
    Ftp,
    /// Services before this one.
    Of(Vec<usize>),
}

#[derive(Clone, Debug)]
pub struct Section {
    pub stateless: bool,
    pub strict: bool,
    pub rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
pub struct Rule {
    pub action: Action,
    pub source: Side,
    pub destination: Side,
    /// Empty: every service.
    pub services: Vec<Use>,
    pub direction: Direction,
    pub version: Version,
    /// Groups; empty: every machine.
    pub applied_to: Vec<usize>,
    pub disabled: bool,
    pub logged: bool,
    pub label: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Allow,
    Drop,
    Reject,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    V4,
    V6,
    Both,
}

#[derive(Clone, Debug)]
pub struct Side {
    pub negated: bool,
    /// Empty: everybody.
    pub peers: Vec<Peer>,
}

#[derive(Clone, Debug)]
pub enum Peer {
    Group(usize),
    Address(&'static str),
}

#[derive(Clone, Debug)]
pub enum Use {
    Named(usize),
    /// Written in the rule: transport, source, destination.
    Inline(bool, &'static str, &'static str),
}

const ADDRESSES: [&str; 6] = [
    "10.0.0.1",
    "10.0.0.0/24",
    "10.0.1.5-10.0.1.9",
    "2001:db8::1",
    "2001:db8:1::/64",
    "192.0.2.7",
];
const VALUES: [&str; 4] = ["web", "Prod", "vm1", "linux"];
const PORTS: [&str; 5] = ["22", "80", "443", "8000-8010", "53"];

fn some<T>(
    random: &mut Random,
    least: usize,
    most: usize,
    mut one: impl FnMut(&mut Random) -> T,
) -> Vec<T> {
    (0..least + random.below(most - least + 1))
        .map(|_| one(random))
        .collect()
}

/// Different ones of so many.
fn choice(random: &mut Random, of: usize, least: usize) -> Vec<usize> {
    let mut found: Vec<usize> = (0..of).filter(|_| random.percent(30)).collect();
    while found.len() < least {
        found.push(found.len());
    }
    found.dedup();
    found
}

impl Model {
    pub fn random(random: &mut Random) -> Self {
        let machines = 3 + random.below(3);
        let groups = 3 + random.below(4);
        let groups = (0..groups)
            .map(|at| members(random, machines, at))
            .collect::<Vec<_>>();
        let services = 2 + random.below(4);
        let services = (0..services)
            .map(|at| service(random, at))
            .collect::<Vec<_>>();
        let mut sections = some(random, 1, 3, |random| Section {
            stateless: random.percent(20),
            strict: random.percent(30),
            rules: some(random, 1, 4, |random| {
                rule(random, groups.len(), services.len())
            }),
        });
        sections.push(Section {
            stateless: false,
            strict: false,
            rules: vec![default_rule()],
        });
        let excluded = choice(random, machines, 0);
        Self {
            machines,
            groups,
            services,
            sections,
            excluded,
        }
    }

    /// The model with one thing changed, and what that is.
    pub fn changed(&self, random: &mut Random) -> (&'static str, Self) {
        let mut other = self.clone();
        let last = other.sections.len() - 1;
        let rule = &mut other.sections[random.below(last)].rules[0];
        let what = match random.below(10) {
            0 => {
                if rule.source.peers.is_empty() {
                    rule.source.peers.push(Peer::Address("198.51.100.9"));
                }
                rule.source.negated = !rule.source.negated;
                "an exclusion"
            }
            1 => {
                rule.action = if rule.action == Action::Allow {
                    Action::Drop
                } else {
                    Action::Allow
                };
                "an action"
            }
            2 => {
                rule.direction = if rule.direction == Direction::In {
                    Direction::Out
                } else {
                    Direction::In
                };
                "a direction"
            }
            3 => {
                rule.version = if rule.version == Version::V4 {
                    Version::V6
                } else {
                    Version::V4
                };
                "a version"
            }
            4 => {
                rule.disabled = !rule.disabled;
                "whether it is in force"
            }
            5 => {
                rule.destination.peers.push(Peer::Address("198.51.100.9"));
                "a destination"
            }
            6 => {
                rule.services.push(Use::Inline(false, "", "9999"));
                "a service"
            }
            7 => {
                rule.applied_to = if rule.applied_to.is_empty() {
                    vec![0]
                } else {
                    Vec::new()
                };
                "where it applies"
            }
            8 => {
                other.groups[0] = Members::Addresses(vec!["198.51.100.0/24".to_owned()]);
                "a group"
            }
            _ => {
                other.services[0] = Service::Protocol(99);
                "a protocol"
            }
        };
        (what, other)
    }
}

fn members(random: &mut Random, machines: usize, before: usize) -> Members {
    match random.below(if before == 0 { 2 } else { 3 }) {
        0 => Members::Addresses(some(random, 1, 3, |random| {
            (*random.pick(&ADDRESSES)).to_owned()
        })),
        1 => Members::Criteria {
            all: random.percent(50),
            list: some(random, 1, 3, |random| Criterion {
                key: *random.pick(&[Key::Name, Key::Os, Key::Computer]),
                operator: *random.pick(&[
                    Operator::Equals,
                    Operator::NotEquals,
                    Operator::Contains,
                    Operator::Starts,
                    Operator::Ends,
                ]),
                value: random.pick::<&str>(&VALUES),
            }),
        },
        _ => Members::Listed {
            machines: choice(random, machines, 1),
            groups: choice(random, before, 0),
        },
    }
}

fn service(random: &mut Random, before: usize) -> Service {
    match random.below(if before == 0 { 6 } else { 8 }) {
        0..3 => Service::Ports {
            tcp: random.percent(60),
            source: if random.percent(20) {
                vec!["1024-65535"]
            } else {
                Vec::new()
            },
            destination: some(random, 0, 3, |random| *random.pick::<&str>(&PORTS)),
        },
        3 => Service::Ping,
        4 => Service::Protocol(*random.pick(&[47, 50, 112])),
        5 => Service::Ftp,
        _ => Service::Of(choice(random, before, 1)),
    }
}

fn side(random: &mut Random, groups: usize) -> Side {
    let peers = if random.percent(30) {
        Vec::new()
    } else {
        some(random, 1, 3, |random| {
            if random.percent(30) {
                Peer::Address(random.pick::<&str>(&ADDRESSES))
            } else {
                Peer::Group(random.below(groups))
            }
        })
    };
    Side {
        negated: !peers.is_empty() && random.percent(20),
        peers,
    }
}

fn rule(random: &mut Random, groups: usize, services: usize) -> Rule {
    Rule {
        action: *random.pick(&[Action::Allow, Action::Allow, Action::Drop, Action::Reject]),
        source: side(random, groups),
        destination: side(random, groups),
        services: some(random, 0, 3, |random| {
            if random.percent(30) {
                let source = *random.pick::<&str>(&["", "1024-65535"]);
                Use::Inline(random.percent(50), source, random.pick::<&str>(&PORTS))
            } else {
                Use::Named(random.below(services))
            }
        }),
        direction: *random.pick(&[Direction::In, Direction::Out, Direction::Both]),
        version: *random.pick(&[Version::V4, Version::V6, Version::Both]),
        applied_to: if random.percent(70) {
            Vec::new()
        } else {
            choice(random, groups, 1)
        },
        disabled: random.percent(15),
        logged: random.percent(30),
        label: random.percent(20).then_some("label"),
    }
}

fn default_rule() -> Rule {
    let anybody = || Side {
        negated: false,
        peers: Vec::new(),
    };
    Rule {
        action: Action::Drop,
        source: anybody(),
        destination: anybody(),
        services: Vec::new(),
        direction: Direction::Both,
        version: Version::Both,
        applied_to: Vec::new(),
        disabled: false,
        logged: false,
        label: None,
    }
}
