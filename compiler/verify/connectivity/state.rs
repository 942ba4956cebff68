//! What a filter has done with the traffic of a pair so far; equal states are one.

use super::super::atoms::{Atoms, TrafficId};
use super::super::bits::Bits;
use super::Act;
use crate::semantics::filter::Verdict;
use crate::semantics::traffic::Versions;
use indexmap::{IndexMap, IndexSet};

/// A state, by its place.
pub type StateId = u32;

/// How an entry acts on a pair, whatever the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// The stage of the entry.
    pub stage: u8,
    /// What it does.
    pub verdict: Verdict,
    /// The traffic it could match.
    pub possible: TrafficId,
    /// The traffic it matches for certain.
    pub sure: Option<TrafficId>,
    /// The entry, in [`Act::reason`].
    pub reason: usize,
}

/// INVARIANT (State): `stage` is 0 while nothing is passed on, and `done` is sorted. So equal states
/// are equal values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    /// The stage in which `passed` was passed on.
    stage: u8,
    /// What no entry has decided.
    rest: Bits,
    /// What goes on with the next stage.
    passed: Bits,
    /// What entries matched, or could have.
    done: Vec<(Act, Bits)>,
}

/// All states that occur, and the moves between them.
#[derive(Debug)]
pub struct States {
    /// Whether to keep which rule decides; otherwise only which rules leave a doubt.
    explain: bool,
    values: IndexSet<State>,
    /// Whether a state can change no more.
    closed: Vec<bool>,
    moves: IndexMap<(StateId, Move), StateId>,
}

impl States {
    /// No state.
    pub fn new(explain: bool) -> Self {
        Self {
            explain,
            values: IndexSet::new(),
            closed: Vec::new(),
            moves: IndexMap::new(),
        }
    }

    /// The state before the first entry, for a pair that shares these versions.
    pub fn start(
        &mut self,
        atoms: &Atoms,
        versions: Versions,
        asked: Option<TrafficId>,
    ) -> StateId {
        let mut rest = atoms.speakable(versions).clone();
        if let Some(asked) = asked {
            rest.keep_masked(atoms.of_traffic(asked));
        }
        self.intern(State {
            stage: 0,
            rest,
            passed: Bits::empty(atoms.len()),
            done: Vec::new(),
        })
    }

    /// Whether a state can change no more.
    pub fn is_closed(&self, state: StateId) -> bool {
        self.closed.get(state as usize).copied().unwrap_or(true)
    }

    /// The state after an entry.
    pub fn next(&mut self, atoms: &Atoms, state: StateId, by: Move) -> StateId {
        if let Some(next) = self.moves.get(&(state, by)) {
            return *next;
        }
        let next = self
            .values
            .get_index(state as usize)
            .map(|from| apply(from, by, atoms, self.explain));
        let next = next.map_or(state, |next| self.intern(next));
        self.moves.insert((state, by), next);
        next
    }

    fn intern(&mut self, state: State) -> StateId {
        let closed = state.rest.is_empty() && state.passed.is_empty();
        let (at, fresh) = self.values.insert_full(state);
        if fresh {
            self.closed.push(closed);
        }
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// What the filter did in the end: traffic that no entry decides can go both ways.
    pub fn acts(&self, state: StateId) -> Vec<(Act, Bits)> {
        let Some(state) = self.values.get_index(state as usize) else {
            return Vec::new();
        };
        let mut acts = state.done.clone();
        let mut undecided = state.rest.clone();
        undecided.add(&state.passed);
        if !undecided.is_empty() {
            let act = Act {
                reason: None,
                verdict: Verdict::Unknown,
                certain: false,
            };
            acts.push((act, undecided));
        }
        acts
    }
}

fn apply(from: &State, by: Move, atoms: &Atoms, explain: bool) -> State {
    let mut state = from.clone();
    if by.stage != state.stage && !state.passed.is_empty() {
        state.rest.add(&state.passed);
        state.passed.clear();
        state.stage = 0;
    }
    let mut doubtful = Bits::empty(atoms.len());
    doubtful.add_masked(&state.rest, atoms.of_traffic(by.possible));
    if doubtful.is_empty() {
        return state;
    }
    if by.verdict == Verdict::Pass {
        state.passed.add(&doubtful);
        state.stage = by.stage;
    }
    let mut certain = Bits::empty(atoms.len());
    if let (Some(sure), true) = (by.sure, by.verdict != Verdict::Unknown) {
        certain.add_masked(&doubtful, atoms.of_traffic(sure));
    }
    doubtful.take(&certain);
    state.rest.take(&certain);
    for (kinds, certain) in [(certain, true), (doubtful, false)] {
        let silent = certain && !explain;
        if kinds.is_empty() || silent && by.verdict == Verdict::Pass {
            continue;
        }
        let act = Act {
            reason: (!silent).then_some(by.reason),
            verdict: by.verdict,
            certain,
        };
        match state.done.binary_search_by_key(&act, |(done, _)| *done) {
            Ok(at) => {
                if let Some((_, done)) = state.done.get_mut(at) {
                    done.add(&kinds);
                }
            }
            Err(at) => state.done.insert(at, (act, kinds)),
        }
    }
    state
}
