//! The services that come with the product, which exports leave out.
//!
//! `system_services.txt` holds one service a line: id, display name and entries between tabs, the
//! entries between semicolons: `tcp 80,443`, `udp 53>` (source ports before the sign), `alg FTP 21`,
//! `icmpv4 8/0`, `igmp`. It is generated from the answer of
//! `GET /policy/api/v1/infra/services?default_service=true`, saved to a file, with
//! `REHOME_NSX_SERVICES=FILE cargo test --test front_nsx_services -- --ignored`.

use super::service::GATEWAYS;
use crate::ir::service::{IcmpVersion, Match, Service, ServiceEntry, Transport};
use crate::ir::set::PortSet;
use crate::ir::{Ident, Named};
use crate::source::Origin;
use rehome_grammar::text::port_ranges;
use std::collections::BTreeMap;

const TABLE: &str = include_str!("system_services.txt");

/// The shipped services by id and by display name.
pub(super) struct System {
    lines: BTreeMap<&'static str, &'static str>,
}

impl System {
    pub fn new() -> Self {
        let mut lines = BTreeMap::new();
        for line in TABLE.lines() {
            let mut cells = line.split('\t');
            if let (Some(id), Some(name)) = (cells.next(), cells.next()) {
                lines.entry(name).or_insert(line);
                lines.insert(id, line);
            }
        }
        Self { lines }
    }

    /// The service a reference means: by path below `services`, by id or by display name. It stands
    /// in no export, so its origin is that of the reference.
    pub fn find(&self, reference: &str, origin: Origin) -> Option<Service<Named>> {
        let id = match reference.rsplit_once("/services/") {
            Some(("/infra" | "/global-infra", id)) => id,
            Some(_) => return None,
            None => reference,
        };
        let mut cells = self.lines.get(id)?.split('\t');
        let (id, name, entries) = (cells.next()?, cells.next()?, cells.next()?);
        let path = if reference.starts_with('/') {
            reference.to_owned()
        } else {
            format!("/infra/services/{id}")
        };
        let entries: Option<Vec<_>> = entries
            .split("; ")
            .map(|text| {
                Some(ServiceEntry {
                    origin,
                    matches: entry(text)?,
                })
            })
            .collect();
        Some(Service {
            ident: Ident {
                id: path,
                name: name.to_owned(),
                origin,
            },
            entries: entries?,
            unread: Vec::new(),
        })
    }
}

fn entry(text: &str) -> Option<Match<Named>> {
    let (kind, rest) = text.split_once(' ').unwrap_or((text, ""));
    match kind {
        "tcp" => ports(Transport::Tcp, rest),
        "udp" => ports(Transport::Udp, rest),
        "icmpv4" => icmp(IcmpVersion::V4, rest),
        "icmpv6" => icmp(IcmpVersion::V6, rest),
        "igmp" => Some(Match::Igmp),
        "alg" => gateway(rest),
        _unknown => None,
    }
}

fn sides(text: &str) -> Option<(PortSet, PortSet)> {
    let (source, destination) = text.split_once('>').unwrap_or(("", text));
    Some((set(source)?, set(destination)?))
}

fn set(text: &str) -> Option<PortSet> {
    if text.is_empty() {
        return Some(PortSet::full());
    }
    let ranges = port_ranges(text).ok()?;
    Some(PortSet::from_ranges(
        ranges.into_iter().map(|range| (range.first, range.last)),
    ))
}

fn ports(transport: Transport, text: &str) -> Option<Match<Named>> {
    let (source, destination) = sides(text)?;
    Some(Match::Ports {
        transport,
        source,
        destination,
    })
}

fn gateway(text: &str) -> Option<Match<Named>> {
    let (application, ports) = text.split_once(' ')?;
    let (source, destination) = sides(ports)?;
    let (_, transport) = GATEWAYS.iter().find(|(name, _)| *name == application)?;
    Some(Match::Gateway {
        application: application.to_owned(),
        transport: *transport,
        source,
        destination,
    })
}

fn icmp(version: IcmpVersion, text: &str) -> Option<Match<Named>> {
    let (kind, code) = text.split_once('/').unwrap_or((text, ""));
    let number = |text: &str| {
        if text.is_empty() {
            Some(None)
        } else {
            text.parse().ok().map(Some)
        }
    };
    Some(Match::Icmp {
        version,
        kind: number(kind)?,
        code: number(code)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_service() {
        let system = System::new();
        for line in TABLE.lines() {
            let id = line.split('\t').next().unwrap();
            let service = system.find(id, Origin::default()).expect(line);
            assert!(!service.entries.is_empty(), "{line}");
            assert_eq!(service.ident.id, format!("/infra/services/{id}"));
        }
        assert_eq!(TABLE.lines().count(), 412);
    }

    #[test]
    fn services_are_found_by_path_id_and_name() {
        let system = System::new();
        let find = |text: &str| {
            system
                .find(text, Origin::default())
                .map(|found| found.ident)
        };
        assert_eq!(
            find("/infra/services/HTTPS").unwrap().id,
            "/infra/services/HTTPS"
        );
        assert_eq!(find("DNS").unwrap().name, "DNS-TCP");
        assert_eq!(find("DNS IN").unwrap().id, "/infra/services/DNS-IN");
        let global = find("/global-infra/services/HTTPS").unwrap();
        assert_eq!(global.id, "/global-infra/services/HTTPS");
        assert!(find("/orgs/default/projects/p/infra/services/HTTPS").is_none());
        assert!(find("no such service").is_none());
    }

    #[test]
    fn both_port_sides_are_kept() {
        let found = System::new().find("DNS-IN-UDP", Origin::default()).unwrap();
        let Match::Ports {
            transport,
            source,
            destination,
        } = &found.entries[0].matches
        else {
            panic!("no ports");
        };
        assert_eq!(*transport, Transport::Udp);
        assert_eq!(*source, PortSet::range(53, 53));
        assert!(destination.is_full());
    }
}
