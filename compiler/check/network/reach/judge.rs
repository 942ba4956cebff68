//! Which rules decide nothing, and which would not be missed.

use super::cell::{Cell, Desk};
use super::{Deed, Line, Reach, Step};
use crate::check::network::rules::{RuleAt, Rules};
use crate::verify::classes::SetId;
use std::collections::BTreeSet;

/// What becomes of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It decides about some packet, or could.
    Decides,
    /// Packets match it, and rules before it take every one of them.
    Dead,
    /// No packet can match it.
    Idle,
    /// Not found out within the bound.
    Undecided,
}

/// What was found out about every rule.
#[derive(Debug, Default)]
pub struct Judged {
    /// What becomes of each rule; `None` for those that are not judged.
    pub life: Vec<Option<Life>>,
    /// Rules that would not be missed, even if all of them and all dead rules went together.
    pub redundant: BTreeSet<RuleAt>,
    /// Rules of which it was not found out whether they would be missed.
    pub undecided: BTreeSet<RuleAt>,
}

impl Judged {
    /// Whether that becomes of a rule.
    pub fn is(&self, rule: RuleAt, life: Life) -> bool {
        self.life.get(rule) == Some(&Some(life))
    }
}

/// How much may be looked at for one step: about a hundredth of a second.
const BOUND: u64 = 1_000_000;
/// How much may be looked at for each rule on average, beside a start.
const SHARE: u64 = 3_000;
const START: u64 = 8_000_000;
/// How many classes of each side are tried before anything else.
const SAMPLE: usize = 8;
/// How many cells are looked at to name the rules that take the packets.
const NAMED_BY: usize = 64;
/// Up to so many cells each one is looked at, without looking for a short cut.
const FEW: usize = 512;

/// Whether something would be missed.
enum Missed {
    No,
    Yes,
    Unknown,
}

struct Bench<'reach> {
    reach: &'reach Reach,
    desk: Desk,
    /// What may be spent in all.
    purse: u64,
}

impl Reach {
    /// Judges every rule.
    pub fn judge(&self, rules: &Rules<'_>) -> Judged {
        let share = SHARE.saturating_mul(rules.len() as u64);
        let mut bench = Bench {
            reach: self,
            desk: Desk::new(self.atoms.len()),
            purse: START.saturating_add(share),
        };
        let mut lives = vec![[None; 2]; rules.len()];
        let mut judged = Judged::default();
        for (at, seat) in rules.iter() {
            let life = seat.judged().then(|| bench.life(at, lives.get_mut(at)));
            judged.life.push(life);
        }
        let dead: BTreeSet<RuleAt> = (0..rules.len())
            .filter(|at| judged.is(*at, Life::Dead))
            .collect();
        let candidates: Vec<RuleAt> = rules
            .iter()
            .filter(|(at, seat)| judged.is(*at, Life::Decides) && !seat.is_last_resort())
            .map(|(at, _)| at)
            .collect();
        let mut gone = dead.clone();
        let first = bench.dispensable(&candidates, &lives, &gone, &mut judged.undecided);
        gone.extend(first.iter().copied());
        let again: Vec<RuleAt> = first.into_iter().collect();
        judged.redundant = bench.dispensable(&again, &lives, &gone, &mut judged.undecided);
        judged
    }

    /// The rules that take what a dead rule matches: the one that takes all of it, where there is one.
    pub fn takers(&self, rule: RuleAt) -> BTreeSet<RuleAt> {
        self.named(rule, |reach, line, cell, of, desk, found| {
            reach.arrives(line, cell, of, desk, |at| found.push(at));
        })
    }

    /// The rules that would decide instead of a redundant one.
    pub fn heirs(&self, rule: RuleAt, gone: &Judged) -> BTreeSet<RuleAt> {
        self.named(rule, |reach, line, cell, of, desk, found| {
            if reach.arrives(line, cell, of, desk, |_| ()) {
                let gone = |step: &Step| gone.has_gone(step);
                reach.follows(line, cell, of, desk, gone, |at| found.push(at));
            }
        })
    }

    fn named(
        &self,
        rule: RuleAt,
        mut ask: impl FnMut(&Self, &Line, Cell, u32, &mut Desk, &mut Vec<u32>),
    ) -> BTreeSet<RuleAt> {
        let mut desk = Desk::new(self.atoms.len());
        let mut all = BTreeSet::new();
        for (filter, of) in self.steps_of(rule) {
            let Some(line) = self.lines.get(*filter) else {
                continue;
            };
            let mut found = Vec::new();
            let mut whole = None;
            let cells = self
                .cells(line, *of)
                .filter(|cell| self.is_cell(line, *cell));
            for cell in cells.take(NAMED_BY) {
                let first = found.is_empty();
                self.meet(line, cell, &mut desk);
                ask(self, line, cell, *of, &mut desk, &mut found);
                // One that takes everything is there in every cell.
                if first {
                    whole = found
                        .iter()
                        .find(|at| self.covers(line, **at, *of, &mut desk))
                        .copied();
                }
                if whole.is_some() {
                    break;
                }
            }
            found.sort_unstable();
            found.dedup();
            let named: Vec<u32> = whole.map_or(found, |one| vec![one]);
            let rules = named
                .into_iter()
                .filter_map(|at| line.steps.get(at as usize)?.rule);
            all.extend(rules);
        }
        all
    }

