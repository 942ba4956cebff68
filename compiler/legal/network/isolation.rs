//! Denies that the target holds as denies: two groups that do not reach each other at all.
//!
//! An isolation policy denies all traffic between two groups in both directions and stands above all
//! allows. So it is exact for a pair of denies, one for each direction, of all services, that both
//! ends hold and that no earlier rule lets anything around. Allows behind them then need no cut.

use super::boxes::ENDS;
use super::cut::{Cell, Forge, Knife};
use super::lists::{Entry, Hold, Kind, Own};
use super::render::Machines;
use super::side::Form;
use super::universe::Universe;
use crate::semantics::VmSet;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Two groups that do not reach each other.
#[derive(Clone, Debug)]
pub struct Apart {
    /// The two rules that say so.
    pub rules: [usize; 2],
    /// The first group.
    pub first: Machines,
    /// What people call it.
    pub first_name: Arc<str>,
    /// The second group.
    pub second: Machines,
    /// What people call it.
    pub second_name: Arc<str>,
}

/// A deny of everything from one group to another.
struct OneWay<'entries> {
    entry: &'entries Entry,
    from: &'entries Own,
    to: &'entries Own,
}

/// The pairs of denies that are isolation, in source order.
#[must_use]
pub fn find(universe: &Universe, entries: &[Entry]) -> Vec<Apart> {
    let mut waiting: BTreeMap<(&VmSet, &VmSet), OneWay<'_>> = BTreeMap::new();
    let mut found = Vec::new();
    let mut passes = Passes::new(universe);
    for (at, entry) in entries.iter().enumerate() {
        let Some(way) = one_way(entry) else {
            continue;
        };
        let Some(back) = waiting.remove(&(&way.to.vms, &way.from.vms)) else {
            waiting.insert((&way.from.vms, &way.to.vms), way);
            continue;
        };
        passes.take(entries.get(..at).unwrap_or_default());
        if way.from.vms.intersects(&way.to.vms) || passes.meet(&way, &back) {
            continue;
        }
        let machines = |own: &Own| match &own.form {
            Form::Tags(tags) => Machines::Tags(tags.clone()),
            Form::Anyone | Form::Named(_) | Form::Machines | Form::Addresses => {
                Machines::Marked(own.group, own.vms.clone())
            }
        };
        // The platform refuses groups that share a category.
        if let (Form::Tags(from), Form::Tags(to)) = (&way.from.form, &way.to.form)
            && !from.is_disjoint(to)
        {
            continue;
        }
        found.push(Apart {
            rules: [back.entry.rule, way.entry.rule],
            first: machines(back.from),
            first_name: back.from.name.clone(),
            second: machines(back.to),
            second_name: back.to.name.clone(),
        });
    }
    found
}

/// The entry as a deny of everything from one group of machines to another.
fn one_way(entry: &Entry) -> Option<OneWay<'_>> {
    let plain = entry.kind == Kind::Deny && entry.exact && entry.symmetric;
    if !plain || !entry.traffic_possible.is_full() {
        return None;
    }
    let (sender, receiver) = (entry.egress.as_ref()?, entry.ingress.as_ref()?);
    Some(OneWay {
        entry,
        from: whole(sender, receiver)?,
        to: whole(receiver, sender)?,
    })
}

/// The machines of one end, where they are one group of which every machine filters.
fn whole<'entries>(own: &'entries Hold, other: &Hold) -> Option<&'entries Own> {
    let [one] = own.own.as_slice() else {
        return None;
    };
    let named = match one.form {
        Form::Tags(_) => true,
        Form::Machines => one.group.is_some(),
        Form::Anyone | Form::Named(_) | Form::Addresses => false,
    };
    let same = other.peers_possible.ips.is_empty() && other.peers_possible.vms == one.vms;
    (named && same).then_some(one)
}

/// The rules that let something through or around, as they are held at both ends.
struct Passes<'universe> {
    forge: Forge<'universe>,
    /// How many entries were looked at.
    taken: usize,
    knives: [Vec<Knife>; 2],
}

impl<'universe> Passes<'universe> {
    fn new(universe: &'universe Universe) -> Self {
        Self {
            forge: Forge::new(universe),
            taken: 0,
            knives: <[Vec<Knife>; 2]>::default(),
        }
    }

    /// Takes in the entries that it has not looked at yet.
    fn take(&mut self, entries: &[Entry]) {
        for entry in entries.get(self.taken..).unwrap_or_default() {
            if entry.kind == Kind::Deny {
                continue;
            }
            for (knives, end) in self.knives.iter_mut().zip(ENDS) {
                knives.extend(self.forge.knife(entry, end));
            }
        }
        self.taken = self.taken.max(entries.len());
    }

    /// Whether one of them lets through some of what two denies stop.
    fn meet(&self, way: &OneWay<'_>, back: &OneWay<'_>) -> bool {
        self.knives.iter().zip(ENDS).any(|(knives, end)| {
            [way.entry, back.entry].into_iter().any(|entry| {
                let cell = end.hold(entry).map(|hold| Cell {
                    own: hold.own_possible.clone(),
                    peer: hold.peers_possible.clone(),
                    traffic: entry.traffic_possible.clone(),
                });
                cell.is_some_and(|cell| knives.iter().any(|knife| knife.meets(&cell)))
            })
        })
    }
}
