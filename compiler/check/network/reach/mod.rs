//! Which packets reach which rule, and what would happen to them without it.
//!
//! The estate is cut into classes of endpoints and kinds of traffic that no rule tells apart. A rule
//! is judged in the *cells* (class of the sender, class of the receiver) it spans, and only until
//! the answer is known: most rules decide something in the first cell looked at. A rule that one
//! other covers whole is known from that one. What is left is looked at cell by cell, within a bound;
//! beyond it the answer is that nobody knows.

mod cell;
mod judge;

use super::rules::{RuleAt, Rules};
use crate::ir::network::{Action, Tier};
use crate::ir::{Linked, Policy};
use crate::semantics::filter::{Entry, Filters, Region, Sure, Verdict};
use crate::semantics::services::ServiceBook;
use crate::semantics::traffic::{Traffic, Versions};
use crate::verify::atoms::{Atoms, TrafficId, Traffics};
use crate::verify::bits::Bits;
use crate::verify::classes::{Classes, SetId, Sets};
pub use judge::{Judged, Life};
use std::sync::Arc;

/// What a rule does with a packet, as far as removing another rule could be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Allow,
    Drop,
    Reject,
    Pass,
    Unknown,
}

impl Deed {
    fn of(verdict: Verdict, action: Option<Action>) -> Self {
        match (verdict, action) {
            (Verdict::Allow, _) => Self::Allow,
            (Verdict::Deny, Some(Action::Reject)) => Self::Reject,
            (Verdict::Deny, _) => Self::Drop,
            (Verdict::Pass, _) => Self::Pass,
            (Verdict::Unknown | Verdict::Unsettled, _) => Self::Unknown,
        }
    }
}

/// A region by places.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub source: SetId,
    pub destination: SetId,
    pub traffic: TrafficId,
}

#[derive(Clone, Copy, Debug)]
enum SureAt {
    All,
    Never,
    Some(Place),
}

/// A rule, or what stands for none, at one filter.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub stage: u8,
    pub deed: Deed,
    pub possible: Place,
    sure: SureAt,
    pub rule: Option<RuleAt>,
}

/// The steps of one filter, and where to find those that meet a cell.
#[derive(Debug)]
pub struct Line {
    pub steps: Vec<Step>,
    /// For each class as a sender the steps that few senders meet.
    rows: Vec<Vec<u32>>,
    /// For each class as a receiver the other steps that few receivers meet.
    columns: Vec<Vec<u32>>,
    /// The steps that many meet on both sides.
    wide: Vec<u32>,
    /// The first step of each stage that leaves it.
    first_pass: Vec<(u8, u32)>,
    /// Whether the filter is that of the sender.
    out: bool,
    /// The classes that have no such filter.
    open: Bits,
}

/// Both filters, ready to be asked.
#[derive(Debug)]
pub struct Reach {
    pub classes: Classes,
    pub atoms: Atoms,
    lines: [Line; 2],
    speakable: [Bits; 3],
    /// The steps of each rule: filter and place.
    of_rule: Vec<Vec<(usize, u32)>>,
    /// The traffic of each rule, for certain and possibly, whether it has steps or not.
    traffic: Vec<(TrafficId, TrafficId)>,
    spoken: Vec<(Arc<Traffic>, Arc<Traffic>)>,
}

impl Reach {
    /// Prepares the filters of a policy.
    pub fn new(policy: &Policy<Linked>, filters: &Filters, rules: &Rules<'_>) -> Self {
        let (mut sets, mut traffics) = (Sets::default(), Traffics::default());
        let [out, inward] = [&filters.out, &filters.inward].map(|entries| {
            let mut place = |region: &Region| Place {
                source: sets.intern(&region.source),
                destination: sets.intern(&region.destination),
                traffic: traffics.intern(&region.traffic),
            };
            let step = |entry: &Entry| {
                let id = filters.reasons.get(entry.reason).map(|one| one.id.as_str());
                let rule = id.and_then(|id| rules.find(id));
                let action = rule.and_then(|at| rules.get(at)).map(|at| at.rule.action);
                Step {
                    stage: entry.stage,
                    deed: Deed::of(entry.verdict, action),
                    possible: place(&entry.possible),
                    sure: match &entry.sure {
                        Sure::All => SureAt::All,
                        Sure::Never => SureAt::Never,
                        Sure::Some(region) => SureAt::Some(place(region)),
                    },
                    rule,
                }
            };
            entries.iter().map(step).collect::<Vec<Step>>()
        });
        let spoken = spoken(policy, rules);
        let traffic = spoken.iter().map(|(sure, possible)| {
            let sure = traffics.intern(sure);
            (sure, traffics.intern(possible))
        });
        let traffic = traffic.collect();
        let classes = Classes::of(&policy.inventory, &sets);
        let atoms = Atoms::of(&traffics);
        let lines = [
            Line::new(out, &classes, true),
            Line::new(inward, &classes, false),
        ];
        let mut of_rule = vec![Vec::new(); rules.len()];
        for (filter, line) in lines.iter().enumerate() {
            for (at, step) in (0_u32..).zip(&line.steps) {
                if let Some(list) = step.rule.and_then(|rule| of_rule.get_mut(rule)) {
                    list.push((filter, at));
                }
            }
        }
        let speakable = [(true, false), (false, true), (true, true)]
            .map(|(v4, v6)| atoms.speakable(Versions { v4, v6 }).clone());
        Self {
            classes,
            atoms,
            lines,
            speakable,
            of_rule,
            traffic,
            spoken,
        }
    }

