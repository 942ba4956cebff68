//! `rehome verify`: emitted files against the exports, also after people edited them.

use super::run::{Inputs, Lowering, finish, load};
use super::{Exit, Failure, Screen, artifacts};
use crate::finding::{Finding, Findings};
use crate::report::excerpt::clean;
use crate::semantics::Membership;
use crate::verify::network::{Proof, Way, compare};
use std::fmt::Write;
use std::path::PathBuf;

/// Prove that emitted files admit what the exports admit
///
/// Reads the files back and compares them with the exports, flow by flow. A difference that a
/// finding declares is listed with a flow that shows it; any other ends the run with 70.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome verify exports/ --artifacts out
  rehome verify exports/ --artifacts out --quiet && echo equal or declared

The files are taken as if enforced, whatever state they create policies in. Machines that the
inventory does not hold are not judged.")]
pub struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    lowering: Lowering,
    /// Folder that `rehome compile` wrote
    #[arg(long, value_name = "DIR")]
    artifacts: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// Wrong usage, unreadable input.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    let files = artifacts::read(&args.artifacts)?;
    let loaded = load(&args.inputs, Some(&args.artifacts), screen)?;
    let options = args.lowering.options()?;
    let (_sources, outcome) = finish(loaded, &args.inputs, &options, screen);
    let membership = Membership::of(&outcome.policy);
    // What the run itself finds wrong declares nothing.
    let mut declared = Findings::new();
    let open = |finding: &&Finding| !finding.code.id.starts_with(['V', 'X']);
    declared.extend(outcome.findings.iter().filter(open).cloned());
    let proof = compare(&outcome.policy, &membership, &files, &declared);
    screen.print(&clean_lines(&text(&proof, &declared, screen.quiet())));
    let fault = proof
        .findings
        .iter()
        .any(|finding| finding.code.id.starts_with('X'));
    Ok(if fault {
        Exit::Fault
    } else if proof.compared || proof.findings.is_empty() {
        Exit::Clean
    } else {
        Exit::Findings
    })
}

fn clean_lines(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", clean(line)))
        .collect()
}

/// The outcome for people. Writing to a string cannot fail.
fn text(proof: &Proof, declared: &Findings, quiet: bool) -> String {
    let mut out = String::new();
    for finding in proof.findings.iter() {
        let _ = writeln!(
            out,
            "{} {}: {}",
            finding.code.id, finding.code.name, finding.message
        );
    }
    if !quiet {
        for one in proof.differing.iter().filter(|one| one.declared.is_some()) {
            let more = match one.way {
                Way::Broader => "the target admits more",
                Way::Narrower => "the target admits less",
            };
            let by = one
                .declared
                .and_then(|at| declared.iter().nth(at))
                .map(|finding| finding.code.id)
                .unwrap_or_default();
            let _ = writeln!(out, "{more}, as {by} declares: {}", one.witness());
        }
    }
    let undeclared = proof
        .differing
        .iter()
        .filter(|one| one.declared.is_none() && !one.unsettled)
        .count();
    let result = if !proof.findings.is_empty() && !proof.compared {
        "not compared: the files cannot be understood".to_owned()
    } else if !proof.compared {
        "nothing to compare: the exports hold no firewall rules".to_owned()
    } else if proof.is_equal() {
        "equal: the files admit exactly what the source admits".to_owned()
    } else if undeclared == 0 {
        let kinds = proof.differing.len();
        format!("{kinds} kinds of difference, each told by a finding")
    } else {
        let kinds = proof.differing.len();
        format!("{kinds} kinds of difference, {undeclared} of them declared by no finding")
    };
    let _ = writeln!(
        out,
        "{result} ({} classes of endpoints, {} kinds of traffic)",
        proof.endpoint_classes, proof.traffic_kinds
    );
    out
}
