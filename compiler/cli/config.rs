//! `rehome.toml`: what it may hold, and what is wrong with it.

use crate::finding::accept::{Accept, Mistake, Written};
use crate::report::Gate;
use crate::report::gate::Condition;
use crate::source::FileId;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// `rehome.toml`: settings beside the exports.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// What closes the gate.
    #[serde(default)]
    gate: GateSettings,
    /// Findings that somebody takes responsibility for.
    #[serde(default)]
    #[schemars(with = "Vec<Written>")]
    accept: Vec<Spanned<Written>>,
}

/// What closes the gate.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GateSettings {
    /// Any of: `error`, `warning`, `advice` (a level and all above it); `broadens`, `narrows`,
    /// `shifts`, `conduct`, `record` (what a finding changes); `dropped`, `untranslatable`; a code or
    /// the beginning of one; `none`.
    #[serde(rename = "fail-on")]
    #[schemars(with = "Option<Vec<String>>")]
    fail_on: Option<Vec<Spanned<String>>>,
}

/// What the settings say.
#[derive(Debug, Default)]
pub struct Config {
    /// Losses that somebody took responsibility for.
    pub accepts: Vec<Accept>,
    /// What closes the gate, where the settings say so.
    pub gate: Option<Gate>,
}

/// Reads settings; `file` is the file that findings about them point into.
///
/// # Errors
/// All mistakes, each with its place.
pub fn parse(text: &str, file: FileId) -> Result<Config, Vec<Mistake>> {
    let Settings { gate, accept } = toml::from_str(text).map_err(|error| {
        vec![Mistake {
            span: error.span().unwrap_or(0..0),
            message: error.message().to_owned(),
            help: "`rehome explain R0091` shows what an accept looks like".to_owned(),
        }]
    })?;
    let mut config = Config::default();
    let mut mistakes = Vec::new();
    if let Some(fail_on) = gate.fail_on {
        match conditions(fail_on) {
            Ok(gate) => config.gate = Some(gate),
            Err(more) => mistakes.extend(more),
        }
    }
    for written in accept {
        let span = written.span();
        match written.into_inner().check(file, &span) {
            Ok(accept) => config.accepts.push(accept),
            Err(more) => mistakes.extend(more),
        }
    }
    if mistakes.is_empty() {
        Ok(config)
    } else {
        Err(mistakes)
    }
}

fn conditions(written: Vec<Spanned<String>>) -> Result<Gate, Vec<Mistake>> {
    let mut conditions = Vec::new();
    let mut mistakes = Vec::new();
    for text in written {
        match text.as_ref().parse::<Condition>() {
            Ok(condition) => conditions.push(condition),
            Err(message) => mistakes.push(Mistake {
                span: text.span(),
                message,
                help: "write `fail-on = [\"none\"]` for a gate that never closes".to_owned(),
            }),
        }
    }
    if conditions.is_empty() && mistakes.is_empty() {
        conditions.push(Condition::None);
    }
    if mistakes.is_empty() {
        Ok(Gate::new(conditions))
    } else {
        Err(mistakes)
    }
}
