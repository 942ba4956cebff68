//! RVTools tables saved as CSV: machines, hosts and clusters, as hints.
//!
//! A table shows what holds, not what was set, and shows rules by name alone. So machines, hosts and
//! clusters are read, and what its other columns say is read where nothing better tells it.

use crate::front::detect::Export;
use crate::ir::inventory::{Cluster, Host, Segment, Vm};
use crate::ir::set::AddressSet;
use crate::ir::{Ident, Inventory, Name, Named};
use crate::source::Origin;
use rehome_grammar::text::address;
use rehome_grammar::{Node, Syntax, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// A table of the tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tab {
    /// `vInfo`: machines.
    Machines,
    /// `vCPU`: processors of machines.
    Processors,
    /// `vMemory`: memory of machines.
    Memory,
    /// `vHost`: hosts.
    Hosts,
    /// `vCluster`: clusters.
    Clusters,
    /// `vRP`: resource pools.
    Pools,
    /// A table that says nothing about placement.
    Other,
}

/// Which table a file is, by its columns.
pub(super) fn tab(tree: &Tree) -> Option<Tab> {
    if tree.syntax() != Syntax::Csv {
        return None;
    }
    let first = rows(tree).next()?;
    let has = |columns: &[&str]| columns.iter().all(|column| first.get(column).is_some());
    if has(&["VM", "Powerstate", "Guest state"]) {
        Some(Tab::Machines)
    } else if has(&["VM", "Powerstate", "Sockets", "Reservation"]) {
        Some(Tab::Processors)
    } else if has(&["VM", "Powerstate", "Overhead", "Reservation"]) {
        Some(Tab::Memory)
    } else if has(&["Name", "NumHosts", "DRS enabled"]) {
        Some(Tab::Clusters)
    } else if has(&["Host", "Datacenter", "Cluster", "CPU Model"]) {
        Some(Tab::Hosts)
    } else if has(&["Resource Pool name", "CPU reservation"]) {
        Some(Tab::Pools)
    } else if has(&["VM", "Powerstate"]) || has(&["VI SDK Server"]) {
        Some(Tab::Other)
    } else {
        None
    }
}

/// The rows of a table.
pub(in crate::front) fn rows(tree: &Tree) -> impl Iterator<Item = Node<'_>> {
    tree.roots().flat_map(Node::items)
}

/// The text of a cell that is not empty.
pub(in crate::front) fn cell(row: Node<'_>, column: &str) -> Option<String> {
    let text = row.get(column)?.str()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The id of a machine: its reference where the table has it, else its UUID, else its name.
pub(in crate::front) fn machine(row: Node<'_>) -> Option<String> {
    ["VM ID", "VM UUID", "VM"]
        .iter()
        .find_map(|column| cell(row, column))
}

/// Adds what a table lists.
pub(super) fn read(export: &Export<'_>, tab: Tab, inventory: &mut Inventory<Named>) {
    match tab {
        Tab::Machines => machines(export, inventory),
        Tab::Hosts => {
            for row in rows(&export.source.tree) {
                let Some(name) = cell(row, "Host") else {
                    continue;
                };
                let origin = origin(export, row);
                let (ident, aliases) = known(name, cell(row, "Object ID"), origin);
                let cluster = cell(row, "Cluster").map(|name| Name::new(name, origin));
                inventory.hosts.push(Host {
                    ident,
                    aliases,
                    cluster,
                });
            }
        }
        Tab::Clusters => {
            for row in rows(&export.source.tree) {
                if let Some(name) = cell(row, "Name") {
                    let reference = cell(row, "Object ID");
                    let (ident, aliases) = known(name, reference, origin(export, row));
                    inventory.clusters.push(Cluster { ident, aliases });
                }
            }
        }
        Tab::Processors | Tab::Memory | Tab::Pools | Tab::Other => {}
    }
}

fn known(name: String, reference: Option<String>, origin: Origin) -> (Ident, Vec<String>) {
    let id = reference.unwrap_or_else(|| name.clone());
    let ident = Ident {
        id: id.clone(),
        name,
        origin,
    };
    (ident, vec![id])
}

fn machines(export: &Export<'_>, inventory: &mut Inventory<Named>) {
    let tree = &export.source.tree;
    // A copied machine keeps the BIOS UUID of its original: one that two have identifies nobody.
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for bios in rows(tree).filter_map(|row| cell(row, "SMBIOS UUID")) {
        *counted.entry(bios).or_default() += 1;
    }
    let mut hosts: BTreeMap<String, (Origin, Option<String>)> = BTreeMap::new();
    let mut clusters: BTreeMap<String, Origin> = BTreeMap::new();
    let mut segments: BTreeMap<String, Origin> = BTreeMap::new();
    for row in rows(tree) {
        let (Some(name), Some(id)) = (cell(row, "VM"), machine(row)) else {
            continue;
        };
        let origin = origin(export, row);
        let (host, cluster) = (cell(row, "Host"), cell(row, "Cluster"));
        if let Some(host) = &host {
            let known = || (origin, cluster.clone());
            hosts.entry(host.clone()).or_insert_with(known);
        }
        if let Some(cluster) = &cluster {
            clusters.entry(cluster.clone()).or_insert(origin);
        }
        let networks: BTreeSet<String> = (1..=8)
            .filter_map(|number| cell(row, &format!("Network #{number}")))
            .collect();
        for network in &networks {
            segments.entry(network.clone()).or_insert(origin);
        }
        let bios = cell(row, "SMBIOS UUID").filter(|bios| counted.get(bios) == Some(&1));
        let uuid = cell(row, "VM UUID").filter(|uuid| *uuid != id);
        inventory.vms.push(Vm {
            aliases: [Some(id.clone()), uuid, bios]
                .into_iter()
                .flatten()
                .collect(),
            ident: Ident { id, name, origin },
            tags: Vec::new(),
            addresses: cell(row, "Primary IP Address").and_then(|text| addresses(&text)),
            segments: networks
                .into_iter()
                .map(|network| Name::new(network, origin))
                .collect(),
            os_name: cell(row, "OS according to the VMware Tools")
                .or_else(|| cell(row, "OS according to the configuration file")),
            computer_name: cell(row, "DNS Name"),
            host: host.map(|host| Name::new(host, origin)),
            cluster: cluster.map(|cluster| Name::new(cluster, origin)),
        });
    }
    for (name, (origin, cluster)) in hosts {
        let (ident, aliases) = known(name, None, origin);
        let cluster = cluster.map(|cluster| Name::new(cluster, origin));
        inventory.hosts.push(Host {
            ident,
            aliases,
            cluster,
        });
    }
    for (name, origin) in clusters {
        let (ident, aliases) = known(name, None, origin);
        inventory.clusters.push(Cluster { ident, aliases });
    }
    for (name, origin) in segments {
        let (ident, aliases) = known(name, None, origin);
        inventory.segments.push(Segment {
            ident,
            aliases,
            tags: Vec::new(),
            subnets: AddressSet::empty(),
        });
    }
}

/// The address that the tools in the guest call the first; one that cannot be read is not told.
fn addresses(text: &str) -> Option<AddressSet> {
    let found = address(text).ok()?;
    Some(AddressSet::from_blocks([found.block]))
}

fn origin(export: &Export<'_>, row: Node<'_>) -> Origin {
    Origin {
        file: export.file,
        span: row.span(),
    }
}
