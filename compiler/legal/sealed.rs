//! The types that make a loss without a finding impossible.
//!
//! A legality table answers a [`Legality`]. Its `lower` is the only way to make a [`Lowered`], and
//! settling into the [`Ledger`] is the only way to take the value out. A forged value does not
//! compile:
//!
//! ```compile_fail,E0451
//! use rehome::legal::Lowered;
//! let forged = Lowered { value: Some(1), losses: Vec::new() };
//! ```
//!
//! Nor does taking the value without settling its losses:
//!
//! ```compile_fail,E0616
//! fn take(lowered: rehome::legal::Lowered<u8>) -> Option<u8> {
//!     lowered.value
//! }
//! ```
//!
//! Nor emitting a plan that was not legalised:
//!
//! ```compile_fail,E0308
//! fn emit(plan: rehome::plan::nutanix::Plan, sources: &rehome::source::Sources) {
//!     rehome::back::nutanix::emit(&plan, sources);
//! }
//! ```
//!
//! Nor declaring a loss without a code:
//!
//! ```compile_fail,E0308
//! let undeclared = rehome::legal::Legality::Illegal("something", rehome::finding::Effect::NARROWS);
//! ```

use crate::finding::{Code, Domain, Effect, Fate, Finding, Findings, Subject, Witness, codes};
use crate::source::Origin;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The answer of a legality table about one use of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legality {
    /// The target holds it as it is. Only tables claim this.
    Legal,
    /// The target holds something near it.
    Approximate(&'static Code, Effect),
    /// The target does not hold it.
    Illegal(&'static Code, Effect),
}

/// The facts of one loss: what the finding will say. Built only when there is a loss.
#[derive(Clone, Debug)]
pub struct Case {
    /// The construct, and what else must be seen.
    pub subjects: Vec<Subject>,
    /// Both sides and the reason, as a message.
    pub message: String,
    /// What to do here, where the code's general advice is not enough.
    pub remedy: Option<String>,
    /// The object of the target, by name.
    pub target: Option<String>,
    /// A concrete case the two sides treat differently.
    pub witness: Option<Witness>,
    /// Where that stands whose failure caused this.
    pub cause: Option<Origin>,
}

impl Case {
    /// A case about one construct.
    #[must_use]
    pub fn new(subject: Subject, message: impl Into<String>) -> Self {
        Self {
            subjects: vec![subject],
            message: message.into(),
            remedy: None,
            target: None,
            witness: None,
            cause: None,
        }
    }

    /// Adds another object that must be seen.
    #[must_use]
    pub fn with(mut self, subject: Subject) -> Self {
        self.subjects.push(subject);
        self
    }

    /// Says what to do here.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
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
}

/// One declared loss.
#[derive(Clone, Debug)]
struct Loss {
    code: &'static Code,
    effect: Effect,
    drops: bool,
    case: Case,
}

impl Legality {
    /// The legality beneath a deny or an exclusion, where what is taken away changes.
    #[must_use]
    pub const fn flip(self) -> Self {
        match self {
            Self::Legal => Self::Legal,
            Self::Approximate(code, effect) => Self::Approximate(code, effect.flip()),
            Self::Illegal(code, effect) => Self::Illegal(code, effect.flip()),
        }
    }

    /// The legality beneath a jump.
    #[must_use]
    pub const fn beneath_jump(self) -> Self {
        match self {
            Self::Legal => Self::Legal,
            Self::Approximate(code, effect) => Self::Approximate(code, effect.beneath_jump()),
            Self::Illegal(code, effect) => Self::Illegal(code, effect.beneath_jump()),
        }
    }

    /// Makes the lowered value, or the loss. `case` is asked only when there is a loss.
    pub fn lower<T>(self, case: impl FnOnce() -> Case, value: impl FnOnce() -> T) -> Lowered<T> {
        match self {
            Self::Legal => Lowered {
                value: Some(value()),
                losses: Vec::new(),
            },
            Self::Approximate(code, effect) => Lowered {
                losses: vec![Loss {
                    code,
                    effect,
                    drops: false,
                    case: case(),
                }],
                value: Some(value()),
            },
            Self::Illegal(code, effect) => Lowered {
                value: None,
                losses: vec![Loss {
                    code,
                    effect,
                    drops: true,
                    case: case(),
                }],
            },
        }
    }
}

/// A value on its way to the target, with the losses it took. There is no public constructor.
#[must_use = "a lowered value must be settled into the ledger, or its losses are lost"]
#[derive(Debug)]
pub struct Lowered<T> {
    value: Option<T>,
    losses: Vec<Loss>,
}

impl<T> Lowered<T> {
    /// Changes the value; the losses stay.
    pub fn map<U>(self, with: impl FnOnce(T) -> U) -> Lowered<U> {
        Lowered {
            value: self.value.map(with),
            losses: self.losses,
        }
    }

    /// Goes on with the value; the losses of both steps add up.
    pub fn and_then<U>(self, with: impl FnOnce(T) -> Lowered<U>) -> Lowered<U> {
        let mut losses = self.losses;
        let value = self.value.and_then(|value| {
            let next = with(value);
            losses.extend(next.losses);
            next.value
        });
        Lowered { value, losses }
    }

    /// Two values that are needed together: when one fell, both fall.
    pub fn zip<U>(self, other: Lowered<U>) -> Lowered<(T, U)> {
        let mut losses = self.losses;
        losses.extend(other.losses);
        Lowered {
            value: self.value.zip(other.value),
            losses,
        }
    }

    /// All the values, or nothing when one fell.
    pub fn all(items: impl IntoIterator<Item = Self>) -> Lowered<Vec<T>> {
        let mut losses = Vec::new();
        let mut values = Some(Vec::new());
        for item in items {
            losses.extend(item.losses);
            match (item.value, values.as_mut()) {
                (Some(value), Some(list)) => list.push(value),
                _ => values = None,
            }
        }
        Lowered {
            value: values,
            losses,
        }
    }

    /// The values that did not fall, where the rest may be left out. The list can be empty; whoever
    /// uses it as a list of peers must drop the rule then, because an empty list means any.
    pub fn those_left(items: impl IntoIterator<Item = Self>) -> Lowered<Vec<T>> {
        let mut losses = Vec::new();
        let mut values = Vec::new();
        for item in items {
            losses.extend(item.losses);
            values.extend(item.value);
        }
        Lowered {
            value: Some(values),
            losses,
        }
    }

    /// Whether the value is still there.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.value.is_some()
    }

    /// Takes the value out, and gives every loss a finding and the construct its fate.
    pub fn settle(self, construct: Construct, ledger: &mut Ledger) -> Option<T> {
        let fate = match (&self.value, self.losses.is_empty()) {
            (None, _) => Fate::Dropped,
            (Some(_), true) => Fate::Exact,
            (Some(_), false) => Fate::Approximate,
        };
        for loss in self.losses {
            ledger.declare(construct.domain(), loss);
        }
        ledger.count(construct, fate);
        self.value
    }
}

/// The kinds of constructs that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A firewall rule.
    Rule,
    /// A section of rules.
    Section,
    /// A group of endpoints.
    Group,
    /// A named service.
    Service,
    /// An entry of the exclusion list.
    Exclusion,
    /// An object that is listed and not interpreted.
    Uninterpreted,
    /// A placement rule.
    PlacementRule,
    /// A group of machines or hosts for placement.
    PlacementGroup,
    /// A cluster setting or an override.
    Setting,
    /// A protection group.
    ProtectionGroup,
    /// A recovery plan.
    RecoveryPlan,
    /// A step of a plan or of a machine in a plan.
    Step,
    /// The recovery settings of one machine.
    VmRecovery,
    /// A network or other mapping.
    Mapping,
}

