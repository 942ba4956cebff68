//! The answer for people: a table, or with `--explain` a list with the rules that decide.

use super::words::{self, action};
use super::{Answer, Line};
use crate::report::Spot;
use crate::report::excerpt::clean;
use crate::report::lines::wrapped;
use crate::report::terminal::Style;
use crate::semantics::filter::Verdict;
use crate::verify::connectivity::{Act, Basis, Outcome};
use std::collections::BTreeSet;

/// How many names of one side are shown.
const SHOWN: usize = 12;
/// How many notes are shown.
const NOTES: usize = 10;
/// The blanks between two columns.
const GAP: usize = 2;

/// The answer as text.
#[must_use]
pub fn render(answer: &Answer<'_>, style: Style) -> String {
    let mut out = wrapped(&remainder(answer), (0, 0), style.width);
    let ends = |ends: &_| few(answer.readable(ends), style.all);
    let lines = answer.lines(&answer.connectivity.rows, ends);
    let (sure, unsure): (Vec<Line<'_>>, Vec<Line<'_>>) = lines
        .into_iter()
        .partition(|line| line.row.outcome == Outcome::Passes);
    if answer.explain {
        let discarded = answer.lines(&answer.connectivity.discarded, ends);
        for (title, lines) in [
            ("may talk", &sure),
            ("could talk: the exports do not tell", &unsure),
            ("may not talk", &discarded),
        ] {
            listed(answer, title, lines, style, &mut out);
        }
    } else {
        out.push('\n');
        if sure.is_empty() && !unsure.is_empty() {
            out.push_str("nobody may talk for certain\n");
        } else if sure.is_empty() {
            out.push_str("nobody may talk\n");
        } else {
            table(answer, &sure, style, &mut out, |_, _| {});
        }
        if !unsure.is_empty() {
            out.push_str(&bold("\ncould talk: the exports do not tell\n", style));
            table(answer, &unsure, style, &mut out, |line, out| {
                for doubt in doubts(answer, line) {
                    out.push_str(&wrapped(&doubt, (4, 4), style.width));
                }
            });
        }
    }
    notes(answer, style, &mut out);
    out
}

/// What happens to the rest, and where that is said.
fn remainder(answer: &Answer<'_>) -> String {
    let remainder = &answer.connectivity.remainder;
    let place = remainder
        .origin
        .and_then(|origin| Spot::of(origin, answer.sources))
        .map(|spot| format!(" ({})", place(&spot)))
        .unwrap_or_default();
    let rule = remainder
        .rule
        .as_ref()
        .map(|[name, section, _]| format!("rule `{name}` of section `{section}`"))
        .unwrap_or_default();
    let action = action(remainder.action);
    clean(&match remainder.basis {
        Basis::DefaultRule => format!("default: {action}, by the default {rule}{place}"),
        Basis::CatchAll => {
            format!("default: {action}, by the {rule}{place}, which matches everything")
        }
        Basis::Implied => {
            format!("default: {action}, implied by a connectivity preference: {rule}{place}")
        }
        Basis::FirewallOff => {
            format!("default: allow, because the firewall is switched off{place}")
        }
        Basis::Unknown => "default: unknown; the exports hold no default rule, so what no rule \
                           matches could pass"
            .to_owned(),
    })
}

fn place(spot: &Spot) -> String {
    format!("{}:{}", spot.file, spot.line)
}

/// The first few of many names.
fn few(mut names: Vec<String>, all: bool) -> Vec<String> {
    for name in &mut names {
        *name = clean(name);
    }
    if all || names.len() <= SHOWN + 1 {
        return names;
    }
    let rest = names.len() - SHOWN;
    names.truncate(SHOWN);
    names.push(format!("and {rest} more"));
    names
}

