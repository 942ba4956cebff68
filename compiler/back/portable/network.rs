//! The network domain, written down.

use super::{Writer, addresses, doc};
use crate::ir::Linked;
use crate::ir::network::{
    Action, Direction, Enforcement, Exclusion, Fallback, Group, IpVersion, Network, PeerSet, Peers,
    Realised, Rule, Section, Tier, Uninterpreted,
};
use crate::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use crate::ir::service::{
    IcmpVersion, Match, Service, ServiceEntry, ServiceUse, Services, Transport,
};
use crate::ir::set::{PortSet, ports_text};

impl Writer<'_> {
    pub(super) fn network(&self, network: &Network<Linked>) -> doc::Network {
        let Network {
            groups,
            services,
            sections,
            exclusions,
            enforcement,
            fallback,
            uninterpreted,
            shipped: _,
        } = network;
        doc::Network {
            enforcement: match enforcement {
                Enforcement::On(_) => "on",
                Enforcement::Off(_) => "off",
                Enforcement::Unsaid => "unsaid",
            },
            fallback: match fallback {
                Fallback::Rule(origin) => self.origin(*origin),
                Fallback::Unknown => "unknown".to_owned(),
            },
            groups: groups.values().map(|group| self.group(group)).collect(),
            services: services
                .values()
                .map(|service| self.service(service))
                .collect(),
            sections: sections
                .iter()
                .map(|section| self.section(section))
                .collect(),
            exclusions: exclusions
                .iter()
                .map(|Exclusion { ident, members }| doc::Exclusion {
                    ident: self.ident(ident),
                    members: self.selector(members),
                })
                .collect(),
            uninterpreted: uninterpreted
                .iter()
                .map(|Uninterpreted { ident, what, rules }| doc::Uninterpreted {
                    ident: self.ident(ident),
                    what: what.clone(),
                    rules: *rules,
                })
                .collect(),
        }
    }

    fn group(&self, group: &Group<Linked>) -> doc::Group {
        let Group {
            ident,
            members,
            realised,
            unread,
        } = group;
        doc::Group {
            ident: self.ident(ident),
            members: self.selector(members),
            realised: realised.as_ref().map(
                |Realised {
                     vms,
                     addresses: known,
                     origin: _,
                 }| doc::Realised {
                    machines: vms
                        .as_ref()
                        .map(|vms| vms.iter().map(|vm| self.vm_link(vm)).collect()),
                    addresses: known.as_ref().map(addresses),
                },
            ),
            unread: super::names(unread),
        }
    }

    fn selector(&self, selector: &Selector<Linked>) -> doc::Selector {
        let list =
            |items: &[Selector<Linked>]| items.iter().map(|item| self.selector(item)).collect();
        match selector {
            Selector::Nothing => doc::Selector::Nothing,
            Selector::All(items) => doc::Selector::All(list(items.as_slice())),
            Selector::AnyOf(items) => doc::Selector::AnyOf(list(items.as_slice())),
            Selector::Not(inner) => doc::Selector::Not(Box::new(self.selector(inner))),
            Selector::Match(of) => doc::Selector::Match(condition(of)),
            Selector::Addresses(set, _) => doc::Selector::Addresses(addresses(set)),
            Selector::Group(link) => {
                doc::Selector::Group(
                    self.link(link, &self.policy.network.groups, |group| &group.ident),
                )
            }
            Selector::Vm(link) => doc::Selector::Machine(self.vm_link(link)),
            Selector::Segment(link) => doc::Selector::Network(self.link(
                link,
                &self.policy.inventory.segments,
                |segment| &segment.ident,
            )),
            Selector::Opaque(opaque) => doc::Selector::Opaque(self.opaque(opaque)),
        }
    }

    fn service(&self, service: &Service<Linked>) -> doc::Service {
        let Service {
            ident,
            entries,
            unread,
        } = service;
        doc::Service {
            ident: self.ident(ident),
            entries: entries.iter().map(|entry| self.entry(entry)).collect(),
            unread: super::names(unread),
        }
    }

    fn entry(&self, entry: &ServiceEntry<Linked>) -> doc::Entry {
        match &entry.matches {
            Match::Ports {
                transport,
                source,
                destination,
            } => doc::Entry::Ports(ports(*transport, source, destination)),
            Match::Icmp {
                version,
                kind,
                code,
            } => {
                let version = match version {
                    IcmpVersion::V4 => 4,
                    IcmpVersion::V6 => 6,
                };
                doc::Entry::Icmp {
                    version,
                    kind: *kind,
                    code: *code,
                }
            }
            Match::Protocol(number) => doc::Entry::Protocol(*number),
            Match::Gateway {
                application,
                transport,
                source,
                destination,
            } => doc::Entry::Gateway {
                application: application.clone(),
                control: ports(*transport, source, destination),
            },
            Match::Igmp => doc::Entry::Igmp,
            Match::EtherType(number) => doc::Entry::EtherType(*number),
            Match::Nested(link) => {
                doc::Entry::Service(self.link(link, &self.policy.network.services, |service| {
                    &service.ident
                }))
            }
            Match::Opaque(opaque) => doc::Entry::Opaque(self.opaque(opaque)),
        }
    }

    fn section(&self, section: &Section<Linked>) -> doc::Section {
        let Section {
            ident,
            tier,
            sequence,
            applied_to,
            stateful,
            strict_tcp,
            schedule,
            enabled,
            rules,
            unread,
        } = section;
        doc::Section {
            ident: self.ident(ident),
            tier: tier_name(*tier),
            sequence: *sequence,
            applied_to: applied_to.as_ref().map(|peers| self.peers(peers)),
            stateful: *stateful,
            strict_tcp: *strict_tcp,
            schedule: schedule.as_ref().map(|opaque| self.opaque(opaque)),
            enabled: *enabled,
            rules: rules.iter().map(|rule| self.rule(rule)).collect(),
            unread: super::names(unread),
        }
    }

    fn peers(&self, peers: &Peers<Linked>) -> doc::Peers {
        match (&peers.set, peers.negated) {
            (PeerSet::Any, false) => doc::Peers::Any,
            (PeerSet::Any, true) => doc::Peers::Nobody,
            (PeerSet::Of(list), false) => {
                doc::Peers::Of(list.iter().map(|item| self.selector(item)).collect())
            }
            (PeerSet::Of(list), true) => {
                doc::Peers::Not(list.iter().map(|item| self.selector(item)).collect())
            }
        }
    }

    fn services(&self, services: &Services<Linked>) -> Option<Vec<doc::Entry>> {
        match services {
            Services::Any => None,
            Services::Of(list) => Some(
                list.iter()
                    .map(|item| match item {
                        ServiceUse::Named(link) => doc::Entry::Service(self.link(
                            link,
                            &self.policy.network.services,
                            |service| &service.ident,
                        )),
                        ServiceUse::Inline(entry) => self.entry(entry),
                    })
                    .collect(),
            ),
        }
    }

    fn rule(&self, rule: &Rule<Linked>) -> doc::Rule {
        let Rule {
            ident,
            sequence,
            action,
            source,
            destination,
            services,
            direction,
            applied_to,
            ip,
            profiles,
            logged,
            log_label,
            notes,
            enabled,
            is_default,
            unread,
            broken,
        } = rule;
        doc::Rule {
            ident: self.ident(ident),
            sequence: *sequence,
            action: match action {
                Action::Allow => "allow",
                Action::Drop => "drop",
                Action::Reject => "reject",
                Action::Jump => "jump",
            },
            source: self.peers(source),
            destination: self.peers(destination),
            services: self.services(services),
            direction: match direction {
                Direction::In => "in",
                Direction::Out => "out",
                Direction::Both => "both",
            },
            applied_to: self.peers(applied_to),
            ip: match ip {
                IpVersion::V4 => "4",
                IpVersion::V6 => "6",
                IpVersion::Both => "both",
            },
            profiles: profiles
                .iter()
                .map(|profile| self.opaque(profile))
                .collect(),
            logged: *logged,
            log_label: log_label.clone(),
            notes: notes.clone(),
            enabled: *enabled,
            is_default: *is_default,
            unread: super::names(unread),
            broken: super::names(broken),
        }
    }
}

