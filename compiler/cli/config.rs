//! `rehome.toml`: what it may hold, and what is wrong with it.

use crate::finding::accept::{Accept, Mistake, Written};
use crate::source::FileId;
use serde::Deserialize;
use toml::Spanned;

/// The file as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(default)]
    accept: Vec<Spanned<Written>>,
}

/// What the settings say.
#[derive(Debug, Default)]
pub struct Config {
    /// Losses that somebody took responsibility for.
    pub accepts: Vec<Accept>,
}

/// Reads settings; `file` is the file that findings about them point into.
///
/// # Errors
/// All mistakes, each with its place.
pub fn parse(text: &str, file: FileId) -> Result<Config, Vec<Mistake>> {
    let settings: Settings = toml::from_str(text).map_err(|error| {
        vec![Mistake {
            span: error.span().unwrap_or(0..0),
            message: error.message().to_owned(),
            help: "`rehome explain R0091` shows what an accept looks like".to_owned(),
        }]
    })?;
    let mut config = Config::default();
    let mut mistakes = Vec::new();
    for written in settings.accept {
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
