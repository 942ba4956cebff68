//! The Manager API, the product's older interface: sections and rules that refer by id.

use super::expression::{address_list, any_of};
use super::object::{Object, Text, opaque, origin, peek};
use super::peers::unknown;
use super::rule::{ACTIONS, DIRECTIONS, VERSIONS};
use super::service::entry;
use super::shape::{Kind, Manager};
use super::walk::Item;
use crate::finding::{Finding, Findings, codes};
use crate::ir::network::{
    Action, Direction, Exclusion, Group, IpVersion, Network, PeerSet, Peers, Rule, Section, Tier,
    Uninterpreted,
};
use crate::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use crate::ir::service::{Match, Service, ServiceEntry, ServiceUse, Services};
use crate::ir::set::AddressSet;
use crate::ir::{BadKey, Ident, Name, Named, NonEmpty, Opaque};
use rehome_grammar::Node;
use rehome_grammar::text::address;
use std::collections::BTreeMap;

const DOMAIN: crate::finding::Domain = super::known::SCHEMA.domain;

/// Adds the objects of the Manager API.
pub(super) fn manager(items: &[Item<'_>], network: &mut Network<Named>, findings: &mut Findings) {
    let of = |kind: Manager| {
        items
            .iter()
            .filter(move |item| item.kind == Kind::Manager(kind))
    };
    for item in of(Manager::Group) {
        network.groups.push(ns_group(item, findings));
    }
    for item in of(Manager::IpSet) {
        network.groups.push(address_set(item, findings));
    }
    for item in of(Manager::MacSet) {
        let members = Selector::Opaque(opaque(item.file, item.node, "set of MAC addresses"));
        network.groups.push(Group {
            ident: item.ident(),
            members,
            realised: None,
            unread: Vec::new(),
        });
    }
    for item in of(Manager::Service) {
        network.services.push(ns_service(item, findings));
    }
    for item in of(Manager::ServiceGroup) {
        network.services.push(service_group(item, findings));
    }
    for item in of(Manager::ExcludeList) {
        exclusions(item, network, findings);
    }
    let first = of(Manager::Section).next();
    match (network.sections.first(), first) {
        (Some(policy), Some(section)) => {
            let message = format!(
                "the exports hold policies, such as `{}`, and sections of the Manager API, such as \
                 `{}`; the sections are left out, because the product shows policies there again",
                policy.ident.name,
                section.ident().name
            );
            let code = &codes::read_network::BOTH_INTERFACES;
            let finding = Finding::new(code, DOMAIN, message).about(section.ident().subject());
            findings.push(finding.about(policy.ident.subject()));
        }
        (None | Some(_), _) => sections(items, network, findings),
    }
}

/// Sections stand in the order of the list; where each has a priority, in that order.
fn sections(items: &[Item<'_>], network: &mut Network<Named>, findings: &mut Findings) {
    let mut by_id: BTreeMap<&str, usize> = BTreeMap::new();
    let mut read: Vec<(Section<Named>, Vec<BadKey>)> = Vec::new();
    for item in items {
        if item.kind != Kind::Manager(Manager::Section) || by_id.contains_key(item.path.as_str()) {
            continue;
        }
        let at = i64::try_from(read.len()).unwrap_or(i64::MAX);
        if let Some(section) = section(item, at, network, findings) {
            by_id.insert(&item.path, read.len());
            read.push(section);
        }
    }
    let mut orphans: BTreeMap<&str, usize> = BTreeMap::new();
    for item in items {
        if item.kind != Kind::Manager(Manager::Rule) {
            continue;
        }
        let held = by_id
            .get(item.parent.as_str())
            .and_then(|at| read.get_mut(*at));
        match held {
            Some((section, _)) => {
                let at = i64::try_from(section.rules.len()).unwrap_or(i64::MAX);
                let rule = rule(item, at, section.tier, findings);
                section.rules.push(rule);
            }
            None => *orphans.entry(&item.parent).or_default() += 1,
        }
    }
    for (mut section, broken) in read {
        for rule in &mut section.rules {
            rule.broken
                .extend(broken.iter().map(|key| key.inherited("section")));
        }
        network.sections.push(section);
    }
    for (section, count) in orphans {
        let rules = crate::finding::count(count, "NSX rule");
        if network
            .uninterpreted
            .iter()
            .any(|other| other.ident.id == section)
        {
            continue;
        }
        let message = format!(
            "the section `{section}` of {rules} stands in no export; add the \
             answer of `GET /api/v1/firewall/sections/{section}`"
        );
        let code = &codes::read_network::RULES_WITHOUT_POLICY;
        findings.push(Finding::new(code, DOMAIN, message));
    }
}

fn section(
    item: &Item<'_>,
    at: i64,
    network: &mut Network<Named>,
    findings: &mut Findings,
) -> Option<(Section<Named>, Vec<BadKey>)> {
    let mut object = Object::new(item.file, item.node, "FirewallSection", item.ident());
    let kinds = [
        ("LAYER2", Some(Tier::Ethernet)),
        ("LAYER3", Some(Tier::Application)),
        ("L3REDIRECT", None),
        ("IDS", None),
    ];
    let layer = object.choice("section_type", &kinds);
    let place = object.text("enforced_on");
    let on_machines = place.is_none_or(|place| place.value == "VIF");
    let Some(layer) = layer.flatten().filter(|_| on_machines) else {
        listed(item, network, findings);
        return None;
    };
    let tiers = [
        ("Ethernet", Tier::Ethernet),
        ("Emergency", Tier::Emergency),
        ("Infrastructure", Tier::Infrastructure),
        ("Environment", Tier::Environment),
        ("Application", Tier::Application),
        ("Default", Tier::Application),
    ];
    let tier = object.choice("category", &tiers).unwrap_or(layer);
    let scope = peers(&mut object, "applied_tos", false);
    let stateful = object.flag("stateful").unwrap_or(tier != Tier::Ethernet);
    let strict_tcp = object.flag("tcp_strict").unwrap_or(false);
    let schedule = object
        .ask("firewall_schedule")
        .map(|node| opaque(item.file, node, "schedule"));
    let priority = object.number("priority");
    object.elsewhere(&["is_default"]);
    let ident = object.ident.clone();
    let closed = object.close(findings);
    let section = Section {
        ident,
        tier,
        sequence: priority.unwrap_or(at),
        applied_to: match scope.set {
            PeerSet::Any => None,
            PeerSet::Of(_) => Some(scope),
        },
        stateful,
        strict_tcp,
        schedule,
        enabled: true,
        rules: Vec::new(),
        unread: closed.unread,
    };
    Some((section, closed.broken))
}

/// A section that does not belong to the distributed firewall.
fn listed(item: &Item<'_>, network: &mut Network<Named>, findings: &mut Findings) {
    let ident = item.ident();
    let kind = peek(item.node, "section_type").unwrap_or_default();
    let place = peek(item.node, "enforced_on").unwrap_or_else(|| "VIF".to_owned());
    let message = format!(
        "NSX section `{}` of the kind `{kind}`, enforced on `{place}`, is not translated",
        ident.name
    );
    findings
        .push(Finding::new(&codes::read::NOT_TRANSLATED, DOMAIN, message).about(ident.subject()));
    network.uninterpreted.push(Uninterpreted {
        ident,
        what: "section outside the distributed firewall".to_owned(),
        rules: item.node.get("rules").map_or(0, Node::len),
    });
}

fn rule(item: &Item<'_>, at: i64, tier: Tier, findings: &mut Findings) -> Rule<Named> {
    let mut object = Object::new(item.file, item.node, "FirewallRule", item.ident());
    let action = object.choice("action", ACTIONS);
    match action {
        None => object.missing("action"),
        Some(Action::Jump) => object.mark("action"),
        Some(Action::Reject) if tier == Tier::Ethernet => object.mark("action"),
        Some(Action::Allow | Action::Drop | Action::Reject) => {}
    }
    let from_others = object.flag("sources_excluded").unwrap_or(false);
    let to_others = object.flag("destinations_excluded").unwrap_or(false);
    let mut source = peers(&mut object, "sources", from_others);
    let destination = peers(&mut object, "destinations", to_others);
    let identities = object.items("extended_sources");
    if let Some(first) = identities.first() {
        source = narrowed(source, opaque(item.file, *first, "identity group"));
    }
    let applied_to = peers(&mut object, "applied_tos", false);
    let services = services(&mut object);
    let profiles = object
        .items("context_profiles")
        .into_iter()
        .map(|node| opaque(item.file, node, "context profile"))
        .collect();
    let direction = object.choice("direction", DIRECTIONS);
    let ip = object.choice("ip_protocol", VERSIONS);
    let disabled = object.flag("disabled").unwrap_or(false);
    let logged = object.flag("logged").unwrap_or(false);
    let is_default = object.flag("is_default").unwrap_or(false);
    let priority = object.number("priority");
    let notes = object.text("notes").map(|text| text.value);
    let log_label = object.text("rule_tag").map(|text| text.value);
    let mut ident = object.ident.clone();
    // Ids of rules are numbers: unique in the product, and bare.
    ident.id = format!("{}/rules/{}", item.parent, ident.id);
    let closed = object.close(findings);
    Rule {
        ident,
        sequence: priority.unwrap_or(at),
        action: action.unwrap_or(Action::Drop),
        source,
        destination,
        services,
        direction: direction.unwrap_or(Direction::Both),
        applied_to,
        ip: ip.unwrap_or(IpVersion::Both),
        profiles,
        logged,
        log_label: log_label.filter(|text| !text.is_empty()),
        notes: notes.filter(|text| !text.is_empty()),
        enabled: !disabled,
        is_default,
        unread: closed.unread,
        broken: closed.broken,
    }
}

fn narrowed(peers: Peers<Named>, identity: Opaque) -> Peers<Named> {
    let identity = Selector::Opaque(identity);
    let set = match peers.set {
        PeerSet::Any => NonEmpty::one(identity),
        PeerSet::Of(list) => {
            let both = NonEmpty::new(vec![Selector::AnyOf(list), identity]);
            NonEmpty::one(both.map_or(Selector::Nothing, Selector::All))
        }
    };
    Peers {
        negated: peers.negated,
        set: PeerSet::Of(set),
    }
}

/// A list of references; absent, `null` and empty are everybody.
fn peers(object: &mut Object<'_>, key: &'static str, negated: bool) -> Peers<Named> {
    let nodes = object.items(key);
    let list = nodes.iter().map(|node| reference(object, key, *node));
    let list: Vec<Selector<Named>> = list.collect();
    Peers {
        negated,
        set: NonEmpty::new(list).map_or(PeerSet::Any, PeerSet::Of),
    }
}

/// What a reference points to: its type and id.
fn target(object: &mut Object<'_>, key: &'static str, node: Node<'_>) -> Option<(String, Text)> {
    let file = object.file;
    let kind = peek(node, "target_type").unwrap_or_default();
    let id = Text {
        value: peek(node, "target_id").unwrap_or_default(),
        origin: origin(file, node),
    };
    if node.get("is_valid").and_then(Node::bool) == Some(false) {
        let name = peek(node, "target_display_name").unwrap_or_else(|| id.value.clone());
        object.refuse(key, &id, &format!("the {kind} `{name}` has been deleted"));
        return None;
    }
    if id.value.is_empty() {
        object.refuse(key, &id, "a reference without `target_id`");
        return None;
    }
    Some((kind, id))
}

fn reference(object: &mut Object<'_>, key: &'static str, node: Node<'_>) -> Selector<Named> {
    let Some((kind, id)) = target(object, key, node) else {
        return Selector::Opaque(opaque(object.file, node, "reference that cannot be read"));
    };
    member(object, key, &kind, &id)
}

fn member(object: &mut Object<'_>, key: &'static str, kind: &str, id: &Text) -> Selector<Named> {
    match kind {
        "NSGroup" | "IPSet" | "MACSet" => Selector::Group(Name::new(&id.value, id.origin)),
        "VirtualMachine" => Selector::Vm(Name::new(&id.value, id.origin)),
        "LogicalSwitch" => Selector::Segment(Name::new(&id.value, id.origin)),
        "IPv4Address" | "IPv6Address" => match address(&id.value) {
            Ok(read) => Selector::Addresses(AddressSet::from_blocks([read.block]), id.origin),
            Err(error) => {
                object.refuse_text(key, id, &error);
                Selector::Opaque(unknown("unreadable address", id))
            }
        },
        other => Selector::Opaque(unknown(&format!("member of type `{other}`"), id)),
    }
}

fn services(object: &mut Object<'_>) -> Services<Named> {
    let mut uses = Vec::new();
    for node in object.items("services") {
        if let Some(element) = node.get("service").filter(|element| !element.is_null()) {
            uses.push(ServiceUse::Inline(entry(object, element)));
        } else if let Some((_, id)) = target(object, "services", node) {
            uses.push(ServiceUse::Named(Name::new(id.value, id.origin)));
        }
    }
    NonEmpty::new(uses).map_or(Services::Any, Services::Of)
}

fn ns_group(item: &Item<'_>, findings: &mut Findings) -> Group<Named> {
    let mut object = Object::new(item.file, item.node, "NSGroup", item.ident());
    let mut parts = Vec::new();
    for key in ["members", "membership_criteria"] {
        for node in object.items(key) {
            parts.push(criterion(&mut object, node));
        }
    }
    let broken = object.is_broken();
    let ident = object.ident.clone();
    let closed = object.close(findings);
    Group {
        ident,
        members: if broken {
            Selector::Opaque(opaque(item.file, item.node, "group that cannot be read"))
        } else {
            any_of(parts)
        },
        realised: None,
        unread: closed.unread,
    }
}

/// One criterion; one of them is enough. Those of a complex expression are all needed.
fn criterion<'t>(group: &mut Object<'t>, node: Node<'t>) -> Selector<Named> {
    match peek(node, "resource_type").as_deref() {
        Some("NSGroupComplexExpression") => {
            let mut part = group.part(node, "NSGroupComplexExpression");
            let nodes = part.items("expressions");
            let all: Vec<_> = nodes
                .into_iter()
                .map(|node| criterion(group, node))
                .collect();
            settle(group, part);
            NonEmpty::new(all).map_or(Selector::Nothing, Selector::All)
        }
        Some("NSGroupTagExpression") => {
            let mut part = group.part(node, "NSGroupTagExpression");
            let read = tagged(&mut part);
            settle(group, part);
            read
        }
        Some("NSGroupSimpleExpression") => {
            let mut part = group.part(node, "NSGroupSimpleExpression");
            let read = simple(&mut part);
            settle(group, part);
            read
        }
        other => {
            let text = Text {
                value: other.unwrap_or_default().to_owned(),
                origin: origin(group.file, node),
            };
            let what = format!("unknown expression type `{}`", text.value);
            group.doubt(&text, &what);
            Selector::Opaque(opaque(group.file, node, what))
        }
    }
}

/// A part that is not read whole makes the group unusable.
fn settle<'t>(group: &mut Object<'t>, part: Object<'t>) {
    let mut findings = Findings::new();
    let closed = part.close(&mut findings);
    for finding in findings {
        group.push(finding);
    }
    for key in closed.unusable() {
        group.mark(key);
    }
}

