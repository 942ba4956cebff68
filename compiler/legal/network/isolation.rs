//! Denies that the target holds as denies: two groups that do not reach each other at all.
//!
//! An isolation policy denies all traffic between two groups in both directions and stands above all
//! allows. So it is exact for a pair of denies, one for each direction, of all services, that both
//! ends hold and that no earlier rule lets anything around. Allows behind them then need no cut.

use super::boxes::{End, knife};
use super::cut::{Cell, Knife};
use super::lists::{Entry, Hold, Kind, Own};
use super::render::Machines;
use super::side::Form;
use super::universe::Universe;
use crate::semantics::VmSet;
use std::collections::BTreeMap;

/// Two groups that do not reach each other.
#[derive(Clone, Debug)]
pub struct Apart {
    /// The two rules that say so.
    pub rules: [usize; 2],
    /// The first group.
    pub first: Machines,
    /// What people call it.
    pub first_name: String,
    /// The second group.
    pub second: Machines,
    /// What people call it.
    pub second_name: String,
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
    let mut passes: Option<Vec<(End, Knife)>> = None;
    for entry in entries {
        let Some(way) = one_way(entry) else {
            continue;
        };
        let Some(back) = waiting.remove(&(&way.to.vms, &way.from.vms)) else {
            waiting.insert((&way.from.vms, &way.to.vms), way);
            continue;
        };
        let passes = passes.get_or_insert_with(|| allows(universe, entries));
        if way.from.vms.intersects(&way.to.vms) || is_passed(passes, &way, &back) {
            continue;
        }
        let machines = |own: &Own| match &own.form {
            Form::Tags(tags) => Machines::Tags(tags.clone()),
            Form::Anyone | Form::Machines | Form::Addresses => {
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
        Form::Anyone | Form::Addresses => false,
    };
    let same = other.peers_possible.ips.is_empty() && other.peers_possible.vms == one.vms;
    (named && same).then_some(one)
}

/// The rules that let something through or around, as they are held at both ends.
fn allows(universe: &Universe, entries: &[Entry]) -> Vec<(End, Knife)> {
    entries
        .iter()
        .filter(|entry| entry.kind != Kind::Deny)
        .flat_map(|entry| [(End::Inbound, entry), (End::Outbound, entry)])
        .filter_map(|(end, entry)| Some((end, knife(universe, entry, end)?)))
        .collect()
}

/// Whether a rule before the second deny lets some of the traffic through.
fn is_passed(passes: &[(End, Knife)], way: &OneWay<'_>, back: &OneWay<'_>) -> bool {
    let last = way.entry.rule.max(back.entry.rule);
    let cells: Vec<(End, Cell)> = [way.entry, back.entry]
        .into_iter()
        .flat_map(|entry| [End::Inbound, End::Outbound].map(|end| (end, entry)))
        .filter_map(|(end, entry)| {
            let hold = end.hold(entry)?;
            Some((
                end,
                Cell {
                    own: hold.own_possible.clone(),
                    peer: hold.peers_possible.clone(),
                    traffic: entry.traffic_possible.clone(),
                },
            ))
        })
        .collect();
    passes
        .iter()
        .filter(|(_, knife)| knife.rule < last)
        .any(|(at, knife)| {
            cells
                .iter()
                .any(|(end, cell)| end == at && knife.meets(cell))
        })
}
