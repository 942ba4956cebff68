//! What is left of an allow when the denies before it are taken out.
//!
//! For a first-match list, what is allowed is the union over the allows of each without the denies
//! before it: if the first match is an allow, no earlier deny matches; and if a packet is in an allow
//! and in no earlier deny, its first match is no deny. Earlier allows need no subtraction.
//!
//! The subtraction is done once for each class of machines and peers that the same denies reach, not
//! deny by deny, so its output grows with the number of classes.

use super::boxes::End;
use super::lists::Entry;
use super::side::Reach;
use super::traffic::Traffic;
use super::universe::Universe;
use crate::ir::set::{AddressSet, Intervals, Point};
use crate::semantics::VmSet;
use crate::semantics::endpoints::VmId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Machines, their peers and the traffic between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The machines that filter.
    pub own: VmSet,
    /// The other end.
    pub peer: Reach,
    /// The traffic.
    pub traffic: Traffic,
}

impl Cell {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() || self.peer.is_empty() || self.traffic.is_empty()
    }
}

/// What an entry takes from the allows behind it.
#[derive(Clone, Debug)]
pub struct Knife {
    /// The number of the rule.
    pub rule: usize,
    /// The machines whose filter holds it.
    pub own: VmSet,
    /// Peers that are machines, by themselves or by an address they have or could have.
    pub vms: VmSet,
    /// Peers that are addresses, of themselves or of a machine.
    pub ips: Arc<AddressSet>,
    /// Whether an address could be one of its machines without anyone knowing.
    pub blind: bool,
    /// The traffic.
    pub traffic: Traffic,
    /// Whether all of this is known exactly.
    pub exact: bool,
    /// Whether the other end takes all of it out: then it is used here only where it leaves a cell
    /// in one piece.
    pub elsewhere: bool,
}

/// Makes knives. Many have the same peers, whose addresses are looked up once.
#[derive(Debug)]
pub struct Forge<'universe> {
    universe: &'universe Universe,
    /// The addresses of machines, and whether all of them are known.
    held: BTreeMap<VmSet, (Arc<AddressSet>, bool)>,
    everything: Arc<AddressSet>,
}

impl<'universe> Forge<'universe> {
    /// A forge for these machines.
    #[must_use]
    pub fn new(universe: &'universe Universe) -> Self {
        Self {
            universe,
            held: BTreeMap::new(),
            everything: Arc::new(AddressSet::full()),
        }
    }

    /// The machines whose filter is on.
    #[must_use]
    pub const fn filtered(&self) -> &'universe VmSet {
        &self.universe.filtered
    }

    fn held(&mut self, vms: &VmSet) -> (Arc<AddressSet>, bool) {
        let (held, known) = self.held.entry(vms.clone()).or_insert_with(|| {
            let (held, known) = self.universe.addresses(vms);
            (Arc::new(held), known)
        });
        (Arc::clone(held), *known)
    }

    /// What an entry takes at one end.
    pub fn knife(&mut self, entry: &Entry, end: End) -> Option<Knife> {
        let hold = end.hold(entry)?;
        let peer = &hold.peers_possible;
        let mut knife = Knife {
            rule: entry.rule,
            own: hold.own_possible.clone(),
            vms: self.universe.all.clone(),
            ips: Arc::clone(&self.everything),
            blind: false,
            traffic: entry.traffic_possible.clone(),
            exact: entry.exact,
            elsewhere: false,
        };
        if peer.ips == *self.everything {
            return Some(knife);
        }
        let (sure, possible) = self.universe.holders(&peer.ips);
        let unsure = possible.difference(&sure);
        let (held, known) = self.held(&peer.vms);
        knife.vms = peer.vms.union(&possible);
        knife.ips = if peer.ips.is_empty() {
            held
        } else {
            Arc::new(peer.ips.union(&held))
        };
        knife.blind = !known;
        knife.exact &= self.universe.real(&unsure).next().is_none();
        Some(knife)
    }

    /// What an entry of which everything is known takes for certain at one end.
    pub fn certain(&mut self, entry: &Entry, end: End) -> Option<Knife> {
        let hold = end.hold(entry)?;
        let peers = hold.peers.iter().fold(Reach::default(), |all, part| Reach {
            vms: all.vms.union(&part.reach.vms),
            ips: all.ips.union(&part.reach.ips),
        });
        let everybody = peers.ips == *self.everything;
        let (sure, _) = self.universe.holders(&peers.ips);
        let (held, _) = self.held(&peers.vms);
        Some(Knife {
            rule: entry.rule,
            own: hold.own_sure(),
            vms: if everybody {
                self.universe.all.clone()
            } else {
                peers.vms.union(&sure)
            },
            ips: Arc::new(peers.ips.union(&held)),
            blind: false,
            traffic: entry.traffic.clone(),
            exact: true,
            elsewhere: false,
        })
    }

    /// The part of a knife that another rule of the other end has to do with. Its peers must be
    /// machines.
    pub fn shared(&mut self, knife: &Knife, other: &Knife) -> Option<Knife> {
        let vms = knife.vms.intersection(&other.own);
        let (ips, known) = self.held(&vms);
        let part = Knife {
            own: knife.own.intersection(&other.vms),
            vms,
            ips,
            blind: !known,
            traffic: knife.traffic.intersection(&other.traffic),
            ..knife.clone()
        };
        (!part.own.is_empty() && !part.vms.is_empty() && !part.traffic.is_empty()).then_some(part)
    }
}

