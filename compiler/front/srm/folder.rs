//! Folders that plans and protection groups are filed in.

use super::call::{Call, Filed};
use super::reader::Reader;
use super::schema::InventoryItem;
use std::collections::{BTreeMap, BTreeSet};

/// The folders of plans, or of protection groups.
#[derive(Debug, Default)]
pub(super) struct Folders {
    by_id: BTreeMap<String, Folder>,
    /// What the folders at the top name as the one above them: nobody files anything there.
    tops: BTreeSet<String>,
}

#[derive(Debug)]
struct Folder {
    name: String,
    parent: Option<String>,
}

impl Folders {
    /// Reads all folders that answers tell.
    pub(super) fn read(reader: &mut Reader<'_, '_>, filed: Filed) -> Self {
        let mut folders = Self::default();
        let calls: Vec<Call> = reader.answers.calls().cloned().collect();
        for call in calls {
            let Call::Folders(held, below) = &call else {
                continue;
            };
            if *held != filed {
                continue;
            }
            for item in reader.answers.list(&call).unwrap_or_default().items {
                let Some(InventoryItem { id, name, parent }) = reader.object(item) else {
                    continue;
                };
                // What is listed in a folder is in it, also where the item does not say so.
                let parent = parent.or_else(|| below.clone().filter(|below| *below != id));
                if below.is_none() {
                    folders.tops.extend(parent.clone());
                }
                let known = folders.by_id.entry(id);
                known.or_insert(Folder { name, parent });
            }
        }
        folders
    }

    /// The name of a folder with those of the folders above it in front, as far as answers tell them.
    pub(super) fn path(&self, id: Option<&str>, name: Option<String>) -> Option<String> {
        if id.is_some_and(|id| self.tops.contains(id)) {
            return None;
        }
        let mut names: Vec<&str> = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = id;
        while let Some((id, folder)) = next.and_then(|id| Some((id, self.by_id.get(id)?))) {
            if !seen.insert(id) {
                break;
            }
            names.push(&folder.name);
            next = folder.parent.as_deref();
        }
        names.reverse();
        let path = Some(names.join("/")).filter(|path| !path.is_empty());
        path.or_else(|| name.filter(|name| !name.is_empty()))
    }
}
