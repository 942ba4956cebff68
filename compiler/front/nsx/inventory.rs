//! Machines, their interfaces and the segments they are attached to.

use super::object::{Object, Text, peek};
use super::shape::Kind;
use super::walk::Item;
use crate::finding::Findings;
use crate::ir::inventory::{Inventory, Segment, Tag, Vm};
use crate::ir::set::AddressSet;
use crate::ir::{Ident, Name, Named};
use rehome_grammar::Node;
use rehome_grammar::text::{IpBlock, address};
use std::collections::BTreeMap;

/// What the interfaces of one machine say.
#[derive(Default)]
struct Nics {
    blocks: Vec<IpBlock>,
    ports: Vec<Text>,
}

/// Reads machines and segments, and joins the two through the interfaces.
pub(super) fn inventory(
    items: &[Item<'_>],
    inventory: &mut Inventory<Named>,
    findings: &mut Findings,
) {
    let of = |kind: Kind| items.iter().filter(move |item| item.kind == kind);
    for item in of(Kind::Segment) {
        inventory.segments.push(segment(item, findings));
    }
    let mut by_attachment: BTreeMap<String, String> = BTreeMap::new();
    for item in of(Kind::SegmentPort) {
        if let Some(attachment) = port(item, findings) {
            by_attachment.insert(attachment, item.parent.clone());
        }
    }
    let mut nics: BTreeMap<String, Nics> = BTreeMap::new();
    for item in of(Kind::Vif) {
        vif(item, &mut nics, findings);
    }
    for item in of(Kind::Vm) {
        let mut machine = vm(item, findings);
        if let Some(nics) = nics.get(&machine.ident.id) {
            machine.addresses = Some(AddressSet::from_blocks(nics.blocks.iter().copied()));
            let attached = nics.ports.iter().filter_map(|port| {
                let segment = by_attachment.get(&port.value)?;
                Some(Name::new(segment.clone(), port.origin))
            });
            machine.segments = attached.collect();
        }
        inventory.vms.push(machine);
    }
}

/// Tags of an object: `[{"scope": ..., "tag": ...}]`.
fn tags(object: &mut Object<'_>, findings: &mut Findings) -> Vec<Tag> {
    let nodes = object.items("tags");
    let read = nodes.into_iter().map(|node| {
        let mut part = object.part(node, "Tag");
        let scope = part.text("scope").map(|text| text.value);
        let value = part.text("tag").map(|text| text.value);
        part.close(findings);
        Tag {
            scope: scope.unwrap_or_default(),
            value: value.unwrap_or_default(),
        }
    });
    read.collect()
}

fn vm(item: &Item<'_>, findings: &mut Findings) -> Vm<Named> {
    let mut object = Object::new(item.file, item.node, "VirtualMachine", item.ident());
    let mut aliases: Vec<String> = vec![object.ident.id.clone()];
    object.elsewhere(&["external_id"]);
    for text in object.texts("compute_ids").unwrap_or_default() {
        // `moIdOnHost` and `hostLocalId` are unique on one host only.
        if let Some(id) = ["instanceUuid:", "biosUuid:", "externalId:", "uuid:"]
            .iter()
            .find_map(|kind| text.value.strip_prefix(kind))
            && !aliases.iter().any(|alias| alias == id)
        {
            aliases.push(id.to_owned());
        }
    }
    let tags = tags(&mut object, findings);
    let (mut os_name, mut computer_name) = (None, None);
    if let Some(guest) = object.ask("guest_info") {
        let mut part = object.part(guest, "GuestInfo");
        os_name = part.text("os_name").map(|text| text.value);
        computer_name = part.text("computer_name").map(|text| text.value);
        part.close(findings);
    }
    let ident = object.ident.clone();
    object.close(findings);
    Vm {
        ident,
        aliases,
        tags,
        addresses: None,
        segments: Vec::new(),
        os_name,
        computer_name,
        host: None,
        cluster: None,
    }
}

fn vif(item: &Item<'_>, nics: &mut BTreeMap<String, Nics>, findings: &mut Findings) {
    let within = "VirtualNetworkInterface";
    let mut object = Object::new(item.file, item.node, within, item.ident());
    let owner = object.text("owner_vm_id");
    let port = object.text("lport_attachment_id");
    let mut blocks = Vec::new();
    for info in object.items("ip_address_info") {
        let mut part = object.part(info, "IpAddressInfo");
        for text in part.texts("ip_addresses").unwrap_or_default() {
            match address(text.value.trim()) {
                Ok(read) => blocks.push(read.block),
                Err(error) => part.refuse_text("ip_addresses", &text, &error),
            }
        }
        part.close(findings);
    }
    match owner {
        Some(owner) => {
            let nics = nics.entry(owner.value).or_default();
            nics.blocks.extend(blocks);
            nics.ports.extend(port);
        }
        None => object.missing("owner_vm_id"),
    }
    object.close(findings);
}

fn segment(item: &Item<'_>, findings: &mut Findings) -> Segment {
    let mut object = Object::new(item.file, item.node, "Segment", item.ident());
    let tags = tags(&mut object, findings);
    let mut blocks = Vec::new();
    for node in object.items("subnets") {
        blocks.extend(subnet(&mut object, node, findings));
    }
    // A network of a VPC says its addresses by themselves.
    for text in object.texts("ip_addresses").unwrap_or_default() {
        match address(text.value.trim()) {
            Ok(read) => blocks.push(read.block),
            Err(error) => object.refuse_text("ip_addresses", &text, &error),
        }
    }
    let aliases = ["unique_id", "id"]
        .iter()
        .filter_map(|key| peek(item.node, key))
        .filter(|alias| *alias != item.path)
        .collect();
    let ident: Ident = object.ident.clone();
    object.close(findings);
    Segment {
        ident,
        aliases,
        tags,
        subnets: AddressSet::from_blocks(blocks),
    }
}

/// The network of a subnet; where only its gateway is told, the network the gateway is in.
fn subnet<'t>(object: &mut Object<'t>, node: Node<'t>, findings: &mut Findings) -> Option<IpBlock> {
    let mut part = object.part(node, "SegmentSubnet");
    let network = part.text("network");
    let gateway = part.text("gateway_address");
    let (key, text) = match (network, gateway) {
        (Some(network), _) => ("network", network),
        (None, Some(gateway)) => ("gateway_address", gateway),
        (None, None) => {
            part.close(findings);
            return None;
        }
    };
    let read = address(text.value.trim());
    if let Err(error) = &read {
        part.refuse_text(key, &text, error);
    }
    part.close(findings);
    read.ok().map(|read| read.block)
}

/// The attachment of a segment port.
fn port(item: &Item<'_>, findings: &mut Findings) -> Option<String> {
    let mut object = Object::new(item.file, item.node, "SegmentPort", item.ident());
    let attachment = object.ask("attachment");
    let id = attachment.and_then(|attachment| {
        let mut part = object.part(attachment, "PortAttachment");
        let id = part.text("id");
        part.close(findings);
        id
    });
    object.close(findings);
    id.map(|id| id.value)
}
