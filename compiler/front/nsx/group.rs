//! Groups: expressions, and the members that some exports list beside or instead of them.

use super::expression::{any_of, expression};
use super::object::{Object, Text, opaque, origin, peek};
use super::peers::addresses;
use super::walk::Item;
use crate::finding::{Findings, codes};
use crate::ir::network::{Group, Realised};
use crate::ir::selector::Selector;
use crate::ir::set::AddressSet;
use crate::ir::{Ident, Name, Named, NonEmpty};
use rehome_grammar::Node;
use rehome_grammar::text::address;

/// Reads a group.
pub(super) fn group(item: &Item<'_>, ident: Ident, findings: &mut Findings) -> Group<Named> {
    let mut object = Object::new(item.file, item.node, "Group", ident);
    let list = object.items("expression");
    let mut members = expression(&mut object, &list);
    let listed = listed(&mut object);
    if list.is_empty() && !listed.is_empty() {
        let message = format!(
            "{}; the export lists its present members and no expression",
            object.title()
        );
        object.note(&codes::read_network::FROZEN_MEMBERS, None, message);
        members = any_of(listed);
    }
    let realised = realised(&mut object);
    let context = object.items("extended_expression");
    if !context.is_empty() {
        let identities = context
            .iter()
            .map(|one| Selector::Opaque(opaque(item.file, *one, "identity group")));
        let all = std::iter::once(members).chain(identities).collect();
        members = NonEmpty::new(all).map_or(Selector::Nothing, Selector::All);
    }
    if object.is_broken() {
        members = Selector::Opaque(opaque(item.file, item.node, "group that cannot be read"));
    }
    let ident = object.ident.clone();
    let closed = object.close(findings);
    Group {
        ident,
        members,
        realised,
        unread: closed.unread,
    }
}

const VMS: &str = "vm_members";
const ADDRESSES: &str = "ips_members";

/// The members that a collector lists, as selectors.
fn listed(object: &mut Object<'_>) -> Vec<Selector<Named>> {
    let mut members: Vec<Selector<Named>> = Vec::new();
    members.extend(machines(object).into_iter().map(Selector::Vm));
    for text in object.texts(ADDRESSES).unwrap_or_default() {
        match addresses(object, text.value.trim(), &text) {
            Some(read) => members.push(read),
            None => {
                let what = format!("`{}` is no address, network or range", text.value);
                object.refuse(ADDRESSES, &text, &what);
            }
        }
    }
    for node in object.items("segment_members") {
        if let Some(text) = reference(object, node) {
            members.push(Selector::Segment(Name::new(text.value, text.origin)));
        }
    }
    let file = object.file;
    for node in object.items("segment_port_members") {
        members.push(Selector::Opaque(opaque(file, node, "segment port")));
    }
    // These repeat the machines and the addresses: the interfaces of the same machines, and the
    // group itself as a set of addresses.
    object.elsewhere(&["vif_members", "ip_group_members"]);
    for node in object.items("transport_node_members") {
        members.push(Selector::Opaque(opaque(file, node, "transport node")));
    }
    members
}

fn machines(object: &mut Object<'_>) -> Vec<Name<crate::ir::inventory::Vm<Named>>> {
    let nodes = object.items(VMS);
    let texts = nodes.into_iter().filter_map(|node| reference(object, node));
    texts
        .map(|text| Name::new(text.value, text.origin))
        .collect()
}

/// The path or id of a listed member.
fn reference(object: &Object<'_>, node: Node<'_>) -> Option<Text> {
    let value = ["path", "external_id", "id", "display_name"]
        .iter()
        .find_map(|key| peek(node, key))?;
    Some(Text {
        value,
        origin: origin(object.file, node),
    })
}

/// What the product computed, where the export carries it.
fn realised(object: &mut Object<'_>) -> Option<Realised<Named>> {
    let place = [VMS, ADDRESSES]
        .iter()
        .find_map(|key| object.node.get(key).filter(|list| !list.is_null()))?;
    let vms = object.node.get(VMS).filter(|list| !list.is_null());
    let vms = vms.is_some().then(|| machines(object));
    let texts = object.node.get(ADDRESSES);
    let blocks = texts.map(|list| {
        let read = list
            .items()
            .filter_map(|item| address(item.str()?.trim()).ok());
        AddressSet::from_blocks(read.map(|address| address.block))
    });
    Some(Realised {
        vms,
        addresses: blocks,
        origin: origin(object.file, place),
    })
}
