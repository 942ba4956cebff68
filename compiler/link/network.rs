//! Links the network domain and puts its rules in the order of evaluation.

use super::Linker;
use crate::ir::network::{Exclusion, Group, Network, PeerSet, Peers, Realised, Rule, Section};
use crate::ir::selector::Selector;
use crate::ir::service::{Match, Service, ServiceEntry, ServiceUse, Services};
use crate::ir::{Ident, Linked, Named, NonEmpty};

impl Linker {
    pub(super) fn network(&mut self, network: Network<Named>) -> Network<Linked> {
        let Network {
            groups,
            services,
            mut sections,
            exclusions,
            enforcement,
            fallback,
            uninterpreted,
            shipped,
        } = network;
        // Stable: ties keep the order of the exports.
        sections.sort_by_key(|section| (section.tier, section.sequence));
        Network {
            groups: groups.map(|group| self.group_object(group)),
            services: services.map(|service| self.service_object(service)),
            sections: sections
                .into_iter()
                .map(|section| self.section(section))
                .collect(),
            exclusions: exclusions
                .into_iter()
                .map(|Exclusion { ident, members }| Exclusion {
                    members: self.selector(members, &ident),
                    ident,
                })
                .collect(),
            enforcement,
            fallback,
            uninterpreted,
            shipped,
        }
    }

    fn group_object(&mut self, group: Group<Named>) -> Group<Linked> {
        let Group {
            ident,
            members,
            realised,
            unread,
        } = group;
        Group {
            members: self.selector(members, &ident),
            realised: realised.map(
                |Realised {
                     vms,
                     addresses,
                     origin,
                 }| Realised {
                    vms: vms.map(|vms| vms.into_iter().map(|name| self.vm(name, &ident)).collect()),
                    addresses,
                    origin,
                },
            ),
            ident,
            unread,
        }
    }

    fn service_object(&mut self, service: Service<Named>) -> Service<Linked> {
        let Service {
            ident,
            entries,
            unread,
        } = service;
        Service {
            entries: entries
                .into_iter()
                .map(|entry| self.service_entry(entry, &ident))
                .collect(),
            ident,
            unread,
        }
    }

    fn section(&mut self, section: Section<Named>) -> Section<Linked> {
        let Section {
            ident,
            tier,
            sequence,
            applied_to,
            stateful,
            strict_tcp,
            schedule,
            enabled,
            mut rules,
            unread,
        } = section;
        rules.sort_by_key(|rule| rule.sequence);
        Section {
            applied_to: applied_to.map(|peers| self.peers(peers, &ident)),
            rules: rules.into_iter().map(|rule| self.rule(rule)).collect(),
            ident,
            tier,
            sequence,
            stateful,
            strict_tcp,
            schedule,
            enabled,
            unread,
        }
    }

    fn rule(&mut self, rule: Rule<Named>) -> Rule<Linked> {
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
        Rule {
            source: self.peers(source, &ident),
            destination: self.peers(destination, &ident),
            services: self.services(services, &ident),
            applied_to: self.peers(applied_to, &ident),
            ident,
            sequence,
            action,
            direction,
            ip,
            profiles,
            logged,
            log_label,
            notes,
            enabled,
            is_default,
            unread,
            broken,
        }
    }

    fn peers(&mut self, peers: Peers<Named>, user: &Ident) -> Peers<Linked> {
        let Peers { negated, set } = peers;
        let set = match set {
            PeerSet::Any => PeerSet::Any,
            PeerSet::Of(list) => PeerSet::Of(list.map(|selector| self.selector(selector, user))),
        };
        Peers { negated, set }
    }

    fn selector(&mut self, selector: Selector<Named>, user: &Ident) -> Selector<Linked> {
        match selector {
            Selector::Nothing => Selector::Nothing,
            Selector::All(list) => Selector::All(self.selectors(list, user)),
            Selector::AnyOf(list) => Selector::AnyOf(self.selectors(list, user)),
            Selector::Not(inner) => Selector::Not(Box::new(self.selector(*inner, user))),
            Selector::Match(condition) => Selector::Match(condition),
            Selector::Addresses(set, origin) => Selector::Addresses(set, origin),
            Selector::Group(name) => Selector::Group(self.group(name, user)),
            Selector::Vm(name) => Selector::Vm(self.vm(name, user)),
            Selector::Segment(name) => Selector::Segment(self.segment(name, user)),
            Selector::Opaque(opaque) => Selector::Opaque(opaque),
        }
    }

    fn selectors(
        &mut self,
        list: NonEmpty<Selector<Named>>,
        user: &Ident,
    ) -> NonEmpty<Selector<Linked>> {
        list.map(|selector| self.selector(selector, user))
    }

    fn services(&mut self, services: Services<Named>, user: &Ident) -> Services<Linked> {
        match services {
            Services::Any => Services::Any,
            Services::Of(list) => Services::Of(list.map(|item| match item {
                ServiceUse::Named(name) => ServiceUse::Named(self.service(name, user)),
                ServiceUse::Inline(entry) => ServiceUse::Inline(self.service_entry(entry, user)),
            })),
        }
    }

    fn service_entry(&mut self, entry: ServiceEntry<Named>, user: &Ident) -> ServiceEntry<Linked> {
        let ServiceEntry { origin, matches } = entry;
        let matches = match matches {
            Match::Ports {
                transport,
                source,
                destination,
            } => Match::Ports {
                transport,
                source,
                destination,
            },
            Match::Icmp {
                version,
                kind,
                code,
            } => Match::Icmp {
                version,
                kind,
                code,
            },
            Match::Protocol(number) => Match::Protocol(number),
            Match::Gateway {
                application,
                transport,
                source,
                destination,
            } => Match::Gateway {
                application,
                transport,
                source,
                destination,
            },
            Match::Igmp => Match::Igmp,
            Match::EtherType(number) => Match::EtherType(number),
            Match::Nested(name) => Match::Nested(self.service(name, user)),
            Match::Opaque(opaque) => Match::Opaque(opaque),
        };
        ServiceEntry { origin, matches }
    }
}
