//! Two pairs of filters compared, class by class, exactly.
//!
//! The estate is cut into classes of endpoints and traffic into kinds that no rule tells apart
//! ([`super::classes`], [`super::atoms`]). Rules between few endpoints decide single *cells* of the
//! square of classes; rules with a wide side are *strips* that run over many. Rows whose strips act
//! alike share a key, and so do columns ([`super::keys`]). So each pair of keys is judged once by its
//! strips, and each cell that a narrow rule touches is judged for itself; every other cell is as its
//! keys say.

use super::atoms::{Atoms, TrafficId, Traffics};
use super::bits::{Bits, Sparse};
use super::classes::{Classes, SetId, Sets};
use super::keys::{Key, Keys};
use crate::ir::{Linked, Policy};
use crate::semantics::filter::{Entry, Filters, Reason, Region, Sure, Verdict};
use rayon::prelude::*;
use std::collections::BTreeSet;

/// A rule is narrow when it spans at most this many cells. The answer does not depend on it, only
/// the time.
pub const NARROW: usize = 1024;

/// The filters of both sides, in the order in which they are compared.
pub const SOURCE_OUT: usize = 0;
/// The receiver's filter on the source side.
pub const SOURCE_IN: usize = 1;
/// The sender's filter on the target side.
pub const TARGET_OUT: usize = 2;
/// The receiver's filter on the target side.
pub const TARGET_IN: usize = 3;

/// A region by places.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub source: SetId,
    pub destination: SetId,
    pub traffic: TrafficId,
}

/// An entry by places.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub stage: u8,
    pub verdict: Verdict,
    pub possible: Place,
    pub sure: SureAt,
    pub reason: usize,
    pub told: Told,
}

/// The ways in which findings declare that the target treats the flows of an entry otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// It admits more.
    pub broader: bool,
    /// It admits less.
    pub narrower: bool,
}

/// Which of the flows that a step could match it matches for certain.
#[derive(Clone, Copy, Debug)]
pub enum SureAt {
    All,
    Never,
    Some(Place),
}

/// A cell that a narrow step touches: source, destination, filter, step.
pub type TouchedCell = (u32, u32, u8, u32);

/// Steps of one filter that can matter for a row, a column or a cell, ascending.
pub type Steps = Vec<u32>;

/// How a step lies in the square of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Over few cells.
    Narrow,
    /// Along rows: few classes send.
    Row,
    /// Along columns: few classes receive.
    Column,
}

/// Everything needed to judge any flow on both sides.
#[derive(Debug)]
pub struct Engine {
    pub classes: Classes,
    pub atoms: Atoms,
    pub(super) lists: [Vec<Step>; 4],
    /// For each set that strips ask for which classes are in it, as bits.
    inside: Vec<Bits>,
    /// For each row (class as a source) the strips it meets as the narrower side, for each filter.
    rows: Vec<[Steps; 4]>,
    /// For each column (class as a destination) likewise.
    columns: Vec<[Steps; 4]>,
    /// The cells that narrow steps touch, ascending.
    pub cells: Vec<TouchedCell>,
    pub row_keys: Vec<Key>,
    pub column_keys: Vec<Key>,
}

/// What one side may do with each kind of traffic of a cell.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// Kinds that are let through, or could be.
    pub allow: Bits,
    /// Kinds that are discarded, or could be.
    pub deny: Bits,
}

/// Room for judging, used again and again.
#[derive(Debug)]
pub struct Desk {
    rest: Bits,
    passed: Bits,
    pub(super) filters: [Judged; 4],
    merged: Vec<u32>,
    /// Entries of the target that nobody can settle, and the kinds that reach them in this cell.
    pub(super) unsettled: Vec<(usize, Bits)>,
    /// The reasons of such entries that were told already.
    pub(super) told: BTreeSet<usize>,
}

impl Engine {
    /// Prepares the comparison of two pairs of filters; `told` says what is declared of a reason.
    pub fn new(
        policy: &Policy<Linked>,
        source: &Filters,
        target: &Filters,
        narrow: usize,
        told: impl Fn(&Reason) -> Told,
    ) -> Self {
        let (mut sets, mut traffics) = (Sets::default(), Traffics::default());
        let lists = [
            (source, &source.out),
            (source, &source.inward),
            (target, &target.out),
            (target, &target.inward),
        ]
        .map(|(side, list)| {
            let told = |reason| side.reasons.get(reason).map(&told).unwrap_or_default();
            steps(list, &mut sets, &mut traffics, told)
        });
        let classes = Classes::of(&policy.inventory, &sets);
        let atoms = Atoms::of(&traffics);
        let mut engine = Self {
            rows: vec![<[Steps; 4]>::default(); classes.len()],
            columns: vec![<[Steps; 4]>::default(); classes.len()],
            inside: vec![Bits::default(); classes.set_count()],
            classes,
            atoms,
            lists,
            cells: Vec::new(),
            row_keys: Vec::new(),
            column_keys: Vec::new(),
        };
        engine.spread(narrow);
        engine
    }

