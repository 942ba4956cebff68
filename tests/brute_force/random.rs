//! Small estates at random, of everything a firewall policy can hold.

use crate::estate::build::{self, Estate, GroupId, RuleDraft, addresses, condition, entry, ports};
use crate::random::Random;
use rehome::ir::inventory::Vm;
use rehome::ir::network::{
    Action, Direction, Exclusion, Fallback, IpVersion, PeerSet, Peers, Tier,
};
use rehome::ir::selector::{Key, Operator, Selector, TagScope};
use rehome::ir::service::{IcmpVersion, Match, Services, Transport};
use rehome::ir::set::{AddressSet, PortSet};
use rehome::ir::{Id, Link, Linked, Name, NonEmpty, Opaque};
use rehome::source::Origin;

const TAGS: [(&str, &str); 5] = [
    ("tier", "web"),
    ("tier", "db"),
    ("env", "prod"),
    ("ENV", "Prod"),
    ("", "web"),
];
const NAMES: [&str; 6] = ["web-1", "web-2", "db-1", "DB-2", "mon-1", "x"];
/// Ranges around the addresses of machines, and beyond them.
const RANGES: [&str; 8] = [
    "10.0.0.1-10.0.0.2",
    "10.0.0.2-10.0.0.5",
    "10.0.0.0/29",
    "10.0.0.4-10.0.0.9",
    "8.8.8.0/24",
    "0.0.0.0/0",
    "fd00::/120",
    "fd00::2-fd00::4",
];
const TIERS: [Tier; 6] = [
    Tier::Ethernet,
    Tier::Emergency,
    Tier::Infrastructure,
    Tier::Environment,
    Tier::Application,
    Tier::Application,
];

/// What an estate may hold.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    /// Things of which no export tells everything.
    pub doubt: bool,
    /// How many rules a section holds at most.
    pub rules: usize,
}

struct Maker<'run> {
    random: &'run mut Random,
    wishes: Wishes,
    estate: Estate,
    vms: Vec<Id<Vm<Linked>>>,
    groups: Vec<GroupId>,
    number: usize,
}

/// An estate of three to six machines.
pub fn estate(random: &mut Random, wishes: Wishes) -> Estate {
    let mut maker = Maker {
        random,
        wishes,
        estate: Estate::new(),
        vms: Vec::new(),
        groups: Vec::new(),
        number: 0,
    };
    maker.machines();
    for at in 0..4 + maker.random.below(3) {
        let parts = maker.parts();
        let group = maker
            .estate
            .group(&format!("g{at}"), Selector::AnyOf(parts));
        maker.groups.push(group);
    }
    maker.exclusions();
    for tier in TIERS {
        let chance = if tier == Tier::Ethernet { 6 } else { 45 };
        if maker.random.percent(chance) {
            maker.section(tier);
        }
    }
    maker.default();
    maker.estate
}

fn found<T>(id: Id<T>) -> Link<T> {
    Link::Found(id, Origin::default())
}

fn opaque(what: &str) -> Opaque {
    Opaque {
        what: what.to_owned(),
        text: what.to_owned(),
        origin: Origin::default(),
    }
}

