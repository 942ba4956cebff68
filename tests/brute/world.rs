//! Who can send to whom, and what: every end and every kind of traffic that a rule could tell apart.

use super::Mask;
use rehome::ir::inventory::Vm;
use rehome::ir::network::{PeerSet, Peers};
use rehome::ir::selector::Selector;
use rehome::ir::service::{Match, ServiceUse, Services, Transport};
use rehome::ir::set::{AddressSet, PortSet};
use rehome::ir::{Linked, Policy};
use rehome::semantics::traffic::Packet;
use std::collections::BTreeSet;

/// Whether something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tri {
    No,
    Maybe,
    Yes,
}

impl From<bool> for Tri {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl std::ops::Not for Tri {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// The address of an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    V4(u32),
    V6(u128),
    /// It has none, or one that no rule names.
    Silent,
}

/// A machine of the inventory, or one that is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    pub id: String,
    pub name: String,
}

/// One end of a flow.
#[derive(Clone, Debug)]
pub struct End {
    pub machine: Option<Machine>,
    pub at: At,
}

impl End {
    fn speaks(&self, v6: bool) -> bool {
        match self.at {
            At::V4(_) => !v6,
            At::V6(_) => v6,
            At::Silent => true,
        }
    }
}

/// All ends and all kinds of traffic.
#[derive(Clone, Debug)]
pub struct World {
    pub ends: Vec<End>,
    pub kinds: Vec<Packet>,
    v4: Mask,
    v6: Mask,
}

impl World {
    pub fn new(ends: Vec<End>, kinds: Vec<Packet>) -> Self {
        Self {
            v4: Mask::of(kinds.len(), |at| !kinds[at].v6),
            v6: Mask::of(kinds.len(), |at| kinds[at].v6),
            ends,
            kinds,
        }
    }

    /// Everything that the rules of a policy can tell apart.
    pub fn of(policy: &Policy<Linked>) -> Self {
        let mut cuts = Cuts::default();
        cuts.add_policy(policy);
        Self::new(cuts.ends(policy), cuts.kinds())
    }

    /// An address of each run that the rules of a policy tell apart, and none.
    pub fn everywhere(policy: &Policy<Linked>) -> Vec<At> {
        let mut cuts = Cuts::default();
        cuts.add_policy(policy);
        let v4 = with(&cuts.v4, [0]).into_iter().map(At::V4);
        let v6 = with(&cuts.v6, [0]).into_iter().map(At::V6);
        v4.chain(v6).chain([At::Silent]).collect()
    }

    /// Pairs of ends that a flow can run between.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let to = |from: usize| (0..self.ends.len()).map(move |to| (from, to));
        (0..self.ends.len()).flat_map(to).filter(|(from, to)| {
            let (from, to) = (&self.ends[*from], &self.ends[*to]);
            from.machine != to.machine
                && [false, true]
                    .iter()
                    .any(|v6| from.speaks(*v6) && to.speaks(*v6))
        })
    }

    /// The kinds of traffic that two ends can speak.
    pub fn speakable(&self, from: usize, to: usize) -> Mask {
        let (from, to) = (&self.ends[from], &self.ends[to]);
        let mut all = Mask::none(self.kinds.len());
        for (v6, mask) in [(false, &self.v4), (true, &self.v6)] {
            if from.speaks(v6) && to.speaks(v6) {
                all.add(mask);
            }
        }
        all
    }

    /// One flow in words.
    pub fn words(&self, from: usize, to: usize, kind: usize) -> String {
        let word = |end: &End| match (&end.machine, end.at) {
            (None, At::V4(ip)) => std::net::Ipv4Addr::from(ip).to_string(),
            (None, At::V6(ip)) => std::net::Ipv6Addr::from(ip).to_string(),
            (machine, at) => format!("{} {at:?}", machine.as_ref().map_or("", |one| &one.name)),
        };
        format!(
            "{} -> {}, {}",
            word(&self.ends[from]),
            word(&self.ends[to]),
            self.kinds[kind]
        )
    }
}

/// Where rules cut addresses, ports, types, codes and protocols: the first of each run.
#[derive(Debug, Default)]
struct Cuts {
    v4: BTreeSet<u32>,
    v6: BTreeSet<u128>,
    source_ports: [BTreeSet<u16>; 2],
    ports: [BTreeSet<u16>; 2],
    kinds: BTreeSet<u8>,
    codes: BTreeSet<u8>,
    protocols: BTreeSet<u8>,
}

impl Cuts {
    fn add_policy(&mut self, policy: &Policy<Linked>) {
        for group in policy.network.groups.values() {
            self.selector(&group.members);
        }
        for exclusion in &policy.network.exclusions {
            self.selector(&exclusion.members);
        }
        for section in &policy.network.sections {
            section
                .applied_to
                .iter()
                .for_each(|peers| self.peers(peers));
            for rule in &section.rules {
                for peers in [&rule.source, &rule.destination, &rule.applied_to] {
                    self.peers(peers);
                }
                if let Services::Of(list) = &rule.services {
                    for one in list {
                        if let ServiceUse::Inline(entry) = one {
                            self.matches(&entry.matches);
                        }
                    }
                }
            }
        }
        let entries = policy
            .network
            .services
            .values()
            .flat_map(|service| &service.entries);
        entries.for_each(|entry| self.matches(&entry.matches));
    }

    fn peers(&mut self, peers: &Peers<Linked>) {
        if let PeerSet::Of(parts) = &peers.set {
            parts.iter().for_each(|part| self.selector(part));
        }
    }

