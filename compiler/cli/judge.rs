//! What every command that reports does: judge, show, end.

use super::run::{Loaded, Lowering};
use super::{Exit, Failure, Screen};
use crate::compile::Outcome;
use crate::finding::codes;
use crate::report::gate::Condition;
use crate::report::{
    Gate, Past, Report, Stamp, concise, github, html, json, junit, markdown, sarif, terminal,
};
use crate::source::Sources;
use clap::{Args, ValueEnum};
use std::fs;
use std::path::PathBuf;

/// How a run is judged and shown.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Judging and showing")]
pub struct Judging {
    /// What closes the gate [default: error,dropped]
    ///
    /// Any of: error, warning, advice (a level and all above it); broadens, narrows, shifts,
    /// conduct, record (what a finding changes); dropped, untranslatable; a code or the beginning
    /// of one; none.
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub fail_on: Vec<Condition>,
    /// Let only findings close the gate that this earlier findings.json does not have
    #[arg(long, value_name = "FINDINGS.JSON")]
    pub only_new: Option<PathBuf>,
    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Pretty, hide_possible_values = true,
        long_help = "How to print the report: pretty, concise, json, sarif, junit, github, markdown or html")]
    pub format: Format,
    /// Show every finding with its lines
    #[arg(long)]
    pub all: bool,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people at a terminal
    Pretty,
    /// A line a finding
    Concise,
    /// findings.json
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// JUnit XML
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// For a code review
    Markdown,
    /// One page for reviewers
    Html,
}

impl Judging {
    /// The earlier report, read before any work is done.
    ///
    /// # Errors
    /// When it cannot be read or is none.
    pub fn past(&self) -> Result<Option<Past>, Failure> {
        let Some(path) = &self.only_new else {
            return Ok(None);
        };
        let bytes = fs::read(path).map_err(|error| Failure::file("read", path, &error))?;
        let past = Past::read(&bytes).map_err(|reason| {
            Failure::usage(format!(
                "`{}` is no findings.json: {reason}",
                path.display()
            ))
            .help("give the `report/findings.json` of an earlier run")
        })?;
        Ok(Some(past))
    }

    /// The gate: what the command says, then what the settings say, then the default.
    #[must_use]
    pub fn gate(&self, loaded: &Loaded) -> Gate {
        if self.fail_on.is_empty() {
            loaded.gate.clone().unwrap_or_default()
        } else {
            Gate::new(self.fail_on.clone())
        }
    }

    /// Shows the report in the wanted format.
    pub fn show(&self, report: &Report<'_>, screen: Screen) {
        screen.print(&match self.format {
            Format::Pretty => {
                let mut style = screen.style();
                style.all = self.all;
                let mut text = String::new();
                // Writing to a string cannot fail.
                let _ = terminal::write(&mut text, report, style);
                text
            }
            Format::Concise => concise::render(report),
            Format::Json => text(json::render(report)),
            Format::Sarif => text(sarif::render(report)),
            Format::Junit => junit::render(report),
            Format::Github => github::render(report),
            Format::Markdown => markdown::render(report),
            Format::Html => html::render(report),
        });
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// The report of an outcome.
#[must_use]
pub fn report<'run>(
    outcome: &'run Outcome,
    sources: &'run Sources,
    lowering: &Lowering,
    gate: Gate,
    past: Option<Past>,
) -> Report<'run> {
    let stamp = Stamp::new(lowering.target);
    Report::new(outcome, sources, stamp, gate, past)
}

/// How the run ends: our own faults first, then input that held nothing, then the gate.
#[must_use]
pub fn verdict(report: &Report<'_>) -> Exit {
    let has = |test: &dyn Fn(&str) -> bool| {
        let mut told = report.told.iter();
        told.any(|told| test(told.finding.code.id))
    };
    if has(&|id| id.starts_with('X')) {
        Exit::Fault
    } else if has(&|id| id == codes::read::NOTHING_TO_READ.id) {
        Exit::Usage
    } else if report.passes() {
        Exit::Clean
    } else {
        Exit::Findings
    }
}
