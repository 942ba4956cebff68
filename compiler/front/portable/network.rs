//! The network domain of the document.

use super::reader::Reader;
use crate::document::{self as doc, At};
use crate::front::nsx::fallback::is_about_everything;
use crate::ir::network::{
    Enforcement, Exclusion, Fallback, Group, Network, PeerSet, Peers, Realised, Rule, Section,
    Uninterpreted,
};
use crate::ir::selector::{Condition, Key, Selector, TagScope};
use crate::ir::service::{Match, Service, ServiceEntry, ServiceUse, Services, Transport};
use crate::ir::set::PortSet;
use crate::ir::{Named, NonEmpty, Table};
use rehome_grammar::Span;
use std::collections::BTreeSet;

impl Reader<'_> {
    pub(super) fn network(&mut self, network: doc::Network) -> Network<Named> {
        let doc::Network {
            enforcement,
            fallback,
            groups,
            services,
            sections,
            exclusions,
            uninterpreted,
        } = network;
        let mut shipped = BTreeSet::new();
        let groups: Table<_> = groups
            .into_iter()
            .map(|group| self.group(group, &mut shipped))
            .collect();
        let services: Table<_> = services
            .into_iter()
            .map(|service| self.service(service, &mut shipped))
            .collect();
        let sections: Vec<_> = sections
            .into_iter()
            .map(|section| self.section(section))
            .collect();
        Network {
            groups,
            services,
            fallback: self.fallback(fallback, &sections),
            sections,
            exclusions: exclusions
                .into_iter()
                .map(|exclusion| self.exclusion(exclusion))
                .collect(),
            enforcement: self.enforcement(&enforcement),
            uninterpreted: uninterpreted
                .into_iter()
                .map(|object| self.uninterpreted(object))
                .collect(),
            shipped,
        }
    }

    fn enforcement(&self, enforcement: &doc::Enforcement) -> Enforcement {
        match enforcement {
            doc::Enforcement::Enforced(said) => Enforcement::On(self.origin(said.span)),
            doc::Enforcement::NotEnforced(said) => Enforcement::Off(self.origin(said.span)),
            doc::Enforcement::Unsaid => Enforcement::Unsaid,
        }
    }

    /// What happens to the rest. That a rule decides about everything is not believed but seen.
    fn fallback(&mut self, fallback: At<doc::Fallback>, sections: &[Section<Named>]) -> Fallback {
        let At { value, span } = fallback;
        let doc::Fallback::Rule(id) = value else {
            return Fallback::Unknown;
        };
        let mut rules = sections
            .iter()
            .flat_map(|section| section.rules.iter().map(move |rule| (section, rule)));
        let found = rules.find(|(_, rule)| rule.ident.id == id);
        match found {
            Some((section, rule)) if is_about_everything(section, rule) => {
                Fallback::Rule(rule.ident.origin)
            }
            Some(_) => {
                let message = format!("the rule `{id}` does not decide about every flow");
                self.wrong(span, &id, &message);
                Fallback::Unknown
            }
            None => {
                let message = format!("no rule has the id `{id}`");
                self.wrong(span, &id, &message);
                Fallback::Unknown
            }
        }
    }

    fn group(&mut self, group: At<doc::Group>, shipped: &mut BTreeSet<String>) -> Group<Named> {
        let At { value, span } = group;
        let doc::Group {
            ident,
            members,
            realised,
            shipped: is_shipped,
            unread,
        } = value;
        let ident = self.ident("groups", ident, span);
        if is_shipped {
            shipped.insert(ident.id.clone());
        }
        Group {
            ident,
            members: self.selector(members),
            realised: realised.map(|realised| self.realised(realised)),
            unread: self.keys(unread),
        }
    }

    fn realised(&mut self, realised: At<doc::Realised>) -> Realised<Named> {
        let At { value, span } = realised;
        let doc::Realised {
            machines,
            addresses,
        } = value;
        Realised {
            vms: machines.map(|machines| self.names(machines)),
            addresses: addresses.map(|list| self.addresses(&list)),
            origin: self.origin(span),
        }
    }

    fn service(
        &mut self,
        service: At<doc::Service>,
        shipped: &mut BTreeSet<String>,
    ) -> Service<Named> {
        let At { value, span } = service;
        let doc::Service {
            ident,
            entries,
            shipped: is_shipped,
            unread,
        } = value;
        let ident = self.ident("services", ident, span);
        if is_shipped {
            shipped.insert(ident.id.clone());
        }
        Service {
            ident,
            entries: entries.into_iter().map(|entry| self.entry(entry)).collect(),
            unread: self.keys(unread),
        }
    }

    fn entry(&mut self, entry: At<doc::Entry>) -> ServiceEntry<Named> {
        let At { value, span } = entry;
        let matches = match value {
            doc::Entry::Ports(ports) => Match::Ports {
                transport: ports.protocol.into(),
                source: self.ports(&ports.source),
                destination: self.ports(&ports.destination),
            },
            doc::Entry::Icmp(icmp) => Match::Icmp {
                version: icmp.version.into(),
                kind: self.number(&icmp.kind),
                code: self.number(&icmp.code),
            },
            doc::Entry::Protocol(number) => Match::Protocol(number),
            doc::Entry::Gateway(gateway) => Match::Gateway {
                application: gateway.application,
                transport: gateway.control.protocol.into(),
                source: self.ports(&gateway.control.source),
                destination: self.ports(&gateway.control.destination),
            },
            doc::Entry::Igmp => Match::Igmp,
            doc::Entry::EtherType(number) => Match::EtherType(number),
            doc::Entry::Service(service) => Match::Nested(self.name(service)),
            doc::Entry::Opaque(opaque) => Match::Opaque(self.opaque(opaque)),
        };
        ServiceEntry {
            origin: self.origin(span),
            matches,
        }
    }

    fn ports(&mut self, text: &At<String>) -> PortSet {
        match doc::read_ports(&text.value) {
            Ok(ports) => ports,
            Err(error) => {
                self.wrong(text.span, &text.value, &error.message);
                PortSet::empty()
            }
        }
    }

    /// A number of ICMP; `any` for all of them.
    fn number(&mut self, text: &At<String>) -> Option<u8> {
        if text.value == "any" {
            return None;
        }
        let number = text.value.parse().ok();
        if number.is_none() {
            let message = format!("`{}` is neither `any` nor a number to 255", text.value);
            self.wrong(text.span, &text.value, &message);
        }
        number
    }

    fn section(&mut self, section: At<doc::Section>) -> Section<Named> {
        let At { value, span } = section;
        let doc::Section {
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
        } = value;
        Section {
            ident: self.ident("sections", ident, span),
            tier: tier.into(),
            sequence,
            applied_to: applied_to.map(|peers| self.peers(peers)),
            stateful,
            strict_tcp,
            schedule: schedule.map(|opaque| self.opaque(opaque)),
            enabled,
            rules: rules.into_iter().map(|rule| self.rule(rule)).collect(),
            unread: self.keys(unread),
        }
    }

    fn rule(&mut self, rule: At<doc::Rule>) -> Rule<Named> {
        let At { value, span } = rule;
        let doc::Rule {
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
        } = value;
        Rule {
            ident: self.ident("rules", ident, span),
            sequence,
            action: action.into(),
            source: self.peers(source),
            destination: self.peers(destination),
            services: self.services(services),
            direction: direction.into(),
            applied_to: self.peers(applied_to),
            ip: ip.into(),
            profiles: profiles
                .into_iter()
                .map(|profile| self.opaque(profile))
                .collect(),
            logged,
            log_label,
            notes,
            enabled,
            is_default,
            unread: self.keys(unread),
            broken: self.keys(broken),
        }
    }

    fn peers(&mut self, peers: doc::Peers) -> Peers<Named> {
        let (negated, set) = match peers {
            doc::Peers::Any => (false, PeerSet::Any),
            doc::Peers::Nobody => (true, PeerSet::Any),
            doc::Peers::Of(list) => (false, PeerSet::Of(self.selectors(list))),
            doc::Peers::Not(list) => (true, PeerSet::Of(self.selectors(list))),
        };
        Peers { negated, set }
    }

    fn services(&mut self, services: doc::Services) -> Services<Named> {
        let doc::Services::Of(At { value, span }) = services else {
            return Services::Any;
        };
        let uses: Vec<_> = value
            .into_iter()
            .map(|entry| self.service_use(entry))
            .collect();
        let uses = self.some(uses, span);
        Services::Of(uses.unwrap_or_else(|| {
            NonEmpty::one(ServiceUse::Inline(ServiceEntry {
                origin: self.origin(span),
                matches: Match::Ports {
                    transport: Transport::Tcp,
                    source: PortSet::empty(),
                    destination: PortSet::empty(),
                },
            }))
        }))
    }

    fn service_use(&mut self, entry: At<doc::Entry>) -> ServiceUse<Named> {
        let At { value, span } = entry;
        if let doc::Entry::Service(service) = value {
            return ServiceUse::Named(self.name(service));
        }
        ServiceUse::Inline(self.entry(At { value, span }))
    }

    /// One of these, or all of these. An empty list has been told, and nothing of its file is used.
    fn selectors(&mut self, list: At<Vec<doc::Selector>>) -> NonEmpty<Selector<Named>> {
        let At { value, span } = list;
        let list: Vec<_> = value.into_iter().map(|one| self.selector(one)).collect();
        let list = self.some(list, span);
        list.unwrap_or_else(|| NonEmpty::one(Selector::Nothing))
    }

    fn selector(&mut self, selector: doc::Selector) -> Selector<Named> {
        match selector {
            doc::Selector::Nothing => Selector::Nothing,
            doc::Selector::All(list) => Selector::All(self.selectors(list)),
            doc::Selector::AnyOf(list) => Selector::AnyOf(self.selectors(list)),
            doc::Selector::Not(inner) => Selector::Not(Box::new(self.selector(*inner))),
            doc::Selector::Match(condition) => self.condition(condition),
            doc::Selector::Addresses(At { value, span }) => {
                Selector::Addresses(self.addresses(&value), self.origin(span))
            }
            doc::Selector::Group(group) => Selector::Group(self.name(group)),
            doc::Selector::Machine(machine) => Selector::Vm(self.name(machine)),
            doc::Selector::Network(network) => Selector::Segment(self.name(network)),
            doc::Selector::Opaque(opaque) => Selector::Opaque(self.opaque(opaque)),
        }
    }

    fn condition(&mut self, condition: At<doc::Condition>) -> Selector<Named> {
        let At { value, span } = condition;
        let doc::Condition {
            of,
            key,
            scope,
            operator,
            value,
        } = value;
        let key = match (key, scope) {
            (doc::Key::Tag, Some(scope)) => Key::Tag(tag_scope(scope)),
            (doc::Key::Name, None) => Key::Name,
            (doc::Key::OsName, None) => Key::OsName,
            (doc::Key::ComputerName, None) => Key::ComputerName,
            (doc::Key::Tag, None) => {
                return self.odd(
                    span,
                    "a condition on a tag says which scope: `any`, `is` or `is-not`",
                );
            }
            (doc::Key::Name | doc::Key::OsName | doc::Key::ComputerName, Some(_)) => {
                return self.odd(span, "only a tag has a scope");
            }
        };
        Selector::Match(Condition {
            of: of.into(),
            key,
            operator: operator.into(),
            value,
            origin: self.origin(span),
        })
    }

    fn odd(&mut self, span: Span, message: &str) -> Selector<Named> {
        self.wrong(span, "match", message);
        Selector::Nothing
    }

    fn exclusion(&mut self, exclusion: At<doc::Exclusion>) -> Exclusion<Named> {
        let At { value, span } = exclusion;
        let doc::Exclusion { ident, members } = value;
        Exclusion {
            ident: self.ident("exclusions", ident, span),
            members: self.selector(members),
        }
    }

    fn uninterpreted(&mut self, object: At<doc::Uninterpreted>) -> Uninterpreted {
        let At { value, span } = object;
        let doc::Uninterpreted { ident, what, rules } = value;
        Uninterpreted {
            ident: self.ident("objects that are not interpreted", ident, span),
            what,
            rules,
        }
    }
}

fn tag_scope(scope: doc::TagScope) -> TagScope {
    match scope {
        doc::TagScope::Any => TagScope::Any,
        doc::TagScope::Is(scope) => TagScope::Is(scope),
        doc::TagScope::IsNot(scope) => TagScope::IsNot(scope),
    }
}
