//! What both sides do with one flow, for programs: `rehome query --format json`.

use crate::back::inert;
use schemars::JsonSchema;
use serde::Serialize;

/// One question; with `--batch` one a line.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(untagged)]
pub enum Document<'q> {
    /// It has an answer.
    Answered(Answered<'q>),
    /// It has none.
    Refused(Refused<'q>),
}

/// A question and its answer.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Answered<'q> {
    /// The sender, as it was asked.
    pub from: &'q str,
    /// The receiver, as it was asked.
    pub to: &'q str,
    /// The traffic, as it was asked.
    pub traffic: &'q str,
    /// What the source does.
    pub source: Side<'q>,
    /// What the target does; null where its files cannot be read.
    pub target: Option<Side<'q>>,
}

/// A question that cannot be answered.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Refused<'q> {
    /// The sender, as it was asked.
    pub from: &'q str,
    /// The receiver, as it was asked.
    pub to: &'q str,
    /// The traffic, as it was asked.
    pub traffic: &'q str,
    /// Why not.
    pub error: &'q str,
}

/// What one side does with the flow.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Side<'q> {
    /// `allow` or `deny`: where nobody can say, the source denies and the target allows.
    pub verdict: &'static str,
    /// Whether it is certain.
    pub certain: bool,
    /// Why, in words.
    pub why: &'q str,
    /// The rules that decide, in the order in which they are read.
    pub rules: Vec<Rule<'q>>,
}

/// A rule that decides.
#[derive(Debug, JsonSchema, Serialize)]
pub struct Rule<'q> {
    /// At which end.
    pub at: &'q str,
    /// The rule in words.
    pub rule: &'q str,
    /// Its id.
    pub id: &'q str,
    /// `allow`, `deny`, `pass` or `unknown`.
    pub does: &'static str,
    /// Whether it matches for certain.
    pub certain: bool,
    /// `file:line pointer`, where it stands in an export.
    pub origin: Option<String>,
}

impl Document<'_> {
    /// As text with a line end, on one line where it is one of many.
    #[must_use]
    pub fn render(&self, compact: bool) -> String {
        // The types hold no map, so this cannot fail.
        let text = if compact {
            serde_json::to_string(self)
        } else {
            serde_json::to_string_pretty(self)
        };
        inert::escape(text.unwrap_or_default()) + "\n"
    }
}
