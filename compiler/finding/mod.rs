//! The one way to speak to the user: findings, which are data.
//!
//! A finding says what happened to which construct, where it stands in the exports, what that
//! changes, and what to do. Its level follows from its effect; nobody chooses a level.
//! Text, JSON and every other report are renderings of this value.

pub mod accept;
pub mod code;
pub mod codes;
mod count;
pub mod effect;
pub mod witness;

pub use code::Code;
pub use count::count;
pub use effect::{Domain, Drift, Effect, Level};
pub use witness::{Admits, Witness};

use crate::source::Origin;

/// What a finding is about: an object of the exports, by id and display name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Where it stands.
    pub origin: Origin,
    /// Its id in the exports (a path, a moref, a key).
    pub id: String,
    /// Its display name; the id again where it has none.
    pub name: String,
}

/// What became of a construct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The target holds what the source said.
    Exact,
    /// The target holds something near it; a finding says what differs.
    Approximate,
    /// The target does not hold it; a finding says why.
    Dropped,
}

/// One thing the user must know.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What kind of thing.
    pub code: &'static Code,
    /// What it changes.
    pub effect: Effect,
    /// Which part of the policy.
    pub domain: Domain,
    /// The construct first, then whatever else must be seen to understand it. Empty only for a
    /// finding about a run as a whole (no input, no default rule).
    pub subjects: Vec<Subject>,
    /// The facts, in words: no capital, no full stop, user input in backticks, both sides named.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// What becomes of the construct, where that is decided here.
    pub fate: Option<Fate>,
    /// The object of the target it is about, by name.
    pub target: Option<String>,
    /// A concrete case the two sides treat differently.
    pub witness: Option<Witness>,
    /// Where that stands whose failure caused this one: a key, a reference, an object. The reports
    /// fold this finding under the one about that place.
    pub cause: Option<Origin>,
    /// The accept that covers it.
    pub accepted: Option<accept::Accepted>,
}

impl Finding {
    /// A finding with the code's own effect; the remedy is the code's until replaced.
    #[must_use]
    pub fn new(code: &'static Code, domain: Domain, message: impl Into<String>) -> Self {
        Self {
            code,
            effect: code.effect,
            domain,
            subjects: Vec::new(),
            message: message.into(),
            remedy: code.remedy(),
            fate: None,
            target: None,
            witness: None,
            cause: None,
            accepted: None,
        }
    }

    /// Adds an object it is about.
    #[must_use]
    pub fn about(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }

    /// Adds a place, with the text that stands there as its id.
    #[must_use]
    pub fn at(self, origin: Origin, id: impl Into<String>) -> Self {
        let id = id.into();
        self.about(Subject {
            origin,
            name: id.clone(),
            id,
        })
    }

    /// Replaces the code's general remedy with one for this case.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Replaces the code's general effect with the one of this case.
    #[must_use]
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    /// Says what becomes of the construct.
    #[must_use]
    pub fn fate(mut self, fate: Fate) -> Self {
        self.fate = Some(fate);
        self
    }

    /// Names the object of the target.
    #[must_use]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Adds a concrete case.
    #[must_use]
    pub fn witness(mut self, witness: impl Into<Witness>) -> Self {
        self.witness = Some(witness.into());
        self
    }

    /// Says where that stands whose failure caused this.
    #[must_use]
    pub fn because_of(mut self, cause: impl Into<Option<Origin>>) -> Self {
        self.cause = cause.into();
        self
    }

    /// How serious it is: a function of the effect.
    #[must_use]
    pub fn level(&self) -> Level {
        self.effect.level()
    }

    /// Whether a construct is lost or could not be read.
    #[must_use]
    pub fn drops(&self) -> bool {
        self.fate == Some(Fate::Dropped)
    }

    /// The order of every listing: place first, then code, then text.
    #[must_use]
    pub fn order(&self) -> impl Ord + use<> {
        (
            self.subjects.first().map(|first| first.origin),
            self.code.id,
            self.message.clone(),
        )
    }
}

/// Where findings are put.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// An empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, finding: Finding) {
        self.0.push(finding);
    }

    /// Adds many.
    pub fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.0.extend(findings);
    }

    /// All of them, as they came.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// Changes them in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.0.iter_mut()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sorts them by place, code and text, so that the order of work never shows.
    pub fn sort(&mut self) {
        self.0.sort_by_cached_key(Finding::order);
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
