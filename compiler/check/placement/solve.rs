//! Whether rules can be kept together: is there a host for every machine that breaks none of them?
//!
//! Machines that must run together become one. Each has a set of hosts; sets of machines that keep
//! apart need hosts that all differ. That is list colouring: hard in general, easy in estates. A
//! machine with more hosts than neighbours can always be placed last and is taken out, what is left
//! falls into small parts, and each is searched with a budget. An answer is exact or says that it is
//! none.

use petgraph::unionfind::UnionFind;
use std::collections::{BTreeMap, BTreeSet};

/// Hosts as bits.
pub(super) type Hosts = u128;

/// How many hosts a cluster can have here; the product allows fewer.
pub(super) const MOST_HOSTS: usize = 128;

/// What one rule asks for, in numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// The machines run on one host.
    Together(Vec<usize>),
    /// No two of the machines run on one host.
    Apart(Vec<usize>),
    /// The machines run on one of the hosts.
    Within(Vec<usize>, Hosts),
}

impl Demand {
    /// The machines it speaks about.
    pub(super) fn vms(&self) -> &[usize] {
        match self {
            Self::Together(vms) | Self::Apart(vms) | Self::Within(vms, _) => vms,
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// There is a placement that keeps every rule.
    Possible,
    /// There is none; these rules, by number, speak about the machines for which there is none.
    Impossible(Vec<usize>),
    /// The search was given up.
    Undecided,
}

/// How many steps the search of one part may take.
const BUDGET: usize = 20_000;

/// The largest part that is searched: each step keeps a copy of it.
const LARGEST: usize = 256;

/// Decides whether the rules of these numbers can be kept on these hosts.
pub(super) fn decide(demands: &[Demand], active: &[usize], hosts: Hosts) -> Answer {
    let board = Board::new(demands, active, hosts);
    if let Some(at) = board.stuck() {
        return Answer::Impossible(board.rules_about(&[at]));
    }
    let mut undecided = false;
    for part in board.parts(0) {
        match board.search(&part) {
            Some(true) => {}
            Some(false) => return Answer::Impossible(board.rules_about(&part)),
            None => undecided = true,
        }
    }
    if undecided {
        Answer::Undecided
    } else {
        Answer::Possible
    }
}

/// The rules about machines for which a host fewer could be one too few; the others can be kept
/// whichever host fails.
pub(super) fn fragile(demands: &[Demand], active: &[usize], hosts: Hosts) -> Vec<usize> {
    let board = Board::new(demands, active, hosts);
    let left: Vec<usize> = board.parts(1).into_iter().flatten().collect();
    board.rules_about(&left)
}

/// A set of rules that cannot be kept together, from which none can be left out; nothing when the
/// search was given up on the way.
pub(super) fn core(demands: &[Demand], active: &[usize], hosts: Hosts) -> Option<Vec<usize>> {
    let Answer::Impossible(mut rules) = decide(demands, active, hosts) else {
        return None;
    };
    // Leaves out whole stretches first: most rules about a part are not to blame.
    let mut width = rules.len().div_ceil(2).max(1);
    loop {
        let mut at = 0;
        while at < rules.len() {
            let rest: Vec<usize> = rules
                .iter()
                .enumerate()
                .filter(|(place, _)| *place < at || *place >= at + width)
                .map(|(_, rule)| *rule)
                .collect();
            match decide(demands, &rest, hosts) {
                Answer::Impossible(_) => rules = rest,
                Answer::Possible => at += width,
                Answer::Undecided => return None,
            }
        }
        if width == 1 {
            return Some(rules);
        }
        width = width.div_ceil(2);
    }
}

/// The rules about machines, with machines that run together made one.
struct Board<'d> {
    demands: &'d [Demand],
    active: &'d [usize],
    /// The number of each machine that a rule mentions.
    vms: BTreeMap<usize, usize>,
    /// The merged machine of each, by number.
    merged: Vec<usize>,
    /// The hosts of each merged machine.
    hosts: Vec<Hosts>,
    /// The merged machines of each rule that keeps apart.
    apart: Vec<Vec<usize>>,
    /// Who must not share a host with whom.
    beside: Vec<BTreeSet<usize>>,
    /// A merged machine of which two parts keep apart.
    torn: Option<usize>,
}

impl<'d> Board<'d> {
    fn new(demands: &'d [Demand], active: &'d [usize], hosts: Hosts) -> Self {
        let mentioned: BTreeSet<usize> = active
            .iter()
            .filter_map(|rule| demands.get(*rule))
            .flat_map(Demand::vms)
            .copied()
            .collect();
        let vms: BTreeMap<usize, usize> = mentioned.into_iter().zip(0..).collect();
        let mut board = Board {
            demands,
            active,
            merged: Vec::new(),
            hosts: vec![hosts; vms.len()],
            apart: Vec::new(),
            beside: vec![BTreeSet::new(); vms.len()],
            torn: None,
            vms,
        };
        board.merge();
        for rule in active {
            match demands.get(*rule) {
                Some(Demand::Within(vms, within)) => {
                    for at in board.merged_of(vms) {
                        if let Some(own) = board.hosts.get_mut(at) {
                            *own &= within;
                        }
                    }
                }
                Some(Demand::Apart(vms)) => board.keep_apart(vms, hosts),
                Some(Demand::Together(_)) | None => {}
            }
        }
        board
    }