fn table(
    answer: &Answer<'_>,
    lines: &[Line<'_>],
    style: Style,
    out: &mut String,
    below: impl Fn(&Line<'_>, &mut String),
) {
    let rows: Vec<[Vec<String>; 3]> = lines
        .iter()
        .map(|line| {
            let services = words::services(&line.row.services, answer.shared(line.row));
            [line.from.clone(), line.to.clone(), services]
        })
        .collect();
    let widths = widths(&rows, style.width);
    let head = ["FROM", "TO", "SERVICES"].map(|title| vec![title.to_owned()]);
    let mut title = String::new();
    row(&head, &widths, &mut title);
    out.push_str(&bold(&title, style));
    for (cells, line) in rows.iter().zip(lines) {
        row(cells, &widths, out);
        below(line, out);
    }
}

/// How wide the columns are: as wide as their text while there is room, and a fair share where there
/// is not.
fn widths(rows: &[[Vec<String>; 3]], width: usize) -> [usize; 3] {
    let mut natural = [4, 4, 8];
    for row in rows {
        for (cell, natural) in row.iter().zip(&mut natural) {
            let text = cell
                .iter()
                .map(|item| item.chars().count() + 2)
                .sum::<usize>();
            *natural = text.saturating_sub(2).max(*natural);
        }
    }
    let mut room = width.saturating_sub(2 * GAP);
    let mut widths = [0; 3];
    // The narrowest first: what it does not need is left to the others.
    let mut order = [0_usize, 1, 2];
    order.sort_by_key(|at| natural.get(*at).copied());
    for (left, at) in (1..=3).rev().zip(order) {
        let share = room / left;
        if let (Some(wanted), Some(width)) = (natural.get(at), widths.get_mut(at)) {
            *width = (*wanted).min(share);
            room -= *width;
        }
    }
    widths
}

fn row(cells: &[Vec<String>; 3], widths: &[usize; 3], out: &mut String) {
    let columns: Vec<Vec<String>> = cells
        .iter()
        .zip(widths)
        .map(|(cell, width)| wrap(cell, *width))
        .collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..height {
        let mut line = String::new();
        for (column, width) in columns.iter().zip(widths) {
            let text = column.get(at).map_or("", String::as_str);
            line.push_str(text);
            let blank = (width + GAP).saturating_sub(text.chars().count());
            line.push_str(&" ".repeat(blank));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
}

/// Items with commas between them, in lines of a width. An item that is longer is cut at blanks and
/// commas, or anywhere.
fn wrap(items: &[String], width: usize) -> Vec<String> {
    let width = width.max(4);
    let mut lines = vec![String::new()];
    for (at, item) in items.iter().enumerate() {
        let comma = if at + 1 < items.len() { "," } else { "" };
        let mut rest = format!("{item}{comma}");
        let used = lines.last().map_or(0, |line| line.chars().count());
        let blank = usize::from(used > 0);
        if used + blank + rest.chars().count() > width && used > 0 {
            lines.push(String::new());
        } else if let (1, Some(line)) = (blank, lines.last_mut()) {
            line.push(' ');
        }
        while rest.chars().count() > width {
            let hard = rest
                .char_indices()
                .nth(width)
                .map_or(rest.len(), |(at, _)| at);
            let soft = rest
                .get(..hard)
                .and_then(|head| head.rfind([' ', ',']))
                .map_or(hard, |at| at + 1);
            let tail = rest.split_off(soft);
            if let Some(line) = lines.last_mut() {
                line.push_str(rest.trim_end());
            }
            lines.push(String::new());
            rest = tail;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(&rest);
        }
    }
    lines
}

/// What a row depends on, each once.
fn doubts(answer: &Answer<'_>, line: &Line<'_>) -> Vec<String> {
    let acts = line
        .row
        .why
        .iter()
        .flat_map(|why| why.sender.iter().chain(&why.receiver));
    let texts: BTreeSet<(Option<usize>, String)> = acts
        .filter(|act| !act.certain)
        .map(|act| (act.reason, doubt(answer, act)))
        .collect();
    let count = texts.len();
    let mut texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
    if count > SHOWN {
        texts.truncate(SHOWN);
        texts.push(format!(
            "and {}",
            crate::finding::count(count - SHOWN, "more rule")
        ));
    }
    texts
}

fn doubt(answer: &Answer<'_>, act: &Act) -> String {
    let Some(reason) = answer.reason(act) else {
        return "no rule matches for certain, and no export tells the default".to_owned();
    };
    let at = answer
        .spot(reason)
        .map(|spot| format!(" ({})", place(&spot)));
    let what = match act.verdict {
        Verdict::Allow => "could allow it",
        Verdict::Deny => "could deny it",
        Verdict::Pass => "could let it go on",
        Verdict::Unknown | Verdict::Unsettled => "could decide either way",
    };
    clean(&format!("{}{} {what}", reason.text, at.unwrap_or_default()))
}

/// Rows with the entries that decide them.
fn listed(answer: &Answer<'_>, title: &str, lines: &[Line<'_>], style: Style, out: &mut String) {
    if lines.is_empty() {
        return;
    }
    out.push_str(&bold(&format!("\n{title}\n"), style));
    for line in lines {
        for why in &line.row.why {
            let services = words::services(&why.services, answer.shared(line.row));
            let text = format!(
                "{} -> {}: {}",
                line.from.join(", "),
                line.to.join(", "),
                services.join("; ")
            );
            out.push_str(&wrapped(&text, (0, 0), style.width));
            let ends: &[(&str, &[Act])] = if why.sender == why.receiver {
                &[("both ends:", &why.sender)]
            } else {
                &[("sender:   ", &why.sender), ("receiver: ", &why.receiver)]
            };
            for (end, acts) in ends {
                for act in *acts {
                    out.push_str(&format!("  {end} {}\n", told(answer, act)));
                }
            }
        }
    }
}

/// What an entry does, with its place.
fn told(answer: &Answer<'_>, act: &Act) -> String {
    let Some(reason) = answer.reason(act) else {
        return "no rule matches, and no export tells the default".to_owned();
    };
    let what = match (act.verdict, act.certain) {
        (Verdict::Allow, true) => "allowed by ",
        (Verdict::Deny, true) => "denied by ",
        (Verdict::Pass, true) => "passed on by ",
        (Verdict::Allow, false) => "allowed, if it matches, by ",
        (Verdict::Deny, false) => "denied, if it matches, by ",
        (Verdict::Pass, false) => "passed on, if it matches, by ",
        (Verdict::Unknown | Verdict::Unsettled, _) => "decided either way by ",
    };
    let default = if answer.is_default(reason) {
        "the default: no other rule matches: "
    } else {
        ""
    };
    let at = answer
        .spot(reason)
        .map(|spot| format!("\n             at {} {}", place(&spot), spot.pointer));
    let text = clean(&format!("{what}{default}{}", reason.text));
    text + &at
        .map(|at| at.split('\n').map(clean).collect::<Vec<_>>().join("\n"))
        .unwrap_or_default()
}

fn notes(answer: &Answer<'_>, style: Style, out: &mut String) {
    let notes = &answer.notes;
    if !notes.is_empty() {
        out.push_str(&bold("\nnotes\n", style));
    }
    let shown = if style.all { notes.len() } else { NOTES };
    for finding in notes.iter().take(shown) {
        let at = finding.subjects.first();
        let at = at.and_then(|subject| Spot::of(subject.origin, answer.sources));
        let at = at
            .map(|spot| format!(" ({})", place(&spot)))
            .unwrap_or_default();
        let text = format!("{}: {}{at}", finding.code.id, finding.message);
        out.push_str(&wrapped(&clean(&text), (2, 2), style.width));
    }
    if notes.len() > shown {
        out.push_str(&format!(
            "  and {} more; `-v` shows all\n",
            notes.len() - shown
        ));
    }
}

fn bold(text: &str, style: Style) -> String {
    if style.color {
        format!("\u{1b}[1m{text}\u{1b}[0m")
    } else {
        text.to_owned()
    }
}
