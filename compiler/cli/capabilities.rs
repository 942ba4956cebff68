//! `rehome capabilities`: what each target can hold, from its legality table.

use super::{Exit, Failure, Screen};
use crate::legal::Target;
use crate::report::matrix;
use clap::ValueEnum;

/// Show what each target can hold
///
/// The answers come from the tables that the compiler itself asks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome capabilities
  rehome capabilities --target nutanix@7.5 --target nutanix@7.6+flex
  rehome capabilities --format json")]
pub struct Args {
    /// A platform and release; give it again to compare [default: all, side by side]
    #[arg(long, value_name = "PLATFORM@RELEASE")]
    target: Vec<Target>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How to print the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for people
    Text,
    /// For programs
    Json,
}

/// Runs the command.
///
/// # Errors
/// None so far.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let targets = if args.target.is_empty() {
        Target::ALL.to_vec()
    } else {
        args.target.clone()
    };
    let text = match args.format {
        Format::Text => matrix::text(&targets),
        Format::Json => String::from_utf8_lossy(&matrix::json(&targets)).into_owned(),
    };
    screen.print(&text);
    Ok(Exit::Clean)
}
