//! Policies of the distributed firewall: what holds for all rules of one.

use super::object::{Object, Text, origin};
use super::peers::{note_empty, peers, unknown};
use super::reach::place;
use super::rule::Implied;
use super::settings::Schedules;
use super::walk::Item;
use crate::finding::{Finding, Findings, codes};
use crate::ir::network::{Action, PeerSet, Section, Tier};
use crate::ir::{BadKey, Ident, Named};

const TIERS: &[(&str, Tier)] = &[
    ("Ethernet", Tier::Ethernet),
    ("Emergency", Tier::Emergency),
    ("Infrastructure", Tier::Infrastructure),
    ("Environment", Tier::Environment),
    ("Application", Tier::Application),
];

/// Preferences: the action of the rule they stand for, and whether it logs.
const PREFERENCES: &[(&str, Option<(Action, bool)>)] = &[
    ("ALLOWLIST", Some((Action::Drop, false))),
    ("ALLOWLIST_ENABLE_LOGGING", Some((Action::Drop, true))),
    ("DENYLIST", Some((Action::Allow, false))),
    ("DENYLIST_ENABLE_LOGGING", Some((Action::Allow, true))),
    ("NONE", None),
];

/// The same under their deprecated names.
const STRATEGIES: &[(&str, Option<(Action, bool)>)] = &[
    ("WHITELIST", Some((Action::Drop, false))),
    ("WHITELIST_ENABLE_LOGGING", Some((Action::Drop, true))),
    ("BLACKLIST", Some((Action::Allow, false))),
    ("BLACKLIST_ENABLE_LOGGING", Some((Action::Allow, true))),
    ("NONE", None),
];

/// A policy without its rules.
pub(super) struct Head {
    /// The section, still without rules.
    pub section: Section<Named>,
    /// What could not be read and makes every rule of it unusable.
    pub broken: Vec<BadKey>,
    /// The rule it stands for, at its end.
    pub implied: Option<Implied>,
    /// How many rules the product says it has.
    pub count: Option<i64>,
    /// Whether every rule logs, whatever it says itself.
    pub logs_all: bool,
}

/// Reads a policy without its rules.
pub(super) fn section(
    item: &Item<'_>,
    ident: Ident,
    schedules: &Schedules,
    findings: &mut Findings,
) -> Head {
    let mut object = Object::new(item.file, item.node, "SecurityPolicy", ident);
    let tier = tier(&mut object);
    let number = object.number("sequence_number").unwrap_or(0);
    let scope = peers(&mut object, "scope", false);
    note_empty(&mut object, "scope", true);
    let applied_to = match scope.set {
        PeerSet::Any => None,
        PeerSet::Of(_) => Some(scope),
    };
    let stateful = object.flag("stateful").unwrap_or(tier != Tier::Ethernet);
    let strict_tcp = object.flag("tcp_strict").unwrap_or(stateful);
    let schedule = object.text("scheduler_path").map(|text| {
        let mut schedule = unknown("schedule", &text);
        if let Some(says) = schedules.get(&text.value) {
            schedule.text = format!("{}: {says}", text.value);
        }
        schedule
    });
    // Deprecated; where it is on, rules log whether they say so or not.
    let logs_all = object.flag("logging_enabled").unwrap_or(false);
    let is_default = object.flag("is_default").unwrap_or(false)
        || item.path.ends_with("/default-layer3-section");
    let sequence = place(&item.path, number, is_default);
    let implied = implied(&mut object, applied_to.is_some());
    let count = object.number("rule_count");
    application_strategy(&mut object);
    let ident = object.ident.clone();
    let closed = object.close(findings);
    Head {
        section: Section {
            ident,
            tier,
            sequence,
            applied_to,
            stateful,
            strict_tcp,
            schedule,
            enabled: true,
            rules: Vec::new(),
            unread: closed.unread,
        },
        broken: closed.broken,
        implied,
        count,
        logs_all,
    }
}

