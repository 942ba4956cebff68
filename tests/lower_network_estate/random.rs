//! Random small estates.

use super::build::{Estate, GroupId, RuleDraft, addresses, allow, condition, drop, entry, ports};
use super::judge::{Carries, Packet, Side};
use proptest::prelude::*;
use rehome::ir::network::{Action, Direction, IpVersion, PeerSet, Peers, Tier};
use rehome::ir::selector::{Key, Operator, Selector, TagScope};
use rehome::ir::service::{IcmpVersion, Match, Transport};
use rehome::ir::set::PortSet;
use rehome::ir::{Link, NonEmpty};
use rehome::source::Origin;
use std::fmt;
use std::net::IpAddr;

/// An estate of which every packet is tried.
#[derive(Clone)]
pub struct RandomEstate {
    pub estate: Estate,
    dual: bool,
}

impl fmt::Debug for RandomEstate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text())
    }
}

const MACHINES: usize = 5;

#[derive(Clone, Debug)]
enum Part {
    Tag(u8),
    AnyScope(u8),
    TwoTags(u8, u8),
    Name(u8),
    Vm(u8),
    Range(u8, u8),
    Outside(u8),
    Nested(u8),
    Not(u8),
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        5 => (0_u8..4).prop_map(Part::Tag),
        1 => (0_u8..4).prop_map(Part::AnyScope),
        2 => (0_u8..4, 0_u8..4).prop_map(|(a, b)| Part::TwoTags(a, b)),
        1 => (0_u8..4).prop_map(Part::Name),
        1 => (0_u8..5).prop_map(Part::Vm),
        2 => (0_u8..7, 0_u8..4).prop_map(|(a, b)| Part::Range(a, b)),
        1 => (0_u8..2).prop_map(Part::Outside),
        1 => (0_u8..4).prop_map(Part::Nested),
        1 => (0_u8..4).prop_map(Part::Not),
    ]
}

#[derive(Clone, Debug)]
struct Line {
    action: u8,
    from: Option<(u8, bool)>,
    to: Option<(u8, bool)>,
    more: Option<u8>,
    services: Vec<u8>,
    direction: u8,
    applied: Option<u8>,
    ip: u8,
    enabled: bool,
}

fn side() -> impl Strategy<Value = Option<(u8, bool)>> {
    prop_oneof![
        2 => Just(None),
        7 => (0_u8..4).prop_map(|group| Some((group, false))),
        1 => (0_u8..4).prop_map(|group| Some((group, true))),
    ]
}

fn line() -> impl Strategy<Value = Line> {
    (
        0_u8..10,
        side(),
        side(),
        prop::option::weighted(0.1, 0_u8..4),
        prop::collection::vec(0_u8..9, 0..3),
        0_u8..8,
        prop::option::weighted(0.2, 0_u8..4),
        0_u8..12,
        prop::bool::weighted(0.95),
    )
        .prop_map(
            |(action, from, to, more, services, direction, applied, ip, enabled)| Line {
                action,
                from,
                to,
                more,
                services,
                direction,
                applied,
                ip,
                enabled,
            },
        )
}

const TAGS: [(&str, &str); 4] = [
    ("tier", "web"),
    ("tier", "db"),
    ("env", "prod"),
    ("", "web"),
];

fn tag(at: u8) -> Selector<rehome::ir::Linked> {
    let (scope, value) = TAGS[usize::from(at)];
    let key = Key::Tag(TagScope::Is(scope.to_owned()));
    condition(key, Operator::Equals, value)
}

fn selector(
    part: &Part,
    groups: &[GroupId],
    vms: &[rehome::ir::Id<rehome::ir::inventory::Vm<rehome::ir::Linked>>],
) -> Selector<rehome::ir::Linked> {
    match part {
        Part::Tag(at) => tag(*at),
        Part::AnyScope(at) => condition(
            Key::Tag(TagScope::Any),
            Operator::Equals,
            TAGS[usize::from(*at)].1,
        ),
        Part::TwoTags(a, b) => Selector::All(NonEmpty::new(vec![tag(*a), tag(*b)]).unwrap()),
        Part::Name(at) => condition(
            Key::Name,
            Operator::StartsWith,
            ["vm-", "vm-1", "vm-2", "x"][usize::from(*at)],
        ),
        Part::Vm(at) => Selector::Vm(Link::Found(vms[usize::from(*at)], Origin::default())),
        Part::Range(first, more) => {
            let text = format!("10.0.0.{first}-10.0.0.{}", first + more);
            Selector::Addresses(addresses(&[&text]), Origin::default())
        }
        Part::Outside(at) => {
            let text = ["8.8.8.0/24", "fd00::/120"][usize::from(*at)];
            Selector::Addresses(addresses(&[text]), Origin::default())
        }
        Part::Nested(at) => match groups.get(usize::from(*at)) {
            Some(group) => Selector::Group(Link::Found(*group, Origin::default())),
            None => Selector::Nothing,
        },
        Part::Not(at) => Selector::Not(Box::new(tag(*at))),
    }
}

