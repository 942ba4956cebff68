//! One estate through one target, and what brute force says about it.

use crate::brute::{self, At, Drift, End, Judged, Machine, Source, Target, World};
use crate::estate::build::{Estate, Run};
use rehome::back::Files;
use rehome::finding::{self, Domain, Effect, Finding, Findings, codes};
use rehome::ir::network::Fallback;
use rehome::ir::{Linked, Policy};
use rehome::legal::Options;
use rehome::semantics::Membership;
use rehome::semantics::endpoints::Endpoint;
use rehome::verify::network::{Bounds, Differing, Proof, Way, compare_by};
use std::collections::BTreeSet;

/// An estate, and what its source does with every packet.
pub struct Judgement<'run> {
    pub policy: &'run Policy<Linked>,
    pub membership: &'run Membership,
    pub world: &'run World,
    pub source: &'run Source<'run>,
    pub verdicts: &'run [Judged],
}

/// What came of a comparison.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub broader: bool,
    pub narrower: bool,
}

/// Judges an estate and gives it to whoever wants to compare it.
pub fn judged<T>(policy: &Policy<Linked>, then: impl FnOnce(&Judgement) -> T) -> T {
    let world = World::of(policy);
    let source = Source::new(policy, &world);
    let verdicts = source.judge();
    let membership = Membership::of(policy);
    then(&Judgement {
        policy,
        membership: &membership,
        world: &world,
        source: &source,
        verdicts: &verdicts,
    })
}

/// Lowers an estate, with what reading would have said about it.
pub fn lower(estate: &Estate, options: &Options) -> (Run, Findings) {
    let run = estate.clone().lower_with(options);
    let mut declared = Findings::new();
    declared.extend(run.findings.iter().cloned());
    if estate.policy.network.fallback == Fallback::Unknown {
        let code = &codes::read_network::NO_DEFAULT_RULE;
        declared.push(Finding::new(code, Domain::Network, "no default"));
    }
    (run, declared)
}

