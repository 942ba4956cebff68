//! Kinds of IP traffic: version, protocol, and ports or ICMP type and code.

use crate::ir::network::IpVersion;
use crate::ir::service::{IcmpVersion, Transport};
use crate::ir::set::{Intervals, PortSet};

/// The number of ICMP.
pub const ICMP: u8 = 1;
/// The number of IGMP.
pub const IGMP: u8 = 2;
/// The number of TCP.
pub const TCP: u8 = 6;
/// The number of UDP.
pub const UDP: u8 = 17;
/// The number of ICMPv6.
pub const ICMP6: u8 = 58;

/// The source port of a flow where nobody says another one: a port that clients use. It goes without
/// saying.
pub const CLIENT_PORT: u16 = 49_152;

/// One or both IP versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Versions {
    /// IPv4.
    pub v4: bool,
    /// IPv6.
    pub v6: bool,
}

impl Versions {
    /// Both.
    pub const BOTH: Self = Self { v4: true, v6: true };

    /// The versions in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            v4: self.v4 && other.v4,
            v6: self.v6 && other.v6,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn none(self) -> bool {
        !self.v4 && !self.v6
    }
}

impl From<IpVersion> for Versions {
    fn from(version: IpVersion) -> Self {
        Self {
            v4: version != IpVersion::V6,
            v6: version != IpVersion::V4,
        }
    }
}

/// The first packet of a flow, without its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Packet {
    /// Whether it is IPv6.
    pub v6: bool,
    /// The protocol number.
    pub protocol: u8,
    /// The source port, or the ICMP type; 0 for other protocols.
    pub first: u16,
    /// The destination port, or the ICMP code; 0 for other protocols.
    pub second: u16,
}

impl std::fmt::Display for Packet {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            v6,
            protocol,
            first,
            second,
        } = *self;
        match protocol {
            TCP | UDP => {
                let name = if protocol == TCP { "tcp" } else { "udp" };
                write!(out, "{name} {second}")?;
                if first != CLIENT_PORT {
                    write!(out, " from port {first}")?;
                }
            }
            ICMP => write!(out, "icmp type {first} code {second}")?,
            ICMP6 => write!(out, "icmpv6 type {first} code {second}")?,
            other => write!(out, "ip protocol {other}")?,
        }
        if v6 && protocol != ICMP6 {
            out.write_str(" over IPv6")?;
        }
        Ok(())
    }
}

/// A box of traffic: every combination of the parts.
///
/// INVARIANT (Term): the last two fields are full unless all protocols are TCP or UDP (source ports
/// and destination ports) or all are ICMP (types and codes).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// IP versions.
    pub versions: Versions,
    /// Protocol numbers.
    pub protocols: Intervals<u8>,
    /// Source ports, or ICMP types.
    pub first: Intervals<u16>,
    /// Destination ports, or ICMP codes.
    pub second: Intervals<u16>,
}

impl Term {
    /// Every packet.
    #[must_use]
    pub fn any() -> Self {
        Self {
            versions: Versions::BOTH,
            protocols: Intervals::full(),
            first: Intervals::full(),
            second: Intervals::full(),
        }
    }

    /// One protocol, whatever else.
    #[must_use]
    pub fn protocol(number: u8) -> Self {
        Self {
            protocols: Intervals::range(number, number),
            ..Self::any()
        }
    }

    /// TCP or UDP between these ports.
    #[must_use]
    pub fn ports(transport: Transport, source: PortSet, destination: PortSet) -> Self {
        Self {
            first: source,
            second: destination,
            ..Self::protocol(match transport {
                Transport::Tcp => TCP,
                Transport::Udp => UDP,
            })
        }
    }

    /// ICMP; no type or code means all.
    #[must_use]
    pub fn icmp(version: IcmpVersion, kind: Option<u8>, code: Option<u8>) -> Self {
        let one = |number: Option<u8>| {
            number.map_or_else(Intervals::full, |number| {
                Intervals::range(number.into(), number.into())
            })
        };
        Self {
            first: one(kind),
            second: one(code),
            ..Self::protocol(match version {
                IcmpVersion::V4 => ICMP,
                IcmpVersion::V6 => ICMP6,
            })
        }
    }

    /// Whether a packet is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        !self.versions.and(other.versions).none()
            && self.protocols.intersects(&other.protocols)
            && self.first.intersects(&other.first)
            && self.second.intersects(&other.second)
    }

    /// Whether a packet is in it.
    #[must_use]
    pub fn contains(&self, packet: Packet) -> bool {
        let version = if packet.v6 {
            self.versions.v6
        } else {
            self.versions.v4
        };
        version
            && self.protocols.contains(packet.protocol)
            && self.first.contains(packet.first)
            && self.second.contains(packet.second)
    }
}

/// A union of boxes. Without any it is no traffic at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Traffic(Vec<Term>);

impl FromIterator<Term> for Traffic {
    fn from_iter<I: IntoIterator<Item = Term>>(terms: I) -> Self {
        let mut terms: Vec<Term> = terms
            .into_iter()
            .filter(|term| {
                !(term.versions.none()
                    || term.protocols.is_empty()
                    || term.first.is_empty()
                    || term.second.is_empty())
            })
            .collect();
        terms.sort();
        terms.dedup();
        Self(terms)
    }
}

impl Traffic {
    /// Every packet.
    #[must_use]
    pub fn any() -> Self {
        Self(vec![Term::any()])
    }

    /// The boxes.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.0.iter()
    }

    /// Whether no packet is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a packet is in it.
    #[must_use]
    pub fn contains(&self, packet: Packet) -> bool {
        self.0.iter().any(|term| term.contains(packet))
    }

    /// Whether a packet is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let mut terms = self.0.iter();
        terms.any(|term| other.0.iter().any(|another| term.meets(another)))
    }

    /// The packets of these versions.
    #[must_use]
    pub fn only(&self, versions: Versions) -> Self {
        self.0
            .iter()
            .map(|term| Term {
                versions: term.versions.and(versions),
                ..term.clone()
            })
            .collect()
    }
}
