//! Sections and rules: read from the top down, layer 2 before layer 3.

use super::super::object::{Ground, Object, Text, origin, peek};
use super::estate::Estate;
use super::groups::endpoint;
use super::services::inline;
use super::{Reading, ident, object, word};
use crate::finding::{Effect, Finding, Findings, codes};
use crate::ir::network::{Action, Direction, IpVersion, PeerSet, Peers, Rule, Section, Tier};
use crate::ir::selector::Selector;
use crate::ir::service::{ServiceUse, Services};
use crate::ir::{Name, Named, NonEmpty};
use rehome_grammar::Node;

const ACTIONS: &[(&str, Action)] = &[
    ("allow", Action::Allow),
    ("deny", Action::Drop),
    ("block", Action::Drop),
    ("drop", Action::Drop),
    ("reject", Action::Reject),
];

const DIRECTIONS: &[(&str, Direction)] = &[
    ("in", Direction::In),
    ("out", Direction::Out),
    ("inout", Direction::Both),
];

const PACKETS: &[(&str, IpVersion)] = &[
    ("any", IpVersion::Both),
    ("ipv4", IpVersion::V4),
    ("ipv6", IpVersion::V6),
];

/// Reads a whole configuration.
pub(super) fn configuration(file: Ground<'_>, node: Node<'_>, reading: &mut Reading<'_>) {
    let mut whole = object(file, node, "firewallConfiguration");
    whole.elsewhere(&["contextId"]);
    let layers = [
        ("layer2Sections", Some(Tier::Ethernet)),
        ("layer3Sections", Some(Tier::Application)),
        ("layer3RedirectSections", None),
    ];
    for (key, tier) in layers {
        let Some(layer) = whole.ask(key) else {
            continue;
        };
        let mut list = object(file, layer, "sections");
        for node in list.many("section") {
            match tier {
                Some(tier) => in_tier(file, node, tier, reading),
                None => redirection(file, node, reading),
            }
        }
        list.close(reading.findings);
    }
    whole.close(reading.findings);
}

/// Reads a section that stands alone.
pub(super) fn section(file: Ground<'_>, node: Node<'_>, reading: &mut Reading<'_>) {
    let tier = match peek(node, "@type").as_deref() {
        Some("LAYER2") => Tier::Ethernet,
        Some("L3REDIRECT" | "LAYER3REDIRECT") => return redirection(file, node, reading),
        Some(_) | None => Tier::Application,
    };
    in_tier(file, node, tier, reading);
}

/// Rules that hand traffic to a third party: what that one does stands in no export.
fn redirection(file: Ground<'_>, node: Node<'_>, reading: &mut Reading<'_>) {
    let rules = node.many("rule").count();
    let why = "it hands traffic to a service of a third party";
    let ident = ident(file, node);
    reading.listed(ident, "redirection section", why, rules, Effect::SHIFTS);
}

fn in_tier(file: Ground<'_>, node: Node<'_>, tier: Tier, reading: &mut Reading<'_>) {
    let Reading {
        estate,
        network,
        findings,
    } = reading;
    let mut object = object(file, node, "section");
    let stateless = object.flag("@stateless").unwrap_or(tier == Tier::Ethernet);
    let strict_tcp = object.flag("@tcpStrict").unwrap_or(false);
    object.elsewhere(&["@type", "rule"]);
    object.ident.id = format!("section-{}", object.ident.id);
    let ident = object.ident.clone();
    let nodes: Vec<Node<'_>> = node.many("rule").collect();
    let closed = object.close(findings);
    let mut rules: Vec<Rule<Named>> = Vec::new();
    for node in nodes {
        let at = rules.len();
        let mut rule = rule(file, node, (&ident.id, at), tier, estate, findings);
        let inherited = closed.broken.iter().map(|key| key.inherited("section"));
        rule.broken.extend(inherited);
        rules.push(rule);
    }
    network.sections.push(Section {
        ident,
        tier,
        // The order of the configuration.
        sequence: i64::try_from(network.sections.len()).unwrap_or(i64::MAX),
        applied_to: None,
        stateful: !stateless,
        strict_tcp,
        schedule: None,
        enabled: true,
        rules,
        unread: closed.unread,
    });
}

