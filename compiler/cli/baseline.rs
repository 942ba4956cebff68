//! `rehome baseline`: accepts for what closes the gate today.

use super::judge::{Judging, report};
use super::run::{Inputs, Lowering, finish, load};
use super::{Exit, Failure, Screen};
use crate::finding::accept::snippet;
use crate::finding::count;
use jiff::ToSpan as _;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Write accepts for what closes the gate today
///
/// Prints lines for `rehome.toml`, one accept for each code and object, so that the gate is closed
/// only by what comes later. Read them before you keep them: each is a decision with a name on it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome baseline exports/ --owner \"network team\" >> exports/rehome.toml
  rehome baseline exports/ --owner dba --reason \"until the move is done\" --until 2027-03-31")]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// Who answers for them
    #[arg(long)]
    owner: String,
    /// Why they are all right
    #[arg(long, default_value = "there before the gate was")]
    reason: String,
    /// The last day they hold [default: in 90 days]
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<Date>,
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
    if args.owner.trim().is_empty() || args.reason.trim().is_empty() {
        return Err(Failure::usage(
            "an accept needs an owner and a reason in words",
        ));
    }
    let past = args.judging.past()?;
    let loaded = load(&args.inputs, None, screen)?;
    let gate = args.judging.gate(&loaded);
    let today = args.inputs.day();
    let until = args.until.or_else(|| today.checked_add(90.days()).ok());
    let until = until.ok_or_else(|| Failure::usage("the day is beyond the calendar"))?;
    let options = args.lowering.options()?;
    let (sources, outcome) = finish(loaded, &args.inputs, &options, screen);
    let report = report(&outcome, &sources, &args.lowering, gate, past);
    let mut written = BTreeSet::new();
    let mut out = String::new();
    let mut left = 0;
    for told in report.told.iter().filter(|told| told.fails) {
        if told.finding.code.id.starts_with('X') {
            left += 1;
            continue;
        }
        let accept = snippet(told.finding, &args.reason, &args.owner, &until.to_string());
        if written.insert(accept.clone()) {
            out.push_str(&format!("\n# {}\n{accept}", comment(&told.finding.message)));
        }
    }
    screen.print(&out);
    screen.note(&format!(
        "{} for {}",
        count(written.len(), "accept"),
        count(report.summary.failing, "finding")
    ));
    if left > 0 {
        screen.note(&format!(
            "{} of rehome cannot be accepted; please report each",
            count(left, "fault")
        ));
        return Ok(Exit::Fault);
    }
    Ok(Exit::Clean)
}

/// A message on one line.
fn comment(message: &str) -> String {
    crate::report::excerpt::clean(message)
}
