//! The estate cut into endpoints that no rule on either side tells apart.

use super::bits::Bits;
use crate::ir::inventory::Inventory;
use crate::ir::set::{AddressSet, Intervals, Point as Number};
use crate::ir::{Linked, Policy};
use crate::semantics::endpoints::{Endpoint, Endpoints, VmId};
use crate::semantics::traffic::Versions;
use indexmap::IndexSet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// A set of endpoints, by its place in [`Sets`].
pub type SetId = u32;

/// The distinct sets of endpoints that the rules of both sides speak about.
#[derive(Debug, Default)]
pub struct Sets {
    values: IndexSet<Arc<Endpoints>>,
    seen: BTreeMap<usize, SetId>,
}

impl Sets {
    /// The place of a set.
    pub fn intern(&mut self, set: &Arc<Endpoints>) -> SetId {
        // The address of the shared value is a short cut: equal values may have several.
        let address = Arc::as_ptr(set) as usize;
        if let Some(id) = self.seen.get(&address) {
            return *id;
        }
        let (at, _) = self.values.insert_full(Arc::clone(set));
        let id = u32::try_from(at).unwrap_or(u32::MAX);
        self.seen.insert(address, id);
        id
    }
}

/// An endpoint, or a run of addresses outside the estate that nothing tells apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Point {
    /// A machine with these of its addresses; none where no export tells one.
    Vm(VmId, AddressSet),
    /// An IPv4 address that no known machine holds.
    V4(u32),
    /// An IPv6 address that no known machine holds.
    V6(u128),
}

impl Point {
    /// The IP versions it can speak.
    pub fn versions(&self) -> Versions {
        match self {
            Self::Vm(_, held) if held.is_empty() => Versions::BOTH,
            Self::Vm(_, held) => Versions {
                v4: !held.v4.is_empty(),
                v6: !held.v6.is_empty(),
            },
            Self::V4(_) => Versions {
                v4: true,
                v6: false,
            },
            Self::V6(_) => Versions {
                v4: false,
                v6: true,
            },
        }
    }

    /// One end of a flow there.
    pub fn endpoint(&self) -> Endpoint {
        let address = match self {
            Self::Vm(_, held) => held
                .v4
                .least()
                .map(|address| Ipv4Addr::from(address).into())
                .or_else(|| {
                    held.v6
                        .least()
                        .map(|address| Ipv6Addr::from(address).into())
                }),
            Self::V4(address) => Some(Ipv4Addr::from(*address).into()),
            Self::V6(address) => Some(Ipv6Addr::from(*address).into()),
        };
        Endpoint {
            vm: self.vm(),
            address,
        }
    }

    /// The addresses.
    fn addresses(&self) -> AddressSet {
        match self {
            Self::Vm(_, held) => held.clone(),
            Self::V4(address) => AddressSet {
                v4: Intervals::range(*address, *address),
                v6: Intervals::empty(),
            },
            Self::V6(address) => AddressSet {
                v4: Intervals::empty(),
                v6: Intervals::range(*address, *address),
            },
        }
    }

    /// The machine.
    pub fn vm(&self) -> Option<VmId> {
        match self {
            Self::Vm(vm, _) => Some(*vm),
            Self::V4(_) | Self::V6(_) => None,
        }
    }

    /// The endpoint as people know it.
    pub fn name(&self, policy: &Policy<Linked>) -> String {
        match self {
            Self::Vm(vm, _) => {
                let name = &policy.inventory.vms[*vm].ident.name;
                let address = self.endpoint().address;
                match address {
                    Some(address) => format!("`{name}` ({address})"),
                    None => format!("`{name}`"),
                }
            }
            Self::V4(address) => format!("{} outside the estate", Ipv4Addr::from(*address)),
            Self::V6(address) => format!("{} outside the estate", Ipv6Addr::from(*address)),
        }
    }
}

/// Endpoints in classes: two endpoints of one class are in the same sets, each and every one.
#[derive(Debug)]
pub struct Classes {
    points: Vec<Point>,
    /// The points of each class.
    members: Vec<Vec<u32>>,
    /// The classes of each set, ascending.
    sets: Vec<Vec<u32>>,
    /// Machines of which no export tells the addresses, and of which nothing is supposed.
    untold: BTreeSet<VmId>,
}

