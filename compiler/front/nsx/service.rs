//! Services and their entries.

use super::object::{Object, Text, opaque, origin, peek};
use super::walk::Item;
use crate::finding::{Findings, codes};
use crate::ir::service::{IcmpVersion, Match, Service, ServiceEntry, Transport};
use crate::ir::set::PortSet;
use crate::ir::{Ident, Name, Named};
use rehome_grammar::Node;
use rehome_grammar::text::port_range;

/// Reads a service; its entries stand in it, or beside it as objects of their own.
pub(super) fn service(
    item: &Item<'_>,
    ident: Ident,
    beside: &[&Item<'_>],
    findings: &mut Findings,
) -> Service<Named> {
    let mut object = Object::new(item.file, item.node, "Service", ident);
    let mut entries: Vec<ServiceEntry<Named>> = Vec::new();
    for node in object.items("service_entries") {
        entries.push(entry(&mut object, node));
    }
    for other in beside {
        let mut holder = Object::new(other.file, other.node, "Service", object.ident.clone());
        entries.push(entry(&mut holder, other.node));
        for finding in holder.into_problems() {
            object.push(finding);
        }
    }
    if object.is_broken() && entries.is_empty() {
        entries.push(ServiceEntry {
            origin: origin(item.file, item.node),
            matches: Match::Opaque(opaque(item.file, item.node, "service that cannot be read")),
        });
    }
    let ident = object.ident.clone();
    let closed = object.close(findings);
    Service {
        ident,
        entries,
        unread: closed.unread,
    }
}

/// Reads one entry. An entry of which any key cannot be read is carried as it stands.
pub(super) fn entry<'t>(owner: &mut Object<'t>, node: Node<'t>) -> ServiceEntry<Named> {
    let kind = peek(node, "resource_type").or_else(|| shape(node).map(str::to_owned));
    let mut part = owner.part(node, "ServiceEntry");
    part.elsewhere(&["resource_type"]);
    let matches = match kind.as_deref() {
        Some("L4PortSetServiceEntry" | "L4PortSetNSService") => ports(&mut part),
        Some("ICMPTypeServiceEntry" | "ICMPTypeNSService") => icmp(&mut part),
        Some("IPProtocolServiceEntry" | "IPProtocolNSService") => {
            small(&mut part, "protocol_number").map(Match::Protocol)
        }
        Some("ALGTypeServiceEntry" | "ALGTypeNSService") => gateway(&mut part),
        Some("IGMPTypeServiceEntry" | "IGMPTypeNSService") => Some(Match::Igmp),
        Some("EtherTypeServiceEntry" | "EtherTypeNSService") => ether(&mut part),
        Some("NestedServiceServiceEntry") => {
            let path = part.text("nested_service_path");
            if path.is_none() {
                part.missing("nested_service_path");
            }
            path.map(|path| Match::Nested(Name::new(path.value, path.origin)))
        }
        other => {
            let value = other.unwrap_or_default().to_owned();
            let text = Text {
                value: value.clone(),
                origin: origin(part.file, node),
            };
            part.refuse(
                "resource_type",
                &text,
                &format!("unknown entry type `{value}`"),
            );
            None
        }
    };
    finish(owner, part, node, matches)
}

fn finish<'t>(
    owner: &mut Object<'t>,
    part: Object<'t>,
    node: Node<'t>,
    matches: Option<Match<Named>>,
) -> ServiceEntry<Named> {
    let file = part.file;
    let mut findings = Findings::new();
    let closed = part.close(&mut findings);
    for finding in findings {
        owner.push(finding);
    }
    let sound = closed.broken.is_empty() && closed.unread.is_empty();
    let matches = matches
        .filter(|_| sound)
        .unwrap_or_else(|| Match::Opaque(opaque(file, node, "service entry that cannot be read")));
    ServiceEntry {
        origin: origin(file, node),
        matches,
    }
}