    fn merge(&mut self) {
        let mut sets = UnionFind::<usize>::new(self.vms.len());
        for rule in self.active {
            if let Some(Demand::Together(vms)) = self.demands.get(*rule) {
                let mut places = vms.iter().filter_map(|vm| self.vms.get(vm).copied());
                if let Some(first) = places.next() {
                    places.for_each(|next| {
                        sets.union(first, next);
                    });
                }
            }
        }
        self.merged = (0..self.vms.len()).map(|at| sets.find_mut(at)).collect();
    }

    fn merged_of(&self, vms: &[usize]) -> BTreeSet<usize> {
        let places = vms.iter().filter_map(|vm| self.vms.get(vm));
        places
            .filter_map(|place| self.merged.get(*place).copied())
            .collect()
    }

    fn keep_apart(&mut self, vms: &[usize], hosts: Hosts) {
        let distinct: BTreeSet<usize> = vms.iter().copied().collect();
        let places: BTreeSet<usize> = self.merged_of(vms);
        if places.len() < distinct.len() {
            let mut seen = BTreeSet::new();
            let all = distinct.iter().filter_map(|vm| self.vms.get(vm));
            let mut merged = all.filter_map(|place| self.merged.get(*place).copied());
            self.torn = self.torn.or_else(|| merged.find(|at| !seen.insert(*at)));
        }
        let list: Vec<usize> = places.iter().copied().collect();
        // Beyond the number of hosts the set is impossible by its size: no pairs are needed.
        if list.len() <= hosts.count_ones() as usize {
            for at in &list {
                if let Some(beside) = self.beside.get_mut(*at) {
                    beside.extend(places.iter().filter(|other| *other != at));
                }
            }
        }
        self.apart.push(list);
    }

    /// A merged machine for which there is no host whatever the others do.
    fn stuck(&self) -> Option<usize> {
        let used = self.merged.iter().copied();
        let no_host = used.clone().find(|at| self.hosts.get(*at) == Some(&0));
        let crowded = || {
            let sets = self.apart.iter();
            let mut full = sets.filter(|set| self.matching(set) < set.len());
            full.next().and_then(|set| set.first().copied())
        };
        self.torn.or(no_host).or_else(crowded)
    }

    /// The rules about some merged machines and those that keep apart from them.
    fn rules_about(&self, places: &[usize]) -> Vec<usize> {
        let mut places: BTreeSet<usize> = places.iter().copied().collect();
        for set in &self.apart {
            if set.iter().any(|at| places.contains(at)) {
                places.extend(set);
            }
        }
        let about = |rule: &&usize| {
            let vms = self.demands.get(**rule).map(Demand::vms);
            let merged = self.merged_of(vms.unwrap_or_default());
            !merged.is_disjoint(&places)
        };
        self.active.iter().filter(about).copied().collect()
    }

    /// The largest number of these that can have hosts of their own.
    fn matching(&self, set: &[usize]) -> usize {
        let mut taken: BTreeMap<u32, usize> = BTreeMap::new();
        let mut count = 0;
        for at in set {
            let mut tried: Hosts = 0;
            if self.augment(*at, &mut tried, &mut taken) {
                count += 1;
            }
        }
        count
    }

    /// Finds a host for one more, moving others on; as deep as there are hosts.
    fn augment(&self, at: usize, tried: &mut Hosts, taken: &mut BTreeMap<u32, usize>) -> bool {
        let mut open = self.hosts.get(at).copied().unwrap_or(0);
        while open & !*tried != 0 {
            open &= !*tried;
            let host = open.trailing_zeros();
            *tried |= 1 << host;
            let free = match taken.get(&host).copied() {
                None => true,
                Some(other) => self.augment(other, tried, taken),
            };
            if free {
                taken.insert(host, at);
                return true;
            }
        }
        false
    }