fn peers(at: (u8, bool), more: Option<u8>, groups: &[GroupId]) -> Peers<rehome::ir::Linked> {
    let of = |at: u8| Selector::Group(Link::Found(groups[usize::from(at)], Origin::default()));
    let mut list = vec![of(at.0)];
    list.extend(more.map(of));
    Peers {
        negated: at.1,
        set: PeerSet::Of(NonEmpty::new(list).unwrap()),
    }
}

fn with_service(draft: RuleDraft, at: u8) -> RuleDraft {
    match at {
        0 | 1 => draft.tcp(443),
        2 => draft.tcp(22),
        3 => draft.with(ports(Transport::Tcp, 20, 100)),
        4 => draft.udp(53),
        5 => draft.icmp(8),
        6 => draft.with(entry(Match::Icmp {
            version: IcmpVersion::V4,
            kind: None,
            code: None,
        })),
        7 => draft.protocol(47),
        _ => draft.with(entry(Match::Ports {
            transport: Transport::Tcp,
            source: PortSet::range(123, 123),
            destination: PortSet::range(443, 443),
        })),
    }
}

fn rule(at: usize, line: &Line, groups: &[GroupId], tier: Tier) -> RuleDraft {
    let name = format!("r{at}");
    let mut draft = match line.action {
        0..=5 => allow(&name),
        6 | 7 => drop(&name),
        8 => drop(&name).action(Action::Reject),
        _ if tier == Tier::Environment => allow(&name).action(Action::Jump),
        _ => drop(&name),
    };
    if let Some(from) = line.from {
        draft.0.source = peers(from, line.more, groups);
    }
    if let Some(to) = line.to {
        draft.0.destination = peers(to, None, groups);
    }
    for service in &line.services {
        draft = with_service(draft, *service);
    }
    draft.0.direction = match line.direction {
        0 => Direction::In,
        1 => Direction::Out,
        _ => Direction::Both,
    };
    if let Some(applied) = line.applied {
        draft.0.applied_to = peers((applied, false), None, groups);
    }
    draft.0.ip = match line.ip {
        0 => IpVersion::V4,
        1 => IpVersion::V6,
        _ => IpVersion::Both,
    };
    draft.0.enabled = line.enabled;
    draft
}

/// Estates of five machines, four groups and up to nine rules in up to three tiers.
pub fn estate() -> impl Strategy<Value = RandomEstate> {
    (
        prop::collection::vec(prop::collection::vec(0_u8..4, 0..3), MACHINES),
        prop::collection::vec(prop::collection::vec(part(), 1..3), 4),
        prop::collection::vec((0_u8..3, line()), 1..9),
        any::<bool>(),
        prop::option::weighted(0.2, 0_u8..4),
        any::<bool>(),
    )
        .prop_map(|(machines, groups, lines, default_allow, excluded, dual)| {
            let mut estate = Estate::new();
            let mut vms = Vec::new();
            for (at, tags) in machines.iter().enumerate() {
                let tags: Vec<(&str, &str)> =
                    tags.iter().map(|tag| TAGS[usize::from(*tag)]).collect();
                let v4 = format!("10.0.0.{}", at + 1);
                let v6 = format!("fd00::{}", at + 1);
                let mut held = vec![v4.as_str()];
                if dual {
                    held.push(&v6);
                }
                vms.push(estate.vm_at(&format!("vm-{at}"), &tags, Some(addresses(&held))));
            }
            let mut ids: Vec<GroupId> = Vec::new();
            for (at, parts) in groups.iter().enumerate() {
                let list = parts
                    .iter()
                    .map(|part| selector(part, &ids, &vms))
                    .collect();
                ids.push(estate.group(
                    &format!("g{at}"),
                    Selector::AnyOf(NonEmpty::new(list).unwrap()),
                ));
            }
            if let Some(at) = excluded {
                estate.exclude(&format!("vm-{at}"));
            }
            let tiers = [Tier::Infrastructure, Tier::Environment, Tier::Application];
            for (number, tier) in tiers.into_iter().enumerate() {
                let rules: Vec<RuleDraft> = lines
                    .iter()
                    .enumerate()
                    .filter(|(_, (of, _))| usize::from(*of) == number)
                    .map(|(at, (_, line))| rule(at, line, &ids, tier))
                    .collect();
                estate.section(tier, rules);
            }
            let default = if default_allow {
                allow("default")
            } else {
                drop("default")
            };
            estate.section(Tier::Application, vec![default.default()]);
            RandomEstate { estate, dual }
        })
}

