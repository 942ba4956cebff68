//! Findings to people and programs: every format is a rendering of one [`Report`].

pub mod excerpt;
pub mod fold;
pub mod gate;
pub mod json;
pub mod matrix;
pub mod page;
pub mod stamp;
pub mod summary;
pub mod terminal;

pub use gate::Gate;
pub use stamp::Stamp;
pub use summary::Summary;

use crate::back::Files;
use crate::compile::Outcome;
use crate::finding::{Finding, Subject};
use crate::source::{Origin, Sources};

/// What a run found out, ready to be rendered.
#[derive(Debug)]
pub struct Report<'run> {
    /// What made it: versions, tables, target.
    pub stamp: Stamp,
    /// The files the findings point into.
    pub sources: &'run Sources,
    /// The findings, sorted.
    pub findings: Vec<&'run Finding>,
    /// The counts.
    pub summary: Summary,
    /// What closes the gate.
    pub gate: Gate,
}

impl<'run> Report<'run> {
    /// The report of an outcome.
    #[must_use]
    pub fn new(outcome: &'run Outcome, sources: &'run Sources, stamp: Stamp, gate: Gate) -> Self {
        let findings: Vec<&Finding> = outcome.findings.iter().collect();
        let summary = Summary::new(&outcome.fates, &findings, &gate);
        Self {
            stamp,
            sources,
            findings,
            summary,
            gate,
        }
    }

    /// Whether nothing closes the gate.
    #[must_use]
    pub const fn passes(&self) -> bool {
        self.summary.failing == 0
    }

    /// The files of the `report` folder.
    #[must_use]
    pub fn files(&self) -> Files {
        Files::from([("report/findings.json".to_owned(), json::render(self))])
    }
}

/// Where something stands, in every way of saying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file, relative to the input.
    pub file: String,
    /// The path of the value: a JSON pointer, or its like in XML and CSV.
    pub pointer: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// First byte of the decoded text.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Spot {
    /// Where an origin is.
    #[must_use]
    pub fn of(origin: Origin, sources: &Sources) -> Option<Self> {
        let text = sources.text(origin.file)?;
        let place = text.place(origin.span.start);
        Some(Self {
            file: text.name.to_owned(),
            pointer: text.pointer(origin.span.start),
            line: place.line,
            column: place.column,
            start: origin.span.start,
            end: origin.span.end,
        })
    }
}

/// The object a finding is about, in words: the display name, and the id where it says more.
#[must_use]
pub fn name(subject: &Subject) -> String {
    if subject.name == subject.id || subject.id.is_empty() {
        format!("`{}`", subject.name)
    } else {
        format!("`{}` ({})", subject.name, subject.id)
    }
}
