//! What each allow lets through at each end, as boxes that may be added up in any order.

use super::cut::{Cell, Forge, Knife, cut};
use super::lists::{Entry, Hold, Kind, Own};
use super::near::Index;
use super::side::{Form, Part, Reach};
use super::traffic::Traffic;
use super::universe::Universe;
use crate::ir::Id;
use crate::ir::Linked;
use crate::ir::network::{Group, Tier};
use crate::ir::service::Service;
use crate::semantics::VmSet;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The end at which a rule is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The receiver.
    Inbound,
    /// The sender.
    Outbound,
}

/// Both ends.
pub const ENDS: [End; 2] = [End::Inbound, End::Outbound];

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
    pub name: Arc<str>,
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
    /// Denies and jumps.
    knives: Vec<(&'entries Entry, Knife)>,
    index: Index,
    /// What certainly jumps.
    jumps: Vec<Knife>,
    jump_index: Index,
}

/// Works out the boxes of every allow: one outcome for each entry that is one, by rule. `native`
/// tells the rules that the target holds as denies of its own.
#[must_use]
pub fn boxes(
    universe: &Universe,
    entries: &[Entry],
    native: &BTreeSet<usize>,
) -> Vec<(usize, Outcome)> {
    let mut forge = Forge::new(universe);
    let ways = ENDS.map(|end| Ways::of(&mut forge, entries, end));
    let stacks = ENDS.map(|end| Stack::of(&mut forge, entries, end, native, &ways));
    entries
        .par_iter()
        .filter(|entry| entry.kind == Kind::Allow)
        .map(|entry| {
            let mut outcome = Outcome {
                exact: true,
                ..Outcome::default()
            };
            for stack in &stacks {
                stack.lower(entry, &mut outcome);
            }
            (entry.rule, outcome)
        })
        .collect()
}

impl<'entries> Stack<'entries> {
    fn of(
        forge: &mut Forge<'_>,
        entries: &'entries [Entry],
        end: End,
        native: &BTreeSet<usize>,
        ways: &[Ways; 2],
    ) -> Self {
        let mut knives = Vec::new();
        let mut jumps = Vec::new();
        for entry in entries.iter().filter(|entry| entry.kind != Kind::Allow) {
            if entry.kind == Kind::Jump {
                jumps.extend(forge.certain(entry, end));
            }
            if native.contains(&entry.rule) {
                continue;
            }
            let Some(mut knife) = forge.knife(entry, end) else {
                continue;
            };
            if let Some(parts) = elsewhere(forge, entry, end, &knife, ways) {
                knife.elsewhere = true;
                knives.extend(parts.into_iter().map(|part| (entry, part)));
            }
            knives.push((entry, knife));
        }
        Self {
            end,
            index: Index::of(knives.iter().map(|(_, knife)| knife)),
            jump_index: Index::of(&jumps),
            jumps,
            knives,
        }
    }

    fn lower(&self, entry: &Entry, outcome: &mut Outcome) {
        let Some(hold) = self.end.hold(entry) else {
            return;
        };
        let end = self
            .knives
            .partition_point(|(other, _)| other.rule < entry.rule);
        for own in &hold.own {
            for peer in &hold.peers {
                let cell = Cell {
                    own: own.vms.clone(),
                    peer: peer.reach.clone(),
                    traffic: entry.traffic.clone(),
                };
                let before: Vec<&(&Entry, Knife)> = self
                    .index
                    .near(&cell, end)
                    .into_iter()
                    .filter_map(|at| self.knives.get(at))
                    .filter(|(other, _)| {
                        other.kind == Kind::Deny || entry.tier == Tier::Environment
                    })
                    .filter(|(_, knife)| knife.meets(&cell))
                    .collect();
                self.one(entry, (own, peer), &cell, &before, outcome);
            }
        }
    }

