//! Where the two sides differ, and why.

use super::bits::Bits;
use super::engine::{
    Desk, Engine, SOURCE_IN, SOURCE_OUT, Step, TARGET_IN, TARGET_OUT, TouchedCell,
};
use super::keys::Key;
use crate::semantics::filter::{Tracer, Trail, Verdict};
use rayon::prelude::*;

/// Cells that are looked at in one part.
const CELLS: usize = 4096;
/// Rows of keys that are looked at in one part.
const ROWS: usize = 16;

/// One cell of which the two sides judge some traffic differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The class of the sender.
    pub source: u32,
    /// The class of the receiver.
    pub destination: u32,
    /// The kinds the target may let through and the source may discard.
    pub broader: Bits,
    /// The kinds the source may let through and the target may discard.
    pub narrower: Bits,
}

/// What is declared of the entries that decide about a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Blame {
    /// Something, whichever of them it is.
    Declared,
    /// Nothing.
    Undeclared,
    /// Something about some of them.
    Mixed,
}

/// What a comparison comes upon.
#[derive(Clone, Debug)]
pub enum Found {
    /// A cell that the two sides judge differently.
    Difference(Difference),
    /// A flow that both sides let through, and that an entry of the target discards in a reading that
    /// no document rules out. One for each such entry.
    Unsettled {
        /// Why the entry is there.
        reason: usize,
        /// The flow.
        sample: Sample,
    },
}

/// Flows of one kind from the endpoints of one class to those of another.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The class of the sender.
    pub source: u32,
    /// The class of the receiver.
    pub destination: u32,
    /// The kind of traffic.
    pub atom: u32,
}

impl Engine {
    /// What the two sides do otherwise, at least one cell of each kind: for cells that narrow steps
    /// touch each one, for all others one for each pair of keys. What is found is added up in parts,
    /// of which the number and the order do not depend on the machine.
    pub fn differences<Part: Default + Send>(
        &self,
        add: impl Fn(&mut Part, Found) + Sync,
    ) -> Vec<Part> {
        let cells: Vec<&[TouchedCell]> = self
            .cells
            .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
            .collect();
        let of_cells = cells.par_chunks(CELLS).map(|cells| {
            let (mut part, mut desk) = (Part::default(), self.desk());
            for group in cells {
                self.look_at_cell(group, &mut desk, &mut |found| add(&mut part, found));
            }
            part
        });
        let of_keys = self.row_keys.par_chunks(ROWS).map(|rows| {
            let (mut part, mut desk) = (Part::default(), self.desk());
            for row in rows {
                self.look_at_row(row, &mut desk, &mut |found| add(&mut part, found));
            }
            part
        });
        of_cells.chain(of_keys).collect()
    }

    fn look_at_cell(&self, group: &[TouchedCell], desk: &mut Desk, found: &mut impl FnMut(Found)) {
        let Some((source, destination, _, _)) = group.first().copied() else {
            return;
        };
        if self.classes.pair(source, destination).is_some() {
            if let Some(difference) = self.differ(source, destination, group, desk) {
                found(Found::Difference(difference));
            }
            tell(desk, || Some((source, destination)), found);
        }
    }

    fn look_at_row(&self, row: &Key, desk: &mut Desk, found: &mut impl FnMut(Found)) {
        for column in &self.column_keys {
            let difference = self.differ(row.any(), column.any(), &[], desk);
            // An entry inside a group meets all lines of a key or none.
            let plain = || self.plain(row.classes(), || column.classes());
            tell(desk, plain, found);
            if let Some(difference) = difference {
                self.expand(&difference, row, column, found);
            }
        }
    }

