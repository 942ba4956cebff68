//! What a construct of the source says, on one line, for people who compare it with what is emitted.

mod recovery;

use crate::finding::count;
use crate::ir::network::{Action, Direction, PeerSet, Peers, Rule, Section, Tier};
use crate::ir::placement::{PlacementRule, RuleKind, Strength};
use crate::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use crate::ir::service::{IcmpVersion, Match, ServiceEntry, ServiceUse, Services, Transport};
use crate::ir::set::ports_text;
use crate::ir::{Id, Ident, Link, Linked, Policy};
use crate::legal::placement::setting_words;
use std::collections::BTreeMap;

/// What each construct says, by its id.
#[must_use]
pub fn constructs(policy: &Policy<Linked>) -> BTreeMap<&str, String> {
    let words = Words { policy };
    let mut says: BTreeMap<&str, String> = BTreeMap::new();
    for group in policy.network.groups.values() {
        says.insert(&group.ident.id, words.selector(&group.members));
    }
    for service in policy.network.services.values() {
        let entries = service.entries.iter().map(|entry| words.entry(entry));
        says.insert(&service.ident.id, join(entries, ", "));
    }
    for group in policy.placement.vm_groups.values() {
        says.insert(&group.ident.id, words.vms(&group.vms));
    }
    for group in policy.placement.host_groups.values() {
        let hosts = &policy.inventory.hosts;
        let names = group
            .hosts
            .iter()
            .map(|link| words.link(link, |id| &hosts[id].ident));
        says.insert(&group.ident.id, join(names, ", "));
    }
    for section in &policy.network.sections {
        says.insert(&section.ident.id, section_words(section));
    }
    for exclusion in &policy.network.exclusions {
        let members = words.selector(&exclusion.members);
        says.insert(&exclusion.ident.id, format!("no filter for {members}"));
    }
    for object in &policy.network.uninterpreted {
        says.insert(&object.ident.id, object.what.clone());
    }
    for setting in &policy.placement.settings {
        says.insert(
            &setting.ident.id,
            format!("set {}", setting_words(&setting.what)),
        );
    }
    says.extend(words.recovery());
    // Rules last: where ids are the same, they are what a reviewer signs.
    says.extend(words.rules());
    says
}

fn section_words(section: &Section<Linked>) -> String {
    let tier = match section.tier {
        Tier::Ethernet => "Ethernet",
        Tier::Emergency => "Emergency",
        Tier::Infrastructure => "Infrastructure",
        Tier::Environment => "Environment",
        Tier::Application => "Application",
    };
    let off = if section.enabled { "" } else { " (disabled)" };
    format!("{} in {tier}{off}", count(section.rules.len(), "rule"))
}

#[derive(Clone, Copy)]
struct Words<'policy> {
    policy: &'policy Policy<Linked>,
}

impl<'policy> Words<'policy> {
    fn rules(self) -> impl Iterator<Item = (&'policy str, String)> {
        let sections = self.policy.network.sections.iter();
        let network = sections
            .flat_map(|section| &section.rules)
            .map(move |rule| (rule.ident.id.as_str(), self.rule(rule)));
        let placement = self.policy.placement.rules.iter();
        let placement = placement.map(move |rule| (rule.ident.id.as_str(), self.placement(rule)));
        network.chain(placement)
    }

    fn rule(self, rule: &Rule<Linked>) -> String {
        let action = match rule.action {
            Action::Allow => "allow",
            Action::Drop => "drop",
            Action::Reject => "reject",
            Action::Jump => "jump to Application",
        };
        let mut text = format!(
            "{action} {} → {}, {}",
            self.peers(&rule.source),
            self.peers(&rule.destination),
            self.services(&rule.services)
        );
        match rule.direction {
            Direction::In => text.push_str(", inbound only"),
            Direction::Out => text.push_str(", outbound only"),
            Direction::Both => {}
        }
        match &rule.applied_to.set {
            PeerSet::Any => {}
            PeerSet::Of(_) => {
                text.push_str(&format!(", applied to {}", self.peers(&rule.applied_to)));
            }
        }
        for profile in &rule.profiles {
            text.push_str(&format!(", {}", profile.what));
        }
        if !rule.enabled {
            text.push_str(" (disabled)");
        }
        text
    }

    fn peers(self, peers: &Peers<Linked>) -> String {
        let set = match &peers.set {
            PeerSet::Any => "any".to_owned(),
            PeerSet::Of(list) => join(list.iter().map(|one| self.selector(one)), " or "),
        };
        if peers.negated {
            format!("not ({set})")
        } else {
            set
        }
    }

