//! Security groups, address sets, the exclusion list, and references to them.

use super::super::expression::any_of;
use super::super::object::{Ground, Object, Text, opaque, origin, peek};
use super::super::peers::unknown;
use super::object;
use crate::finding::Findings;
use crate::ir::network::{Exclusion, Group, Network};
use crate::ir::selector::{Condition, Key, Of, Operator, Selector};
use crate::ir::set::AddressSet;
use crate::ir::{Ident, Name, Named, NonEmpty};
use rehome_grammar::Node;
use rehome_grammar::text::address;

/// A reference from a rule: type and value.
pub(super) fn endpoint(
    rule: &mut Object<'_>,
    key: &'static str,
    node: Node<'_>,
) -> Selector<Named> {
    let file = rule.file;
    let kind = peek(node, "type").unwrap_or_default();
    let value = Text {
        value: peek(node, "value").unwrap_or_default(),
        origin: origin(file, node),
    };
    if peek(node, "isValid").as_deref() == Some("false") {
        let name = peek(node, "name").unwrap_or_default();
        rule.refuse(
            key,
            &value,
            &format!("the {kind} `{name}` has been deleted"),
        );
        return Selector::Opaque(opaque(file, node, "object that has been deleted"));
    }
    let known = ["name", "value", "type", "isValid"];
    for (unknown, _) in node.entries() {
        if !known.iter().any(|known| unknown.is(known)) {
            rule.refuse(key, &value, &format!("unknown key `{}`", unknown.name()));
        }
    }
    reference(rule, key, &kind, &value)
}

/// What a type and an object id point to.
fn reference(
    holder: &mut Object<'_>,
    key: &'static str,
    kind: &str,
    value: &Text,
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
    findings: &mut Findings,
) -> Group<Named> {
    let mut group = object(file, node, "securitygroup");
    let mut parts = Vec::new();
    for definition in group.many("dynamicMemberDefinition") {
        parts.extend(dynamic(&mut group, definition));
    }
    for node in group.many("member") {
        parts.push(member(&mut group, "member", node));
    }
    let mut members = any_of(parts);
    let out: Vec<_> = group
        .many("excludeMember")
        .into_iter()
        .map(|node| member(&mut group, "excludeMember", node))
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

fn member(group: &mut Object<'_>, key: &'static str, node: Node<'_>) -> Selector<Named> {
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
    reference(group, key, &kind, &id)
}

/// Sets of criteria. Each set and each criterion says how it is joined to the one before it.
fn dynamic(group: &mut Object<'_>, definition: Node<'_>) -> Option<Selector<Named>> {
    let mut sets = Vec::new();
    for set in definition.many("dynamicSet") {
        let mut criteria = Vec::new();
        for node in set.many("dynamicCriteria") {
            let joined = peek(node, "operator");
            criteria.push((joined, criterion(group, node)));
        }
        let read = joined(group, set, criteria)?;
        sets.push((peek(set, "operator"), read));
    }
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

fn criterion(group: &mut Object<'_>, node: Node<'_>) -> Selector<Named> {
    let text = |key: &str| peek(node, key).unwrap_or_default();
    let value = Text {
        value: text("value"),
        origin: origin(group.file, node),
    };
    let operator = match text("criteria").as_str() {
        "contains" => Some(Operator::Contains),
        "starts_with" => Some(Operator::StartsWith),
        "ends_with" => Some(Operator::EndsWith),
        "=" => Some(Operator::Equals),
        "!=" => Some(Operator::NotEquals),
        _other => None,
    };
    let key = match text("key").as_str() {
        "VM.NAME" => Some(Key::Name),
        "VM.GUEST_HOST_NAME" => Some(Key::ComputerName),
        "VM.GUEST_OS_FULL_NAME" => Some(Key::OsName),
        // Which machines have a security tag stands in another export.
        _other => None,
    };
    match (key, operator) {
        (Some(key), Some(operator)) => Selector::Match(Condition {
            of: Of::Vm,
            key,
            operator,
            value: value.value,
            origin: value.origin,
        }),
        (Some(_) | None, _) => {
            let what = format!("criterion `{} {}`", text("key"), text("criteria"));
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
pub(super) fn mac_set(file: Ground<'_>, node: Node<'_>) -> Group<Named> {
    Group {
        ident: super::ident(file, node),
        members: Selector::Opaque(opaque(file, node, "set of MAC addresses")),
        realised: None,
        unread: Vec::new(),
    }
}

/// The exclusion list.
pub(super) fn exclusions(
    file: Ground<'_>,
    node: Node<'_>,
    network: &mut Network<Named>,
    findings: &mut Findings,
) {
    let mut whole = object(file, node, "VshieldAppConfiguration");
    let lists = whole.many("excludeListConfiguration");
    whole.close(findings);
    for entry in lists.iter().flat_map(|list| list.many("excludeMember")) {
        let Some(member) = entry.get("member") else {
            continue;
        };
        let ident: Ident = super::ident(file, member);
        network.exclusions.push(Exclusion {
            members: Selector::Vm(Name::new(&ident.id, ident.origin)),
            ident,
        });
    }
}
