//! Rows and columns whose strips act alike.
//!
//! What the strips do to a cell follows from the list of steps that its row and its column meet, in
//! order. Neighbours in the list that do the same with a flow may change places: what one of them
//! matches for certain it also could match, so the second adds the same either way. So the order
//! counts only from run to run, and two rows act alike when they hold the same steps in the same runs
//! and are in the same sets that strips along columns ask for. A hundred fences in a row, one around
//! each application, make one key and not a hundred.

use super::atoms::Atoms;
use super::bits::Sparse;
use super::classes::{Classes, Partition, SetId};
use super::engine::{Lie, Step, Steps, SureAt, Told};
use crate::semantics::filter::Verdict;
use std::collections::BTreeMap;

/// Lines (rows or columns) that act alike.
#[derive(Clone, Debug)]
pub struct Key {
    /// The same steps, one list of classes for each.
    lines: Vec<Vec<u32>>,
}

impl Key {
    /// One of the classes.
    pub fn any(&self) -> u32 {
        self.classes().next().unwrap_or(0)
    }

    /// All classes.
    pub fn classes(&self) -> impl Iterator<Item = u32> {
        self.lines.iter().flatten().copied()
    }

    /// How many classes.
    pub fn count(&self) -> usize {
        self.lines.iter().map(Vec::len).sum()
    }

    /// The classes in lists of those that meet the very same steps.
    pub fn lines(&self) -> &[Vec<u32>] {
        &self.lines
    }
}

/// Classes by the steps they meet.
type Lines<'steps> = BTreeMap<&'steps [Steps; 4], Vec<u32>>;

/// What a strip does to the cells of a line, but for its place within a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Act {
    run: u32,
    traffic: u32,
    /// The other side.
    set: SetId,
    /// What is matched for certain: all, or the traffic and the other side; `None` for nothing.
    sure: Option<(u32, SetId)>,
    /// Lines of one key differ by declared or by undeclared rules, not by some of each.
    told: Told,
}

/// The strips of all filters, prepared for grouping.
pub struct Keys<'run> {
    classes: &'run Classes,
    atoms: &'run Atoms,
    lists: &'run [Vec<Step>; 4],
    lies: &'run [Vec<Lie>; 4],
    /// For each step of each filter the number of its run.
    runs: [Vec<u32>; 4],
    /// Whether a strip sends flows on to the next stage.
    passes: [bool; 4],
}

impl<'run> Keys<'run> {
    /// Looks the strips over.
    pub fn new(
        classes: &'run Classes,
        atoms: &'run Atoms,
        lists: &'run [Vec<Step>; 4],
        lies: &'run [Vec<Lie>; 4],
    ) -> Self {
        let mut keys = Self {
            classes,
            atoms,
            lists,
            lies,
            runs: Default::default(),
            passes: [false; 4],
        };
        let places = keys.runs.iter_mut().zip(&mut keys.passes);
        for ((list, lies), (runs, passes)) in lists.iter().zip(lies).zip(places) {
            let (mut run, mut last) = (0, None);
            for (step, lie) in list.iter().zip(lies) {
                if *lie != Lie::Narrow {
                    let kind = Some((step.stage, step.verdict));
                    run += u32::from(last != kind);
                    last = kind;
                    *passes |= step.verdict == Verdict::Pass;
                }
                runs.push(run);
            }
        }
        keys
    }

    /// The rows that act alike.
    pub fn rows(&self, rows: &[[Steps; 4]]) -> Vec<Key> {
        self.group(rows, Lie::Row)
    }

    /// The columns that act alike.
    pub fn columns(&self, columns: &[[Steps; 4]]) -> Vec<Key> {
        self.group(columns, Lie::Column)
    }

