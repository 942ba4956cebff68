//! The source: both filters of a flow, by first match.

use super::{At, Judged, Mask, Tri, World};
use rehome::ir::inventory::Vm;
use rehome::ir::network::{
    Action, Direction, Enforcement, IpVersion, PeerSet, Peers, Rule, Section, Tier,
};
use rehome::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use rehome::ir::service::{IcmpVersion, Match, Service, ServiceUse, Services, Transport};
use rehome::ir::{Id, Link, Linked, Policy};
use rehome::semantics::traffic::Packet;

/// What a rule does with a flow.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Allow,
    Deny,
    /// Goes on in the next stage.
    Pass,
    Unknown,
}

/// A rule by ends and kinds.
struct Line {
    stage: u8,
    does: Does,
    outward: bool,
    inward: bool,
    from: Vec<Tri>,
    to: Vec<Tri>,
    /// Whose filters hold it.
    scope: Vec<Tri>,
    sure: Mask,
    possible: Mask,
    /// Whether it matches at all is not known.
    doubtful: bool,
    /// Everything that a finding about it could name.
    about: Vec<String>,
}

/// A policy, ready to judge the flows of a world.
pub struct Source<'run> {
    policy: &'run Policy<Linked>,
    world: &'run World,
    machines: Vec<Option<&'run Vm<Linked>>>,
    /// Where a machine could be of which no export tells the addresses.
    everywhere: Vec<At>,
    excluded: Vec<(Tri, Vec<String>)>,
    lines: Vec<Line>,
}

impl<'run> Source<'run> {
    pub fn new(policy: &'run Policy<Linked>, world: &'run World) -> Self {
        let machine = |id: &str| policy.inventory.vms.values().find(|vm| vm.ident.id == id);
        let mut source = Self {
            machines: world
                .ends
                .iter()
                .map(|end| end.machine.as_ref().and_then(|one| machine(&one.id)))
                .collect(),
            everywhere: World::everywhere(policy),
            policy,
            world,
            excluded: Vec::new(),
            lines: Vec::new(),
        };
        source.excluded = (0..world.ends.len())
            .map(|end| {
                let entries = &policy.network.exclusions;
                let holds = |members| source.machines_of(members, end);
                let tri = entries.iter().map(|one| holds(&one.members)).max();
                let about = entries.iter().filter(|one| holds(&one.members) != Tri::No);
                let mut named: Vec<String> = Vec::new();
                for one in about {
                    named.push(one.ident.id.clone());
                    source.named(&one.members, &mut named);
                }
                (tri.unwrap_or(Tri::No), named)
            })
            .collect();
        for section in policy.network.sections.iter().filter(|one| one.enabled) {
            for rule in section.rules.iter().filter(|one| one.enabled) {
                let line = source.line(section, rule);
                source.lines.push(line);
            }
        }
        source
    }

    fn line(&self, section: &Section<Linked>, rule: &Rule<Linked>) -> Line {
        assert!(rule.broken.is_empty(), "not in these estates");
        let all = |holds: &dyn Fn(usize) -> Tri| (0..self.world.ends.len()).map(holds).collect();
        let scope = section.applied_to.as_ref().unwrap_or(&rule.applied_to);
        let kinds = |least: Tri| {
            Mask::of(self.world.kinds.len(), |at| {
                let packet = self.world.kinds[at];
                let version = match rule.ip {
                    IpVersion::Both => true,
                    IpVersion::V4 => !packet.v6,
                    IpVersion::V6 => packet.v6,
                };
                version && self.serves(&rule.services, packet) >= least
            })
        };
        let mut about = vec![rule.ident.id.clone(), section.ident.id.clone()];
        for peers in [&rule.source, &rule.destination, scope] {
            if let PeerSet::Of(parts) = &peers.set {
                parts.iter().for_each(|part| self.named(part, &mut about));
            }
        }
        if let Services::Of(list) = &rule.services {
            for one in list {
                if let ServiceUse::Named(Link::Found(id, _)) = one {
                    about.push(self.policy.network.services[*id].ident.id.clone());
                }
            }
        }
        Line {
            stage: match section.tier {
                Tier::Ethernet => 0,
                Tier::Emergency | Tier::Infrastructure | Tier::Environment => 1,
                Tier::Application => 2,
            },
            does: match (section.tier, rule.action) {
                (Tier::Ethernet, Action::Allow) | (Tier::Environment, Action::Jump) => Does::Pass,
                (_, Action::Allow) => Does::Allow,
                (_, Action::Drop | Action::Reject) => Does::Deny,
                (_, Action::Jump) => Does::Unknown,
            },
            outward: rule.direction != Direction::In,
            inward: rule.direction != Direction::Out,
            from: all(&|end| self.on(&rule.source, end)),
            to: all(&|end| self.on(&rule.destination, end)),
            scope: all(&|end| self.in_scope(scope, end)),
            sure: kinds(Tri::Yes),
            possible: kinds(Tri::Maybe),
            doubtful: section.schedule.is_some() || !rule.profiles.is_empty(),
            about,
        }
    }

