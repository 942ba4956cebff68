//! A small estate in words of its own: made at random, judged packet by packet, and turned into a
//! policy.

use crate::random::Random;
use rehome::ir::inventory::{Tag, Vm};
use rehome::ir::network::{
    Action, Direction, Exclusion, Fallback, Group, IpVersion, PeerSet, Peers, Rule, Section, Tier,
};
use rehome::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use rehome::ir::service::{IcmpVersion, Match, ServiceEntry, ServiceUse, Services, Transport};
use rehome::ir::set::{AddressSet, Intervals, PortSet};
use rehome::ir::{Id, Ident, Link, Linked, NonEmpty, Opaque, Policy, Table};
use rehome::source::{Origin, Sources};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    pub vm: Option<usize>,
    pub ip: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    pub protocol: u8,
    pub first: u16,
    pub second: u16,
}

#[derive(Clone, Debug)]
pub struct Machine {
    pub name: String,
    pub tags: Vec<(&'static str, &'static str)>,
    pub ips: Vec<u32>,
}

/// Who is meant.
#[derive(Clone, Debug)]
pub enum Who {
    Nobody,
    Tag(Option<&'static str>, &'static str),
    NameStarts(&'static str),
    NameIsNot(String),
    Ips(u32, u32),
    Group(usize),
    Both(Box<Who>, Box<Who>),
    Either(Vec<Who>),
}

#[derive(Clone, Debug)]
pub struct Side {
    pub negated: bool,
    /// None: anybody.
    pub of: Option<Vec<Who>>,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Tcp((u16, u16), (u16, u16)),
    Udp((u16, u16), (u16, u16)),
    Icmp(Option<u8>),
    Protocol(u8),
}

#[derive(Clone, Debug)]
pub struct Law {
    pub action: Action,
    pub from: Side,
    pub to: Side,
    /// None: all traffic.
    pub kinds: Option<Vec<Kind>>,
    pub direction: Direction,
    /// None: all machines.
    pub scope: Option<Vec<Who>>,
    pub v6_only: bool,
    pub profile: bool,
    pub enabled: bool,
}

#[derive(Clone, Debug)]
pub struct Chapter {
    pub tier: Tier,
    pub scope: Option<Vec<Who>>,
    pub enabled: bool,
    pub schedule: bool,
    pub laws: Vec<Law>,
}

#[derive(Clone, Debug)]
pub struct Estate {
    pub machines: Vec<Machine>,
    pub groups: Vec<Who>,
    pub chapters: Vec<Chapter>,
    pub excluded: Vec<Who>,
    defaulted: bool,
}

/// What a random estate may hold.
pub struct Wishes {
    pub uncertain: bool,
    pub source_ports: bool,
    pub two_addresses: bool,
    pub no_default: bool,
}

impl Wishes {
    pub fn all() -> Self {
        Self {
            uncertain: true,
            source_ports: true,
            two_addresses: true,
            no_default: true,
        }
    }

    /// Only what the naive lowering can hold exactly, but for protocols.
    pub fn certain() -> Self {
        Self {
            uncertain: false,
            source_ports: false,
            two_addresses: false,
            no_default: false,
        }
    }
}

const SCOPES: [&str; 2] = ["tier", "env"];
const VALUES: [&str; 3] = ["web", "db", "Prod"];
const PREFIXES: [&str; 3] = ["vm1", "VM", "vm2"];
const PORTS: [u16; 5] = [22, 80, 443, 444, 8080];
/// 10.0.0.0, where machines and groups have their addresses.
const NET: u32 = 0x0a00_0000;

impl Estate {
    pub fn random(random: &mut Random, wishes: &Wishes) -> Self {
        let machines = (0..3 + random.below(3))
            .map(|at| Machine {
                name: format!("vm{at}"),
                tags: (0..random.below(3))
                    .map(|_| (*random.pick(&SCOPES), *random.pick(&VALUES)))
                    .collect(),
                ips: {
                    let count = if wishes.two_addresses && random.percent(25) {
                        2
                    } else {
                        1
                    };
                    (0..count).map(|more| NET + at as u32 * 8 + more).collect()
                },
            })
            .collect();
        let count = 2 + random.below(4);
        let groups = (0..count).map(|_| who(random, count, 2)).collect();
        let mut estate = Self {
            machines,
            groups,
            chapters: Vec::new(),
            excluded: Vec::new(),
            defaulted: false,
        };
        if random.percent(20) {
            estate.excluded.push(tag(random));
        }
        let tiers = [
            Tier::Ethernet,
            Tier::Emergency,
            Tier::Infrastructure,
            Tier::Environment,
            Tier::Application,
            Tier::Application,
        ];
        for tier in tiers {
            if random.percent(55) {
                let chapter = estate.chapter(random, tier, wishes);
                estate.chapters.push(chapter);
            }
        }
        if !(wishes.no_default && random.percent(20)) {
            estate.defaulted = true;
            let action = if random.percent(50) {
                Action::Drop
            } else {
                Action::Allow
            };
            estate.chapters.push(Chapter {
                tier: Tier::Application,
                scope: None,
                enabled: true,
                schedule: false,
                laws: vec![Law {
                    action,
                    from: anybody(),
                    to: anybody(),
                    kinds: None,
                    direction: Direction::Both,
                    scope: None,
                    v6_only: false,
                    profile: false,
                    enabled: true,
                }],
            });
        }
        estate
    }

