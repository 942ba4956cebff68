//! Who may talk to whom on what, for people and programs.

pub mod csv;
pub mod dot;
pub mod json;
pub mod text;
mod words;

use super::Spot;
use crate::finding::{Domain, Effect, Finding, Findings};
use crate::ir::set::{AddressSet, Intervals, Point};
use crate::ir::{Linked, Policy};
use crate::semantics::endpoints::VmId;
use crate::semantics::filter::Reason;
use crate::source::Sources;
use crate::verify::connectivity::{Act, Connectivity, Ends, Row};
use std::collections::{BTreeMap, BTreeSet};

/// An answer, ready to be rendered.
#[derive(Debug)]
pub struct Answer<'run> {
    policy: &'run Policy<Linked>,
    sources: &'run Sources,
    connectivity: &'run Connectivity,
    /// Findings of the reading that leave the answer in doubt.
    notes: Vec<&'run Finding>,
    names: BTreeMap<VmId, String>,
    /// The machines in the order of their names.
    order: BTreeMap<VmId, usize>,
    held: AddressSet,
    explain: bool,
}

/// A row with its ends in words.
#[derive(Debug)]
struct Line<'run> {
    row: &'run Row,
    from: Vec<String>,
    to: Vec<String>,
}

impl<'run> Answer<'run> {
    /// Prepares an answer; with `explain` the rules that decide are named.
    #[must_use]
    pub fn new(
        policy: &'run Policy<Linked>,
        sources: &'run Sources,
        connectivity: &'run Connectivity,
        findings: &'run Findings,
        explain: bool,
    ) -> Self {
        let names = names(policy);
        let mut sorted: Vec<(&VmId, &String)> = names.iter().collect();
        sorted.sort_by_cached_key(|(vm, name)| (natural(name), **vm));
        let order = (0..).zip(&sorted).map(|(at, (vm, _))| (**vm, at));
        let order = order.collect();
        let held = policy.inventory.vms.values().flat_map(|vm| &vm.addresses);
        let held: Vec<&AddressSet> = held.collect();
        Self {
            policy,
            sources,
            connectivity,
            notes: findings.iter().filter(|one| leaves_doubt(one)).collect(),
            names,
            order,
            held: AddressSet {
                v4: Intervals::from_ranges(held.iter().flat_map(|set| set.v4.iter())),
                v6: Intervals::from_ranges(held.iter().flat_map(|set| set.v6.iter())),
            },
            explain,
        }
    }

    /// The rows in a fixed order, with their ends as the format writes them.
    fn lines(&self, rows: &'run [Row], ends: impl Fn(&Ends) -> Vec<String>) -> Vec<Line<'run>> {
        let mut sorted: Vec<&Row> = rows.iter().collect();
        sorted.sort_by_cached_key(|row| {
            let ends = (self.rank(&row.from), self.rank(&row.to));
            (ends, row.outcome, row.services.clone())
        });
        sorted
            .into_iter()
            .map(|row| Line {
                row,
                from: ends(&row.from),
                to: ends(&row.to),
            })
            .collect()
    }

    /// Machines by name before addresses.
    fn rank(&self, ends: &Ends) -> (bool, Vec<usize>, AddressSet) {
        let places = self.machines(ends);
        (places.is_empty(), places, ends.outside.clone())
    }

    fn machines(&self, ends: &Ends) -> Vec<usize> {
        let vms = ends.vms.iter().chain(ends.at.keys());
        let mut places: Vec<usize> = vms.filter_map(|vm| self.order.get(vm).copied()).collect();
        places.sort_unstable();
        places
    }

    /// The machines of one side by name.
    fn named(&self, ends: &Ends) -> Vec<String> {
        let whole = ends.vms.iter().map(|vm| (*vm, self.name(*vm)));
        let partly = ends.at.iter().map(|(vm, held)| {
            let name = format!("{} at {held}", self.name(*vm));
            (*vm, name)
        });
        let mut all: Vec<(usize, String)> = whole
            .chain(partly)
            .map(|(vm, name)| (self.order.get(&vm).copied().unwrap_or(0), name))
            .collect();
        all.sort();
        all.into_iter().map(|(_, name)| name).collect()
    }

    fn name(&self, vm: VmId) -> String {
        self.names.get(&vm).cloned().unwrap_or_default()
    }

    /// Machines and exactly the addresses that nobody in the estate holds.
    fn exact(&self, ends: &Ends) -> Vec<String> {
        let mut all = self.named(ends);
        all.extend(ends.outside.parts());
        all
    }

    /// Machines and addresses as people say them: a range means what in it no machine holds.
    fn readable(&self, ends: &Ends) -> Vec<String> {
        let mut all = self.named(ends);
        let around = AddressSet {
            v4: around(&ends.outside.v4, &self.held.v4),
            v6: around(&ends.outside.v6, &self.held.v6),
        };
        if around == AddressSet::full() {
            all.push("anywhere outside".to_owned());
            return all;
        }
        let holed = around.difference(&ends.outside);
        all.extend(around.ranges().map(|range| {
            if range.intersects(&holed) {
                format!("outside {range}")
            } else {
                range.to_string()
            }
        }));
        all
    }

    /// Whether some pair of a row can share IPv4, and IPv6.
    fn shared(&self, row: &Row) -> [bool; 2] {
        let speaks = |ends: &Ends| {
            let vms = &self.policy.inventory.vms;
            let known = ends.vms.iter().map(|vm| vms[*vm].addresses.as_ref());
            let parts = known
                .map(|held| held.filter(|held| !held.is_empty()))
                .chain(ends.at.values().map(Some));
            let mut found = [!ends.outside.v4.is_empty(), !ends.outside.v6.is_empty()];
            for held in parts {
                let [v4, v6] = &mut found;
                *v4 |= held.is_none_or(|held| !held.v4.is_empty());
                *v6 |= held.is_none_or(|held| !held.v6.is_empty());
            }
            found
        };
        let ([from4, from6], [to4, to6]) = (speaks(&row.from), speaks(&row.to));
        [from4 && to4, from6 && to6]
    }

    fn spot(&self, reason: &Reason) -> Option<Spot> {
        Spot::of(reason.origin?, self.sources)
    }

    fn reason(&self, act: &Act) -> Option<&'run Reason> {
        self.connectivity.reasons.get(act.reason?)
    }