    /// Puts every step where it is found: cells, rows or columns; then groups rows and columns.
    fn spread(&mut self, narrow: usize) {
        let mut lies: [Vec<Lie>; 4] = Default::default();
        for ((filter, list), lies) in (0_u8..).zip(&self.lists).zip(&mut lies) {
            for (at, step) in (0_u32..).zip(list) {
                let sources = self.classes.of_set(step.possible.source);
                let destinations = self.classes.of_set(step.possible.destination);
                let mut asked = Vec::new();
                if let SureAt::Some(sure) = step.sure {
                    asked.extend([sure.source, sure.destination]);
                }
                let lie = if sources.len().saturating_mul(destinations.len()) <= narrow {
                    for source in sources {
                        let cell = |destination: &u32| (*source, *destination, filter, at);
                        self.cells.extend(destinations.iter().map(cell));
                    }
                    Lie::Narrow
                } else if sources.len() <= destinations.len() {
                    asked.push(step.possible.destination);
                    note(&mut self.rows, sources, filter, at);
                    Lie::Row
                } else {
                    asked.push(step.possible.source);
                    note(&mut self.columns, destinations, filter, at);
                    Lie::Column
                };
                lies.push(lie);
                for set in asked {
                    self.classes.mark(set, &mut self.inside);
                }
            }
        }
        let keys = Keys::new(&self.classes, &self.atoms, &self.lists, &lies);
        let (rows, columns) = (&self.rows, &self.columns);
        let (of_rows, of_columns) = rayon::join(|| keys.rows(rows), || keys.columns(columns));
        (self.row_keys, self.column_keys) = (of_rows, of_columns);
        self.cells.par_sort_unstable();
    }

    /// Room for judging.
    pub fn desk(&self) -> Desk {
        let empty = Bits::empty(self.atoms.len());
        let judged = Judged {
            allow: empty.clone(),
            deny: empty.clone(),
        };
        Desk {
            rest: empty.clone(),
            passed: empty,
            filters: [judged.clone(), judged.clone(), judged.clone(), judged],
            merged: Vec::new(),
            unsettled: Vec::new(),
            told: BTreeSet::new(),
        }
    }

    fn has(&self, set: SetId, class: u32) -> bool {
        self.inside
            .get(set as usize)
            .is_some_and(|bits| bits.contains(class))
    }

    /// The narrow steps of a cell.
    pub(super) fn narrow(&self, source: u32, destination: u32) -> &[TouchedCell] {
        let start = self
            .cells
            .partition_point(|cell| (cell.0, cell.1) < (source, destination));
        let end = self
            .cells
            .partition_point(|cell| (cell.0, cell.1) <= (source, destination));
        self.cells.get(start..end).unwrap_or_default()
    }

    /// The steps of a filter that meet a cell, ascending.
    pub(super) fn merge(
        &self,
        filter: usize,
        source: u32,
        destination: u32,
        narrow: &[TouchedCell],
        merged: &mut Vec<u32>,
    ) {
        fn line(lines: &[[Steps; 4]], class: u32, filter: usize) -> &[u32] {
            lines
                .get(class as usize)
                .and_then(|line| line.get(filter))
                .map_or(&[], Vec::as_slice)
        }
        let Some(list) = self.lists.get(filter) else {
            return;
        };
        let mut row = line(&self.rows, source, filter)
            .iter()
            .copied()
            .filter(|at| {
                list.get(*at as usize)
                    .is_some_and(|step| self.has(step.possible.destination, destination))
            })
            .peekable();
        let mut column = line(&self.columns, destination, filter)
            .iter()
            .copied()
            .filter(|at| {
                list.get(*at as usize)
                    .is_some_and(|step| self.has(step.possible.source, source))
            })
            .peekable();
        let mut cell = narrow
            .iter()
            .filter(|(_, _, of, _)| usize::from(*of) == filter)
            .map(|(_, _, _, at)| *at)
            .peekable();
        merged.clear();
        while let Some(next) = [row.peek(), column.peek(), cell.peek()]
            .into_iter()
            .flatten()
            .min()
            .copied()
        {
            row.next_if_eq(&next);
            column.next_if_eq(&next);
            cell.next_if_eq(&next);
            merged.push(next);
        }
    }