    /// Whether its last rule decides about everything.
    pub fn has_default(&self) -> bool {
        self.defaulted
    }

    fn chapter(&self, random: &mut Random, tier: Tier, wishes: &Wishes) -> Chapter {
        let scope = random.percent(15).then(|| vec![tag(random)]);
        Chapter {
            tier,
            scope,
            enabled: !random.percent(8),
            schedule: wishes.uncertain && random.percent(6),
            laws: (0..1 + random.below(4))
                .map(|_| self.law(random, tier, wishes))
                .collect(),
        }
    }

    fn law(&self, random: &mut Random, tier: Tier, wishes: &Wishes) -> Law {
        let action = match random.below(10) {
            0..5 => Action::Allow,
            5..7 => Action::Drop,
            7 => Action::Reject,
            _ if tier == Tier::Environment => Action::Jump,
            _ => Action::Drop,
        };
        Law {
            action,
            from: self.side(random),
            to: self.side(random),
            kinds: random.percent(65).then(|| {
                (0..1 + random.below(2))
                    .map(|_| kind(random, wishes))
                    .collect()
            }),
            direction: *random.pick(&[
                Direction::Both,
                Direction::Both,
                Direction::In,
                Direction::Out,
            ]),
            scope: random.percent(25).then(|| vec![tag(random)]),
            v6_only: random.percent(4),
            profile: wishes.uncertain && random.percent(10),
            enabled: !random.percent(8),
        }
    }

    fn side(&self, random: &mut Random) -> Side {
        if random.percent(30) {
            return anybody();
        }
        Side {
            negated: random.percent(12),
            of: Some(
                (0..1 + random.below(2))
                    .map(|_| {
                        if random.percent(70) {
                            Who::Group(random.below(self.groups.len()))
                        } else {
                            who(random, self.groups.len(), 1)
                        }
                    })
                    .collect(),
            ),
        }
    }

    /// Every end worth asking about: machines with each address, and an address in each gap.
    pub fn ends(&self) -> Vec<End> {
        let mut ends: Vec<End> = self
            .machines
            .iter()
            .enumerate()
            .flat_map(|(at, machine)| {
                machine.ips.iter().map(move |ip| End {
                    vm: Some(at),
                    ip: *ip,
                })
            })
            .collect();
        let held: Vec<u32> = ends.iter().map(|end| end.ip).collect();
        // Groups by address begin and end at multiples of four.
        let outside = (0..=25_u32).map(|step| NET + step * 4 + 3);
        ends.extend(
            outside
                .chain([NET + 0x0100_0000, 1])
                .filter(|ip| !held.contains(ip))
                .map(|ip| End { vm: None, ip }),
        );
        ends
    }

