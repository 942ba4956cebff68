//! Two pairs of filters compared, class by class, exactly.
//!
//! The estate is cut into classes of endpoints and traffic into kinds that no rule tells apart
//! ([`super::classes`], [`super::atoms`]). Rules between few endpoints decide single *cells* of the
//! square of classes; rules with a wide side are *strips* that run over many. Rows that meet the
//! same strips share a key, and so do columns. So each pair of keys is judged once by its strips, and
//! each cell that a narrow rule touches is judged for itself; every other cell is as its keys say.

use super::atoms::{Atoms, TrafficId, Traffics};
use super::bits::{Bits, Sparse};
use super::classes::{Classes, Partition, SetId, Sets};
use crate::ir::{Linked, Policy};
use crate::semantics::filter::{Entry, Filters, Region, Sure, Tracer, Trail, Verdict};

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
struct Place {
    source: SetId,
    destination: SetId,
    traffic: TrafficId,
}

/// An entry by places.
#[derive(Clone, Copy, Debug)]
struct Step {
    stage: u8,
    verdict: Verdict,
    possible: Place,
    sure: SureAt,
    reason: usize,
}

#[derive(Clone, Copy, Debug)]
enum SureAt {
    All,
    Never,
    Some(Place),
}

/// Steps of one filter that can matter for a row, a column or a cell, ascending.
type Steps = Vec<u32>;

/// Everything needed to judge any flow on both sides.
#[derive(Debug)]
pub struct Engine {
    pub classes: Classes,
    pub atoms: Atoms,
    lists: [Vec<Step>; 4],
    /// For each set which classes are in it, as bits.
    inside: Vec<Bits>,
    /// For each row (class as a source) the strips it meets as the narrower side, for each filter.
    rows: Vec<[Steps; 4]>,
    /// For each column (class as a destination) likewise.
    columns: Vec<[Steps; 4]>,
    /// The cells that narrow steps touch: (source, destination, filter, step), ascending.
    cells: Vec<(u32, u32, u8, u32)>,
    row_keys: Vec<Vec<u32>>,
    column_keys: Vec<Vec<u32>>,
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
struct Desk {
    rest: Bits,
    passed: Bits,
    filters: [Judged; 4],
    merged: Vec<u32>,
}

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

impl Engine {
    /// Prepares the comparison of two pairs of filters.
    pub fn new(policy: &Policy<Linked>, source: &Filters, target: &Filters, narrow: usize) -> Self {
        let (mut sets, mut traffics) = (Sets::default(), Traffics::default());
        let lists = [&source.out, &source.inward, &target.out, &target.inward]
            .map(|list| steps(list, &mut sets, &mut traffics));
        let classes = Classes::of(&policy.inventory, &sets);
        let atoms = Atoms::of(&traffics);
        let inside = (0_u32..)
            .take(classes.set_count())
            .map(|set| {
                let mut bits = Bits::empty(classes.len());
                classes
                    .of_set(set)
                    .iter()
                    .for_each(|class| bits.insert(*class));
                bits
            })
            .collect();
        let mut engine = Self {
            rows: vec![<[Steps; 4]>::default(); classes.len()],
            columns: vec![<[Steps; 4]>::default(); classes.len()],
            classes,
            atoms,
            lists,
            inside,
            cells: Vec::new(),
            row_keys: Vec::new(),
            column_keys: Vec::new(),
        };
        engine.spread(narrow);
        engine
    }

    /// Puts every step where it is found: cells, rows or columns; then groups rows and columns.
    fn spread(&mut self, narrow: usize) {
        let mut row_parts = Partition::new(self.classes.len());
        let mut column_parts = Partition::new(self.classes.len());
        for (filter, list) in (0_u8..).zip(&self.lists) {
            for (at, step) in (0_u32..).zip(list) {
                let sources = self.classes.of_set(step.possible.source);
                let destinations = self.classes.of_set(step.possible.destination);
                if sources.len().saturating_mul(destinations.len()) <= narrow {
                    for source in sources {
                        let cell = |destination: &u32| (*source, *destination, filter, at);
                        self.cells.extend(destinations.iter().map(cell));
                    }
                    continue;
                }
                let by_row = sources.len() <= destinations.len();
                let (side, lines) = if by_row {
                    (sources, &mut self.rows)
                } else {
                    (destinations, &mut self.columns)
                };
                for class in side {
                    if let Some(list) = lines
                        .get_mut(*class as usize)
                        .and_then(|line| line.get_mut(usize::from(filter)))
                    {
                        list.push(at);
                    }
                }
                row_parts.refine(sources);
                column_parts.refine(destinations);
                if let SureAt::Some(sure) = step.sure {
                    row_parts.refine(self.classes.of_set(sure.source));
                    column_parts.refine(self.classes.of_set(sure.destination));
                }
            }
        }
        for wanted in [true, false] {
            let speaking: Vec<u32> = (0_u32..)
                .take(self.classes.len())
                .filter(|class| {
                    let versions = self.classes.versions(*class);
                    if wanted { versions.v4 } else { versions.v6 }
                })
                .collect();
            row_parts.refine(&speaking);
            column_parts.refine(&speaking);
        }
        self.row_keys = row_parts.finish().1;
        self.column_keys = column_parts.finish().1;
        self.cells.sort_unstable();
    }

