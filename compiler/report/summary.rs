//! The counts of a run.

use super::Told;
use super::effort::Effort;
use super::fold::Chain;
use crate::finding::{Domain, Effect, Fate, Level, count};
use crate::legal::{Construct, Tally};
use std::collections::BTreeMap;
use std::fmt;

/// How many of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// All constructs, by fate.
    pub constructs: Tally,
    /// Constructs and findings of each domain that has any.
    pub domains: BTreeMap<Domain, Share>,
    /// Open and accepted findings by level.
    pub levels: BTreeMap<Level, usize>,
    /// Findings that an accept covers.
    pub accepted: usize,
    /// Findings that close the gate.
    pub failing: usize,
    /// Their roots.
    pub failing_causes: usize,
    /// All findings.
    pub findings: usize,
    /// Those that would be there without any other: the roots of the chains.
    pub causes: usize,
    /// How much of the estate needs a person.
    pub effort: Effort,
}

/// The counts of one domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Constructs by fate.
    pub constructs: Tally,
    /// Findings by what they change: `broadens`, `conduct`.
    pub effects: BTreeMap<&'static str, usize>,
}

impl Summary {
    pub(super) fn new(
        fates: &BTreeMap<Construct, Fate>,
        told: &[Told<'_>],
        chains: &[Chain],
    ) -> Self {
        let mut summary = Self {
            findings: told.len(),
            causes: chains.len(),
            effort: Effort::of(fates, told),
            ..Self::default()
        };
        let fails = |at: usize| told.get(at).is_some_and(|told| told.fails);
        summary.failing_causes = chains.iter().filter(|chain| chain.all().any(fails)).count();
        for (construct, fate) in fates {
            let share = summary.domains.entry(construct.domain()).or_default();
            for tally in [&mut summary.constructs, &mut share.constructs] {
                match fate {
                    Fate::Exact => tally.exact += 1,
                    Fate::Approximate => tally.approximate += 1,
                    Fate::Dropped => tally.dropped += 1,
                }
            }
        }
        for told in told {
            let finding = told.finding;
            let share = summary.domains.entry(finding.domain).or_default();
            *share
                .effects
                .entry(effect_name(finding.effect))
                .or_default() += 1;
            *summary.levels.entry(finding.level()).or_default() += 1;
            summary.accepted += usize::from(finding.accepted.is_some());
            summary.failing += usize::from(told.fails);
        }
        summary
    }

    /// How many findings of that level.
    #[must_use]
    pub fn level(&self, level: Level) -> usize {
        self.levels.get(&level).copied().unwrap_or(0)
    }
}

impl fmt::Display for Summary {
    /// The last line of every run.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally {
            exact,
            approximate,
            dropped,
        } = self.constructs;
        write!(
            out,
            "{}: {exact} exact, {approximate} approximate, {dropped} dropped; {} accepted",
            count(self.constructs.total(), "construct"),
            self.accepted
        )
    }
}

impl Summary {
    /// `68 findings from 26 causes`.
    #[must_use]
    pub fn causes(&self) -> String {
        format!(
            "{} from {}",
            count(self.findings, "finding"),
            count(self.causes, "cause")
        )
    }

    /// `gate closed by 44 findings from 3 causes`.
    #[must_use]
    pub fn verdict(&self) -> String {
        match self.failing {
            0 => "gate open".to_owned(),
            failing => format!(
                "gate closed by {} from {}",
                count(failing, "finding"),
                count(self.failing_causes, "cause")
            ),
        }
    }
}

/// One word for what a finding changes.
#[must_use]
pub const fn effect_name(effect: Effect) -> &'static str {
    use crate::finding::Drift;
    match effect {
        Effect::Admission(Drift::Preserves) => "preserves",
        Effect::Admission(Drift::Narrows) => "narrows",
        Effect::Admission(Drift::Broadens) => "broadens",
        Effect::Admission(Drift::Shifts) => "shifts",
        Effect::Conduct => "conduct",
        Effect::Record => "record",
    }
}

/// One word for a level.
#[must_use]
pub const fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Advice => "advice",
    }
}

/// One word for a domain.
#[must_use]
pub const fn domain_name(domain: Domain) -> &'static str {
    match domain {
        Domain::Estate => "estate",
        Domain::Network => "network",
        Domain::Placement => "placement",
        Domain::Recovery => "recovery",
        Domain::Inventory => "inventory",
    }
}

/// One word for a fate.
#[must_use]
pub const fn fate_name(fate: Fate) -> &'static str {
    match fate {
        Fate::Exact => "exact",
        Fate::Approximate => "approximate",
        Fate::Dropped => "dropped",
    }
}
