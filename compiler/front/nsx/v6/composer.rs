//! Policies of Service Composer: rules that are bound to security groups.
//!
//! The product makes a section of each policy and shows it in the firewall configuration, where its
//! rules stand as they are enforced. Where the exports hold that section, it is what is read; where
//! they hold no configuration at all, the rules are made from the policy.

use super::super::object::{Object, origin, peek};
use super::groups::member;
use super::services::application;
use super::{Element, Reading, object, settle, word};
use crate::finding::{Effect, Finding, codes, count};
use crate::ir::network::{Action, Direction, IpVersion, PeerSet, Peers, Rule, Section, Tier};
use crate::ir::selector::Selector;
use crate::ir::service::{ServiceUse, Services};
use crate::ir::{Ident, Name, Named, NonEmpty, Opaque};
use rehome_grammar::Node;
use std::cmp::Reverse;

const ACTIONS: &[(&str, Action)] = &[
    ("allow", Action::Allow),
    ("block", Action::Drop),
    ("reject", Action::Reject),
];

/// Where the traffic of a rule goes, seen from the groups of its policy.
#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
    Within,
}

const WAYS: &[(&str, Way)] = &[
    ("inbound", Way::In),
    ("outbound", Way::Out),
    ("intra", Way::Within),
];

/// What the name of a section ends with that the product made of a policy.
const MADE: &str = ":: NSX Service Composer";

/// Reads the policies, those with the highest precedence first.
pub(super) fn policies(found: &[Element<'_>], reading: &mut Reading<'_>) {
    let beside_sections = !reading.network.sections.is_empty();
    let mut read: Vec<(Reverse<i64>, Section<Named>)> = Vec::new();
    for one in found.iter().filter(|one| one.name == "securityPolicy") {
        let mut head = Head::of(one, reading);
        let made = reading.network.sections.iter().find(|section| {
            let name = section
                .ident
                .name
                .strip_prefix(head.object.ident.name.as_str());
            name.is_some_and(|rest| rest.trim_start().starts_with(MADE))
        });
        if let Some(made) = made {
            let message = format!(
                "NSX policy `{}` of Service Composer is read as the section `{}`, which the product \
                 made of it",
                head.object.ident.name, made.ident.name
            );
            let code = &codes::read_network::SHOWN_AS_SECTION;
            head.object.note(code, None, message);
            head.object.close(reading.findings);
            continue;
        }
        let bound = NonEmpty::new(std::mem::take(&mut head.groups));
        let (Some(bound), false) = (bound, beside_sections) else {
            let ident = head.object.ident.clone();
            let count = head.rules.len();
            head.object.close(reading.findings);
            let what = "policy of Service Composer";
            if beside_sections {
                let why = "no section of the configuration is made of it";
                reading.listed(ident, what, why, count, Effect::SHIFTS);
            } else {
                let why = "it is bound to no group";
                reading.listed(ident, what, why, count, Effect::Record);
            }
            continue;
        };
        let precedence = Reverse(head.precedence);
        read.push((precedence, head.section(&bound, reading)));
    }
    read.sort_by_key(|(precedence, _)| *precedence);
    for (at, (_, mut section)) in (0_i64..).zip(read) {
        section.sequence = at;
        reading.network.sections.push(section);
    }
}

/// A policy with its rules still as they stand.
struct Head<'t> {
    object: Object<'t>,
    precedence: i64,
    groups: Vec<Selector<Named>>,
    rules: Vec<Node<'t>>,
}

impl<'t> Head<'t> {
    fn of(one: &Element<'t>, reading: &mut Reading<'_>) -> Self {
        let mut object = object(one.file, one.node, "securityPolicy");
        let precedence = object.number("precedence");
        if precedence.is_none() {
            object.missing("precedence");
        }
        let mut groups = Vec::new();
        for node in object.many("securityGroupBinding") {
            let key = "securityGroupBinding";
            let (estate, findings) = (reading.estate, &mut *reading.findings);
            groups.push(member(&mut object, key, node, estate, findings));
        }
        if let Some(parent) = object.ask("parent") {
            let text = super::Text {
                value: peek(parent, "objectId").unwrap_or_default(),
                origin: origin(one.file, parent),
            };
            let what =
                "a policy takes rules over from its parent, in a way the product does not document";
            object.refuse("parent", &text, what);
        }
        let mut rules = Vec::new();
        for list in object.many("actionsByCategory") {
            let mut part = object.part(list, "actionsByCategory");
            let category = part.word("category").map(|text| text.value);
            let nodes = part.many("action");
            settle(&mut object, "actionsByCategory", part, reading.findings);
            if category.as_deref() == Some("firewall") {
                rules.extend(nodes);
            } else if let Some(first) = nodes.first() {
                let message = format!(
                    "{}; its actions of the category `{}` are not translated: {}",
                    object.title(),
                    category.unwrap_or_default(),
                    count(nodes.len(), "action")
                );
                let domain = super::SCHEMA.domain;
                let finding = Finding::new(&codes::read::NOT_TRANSLATED, domain, message);
                let finding = finding.about(object.ident.subject());
                object.push(finding.at(origin(one.file, *first), "category"));
            }
        }
        Self {
            object,
            precedence: precedence.unwrap_or_default(),
            groups,
            rules,
        }
    }

