//! The firewall of the source and of the emitted files compared: equal, or a flow that differs.
//!
//! The comparison is exact for the inventory at hand: every machine with each of its addresses, every
//! address outside, every protocol and port. Where something is unknown on a side the worst case is
//! taken both ways. A difference must be covered by a finding that declares it; one that is not is a
//! fault of this program.
//!
//! Not compared: machines that the inventory does not hold, and replies.

use super::comparison::DeclaredBy;
use super::cover::Cover;
use super::differences::{Difference, Found, Sample};
use super::engine::{Engine, NARROW, SOURCE_IN, SOURCE_OUT, TARGET_IN, TARGET_OUT};
use crate::back::Files;
use crate::finding::codes::{fault, verify as codes};
use crate::finding::{Admits, Code, Domain, Finding, Findings, Subject, Witness};
use crate::ir::network::Fallback;
use crate::ir::{Linked, Policy};
use crate::semantics::filter::{Filters, Flow, Reason, Trail, Verdict};
use crate::semantics::membership::Untold;
use crate::semantics::{Membership, flow, ordered};
use std::collections::{BTreeMap, BTreeSet};

/// Bounds of a comparison.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// A rule over at most so many cells is looked at cell by cell. The answer does not depend on it,
    /// only the time.
    pub narrow: usize,
    /// How many points there may be for machines of which no export tells the addresses: each has one
    /// for each run of addresses that no rule tells apart. Beyond that such machines stay in doubt.
    pub supposed: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            narrow: NARROW,
            supposed: 1 << 18,
        }
    }
}

/// How the two sides differ on a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The target lets it through and the source does not, or could not.
    Broader,
    /// The source lets it through, or could, and the target does not.
    Narrower,
}

/// A kind of difference: flows that the same rules decide on both sides.
#[derive(Clone, Debug)]
pub struct Differing {
    /// Which side admits more.
    pub way: Way,
    /// A flow.
    pub example: Option<Flow>,
    /// Who begins it, in words.
    pub from: String,
    /// Who is addressed, in words.
    pub to: String,
    /// The first packet, in words.
    pub traffic: String,
    /// What the source does with it and why.
    pub source: String,
    /// What the target does with it and why.
    pub target: String,
    /// The place of the declared finding that covers it.
    pub declared: Option<usize>,
    /// The same finding, wherever it is sorted to.
    pub by: Option<DeclaredBy>,
    /// How many pairs of classes of endpoints were found to differ so.
    pub count: usize,
    subjects: Vec<Subject>,
    policies: Vec<String>,
}

/// A policy of the target of which no document says how it acts beside others, and a flow that both
/// sides let through if policies add up, and that the policy discards if not.
#[derive(Clone, Debug)]
pub struct Unsettled {
    /// The rule of the policy, in words.
    pub rule: String,
    /// The flow.
    pub witness: Witness,
    /// The rules of the source that decide the flow.
    subjects: Vec<Subject>,
}

/// What a comparison found out.
#[derive(Debug, Default)]
pub struct Proof {
    /// The kinds of difference, by way and place.
    pub differing: Vec<Differing>,
    /// What no document settles, by policy.
    pub unsettled: Vec<Unsettled>,
    /// Whether there was something to compare and it could be read.
    pub compared: bool,
    /// How many classes of endpoints the estate was cut into.
    pub endpoint_classes: usize,
    /// How many kinds of traffic were told apart.
    pub traffic_kinds: usize,
    /// What the user must know.
    pub findings: Findings,
}