    fn group(&self, lines: &[[Steps; 4]], along: Lie) -> Vec<Key> {
        let types = self.types(along);
        let mut keys: BTreeMap<(u32, [Vec<Act>; 4]), Lines<'_>> = BTreeMap::new();
        for (class, line) in (0_u32..).zip(lines) {
            let mut acts: [Vec<Act>; 4] = Default::default();
            for (filter, (acts, steps)) in acts.iter_mut().zip(line).enumerate() {
                *acts = self.acts(filter, steps, class, along);
            }
            let key = keys.entry((types.class(class), acts)).or_default();
            key.entry(line).or_default().push(class);
        }
        let key = |lines: Lines<'_>| Key {
            lines: lines.into_values().collect(),
        };
        keys.into_values().map(key).collect()
    }

    /// The classes told apart by the sets that the strips across ask for, and by IP version.
    fn types(&self, along: Lie) -> Partition {
        let mut types = Partition::new(self.classes.len());
        let side = |set: (SetId, SetId)| match along {
            Lie::Row => set.0,
            Lie::Column | Lie::Narrow => set.1,
        };
        for (list, lies) in self.lists.iter().zip(self.lies) {
            for (step, lie) in list.iter().zip(lies) {
                if *lie == Lie::Narrow || *lie == along {
                    continue;
                }
                let set = (step.possible.source, step.possible.destination);
                types.refine(self.classes.of_set(side(set)));
                if let SureAt::Some(sure) = step.sure {
                    let set = side((sure.source, sure.destination));
                    types.refine(self.classes.of_set(set));
                }
            }
        }
        for v4 in [true, false] {
            let speaks = |class: &u32| {
                let versions = self.classes.versions(*class);
                if v4 { versions.v4 } else { versions.v6 }
            };
            let count = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
            let speaking: Vec<u32> = (0..count).filter(speaks).collect();
            types.refine(&speaking);
        }
        types
    }

    /// What the strips of a line do, in order; without what comes after a step that decides all.
    fn acts(&self, filter: usize, steps: &Steps, class: u32, along: Lie) -> Vec<Act> {
        let (Some(list), Some(runs)) = (self.lists.get(filter), self.runs.get(filter)) else {
            return Vec::new();
        };
        let passes = self.passes.get(filter).is_none_or(|passes| *passes);
        let mut acts = Vec::with_capacity(steps.len());
        let mut decided = None;
        for at in steps {
            let at = *at as usize;
            let (Some(step), Some(run)) = (list.get(at), runs.get(at)) else {
                continue;
            };
            if decided.is_some_and(|stage| stage == step.stage || !passes) {
                continue;
            }
            acts.push(self.act(step, *run, class, along));
            if self.decides(step, along) {
                decided = Some(step.stage);
            }
        }
        acts.sort_unstable();
        acts.dedup();
        acts
    }

    fn act(&self, step: &Step, run: u32, class: u32, along: Lie) -> Act {
        let sides = |source, destination| match along {
            Lie::Row => (source, destination),
            Lie::Column | Lie::Narrow => (destination, source),
        };
        let (_, set) = sides(step.possible.source, step.possible.destination);
        let traffic = step.possible.traffic;
        let sure = match step.sure {
            SureAt::All => Some((traffic, set)),
            SureAt::Never => None,
            SureAt::Some(place) => {
                let (own, other) = sides(place.source, place.destination);
                let inside = self.classes.of_set(own).binary_search(&class).is_ok();
                inside.then_some((place.traffic, other))
            }
        };
        Act {
            run,
            traffic,
            set,
            sure,
            told: step.told,
        }
    }

    /// Whether nothing of a line is left behind a step.
    fn decides(&self, step: &Step, along: Lie) -> bool {
        let other = match along {
            Lie::Row => step.possible.destination,
            Lie::Column | Lie::Narrow => step.possible.source,
        };
        let sure = match step.sure {
            SureAt::All => true,
            SureAt::Never | SureAt::Some(_) => false,
        };
        let ends = match step.verdict {
            Verdict::Allow | Verdict::Deny => true,
            Verdict::Pass | Verdict::Unknown | Verdict::Unsettled => false,
        };
        sure && ends
            && matches!(self.atoms.of_traffic(step.possible.traffic), Sparse::All)
            && self.classes.of_set(other).len() == self.classes.len()
    }
}
