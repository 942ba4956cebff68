//! `rehome compile`: exports in; policy, findings and files for the target out.

use super::judge::{Judging, report, verdict};
use super::output::Output;
use super::run::{Inputs, Lowering, finish, load};
use super::{Exit, Failure, Screen};
use crate::finding::count;
use std::path::PathBuf;

/// Compile exports for the next platform
///
/// Each file is recognised by its content. The output folder holds the portable policy, the
/// objects for the target, the steps that people must do, and the report.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome compile exports/ -o out
  rehome compile nsx.json drs.xml srm/ --target nutanix@7.6
  rehome compile exports/ --state monitor       security policies that only watch at first

The output folder is replaced whole, or not at all. It is written with exit codes 0 and 1.")]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// Folder to write
    #[arg(short, long, value_name = "DIR", default_value = "out")]
    output: PathBuf,
    /// Replace the output folder even if it holds files that rehome did not write
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    lowering: Lowering,
    #[command(flatten)]
    judging: Judging,
}

/// Runs the command.
///
/// # Errors
/// Wrong usage, unreadable input, a folder that cannot be written.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let past = args.judging.past()?;
    let output = Output::claim(&args.output, &args.inputs.paths, args.force)?;
    let loaded = load(&args.inputs, Some(&args.output), screen)?;
    let gate = args.judging.gate(&loaded);
    let options = args.lowering.options()?;
    let (sources, outcome) = finish(loaded, &args.inputs, &options, screen);
    let report = report(&outcome, &sources, &args.lowering, gate, past);
    let exit = verdict(&report);
    let wrote = match exit {
        Exit::Clean | Exit::Findings => {
            let mut files = report.files();
            files.extend(outcome.files.clone());
            output.write(&files)?;
            format!(
                "wrote {} to {}",
                count(files.len(), "file"),
                args.output.display()
            )
        }
        Exit::Usage | Exit::Fault => "nothing was written".to_owned(),
    };
    args.judging.show(&report, screen);
    screen.note(&wrote);
    Ok(exit)
}