    fn desk(&self) -> Desk {
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
        }
    }

    fn has(&self, set: SetId, class: u32) -> bool {
        self.inside
            .get(set as usize)
            .is_some_and(|bits| bits.contains(class))
    }

    /// The narrow steps of a cell.
    fn narrow(&self, source: u32, destination: u32) -> &[(u32, u32, u8, u32)] {
        let start = self
            .cells
            .partition_point(|cell| (cell.0, cell.1) < (source, destination));
        let end = self
            .cells
            .partition_point(|cell| (cell.0, cell.1) <= (source, destination));
        self.cells.get(start..end).unwrap_or_default()
    }

    /// The steps of a filter that meet a cell, ascending.
    fn merge(
        &self,
        filter: usize,
        source: u32,
        destination: u32,
        narrow: &[(u32, u32, u8, u32)],
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

    fn sure<'engine>(
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
    fn judge(
        &self,
        source: u32,
        destination: u32,
        narrow: &[(u32, u32, u8, u32)],
        speakable: &Bits,
        desk: &mut Desk,
    ) {
        let mut merged = std::mem::take(&mut desk.merged);
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

    fn differ(
        &self,
        source: u32,
        destination: u32,
        narrow: &[(u32, u32, u8, u32)],
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
        self.judge(source, destination, narrow, &speakable, desk);
        let [source_out, source_in, target_out, target_in] = &desk.filters;
        let mut broader = target_out.allow.clone();
        broader.keep(&target_in.allow);
        let mut denied = source_out.deny.clone();
        denied.add(&source_in.deny);
        broader.keep(&denied);
        let mut narrower = source_out.allow.clone();
        narrower.keep(&source_in.allow);
        let mut denied = target_out.deny.clone();
        denied.add(&target_in.deny);
        narrower.keep(&denied);
        (!broader.is_empty() || !narrower.is_empty()).then_some(Difference {
            source,
            destination,
            broader,
            narrower,
        })
    }

    /// Every difference between the two sides, at least one cell of each kind: for cells that narrow
    /// steps touch each one, for all others one for each pair of keys.
    pub fn differences(&self, mut found: impl FnMut(Difference)) {
        let mut desk = self.desk();
        for group in self.cells.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            let Some((source, destination, _, _)) = group.first().copied() else {
                continue;
            };
            if self.classes.pair(source, destination).is_some()
                && let Some(difference) = self.differ(source, destination, group, &mut desk)
            {
                found(difference);
            }
        }
        for row in &self.row_keys {
            for column in &self.column_keys {
                let (Some(source), Some(destination)) = (row.first(), column.first()) else {
                    continue;
                };
                if let Some(difference) = self.differ(*source, *destination, &[], &mut desk)
                    && let Some((source, destination)) = self.plain(row, column)
                {
                    found(Difference {
                        source,
                        destination,
                        ..difference
                    });
                }
            }
        }
    }

    /// A cell of these rows and columns that no narrow step touches and a flow can run in.
    fn plain(&self, row: &[u32], column: &[u32]) -> Option<(u32, u32)> {
        row.iter().find_map(|source| {
            column
                .iter()
                .find(|destination| {
                    self.narrow(*source, **destination).is_empty()
                        && self.classes.pair(*source, **destination).is_some()
                })
                .map(|destination| (*source, *destination))
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

fn steps(list: &[Entry], sets: &mut Sets, traffics: &mut Traffics) -> Vec<Step> {
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
        })
        .collect()
}