impl Classes {
    /// Cuts the estate by these sets.
    pub fn of(inventory: &Inventory<Linked>, sets: &Sets) -> Self {
        let universe = Universe::of(inventory, sets);
        let mut partition = Partition::new(universe.points.len());
        let mut buffer = Vec::new();
        for set in &sets.values {
            buffer.clear();
            universe.points_of(set, &mut buffer);
            partition.refine(&buffer);
        }
        let versions = |wanted: fn(Versions) -> bool| -> Vec<u32> {
            (0_u32..)
                .zip(&universe.points)
                .filter(|(_, point)| wanted(point.versions()))
                .map(|(at, _)| at)
                .collect()
        };
        partition.refine(&versions(|versions| versions.v4));
        partition.refine(&versions(|versions| versions.v6));
        let (class_of, members) = partition.finish();
        let mut marks = vec![u32::MAX; members.len()];
        let classes = (0_u32..)
            .zip(&sets.values)
            .map(|(at, set)| {
                buffer.clear();
                universe.points_of(set, &mut buffer);
                let mut found = Vec::new();
                for point in &buffer {
                    let class = class_of.get(*point as usize).copied().unwrap_or(0);
                    if let Some(mark) = marks.get_mut(class as usize)
                        && *mark != at
                    {
                        *mark = at;
                        found.push(class);
                    }
                }
                found.sort_unstable();
                found
            })
            .collect();
        let untold = inventory
            .vms
            .iter()
            .filter(|(_, vm)| vm.addresses.is_none());
        let untold = untold.map(|(id, _)| id);
        Self {
            points: universe.points,
            members,
            sets: classes,
            untold: untold
                .filter(|vm| !universe.anywhere.contains(vm))
                .collect(),
        }
    }

    /// How many classes.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// The classes of a set, ascending.
    pub fn of_set(&self, set: SetId) -> &[u32] {
        self.sets.get(set as usize).map_or(&[], Vec::as_slice)
    }

    /// Writes the classes of a set down as bits, unless that is done.
    pub fn mark(&self, set: SetId, marks: &mut [Bits]) {
        let Some(bits) = marks.get_mut(set as usize) else {
            return;
        };
        if bits.is_empty() {
            *bits = Bits::empty(self.len());
            self.of_set(set)
                .iter()
                .for_each(|class| bits.insert(*class));
        }
    }

    /// How many sets.
    pub fn set_count(&self) -> usize {
        self.sets.len()
    }

    /// The endpoints of a class.
    pub fn members(&self, class: u32) -> impl Iterator<Item = (u32, &Point)> {
        self.members
            .get(class as usize)
            .into_iter()
            .flatten()
            .filter_map(|at| Some((*at, self.points.get(*at as usize)?)))
    }

    /// The IP versions the endpoints of a class speak.
    pub fn versions(&self, class: u32) -> Versions {
        self.members(class)
            .next()
            .map_or(Versions::BOTH, |(_, point)| point.versions())
    }

    /// Whether a class holds a machine of which nobody knows with which addresses it is in a group.
    pub fn is_in_doubt(&self, class: u32) -> bool {
        self.members(class)
            .any(|(_, point)| matches!(point, Point::Vm(vm, _) if self.untold.contains(vm)))
    }

    /// How many runs of addresses outside the estate there are.
    pub fn outside(&self) -> usize {
        let points = self.points.iter();
        points.filter(|point| point.vm().is_none()).count()
    }

    /// Two endpoints of these classes that a flow can run between: not the same machine, and not
    /// both outside the estate.
    pub fn pair(&self, source: u32, destination: u32) -> Option<(&Point, &Point)> {
        self.members(source).find_map(|(_, from)| {
            let (_, to) = self
                .members(destination)
                .find(|(_, to)| from.vm() != to.vm())?;
            Some((from, to))
        })
    }
}

/// All endpoints, and how sets look there.
struct Universe {
    points: Vec<Point>,
    vms: BTreeMap<VmId, std::ops::Range<usize>>,
    /// The first point outside. A machine that speaks from every address has the same points once
    /// more, in the same order, as its own.
    outside: usize,
    anywhere: BTreeSet<VmId>,
    /// Runs of IPv4 addresses: the first of each, and its point unless machines hold all of it.
    v4: Vec<(u32, Option<u32>)>,
    v6: Vec<(u128, Option<u32>)>,
}