    fn selector(self, selector: &Selector<Linked>) -> String {
        match selector {
            Selector::Nothing => "nothing".to_owned(),
            Selector::All(list) => join(list.iter().map(|one| self.selector(one)), " and "),
            Selector::AnyOf(list) => join(list.iter().map(|one| self.selector(one)), " or "),
            Selector::Not(one) => format!("not ({})", self.selector(one)),
            Selector::Match(condition) => self.condition(condition),
            Selector::Addresses(set, _) => join(set.parts(), ", "),
            Selector::Group(link) => self.link(link, |id| &self.policy.network.groups[id].ident),
            Selector::Vm(link) => self.link(link, |id| &self.policy.inventory.vms[id].ident),
            Selector::Segment(link) => {
                self.link(link, |id| &self.policy.inventory.segments[id].ident)
            }
            Selector::Opaque(opaque) => opaque.what.clone(),
        }
    }

    fn condition(self, condition: &Condition) -> String {
        let of = match condition.of {
            Of::Vm => "",
            Of::Segment => "segment ",
            Of::SegmentPort => "port ",
        };
        let key = match &condition.key {
            Key::Tag(TagScope::Any) => "tag".to_owned(),
            Key::Tag(TagScope::Is(scope)) => format!("tag {scope}"),
            Key::Tag(TagScope::IsNot(scope)) => format!("tag not of {scope}"),
            Key::Name => "name".to_owned(),
            Key::OsName => "OS name".to_owned(),
            Key::ComputerName => "computer name".to_owned(),
        };
        let operator = match condition.operator {
            Operator::Equals => "=",
            Operator::NotEquals => "≠",
            Operator::Contains => "contains",
            Operator::StartsWith => "starts with",
            Operator::EndsWith => "ends with",
            Operator::Present => return format!("{of}{key} is there"),
        };
        format!("{of}{key} {operator} {}", condition.value)
    }

    fn services(self, services: &Services<Linked>) -> String {
        match services {
            Services::Any => "any service".to_owned(),
            Services::Of(list) => join(
                list.iter().map(|one| match one {
                    ServiceUse::Named(link) => {
                        self.link(link, |id| &self.policy.network.services[id].ident)
                    }
                    ServiceUse::Inline(entry) => self.entry(entry),
                }),
                ", ",
            ),
        }
    }

    fn entry(self, entry: &ServiceEntry<Linked>) -> String {
        let transport = |transport| match transport {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        };
        match &entry.matches {
            Match::Ports {
                transport: of,
                source: _,
                destination,
            } => format!("{} {}", transport(*of), ports_text(destination)),
            Match::Icmp { version, .. } => match version {
                IcmpVersion::V4 => "icmp".to_owned(),
                IcmpVersion::V6 => "icmpv6".to_owned(),
            },
            Match::Protocol(number) => format!("ip protocol {number}"),
            Match::Gateway { application, .. } => application.clone(),
            Match::Igmp => "igmp".to_owned(),
            Match::EtherType(kind) => format!("ethertype {kind:#06x}"),
            Match::Nested(link) => self.link(link, |id| &self.policy.network.services[id].ident),
            Match::Opaque(opaque) => opaque.what.clone(),
        }
    }

    fn placement(self, rule: &PlacementRule<Linked>) -> String {
        let placement = &self.policy.placement;
        let vms = |id| &placement.vm_groups[id].ident;
        let hosts = |id| &placement.host_groups[id].ident;
        let what = match &rule.kind {
            RuleKind::Together(list) => format!("keep together {}", self.vms(list)),
            RuleKind::Apart(list) => format!("keep apart {}", self.vms(list)),
            RuleKind::RunOn {
                vms: who,
                hosts: on,
            } => {
                format!("run {} on {}", self.link(who, vms), self.link(on, hosts))
            }
            RuleKind::KeepOff {
                vms: who,
                hosts: on,
            } => {
                format!("keep {} off {}", self.link(who, vms), self.link(on, hosts))
            }
            RuleKind::StartAfter { vms: who, after } => {
                format!(
                    "start {} after {}",
                    self.link(who, vms),
                    self.link(after, vms)
                )
            }
            RuleKind::Opaque(opaque) => opaque.what.clone(),
        };
        let strength = match rule.strength {
            Strength::Must => "must",
            Strength::Should => "should",
        };
        let off = if rule.enabled { "" } else { " (disabled)" };
        format!("{strength} {what}{off}")
    }

    fn vms(self, list: &[Link<crate::ir::inventory::Vm<Linked>>]) -> String {
        let vms = &self.policy.inventory.vms;
        join(
            list.iter().map(|link| self.link(link, |id| &vms[id].ident)),
            ", ",
        )
    }

    /// The name behind a reference; as it is written where nothing is behind it.
    fn link<'t, T>(self, link: &'t Link<T>, ident: impl Fn(Id<T>) -> &'t Ident) -> String {
        match link {
            Link::Found(id, _) => ident(*id).name.clone(),
            Link::Missing(name) => format!("{} (missing)", name.text),
        }
    }
}

fn join(parts: impl Iterator<Item = String>, between: &str) -> String {
    parts.collect::<Vec<_>>().join(between)
}
