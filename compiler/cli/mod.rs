//! The command line: files, flags, exit codes. The only module that does input and output.
//!
//! One file a command. Each has its `Args` and a `run` that gives an [`Exit`] or a [`Failure`].

pub mod artifacts;
pub mod baseline;
pub mod capabilities;
pub mod check;
pub mod compile;
pub mod completions;
pub mod config;
pub mod connectivity;
pub mod exit;
pub mod explain;
pub mod init;
pub mod input;
pub mod judge;
pub mod man;
pub mod output;
pub mod progress;
pub mod query;
pub mod run;
pub mod schema;
pub mod screen;
pub mod verify;

pub use exit::{Exit, Failure};

use crate::back::nutanix;
use crate::document;
use crate::legal::Target;
use crate::report::json;
use crate::report::stamp::table_version;
use clap::{Parser, Subcommand};
use screen::{Choice, Screen};
use std::process::ExitCode;
use std::sync::LazyLock;

/// Compiles the policy of a VMware estate (DRS rules, SRM recovery plans, NSX firewall) for its
/// next platform, and says exactly what that platform cannot hold.
#[derive(Debug, Parser)]
#[command(
    name = "rehome",
    version,
    long_version = LONG_VERSION.as_str(),
    after_help = AFTER_HELP,
    propagate_version = false,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    /// When to use colours: auto, always or never; NO_COLOR is honoured
    #[arg(long, global = true, value_enum, default_value_t = Choice::Auto, value_name = "WHEN",
        hide_possible_values = true, help_heading = "Terminal")]
    color: Choice,
    /// Say only what is asked for: no notes, no progress
    #[arg(short, long, global = true, help_heading = "Terminal")]
    quiet: bool,
    /// Say what was read and what was passed over
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "quiet",
        help_heading = "Terminal"
    )]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  rehome compile exports/ -o out       compile a folder of exports
  rehome check exports/nsx.json        only say what would be lost
  rehome explain R0002                 what a code means and what to do
  rehome capabilities                  what the target can hold
  rehome connectivity exports/         who may talk to whom today

Exit codes:
  0   no finding closes the gate
  1   findings close the gate
  2   wrong usage, or input that cannot be read; nothing was written
  70  a fault of rehome; nothing was written";

/// What `--version` says: the program, and what decides its answers.
static LONG_VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut text = format!("{}\nlegality tables:", env!("CARGO_PKG_VERSION"));
    for target in Target::ALL {
        text.push_str(&format!("\n  {target} {}", table_version(target)));
    }
    text.push_str(&format!(
        "\ndocuments: policy.yaml {}, manifest.json {}, findings.json {}",
        document::VERSION,
        nutanix::SCHEMA,
        json::SCHEMA
    ));
    text
});

#[derive(Debug, Subcommand)]
enum Command {
    Compile(compile::Args),
    Check(check::Args),
    Baseline(baseline::Args),
    Explain(explain::Args),
    Capabilities(capabilities::Args),
    Connectivity(connectivity::Args),
    Query(query::Args),
    Verify(verify::Args),
    Init(init::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// Runs the command of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let Cli {
        color,
        quiet,
        verbose,
        command,
    } = cli;
    let screen = Screen::new(color, quiet, verbose);
    ending(screen, || match command {
        Command::Compile(args) => compile::run(&args, screen),
        Command::Check(args) => check::run(&args, screen),
        Command::Baseline(args) => baseline::run(&args, screen),
        Command::Explain(args) => explain::run(&args, screen),
        Command::Capabilities(args) => capabilities::run(&args, screen),
        Command::Init(args) => init::run(&args, screen),
        Command::Schema(args) => schema::run(&args, screen),
        Command::Completions(args) => completions::run(&args, screen),
        Command::Man(args) => man::run(&args, screen),
        Command::Connectivity(args) => connectivity::run(&args, screen),
        Command::Query(args) => query::run(&args, screen),
        Command::Verify(args) => verify::run(&args, screen),
    })
    .code()
}

/// How a command ends, also when it does not come to its end.
fn ending(
    screen: Screen,
    command: impl FnOnce() -> Result<Exit, Failure> + std::panic::UnwindSafe,
) -> Exit {
    match std::panic::catch_unwind(command) {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => {
            screen.failure(&failure);
            failure.exit()
        }
        Err(_) => {
            screen.failure(&Failure::fault(
                "rehome stopped at a fault of its own; nothing was written",
            ));
            Exit::Fault
        }
    }
}

/// What clap has to say: help and the version are no mistake.
fn usage(error: &clap::Error) -> ExitCode {
    // Nothing can be done when the terminal is gone.
    let _ = error.print();
    if error.use_stderr() {
        Exit::Usage.code()
    } else {
        Exit::Clean.code()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_of_ours_ends_the_run_with_70() {
        let screen = Screen::new(Choice::Never, true, false);
        assert_eq!(ending(screen, || panic!("a fault")), Exit::Fault);
        let refused = || Err(Failure::fault("a file would be written elsewhere"));
        assert_eq!(ending(screen, refused), Exit::Fault);
        assert_eq!(ending(screen, || Err(Failure::usage("no"))), Exit::Usage);
        assert_eq!(ending(screen, || Ok(Exit::Findings)), Exit::Findings);
    }

    #[test]
    fn the_table_of_exit_codes() {
        let codes = [Exit::Clean, Exit::Findings, Exit::Usage, Exit::Fault].map(Exit::code);
        let expected = [0, 1, 2, 70].map(ExitCode::from);
        assert_eq!(format!("{codes:?}"), format!("{expected:?}"));
    }
}