impl Maker<'_> {
    /// Something of which no export tells everything, so many times in a hundred.
    fn doubts(&mut self, chance: u64) -> bool {
        self.wishes.doubt && self.random.percent(chance)
    }

    fn machines(&mut self) {
        let dual = self.random.percent(40);
        let count = 3 + self.random.below(4);
        for (at, name) in NAMES.iter().enumerate().take(count) {
            let tags: Vec<_> = (0..self.random.below(4))
                .map(|_| *self.random.pick(&TAGS))
                .collect();
            let mut held = vec![format!("10.0.0.{}", at + 1)];
            if dual && self.random.percent(80) {
                held.push(format!("fd00::{}", at + 1));
            }
            if self.random.percent(8) {
                held.push(format!("10.0.0.{}", at + 8));
            }
            let held: Vec<&str> = held.iter().map(String::as_str).collect();
            let held = if self.doubts(6) {
                None
            } else if self.random.percent(3) {
                Some(AddressSet::empty())
            } else {
                Some(addresses(&held))
            };
            let vm = self.estate.vm_at(name, &tags, held);
            self.vms.push(vm);
        }
    }

    fn tag(&mut self) -> Selector<Linked> {
        let (scope, value) = *self.random.pick(&TAGS);
        let key = match self.random.below(12) {
            0 => TagScope::Any,
            1 => TagScope::IsNot(scope.to_owned()),
            _ => TagScope::Is(scope.to_owned()),
        };
        let operator = match self.random.below(14) {
            0 => Operator::StartsWith,
            1 => Operator::Contains,
            2 if self.wishes.doubt => Operator::NotEquals,
            _ => Operator::Equals,
        };
        condition(Key::Tag(key), operator, value)
    }

    fn name(&mut self) -> Selector<Linked> {
        let operators = [
            Operator::StartsWith,
            Operator::Contains,
            Operator::EndsWith,
            Operator::Equals,
            Operator::NotEquals,
        ];
        let operator = *self.random.pick(&operators);
        let value = *self
            .random
            .pick(&["web-", "WEB", "db-", "-1", "web-1", "mon"]);
        condition(Key::Name, operator, value)
    }

    fn range(&mut self) -> Selector<Linked> {
        let text = *self.random.pick(&RANGES);
        Selector::Addresses(addresses(&[text]), Origin::default())
    }

    fn part(&mut self, depth: usize) -> Selector<Linked> {
        match self.random.below(if depth == 0 { 10 } else { 14 }) {
            0..5 => self.tag(),
            5 => self.name(),
            6 => Selector::Vm(found(*self.random.pick(&self.vms))),
            7 | 8 => self.range(),
            9 if self.random.percent(25) => Selector::Nothing,
            9 if self.doubts(50) => Selector::Opaque(opaque("identity group")),
            9 if self.doubts(50) => {
                Selector::Group(Link::Missing(Name::new("lost", Origin::default())))
            }
            9 => self.tag(),
            10 | 11 => match self.groups.is_empty() {
                true => self.tag(),
                false => Selector::Group(found(*self.random.pick(&self.groups))),
            },
            12 => {
                let parts = vec![self.part(depth - 1), self.part(depth - 1)];
                Selector::All(NonEmpty::new(parts).expect("two"))
            }
            _ => Selector::Not(Box::new(self.part(depth - 1))),
        }
    }

    fn parts(&mut self) -> NonEmpty<Selector<Linked>> {
        let parts = (0..1 + self.random.below(2))
            .map(|_| self.part(2))
            .collect();
        NonEmpty::new(parts).expect("some")
    }

    fn exclusions(&mut self) {
        while self.random.percent(14) {
            let members = match self.random.below(4) {
                0 => Selector::Group(found(*self.random.pick(&self.groups))),
                1 => self.tag(),
                _ => Selector::Vm(found(*self.random.pick(&self.vms))),
            };
            let name = format!("exclusion {}", self.estate.policy.network.exclusions.len());
            self.estate.policy.network.exclusions.push(Exclusion {
                ident: build::ident("exclusions", &name),
                members,
            });
        }
    }

    fn of_groups(&mut self) -> PeerSet<Linked> {
        let count = if self.random.percent(12) { 2 } else { 1 };
        let list = (0..count).map(|_| match self.random.below(12) {
            0 => self.range(),
            _ => Selector::Group(found(*self.random.pick(&self.groups))),
        });
        PeerSet::Of(NonEmpty::new(list.collect()).expect("some"))
    }

    fn peers(&mut self) -> Peers<Linked> {
        if self.random.percent(25) {
            return Peers::any();
        }
        Peers {
            negated: self.random.percent(9),
            set: self.of_groups(),
        }
    }

    fn scope(&mut self) -> Peers<Linked> {
        Peers {
            negated: self.random.percent(4),
            set: self.of_groups(),
        }
    }

    fn section(&mut self, tier: Tier) {
        let count = 1 + self.random.below(self.wishes.rules);
        let rules = (0..count).map(|_| self.rule(tier)).collect();
        self.estate.section(tier, rules);
        let (scoped, disabled) = (self.random.percent(12), self.random.percent(4));
        let timed = self.doubts(4);
        let scope = self.scope();
        let section = self
            .estate
            .policy
            .network
            .sections
            .last_mut()
            .expect("a section");
        section.applied_to = scoped.then_some(scope);
        section.enabled = !disabled;
        section.schedule = timed.then(|| opaque("schedule"));
    }

    fn rule(&mut self, tier: Tier) -> RuleDraft {
        self.number += 1;
        let name = format!("r{}", self.number);
        let mut draft = match self.random.below(10) {
            0..5 => build::allow(&name),
            5..7 => build::drop(&name),
            7 => build::drop(&name).action(Action::Reject),
            _ if tier == Tier::Environment => build::allow(&name).action(Action::Jump),
            8 => build::allow(&name),
            _ => build::drop(&name),
        };
        draft.0.source = self.peers();
        draft.0.destination = self.peers();
        if tier != Tier::Ethernet && self.random.percent(65) {
            for _ in 0..1 + self.random.below(2) {
                let service = self.service();
                draft = draft.with(entry(service));
            }
        }
        draft.0.direction = match self.random.below(8) {
            0 => Direction::In,
            1 => Direction::Out,
            _ => Direction::Both,
        };
        if self.random.percent(20) {
            draft.0.applied_to = self.scope();
        }
        draft.0.ip = match self.random.below(12) {
            0 => IpVersion::V4,
            1 => IpVersion::V6,
            _ => IpVersion::Both,
        };
        draft.0.enabled = !self.random.percent(4);
        if self.doubts(5) {
            draft.0.profiles.push(opaque("profile"));
        }
        draft
    }

    fn service(&mut self) -> Match<Linked> {
        let icmp = |version, kind, code| Match::Icmp {
            version,
            kind,
            code,
        };
        match self.random.below(14) {
            0..3 => matched(ports(Transport::Tcp, 443, 443)),
            3 | 4 => matched(ports(Transport::Tcp, 22, 22)),
            5 => matched(ports(Transport::Tcp, 20, 100)),
            6 => matched(ports(Transport::Udp, 53, 53)),
            7 => matched(ports(Transport::Tcp, 0, u16::MAX)),
            8 => icmp(
                IcmpVersion::V4,
                Some(8),
                self.random.percent(30).then_some(0),
            ),
            9 => icmp(IcmpVersion::V4, None, None),
            10 => icmp(
                IcmpVersion::V6,
                self.random.percent(50).then_some(128),
                None,
            ),
            11 => Match::Protocol(*self.random.pick(&[47, 6, 17, 1, 58])),
            12 => Match::Igmp,
            _ => Match::Ports {
                transport: Transport::Tcp,
                source: PortSet::range(123, 123),
                destination: PortSet::range(443, 443),
            },
        }
    }

    fn default(&mut self) {
        if self.doubts(5) {
            self.estate.policy.network.fallback = Fallback::Unknown;
            if !self.estate.policy.network.sections.is_empty() {
                return;
            }
        }
        let default = if self.random.percent(40) {
            build::allow("default")
        } else {
            build::drop("default")
        };
        self.estate
            .section(Tier::Application, vec![default.default()]);
    }
}