    /// A difference of keys by its lines: alike, but perhaps not for the same reasons. Where all lines
    /// differ by declared rules, or all by undeclared ones, each line is looked at once; else each pair.
    fn expand(
        &self,
        difference: &Difference,
        row: &Key,
        column: &Key,
        found: &mut impl FnMut(Found),
    ) {
        let mut at = |row: &[u32], column: &[u32]| {
            let classes = || column.iter().copied();
            if let Some((source, destination)) = self.plain(row.iter().copied(), classes) {
                found(Found::Difference(Difference {
                    source,
                    destination,
                    ..difference.clone()
                }));
            }
        };
        let Some(sample) = self.plain(row.classes(), || column.classes()) else {
            return;
        };
        let (rows, columns) = (row.lines(), column.lines());
        if !self.is_one_blame(sample, difference) {
            for row in rows {
                columns.iter().for_each(|column| at(row, column));
            }
            return;
        }
        if let ([first_row, ..], [first_column, other_columns @ ..]) = (rows, columns) {
            rows.iter().for_each(|row| at(row, first_column));
            let columns = other_columns.iter();
            columns.for_each(|column| at(first_row, column));
        }
    }

    /// Whether a difference of two keys, of which this is a cell, is declared for every pair of their
    /// lines or for none.
    fn is_one_blame(&self, (source, destination): (u32, u32), difference: &Difference) -> bool {
        [(true, &difference.broader), (false, &difference.narrower)]
            .into_iter()
            .all(|(broader, kinds)| {
                let mut rest = kinds.clone();
                while let Some(atom) = rest.least() {
                    let (_, alike) = self.alike(source, destination, atom, &rest);
                    rest.take(&alike);
                    let filters = [SOURCE_OUT, SOURCE_IN, TARGET_OUT, TARGET_IN];
                    let blames = filters
                        .map(|filter| self.blame(filter, source, destination, atom, broader));
                    if !blames.contains(&Blame::Declared) && blames.contains(&Blame::Mixed) {
                        return false;
                    }
                }
                true
            })
    }

    /// What is declared of the entries that could decide a kind of traffic at a filter, in whatever
    /// order those of one run stand: lines of one key hold the same runs.
    fn blame(
        &self,
        filter: usize,
        source: u32,
        destination: u32,
        atom: u32,
        broader: bool,
    ) -> Blame {
        let mut merged = Vec::new();
        self.merge(filter, source, destination, &[], &mut merged);
        let list = self.lists.get(filter).map_or(&[][..], Vec::as_slice);
        let matching: Vec<&Step> = merged
            .iter()
            .filter_map(|at| list.get(*at as usize))
            .filter(|step| step.verdict != Verdict::Unsettled)
            .filter(|step| self.atoms.of_traffic(step.possible.traffic).contains(atom))
            .collect();
        let mut mixed = false;
        let mut decided = None;
        for run in matching.chunk_by(|a, b| (a.stage, a.verdict) == (b.stage, b.verdict)) {
            let Some(first) = run.first().filter(|step| decided != Some(step.stage)) else {
                continue;
            };
            let told = |step: &&&Step| match broader {
                true => step.told.broader,
                false => step.told.narrower,
            };
            let count = run.iter().filter(told).count();
            let certain = first.verdict != Verdict::Unknown
                && run.iter().any(|step| {
                    let sure = self.sure(step, source, destination);
                    sure.is_some_and(|sure| sure.contains(atom))
                });
            // Whatever stands before the run that decides is met in any case.
            if count == run.len() || count > 0 && !certain {
                return Blame::Declared;
            }
            mixed |= count > 0;
            if certain && first.verdict != Verdict::Pass {
                break;
            }
            decided = certain.then_some(first.stage);
        }
        if mixed {
            Blame::Mixed
        } else {
            Blame::Undeclared
        }
    }

    /// A cell of these rows and columns that no narrow step touches and a flow can run in.
    fn plain<Columns: Iterator<Item = u32>>(
        &self,
        mut rows: impl Iterator<Item = u32>,
        columns: impl Fn() -> Columns,
    ) -> Option<(u32, u32)> {
        rows.find_map(|source| {
            let plain = |destination: &u32| {
                self.narrow(source, *destination).is_empty()
                    && self.classes.pair(source, *destination).is_some()
            };
            columns()
                .find(plain)
                .map(|destination| (source, destination))
        })
    }

