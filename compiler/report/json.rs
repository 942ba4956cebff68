//! `report/findings.json`: the whole report for programs.

use super::summary::{Share, domain_name, fate_name};
use super::{Report, Spot, Told};
use crate::back::inert;
use crate::finding::{Effect, Finding, Level, Subject};
use crate::legal::Tally;
use crate::source::Sources;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of this shape. It grows by one when a key changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// The document.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Document<'r> {
    /// The version of this shape.
    pub schema: u32,
    /// What wrote it.
    pub tool: Tool,
    /// The version of each legality table that was asked, by target.
    pub tables: BTreeMap<String, String>,
    /// What the policy was compiled for.
    pub target: String,
    /// The counts.
    pub summary: Counts,
    /// Every finding, accepted ones too, in the order of files and places.
    pub findings: Vec<Entry<'r>>,
}

/// What wrote the document.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Tool {
    /// `rehome`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The counts of a run.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Counts {
    /// Whether nothing closes the gate.
    pub passes: bool,
    /// What closes the gate, as it is written after `--fail-on`.
    pub gate: String,
    /// Findings that close the gate.
    pub failing: usize,
    /// All constructs by fate.
    pub constructs: Fates,
    /// Findings by level, accepted ones included.
    pub findings: Levels,
    /// How much of the estate needs a person.
    pub effort: EffortCounts,
    /// By domain.
    pub domains: BTreeMap<&'static str, DomainCounts>,
}

/// How much of the estate needs a person.
#[derive(Debug, JsonSchema, Serialize)]
pub struct EffortCounts {
    /// `A` (nothing) to `E` (more than a third of the constructs).
    pub grade: char,
    /// Constructs that need a person.
    pub constructs: usize,
}

/// Constructs by fate; they add up to the total.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Fates {
    /// All of them.
    pub total: usize,
    /// Held as they are.
    pub exact: usize,
    /// Held nearly.
    pub approximate: usize,
    /// Not held.
    pub dropped: usize,
}

/// Findings by level.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Levels {
    /// All of them.
    pub total: usize,
    /// Level error.
    pub error: usize,
    /// Level warning.
    pub warning: usize,
    /// Level advice.
    pub advice: usize,
    /// Those that an accept covers, of any level.
    pub accepted: usize,
    /// Those that would be there without any other; the rest follows from them.
    pub causes: usize,
}

/// The counts of one domain.
#[derive(Debug, JsonSchema, Serialize)]
pub struct DomainCounts {
    /// Constructs by fate.
    pub constructs: Fates,
    /// Findings by what they change.
    pub effects: BTreeMap<&'static str, usize>,
}

/// One finding.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Entry<'r> {
    /// `L1007`.
    pub code: &'static str,
    /// `member-by-os-name`.
    pub name: &'static str,
    /// Follows from the effect.
    pub level: Level,
    /// `network`.
    pub domain: &'static str,
    /// What it changes.
    pub effect: Effect,
    /// What becomes of the construct, where that is decided here.
    pub fate: Option<&'static str>,
    /// The facts.
    pub message: &'r str,
    /// What to do.
    pub remedy: &'r str,
    /// The construct first, then what else must be seen.
    pub origins: Vec<Place<'r>>,
    /// The object of the target, by name.
    pub target: Option<&'r str>,
    /// The finding this follows from, by its place in `findings`, from 0; null for a root.
    pub root: Option<usize>,
    /// How many findings follow from this one.
    pub follows: usize,
    /// A concrete case the two sides treat differently.
    pub witness: Option<String>,
    /// The accept that covers it.
    pub accepted: Option<Accepted<'r>>,
    /// Whether it closes the gate.
    pub fails: bool,
    /// Whether the earlier report has it too; absent where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<bool>,
}

/// An object and where it stands.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Place<'r> {
    /// The file, relative to the input, with `/`.
    pub file: String,
    /// JSON pointer, or its like in XML and CSV.
    pub pointer: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// First byte of the decoded text.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// The object id.
    pub id: &'r str,
    /// The display name.
    pub name: &'r str,
}

/// The accept that covers a finding.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Accepted<'r> {
    /// Why.
    pub reason: &'r str,
    /// Who answers for it.
    pub owner: &'r str,
    /// Where it was agreed.
    pub ticket: Option<&'r str>,
    /// The last day, `YYYY-MM-DD`.
    pub until: &'r str,
}

/// The document as text, with a line end.
#[must_use]
pub fn render(report: &Report<'_>) -> Vec<u8> {
    inert::json(&document(report)).into_bytes()
}

/// The document.
#[must_use]
pub fn document<'r>(report: &'r Report<'_>) -> Document<'r> {
    let target = report.stamp.target.to_string();
    Document {
        schema: SCHEMA,
        tool: Tool {
            name: "rehome",
            version: report.stamp.version,
        },
        tables: BTreeMap::from([(target.clone(), report.stamp.table.clone())]),
        target,
        summary: counts(report),
        findings: report.told.iter().map(|told| entry(told, report)).collect(),
    }
}

fn counts(report: &Report<'_>) -> Counts {
    let summary = &report.summary;
    Counts {
        passes: report.passes(),
        gate: report.gate.to_string(),
        failing: summary.failing,
        constructs: fates(summary.constructs),
        findings: Levels {
            total: summary.findings,
            error: summary.level(Level::Error),
            warning: summary.level(Level::Warning),
            advice: summary.level(Level::Advice),
            accepted: summary.accepted,
            causes: summary.causes,
        },
        effort: EffortCounts {
            grade: summary.effort.grade(),
            constructs: summary.effort.constructs,
        },
        domains: summary
            .domains
            .iter()
            .map(|(domain, share)| (domain_name(*domain), domain_counts(share)))
            .collect(),
    }
}

fn domain_counts(share: &Share) -> DomainCounts {
    DomainCounts {
        constructs: fates(share.constructs),
        effects: share.effects.clone(),
    }
}

const fn fates(tally: Tally) -> Fates {
    Fates {
        total: tally.total(),
        exact: tally.exact,
        approximate: tally.approximate,
        dropped: tally.dropped,
    }
}

fn entry<'r>(told: &Told<'r>, report: &Report<'_>) -> Entry<'r> {
    let sources = report.sources;
    let Finding {
        code,
        effect,
        domain,
        subjects,
        message,
        remedy,
        fate,
        target,
        witness,
        cause: _,
        accepted,
    } = told.finding;
    Entry {
        code: code.id,
        name: code.name,
        level: told.finding.level(),
        domain: domain_name(*domain),
        effect: *effect,
        fate: fate.map(fate_name),
        message,
        remedy,
        origins: subjects
            .iter()
            .filter_map(|subject| place(subject, sources))
            .collect(),
        target: target.as_deref(),
        root: told.under,
        follows: told.follows,
        witness: witness.as_ref().map(ToString::to_string),
        accepted: accepted.as_ref().map(|accepted| Accepted {
            reason: &accepted.reason,
            owner: &accepted.owner,
            ticket: accepted.ticket.as_deref(),
            until: &accepted.until,
        }),
        fails: told.fails,
        known: report.compared.then_some(told.known),
    }
}

fn place<'r>(subject: &'r Subject, sources: &Sources) -> Option<Place<'r>> {
    let Spot {
        file,
        path: _,
        in_checkout: _,
        pointer,
        line,
        column,
        end_line: _,
        end_column: _,
        start,
        end,
    } = Spot::of(subject.origin, sources)?;
    Some(Place {
        file,
        pointer,
        line,
        column,
        start,
        end,
        id: &subject.id,
        name: &subject.name,
    })
}
