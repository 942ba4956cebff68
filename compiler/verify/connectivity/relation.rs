//! What becomes of the traffic between any two classes of endpoints.

use super::super::atoms::{Atoms, TrafficId, Traffics};
use super::super::bits::Bits;
use super::super::classes::{Classes, Partition, SetId, Sets};
use super::ends::Kind;
use super::services::{Services, services};
use super::state::{Move, StateId, States};
use super::{Act, Outcome, Question};
use crate::ir::{Linked, Policy};
use crate::semantics::filter::{Entry, Filters, Region, Sure, Verdict};
use crate::semantics::traffic::Versions;
use indexmap::{IndexMap, IndexSet};
use std::sync::Arc;

/// What becomes of a pair's traffic, by its place.
pub type FateId = u32;

/// The services of a row, by their place.
pub type ServicesId = u32;

/// Kinds of traffic that fare alike.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Piece {
    /// What becomes of them.
    pub outcome: Outcome,
    /// What the sender's filter does.
    pub sender: Vec<Act>,
    /// What the receiver's filter does.
    pub receiver: Vec<Act>,
    /// The kinds.
    pub kinds: Bits,
}

/// What becomes of the traffic of a pair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fate {
    /// Whether the pair shares IPv4, and IPv6.
    pub versions: (bool, bool),
    /// The traffic in pieces; what is discarded is left out unless it was asked for.
    pub pieces: Vec<Piece>,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    source: SetId,
    destination: SetId,
    traffic: TrafficId,
}

#[derive(Clone, Copy, Debug)]
enum SureAt {
    All,
    Never,
    Some(Place),
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

/// One side of the square of classes: classes that no entry tells apart on this side.
#[derive(Debug)]
struct Side {
    role_of: Vec<u32>,
    versions: Vec<Versions>,
    /// The roles of each set that is used on this side.
    of_set: Vec<Vec<u32>>,
    inside: Vec<Bits>,
}

impl Side {
    /// Whether a role is in a set.
    fn has(&self, set: SetId, role: u32) -> bool {
        self.inside
            .get(set as usize)
            .is_some_and(|bits| bits.contains(role))
    }

    fn roles(&self, set: SetId) -> &[u32] {
        self.of_set.get(set as usize).map_or(&[], Vec::as_slice)
    }
}

/// Both filters of every pair.
#[derive(Debug)]
pub struct Relation {
    pub classes: Classes,
    pub atoms: Atoms,
    lists: [Vec<Step>; 2],
    senders: Side,
    receivers: Side,
    states: States,
    asked: Option<TrafficId>,
    explain: bool,
    fates: IndexSet<Fate>,
    judged: IndexMap<(StateId, StateId, bool, bool), FateId>,
    joined: IndexMap<(FateId, FateId), FateId>,
    services: IndexSet<Services>,
    written: IndexMap<(Bits, bool, bool), ServicesId>,
}

impl Relation {
    /// Prepares the filters for what is asked.
    pub fn new(
        policy: &Policy<Linked>,
        filters: &Filters,
        mut sets: Sets,
        question: &Question,
        ends: [Option<SetId>; 2],
    ) -> Self {
        let mut traffics = Traffics::default();
        let asked = question
            .traffic
            .as_ref()
            .map(|traffic| traffics.intern(&Arc::new(traffic.clone())));
        let lists =
            [&filters.out, &filters.inward].map(|list| steps(list, &mut sets, &mut traffics));
        let classes = Classes::of(&policy.inventory, &sets);
        let atoms = Atoms::of(&traffics);
        let [from, to] = ends;
        let senders = side(&classes, &lists, from, |place| place.source);
        let receivers = side(&classes, &lists, to, |place| place.destination);
        Self {
            lists,
            senders,
            receivers,
            states: States::new(question.explain),
            asked,
            explain: question.explain,
            fates: IndexSet::new(),
            judged: IndexMap::new(),
            joined: IndexMap::new(),
            services: IndexSet::new(),
            written: IndexMap::new(),
            classes,
            atoms,
        }
    }

