//! `rehome check`: what would be lost, without writing anything.

use super::judge::{Judging, report, verdict};
use super::run::{Inputs, Lowering, finish, load};
use super::{Exit, Failure, Screen};

/// Say what would be lost, without writing anything
///
/// Reads and compiles like `rehome compile` and shows the same findings.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome check exports/                              everything in a folder
  rehome check exports/ --fail-on broadens,untranslatable
  rehome check exports/ --only-new main/findings.json    gate on what a change adds
  rehome check exports/ --format github              annotate a pull request
  rehome check exports/ --ignore-accepts             as if nothing were accepted")]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    lowering: Lowering,
    #[command(flatten)]
    judging: Judging,
}

/// Runs the command.
///
/// # Errors
/// Wrong usage, unreadable input.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let past = args.judging.past()?;
    let loaded = load(&args.inputs, None, screen)?;
    let gate = args.judging.gate(&loaded);
    let options = args.lowering.options()?;
    let (sources, outcome) = finish(loaded, &args.inputs, &options, screen);
    let report = report(&outcome, &sources, &args.lowering, gate, past);
    args.judging.show(&report, screen);
    Ok(verdict(&report))
}
