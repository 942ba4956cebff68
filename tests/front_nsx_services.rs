//! The table of services that come with NSX: regenerated from the product's own answer.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test: it fails by panicking, and says why"
)]

use rehome::finding::Findings;
use rehome::front;
use rehome::ir::Named;
use rehome::ir::service::{IcmpVersion, Match, Service, ServiceEntry, Transport};
use rehome::ir::set::{PortSet, ports_text};
use rehome::source::Sources;

const TABLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/compiler/front/nsx/system_services.txt"
);

/// Writes the table from the file that `REHOME_NSX_SERVICES` names: the answer of
/// `GET /policy/api/v1/infra/services?default_service=true`.
#[test]
#[ignore = "needs the answer of an NSX manager"]
fn regenerate() {
    let path = std::env::var("REHOME_NSX_SERVICES").unwrap();
    let mut sources = Sources::default();
    let tree = rehome_grammar::read(std::fs::read(path).unwrap()).unwrap();
    sources.add("services.json".into(), "services.json".into(), tree);
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    for finding in findings.iter() {
        assert!(!finding.code.id.starts_with("R0"), "{}", finding.message);
    }
    let mut lines: Vec<String> = policy.network.services.values().map(line).collect();
    lines.sort();
    std::fs::write(TABLE, lines.join("\n") + "\n").unwrap();
}

fn line(service: &Service<Named>) -> String {
    let id = service.ident.id.rsplit('/').next().unwrap();
    let entries: Vec<String> = service.entries.iter().map(entry).collect();
    format!("{id}\t{}\t{}", service.ident.name, entries.join("; "))
}

fn entry(entry: &ServiceEntry<Named>) -> String {
    match &entry.matches {
        Match::Ports {
            transport,
            source,
            destination,
        } => format!("{} {}", word(*transport), sides(source, destination)),
        Match::Gateway {
            application,
            transport: _,
            source,
            destination,
        } => format!("alg {application} {}", sides(source, destination)),
        Match::Icmp {
            version,
            kind,
            code,
        } => {
            let version = match version {
                IcmpVersion::V4 => "icmpv4",
                IcmpVersion::V6 => "icmpv6",
            };
            let kind = kind.map_or_else(String::new, |kind| format!(" {kind}"));
            let code = code.map_or_else(String::new, |code| format!("/{code}"));
            format!("{version}{kind}{code}")
        }
        Match::Igmp => "igmp".to_owned(),
        Match::Protocol(_) | Match::EtherType(_) | Match::Nested(_) | Match::Opaque(_) => {
            panic!("the table has no spelling for {entry:?}")
        }
    }
}

fn word(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
    }
}

fn sides(source: &PortSet, destination: &PortSet) -> String {
    let ports = |set: &PortSet| {
        if set.is_full() {
            String::new()
        } else {
            ports_text(set).replace(", ", ",")
        }
    };
    let before = if source.is_full() {
        String::new()
    } else {
        format!("{}>", ports(source))
    };
    format!("{before}{}", ports(destination))
}
