//! Which endpoints a selector means, worked out for a whole policy at once.
//!
//! Comparisons ignore case. A tag without a scope in the condition matches any scope. Groups may
//! nest and may refer to each other in circles; the members of a circle are the least solution.

mod applied;
mod changing;
mod circles;

pub use changing::Changing;
pub use circles::inner_first;

use super::endpoints::{Endpoints, Members, VmSet};
pub use super::index::Untold;
use super::index::{Addresses, Found, Segments, Tags, Texts, name_matches, tag_matches};
use crate::ir::inventory::{Segment, Vm};
use crate::ir::network::{Group, PeerSet, Peers};
use crate::ir::selector::{Condition, Key, Of, Operator, Selector};
use crate::ir::set::AddressSet;
use crate::ir::{Id, Inventory, Link, Linked, Name, NonEmpty, Policy};
use circles::{Circle, circles};

/// The members of every group of a policy, and what is needed to work out those of any selector.
#[derive(Debug)]
pub struct Membership {
    all: VmSet,
    tags: Tags,
    names: Texts,
    os_names: Texts,
    computer_names: Texts,
    addresses: Addresses,
    segments: Segments,
    groups: Vec<Members>,
    nobody: Members,
}

impl Membership {
    /// Works out every group of the policy.
    #[must_use]
    pub fn of(policy: &Policy<Linked>) -> Self {
        Self::supposing(policy, Untold::Doubt)
    }

    /// Works out every group of the policy, with this taken of machines whose addresses no export
    /// tells.
    #[must_use]
    pub fn supposing(policy: &Policy<Linked>, untold: Untold) -> Self {
        let vms = || policy.inventory.vms.iter();
        let mut membership = Self {
            all: policy.inventory.vms.ids().collect(),
            tags: Tags::of(vms().map(|(id, vm)| (id, vm.tags.as_slice()))),
            names: Texts::of(vms().map(|(id, vm)| (id, Some(vm.ident.name.as_str())))),
            os_names: Texts::of(vms().map(|(id, vm)| (id, vm.os_name.as_deref()))),
            computer_names: Texts::of(vms().map(|(id, vm)| (id, vm.computer_name.as_deref()))),
            addresses: Addresses::of(vms().map(|(id, vm)| (id, vm.addresses.as_ref())), untold),
            segments: Segments::of(&policy.inventory),
            groups: vec![Members::default(); policy.network.groups.len()],
            nobody: Members::default(),
        };
        for circle in circles(policy) {
            membership.solve(policy, &circle);
        }
        membership
    }

    /// The members of a group.
    #[must_use]
    pub fn group(&self, id: Id<Group<Linked>>) -> &Members {
        self.groups.get(id.index()).unwrap_or(&self.nobody)
    }

    /// Every machine of the inventory.
    #[must_use]
    pub const fn all(&self) -> &VmSet {
        &self.all
    }

    /// Everybody, inside and outside the estate.
    #[must_use]
    pub fn everybody(&self) -> Endpoints {
        Endpoints {
            vms: self.all.clone(),
            addresses: AddressSet::full(),
            ..Endpoints::default()
        }
    }

    /// The endpoints a selector means.
    #[must_use]
    pub fn selector(&self, policy: &Policy<Linked>, selector: &Selector<Linked>) -> Members {
        match selector {
            Selector::Nothing => Members::default(),
            Selector::All(parts) => self.all_of(policy, parts),
            Selector::AnyOf(parts) => self.any_of(policy, parts),
            Selector::Not(inner) => self.negate(&self.selector(policy, inner)),
            Selector::Match(condition) => self.condition(&policy.inventory, condition),
            Selector::Addresses(set, _) => self.addresses.find(set),
            Selector::Group(Link::Found(group, _)) => self.group(*group).clone(),
            Selector::Vm(Link::Found(vm, _)) => {
                Members::known(Endpoints::of_vms([*vm].into_iter().collect()))
            }
            // Such a machine is not in the inventory, or it is one of those that share the name.
            Selector::Vm(Link::Missing(name)) => {
                of_vms((VmSet::new(), self.namesakes(policy, name)))
            }
            Selector::Segment(Link::Found(segment, _)) => {
                of_vms(self.segments.find([*segment].into_iter()))
            }
            Selector::Segment(Link::Missing(name)) => of_vms(self.lost_segment(policy, name)),
            Selector::Group(Link::Missing(_)) | Selector::Opaque(_) => self.symbolic(),
        }
    }

    /// The endpoints on one side of a rule.
    #[must_use]
    pub fn peers(&self, policy: &Policy<Linked>, peers: &Peers<Linked>) -> Members {
        let members = match &peers.set {
            PeerSet::Any => Members::known(self.everybody()),
            PeerSet::Of(parts) => self.any_of(policy, parts),
        };
        if peers.negated {
            self.negate(&members)
        } else {
            members
        }
    }

    /// The endpoints in one of the two.
    #[must_use]
    pub fn union(&self, left: &Endpoints, right: &Endpoints) -> Endpoints {
        self.addresses.union([left, right].into_iter())
    }

    /// The endpoints in both.
    #[must_use]
    pub fn intersection(&self, left: &Endpoints, right: &Endpoints) -> Endpoints {
        self.addresses.intersection(left, right)
    }

    /// The endpoints that are not in the set.
    #[must_use]
    pub fn complement(&self, of: &Endpoints) -> Endpoints {
        self.addresses.complement(of, &self.all)
    }

    /// The endpoints in the first and not in the second.
    #[must_use]
    pub fn difference(&self, left: &Endpoints, right: &Endpoints) -> Endpoints {
        self.intersection(left, &self.complement(right))
    }

