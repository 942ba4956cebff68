//! The engine of the proof against a plain scan: after each change of a filter, the cells in which two
//! filters differ are counted by both.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "this is a test, and it may fail"
)]

#[path = "../benches/src/estate.rs"]
#[expect(dead_code, reason = "the benchmarks use the rest")]
mod estate;
#[path = "../benches/src/export.rs"]
mod export;
#[path = "../benches/src/random.rs"]
mod random;

use estate::{Estate, Profile};
use random::Random;
use rehome::compile::compile;
use rehome::finding::Findings;
use rehome::ir::{Linked, Policy};
use rehome::legal::{Options, Target};
use rehome::semantics::endpoints::Endpoint;
use rehome::semantics::filter::{Entry, Filters, Verdict};
use rehome::semantics::traffic::Packet;
use rehome::semantics::{Membership, ordered};
use rehome::source::Sources;
use rehome::verify::relation::{Relation, differing};

fn policy(profile: Profile) -> Policy<Linked> {
    let mut sources = Sources::default();
    for (name, bytes) in export::files(&Estate::new(profile, 300)) {
        let tree = rehome_grammar::read(bytes).expect("generated JSON is well-formed");
        sources.add(name.clone(), name.into(), tree);
    }
    compile(&sources, &Options::new(Target::default()), Findings::new()).policy
}

/// One end of each class, and one packet of each kind.
struct World {
    ends: Vec<Endpoint>,
    packets: Vec<Packet>,
}

/// An entry by the ends and the packets it is about.
struct Row {
    from: Vec<bool>,
    to: Vec<bool>,
    kinds: Vec<usize>,
    verdict: Verdict,
    stage: u8,
}

impl World {
    /// As fine as both filters ask for.
    fn of(policy: &Policy<Linked>, first: &Filters, second: &Filters) -> Self {
        let mut both = first.clone();
        both.out.extend(second.out.iter().cloned());
        both.inward.extend(second.inward.iter().cloned());
        let relation = Relation::of(policy, &both);
        let classes = 0..relation.classes();
        Self {
            ends: classes
                .map(|class| relation.endpoint(class).expect("a class has endpoints"))
                .collect(),
            packets: relation.packets().collect(),
        }
    }

    fn rows(&self, entries: &[Entry]) -> Vec<Row> {
        let row = |entry: &Entry| {
            let region = &entry.possible;
            let ends = self.ends.iter();
            let packets = (0..).zip(&self.packets);
            Row {
                from: ends
                    .clone()
                    .map(|end| region.source.contains(*end))
                    .collect(),
                to: ends.map(|end| region.destination.contains(*end)).collect(),
                kinds: packets
                    .filter(|(_, packet)| region.traffic.contains(**packet))
                    .map(|(at, _)| at)
                    .collect(),
                verdict: entry.verdict,
                stage: entry.stage,
            }
        };
        entries.iter().map(row).collect()
    }

    /// Which kinds the first row that matches lets through.
    fn scan(&self, rows: &[Row], from: usize, to: usize) -> Vec<bool> {
        let mut decided = vec![None; self.packets.len()];
        let mut passed = vec![None; self.packets.len()];
        for row in rows.iter().filter(|row| row.from[from] && row.to[to]) {
            for kind in &row.kinds {
                if decided[*kind].is_some() || passed[*kind] == Some(row.stage) {
                    continue;
                }
                if row.verdict == Verdict::Pass {
                    passed[*kind] = Some(row.stage);
                } else {
                    decided[*kind] = Some(row.verdict == Verdict::Allow);
                }
            }
        }
        let decided = decided.into_iter();
        decided
            .map(|one| one.expect("the default decides"))
            .collect()
    }

    /// Whether both ends speak the IP version of a packet.
    fn speak(&self, from: usize, to: usize, kind: usize) -> bool {
        let v6 = self.packets[kind].v6;
        [from, to].into_iter().all(|end| {
            let address = self.ends[end].address;
            address.is_none_or(|address| address.is_ipv6() == v6)
        })
    }

    fn differing(&self, first: &Filters, second: &Filters) -> [u128; 2] {
        let lists = [&first.out, &first.inward, &second.out, &second.inward];
        let lists = lists.map(|list| self.rows(list));
        let mut sum = [0; 2];
        for from in 0..self.ends.len() {
            for to in 0..self.ends.len() {
                let [out, inward, other_out, other_inward] =
                    [0, 1, 2, 3].map(|at| self.scan(&lists[at], from, to));
                for kind in (0..self.packets.len()).filter(|kind| self.speak(from, to, *kind)) {
                    let one = out[kind] && inward[kind];
                    let other = other_out[kind] && other_inward[kind];
                    sum[0] += u128::from(one && !other);
                    sum[1] += u128::from(other && !one);
                }
            }
        }
        sum
    }
}

/// Changes some entries, but never the last: the default.
fn mutate(filters: &Filters, random: &mut Random) -> Filters {
    let mut changed = filters.clone();
    for _ in 0..=random.below(3) {
        let list = if random.percent(50) {
            &mut changed.out
        } else {
            &mut changed.inward
        };
        let places = 0..list.len() - 1;
        let denies = places.filter(|at| list[*at].verdict != Verdict::Allow);
        let denies: Vec<usize> = denies.collect();
        let at = match denies.get(random.below(2 * denies.len())) {
            Some(deny) => *deny,
            None => random.below(list.len() - 1),
        };
        let other = random.below(list.len() - 1);
        match random.below(5) {
            0 => drop(list.remove(at)),
            1 => {
                list[at].verdict = match list[at].verdict {
                    Verdict::Allow => Verdict::Deny,
                    Verdict::Deny | Verdict::Pass | Verdict::Unknown | Verdict::Unsettled => {
                        Verdict::Allow
                    }
                };
            }
            2 => list[at].possible.traffic = list[other].possible.traffic.clone(),
            3 => list[at].possible.source = list[other].possible.source.clone(),
            _ => list[at].possible.destination = list[other].possible.destination.clone(),
        }
    }
    changed
}

#[test]
fn the_engine_counts_the_differences_that_a_scan_counts() {
    for (profile, seed) in [(Profile::Fenced, 7), (Profile::Brownfield, 8)] {
        let policy = policy(profile);
        let filters = ordered::filters(&policy, &Membership::of(&policy));
        assert_eq!(differing(&policy, &filters, &filters), [0, 0]);
        let (mut random, mut less, mut more) = (Random::new(seed), 0, 0);
        for round in 0..12 {
            let changed = mutate(&filters, &mut random);
            let world = World::of(&policy, &filters, &changed);
            let expected = world.differing(&filters, &changed);
            let found = differing(&policy, &filters, &changed);
            assert_eq!(found, expected, "{profile:?}, round {round}");
            less += u32::from(expected[0] > 0);
            more += u32::from(expected[1] > 0);
        }
        println!("{profile:?}: {less} changes stop more, {more} let through more");
        assert!(less > 1 && more > 1, "{profile:?}: {less}, {more}");
    }
}
