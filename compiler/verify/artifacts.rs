//! The emitted files of placement and recovery, read back without the types they were written with.

use crate::back::Files;
use crate::ir::{Linked, Policy};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Why files cannot be understood: the path, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) path: String,
    pub(super) what: String,
}

/// An object of the manifest with its body.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// The placeholder.
    pub(super) id: String,
    /// The model.
    pub(super) model: String,
    /// The ids of the constructs it holds.
    pub(super) constructs: Vec<String>,
    /// The object it lives inside.
    pub(super) parent: Option<String>,
    /// The file of the body.
    pub(super) path: String,
    /// The body.
    pub(super) body: Map<String, Value>,
}

/// The files, understood.
#[derive(Debug, Default)]
pub(super) struct Artifacts {
    /// Objects in the order of creation.
    pub(super) objects: Vec<Object>,
    /// Things that exist already: placeholder to the id on the source side, or the name.
    pub(super) external: BTreeMap<String, String>,
    /// Machines by category: ids on the source side.
    vms: BTreeMap<String, BTreeSet<String>>,
    /// Hosts by category: ids on the source side.
    hosts: BTreeMap<String, BTreeSet<String>>,
}

/// The objects that the comparison of the firewall reads, where there is a firewall to compare.
const OF_FIREWALL: [&str; 5] = [
    "AddressGroup",
    "Category",
    "EntityGroup",
    "NetworkSecurityPolicy",
    "ServiceGroup",
];

/// Nothing carries a category that nobody was given.
static NOBODY: BTreeSet<String> = BTreeSet::new();

impl Artifacts {
    /// Reads manifest, bodies, and assignments where a body could need them. What the comparison of
    /// the firewall reads is left to it.
    pub(super) fn read(policy: &Policy<Linked>, files: &Files) -> Result<Self, Unreadable> {
        let left: &[&str] = match policy.network.sections.as_slice() {
            [] => &[],
            _ => &OF_FIREWALL,
        };
        let manifest = json(files, "nutanix/manifest.json")?;
        let mut read = Self::default();
        for entry in list(&manifest, "nutanix/manifest.json", "objects")? {
            let model = at(entry, "/model").as_str();
            if model.is_none_or(|model| !left.contains(&model)) {
                read.objects.push(object(files, entry)?);
            }
        }
        if read.objects.is_empty() {
            return Ok(read);
        }
        for entry in list(&manifest, "nutanix/manifest.json", "external")? {
            let known = at(entry, "/source_id")
                .as_str()
                .or(at(entry, "/name").as_str());
            if let (Some(id), Some(known)) = (at(entry, "/id").as_str(), known) {
                read.external.insert(id.to_owned(), known.to_owned());
            }
        }
        let path = "nutanix/assignments.json";
        let assignments = json(files, path)?;
        read.vms = carriers(list(&assignments, path, "vms")?);
        read.hosts = carriers(list(&assignments, path, "hosts")?);
        Ok(read)
    }

    /// The objects of a model, in the order of creation.
    pub(super) fn of(&self, model: &str) -> impl Iterator<Item = &Object> {
        self.objects
            .iter()
            .filter(move |object| object.model == model)
    }

    /// The machines that carry a category.
    pub(super) fn vms(&self, category: &str) -> &BTreeSet<String> {
        self.vms.get(category).unwrap_or(&NOBODY)
    }

    /// The hosts that carry a category.
    pub(super) fn hosts(&self, category: &str) -> &BTreeSet<String> {
        self.hosts.get(category).unwrap_or(&NOBODY)
    }
}

impl Object {
    /// A fault of this object.
    pub(super) fn fault(&self, what: impl Into<String>) -> Unreadable {
        Unreadable {
            path: self.path.clone(),
            what: what.into(),
        }
    }

    /// Refuses a body with a field that is not among these: what it means is not known.
    pub(super) fn only(&self, fields: &[&str]) -> Result<(), Unreadable> {
        match self.body.keys().find(|key| !fields.contains(&key.as_str())) {
            Some(key) => Err(self.fault(format!("the field `{key}` is not known"))),
            None => Ok(()),
        }
    }

    /// The one category of a list of references or ids; several are refused, because whether they
    /// mean all or any is not written anywhere.
    pub(super) fn one_category(&self, list: &Value, field: &str) -> Result<String, Unreadable> {
        let items = list.as_array().map_or(&[][..], Vec::as_slice);
        let [only] = items else {
            return Err(self.fault(format!("`{field}` holds {} categories", items.len())));
        };
        only.as_str()
            .or(at(only, "/extId").as_str())
            .map(str::to_owned)
            .ok_or_else(|| self.fault(format!("`{field}` holds no reference")))
    }

    /// A field of the body; null where there is none.
    pub(super) fn get(&self, field: &str) -> &Value {
        self.body.get(field).unwrap_or(&Value::Null)
    }
}

/// What stands at a JSON pointer; null where nothing does.
pub(super) fn at<'value>(value: &'value Value, pointer: &str) -> &'value Value {
    value.pointer(pointer).unwrap_or(&Value::Null)
}

/// A file as JSON.
pub(super) fn json(files: &Files, path: &str) -> Result<Value, Unreadable> {
    let fault = |what: String| Unreadable {
        path: path.to_owned(),
        what,
    };
    let bytes = files
        .get(path)
        .ok_or_else(|| fault("the file is missing".to_owned()))?;
    serde_json::from_slice(bytes).map_err(|error| fault(error.to_string()))
}

fn list<'value>(
    value: &'value Value,
    path: &str,
    field: &str,
) -> Result<&'value Vec<Value>, Unreadable> {
    at(value, &format!("/{field}"))
        .as_array()
        .ok_or_else(|| Unreadable {
            path: path.to_owned(),
            what: format!("`{field}` is no list"),
        })
}

fn object(files: &Files, entry: &Value) -> Result<Object, Unreadable> {
    let text = |field: &str| {
        at(entry, &format!("/{field}"))
            .as_str()
            .ok_or_else(|| Unreadable {
                path: "nutanix/manifest.json".to_owned(),
                what: format!("an object lacks `{field}`"),
            })
    };
    let path = format!("nutanix/{}", text("body")?);
    let Value::Object(body) = json(files, &path)? else {
        return Err(Unreadable {
            path,
            what: "the body is no object".to_owned(),
        });
    };
    // The path of a part names its whole: `.../recovery-plans/<id>/stages`.
    let parent = text("path")?
        .split_once("/recovery-plans/")
        .and_then(|(_, rest)| rest.split_once('/'))
        .map(|(id, _)| id.to_owned());
    Ok(Object {
        id: text("id")?.to_owned(),
        model: text("model")?.to_owned(),
        constructs: at(entry, "/constructs")
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect(),
        parent,
        path,
        body,
    })
}

fn carriers(list: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut by_category: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for who in list {
        let Some(id) = at(who, "/source_id").as_str() else {
            continue;
        };
        for category in at(who, "/categories").as_array().into_iter().flatten() {
            if let Some(category) = category.as_str() {
                by_category
                    .entry(category.to_owned())
                    .or_default()
                    .insert(id.to_owned());
            }
        }
    }
    by_category
}
