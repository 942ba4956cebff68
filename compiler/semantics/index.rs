//! Inverted indices over an inventory: who has a tag, a name, an address.

use super::endpoints::{Endpoints, Members, VmId, VmSet};
use crate::ir::inventory::{Inventory, Segment, Tag};
use crate::ir::selector::{Operator, TagScope};
use crate::ir::set::{AddressSet, Intervals, Point};
use crate::ir::{Id, Link, Linked};
use std::collections::{BTreeMap, BTreeSet};

/// Which machines carry which tag; scopes and values in lower case.
#[derive(Debug, Default)]
pub struct Tags {
    by_value: BTreeMap<String, BTreeMap<String, Vec<VmId>>>,
}

/// Which machines have which text as a property, in lower case.
#[derive(Debug, Default)]
pub struct Texts {
    known: BTreeMap<String, Vec<VmId>>,
    /// Machines whose property no export tells.
    unknown: VmSet,
}

/// Machines for certain, and machines for certain or possibly.
pub type Found = (VmSet, VmSet);

fn text_matches(operator: Operator, text: &str, value: &str) -> bool {
    match operator {
        Operator::Equals => text == value,
        Operator::NotEquals => text != value,
        Operator::Contains => text.contains(value),
        Operator::StartsWith => text.starts_with(value),
        Operator::EndsWith => text.ends_with(value),
        Operator::Present => true,
    }
}

fn scope_matches(wanted: &TagScope, scope: &str) -> bool {
    match wanted {
        TagScope::Any => true,
        TagScope::Is(wanted) => wanted.to_lowercase() == scope,
        TagScope::IsNot(wanted) => wanted.to_lowercase() != scope,
    }
}

impl Tags {
    /// The index of tagged things; each stands for some machines.
    pub fn of<'tags>(tagged: impl Iterator<Item = (VmId, &'tags [Tag])>) -> Self {
        let mut index = Self::default();
        for (vm, tags) in tagged {
            for tag in tags {
                index
                    .by_value
                    .entry(tag.value.to_lowercase())
                    .or_default()
                    .entry(tag.scope.to_lowercase())
                    .or_default()
                    .push(vm);
            }
        }
        index
    }

    /// Who has a tag in the scope whose value compares so.
    ///
    /// No document says whether *not equal* means a machine that has another tag or one that lacks
    /// this tag; where the two readings differ a machine is possible and not sure.
    pub fn find(&self, scope: &TagScope, operator: Operator, value: &str, all: &VmSet) -> Found {
        if operator == Operator::NotEquals {
            let equal = self.having(scope, Operator::Equals, value);
            let other = self.having(scope, Operator::NotEquals, value);
            let lacking = all.difference(&equal);
            return (other.intersection(&lacking), other.union(&lacking));
        }
        let found = self.having(scope, operator, value);
        (found.clone(), found)
    }

    fn having(&self, scope: &TagScope, operator: Operator, value: &str) -> VmSet {
        let value = value.to_lowercase();
        let in_scope = |scopes: &BTreeMap<String, Vec<VmId>>| -> Vec<VmId> {
            match scope {
                TagScope::Is(wanted) => scopes
                    .get(&wanted.to_lowercase())
                    .cloned()
                    .unwrap_or_default(),
                TagScope::Any | TagScope::IsNot(_) => scopes
                    .iter()
                    .filter(|(have, _)| scope_matches(scope, have))
                    .flat_map(|(_, vms)| vms.iter().copied())
                    .collect(),
            }
        };
        match operator {
            Operator::Equals => self.by_value.get(&value).map(in_scope).unwrap_or_default(),
            Operator::StartsWith => self
                .by_value
                .range(value.clone()..)
                .take_while(|(have, _)| have.starts_with(&value))
                .flat_map(|(_, scopes)| in_scope(scopes))
                .collect(),
            Operator::NotEquals | Operator::Contains | Operator::EndsWith | Operator::Present => {
                self.by_value
                    .iter()
                    .filter(|(have, _)| text_matches(operator, have, &value))
                    .flat_map(|(_, scopes)| in_scope(scopes))
                    .collect()
            }
        }
        .into_iter()
        .collect()
    }
}