    /// The cells a step spans: a few that lie far apart first, then all.
    fn cells(&self, line: &Line, of: u32) -> impl Iterator<Item = Cell> + '_ {
        let place = line.steps.get(of as usize).map(|step| step.possible);
        let side = |set: Option<SetId>| set.map_or(&[][..], |set| self.classes.of_set(set));
        let sources = side(place.map(|place| place.source));
        let destinations = side(place.map(|place| place.destination));
        let spread = |side: &'_ [u32]| -> Vec<u32> {
            let stride = side.len().div_ceil(SAMPLE).max(1);
            side.iter().step_by(stride).copied().collect()
        };
        let (some, others) = (spread(sources), spread(destinations));
        let large = sources.len().saturating_mul(destinations.len()) > FEW;
        let sample = some
            .into_iter()
            .filter(move |_| large)
            .flat_map(move |source| {
                let to = others.clone().into_iter();
                to.map(move |destination| (source, destination))
            });
        let all = sources.iter().flat_map(move |source| {
            let to = destinations.iter();
            to.map(move |destination| (*source, *destination))
        });
        sample.chain(all)
    }
}

impl Judged {
    /// Whether a step belongs to a rule that may be removed.
    fn has_gone(&self, step: &Step) -> bool {
        step.rule
            .is_some_and(|rule| self.is(rule, Life::Dead) || self.redundant.contains(&rule))
    }
}