    /// The role of a class, as a sender or as a receiver.
    pub fn role(&self, class: u32, sender: bool) -> u32 {
        let side = if sender {
            &self.senders
        } else {
            &self.receivers
        };
        side.role_of.get(class as usize).copied().unwrap_or(0)
    }

    /// What becomes of the traffic from one kind of endpoints to each of the others.
    pub fn pairs(
        &mut self,
        sender: &Kind,
        receivers: &[Kind],
        mut found: impl FnMut(u32, FateId, &mut Self),
    ) {
        let v4 = sender.v4.map(|role| self.line(role));
        let v6 = match (sender.v6, sender.v4) {
            (Some(one), Some(other)) if one == other => None,
            (role, _) => role.map(|role| self.line(role)),
        };
        let both = sender.v4.is_some() && sender.v4 == sender.v6;
        let v6 = if both { v4.as_ref() } else { v6.as_ref() };
        let at = |line: Option<&Vec<FateId>>, role: Option<u32>| -> Option<FateId> {
            line?.get(role? as usize).copied()
        };
        for (number, receiver) in (0_u32..).zip(receivers) {
            if sender.outside && receiver.outside {
                continue;
            }
            let fate = match (at(v4.as_ref(), receiver.v4), at(v6, receiver.v6)) {
                (Some(one), Some(other)) if one != other => self.join(one, other),
                (Some(one), _) | (None, Some(one)) => one,
                (None, None) => continue,
            };
            found(number, fate, self);
        }
    }

    /// What becomes of the traffic from one role of senders to every role of receivers.
    fn line(&mut self, role: u32) -> Vec<FateId> {
        let mine = self.senders.versions.get(role as usize).copied();
        let mine = mine.unwrap_or(Versions::BOTH);
        let shared: Vec<Versions> = self
            .receivers
            .versions
            .iter()
            .map(|theirs| mine.and(*theirs))
            .collect();
        let starts: Vec<StateId> = [false, true]
            .into_iter()
            .flat_map(|v4| [false, true].map(|v6| Versions { v4, v6 }))
            .map(|versions| self.states.start(&self.atoms, versions, self.asked))
            .collect();
        let start = |versions: &Versions| {
            let at = usize::from(versions.v4) * 2 + usize::from(versions.v6);
            starts.get(at).copied().unwrap_or(0)
        };
        let ends = [0, 1].map(|filter| {
            let mut states: Vec<StateId> = shared.iter().map(start).collect();
            self.read(filter, role, &mut states);
            states
        });
        let [sender, receiver] = ends;
        sender
            .into_iter()
            .zip(receiver)
            .zip(shared)
            .map(|((sender, receiver), versions)| self.judge(sender, receiver, versions))
            .collect()
    }

    /// Reads a filter from its first entry to its last, for one role of senders and all receivers.
    fn read(&mut self, filter: usize, role: u32, states: &mut [StateId]) {
        let Self {
            lists,
            senders,
            receivers,
            states: all,
            atoms,
            ..
        } = self;
        let mut open = states
            .iter()
            .filter(|state| !all.is_closed(**state))
            .count();
        for step in lists.get(filter).into_iter().flatten() {
            if open == 0 {
                break;
            }
            if !senders.has(step.possible.source, role) {
                continue;
            }
            let by = |sure| Move {
                stage: step.stage,
                verdict: step.verdict,
                possible: step.possible.traffic,
                sure,
                reason: step.reason,
            };
            let mut last = (StateId::MAX, None, StateId::MAX);
            for receiver in receivers.roles(step.possible.destination) {
                let Some(state) = states.get_mut(*receiver as usize) else {
                    continue;
                };
                if all.is_closed(*state) {
                    continue;
                }
                let sure = match step.sure {
                    SureAt::All => Some(step.possible.traffic),
                    SureAt::Never => None,
                    SureAt::Some(place) => (senders.has(place.source, role)
                        && receivers.has(place.destination, *receiver))
                    .then_some(place.traffic),
                };
                if (last.0, last.1) != (*state, sure) {
                    last = (*state, sure, all.next(atoms, *state, by(sure)));
                }
                *state = last.2;
                open -= usize::from(all.is_closed(*state));
            }
        }
    }

