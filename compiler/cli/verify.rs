//! `rehome verify`: emitted files against the exports, also after people edited them.

use super::run::{Inputs, Lowering, finish, load};
use super::{Exit, Failure, Screen, artifacts};
use crate::finding::{Admits, Findings, count};
use crate::report::excerpt::clean;
use crate::verify::again::Again;
use crate::verify::comparison::Comparison;
use crate::verify::network::{Proof, Way};
use std::fmt::Write;
use std::path::PathBuf;

/// Prove that emitted files admit what the exports admit
///
/// Reads the files back and compares them with the exports: flow by flow, placement by placement,
/// order by order. A difference that a finding declares is listed with a case that shows it; any
/// other ends the run with 70.
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
    let again = Again::of(&outcome.policy, &outcome.findings, &files);
    let quiet = screen.quiet();
    let policy = &outcome.policy;
    let mut out = String::new();
    if !policy.placement.rules.is_empty() || !policy.placement.settings.is_empty() {
        out.push_str(&part("placement", &again.placement, quiet));
    }
    if !policy.recovery.plans.is_empty() || !policy.recovery.groups.is_empty() {
        out.push_str(&part("recovery", &again.recovery, quiet));
    }
    if out.is_empty() || !policy.network.sections.is_empty() {
        out = text(&again.proof, &again.declared, quiet) + &out;
    }
    screen.print(&clean_lines(&out));
    let mut findings = again.findings();
    let fault = findings.any(|finding| finding.code.id.starts_with('X'));
    let unread = [
        !again.proof.compared && !again.proof.findings.is_empty(),
        !again.placement.compared && !again.placement.findings.is_empty(),
        !again.recovery.compared && !again.recovery.findings.is_empty(),
    ];
    Ok(if fault {
        Exit::Fault
    } else if unread.contains(&true) {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

fn clean_lines(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", clean(line)))
        .collect()
}

/// The outcome for people. Writing to a string cannot fail.
fn text(proof: &Proof, declared: &Findings, quiet: bool) -> String {
    let mut out = found(&proof.findings);
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
    let undeclared = proof.undeclared().count();
    let result = if !proof.findings.is_empty() && !proof.compared {
        "not compared: the files cannot be understood".to_owned()
    } else if !proof.compared {
        "nothing to compare: the exports hold no firewall rules".to_owned()
    } else if proof.is_equal() {
        "equal: the files admit exactly what the source admits".to_owned()
    } else if proof.differing.is_empty() {
        "equal, if policies add up: no document of the target settles it (V1002)".to_owned()
    } else if undeclared == 0 {
        format!(
            "{} of difference, each told by a finding",
            count(proof.differing.len(), "kind")
        )
    } else {
        format!(
            "{} of difference, {undeclared} of them declared by no finding",
            count(proof.differing.len(), "kind")
        )
    };
    let _ = writeln!(
        out,
        "{result} ({} of endpoints, {} of traffic)",
        match proof.endpoint_classes {
            1 => "1 class".to_owned(),
            classes => format!("{classes} classes"),
        },
        count(proof.traffic_kinds, "kind")
    );
    out
}

/// What a comparison found, a line each.
fn found(findings: &Findings) -> String {
    findings
        .iter()
        .map(|finding| {
            let code = finding.code;
            format!("{} {}: {}\n", code.id, code.name, finding.message)
        })
        .collect()
}

/// The outcome for placement or recovery.
fn part(what: &str, comparison: &Comparison, quiet: bool) -> String {
    let mut out = found(&comparison.findings);
    let differences = &comparison.differences;
    for one in differences.iter().filter(|_| !quiet) {
        let Some(by) = &one.by else { continue };
        let how = match one.admits {
            Admits::TargetMore => "the target admits more",
            Admits::SourceMore => "the target admits less",
            Admits::Otherwise => "the target waits otherwise",
        };
        let _ = writeln!(out, "{how}, as {} declares: {}", by.code, one.witness);
    }
    let all = differences.len();
    let undeclared = differences.iter().filter(|one| one.by.is_none()).count();
    let result = if !comparison.compared {
        "not compared: the files cannot be understood".to_owned()
    } else if all == 0 {
        "equal: the files admit exactly what the source admits".to_owned()
    } else if undeclared == 0 {
        format!("{}, each told by a finding", count(all, "difference"))
    } else {
        format!(
            "{}, {undeclared} of them declared by no finding",
            count(all, "difference")
        )
    };
    let _ = writeln!(out, "{what}: {result}");
    out
}