impl Bench<'_> {
    fn life(&mut self, rule: RuleAt, steps: Option<&mut [Option<Life>; 2]>) -> Life {
        let reach = self.reach;
        let mut found = [None; 2];
        for (filter, of) in reach.steps_of(rule) {
            if let (Some(line), Some(place)) = (reach.lines.get(*filter), found.get_mut(*filter)) {
                *place = Some(self.step_life(line, *of));
            }
        }
        if let Some(steps) = steps {
            *steps = found;
        }
        let any = |life| found.contains(&Some(life));
        [Life::Decides, Life::Undecided, Life::Dead]
            .into_iter()
            .find(|life| any(*life))
            .unwrap_or(Life::Idle)
    }

    fn step_life(&mut self, line: &Line, of: u32) -> Life {
        let reach = self.reach;
        let start = self.desk.spent;
        let mut seen = 0;
        for cell in reach.cells(line, of) {
            self.desk.spent += 1;
            if self.exhausted(start) {
                return Life::Undecided;
            }
            if !reach.is_cell(line, cell) || !reach.can_run(line, cell, of, &mut self.desk) {
                continue;
            }
            reach.meet(line, cell, &mut self.desk);
            if reach.arrives(line, cell, of, &mut self.desk, |_| ()) {
                return Life::Decides;
            }
            seen += 1;
            if seen == SAMPLE && self.is_covered(line, of) {
                return Life::Dead;
            }
        }
        if seen == 0 { Life::Idle } else { Life::Dead }
    }

    /// Whether one step before takes the whole of a step, told from the steps of a cell of it.
    fn is_covered(&mut self, line: &Line, of: u32) -> bool {
        let met = std::mem::take(&mut self.desk.met);
        let stage = |at: u32| line.steps.get(at as usize).map(|step| step.stage);
        let covered = met.iter().take_while(|at| **at < of).any(|at| {
            // What leaves a stage early does not meet the rest of it.
            let left = line
                .first_pass
                .iter()
                .any(|(of_stage, pass)| Some(*of_stage) == stage(*at) && pass <= at);
            (stage(*at) == stage(of) || !left) && self.reach.covers(line, *at, of, &mut self.desk)
        });
        self.desk.met = met;
        covered
    }

    fn exhausted(&self, start: u64) -> bool {
        self.desk.spent - start > BOUND || self.desk.spent > self.purse
    }

    /// Those of the rules that would not be missed.
    fn dispensable(
        &mut self,
        of: &[RuleAt],
        lives: &[[Option<Life>; 2]],
        gone: &BTreeSet<RuleAt>,
        undecided: &mut BTreeSet<RuleAt>,
    ) -> BTreeSet<RuleAt> {
        let mut found = BTreeSet::new();
        for rule in of {
            let mut missed = false;
            let mut unknown = false;
            for (filter, step) in self.reach.steps_of(*rule) {
                let life = lives.get(*rule).and_then(|lives| lives.get(*filter));
                let Some(line) = self.reach.lines.get(*filter) else {
                    continue;
                };
                match life.copied().flatten() {
                    Some(Life::Dead | Life::Idle) | None => {}
                    Some(Life::Undecided) => unknown = true,
                    Some(Life::Decides) => match self.missed(line, *step, gone) {
                        Missed::No => {}
                        Missed::Yes => missed = true,
                        Missed::Unknown => unknown = true,
                    },
                }
                if missed {
                    break;
                }
            }
            if missed {
                continue;
            }
            if unknown {
                undecided.insert(*rule);
            } else {
                found.insert(*rule);
            }
        }
        found
    }

    /// Whether a step would be missed.
    fn missed(&mut self, line: &Line, of: u32, gone: &BTreeSet<RuleAt>) -> Missed {
        let reach = self.reach;
        let Some(own) = line.steps.get(of as usize) else {
            return Missed::No;
        };
        if matches!(own.deed, Deed::Pass | Deed::Unknown) {
            return Missed::Yes;
        }
        let start = self.desk.spent;
        let has_gone = |step: &Step| step.rule.is_some_and(|rule| gone.contains(&rule));
        let size = reach.classes.of_set(own.possible.source).len()
            * reach.classes.of_set(own.possible.destination).len();
        for (seen, cell) in reach.cells(line, of).enumerate() {
            self.desk.spent += 1;
            if self.exhausted(start) {
                return Missed::Unknown;
            }
            if self.is_missed_in(line, cell, of, has_gone) {
                return Missed::Yes;
            }
            if size > FEW && seen == SAMPLE * SAMPLE - 1 {
                let heir = self.heir(line, own, of, has_gone);
                if let Some(heir) = heir {
                    return self.missed_between(line, of, heir, has_gone, start);
                }
            }
        }
        Missed::No
    }

    fn is_missed_in(
        &mut self,
        line: &Line,
        cell: Cell,
        of: u32,
        gone: impl Fn(&Step) -> bool,
    ) -> bool {
        let reach = self.reach;
        if !reach.is_cell(line, cell) {
            return false;
        }
        reach.meet(line, cell, &mut self.desk);
        reach.arrives(line, cell, of, &mut self.desk, |_| ())
            && !reach.follows(line, cell, of, &mut self.desk, gone, |_| ())
    }

    /// The first step after one that covers it whole and does the same, among those of the cell that
    /// was looked at last.
    fn heir(
        &mut self,
        line: &Line,
        own: &Step,
        of: u32,
        gone: impl Fn(&Step) -> bool,
    ) -> Option<u32> {
        let met = std::mem::take(&mut self.desk.met);
        let heir = met.iter().filter(|at| **at > of).copied().find(|at| {
            let step = line.steps.get(*at as usize);
            step.is_some_and(|step| step.deed == own.deed && !gone(step))
                && self.reach.covers(line, *at, of, &mut self.desk)
        });
        self.desk.met = met;
        heir
    }

    /// Whether a step would be missed that the one at `heir` covers: only where a step between them
    /// does something else.
    fn missed_between(
        &mut self,
        line: &Line,
        of: u32,
        heir: u32,
        gone: impl Fn(&Step) -> bool + Copy,
        start: u64,
    ) -> Missed {
        let reach = self.reach;
        let Some(own) = line.steps.get(of as usize) else {
            return Missed::No;
        };
        let between = line
            .steps
            .iter()
            .take(heir as usize)
            .skip(of as usize + 1)
            .filter(|step| step.deed != own.deed);
        for step in between {
            self.desk.spent += 1;
            if self.exhausted(start) {
                return Missed::Unknown;
            }
            if !reach.overlaps(step, own, &mut self.desk) {
                continue;
            }
            let both = |one, other| {
                let other = reach.classes.of_set(other);
                let one = reach.classes.of_set(one).iter().copied();
                one.filter(move |class| other.binary_search(class).is_ok())
            };
            for source in both(own.possible.source, step.possible.source) {
                for destination in both(own.possible.destination, step.possible.destination) {
                    self.desk.spent += 1;
                    if self.exhausted(start) {
                        return Missed::Unknown;
                    }
                    if self.is_missed_in(line, (source, destination), of, gone) {
                        return Missed::Yes;
                    }
                }
            }
        }
        Missed::No
    }
}

impl Reach {
    /// Whether the first of two steps decides about a packet that the second one matches too, as far
    /// as a few cells show.
    pub fn contest(&self, line: &Line, first: u32, second: u32) -> bool {
        let step = |at: u32| line.steps.get(at as usize);
        let (Some(one), Some(other)) = (step(first), step(second)) else {
            return false;
        };
        let mut desk = Desk::new(self.atoms.len());
        let both = |one, other| {
            let other = self.classes.of_set(other);
            let one = self.classes.of_set(one).iter().copied();
            one.filter(move |class| other.binary_search(class).is_ok())
        };
        let (one, other) = (one.possible, other.possible);
        let cells = both(one.source, other.source).flat_map(|source| {
            let to = both(one.destination, other.destination);
            to.map(move |destination| (source, destination))
        });
        cells
            .filter(|cell| self.is_cell(line, *cell))
            .take(NAMED_BY)
            .any(|cell| {
                self.meet(line, cell, &mut desk);
                self.arrives(line, cell, first, &mut desk, |_| ()) && {
                    desk.rest.keep_masked(self.atoms.of_traffic(other.traffic));
                    !desk.rest.is_empty()
                }
            })
    }
}