impl Proof {
    /// Whether both sides admit the same flows.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.compared && self.differing.is_empty() && self.unsettled.is_empty()
    }

    /// The outcome in one word: `equal`, `declared`, `undeclared` or `not-compared`.
    #[must_use]
    pub fn result(&self) -> &'static str {
        if !self.compared {
            "not-compared"
        } else if self.is_equal() {
            "equal"
        } else if self.undeclared().next().is_some() {
            "undeclared"
        } else {
            "declared"
        }
    }

    /// The differences that no finding declares.
    pub fn undeclared(&self) -> impl Iterator<Item = &Differing> {
        self.differing.iter().filter(|one| one.by.is_none())
    }

    /// Gives the declared findings that cover a difference their witness, and adds what was found.
    /// The findings must be those that were compared with, in the same order.
    pub fn attach(&self, findings: &mut Findings) {
        let mut witnesses: BTreeMap<usize, Witness> = BTreeMap::new();
        for one in &self.differing {
            if let Some(at) = one.declared {
                witnesses.entry(at).or_insert_with(|| one.witness());
            }
        }
        for (at, finding) in findings.iter_mut().enumerate() {
            if let (None, Some(witness)) = (&finding.witness, witnesses.remove(&at)) {
                finding.witness = Some(witness);
            }
        }
        findings.extend(self.findings.iter().cloned());
    }
}

impl Differing {
    /// Whether no finding declares it, and a machine of which no export tells the addresses sends or
    /// receives the flow: two rules by address could then only seem to differ.
    fn is_doubt(&self) -> bool {
        let doubt = |by: &DeclaredBy| by.code == codes::UNTOLD_ADDRESSES.id;
        self.by.as_ref().is_some_and(doubt)
    }

    /// The flow and what both sides do with it.
    #[must_use]
    pub fn witness(&self) -> Witness {
        Witness::Flow {
            from: self.from.clone(),
            to: self.to.clone(),
            traffic: self.traffic.clone(),
            source: self.source.clone(),
            target: self.target.clone(),
            admits: match self.way {
                Way::Broader => Admits::TargetMore,
                Way::Narrower => Admits::SourceMore,
            },
        }
    }
}

/// Compares the policy with the files that were emitted for it.
#[must_use]
pub fn compare(
    policy: &Policy<Linked>,
    membership: &Membership,
    files: &Files,
    declared: &Findings,
) -> Proof {
    compare_by(policy, membership, files, declared, Bounds::default())
}

/// Compares as [`compare`] does, with other bounds.
#[must_use]
pub fn compare_by(
    policy: &Policy<Linked>,
    membership: &Membership,
    files: &Files,
    declared: &Findings,
    bounds: Bounds,
) -> Proof {
    if policy.network.sections.is_empty() {
        return Proof::default();
    }
    let cover = Cover::of(policy, declared);
    let run = Run {
        policy,
        files,
        declared,
        cover: &cover,
        narrow: bounds.narrow,
    };
    let (proof, points) = run.judge(membership);
    let doubts = proof.differing.iter().any(Differing::is_doubt);
    let machines = policy.inventory.vms.values();
    let untold = machines.filter(|vm| vm.addresses.is_none()).count();
    if !doubts || untold.saturating_mul(points) > bounds.supposed {
        return proof;
    }
    let anywhere = Membership::supposing(policy, Untold::Anywhere);
    run.judge(&anywhere).0
}

/// One comparison to make.
struct Run<'run> {
    policy: &'run Policy<Linked>,
    files: &'run Files,
    declared: &'run Findings,
    cover: &'run Cover,
    narrow: usize,
}

