//! Kinds of traffic as services: protocols with ports, or with ICMP types and codes.

use super::super::atoms::{Atoms, Cell};
use super::super::bits::Bits;
use crate::ir::service::Transport;
use crate::ir::set::{Intervals, PortSet};
use crate::semantics::traffic::{ICMP, ICMP6, TCP, UDP, Versions};
use std::collections::BTreeMap;

/// Over which IP version a service is let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ip {
    /// Over each that the ends share.
    Each,
    /// Over IPv4 only, though the ends share both.
    V4,
    /// Over IPv6 only, though the ends share both.
    V6,
}

/// Some traffic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// All of it.
    Any(Ip),
    /// Between these ports.
    Ports {
        /// TCP or UDP.
        transport: Transport,
        /// Destination ports.
        ports: PortSet,
        /// Source ports; full when any will do.
        source: PortSet,
        /// Over which IP version.
        ip: Ip,
    },
    /// ICMP messages.
    Icmp {
        /// Whether it is ICMPv6.
        v6: bool,
        /// Types, of 0 to 255.
        kinds: Intervals<u8>,
        /// Codes, of 0 to 255.
        codes: Intervals<u8>,
    },
    /// Other protocols, by number.
    Protocols {
        /// The numbers; never those of TCP, UDP and ICMP.
        numbers: Intervals<u8>,
        /// Over which IP version.
        ip: Ip,
    },
}

/// A list of services in a fixed order; equal traffic gives equal lists.
pub type Services = Vec<Service>;

/// The traffic over one IP version, sorted by protocol.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    all: bool,
    /// By source ports.
    tcp: BTreeMap<PortSet, PortSet>,
    udp: BTreeMap<PortSet, PortSet>,
    /// By types.
    icmp: BTreeMap<PortSet, PortSet>,
    others: Intervals<u8>,
}

/// Kinds of traffic as services between two ends that share these versions.
pub fn services(atoms: &Atoms, kinds: &Bits, versions: Versions) -> Services {
    let part = |v6: bool| {
        let spoken = if v6 { versions.v6 } else { versions.v4 };
        spoken.then(|| parts(atoms, kinds, v6))
    };
    let mut found = Services::new();
    match (part(false), part(true)) {
        (Some(v4), Some(v6)) => both(&v4, &v6, &mut found),
        (Some(one), None) => list(&one, Ip::Each, false, &mut found),
        (None, Some(one)) => list(&one, Ip::Each, true, &mut found),
        (None, None) => {}
    }
    found.sort();
    found
}

fn both(v4: &Parts, v6: &Parts, found: &mut Services) {
    if v4.all && v6.all {
        found.push(Service::Any(Ip::Each));
        return;
    }
    if v4.all || v6.all {
        list(v4, Ip::V4, false, found);
        list(v6, Ip::V6, true, found);
        return;
    }
    for (one, other, transport) in [
        (&v4.tcp, &v6.tcp, Transport::Tcp),
        (&v4.udp, &v6.udp, Transport::Udp),
    ] {
        for (source, ports) in one {
            let ip = if other.get(source) == Some(ports) {
                Ip::Each
            } else {
                Ip::V4
            };
            found.push(transported(transport, source, ports, ip));
        }
        for (source, ports) in other {
            if one.get(source) != Some(ports) {
                found.push(transported(transport, source, ports, Ip::V6));
            }
        }
    }
    messages(v4, false, found);
    messages(v6, true, found);
    if v4.others == v6.others {
        numbers(v4, Ip::Each, found);
    } else {
        numbers(v4, Ip::V4, found);
        numbers(v6, Ip::V6, found);
    }
}

fn list(parts: &Parts, ip: Ip, v6: bool, found: &mut Services) {
    if parts.all {
        found.push(Service::Any(ip));
        return;
    }
    for (ports, transport) in [(&parts.tcp, Transport::Tcp), (&parts.udp, Transport::Udp)] {
        for (source, ports) in ports {
            found.push(transported(transport, source, ports, ip));
        }
    }
    messages(parts, v6, found);
    numbers(parts, ip, found);
}

fn transported(transport: Transport, source: &PortSet, ports: &PortSet, ip: Ip) -> Service {
    Service::Ports {
        transport,
        ports: ports.clone(),
        source: source.clone(),
        ip,
    }
}

fn messages(parts: &Parts, v6: bool, found: &mut Services) {
    let bytes = |set: &PortSet| {
        let byte = |number: u16| u8::try_from(number).unwrap_or(u8::MAX);
        Intervals::from_ranges(set.iter().map(|(first, last)| (byte(first), byte(last))))
    };
    for (kinds, codes) in &parts.icmp {
        found.push(Service::Icmp {
            v6,
            kinds: bytes(kinds),
            codes: bytes(codes),
        });
    }
}

fn numbers(parts: &Parts, ip: Ip, found: &mut Services) {
    if !parts.others.is_empty() {
        found.push(Service::Protocols {
            numbers: parts.others.clone(),
            ip,
        });
    }
}

fn parts(atoms: &Atoms, kinds: &Bits, v6: bool) -> Parts {
    let mut missing = atoms.speakable(Versions { v4: !v6, v6 }).clone();
    missing.take(kinds);
    if missing.is_empty() {
        return Parts {
            all: true,
            ..Parts::default()
        };
    }
    let (mut tcp, mut udp, mut icmp) = (Columns::new(), Columns::new(), Columns::new());
    let mut others = Vec::new();
    let cells = kinds.iter().flat_map(|kind| atoms.cells(kind));
    for cell in cells.filter(|cell| cell.v6 == v6) {
        let Cell {
            protocols,
            first,
            second,
            v6: _,
        } = *cell;
        let columns = match protocols {
            (TCP, TCP) => &mut tcp,
            (UDP, UDP) => &mut udp,
            (ICMP, ICMP) | (ICMP6, ICMP6) => &mut icmp,
            (low, high) => {
                // Where no rule tells them apart, TCP and UDP stand among the others.
                if (low..=high).contains(&TCP) {
                    tcp.entry(second).or_default().push(first);
                }
                if (low..=high).contains(&UDP) {
                    udp.entry(second).or_default().push(first);
                }
                others.push((low, high));
                continue;
            }
        };
        columns.entry(second).or_default().push(first);
    }
    let named = [TCP, UDP, ICMP, ICMP6].map(|number| (number, number));
    Parts {
        all: false,
        tcp: boxes(tcp),
        udp: boxes(udp),
        icmp: boxes(icmp),
        others: Intervals::from_ranges(others).difference(&Intervals::from_ranges(named)),
    }
}

/// For each range of destination ports the ranges of source ports; codes and types alike.
type Columns = BTreeMap<(u16, u16), Vec<(u16, u16)>>;

/// The ranges with the same other side as one.
fn boxes(columns: Columns) -> BTreeMap<PortSet, PortSet> {
    let mut found: BTreeMap<PortSet, Vec<(u16, u16)>> = BTreeMap::new();
    for (second, first) in columns {
        found
            .entry(Intervals::from_ranges(first))
            .or_default()
            .push(second);
    }
    found
        .into_iter()
        .map(|(first, second)| (first, Intervals::from_ranges(second)))
        .collect()
}
