//! `rehome explain`: the page of a code.

use super::{Exit, Failure, Screen};
use crate::catalogue;
use crate::finding::{Code, codes};
use crate::report::page;

/// Explain a code: what happened, what it means on the target, what to do
///
/// Without a code, or with the beginning of one, lists the codes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome explain R0002
  rehome explain unknown-key
  rehome explain L1            every loss in the network domain")]
pub struct Args {
    /// The id or name of a code, or the beginning of its id
    code: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When there is no such code.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let wanted = args.code.as_deref().unwrap_or_default().trim();
    let text = match codes::find(wanted) {
        Some(code) => explain(code, screen.style().color)?,
        None => list(wanted)?,
    };
    screen.print(&text);
    Ok(Exit::Clean)
}

/// The page of the book for a terminal: headings bold, all else moved in.
fn explain(code: &Code, color: bool) -> Result<String, Failure> {
    let bold = |text: &str| {
        if color {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let page = catalogue::page::markdown(code).map_err(Failure::fault)?;
    let mut out = String::new();
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        if let Some(open) = fence {
            if line == open {
                fence = None;
            } else {
                out.push_str(&format!("    {line}\n"));
            }
            continue;
        }
        if line.starts_with("```") {
            fence = Some(line.trim_end_matches(|c| c != '`'));
            continue;
        }
        match line.strip_prefix("# ").or(line.strip_prefix("## ")) {
            Some(heading) => out.push_str(&bold(heading)),
            None if line.is_empty() => {}
            None => out.push_str(&format!("  {line}")),
        }
        out.push('\n');
    }
    Ok(out)
}

/// The codes whose id begins so, by stage.
fn list(beginning: &str) -> Result<String, Failure> {
    let beginning = beginning.to_uppercase();
    let mut out = String::new();
    for (letter, stage) in page::STAGES {
        let codes: Vec<&Code> = page::of_stage(letter)
            .into_iter()
            .filter(|code| code.id.starts_with(&beginning))
            .collect();
        if !codes.is_empty() {
            out.push_str(&format!("{letter}  {stage}\n"));
        }
        for code in codes {
            out.push_str(&format!("   {}  {}\n", code.id, code.summary));
        }
    }
    if out.is_empty() {
        return Err(Failure::usage(format!("`{beginning}` is no code"))
            .help("`rehome explain` lists them all"));
    }
    Ok(out)
}
