//! What each allow lets through at each end, as boxes that may be added up in any order.

use super::cut::{Cell, Knife, cut};
use super::lists::{Entry, Hold, Kind, Own};
use super::side::{Form, Part, Reach};
use super::traffic::Traffic;
use super::universe::Universe;
use crate::ir::Id;
use crate::ir::Linked;
use crate::ir::network::{Group, Tier};
use crate::ir::service::Service;
use crate::ir::set::AddressSet;
use crate::semantics::VmSet;
use crate::semantics::endpoints::VmId;
use std::collections::{BTreeMap, BTreeSet};

/// The end at which a rule is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The receiver.
    Inbound,
    /// The sender.
    Outbound,
}

impl End {
    /// As an entry is held at this end.
    #[must_use]
    pub const fn hold(self, entry: &Entry) -> Option<&Hold> {
        match self {
            Self::Inbound => entry.ingress.as_ref(),
            Self::Outbound => entry.egress.as_ref(),
        }
    }
}

/// What people call a set, and the group it is.
#[derive(Clone, Debug)]
pub struct Known {
    /// How the target names it; `Machines` or `Addresses` after a cut.
    pub form: Form,
    /// What people call it.
    pub name: String,
    /// The group that it is exactly.
    pub group: Option<Id<Group<Linked>>>,
}

/// A box of one allow at one end.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The number of the rule.
    pub rule: usize,
    /// The end.
    pub end: End,
    /// The machines that filter.
    pub own: Known,
    /// The machines that filter, as a set.
    pub own_vms: VmSet,
    /// The peers.
    pub peer: Known,
    /// The peers, as a set.
    pub peer_reach: Reach,
    /// The traffic.
    pub traffic: Traffic,
    /// The services that are exactly the traffic; empty: they are not known as such.
    pub services: Vec<Id<Service<Linked>>>,
}

/// What became of one allow.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What it lets through.
    pub pieces: Vec<Piece>,
    /// The rules that took something from it.
    pub by: BTreeSet<usize>,
    /// Whether all that they took is known exactly.
    pub exact: bool,
    /// Whether a part that the target could follow by itself became a fixed set.
    pub frozen: bool,
}

/// The denies and jumps as they are held at one end.
#[derive(Debug)]
struct Stack<'entries> {
    end: End,
    knives: Vec<(&'entries Entry, Knife)>,
    jumps: Vec<&'entries Entry>,
    index: Index,
}

/// So many machines are few enough to be looked up one by one.
const FEW: usize = 64;

/// The knives by the machines they reach, so that a narrow cell asks few of them.
#[derive(Debug, Default)]
struct Index {
    /// Those that few machines hold, by machine.
    by_own: BTreeMap<VmId, Vec<usize>>,
    narrow: Vec<usize>,
    /// The others, if few machines are their peers, by peer.
    by_peer: BTreeMap<VmId, Vec<usize>>,
    fenced: Vec<usize>,
    /// The rest.
    wide: Vec<usize>,
}

impl Index {
    fn of(knives: &[(&Entry, Knife)]) -> Self {
        let mut index = Self::default();
        for (at, (_, knife)) in knives.iter().enumerate() {
            if knife.own.len() <= FEW {
                index.narrow.push(at);
                for vm in knife.own.iter() {
                    index.by_own.entry(vm).or_default().push(at);
                }
            } else if knife.vms.len() <= FEW && !knife.blind {
                index.fenced.push(at);
                for vm in knife.vms.iter() {
                    index.by_peer.entry(vm).or_default().push(at);
                }
            } else {
                index.wide.push(at);
            }
        }
        index
    }

