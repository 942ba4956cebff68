//! `report/junit.xml`: a suite a domain and a case a finding, for servers that read test results.
//!
//! It keeps to what the strictest reader takes: the schema `junit-10.xsd` of the xUnit plugin of
//! Jenkins, which refuses a file with an attribute that it does not know. So the place of a finding
//! is part of the text.

use super::excerpt::clean;
use super::summary::{domain_name, effect_name, level_name};
use super::{Report, Told};
use crate::finding::Domain;

const DOMAINS: [Domain; 5] = [
    Domain::Estate,
    Domain::Network,
    Domain::Placement,
    Domain::Recovery,
    Domain::Inventory,
];

/// The document. A finding that closes the gate is a failure, any other one is skipped with the
/// reason; a domain without findings is one case that passed.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut suites = String::new();
    let (mut tests, mut failures) = (0, 0);
    for domain in DOMAINS {
        let told: Vec<&Told<'_>> = report
            .told
            .iter()
            .filter(|told| told.finding.domain == domain)
            .collect();
        let failing = told.iter().filter(|told| told.fails).count();
        let count = told.len().max(1);
        let passing = told.len() - failing;
        suites.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{count}\" failures=\"{failing}\" errors=\"0\" skipped=\"{passing}\">\n",
            domain_name(domain)
        ));
        for told in &told {
            suites.push_str(&case(told, report));
        }
        if told.is_empty() {
            suites.push_str(&format!(
                "    <testcase classname=\"rehome.{}\" name=\"no finding\"/>\n",
                domain_name(domain)
            ));
        }
        suites.push_str("  </testsuite>\n");
        tests += count;
        failures += failing;
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"rehome {}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">\n\
         {suites}</testsuites>\n",
        report.stamp.target
    )
}

fn case(told: &Told<'_>, report: &Report<'_>) -> String {
    let finding = told.finding;
    let object = finding
        .subjects
        .first()
        .map(|subject| format!(" {}", subject.name))
        .unwrap_or_default();
    let spot = report.spot(finding);
    let mut details = format!("{}\n", finding.message);
    if let Some(spot) = &spot {
        details.push_str(&format!(
            "at {}:{}:{} {}\n",
            spot.path, spot.line, spot.column, spot.pointer
        ));
    }
    details.push_str(&finding.remedy);
    if let Some(follows) = report.follows(told) {
        details.push('\n');
        details.push_str(&follows);
    }
    let details: Vec<String> = details.lines().map(escape).collect();
    let details = details.join("\n");
    let kind = format!(
        "{} {}",
        level_name(finding.level()),
        effect_name(finding.effect)
    );
    let result = match (told.fails, &finding.accepted) {
        (true, _) => format!(
            "<failure type=\"{kind}\" message=\"{}\">{details}</failure>",
            escape(&finding.message)
        ),
        (false, Some(by)) => format!(
            "<skipped message=\"{}\"/>",
            escape(&format!(
                "accepted by {} until {}: {}",
                by.owner, by.until, by.reason
            ))
        ),
        (false, None) if told.known => "<skipped message=\"known before\"/>".to_owned(),
        (false, None) => format!(
            "<skipped message=\"{}\"/>",
            escape(&format!(
                "{kind}, does not close the gate: {}",
                finding.message
            ))
        ),
    };
    format!(
        "    <testcase classname=\"rehome.{}.{}\" name=\"{}\">{result}</testcase>\n",
        domain_name(finding.domain),
        finding.code.id,
        escape(&format!(
            "{} {}{object}",
            finding.code.id, finding.code.name
        )),
    )
}

/// Text for an attribute or an element; characters that XML 1.0 cannot hold are replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}
