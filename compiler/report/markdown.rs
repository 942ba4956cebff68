//! `report/report.md`: the report for a code review.

use super::excerpt::clean;
use super::fold::Chain;
use super::summary::{Share, domain_name, effect_name, fate_name, level_name};
use super::{Report, Told};
use crate::finding::{Level, count};
use crate::legal::Tally;
use std::collections::BTreeMap;

/// A comment on GitHub holds 65,536 characters; what does not fit is counted, not dropped.
const ROOM: usize = 60_000;
/// What the frame of a list that can be opened takes of it.
const FOLD: usize = 200;

/// The document: the verdict, the counts, what closes the gate, the rest, what is accepted.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let mut out = head(report);
    let (failing, other): (Vec<&Chain>, Vec<&Chain>) =
        open(report).partition(|chain| chain.all().any(|at| fails(report, at)));
    let mut left = BTreeMap::new();
    section(
        &mut out,
        "What closes the gate",
        &failing,
        report,
        &mut left,
    );
    section(&mut out, "What else differs", &other, report, &mut left);
    accepted(&mut out, report);
    if !left.is_empty() {
        let list: Vec<String> = left
            .iter()
            .map(|(code, count)| format!("{code} ({count})"))
            .collect();
        out.push_str(&format!(
            "\nThere is no room here for {}: {}. `findings.json` holds them all.\n",
            count(left.values().sum::<usize>(), "more finding"),
            list.join(", ")
        ));
    }
    out.push_str(&format!("\n{}\n", report.summary));
    out
}

fn head(report: &Report<'_>) -> String {
    let mut out = format!(
        "# rehome: {}\n\nCompiled for {} by rehome {}, table {}.\n\n\
         | | exact | approximate | dropped | findings |\n|---|---:|---:|---:|---|\n",
        report.summary.verdict(),
        report.stamp.target,
        report.stamp.version,
        report.stamp.table
    );
    for (
        domain,
        Share {
            constructs,
            effects,
        },
    ) in &report.summary.domains
    {
        let effects: Vec<String> = effects
            .iter()
            .map(|(effect, count)| format!("{count} {effect}"))
            .collect();
        out.push_str(&row(domain_name(*domain), *constructs, &effects.join(", ")));
    }
    out.push_str(&row("**all**", report.summary.constructs, ""));
    out.push_str(&format!(
        "\n{}; {}.\n",
        report.summary.causes(),
        report.summary.effort
    ));
    out
}

fn row(name: &str, tally: Tally, effects: &str) -> String {
    let Tally {
        exact,
        approximate,
        dropped,
    } = tally;
    format!("| {name} | {exact} | {approximate} | {dropped} | {effects} |\n")
}

/// The chains that hold something open.
fn open<'r>(report: &'r Report<'_>) -> impl Iterator<Item = &'r Chain> {
    report
        .chains
        .iter()
        .filter(|chain| report.level(chain).is_some())
}

fn fails(report: &Report<'_>, at: usize) -> bool {
    report.told.get(at).is_some_and(|told| told.fails)
}

fn section(
    out: &mut String,
    title: &str,
    chains: &[&Chain],
    report: &Report<'_>,
    left: &mut BTreeMap<&'static str, usize>,
) {
    if chains.is_empty() {
        return;
    }
    out.push_str(&format!("\n## {title}\n\n"));
    for level in [Level::Error, Level::Warning, Level::Advice] {
        let here = chains
            .iter()
            .filter(|chain| report.level(chain) == Some(level));
        for chain in here {
            let (text, hidden) = item(chain, report, ROOM.saturating_sub(out.len()));
            out.push_str(&text);
            for finding in hidden.filter_map(|at| report.finding(at)) {
                *left.entry(finding.code.id).or_default() += 1;
            }
        }
    }
}

/// A chain as far as there is room, and the findings of it that have none.
fn item<'c>(
    chain: &'c Chain,
    report: &Report<'_>,
    room: usize,
) -> (String, impl Iterator<Item = usize> + 'c) {
    let mut shown = 0;
    let mut out = String::new();
    let line = |at: usize| report.told.get(at).map(|told| finding(told, report));
    if let Some(text) = line(chain.root).filter(|text| text.len() + FOLD < room) {
        out = format!("- {text}\n");
        shown = 1;
    }
    if shown > 0 && !chain.victims.is_empty() {
        let follow = match chain.victims.len() {
            1 => "1 finding follows from this".to_owned(),
            many => format!("{many} findings follow from this"),
        };
        out.push_str(&format!("  <details><summary>{follow}</summary>\n\n"));
        for text in chain.victims.iter().filter_map(|at| line(*at)) {
            if out.len() + text.len() + FOLD >= room {
                break;
            }
            out.push_str(&format!("  - {text}\n"));
            shown += 1;
        }
        if shown <= chain.victims.len() {
            let hidden = chain.victims.len() + 1 - shown;
            out.push_str(&format!("  - and {hidden} more in `findings.json`\n"));
        }
        out.push_str("\n  </details>\n");
    }
    (out, chain.all().skip(shown))
}

fn finding(told: &Told<'_>, report: &Report<'_>) -> String {
    let finding = told.finding;
    let fate = finding.fate.map_or("", fate_name);
    let words = [
        level_name(finding.level()),
        effect_name(finding.effect),
        fate,
        if told.known { "known" } else { "" },
    ];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let place = report.spot(finding).map_or_else(String::new, |spot| {
        format!(
            " <sub>{}:{}:{}</sub>",
            escape(&spot.path),
            spot.line,
            spot.column
        )
    });
    format!(
        "**{} {}** ({}): {}{place}<br>{}",
        finding.code.id,
        finding.code.name,
        words.join(", "),
        spans(&finding.message),
        spans(&finding.remedy)
    )
}

fn accepted(out: &mut String, report: &Report<'_>) {
    let accepted: Vec<_> = report
        .told
        .iter()
        .filter_map(|told| Some((told, told.finding.accepted.as_ref()?)))
        .collect();
    if accepted.is_empty() {
        return;
    }
    out.push_str(&format!(
        "\n## Accepted\n\n<details><summary>{} accepted</summary>\n\n",
        accepted.len()
    ));
    let mut hidden = 0;
    for (told, by) in accepted {
        let ticket = by
            .ticket
            .as_ref()
            .map_or_else(String::new, |ticket| format!(", {}", escape(ticket)));
        let text = format!(
            "- {}<br>{} ({}, until {}{ticket})\n",
            finding(told, report),
            escape(&by.reason),
            escape(&by.owner),
            by.until
        );
        if out.len() + text.len() < ROOM {
            out.push_str(&text);
        } else {
            hidden += 1;
        }
    }
    if hidden > 0 {
        out.push_str(&format!("- and {hidden} more in `findings.json`\n"));
    }
    out.push_str("\n</details>\n");
}

/// A message, in which backticks surround the words of an export.
fn spans(message: &str) -> String {
    let mut out = String::new();
    for (at, part) in message.split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(&format!("<code>{}</code>", escape(part)));
        } else {
            out.push_str(&escape(part));
        }
    }
    out
}

/// Text that stays what it is: no markup, no HTML, nobody is mentioned.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("@\u{2060}"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|'
            | '~' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inert() {
        assert_eq!(
            spans("group `<img src=x onerror=alert(1)>|@team` is *bold*"),
            "group <code>&lt;img src=x onerror=alert\\(1\\)&gt;\\|@\u{2060}team</code> is \\*bold\\*"
        );
    }
}