    /// A packet of every kind that a rule could tell apart.
    pub fn packets(&self) -> Vec<Packet> {
        let mut packets = Vec::new();
        let mut ports = vec![0, 1, 21, 23, 79, 81, 442, 445, 8079, 8081, 65535];
        ports.extend(PORTS);
        for protocol in [6, 17] {
            for second in &ports {
                for first in [0, 79, 80, 443, 1024] {
                    packets.push(Packet {
                        protocol,
                        first,
                        second: *second,
                    });
                }
            }
        }
        for first in [0, 3, 8, 43, 44] {
            packets.push(Packet {
                protocol: 1,
                first,
                second: 0,
            });
        }
        for protocol in [2, 46, 47, 50] {
            packets.push(Packet {
                protocol,
                first: 0,
                second: 0,
            });
        }
        packets
    }

    fn is(&self, who: &Who, end: End, open: &mut Vec<usize>) -> bool {
        let machine = end.vm.map(|vm| &self.machines[vm]);
        match who {
            Who::Nobody => false,
            Who::Tag(scope, value) => machine.is_some_and(|machine| {
                machine.tags.iter().any(|(have, is)| {
                    is.eq_ignore_ascii_case(value)
                        && scope.is_none_or(|scope| have.eq_ignore_ascii_case(scope))
                })
            }),
            Who::NameStarts(text) => machine.is_some_and(|machine| {
                machine
                    .name
                    .to_lowercase()
                    .starts_with(&text.to_lowercase())
            }),
            Who::NameIsNot(text) => {
                machine.is_some_and(|machine| !machine.name.eq_ignore_ascii_case(text))
            }
            Who::Ips(first, last) => (*first..=*last).contains(&end.ip),
            Who::Group(group) => {
                if open.contains(group) {
                    return false;
                }
                open.push(*group);
                let found = self.is(&self.groups[*group], end, open);
                open.pop();
                found
            }
            Who::Both(left, right) => self.is(left, end, open) && self.is(right, end, open),
            Who::Either(parts) => parts.iter().any(|part| self.is(part, end, open)),
        }
    }

    fn one_of(&self, list: &[Who], end: End) -> bool {
        list.iter().any(|who| self.is(who, end, &mut Vec::new()))
    }

    fn on(&self, side: &Side, end: End) -> bool {
        side.of
            .as_ref()
            .is_none_or(|list| self.one_of(list, end) != side.negated)
    }

    /// What a filter does in one world, in which each doubtful rule either matches or not. None: no
    /// rule decides.
    fn world(
        &self,
        outward: bool,
        from: End,
        to: End,
        packet: Packet,
        mut bits: u64,
        acted: &mut Vec<(usize, usize)>,
    ) -> (Option<bool>, u32) {
        let own = if outward { from } else { to };
        if own.vm.is_none() || self.one_of(&self.excluded, own) {
            return (Some(true), 0);
        }
        let (mut doubts, mut skip) = (0, None);
        let chapters = self.chapters.iter().enumerate();
        for (number, chapter) in chapters.filter(|(_, one)| one.enabled) {
            let laws = chapter.laws.iter().enumerate();
            for (place, law) in laws.filter(|(_, one)| one.enabled) {
                if skip == Some(chapter.tier) {
                    continue;
                }
                let right_way = match law.direction {
                    Direction::Both => true,
                    Direction::In => !outward,
                    Direction::Out => outward,
                };
                let scope = chapter.scope.as_ref().or(law.scope.as_ref());
                let matches = right_way
                    && !law.v6_only
                    && scope.is_none_or(|scope| self.one_of(scope, own))
                    && self.on(&law.from, from)
                    && self.on(&law.to, to)
                    && law
                        .kinds
                        .as_ref()
                        .is_none_or(|kinds| kinds.iter().any(|kind| kind.has(packet)));
                if !matches {
                    continue;
                }
                if law.profile || chapter.schedule {
                    doubts += 1;
                    let happens = bits & 1 == 1;
                    bits >>= 1;
                    if !happens {
                        continue;
                    }
                }
                acted.push((number, place));
                match law.action {
                    // What layer 2 lets through goes on to the other tiers.
                    Action::Allow if chapter.tier == Tier::Ethernet => skip = Some(Tier::Ethernet),
                    Action::Allow => return (Some(true), doubts),
                    Action::Drop | Action::Reject => return (Some(false), doubts),
                    Action::Jump => skip = Some(chapter.tier),
                }
            }
        }
        (None, doubts)
    }

