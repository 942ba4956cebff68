//! Compiles a side of an example as the command does, without a file.

use super::case::{Edit, Side};
use crate::cli::input::Input;
use crate::cli::run::{Inputs, Loaded, Lowering, compiled};
use crate::compile::Outcome;
use crate::finding::Finding;
use crate::report::{Gate, Report, Stamp};
use crate::source::Sources;
use crate::verify::again::Again;
use clap::Parser;
use std::path::{Path, PathBuf};

/// The part of the command line that an example may use.
#[derive(Debug, Parser)]
struct Words {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    lowering: Lowering,
}

/// What came out.
#[derive(Debug)]
pub struct Ran {
    /// The files that were read.
    pub sources: Sources,
    /// What the run found out; where the output was edited, with what verifying it found.
    pub outcome: Outcome,
    stamp: Stamp,
}

impl Ran {
    /// The report of the run.
    #[must_use]
    pub fn report(&self) -> Report<'_> {
        let stamp = self.stamp.clone();
        Report::new(&self.outcome, &self.sources, stamp, Gate::default(), None)
    }
}

/// Runs a side.
///
/// # Errors
/// Flags that are none, settings that are wrong, an edit that finds nothing.
pub fn run(side: &Side) -> Result<Ran, String> {
    let words = ["rehome", side.path.as_str()];
    let words = words
        .into_iter()
        .chain(side.flags.iter().map(String::as_str));
    let Words { inputs, lowering } =
        Words::try_parse_from(words).map_err(|error| error.to_string())?;
    let options = lowering.options().map_err(|error| error.to_string())?;
    let mut loaded = Loaded::default();
    for (path, bytes) in side.exports() {
        let inside = path.split_once('/').map_or(path.as_str(), |(_, name)| name);
        let file = Input {
            name: inside.to_owned(),
            path: PathBuf::from(path),
        };
        loaded.read(file, bytes.clone());
    }
    if let Some((path, bytes)) = side.settings() {
        let settings = loaded.settings_of(Path::new(path), bytes.clone());
        settings.map_err(|error| error.to_string())?;
    }
    let (sources, mut outcome) = compiled(loaded, &inputs, &options);
    if let Some(edits) = &side.edits {
        edit(&mut outcome, edits)?;
        verify(&mut outcome);
    }
    Ok(Ran {
        sources,
        outcome,
        stamp: Stamp::new(options.target),
    })
}

/// Changes the emitted files as people would.
fn edit(outcome: &mut Outcome, edits: &[Edit]) -> Result<(), String> {
    for Edit {
        file,
        find,
        replace,
    } in edits
    {
        let bytes = outcome
            .files
            .get_mut(file)
            .ok_or_else(|| format!("`{file}` is not emitted"))?;
        let text = String::from_utf8_lossy(bytes);
        if !text.contains(find.as_str()) {
            return Err(format!("`{find}` does not stand in `{file}`"));
        }
        *bytes = text.replacen(find.as_str(), replace, 1).into_bytes();
    }
    Ok(())
}

/// Compares the changed files with the exports, as `rehome verify` does.
fn verify(outcome: &mut Outcome) {
    let again = Again::of(&outcome.policy, &outcome.findings, &outcome.files);
    let found: Vec<Finding> = again.findings().cloned().collect();
    let mut findings = again.declared;
    findings.extend(found);
    findings.sort();
    outcome.findings = findings;
    outcome.proof = again.proof;
    outcome.placement = again.placement;
    outcome.recovery = again.recovery;
}
