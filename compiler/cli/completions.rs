//! `rehome completions`: what a shell needs to complete the commands and flags.

use super::{Cli, Exit, Failure, Screen};
use clap::CommandFactory as _;
use clap_complete::Shell;

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome completions bash > ~/.local/share/bash-completion/completions/rehome
  rehome completions zsh > ~/.zfunc/_rehome        a folder of $fpath
  rehome completions fish > ~/.config/fish/completions/rehome.fish
  rehome completions powershell >> $PROFILE")]
pub struct Args {
    /// The shell: bash, elvish, fish, powershell or zsh
    #[arg(value_enum, hide_possible_values = true)]
    shell: Shell,
}

/// Runs the command.
///
/// # Errors
/// None so far.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "rehome", &mut script);
    screen.print(&String::from_utf8_lossy(&script));
    Ok(Exit::Clean)
}