    fn judge(&mut self, sender: StateId, receiver: StateId, versions: Versions) -> FateId {
        let key = (sender, receiver, versions.v4, versions.v6);
        if let Some(fate) = self.judged.get(&key) {
            return *fate;
        }
        let fate = Fate {
            versions: (versions.v4, versions.v6),
            pieces: self.pieces(sender, receiver, versions),
        };
        let fate = self.fate_id(fate);
        self.judged.insert(key, fate);
        fate
    }

    /// The traffic of a pair, cut by what the entries of both filters do with it.
    fn pieces(&mut self, sender: StateId, receiver: StateId, versions: Versions) -> Vec<Piece> {
        let mut all = self.atoms.speakable(versions).clone();
        if let Some(asked) = self.asked {
            all.keep_masked(self.atoms.of_traffic(asked));
        }
        if all.is_empty() {
            return Vec::new();
        }
        let mut pieces = vec![Piece {
            outcome: Outcome::Passes,
            sender: Vec::new(),
            receiver: Vec::new(),
            kinds: all,
        }];
        for (state, at_sender) in [(sender, true), (receiver, false)] {
            for (act, kinds) in self.states.acts(state) {
                let mut next = Vec::with_capacity(pieces.len() + 1);
                for piece in pieces {
                    let mut hit = piece.kinds.clone();
                    hit.keep(&kinds);
                    let mut rest = piece.kinds.clone();
                    rest.take(&kinds);
                    if !rest.is_empty() {
                        next.push(Piece {
                            kinds: rest,
                            ..piece.clone()
                        });
                    }
                    if !hit.is_empty() {
                        let mut piece = Piece {
                            kinds: hit,
                            ..piece
                        };
                        let acts = if at_sender {
                            &mut piece.sender
                        } else {
                            &mut piece.receiver
                        };
                        acts.push(act);
                        next.push(piece);
                    }
                }
                pieces = next;
            }
        }
        for piece in &mut pieces {
            piece.outcome = outcome(&piece.sender, &piece.receiver);
            if !self.explain && piece.outcome != Outcome::MayPass {
                piece.sender.clear();
                piece.receiver.clear();
            }
        }
        if !self.explain {
            pieces.retain(|piece| piece.outcome != Outcome::Discarded);
        }
        together(pieces)
    }

    fn join(&mut self, one: FateId, other: FateId) -> FateId {
        if let Some(fate) = self.joined.get(&(one, other)) {
            return *fate;
        }
        let mut fate = self.fate(one).clone();
        let more = self.fate(other);
        fate.versions = (
            fate.versions.0 || more.versions.0,
            fate.versions.1 || more.versions.1,
        );
        fate.pieces.extend(more.pieces.iter().cloned());
        fate.pieces = together(fate.pieces);
        let fate = self.fate_id(fate);
        self.joined.insert((one, other), fate);
        fate
    }

