//! What the lowering of recovery asks about the estate.

use super::super::table::recovery::{Use, legality};
use super::super::{Case, Legality, Lowered, Options};
use super::order::VmId;
use crate::ir::inventory::{Segment, Vm};
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
    pub(super) fn networks(&self, vm: VmId) -> Option<BTreeSet<Id<Segment>>> {
        let links = &self.machine(vm).segments;
        if links.is_empty() {
            return None;
        }
        links.iter().map(Link::found).collect()
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
