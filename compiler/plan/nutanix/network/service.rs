//! Ports, ICMP types and service groups.

use super::{MAX_GROUP_SERVICES, MAX_RULE_SERVICES};
use crate::ir::NonEmpty;
use crate::ir::set::PortSet;
use crate::plan::nutanix::{Description, Name, ObjectId};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A range of TCP or UDP ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortRange {
    start_port: u16,
    end_port: u16,
}

impl PortRange {
    /// The ranges of a set.
    #[must_use]
    pub fn of(ports: &PortSet) -> Vec<Self> {
        ports
            .iter()
            .map(|(start_port, end_port)| Self {
                start_port,
                end_port,
            })
            .collect()
    }
}

/// An entry for ICMP or ICMPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Icmp {
    /// Every type and code.
    All,
    /// A type with every code.
    Type(u8),
    /// A type with one code.
    Code(u8, u8),
}

impl Icmp {
    /// The greatest ICMP type and code the platform takes. Source: the vendor's SDK.
    pub const V4: (u8, u8) = (43, 15);
    /// The greatest ICMPv6 type and code, from 7.5 on. Source: the vendor's SDK.
    pub const V6: (u8, u8) = (201, 10);
}

impl Serialize for Icmp {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut map = out.serialize_map(None)?;
        match self {
            Self::All => map.serialize_entry("isAllAllowed", &true)?,
            Self::Type(kind) => map.serialize_entry("type", kind)?,
            Self::Code(kind, code) => {
                map.serialize_entry("type", kind)?;
                map.serialize_entry("code", code)?;
            }
        }
        map.end()
    }
}

/// Ports and ICMP entries: at least one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceList {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tcp_services: Vec<PortRange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    udp_services: Vec<PortRange>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    icmp_services: Vec<Icmp>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    icmp_v6_services: Vec<Icmp>,
}

impl ServiceList {
    /// A list; `None` when it would be empty.
    #[must_use]
    pub fn new(
        tcp: &PortSet,
        udp: &PortSet,
        icmp_services: Vec<Icmp>,
        icmp_v6_services: Vec<Icmp>,
    ) -> Option<Self> {
        let list = Self {
            tcp_services: PortRange::of(tcp),
            udp_services: PortRange::of(udp),
            icmp_services,
            icmp_v6_services,
        };
        (list != Self::default()).then_some(list)
    }

    fn longest(&self) -> usize {
        let lengths = [
            self.tcp_services.len(),
            self.udp_services.len(),
            self.icmp_services.len(),
            self.icmp_v6_services.len(),
        ];
        lengths.into_iter().max().unwrap_or(0)
    }

    /// Whether it is short enough to stand in a rule.
    #[must_use]
    pub fn fits_rule(&self) -> bool {
        self.longest() <= MAX_RULE_SERVICES
    }

    /// The list in parts that each fit a service group.
    #[must_use]
    pub fn split(&self) -> Vec<Self> {
        let parts = self.longest().div_ceil(MAX_GROUP_SERVICES);
        (0..parts)
            .map(|at| Self {
                tcp_services: part(&self.tcp_services, at),
                udp_services: part(&self.udp_services, at),
                icmp_services: part(&self.icmp_services, at),
                icmp_v6_services: part(&self.icmp_v6_services, at),
            })
            .collect()
    }
}

fn part<T: Clone>(all: &[T], at: usize) -> Vec<T> {
    all.chunks(MAX_GROUP_SERVICES)
        .nth(at)
        .map(<[T]>::to_vec)
        .unwrap_or_default()
}

/// A service group.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceGroup {
    /// The name.
    pub name: Name,
    /// What it was made from.
    pub description: Description<512>,
    /// The entries; [`ServiceList::split`] keeps them within the limits.
    #[serde(flatten)]
    pub services: ServiceList,
}

/// Which traffic a rule lets through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceSpec {
    /// Every protocol.
    All,
    /// Entries in the rule itself.
    Inline(ServiceList),
    /// Service groups.
    Groups(NonEmptyIds),
}

/// A list of objects that is not empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NonEmptyIds(Vec<ObjectId>);

impl NonEmptyIds {
    /// The list.
    #[must_use]
    pub fn new(ids: NonEmpty<ObjectId>) -> Self {
        Self(ids.into_vec())
    }

    /// The ids.
    #[must_use]
    pub fn as_slice(&self) -> &[ObjectId] {
        &self.0
    }
}

impl ServiceSpec {
    /// Writes the keys of a rule; `groups` is the key for service groups, which differs by rule.
    pub(super) fn entries<M: SerializeMap>(
        &self,
        groups: &'static str,
        map: &mut M,
    ) -> Result<(), M::Error> {
        match self {
            Self::All => {}
            Self::Inline(list) => {
                let mut entry = |key: &'static str, ports: &[PortRange]| match ports {
                    [] => Ok(()),
                    ports => map.serialize_entry(key, ports),
                };
                entry("tcpServices", &list.tcp_services)?;
                entry("udpServices", &list.udp_services)?;
                if !list.icmp_services.is_empty() {
                    map.serialize_entry("icmpServices", &list.icmp_services)?;
                }
                if !list.icmp_v6_services.is_empty() {
                    map.serialize_entry("icmpV6Services", &list.icmp_v6_services)?;
                }
            }
            Self::Groups(ids) => map.serialize_entry(groups, ids.as_slice())?,
        }
        Ok(())
    }
}
