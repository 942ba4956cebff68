//! `rehome schema`: the shape of the files that are read and written, as JSON Schema.

use super::{Exit, Failure, Screen, config};
use crate::back::{inert, nutanix};
use crate::document;
use crate::report::{connectivity, json, query, verdicts};
use clap::ValueEnum;
use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{JsonSchema, Schema};
use serde_json::Value;

/// Print the JSON Schema of a file
///
/// Editors use the schema of `settings` to complete and check `rehome.toml`; programs use the others
/// to read what rehome writes and prints. Each is made from the types that read or write it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  rehome schema findings
  rehome schema settings > rehome.schema.json    and `#:schema ./rehome.schema.json` on the first
                                                 line of rehome.toml")]
pub struct Args {
    /// Which file
    #[arg(value_enum)]
    document: Document,
}

/// A file with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Document {
    /// rehome.toml
    Settings,
    /// report/findings.json
    Findings,
    /// report/verdicts.json
    Verdicts,
    /// nutanix/manifest.json
    Manifest,
    /// nutanix/assignments.json
    Assignments,
    /// policy.yaml
    Policy,
    /// What `rehome connectivity --format json` prints
    Connectivity,
    /// What `rehome query --format json` prints
    Query,
}

impl Document {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Settings,
        Self::Findings,
        Self::Verdicts,
        Self::Manifest,
        Self::Assignments,
        Self::Policy,
        Self::Connectivity,
        Self::Query,
    ];

    /// The word after `rehome schema`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Findings => "findings",
            Self::Verdicts => "verdicts",
            Self::Manifest => "manifest",
            Self::Assignments => "assignments",
            Self::Policy => "policy",
            Self::Connectivity => "connectivity",
            Self::Query => "query",
        }
    }

    /// Its schema (draft 2020-12) as text, with a line end.
    #[must_use]
    pub fn schema(self) -> String {
        let schema = match self {
            Self::Settings => read::<config::Settings>(),
            Self::Findings => written::<json::Document<'_>>(),
            Self::Verdicts => written::<verdicts::Document<'_>>(),
            Self::Manifest => written::<nutanix::Manifest<'_>>(),
            Self::Assignments => written::<nutanix::Assignments<'_>>(),
            Self::Policy => closed(written::<document::Document>()),
            Self::Connectivity => written::<connectivity::json::Document<'_>>(),
            Self::Query => written::<query::Document<'_>>(),
        };
        inert::json(&schema)
    }
}

/// The schema of a TOML file, which knows no null: what is optional is left out.
fn read<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(without_null))
        .into_generator()
        .into_root_schema_for::<T>()
}

fn without_null(schema: &mut Schema) {
    let Some(Value::Array(kinds)) = schema.get_mut("type") else {
        return;
    };
    kinds.retain(|kind| kind != "null");
    if let [only] = kinds.as_slice() {
        let only = only.clone();
        schema.insert("type".to_owned(), only);
    }
}

fn written<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}

/// The schema of a file that people edit, too: a key it does not describe is a mistake.
fn closed(mut schema: Schema) -> Schema {
    let mut close = RecursiveTransform(|schema: &mut Schema| {
        if schema.get("properties").is_some() {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    });
    close.transform(&mut schema);
    schema
}

/// Runs the command.
///
/// # Errors
/// None so far.
pub fn run(args: &Args, screen: Screen) -> Result<Exit, Failure> {
    screen.print(&args.document.schema());
    Ok(Exit::Clean)
}
