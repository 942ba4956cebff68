//! What a comparison of two sides found out, and which declared findings cover it.

use crate::finding::{Code, Domain, Drift, Effect, Finding, Findings, Subject};
use crate::ir::Ident;
use std::collections::BTreeMap;

/// Which side admits more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Admits {
    /// The target admits what the source does not.
    TargetMore,
    /// The source admits what the target does not.
    SourceMore,
    /// Both admit it, and do it otherwise: with other waits.
    Otherwise,
}

/// One case that the two sides treat differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Which side admits it.
    pub admits: Admits,
    /// The case: a placement, an order, an omission.
    pub witness: String,
    /// The constructs that decide about it.
    pub about: Vec<Subject>,
    /// The place of the declared finding that covers it.
    pub declared: Option<usize>,
}

/// What a comparison found out.
#[derive(Debug, Default)]
pub struct Comparison {
    /// The cases, in the order of the policy.
    pub differences: Vec<Difference>,
    /// Whether the files could be read.
    pub compared: bool,
    /// What the user must know: files that cannot be read, and differences nobody declared.
    pub findings: Findings,
}

/// The findings of a domain by the constructs they are about.
pub(super) struct Declared {
    by_id: BTreeMap<String, Vec<(usize, Effect)>>,
    /// Findings that declare a difference of conduct or more.
    conduct: BTreeMap<String, usize>,
}

impl Declared {
    /// Looks the findings over once.
    pub(super) fn of(domain: Domain, findings: &Findings) -> Self {
        let mut by_id: BTreeMap<String, Vec<_>> = BTreeMap::new();
        let mut conduct = BTreeMap::new();
        for (at, finding) in findings.iter().enumerate() {
            if finding.domain != domain && finding.domain != Domain::Estate {
                continue;
            }
            let first = finding.subjects.first();
            if finding.effect != Effect::Record && finding.code.id.starts_with('L') {
                conduct.extend(first.map(|first| (first.id.clone(), at)));
            }
            if let Some(first) = first {
                by_id
                    .entry(first.id.clone())
                    .or_default()
                    .push((at, finding.effect));
            }
        }
        Self { by_id, conduct }
    }

    /// The place of a finding that covers a difference about one of these.
    fn find(&self, admits: Admits, about: &[Subject]) -> Option<usize> {
        about
            .iter()
            .filter_map(|subject| self.by_id.get(&subject.id))
            .flatten()
            .find(|(_, effect)| match effect {
                Effect::Admission(Drift::Broadens) => admits == Admits::TargetMore,
                Effect::Admission(Drift::Narrows) => admits == Admits::SourceMore,
                Effect::Admission(Drift::Shifts) => true,
                Effect::Conduct => admits == Admits::Otherwise,
                Effect::Admission(Drift::Preserves) | Effect::Record => false,
            })
            .map(|(at, _)| *at)
    }
}

impl Comparison {
    /// Whether both sides admit the same.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.compared && self.differences.is_empty()
    }

    /// Notes a difference.
    pub(super) fn differs<'ident>(
        &mut self,
        declared: &Declared,
        admits: Admits,
        witness: String,
        about: impl IntoIterator<Item = &'ident Ident>,
    ) {
        let about: Vec<Subject> = about.into_iter().map(Ident::subject).collect();
        self.differences.push(Difference {
            admits,
            witness,
            declared: declared.find(admits, &about),
            about,
        });
    }

    /// Notes a difference that a finding about conduct declares: an order, not a place.
    pub(super) fn differs_in_conduct<'ident>(
        &mut self,
        declared: &Declared,
        admits: Admits,
        witness: String,
        about: impl IntoIterator<Item = &'ident Ident>,
    ) {
        let about: Vec<Subject> = about.into_iter().map(Ident::subject).collect();
        let known = about
            .iter()
            .find_map(|subject| declared.conduct.get(&subject.id));
        self.differences.push(Difference {
            admits,
            witness,
            declared: known.copied(),
            about,
        });
    }

    /// Reports the differences that no finding declares.
    pub(super) fn undeclared(&mut self, domain: Domain, more: &'static Code, less: &'static Code) {
        for one in &self.differences {
            if one.declared.is_some() {
                continue;
            }
            let (code, words) = match one.admits {
                Admits::TargetMore => (more, "the emitted files admit what the source does not"),
                Admits::SourceMore => (less, "the source admits what the emitted files do not"),
                Admits::Otherwise => (less, "the emitted files wait otherwise than the source"),
            };
            let message = format!("{words}, and no finding says so: {}", one.witness);
            let mut finding = Finding::new(code, domain, message).witness(one.witness.clone());
            finding.subjects.clone_from(&one.about);
            self.findings.push(finding);
        }
    }

    /// Gives the declared findings that cover a difference their witness, and adds what was found.
    /// The findings must be those that were compared with, in the same order.
    pub fn attach(&self, findings: &mut Findings) {
        let mut witnesses: BTreeMap<usize, &str> = BTreeMap::new();
        for one in &self.differences {
            if let Some(at) = one.declared {
                witnesses.entry(at).or_insert(&one.witness);
            }
        }
        for (at, finding) in findings.iter_mut().enumerate() {
            if let (None, Some(witness)) = (&finding.witness, witnesses.get(&at)) {
                finding.witness = Some((*witness).to_owned());
            }
        }
        findings.extend(self.findings.iter().cloned());
    }
}