impl Run<'_> {
    /// Compares both sides with these members of groups; also tells how many runs of addresses no
    /// rule tells apart.
    fn judge(&self, membership: &Membership) -> (Proof, usize) {
        let Self { policy, files, .. } = self;
        let mut proof = Proof::default();
        let (source, (target, faults)) = rayon::join(
            || ordered::filters(policy, membership),
            || flow::filters(policy, membership, files),
        );
        for one in &faults {
            let message = format!("`{}` cannot be understood: {}", one.path, one.what);
            let finding = Finding::new(&codes::UNREADABLE_ARTIFACT, Domain::Network, message);
            proof.findings.push(finding.target(one.path.clone()));
        }
        if !faults.is_empty() {
            return (proof, 0);
        }
        proof.compared = true;
        let engine = Engine::new(policy, &source, &target, self.narrow, |reason| {
            self.cover.told(&reason.constructs)
        });
        proof.endpoint_classes = engine.classes.len();
        proof.traffic_kinds = engine.atoms.len();
        let mut seen = Seen::default();
        for part in engine.differences(|seen: &mut Seen, found| seen.add(&engine, found)) {
            seen.join(part);
        }
        let sides = Sides {
            policy,
            engine: &engine,
            source: &source,
            target: &target,
            cover: self.cover,
        };
        let findings: Vec<&Finding> = self.declared.iter().collect();
        for ((way, in_doubt, trails), (count, sample)) in seen.kinds {
            let mut one = sides.describe(way, &trails, sample, count);
            let told = one.declared.and_then(|at| findings.get(at));
            one.by = match told {
                Some(finding) => Some(DeclaredBy::new(finding)),
                None => in_doubt.then(|| DeclaredBy {
                    code: codes::UNTOLD_ADDRESSES.id,
                    id: one
                        .subjects
                        .last()
                        .map_or_else(String::new, |rule| rule.id.clone()),
                }),
            };
            proof.differing.push(one);
        }
        let unsettled = seen.unsettled.into_iter();
        proof.unsettled = unsettled
            .filter_map(|(reason, sample)| sides.unsettled(reason, sample))
            .collect();
        let told = told(&proof.differing);
        proof.findings.extend(told);
        proof
            .findings
            .extend(proof.unsettled.iter().map(Unsettled::finding));
        if stops_anybody(policy, &source) {
            proof.findings.push(outside(policy));
        }
        (proof, engine.classes.outside())
    }
}

/// Whether the source discards anything, or could: if not, a machine that no export tells is let
/// through on both sides.
fn stops_anybody(policy: &Policy<Linked>, source: &Filters) -> bool {
    let mut entries = source.out.iter().chain(&source.inward);
    policy.network.fallback == Fallback::Unknown
        || entries.any(|entry| matches!(entry.verdict, Verdict::Deny | Verdict::Unknown))
}

/// What becomes of machines that no export tells: they are no class of the comparison.
fn outside(policy: &Policy<Linked>) -> Finding {
    let known = match policy.inventory.vms.len() {
        0 => "the exports tell no machine".to_owned(),
        1 => "the exports tell 1 machine".to_owned(),
        many => format!("the exports tell {many} machines"),
    };
    let message = format!(
        "{known}; any other is in no policy of the target, which lets through all that it sends and \
         gets, where the source holds it to the rules for everybody"
    );
    Finding::new(&codes::OUTSIDE_INVENTORY, Domain::Network, message)
}

/// The reasons of all four filters, by place.
type Trails = [Vec<usize>; 4];

/// What a comparison came upon so far.
#[derive(Default)]
struct Seen {
    /// Differences by the rules that decide, and whether one of the machines is in doubt: how many
    /// cells, and the first.
    kinds: BTreeMap<(Way, bool, Trails), (usize, Sample)>,
    /// Entries of the target that nobody can settle, by reason.
    unsettled: BTreeMap<usize, Sample>,
}

impl Seen {
    fn add(&mut self, engine: &Engine, found: Found) {
        match found {
            Found::Difference(difference) => self.differs(engine, &difference),
            Found::Unsettled { reason, sample } => {
                self.unsettled.entry(reason).or_insert(sample);
            }
        }
    }

    /// Sorts the traffic of a difference by the rules that decide it.
    fn differs(&mut self, engine: &Engine, difference: &Difference) {
        let (source, destination) = (difference.source, difference.destination);
        let classes = &engine.classes;
        let in_doubt = classes.is_in_doubt(source) || classes.is_in_doubt(destination);
        for (way, kinds) in [
            (Way::Broader, &difference.broader),
            (Way::Narrower, &difference.narrower),
        ] {
            let mut rest = kinds.clone();
            while let Some(atom) = rest.least() {
                let sample = Sample {
                    source,
                    destination,
                    atom,
                };
                let (trails, alike) = engine.alike(source, destination, atom, &rest);
                rest.take(&alike);
                let entry = self
                    .kinds
                    .entry((way, in_doubt, trails))
                    .or_insert((0, sample));
                entry.0 += 1;
            }
        }
    }

    /// Adds what was come upon after this.
    fn join(&mut self, later: Self) {
        for (kind, (count, sample)) in later.kinds {
            let entry = self.kinds.entry(kind).or_insert((0, sample));
            entry.0 += count;
        }
        for (reason, sample) in later.unsettled {
            self.unsettled.entry(reason).or_insert(sample);
        }
    }
}

