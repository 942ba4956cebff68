//! One cell: the packets that reach a step there, and who gets them otherwise.

use super::{Deed, Line, Reach, Step, SureAt};
use crate::verify::bits::{Bits, Sparse};

/// Room for judging, used again and again, and how much judging is still paid for.
#[derive(Debug)]
pub struct Desk {
    /// The kinds of traffic that are still on their way.
    pub rest: Bits,
    passed: Bits,
    hit: Bits,
    /// The steps that meet the cell, ascending.
    pub met: Vec<u32>,
    /// Steps looked at so far.
    pub spent: u64,
}

impl Desk {
    pub fn new(kinds: usize) -> Self {
        Self {
            rest: Bits::empty(kinds),
            passed: Bits::empty(kinds),
            hit: Bits::empty(kinds),
            met: Vec::new(),
            spent: 0,
        }
    }
}

/// A cell: the class of the sender, the class of the receiver.
pub type Cell = (u32, u32);

impl Reach {
    /// Whether a flow can run in the cell and has the filter.
    pub fn is_cell(&self, line: &Line, (source, destination): Cell) -> bool {
        let own = if line.out { source } else { destination };
        let versions = self.classes.versions(source);
        !line.open.contains(own)
            && !versions.and(self.classes.versions(destination)).none()
            && self.classes.pair(source, destination).is_some()
    }

    /// Finds the steps that meet the cell.
    pub fn meet(&self, line: &Line, (source, destination): Cell, desk: &mut Desk) {
        desk.met.clear();
        let row = line.rows.get(source as usize);
        let column = line.columns.get(destination as usize);
        let step = |at: &u32| line.steps.get(*at as usize);
        let to = |at: &&u32| {
            step(at).is_some_and(|step| self.has(step.possible.destination, destination))
        };
        let from = |at: &&u32| step(at).is_some_and(|step| self.has(step.possible.source, source));
        let row = row.into_iter().flatten().filter(to);
        let column = column.into_iter().flatten().filter(from);
        let wide = line.wide.iter().filter(to).filter(from);
        desk.met.extend(row.chain(column).chain(wide).copied());
        desk.met.sort_unstable();
        desk.spent += desk.met.len() as u64 + 8;
    }