impl Universe {
    fn of(inventory: &Inventory<Linked>, sets: &Sets) -> Self {
        let mut universe = Self {
            points: Vec::new(),
            vms: BTreeMap::new(),
            outside: 0,
            anywhere: BTreeSet::new(),
            v4: Vec::new(),
            v6: Vec::new(),
        };
        let cuts = splits(sets);
        let mut held = (Vec::new(), Vec::new());
        for (id, vm) in inventory.vms.iter() {
            let start = universe.points.len();
            let known = match &vm.addresses {
                None if cuts.contains_key(&id) => {
                    universe.anywhere.insert(id);
                    continue;
                }
                known => known.clone().unwrap_or_default(),
            };
            held.0.extend(known.v4.iter());
            held.1.extend(known.v6.iter());
            for piece in pieces(known, cuts.get(&id)) {
                universe.points.push(Point::Vm(id, piece));
            }
            universe.vms.insert(id, start..universe.points.len());
        }
        universe.outside = universe.points.len();
        let anywhere = universe.anywhere.iter();
        let told_apart: Vec<&AddressSet> = sets
            .values
            .iter()
            .map(|set| &set.addresses)
            .chain(anywhere.filter_map(|vm| cuts.get(vm)).flatten().copied())
            .collect();
        let v4 = runs(
            told_apart.iter().map(|set| &set.v4),
            &Intervals::from_ranges(held.0),
        );
        universe.v4 = universe.add(v4, Point::V4);
        let v6 = runs(
            told_apart.iter().map(|set| &set.v6),
            &Intervals::from_ranges(held.1),
        );
        universe.v6 = universe.add(v6, Point::V6);
        universe.repeat_outside();
        universe
    }

    /// Gives each machine that speaks from every address the points outside as its own. Those that
    /// other machines hold are left to them.
    fn repeat_outside(&mut self) {
        let outside = self.points.get(self.outside..).unwrap_or_default();
        let pieces: Vec<AddressSet> = outside.iter().map(Point::addresses).collect();
        for vm in &self.anywhere {
            let start = self.points.len();
            let points = pieces.iter().map(|piece| Point::Vm(*vm, piece.clone()));
            self.points.extend(points);
            self.vms.insert(*vm, start..self.points.len());
        }
    }

    fn add<T>(
        &mut self,
        runs: Vec<(T, Option<T>)>,
        point: fn(T) -> Point,
    ) -> Vec<(T, Option<u32>)> {
        runs.into_iter()
            .map(|(first, free)| {
                let place = free.map(|free| {
                    self.points.push(point(free));
                    u32::try_from(self.points.len() - 1).unwrap_or(u32::MAX)
                });
                (first, place)
            })
            .collect()
    }

    fn points_of(&self, set: &Endpoints, found: &mut Vec<u32>) {
        let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        for vm in set.vms.iter() {
            found.extend(self.vms.get(&vm).cloned().unwrap_or(0..0).map(place));
        }
        for (vm, inside) in &set.split {
            let own = self.vms.get(vm).cloned().unwrap_or(0..0);
            if self.anywhere.contains(vm) {
                let first = found.len();
                covered(&self.v4, &inside.v4, found);
                covered(&self.v6, &inside.v6, found);
                for point in found.iter_mut().skip(first) {
                    *point += place(own.start - self.outside);
                }
                continue;
            }
            for at in own {
                if let Some(Point::Vm(_, piece)) = self.points.get(at)
                    && piece.is_subset(inside)
                {
                    found.push(place(at));
                }
            }
        }
        covered(&self.v4, &set.addresses.v4, found);
        covered(&self.v6, &set.addresses.v6, found);
    }
}

/// The runs that intervals cover. Every end of an interval is an end of a run.
fn covered<T: Number>(runs: &[(T, Option<u32>)], set: &Intervals<T>, found: &mut Vec<u32>) {
    for (first, last) in set.iter() {
        let start = runs.partition_point(|(run, _)| *run < first);
        let end = runs.partition_point(|(run, _)| *run <= last);
        let slice = runs.get(start..end).unwrap_or_default();
        found.extend(slice.iter().filter_map(|(_, point)| *point));
    }
}