    /// Whether a reason is the rule that decides about the rest.
    fn is_default(&self, reason: &Reason) -> bool {
        let remainder = &self.connectivity.remainder;
        reason.origin.is_some() && reason.origin == remainder.origin
    }
}

/// Whether a finding of the reading leaves a doubt about who may talk.
fn leaves_doubt(finding: &Finding) -> bool {
    let speaks = match finding.domain {
        Domain::Network | Domain::Estate | Domain::Inventory => true,
        Domain::Placement | Domain::Recovery => false,
    };
    let admits = match finding.effect {
        Effect::Admission(_) => finding.effect != Effect::PRESERVES,
        Effect::Conduct | Effect::Record => false,
    };
    speaks && admits
}

/// What each machine is called: its display name, with its id where that is not enough.
fn names(policy: &Policy<Linked>) -> BTreeMap<VmId, String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for vm in policy.inventory.vms.values() {
        *count.entry(&vm.ident.name).or_default() += 1;
    }
    let mut used = BTreeSet::new();
    policy
        .inventory
        .vms
        .iter()
        .map(|(id, vm)| {
            let name = &vm.ident.name;
            let alone = count.get(name.as_str()) == Some(&1)
                && rehome_grammar::text::address(name).is_err();
            let mut label = if alone {
                name.clone()
            } else {
                format!("{name} ({})", vm.ident.id)
            };
            while !used.insert(label.clone()) {
                label.push('\'');
            }
            (id, label)
        })
        .collect()
}

/// A key that puts `vm2` before `vm10`.
fn natural(name: &str) -> (Vec<(String, u128)>, &str) {
    let mut key = vec![(String::new(), 0_u128)];
    let mut in_number = false;
    for c in name.chars() {
        let digit = c.to_digit(10).map(u128::from);
        if digit.is_none() && in_number {
            key.push((String::new(), 0));
        }
        in_number = digit.is_some();
        if let Some((text, number)) = key.last_mut() {
            match digit {
                Some(digit) => *number = number.saturating_mul(10).saturating_add(digit),
                None => text.extend(c.to_lowercase()),
            }
        }
    }
    (key, name)
}

/// The ranges of addresses, over the gaps that machines of the estate fill.
fn around<T: Point>(outside: &Intervals<T>, held: &Intervals<T>) -> Intervals<T> {
    let whole = outside.union(held);
    let ranges: Vec<(T, T)> = outside.iter().collect();
    Intervals::from_ranges(whole.iter().filter_map(|(first, last)| {
        let start = ranges.partition_point(|range| range.0 < first);
        let end = ranges.partition_point(|range| range.1 <= last);
        let inner = ranges.get(start..end)?;
        Some((inner.first()?.0, inner.last()?.1))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let mut names = ["vm10", "vm2", "VM3", "a", "vm2b"];
        names.sort_by(|one, other| natural(one).cmp(&natural(other)));
        assert_eq!(names, ["a", "vm2", "vm2b", "VM3", "vm10"]);
    }

    #[test]
    fn gaps_that_machines_fill_are_passed_over() {
        let ranges = |list: &[(u8, u8)]| Intervals::from_ranges(list.iter().copied());
        let outside = ranges(&[(0, 9), (13, 40), (50, 60)]);
        let held = ranges(&[(10, 12), (61, 70), (80, 81)]);
        assert_eq!(around(&outside, &held), ranges(&[(0, 40), (50, 60)]));
    }
}
