//! The counts at the end of the report.

use super::Style;
use crate::finding::{Level, count};
use crate::legal::Tally;
use crate::report::Report;
use crate::report::summary::domain_name;
use std::fmt::{self, Write};

/// Writes what became of the constructs and what the findings change, by domain.
pub(super) fn write(out: &mut dyn Write, report: &Report<'_>, style: Style) -> fmt::Result {
    let summary = &report.summary;
    if !summary.domains.is_empty() {
        let head = format!(
            "  {:<11}{:>7}{:>8}{:>9}   {}",
            "", "exact", "approx.", "dropped", "findings"
        );
        writeln!(out, "{}", head.trim_end())?;
        for (domain, share) in &summary.domains {
            let Tally {
                exact,
                approximate,
                dropped,
            } = share.constructs;
            let effects: Vec<String> = share
                .effects
                .iter()
                .map(|(effect, count)| format!("{count} {effect}"))
                .collect();
            let line = format!(
                "  {:<11}{exact:>7}{approximate:>8}{dropped:>9}   {}",
                domain_name(*domain),
                effects.join(", ")
            );
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out)?;
    }
    let (error, warning, advice) = (
        summary.level(Level::Error),
        summary.level(Level::Warning),
        summary.level(Level::Advice),
    );
    let color = if report.passes() { "32" } else { "31" };
    let verdict = paint(style, color, &summary.verdict());
    writeln!(out, "{verdict}")?;
    if summary.findings > 0 {
        writeln!(
            out,
            "{}: {}, {}, {advice} advice",
            summary.causes(),
            count(error, "error"),
            count(warning, "warning")
        )?;
    }
    writeln!(out, "{}", summary.effort)
}

fn paint(style: Style, color: &str, text: &str) -> String {
    if style.color {
        format!("\u{1b}[{color}m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
