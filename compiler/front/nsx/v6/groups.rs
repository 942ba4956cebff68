//! Security groups, address sets, the exclusion list, and references to them.

use super::super::expression::any_of;
use super::super::object::{Ground, Object, Text, opaque, origin, peek};
use super::super::peers::unknown;
use super::estate::Estate;
use super::{Reading, object, settle};
use crate::finding::{Findings, codes};
use crate::ir::network::{Exclusion, Group};
use crate::ir::selector::{Condition, Key, Of, Operator, Selector};
use crate::ir::set::AddressSet;
use crate::ir::{Ident, Name, Named, NonEmpty};
use rehome_grammar::Node;
use rehome_grammar::text::address;

/// A reference from a rule: type and value.
pub(super) fn endpoint<'t>(
    rule: &mut Object<'t>,
    key: &'static str,
    node: Node<'t>,
    estate: &Estate,
    findings: &mut Findings,
) -> Selector<Named> {
    let file = rule.file;
    let mut part = rule.part(node, "endpoint");
    part.elsewhere(&["value", "type"]);
    let there = part.flag("isValid").unwrap_or(true);
    settle(rule, key, part, findings);
    let kind = peek(node, "type").unwrap_or_default();
    let value = Text {
        value: peek(node, "value").unwrap_or_default(),
        origin: origin(file, node),
    };
    if !there {
        let name = peek(node, "name").unwrap_or_default();
        let what = format!("the {kind} `{name}` has been deleted");
        rule.refuse(key, &value, &what);
        return Selector::Opaque(opaque(file, node, "object that has been deleted"));
    }
    reference(rule, key, &kind, &value, estate)
}

/// What a type and an object id point to.
fn reference(
    holder: &mut Object<'_>,
    key: &'static str,
    kind: &str,
    value: &Text,
    estate: &Estate,
) -> Selector<Named> {
    match kind {
        "Ipv4Address" | "Ipv6Address" => addresses(holder, key, value),
        "IPSet" | "MACSet" | "SecurityGroup" => {
            Selector::Group(Name::new(&value.value, value.origin))
        }
        "VirtualMachine" => Selector::Vm(Name::new(&value.value, value.origin)),
        "VirtualWire" | "DistributedVirtualPortgroup" | "Network" => {
            Selector::Segment(Name::new(&value.value, value.origin))
        }
        "ClusterComputeResource" | "HostSystem" => {
            let (machines, count) = estate.within(kind, value);
            if let Some(count) = count {
                let message = format!(
                    "{}; the {kind} `{}` is read as what is in it now: {}",
                    holder.title(),
                    value.value,
                    crate::finding::count(count, "machine")
                );
                holder.note(&codes::read_network::FROZEN_MEMBERS, Some(value), message);
            }
            machines
        }
        "SecurityTag" => estate.tagged(value),
        "Vnic" => Estate::interface(value),
        other => Selector::Opaque(unknown(&format!("member of type `{other}`"), value)),
    }
}

/// Addresses between commas.
fn addresses(holder: &mut Object<'_>, key: &'static str, text: &Text) -> Selector<Named> {
    let mut blocks = Vec::new();
    for part in text.value.split(',').map(str::trim) {
        match address(part) {
            Ok(read) => blocks.push(read.block),
            Err(error) => {
                holder.refuse_text(key, text, &error);
                return Selector::Opaque(unknown("unreadable address", text));
            }
        }
    }
    Selector::Addresses(AddressSet::from_blocks(blocks), text.origin)
}

/// The members by criteria and by list, without those that are excluded.
pub(super) fn security_group(
    file: Ground<'_>,
    node: Node<'_>,
    reading: &mut Reading<'_>,
) -> Group<Named> {
    let (estate, findings) = (reading.estate, &mut *reading.findings);
    let mut group = object(file, node, "securitygroup");
    let mut parts = Vec::new();
    for definition in group.many("dynamicMemberDefinition") {
        parts.extend(dynamic(&mut group, definition, estate, findings));
    }
    for node in group.many("member") {
        parts.push(member(&mut group, "member", node, estate, findings));
    }
    let mut members = any_of(parts);
    let out: Vec<_> = group
        .many("excludeMember")
        .into_iter()
        .map(|node| member(&mut group, "excludeMember", node, estate, findings))
        .collect();
    if !out.is_empty() {
        let rest = Selector::Not(Box::new(any_of(out)));
        members = NonEmpty::new(vec![members, rest]).map_or(Selector::Nothing, Selector::All);
    }
    if group.is_broken() {
        members = Selector::Opaque(opaque(file, node, "group that cannot be read"));
    }
    let ident = group.ident.clone();
    let closed = group.close(findings);
    Group {
        ident,
        members,
        realised: None,
        unread: closed.unread,
    }
}

/// A reference to an object by type and object id; the rest of it repeats the object.
pub(super) fn member<'t>(
    group: &mut Object<'t>,
    key: &'static str,
    node: Node<'t>,
    estate: &Estate,
    findings: &mut Findings,
) -> Selector<Named> {
    let mut part = group.part(node, "member");
    part.elsewhere(&["objectId", "name", "objectTypeName"]);
    settle(group, key, part, findings);
    let kind = peek(node, "objectTypeName")
        .or_else(|| peek(node.get("type")?, "typeName"))
        .unwrap_or_default();
    let id = Text {
        value: peek(node, "objectId").unwrap_or_default(),
        origin: origin(group.file, node),
    };
    if id.value.is_empty() {
        group.refuse(key, &id, "a member without an object id");
    }
    reference(group, key, &kind, &id, estate)
}

