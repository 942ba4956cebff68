//! Which object of the target holds which construct, as the manifest says.

use crate::back::Files;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How many bytes of bodies are put into the page.
const ROOM: usize = 6_000_000;

/// The objects that were emitted.
#[derive(Debug, Default)]
pub(super) struct Emitted<'r> {
    objects: Vec<Object>,
    by_construct: BTreeMap<String, Vec<usize>>,
    by_name: BTreeMap<String, Vec<usize>>,
    files: Option<&'r Files>,
}

/// One object.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub model: String,
    pub name: String,
    /// Its body, below the `nutanix` folder.
    pub path: String,
}

#[derive(Deserialize)]
struct Manifest {
    objects: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    model: String,
    name: String,
    body: String,
    constructs: Vec<String>,
}

impl<'r> Emitted<'r> {
    /// Reads the manifest among the files; without one nothing was emitted.
    pub(super) fn of(files: &'r Files) -> Self {
        let manifest = files
            .get("nutanix/manifest.json")
            .and_then(|bytes| serde_json::from_slice::<Manifest>(bytes).ok());
        let mut emitted = Self {
            files: Some(files),
            ..Self::default()
        };
        for entry in manifest.into_iter().flat_map(|manifest| manifest.objects) {
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
    pub(super) fn holding(&self, construct: Option<&str>, name: Option<&str>) -> Vec<Object> {
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

    /// The bodies by path, in the order of creation, as far as there is room.
    pub(super) fn bodies(&self) -> BTreeMap<&str, &'r str> {
        let mut left = ROOM;
        let mut bodies = BTreeMap::new();
        for object in &self.objects {
            let bytes = self
                .files
                .and_then(|files| files.get(&format!("nutanix/{}", object.path)));
            let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
            let Some(text) = text.filter(|text| text.len() <= left) else {
                continue;
            };
            left -= text.len();
            bodies.insert(object.path.as_str(), text);
        }
        bodies
    }
}