/// One thing that must be accounted for: a kind and an id that is unique in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Construct {
    /// What it is.
    pub kind: Kind,
    /// Its id in the policy.
    pub id: String,
}

impl Construct {
    /// A construct by kind and id.
    #[must_use]
    pub fn new(kind: Kind, id: impl Into<String>) -> Self {
        Self {
            kind,
            id: id.into(),
        }
    }

    /// The domain it belongs to.
    #[must_use]
    pub const fn domain(&self) -> Domain {
        match self.kind {
            Kind::Rule
            | Kind::Section
            | Kind::Group
            | Kind::Service
            | Kind::Exclusion
            | Kind::Uninterpreted => Domain::Network,
            Kind::PlacementRule | Kind::PlacementGroup | Kind::Setting => Domain::Placement,
            Kind::ProtectionGroup
            | Kind::RecoveryPlan
            | Kind::Step
            | Kind::VmRecovery
            | Kind::Mapping => Domain::Recovery,
        }
    }
}

/// How many constructs ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Held as they are.
    pub exact: usize,
    /// Held nearly.
    pub approximate: usize,
    /// Not held.
    pub dropped: usize,
}

impl Tally {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> usize {
        self.exact + self.approximate + self.dropped
    }
}

/// The account of a lowering: every loss as a finding, every construct with its fate.
#[derive(Debug, Default)]
pub struct Ledger {
    findings: Findings,
    fates: BTreeMap<Construct, Fate>,
    twice: Vec<Construct>,
}