const OPERATORS: &[(&str, Operator)] = &[
    ("EQUALS", Operator::Equals),
    ("NOTEQUALS", Operator::NotEquals),
    ("CONTAINS", Operator::Contains),
    ("STARTSWITH", Operator::StartsWith),
    ("ENDSWITH", Operator::EndsWith),
];

fn of_target(kind: Option<&Text>) -> Option<Of> {
    match kind?.value.as_str() {
        "VirtualMachine" => Some(Of::Vm),
        "LogicalSwitch" => Some(Of::Segment),
        "LogicalPort" => Some(Of::SegmentPort),
        _other => None,
    }
}

fn tagged(part: &mut Object<'_>) -> Selector<Named> {
    let kind = part.text("target_type");
    let scope = part.text("scope").filter(|scope| !scope.value.is_empty());
    part.choice("scope_op", &[("EQUALS", ())]);
    let tag = part.text("tag").filter(|tag| !tag.value.is_empty());
    let operator = part.choice("tag_op", OPERATORS).unwrap_or(Operator::Equals);
    let whole = opaque(part.file, part.node, "tag expression");
    let Some(of) = of_target(kind.as_ref()) else {
        return Selector::Opaque(whole);
    };
    let scope = scope.map_or(TagScope::Any, |scope| TagScope::Is(scope.value));
    let (operator, value) = match (tag, &scope) {
        (Some(tag), _) => (operator, tag.value),
        (None, TagScope::Is(_) | TagScope::IsNot(_)) => (Operator::Present, String::new()),
        (None, TagScope::Any) => return Selector::Opaque(whole),
    };
    Selector::Match(Condition {
        of,
        key: Key::Tag(scope),
        operator,
        value,
        origin: whole.origin,
    })
}

