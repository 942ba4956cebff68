//! Workflow commands of GitHub Actions, which become annotations beside the lines.

use super::Report;
use super::excerpt::clean;
use crate::finding::Level;

/// A command a finding. An accepted or known one is a notice, whatever its level.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    for told in &report.told {
        let finding = told.finding;
        let settled = finding.accepted.is_some() || told.known;
        let command = match (settled, finding.level()) {
            (true, _) | (false, Level::Advice) => "notice",
            (false, Level::Warning) => "warning",
            (false, Level::Error) => "error",
        };
        let mut properties = Vec::new();
        if let Some(spot) = report.spot(finding) {
            properties.push(format!("file={}", property(&spot.path)));
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
        if !finding.remedy.is_empty() {
            text.push('\n');
            text.push_str(&clean(&finding.remedy));
        }
        out.push_str(&format!(
            "::{command} {}::{}\n",
            properties.join(","),
            data(&text)
        ));
    }
    out.push_str(&format!(
        "{} findings from {} causes; {}\n{}\n",
        report.summary.findings, report.summary.causes, report.summary.effort, report.summary
    ));
    out
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