    /// Whether a filter lets a packet through in some world, and whether it discards it in some.
    pub fn judge(&self, outward: bool, from: End, to: End, packet: Packet) -> (bool, bool) {
        self.judge_by(outward, from, to, packet, &mut Vec::new())
    }

    /// The same; adds each law, by chapter and place, that does something in one of the worlds.
    pub fn judge_by(
        &self,
        outward: bool,
        from: End,
        to: End,
        packet: Packet,
        acted: &mut Vec<(usize, usize)>,
    ) -> (bool, bool) {
        let (mut allow, mut deny) = (false, false);
        let mut most = 0;
        let mut bits = 0;
        loop {
            let (verdict, doubts) = self.world(outward, from, to, packet, bits, acted);
            most = most.max(doubts);
            allow |= verdict != Some(false);
            deny |= verdict != Some(true);
            bits += 1;
            // No doubt beyond those seen so far: a world with other bits may meet more of them.
            if bits >= 1 << most.min(16) {
                return (allow, deny);
            }
        }
    }

    pub fn admits(&self, from: End, to: End, packet: Packet) -> bool {
        let at = |outward| {
            let (verdict, doubts) = self.world(outward, from, to, packet, 0, &mut Vec::new());
            assert_eq!(doubts, 0);
            verdict.expect("there is a default rule")
        };
        at(true) && at(false)
    }
}

impl Kind {
    fn has(&self, packet: Packet) -> bool {
        let within = |range: &(u16, u16), port: u16| (range.0..=range.1).contains(&port);
        match self {
            Self::Tcp(source, destination) => {
                packet.protocol == 6
                    && within(source, packet.first)
                    && within(destination, packet.second)
            }
            Self::Udp(source, destination) => {
                packet.protocol == 17
                    && within(source, packet.first)
                    && within(destination, packet.second)
            }
            Self::Icmp(kind) => {
                packet.protocol == 1 && kind.is_none_or(|kind| u16::from(kind) == packet.first)
            }
            Self::Protocol(number) => packet.protocol == *number,
        }
    }
}

fn anybody() -> Side {
    Side {
        negated: false,
        of: None,
    }
}

fn tag(random: &mut Random) -> Who {
    let scope = random.percent(50).then(|| *random.pick(&SCOPES));
    Who::Tag(scope, random.pick::<&str>(&["WEB", "db", "prod"]))
}

fn who(random: &mut Random, groups: usize, depth: usize) -> Who {
    match random.below(if depth == 0 { 6 } else { 10 }) {
        0..3 => tag(random),
        3 => Who::NameStarts(random.pick::<&str>(&PREFIXES)),
        4 => {
            let first = NET + random.below(12) as u32 * 4;
            let last = first + 4 * (1 + random.below(6) as u32) - 1;
            if random.percent(10) {
                Who::Ips(0, u32::MAX)
            } else {
                Who::Ips(first, last)
            }
        }
        5 => match random.below(3) {
            0 => Who::Nobody,
            1 => Who::NameIsNot(format!("VM{}", random.below(3))),
            _ => Who::Ips(NET, NET + 0xff_ffff),
        },
        6 | 7 => Who::Group(random.below(groups)),
        8 => Who::Both(
            Box::new(who(random, groups, depth - 1)),
            Box::new(who(random, groups, depth - 1)),
        ),
        _ => Who::Either((0..2).map(|_| who(random, groups, depth - 1)).collect()),
    }
}

fn range(random: &mut Random) -> (u16, u16) {
    let first = *random.pick(&PORTS);
    let last = *random.pick(&PORTS);
    match random.below(4) {
        0 => (first.min(last), first.max(last)),
        _ => (first, first),
    }
}

fn kind(random: &mut Random, wishes: &Wishes) -> Kind {
    let any = (0, u16::MAX);
    let source = if wishes.source_ports && random.percent(20) {
        (80, 443)
    } else {
        any
    };
    match random.below(10) {
        0..5 => Kind::Tcp(source, range(random)),
        5..7 => Kind::Udp(source, range(random)),
        7 => Kind::Icmp(random.percent(50).then_some(8)),
        8 => Kind::Tcp(any, any),
        _ => Kind::Protocol(*random.pick(&[6, 47, 1])),
    }
}

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
