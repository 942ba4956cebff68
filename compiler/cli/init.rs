//! `rehome init`: a commented `rehome.toml` for the exports that are there.

use super::input::SETTINGS;
use super::judge::report;
use super::run::{Inputs, Lowering, finish, load_exports};
use super::{Exit, Failure, Screen};
use crate::finding::accept::snippet;
use crate::front::detect;
use crate::report::excerpt::clean;
use crate::report::{Gate, Report};
use crate::source::Sources;
use jiff::ToSpan as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Write a commented rehome.toml for the exports that are there
///
/// Reads the exports, says what each file is, and writes the settings with every key explained. It
/// decides nothing: the gate is the default one and no finding is accepted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome init exports/               writes exports/rehome.toml
  rehome init exports/ --print       shows it instead")]
pub struct Args {
    /// Export files, or folders that hold them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print the settings instead of writing them
    #[arg(long)]
    print: bool,
    /// Replace a rehome.toml that is there already
    #[arg(long, conflicts_with = "print")]
    force: bool,
    #[command(flatten)]
    lowering: Lowering,
}

/// Runs the command.
///
/// # Errors
/// Wrong usage, unreadable input, settings that are there already or cannot be written.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let path = place(&args.paths);
    if !args.print && !args.force && path.exists() {
        let message = format!("`{}` is there already", path.display());
        return Err(Failure::usage(message).help("`--force` replaces it, `--print` shows another"));
    }
    let inputs = Inputs::without_settings(args.paths.clone());
    let loaded = load_exports(&inputs.paths, None, screen)?;
    let options = args.lowering.options()?;
    let (sources, outcome) = finish(loaded, &inputs, &options, screen);
    let report = report(&outcome, &sources, &args.lowering, Gate::default(), None);
    let text = settings(&sources, &report, &inputs);
    if args.print {
        screen.print(&text);
    } else {
        write(&path, &text, args.force)?;
        screen.note(&format!("wrote {}", path.display()));
    }
    Ok(Exit::Clean)
}

/// Where the settings are looked for: beside the first input.
fn place(paths: &[PathBuf]) -> PathBuf {
    let first = paths.first().map_or(Path::new(""), PathBuf::as_path);
    let folder = if first.is_dir() {
        first
    } else {
        first.parent().unwrap_or(Path::new(""))
    };
    folder.join(SETTINGS)
}

/// Writes the file whole or not at all.
fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    };
    let refused = |error: &std::io::Error| Failure::file("write", path, error);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| refused(&error))?;
    file.write_all(text.as_bytes())
        .map_err(|error| refused(&error))?;
    let kept = if force {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    kept.map(|_| ()).map_err(|error| refused(&error.error))
}

/// The settings as text.
fn settings(sources: &Sources, report: &Report<'_>, inputs: &Inputs) -> String {
    let mut out = String::from(HEAD);
    for (_, source) in sources.iter() {
        let what = detect::recognise(source).map_or("not recognised", detect::Format::name);
        out.push_str(&format!("#   {}: {what}\n", clean(&source.name)));
    }
    out.push_str(GATE);
    out.push_str(NAMES);
    out.push_str(ACCEPT);
    out.push_str(&example(report, inputs));
    out
}

/// An accept as it would be for the first finding that closes the gate, as a comment.
fn example(report: &Report<'_>, inputs: &Inputs) -> String {
    let until = inputs
        .day()
        .checked_add(90.days())
        .unwrap_or(inputs.day())
        .to_string();
    let mut told = report.told.iter().filter(|told| told.fails);
    let Some(finding) = told.find(|told| !told.finding.code.id.starts_with('X')) else {
        return "# Nothing closes the gate today.\n".to_owned();
    };
    let accept = snippet(finding.finding, "why it is all right", "a team", &until);
    let mut out = format!("# {}\n", clean(&finding.finding.message));
    for line in accept.lines() {
        out.push_str(&format!("# {line}\n"));
    }
    out
}

const HEAD: &str = "\
# Settings of rehome for the exports in this folder; read by every command that reads the exports.
# A key that is not known is an error. `rehome schema settings` prints the schema for editors.
#
# What is here:
";

const GATE: &str = "
# What closes the gate, so that the run ends with exit code 1. Any of:
#   error, warning, advice          a level and all above it
#   broadens, narrows, shifts       what a finding changes of what is admitted
#   conduct, record                 how something behaves, what is kept or told
#   dropped                         a construct that the target does not hold
#   untranslatable                  something that could not be read or resolved
#   L1007, L1, member-by-os-name    a code, or all that begin so
#   none                            nothing
[gate]
fail-on = [\"error\", \"dropped\"]
";

const NAMES: &str = "
# Names on the target, instead of those that rehome would choose. On the left a category as the
# manifest names it, `key` or `key/value`, a host or a cluster of the exports.
# [categories]
# \"drs-vm-group\" = { key = \"Machines\" }
# \"drs-vm-group/db\" = { key = \"Tier\", value = \"Database\", existing = true }
# [hosts]
# \"esx01.example\" = \"ahv-01\"
# [clusters]
# \"London\" = \"PE-LON\"
";

const ACCEPT: &str = "
# An accept: a finding that somebody takes responsibility for until a day. It stays in every report
# and does not close the gate. The selector has `id`, `name` (a pattern with * and ?) or `domain`.
# `ticket` may say where it was agreed. `rehome baseline` writes accepts for all findings of today.
#
";
