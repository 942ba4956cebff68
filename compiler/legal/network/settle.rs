//! What becomes of groups, services, exclusions and objects that are only listed.

use super::account::Account;
use super::lists::Reader;
use super::remark::Mention;
use super::services::{Gap, Matched};
use super::side::{Part, Side};
use crate::finding::{Subject, count};
use crate::ir::network::{Exclusion, Group, PeerSet, Peers, Tier, Uninterpreted};
use crate::ir::selector::Selector;
use crate::ir::service::{Match, Service, ServiceEntry, ServiceUse, Services};
use crate::ir::{Id, Link, Linked, Policy};
use crate::legal::table::network::{Reading, Use, legality};
use crate::legal::{Case, Construct, Kind, Ledger};
use std::collections::BTreeSet;

/// The groups and services that rules in force use, directly or through others.
#[derive(Debug, Default)]
struct Used {
    groups: BTreeSet<Id<Group<Linked>>>,
    services: BTreeSet<Id<Service<Linked>>>,
}

/// Settles every group, service, exclusion and listed object.
pub fn settle(reader: &Reader<'_>, ledger: &mut Ledger) {
    let used = Used::of(reader.policy);
    let network = &reader.policy.network;
    for (id, group) in network.groups.iter() {
        let account = if used.groups.contains(&id) {
            reader.sides.group(id).map_or_else(
                || unused(reader, &group.ident, "group"),
                |side| group_account(reader, group, side),
            )
        } else {
            unused(reader, &group.ident, "group")
        };
        account.settle(Construct::new(Kind::Group, &group.ident.id), ledger);
    }
    for (id, service) in network.services.iter() {
        let matched = reader.catalogue.named(id);
        let account = match matched.filter(|_| used.services.contains(&id)) {
            Some(matched) => service_account(reader, service, matched),
            None => unused(reader, &service.ident, "service"),
        };
        account.settle(Construct::new(Kind::Service, &service.ident.id), ledger);
    }
    for exclusion in &network.exclusions {
        let account = exclusion_account(reader, exclusion);
        account.settle(Construct::new(Kind::Exclusion, &exclusion.ident.id), ledger);
    }
    for object in &network.uninterpreted {
        let Uninterpreted { ident, what, rules } = object;
        let flow = reader.target.flow();
        let account = Account::open(legality(reader.target, &Use::Uninterpreted), || {
            let holds = match rules {
                0 => String::new(),
                rules => format!(" with {}", count(*rules, "rule")),
            };
            Case::new(
                ident.subject(),
                format!(
                    "{what} `{}`{holds} is outside of what {flow} takes over",
                    ident.name
                ),
            )
        });
        account.settle(Construct::new(Kind::Uninterpreted, &ident.id), ledger);
    }
}

fn unused(reader: &Reader<'_>, ident: &crate::ir::Ident, kind: &str) -> Account {
    let flow = reader.target.flow();
    Account::open(legality(reader.target, &Use::Unused), || {
        Case::new(
            ident.subject(),
            format!(
                "{kind} `{}` is used by no rule in force; {flow} does not get it",
                ident.name
            ),
        )
    })
}

fn group_account(reader: &Reader<'_>, group: &Group<Linked>, side: &Side) -> Account {
    let ident = &group.ident;
    let flow = reader.target.flow();
    let case = |text: String| Case::new(ident.subject(), format!("group `{}` {text}", ident.name));
    let mut account = Account::open(legality(reader.target, &Use::Group), || {
        case(format!("goes to {flow}"))
    });
    let mut told: Vec<Use> = Vec::new();
    for remark in &side.remarks {
        let what = remark.what.used(Reading::Sure);
        if told.contains(&what) {
            continue;
        }
        told.push(what);
        account.note_part(legality(reader.target, &what), || {
            let text = match remark.what {
                Mention::Plain(_) => format!(
                    "selects by {}; {flow} keeps the machines that match today",
                    remark.text
                ),
                Mention::Unknown
                | Mention::UnknownAddresses
                | Mention::SplitMachine
                | Mention::UnreadKey => format!(
                    "has {}, which is not known; {flow} gets the members that are certain",
                    remark.text
                ),
            };
            let case = case(text).because_of(remark.cause());
            match remark.origin {
                Some(origin) => case.with(Subject {
                    origin,
                    id: remark.text.clone(),
                    name: remark.text.clone(),
                }),
                None => case,
            }
        });
    }
    if side.parts.is_empty() && !side.exact {
        account.note(legality(reader.target, &Use::NothingLeft), || {
            case(format!(
                "has no member that is certain; {flow} does not get it"
            ))
            .because_of(side.cause())
        });
    }
    account
}

