//! Every construct of the page: what the export says, what is emitted.

use super::Row;
use crate::compile::constructs;
use crate::finding::{Fate, Subject};
use crate::legal::{Construct, Kind};
use crate::report::emitted::{Emitted, Object, Words};
use crate::report::excerpt::clean;
use crate::report::summary::{domain_name, fate_name};
use crate::report::{Report, Spot, words};
use askama::Template;
use std::collections::{BTreeMap, BTreeSet};

/// How many bytes of exports are put into the page, and how many of one construct.
const ROOM: usize = 6_000_000;
const ROOM_EACH: usize = 4_000;
/// The longest line that is left as it is.
const WHOLE: usize = 120;

/// How many emitted objects of a construct are shown.
const OBJECTS: usize = 4;

/// One construct.
#[derive(Template)]
#[template(path = "construct.html", config = "compiler/report/html/askama.toml")]
pub(super) struct Item {
    pub number: usize,
    pub domain: &'static str,
    pub kind: String,
    pub fate: &'static str,
    pub name: String,
    pub id: String,
    pub place: String,
    /// What the export says, on one line.
    pub says: String,
    /// What is emitted for it, on some lines.
    pub becomes: Vec<String>,
    pub more_lines: usize,
    pub emitted: Vec<Object>,
    pub more_objects: usize,
    /// The numbers of its findings.
    pub findings: Vec<usize>,
}

/// The list, and the texts for it.
pub(super) struct Listed {
    pub items: Vec<Item>,
    pub kinds: Vec<String>,
    pub texts: BTreeMap<usize, String>,
}

impl Listed {
    pub(super) fn of(
        report: &Report<'_>,
        emitted: &Emitted<'_>,
        numbers: &BTreeMap<String, Vec<usize>>,
    ) -> Self {
        let fates = &report.outcome.fates;
        let says = words::constructs(&report.outcome.policy);
        let mut listed = Self {
            items: Vec::new(),
            kinds: Vec::new(),
            texts: BTreeMap::new(),
        };
        let mut kinds = BTreeSet::new();
        let mut left = ROOM;
        let mut all = constructs(&report.outcome.policy);
        // Rules first: they are what a reviewer signs.
        all.sort_by_key(|(construct, _)| {
            ![Kind::Rule, Kind::PlacementRule].contains(&construct.kind)
        });
        for (construct, subject) in all {
            let Some(fate) = fates.get(&construct).copied() else {
                continue;
            };
            let number = listed.items.len();
            let text = source(&subject, report).filter(|text| text.len() <= left);
            if let Some(text) = text {
                left -= text.len();
                listed.texts.insert(number, text);
            }
            let mut item = item(number, &construct, &subject, fate, report, emitted);
            if let Some(says) = says.get(construct.id.as_str()) {
                item.says = clean(says);
            }
            item.findings = numbers.get(&construct.id).cloned().unwrap_or_default();
            kinds.insert(item.kind.clone());
            listed.items.push(item);
        }
        listed.kinds = kinds.into_iter().collect();
        listed
    }
}

fn item(
    number: usize,
    construct: &Construct,
    subject: &Subject,
    fate: Fate,
    report: &Report<'_>,
    emitted: &Emitted<'_>,
) -> Item {
    let place = Spot::of(subject.origin, report.sources);
    let mut objects = emitted.holding(Some(&construct.id), None);
    let Words { lines, more } = emitted.words(&objects, &subject.name);
    let more_objects = objects.len().saturating_sub(OBJECTS);
    objects.truncate(OBJECTS);
    Item {
        number,
        domain: domain_name(construct.domain()),
        kind: one_word(&format!("{:?}", construct.kind)),
        fate: fate_name(fate),
        name: clean(&subject.name),
        id: clean(&construct.id),
        place: place.map_or_else(String::new, |spot| {
            clean(&format!(
                "{}:{}:{} {}",
                spot.file, spot.line, spot.column, spot.pointer
            ))
        }),
        says: String::new(),
        becomes: lines.iter().map(|line| clean(line)).collect(),
        more_lines: more,
        emitted: objects,
        more_objects,
        findings: Vec::new(),
    }
}

impl Item {
    /// As a row of the list: what it is filtered by, and its part of the page.
    pub(super) fn row(&self) -> Row {
        let becomes = self.becomes.iter().map(String::as_str);
        let words: Vec<&str> = [&self.name, &self.id, &self.says, &self.place]
            .into_iter()
            .map(String::as_str)
            .chain(becomes)
            .collect();
        Row {
            keys: BTreeMap::from([
                ("domain", self.domain.to_owned()),
                ("kind", self.kind.clone()),
                ("fate", self.fate.to_owned()),
            ]),
            text: words.join(" ").to_lowercase(),
            under: None,
            html: self.render().unwrap_or_default(),
        }
    }
}

/// `PlacementRule` as `placement-rule`: one word, so that it can be filtered by.
fn one_word(kind: &str) -> String {
    let mut out = String::new();
    for c in kind.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// JSON that an export has on one long line, in lines; the values are the same.
fn laid_out(raw: &str) -> Option<String> {
    let long = raw.len() > WHOLE && !raw.contains('\n');
    let value: serde_json::Value = long.then(|| serde_json::from_str(raw).ok())??;
    serde_json::to_string_pretty(&value).ok()
}

/// What the export says, without the margin; a long text is cut and says so.
fn source(subject: &Subject, report: &Report<'_>) -> Option<String> {
    let file = report.sources.text(subject.origin.file)?;
    let raw = subject.origin.span.of(file.text);
    let laid_out = laid_out(raw);
    let raw = laid_out.as_deref().unwrap_or(raw);
    let end = raw.floor_char_boundary(ROOM_EACH);
    let kept = raw.get(..end)?;
    let margin = kept
        .lines()
        .skip(1)
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    let lines: Vec<String> = kept
        .lines()
        .enumerate()
        .map(|(at, line)| {
            let line = if at == 0 {
                line
            } else {
                line.get(margin..).unwrap_or_default()
            };
            clean(line)
        })
        .collect();
    let mut text = lines.join("\n");
    if end < raw.len() {
        text.push_str(&format!("\n… {} bytes more", raw.len() - end));
    }
    Some(text)
}