fn rule(
    file: Ground<'_>,
    node: Node<'_>,
    (section, at): (&str, usize),
    tier: Tier,
    estate: &Estate,
    findings: &mut Findings,
) -> Rule<Named> {
    let mut object = object(file, node, "rule");
    let number = peek(node, "@id").unwrap_or_else(|| format!("new-{at}"));
    object.ident.id = format!("{section}/rules/{number}");
    let action = word(&mut object, "action", ACTIONS);
    match action {
        None => object.missing("action"),
        Some(Action::Reject) if tier == Tier::Ethernet => object.mark("action"),
        Some(Action::Allow | Action::Drop | Action::Reject | Action::Jump) => {}
    }
    let source = side(&mut object, "sources", "source", estate, findings);
    let destination = side(&mut object, "destinations", "destination", estate, findings);
    let applied_to = applied_to(&mut object, estate, findings);
    let services = services(&mut object, findings);
    let direction = word(&mut object, "direction", DIRECTIONS);
    let ip = word(&mut object, "packetType", PACKETS);
    let disabled = object.flag("@disabled").unwrap_or(false);
    let logged = object.flag("@logged").unwrap_or(false);
    let notes = object.word("notes").map(|text| text.value);
    let log_label = object.word("tag").map(|text| text.value);
    if let Some(profile) = object
        .ask("siProfile")
        .filter(|profile| !profile.is_empty())
    {
        let text = Text {
            value: peek(profile, "name").unwrap_or_default(),
            origin: origin(file, profile),
        };
        object.refuse("siProfile", &text, "a redirection inside a firewall rule");
    }
    let ident = object.ident.clone();
    let closed = object.close(findings);
    Rule {
        ident,
        sequence: i64::try_from(at).unwrap_or(i64::MAX),
        action: action.unwrap_or(Action::Drop),
        source,
        destination,
        services,
        direction: direction.unwrap_or(Direction::Both),
        applied_to,
        ip: ip.unwrap_or(IpVersion::Both),
        profiles: Vec::new(),
        logged,
        log_label,
        notes,
        enabled: !disabled,
        is_default: false,
        unread: closed.unread,
        broken: closed.broken,
    }
}

/// Sources or destinations; absent and empty are everybody.
fn side(
    object: &mut Object<'_>,
    list: &'static str,
    entry: &'static str,
    estate: &Estate,
    findings: &mut Findings,
) -> Peers<Named> {
    let Some(node) = object.ask(list) else {
        return Peers::any();
    };
    let mut part = object.part(node, "endpoints");
    let negated = part.flag("@excluded").unwrap_or(false);
    let nodes = part.many(entry);
    let closed = part.close(findings);
    for key in closed.unusable() {
        object.mark(&format!("{list} {key}"));
    }
    let found: Vec<_> = nodes
        .into_iter()
        .map(|node| endpoint(object, list, node, estate, findings))
        .collect();
    Peers {
        negated,
        set: NonEmpty::new(found).map_or(PeerSet::Any, PeerSet::Of),
    }
}

/// Types of Applied-To that mean routers and not machines.
const ROUTERS: [&str; 3] = ["ALL_EDGES", "Edge", "ALL_PROFILE_BINDINGS"];

fn applied_to(object: &mut Object<'_>, estate: &Estate, findings: &mut Findings) -> Peers<Named> {
    let Some(node) = object.ask("appliedToList") else {
        return Peers::any();
    };
    let mut list = object.part(node, "appliedToList");
    let nodes: Vec<Node<'_>> = list.many("appliedTo");
    super::settle(object, "appliedToList", list, findings);
    let kind = |node: Node<'_>| peek(node, "type").or_else(|| peek(node, "value"));
    let on_router = |node: &Node<'_>| {
        ROUTERS
            .iter()
            .any(|name| kind(*node).as_deref() == Some(name))
    };
    if let Some(router) = nodes.iter().copied().find(on_router) {
        let name = peek(router, "name").unwrap_or_default();
        let message = format!(
            "{}; it is applied to `{name}` too: what it does there is not translated",
            object.title()
        );
        let domain = super::SCHEMA.domain;
        let finding = Finding::new(&codes::read::NOT_TRANSLATED, domain, message);
        let finding = finding.about(object.ident.subject());
        object.push(finding.at(origin(object.file, router), name));
    }
    if nodes.is_empty()
        || nodes
            .iter()
            .any(|node| kind(*node).as_deref() == Some("DISTRIBUTED_FIREWALL"))
    {
        return Peers::any();
    }
    let found: Vec<Selector<Named>> = nodes
        .into_iter()
        .filter(|node| !on_router(node))
        .map(|node| endpoint(object, "appliedToList", node, estate, findings))
        .collect();
    // On routers alone: no filter of a machine holds the rule.
    let held = NonEmpty::new(found).unwrap_or_else(|| NonEmpty::one(Selector::Nothing));
    Peers {
        negated: false,
        set: PeerSet::Of(held),
    }
}

fn services(object: &mut Object<'_>, findings: &mut Findings) -> Services<Named> {
    let Some(list) = object.ask("services") else {
        return Services::Any;
    };
    let mut whole = object.part(list, "services");
    let nodes = whole.many("service");
    super::settle(object, "services", whole, findings);
    let mut uses = Vec::new();
    for node in nodes {
        let Some(id) = peek(node, "value") else {
            uses.push(ServiceUse::Inline(inline(object, node, findings)));
            continue;
        };
        let id = Text {
            value: id,
            origin: origin(object.file, node),
        };
        let mut part = object.part(node, "service");
        part.elsewhere(&["value", "type", "name"]);
        let there = part.flag("isValid").unwrap_or(true);
        super::settle(object, "services", part, findings);
        if !there {
            let name = peek(node, "name").unwrap_or_default();
            let what = format!("the service `{name}` has been deleted");
            object.refuse("services", &id, &what);
        }
        uses.push(ServiceUse::Named(Name::new(id.value, id.origin)));
    }
    NonEmpty::new(uses).map_or(Services::Any, Services::Of)
}