    pub(super) fn sure<'engine>(
        &'engine self,
        step: &'engine Step,
        source: u32,
        destination: u32,
    ) -> Option<&'engine Sparse> {
        match step.sure {
            SureAt::All => Some(self.atoms.of_traffic(step.possible.traffic)),
            SureAt::Never => None,
            SureAt::Some(place) => (self.has(place.source, source)
                && self.has(place.destination, destination))
            .then(|| self.atoms.of_traffic(place.traffic)),
        }
    }

    /// Judges all traffic of `speakable` between two classes at every filter.
    pub(super) fn judge(
        &self,
        source: u32,
        destination: u32,
        narrow: &[TouchedCell],
        speakable: &Bits,
        desk: &mut Desk,
    ) {
        let mut merged = std::mem::take(&mut desk.merged);
        desk.unsettled.clear();
        for (filter, (judged, list)) in desk.filters.iter_mut().zip(&self.lists).enumerate() {
            self.merge(filter, source, destination, narrow, &mut merged);
            judged.allow.clear();
            judged.deny.clear();
            desk.rest.copy(speakable);
            desk.passed.clear();
            let mut stage = 0;
            for step in merged.iter().filter_map(|at| list.get(*at as usize)) {
                if step.stage != stage {
                    stage = step.stage;
                    desk.rest.add(&desk.passed);
                    desk.passed.clear();
                }
                let possible = self.atoms.of_traffic(step.possible.traffic);
                match step.verdict {
                    Verdict::Allow => judged.allow.add_masked(&desk.rest, possible),
                    Verdict::Deny => judged.deny.add_masked(&desk.rest, possible),
                    Verdict::Pass => desk.passed.add_masked(&desk.rest, possible),
                    Verdict::Unknown => {
                        judged.allow.add_masked(&desk.rest, possible);
                        judged.deny.add_masked(&desk.rest, possible);
                    }
                    Verdict::Unsettled => {
                        if !desk.told.contains(&step.reason) {
                            let reached = desk.rest.masked(possible);
                            desk.unsettled.push((step.reason, reached));
                        }
                    }
                }
                if let (Verdict::Allow | Verdict::Deny | Verdict::Pass, Some(sure)) =
                    (step.verdict, self.sure(step, source, destination))
                {
                    desk.rest.take_masked(sure);
                    if matches!(sure, Sparse::All) && desk.passed.is_empty() {
                        break;
                    }
                }
            }
            desk.rest.add(&desk.passed);
            judged.allow.add(&desk.rest);
            judged.deny.add(&desk.rest);
        }
        desk.merged = merged;
    }

    /// How many kinds of traffic the source side lets through, or could, between two classes of which
    /// narrow steps touch the cell so.
    pub fn admitted(
        &self,
        source: u32,
        destination: u32,
        narrow: &[TouchedCell],
        desk: &mut Desk,
    ) -> u32 {
        let versions = self
            .classes
            .versions(source)
            .and(self.classes.versions(destination));
        let speakable = self.atoms.speakable(versions);
        self.judge(source, destination, narrow, speakable, desk);
        let [out, inward, ..] = &desk.filters;
        out.allow.shared(&inward.allow)
    }

    /// Between the same, how many kinds the source lets through and the target stops, and how many the
    /// other way round.
    pub fn differing(
        &self,
        source: u32,
        destination: u32,
        narrow: &[TouchedCell],
        desk: &mut Desk,
    ) -> [usize; 2] {
        let versions = self
            .classes
            .versions(source)
            .and(self.classes.versions(destination));
        let speakable = self.atoms.speakable(versions);
        self.judge(source, destination, narrow, speakable, desk);
        let [out, inward, other_out, other_inward] = &desk.filters;
        let more = |[a, b]: [&Judged; 2], [c, d]: [&Judged; 2]| {
            let kinds = Bits::passed_and_stopped([&a.allow, &b.allow], [&c.deny, &d.deny]);
            kinds.iter().count()
        };
        let (first, second) = ([out, inward], [other_out, other_inward]);
        [more(first, second), more(second, first)]
    }
}

/// Notes a strip at every line that it runs along.
fn note(lines: &mut [[Steps; 4]], of: &[u32], filter: u8, at: u32) {
    for class in of {
        let line = lines.get_mut(*class as usize);
        if let Some(list) = line.and_then(|line| line.get_mut(usize::from(filter))) {
            list.push(at);
        }
    }
}

fn steps(
    list: &[Entry],
    sets: &mut Sets,
    traffics: &mut Traffics,
    told: impl Fn(usize) -> Told,
) -> Vec<Step> {
    let mut place = |region: &Region| Place {
        source: sets.intern(&region.source),
        destination: sets.intern(&region.destination),
        traffic: traffics.intern(&region.traffic),
    };
    list.iter()
        .map(|entry| Step {
            stage: entry.stage,
            verdict: entry.verdict,
            possible: place(&entry.possible),
            sure: match &entry.sure {
                Sure::All => SureAt::All,
                Sure::Never => SureAt::Never,
                Sure::Some(region) => SureAt::Some(place(region)),
            },
            reason: entry.reason,
            told: told(entry.reason),
        })
        .collect()
}
