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
        let by_id = self.ids.get(text).or_else(|| self.ids.get(&lower));
        let found = by_id.or_else(|| {
            let loose = !text.starts_with('/');
            loose
                .then(|| self.tails.get(text).or_else(|| self.names.get(text)))
                .flatten()
        });
        match found.map(Vec::as_slice) {
            None | Some([]) => Err(Miss::Nothing),
            Some([at]) => Ok(*at),
            Some(several) => Err(Miss::Several(
                several.iter().filter_map(|at| self.label(*at)).collect(),
            )),
        }
    }

    fn label(&self, at: u32) -> Option<String> {
        self.labels
            .get(at as usize)
            .map(|label| format!("`{label}`"))
    }
}

fn add(map: &mut BTreeMap<String, Vec<u32>>, key: &str, at: u32) {
    let list = map.entry(key.to_owned()).or_default();
    if list.last() != Some(&at) {
        list.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Origin;

    fn index(objects: &[(&str, &str, &[&str])]) -> Index {
        let objects: Vec<(Ident, Vec<String>)> = objects
            .iter()
            .map(|(id, name, aliases)| {
                let ident = Ident {
                    id: (*id).to_owned(),
                    name: (*name).to_owned(),
                    origin: Origin::default(),
                };
                (
                    ident,
                    aliases.iter().map(|alias| (*alias).to_owned()).collect(),
                )
            })
            .collect();
        Index::new(
            objects
                .iter()
                .map(|(ident, aliases)| (ident, aliases.as_slice())),
        )
    }

    #[test]
    fn an_id_is_tried_before_a_name() {
        let index = index(&[("/groups/a", "b", &[]), ("/groups/b", "a", &[])]);
        assert_eq!(index.find("/groups/a"), Ok(0));
        assert_eq!(
            index.find("a"),
            Ok(0),
            "the last part of an id comes before a display name"
        );
        assert_eq!(index.find("/groups/c"), Err(Miss::Nothing));
    }

    #[test]
    fn a_path_is_never_a_name() {
        let index = index(&[("/groups/a", "/groups/old", &[])]);
        assert_eq!(index.find("/groups/old"), Err(Miss::Nothing));
    }

    #[test]
    fn a_name_that_fits_two_is_refused() {
        let index = index(&[("vm-1", "app", &["UUID-1"]), ("vm-2", "app", &[])]);
        assert_eq!(index.find("uuid-1"), Ok(0));
        assert_eq!(
            index.find("app"),
            Err(Miss::Several(vec![
                "`vm-1`".to_owned(),
                "`vm-2`".to_owned()
            ]))
        );
    }
}
