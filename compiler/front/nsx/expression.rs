//! Group expressions: criteria joined by AND and OR.

use super::object::{Object, Text, opaque, peek};
use super::peers::{addresses, path, unknown};
use crate::finding::{Effect, Finding, Findings, codes};
use crate::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use crate::ir::{Name, Named, NonEmpty};
use rehome_grammar::Node;
use rehome_grammar::text::scope_tag;

/// How two criteria are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    Or,
    And,
}

/// Reads a list of criteria with their conjunctions between them. An empty list means nobody.
pub(super) fn expression<'t>(group: &mut Object<'t>, list: &[Node<'t>]) -> Selector<Named> {
    let mut parts = Vec::new();
    let mut joins = Vec::new();
    let mut sound = true;
    for (at, node) in list.iter().enumerate() {
        let joining = peek(*node, "resource_type").as_deref() == Some("ConjunctionOperator");
        if joining != (at % 2 == 1) {
            sound = false;
        } else if joining {
            match join(group, *node) {
                Some(join) => joins.push(join),
                None => sound = false,
            }
        } else {
            parts.push(part(group, *node));
        }
    }
    if !list.is_empty() && list.len().is_multiple_of(2) {
        sound = false;
    }
    match list.first() {
        None => Selector::Nothing,
        Some(_) if sound => combine(group, parts, &joins, list),
        Some(first) => {
            let message = format!(
                "{}; its expression does not alternate criteria and conjunctions",
                group.title()
            );
            let at = super::object::origin(group.file, *first);
            group.mark("expression");
            group.push(
                Finding::new(
                    &codes::read::BAD_SHAPE,
                    super::known::SCHEMA.domain,
                    message,
                )
                .about(group.ident.subject())
                .at(at, "expression"),
            );
            Selector::Opaque(opaque(group.file, *first, "malformed expression"))
        }
    }
}

fn join<'t>(group: &mut Object<'t>, node: Node<'t>) -> Option<Join> {
    let mut part = group.part(node, "ConjunctionOperator");
    let known = [("OR", Join::Or), ("AND", Join::And)];
    let join = part.choice("conjunction_operator", &known);
    if join.is_none() {
        part.missing("conjunction_operator");
    }
    let mut findings = Findings::new();
    let closed = part.close(&mut findings);
    for finding in findings {
        group.push(finding);
    }
    for key in closed.unusable() {
        group.mark(key);
    }
    join
}

