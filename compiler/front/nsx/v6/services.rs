//! Applications, their groups, and services written in a rule.

use super::super::object::{Ground, Object, Text, opaque, origin, peek};
use super::object;
use crate::finding::Findings;
use crate::ir::service::{IcmpVersion, Match, Service, ServiceEntry, Transport};
use crate::ir::set::PortSet;
use crate::ir::{Name, Named};
use rehome_grammar::Node;
use rehome_grammar::text::port_ranges;

/// A service with one element.
pub(super) fn application(
    file: Ground<'_>,
    node: Node<'_>,
    findings: &mut Findings,
) -> Service<Named> {
    let mut whole = object(file, node, "application");
    let entries = whole
        .many("element")
        .into_iter()
        .map(|element| entry(&mut whole, element, findings))
        .collect();
    let ident = whole.ident.clone();
    let closed = whole.close(findings);
    Service {
        ident,
        entries,
        unread: closed.unread,
    }
}

/// A service made of others.
pub(super) fn application_group(
    file: Ground<'_>,
    node: Node<'_>,
    findings: &mut Findings,
) -> Service<Named> {
    let mut whole = object(file, node, "applicationGroup");
    let mut entries = Vec::new();
    for member in whole.many("member") {
        let origin = origin(file, member);
        let mut part = whole.part(member, "member");
        part.elsewhere(&["objectId", "name"]);
        super::settle(&mut whole, "member", part, findings);
        let matches = match peek(member, "objectId") {
            Some(id) => Match::Nested(Name::new(id, origin)),
            None => Match::Opaque(opaque(file, member, "member without an object id")),
        };
        entries.push(ServiceEntry { origin, matches });
    }
    let ident = whole.ident.clone();
    let closed = whole.close(findings);
    Service {
        ident,
        entries,
        unread: closed.unread,
    }
}

fn entry<'t>(
    whole: &mut Object<'t>,
    node: Node<'t>,
    findings: &mut Findings,
) -> ServiceEntry<Named> {
    let mut part = whole.part(node, "element");
    let protocol = part.word("applicationProtocol");
    let value = part.word("value");
    let source = ports(&mut part, "sourcePort");
    let matches = protocol.and_then(|protocol| {
        let known = named(&mut part, &protocol, value.as_ref(), source);
        if known.is_none() {
            let value = value.as_ref().map_or("", |value| value.value.as_str());
            let what = format!("protocol `{}` with `{value}` is not known", protocol.value);
            part.refuse("applicationProtocol", &protocol, &what);
        }
        known
    });
    finish(part, node, matches, findings)
}

fn finish<'t>(
    part: Object<'t>,
    node: Node<'t>,
    matches: Option<Match<Named>>,
    findings: &mut Findings,
) -> ServiceEntry<Named> {
    let file = part.file;
    let closed = part.close(findings);
    let sound = closed.broken.is_empty() && closed.unread.is_empty();
    ServiceEntry {
        origin: origin(file, node),
        matches: matches
            .filter(|_| sound)
            .unwrap_or_else(|| Match::Opaque(opaque(file, node, "service that cannot be read"))),
    }
}

/// The words for types of ICMP.
const ICMP_TYPES: &[(&str, u8)] = &[
    ("echo-reply", 0),
    ("destination-unreachable", 3),
    ("source-quench", 4),
    ("redirect", 5),
    ("echo-request", 8),
    ("router-advertisement", 9),
    ("router-solicitation", 10),
    ("time-exceeded", 11),
    ("parameter-problem", 12),
    ("timestamp-request", 13),
    ("timestamp-reply", 14),
    ("address-mask-request", 17),
    ("address-mask-reply", 18),
];

/// What a protocol by name matches; application gateways keep their names.
fn named(
    part: &mut Object<'_>,
    protocol: &Text,
    value: Option<&Text>,
    source: PortSet,
) -> Option<Match<Named>> {
    let transport = |transport, part: &mut Object<'_>| Match::Ports {
        transport,
        source: source.clone(),
        destination: value.map_or_else(PortSet::full, |text| set(part, "value", text)),
    };
    let icmp = |version, names: &[(&str, u8)]| {
        let kind = match value {
            Some(text) => {
                let known = names
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(text.value.trim()));
                Some(known?.1)
            }
            None => None,
        };
        Some(Match::Icmp {
            version,
            kind,
            code: None,
        })
    };
    Some(match protocol.value.as_str() {
        "TCP" => transport(Transport::Tcp, part),
        "UDP" => transport(Transport::Udp, part),
        "ICMP" => icmp(IcmpVersion::V4, ICMP_TYPES)?,
        // Its words are not documented.
        "IPV6ICMP" => icmp(IcmpVersion::V6, &[])?,
        "IGMP" => Match::Igmp,
        "GRE" => Match::Protocol(47),
        "ESP" => Match::Protocol(50),
        "AH" => Match::Protocol(51),
        "L3_OTHERS" => Match::Protocol(value?.value.trim().parse().ok()?),
        "L2_OTHERS" => {
            let number = value?.value.trim().strip_prefix("0x")?;
            Match::EtherType(u16::from_str_radix(number, 16).ok()?)
        }
        name => {
            let (_, transport) = super::super::service::GATEWAYS
                .iter()
                .find(|(known, _)| *known == name)?;
            Match::Gateway {
                application: name.to_owned(),
                transport: *transport,
                source,
                destination: set(part, "value", value?),
            }
        }
    })
}

/// Ports under a key, between commas; absent and empty are every port.
fn ports(part: &mut Object<'_>, key: &'static str) -> PortSet {
    match part.word(key) {
        Some(text) => set(part, key, &text),
        None => PortSet::full(),
    }
}

fn set(part: &mut Object<'_>, key: &'static str, text: &Text) -> PortSet {
    match port_ranges(&text.value) {
        Ok(ranges) => {
            PortSet::from_ranges(ranges.into_iter().map(|range| (range.first, range.last)))
        }
        Err(error) => {
            part.refuse_text(key, text, &error);
            PortSet::empty()
        }
    }
}

/// A service written in a rule: a protocol by number, with ports.
pub(super) fn inline<'t>(
    rule: &mut Object<'t>,
    node: Node<'_>,
    findings: &mut Findings,
) -> ServiceEntry<Named> {
    let mut part = Object::new(rule.file, node, "service", rule.ident.clone());
    part.elsewhere(&["isValid", "type", "value"]);
    let number = part.number("protocol");
    let kind = part.number("subProtocol");
    let source = ports(&mut part, "sourcePort");
    let destination = ports(&mut part, "destinationPort");
    let byte = |number: Option<i64>| number.and_then(|number| u8::try_from(number).ok());
    let matches = match byte(number) {
        Some(6) => Some(Match::Ports {
            transport: Transport::Tcp,
            source,
            destination,
        }),
        Some(17) => Some(Match::Ports {
            transport: Transport::Udp,
            source,
            destination,
        }),
        Some(1) => Some(Match::Icmp {
            version: IcmpVersion::V4,
            kind: byte(kind),
            code: None,
        }),
        Some(58) => Some(Match::Icmp {
            version: IcmpVersion::V6,
            kind: byte(kind),
            code: None,
        }),
        Some(other) => Some(Match::Protocol(other)),
        None => {
            part.missing("protocol");
            None
        }
    };
    let file = rule.file;
    let closed = part.close(findings);
    let sound = closed.broken.is_empty() && closed.unread.is_empty();
    ServiceEntry {
        origin: origin(file, node),
        matches: matches
            .filter(|_| sound)
            .unwrap_or_else(|| Match::Opaque(opaque(file, node, "service that cannot be read"))),
    }
}