    /// The traffic of a rule, for certain and possibly.
    pub fn traffic_of(&self, rule: RuleAt) -> Option<(TrafficId, TrafficId)> {
        self.traffic.get(rule).copied()
    }

    /// The traffic that a rule could match.
    pub fn spoken(&self, rule: RuleAt) -> Option<&Traffic> {
        self.spoken.get(rule).map(|(_, possible)| &**possible)
    }

    /// The kinds of a traffic.
    pub fn traffic_bits(&self, traffic: TrafficId) -> Bits {
        let [_, _, both] = &self.speakable;
        let mut bits = both.clone();
        bits.keep_masked(self.atoms.of_traffic(traffic));
        bits
    }

    /// The filters: the sender's, then the receiver's.
    pub const fn lines(&self) -> &[Line; 2] {
        &self.lines
    }

    /// The steps of a rule: at which filter, and which.
    pub fn steps_of(&self, rule: RuleAt) -> &[(usize, u32)] {
        self.of_rule.get(rule).map_or(&[], Vec::as_slice)
    }

    /// Whether a class is in a set.
    fn has(&self, set: SetId, class: u32) -> bool {
        let classes = self.classes.of_set(set);
        classes.len() == self.classes.len() || classes.binary_search(&class).is_ok()
    }

    /// Whether the classes of one set are all in another.
    pub fn within(&self, inner: SetId, outer: SetId) -> bool {
        let (inner, outer) = (self.classes.of_set(inner), self.classes.of_set(outer));
        if outer.len() == self.classes.len() {
            return true;
        }
        let mut outer = outer.iter();
        inner.iter().all(|class| outer.any(|have| have == class))
    }
}

/// The traffic of each rule, for certain and possibly.
fn spoken(policy: &Policy<Linked>, rules: &Rules<'_>) -> Vec<(Arc<Traffic>, Arc<Traffic>)> {
    let mut book = ServiceBook::new(policy);
    let traffic = rules.iter().map(|(_, seat)| {
        let layer_two = seat.section.tier == Tier::Ethernet;
        let (sure, possible) = book.of(&seat.rule.services, layer_two);
        let versions = Versions::from(seat.rule.ip);
        let only = |one: Traffic| Arc::new(one.only(versions));
        (only(sure), only(possible))
    });
    traffic.collect()
}

impl Line {
    fn new(steps: Vec<Step>, classes: &Classes, out: bool) -> Self {
        let count = classes.len();
        // Beyond this many classes a step is looked up by its other side, or by none.
        let few = 16.max(4 * count.isqrt());
        let mut line = Self {
            rows: vec![Vec::new(); count],
            columns: vec![Vec::new(); count],
            wide: Vec::new(),
            first_pass: Vec::new(),
            out,
            open: Bits::empty(count),
            steps,
        };
        let add = |lists: &mut Vec<Vec<u32>>, side: &[u32], at: u32| {
            for class in side {
                if let Some(list) = lists.get_mut(*class as usize) {
                    list.push(at);
                }
            }
        };
        for (at, step) in (0_u32..).zip(&line.steps) {
            let sources = classes.of_set(step.possible.source);
            let destinations = classes.of_set(step.possible.destination);
            let by_row = sources.len() <= destinations.len();
            if by_row && sources.len() <= few {
                add(&mut line.rows, sources, at);
            } else if !by_row && destinations.len() <= few {
                add(&mut line.columns, destinations, at);
            } else {
                line.wide.push(at);
            }
            let stages = &mut line.first_pass;
            if step.deed == Deed::Pass && !stages.iter().any(|(stage, _)| *stage == step.stage) {
                stages.push((step.stage, at));
            }
            if step.rule.is_none() && matches!(step.sure, SureAt::All) {
                let own = if out { sources } else { destinations };
                own.iter().for_each(|class| line.open.insert(*class));
            }
        }
        line
    }
}