/// Joins the criteria. A list with both conjunctions can be read in two ways: as it stands from
/// left to right, or with AND binding first.
fn combine(
    group: &mut Object<'_>,
    parts: Vec<Selector<Named>>,
    joins: &[Join],
    list: &[Node<'_>],
) -> Selector<Named> {
    let mixed = joins.contains(&Join::Or) && joins.contains(&Join::And);
    if !mixed {
        return if joins.contains(&Join::And) {
            all(parts)
        } else {
            any_of(parts)
        };
    }
    // Both readings agree when every AND comes before the first OR.
    let agree = joins
        .iter()
        .skip_while(|join| **join == Join::And)
        .all(|join| *join == Join::Or);
    let message = if agree {
        format!(
            "{}; its expression mixes AND and OR in a way that has one meaning",
            group.title()
        )
    } else {
        format!(
            "{}; its expression mixes AND and OR, and the product does not say which binds first",
            group.title()
        )
    };
    let effect = if agree {
        Effect::Record
    } else {
        Effect::SHIFTS
    };
    let code = &codes::read_network::MIXED_CONJUNCTIONS;
    group.push(
        Finding::new(code, super::known::SCHEMA.domain, message)
            .effect(effect)
            .about(group.ident.subject()),
    );
    if !agree {
        return match list.first() {
            Some(first) => Selector::Opaque(opaque(
                group.file,
                *first,
                "expression that mixes AND and OR",
            )),
            None => Selector::Nothing,
        };
    }
    let first_or = joins.iter().take_while(|join| **join == Join::And).count();
    let mut parts = parts.into_iter();
    let narrow: Vec<_> = parts.by_ref().take(first_or + 1).collect();
    any_of(std::iter::once(all(narrow)).chain(parts).collect())
}

fn all(parts: Vec<Selector<Named>>) -> Selector<Named> {
    of(parts, Selector::All)
}

pub(super) fn any_of(parts: Vec<Selector<Named>>) -> Selector<Named> {
    of(parts, Selector::AnyOf)
}

fn of(
    mut parts: Vec<Selector<Named>>,
    make: impl Fn(NonEmpty<Selector<Named>>) -> Selector<Named>,
) -> Selector<Named> {
    if parts.len() == 1 {
        return parts.pop().unwrap_or(Selector::Nothing);
    }
    NonEmpty::new(parts).map_or(Selector::Nothing, make)
}

/// One criterion.
fn part<'t>(group: &mut Object<'t>, node: Node<'t>) -> Selector<Named> {
    let kind = peek(node, "resource_type").unwrap_or_default();
    match kind.as_str() {
        "Condition" => closed(group, node, "Condition", condition),
        "NestedExpression" => closed(group, node, "NestedExpression", |part| {
            let list = part.items("expressions");
            expression(part, &list)
        }),
        "IPAddressExpression" => closed(group, node, "IPAddressExpression", |part| {
            address_list(part, "ip_addresses")
        }),
        "PathExpression" => closed(group, node, "PathExpression", |part| {
            let paths = part.texts("paths").unwrap_or_default();
            any_of(paths.iter().map(|text| path(&text.value, text)).collect())
        }),
        "ExternalIDExpression" => closed(group, node, "ExternalIDExpression", external),
        "MACAddressExpression" => {
            Selector::Opaque(opaque(group.file, node, "MAC address expression"))
        }
        "IdentityGroupExpression" => Selector::Opaque(opaque(group.file, node, "identity group")),
        "GeoLocationExpression" => {
            Selector::Opaque(opaque(group.file, node, "geographic location"))
        }
        unknown => {
            let what = format!("unknown expression type `{unknown}`");
            let value = super::object::origin(group.file, node);
            let text = Text {
                value: unknown.to_owned(),
                origin: value,
            };
            group.doubt(&text, &what);
            Selector::Opaque(opaque(group.file, node, what))
        }
    }
}

/// Reads a part of a group. Where a key of it is not known or cannot be read, the part is carried
/// as it stands and not used.
fn closed<'t>(
    group: &mut Object<'t>,
    node: Node<'t>,
    within: &'static str,
    read: impl FnOnce(&mut Object<'t>) -> Selector<Named>,
) -> Selector<Named> {
    let mut part = group.part(node, within);
    let selector = read(&mut part);
    let mut findings = Findings::new();
    let closed = part.close(&mut findings);
    for finding in findings {
        group.push(finding);
    }
    if closed.broken.is_empty() && closed.unread.is_empty() {
        selector
    } else {
        let what = format!("{within} that cannot be read");
        Selector::Opaque(opaque(group.file, node, what))
    }
}

/// Addresses under a key.
pub(super) fn address_list(part: &mut Object<'_>, key: &'static str) -> Selector<Named> {
    let texts = part.texts(key).unwrap_or_default();
    let mut parts = Vec::new();
    for text in &texts {
        match addresses(part, text.value.trim(), text) {
            Some(read) => parts.push(read),
            None => {
                let what = format!("`{}` is no address, network or range", text.value);
                part.refuse(key, text, &what);
            }
        }
    }
    any_of(parts)
}

fn external(part: &mut Object<'_>) -> Selector<Named> {
    let kind = part.text("member_type");
    let ids = part.texts("external_ids").unwrap_or_default();
    let machines = kind
        .as_ref()
        .is_some_and(|kind| kind.value == "VirtualMachine");
    let what = kind.map_or_else(String::new, |kind| kind.value);
    let member = |id: &Text| {
        if machines {
            Selector::Vm(Name::new(id.value.clone(), id.origin))
        } else {
            Selector::Opaque(unknown(&format!("member of type `{what}`"), id))
        }
    };
    any_of(ids.iter().map(member).collect())
}

