//! The findings of the page, each cause before what follows from it.

use super::overview::meaning;
use super::proof::Numbers;
use super::{Piece, Row, picture, pieces};
use crate::finding::Finding;
use crate::finding::accept::Accepted;
use crate::report::emitted::{Emitted, Object};
use crate::report::excerpt::{Excerpt, PAGE, clean};
use crate::report::summary::{domain_name, effect_name, fate_name, level_name};
use crate::report::{Report, Told};
use askama::Template;
use std::collections::BTreeMap;

/// One finding.
#[derive(Template)]
#[template(path = "finding.html", config = "compiler/report/html/askama.toml")]
pub(super) struct Item<'r> {
    /// Its number on the page, from 1.
    pub number: usize,
    pub level: &'static str,
    pub code: &'static str,
    pub name: &'static str,
    pub domain: &'static str,
    pub effect: &'static str,
    pub meaning: &'static str,
    pub fate: Option<&'static str>,
    /// The id of the object it is about.
    pub object: &'r str,
    /// `failing open`, `accepted`, `known`.
    pub states: String,
    pub message: Vec<Piece>,
    pub remedy: Vec<Piece>,
    pub place: Option<String>,
    pub excerpts: Vec<Shown>,
    pub more_places: usize,
    pub emitted: Vec<Object>,
    pub more_objects: usize,
    pub target: Option<String>,
    pub witness: Option<Vec<Piece>>,
    pub picture: Option<String>,
    pub accepted: Option<&'r Accepted>,
    pub snippet: String,
    /// The number of the cause.
    pub under: Option<usize>,
    /// The numbers of the first that follow from it, and how many follow.
    pub victims: Vec<usize>,
    pub following: usize,
}

/// Lines of an export.
pub(super) struct Shown {
    pub header: String,
    pub before: String,
    pub marked: String,
    pub after: String,
}

/// How many places of a finding are shown.
const PLACES: usize = 4;
/// How many emitted objects of a finding are shown.
const OBJECTS: usize = 3;
/// How many that follow from a finding are linked.
const VICTIMS: usize = 40;

impl Item<'_> {
    /// As a row of the list: what it is filtered by, and its part of the page.
    pub(super) fn row(&self) -> Row {
        let words = [self.code, self.name, self.object];
        let mut text = words.join(" ");
        let message = self.message.iter().map(|piece| piece.text.as_str());
        let place = self.place.as_deref();
        for part in message.chain(place).chain(self.target.as_deref()) {
            text.push(' ');
            text.push_str(part);
        }
        Row {
            keys: BTreeMap::from([
                ("level", self.level.to_owned()),
                ("domain", self.domain.to_owned()),
                ("effect", self.effect.to_owned()),
                ("code", self.code.to_owned()),
                ("state", self.states.clone()),
            ]),
            text: text.to_lowercase(),
            under: self.under,
            html: self.render().unwrap_or_default(),
        }
    }
}

/// All findings, most serious chains first.
pub(super) fn items<'r>(report: &'r Report<'_>, emitted: &Emitted<'_>) -> Vec<Item<'r>> {
    let mut chains: Vec<_> = report.chains.iter().collect();
    // Accepted chains have no level and come last.
    chains.sort_by_key(|chain| std::cmp::Reverse(report.level(chain)));
    let mut items = Vec::new();
    for chain in chains {
        let root = items.len() + 1;
        for at in chain.all() {
            let Some(told) = report.told.get(at) else {
                continue;
            };
            let number = items.len() + 1;
            let mut item = item(told, number, report, emitted);
            if number == root {
                item.following = chain.victims.len();
                item.victims = (root + 1..=root + item.following).take(VICTIMS).collect();
            } else {
                item.under = Some(root);
            }
            items.push(item);
        }
    }
    items
}

/// The numbers of the findings about each object.
pub(super) fn by_object(items: &[Item<'_>]) -> BTreeMap<String, Vec<usize>> {
    let mut numbers: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for item in items.iter().filter(|item| !item.object.is_empty()) {
        numbers
            .entry(item.object.to_owned())
            .or_default()
            .push(item.number);
    }
    numbers
}

/// The numbers of the findings by code and object.
pub(super) fn by_code(items: &[Item<'_>]) -> Numbers {
    let mut numbers = Numbers::new();
    for item in items {
        numbers
            .entry((item.code.to_owned(), item.object.to_owned()))
            .or_default()
            .push(item.number);
    }
    numbers
}

fn item<'r>(
    told: &Told<'r>,
    number: usize,
    report: &Report<'_>,
    emitted: &Emitted<'_>,
) -> Item<'r> {
    let finding = told.finding;
    let subject = finding.subjects.first();
    let excerpts =
        finding.subjects.iter().take(PLACES).filter_map(|subject| {
            Excerpt::new(subject.origin, &subject.name, report.sources, PAGE)
        });
    let mut objects = emitted.holding(
        subject.map(|subject| subject.id.as_str()),
        finding.target.as_deref(),
    );
    let more_objects = objects.len().saturating_sub(OBJECTS);
    objects.truncate(OBJECTS);
    Item {
        number,
        level: level_name(finding.level()),
        code: finding.code.id,
        name: finding.code.name,
        domain: domain_name(finding.domain),
        effect: effect_name(finding.effect),
        meaning: meaning(finding.effect),
        fate: finding.fate.map(fate_name),
        object: subject.map_or("", |subject| subject.id.as_str()),
        states: states(told),
        message: pieces(&finding.message),
        remedy: pieces(&finding.remedy),
        place: report
            .spot(finding)
            .map(|spot| clean(&format!("{}:{}:{}", spot.file, spot.line, spot.column))),
        excerpts: excerpts.map(shown).collect(),
        more_places: finding.subjects.len().saturating_sub(PLACES),
        emitted: objects,
        more_objects,
        target: finding.target.as_deref().map(clean),
        witness: finding
            .witness
            .as_ref()
            .map(|witness| pieces(&witness.to_string())),
        picture: finding.witness.as_ref().and_then(picture::draw),
        accepted: finding.accepted.as_ref(),
        snippet: snippet(finding),
        under: None,
        victims: Vec::new(),
        following: 0,
    }
}

fn states(told: &Told<'_>) -> String {
    let mut states = Vec::new();
    if told.fails {
        states.push("failing");
    }
    states.push(if told.finding.accepted.is_some() {
        "accepted"
    } else {
        "open"
    });
    if told.known {
        states.push("known");
    }
    states.join(" ")
}

fn shown(excerpt: Excerpt) -> Shown {
    let Excerpt {
        header, text, mark, ..
    } = excerpt;
    let part = |range: Option<&str>| range.unwrap_or_default().to_owned();
    Shown {
        header,
        before: part(text.get(..mark.0)),
        marked: part(text.get(mark.0..mark.1)),
        after: part(text.get(mark.1..)),
    }
}

/// The lines for `rehome.toml` that accept this finding.
fn snippet(finding: &Finding) -> String {
    crate::finding::accept::snippet(
        finding,
        "why it is all right",
        "who answers for it",
        "YYYY-MM-DD",
    )
}
