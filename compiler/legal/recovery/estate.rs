//! What the lowering of recovery asks about the estate.

use super::super::table::recovery::{Use, legality};
use super::super::{Case, Legality, Lowered, Options};
use super::order::VmId;
use crate::ir::inventory::{Segment, Vm};
use crate::ir::recovery::NetworkMapping;
use crate::ir::set::AddressSet;
use crate::ir::{Id, Ident, Link, Linked, Policy};
use std::collections::BTreeSet;

/// The policy, and how people want it lowered.
pub(super) struct Estate<'policy> {
    policy: &'policy Policy<Linked>,
    options: &'policy Options,
}

impl<'policy> Estate<'policy> {
    /// Both together.
    pub(super) const fn new(policy: &'policy Policy<Linked>, options: &'policy Options) -> Self {
        Self { policy, options }
    }

    /// The policy.
    pub(super) const fn policy(&self) -> &'policy Policy<Linked> {
        self.policy
    }

    /// How people want it lowered.
    pub(super) const fn options(&self) -> &'policy Options {
        self.options
    }

    /// The answer of the table.
    pub(super) fn answer(&self, what: &Use) -> Legality {
        legality(self.options.target, what)
    }

    /// Whether plans are objects of the v4 API.
    pub(super) const fn has_v4_plans(&self) -> bool {
        self.options.target.release().has_v4_plans()
    }

    /// A machine.
    pub(super) fn machine(&self, vm: VmId) -> &'policy Vm<Linked> {
        &self.policy.inventory.vms[vm]
    }

    /// Who a machine is.
    pub(super) fn vm(&self, vm: VmId) -> &'policy Ident {
        &self.machine(vm).ident
    }

    /// The names of machines, in the order of the inventory.
    pub(super) fn names(&self, vms: &BTreeSet<VmId>) -> Vec<&'policy str> {
        vms.iter().map(|vm| self.vm(*vm).name.as_str()).collect()
    }

    /// The networks a machine is attached to; `None` when no export tells all of them.
    fn networks(&self, vm: VmId) -> Option<BTreeSet<Id<Segment>>> {
        let links = &self.machine(vm).segments;
        if links.is_empty() {
            return None;
        }
        links.iter().map(Link::found).collect()
    }

    /// The mappings of a machine's networks, by place; `None` when these are not known.
    ///
    /// Where no export tells the networks, the addresses do: an address in a subnet that the rules or
    /// the network of a mapping hold is on that network.
    pub(super) fn mapped(&self, vm: VmId) -> Option<BTreeSet<usize>> {
        let mappings = self.policy.recovery.networks.iter().enumerate();
        if let Some(networks) = self.networks(vm) {
            let on = mappings.filter(|(_, mapping)| {
                let segment = mapping.protected.found();
                segment.is_some_and(|segment| networks.contains(&segment))
            });
            return Some(on.map(|(at, _)| at).collect());
        }
        let addresses = self.machine(vm).addresses.as_ref()?;
        let mut left = addresses.v4.clone();
        let mut on = BTreeSet::new();
        for (at, mapping) in mappings {
            let held = self.subnets(mapping);
            if left.intersects(&held.v4) {
                left = left.difference(&held.v4);
                on.insert(at);
            }
        }
        (left.is_empty() && !on.is_empty()).then_some(on)
    }

    /// The addresses of the network of a mapping, as far as its rules and the exports tell.
    fn subnets(&self, mapping: &NetworkMapping<Linked>) -> AddressSet {
        let rules = AddressSet::from_blocks(mapping.rules.iter().map(|rule| rule.from));
        match mapping.protected.found() {
            Some(segment) => rules.union(&self.policy.inventory.segments[segment].subnets),
            None => rules,
        }
    }
}

/// Adds a loss to those so far.
pub(super) fn add(held: Lowered<()>, answer: Legality, case: impl FnOnce() -> Case) -> Lowered<()> {
    held.and_then(|()| answer.lower(case, || ()))
}

/// A value that lost nothing, to go on from.
pub(super) fn whole() -> Lowered<()> {
    Lowered::all([]).map(|_: Vec<()>| ())
}