    /// What is left when everyone who can be placed last is taken out, in independent parts.
    /// `spare` hosts of each are not counted on.
    fn parts(&self, spare: u32) -> Vec<Vec<usize>> {
        let mut left: BTreeSet<usize> = self.merged.iter().copied().collect();
        let mut degree: Vec<usize> = self.beside.iter().map(BTreeSet::len).collect();
        let easy = |at: usize, degree: &[usize]| {
            let hosts = self.hosts.get(at).map_or(0, |hosts| hosts.count_ones());
            degree.get(at).copied().unwrap_or(0) < hosts.saturating_sub(spare) as usize
        };
        let mut queue: Vec<usize> = left
            .iter()
            .copied()
            .filter(|at| easy(*at, &degree))
            .collect();
        while let Some(at) = queue.pop() {
            if !left.remove(&at) {
                continue;
            }
            for other in self.beside.get(at).into_iter().flatten() {
                if let Some(degree) = degree.get_mut(*other) {
                    *degree = degree.saturating_sub(1);
                }
                if left.contains(other) && easy(*other, &degree) {
                    queue.push(*other);
                }
            }
        }
        let mut parts = Vec::new();
        while let Some(first) = left.pop_first() {
            let mut part = vec![first];
            let mut next = 0;
            while let Some(at) = part.get(next).copied() {
                next += 1;
                for other in self.beside.get(at).into_iter().flatten() {
                    if left.remove(other) {
                        part.push(*other);
                    }
                }
            }
            parts.push(part);
        }
        parts
    }

    /// Whether the machines of a part can be placed; nothing when the budget is spent.
    fn search(&self, part: &[usize]) -> Option<bool> {
        for at in part {
            let clique = self.clique(*at, part);
            if self.matching(&clique) < clique.len() {
                return Some(false);
            }
        }
        let open: BTreeMap<usize, Hosts> = part
            .iter()
            .map(|at| (*at, self.hosts.get(*at).copied().unwrap_or(0)))
            .collect();
        if self.greedy(open.clone()) {
            return Some(true);
        }
        let mut budget = BUDGET;
        (part.len() <= LARGEST)
            .then(|| self.place(&open, &mut budget))
            .flatten()
    }

    /// Whether placing the machine with the fewest hosts first, without looking back, succeeds.
    fn greedy(&self, mut open: BTreeMap<usize, Hosts>) -> bool {
        while let Some((&at, &hosts)) = open.iter().min_by_key(|(_, hosts)| hosts.count_ones()) {
            if hosts == 0 {
                return false;
            }
            let host = 1 << hosts.trailing_zeros();
            open.remove(&at);
            for other in self.beside.get(at).into_iter().flatten() {
                if let Some(hosts) = open.get_mut(other) {
                    *hosts &= !host;
                }
            }
        }
        true
    }

    /// Machines that all keep apart from each other, grown from one of them.
    fn clique(&self, from: usize, part: &[usize]) -> Vec<usize> {
        let mut clique = vec![from];
        for at in part {
            let all = clique.iter().all(|member| {
                member != at && self.beside.get(*member).is_some_and(|set| set.contains(at))
            });
            if all {
                clique.push(*at);
            }
        }
        clique
    }

