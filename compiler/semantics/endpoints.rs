//! Sets of endpoints: virtual machines, and addresses that no known machine holds.

use crate::ir::inventory::Vm;
use crate::ir::set::AddressSet;
use crate::ir::{Id, Linked};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A handle of a virtual machine.
pub type VmId = Id<Vm<Linked>>;

/// A set of virtual machines. Cheap to clone, and cheap to compare with its clones; a result that is
/// one of the operands is a clone of it.
///
/// INVARIANT (VmSet): ascending, no machine twice. So equal sets are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct VmSet(Arc<Vec<VmId>>);

impl PartialOrd for VmSet {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for VmSet {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        self.0.cmp(&other.0)
    }
}

impl FromIterator<VmId> for VmSet {
    fn from_iter<I: IntoIterator<Item = VmId>>(vms: I) -> Self {
        let mut vms: Vec<VmId> = vms.into_iter().collect();
        if !vms.is_sorted() {
            vms.sort_unstable();
        }
        vms.dedup();
        Self(Arc::new(vms))
    }
}

impl VmSet {
    /// No machine.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The machines in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = VmId> + '_ {
        self.0.iter().copied()
    }

    /// How many machines.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a machine is in it.
    #[must_use]
    pub fn contains(&self, vm: VmId) -> bool {
        self.0.binary_search(&vm).is_ok()
    }

    /// Machines in one of the two.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let (small, large) = self.by_size(other);
        if small.is_empty() || Arc::ptr_eq(&small.0, &large.0) {
            return large.clone();
        }
        let mut found = Vec::with_capacity(small.len() + large.len());
        let mut rest = large.0.as_slice();
        for vm in small.iter() {
            let (before, after) = rest
                .split_at_checked(reach(rest, vm))
                .unwrap_or((rest, &[]));
            found.extend_from_slice(before);
            if after.first() != Some(&vm) {
                found.push(vm);
            }
            rest = after;
        }
        found.extend_from_slice(rest);
        if found.len() == large.len() {
            return large.clone();
        }
        Self(Arc::new(found))
    }

    /// Machines in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (small, large) = self.by_size(other);
        if Arc::ptr_eq(&small.0, &large.0) {
            return small.clone();
        }
        let found: Vec<VmId> = shared(&small.0, &large.0).collect();
        if found.len() == small.len() {
            return small.clone();
        }
        Self(Arc::new(found))
    }

    /// Machines in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        if Arc::ptr_eq(&self.0, &other.0) {
            return Self::new();
        }
        let mut rest = other.0.as_slice();
        let missing = |vm: &VmId| {
            rest = rest.get(reach(rest, *vm)..).unwrap_or_default();
            rest.first() != Some(vm)
        };
        let found: Vec<VmId> = self.iter().filter(missing).collect();
        if found.len() == self.len() {
            return self.clone();
        }
        Self(Arc::new(found))
    }

    /// Whether every machine of this is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.len() <= other.len() && shared(&self.0, &other.0).count() == self.len())
    }

    /// Whether a machine is in both.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        let (small, large) = self.by_size(other);
        shared(&small.0, &large.0).next().is_some()
    }

    fn by_size<'set>(&'set self, other: &'set Self) -> (&'set Self, &'set Self) {
        if self.len() <= other.len() {
            (self, other)
        } else {
            (other, self)
        }
    }
}

/// The machines of a small list that are in a large one.
fn shared<'lists>(
    small: &'lists [VmId],
    large: &'lists [VmId],
) -> impl Iterator<Item = VmId> + use<'lists> {
    let mut rest = large;
    small.iter().copied().filter(move |vm| {
        rest = rest.get(reach(rest, *vm)..).unwrap_or_default();
        rest.first() == Some(vm)
    })
}

/// How many machines of a list come before one: in steps that double, because the answer is mostly
/// near.
fn reach(list: &[VmId], vm: VmId) -> usize {
    let mut end = 1_usize;
    while list.get(end - 1).is_some_and(|one| *one < vm) {
        end = end.saturating_mul(2);
    }
    let start = end / 2;
    let near = list.get(start..end.min(list.len())).unwrap_or_default();
    start + near.partition_point(|one| *one < vm)
}