    /// What both filters do with all traffic between two ends, for each pair of the world.
    pub fn judge(&self) -> Vec<Judged> {
        let pairs = self.world.pairs();
        pairs
            .map(|(from, to)| {
                let out = self.filter(true, from, to, &mut |_, _| {});
                out.and(&self.filter(false, from, to, &mut |_, _| {}))
            })
            .collect()
    }

    /// The kinds of traffic between two ends that meet, before they are decided, a rule of which
    /// `told` says that something is declared about it.
    pub fn told(&self, from: usize, to: usize, told: impl Fn(&[String]) -> bool) -> Mask {
        let mut all = Mask::none(self.world.kinds.len());
        for outward in [true, false] {
            self.filter(outward, from, to, &mut |about, kinds| {
                if told(about) {
                    all.add(kinds);
                }
            });
        }
        all
    }

    fn filter(
        &self,
        outward: bool,
        from: usize,
        to: usize,
        meets: &mut dyn FnMut(&[String], &Mask),
    ) -> Judged {
        let kinds = self.world.kinds.len();
        let mut judged = Judged::none(kinds);
        let mut rest = self.world.speakable(from, to);
        let own = if outward { from } else { to };
        let off = matches!(self.policy.network.enforcement, Enforcement::Off(_));
        let (excluded, about) = &self.excluded[own];
        if *excluded != Tri::No {
            meets(about, &rest);
        }
        if self.machines[own].is_none() || off || *excluded == Tri::Yes {
            judged.allow = rest;
            return judged;
        }
        if *excluded == Tri::Maybe {
            judged.allow.add(&rest);
        }
        let (mut passed, mut stage) = (Mask::none(kinds), 0);
        let mut met = Mask::none(kinds);
        for line in &self.lines {
            if line.stage != stage {
                stage = line.stage;
                rest.add(&passed);
                passed = Mask::none(kinds);
            }
            let read = if outward { line.outward } else { line.inward };
            let holds = line.from[from].min(line.to[to]).min(line.scope[own]);
            if !read || holds == Tri::No {
                continue;
            }
            met.clone_from(&rest);
            met.keep(&line.possible);
            meets(&line.about, &met);
            match line.does {
                Does::Allow => judged.allow.add(&met),
                Does::Deny => judged.deny.add(&met),
                Does::Pass => passed.add(&met),
                Does::Unknown => {
                    judged.allow.add(&met);
                    judged.deny.add(&met);
                }
            }
            if holds == Tri::Yes && !line.doubtful && line.does != Does::Unknown {
                rest.take(&line.sure);
            }
        }
        rest.add(&passed);
        meets(&[], &rest);
        judged.allow.add(&rest);
        judged.deny.add(&rest);
        judged
    }

    fn on(&self, peers: &Peers<Linked>, end: usize) -> Tri {
        let inside = match &peers.set {
            PeerSet::Any => Tri::Yes,
            PeerSet::Of(parts) => {
                let parts = parts
                    .iter()
                    .map(|part| self.selects(part, self.machines[end], self.world.ends[end].at));
                parts.max().unwrap_or(Tri::No)
            }
        };
        if peers.negated { !inside } else { inside }
    }

