//! Knives by what they reach, so that a narrow cell asks few of them.

use super::cut::{Cell, Knife};
use crate::ir::set::{Intervals, Point};
use crate::semantics::endpoints::VmId;
use std::collections::BTreeMap;

/// So many machines are few enough to be looked up one by one.
const FEW: usize = 64;

/// Knives in the order of their rules, found by the machines and addresses they reach.
#[derive(Debug, Default)]
pub struct Index {
    /// Those that few machines hold, by machine.
    by_own: BTreeMap<VmId, Vec<usize>>,
    held: Vec<usize>,
    /// The others, if few machines are their peers, by peer and by address.
    by_peer: BTreeMap<VmId, Vec<usize>>,
    by_v4: Ranges<u32>,
    by_v6: Ranges<u128>,
    fenced: Vec<usize>,
    /// The rest.
    wide: Vec<usize>,
}

impl Index {
    /// The index of knives, whose rules ascend.
    pub fn of<'knives>(knives: impl IntoIterator<Item = &'knives Knife>) -> Self {
        let mut index = Self::default();
        for (at, knife) in knives.into_iter().enumerate() {
            if knife.own.len() <= FEW {
                index.held.push(at);
                for vm in knife.own.iter() {
                    index.by_own.entry(vm).or_default().push(at);
                }
            } else if knife.vms.len() <= FEW && !knife.blind {
                index.fenced.push(at);
                for vm in knife.vms.iter() {
                    index.by_peer.entry(vm).or_default().push(at);
                }
                index.by_v4.add(&knife.ips.v4, at);
                index.by_v6.add(&knife.ips.v6, at);
            } else {
                index.wide.push(at);
            }
        }
        index.by_v4.sort();
        index.by_v6.sort();
        index
    }

    /// Every knife at a place before `end` that could meet the cell, and some more, ascending.
    pub fn near(&self, cell: &Cell, end: usize) -> Vec<usize> {
        let before = |list: &'_ [usize]| list.partition_point(|at| *at < end);
        let mut found: Vec<usize> = Vec::new();
        let mut add = |list: &[usize]| found.extend(list.iter().take(before(list)));
        add(&self.wide);
        if cell.own.len() <= 4 * FEW {
            let of = cell.own.iter().filter_map(|vm| self.by_own.get(&vm));
            of.for_each(|list| add(list));
        } else {
            add(&self.held);
        }
        if cell.peer.vms.len() <= 4 * FEW {
            let of = cell.peer.vms.iter().filter_map(|vm| self.by_peer.get(&vm));
            of.for_each(|list| add(list));
            self.by_v4.find(&cell.peer.ips.v4, end, &mut found);
            self.by_v6.find(&cell.peer.ips.v6, end, &mut found);
        } else {
            add(&self.fenced);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Intervals of numbers, each with a place.
#[derive(Debug)]
struct Ranges<T> {
    /// By first number.
    sorted: Vec<(T, T, usize)>,
    /// For each the greatest last number up to it, so that a search can stop.
    reach: Vec<T>,
}

impl<T> Default for Ranges<T> {
    fn default() -> Self {
        Self {
            sorted: Vec::new(),
            reach: Vec::new(),
        }
    }
}

impl<T: Point> Ranges<T> {
    fn add(&mut self, set: &Intervals<T>, at: usize) {
        let more = set.iter().map(|(first, last)| (first, last, at));
        self.sorted.extend(more);
    }

    fn sort(&mut self) {
        self.sorted.sort_unstable();
        let mut far = T::FIRST;
        let reach = self.sorted.iter().map(|(_, last, _)| {
            far = far.max(*last);
            far
        });
        self.reach = reach.collect();
    }

    /// The places before `end` of the intervals that meet the set.
    fn find(&self, set: &Intervals<T>, end: usize, found: &mut Vec<usize>) {
        for (first, last) in set.iter() {
            let start = self.reach.partition_point(|reach| *reach < first);
            let stop = self.sorted.partition_point(|(begin, _, _)| *begin <= last);
            let slice = self.sorted.get(start..stop).unwrap_or_default();
            let meeting = slice
                .iter()
                .filter(|(_, far, at)| *far >= first && *at < end);
            found.extend(meeting.map(|(_, _, at)| *at));
        }
    }
}