fn simple(part: &mut Object<'_>) -> Selector<Named> {
    let kind = part.text("target_type");
    let property = part.text("target_property");
    let operator = part.choice("op", OPERATORS);
    let value = part.text("value");
    part.elsewhere(&["target_resource"]);
    let whole = opaque(part.file, part.node, "expression");
    let (Some(kind), Some(property), Some(operator), Some(value)) =
        (kind, property, operator, value)
    else {
        part.mark("op");
        return Selector::Opaque(whole);
    };
    let key = match property.value.to_lowercase().as_str() {
        "id" if operator == Operator::Equals => {
            return member(part, "value", &kind.value, &value);
        }
        "name" | "display_name" => Key::Name,
        "os_name" => Key::OsName,
        "computer_name" => Key::ComputerName,
        _other => return Selector::Opaque(whole),
    };
    match of_target(Some(&kind)) {
        Some(of) => Selector::Match(Condition {
            of,
            key,
            operator,
            value: value.value,
            origin: whole.origin,
        }),
        None => Selector::Opaque(whole),
    }
}

fn address_set(item: &Item<'_>, findings: &mut Findings) -> Group<Named> {
    let mut object = Object::new(item.file, item.node, "IPSet", item.ident());
    let mut members = address_list(&mut object, "ip_addresses");
    if object.is_broken() {
        members = Selector::Opaque(opaque(item.file, item.node, "set that cannot be read"));
    }
    let ident = object.ident.clone();
    let closed = object.close(findings);
    Group {
        ident,
        members,
        realised: None,
        unread: closed.unread,
    }
}