/// Sets of criteria. Each set and each criterion says how it is joined to the one before it.
fn dynamic<'t>(
    group: &mut Object<'t>,
    definition: Node<'t>,
    estate: &Estate,
    findings: &mut Findings,
) -> Option<Selector<Named>> {
    let key = "dynamicMemberDefinition";
    let mut whole = group.part(definition, key);
    let mut sets = Vec::new();
    for node in whole.many("dynamicSet") {
        let mut set = group.part(node, "dynamicSet");
        let word = set.word("operator").map(|text| text.value);
        let mut criteria = Vec::new();
        for node in set.many("dynamicCriteria") {
            let mut part = group.part(node, "dynamicCriteria");
            let word = part.word("operator").map(|text| text.value);
            criteria.push((word, criterion(&mut part, estate)));
            settle(group, key, part, findings);
        }
        settle(group, key, set, findings);
        if let Some(read) = joined(group, node, criteria) {
            sets.push((word, read));
        }
    }
    settle(group, key, whole, findings);
    joined(group, definition, sets)
}

fn joined(
    group: &Object<'_>,
    node: Node<'_>,
    parts: Vec<(Option<String>, Selector<Named>)>,
) -> Option<Selector<Named>> {
    // The first has nothing before it.
    let mut words: Vec<String> = parts
        .iter()
        .skip(1)
        .map(|(word, _)| word.clone().unwrap_or_default().to_uppercase())
        .collect();
    words.sort_unstable();
    words.dedup();
    let list: Vec<Selector<Named>> = parts.into_iter().map(|(_, part)| part).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["OR"] => NonEmpty::new(list).map(|list| any_of(list.into_vec())),
        ["AND"] => NonEmpty::new(list).map(Selector::All),
        _mixed => Some(Selector::Opaque(opaque(
            group.file,
            node,
            "criteria joined by AND and OR",
        ))),
    }
}

fn criterion(part: &mut Object<'_>, estate: &Estate) -> Selector<Named> {
    let mut text = |key| {
        let found = part.word(key);
        found.unwrap_or_else(|| Text {
            value: String::new(),
            origin: origin(part.file, part.node),
        })
    };
    let (key, compared, value) = (text("key"), text("criteria"), text("value"));
    let operator = match compared.value.trim() {
        "contains" => Some(Operator::Contains),
        "starts_with" => Some(Operator::StartsWith),
        "ends_with" => Some(Operator::EndsWith),
        "=" => Some(Operator::Equals),
        "!=" => Some(Operator::NotEquals),
        _other => None,
    };
    let property = match key.value.trim() {
        "VM.NAME" => Some(Key::Name),
        "VM.GUEST_HOST_NAME" => Some(Key::ComputerName),
        "VM.GUEST_OS_FULL_NAME" => Some(Key::OsName),
        _other => None,
    };
    match (property, operator) {
        (Some(key), Some(operator)) => Selector::Match(Condition {
            of: Of::Vm,
            key,
            operator,
            value: value.value,
            origin: value.origin,
        }),
        (None, Some(operator)) if key.value.trim() == "VM.SECURITY_TAG" => {
            estate.with_tag(operator, &value)
        }
        (Some(_) | None, _) => {
            let what = format!("criterion `{} {}`", key.value, compared.value);
            Selector::Opaque(unknown(&what, &value))
        }
    }
}

/// A set of addresses.
pub(super) fn address_set(
    file: Ground<'_>,
    node: Node<'_>,
    findings: &mut Findings,
) -> Group<Named> {
    let mut set = object(file, node, "ipset");
    let text = set.word("value");
    let members = match &text {
        Some(text) => addresses(&mut set, "value", text),
        None => Selector::Nothing,
    };
    let ident = set.ident.clone();
    let closed = set.close(findings);
    Group {
        ident,
        members,
        realised: None,
        unread: closed.unread,
    }
}

/// A set of MAC addresses.
pub(super) fn mac_set(file: Ground<'_>, node: Node<'_>, findings: &mut Findings) -> Group<Named> {
    let mut set = object(file, node, "macset");
    set.elsewhere(&["value"]);
    let ident = set.ident.clone();
    let closed = set.close(findings);
    Group {
        ident,
        members: Selector::Opaque(opaque(file, node, "set of MAC addresses")),
        realised: None,
        unread: closed.unread,
    }
}

/// Who a security tag is.
pub(super) fn tag(file: Ground<'_>, node: Node<'_>, findings: &mut Findings) -> Ident {
    let tag = object(file, node, "securityTag");
    let ident = tag.ident.clone();
    tag.close(findings);
    ident
}

/// The exclusion list.
pub(super) fn exclusions(file: Ground<'_>, node: Node<'_>, reading: &mut Reading<'_>) {
    let Reading {
        estate,
        network,
        findings,
    } = reading;
    let mut whole = object(file, node, "VshieldAppConfiguration");
    for list in whole.many("excludeListConfiguration") {
        let mut part = object(file, list, "excludeListConfiguration");
        for entry in part.many("excludeMember") {
            let mut held = object(file, entry, "excludeMember");
            if let Some(node) = held.ask("member") {
                let ident = super::ident(file, node);
                network.exclusions.push(Exclusion {
                    members: member(&mut held, "member", node, estate, findings),
                    ident,
                });
            } else {
                held.missing("member");
            }
            held.close(findings);
        }
        part.close(findings);
    }
    whole.close(findings);
}
