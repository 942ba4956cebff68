//! Pairs of servers: which vCenter Server is at which site of a plan.

use super::call::Call;
use super::reader::Reader;
use rehome_grammar::Node;
use std::collections::BTreeMap;

/// The vCenter Servers of all pairs.
#[derive(Debug, Default)]
pub(super) struct Centers {
    /// The ids by name and by host, in lower case.
    ids: BTreeMap<String, String>,
}

/// The vCenter Servers of a plan by their ids.
#[derive(Debug, Default)]
pub(super) struct Sides {
    /// Where the machines run now.
    pub protected: Option<String>,
    /// Where they are recovered.
    pub recovery: Option<String>,
}

impl Centers {
    /// Reads the pairs. What they tell of the state of the servers is no policy.
    pub(super) fn read(reader: &Reader<'_, '_>) -> Self {
        let mut centers = Self::default();
        for item in reader
            .answers
            .list(&Call::Pairings)
            .unwrap_or_default()
            .items
        {
            for side in ["local_vc_server", "remote_vc_server"] {
                if let Some(server) = item.node.get(side) {
                    centers.add(server);
                }
            }
        }
        centers
    }

    fn add(&mut self, server: Node<'_>) {
        let text = |key: &str| server.get(key).and_then(Node::str);
        let Some(id) = text("id") else { return };
        let host = text("url").and_then(|url| {
            let (_, rest) = url.split_once("://")?;
            let host = rest.split(['/', ':']).next()?;
            Some(host.to_ascii_lowercase())
        });
        let name = text("name").map(|name| name.to_ascii_lowercase());
        for known in name.into_iter().chain(host) {
            self.ids.entry(known).or_insert_with(|| id.to_string());
        }
    }

    /// The id of the server that people call so.
    pub(super) fn id(&self, name: &str) -> Option<&str> {
        let id = self.ids.get(&name.trim().to_ascii_lowercase());
        id.map(String::as_str)
    }
}
