//! Which machines an applied-to means.

use super::Membership;
use crate::ir::network::{Group, PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::set::AddressSet;
use crate::ir::{Id, Link, Linked, Policy};
use crate::semantics::endpoints::{Endpoints, Members};

impl Membership {
    /// The machines whose filter holds a rule with this applied-to.
    ///
    /// Applied-to speaks about machines, not about packets: an address in it counts for nothing on
    /// the source platform. Since releases differ in that, a machine that belongs by an address
    /// alone is possible and not sure.
    #[must_use]
    pub fn scope(&self, policy: &Policy<Linked>, peers: &Peers<Linked>) -> Members {
        let members = match &peers.set {
            PeerSet::Any => Members::known(Endpoints::of_vms(self.all.clone())),
            PeerSet::Of(parts) => {
                let parts: Vec<Members> = parts
                    .iter()
                    .map(|part| self.machines(policy, part))
                    .collect();
                self.any_of_members(&parts)
            }
        };
        if !peers.negated {
            return members;
        }
        let mut members = self.negate(&members);
        members.sure.addresses = AddressSet::empty();
        members.possible.addresses = AddressSet::empty();
        members
    }

    /// The machines a selector means when addresses count for nothing; see [`Self::scope`].
    #[must_use]
    pub fn machines(&self, policy: &Policy<Linked>, selector: &Selector<Linked>) -> Members {
        self.machines_within(policy, selector, &mut Vec::new())
    }

    fn machines_within(
        &self,
        policy: &Policy<Linked>,
        selector: &Selector<Linked>,
        open: &mut Vec<Id<Group<Linked>>>,
    ) -> Members {
        let mut members = match selector {
            Selector::Addresses(set, _) => Members {
                sure: Endpoints::empty(),
                possible: self.by_any_address(set),
            },
            Selector::Group(Link::Found(group, _)) if self.by_address(*group) => {
                if open.contains(group) {
                    return Members {
                        sure: Endpoints::empty(),
                        possible: self.group(*group).possible.clone(),
                    };
                }
                open.push(*group);
                let inner = &policy.network.groups[*group].members;
                let members = self.machines_within(policy, inner, open);
                open.pop();
                members
            }
            Selector::AnyOf(parts) => {
                let parts: Vec<Members> = parts
                    .iter()
                    .map(|part| self.machines_within(policy, part, open))
                    .collect();
                self.any_of_members(&parts)
            }
            Selector::All(_)
            | Selector::Not(_)
            | Selector::Nothing
            | Selector::Match(_)
            | Selector::Group(_)
            | Selector::Vm(_)
            | Selector::Segment(_)
            | Selector::Opaque(_) => self.selector(policy, selector),
        };
        // A filter is that of the machine: one that belongs with some of its addresses could belong.
        let split = std::mem::take(&mut members.possible.split).into_keys();
        members.possible.vms = members.possible.vms.union(&split.collect());
        members.sure.split.clear();
        for set in [&mut members.sure, &mut members.possible] {
            set.addresses = AddressSet::empty();
        }
        members
    }

    /// The machines that hold one of the addresses; a filter is that of the machine, not of one
    /// address.
    fn by_any_address(&self, set: &AddressSet) -> Endpoints {
        let found = self.addresses.find(set).possible;
        Endpoints::of_vms(found.vms.iter().chain(found.split.into_keys()).collect())
    }

    /// Whether a group holds endpoints by address.
    fn by_address(&self, group: Id<Group<Linked>>) -> bool {
        let members = self.group(group);
        !members.possible.addresses.is_empty() || !members.possible.split.is_empty()
    }
}