    fn section(
        mut self,
        bound: &NonEmpty<Selector<Named>>,
        reading: &mut Reading<'_>,
    ) -> Section<Named> {
        let message = format!(
            "{}; whether other machines than those of its groups filter by its rules is a setting \
             that stands in no export",
            self.object.title()
        );
        let code = &codes::read_network::COMPOSER_SCOPE;
        self.object.note(code, None, message);
        let ident = self.object.ident.clone();
        let rules: Vec<Rule<Named>> = std::mem::take(&mut self.rules)
            .into_iter()
            .enumerate()
            .map(|(at, node)| self.rule(node, at, bound, reading))
            .collect();
        let closed = self.object.close(reading.findings);
        let mut section = Section {
            applied_to: Some(held(bound, &ident)),
            ident,
            tier: Tier::Application,
            sequence: 0,
            stateful: true,
            strict_tcp: false,
            schedule: None,
            enabled: true,
            rules,
            unread: closed.unread,
        };
        for rule in &mut section.rules {
            let inherited = closed.broken.iter().map(|key| key.inherited("policy"));
            rule.broken.extend(inherited);
        }
        section
    }

    fn rule(
        &self,
        node: Node<'t>,
        at: usize,
        bound: &NonEmpty<Selector<Named>>,
        reading: &mut Reading<'_>,
    ) -> Rule<Named> {
        let file = self.object.file;
        let mut rule = object(file, node, "action");
        rule.elsewhere(&["category", "@class"]);
        let named = peek(node, "objectId").unwrap_or_else(|| format!("new-{at}"));
        rule.ident.id = format!("{}/rules/{named}", self.object.ident.id);
        let action = word(&mut rule, "action", ACTIONS);
        if action.is_none() {
            rule.missing("action");
        }
        let way = word(&mut rule, "direction", WAYS);
        if way.is_none() {
            rule.missing("direction");
        }
        let others = others(&mut rule, reading);
        let own = || Peers {
            negated: false,
            set: PeerSet::Of(bound.clone()),
        };
        let (source, destination) = match way {
            Some(Way::In) | None => (others, own()),
            Some(Way::Out) => (own(), others),
            Some(Way::Within) => (own(), own()),
        };
        let order = rule.number("executionOrder");
        let enabled = rule.flag("isEnabled").unwrap_or(true);
        let enforced = rule.flag("isActionEnforced").unwrap_or(false);
        if enforced {
            rule.mark("isActionEnforced");
            let message = format!("{} is enforced upon other policies", rule.title());
            rule.note(&codes::read::BAD_VALUE, None, message);
        }
        let logged = rule.flag("logged").unwrap_or(false);
        let services = applications(&mut rule, reading);
        let ident = rule.ident.clone();
        let closed = rule.close(reading.findings);
        Rule {
            ident,
            sequence: order.unwrap_or_else(|| i64::try_from(at).unwrap_or(i64::MAX)),
            action: action.unwrap_or(Action::Drop),
            source,
            destination,
            services,
            direction: Direction::Both,
            applied_to: Peers::any(),
            ip: IpVersion::Both,
            profiles: Vec::new(),
            logged,
            log_label: None,
            notes: None,
            enabled,
            is_default: false,
            unread: closed.unread,
            broken: closed.broken,
        }
    }
}

/// The filters that hold the rules: those of the groups for sure, and by a setting all others.
fn held(bound: &NonEmpty<Selector<Named>>, ident: &Ident) -> Peers<Named> {
    let others = Selector::Opaque(Opaque {
        what: "Applied-To setting of Service Composer".to_owned(),
        text: ident.name.clone(),
        origin: ident.origin,
    });
    let groups = Selector::AnyOf(bound.clone());
    let list = NonEmpty::new(vec![groups, others]);
    Peers {
        negated: false,
        set: list.map_or(PeerSet::Any, PeerSet::Of),
    }
}

/// The other side of a rule; without groups it is everybody.
fn others(rule: &mut Object<'_>, reading: &mut Reading<'_>) -> Peers<Named> {
    let key = "secondarySecurityGroup";
    let negated = rule.flag("outsideSecondaryContainer").unwrap_or(false);
    gone(
        rule,
        "invalidSecondaryContainers",
        "a group of the rule has been deleted",
    );
    let mut list = Vec::new();
    for node in rule.many(key) {
        let (estate, findings) = (reading.estate, &mut *reading.findings);
        list.push(member(rule, key, node, estate, findings));
    }
    Peers {
        negated,
        set: NonEmpty::new(list).map_or(PeerSet::Any, PeerSet::Of),
    }
}

/// Says what the product marks as deleted.
fn gone(rule: &mut Object<'_>, key: &'static str, what: &str) {
    if rule.flag(key) == Some(true) {
        let node = rule.node.get(key).unwrap_or(rule.node);
        let text = super::Text {
            value: "true".to_owned(),
            origin: origin(rule.file, node),
        };
        rule.refuse(key, &text, what);
    }
}

/// The services of a rule. Each stands whole in the policy; it is added where no export has it.
fn applications(rule: &mut Object<'_>, reading: &mut Reading<'_>) -> Services<Named> {
    gone(
        rule,
        "invalidApplications",
        "a service of the rule has been deleted",
    );
    let Some(list) = rule.ask("applications") else {
        return Services::Any;
    };
    let mut part = rule.part(list, "applications");
    let single = part.many("application");
    let grouped = part.many("applicationGroup");
    settle(rule, "applications", part, reading.findings);
    let mut uses = Vec::new();
    for node in single.iter().chain(&grouped) {
        let at = origin(rule.file, *node);
        let Some(id) = peek(*node, "objectId") else {
            rule.missing("applications");
            continue;
        };
        let services = &mut reading.network.services;
        let known = services.values().any(|service| service.ident.id == id);
        if !known && node.get("element").is_some() {
            services.push(application(rule.file, *node, reading.findings));
        }
        uses.push(ServiceUse::Named(Name::new(id, at)));
    }
    NonEmpty::new(uses).map_or(Services::Any, Services::Of)
}