impl Texts {
    /// The index of a property; `None` where no export tells it.
    pub fn of<'texts>(texts: impl Iterator<Item = (VmId, Option<&'texts str>)>) -> Self {
        let mut known: BTreeMap<String, Vec<VmId>> = BTreeMap::new();
        let mut unknown = Vec::new();
        for (vm, text) in texts {
            match text {
                Some(text) => known.entry(text.to_lowercase()).or_default().push(vm),
                None => unknown.push(vm),
            }
        }
        Self {
            known,
            unknown: unknown.into_iter().collect(),
        }
    }

    /// Whose property compares so.
    pub fn find(&self, operator: Operator, value: &str) -> Found {
        let value = value.to_lowercase();
        let sure: VmSet = match operator {
            Operator::Equals => self.known.get(&value).cloned().unwrap_or_default(),
            Operator::StartsWith => self
                .known
                .range(value.clone()..)
                .take_while(|(have, _)| have.starts_with(&value))
                .flat_map(|(_, vms)| vms.iter().copied())
                .collect(),
            Operator::NotEquals | Operator::Contains | Operator::EndsWith | Operator::Present => {
                self.known
                    .iter()
                    .filter(|(have, _)| text_matches(operator, have, &value))
                    .flat_map(|(_, vms)| vms.iter().copied())
                    .collect()
            }
        }
        .into_iter()
        .collect();
        // Where the export tells the property of others, the platform does not know it either, and a
        // machine without it compares as nothing; not being equal to something is left open.
        if self.known.is_empty() || operator == Operator::NotEquals {
            let possible = sure.union(&self.unknown);
            return (sure, possible);
        }
        (sure.clone(), sure)
    }
}

/// Which machine holds which address.
#[derive(Debug, Default)]
pub struct Addresses {
    v4: Held<u32>,
    v6: Held<u128>,
    /// The addresses of each machine that has some, by handle.
    known: BTreeMap<VmId, AddressSet>,
    /// Machines whose addresses no export tells, and of which nothing is supposed.
    unknown: VmSet,
    /// Machines that are taken to speak from every address.
    anywhere: VmSet,
    /// Machines that are known to have none.
    without: VmSet,
}

/// What is taken of a machine of which no export tells the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    /// It is possibly in each group by address, and possibly not.
    Doubt,
    /// It speaks from each address in turn, and is in a group by address with the addresses of that
    /// group. So what two rules make of it fits together.
    Anywhere,
}

/// Intervals of addresses with their holders, by first address.
#[derive(Debug)]
struct Held<T> {
    sorted: Vec<(T, T, VmId)>,
    /// For each place the greatest last address up to it, so that a search can stop.
    reach: Vec<T>,
}

impl<T> Default for Held<T> {
    fn default() -> Self {
        Self {
            sorted: Vec::new(),
            reach: Vec::new(),
        }
    }
}

impl<T: Point> Held<T> {
    fn of(mut sorted: Vec<(T, T, VmId)>) -> Self {
        sorted.sort_unstable();
        let mut far = T::FIRST;
        let reach = sorted
            .iter()
            .map(|(_, last, _)| {
                far = far.max(*last);
                far
            })
            .collect();
        Self { sorted, reach }
    }

    /// The holders of an address in the set.
    fn find(&self, set: &Intervals<T>, found: &mut Vec<VmId>) {
        for (first, last) in set.iter() {
            let end = self.sorted.partition_point(|(start, _, _)| *start <= last);
            let start = self.reach.partition_point(|reach| *reach < first);
            let slice = self.sorted.get(start..end).unwrap_or_default();
            found.extend(
                slice
                    .iter()
                    .filter(|(_, held_last, _)| *held_last >= first)
                    .map(|(_, _, vm)| *vm),
            );
        }
    }
}

