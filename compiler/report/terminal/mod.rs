//! The report for people at a terminal.

mod table;
mod view;

use super::Report;
use super::excerpt::clean;
use super::fold::Chain;
use super::lines::wrapped;
use super::page::STAGES;
use super::summary::level_name;
use crate::finding::{Code, Finding, Level};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Colours.
    pub color: bool,
    /// Letters outside ASCII for frames and marks.
    pub unicode: bool,
    /// Columns.
    pub width: usize,
    /// Show every finding in full; otherwise the first few of each code.
    pub all: bool,
}

impl Style {
    /// For a pipe, a file, a test.
    pub const PLAIN: Self = Self {
        color: false,
        unicode: true,
        width: 80,
        all: false,
    };
}

/// How many findings of one code are shown with their lines, and how many more with one line.
const IN_FULL: usize = 3;
const IN_LINE: usize = 12;
/// How many of the objects that a cause takes with it are named.
const NAMES: usize = 4;

/// Writes the report.
///
/// # Errors
/// Whatever the writer says.
pub fn write(out: &mut dyn Write, report: &Report<'_>, style: Style) -> fmt::Result {
    for level in [Level::Error, Level::Warning, Level::Advice] {
        section(out, report, level, style)?;
    }
    accepted(out, report, style)?;
    table::write(out, report, style)?;
    writeln!(out, "{}", report.summary)
}

/// Everything of one level that is open, chain by chain.
fn section(out: &mut dyn Write, report: &Report<'_>, level: Level, style: Style) -> fmt::Result {
    let mut by_code: BTreeMap<_, Vec<&Chain>> = BTreeMap::new();
    for chain in &report.chains {
        if let Some(root) = report.finding(chain.root)
            && report.level(chain) == Some(level)
        {
            by_code
                .entry(stage_order(root.code))
                .or_default()
                .push(chain);
        }
    }
    for chains in by_code.values() {
        let (full, rest) = if style.all {
            (chains.as_slice(), [].as_slice())
        } else {
            chains.split_at(chains.len().min(IN_FULL))
        };
        for chain in full {
            in_full(out, report, chain, style)?;
        }
        in_lines(out, report, rest, level, style)?;
    }
    Ok(())
}

/// Codes in the order of the stages, then of their numbers.
fn stage_order(code: &Code) -> (usize, &'static str) {
    let stage = STAGES
        .iter()
        .position(|(letter, _)| code.id.starts_with(*letter));
    (stage.unwrap_or(STAGES.len()), code.id)
}

fn in_full(out: &mut dyn Write, report: &Report<'_>, chain: &Chain, style: Style) -> fmt::Result {
    let Some(root) = report.finding(chain.root) else {
        return Ok(());
    };
    let notes: Vec<String> = victims(report, chain).into_iter().collect();
    view::write(out, root, &notes, report.sources, style)?;
    writeln!(out)
}

/// `4 findings follow from this about `web` and `db`: L1010 3 times, N0001`.
fn victims(report: &Report<'_>, chain: &Chain) -> Option<String> {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut objects, mut names) = (BTreeSet::new(), Vec::new());
    for finding in chain.victims.iter().filter_map(|at| report.finding(*at)) {
        *codes.entry(finding.code.id).or_default() += 1;
        if let Some(subject) = finding.subjects.first()
            && objects.insert(&subject.id)
            && names.len() < NAMES
        {
            names.push(format!("`{}`", subject.name));
        }
    }
    let codes: Vec<String> = codes
        .into_iter()
        .map(|(code, times)| match times {
            1 => code.to_owned(),
            _ => format!("{code} {times} times"),
        })
        .collect();
    if objects.len() > names.len() {
        names.push(format!("{} more", objects.len() - names.len()));
    }
    let affects = match names.split_last() {
        None => String::new(),
        Some((one, [])) => format!(" about {one}"),
        Some((last, rest)) => format!(" about {} and {last}", rest.join(", ")),
    };
    let follow = match chain.victims.len() {
        0 => return None,
        1 => "1 finding follows".to_owned(),
        many => format!("{many} findings follow"),
    };
    Some(format!("{follow} from this{affects}: {}", codes.join(", ")))
}

/// The findings of a code beyond the first few: a line each, then a count. Nothing is left out
/// without saying so.
fn in_lines(
    out: &mut dyn Write,
    report: &Report<'_>,
    chains: &[&Chain],
    level: Level,
    style: Style,
) -> fmt::Result {
    let Some(first) = chains.first().and_then(|chain| report.finding(chain.root)) else {
        return Ok(());
    };
    writeln!(
        out,
        "  {} more of {} {} ({}):",
        chains.len(),
        first.code.id,
        first.code.name,
        level_name(level)
    )?;
    for chain in chains.iter().take(IN_LINE) {
        if let Some(finding) = report.finding(chain.root) {
            out.write_str(&wrapped(&short(finding, report), (4, 6), style.width))?;
        }
    }
    if chains.len() > IN_LINE {
        let hidden = chains.len() - IN_LINE;
        writeln!(
            out,
            "    and {hidden} that are not shown; `--all` shows them"
        )?;
    }
    writeln!(out)
}

/// `nsx.json:14:7: message`.
fn short(finding: &Finding, report: &Report<'_>) -> String {
    let message = clean(&finding.message);
    match report.spot(finding) {
        Some(spot) => format!(
            "{}:{}:{}: {message}",
            clean(&spot.file),
            spot.line,
            spot.column
        ),
        None => message,
    }
}

fn accepted(out: &mut dyn Write, report: &Report<'_>, style: Style) -> fmt::Result {
    let accepted: Vec<_> = report
        .told
        .iter()
        .filter_map(|told| Some((told.finding, told.finding.accepted.as_ref()?)))
        .collect();
    if accepted.is_empty() {
        return Ok(());
    }
    writeln!(out, "  Accepted:")?;
    let shown = if style.all { accepted.len() } else { IN_LINE };
    for (finding, by) in accepted.iter().take(shown) {
        let object = finding
            .subjects
            .first()
            .map(|subject| format!(" `{}`", clean(&subject.name)));
        let text = format!(
            "{} {}{}: {} ({}, until {})",
            finding.code.id,
            finding.code.name,
            object.unwrap_or_default(),
            clean(&by.reason),
            clean(&by.owner),
            by.until
        );
        out.write_str(&wrapped(&text, (4, 6), style.width))?;
    }
    if accepted.len() > shown {
        let hidden = accepted.len() - shown;
        writeln!(
            out,
            "    and {hidden} that are not shown; `--all` shows them"
        )?;
    }
    writeln!(out)
}