/// The addresses cut at every end of an interval: the first of each run, and the first in it that no
/// machine holds.
fn runs<'sets, T: Number + 'sets>(
    sets: impl Iterator<Item = &'sets Intervals<T>>,
    held: &Intervals<T>,
) -> Vec<(T, Option<T>)> {
    let mut starts = vec![T::FIRST];
    for (first, last) in sets.flat_map(Intervals::iter) {
        starts.push(first);
        starts.extend(last.next());
    }
    starts.sort_unstable();
    starts.dedup();
    let free = held.complement();
    let ends = starts
        .iter()
        .skip(1)
        .map(|next| next.previous().unwrap_or(T::LAST))
        .chain([T::LAST]);
    let gaps: Vec<(T, T)> = free.iter().collect();
    starts
        .iter()
        .zip(ends)
        .map(|(first, last)| {
            let at = gaps.partition_point(|(_, end)| end < first);
            let free = gaps.get(at).map(|(start, _)| (*start).max(*first));
            (*first, free.filter(|free| *free <= last))
        })
        .collect()
}

/// How each machine's addresses are told apart.
fn splits(sets: &Sets) -> BTreeMap<VmId, Vec<&AddressSet>> {
    let mut cuts: BTreeMap<VmId, Vec<&AddressSet>> = BTreeMap::new();
    for set in &sets.values {
        for (vm, inside) in &set.split {
            cuts.entry(*vm).or_default().push(inside);
        }
    }
    cuts
}

/// The addresses of a machine, cut by version and by the sets that tell them apart.
fn pieces(known: AddressSet, cuts: Option<&Vec<&AddressSet>>) -> Vec<AddressSet> {
    let v4 = AddressSet {
        v4: known.v4,
        v6: Intervals::empty(),
    };
    let v6 = AddressSet {
        v4: Intervals::empty(),
        v6: known.v6,
    };
    let mut pieces: Vec<AddressSet> = [v4, v6].into_iter().filter(|one| !one.is_empty()).collect();
    if pieces.is_empty() {
        return vec![AddressSet::empty()];
    }
    for cut in cuts.into_iter().flatten() {
        pieces = pieces
            .iter()
            .flat_map(|piece| [piece.intersection(cut), piece.difference(cut)])
            .filter(|piece| !piece.is_empty())
            .collect();
    }
    pieces
}

/// Exact partition refinement.
pub struct Partition {
    class_of: Vec<u32>,
    sizes: Vec<u32>,
    /// For each class the class its members move to in this round.
    moves: Vec<(u32, u32)>,
    round: u32,
}

impl Partition {
    /// The class of a member, for now.
    pub fn class(&self, member: u32) -> u32 {
        self.class_of.get(member as usize).copied().unwrap_or(0)
    }

    /// All in one class.
    pub fn new(count: usize) -> Self {
        Self {
            class_of: vec![0; count],
            sizes: vec![u32::try_from(count).unwrap_or(u32::MAX)],
            moves: vec![(0, 0)],
            round: 0,
        }
    }

    /// Tells the members of a set apart from the others. No member twice.
    pub fn refine(&mut self, set: &[u32]) {
        if set.is_empty() || set.len() == self.class_of.len() {
            return;
        }
        self.round += 1;
        for member in set {
            let Some(class) = self.class_of.get_mut(*member as usize) else {
                continue;
            };
            let from = *class as usize;
            let fresh = u32::try_from(self.sizes.len()).unwrap_or(u32::MAX);
            let Some((round, to)) = self.moves.get_mut(from) else {
                continue;
            };
            if *round != self.round {
                *round = self.round;
                *to = fresh;
                self.sizes.push(0);
                self.moves.push((0, 0));
            }
            let to = self.moves.get(from).map_or(0, |(_, to)| *to);
            *class = to;
            if let Some(size) = self.sizes.get_mut(from) {
                *size -= 1;
            }
            if let Some(size) = self.sizes.get_mut(to as usize) {
                *size += 1;
            }
        }
    }

    /// The class of each member and the members of each class, numbered in the order of members.
    pub fn finish(self) -> (Vec<u32>, Vec<Vec<u32>>) {
        let mut number = vec![u32::MAX; self.sizes.len()];
        let mut members: Vec<Vec<u32>> = Vec::new();
        let mut class_of = self.class_of;
        for (at, class) in (0_u32..).zip(&mut class_of) {
            let Some(place) = number.get_mut(*class as usize) else {
                continue;
            };
            if *place == u32::MAX {
                *place = u32::try_from(members.len()).unwrap_or(u32::MAX);
                members.push(Vec::new());
            }
            *class = *place;
            if let Some(list) = members.get_mut(*place as usize) {
                list.push(at);
            }
        }
        (class_of, members)
    }
}
