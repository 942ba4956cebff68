//! `rehome.toml`: what it may hold, and what is wrong with it.

use crate::finding::accept::{Accept, Mistake, Written};
use crate::plan::nutanix::category::Label;
use crate::plan::nutanix::mapping::{Chosen, Mapping, Renamed};
use crate::report::Gate;
use crate::report::gate::Condition;
use crate::source::{FileId, Origin};
use rehome_grammar::Span;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
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
    /// Categories to use instead of those that rehome would name. The left side is `key` or
    /// `key/value` as rehome names them, the right side the category of the target.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, CategorySettings>")]
    categories: BTreeMap<Spanned<String>, Spanned<CategorySettings>>,
    /// Hosts of the exports, by name or id, and their names on the target.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    hosts: BTreeMap<Spanned<String>, Spanned<String>>,
    /// Clusters and sites of the exports, by name, and the names of the target's clusters.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    clusters: BTreeMap<Spanned<String>, Spanned<String>>,
}

/// A category of the target.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CategorySettings {
    /// Its key.
    key: String,
    /// Its value; without one the key is used for every category of the key on the left.
    value: Option<String>,
    /// Whether the target has it already: it is then looked up and not made.
    #[serde(default)]
    existing: bool,
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
    /// Names of the target that people chose.
    pub mapping: Mapping,
}

