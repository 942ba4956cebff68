//! What a service matches: for certain, and at most.

use super::traffic::Traffic;
use crate::ir::service::{IcmpVersion, Match, Service, ServiceUse};
use crate::ir::set::PortSet;
use crate::ir::{BadKey, Id, Link, Linked, Name, Policy};
use crate::legal::table::network::{Reading, Use};
use crate::plan::nutanix::network::Icmp;
use crate::source::Origin;

/// Why a part of a service is not matched as it is written.
#[derive(Clone, Debug)]
pub struct Gap {
    /// Which feature.
    pub what: Feature,
    /// The part in words: `gre`, `source ports 123`.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
}

impl Gap {
    /// Where that stands which is not known, and because of which the construct loses something.
    #[must_use]
    pub const fn cause(&self) -> Option<Origin> {
        match self.what {
            Feature::Unknown | Feature::UnreadKey => Some(self.origin),
            Feature::SourcePorts
            | Feature::IpProtocol
            | Feature::Icmp { .. }
            | Feature::Gateway
            | Feature::EtherType => None,
        }
    }
}

/// The features of services that the target may not hold.
#[derive(Clone, Copy, Debug)]
pub enum Feature {
    /// Source ports.
    SourcePorts,
    /// An IP protocol.
    IpProtocol,
    /// An ICMP type or code.
    Icmp {
        /// Whether it is ICMPv6.
        v6: bool,
        /// The type.
        kind: Option<u8>,
        /// The code.
        code: Option<u8>,
    },
    /// A gateway.
    Gateway,
    /// Layer 2.
    EtherType,
    /// Something that is not known.
    Unknown,
    /// An unread key.
    UnreadKey,
}

impl Feature {
    /// The use that the table answers for.
    #[must_use]
    pub const fn used(self, reading: Reading) -> Use {
        match self {
            Self::SourcePorts => Use::SourcePorts(reading),
            Self::IpProtocol => Use::IpProtocol(reading),
            Self::Icmp { v6, kind, code } => Use::Icmp { v6, kind, code },
            Self::Gateway => Use::Gateway(reading),
            Self::EtherType => Use::EtherType(reading),
            Self::Unknown => Use::ServiceUnknown(reading),
            Self::UnreadKey => Use::UnreadKey(reading),
        }
    }
}

/// What a service or an entry matches.
#[derive(Clone, Debug, Default)]
pub struct Matched {
    /// For certain, and as the target can say it.
    pub sure: Traffic,
    /// At most.
    pub possible: Traffic,
    /// What lies between.
    pub gaps: Vec<Gap>,
}

impl Matched {
    fn exact(traffic: Traffic) -> Self {
        Self {
            sure: traffic.clone(),
            possible: traffic,
            gaps: Vec::new(),
        }
    }

    fn gap(what: Feature, possible: Traffic, text: String, origin: Origin) -> Self {
        Self {
            sure: Traffic::default(),
            possible,
            gaps: vec![Gap { what, text, origin }],
        }
    }

    fn add(&mut self, other: &Self) {
        self.sure = self.sure.union(&other.sure);
        self.possible = self.possible.union(&other.possible);
        self.gaps.extend(other.gaps.iter().cloned());
    }
}

/// What every service of the policy matches.
#[derive(Debug)]
pub struct Catalogue {
    services: Vec<Matched>,
    icmp_v6: bool,
}

impl Catalogue {
    /// Works out every service. `icmp_v6`: whether the target can name ICMPv6 types.
    #[must_use]
    pub fn of(policy: &Policy<Linked>, icmp_v6: bool) -> Self {
        let mut catalogue = Self {
            services: Vec::with_capacity(policy.network.services.len()),
            icmp_v6,
        };
        let services = &policy.network.services;
        let own: Vec<Matched> = services
            .values()
            .map(|service| catalogue.own(service))
            .collect();
        for id in services.ids() {
            let mut all = Matched::default();
            for one in services.with_nested(id, |_| true) {
                own.get(one.index())
                    .into_iter()
                    .for_each(|one| all.add(one));
            }
            // Nothing is certain about a service with a key that is not known.
            all.sure = services
                .with_nested(id, |service| service.unread.is_empty())
                .into_iter()
                .filter_map(|id| own.get(id.index()))
                .fold(Traffic::default(), |sure, one| sure.union(&one.sure));
            catalogue.services.push(all);
        }
        catalogue
    }