/// The type of an entry that does not name it.
fn shape(node: Node<'_>) -> Option<&'static str> {
    let has = |key: &str| node.get(key).is_some();
    if has("alg") {
        Some("ALGTypeServiceEntry")
    } else if has("l4_protocol") {
        Some("L4PortSetServiceEntry")
    } else if has("nested_service_path") {
        Some("NestedServiceServiceEntry")
    } else {
        None
    }
}

fn ports(part: &mut Object<'_>) -> Option<Match<Named>> {
    let known = [("TCP", Transport::Tcp), ("UDP", Transport::Udp)];
    let transport = part.choice("l4_protocol", &known);
    if transport.is_none() {
        part.missing("l4_protocol");
    }
    let source = port_set(part, "source_ports");
    let destination = port_set(part, "destination_ports");
    Some(Match::Ports {
        transport: transport?,
        source,
        destination,
    })
}

/// Ports under a key; absent and empty are every port.
pub(super) fn port_set(part: &mut Object<'_>, key: &'static str) -> PortSet {
    let texts = part.texts(key).unwrap_or_default();
    if texts.is_empty() {
        return PortSet::full();
    }
    let mut ranges = Vec::new();
    for text in &texts {
        match port_range(&text.value) {
            Ok(range) => ranges.push((range.first, range.last)),
            Err(error) => part.refuse_text(key, text, &error),
        }
    }
    PortSet::from_ranges(ranges)
}

fn icmp(part: &mut Object<'_>) -> Option<Match<Named>> {
    let known = [("ICMPv4", IcmpVersion::V4), ("ICMPv6", IcmpVersion::V6)];
    let version = part.choice("protocol", &known);
    if version.is_none() {
        part.missing("protocol");
    }
    let kind = small(part, "icmp_type");
    let code = small(part, "icmp_code");
    Some(Match::Icmp {
        version: version?,
        kind,
        code,
    })
}

/// A number of 0 to 255.
fn small(part: &mut Object<'_>, key: &'static str) -> Option<u8> {
    let needed = key == "protocol_number";
    let Some(number) = part.number(key) else {
        if needed {
            part.missing(key);
        }
        return None;
    };
    let fits = u8::try_from(number).ok();
    if fits.is_none() {
        out_of_range(part, key, number, 255);
    }
    fits
}

fn out_of_range(part: &mut Object<'_>, key: &'static str, number: i64, last: u32) {
    let node = part.node.get(key).unwrap_or(part.node);
    let text = Text {
        value: number.to_string(),
        origin: origin(part.file, node),
    };
    part.refuse(
        key,
        &text,
        &format!("`{number}` is no number of 0 to {last}"),
    );
}

fn ether(part: &mut Object<'_>) -> Option<Match<Named>> {
    let Some(number) = part.number("ether_type") else {
        part.missing("ether_type");
        return None;
    };
    let fits = u16::try_from(number).ok();
    if fits.is_none() {
        out_of_range(part, "ether_type", number, 65535);
    }
    fits.map(Match::EtherType)
}

/// The application protocols whose data sessions the firewall follows, and their transport.
pub(super) const GATEWAYS: &[(&str, Transport)] = &[
    ("FTP", Transport::Tcp),
    ("TFTP", Transport::Udp),
    ("ORACLE_TNS", Transport::Tcp),
    ("SUN_RPC_TCP", Transport::Tcp),
    ("SUN_RPC_UDP", Transport::Udp),
    ("MS_RPC_TCP", Transport::Tcp),
    ("MS_RPC_UDP", Transport::Udp),
    ("NBNS_BROADCAST", Transport::Udp),
    ("NBDG_BROADCAST", Transport::Udp),
];

fn gateway(part: &mut Object<'_>) -> Option<Match<Named>> {
    let application = part.text("alg");
    let transport = part.choice("alg", GATEWAYS);
    let source = port_set(part, "source_ports");
    let listed = part.texts("destination_ports").unwrap_or_default();
    let destination = port_set(part, "destination_ports");
    if listed.is_empty() {
        part.missing("destination_ports");
    }
    if application.is_none() {
        part.missing("alg");
    }
    Some(Match::Gateway {
        application: application?.value,
        transport: transport?,
        source,
        destination,
    })
}

/// Reports entries that stand in no service of the exports.
pub(super) fn orphan(entry: &Item<'_>, findings: &mut Findings) {
    let message = format!(
        "NSX service entry `{}` belongs to the service `{}`, which stands in no export",
        entry.ident().name,
        entry.parent
    );
    let domain = super::known::SCHEMA.domain;
    let finding = crate::finding::Finding::new(&codes::read::INCOMPLETE_EXPORT, domain, message);
    findings.push(finding.about(entry.ident().subject()));
}