fn tier(object: &mut Object<'_>) -> Tier {
    if !object.has("category") {
        let message = format!("{} names no category", object.title());
        object.elsewhere(&["category"]);
        object.mark("category");
        object.note(&codes::read_network::NO_CATEGORY, None, message);
    }
    object
        .choice("category", TIERS)
        .unwrap_or(Tier::Application)
}

/// The any-to-any rule that a preference stands for. It needs the scope of the policy; without one
/// the product refuses the preference, so what is in force is not known.
fn implied(object: &mut Object<'_>, scoped: bool) -> Option<Implied> {
    let new = object
        .choice("connectivity_preference", PREFERENCES)
        .flatten();
    let old = object.choice("connectivity_strategy", STRATEGIES).flatten();
    let number = object.number("default_rule_id");
    let (action, logged) = new.or(old).or_else(|| collected(object))?;
    let key = if new.is_some() {
        "connectivity_preference"
    } else {
        "connectivity_strategy"
    };
    if !scoped {
        let text = Text {
            value: String::new(),
            origin: object
                .node
                .get(key)
                .map_or(object.ident.origin, |node| origin(object.file, node)),
        };
        object.refuse(key, &text, "a preference needs the scope of the policy");
    }
    let word = match action {
        Action::Allow => "allow",
        Action::Drop | Action::Reject | Action::Jump => "drop",
    };
    let message = format!(
        "{}; its connectivity preference stands for a rule at its end: {word} everything in its scope",
        object.title()
    );
    object.note(&codes::read_network::IMPLIED_RULE, None, message);
    let id = number.map_or_else(|| "default".to_owned(), |number| number.to_string());
    let at = object.node.get(key).map(|node| origin(object.file, node));
    Some(Implied {
        ident: Ident {
            id: format!("{}/rules/{id}", object.ident.id),
            name: format!("{} (default)", object.ident.name),
            origin: at.unwrap_or(object.ident.origin),
        },
        action,
        logged,
    })
}

/// The same rule as collectors keep it: the realised object under `default_rule`.
fn collected(object: &mut Object<'_>) -> Option<(Action, bool)> {
    let node = object.ask("default_rule")?;
    match super::object::peek(node, "action")?.as_str() {
        "ALLOW" => Some((Action::Allow, false)),
        "DROP" => Some((Action::Drop, false)),
        "REJECT" => Some((Action::Reject, false)),
        _other => None,
    }
}

/// Strategies stand for rules that no list shows and no documentation spells out.
fn application_strategy(object: &mut Object<'_>) {
    let list = object.items("application_connectivity_strategy");
    if let Some(first) = list.first() {
        let message = format!(
            "{}; its application connectivity strategy stands for rules that the export does not show",
            object.title()
        );
        let domain = super::known::SCHEMA.domain;
        let at = origin(object.file, *first);
        let finding = Finding::new(&codes::read::NOT_TRANSLATED, domain, message);
        let finding = finding.about(object.ident.subject());
        object.push(finding.at(at, "application_connectivity_strategy"));
        object.mark("application_connectivity_strategy");
    }
}

/// A section for rules whose policy stands in no export.
pub(super) fn unknown_section(path: &str, first: &Item<'_>, findings: &mut Findings) -> Head {
    let ident = Ident {
        id: path.to_owned(),
        name: path.rsplit('/').next().unwrap_or(path).to_owned(),
        origin: origin(first.file, first.node),
    };
    let message = format!(
        "NSX policy `{path}` stands in no export, and rules of it do, such as `{}`",
        first.ident().name
    );
    let domain = super::known::SCHEMA.domain;
    let code = &codes::read_network::RULES_WITHOUT_POLICY;
    findings.push(Finding::new(code, domain, message).about(ident.subject()));
    let broken = vec![BadKey {
        name: "policy".to_owned(),
        origin: ident.origin,
    }];
    Head {
        section: Section {
            ident,
            tier: Tier::Application,
            sequence: 0,
            applied_to: None,
            stateful: true,
            strict_tcp: true,
            schedule: None,
            enabled: true,
            rules: Vec::new(),
            unread: Vec::new(),
        },
        broken,
        implied: None,
        count: None,
        logs_all: false,
    }
}