    /// The endpoints that an address set means.
    #[must_use]
    pub fn addresses(&self, set: &AddressSet) -> Members {
        self.addresses.find(set)
    }

    /// Anybody, possibly.
    fn symbolic(&self) -> Members {
        Members {
            sure: Endpoints::empty(),
            possible: self.everybody(),
        }
    }

    fn negate(&self, members: &Members) -> Members {
        let sure = self.complement(&members.possible);
        if members.is_known() {
            return Members::known(sure);
        }
        Members {
            sure,
            possible: self.complement(&members.sure),
        }
    }

    fn any_of(&self, policy: &Policy<Linked>, parts: &NonEmpty<Selector<Linked>>) -> Members {
        let parts: Vec<Members> = parts
            .iter()
            .map(|part| self.selector(policy, part))
            .collect();
        self.any_of_members(&parts)
    }

    fn any_of_members(&self, parts: &[Members]) -> Members {
        let sure = self.addresses.union(parts.iter().map(|part| &part.sure));
        if parts.iter().all(Members::is_known) {
            return Members::known(sure);
        }
        let possible = self
            .addresses
            .union(parts.iter().map(|part| &part.possible));
        Members { sure, possible }
    }

    fn all_of(&self, policy: &Policy<Linked>, parts: &NonEmpty<Selector<Linked>>) -> Members {
        let both = |left: &Endpoints, right: &Endpoints| self.addresses.intersection(left, right);
        parts
            .iter()
            .map(|part| self.selector(policy, part))
            .reduce(|left, right| Members {
                sure: both(&left.sure, &right.sure),
                possible: both(&left.possible, &right.possible),
            })
            .unwrap_or_default()
    }

    fn condition(&self, inventory: &Inventory<Linked>, condition: &Condition) -> Members {
        let Condition {
            of,
            key,
            operator,
            value,
            origin: _,
        } = condition;
        of_vms(match (of, key) {
            (Of::Vm, Key::Tag(scope)) => self.tags.find(scope, *operator, value, &self.all),
            (Of::Vm, Key::Name) => self.names.find(*operator, value),
            (Of::Vm, Key::OsName) => self.os_names.find(*operator, value),
            (Of::Vm, Key::ComputerName) => self.computer_names.find(*operator, value),
            (Of::Segment, Key::Tag(scope)) => {
                let sure = self.on_segments(inventory, |segment| {
                    tag_matches(&segment.tags, scope, *operator, value).0
                });
                let possible = self.on_segments(inventory, |segment| {
                    tag_matches(&segment.tags, scope, *operator, value).1
                });
                (sure.0, possible.1)
            }
            (Of::Segment, Key::Name) => self.on_segments(inventory, |segment| {
                name_matches(&segment.ident.name, *operator, value)
            }),
            // Ports are not in the inventory, and networks have no guest: any machine could be meant.
            (Of::Segment, Key::OsName | Key::ComputerName) | (Of::SegmentPort, _) => {
                (VmSet::new(), self.all.clone())
            }
        })
    }

    fn on_segments(
        &self,
        inventory: &Inventory<Linked>,
        matches: impl Fn(&Segment) -> bool,
    ) -> Found {
        let matching = inventory
            .segments
            .iter()
            .filter(|(_, segment)| matches(segment))
            .map(|(id, _)| id);
        self.segments.find(matching)
    }

    /// The machines that a reference could mean which nothing, or more than one thing, answers to.
    fn namesakes(&self, policy: &Policy<Linked>, name: &Name<Vm<Linked>>) -> VmSet {
        let text = name.text.to_lowercase();
        let short = text.rsplit('/').next().unwrap_or(&text);
        let same = |candidate: &str| {
            let candidate = candidate.to_lowercase();
            candidate == text || candidate == short
        };
        let vms = policy.inventory.vms.iter();
        vms.filter(|(_, vm)| same(&vm.ident.name) || vm.aliases.iter().any(|alias| same(alias)))
            .map(|(id, _)| id)
            .collect()
    }

    /// The machines that could be attached to a network nothing answers to.
    fn lost_segment(&self, policy: &Policy<Linked>, name: &Name<Segment>) -> Found {
        let found = self.on_segments(&policy.inventory, |segment| {
            name_matches(&segment.ident.name, Operator::Equals, &name.text)
                || segment
                    .aliases
                    .iter()
                    .any(|alias| name_matches(alias, Operator::Equals, &name.text))
        });
        (VmSet::new(), found.1)
    }

    /// Works out groups that refer to each other in a circle: from nothing upwards until nothing is
    /// added. Where the circle runs through a negation there is no least solution, and the groups
    /// stay symbolic.
    fn solve(&mut self, policy: &Policy<Linked>, circle: &Circle) {
        if circle.through_negation {
            for id in &circle.groups {
                let symbolic = self.symbolic();
                self.put(*id, symbolic);
            }
            return;
        }
        loop {
            let mut changed = false;
            for id in &circle.groups {
                let group = &policy.network.groups[*id];
                let members = self.selector(policy, &group.members);
                changed |= members != *self.group(*id);
                self.put(*id, members);
            }
            if !changed || !circle.repeats {
                return;
            }
        }
    }

    fn put(&mut self, id: Id<Group<Linked>>, members: Members) {
        if let Some(place) = self.groups.get_mut(id.index()) {
            *place = members;
        }
    }
}

fn of_vms((sure, possible): Found) -> Members {
    Members {
        sure: Endpoints::of_vms(sure),
        possible: Endpoints::of_vms(possible),
    }
}

#[cfg(test)]
mod tests;
