//! The plain way to work out a relation: for each pair of classes, look through every entry.

use rehome::semantics::endpoints::{Endpoint, Endpoints};
use rehome::semantics::filter::{Entry, Verdict};
use rehome::verify::relation::Relation;

/// A list of entries by the classes and the kinds each is about, and nothing cleverer.
pub struct Scan {
    /// For each kind whether it is IPv6.
    pub kinds: Vec<bool>,
    /// For each class whether it speaks only IPv6, or only IPv4.
    pub classes: Vec<Option<bool>>,
    pub entries: Vec<Row>,
}

/// An entry by the classes and the kinds it is about.
pub struct Row {
    pub from: Vec<bool>,
    pub to: Vec<bool>,
    pub kinds: Vec<usize>,
    pub verdict: Verdict,
    pub stage: u8,
}

impl Scan {
    pub fn of(relation: &Relation, entries: &[Entry]) -> Self {
        let packets: Vec<_> = relation.packets().collect();
        let endpoints: Vec<_> = (0..relation.classes())
            .map(|class| relation.endpoint(class).expect("a class has endpoints"))
            .collect();
        let entry = |entry: &Entry| {
            let region = &entry.possible;
            let kinds = (0..)
                .zip(&packets)
                .filter(|(_, packet)| region.traffic.contains(**packet));
            let within = |side: &Endpoints| {
                let classes = endpoints.iter();
                classes.map(|one| side.contains(*one)).collect()
            };
            Row {
                from: within(&region.source),
                to: within(&region.destination),
                kinds: kinds.map(|(at, _)| at).collect(),
                verdict: entry.verdict,
                stage: entry.stage,
            }
        };
        let version = |one: &Endpoint| one.address.map(|address| address.is_ipv6());
        Self {
            kinds: packets.iter().map(|packet| packet.v6).collect(),
            classes: endpoints.iter().map(version).collect(),
            entries: entries.iter().map(entry).collect(),
        }
    }

    pub fn speak(&self, class: u32, kind: usize) -> bool {
        self.classes[class as usize].is_none_or(|v6| v6 == self.kinds[kind])
    }

    /// The kinds that the first entry that matches lets through.
    pub fn admits(&self, source: u32, destination: u32) -> Vec<bool> {
        let mut decided = vec![false; self.kinds.len()];
        let mut passed = vec![None; self.kinds.len()];
        let mut admitted = vec![false; self.kinds.len()];
        for row in &self.entries {
            let Row {
                from,
                to,
                kinds,
                verdict,
                stage,
            } = row;
            if !from[source as usize] || !to[destination as usize] {
                continue;
            }
            for kind in kinds {
                if decided[*kind] || passed[*kind] == Some(*stage) {
                    continue;
                }
                match verdict {
                    Verdict::Allow => admitted[*kind] = true,
                    Verdict::Pass => passed[*kind] = Some(*stage),
                    Verdict::Deny | Verdict::Unknown | Verdict::Unsettled => {}
                }
                decided[*kind] = *verdict != Verdict::Pass;
            }
        }
        admitted
    }
}