/// Reads settings; `file` is the file that findings about them point into.
///
/// # Errors
/// All mistakes, each with its place.
pub fn parse(text: &str, file: FileId) -> Result<Config, Vec<Mistake>> {
    let Settings {
        gate,
        accept,
        categories,
        hosts,
        clusters,
    } = toml::from_str(text).map_err(|error| {
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
    config.mapping = Mapping {
        categories: chosen(categories, file, &mut mistakes),
        hosts: renamed(hosts, file, &mut mistakes),
        clusters: renamed(clusters, file, &mut mistakes),
    };
    if mistakes.is_empty() {
        Ok(config)
    } else {
        Err(mistakes)
    }
}

fn place(file: FileId, span: &std::ops::Range<usize>) -> Origin {
    let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Origin {
        file,
        span: Span::new(cut(span.start), cut(span.end)),
    }
}

fn renamed(
    written: BTreeMap<Spanned<String>, Spanned<String>>,
    file: FileId,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, Renamed> {
    let mut found = BTreeMap::new();
    for (from, to) in written {
        let span = to.span();
        let name = to.into_inner();
        if name.trim().is_empty() {
            mistakes.push(Mistake {
                span,
                message: format!("`{}` is given an empty name", from.as_ref()),
                help: "write the name that the target has for it".to_owned(),
            });
            continue;
        }
        let origin = place(file, &from.span());
        found.insert(from.into_inner(), Renamed { name, origin });
    }
    found
}

/// The categories that people chose. Each must be a category the target takes, and no two may be
/// the same one: it would bind the members of both.
fn chosen(
    written: BTreeMap<Spanned<String>, Spanned<CategorySettings>>,
    file: FileId,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, Chosen> {
    let mut found = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for (from, to) in written {
        let span = to.span();
        let CategorySettings {
            key,
            value,
            existing,
        } = to.into_inner();
        let mut wrong = |message: String, help: &str| {
            mistakes.push(Mistake {
                span: span.clone(),
                message,
                help: help.to_owned(),
            });
        };
        for label in std::iter::once(&key).chain(&value) {
            if Label::nearest(label).as_str() != label {
                wrong(
                    format!("`{label}` is no key or value of a category"),
                    "use at most 64 of the characters `A-Z a-z 0-9 . _ @ -` and space, none at the ends",
                );
            }
        }
        let whole = from.as_ref().contains('/');
        match (whole, &value, existing) {
            (true, None, _) => wrong(
                format!("`{}` is one category and is given no value", from.as_ref()),
                "write `{ key = \"Site\", value = \"A\" }`",
            ),
            (false, Some(_), _) => wrong(
                format!(
                    "`{}` is a key of many categories and is given one value",
                    from.as_ref()
                ),
                "write `{ key = \"Site\" }`, or name one category as `key/value` on the left",
            ),
            (false, None, true) => wrong(
                format!(
                    "`{}` is a key, and only a category can exist already",
                    from.as_ref()
                ),
                "name one category as `key/value` on the left",
            ),
            (true, Some(_), _) | (false, None, false) => {}
        }
        if let Some(value) = &value
            && !taken.insert((key.to_lowercase(), value.to_lowercase()))
        {
            wrong(
                format!("`{key}` `{value}` is chosen for two categories"),
                "a category binds whatever carries it: choose one for each",
            );
        }
        let origin = place(file, &from.span());
        let chosen = Chosen {
            key: Label::nearest(&key),
            value: value.as_deref().map(Label::nearest),
            exists: existing,
            origin,
        };
        found.insert(from.into_inner(), chosen);
    }
    found
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

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<(String, String)> {
        let Err(found) = parse(text, FileId::default()) else {
            return Vec::new();
        };
        let place = |mistake: &Mistake| {
            text.get(mistake.span.clone())
                .unwrap_or_default()
                .to_owned()
        };
        found
            .iter()
            .map(|mistake| (mistake.message.clone(), place(mistake)))
            .collect()
    }

    #[test]
    fn names_on_the_target_are_read_with_their_places() {
        let text = "[categories]\n\"drs-vm-group/db\" = { key = \"Tier\", value = \"DB\", existing = true }\n\"drs-apart\" = { key = \"Apart\" }\n[hosts]\n\"esx1\" = \"ahv-1\"\n";
        let mapping = parse(text, FileId::default()).expect("right").mapping;
        let chosen = mapping.categories.get("drs-vm-group/db").expect("read");
        assert!(chosen.exists);
        assert_eq!(chosen.value.as_ref().map(Label::as_str), Some("DB"));
        let span = chosen.origin.span;
        let place = text.get(span.start as usize..span.end as usize);
        assert_eq!(place, Some("\"drs-vm-group/db\""));
        assert_eq!(
            mapping.hosts.get("esx1").map(|one| one.name.as_str()),
            Some("ahv-1")
        );
        assert!(mapping.clusters.is_empty());
    }

    #[test]
    fn wrong_names_are_refused_where_they_stand() {
        for (line, message, place) in [
            (
                "\"a/b\" = { key = \"K\" }",
                "`a/b` is one category and is given no value",
                "{ key = \"K\" }",
            ),
            (
                "\"a\" = { key = \"K\", value = \"V\" }",
                "`a` is a key of many categories and is given one value",
                "{ key = \"K\", value = \"V\" }",
            ),
            (
                "\"a\" = { key = \"K\", existing = true }",
                "`a` is a key, and only a category can exist already",
                "{ key = \"K\", existing = true }",
            ),
            (
                "\"a\" = { key = \"K/\" }",
                "`K/` is no key or value of a category",
                "{ key = \"K/\" }",
            ),
        ] {
            let found = mistakes(&format!("[categories]\n{line}\n"));
            assert_eq!(found, [(message.to_owned(), place.to_owned())]);
        }
        let twice = "[categories]\n\"a/b\" = { key = \"K\", value = \"V\" }\n\"a/c\" = { key = \"k\", value = \"v\" }\n";
        assert_eq!(mistakes(twice)[0].0, "`k` `v` is chosen for two categories");
        let unknown = mistakes("[categories]\n\"a\" = { key = \"K\", colour = 1 }\n");
        assert!(
            unknown[0].0.contains("unknown field `colour`"),
            "{unknown:?}"
        );
        assert!(!mistakes("[category]\n").is_empty());
        assert_eq!(
            mistakes("[hosts]\n\"esx1\" = \" \"\n")[0].0,
            "`esx1` is given an empty name"
        );
    }
}
