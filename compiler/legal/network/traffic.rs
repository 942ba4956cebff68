//! Sets of traffic: protocols, ports and ICMP types, for each IP version.

use crate::ir::network::IpVersion;
use crate::ir::service::{IcmpVersion, Transport};
use crate::ir::set::{Intervals, PortSet};
use std::sync::Arc;

/// The protocol number of TCP.
const TCP: u8 = 6;
/// The protocol number of UDP.
const UDP: u8 = 17;
/// The protocol number of ICMP for IPv4.
const ICMP_V4: u8 = 1;
/// The protocol number of ICMPv6.
const ICMP_V6: u8 = 58;

/// The traffic of one IP version.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Layer4 {
    /// TCP destination ports.
    pub tcp: PortSet,
    /// UDP destination ports.
    pub udp: PortSet,
    /// ICMP of this version: type * 256 + code.
    pub icmp: Intervals<u16>,
    /// All other protocols, by number.
    pub other: Intervals<u8>,
}

impl Layer4 {
    fn all(icmp: u8) -> Self {
        let named = [(TCP, TCP), (UDP, UDP), (icmp, icmp)];
        Self {
            tcp: PortSet::full(),
            udp: PortSet::full(),
            icmp: Intervals::full(),
            other: Intervals::from_ranges(named).complement(),
        }
    }

    fn protocol(number: u8, icmp: u8) -> Self {
        let mut set = Self::default();
        match number {
            TCP => set.tcp = PortSet::full(),
            UDP => set.udp = PortSet::full(),
            number if number == icmp => set.icmp = Intervals::full(),
            number => set.other = Intervals::range(number, number),
        }
        set
    }

    fn union(&self, with: &Self) -> Self {
        Self {
            tcp: self.tcp.union(&with.tcp),
            udp: self.udp.union(&with.udp),
            icmp: self.icmp.union(&with.icmp),
            other: self.other.union(&with.other),
        }
    }

    fn intersection(&self, with: &Self) -> Self {
        Self {
            tcp: self.tcp.intersection(&with.tcp),
            udp: self.udp.intersection(&with.udp),
            icmp: self.icmp.intersection(&with.icmp),
            other: self.other.intersection(&with.other),
        }
    }

    fn difference(&self, with: &Self) -> Self {
        Self {
            tcp: self.tcp.difference(&with.tcp),
            udp: self.udp.difference(&with.udp),
            icmp: self.icmp.difference(&with.icmp),
            other: self.other.difference(&with.other),
        }
    }

    fn intersects(&self, with: &Self) -> bool {
        self.tcp.intersects(&with.tcp)
            || self.udp.intersects(&with.udp)
            || self.icmp.intersects(&with.icmp)
            || self.other.intersects(&with.other)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tcp.is_empty() && self.udp.is_empty() && self.icmp.is_empty() && self.other.is_empty()
    }

    /// Whether it is every port, type and protocol.
    #[must_use]
    pub fn is_full(&self) -> bool {
        // Protocols are missing from `other` only where they have a set of their own.
        self.tcp.is_full()
            && self.udp.is_full()
            && self.icmp.is_full()
            && self
                .other
                .complement()
                .iter()
                .map(|(a, b)| usize::from(b - a) + 1)
                .sum::<usize>()
                == 3
    }
}

/// The traffic of both IP versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Both {
    /// IPv4.
    pub v4: Layer4,
    /// IPv6.
    pub v6: Layer4,
}

/// A set of traffic. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Traffic(Arc<Both>);

impl Traffic {
    /// These halves.
    #[must_use]
    pub fn new(v4: Layer4, v6: Layer4) -> Self {
        Self(Arc::new(Both { v4, v6 }))
    }

    /// All traffic.
    #[must_use]
    pub fn all() -> Self {
        Self::new(Layer4::all(ICMP_V4), Layer4::all(ICMP_V6))
    }

    /// All traffic of the version.
    #[must_use]
    pub fn of_version(ip: IpVersion) -> Self {
        match ip {
            IpVersion::Both => Self::all(),
            IpVersion::V4 => Self::new(Layer4::all(ICMP_V4), Layer4::default()),
            IpVersion::V6 => Self::new(Layer4::default(), Layer4::all(ICMP_V6)),
        }
    }

