//! Endpoints as people know them: machines, machines at some of their addresses, and addresses
//! outside the estate.

use super::super::classes::{Point, SetId};
use super::relation::Relation;
use crate::ir::set::{AddressSet, Intervals, Point as Number};
use crate::ir::{Linked, Policy};
use crate::semantics::endpoints::VmId;
use std::collections::{BTreeMap, BTreeSet};

/// Endpoints of one side of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ends {
    /// Machines, with every address they have.
    pub vms: BTreeSet<VmId>,
    /// Machines, with these of their addresses only.
    pub at: BTreeMap<VmId, AddressSet>,
    /// Addresses that no known machine holds.
    pub outside: AddressSet,
}

impl Ends {
    /// The machine, where there is one and nothing else.
    pub fn single(&self) -> Option<VmId> {
        let only = self.vms.len() == 1 && self.at.is_empty() && self.outside.is_empty();
        self.vms.first().filter(|_| only).copied()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vms.is_empty() && self.at.is_empty() && self.outside.is_empty()
    }
}

/// One endpoint.
#[derive(Clone, Debug)]
enum Who {
    Vm(VmId),
    At(VmId, AddressSet),
    V4(u32, u32),
    V6(u128, u128),
}

/// Endpoints that no entry tells apart on one side, with what they are over each IP version.
#[derive(Debug)]
pub struct Kind {
    /// The role over IPv4, for those that speak it.
    pub v4: Option<u32>,
    /// The role over IPv6.
    pub v6: Option<u32>,
    /// Whether they are outside the estate.
    pub outside: bool,
    members: Vec<Who>,
}

/// The kinds of endpoints of one side.
#[derive(Debug)]
pub struct Kinds {
    /// In a fixed order.
    pub list: Vec<Kind>,
    /// Addresses that no machine holds.
    free: AddressSet,
}

/// What the machine or address is over each IP version, by class.
#[derive(Default)]
struct Found {
    vms: BTreeMap<VmId, Versions>,
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u32)>,
    /// The same without regard to what is asked: where the next run begins.
    starts: (Vec<u32>, Vec<u128>),
}

/// The classes of a machine over each version, with its addresses there.
#[derive(Default)]
struct Versions {
    v4: BTreeMap<u32, AddressSet>,
    v6: BTreeMap<u32, AddressSet>,
    /// Whether some of its addresses are not asked for.
    partly: bool,
}

impl Kinds {
    /// The endpoints of one side, those in the set where one is given.
    pub fn of(
        policy: &Policy<Linked>,
        relation: &Relation,
        asked: Option<SetId>,
        sender: bool,
    ) -> Self {
        let found = find(relation, asked);
        let mut kinds: BTreeMap<(Option<u32>, Option<u32>, bool), Vec<Who>> = BTreeMap::new();
        let role = |class: u32| relation.role(class, sender);
        for (vm, versions) in found.vms {
            let Versions { v4, v6, partly } = versions;
            if v4.len() <= 1 && v6.len() <= 1 && !partly {
                let key = (
                    v4.keys().next().map(|class| role(*class)),
                    v6.keys().next().map(|class| role(*class)),
                    false,
                );
                kinds.entry(key).or_default().push(Who::Vm(vm));
                continue;
            }
            for (class, held) in v4 {
                let key = (Some(role(class)), None, false);
                kinds.entry(key).or_default().push(Who::At(vm, held));
            }
            for (class, held) in v6 {
                let key = (None, Some(role(class)), false);
                kinds.entry(key).or_default().push(Who::At(vm, held));
            }
        }
        for (first, class) in found.v4 {
            let who = Who::V4(first, last(&found.starts.0, first));
            let key = (Some(role(class)), None, true);
            kinds.entry(key).or_default().push(who);
        }
        for (first, class) in found.v6 {
            let who = Who::V6(first, last(&found.starts.1, first));
            let key = (None, Some(role(class)), true);
            kinds.entry(key).or_default().push(who);
        }
        Self {
            list: kinds
                .into_iter()
                .map(|((v4, v6, outside), members)| Kind {
                    v4,
                    v6,
                    outside,
                    members,
                })
                .collect(),
            free: held(policy).complement(),
        }
    }

    /// The endpoints of some kinds.
    pub fn ends(&self, kinds: impl Iterator<Item = u32>) -> Ends {
        let mut ends = Ends::default();
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for who in kinds
            .filter_map(|kind| self.list.get(kind as usize))
            .flat_map(|kind| &kind.members)
        {
            match who {
                Who::Vm(vm) => {
                    ends.vms.insert(*vm);
                }
                Who::At(vm, held) => {
                    let known = ends.at.entry(*vm).or_default();
                    *known = known.union(held);
                }
                Who::V4(first, last) => v4.push((*first, *last)),
                Who::V6(first, last) => v6.push((*first, *last)),
            }
        }
        let outside = AddressSet {
            v4: Intervals::from_ranges(v4),
            v6: Intervals::from_ranges(v6),
        };
        ends.outside = outside.intersection(&self.free);
        ends
    }
}

/// The last address before the next run begins.
fn last<T: Number>(starts: &[T], first: T) -> T {
    let after = starts.partition_point(|start| *start <= first);
    let next = starts.get(after).and_then(|next| next.previous());
    next.unwrap_or(T::LAST)
}

fn find(relation: &Relation, asked: Option<SetId>) -> Found {
    let classes = &relation.classes;
    let mut wanted = vec![asked.is_none(); classes.len()];
    for class in asked.into_iter().flat_map(|set| classes.of_set(set)) {
        if let Some(wanted) = wanted.get_mut(*class as usize) {
            *wanted = true;
        }
    }
    let mut found = Found::default();
    for (class, wanted) in (0_u32..).zip(&wanted) {
        for (_, point) in classes.members(class) {
            match point {
                Point::Vm(vm, held) if *wanted => {
                    let versions = found.vms.entry(*vm).or_default();
                    let spoken = point.versions();
                    for (speaks, side) in
                        [(spoken.v4, &mut versions.v4), (spoken.v6, &mut versions.v6)]
                    {
                        if speaks {
                            let known = side.entry(class).or_default();
                            *known = known.union(held);
                        }
                    }
                }
                Point::Vm(..) => {}
                Point::V4(first) => {
                    found.starts.0.push(*first);
                    if *wanted {
                        found.v4.push((*first, class));
                    }
                }
                Point::V6(first) => {
                    found.starts.1.push(*first);
                    if *wanted {
                        found.v6.push((*first, class));
                    }
                }
            }
        }
    }
    for (class, _) in (0_u32..).zip(&wanted).filter(|(_, wanted)| !**wanted) {
        for (_, point) in classes.members(class) {
            if let Some(versions) = point.vm().and_then(|vm| found.vms.get_mut(&vm)) {
                versions.partly = true;
            }
        }
    }
    found.starts.0.sort_unstable();
    found.starts.1.sort_unstable();
    found
}

/// The addresses that machines hold.
fn held(policy: &Policy<Linked>) -> AddressSet {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for addresses in policy.inventory.vms.values().flat_map(|vm| &vm.addresses) {
        v4.extend(addresses.v4.iter());
        v6.extend(addresses.v6.iter());
    }
    AddressSet {
        v4: Intervals::from_ranges(v4),
        v6: Intervals::from_ranges(v6),
    }
}