    /// Judges a cell, or a pair of keys, on both sides; leaves on the desk which entries that nobody
    /// can settle meet flows that both sides let through.
    fn differ(
        &self,
        source: u32,
        destination: u32,
        narrow: &[TouchedCell],
        desk: &mut Desk,
    ) -> Option<Difference> {
        let versions = self
            .classes
            .versions(source)
            .and(self.classes.versions(destination));
        if versions.none() {
            return None;
        }
        let speakable = self.atoms.speakable(versions);
        self.judge(source, destination, narrow, speakable, desk);
        for (_, kinds) in &mut desk.unsettled {
            for filter in &desk.filters {
                kinds.keep(&filter.allow);
            }
        }
        let [source_out, source_in, target_out, target_in] = &desk.filters;
        let broader = Bits::passed_and_stopped(
            [&target_out.allow, &target_in.allow],
            [&source_out.deny, &source_in.deny],
        );
        let narrower = Bits::passed_and_stopped(
            [&source_out.allow, &source_in.allow],
            [&target_out.deny, &target_in.deny],
        );
        (!broader.is_empty() || !narrower.is_empty()).then_some(Difference {
            source,
            destination,
            broader,
            narrower,
        })
    }

    /// The reasons of all four filters for one kind of traffic in a cell, and which of `among` have
    /// the same.
    pub fn alike(
        &self,
        source: u32,
        destination: u32,
        atom: u32,
        among: &Bits,
    ) -> ([Vec<usize>; 4], Bits) {
        let mut alike = among.clone();
        let mut merged = Vec::new();
        let narrow = self.narrow(source, destination);
        let trails = [SOURCE_OUT, SOURCE_IN, TARGET_OUT, TARGET_IN].map(|filter| {
            self.merge(filter, source, destination, narrow, &mut merged);
            let list = self.lists.get(filter).map_or(&[][..], Vec::as_slice);
            let mut reasons = Vec::new();
            let (mut here, mut passed, mut stage) = (true, false, 0);
            for step in merged.iter().filter_map(|at| list.get(*at as usize)) {
                if step.stage != stage {
                    stage = step.stage;
                    here |= passed;
                    passed = false;
                }
                if !here {
                    if passed {
                        continue;
                    }
                    break;
                }
                if step.verdict == Verdict::Unsettled {
                    continue;
                }
                let possible = self.atoms.of_traffic(step.possible.traffic);
                if !possible.contains(atom) {
                    alike.take_masked(possible);
                    continue;
                }
                alike.keep_masked(possible);
                reasons.push(step.reason);
                passed |= step.verdict == Verdict::Pass;
                if step.verdict == Verdict::Unknown {
                    continue;
                }
                if let Some(sure) = self.sure(step, source, destination) {
                    if sure.contains(atom) {
                        alike.keep_masked(sure);
                        here = false;
                    } else {
                        alike.take_masked(sure);
                    }
                }
            }
            reasons
        });
        (trails, alike)
    }

    /// The reasons for what a filter does with one kind of traffic in a cell: every entry that could
    /// match it, up to and with the one that matches for certain. Also whether there is such a one.
    pub fn trail(&self, filter: usize, source: u32, destination: u32, atom: u32) -> Trail {
        let mut merged = Vec::new();
        let narrow = self.narrow(source, destination);
        self.merge(filter, source, destination, narrow, &mut merged);
        let mut tracer = Tracer::default();
        let list = self.lists.get(filter).map_or(&[][..], Vec::as_slice);
        for step in merged.iter().filter_map(|at| list.get(*at as usize)) {
            if !self.atoms.of_traffic(step.possible.traffic).contains(atom) {
                continue;
            }
            let certain = self
                .sure(step, source, destination)
                .is_some_and(|sure| sure.contains(atom));
            if !tracer.step(step.stage, step.verdict, certain, step.reason) {
                break;
            }
        }
        tracer.finish()
    }
}

/// Tells the entries that nobody can settle and that the last judged cell came upon, each once.
fn tell(desk: &mut Desk, place: impl Fn() -> Option<(u32, u32)>, found: &mut impl FnMut(Found)) {
    for (reason, kinds) in std::mem::take(&mut desk.unsettled) {
        let Some(atom) = kinds.least().filter(|_| !desk.told.contains(&reason)) else {
            continue;
        };
        if let Some((source, destination)) = place() {
            desk.told.insert(reason);
            let sample = Sample {
                source,
                destination,
                atom,
            };
            found(Found::Unsettled { reason, sample });
        }
    }
}