    /// Applied-to means machines.
    fn in_scope(&self, peers: &Peers<Linked>, end: usize) -> Tri {
        if self.machines[end].is_none() {
            return Tri::No;
        }
        let inside = match &peers.set {
            PeerSet::Any => Tri::Yes,
            PeerSet::Of(parts) => {
                let parts = parts.iter().map(|part| self.machines_of(part, end));
                parts.max().unwrap_or(Tri::No)
            }
        };
        if peers.negated { !inside } else { inside }
    }

    /// Whether a selector means the machine at an end, addresses counting for nothing: not for
    /// certain, as releases differ in that.
    fn machines_of(&self, selector: &Selector<Linked>, end: usize) -> Tri {
        let Some(vm) = self.machines[end] else {
            return Tri::No;
        };
        match selector {
            Selector::Addresses(set, _) => match &vm.addresses {
                None if set.is_empty() => Tri::No,
                None => Tri::Maybe,
                Some(held) if held.intersection(set).is_empty() => Tri::No,
                Some(_) => Tri::Maybe,
            },
            Selector::Group(Link::Found(id, _)) => {
                self.machines_of(&self.policy.network.groups[*id].members, end)
            }
            Selector::AnyOf(parts) => {
                let parts = parts.iter().map(|part| self.machines_of(part, end));
                parts.max().unwrap_or(Tri::No)
            }
            // A filter is that of the machine, not of one of its addresses.
            _ => {
                let mut places = vec![self.world.ends[end].at];
                match &vm.addresses {
                    None => places.extend(&self.everywhere),
                    Some(held) => {
                        places.extend(held.v4.iter().map(|(first, _)| At::V4(first)));
                        places.extend(held.v6.iter().map(|(first, _)| At::V6(first)));
                    }
                }
                let mut found = places
                    .into_iter()
                    .map(|at| self.selects(selector, Some(vm), at));
                let first = found.next().unwrap_or(Tri::No);
                if found.all(|other| other == first) {
                    first
                } else {
                    Tri::Maybe
                }
            }
        }
    }

    fn selects(&self, selector: &Selector<Linked>, machine: Option<&Vm<Linked>>, at: At) -> Tri {
        match selector {
            Selector::Nothing => Tri::No,
            Selector::All(parts) => {
                let parts = parts.iter().map(|part| self.selects(part, machine, at));
                parts.min().unwrap_or(Tri::No)
            }
            Selector::AnyOf(parts) => {
                let parts = parts.iter().map(|part| self.selects(part, machine, at));
                parts.max().unwrap_or(Tri::No)
            }
            Selector::Not(inner) => !self.selects(inner, machine, at),
            Selector::Match(condition) => {
                machine.map_or(Tri::No, |vm| self.condition(condition, vm))
            }
            Selector::Addresses(set, _) => match at {
                At::V4(ip) => set.v4.contains(ip).into(),
                At::V6(ip) => set.v6.contains(ip).into(),
                At::Silent => Tri::No,
            },
            Selector::Group(Link::Found(id, _)) => {
                self.selects(&self.policy.network.groups[*id].members, machine, at)
            }
            Selector::Vm(Link::Found(id, _)) => {
                let vm = &self.policy.inventory.vms[*id];
                machine
                    .is_some_and(|machine| machine.ident.id == vm.ident.id)
                    .into()
            }
            Selector::Group(Link::Missing(_)) | Selector::Opaque(_) => Tri::Maybe,
            Selector::Vm(Link::Missing(_)) | Selector::Segment(_) => panic!("not in these estates"),
        }
    }

    fn condition(&self, condition: &Condition, vm: &Vm<Linked>) -> Tri {
        assert_eq!(condition.of, Of::Vm, "not in these estates");
        let operator = condition.operator;
        let property = |of: fn(&Vm<Linked>) -> Option<&String>| match of(vm) {
            Some(have) => compare(operator, have, &condition.value).into(),
            None if operator == Operator::NotEquals => Tri::Maybe,
            None if self
                .policy
                .inventory
                .vms
                .values()
                .any(|vm| of(vm).is_some()) =>
            {
                Tri::No
            }
            None => Tri::Maybe,
        };
        match &condition.key {
            Key::Name => compare(operator, &vm.ident.name, &condition.value).into(),
            Key::OsName => property(|vm| vm.os_name.as_ref()),
            Key::ComputerName => property(|vm| vm.computer_name.as_ref()),
            Key::Tag(scope) => {
                let having = |operator| {
                    vm.tags.iter().any(|tag| {
                        let in_scope = match scope {
                            TagScope::Any => true,
                            TagScope::Is(scope) => compare(Operator::Equals, &tag.scope, scope),
                            TagScope::IsNot(scope) => {
                                compare(Operator::NotEquals, &tag.scope, scope)
                            }
                        };
                        in_scope && compare(operator, &tag.value, &condition.value)
                    })
                };
                if operator != Operator::NotEquals {
                    return having(operator).into();
                }
                // Another tag, or not this one: no document says which is meant.
                match (having(operator), !having(Operator::Equals)) {
                    (true, true) => Tri::Yes,
                    (false, false) => Tri::No,
                    _ => Tri::Maybe,
                }
            }
        }
    }

