//! What a policy says, without where it stands, what its objects are called inside the product, and
//! the order of lists in which order means nothing.

use rehome::ir::inventory::Vm;
use rehome::ir::network::{Fallback, Group, PeerSet, Peers, Rule, Section};
use rehome::ir::selector::{Condition, Selector};
use rehome::ir::service::{Match, Service, ServiceEntry, ServiceUse, Services};
use rehome::ir::set::{AddressSet, ports_text};
use rehome::ir::{Link, Linked, Opaque, Policy};

/// The policy as lines of text.
pub fn normal(policy: &Policy<Linked>) -> String {
    let network = &policy.network;
    let mut lines: Vec<String> = network
        .groups
        .values()
        .map(|group| self::group(policy, group))
        .collect();
    lines.extend(
        network
            .services
            .values()
            .map(|service| self::service(policy, service)),
    );
    lines.extend(policy.inventory.vms.values().map(machine));
    let excluded = network
        .exclusions
        .iter()
        .map(|entry| selector(policy, &entry.members));
    lines.extend(excluded.map(|who| format!("excluded {who}")));
    lines.sort();
    for (at, section) in network.sections.iter().enumerate() {
        lines.extend(self::section(policy, at, section));
    }
    lines.push(format!(
        "enforcement {}",
        network.enforcement != rehome::ir::network::Enforcement::Unsaid
    ));
    let default = match network.fallback {
        Fallback::Unknown => None,
        Fallback::Rule(origin) => network
            .sections
            .iter()
            .flat_map(|section| &section.rules)
            .find(|rule| rule.ident.origin == origin)
            .map(|rule| &rule.ident.name),
    };
    lines.push(format!("default {default:?}"));
    lines.join("\n")
}

fn machine(vm: &Vm<Linked>) -> String {
    let Vm {
        ident,
        aliases,
        tags,
        addresses,
        segments,
        os_name,
        computer_name,
        host: _,
        cluster: _,
    } = vm;
    format!(
        "machine {} {aliases:?} {tags:?} {addresses:?} {} {os_name:?} {computer_name:?}",
        ident.name,
        segments.len()
    )
}

fn group(policy: &Policy<Linked>, group: &Group<Linked>) -> String {
    let Group {
        ident,
        members,
        realised,
        unread,
    } = group;
    assert!(realised.is_none());
    format!(
        "group {} = {} {unread:?}",
        ident.name,
        selector(policy, members)
    )
}

/// A list in which order means nothing; one entry is the entry itself.
fn list(word: &str, mut parts: Vec<String>) -> String {
    parts.sort();
    parts.dedup();
    if parts.len() == 1 {
        return parts.remove(0);
    }
    format!("{word}({})", parts.join(", "))
}

fn any_of<'a>(
    policy: &Policy<Linked>,
    parts: impl Iterator<Item = &'a Selector<Linked>>,
) -> String {
    let (mut found, mut addresses, mut left) =
        (Vec::new(), AddressSet::empty(), parts.collect::<Vec<_>>());
    while let Some(part) = left.pop() {
        match part {
            Selector::AnyOf(inner) => left.extend(inner.iter()),
            Selector::Addresses(set, _) => addresses = addresses.union(set),
            other @ (Selector::Nothing
            | Selector::All(_)
            | Selector::Not(_)
            | Selector::Match(_)
            | Selector::Group(_)
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_)) => found.push(selector(policy, other)),
        }
    }
    if !addresses.is_empty() {
        found.push(addresses.to_string());
    }
    list("any", found)
}

fn selector(policy: &Policy<Linked>, of: &Selector<Linked>) -> String {
    match of {
        Selector::Nothing => "nobody".to_owned(),
        Selector::All(parts) => list(
            "all",
            parts.iter().map(|part| selector(policy, part)).collect(),
        ),
        Selector::AnyOf(parts) => any_of(policy, parts.iter()),
        Selector::Addresses(..) => any_of(policy, std::iter::once(of)),
        Selector::Not(inner) => format!("not {}", selector(policy, inner)),
        Selector::Match(Condition {
            of,
            key,
            operator,
            value,
            origin: _,
        }) => format!("{of:?} {key:?} {operator:?} {value}"),
        Selector::Group(link) => format!(
            "group `{}`",
            named(link, |id| &policy.network.groups[id].ident.name)
        ),
        Selector::Vm(link) => format!(
            "vm `{}`",
            named(link, |id| &policy.inventory.vms[id].ident.name)
        ),
        Selector::Segment(link) => format!(
            "segment `{}`",
            named(link, |id| &policy.inventory.segments[id].ident.name)
        ),
        Selector::Opaque(Opaque {
            what,
            text,
            origin: _,
        }) => format!("opaque {what} {text}"),
    }
}

