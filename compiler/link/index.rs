//! Finding an object by any of the ways exports write a reference.

use crate::ir::Ident;
use std::collections::BTreeMap;

/// Objects of one kind by id, by the last part of the id, and by display name.
#[derive(Debug, Default)]
pub(super) struct Index {
    ids: BTreeMap<String, Vec<u32>>,
    tails: BTreeMap<String, Vec<u32>>,
    names: BTreeMap<String, Vec<u32>>,
    labels: Vec<String>,
}

/// Why nothing was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// No object answers.
    Nothing,
    /// These do; by id.
    Several(Vec<String>),
}

impl Index {
    pub(super) fn new<'p>(objects: impl Iterator<Item = (&'p Ident, &'p [String])>) -> Self {
        let mut index = Self::default();
        for (at, (ident, aliases)) in objects.enumerate() {
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            index.labels.push(ident.id.clone());
            add(&mut index.ids, &ident.id, at);
            for alias in aliases {
                add(&mut index.ids, &alias.to_lowercase(), at);
                add(&mut index.ids, alias, at);
            }
            if let Some((_, tail)) = ident.id.rsplit_once('/') {
                add(&mut index.tails, tail, at);
            }
            add(&mut index.names, &ident.name, at);
        }
        index
    }

    /// The object a reference means. An id is tried before a display name; a path is an id and
    /// nothing else. Each way must give exactly one object.
    pub(super) fn find(&self, text: &str) -> Result<u32, Miss> {
        let lower = text.to_lowercase();
        let ways = [self.ids.get(text), self.ids.get(&lower), self.tails.get(text), self.names.get(text)];
        let tried = if text.starts_with('/') { 2 } else { ways.len() };
        for found in ways.into_iter().take(tried).flatten() {
            return match found.as_slice() {
                [at] => Ok(*at),
                several => Err(Miss::Several(several.iter().filter_map(|at| self.label(*at)).collect())),
            };
        }
        Err(Miss::Nothing)
    }

    fn label(&self, at: u32) -> Option<String> {
        self.labels.get(at as usize).map(|label| format!("`{label}`"))
    }
}

fn add(map: &mut BTreeMap<String, Vec<u32>>, key: &str, at: u32) {
    let list = map.entry(key.to_owned()).or_default();
    if list.last() != Some(&at) {
        list.push(at);
    }
}