    fn sure<'reach>(
        &'reach self,
        step: &Step,
        (source, destination): Cell,
    ) -> Option<&'reach Sparse> {
        match step.sure {
            SureAt::All => Some(self.atoms.of_traffic(step.possible.traffic)),
            SureAt::Never => None,
            SureAt::Some(place) => (self.has(place.source, source)
                && self.has(place.destination, destination))
            .then(|| self.atoms.of_traffic(place.traffic)),
        }
    }

    fn speakable(&self, (source, destination): Cell) -> &Bits {
        let versions = self.classes.versions(source);
        let versions = versions.and(self.classes.versions(destination));
        let [v4, v6, both] = &self.speakable;
        match (versions.v4, versions.v6) {
            (true, true) => both,
            (true, false) => v4,
            (false, _) => v6,
        }
    }

    /// Whether the two ends of a cell can speak any of the traffic of a step.
    pub fn can_run(&self, line: &Line, cell: Cell, of: u32, desk: &mut Desk) -> bool {
        desk.hit.copy(self.speakable(cell));
        if let Some(step) = line.steps.get(of as usize) {
            desk.hit
                .keep_masked(self.atoms.of_traffic(step.possible.traffic));
        }
        !desk.hit.is_empty()
    }

    /// Leaves in `rest` the kinds of traffic that the step at `of` could decide in a cell whose steps
    /// have been met, and says whether there are any. Tells `taken` each step that takes some away.
    pub fn arrives(
        &self,
        line: &Line,
        cell: Cell,
        of: u32,
        desk: &mut Desk,
        mut taken: impl FnMut(u32),
    ) -> bool {
        let Some(own) = line.steps.get(of as usize) else {
            return false;
        };
        desk.rest.copy(self.speakable(cell));
        desk.rest
            .keep_masked(self.atoms.of_traffic(own.possible.traffic));
        desk.passed.clear();
        let mut stage = 0;
        for at in desk.met.iter().take_while(|at| **at < of) {
            let Some(step) = line.steps.get(*at as usize) else {
                continue;
            };
            if step.stage != stage {
                stage = step.stage;
                desk.rest.add(&desk.passed);
                desk.passed.clear();
            }
            let sure = match step.deed {
                Deed::Unknown => None,
                Deed::Allow | Deed::Drop | Deed::Reject | Deed::Pass => self.sure(step, cell),
            };
            let Some(sure) = sure else { continue };
            desk.hit.copy(&desk.rest);
            desk.hit.keep_masked(sure);
            if desk.hit.is_empty() {
                continue;
            }
            taken(*at);
            if step.deed == Deed::Pass {
                desk.passed.add(&desk.hit);
            }
            desk.rest.take(&desk.hit);
            if desk.rest.is_empty() && desk.passed.is_empty() {
                return false;
            }
        }
        if own.stage != stage {
            desk.rest.add(&desk.passed);
        }
        !desk.rest.is_empty()
    }

    /// Whether what is in `rest`, decided by the step at `of`, would be treated the same without it,
    /// and without any of those that `gone` names. Tells `heir` each step that would decide.
    pub fn follows(
        &self,
        line: &Line,
        cell: Cell,
        of: u32,
        desk: &mut Desk,
        gone: impl Fn(&Step) -> bool,
        mut heir: impl FnMut(u32),
    ) -> bool {
        let Some(own) = line.steps.get(of as usize) else {
            return false;
        };
        desk.passed.clear();
        let mut stage = own.stage;
        for at in desk.met.iter().filter(|at| **at > of) {
            let Some(step) = line.steps.get(*at as usize) else {
                continue;
            };
            if step.stage != stage {
                stage = step.stage;
                desk.rest.add(&desk.passed);
                desk.passed.clear();
            }
            desk.hit.copy(&desk.rest);
            desk.hit
                .keep_masked(self.atoms.of_traffic(step.possible.traffic));
            if desk.hit.is_empty() {
                continue;
            }
            let sure = self.sure(step, cell).filter(|_| !gone(step));
            match (step.deed, sure) {
                (Deed::Pass, Some(sure)) => {
                    desk.hit.keep_masked(sure);
                    desk.passed.add(&desk.hit);
                    // What it could take and does not take for certain would go both ways.
                    let whole = matches!(step.sure, SureAt::All);
                    if !whole {
                        return false;
                    }
                }
                (deed, sure) if deed == own.deed => {
                    let Some(sure) = sure else { continue };
                    desk.hit.keep_masked(sure);
                    heir(*at);
                }
                (Deed::Allow | Deed::Drop | Deed::Reject | Deed::Pass | Deed::Unknown, _) => {
                    return false;
                }
            }
            desk.rest.take(&desk.hit);
            if desk.rest.is_empty() && desk.passed.is_empty() {
                return true;
            }
        }
        false
    }

    /// Whether one step covers the whole of another, wherever it is.
    pub fn covers(&self, line: &Line, outer: u32, inner: u32, desk: &mut Desk) -> bool {
        let (Some(over), Some(under)) = (
            line.steps.get(outer as usize),
            line.steps.get(inner as usize),
        ) else {
            return false;
        };
        if !matches!(over.sure, SureAt::All) || over.deed == Deed::Unknown {
            return false;
        }
        desk.hit.copy(&self.speakable[2]);
        desk.hit
            .keep_masked(self.atoms.of_traffic(under.possible.traffic));
        desk.hit
            .take_masked(self.atoms.of_traffic(over.possible.traffic));
        desk.hit.is_empty()
            && self.within(under.possible.source, over.possible.source)
            && self.within(under.possible.destination, over.possible.destination)
    }

    /// Whether some packet could meet both steps.
    pub fn overlaps(&self, one: &Step, other: &Step, desk: &mut Desk) -> bool {
        desk.hit.copy(&self.speakable[2]);
        desk.hit
            .keep_masked(self.atoms.of_traffic(one.possible.traffic));
        desk.hit
            .keep_masked(self.atoms.of_traffic(other.possible.traffic));
        let meet = |left, right| {
            let (left, right) = (self.classes.of_set(left), self.classes.of_set(right));
            let (few, many) = if left.len() <= right.len() {
                (left, right)
            } else {
                (right, left)
            };
            few.iter().any(|class| many.binary_search(class).is_ok())
        };
        !desk.hit.is_empty()
            && meet(one.possible.source, other.possible.source)
            && meet(one.possible.destination, other.possible.destination)
    }
}
