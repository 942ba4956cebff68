//! Findings to people and programs: every format is a rendering of one [`Report`].

pub mod concise;
pub mod connectivity;
pub mod effort;
pub(crate) mod emitted;
pub mod excerpt;
pub mod fold;
pub mod gate;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod lines;
pub mod markdown;
pub mod matrix;
pub mod page;
pub mod past;
pub mod query;
pub mod sarif;
pub mod stamp;
pub mod summary;
pub mod terminal;
pub mod verdicts;
pub mod words;

pub use gate::Gate;
pub use past::Past;
pub use stamp::Stamp;
pub use summary::Summary;

use crate::back::Files;
use crate::compile::Outcome;
use crate::finding::{Finding, Level, Subject};
use crate::source::{Origin, Sources};
use fold::Chain;

/// What a run found out, ready to be rendered.
#[derive(Debug)]
pub struct Report<'run> {
    /// What made it: versions, tables, target.
    pub stamp: Stamp,
    /// The files the findings point into.
    pub sources: &'run Sources,
    /// What was found, and what became of each construct.
    pub outcome: &'run Outcome,
    /// The findings, sorted by place.
    pub told: Vec<Told<'run>>,
    /// The same, folded under their causes.
    pub chains: Vec<Chain>,
    /// The counts.
    pub summary: Summary,
    /// What closes the gate.
    pub gate: Gate,
    /// Whether an earlier report was given to compare with.
    pub compared: bool,
}

/// A finding and how it stands.
#[derive(Clone, Copy, Debug)]
pub struct Told<'run> {
    /// The finding.
    pub finding: &'run Finding,
    /// Whether the earlier report has it too.
    pub known: bool,
    /// Whether it closes the gate.
    pub fails: bool,
    /// The finding it is folded under, by its place in the list; nothing for a root.
    pub under: Option<usize>,
    /// How many findings are folded under it.
    pub follows: usize,
}

impl<'run> Report<'run> {
    /// The report of an outcome. Findings that `past` knows do not close the gate.
    #[must_use]
    pub fn new(
        outcome: &'run Outcome,
        sources: &'run Sources,
        stamp: Stamp,
        gate: Gate,
        past: Option<Past>,
    ) -> Self {
        let compared = past.is_some();
        let mut past = past.unwrap_or_default();
        let mut told: Vec<Told<'_>> = outcome
            .findings
            .iter()
            .map(|finding| {
                let known = past.take(finding);
                let fails = !known && gate.fails(finding);
                Told {
                    finding,
                    known,
                    fails,
                    under: None,
                    follows: 0,
                }
            })
            .collect();
        let chains = fold::chains(outcome.findings.iter().collect::<Vec<_>>().as_slice());
        for Chain { root, victims } in &chains {
            if let Some(told) = told.get_mut(*root) {
                told.follows = victims.len();
            }
            for victim in victims {
                if let Some(told) = told.get_mut(*victim) {
                    told.under = Some(*root);
                }
            }
        }
        let summary = Summary::new(&outcome.fates, &told, &chains);
        Self {
            stamp,
            sources,
            outcome,
            told,
            chains,
            summary,
            gate,
            compared,
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
        Files::from([
            ("report/findings.json".to_owned(), json::render(self)),
            ("report/findings.sarif".to_owned(), sarif::render(self)),
            ("report/junit.xml".to_owned(), junit::render(self).into()),
            ("report/report.html".to_owned(), html::render(self).into()),
            ("report/report.md".to_owned(), markdown::render(self).into()),
            ("report/verdicts.json".to_owned(), verdicts::render(self)),
        ])
    }

    /// A finding of the report.
    #[must_use]
    pub fn finding(&self, at: usize) -> Option<&'run Finding> {
        self.told.get(at).map(|told| told.finding)
    }

    /// The level of a chain: that of its most serious open finding; nothing when all are accepted.
    #[must_use]
    pub fn level(&self, chain: &Chain) -> Option<Level> {
        chain
            .all()
            .filter_map(|at| self.finding(at))
            .filter(|finding| finding.accepted.is_none())
            .map(Finding::level)
            .max()
    }

    /// What follows from a finding, or what it follows from, in words.
    #[must_use]
    pub fn follows(&self, told: &Told<'_>) -> Option<String> {
        if let Some(root) = told.under.and_then(|at| self.finding(at)) {
            let place = self.spot(root).map_or_else(String::new, |spot| {
                format!(" at {}:{}:{}", spot.path, spot.line, spot.column)
            });
            return Some(format!(
                "follows from {} {}{place}",
                root.code.id, root.code.name
            ));
        }
        match told.follows {
            0 => None,
            1 => Some("1 finding follows from this".to_owned()),
            more => Some(format!("{more} findings follow from this")),
        }
    }

    /// Where a finding stands: the place of the first object it is about.
    #[must_use]
    pub fn spot(&self, finding: &Finding) -> Option<Spot> {
        let subject = finding.subjects.first()?;
        Spot::of(subject.origin, self.sources)
    }
}

/// Where something stands, in every way of saying it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file, relative to the input.
    pub file: String,
    /// The file as the user's system names it, with `/`.
    pub path: String,
    /// The file from the root of the checkout on; nothing for one outside of it.
    pub in_checkout: Option<String>,
    /// The path of the value: a JSON pointer, or its like in XML and CSV.
    pub pointer: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The line of the byte after the last, from 1.
    pub end_line: u32,
    /// The column in characters after the last, from 1.
    pub end_column: u32,
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
        let end = text.place(origin.span.end);
        let path = text.path.to_string_lossy().replace('\\', "/");
        Some(Self {
            file: text.name.to_owned(),
            path: path.strip_prefix("./").unwrap_or(&path).to_owned(),
            in_checkout: sources.in_checkout(origin.file),
            pointer: text.pointer(origin.span),
            line: place.line,
            column: place.column,
            end_line: end.line,
            end_column: end.column,
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
