//! Constructs of NSX exports, each in a few lines.

mod composer;
mod groups;
mod keys;
mod manager;
mod members;
mod policies;
mod rules;
mod services;
mod shapes;
mod tenants;
mod toolkit;
mod v6;
mod v6_members;

use crate::finding::{Effect, Finding, Findings};
use crate::front;
use crate::ir::network::{
    Action, Direction, Enforcement, Fallback, Group, IpVersion, PeerSet, Peers, Rule, Section, Tier,
};
use crate::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use crate::ir::service::{IcmpVersion, Match, ServiceUse, Services, Transport};
use crate::ir::set::PortSet;
use crate::ir::{Named, Policy};
use crate::source::Sources;

/// Reads exports, each a file of its own.
fn read(files: &[&str]) -> (Policy<Named>, Vec<Finding>) {
    let mut sources = Sources::default();
    for (at, text) in files.iter().enumerate() {
        let tree = rehome_grammar::read(text.as_bytes().to_vec()).expect("the test's JSON");
        let name = format!("{at}.json");
        sources.add(name.clone(), name.into(), tree);
    }
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    (policy, findings.into_iter().collect())
}

/// The codes of findings, without those that a snippet without a default rule always has.
fn codes(findings: &[Finding]) -> Vec<&'static str> {
    let mut codes: Vec<_> = findings.iter().map(|finding| finding.code.id).collect();
    codes.retain(|code| *code != "R1001");
    codes.sort_unstable();
    codes
}

/// A policy of the Application category with one rule that has these keys more.
fn with_rule(keys: &str) -> (Rule<Named>, Vec<&'static str>) {
    let text = format!(
        r#"{{"resource_type": "SecurityPolicy", "id": "p", "category": "Application", "rules": [
            {{"resource_type": "Rule", "id": "r", {keys}}}]}}"#
    );
    let (policy, findings) = read(&[&text]);
    let rule = policy.network.sections[0].rules[0].clone();
    (rule, codes(&findings))
}

const PLAIN: &str = r#""action": "ALLOW", "source_groups": ["ANY"], "destination_groups": ["ANY"],
    "services": ["ANY"], "scope": ["ANY"]"#;

/// A policy with these keys more.
fn with_policy(keys: &str) -> (Section<Named>, Vec<&'static str>) {
    let text = format!(
        r#"{{"resource_type": "SecurityPolicy", "id": "p", {keys}, "rules": [
            {{"resource_type": "Rule", "id": "r", {PLAIN}}}]}}"#
    );
    let (policy, findings) = read(&[&text]);
    (policy.network.sections[0].clone(), codes(&findings))
}

/// A group with this expression.
fn with_expression(expression: &str) -> (Group<Named>, Vec<&'static str>) {
    let text = format!(r#"{{"resource_type": "Group", "id": "g", "expression": {expression}}}"#);
    let (policy, findings) = read(&[&text]);
    let group = policy
        .network
        .groups
        .values()
        .next()
        .expect("one group")
        .clone();
    (group, codes(&findings))
}

/// A selector in a form that is quick to compare.
fn say(selector: &Selector<Named>) -> String {
    let list = |parts: &crate::ir::NonEmpty<Selector<Named>>, word: &str| {
        let parts: Vec<String> = parts.iter().map(say).collect();
        format!("({})", parts.join(word))
    };
    match selector {
        Selector::Nothing => "nothing".to_owned(),
        Selector::All(parts) => list(parts, " and "),
        Selector::AnyOf(parts) => list(parts, " or "),
        Selector::Not(inner) => format!("not {}", say(inner)),
        Selector::Match(condition) => say_condition(condition),
        Selector::Addresses(set, _) => set.to_string(),
        Selector::Group(name) => format!("group {}", name.text),
        Selector::Vm(name) => format!("vm {}", name.text),
        Selector::Segment(name) => format!("segment {}", name.text),
        Selector::Opaque(opaque) => format!("opaque[{}]", opaque.what),
    }
}

fn say_condition(condition: &Condition) -> String {
    let Condition {
        of,
        key,
        operator,
        value,
        origin: _,
    } = condition;
    let of = match of {
        Of::Vm => "vm",
        Of::Segment => "segment",
        Of::SegmentPort => "port",
    };
    let key = match key {
        Key::Tag(TagScope::Any) => "tag *".to_owned(),
        Key::Tag(TagScope::Is(scope)) => format!("tag {scope}"),
        Key::Tag(TagScope::IsNot(scope)) => format!("tag not {scope}"),
        Key::Name => "name".to_owned(),
        Key::OsName => "os".to_owned(),
        Key::ComputerName => "computer".to_owned(),
    };
    let operator = match operator {
        Operator::Equals => "=",
        Operator::NotEquals => "!=",
        Operator::Contains => "~",
        Operator::StartsWith => "^",
        Operator::EndsWith => "$",
        Operator::Present => "present",
    };
    format!("{of} {key} {operator} {value}")
        .trim_end()
        .to_owned()
}

fn say_peers(peers: &Peers<Named>) -> String {
    let not = if peers.negated { "not " } else { "" };
    match &peers.set {
        PeerSet::Any => format!("{not}any"),
        PeerSet::Of(list) => {
            let list: Vec<String> = list.iter().map(say).collect();
            format!("{not}{}", list.join(", "))
        }
    }
}
