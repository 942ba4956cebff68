//! One packet at a time, rule after rule, straight from the linked policy: slow, plain, and sharing
//! nothing with the product but the policy itself.

use rehome::ir::network::{
    Action, Direction, Enforcement, IpVersion, PeerSet, Peers, Rule, Section, Tier,
};
use rehome::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use rehome::ir::service::{IcmpVersion, Match, ServiceEntry, ServiceUse, Services, Transport};
use rehome::ir::set::AddressSet;
use rehome::ir::{Id, Linked, NonEmpty, Policy};
use rehome::semantics::endpoints::Endpoint;
use rehome::semantics::filter::Flow;
use rehome::semantics::traffic::Packet;
use std::net::IpAddr;

/// Yes, no, or nobody knows.
type Maybe = Option<bool>;

fn all(of: impl IntoIterator<Item = Maybe>) -> Maybe {
    let of: Vec<Maybe> = of.into_iter().collect();
    if of.contains(&Some(false)) {
        Some(false)
    } else if of.contains(&None) {
        None
    } else {
        Some(true)
    }
}

fn not(of: Maybe) -> Maybe {
    of.map(|yes| !yes)
}

fn any(of: impl IntoIterator<Item = Maybe>) -> Maybe {
    not(all(of.into_iter().map(not)))
}

/// What a filter can do with a flow, in all the worlds that what nobody knows leaves open.
#[derive(Clone, Copy, Default)]
struct Outcomes {
    allow: bool,
    deny: bool,
}

/// What happens to a flow, as one word.
pub fn ruling(policy: &Policy<Linked>, flow: &Flow) -> &'static str {
    let ends = [(flow.from.vm, true), (flow.to.vm, false)];
    let filters: Vec<Outcomes> = ends
        .iter()
        .filter_map(|(vm, outward)| vm.map(|_| filter(policy, flow, *outward)))
        .collect();
    if filters.iter().any(|filter| !filter.allow) {
        "deny"
    } else if filters.iter().any(|filter| filter.deny) {
        "unknown"
    } else {
        "allow"
    }
}

fn filter(policy: &Policy<Linked>, flow: &Flow, outward: bool) -> Outcomes {
    let open = Outcomes {
        allow: true,
        deny: false,
    };
    if matches!(policy.network.enforcement, Enforcement::Off(_)) {
        return open;
    }
    let own = if outward { flow.from } else { flow.to };
    let exclusions = policy.network.exclusions.iter();
    let excluded = any(exclusions.map(|entry| is(policy, &entry.members, own)));
    if excluded == Some(true) {
        return open;
    }
    let frames = tiers(policy, |tier| tier == Tier::Ethernet);
    let packets = tiers(policy, |tier| tier != Tier::Ethernet);
    let mut ethernet = Outcomes::default();
    // What no Ethernet rule matches goes on.
    if walk(policy, flow, outward, &frames, &mut ethernet) {
        ethernet.allow = true;
    }
    let mut found = Outcomes::default();
    if walk(policy, flow, outward, &packets, &mut found) {
        found = Outcomes {
            allow: true,
            deny: true,
        };
    }
    Outcomes {
        allow: ethernet.allow && found.allow || excluded.is_none(),
        deny: ethernet.deny || found.deny,
    }
}

type Step<'p> = (&'p Section<Linked>, &'p Rule<Linked>);

fn tiers(policy: &Policy<Linked>, wanted: impl Fn(Tier) -> bool) -> Vec<Step<'_>> {
    let mut sections: Vec<&Section<Linked>> = policy.network.sections.iter().collect();
    sections.retain(|section| wanted(section.tier) && section.enabled);
    sections.sort_by_key(|section| (section.tier, section.sequence));
    let mut steps = Vec::new();
    for section in sections {
        let mut rules: Vec<&Rule<Linked>> =
            section.rules.iter().filter(|rule| rule.enabled).collect();
        rules.sort_by_key(|rule| rule.sequence);
        steps.extend(rules.into_iter().map(|rule| (section, rule)));
    }
    steps
}

