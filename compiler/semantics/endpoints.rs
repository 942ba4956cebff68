//! Sets of endpoints: virtual machines, and addresses that no known machine holds.

use crate::ir::inventory::Vm;
use crate::ir::set::AddressSet;
use crate::ir::{Id, Linked};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A handle of a virtual machine.
pub type VmId = Id<Vm<Linked>>;

/// A set of virtual machines. Cheap to clone.
///
/// INVARIANT (VmSet): ascending, no machine twice. So equal sets are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VmSet(Arc<Vec<VmId>>);

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
        if self.is_empty() || Arc::ptr_eq(&self.0, &other.0) {
            return other.clone();
        }
        if other.is_empty() {
            return self.clone();
        }
        self.merge(other, |_, _| true)
    }

    /// Machines in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (small, large) = if self.len() <= other.len() {
            (self, other)
        } else {
            (other, self)
        };
        if Arc::ptr_eq(&small.0, &large.0) {
            return small.clone();
        }
        if small.len().saturating_mul(16) < large.len() {
            return small.iter().filter(|vm| large.contains(*vm)).collect();
        }
        self.merge(other, |left, right| left && right)
    }

    /// Machines in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        if self.is_empty() || other.is_empty() {
            return self.clone();
        }
        self.merge(other, |left, right| left && !right)
    }

    /// Whether every machine of this is in the other.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.len() <= other.len() && self.intersection(other).len() == self.len())
    }

    /// Whether a machine is in both.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        !self.intersection(other).is_empty()
    }

    fn merge(&self, other: &Self, keep: impl Fn(bool, bool) -> bool) -> Self {
        let mut found = Vec::new();
        let (mut left, mut right) = (
            self.0.iter().copied().peekable(),
            other.0.iter().copied().peekable(),
        );
        loop {
            let (a, b) = (left.peek().copied(), right.peek().copied());
            let Some(least) = (match (a, b) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (one, None) | (None, one) => one,
            }) else {
                break;
            };
            let in_left = left.next_if_eq(&least).is_some();
            let in_right = right.next_if_eq(&least).is_some();
            if keep(in_left, in_right) {
                found.push(least);
            }
        }
        Self(Arc::new(found))
    }
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