fn service_account(reader: &Reader<'_>, service: &Service<Linked>, matched: &Matched) -> Account {
    let ident = &service.ident;
    let flow = reader.target.flow();
    let case =
        |text: String| Case::new(ident.subject(), format!("service `{}` {text}", ident.name));
    let mut account = Account::open(legality(reader.target, &Use::Service), || {
        case(format!("goes to {flow}"))
    });
    for gap in &matched.gaps {
        account.note_part(
            legality(reader.target, &gap.what.used(Reading::Sure)),
            || {
                case(format!(
                    "matches {}; allows of {flow} do not get it",
                    gap.text
                ))
                .with(Subject {
                    origin: gap.origin,
                    id: gap.text.clone(),
                    name: gap.text.clone(),
                })
                .because_of(gap.cause())
            },
        );
    }
    if matched.sure.is_empty() && !matched.gaps.is_empty() {
        account.note(legality(reader.target, &Use::NothingLeft), || {
            case(format!("has no entry that {flow} holds"))
                .because_of(matched.gaps.iter().find_map(Gap::cause))
        });
    }
    account
}

fn exclusion_account(reader: &Reader<'_>, exclusion: &Exclusion<Linked>) -> Account {
    let Exclusion { ident, members } = exclusion;
    let flow = reader.target.flow();
    let case = |text: &str| {
        Case::new(
            ident.subject(),
            format!("exclusion `{}` {text}", ident.name),
        )
    };
    let follows = || {
        let side = reader.sides.of_selector(members, &ident.name);
        let frozen = |part: &Part| reader.sides.is_frozen(&part.form, part.group);
        side.exact && !side.parts.iter().any(frozen)
    };
    let fixed = is_fixed(reader.policy, members) || reader.target.is_flex() && follows();
    let mut account = Account::open(legality(reader.target, &Use::Exclusion { fixed }), || {
        case(&format!(
            "follows its group; {flow} leaves out the machines that are in it today"
        ))
    });
    let all = &reader.universe.membership;
    let found = all.machines(&reader.universe.policy, members);
    let unsure = found.possible.vms.difference(&found.sure.vms);
    if reader.universe.real(&unsure).next().is_some() {
        account.note_part(legality(reader.target, &Use::ExclusionUnknown), || {
            case(&format!(
                "names members that are not known; {flow} filters the machines that are not certain"
            ))
            .because_of(reader.sides.of_selector(members, &ident.name).cause())
        });
    }
    account
}

/// Whether the members of a selector cannot change by themselves.
fn is_fixed(policy: &Policy<Linked>, selector: &Selector<Linked>) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![selector];
    while let Some(selector) = open.pop() {
        match selector {
            Selector::Nothing | Selector::Vm(_) => {}
            Selector::All(parts) | Selector::AnyOf(parts) => open.extend(parts.iter()),
            Selector::Group(Link::Found(id, _)) => {
                if seen.insert(*id) {
                    open.push(&policy.network.groups[*id].members);
                }
            }
            Selector::Group(Link::Missing(_))
            | Selector::Not(_)
            | Selector::Match(_)
            | Selector::Addresses(..)
            | Selector::Segment(_)
            | Selector::Opaque(_) => return false,
        }
    }
    true
}

impl Used {
    fn of(policy: &Policy<Linked>) -> Self {
        let mut used = Self::default();
        for section in policy
            .network
            .sections
            .iter()
            .filter(|section| section.enabled)
        {
            if section.tier == Tier::Ethernet {
                continue;
            }
            if let Some(applied) = &section.applied_to {
                used.peers(policy, applied);
            }
            for rule in section.rules.iter().filter(|rule| rule.enabled) {
                used.peers(policy, &rule.source);
                used.peers(policy, &rule.destination);
                if section.applied_to.is_none() {
                    used.peers(policy, &rule.applied_to);
                }
                if let Services::Of(list) = &rule.services {
                    list.iter().for_each(|one| used.service_use(policy, one));
                }
            }
        }
        for exclusion in &policy.network.exclusions {
            used.selector(policy, &exclusion.members);
        }
        used
    }

    fn peers(&mut self, policy: &Policy<Linked>, peers: &Peers<Linked>) {
        if let PeerSet::Of(parts) = &peers.set {
            parts.iter().for_each(|part| self.selector(policy, part));
        }
    }

    fn selector(&mut self, policy: &Policy<Linked>, selector: &Selector<Linked>) {
        match selector {
            Selector::All(parts) | Selector::AnyOf(parts) => {
                parts.iter().for_each(|part| self.selector(policy, part));
            }
            Selector::Not(inner) => self.selector(policy, inner),
            Selector::Group(Link::Found(id, _)) => {
                if self.groups.insert(*id) {
                    self.selector(policy, &policy.network.groups[*id].members);
                }
            }
            Selector::Group(Link::Missing(_))
            | Selector::Nothing
            | Selector::Match(_)
            | Selector::Addresses(..)
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_) => {}
        }
    }

    fn service_use(&mut self, policy: &Policy<Linked>, used: &ServiceUse<Linked>) {
        match used {
            ServiceUse::Named(link) => self.service(policy, link),
            ServiceUse::Inline(entry) => self.entry(policy, entry),
        }
    }

    fn service(&mut self, policy: &Policy<Linked>, link: &Link<Service<Linked>>) {
        if let Some(id) = link.found()
            && self.services.insert(id)
        {
            for entry in &policy.network.services[id].entries {
                self.entry(policy, entry);
            }
        }
    }

    fn entry(&mut self, policy: &Policy<Linked>, entry: &ServiceEntry<Linked>) {
        if let Match::Nested(link) = &entry.matches {
            self.service(policy, link);
        }
    }
}
