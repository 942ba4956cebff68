//! The network domain, written down.

use super::{Writer, addresses, doc};
use crate::ir::Linked;
use crate::ir::network::{
    Enforcement, Exclusion, Fallback, Group, Network, PeerSet, Peers, Realised, Rule, Section,
    Uninterpreted,
};
use crate::ir::selector::{Condition, Key, Selector, TagScope};
use crate::ir::service::{Match, Service, ServiceEntry, ServiceUse, Services, Transport};
use crate::ir::set::PortSet;
use std::collections::BTreeSet;

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
            shipped,
        } = network;
        doc::Network {
            enforcement: self.enforcement(*enforcement),
            fallback: self.fallback(*fallback).into(),
            groups: groups
                .values()
                .map(|group| self.group(group, shipped).into())
                .collect(),
            services: services
                .values()
                .map(|service| self.service(service, shipped).into())
                .collect(),
            sections: sections
                .iter()
                .map(|section| self.section(section).into())
                .collect(),
            exclusions: exclusions
                .iter()
                .map(|exclusion| self.exclusion(exclusion).into())
                .collect(),
            uninterpreted: uninterpreted
                .iter()
                .map(|object| self.uninterpreted(object).into())
                .collect(),
        }
    }

    fn enforcement(&self, enforcement: Enforcement) -> doc::Enforcement {
        let said = |origin| {
            let origin = self.origin(origin);
            doc::At::from(doc::Said { origin })
        };
        match enforcement {
            Enforcement::On(origin) => doc::Enforcement::Enforced(said(origin)),
            Enforcement::Off(origin) => doc::Enforcement::NotEnforced(said(origin)),
            Enforcement::Unsaid => doc::Enforcement::Unsaid,
        }
    }

    fn fallback(&self, fallback: Fallback) -> doc::Fallback {
        let Fallback::Rule(origin) = fallback else {
            return doc::Fallback::Unknown;
        };
        let sections = self.policy.network.sections.iter();
        let mut rules = sections.flat_map(|section| &section.rules);
        let rule = rules.find(|rule| rule.ident.origin == origin);
        rule.map_or(doc::Fallback::Unknown, |rule| {
            doc::Fallback::Rule(rule.ident.id.clone())
        })
    }

    fn exclusion(&self, exclusion: &Exclusion<Linked>) -> doc::Exclusion {
        let Exclusion { ident, members } = exclusion;
        doc::Exclusion {
            ident: self.ident(ident),
            members: self.selector(members),
        }
    }

    fn uninterpreted(&self, object: &Uninterpreted) -> doc::Uninterpreted {
        let Uninterpreted { ident, what, rules } = object;
        doc::Uninterpreted {
            ident: self.ident(ident),
            what: what.clone(),
            rules: *rules,
        }
    }

    fn group(&self, group: &Group<Linked>, shipped: &BTreeSet<String>) -> doc::Group {
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
                 }| {
                    doc::At::from(doc::Realised {
                        machines: vms
                            .as_ref()
                            .map(|vms| vms.iter().map(|vm| self.vm_link(vm)).collect()),
                        addresses: known.as_ref().map(addresses),
                    })
                },
            ),
            shipped: shipped.contains(&ident.id),
            unread: self.keys(unread),
        }
    }

    fn selector(&self, selector: &Selector<Linked>) -> doc::Selector {
        let list = |items: &[Selector<Linked>]| {
            let items: Vec<_> = items.iter().map(|item| self.selector(item)).collect();
            doc::At::from(items)
        };
        match selector {
            Selector::Nothing => doc::Selector::Nothing,
            Selector::All(items) => doc::Selector::All(list(items.as_slice())),
            Selector::AnyOf(items) => doc::Selector::AnyOf(list(items.as_slice())),
            Selector::Not(inner) => doc::Selector::Not(Box::new(self.selector(inner))),
            Selector::Match(of) => doc::Selector::Match(condition(of).into()),
            Selector::Addresses(set, _) => doc::Selector::Addresses(addresses(set).into()),
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

    fn service(&self, service: &Service<Linked>, shipped: &BTreeSet<String>) -> doc::Service {
        let Service {
            ident,
            entries,
            unread,
        } = service;
        doc::Service {
            ident: self.ident(ident),
            entries: self.entries(entries),
            shipped: shipped.contains(&ident.id),
            unread: self.keys(unread),
        }
    }

    fn entries(&self, entries: &[ServiceEntry<Linked>]) -> Vec<doc::At<doc::Entry>> {
        let entries = entries.iter();
        entries.map(|entry| self.entry(entry).into()).collect()
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
            } => doc::Entry::Icmp(doc::Icmp {
                version: (*version).into(),
                kind: number(*kind).into(),
                code: number(*code).into(),
            }),
            Match::Protocol(number) => doc::Entry::Protocol(*number),
            Match::Gateway {
                application,
                transport,
                source,
                destination,
            } => doc::Entry::Gateway(doc::Gateway {
                application: application.clone(),
                control: ports(*transport, source, destination),
            }),
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
            tier: (*tier).into(),
            sequence: *sequence,
            applied_to: applied_to.as_ref().map(|peers| self.peers(peers)),
            stateful: *stateful,
            strict_tcp: *strict_tcp,
            schedule: schedule.as_ref().map(|opaque| self.opaque(opaque)),
            enabled: *enabled,
            rules: rules.iter().map(|rule| self.rule(rule).into()).collect(),
            unread: self.keys(unread),
        }
    }

    fn peers(&self, peers: &Peers<Linked>) -> doc::Peers {
        match (&peers.set, peers.negated) {
            (PeerSet::Any, false) => doc::Peers::Any,
            (PeerSet::Any, true) => doc::Peers::Nobody,
            (PeerSet::Of(list), negated) => {
                let list: Vec<_> = list.iter().map(|item| self.selector(item)).collect();
                if negated {
                    doc::Peers::Not(list.into())
                } else {
                    doc::Peers::Of(list.into())
                }
            }
        }
    }

    fn services(&self, services: &Services<Linked>) -> doc::Services {
        let Services::Of(list) = services else {
            return doc::Services::Any;
        };
        let list: Vec<doc::At<doc::Entry>> = list
            .iter()
            .map(|item| match item {
                ServiceUse::Named(link) => {
                    let services = &self.policy.network.services;
                    doc::Entry::Service(self.link(link, services, |service| &service.ident)).into()
                }
                ServiceUse::Inline(entry) => self.entry(entry).into(),
            })
            .collect();
        doc::Services::Of(list.into())
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
            action: (*action).into(),
            source: self.peers(source),
            destination: self.peers(destination),
            services: self.services(services),
            direction: (*direction).into(),
            applied_to: self.peers(applied_to),
            ip: (*ip).into(),
            profiles: profiles
                .iter()
                .map(|profile| self.opaque(profile))
                .collect(),
            logged: *logged,
            log_label: log_label.clone(),
            notes: notes.clone(),
            enabled: *enabled,
            is_default: *is_default,
            unread: self.keys(unread),
            broken: self.keys(broken),
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
    let (key, scope) = match key {
        Key::Tag(scope) => (doc::Key::Tag, Some(tag_scope(scope))),
        Key::Name => (doc::Key::Name, None),
        Key::OsName => (doc::Key::OsName, None),
        Key::ComputerName => (doc::Key::ComputerName, None),
    };
    doc::Condition {
        of: (*of).into(),
        key,
        scope,
        operator: (*operator).into(),
        value: value.clone(),
    }
}

fn tag_scope(scope: &TagScope) -> doc::TagScope {
    match scope {
        TagScope::Any => doc::TagScope::Any,
        TagScope::Is(scope) => doc::TagScope::Is(scope.clone()),
        TagScope::IsNot(scope) => doc::TagScope::IsNot(scope.clone()),
    }
}

fn ports(transport: Transport, source: &PortSet, destination: &PortSet) -> doc::Ports {
    doc::Ports {
        protocol: transport.into(),
        source: doc::ports(source).into(),
        destination: doc::ports(destination).into(),
    }
}

/// A number of ICMP; `any` for all of them.
fn number(number: Option<u8>) -> String {
    number.map_or_else(|| "any".to_owned(), |number| number.to_string())
}