impl Knife {
    fn takes_ips(&self, ips: &AddressSet) -> bool {
        !ips.is_empty() && (self.blind || self.ips.intersects(ips))
    }

    /// Whether it takes anything from the cell.
    #[must_use]
    pub fn meets(&self, cell: &Cell) -> bool {
        self.own.intersects(&cell.own)
            && (self.vms.intersects(&cell.peer.vms) || self.takes_ips(&cell.peer.ips))
            && self.traffic.intersects(&cell.traffic)
    }

    /// The part of a cell that it takes.
    #[must_use]
    pub fn part(&self, cell: &Cell) -> Cell {
        Cell {
            own: cell.own.intersection(&self.own),
            peer: Reach {
                vms: cell.peer.vms.intersection(&self.vms),
                ips: cell.peer.ips.intersection(&self.ips),
            },
            traffic: cell.traffic.intersection(&self.traffic),
        }
    }

    fn covers_peer(&self, peer: &Reach) -> bool {
        peer.vms.is_subset(&self.vms)
            && (peer.ips.is_empty() || self.blind || peer.ips.is_subset(&self.ips))
    }
}

/// What is left of a cell after the knives.
#[derive(Clone, Debug, Default)]
pub struct Rest {
    /// The cells that are left; together with what was taken they are the whole.
    pub cells: Vec<Cell>,
    /// The rules that took something.
    pub by: Vec<usize>,
    /// Whether all that was taken is known exactly.
    pub exact: bool,
}

/// Takes the knives out of a cell.
#[must_use]
pub fn cut<'knives>(cell: Cell, knives: impl Iterator<Item = &'knives Knife>) -> Rest {
    let mut rest = Rest {
        exact: true,
        ..Rest::default()
    };
    let mut cell = cell;
    let mut open: Vec<&Knife> = Vec::new();
    for knife in knives {
        if !knife.meets(&cell) {
            continue;
        }
        let whole = cell.own.is_subset(&knife.own) && knife.covers_peer(&cell.peer);
        if knife.elsewhere && !whole {
            continue;
        }
        rest.by.push(knife.rule);
        rest.exact &= knife.exact && (!knife.blind || cell.peer.ips.is_empty());
        if whole {
            cell.traffic = cell.traffic.difference(&knife.traffic);
            if cell.traffic.is_empty() {
                return rest;
            }
        } else {
            open.push(knife);
        }
    }
    if open.is_empty() {
        rest.cells.push(cell);
        return rest;
    }
    rest.cells = split(&cell, &open);
    rest
}

/// The cells left after knives that each take a part only, merged where they are alike.
fn split(cell: &Cell, knives: &[&Knife]) -> Vec<Cell> {
    let mut merged: BTreeMap<(Reach, Traffic), VmSet> = BTreeMap::new();
    for (signature, own) in classes(&cell.own, knives, |knife| &knife.own) {
        let here: Vec<&Knife> = signature
            .iter()
            .filter_map(|at| knives.get(*at).copied())
            .collect();
        for (traffic, peer) in peers(cell, &here) {
            let place = merged.entry((peer, traffic)).or_default();
            *place = place.union(&own);
        }
    }
    merged
        .into_iter()
        .map(|((peer, traffic), own)| Cell { own, peer, traffic })
        .collect()
}

/// The traffic left to each class of peers; classes with the same traffic are one.
fn peers(cell: &Cell, knives: &[&Knife]) -> BTreeMap<Traffic, Reach> {
    let mut left: BTreeMap<Traffic, Reach> = BTreeMap::new();
    let (whole, knives): (Vec<&Knife>, Vec<&Knife>) = knives
        .iter()
        .partition(|knife| knife.covers_peer(&cell.peer));
    let from = whole.iter().fold(cell.traffic.clone(), |from, knife| {
        from.difference(&knife.traffic)
    });
    if from.is_empty() {
        return left;
    }
    let knives = knives.as_slice();
    let after = |signature: &[usize]| {
        signature
            .iter()
            .filter_map(|at| knives.get(*at))
            .fold(from.clone(), |traffic, knife| {
                traffic.difference(&knife.traffic)
            })
    };
    for (signature, vms) in classes(&cell.peer.vms, knives, |knife| &knife.vms) {
        let traffic = after(&signature);
        if !traffic.is_empty() {
            let place = left.entry(traffic).or_default();
            place.vms = place.vms.union(&vms);
        }
    }
    for (signature, ips) in address_classes(&cell.peer.ips, knives) {
        let traffic = after(&signature);
        if !traffic.is_empty() {
            let place = left.entry(traffic).or_default();
            place.ips = place.ips.union(&ips);
        }
    }
    left
}