    fn fate_id(&mut self, fate: Fate) -> FateId {
        let (at, _) = self.fates.insert_full(fate);
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// What becomes of the traffic of a pair.
    pub fn fate(&self, id: FateId) -> &Fate {
        static NONE: Fate = Fate {
            versions: (false, false),
            pieces: Vec::new(),
        };
        self.fates.get_index(id as usize).unwrap_or(&NONE)
    }

    /// The services of a pair that end so; none where no traffic does.
    pub fn services_id(&mut self, fate: FateId, outcome: Outcome) -> Option<ServicesId> {
        let Fate { versions, pieces } = self.fate(fate);
        let versions = *versions;
        let mut kinds: Option<Bits> = None;
        for piece in pieces.iter().filter(|piece| piece.outcome == outcome) {
            match &mut kinds {
                Some(kinds) => kinds.add(&piece.kinds),
                None => kinds = Some(piece.kinds.clone()),
            }
        }
        Some(self.write(kinds?, versions))
    }

    /// Kinds of traffic as people write them.
    pub fn write(&mut self, kinds: Bits, (v4, v6): (bool, bool)) -> ServicesId {
        let key = (kinds, v4, v6);
        if let Some(written) = self.written.get(&key) {
            return *written;
        }
        let text = services(&self.atoms, &key.0, Versions { v4, v6 });
        let (at, _) = self.services.insert_full(text);
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        self.written.insert(key, at);
        at
    }

    /// The services at a place.
    pub fn services(&self, id: ServicesId) -> Services {
        self.services
            .get_index(id as usize)
            .cloned()
            .unwrap_or_default()
    }
}

/// Pieces that fare alike as one, in a fixed order.
fn together(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort();
    let mut merged: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match merged.last_mut() {
            Some(last)
                if (last.outcome, &last.sender, &last.receiver)
                    == (piece.outcome, &piece.sender, &piece.receiver) =>
            {
                last.kinds.add(&piece.kinds);
            }
            _ => merged.push(piece),
        }
    }
    merged
}

fn outcome(sender: &[Act], receiver: &[Act]) -> Outcome {
    let allow = |acts: &[Act]| {
        acts.iter()
            .any(|act| matches!(act.verdict, Verdict::Allow | Verdict::Unknown))
    };
    let deny = |acts: &[Act]| {
        acts.iter()
            .any(|act| matches!(act.verdict, Verdict::Deny | Verdict::Unknown))
    };
    match (
        allow(sender) && allow(receiver),
        deny(sender) || deny(receiver),
    ) {
        (true, false) => Outcome::Passes,
        (true, true) => Outcome::MayPass,
        (false, _) => Outcome::Discarded,
    }
}

fn side(
    classes: &Classes,
    lists: &[Vec<Step>; 2],
    asked: Option<SetId>,
    set_of: impl Fn(&Place) -> SetId,
) -> Side {
    let mut used = vec![false; classes.set_count()];
    let mut mark = |set: SetId| {
        if let Some(used) = used.get_mut(set as usize) {
            *used = true;
        }
    };
    for step in lists.iter().flatten() {
        mark(set_of(&step.possible));
        if let SureAt::Some(place) = &step.sure {
            mark(set_of(place));
        }
    }
    asked.into_iter().for_each(mark);
    let mut parts = Partition::new(classes.len());
    for (set, _) in (0_u32..).zip(&used).filter(|(_, used)| **used) {
        parts.refine(classes.of_set(set));
    }
    let outside: Vec<u32> = of_class(classes, |class| {
        let first = classes.members(class).next();
        first.is_some_and(|(_, point)| point.vm().is_none())
    });
    parts.refine(&outside);
    parts.refine(&of_class(classes, |class| classes.versions(class).v4));
    parts.refine(&of_class(classes, |class| classes.versions(class).v6));
    let (role_of, members) = parts.finish();
    let versions = members
        .iter()
        .map(|role| classes.versions(role.first().copied().unwrap_or(0)))
        .collect();
    let roles_of = |set: SetId| -> Vec<u32> {
        let mut roles: Vec<u32> = classes
            .of_set(set)
            .iter()
            .filter_map(|class| role_of.get(*class as usize).copied())
            .collect();
        roles.sort_unstable();
        roles.dedup();
        roles
    };
    let of_set: Vec<Vec<u32>> = (0_u32..)
        .zip(&used)
        .map(|(set, used)| if *used { roles_of(set) } else { Vec::new() })
        .collect();
    let inside = of_set
        .iter()
        .map(|roles| {
            let mut bits = Bits::empty(members.len());
            roles.iter().for_each(|role| bits.insert(*role));
            bits
        })
        .collect();
    Side {
        versions,
        of_set,
        inside,
        role_of,
    }
}

fn of_class(classes: &Classes, holds: impl Fn(u32) -> bool) -> Vec<u32> {
    (0_u32..)
        .take(classes.len())
        .filter(|class| holds(*class))
        .collect()
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
