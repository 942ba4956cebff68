//! Rules of the distributed firewall.

use super::object::{Object, origin};
use super::peers::{is_any, note_empty, peers, unknown};
use super::service::entry;
use super::settings::Profiles;
use super::walk::Item;
use crate::finding::{Finding, Findings, codes};
use crate::ir::network::{Action, Direction, IpVersion, Rule, Tier};
use crate::ir::service::{ServiceUse, Services};
use crate::ir::{Ident, Name, Named, NonEmpty, Opaque};

pub(super) const ACTIONS: &[(&str, Action)] = &[
    ("ALLOW", Action::Allow),
    ("DROP", Action::Drop),
    ("REJECT", Action::Reject),
    ("JUMP_TO_APPLICATION", Action::Jump),
];

pub(super) const DIRECTIONS: &[(&str, Direction)] = &[
    ("IN", Direction::In),
    ("OUT", Direction::Out),
    ("IN_OUT", Direction::Both),
];

pub(super) const VERSIONS: &[(&str, IpVersion)] = &[
    ("IPV4", IpVersion::V4),
    ("IPV6", IpVersion::V6),
    ("IPV4_IPV6", IpVersion::Both),
];

/// The ids of the rules that the product ships at the end of its tiers.
const DEFAULT_IDS: &[&str] = &["default-layer3-rule", "default-layer2-rule"];

/// Reads a rule. A rule keeps its place whatever is wrong with it: what cannot be read is named in
/// `broken`, and an action that cannot be read is taken as a drop, which lets nothing through.
pub(super) fn rule(
    item: &Item<'_>,
    ident: Ident,
    tier: Tier,
    profiles: &Profiles,
    findings: &mut Findings,
) -> Rule<Named> {
    let mut object = Object::new(item.file, item.node, "Rule", ident);
    let action = action(&mut object, tier);
    let from_others = object.flag("sources_excluded").unwrap_or(false);
    let to_others = object.flag("destinations_excluded").unwrap_or(false);
    let source = peers(&mut object, "source_groups", from_others);
    let destination = peers(&mut object, "destination_groups", to_others);
    note_empty(&mut object, "source_groups", false);
    note_empty(&mut object, "destination_groups", false);
    let services = services(&mut object);
    let direction = object.choice("direction", DIRECTIONS);
    let applied_to = peers(&mut object, "scope", false);
    note_empty(&mut object, "scope", true);
    let ip = object.choice("ip_protocol", VERSIONS);
    let profiles = asked_profiles(&mut object, profiles);
    let is_default = object.flag("is_default").unwrap_or(false)
        || DEFAULT_IDS.iter().any(|id| item.path.ends_with(id));
    let sequence = object.number("sequence_number").unwrap_or(0);
    let logged = object.flag("logged").unwrap_or(false);
    let log_label = object.text("tag").map(|text| text.value);
    let notes = object.text("notes").map(|text| text.value);
    let disabled = object.flag("disabled").unwrap_or(false);
    object.elsewhere(&["rule_id"]);
    let ident = object.ident.clone();
    let closed = object.close(findings);
    Rule {
        ident,
        sequence,
        action,
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

fn action(object: &mut Object<'_>, tier: Tier) -> Action {
    let Some(action) = object.choice("action", ACTIONS) else {
        object.missing("action");
        return Action::Drop;
    };
    if action == Action::Jump && tier != Tier::Environment {
        let message = format!(
            "{} jumps to the Application category and stands outside the Environment category",
            object.title()
        );
        object.mark("action");
        object.note(&codes::read_network::ILLEGAL_JUMP, None, message);
    }
    if action == Action::Reject && tier == Tier::Ethernet {
        let node = object.node.get("action").unwrap_or(object.node);
        let message = format!("{} rejects, which no Ethernet rule can do", object.title());
        object.mark("action");
        object.push(
            Finding::new(
                &codes::read::BAD_VALUE,
                super::known::SCHEMA.domain,
                message,
            )
            .about(object.ident.subject())
            .at(origin(object.file, node), "REJECT"),
        );
    }
    action
}

/// Services by reference and entries written in the rule. `ANY` beside entries means the entries
/// alone; neither means every protocol.
fn services(object: &mut Object<'_>) -> Services<Named> {
    let texts = object.texts("services").unwrap_or_default();
    let entries = object.items("service_entries");
    let mut uses = Vec::new();
    if let Some(any) = texts.iter().find(|text| is_any(&text.value)) {
        if texts.len() > 1 {
            object.refuse("services", any, "`ANY` must be the only entry");
        }
    } else {
        for text in &texts {
            let name = Name::new(text.value.trim(), text.origin);
            uses.push(ServiceUse::Named(name));
        }
    }
    for node in &entries {
        let entry = entry(object, *node);
        uses.push(ServiceUse::Inline(entry));
    }
    if texts.is_empty() && entries.is_empty() {
        note_empty(object, "services", false);
    }
    NonEmpty::new(uses).map_or(Services::Any, Services::Of)
}

/// The profiles that must match too, with what is known about them.
fn asked_profiles(object: &mut Object<'_>, known: &Profiles) -> Vec<Opaque> {
    let texts = object.texts("profiles").unwrap_or_default();
    let asked = texts.iter().filter(|text| !is_any(&text.value));
    asked
        .map(|text| {
            let mut profile = unknown("context profile", text);
            if let Some(says) = known.get(&text.value) {
                profile.text = format!("{}: {says}", text.value);
            }
            profile
        })
        .collect()
}

/// A rule that stands in no list: the product adds it for a setting of its policy.
pub(super) struct Implied {
    pub ident: Ident,
    pub action: Action,
    pub logged: bool,
}

impl Implied {
    /// The rule: from everybody to everybody, at the end of its policy.
    pub fn rule(self) -> Rule<Named> {
        use crate::ir::network::Peers;
        Rule {
            ident: self.ident,
            sequence: i64::MAX,
            action: self.action,
            source: Peers::any(),
            destination: Peers::any(),
            services: Services::Any,
            direction: Direction::Both,
            applied_to: Peers::any(),
            ip: IpVersion::Both,
            profiles: Vec::new(),
            logged: self.logged,
            log_label: None,
            notes: None,
            enabled: true,
            is_default: false,
            unread: Vec::new(),
            broken: Vec::new(),
        }
    }
}