    /// Every knife that could meet the cell, and some more, in order.
    fn near(&self, cell: &Cell) -> Vec<usize> {
        let mut found = self.wide.clone();
        if cell.own.len() <= 4 * FEW {
            let of = cell.own.iter().filter_map(|vm| self.by_own.get(&vm));
            found.extend(of.flatten());
        } else {
            found.extend(&self.narrow);
        }
        if cell.peer.ips.is_empty() && cell.peer.vms.len() <= 4 * FEW {
            let of = cell.peer.vms.iter().filter_map(|vm| self.by_peer.get(&vm));
            found.extend(of.flatten());
        } else {
            found.extend(&self.fenced);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Works out the boxes of every allow: one outcome for each entry that is one, by rule. `native`
/// tells the rules that the target holds as denies of its own.
#[must_use]
pub fn boxes(
    universe: &Universe,
    entries: &[Entry],
    native: &BTreeSet<usize>,
) -> Vec<(usize, Outcome)> {
    let stacks = [End::Inbound, End::Outbound].map(|end| Stack::of(universe, entries, end, native));
    entries
        .iter()
        .filter(|entry| entry.kind == Kind::Allow)
        .map(|entry| {
            let mut outcome = Outcome {
                exact: true,
                ..Outcome::default()
            };
            for stack in &stacks {
                stack.lower(universe, entry, &mut outcome);
            }
            (entry.rule, outcome)
        })
        .collect()
}

impl<'entries> Stack<'entries> {
    fn of(
        universe: &Universe,
        entries: &'entries [Entry],
        end: End,
        native: &BTreeSet<usize>,
    ) -> Self {
        let one_ended: Vec<(End, Knife)> = entries
            .iter()
            .filter(|entry| entry.kind != Kind::Deny && !entry.symmetric)
            .flat_map(|entry| [(End::Inbound, entry), (End::Outbound, entry)])
            .filter_map(|(end, entry)| Some((end, knife(universe, entry, end)?)))
            .collect();
        let knives: Vec<(&Entry, Knife)> = entries
            .iter()
            .filter(|entry| entry.kind != Kind::Allow && !native.contains(&entry.rule))
            .filter_map(|entry| {
                let mut knife = knife(universe, entry, end)?;
                knife.elsewhere = elsewhere(universe, entry, &one_ended) == Some(end);
                Some((entry, knife))
            })
            .collect();
        let jumps = entries.iter().filter(|entry| entry.kind == Kind::Jump);
        Self {
            end,
            index: Index::of(&knives),
            jumps: jumps.collect(),
            knives,
        }
    }

    fn lower(&self, universe: &Universe, entry: &Entry, outcome: &mut Outcome) {
        let Some(hold) = self.end.hold(entry) else {
            return;
        };
        let jumps: &[&Entry] = if entry.tier == Tier::Application {
            &self.jumps
        } else {
            &[]
        };
        for own in &hold.own {
            for peer in &hold.peers {
                let cell = Cell {
                    own: own.vms.clone(),
                    peer: peer.reach.clone(),
                    traffic: entry.traffic.clone(),
                };
                let before: Vec<&(&Entry, Knife)> = self
                    .index
                    .near(&cell)
                    .into_iter()
                    .filter_map(|at| self.knives.get(at))
                    .filter(|(other, _)| other.rule < entry.rule)
                    .filter(|(other, _)| {
                        other.kind == Kind::Deny || entry.tier == Tier::Environment
                    })
                    .collect();
                self.one(universe, entry, (own, peer), &cell, &before, jumps, outcome);
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one step of a loop over all of these"
    )]
    fn one(
        &self,
        universe: &Universe,
        entry: &Entry,
        sides: (&Own, &Part),
        cell: &Cell,
        before: &[&(&Entry, Knife)],
        jumps: &[&Entry],
        outcome: &mut Outcome,
    ) {
        let (own, _) = sides;
        let mut cells = Vec::new();
        for jump in jumps {
            let Some(jumped) = self.jumped(universe, cell, jump) else {
                continue;
            };
            let skips = |other: &Entry| other.tier == Tier::Environment && other.rule > jump.rule;
            let differs = before
                .iter()
                .any(|(other, knife)| skips(other) && knife.meets(&jumped));
            if !differs {
                continue;
            }
            let kept = before
                .iter()
                .filter(|(other, _)| !skips(other))
                .map(|(_, knife)| knife);
            let rest = cut(jumped, kept);
            cells.extend(rest.cells);
        }
        let rest = cut(cell.clone(), before.iter().map(|(_, knife)| knife));
        let whole_by_jump = cells.contains(cell);
        if !whole_by_jump {
            outcome.by.extend(rest.by);
            outcome.exact &= rest.exact;
            cells.extend(rest.cells);
        }
        let mut seen: Vec<Cell> = Vec::new();
        for cut in cells {
            if !seen.contains(&cut) {
                let piece = piece(entry, self.end, sides, cell, &cut);
                outcome.frozen |= piece.own.form != own.form || piece.peer_reach != cell.peer;
                outcome.pieces.push(piece);
                seen.push(cut);
            }
        }
    }

    /// The part of a cell that certainly jumps.
    fn jumped(&self, universe: &Universe, cell: &Cell, jump: &Entry) -> Option<Cell> {
        let hold = self.end.hold(jump)?;
        let peers = hold.peers.iter().fold(Reach::default(), |all, part| Reach {
            vms: all.vms.union(&part.reach.vms),
            ips: all.ips.union(&part.reach.ips),
        });
        let (sure, _) = universe.holders(&peers.ips);
        let (held, _) = universe.addresses(&peers.vms);
        let everybody = peers.ips == AddressSet::full();
        let vms = if everybody {
            universe.all.clone()
        } else {
            peers.vms.union(&sure)
        };
        let jumped = Cell {
            own: cell.own.intersection(&hold.own_sure()),
            peer: Reach {
                vms: cell.peer.vms.intersection(&vms),
                ips: cell.peer.ips.intersection(&peers.ips.union(&held)),
            },
            traffic: cell.traffic.intersection(&jump.traffic),
        };
        (!jumped.is_empty()).then_some(jumped)
    }
}

fn piece(entry: &Entry, end: End, sides: (&Own, &Part), whole: &Cell, cut: &Cell) -> Piece {
    let (own, peer) = sides;
    let own_whole = cut.own == whole.own;
    let peer_whole = cut.peer == whole.peer;
    let form_of_cut = match peer.form {
        Form::Anyone => Form::Anyone,
        Form::Addresses => Form::Addresses,
        Form::Tags(_) | Form::Machines => Form::Machines,
    };
    Piece {
        rule: entry.rule,
        end,
        own: Known {
            form: if own_whole {
                own.form.clone()
            } else {
                Form::Machines
            },
            name: own.name.clone(),
            group: own.group.filter(|_| own_whole),
        },
        own_vms: cut.own.clone(),
        peer: Known {
            form: if peer_whole {
                peer.form.clone()
            } else {
                form_of_cut
            },
            name: peer.name.clone(),
            group: peer.group.filter(|_| peer_whole),
        },
        peer_reach: cut.peer.clone(),
        services: if cut.traffic == whole.traffic {
            entry.services.clone()
        } else {
            Vec::new()
        },
        traffic: cut.traffic.clone(),
    }
}

/// An entry as what it takes at one end.
pub(super) fn knife(universe: &Universe, entry: &Entry, end: End) -> Option<Knife> {
    let hold = end.hold(entry)?;
    Some(Knife::new(
        universe,
        entry.rule,
        hold.own_possible.clone(),
        &hold.peers_possible,
        entry.traffic_possible.clone(),
        entry.exact,
    ))
}

/// The end at which a deny need not be taken out, because the other end stops all of it.
///
/// A deny that both ends of every flow hold stops the flow at both. Every allow before it that meets
/// it is held by both ends too, so both ends judge the flow alike up to the deny. It is taken out
/// where fewer machines hold it; wide allows at the other end stay as they are.
fn elsewhere(universe: &Universe, deny: &Entry, one_ended: &[(End, Knife)]) -> Option<End> {
    if deny.kind != Kind::Deny || !deny.symmetric || !deny.exact {
        return None;
    }
    let (sender, receiver) = (deny.egress.as_ref()?, deny.ingress.as_ref()?);
    let filters = |reach: &Reach| reach.ips.is_empty() && reach.vms.is_subset(&universe.filtered);
    let at_sender = filters(&receiver.peers_possible);
    let at_receiver = filters(&sender.peers_possible);
    let blocked = || {
        let cells = [(End::Inbound, receiver), (End::Outbound, sender)].map(|(end, hold)| {
            let cell = Cell {
                own: hold.own_possible.clone(),
                peer: hold.peers_possible.clone(),
                traffic: deny.traffic_possible.clone(),
            };
            (end, cell)
        });
        one_ended.iter().any(|(at, knife)| {
            knife.rule < deny.rule
                && cells
                    .iter()
                    .any(|(end, cell)| end == at && knife.meets(cell))
        })
    };
    let narrow_sender = sender.own_possible.len() <= receiver.own_possible.len();
    let end = match (at_sender, at_receiver) {
        (false, false) => return None,
        (true, true) if narrow_sender => End::Inbound,
        (true | false, true) => End::Outbound,
        (true, false) => End::Inbound,
    };
    (!blocked()).then_some(end)
}