impl Judgement<'_> {
    /// Whether there is a machine of which no export tells the addresses.
    pub fn is_untold(&self) -> bool {
        let vms = &self.policy.inventory.vms;
        vms.values().any(|vm| vm.addresses.is_none())
    }

    /// Where the files do otherwise than the source, by brute force.
    pub fn drifts(&self, target: &Target) -> Vec<Drift> {
        brute::drifts(self.world, self.verdicts, &target.judge())
    }

    /// No packet is treated otherwise unless a finding about a rule that it meets says so.
    pub fn declared(
        &self,
        drifts: &[Drift],
        target: &Target,
        declared: &Findings,
    ) -> Result<(), String> {
        for way in [Way::Broader, Way::Narrower] {
            let told = Told::of(way, declared);
            for drift in drifts {
                let mut open = match way {
                    Way::Broader => drift.broader.clone(),
                    Way::Narrower => drift.narrower.clone(),
                };
                if open.is_empty() {
                    continue;
                }
                open.take(
                    &self
                        .source
                        .told(drift.from, drift.to, |about| told.about(about)),
                );
                open.take(&target.told(drift.from, drift.to, |id| told.ids.contains(id)));
                if let Some(kind) = open.iter().next() {
                    let words = self.world.words(drift.from, drift.to, kind);
                    return Err(format!("{way:?} and nothing says so: {words}"));
                }
            }
        }
        Ok(())
    }

    /// The comparison finds what brute force finds, and its witnesses are real.
    pub fn agrees(&self, drifts: &[Drift], files: &Files, proof: &Proof) -> Result<Found, String> {
        let expected = Found {
            broader: drifts.iter().any(|one| !one.broader.is_empty()),
            narrower: drifts.iter().any(|one| !one.narrower.is_empty()),
        };
        let found = Found {
            broader: proof.differing.iter().any(|one| one.way == Way::Broader),
            narrower: proof.differing.iter().any(|one| one.way == Way::Narrower),
        };
        for one in &proof.differing {
            self.confirm(one, files)?;
        }
        // As long as all it finds is declared, the comparison takes a machine of which no export tells
        // the addresses to be in and out of every group by address: it can find more than there is.
        let missed = (expected.broader && !found.broader) || (expected.narrower && !found.narrower);
        if found == expected || self.is_untold() && !missed {
            return Ok(expected);
        }
        let missed = drifts.iter().find_map(|one| {
            let missed = [
                (expected.broader && !found.broader, &one.broader),
                (expected.narrower && !found.narrower, &one.narrower),
            ];
            let (_, kinds) = missed
                .into_iter()
                .find(|(missed, kinds)| *missed && !kinds.is_empty())?;
            Some(self.world.words(one.from, one.to, kinds.iter().next()?))
        });
        Err(format!(
            "brute force finds {expected:?}, the comparison {found:?}: {missed:?}"
        ))
    }

    /// A witness is a flow that the two sides treat differently.
    fn confirm(&self, one: &Differing, files: &Files) -> Result<(), String> {
        let flow = one.example.ok_or("a difference without a flow")?;
        let untold = |end: Endpoint| {
            let vm = end.vm.filter(|_| end.address.is_none());
            vm.is_some_and(|vm| self.policy.inventory.vms[vm].addresses.is_none())
        };
        if untold(flow.from) || untold(flow.to) {
            return Ok(());
        }
        let ends = vec![self.end(flow.from), self.end(flow.to)];
        let world = World::new(ends, vec![flow.packet]);
        let source = Source::new(self.policy, &world).judge().remove(0);
        let target = Target::new(files, &world).judge().remove(0);
        let real = match one.way {
            Way::Broader => target.allow.has(0) && source.deny.has(0),
            Way::Narrower => source.allow.has(0) && target.deny.has(0),
        };
        if real {
            Ok(())
        } else {
            Err(format!("no witness: {}", one.witness()))
        }
    }

    fn end(&self, end: Endpoint) -> End {
        let vm = end.vm.map(|vm| &self.policy.inventory.vms[vm]);
        End {
            machine: vm.map(|vm| Machine {
                id: vm.ident.id.clone(),
                name: vm.ident.name.clone(),
            }),
            at: match end.address {
                Some(std::net::IpAddr::V4(ip)) => At::V4(ip.to_bits()),
                Some(std::net::IpAddr::V6(ip)) => At::V6(ip.to_bits()),
                None => At::Silent,
            },
        }
    }

    /// The comparison of files that somebody edited: `None` where it refuses to judge
    /// them, or no document tells what they mean.
    pub fn edited(&self, files: &Files, declared: &Findings) -> Result<Option<Found>, String> {
        let proof = self.compare(files, declared, 3);
        if !proof.compared {
            return Ok(None);
        }
        let target = Target::new(files, self.world);
        if !target.is_settled() {
            return Ok(None);
        }
        let drifts = self.drifts(&target);
        let found = self.agrees(&drifts, files, &proof)?;
        let told = proof
            .findings
            .iter()
            .any(|one| one.code.id.starts_with('X'));
        match self.declared(&drifts, &target, declared) {
            Err(open) if !told => Err(format!("not told: {open}")),
            _ => Ok(Some(found)),
        }
    }

    pub fn compare(&self, files: &Files, declared: &Findings, narrow: usize) -> Proof {
        let bounds = Bounds {
            narrow,
            ..Bounds::default()
        };
        self.compare_within(files, declared, bounds)
    }

    pub fn compare_within(&self, files: &Files, declared: &Findings, bounds: Bounds) -> Proof {
        compare_by(self.policy, self.membership, files, declared, bounds)
    }
}

/// What the findings declare in one way.
struct Told<'run> {
    ids: BTreeSet<&'run str>,
    /// About the policy as a whole.
    whole: bool,
}

impl<'run> Told<'run> {
    fn of(way: Way, declared: &'run Findings) -> Self {
        let mut told = Self {
            ids: BTreeSet::new(),
            whole: false,
        };
        for finding in declared.iter() {
            let says = match finding.effect {
                Effect::Admission(finding::Drift::Shifts) => true,
                Effect::Admission(finding::Drift::Broadens) => way == Way::Broader,
                Effect::Admission(finding::Drift::Narrows) => way == Way::Narrower,
                _ => false,
            };
            if says {
                told.whole |= finding.subjects.is_empty();
                told.ids
                    .extend(finding.subjects.iter().map(|subject| subject.id.as_str()));
            }
        }
        told
    }

    fn about(&self, ids: &[String]) -> bool {
        if ids.is_empty() {
            self.whole
        } else {
            ids.iter().any(|id| self.ids.contains(id.as_str()))
        }
    }
}