    /// What a service matches without the services nested in it.
    fn own(&self, service: &Service<Linked>) -> Matched {
        let Service {
            ident,
            entries,
            unread,
        } = service;
        let mut all = Matched::default();
        for entry in entries {
            all.add(&self.simple(&entry.matches, entry.origin));
        }
        if let Some(first) = unread.first() {
            let keys = BadKey::names(unread).join("`, `");
            all.gaps.push(Gap {
                what: Feature::UnreadKey,
                text: format!("key `{keys}` of service `{}`", ident.name),
                origin: first.origin,
            });
        }
        all
    }

    /// What an entry matches that names no other service.
    fn simple(&self, matches: &Match<Linked>, origin: Origin) -> Matched {
        match matches {
            Match::Ports {
                transport,
                source,
                destination,
            } => {
                let traffic = Traffic::ports(*transport, destination);
                if source.is_full() {
                    return Matched::exact(traffic);
                }
                let text = format!("source ports {}", crate::ir::set::ports_text(source));
                Matched::gap(Feature::SourcePorts, traffic, text, origin)
            }
            Match::Icmp {
                version,
                kind,
                code,
            } => self.icmp(*version, *kind, *code, origin),
            Match::Protocol(number) => {
                let traffic = Traffic::protocol(*number);
                let named = traffic.v4().other.is_empty() && traffic.v6().other.is_empty();
                if named {
                    return Matched::exact(traffic);
                }
                let text = format!("IP protocol {number}");
                Matched::gap(Feature::IpProtocol, traffic, text, origin)
            }
            Match::Gateway {
                application,
                transport,
                source: _,
                destination,
            } => Matched::gap(
                Feature::Gateway,
                // The sessions it opens can use any port.
                Traffic::ports(*transport, &PortSet::full())
                    .union(&Traffic::ports(*transport, destination)),
                format!("gateway `{application}`"),
                origin,
            ),
            Match::Igmp => Matched::gap(
                Feature::IpProtocol,
                Traffic::protocol(2),
                "IGMP".to_owned(),
                origin,
            ),
            Match::EtherType(number) => Matched::gap(
                Feature::EtherType,
                Traffic::default(),
                format!("EtherType {number:#06x}"),
                origin,
            ),
            // A service that is nested is worked out on its own.
            Match::Nested(Link::Found(..)) => Matched::default(),
            Match::Nested(Link::Missing(name)) => missing(name),
            Match::Opaque(opaque) => Matched::gap(
                Feature::Unknown,
                Traffic::all(),
                format!("{} `{}`", opaque.what, opaque.text),
                opaque.origin,
            ),
        }
    }

    fn icmp(
        &self,
        version: IcmpVersion,
        kind: Option<u8>,
        code: Option<u8>,
        origin: Origin,
    ) -> Matched {
        let traffic = Traffic::icmp(version, kind, code);
        let (v6, (greatest, greatest_code)) = match version {
            IcmpVersion::V4 => (false, Icmp::V4),
            IcmpVersion::V6 => (true, Icmp::V6),
        };
        let in_reach = kind.is_none_or(|kind| kind <= greatest)
            && code.is_none_or(|code| code <= greatest_code && kind.is_some());
        if in_reach && (!v6 || self.icmp_v6) {
            return Matched::exact(traffic);
        }
        let name = if v6 { "ICMPv6" } else { "ICMP" };
        let number = |number: Option<u8>| number.map_or("any".to_owned(), |n| n.to_string());
        let text = format!("{name} type {} code {}", number(kind), number(code));
        Matched::gap(Feature::Icmp { v6, kind, code }, traffic, text, origin)
    }

    /// What a service matches.
    #[must_use]
    pub fn named(&self, id: Id<Service<Linked>>) -> Option<&Matched> {
        self.services.get(id.index())
    }

    /// What an entry of a rule matches.
    #[must_use]
    pub fn used(&self, used: &ServiceUse<Linked>) -> Matched {
        match used {
            ServiceUse::Named(Link::Found(id, _)) => self.named(*id).cloned().unwrap_or_default(),
            ServiceUse::Named(Link::Missing(name)) => missing(name),
            ServiceUse::Inline(entry) => match &entry.matches {
                Match::Nested(Link::Found(id, _)) => self.named(*id).cloned().unwrap_or_default(),
                Match::Nested(Link::Missing(_))
                | Match::Ports { .. }
                | Match::Icmp { .. }
                | Match::Protocol(_)
                | Match::Gateway { .. }
                | Match::Igmp
                | Match::EtherType(_)
                | Match::Opaque(_) => self.simple(&entry.matches, entry.origin),
            },
        }
    }
}

/// A service that nothing answers to.
fn missing(name: &Name<Service<Linked>>) -> Matched {
    Matched::gap(
        Feature::Unknown,
        Traffic::all(),
        format!("service `{}`", name.text),
        name.origin,
    )
}
