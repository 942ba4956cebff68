//! Every construct of the page: what the export says, what is emitted.

use super::emitted::{Emitted, Object};
use crate::compile::constructs;
use crate::finding::{Fate, Subject};
use crate::legal::Construct;
use crate::report::excerpt::clean;
use crate::report::summary::{domain_name, fate_name};
use crate::report::{Report, Spot};
use std::collections::{BTreeMap, BTreeSet};

/// How many constructs are listed before those that came through exactly are left out.
const LISTED: usize = 4_000;
/// How many bytes of exports are put into the page, and how many of one construct.
const ROOM: usize = 6_000_000;
const ROOM_EACH: usize = 4_000;

/// One construct.
pub(super) struct Item {
    pub number: usize,
    pub domain: &'static str,
    pub kind: String,
    pub fate: &'static str,
    pub name: String,
    pub id: String,
    pub place: String,
    pub emitted: Vec<Object>,
    /// The numbers of its findings.
    pub findings: Vec<usize>,
}

/// The list, and the texts for it.
pub(super) struct Listed {
    pub items: Vec<Item>,
    pub kinds: Vec<String>,
    pub hidden: usize,
    pub texts: BTreeMap<usize, String>,
}

impl Listed {
    pub(super) fn of(
        report: &Report<'_>,
        emitted: &Emitted<'_>,
        numbers: &BTreeMap<String, Vec<usize>>,
    ) -> Self {
        let fates = &report.outcome.fates;
        let whole = fates.len() <= LISTED;
        let mut listed = Self {
            items: Vec::new(),
            kinds: Vec::new(),
            hidden: 0,
            texts: BTreeMap::new(),
        };
        let mut kinds = BTreeSet::new();
        let mut left = ROOM;
        for (construct, subject) in constructs(&report.outcome.policy) {
            let Some(fate) = fates.get(&construct).copied() else {
                continue;
            };
            if !whole && fate == Fate::Exact {
                listed.hidden += 1;
                continue;
            }
            let number = listed.items.len();
            let text = source(&subject, report).filter(|text| text.len() <= left);
            if let Some(text) = text {
                left -= text.len();
                listed.texts.insert(number, text);
            }
            let mut item = item(number, &construct, &subject, fate, report, emitted);
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
    Item {
        number,
        domain: domain_name(construct.domain()),
        kind: words(&format!("{:?}", construct.kind)),
        fate: fate_name(fate),
        name: clean(&subject.name),
        id: clean(&construct.id),
        place: place.map_or_else(String::new, |spot| {
            clean(&format!(
                "{}:{}:{} {}",
                spot.file, spot.line, spot.column, spot.pointer
            ))
        }),
        emitted: emitted.holding(Some(&construct.id), None),
        findings: Vec::new(),
    }
}

/// `PlacementRule` as `placement-rule`: one word, so that it can be filtered by.
fn words(kind: &str) -> String {
    let mut out = String::new();
    for c in kind.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// What the export says, without the margin; a long text is cut and says so.
fn source(subject: &Subject, report: &Report<'_>) -> Option<String> {
    let file = report.sources.text(subject.origin.file)?;
    let raw = subject.origin.span.of(file.text);
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
