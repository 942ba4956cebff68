//! Which object of the target holds which construct, as the manifest says.

use crate::back::Files;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How many bytes of bodies are put into the page.
const ROOM: usize = 6_000_000;

/// The model whose body holds rules.
const POLICY: &str = "NetworkSecurityPolicy";
/// How many lines say what is emitted for one construct.
const LINES: usize = 4;

/// Whether a rule of a body says that it was made from a construct of that name; long names are cut.
fn is_from(made_from: &str, name: &str) -> bool {
    !made_from.is_empty() && (made_from.contains(name) || name.starts_with(made_from))
}

/// A key of a body in a reader's words.
fn label(key: &str) -> &str {
    match key {
        "securedGroupCategoryReferences" => "for",
        "srcCategoryReferences"
        | "srcAddressGroupReferences"
        | "srcEntityGroupReference"
        | "srcAllowSpec" => "from",
        "destCategoryReferences"
        | "destAddressGroupReferences"
        | "destEntityGroupReference"
        | "destAllowSpec" => "to",
        "serviceGroupReferences" | "securedGroupServiceReferences" => "with",
        "securedGroupAction" => "among themselves",
        "vmCategories" | "categories" => "machines",
        "hostCategories" => "hosts",
        other => other,
    }
}

/// The objects that were emitted.
#[derive(Debug, Default)]
pub(crate) struct Emitted<'r> {
    objects: Vec<Object>,
    by_construct: BTreeMap<String, Vec<usize>>,
    by_name: BTreeMap<String, Vec<usize>>,
    /// The names behind the ids, of our objects and of those that must be there before.
    names: BTreeMap<String, String>,
    /// The bodies of policies with rules, read once.
    rules: BTreeMap<String, Vec<Value>>,
    files: Option<&'r Files>,
}

/// One object.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub model: String,
    pub name: String,
    /// Its body, below the `nutanix` folder.
    pub path: String,
}

#[derive(Deserialize)]
struct Manifest {
    objects: Vec<Entry>,
    external: Vec<Known>,
}

#[derive(Deserialize)]
struct Known {
    id: String,
    name: String,
}

#[derive(Deserialize)]
struct Entry {
    id: String,
    model: String,
    name: String,
    body: String,
    constructs: Vec<String>,
}

/// What is emitted for something, in a few lines.
#[derive(Debug)]
pub(crate) struct Words {
    /// A line an object or rule.
    pub(crate) lines: Vec<String>,
    /// How many there are besides.
    pub(crate) more: usize,
}

impl<'r> Emitted<'r> {
    /// Reads the manifest among the files; without one nothing was emitted.
    pub(crate) fn of(files: &'r Files) -> Self {
        let manifest = files
            .get("nutanix/manifest.json")
            .and_then(|bytes| serde_json::from_slice::<Manifest>(bytes).ok());
        let mut emitted = Self {
            files: Some(files),
            ..Self::default()
        };
        let Some(Manifest { objects, external }) = manifest else {
            return emitted;
        };
        let known = external.into_iter().map(|known| (known.id, known.name));
        emitted.names = known.collect();
        for entry in objects {
            emitted.names.insert(entry.id, entry.name.clone());
            if entry.model == POLICY {
                let rules = emitted.read(&entry.body);
                emitted.rules.insert(entry.body.clone(), rules);
            }
            let at = emitted.objects.len();
            for construct in entry.constructs {
                emitted.by_construct.entry(construct).or_default().push(at);
            }
            let named = emitted.by_name.entry(entry.name.clone());
            named.or_default().push(at);
            emitted.objects.push(Object {
                model: entry.model,
                name: entry.name,
                path: entry.body,
            });
        }
        emitted
    }