fn matched(used: rehome::ir::service::ServiceUse<Linked>) -> Match<Linked> {
    match used {
        rehome::ir::service::ServiceUse::Inline(entry) => entry.matches,
        rehome::ir::service::ServiceUse::Named(_) => unreachable!("written in the rule"),
    }
}

/// An estate as text, for whoever looks into a failure.
pub fn text(estate: &Estate) -> String {
    let policy = &estate.policy;
    let machines = policy.inventory.vms.values().map(|vm| {
        let tags: Vec<_> = vm
            .tags
            .iter()
            .map(|tag| format!("{}|{}", tag.scope, tag.value))
            .collect();
        let held = vm.addresses.as_ref().map(ToString::to_string);
        format!("{} {} {held:?}", vm.ident.name, tags.join(" "))
    });
    let groups = policy
        .network
        .groups
        .values()
        .map(|group| format!("{} = {:?}", group.ident.name, group.members));
    let exclusions = policy
        .network
        .exclusions
        .iter()
        .map(|one| format!("excluded {:?}", one.members));
    let rules = policy.network.sections.iter().flat_map(|section| {
        let head = format!(
            "{:?} section {} applied {:?} enabled {} schedule {}",
            section.tier, section.ident.name, section.applied_to, section.enabled, section.schedule.is_some()
        );
        let rules = section.rules.iter().map(|rule| {
            let services = match &rule.services {
                Services::Any => "any".to_owned(),
                Services::Of(list) => format!("{:?}", list.iter().collect::<Vec<_>>()),
            };
            format!(
                "  {} {:?} {:?} from {:?} to {:?} applied {:?} {services} {:?} enabled {} profiles {}",
                rule.ident.name,
                rule.action,
                rule.direction,
                rule.source,
                rule.destination,
                rule.applied_to,
                rule.ip,
                rule.enabled,
                rule.profiles.len()
            )
        });
        std::iter::once(head).chain(rules)
    });
    let lines: Vec<String> = machines
        .chain(groups)
        .chain(exclusions)
        .chain(rules)
        .collect();
    let origin = format!("{:?}", Origin::default());
    lines
        .join("\n")
        .replace(&format!(", {origin}"), "")
        .replace(&format!("origin: {origin}, "), "")
}
