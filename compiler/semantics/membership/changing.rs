//! Groups whose members change by themselves: when a machine is tagged, named or attached otherwise.

use crate::ir::network::{Group, PeerSet, Peers};
use crate::ir::selector::Selector;
use crate::ir::{Id, Link, Linked, Policy};

/// The groups of a policy whose members change by themselves.
#[derive(Clone, Debug, Default)]
pub struct Changing {
    groups: Vec<bool>,
}

impl Changing {
    /// Looks at every group once, however they are nested.
    #[must_use]
    pub fn of(policy: &Policy<Linked>) -> Self {
        let groups = &policy.network.groups;
        let mut holders: Vec<Vec<Id<Group<Linked>>>> = vec![Vec::new(); groups.len()];
        let mut found = Self {
            groups: vec![false; groups.len()],
        };
        let mut open = Vec::new();
        for (id, group) in groups.iter() {
            if look(&group.members, &mut |inner: Id<Group<Linked>>| {
                if let Some(holders) = holders.get_mut(inner.index()) {
                    holders.push(id);
                }
                false
            }) {
                open.push(id);
            }
        }
        while let Some(id) = open.pop() {
            match found.groups.get_mut(id.index()) {
                Some(changes) if !*changes => *changes = true,
                Some(_) | None => continue,
            }
            open.extend(holders.get(id.index()).into_iter().flatten());
        }
        found
    }

    /// Whether the members of a selector change by themselves.
    #[must_use]
    pub fn selector(&self, selector: &Selector<Linked>) -> bool {
        look(selector, &mut |id: Id<Group<Linked>>| {
            self.groups.get(id.index()).copied().unwrap_or(true)
        })
    }

    /// Whether the endpoints on a side of a rule change by themselves.
    #[must_use]
    pub fn peers(&self, peers: &Peers<Linked>) -> bool {
        match &peers.set {
            PeerSet::Any => false,
            PeerSet::Of(parts) => parts.iter().any(|part| self.selector(part)),
        }
    }
}

/// Whether a selector changes by itself, where `group` answers for the groups in it. Asks about every
/// group.
fn look(selector: &Selector<Linked>, group: &mut impl FnMut(Id<Group<Linked>>) -> bool) -> bool {
    match selector {
        Selector::Nothing | Selector::Vm(_) | Selector::Addresses(..) => false,
        Selector::All(parts) | Selector::AnyOf(parts) => {
            let mut changes = false;
            for part in parts {
                changes |= look(part, group);
            }
            changes
        }
        Selector::Not(inner) => look(inner, group),
        Selector::Group(Link::Found(id, _)) => group(*id),
        Selector::Group(Link::Missing(_))
        | Selector::Match(_)
        | Selector::Segment(_)
        | Selector::Opaque(_) => true,
    }
}
