//! The usual way to compare packet filters: binary decision diagrams over the numbers of classes and
//! kinds of traffic, by a library made for them. It starts from the same rows as the scan.

use crate::scan::{Row, Scan};
use oxidd::bdd::{BDDFunction, BDDManagerRef, new_manager};
use oxidd::util::{AllocResult, SatCountCache};
use oxidd::{BooleanFunction, Function, Manager, ManagerRef};
use rehome::semantics::filter::Verdict;
use std::collections::BTreeMap;
use std::hash::RandomState;

/// Room for nodes and for remembered results; the memory is touched as it is needed.
const NODES: usize = 1 << 26;
const REMEMBERED: usize = 1 << 22;

/// What both lists admit.
pub struct Admitted {
    /// How many cells: a class that sends, one that receives, a kind of traffic.
    pub volume: u128,
    /// How many nodes their diagram has.
    pub nodes: usize,
}

/// The cells that both lists admit; an error where the nodes do not fit.
pub fn admitted(out: &Scan, inward: &Scan) -> AllocResult<Admitted> {
    let diagrams = Diagrams::new(out.classes.len(), out.kinds.len())?;
    let both = diagrams
        .list(&out.entries)?
        .and(&diagrams.list(&inward.entries)?)?
        .and(&diagrams.speakable(out)?)?;
    let mut cache = SatCountCache::<u128, RandomState>::default();
    Ok(Admitted {
        volume: both.sat_count(diagrams.kind.end, &mut cache),
        nodes: both.node_count(),
    })
}

/// The variables: those of the sender, then those of the receiver, then those of the traffic. A number
/// begins with its highest bit.
struct Diagrams {
    manager: BDDManagerRef,
    no: BDDFunction,
    source: std::ops::Range<u32>,
    destination: std::ops::Range<u32>,
    kind: std::ops::Range<u32>,
}

/// Some entries, one after the other, as one.
#[derive(Clone)]
struct Step {
    /// Decided or passed on.
    matched: BDDFunction,
    allowed: BDDFunction,
    passed: BDDFunction,
}

/// How many bits numbers below this one have.
fn bits(count: usize) -> u32 {
    count.next_power_of_two().trailing_zeros()
}

impl Diagrams {
    fn new(classes: usize, kinds: usize) -> AllocResult<Self> {
        let manager = new_manager(NODES, REMEMBERED, 1);
        let (class, kind) = (bits(classes), bits(kinds));
        manager.with_manager_exclusive(|manager| manager.add_vars(2 * class + kind));
        Ok(Self {
            no: manager.with_manager_shared(BDDFunction::f),
            manager,
            source: 0..class,
            destination: class..2 * class,
            kind: 2 * class..2 * class + kind,
        })
    }

    /// The numbers whose place holds true.
    fn set(&self, variables: &std::ops::Range<u32>, held: &[bool]) -> AllocResult<BDDFunction> {
        if !held.contains(&true) {
            return Ok(self.no.clone());
        }
        let mut variables = variables.clone();
        let Some(first) = variables.next() else {
            return Ok(self.manager.with_manager_shared(BDDFunction::t));
        };
        let half = held.len().min(1 << variables.len());
        let (low, high) = held.split_at(half);
        let (low, high) = (self.set(&variables, low)?, self.set(&variables, high)?);
        if low == high {
            return Ok(low);
        }
        let first = self
            .manager
            .with_manager_shared(|manager| BDDFunction::var(manager, first))?;
        first.ite(&high, &low)
    }

    /// What a list of entries admits.
    fn list(&self, rows: &[Row]) -> AllocResult<BDDFunction> {
        let mut sources: BTreeMap<&[bool], BDDFunction> = BTreeMap::new();
        let mut destinations: BTreeMap<&[bool], BDDFunction> = BTreeMap::new();
        let mut stages = Vec::new();
        for stage in rows.chunk_by(|a, b| a.stage == b.stage) {
            let mut steps = Vec::with_capacity(stage.len());
            for row in stage {
                let source = match sources.get(row.from.as_slice()) {
                    Some(known) => known.clone(),
                    None => self.set(&self.source, &row.from)?,
                };
                let destination = match destinations.get(row.to.as_slice()) {
                    Some(known) => known.clone(),
                    None => self.set(&self.destination, &row.to)?,
                };
                let kinds = 0..1_usize << self.kind.len();
                let kinds: Vec<bool> = kinds
                    .map(|kind| row.kinds.binary_search(&kind).is_ok())
                    .collect();
                let matched = source
                    .and(&destination)?
                    .and(&self.set(&self.kind, &kinds)?)?;
                sources.insert(&row.from, source);
                destinations.insert(&row.to, destination);
                let when = |verdict: Verdict| match row.verdict == verdict {
                    true => matched.clone(),
                    false => self.no.clone(),
                };
                steps.push(Step {
                    allowed: when(Verdict::Allow),
                    passed: when(Verdict::Pass),
                    matched,
                });
            }
            let mut step = self.in_turn(steps)?;
            // What a stage passes on is for the next to decide.
            step.matched = step.matched.and(&step.passed.not()?)?;
            stages.push(step);
        }
        Ok(self.in_turn(stages)?.allowed)
    }

    /// Steps as one: joined two by two, so that the diagrams stay small for long.
    fn in_turn(&self, mut steps: Vec<Step>) -> AllocResult<Step> {
        while steps.len() > 1 {
            steps = steps
                .chunks(2)
                .filter_map(|pair| match pair {
                    [first, second] => Some(first.then(second)),
                    [last] => Some(Ok(last.clone())),
                    _ => None,
                })
                .collect::<AllocResult<_>>()?;
        }
        Ok(steps.pop().unwrap_or_else(|| Step {
            matched: self.no.clone(),
            allowed: self.no.clone(),
            passed: self.no.clone(),
        }))
    }

    /// The cells whose ends both speak the version of the traffic.
    fn speakable(&self, scan: &Scan) -> AllocResult<BDDFunction> {
        let mut all = self.no.clone();
        for v6 in [false, true] {
            let kinds: Vec<bool> = scan.kinds.iter().map(|kind| *kind == v6).collect();
            let speak = scan
                .classes
                .iter()
                .map(|one| one.is_none_or(|one| one == v6));
            let speak: Vec<bool> = speak.collect();
            let cells = self
                .set(&self.source, &speak)?
                .and(&self.set(&self.destination, &speak)?)?
                .and(&self.set(&self.kind, &kinds)?)?;
            all = all.or(&cells)?;
        }
        Ok(all)
    }
}

impl Step {
    fn then(&self, next: &Self) -> AllocResult<Self> {
        let open = self.matched.not()?;
        Ok(Self {
            matched: self.matched.or(&next.matched)?,
            allowed: self.allowed.or(&next.allowed.and(&open)?)?,
            passed: self.passed.or(&next.passed.and(&open)?)?,
        })
    }
}