/// Collects what the rules can do; says whether the flow can come through all of them undecided.
fn walk(
    policy: &Policy<Linked>,
    flow: &Flow,
    outward: bool,
    steps: &[Step<'_>],
    found: &mut Outcomes,
) -> bool {
    for (at, (section, rule)) in steps.iter().enumerate() {
        let rest = &steps[at + 1..];
        let matched = matches(policy, section, rule, flow, outward);
        if matched == Some(false) {
            continue;
        }
        let unclear =
            !rule.broken.is_empty() || !rule.unread.is_empty() || !section.unread.is_empty();
        let matched = if unclear { None } else { matched };
        let mut jumped = false;
        match rule.action {
            _ if unclear => {
                *found = Outcomes {
                    allow: true,
                    deny: true,
                }
            }
            Action::Allow => found.allow = true,
            Action::Drop | Action::Reject => found.deny = true,
            Action::Jump => {
                let application: Vec<Step<'_>> = rest
                    .iter()
                    .copied()
                    .filter(|(section, _)| section.tier == Tier::Application)
                    .collect();
                jumped = walk(policy, flow, outward, &application, found);
            }
        }
        if matched == Some(true) {
            return jumped;
        }
        if jumped {
            *found = Outcomes {
                allow: true,
                deny: true,
            };
        }
    }
    true
}

fn matches(
    policy: &Policy<Linked>,
    section: &Section<Linked>,
    rule: &Rule<Linked>,
    flow: &Flow,
    outward: bool,
) -> Maybe {
    let direction = match rule.direction {
        Direction::Both => true,
        Direction::In => !outward,
        Direction::Out => outward,
    };
    let version = match rule.ip {
        IpVersion::Both => true,
        IpVersion::V4 => !flow.packet.v6,
        IpVersion::V6 => flow.packet.v6,
    };
    let own = if outward { flow.from } else { flow.to };
    let scope = section.applied_to.as_ref().unwrap_or(&rule.applied_to);
    let doubt = |there: bool| if there { None } else { Some(true) };
    all([
        Some(direction && version),
        holds(policy, scope, own),
        peers(policy, &rule.source, flow.from),
        peers(policy, &rule.destination, flow.to),
        services(policy, &rule.services, flow.packet),
        doubt(!rule.profiles.is_empty()),
        doubt(section.schedule.is_some()),
    ])
}

/// Whether the filter of a machine holds a rule with this applied-to. Releases differ in what an
/// address means there.
fn holds(policy: &Policy<Linked>, scope: &Peers<Linked>, own: Endpoint) -> Maybe {
    let held = match &scope.set {
        PeerSet::Any => Some(true),
        PeerSet::Of(parts) => any(parts.iter().map(|part| on_machine(policy, part, own))),
    };
    if scope.negated { not(held) } else { held }
}

fn on_machine(policy: &Policy<Linked>, selector: &Selector<Linked>, own: Endpoint) -> Maybe {
    match selector {
        Selector::Addresses(..) => match is(policy, selector, own) {
            Some(false) => Some(false),
            Some(true) | None => None,
        },
        Selector::Group(link) => match link.found() {
            Some(group) => on_machine(policy, &policy.network.groups[group].members, own),
            None => None,
        },
        Selector::AnyOf(parts) => any(parts.iter().map(|part| on_machine(policy, part, own))),
        Selector::All(_)
        | Selector::Not(_)
        | Selector::Nothing
        | Selector::Match(_)
        | Selector::Vm(_)
        | Selector::Segment(_)
        | Selector::Opaque(_) => is(policy, selector, own),
    }
}

fn peers(policy: &Policy<Linked>, of: &Peers<Linked>, end: Endpoint) -> Maybe {
    let found = match &of.set {
        PeerSet::Any => Some(true),
        PeerSet::Of(parts) => one_of(policy, parts, end),
    };
    // Rules look at addresses: a machine that has none is nobody, named or not.
    let nobody = end.vm.is_some_and(|vm| {
        let addresses = policy.inventory.vms[vm].addresses.as_ref();
        addresses.is_some_and(AddressSet::is_empty)
    });
    match of.set {
        PeerSet::Of(_) if nobody => Some(false),
        PeerSet::Any | PeerSet::Of(_) if of.negated => not(found),
        PeerSet::Any | PeerSet::Of(_) => found,
    }
}

fn one_of(policy: &Policy<Linked>, parts: &NonEmpty<Selector<Linked>>, end: Endpoint) -> Maybe {
    any(parts.iter().map(|part| is(policy, part, end)))
}

fn is(policy: &Policy<Linked>, selector: &Selector<Linked>, end: Endpoint) -> Maybe {
    match selector {
        Selector::Nothing => Some(false),
        Selector::All(parts) => all(parts.iter().map(|part| is(policy, part, end))),
        Selector::AnyOf(parts) => one_of(policy, parts, end),
        Selector::Not(inner) => not(is(policy, inner, end)),
        Selector::Match(condition) => fits(policy, condition, end),
        Selector::Addresses(set, _) => end.address.map(|address| match address {
            IpAddr::V4(address) => set.v4.contains(address.to_bits()),
            IpAddr::V6(address) => set.v6.contains(address.to_bits()),
        }),
        Selector::Group(link) => is(policy, &policy.network.groups[link.found()?].members, end),
        Selector::Vm(link) => Some(link.found().is_some() && link.found() == end.vm),
        Selector::Segment(link) => {
            let Some(vm) = end.vm else {
                return Some(false);
            };
            let attached = &policy.inventory.vms[vm].segments;
            if attached.is_empty() {
                return None;
            }
            let wanted = link.found()?;
            Some(attached.iter().any(|one| one.found() == Some(wanted)))
        }
        Selector::Opaque(_) => None,
    }
}

fn fits(policy: &Policy<Linked>, condition: &Condition, end: Endpoint) -> Maybe {
    let Some(vm) = end.vm else {
        return Some(false);
    };
    let vm = &policy.inventory.vms[vm];
    let (operator, value) = (condition.operator, condition.value.to_lowercase());
    let compared = |text: &str| compare(operator, &text.to_lowercase(), &value);
    match (condition.of, &condition.key) {
        (Of::Vm, Key::Name) => Some(compared(&vm.ident.name)),
        (Of::Vm, Key::OsName) => Some(vm.os_name.as_deref().is_some_and(compared)),
        (Of::Vm, Key::ComputerName) => Some(vm.computer_name.as_deref().is_some_and(compared)),
        (Of::Vm, Key::Tag(scope)) => {
            let in_scope = |have: &str| match scope {
                TagScope::Any => true,
                TagScope::Is(wanted) => have.eq_ignore_ascii_case(wanted),
                TagScope::IsNot(unwanted) => !have.eq_ignore_ascii_case(unwanted),
            };
            let mut tags = vm.tags.iter().filter(|tag| in_scope(&tag.scope));
            Some(tags.any(|tag| compared(&tag.value)))
        }
        (Of::Segment | Of::SegmentPort, _) => None,
    }
}

fn compare(operator: Operator, text: &str, value: &str) -> bool {
    match operator {
        Operator::Equals => text == value,
        Operator::NotEquals => text != value,
        Operator::Contains => text.contains(value),
        Operator::StartsWith => text.starts_with(value),
        Operator::EndsWith => text.ends_with(value),
        Operator::Present => true,
    }
}

fn services(policy: &Policy<Linked>, services: &Services<Linked>, packet: Packet) -> Maybe {
    match services {
        Services::Any => Some(true),
        Services::Of(uses) => any(uses.iter().map(|one| match one {
            ServiceUse::Named(link) => link.found().and_then(|id| whole(policy, id, packet)),
            ServiceUse::Inline(one) => entry(policy, one, packet),
        })),
    }
}

fn whole(
    policy: &Policy<Linked>,
    id: Id<rehome::ir::service::Service<Linked>>,
    packet: Packet,
) -> Maybe {
    let entries = policy.network.services[id].entries.iter();
    any(entries.map(|one| entry(policy, one, packet)))
}

fn entry(policy: &Policy<Linked>, one: &ServiceEntry<Linked>, packet: Packet) -> Maybe {
    let on = |transport: &Transport| match transport {
        Transport::Tcp => packet.protocol == 6,
        Transport::Udp => packet.protocol == 17,
    };
    match &one.matches {
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
        } => Some(
            on(transport) && source.contains(packet.first) && destination.contains(packet.second),
        ),
        Match::Icmp {
            version,
            kind,
            code,
        } => {
            let protocol = match version {
                IcmpVersion::V4 => 1,
                IcmpVersion::V6 => 58,
            };
            let fits = |wanted: &Option<u8>, have: u16| {
                wanted.is_none_or(|wanted| u16::from(wanted) == have)
            };
            Some(
                packet.protocol == protocol
                    && fits(kind, packet.first)
                    && fits(code, packet.second),
            )
        }
        Match::Igmp => Some(packet.protocol == 2),
        Match::Protocol(number) => Some(packet.protocol == *number),
        Match::EtherType(number) => Some(*number == if packet.v6 { 0x86dd } else { 0x0800 }),
        Match::Nested(link) => whole(policy, link.found()?, packet),
        Match::Opaque(_) => None,
    }
}