impl RandomEstate {
    pub fn text(&self) -> String {
        let policy = &self.estate.policy;
        let machines = policy.inventory.vms.values().map(|vm| {
            let tags: Vec<String> = vm
                .tags
                .iter()
                .map(|tag| format!("{}|{}", tag.scope, tag.value))
                .collect();
            format!(
                "{} {} {:?}",
                vm.ident.name,
                tags.join(" "),
                vm.addresses.as_ref().map(ToString::to_string)
            )
        });
        let groups = policy
            .network
            .groups
            .values()
            .map(|group| format!("{} = {:?}", group.ident.name, group.members));
        let rules = policy.network.sections.iter().flat_map(|section| {
            section.rules.iter().map(move |rule| {
                format!(
                    "{:?} {} {:?} {:?} from {:?} to {:?} applied {:?} {:?} {:?} enabled {}",
                    section.tier,
                    rule.ident.name,
                    rule.action,
                    rule.direction,
                    rule.source,
                    rule.destination,
                    rule.applied_to,
                    rule.services,
                    rule.ip,
                    rule.enabled
                )
            })
        });
        let lines: Vec<String> = machines.chain(groups).chain(rules).collect();
        lines.join("\n").replace(
            "Origin { file: FileId(0), span: Span { start: 0, end: 0 } }",
            "",
        )
    }

    /// Every packet between the machines and three outside addresses, with ten kinds of traffic.
    pub fn packets(&self) -> Vec<Packet> {
        let mut packets = Vec::new();
        for v6 in [false, true] {
            if v6 && !self.dual {
                continue;
            }
            let outside: [IpAddr; 2] = if v6 {
                ["fd00::50".parse().unwrap(), "2001:db8::1".parse().unwrap()]
            } else {
                ["8.8.8.8".parse().unwrap(), "10.0.0.6".parse().unwrap()]
            };
            let machines = (0..MACHINES).map(|at| Side {
                vm: Some(format!("vm-{at}")),
                ip: Some(
                    if v6 {
                        format!("fd00::{}", at + 1)
                    } else {
                        format!("10.0.0.{}", at + 1)
                    }
                    .parse()
                    .unwrap(),
                ),
            });
            let ends: Vec<Side> = machines
                .chain(outside.into_iter().map(|ip| Side {
                    vm: None,
                    ip: Some(ip),
                }))
                .collect();
            let carried = [
                Carries::Port(Transport::Tcp, 40000, 443),
                Carries::Port(Transport::Tcp, 123, 443),
                Carries::Port(Transport::Tcp, 40000, 22),
                Carries::Port(Transport::Tcp, 40000, 80),
                Carries::Port(Transport::Udp, 40000, 53),
                Carries::Port(Transport::Udp, 40000, 9999),
                Carries::Icmp(8, 0),
                Carries::Icmp(3, 1),
                Carries::Icmp(60, 0),
                Carries::Protocol(47),
                Carries::Protocol(50),
            ];
            for from in &ends {
                for to in &ends {
                    let same = from.vm.is_some() && from.vm == to.vm;
                    let both_outside = from.vm.is_none() && to.vm.is_none();
                    if same || both_outside {
                        continue;
                    }
                    packets.extend(carried.iter().map(|carries| Packet {
                        from: from.clone(),
                        to: to.clone(),
                        v6,
                        carries: *carries,
                    }));
                }
            }
        }
        packets
    }
}