    /// Places the machine with the fewest hosts and goes on; as deep as the part has machines.
    fn place(&self, open: &BTreeMap<usize, Hosts>, budget: &mut usize) -> Option<bool> {
        *budget = budget.checked_sub(1)?;
        let tightest = open.iter().min_by_key(|(_, hosts)| hosts.count_ones());
        let Some((&at, &hosts)) = tightest else {
            return Some(true);
        };
        let mut choices = hosts;
        while choices != 0 {
            let host = 1 << choices.trailing_zeros();
            choices &= !host;
            let mut rest = open.clone();
            rest.remove(&at);
            let mut dead = false;
            for other in self.beside.get(at).into_iter().flatten() {
                if let Some(hosts) = rest.get_mut(other) {
                    *hosts &= !host;
                    dead |= *hosts == 0;
                }
            }
            if !dead && self.place(&rest, budget)? {
                return Some(true);
            }
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VMS: usize = 6;
    const HOSTS: usize = 4;

    /// Every placement of six machines on four hosts.
    fn placements() -> impl Iterator<Item = [usize; VMS]> {
        (0..HOSTS.pow(6)).map(|number| {
            let mut number = number;
            let mut placement = [0; VMS];
            for host in &mut placement {
                *host = number % HOSTS;
                number /= HOSTS;
            }
            placement
        })
    }

    fn keeps(placement: &[usize; VMS], demand: &Demand, up: Hosts) -> bool {
        let hosts = |vms: &[usize]| -> Vec<usize> { vms.iter().map(|vm| placement[*vm]).collect() };
        let runs = hosts(demand.vms()).iter().all(|host| up & (1 << host) != 0);
        runs && match demand {
            Demand::Together(vms) => hosts(vms).windows(2).all(|pair| pair[0] == pair[1]),
            Demand::Apart(vms) => {
                let mut found = hosts(vms);
                found.sort_unstable();
                found.windows(2).all(|pair| pair[0] != pair[1])
            }
            Demand::Within(vms, within) => hosts(vms).iter().all(|host| within & (1 << host) != 0),
        }
    }

    fn by_hand(demands: &[Demand], rules: &[usize], up: Hosts) -> bool {
        placements().any(|placement| {
            rules
                .iter()
                .all(|rule| keeps(&placement, &demands[*rule], up))
        })
    }

    fn demand() -> impl Strategy<Value = Demand> {
        let vms = || {
            prop::collection::btree_set(0..VMS, 1..=4)
                .prop_map(|set| set.into_iter().collect::<Vec<_>>())
        };
        prop_oneof![
            vms().prop_map(Demand::Together),
            vms().prop_map(Demand::Apart),
            vms().prop_map(Demand::Apart),
            (vms(), 0_u128..16).prop_map(|(vms, hosts)| Demand::Within(vms, hosts)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
        #[test]
        fn the_answer_is_that_of_trying_every_placement(
            demands in prop::collection::vec(demand(), 1..7), up in 1_u128..16
        ) {
            let all: Vec<usize> = (0..demands.len()).collect();
            let answer = decide(&demands, &all, up);
            prop_assert_ne!(&answer, &Answer::Undecided);
            prop_assert_eq!(answer == Answer::Possible, by_hand(&demands, &all, up));
            if answer == Answer::Possible {
                let fragile = fragile(&demands, &all, up);
                for host in 0..HOSTS {
                    let up = up & !(1 << host);
                    let kept = decide(&demands, &fragile, up) == Answer::Possible;
                    prop_assert_eq!(kept, by_hand(&demands, &all, up), "without host {}", host);
                }
            }
            if let Answer::Impossible(about) = &answer {
                prop_assert!(!by_hand(&demands, about, up), "the blame is complete");
                let core = core(&demands, &all, up).expect("decided");
                prop_assert!(!by_hand(&demands, &core, up), "the core conflicts");
                for left_out in &core {
                    let rest: Vec<usize> = core.iter().copied().filter(|rule| rule != left_out).collect();
                    prop_assert!(by_hand(&demands, &rest, up), "none can be left out");
                }
            }
        }
    }

    #[test]
    fn ten_machines_apart_in_pairs_need_ten_hosts() {
        let pairs: Vec<Demand> = (0..10)
            .flat_map(|a| (0..a).map(move |b| Demand::Apart(vec![a, b])))
            .collect();
        let all: Vec<usize> = (0..pairs.len()).collect();
        assert_eq!(decide(&pairs, &all, (1 << 10) - 1), Answer::Possible);
        assert!(matches!(
            decide(&pairs, &all, (1 << 9) - 1),
            Answer::Impossible(_)
        ));
    }

    #[test]
    fn a_large_cluster_is_decided_at_once() {
        // 8,000 machines on 96 hosts: 500 pairs together, 2,000 sets of eight apart.
        let together = (0..500).map(|at| Demand::Together(vec![at * 16, at * 16 + 1]));
        let apart = (0..2_000)
            .map(|at| Demand::Apart((0..8).map(|k| (at * 4 + k * 331) % 8_000).collect()));
        let within = (0..40).map(|at| {
            Demand::Within(
                (at * 200..at * 200 + 200).collect(),
                ((1 << 48) - 1) << (at % 48),
            )
        });
        let demands: Vec<Demand> = together.chain(apart).chain(within).collect();
        let all: Vec<usize> = (0..demands.len()).collect();
        let begin = std::time::Instant::now();
        let answer = decide(&demands, &all, (1 << 96) - 1);
        assert_eq!(answer, Answer::Possible);
        assert!(begin.elapsed().as_secs() < 5, "{:?}", begin.elapsed());
    }
}