    /// Ports of a transport protocol, in both versions.
    #[must_use]
    pub fn ports(transport: Transport, ports: &PortSet) -> Self {
        let mut half = Layer4::default();
        match transport {
            Transport::Tcp => half.tcp = ports.clone(),
            Transport::Udp => half.udp = ports.clone(),
        }
        Self::new(half.clone(), half)
    }

    /// ICMP of a version.
    #[must_use]
    pub fn icmp(version: IcmpVersion, kind: Option<u8>, code: Option<u8>) -> Self {
        let icmp = match (kind, code) {
            (None, None) => Intervals::full(),
            (Some(kind), None) => {
                Intervals::range(u16::from(kind) << 8, u16::from(kind) << 8 | 255)
            }
            (Some(kind), Some(code)) => {
                let at = u16::from(kind) << 8 | u16::from(code);
                Intervals::range(at, at)
            }
            (None, Some(code)) => Intervals::from_ranges((0..=u8::MAX).map(|kind| {
                let at = u16::from(kind) << 8 | u16::from(code);
                (at, at)
            })),
        };
        let half = Layer4 {
            icmp,
            ..Layer4::default()
        };
        match version {
            IcmpVersion::V4 => Self::new(half, Layer4::default()),
            IcmpVersion::V6 => Self::new(Layer4::default(), half),
        }
    }

    /// An IP protocol, in both versions.
    #[must_use]
    pub fn protocol(number: u8) -> Self {
        Self::new(
            Layer4::protocol(number, ICMP_V4),
            Layer4::protocol(number, ICMP_V6),
        )
    }

    /// The IPv4 half.
    #[must_use]
    pub fn v4(&self) -> &Layer4 {
        &self.0.v4
    }

    /// The IPv6 half.
    #[must_use]
    pub fn v6(&self) -> &Layer4 {
        &self.0.v6
    }

    /// Traffic of one of the two.
    #[must_use]
    pub fn union(&self, with: &Self) -> Self {
        Self::new(self.0.v4.union(&with.0.v4), self.0.v6.union(&with.0.v6))
    }

    /// Traffic of both.
    #[must_use]
    pub fn intersection(&self, with: &Self) -> Self {
        if Arc::ptr_eq(&self.0, &with.0) || with.is_full() {
            return self.clone();
        }
        Self::new(
            self.0.v4.intersection(&with.0.v4),
            self.0.v6.intersection(&with.0.v6),
        )
    }

    /// Traffic of this and not of the other.
    #[must_use]
    pub fn difference(&self, with: &Self) -> Self {
        Self::new(
            self.0.v4.difference(&with.0.v4),
            self.0.v6.difference(&with.0.v6),
        )
    }

    /// Whether some traffic is in both.
    #[must_use]
    pub fn intersects(&self, with: &Self) -> bool {
        self.0.v4.intersects(&with.0.v4) || self.0.v6.intersects(&with.0.v6)
    }

    /// Whether all of it is in the other.
    #[must_use]
    pub fn is_subset(&self, with: &Self) -> bool {
        Arc::ptr_eq(&self.0, &with.0) || with.is_full() || self.difference(with).is_empty()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.v4.is_empty() && self.0.v6.is_empty()
    }

    /// Whether it is all traffic.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.v4.is_full() && self.0.v6.is_full()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_traffic_is_full_and_nothing_less_is() {
        assert!(Traffic::all().is_full());
        let ssh = Traffic::ports(Transport::Tcp, &PortSet::range(22, 22));
        let rest = Traffic::all().difference(&ssh);
        assert!(!rest.is_full() && !rest.intersects(&ssh));
        assert!(rest.union(&ssh).is_full());
        let gre = Traffic::protocol(47);
        assert!(!Traffic::all().difference(&gre).is_full());
        assert!(gre.is_subset(&rest));
    }

    #[test]
    fn protocols_with_a_set_of_their_own_are_that_set() {
        assert_eq!(
            Traffic::protocol(6),
            Traffic::ports(Transport::Tcp, &PortSet::full())
        );
        let icmp = Traffic::icmp(IcmpVersion::V4, None, None);
        assert!(icmp.is_subset(&Traffic::protocol(1)));
        assert!(Traffic::protocol(58).v4().icmp.is_empty());
        let by_code: Vec<_> = Traffic::icmp(IcmpVersion::V4, Some(3), None)
            .v4()
            .icmp
            .iter()
            .collect();
        assert_eq!(by_code, [(768, 1023)]);
    }
}