fn named<'p, T>(link: &Link<T>, name: impl Fn(rehome::ir::Id<T>) -> &'p String) -> String {
    match link {
        Link::Found(id, _) => name(*id).clone(),
        Link::Missing(text) => format!("missing {text:?}"),
    }
}

fn peers(policy: &Policy<Linked>, of: &Peers<Linked>) -> String {
    let not = if of.negated { "not " } else { "" };
    match &of.set {
        PeerSet::Any => format!("{not}everybody"),
        PeerSet::Of(parts) => format!("{not}{}", any_of(policy, parts.iter())),
    }
}

fn entry(policy: &Policy<Linked>, entry: &ServiceEntry<Linked>) -> String {
    match &entry.matches {
        Match::Ports {
            transport,
            source,
            destination,
        } => {
            format!(
                "{transport:?} {} > {}",
                ports_text(source),
                ports_text(destination)
            )
        }
        Match::Gateway {
            application,
            transport,
            source,
            destination,
        } => {
            format!(
                "{application} {transport:?} {} > {}",
                ports_text(source),
                ports_text(destination)
            )
        }
        Match::Nested(link) => format!(
            "service `{}`",
            named(link, |id| &policy.network.services[id].ident.name)
        ),
        Match::Opaque(Opaque {
            what,
            text,
            origin: _,
        }) => format!("opaque {what} {text}"),
        other @ (Match::Icmp { .. } | Match::Igmp | Match::Protocol(_) | Match::EtherType(_)) => {
            format!("{other:?}")
        }
    }
}

fn service(policy: &Policy<Linked>, service: &Service<Linked>) -> String {
    let entries = service
        .entries
        .iter()
        .map(|one| entry(policy, one))
        .collect();
    format!(
        "service {} = {} {:?}",
        service.ident.name,
        list("any", entries),
        service.unread
    )
}

fn section(policy: &Policy<Linked>, at: usize, section: &Section<Linked>) -> Vec<String> {
    let Section {
        ident,
        tier,
        sequence: _,
        applied_to,
        stateful,
        strict_tcp,
        schedule,
        enabled,
        rules,
        unread,
    } = section;
    let scope = applied_to.as_ref().map(|scope| peers(policy, scope));
    let mut lines = vec![format!(
        "section {at} {} {tier:?} {scope:?} {stateful} {strict_tcp} {} {enabled} {unread:?}",
        ident.name,
        schedule.is_some()
    )];
    lines.extend(rules.iter().map(|one| rule(policy, one)));
    lines
}

fn rule(policy: &Policy<Linked>, rule: &Rule<Linked>) -> String {
    let Rule {
        ident,
        sequence: _,
        action,
        source,
        destination,
        services,
        direction,
        applied_to,
        ip,
        profiles,
        logged,
        log_label,
        notes,
        enabled,
        is_default,
        unread,
        broken,
    } = rule;
    let services = match services {
        Services::Any => "everything".to_owned(),
        Services::Of(uses) => {
            let uses = uses.iter().map(|one| match one {
                ServiceUse::Named(link) => format!(
                    "service `{}`",
                    named(link, |id| &policy.network.services[id].ident.name)
                ),
                ServiceUse::Inline(one) => entry(policy, one),
            });
            list("any", uses.collect())
        }
    };
    let (source, destination, scope) = (
        peers(policy, source),
        peers(policy, destination),
        peers(policy, applied_to),
    );
    format!(
        "  {} {action:?} from {source} to {destination} on {services} {direction:?} at {scope} {ip:?} {} {logged} {log_label:?} {notes:?} \
         {enabled} {is_default} {unread:?} {broken:?}",
        ident.name,
        profiles.len()
    )
}