    /// The objects that hold a construct: those that a finding names first, then those of its id.
    /// A construct is in few objects that say something about it and in many categories; the
    /// categories come last.
    pub(crate) fn holding(&self, construct: Option<&str>, name: Option<&str>) -> Vec<Object> {
        let named = name.and_then(|name| self.by_name.get(name));
        let holding = construct.and_then(|id| self.by_construct.get(id));
        let mut places: Vec<usize> = Vec::new();
        for at in named.into_iter().chain(holding).flatten() {
            if !places.contains(at) {
                places.push(*at);
            }
        }
        let mut objects: Vec<Object> = places
            .into_iter()
            .filter_map(|at| self.objects.get(at).cloned())
            .collect();
        objects.sort_by_key(|object| object.model == "Category");
        objects
    }

    /// The body of an object as it is emitted.
    pub(crate) fn text(&self, object: &Object) -> Option<&'r str> {
        let bytes = self.files?.get(&format!("nutanix/{}", object.path))?;
        std::str::from_utf8(bytes).ok()
    }

    /// The rules of a policy's body.
    fn read(&self, path: &str) -> Vec<Value> {
        let mut body = self.body(path);
        match body.get_mut("rules").map(Value::take) {
            Some(Value::Array(rules)) => rules,
            _ => Vec::new(),
        }
    }

    fn body(&self, path: &str) -> Map<String, Value> {
        let bytes = self
            .files
            .and_then(|files| files.get(&format!("nutanix/{path}")));
        bytes
            .and_then(|bytes| serde_json::from_slice(bytes).ok())
            .unwrap_or_default()
    }

    /// What is emitted for a construct, in words: for a security policy the rules that were made
    /// from it, for any other object what it refers to.
    pub(crate) fn words(&self, objects: &[Object], name: &str) -> Words {
        let mut lines = Vec::new();
        let telling = objects.iter().filter(|object| object.model != "Category");
        for object in telling {
            let head = format!("{} {}", object.model, object.name);
            let before = lines.len();
            for rule in self.rules.get(&object.path).into_iter().flatten() {
                let made_from = rule.get("description").and_then(Value::as_str);
                if made_from.is_some_and(|made_from| is_from(made_from, name))
                    && let Some(Value::Object(spec)) = rule.get("spec")
                {
                    lines.push(format!("{head}: {}", self.refers(spec)));
                }
            }
            if lines.len() == before {
                let refers = if object.model == POLICY {
                    String::new()
                } else {
                    self.refers(&self.body(&object.path))
                };
                let between = if refers.is_empty() { "" } else { ": " };
                lines.push(format!("{head}{between}{refers}"));
            }
        }
        let more = lines.len().saturating_sub(LINES);
        lines.truncate(LINES);
        Words { lines, more }
    }

    /// `for tier:db, from tier:app, with PostgreSQL`.
    fn refers(&self, body: &Map<String, Value>) -> String {
        let mut parts = Vec::new();
        for (key, value) in body {
            let mut names = Vec::new();
            self.names_in(value, &mut names);
            if names.is_empty()
                && let Some(word) = value.as_str()
                && (key.ends_with("AllowSpec") || key.ends_with("Action"))
            {
                names.push(word);
            }
            if !names.is_empty() {
                parts.push(format!("{} {}", label(key), names.join(" and ")));
            }
        }
        parts.join(", ")
    }

    fn names_in<'v>(&'v self, value: &'v Value, names: &mut Vec<&'v str>) {
        match value {
            Value::String(text) => names.extend(self.names.get(text).map(String::as_str)),
            Value::Array(items) => items.iter().for_each(|item| self.names_in(item, names)),
            Value::Object(entries) => entries
                .values()
                .for_each(|value| self.names_in(value, names)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// The bodies by path, in the order of creation, as far as there is room.
    pub(crate) fn bodies(&self) -> BTreeMap<&str, &'r str> {
        let mut left = ROOM;
        let mut bodies = BTreeMap::new();
        for object in &self.objects {
            let Some(text) = self.text(object).filter(|text| text.len() <= left) else {
                continue;
            };
            left -= text.len();
            bodies.insert(object.path.as_str(), text);
        }
        bodies
    }
}