fn condition(part: &mut Object<'_>) -> Selector<Named> {
    let whole = opaque(part.file, part.node, "condition");
    let of = part.text("member_type");
    let key = part.text("key");
    let operator = part.text("operator");
    let scope = part.choice("scope_operator", &[("EQUALS", false), ("NOTEQUALS", true)]);
    let value = part.text("value");
    let excluded = part.ask("exclude");
    let (Some(of), Some(key), Some(value)) = (of, key, value) else {
        for needed in ["member_type", "key", "value"] {
            if !part.has(needed) {
                part.missing(needed);
            }
        }
        return Selector::Opaque(whole);
    };
    let property = format!("{} {}", of.value, key.value);
    let not_evaluated = |what: String| {
        Selector::Opaque(crate::ir::Opaque {
            what,
            ..whole.clone()
        })
    };
    let Some(member) = member_type(&of.value) else {
        return not_evaluated(format!("condition on `{property}`"));
    };
    if excluded.is_some() {
        return not_evaluated(format!("condition on `{property}` with exclusions"));
    }
    let Some(compare) = operator_of(operator.as_ref(), member) else {
        return match operator {
            Some(text) => not_evaluated(format!("condition with the operator `{}`", text.value)),
            None => {
                part.missing("operator");
                Selector::Opaque(whole)
            }
        };
    };
    let key = match key.value.as_str() {
        "Tag" => return tag(member, compare, scope == Some(true), &value),
        "Name" => Key::Name,
        "OSName" => Key::OsName,
        "ComputerName" => Key::ComputerName,
        _other => return not_evaluated(format!("condition on `{property}`")),
    };
    matching(member, key, compare, value.value.clone(), &value)
}

fn member_type(text: &str) -> Option<Of> {
    match text {
        "VirtualMachine" => Some(Of::Vm),
        "Segment" | "LogicalSwitch" | "VpcSubnet" => Some(Of::Segment),
        "SegmentPort" | "LogicalPort" | "VpcSubnetPort" => Some(Of::SegmentPort),
        _other => None,
    }
}

/// The operator; for segments and ports it may be left out and is equality then.
fn operator_of(text: Option<&Text>, of: Of) -> Option<Operator> {
    match (text.map(|text| text.value.as_str()), of) {
        (Some("EQUALS"), _) | (None, Of::Segment | Of::SegmentPort) => Some(Operator::Equals),
        (Some("NOTEQUALS"), _) => Some(Operator::NotEquals),
        (Some("CONTAINS"), _) => Some(Operator::Contains),
        (Some("STARTSWITH"), _) => Some(Operator::StartsWith),
        (Some("ENDSWITH"), _) => Some(Operator::EndsWith),
        (Some(_), _) | (None, Of::Vm) => None,
    }
}

/// `scope|tag`, `|tag`, `scope|` and `tag`.
fn tag(of: Of, operator: Operator, not_scope: bool, value: &Text) -> Selector<Named> {
    let read = scope_tag(&value.value);
    let scope = match (read.scope, not_scope) {
        (None, _) => TagScope::Any,
        (Some(scope), false) => TagScope::Is(scope.to_owned()),
        (Some(scope), true) => TagScope::IsNot(scope.to_owned()),
    };
    match (read.tag, &scope) {
        (Some(tag), _) => matching(of, Key::Tag(scope), operator, tag.to_owned(), value),
        (None, TagScope::Any) => Selector::Opaque(unknown("tag condition without a tag", value)),
        (None, TagScope::Is(_) | TagScope::IsNot(_)) => {
            let present = matching(of, Key::Tag(scope), Operator::Present, String::new(), value);
            if operator == Operator::NotEquals {
                Selector::Not(Box::new(present))
            } else {
                present
            }
        }
    }
}

fn matching(of: Of, key: Key, operator: Operator, value: String, at: &Text) -> Selector<Named> {
    Selector::Match(Condition {
        of,
        key,
        operator,
        value,
        origin: at.origin,
    })
}