/// Both sides, to put what was found into words.
struct Sides<'run> {
    policy: &'run Policy<Linked>,
    engine: &'run Engine,
    source: &'run Filters,
    target: &'run Filters,
    cover: &'run Cover,
}

impl Sides<'_> {
    fn describe(&self, way: Way, trails: &Trails, sample: Sample, count: usize) -> Differing {
        let [from, to, traffic] = self.words(sample);
        let [source_out, source_in, target_out, target_in] = trails;
        let reasons = || {
            let sources = source_out.iter().chain(source_in);
            let targets = target_out.iter().chain(target_in);
            sources
                .filter_map(|at| self.source.reasons.get(*at))
                .chain(targets.filter_map(|at| self.target.reasons.get(*at)))
        };
        let source = self.trails([SOURCE_OUT, SOURCE_IN], sample);
        let undecided = source.iter().any(|trail| trail.undecided);
        let constructs = reasons().flat_map(|reason| reason.constructs.iter());
        let declared = self.cover.find(way == Way::Broader, constructs, undecided);
        let policies = target_out
            .iter()
            .chain(target_in)
            .filter_map(|at| self.target.reasons.get(*at))
            .map(|reason| reason.text.clone())
            .collect();
        Differing {
            way,
            example: self.example(sample),
            from,
            to,
            traffic,
            source: format!("the source {}", outcome(&source, self.source)),
            target: self.on_target(sample),
            declared,
            by: None,
            count,
            subjects: reasons().filter_map(subject).collect(),
            policies,
        }
    }

    /// An entry of the target that nobody can settle, with a flow that hangs on it.
    fn unsettled(&self, reason: usize, sample: Sample) -> Option<Unsettled> {
        let [from, to, traffic] = self.words(sample);
        let source = self.trails([SOURCE_OUT, SOURCE_IN], sample);
        let steps = source.iter().flat_map(|trail| &trail.steps);
        let mut rules: Vec<usize> = steps.map(|(reason, ..)| *reason).collect();
        rules.sort_unstable();
        rules.dedup();
        let rules = rules.iter().filter_map(|at| self.source.reasons.get(*at));
        Some(Unsettled {
            rule: self.target.reasons.get(reason)?.text.clone(),
            subjects: rules.filter_map(subject).collect(),
            witness: Witness::Flow {
                from,
                to,
                traffic,
                source: format!("the source {}", outcome(&source, self.source)),
                target: self.on_target(sample),
                admits: Admits::SourceMore,
            },
        })
    }

    fn trails(&self, filters: [usize; 2], sample: Sample) -> [Trail; 2] {
        filters.map(|filter| {
            self.engine
                .trail(filter, sample.source, sample.destination, sample.atom)
        })
    }

    fn on_target(&self, sample: Sample) -> String {
        let trails = self.trails([TARGET_OUT, TARGET_IN], sample);
        format!("the target {}", outcome(&trails, self.target))
    }

    fn example(&self, sample: Sample) -> Option<Flow> {
        let classes = &self.engine.classes;
        let (from, to) = classes.pair(sample.source, sample.destination)?;
        Some(Flow {
            from: from.endpoint(),
            to: to.endpoint(),
            packet: self.engine.atoms.packet(sample.atom)?,
        })
    }

    /// Both ends and the traffic.
    fn words(&self, sample: Sample) -> [String; 3] {
        let classes = &self.engine.classes;
        let pair = classes.pair(sample.source, sample.destination);
        let (from, to) = pair.map_or_else(
            || ("an endpoint".to_owned(), "an endpoint".to_owned()),
            |(from, to)| (from.name(self.policy), to.name(self.policy)),
        );
        let packet = self.engine.atoms.packet(sample.atom);
        let packet = packet.map(|packet| packet.to_string()).unwrap_or_default();
        [from, to, packet]
    }
}

fn subject(reason: &Reason) -> Option<Subject> {
    Some(Subject {
        origin: reason.origin?,
        id: reason.id.clone(),
        name: reason.text.clone(),
    })
}

