//! The schemas in the book are those of the types, and what is written and read keeps to them.
//!
//! `cargo bless` rewrites the schemas.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use jsonschema::Validator;
use rehome::cli::schema::Document;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema(document: Document) -> Value {
    serde_json::from_str(&document.schema()).unwrap()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap()
}

/// What a document has against a schema.
fn complaints(validator: &Validator, value: &Value) -> Vec<String> {
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn the_schemas_of_the_book_are_current() {
    let folder = root().join("book/src/schemas");
    let mut stale = Vec::new();
    for document in Document::ALL {
        let path = folder.join(format!("{}.schema.json", document.name()));
        let text = document.schema();
        if fs::read_to_string(&path).ok().as_deref() == Some(&text) {
            continue;
        }
        if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
            fs::create_dir_all(&folder).unwrap();
            fs::write(path, text).unwrap();
        } else {
            stale.push(document.name());
        }
    }
    assert!(
        stale.is_empty(),
        "not current, run `cargo bless`: {stale:?}"
    );
}

/// The schema with every object closed: a key it does not describe is a mistake. What is published
/// stays open, so that a later version may add keys.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.get("properties").is_some_and(Value::is_object) {
                object
                    .entry("additionalProperties")
                    .or_insert(Value::Bool(false));
            }
            object.values_mut().for_each(closed);
        }
        Value::Array(items) => items.iter_mut().for_each(closed),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The documents of that name among the snapshots.
fn written(name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("snapshots")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|file| file == name) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_is_written_keeps_to_its_schema() {
    for (document, name) in [
        (Document::Findings, "findings.json"),
        (Document::Verdicts, "verdicts.json"),
        (Document::Manifest, "manifest.json"),
        (Document::Assignments, "assignments.json"),
        (Document::Policy, "policy.yaml"),
    ] {
        let mut schema = schema(document);
        closed(&mut schema);
        let validator = validator(&schema);
        let files = written(name);
        assert!(!files.is_empty(), "no snapshot of {name}");
        for path in files {
            let text = fs::read_to_string(&path).unwrap();
            let value: Value = if name.ends_with("yaml") {
                serde_saphyr::from_str(&text).unwrap()
            } else {
                serde_json::from_str(&text).unwrap()
            };
            let wrong = complaints(&validator, &value);
            assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
        }
    }
}

/// What a command prints on standard output, each line or all of it a document.
fn printed(arguments: &[&str]) -> String {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_rehome"))
        .current_dir(root())
        .args(arguments)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_printed_keeps_to_its_schema() {
    let estate = "examples/three-tier";
    let held = |document: Document, texts: &[&str]| {
        let mut schema = schema(document);
        closed(&mut schema);
        let validator = validator(&schema);
        for text in texts {
            let value: Value = serde_json::from_str(text).unwrap();
            let wrong = complaints(&validator, &value);
            assert!(wrong.is_empty(), "{text}: {wrong:#?}");
        }
        // A key more, and a key less, are told.
        let mut more: Value = serde_json::from_str(texts[0]).unwrap();
        more["mood"] = json!("good");
        assert!(!validator.is_valid(&more), "{document:?}");
        let whole: Value = serde_json::from_str(texts[0]).unwrap();
        let mut less = whole.clone();
        let first = whole.as_object().unwrap().keys().next().unwrap().clone();
        less.as_object_mut().unwrap().remove(&first);
        assert!(!validator.is_valid(&less), "{document:?} without {first}");
    };
    let ask = |from: &str, to: &str, port: &str| {
        printed(&[
            "query", estate, "--from", from, "--to", to, "--port", port, "--format", "json",
        ])
    };
    // An allow, a deny, and an end outside of the estate.
    let answers = [
        ask("web-01", "app-01", "tcp/8080"),
        ask("web-01", "db-01", "tcp/22"),
        ask("198.51.100.7", "web-01", "tcp/443"),
    ];
    held(Document::Query, &answers.each_ref().map(String::as_str));
    // One answer a line, and what cannot be answered among them.
    let folder = tempfile::tempdir().unwrap();
    let batch = folder.path().join("flows.txt");
    fs::write(&batch, "web-01 app-01 tcp/8080\nnobody app-01 tcp/1\n").unwrap();
    let lines = printed(&[
        "query",
        estate,
        "--batch",
        batch.to_str().unwrap(),
        "--format",
        "json",
    ]);
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].contains("nobody"), "{}", lines[1]);
    held(Document::Query, &lines);

    let all = printed(&["connectivity", estate, "--format", "json"]);
    let why = printed(&[
        "connectivity",
        estate,
        "--format",
        "json",
        "--explain",
        "--from",
        "web-01",
        "--to",
        "db-01",
    ]);
    held(Document::Connectivity, &[all.as_str(), why.as_str()]);
}

#[test]
fn a_document_that_is_wrong_is_refused() {
    let findings = validator(&schema(Document::Findings));
    let path = written("findings.json").into_iter().next().unwrap();
    let good: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(findings.is_valid(&good));
    let mut level = good.clone();
    level["findings"][0]["level"] = json!("fatal");
    assert!(!findings.is_valid(&level));
    let mut gone = good;
    gone.as_object_mut().unwrap().remove("summary");
    assert!(!findings.is_valid(&gone));
}

/// TOML as JSON has it: dates are text.
fn json_of(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(truth) => Value::Bool(truth),
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        toml::Value::Array(items) => items.into_iter().map(json_of).collect(),
        toml::Value::Table(table) => Value::Object(
            table
                .into_iter()
                .map(|(key, value)| (key, json_of(value)))
                .collect::<Map<_, _>>(),
        ),
    }
}

fn settings(text: &str) -> Value {
    json_of(toml::Value::Table(text.parse().unwrap()))
}

#[test]
fn settings_keep_to_their_schema() {
    let validator = validator(&schema(Document::Settings));
    let mut seen = 0;
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path().join("rehome.toml");
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        seen += 1;
        let wrong = complaints(&validator, &settings(&text));
        assert!(wrong.is_empty(), "{}: {wrong:#?}", path.display());
    }
    assert!(seen > 0, "no example has settings");
    for wrong in [
        "gates = 1",
        "[gate]\nfail_on = []",
        "[gate]\nfail-on = \"none\"",
        "[[accept]]\ncode = \"R0007\"",
        "[[accept]]\ncode = \"R0007\"\nselector = { id = \"a\", colour = \"red\" }\nreason = \"a\"\nowner = \"b\"\nuntil = 2027-01-01",
        "[[accept]]\ncode = \"R0007\"\nselector = { id = \"a\" }\nreason = \"a\"\nowner = \"b\"\nuntil = \"soon\"",
    ] {
        assert!(!validator.is_valid(&settings(wrong)), "{wrong}");
    }
}