/// Machines by the knives that reach them, in the order of the knives.
fn classes<'knife>(
    all: &VmSet,
    knives: &[&'knife Knife],
    reached: impl Fn(&'knife Knife) -> &'knife VmSet,
) -> BTreeMap<Vec<usize>, VmSet> {
    let mut of_all = Vec::new();
    let mut signatures: BTreeMap<VmId, Vec<usize>> = BTreeMap::new();
    for (at, knife) in knives.iter().enumerate() {
        let hit = all.intersection(reached(knife));
        if hit.len() == all.len() {
            of_all.push(at);
            continue;
        }
        for vm in hit.iter() {
            signatures.entry(vm).or_default().push(at);
        }
    }
    let mut grouped: BTreeMap<Vec<usize>, Vec<VmId>> = BTreeMap::new();
    for vm in all.iter() {
        let signature = signatures.remove(&vm).unwrap_or_default();
        grouped.entry(signature).or_default().push(vm);
    }
    grouped
        .into_iter()
        .map(|(mut signature, vms)| {
            signature.extend(&of_all);
            signature.sort_unstable();
            (signature, vms.into_iter().collect())
        })
        .collect()
}

/// Addresses by the knives that reach them.
fn address_classes(all: &AddressSet, knives: &[&Knife]) -> BTreeMap<Vec<usize>, AddressSet> {
    let blind: Vec<usize> = (0..knives.len())
        .filter(|at| knives.get(*at).is_some_and(|knife| knife.blind))
        .collect();
    let v4 = sweep(&all.v4, knives.iter().map(|knife| &knife.ips.v4));
    let v6 = sweep(&all.v6, knives.iter().map(|knife| &knife.ips.v6));
    let mut grouped: BTreeMap<Vec<usize>, AddressSet> = BTreeMap::new();
    let mut add = |mut signature: Vec<usize>, set: AddressSet| {
        signature.extend(&blind);
        signature.sort_unstable();
        signature.dedup();
        let place = grouped.entry(signature).or_default();
        *place = place.union(&set);
    };
    for (signature, v4) in v4 {
        let v6 = Intervals::empty();
        add(signature, AddressSet { v4, v6 });
    }
    for (signature, v6) in v6 {
        let v4 = Intervals::empty();
        add(signature, AddressSet { v4, v6 });
    }
    grouped
}

/// Numbers by the sets that hold them: one pass over all ends.
fn sweep<'sets, T: Point + 'sets>(
    all: &Intervals<T>,
    sets: impl Iterator<Item = &'sets Intervals<T>>,
) -> BTreeMap<Vec<usize>, Intervals<T>> {
    // At each start, which sets begin (true) or have ended (false).
    let mut events: BTreeMap<T, Vec<(usize, bool)>> = BTreeMap::new();
    for (at, set) in sets.enumerate() {
        let inside = set.intersection(all);
        for (first, last) in inside.iter() {
            events.entry(first).or_default().push((at, true));
            if let Some(next) = last.next() {
                events.entry(next).or_default().push((at, false));
            }
        }
    }
    let mut ranges: BTreeMap<Vec<usize>, Vec<(T, T)>> = BTreeMap::new();
    let mut active: Vec<usize> = Vec::new();
    for (first, last) in all.iter() {
        let mut start = first;
        let inside: Vec<(T, Vec<(usize, bool)>)> = events
            .range(first..=last)
            .map(|(at, changes)| (*at, changes.clone()))
            .collect();
        for (at, changes) in inside {
            if let Some(before) = at.previous()
                && start <= before
                && at > first
            {
                ranges
                    .entry(active.clone())
                    .or_default()
                    .push((start, before));
            }
            start = start.max(at);
            apply(&mut active, &changes);
        }
        ranges
            .entry(active.clone())
            .or_default()
            .push((start, last));
        // Nothing reaches over the end of an interval: the sets were cut to it.
        active.clear();
    }
    ranges
        .into_iter()
        .map(|(signature, ranges)| (signature, Intervals::from_ranges(ranges)))
        .collect()
}

fn apply(active: &mut Vec<usize>, changes: &[(usize, bool)]) {
    for (set, begins) in changes {
        if *begins {
            active.push(*set);
        } else {
            active.retain(|open| open != set);
        }
    }
    active.sort_unstable();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sets() -> impl Strategy<Value = Vec<Intervals<u8>>> {
        let one = prop::collection::vec((any::<u8>(), any::<u8>()), 0..5)
            .prop_map(Intervals::from_ranges);
        prop::collection::vec(one, 1..6)
    }

    proptest! {
        #[test]
        fn a_sweep_tells_for_every_number_the_sets_that_hold_it(all in sets()) {
            let (within, sets) = all.split_first().expect("one set at least");
            let found = sweep(within, sets.iter());
            for number in 0..=u8::MAX {
                let expected: Vec<usize> = (0..sets.len()).filter(|at| sets[*at].contains(number)).collect();
                let at: Vec<_> = found.iter().filter(|(_, set)| set.contains(number)).collect();
                if within.contains(number) {
                    prop_assert_eq!(at.len(), 1, "{}", number);
                    prop_assert_eq!(at[0].0, &expected, "{}", number);
                } else {
                    prop_assert!(at.is_empty());
                }
            }
        }
    }
}