fn ns_service(item: &Item<'_>, findings: &mut Findings) -> Service<Named> {
    let mut object = Object::new(item.file, item.node, "NSService", item.ident());
    let entries = match object.ask("nsservice_element") {
        Some(element) => vec![entry(&mut object, element)],
        None => {
            object.missing("nsservice_element");
            Vec::new()
        }
    };
    let ident = object.ident.clone();
    let closed = object.close(findings);
    Service {
        ident,
        entries,
        unread: closed.unread,
    }
}

fn service_group(item: &Item<'_>, findings: &mut Findings) -> Service<Named> {
    let mut object = Object::new(item.file, item.node, "NSServiceGroup", item.ident());
    let mut entries = Vec::new();
    for node in object.items("members") {
        let at = origin(item.file, node);
        let matches = match target(&mut object, "members", node) {
            Some((_, id)) => Match::Nested(Name::new(id.value, id.origin)),
            None => Match::Opaque(opaque(item.file, node, "reference that cannot be read")),
        };
        entries.push(ServiceEntry {
            origin: at,
            matches,
        });
    }
    let ident = object.ident.clone();
    let closed = object.close(findings);
    Service {
        ident,
        entries,
        unread: closed.unread,
    }
}

fn exclusions(item: &Item<'_>, network: &mut Network<Named>, findings: &mut Findings) {
    let mut object = Object::new(item.file, item.node, "ExcludeList", item.ident());
    for node in object.items("members") {
        let members = reference(&mut object, "members", node);
        let id = peek(node, "target_id").unwrap_or_default();
        network.exclusions.push(Exclusion {
            ident: Ident {
                name: peek(node, "target_display_name").unwrap_or_else(|| id.clone()),
                id,
                origin: origin(item.file, node),
            },
            members,
        });
    }
    object.close(findings);
}