impl Addresses {
    /// The index of the addresses of machines.
    pub fn of<'all>(
        vms: impl Iterator<Item = (VmId, Option<&'all AddressSet>)>,
        untold: Untold,
    ) -> Self {
        let mut index = Self::default();
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        let (mut unknown, mut without) = (Vec::new(), Vec::new());
        for (vm, addresses) in vms {
            match addresses {
                None => {
                    unknown.push(vm);
                    if untold == Untold::Anywhere {
                        index.known.insert(vm, AddressSet::full());
                    }
                }
                Some(none) if none.is_empty() => without.push(vm),
                Some(some) => {
                    v4.extend(some.v4.iter().map(|(first, last)| (first, last, vm)));
                    v6.extend(some.v6.iter().map(|(first, last)| (first, last, vm)));
                    index.known.insert(vm, some.clone());
                }
            }
        }
        index.v4 = Held::of(v4);
        index.v6 = Held::of(v6);
        *match untold {
            Untold::Doubt => &mut index.unknown,
            Untold::Anywhere => &mut index.anywhere,
        } = unknown.into_iter().collect();
        index.without = without.into_iter().collect();
        index
    }

    /// The endpoints an address set means. A machine without a known address belongs possibly, or
    /// for certain when the set holds every address; one that is known to have none never belongs.
    pub fn find(&self, set: &AddressSet) -> Members {
        let mut holders = Vec::new();
        self.v4.find(&set.v4, &mut holders);
        self.v6.find(&set.v6, &mut holders);
        holders.sort_unstable();
        holders.dedup();
        let mut sure = Endpoints {
            addresses: set.clone(),
            ..Endpoints::default()
        };
        let mut whole = Vec::with_capacity(holders.len());
        for vm in holders {
            let Some(addresses) = self.known.get(&vm) else {
                continue;
            };
            let inside = addresses.intersection(set);
            if inside == *addresses {
                whole.push(vm);
            } else {
                sure.split.insert(vm, inside);
            }
        }
        sure.vms = whole.into_iter().collect();
        let is_full = set.v4.is_full() && set.v6.is_full();
        if is_full {
            sure.vms = sure.vms.union(&self.anywhere);
        } else if !set.is_empty() {
            let anywhere = self.anywhere.iter();
            sure.split.extend(anywhere.map(|vm| (vm, set.clone())));
        }
        if set.is_empty() || self.unknown.is_empty() {
            return Members::known(sure);
        }
        let mut possible = sure.clone();
        possible.vms = possible.vms.union(&self.unknown);
        if is_full {
            sure.vms = possible.vms.clone();
        }
        Members { sure, possible }
    }

    /// The endpoints that are not in the set.
    pub fn complement(&self, of: &Endpoints, all: &VmSet) -> Endpoints {
        let mut vms = all.difference(&of.vms);
        let mut split = BTreeMap::new();
        if !of.split.is_empty() {
            vms = vms.iter().filter(|vm| !of.split.contains_key(vm)).collect();
            for (vm, inside) in &of.split {
                if let Some(addresses) = self.known.get(vm) {
                    split.insert(*vm, addresses.difference(inside));
                }
            }
        }
        Endpoints {
            vms,
            addresses: of.addresses.complement(),
            split,
        }
    }