/// One end of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The machine, for an endpoint of the estate.
    pub vm: Option<VmId>,
    /// The address it speaks from; for a machine `None` where no export tells one.
    pub address: Option<IpAddr>,
}

/// A set of endpoints.
///
/// A machine with several addresses can belong by some of them only, because address conditions
/// look at the packet. Such a machine is in `split` with the addresses that belong and not in `vms`.
///
/// INVARIANT (Endpoints): no machine is in both `vms` and `split`; an entry of `split` holds some
/// and not all of the machine's known addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoints {
    /// Machines that belong with every address they have.
    pub vms: VmSet,
    /// Addresses that belong when no known machine holds them.
    pub addresses: AddressSet,
    /// Machines that belong with these of their addresses only. Nearly always empty.
    pub split: BTreeMap<VmId, AddressSet>,
}

impl Endpoints {
    /// No endpoint.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Machines only.
    #[must_use]
    pub fn of_vms(vms: VmSet) -> Self {
        Self {
            vms,
            ..Self::default()
        }
    }

    /// Whether an endpoint is in it.
    #[must_use]
    pub fn contains(&self, endpoint: Endpoint) -> bool {
        let holds = |set: &AddressSet| match endpoint.address {
            Some(IpAddr::V4(address)) => set.v4.contains(address.to_bits()),
            Some(IpAddr::V6(address)) => set.v6.contains(address.to_bits()),
            None => false,
        };
        match endpoint.vm {
            Some(vm) => self.vms.contains(vm) || self.split.get(&vm).is_some_and(holds),
            None => holds(&self.addresses),
        }
    }

    /// Whether an endpoint is in both.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let half = |one: &Self, other: &Self| {
            one.split.iter().any(|(vm, held)| {
                other.vms.contains(*vm)
                    || other.split.get(vm).is_some_and(|set| set.intersects(held))
            })
        };
        self.vms.intersects(&other.vms)
            || self.addresses.intersects(&other.addresses)
            || half(self, other)
            || half(other, self)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.vms.is_empty() && self.addresses.is_empty() && self.split.is_empty()
    }
}

/// What a selector means, as far as the exports tell.
///
/// INVARIANT (Members): `sure` is a subset of `possible`. They differ only where the selector holds
/// something that cannot be evaluated: a symbolic part, a reference nothing answers to, a property
/// of a machine that no export tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Endpoints that belong for certain.
    pub sure: Endpoints,
    /// Endpoints that belong, or could.
    pub possible: Endpoints,
}

impl Members {
    /// A set that is known.
    #[must_use]
    pub fn known(set: Endpoints) -> Self {
        Self {
            possible: set.clone(),
            sure: set,
        }
    }

    /// Whether every endpoint is known to belong or not to.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.sure == self.possible
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Table;
    use proptest::prelude::*;

    fn ids() -> Vec<VmId> {
        let mut table: Table<Vm<Linked>> = Table::default();
        (0..40)
            .map(|_| table.push(crate::semantics::fixture::vm("x")))
            .collect()
    }

    proptest! {
        #[test]
        fn the_algebra_is_that_of_sets(a in prop::collection::btree_set(0_usize..40, 0..40), b in prop::collection::btree_set(0_usize..40, 0..40)) {
            let ids = ids();
            let set = |of: &std::collections::BTreeSet<usize>| of.iter().map(|at| ids[*at]).collect::<VmSet>();
            let (x, y) = (set(&a), set(&b));
            prop_assert_eq!(x.union(&y), set(&(&a | &b)));
            prop_assert_eq!(x.intersection(&y), set(&(&a & &b)));
            prop_assert_eq!(x.difference(&y), set(&(&a - &b)));
            prop_assert_eq!(x.is_subset(&y), a.is_subset(&b));
            prop_assert!(a.iter().all(|at| x.contains(ids[*at])) && x.len() == a.len());
        }
    }
}