/// What a side does with a flow, and by which rules.
pub(super) fn outcome(trails: &[Trail; 2], filters: &Filters) -> String {
    let text = |trail: &Trail, wanted: Verdict| {
        trail
            .steps
            .iter()
            .find(|(_, verdict, _)| *verdict == wanted || *verdict == Verdict::Unknown)
            .and_then(|(reason, _, certain)| Some((filters.reasons.get(*reason)?, *certain)))
            .map(|(reason, certain)| {
                let origin = if certain { "" } else { ", if it matches" };
                format!("{}{origin}", reason.text)
            })
    };
    for (trail, place) in trails.iter().zip(["sender", "receiver"]) {
        if trail.deny {
            let why = text(trail, Verdict::Deny)
                .unwrap_or_else(|| "no rule, and no export tells the default".to_owned());
            let what = if trail.allow {
                "could discard"
            } else {
                "discards"
            };
            return format!("{what} it at the {place} ({why})");
        }
    }
    let [out, inward] = trails
        .each_ref()
        .map(|trail| text(trail, Verdict::Allow).unwrap_or_else(|| "no rule".to_owned()));
    let steps = trails.iter().flat_map(|trail| &trail.steps);
    let unsettled: BTreeSet<&str> = steps
        .filter(|(_, verdict, _)| *verdict == Verdict::Unsettled)
        .filter_map(|(reason, ..)| Some(filters.reasons.get(*reason)?.text.as_str()))
        .collect();
    let doubt = match Vec::from_iter(unsettled).as_slice() {
        [] => String::new(),
        rules => format!(
            "; no document says whether {} discards it",
            rules.join(" or ")
        ),
    };
    if out == inward {
        return format!("lets it through ({out}){doubt}");
    }
    format!("lets it through (sender: {out}; receiver: {inward}){doubt}")
}

/// One finding for each rule that decides and each way, of the differences that none declares yet.
fn told(differing: &[Differing]) -> Vec<Finding> {
    let mut by_rule: BTreeMap<(bool, Way, Option<&Subject>), Vec<&Differing>> = BTreeMap::new();
    for one in differing.iter().filter(|one| one.declared.is_none()) {
        by_rule
            .entry((one.is_doubt(), one.way, one.subjects.last()))
            .or_default()
            .push(one);
    }
    by_rule
        .into_iter()
        .filter_map(|((in_doubt, way, _), group)| {
            let first = group.first()?;
            let (code, why): (&'static Code, _) = match (in_doubt, way) {
                (true, _) => (
                    &codes::UNTOLD_ADDRESSES,
                    "whether that is so hangs on addresses that no export tells",
                ),
                (false, Way::Broader) => (&fault::UNDECLARED_BROADENING, "no finding says so"),
                (false, Way::Narrower) => (&fault::UNDECLARED_NARROWING, "no finding says so"),
            };
            let count: usize = group.iter().map(|one| one.count).sum();
            let more = match count {
                0 | 1 => String::new(),
                2 => "; so does 1 more pair of classes".to_owned(),
                more => format!("; so do {} more pairs of classes", more - 1),
            };
            let message = format!(
                "{} -> {}, {}: {}, and {}, and {why}{more}",
                first.from, first.to, first.traffic, first.source, first.target
            );
            let mut finding = Finding::new(code, Domain::Network, message).witness(first.witness());
            for subject in &first.subjects {
                finding = finding.about(subject.clone());
            }
            if let Some(policy) = first.policies.first() {
                finding = finding.target(policy.clone());
            }
            Some(finding)
        })
        .collect()
}

impl Unsettled {
    /// What the user must know.
    fn finding(&self) -> Finding {
        let message = format!(
            "{} denies what its machines send to each other; no document of Flow says whether rules of \
             other policies let it through all the same. They do in the reading that policies add up; \
             in the other all such flows fail",
            self.rule
        );
        let mut finding = Finding::new(&codes::UNSETTLED_INTRA_GROUP, Domain::Network, message)
            .target(self.rule.clone())
            .witness(self.witness.clone());
        finding.subjects.clone_from(&self.subjects);
        finding
    }
}
