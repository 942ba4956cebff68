//! What a comparison of two sides found out, and which declared findings cover it.

use crate::finding::{Code, Domain, Drift, Effect, Finding, Findings, Subject, Witness};
use crate::ir::Ident;
use std::collections::BTreeMap;

pub use crate::finding::Admits;

/// One case that the two sides treat differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Which side admits it.
    pub admits: Admits,
    /// The case: a placement, an order, an omission.
    pub witness: Witness,
    /// The constructs that decide about it.
    pub about: Vec<Subject>,
    /// The place of the declared finding that covers it.
    pub declared: Option<usize>,
    /// The same finding, wherever it is sorted to.
    pub by: Option<DeclaredBy>,
}

/// The finding that declares a difference: its code and the id of the construct it is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredBy {
    /// `L1007`.
    pub code: &'static str,
    /// The id of its first subject; empty for a finding about the policy as a whole.
    pub id: String,
}

impl DeclaredBy {
    /// Names a finding.
    #[must_use]
    pub fn new(finding: &Finding) -> Self {
        Self {
            code: finding.code.id,
            id: finding
                .subjects
                .first()
                .map_or_else(String::new, |subject| subject.id.clone()),
        }
    }
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

/// What one finding declares.
#[derive(Clone)]
struct Told {
    at: usize,
    by: DeclaredBy,
    effect: Effect,
}

/// The findings of a domain by the constructs they are about.
pub(super) struct Declared {
    by_id: BTreeMap<String, Vec<Told>>,
    /// Findings that declare a difference of conduct or more.
    conduct: BTreeMap<String, Told>,
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
            let Some(first) = finding.subjects.first() else {
                continue;
            };
            let told = Told {
                at,
                by: DeclaredBy::new(finding),
                effect: finding.effect,
            };
            if finding.effect != Effect::Record && finding.code.id.starts_with('L') {
                conduct.insert(first.id.clone(), told.clone());
            }
            by_id.entry(first.id.clone()).or_default().push(told);
        }
        Self { by_id, conduct }
    }

    /// The place of a finding that covers a difference about one of these.
    fn find(&self, admits: Admits, about: &[Subject]) -> Option<&Told> {
        about
            .iter()
            .filter_map(|subject| self.by_id.get(&subject.id))
            .flatten()
            .find(|told| match told.effect {
                Effect::Admission(Drift::Broadens) => admits == Admits::TargetMore,
                Effect::Admission(Drift::Narrows) => admits == Admits::SourceMore,
                Effect::Admission(Drift::Shifts) => true,
                Effect::Conduct => admits == Admits::Otherwise,
                Effect::Admission(Drift::Preserves) | Effect::Record => false,
            })
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
        witness: impl Into<Witness>,
        about: impl IntoIterator<Item = &'ident Ident>,
    ) {
        let about: Vec<Subject> = about.into_iter().map(Ident::subject).collect();
        let told = declared.find(admits, &about);
        self.note(admits, witness.into(), told, about);
    }

    /// Notes a difference that a finding about conduct declares: an order, not a place.
    pub(super) fn differs_in_conduct<'ident>(
        &mut self,
        declared: &Declared,
        admits: Admits,
        witness: impl Into<Witness>,
        about: impl IntoIterator<Item = &'ident Ident>,
    ) {
        let about: Vec<Subject> = about.into_iter().map(Ident::subject).collect();
        let told = about
            .iter()
            .find_map(|subject| declared.conduct.get(&subject.id));
        self.note(admits, witness.into(), told, about);
    }

    fn note(&mut self, admits: Admits, witness: Witness, told: Option<&Told>, about: Vec<Subject>) {
        self.differences.push(Difference {
            admits,
            witness,
            declared: told.map(|told| told.at),
            by: told.map(|told| told.by.clone()),
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
        let mut witnesses: BTreeMap<usize, &Witness> = BTreeMap::new();
        for one in &self.differences {
            if let Some(at) = one.declared {
                witnesses.entry(at).or_insert(&one.witness);
            }
        }
        for (at, finding) in findings.iter_mut().enumerate() {
            if let (None, Some(witness)) = (&finding.witness, witnesses.get(&at)) {
                finding.witness = Some((*witness).clone());
            }
        }
        findings.extend(self.findings.iter().cloned());
    }
}