    fn serves(&self, services: &Services<Linked>, packet: Packet) -> Tri {
        let Services::Of(list) = services else {
            return Tri::Yes;
        };
        let uses = list.iter().map(|used| match used {
            ServiceUse::Inline(entry) => self.matches(&entry.matches, packet),
            ServiceUse::Named(Link::Found(id, _)) => self.service(*id, packet),
            ServiceUse::Named(Link::Missing(_)) => Tri::Maybe,
        });
        uses.max().unwrap_or(Tri::No)
    }

    fn service(&self, id: Id<Service<Linked>>, packet: Packet) -> Tri {
        let entries = &self.policy.network.services[id].entries;
        let entries = entries
            .iter()
            .map(|entry| self.matches(&entry.matches, packet));
        entries.max().unwrap_or(Tri::No)
    }

    fn matches(&self, matches: &Match<Linked>, packet: Packet) -> Tri {
        match matches {
            Match::Ports {
                transport,
                source,
                destination,
            }
            | Match::Gateway {
                transport,
                source,
                destination,
                ..
            } => {
                let number = match transport {
                    Transport::Tcp => 6,
                    Transport::Udp => 17,
                };
                let ports = source.contains(packet.first) && destination.contains(packet.second);
                (packet.protocol == number && ports).into()
            }
            Match::Icmp {
                version,
                kind,
                code,
            } => {
                let number = match version {
                    IcmpVersion::V4 => 1,
                    IcmpVersion::V6 => 58,
                };
                let is = |wanted: &Option<u8>, have: u16| {
                    wanted.is_none_or(|one| u16::from(one) == have)
                };
                (packet.protocol == number && is(kind, packet.first) && is(code, packet.second))
                    .into()
            }
            Match::Protocol(number) => (packet.protocol == *number).into(),
            Match::Igmp => (packet.protocol == 2).into(),
            Match::Nested(Link::Found(id, _)) => self.service(*id, packet),
            Match::Nested(Link::Missing(_)) | Match::Opaque(_) => Tri::Maybe,
            Match::EtherType(_) => panic!("not in these estates"),
        }
    }

    /// The ids of the groups that a selector names, and of those in them.
    fn named(&self, selector: &Selector<Linked>, found: &mut Vec<String>) {
        match selector {
            Selector::All(parts) | Selector::AnyOf(parts) => {
                parts.iter().for_each(|part| self.named(part, found));
            }
            Selector::Not(inner) => self.named(inner, found),
            Selector::Group(Link::Found(id, _)) => {
                let group = &self.policy.network.groups[*id];
                if !found.contains(&group.ident.id) {
                    found.push(group.ident.id.clone());
                    self.named(&group.members, found);
                }
            }
            Selector::Group(Link::Missing(name)) => found.push(name.text.clone()),
            Selector::Vm(Link::Found(id, _)) => {
                found.push(self.policy.inventory.vms[*id].ident.id.clone());
            }
            _ => {}
        }
    }
}

fn compare(operator: Operator, have: &str, want: &str) -> bool {
    let (have, want) = (have.to_lowercase(), want.to_lowercase());
    match operator {
        Operator::Equals => have == want,
        Operator::NotEquals => have != want,
        Operator::Contains => have.contains(&want),
        Operator::StartsWith => have.starts_with(&want),
        Operator::EndsWith => have.ends_with(&want),
        Operator::Present => true,
    }
}