    fn selector(&mut self, selector: &Selector<Linked>) {
        match selector {
            Selector::All(parts) | Selector::AnyOf(parts) => {
                parts.iter().for_each(|part| self.selector(part));
            }
            Selector::Not(inner) => self.selector(inner),
            Selector::Addresses(set, _) => self.addresses(set),
            _ => {}
        }
    }

    fn addresses(&mut self, set: &AddressSet) {
        for (first, last) in set.v4.iter() {
            self.v4.insert(first);
            self.v4.extend(last.checked_add(1));
        }
        for (first, last) in set.v6.iter() {
            self.v6.insert(first);
            self.v6.extend(last.checked_add(1));
        }
    }

    fn matches(&mut self, matches: &Match<Linked>) {
        let cut = |cuts: &mut BTreeSet<u16>, set: &PortSet| {
            for (first, last) in set.iter() {
                cuts.insert(first);
                cuts.extend(last.checked_add(1));
            }
        };
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
                let at = usize::from(*transport == Transport::Udp);
                cut(&mut self.source_ports[at], source);
                cut(&mut self.ports[at], destination);
            }
            Match::Icmp { kind, code, .. } => {
                for (cuts, number) in [(&mut self.kinds, kind), (&mut self.codes, code)] {
                    cuts.extend(*number);
                    cuts.extend(number.and_then(|number| number.checked_add(1)));
                }
            }
            Match::Protocol(number) => {
                self.protocols.insert(*number);
            }
            _ => {}
        }
    }

    fn kinds(&self) -> Vec<Packet> {
        let mut kinds = Vec::new();
        for v6 in [false, true] {
            let mut push = |protocol, first, second| {
                kinds.push(Packet {
                    v6,
                    protocol,
                    first,
                    second,
                });
            };
            for (at, protocol) in [6, 17].into_iter().enumerate() {
                for first in with(&self.source_ports[at], [0]) {
                    for second in with(&self.ports[at], [0]) {
                        push(protocol, first, second);
                    }
                }
            }
            // What Flow can name ends at these types and codes.
            for (protocol, types, codes) in [(1, 44, 16), (58, 202, 11)] {
                // The ICMP of one IP version does not travel over the other.
                if v6 != (protocol == 58) {
                    continue;
                }
                for kind in with(&self.kinds, [0, types]) {
                    for code in with(&self.codes, [0, codes]) {
                        push(protocol, kind.into(), code.into());
                    }
                }
            }
            for number in with(&self.protocols, [2, 253]) {
                if ![1, 6, 17, 58].contains(&number) {
                    push(number, 0, 0);
                }
            }
        }
        kinds
    }

    fn ends(&self, policy: &Policy<Linked>) -> Vec<End> {
        let machine = |vm: &Vm<Linked>| {
            Some(Machine {
                id: vm.ident.id.clone(),
                name: vm.ident.name.clone(),
            })
        };
        let mut ends = Vec::new();
        let (mut held_v4, mut held_v6) = (Vec::new(), Vec::new());
        for vm in policy.inventory.vms.values() {
            let places = match &vm.addresses {
                None => continue,
                Some(held) if held.is_empty() => vec![At::Silent],
                Some(held) => {
                    held_v4.extend(held.v4.iter());
                    held_v6.extend(held.v6.iter());
                    let v4 = held
                        .v4
                        .iter()
                        .flat_map(|run| cut(&self.v4, run))
                        .map(At::V4);
                    let v6 = held
                        .v6
                        .iter()
                        .flat_map(|run| cut(&self.v6, run))
                        .map(At::V6);
                    v4.chain(v6).collect()
                }
            };
            ends.extend(places.into_iter().map(|at| End {
                machine: machine(vm),
                at,
            }));
        }
        let v4 = free(&with(&self.v4, [0]), &held_v4, |ip| ip.checked_add(1));
        let v6 = free(&with(&self.v6, [0]), &held_v6, |ip| ip.checked_add(1));
        let v4 = v4.into_iter().map(At::V4);
        let free: Vec<At> = v4.chain(v6.into_iter().map(At::V6)).collect();
        // A machine of which no export tells the addresses could have any of these.
        let untold = policy
            .inventory
            .vms
            .values()
            .filter(|vm| vm.addresses.is_none());
        for machine in untold.map(machine).chain([None]) {
            ends.extend(free.iter().map(|at| End {
                machine: machine.clone(),
                at: *at,
            }));
        }
        ends
    }
}

fn with<T: Ord + Copy, const N: usize>(cuts: &BTreeSet<T>, more: [T; N]) -> BTreeSet<T> {
    cuts.iter().copied().chain(more).collect()
}

/// The first of a run of addresses, and each place in it where it is cut.
fn cut<T: Ord + Copy>(cuts: &BTreeSet<T>, (first, last): (T, T)) -> Vec<T> {
    let inner = cuts
        .range(first..=last)
        .copied()
        .filter(move |cut| *cut != first);
    std::iter::once(first).chain(inner).collect()
}

/// Of each run of addresses the first that no machine is known to hold.
fn free<T: Ord + Copy>(starts: &BTreeSet<T>, held: &[(T, T)], next: fn(T) -> Option<T>) -> Vec<T> {
    let ends = starts.iter().skip(1).copied().map(Some).chain([None]);
    let runs = starts.iter().copied().zip(ends);
    runs.filter_map(|(start, end)| {
        let mut ip = start;
        while let Some((_, last)) = held
            .iter()
            .find(|(first, last)| (*first..=*last).contains(&ip))
        {
            ip = next(*last)?;
        }
        end.is_none_or(|end| ip < end).then_some(ip)
    })
    .collect()
}
