//! The page of a code with its example: one text for the book and for `rehome explain`.

use super::case::{Case, Edit, Files, Side};
use super::run::{Ran, run};
use super::without;
use crate::finding::{Code, Finding};
use crate::report::emitted::{Emitted, Words};
use crate::report::excerpt::clean;
use crate::report::{Report, concise, page};
use similar::TextDiff;
use std::collections::BTreeSet;

/// The longest export that is shown whole, in lines, and the longest line, in characters.
const LINES: usize = 90;
const COLUMNS: usize = 700;

/// The longest emitted object that is shown whole, in lines, and how many are shown.
const BODY: usize = 40;
const OBJECTS: usize = 1;

/// How many findings and lines of words are shown.
const FINDINGS: usize = 6;

/// The page of a code.
///
/// # Errors
/// When its example cannot be run.
pub fn markdown(code: &Code) -> Result<String, String> {
    let example = match (super::find(code)?, without(code)) {
        (Some(case), _) => example(code, &case)?,
        (None, Some(why)) => format!("\n## An export that raises it\n\nThere is none: {why}.\n"),
        (None, None) => String::new(),
    };
    Ok(page::markdown(code) + &example)
}

/// The sections about the example.
fn example(code: &Code, case: &Case) -> Result<String, String> {
    let ran = run(&case.raises).map_err(|error| format!("{}: {error}", code.id))?;
    let mut out = String::from("\n## An export that raises it\n\n");
    out.push_str(&format!("`{}`\n", case.raises.command()));
    for (path, bytes) in &case.raises.files {
        out.push_str(&file(path, bytes));
    }
    out.push_str(&edited(&case.raises));
    let report = ran.report();
    let found = findings(code, &report);
    out.push_str("\nrehome says about it:\n\n");
    out.push_str(&fence("text", &found.lines, FINDINGS));
    out.push_str("\n## What is emitted\n\n");
    out.push_str(&emitted(&ran, &found.about));
    out.push_str("\n## A near miss\n\n");
    out.push_str(&near(case));
    Ok(out)
}

/// The findings of a code in a report.
struct Found<'r> {
    lines: String,
    about: Vec<&'r Finding>,
}

fn findings<'r>(code: &Code, report: &Report<'r>) -> Found<'r> {
    let all = report.told.iter().filter(|told| told.finding.code == code);
    let mut found = Found {
        lines: String::new(),
        about: Vec::new(),
    };
    for told in all {
        found.lines.push_str(&concise::line(told, report));
        found.lines.push('\n');
        found.about.push(told.finding);
    }
    found
}

/// A file of the export.
fn file(path: &str, bytes: &[u8]) -> String {
    let text = match rehome_grammar::read(bytes.to_vec()) {
        Ok(tree) => tree.text().to_owned(),
        Err(failure) => failure.text.unwrap_or_default(),
    };
    let language = path.rsplit_once('.').map_or("text", |(_, ending)| ending);
    let shown = if text.is_empty() && !bytes.is_empty() {
        format!("\n{} bytes that are no text.\n", bytes.len())
    } else {
        format!("\n{}", fence(language, &text, LINES))
    };
    format!("\n`{path}`:\n{shown}")
}

/// What people change in the output.
fn edited(side: &Side) -> String {
    let Some(edits) = &side.edits else {
        return String::new();
    };
    let mut out = String::new();
    for Edit {
        file,
        find,
        replace,
    } in edits
    {
        out.push_str(&format!(
            "\nIn `out/{file}` of what is emitted somebody writes\n\n{}\nfor\n\n{}",
            fence("text", replace, LINES),
            fence("text", find, LINES)
        ));
    }
    out + "\nThen the files are verified.\n"
}

