//! Services: protocols and ports.

use super::set::PortSet;
use super::{BadKey, Id, Ident, Link, Linked, NonEmpty, Opaque, State, Table};
use crate::source::Origin;
use std::collections::BTreeSet;

/// Which traffic a rule speaks about.
#[derive(Clone, Debug)]
pub enum Services<S: State> {
    /// All of it, every protocol.
    Any,
    /// One of these.
    Of(NonEmpty<ServiceUse<S>>),
}

/// One entry of a rule's service list.
#[derive(Clone, Debug)]
pub enum ServiceUse<S: State> {
    /// A service by reference.
    Named(S::Ref<Service<S>>),
    /// An entry written in the rule itself.
    Inline(ServiceEntry<S>),
}

/// A named service.
#[derive(Clone, Debug)]
pub struct Service<S: State> {
    /// Id (path), display name, origin.
    pub ident: Ident,
    /// What it matches: one of these. Empty only when the export has none; then it matches nothing.
    pub entries: Vec<ServiceEntry<S>>,
    /// Keys of the object that are not known; see [`super::network::Rule::unread`].
    pub unread: Vec<BadKey>,
}

/// One entry of a service.
#[derive(Clone, Debug)]
pub struct ServiceEntry<S: State> {
    /// Where it stands.
    pub origin: Origin,
    /// What it matches.
    pub matches: Match<S>,
}

/// The transport protocols that have ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

/// The version of ICMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IcmpVersion {
    /// ICMP for IPv4.
    V4,
    /// ICMPv6.
    V6,
}

/// What a service entry matches.
#[derive(Clone, Debug)]
pub enum Match<S: State> {
    /// TCP or UDP with both port sides; the full set means any port.
    Ports {
        /// TCP or UDP.
        transport: Transport,
        /// Source ports.
        source: PortSet,
        /// Destination ports.
        destination: PortSet,
    },
    /// ICMP. No type: every type. No code: every code.
    Icmp {
        /// The version.
        version: IcmpVersion,
        /// The type.
        kind: Option<u8>,
        /// The code.
        code: Option<u8>,
    },
    /// An IP protocol by its number.
    Protocol(u8),
    /// A control connection and the data sessions it opens.
    Gateway {
        /// The application protocol: `FTP`.
        application: String,
        /// TCP or UDP.
        transport: Transport,
        /// Source ports.
        source: PortSet,
        /// The control port.
        destination: PortSet,
    },
    /// IGMP.
    Igmp,
    /// A layer-2 protocol by its EtherType.
    EtherType(u16),
    /// Another service.
    Nested(S::Ref<Service<S>>),
    /// Something that cannot be evaluated.
    Opaque(Opaque),
}

impl Table<Service<Linked>> {
    /// A service and those nested in it at any depth, each once, itself first. Circles and services
    /// that are reached in many ways cost nothing more. One that is not wanted is left out with what
    /// only it nests.
    #[must_use]
    pub fn with_nested(
        &self,
        id: Id<Service<Linked>>,
        wanted: impl Fn(&Service<Linked>) -> bool,
    ) -> Vec<Id<Service<Linked>>> {
        let mut seen = BTreeSet::from([id]);
        let mut found = Vec::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let service = &self[id];
            if !wanted(service) {
                continue;
            }
            found.push(id);
            for entry in service.entries.iter().rev() {
                if let Match::Nested(Link::Found(inner, _)) = &entry.matches
                    && seen.insert(*inner)
                {
                    open.push(*inner);
                }
            }
        }
        found
    }
}
