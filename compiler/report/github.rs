//! Workflow commands of GitHub Actions, which become annotations beside the lines.
//!
//! GitHub shows ten annotations of each level a step and fifty a job, and drops the others without a
//! word. So the commands are for those that matter most; the others are plain lines of the log.
//! Source: GitHub documentation, "Workflow commands for GitHub Actions" and the limits of check runs.

use super::excerpt::clean;
use super::{Report, Told, concise};
use crate::finding::{Level, count};
use std::cmp::Reverse;

/// How many annotations of a level GitHub shows.
const SHOWN: usize = 10;

/// The commands, what has no annotation, and the counts.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    let mut left: Vec<(&str, Vec<&Told<'_>>)> = Vec::new();
    for name in ["error", "warning", "notice"] {
        let mut told: Vec<&Told<'_>> = report
            .told
            .iter()
            .filter(|told| level(told) == name)
            .collect();
        // What closes the gate first, and causes before what follows from them.
        told.sort_by_key(|told| (Reverse(told.fails), told.under.is_some()));
        let rest = told.split_off(told.len().min(SHOWN));
        for told in told {
            out.push_str(&command(name, told, report));
        }
        if !rest.is_empty() {
            left.push((name, rest));
        }
    }
    for (name, rest) in left {
        out.push_str(&format!(
            "without annotation, because GitHub shows {SHOWN} of a level: {}\n",
            count(rest.len(), name)
        ));
        for told in rest {
            out.push_str(&format!("  {}\n", concise::line(told, report)));
        }
    }
    out.push_str(&format!(
        "{}; {}\n{}\n",
        report.summary.causes(),
        report.summary.effort,
        report.summary
    ));
    out
}

/// The word of the command. An accepted or known finding is a notice, whatever its level.
fn level(told: &Told<'_>) -> &'static str {
    let settled = told.finding.accepted.is_some() || told.known;
    match (settled, told.finding.level()) {
        (true, _) | (false, Level::Advice) => "notice",
        (false, Level::Warning) => "warning",
        (false, Level::Error) => "error",
    }
}

fn command(name: &str, told: &Told<'_>, report: &Report<'_>) -> String {
    let finding = told.finding;
    let mut properties = Vec::new();
    if let Some(spot) = report.spot(finding) {
        let file = spot.in_checkout.as_ref().unwrap_or(&spot.path);
        properties.push(format!("file={}", property(file)));
        properties.push(format!("line={}", spot.line));
        properties.push(format!("col={}", spot.column));
    }
    let title = format!("{} {}", finding.code.id, finding.code.name);
    properties.push(format!("title={}", property(&title)));
    let mut text = clean(&finding.message);
    if let Some(by) = &finding.accepted {
        text.push_str(&format!(
            " (accepted by {} until {})",
            clean(&by.owner),
            by.until
        ));
    }
    for more in [report.follows(told), Some(finding.remedy.clone())] {
        if let Some(more) = more.filter(|more| !more.is_empty()) {
            text.push('\n');
            text.push_str(&clean(&more));
        }
    }
    format!("::{name} {}::{}\n", properties.join(","), data(&text))
}

/// The text of a command. A line end would begin another command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property, which ends at a colon or a comma.
fn property(text: &str) -> String {
    data(&clean(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_command() {
        assert_eq!(data("a\n::error::b%"), "a%0A::error::b%25");
        assert_eq!(property("a,b:c"), "a%2Cb%3Ac");
    }
}
