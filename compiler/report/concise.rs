//! A line a finding, for editors and for `grep`.

use super::excerpt::clean;
use super::summary::{effect_name, level_name};
use super::{Report, Told};

/// All findings, then the last line.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for told in &report.told {
        out.push_str(&line(told, report));
        out.push('\n');
    }
    out.push_str(&format!(
        "{}; {}\n{}\n",
        report.summary.causes(),
        report.summary.effort,
        report.summary
    ));
    out
}

/// `nsx.json:14:7: error L1007 (narrows): message`.
#[must_use]
pub fn line(told: &Told<'_>, report: &Report<'_>) -> String {
    let finding = told.finding;
    let place = report
        .spot(finding)
        .map(|spot| format!("{}:{}:{}: ", clean(&spot.path), spot.line, spot.column))
        .unwrap_or_default();
    let standing = match (&finding.accepted, told.known) {
        (Some(by), _) => format!(" [accepted by {} until {}]", clean(&by.owner), by.until),
        (None, true) => " [known]".to_owned(),
        (None, false) => String::new(),
    };
    let follows = report
        .follows(told)
        .map_or_else(String::new, |follows| format!(" [{}]", clean(&follows)));
    format!(
        "{place}{} {} ({}): {}{standing}{follows}",
        level_name(finding.level()),
        finding.code.id,
        effect_name(finding.effect),
        clean(&finding.message)
    )
}