/// The objects that hold what the findings are about, and the steps for people.
fn emitted(ran: &Ran, findings: &[&Finding]) -> String {
    let files = &ran.outcome.files;
    let objects = Emitted::of(files);
    let mut out = String::new();
    let mut seen = BTreeSet::new();
    let mut words = Vec::new();
    for finding in findings {
        let subject = finding.subjects.first();
        let id = subject.map(|subject| subject.id.as_str());
        let holding = objects.holding(id, finding.target.as_deref());
        let name = subject.map_or("", |subject| subject.name.as_str());
        let Words { mut lines, more } = objects.words(&holding, name);
        lines.extend((more > 0).then(|| format!("and {more} more")));
        for line in lines {
            if !words.contains(&line) {
                words.push(line);
            }
        }
        for object in holding {
            if !seen.insert(object.path.clone()) || seen.len() > OBJECTS {
                continue;
            }
            let text = objects.text(&object).unwrap_or_default();
            let name = clean(&object.name);
            let head = format!("{} `{name}` in `out/nutanix/{}`", object.model, object.path);
            let between = if out.is_empty() { "" } else { "\n" };
            let body = fence("json", text, BODY);
            out.push_str(&format!("{between}{head}:\n\n{body}"));
        }
    }
    if !words.is_empty() {
        let words = fence("text", &words.join("\n"), FINDINGS);
        out = format!("In words:\n\n{words}\n{out}");
    }
    let more = seen.len().saturating_sub(OBJECTS);
    if more > 0 {
        out.push_str(&format!("\nAnd {more} more of its objects.\n"));
    }
    if out.is_empty() {
        out.push_str("No object is emitted for it.\n");
    }
    let steps = steps(ran, findings);
    if !steps.is_empty() {
        let steps = fence("text", &steps, FINDINGS);
        out.push_str(&format!("\n`out/{RUNBOOK}` says:\n\n{steps}"));
    }
    out
}

/// The runbook of an output folder.
const RUNBOOK: &str = "nutanix/runbook.md";

/// The steps for people that speak of what the findings are about.
fn steps(ran: &Ran, findings: &[&Finding]) -> String {
    let bytes = ran.outcome.files.get(RUNBOOK);
    let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
    let names: BTreeSet<String> = findings
        .iter()
        .filter_map(|finding| finding.subjects.first())
        .map(|subject| subject.name.clone())
        .filter(|name| !name.is_empty())
        .collect();
    let mut out = String::new();
    for line in text.unwrap_or_default().lines() {
        if line.starts_with("- [ ]") && names.iter().any(|name| line.contains(name.as_str())) {
            out.push_str(&format!("{line}\n"));
        }
    }
    out
}

/// The near miss: what is different, and what is raised instead.
fn near(case: &Case) -> String {
    let mut out = format!("{}.\n", page::sentence(&case.near));
    if case.raises.flags != case.avoids.flags {
        out.push_str(&format!("\n`{}`\n", case.avoids.command()));
    }
    let diff = difference(&case.raises.files, &case.avoids.files);
    if !diff.is_empty() {
        out.push_str(&format!("\n{}", fence("diff", &diff, LINES)));
    }
    if !case.instead.is_empty() {
        let codes: Vec<String> = case.instead.iter().map(|id| format!("`{id}`")).collect();
        out.push_str(&format!(
            "\nIt raises what the example does not: {}.\n",
            codes.join(", ")
        ));
    }
    out
}

/// What differs between two sets of files, as a unified diff.
#[must_use]
pub fn difference(raises: &Files, avoids: &Files) -> String {
    let inside = |path: &str| {
        let at = path.find(['/', '.']).unwrap_or(0);
        path.split_at(at).1.to_owned()
    };
    let text = |bytes: &[u8]| match rehome_grammar::read(bytes.to_vec()) {
        Ok(tree) => tree.text().to_owned(),
        Err(failure) => failure.text.unwrap_or_default(),
    };
    let of = |files: &Files| {
        let files = files.iter();
        files
            .map(|(path, bytes)| (inside(path), text(bytes)))
            .collect::<std::collections::BTreeMap<String, String>>()
    };
    let (raises, avoids) = (of(raises), of(avoids));
    let names: BTreeSet<&String> = raises.keys().chain(avoids.keys()).collect();
    let empty = String::new();
    let mut out = String::new();
    for name in names {
        let (old, new) = (raises.get(name), avoids.get(name));
        if old == new {
            continue;
        }
        let before = format!("raises{name}");
        let after = format!("avoids{name}");
        let diff = TextDiff::from_lines(old.unwrap_or(&empty), new.unwrap_or(&empty));
        out.push_str(
            &diff
                .unified_diff()
                .context_radius(2)
                .header(&before, &after)
                .missing_newline_hint(false)
                .to_string(),
        );
    }
    out
}

/// Text in a fence that nothing in it can close, cropped where it is long.
fn fence(language: &str, text: &str, limit: usize) -> String {
    let ticks = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(ticks + 1));
    let mut out = format!("{fence}{language}\n");
    let mut lines = text.lines();
    for line in lines.by_ref().take(limit) {
        let cut: String = line.chars().take(COLUMNS).collect();
        out.push_str(&clean(&cut));
        if cut.len() < line.len() {
            out.push_str(" ... (the line goes on)");
        }
        out.push('\n');
    }
    let more = lines.count();
    if more > 0 {
        out.push_str(&format!("... ({more} more lines)\n"));
    }
    out.push_str(&fence);
    out.push('\n');
    out
}