fn condition(condition: &Condition) -> doc::Condition {
    let Condition {
        of,
        key,
        operator,
        value,
        origin: _,
    } = condition;
    let (key, scope, scope_is_not) = match key {
        Key::Tag(TagScope::Any) => ("tag", None, None),
        Key::Tag(TagScope::Is(scope)) => ("tag", Some(scope.clone()), None),
        Key::Tag(TagScope::IsNot(scope)) => ("tag", None, Some(scope.clone())),
        Key::Name => ("name", None, None),
        Key::OsName => ("os-name", None, None),
        Key::ComputerName => ("computer-name", None, None),
    };
    doc::Condition {
        of: match of {
            Of::Vm => "machine",
            Of::Segment => "network",
            Of::SegmentPort => "network-port",
        },
        key,
        scope,
        scope_is_not,
        operator: match operator {
            Operator::Equals => "equals",
            Operator::NotEquals => "not-equals",
            Operator::Contains => "contains",
            Operator::StartsWith => "starts-with",
            Operator::EndsWith => "ends-with",
            Operator::Present => "present",
        },
        value: value.clone(),
    }
}

fn ports(transport: Transport, source: &PortSet, destination: &PortSet) -> doc::Ports {
    let protocol = match transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
    };
    doc::Ports {
        protocol,
        source: ports_text(source),
        destination: ports_text(destination),
    }
}

const fn tier_name(tier: Tier) -> &'static str {
    match tier {
        Tier::Ethernet => "ethernet",
        Tier::Emergency => "emergency",
        Tier::Infrastructure => "infrastructure",
        Tier::Environment => "environment",
        Tier::Application => "application",
    }
}