impl Ledger {
    /// An empty account.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn declare(&mut self, domain: Domain, loss: Loss) {
        let Loss {
            code,
            effect,
            drops,
            case,
        } = loss;
        let mut finding = Finding::new(code, domain, case.message)
            .effect(effect)
            .fate(if drops {
                Fate::Dropped
            } else {
                Fate::Approximate
            });
        finding.subjects = case.subjects;
        if let Some(remedy) = case.remedy {
            finding.remedy = remedy;
        }
        finding.target = case.target;
        finding.witness = case.witness;
        finding.cause = case.cause;
        self.findings.push(finding);
    }

    fn count(&mut self, construct: Construct, fate: Fate) {
        match self.fates.entry(construct) {
            Entry::Vacant(place) => {
                place.insert(fate);
            }
            Entry::Occupied(place) => self.twice.push(place.key().clone()),
        }
    }

    /// What became of a construct.
    #[must_use]
    pub fn fate(&self, construct: &Construct) -> Option<Fate> {
        self.fates.get(construct).copied()
    }

    /// Every construct with its fate, in order.
    pub fn fates(&self) -> impl Iterator<Item = (&Construct, Fate)> {
        self.fates
            .iter()
            .map(|(construct, fate)| (construct, *fate))
    }

    /// Closes the account: every construct of the policy was counted once, or it is our fault.
    ///
    /// INVARIANT (Conservation): exact + approximate + dropped = constructs of the policy.
    #[must_use]
    pub fn close(mut self, constructs: impl IntoIterator<Item = (Construct, Subject)>) -> Closed {
        let mut tally = Tally::default();
        let mut left = std::mem::take(&mut self.fates);
        let mut fates = BTreeMap::new();
        for (construct, subject) in constructs {
            if let Some(fate) = left.remove(&construct) {
                match fate {
                    Fate::Exact => tally.exact += 1,
                    Fate::Approximate => tally.approximate += 1,
                    Fate::Dropped => tally.dropped += 1,
                }
                fates.insert(construct, fate);
            } else {
                let message = format!(
                    "{:?} `{}` ended neither exact nor approximate nor dropped",
                    construct.kind, construct.id
                );
                self.findings.push(
                    Finding::new(
                        &codes::fault::UNCOUNTED_CONSTRUCT,
                        construct.domain(),
                        message,
                    )
                    .about(subject),
                );
            }
        }
        for construct in left.into_keys().chain(self.twice) {
            let message = format!(
                "{:?} `{}` was counted and is not in the policy, or was counted twice",
                construct.kind, construct.id
            );
            self.findings.push(Finding::new(
                &codes::fault::UNCOUNTED_CONSTRUCT,
                construct.domain(),
                message,
            ));
        }
        Closed {
            findings: self.findings,
            fates,
            tally,
        }
    }
}

/// A closed account.
#[derive(Debug)]
pub struct Closed {
    /// Every loss, and our own faults.
    pub findings: Findings,
    /// What became of each construct.
    pub fates: BTreeMap<Construct, Fate>,
    /// How many ended how.
    pub tally: Tally,
}

/// A plan that went through the tables. Only [`super::legalise`] makes one.
#[derive(Debug)]
pub struct Legal<P>(P);

impl<P> Legal<P> {
    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &P {
        &self.0
    }
}

pub(super) const fn seal<P>(plan: P) -> Legal<P> {
    Legal(plan)
}
