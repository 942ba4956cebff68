//! `rehome check`: what would be lost, without writing anything.

use super::run::{Inputs, Lowering, finish, load};
use super::{Exit, Failure, Screen};
use crate::compile::Outcome;
use crate::finding::codes;
use crate::report::{Gate, Report, Stamp, terminal};
use crate::source::Sources;

/// Say what would be lost, without writing anything
///
/// Reads and compiles like `rehome compile` and shows the same findings.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome check exports/                     everything in a folder
  rehome check nsx.json --target nutanix@7.6
  rehome check exports/ --ignore-accepts    show the gate as if nothing were accepted")]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    lowering: Lowering,
    /// Show every finding with its lines
    #[arg(long)]
    all: bool,
}

/// Runs the command.
///
/// # Errors
/// Wrong usage, unreadable input.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let loaded = load(&args.inputs, None, screen)?;
    let options = args.lowering.options();
    let (sources, outcome) = finish(loaded, &args.inputs, &options, screen);
    let report = report(&outcome, &sources, &args.lowering);
    show(&report, args.all, screen);
    Ok(verdict(&report))
}

/// The report of an outcome.
pub(super) fn report<'run>(
    outcome: &'run Outcome,
    sources: &'run Sources,
    lowering: &Lowering,
) -> Report<'run> {
    Report::new(
        outcome,
        sources,
        Stamp::new(lowering.target),
        Gate::default(),
    )
}

/// Shows the report for people.
pub(super) fn show(report: &Report<'_>, all: bool, screen: Screen) {
    let mut style = screen.style();
    style.all = all;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = terminal::write(&mut text, report, style);
    screen.print(&text);
}

/// How the run ends: our own faults first, then input that held nothing, then the gate.
pub(super) fn verdict(report: &Report<'_>) -> Exit {
    let has = |test: &dyn Fn(&str) -> bool| {
        let mut findings = report.findings.iter();
        findings.any(|finding| test(finding.code.id))
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