    /// The endpoints in one of them.
    pub fn union<'sets>(&self, sets: impl Iterator<Item = &'sets Endpoints> + Clone) -> Endpoints {
        let mut largest = VmSet::new();
        let mut vms = Vec::new();
        for set in sets.clone() {
            if set.vms.len() > largest.len() {
                vms.extend(largest.iter());
                largest = set.vms.clone();
            } else {
                vms.extend(set.vms.iter());
            }
        }
        let mut joined = Endpoints {
            vms: largest.union(&vms.into_iter().collect()),
            addresses: AddressSet {
                v4: Intervals::from_ranges(sets.clone().flat_map(|set| set.addresses.v4.iter())),
                v6: Intervals::from_ranges(sets.clone().flat_map(|set| set.addresses.v6.iter())),
            },
            split: BTreeMap::new(),
        };
        for (vm, inside) in sets.flat_map(|set| &set.split) {
            if !joined.vms.contains(*vm) {
                let both = joined.split.entry(*vm).or_default();
                *both = both.union(inside);
            }
        }
        let whole: VmSet = joined
            .split
            .iter()
            .filter(|(vm, inside)| self.known.get(vm) == Some(inside))
            .map(|(vm, _)| *vm)
            .collect();
        if !whole.is_empty() {
            joined.split.retain(|vm, _| !whole.contains(*vm));
            joined.vms = joined.vms.union(&whole);
        }
        joined
    }

    /// The endpoints in both.
    pub fn intersection(&self, left: &Endpoints, right: &Endpoints) -> Endpoints {
        let mut split = BTreeMap::new();
        let of = |side: &Endpoints, vm: VmId| -> AddressSet {
            if side.vms.contains(vm) {
                self.known.get(&vm).cloned().unwrap_or_default()
            } else {
                side.split.get(&vm).cloned().unwrap_or_default()
            }
        };
        for vm in left.split.keys().chain(right.split.keys()) {
            let both = of(left, *vm).intersection(&of(right, *vm));
            if !both.is_empty() {
                split.insert(*vm, both);
            }
        }
        Endpoints {
            vms: left.vms.intersection(&right.vms),
            addresses: left.addresses.intersection(&right.addresses),
            split,
        }
    }
}

/// Which machines are attached to which network.
#[derive(Debug, Default)]
pub struct Segments {
    attached: BTreeMap<Id<Segment>, Vec<VmId>>,
    /// Machines with an attachment that no export tells or that nothing answers to.
    pub unknown: VmSet,
}

impl Segments {
    /// The index of attachments. A machine without any counts as unknown, because a machine without
    /// a network is rare and a listing without networks is not.
    pub fn of(inventory: &Inventory<Linked>) -> Self {
        let mut attached: BTreeMap<Id<Segment>, Vec<VmId>> = BTreeMap::new();
        let mut unknown = BTreeSet::new();
        for (vm, machine) in inventory.vms.iter() {
            if machine.segments.is_empty() {
                unknown.insert(vm);
            }
            for segment in &machine.segments {
                match segment {
                    Link::Found(segment, _) => attached.entry(*segment).or_default().push(vm),
                    Link::Missing(_) => {
                        unknown.insert(vm);
                    }
                }
            }
        }
        Self {
            attached,
            unknown: unknown.into_iter().collect(),
        }
    }

    /// The machines attached to one of the networks.
    pub fn find(&self, segments: impl Iterator<Item = Id<Segment>>) -> Found {
        let sure: VmSet = segments
            .filter_map(|segment| self.attached.get(&segment))
            .flatten()
            .copied()
            .collect();
        let possible = sure.union(&self.unknown);
        (sure, possible)
    }
}

/// Whether a tag of a network compares so: for certain, and possibly; see [`Tags::find`].
pub fn tag_matches(
    tags: &[Tag],
    scope: &TagScope,
    operator: Operator,
    value: &str,
) -> (bool, bool) {
    let value = value.to_lowercase();
    let having = |operator| {
        tags.iter().any(|tag| {
            scope_matches(scope, &tag.scope.to_lowercase())
                && text_matches(operator, &tag.value.to_lowercase(), &value)
        })
    };
    let found = having(operator);
    if operator == Operator::NotEquals {
        let lacking = !having(Operator::Equals);
        return (found && lacking, found || lacking);
    }
    (found, found)
}

/// Whether a name compares so.
pub fn name_matches(name: &str, operator: Operator, value: &str) -> bool {
    text_matches(operator, &name.to_lowercase(), &value.to_lowercase())
}
