//! Pairs that may exchange the same, as few rows.
//!
//! INVARIANT (Fold): for one outcome every pair is in at most one row, which says all its services
//! of that outcome. The rows of one list of services are made by senders with the same receivers or
//! by receivers with the same senders, whichever gives fewer.

use super::ends::{Ends, Kinds};
use super::relation::{FateId, Relation, ServicesId};
use super::{Outcome, Row, Why};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs of kinds with the same outcome and services: for a kind of one side those of the other.
type Lines = BTreeMap<u32, Vec<u32>>;

/// The rows so far.
#[derive(Debug)]
pub struct Fold {
    explain: bool,
    discarded: bool,
    /// For each outcome and services: by sender, the receivers.
    layers: BTreeMap<(Outcome, ServicesId), Lines>,
    /// How the pairs whose rules are to be named fare.
    fates: BTreeMap<(Outcome, ServicesId), BTreeMap<(u32, u32), FateId>>,
    /// What is known of fates.
    outcomes: BTreeMap<FateId, Vec<(Outcome, ServicesId)>>,
}

impl Fold {
    /// No row.
    pub const fn new(explain: bool, discarded: bool) -> Self {
        Self {
            explain,
            discarded,
            layers: BTreeMap::new(),
            fates: BTreeMap::new(),
            outcomes: BTreeMap::new(),
        }
    }

    /// Takes in what becomes of the traffic between two kinds of endpoints.
    pub fn add(&mut self, sender: u32, receiver: u32, fate: FateId, relation: &mut Relation) {
        let Self {
            explain,
            discarded,
            layers,
            fates,
            outcomes,
        } = self;
        let outcomes = outcomes.entry(fate).or_insert_with(|| {
            [Outcome::Passes, Outcome::MayPass, Outcome::Discarded]
                .into_iter()
                .filter(|outcome| *discarded || *outcome != Outcome::Discarded)
                .filter_map(|outcome| Some((outcome, relation.services_id(fate, outcome)?)))
                .collect()
        });
        for layer in outcomes {
            let lines = layers.entry(*layer).or_default();
            lines.entry(sender).or_default().push(receiver);
            if *explain || layer.0 == Outcome::MayPass {
                let fates = fates.entry(*layer).or_default();
                fates.insert((sender, receiver), fate);
            }
        }
    }

    /// The rows, in the order of their services.
    pub fn finish(self, senders: &Kinds, receivers: &Kinds, relation: &mut Relation) -> Vec<Row> {
        let mut rows = Vec::new();
        for (layer, lines) in self.layers {
            let fates = self.fates.get(&layer);
            let services = relation.services(layer.1);
            for (from, to) in rectangles(&lines) {
                let why = fates.map_or_else(Vec::new, |fates| {
                    let pairs = from.iter().flat_map(|from| {
                        to.iter().filter_map(|to| fates.get(&(*from, *to)).copied())
                    });
                    why(layer.0, pairs.collect(), relation)
                });
                rows.push(Row {
                    from: senders.ends(from.iter().copied()),
                    to: receivers.ends(to.iter().copied()),
                    services: services.clone(),
                    outcome: layer.0,
                    why,
                });
            }
        }
        tidy(rows)
    }
}

/// The pairs of a layer as rectangles that do not overlap.
fn rectangles(lines: &Lines) -> Vec<(Vec<u32>, Vec<u32>)> {
    let by_sender = alike(lines);
    let mut turned = Lines::new();
    for (sender, receivers) in lines {
        for receiver in receivers {
            turned.entry(*receiver).or_default().push(*sender);
        }
    }
    let by_receiver = alike(&turned);
    if by_sender.len() <= by_receiver.len() {
        return by_sender
            .into_iter()
            .map(|(receivers, senders)| (senders, receivers.clone()))
            .collect();
    }
    by_receiver
        .into_iter()
        .map(|(senders, receivers)| (senders.clone(), receivers))
        .collect()
}

/// The lines with the same content.
fn alike(lines: &Lines) -> BTreeMap<&Vec<u32>, Vec<u32>> {
    let mut found: BTreeMap<&Vec<u32>, Vec<u32>> = BTreeMap::new();
    for (one, others) in lines {
        found.entry(others).or_default().push(*one);
    }
    found
}

/// The entries that decide the traffic of some pairs.
fn why(outcome: Outcome, fates: BTreeSet<FateId>, relation: &mut Relation) -> Vec<Why> {
    let mut kinds = BTreeMap::new();
    for fate in fates {
        let fate = relation.fate(fate);
        let (v4, v6) = fate.versions;
        for piece in fate.pieces.iter().filter(|piece| piece.outcome == outcome) {
            let key = (piece.sender.clone(), piece.receiver.clone());
            let (found, versions) = kinds
                .entry(key)
                .or_insert_with(|| (piece.kinds.clone(), (v4, v6)));
            found.add(&piece.kinds);
            *versions = (versions.0 || v4, versions.1 || v6);
        }
    }
    kinds
        .into_iter()
        .map(|((sender, receiver), (kinds, versions))| {
            let services = relation.write(kinds, versions);
            Why {
                sender,
                receiver,
                services: relation.services(services),
            }
        })
        .collect()
}

/// A machine and itself are no pair; rows that are equal but for one side are one.
fn tidy(rows: Vec<Row>) -> Vec<Row> {
    let mut tidy: Vec<Row> = Vec::with_capacity(rows.len());
    let mut seen: BTreeMap<(Outcome, super::Services, Ends), usize> = BTreeMap::new();
    for mut row in rows {
        if let Some(vm) = row.from.single() {
            row.to.vms.remove(&vm);
        }
        if let Some(vm) = row.to.single() {
            row.from.vms.remove(&vm);
        }
        if row.from.is_empty() || row.to.is_empty() {
            continue;
        }
        let key = (row.outcome, row.services.clone(), row.to.clone());
        match seen.get(&key).and_then(|at| tidy.get_mut(*at)) {
            Some(same) => {
                same.from.vms.extend(row.from.vms);
                same.from.outside = same.from.outside.union(&row.from.outside);
                for (vm, held) in row.from.at {
                    let known = same.from.at.entry(vm).or_default();
                    *known = known.union(&held);
                }
                same.why.extend(row.why);
                same.why.sort();
                same.why.dedup();
            }
            None => {
                seen.insert(key, tidy.len());
                tidy.push(row);
            }
        }
    }
    tidy
}