    fn one(
        &self,
        entry: &Entry,
        sides: (&Own, &Part),
        cell: &Cell,
        before: &[&(&Entry, Knife)],
        outcome: &mut Outcome,
    ) {
        let (own, _) = sides;
        let mut cells = Vec::new();
        let skips =
            |other: &Entry, jump: &Knife| other.tier == Tier::Environment && other.rule > jump.rule;
        // Without a deny to jump over, a jump changes nothing.
        let skipped = before.iter().map(|(other, _)| other);
        let last = skipped
            .filter(|other| other.tier == Tier::Environment)
            .map(|other| other.rule)
            .max()
            .filter(|_| entry.tier == Tier::Application)
            .unwrap_or(0);
        let end = self.jumps.partition_point(|jump| jump.rule < last);
        let near = self.jump_index.near(cell, end);
        for jump in near.into_iter().filter_map(|at| self.jumps.get(at)) {
            let jumped = jump.part(cell);
            let differs =
                |(other, knife): &&(&Entry, Knife)| skips(other, jump) && knife.meets(&jumped);
            if jumped.is_empty() || !before.iter().any(differs) {
                continue;
            }
            let kept = before
                .iter()
                .filter(|(other, _)| !skips(other, jump))
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
}

fn piece(entry: &Entry, end: End, sides: (&Own, &Part), whole: &Cell, cut: &Cell) -> Piece {
    let (own, peer) = sides;
    let own_whole = cut.own == whole.own;
    let peer_whole = cut.peer == whole.peer;
    let form_of_cut = match peer.form {
        Form::Anyone => Form::Anyone,
        Form::Addresses => Form::Addresses,
        Form::Tags(_) | Form::Named(_) | Form::Machines => Form::Machines,
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

/// The allows and jumps that one end of some of their flows may not hold, as they are held at one.
#[derive(Debug)]
struct Ways {
    knives: Vec<Knife>,
    index: Index,
}

impl Ways {
    fn of(forge: &mut Forge<'_>, entries: &[Entry], end: End) -> Self {
        let knives: Vec<Knife> = entries
            .iter()
            .filter(|entry| entry.kind != Kind::Deny && !entry.symmetric)
            .filter_map(|entry| forge.knife(entry, end))
            .collect();
        Self {
            index: Index::of(&knives),
            knives,
        }
    }
}

/// So many parts of a deny are worth being taken out one by one.
const PARTS: usize = 256;

/// The parts of a deny that must be taken out at this end, where the other end takes out all of it;
/// nothing where it does not.
///
/// A deny that both ends of every flow hold stops the flow at both. It is taken out where fewer
/// machines hold it; wide allows at this end stay as they are. That is the same, unless the other end
/// has a rule before it that lets the flow through and that this end does not have. So what such a
/// rule and the deny share is taken out here too.
fn elsewhere(
    forge: &mut Forge<'_>,
    deny: &Entry,
    end: End,
    knife: &Knife,
    ways: &[Ways; 2],
) -> Option<Vec<Knife>> {
    if deny.kind != Kind::Deny || !deny.symmetric || !deny.exact {
        return None;
    }
    let (sender, receiver) = (deny.egress.as_ref()?, deny.ingress.as_ref()?);
    let filtered = forge.filtered();
    let filters = |reach: &Reach| reach.ips.is_empty() && reach.vms.is_subset(filtered);
    let at_sender = filters(&receiver.peers_possible);
    let at_receiver = filters(&sender.peers_possible);
    let narrow_sender = sender.own_possible.len() <= receiver.own_possible.len();
    let free = match (at_sender, at_receiver) {
        (false, false) => return None,
        (true, true) if narrow_sender => End::Inbound,
        (true | false, true) => End::Outbound,
        (true, false) => End::Inbound,
    };
    if free != end {
        return None;
    }
    let [inbound, outbound] = ways;
    let (ways, other) = match end {
        End::Inbound => (outbound, sender),
        End::Outbound => (inbound, receiver),
    };
    let cell = Cell {
        own: other.own_possible.clone(),
        peer: other.peers_possible.clone(),
        traffic: deny.traffic_possible.clone(),
    };
    let before = ways.knives.partition_point(|way| way.rule < deny.rule);
    let mut parts = Vec::new();
    for at in ways.index.near(&cell, before) {
        let way = ways.knives.get(at)?;
        if way.meets(&cell) {
            parts.extend(forge.shared(knife, way));
        }
        if parts.len() > PARTS {
            return None;
        }
    }
    Some(parts)
}
