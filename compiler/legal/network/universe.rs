//! The machines that rules are judged on: those of the inventory, and one stand-in for each
//! combination of tags, and for each name, that rules select by.
//!
//! A stand-in is a machine that carries exactly those tags, or that name, and has no address. It keeps the lowering
//! honest where it leaves membership to the target: if a deny reaches the stand-in, it reaches a
//! machine that is tagged so tomorrow, and the allow is cut although no machine is hit today.

use super::tag::{Criteria, TagList};
use crate::ir::inventory::{Tag, Vm};
use crate::ir::network::Exclusion;
use crate::ir::set::AddressSet;
use crate::ir::{Ident, Linked, Policy};
use crate::semantics::endpoints::{Endpoints, VmId};
use crate::semantics::{Membership, VmSet};
use crate::source::Origin;

/// The machines, and who belongs to which group.
#[derive(Debug)]
pub struct Universe {
    /// The policy with the stand-ins in its inventory.
    pub policy: Policy<Linked>,
    /// Who belongs to which group.
    pub membership: Membership,
    /// Every machine, stand-ins included.
    pub all: VmSet,
    /// The machines whose filter is on.
    pub filtered: VmSet,
    /// Machines of the inventory whose addresses are not known.
    pub addressless: VmSet,
    /// How many machines are real: those with a smaller handle.
    real: usize,
    /// Machines whose addresses are not known.
    unknown: VmSet,
}

impl Universe {
    /// The machines of a policy and the stand-ins for these criteria.
    #[must_use]
    pub fn of(policy: &Policy<Linked>, criteria: &Criteria) -> Self {
        let real = policy.inventory.vms.len();
        let mut policy = policy.clone();
        let none = TagList::default();
        for list in std::iter::once(&none).chain(&criteria.tags) {
            policy.inventory.vms.push(stand_in(list, "", real > 0));
        }
        for name in &criteria.names {
            policy.inventory.vms.push(stand_in(&none, name, real > 0));
        }
        let membership = Membership::of(&policy);
        let all: VmSet = policy.inventory.vms.ids().collect();
        let unknown: VmSet = policy
            .inventory
            .vms
            .iter()
            .filter(|(_, vm)| vm.addresses.is_none())
            .map(|(id, _)| id)
            .collect();
        let excluded = policy
            .network
            .exclusions
            .iter()
            .map(|exclusion| excluded(&policy, &membership, exclusion))
            .fold(VmSet::new(), |all, more| all.union(&more));
        Self {
            filtered: all.difference(&excluded),
            all,
            membership,
            policy,
            real,
            addressless: unknown.iter().filter(|vm| vm.index() < real).collect(),
            unknown,
        }
    }

    /// Whether the machine is one of the inventory.
    #[must_use]
    pub fn is_real(&self, vm: VmId) -> bool {
        vm.index() < self.real
    }

    /// The machines of the inventory in the set.
    pub fn real<'set>(&'set self, set: &'set VmSet) -> impl Iterator<Item = VmId> + 'set {
        set.iter().filter(|vm| self.is_real(*vm))
    }

    /// Whether the inventory holds no machine.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        self.real == 0
    }

    /// What is known of a machine.
    #[must_use]
    pub fn vm(&self, vm: VmId) -> &Vm<Linked> {
        &self.policy.inventory.vms[vm]
    }

    /// Who the machine is.
    #[must_use]
    pub fn ident(&self, vm: VmId) -> &Ident {
        &self.vm(vm).ident
    }

    /// The addresses of machines, and whether all of them are known.
    #[must_use]
    pub fn addresses(&self, vms: &VmSet) -> (AddressSet, bool) {
        let known: Vec<&AddressSet> = vms
            .iter()
            .filter_map(|vm| self.vm(vm).addresses.as_ref())
            .collect();
        (union_all(&known), !self.unknown.intersects(vms))
    }

    /// Whether one of these machines of the inventory has no address that is known.
    #[must_use]
    pub fn has_silent(&self, vms: &VmSet) -> bool {
        self.real(vms).any(|vm| {
            let held = self.vm(vm).addresses.as_ref();
            held.is_none_or(AddressSet::is_empty)
        })
    }

    /// The machines whose addresses are all in the set: for certain, and possibly some of them.
    #[must_use]
    pub fn holders(&self, ips: &AddressSet) -> (VmSet, VmSet) {
        if ips.is_empty() {
            return (VmSet::new(), VmSet::new());
        }
        let members = self.membership.addresses(ips);
        (members.sure.vms.clone(), at_most(&members.possible))
    }
}

/// The machines that belong with some address at least.
#[must_use]
pub fn at_most(endpoints: &Endpoints) -> VmSet {
    if endpoints.split.is_empty() {
        return endpoints.vms.clone();
    }
    endpoints
        .vms
        .union(&endpoints.split.keys().copied().collect())
}

/// The union of many sets.
#[must_use]
pub fn union_all(sets: &[&AddressSet]) -> AddressSet {
    use crate::ir::set::Intervals;
    AddressSet {
        v4: Intervals::from_ranges(sets.iter().flat_map(|set| set.v4.iter())),
        v6: Intervals::from_ranges(sets.iter().flat_map(|set| set.v6.iter())),
    }
}

fn excluded(
    policy: &Policy<Linked>,
    membership: &Membership,
    exclusion: &Exclusion<Linked>,
) -> VmSet {
    let Exclusion { ident: _, members } = exclusion;
    membership.machines(policy, members).sure.vms
}

/// `known`: whether machines are known at all; if not, nothing is known of the stand-in but its tags.
fn stand_in(tags: &TagList, name: &str, known: bool) -> Vm<Linked> {
    let tags = tags.iter().map(|key| Tag {
        scope: key.scope().unwrap_or_default().to_owned(),
        value: key.value().to_owned(),
    });
    Vm {
        ident: Ident {
            id: String::new(),
            name: name.to_owned(),
            origin: Origin::default(),
        },
        aliases: Vec::new(),
        tags: tags.collect(),
        addresses: known.then(AddressSet::empty),
        segments: Vec::new(),
        os_name: known.then(String::new),
        computer_name: known.then(String::new),
        host: None,
        cluster: None,
    }
}
