//! Joining inventories: one machine that several exports describe.
//!
//! Two records are one machine when they share an id. When they share only the display name they
//! are one machine if no export lists that name twice and no id contradicts it; else a finding says
//! that they could be one.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::inventory::{Cluster, Host, Segment, Vm};
use crate::ir::{Ident, Inventory, Named, Table};
use crate::source::FileId;
use petgraph::unionfind::UnionFind;
use std::collections::{BTreeMap, BTreeSet};

/// Joins the records of each table.
pub(super) fn join(inventory: &mut Inventory<Named>, findings: &mut Findings) {
    let Inventory {
        vms,
        hosts,
        clusters,
        segments,
    } = inventory;
    join_table(vms, "machines", findings);
    join_table(hosts, "hosts", findings);
    join_table(clusters, "clusters", findings);
    join_table(segments, "networks", findings);
}

/// A record of an inventory.
trait Record {
    fn ident(&self) -> &Ident;
    fn aliases(&self) -> &[String];
    /// Takes over what another record of the same thing tells.
    fn absorb(&mut self, other: Self);
}

fn join_table<R: Record>(table: &mut Table<R>, noun: &str, findings: &mut Findings) {
    let records = std::mem::take(table).into_vec();
    let mut sets = UnionFind::<usize>::new(records.len());
    by_alias(&records, &mut sets);
    by_name(&records, &mut sets, noun, findings);
    let mut joined: Vec<R> = Vec::new();
    let mut places: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, record) in records.into_iter().enumerate() {
        let set = sets.find(at);
        match places.get(&set).and_then(|place| joined.get_mut(*place)) {
            Some(first) => first.absorb(record),
            None => {
                places.insert(set, joined.len());
                joined.push(record);
            }
        }
    }
    *table = joined.into_iter().collect();
}

fn by_alias<R: Record>(records: &[R], sets: &mut UnionFind<usize>) {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        for alias in record.aliases() {
            let before = *first.entry(alias.to_lowercase()).or_insert(at);
            sets.union(before, at);
        }
    }
}

fn by_name<R: Record>(
    records: &[R],
    sets: &mut UnionFind<usize>,
    noun: &str,
    findings: &mut Findings,
) {
    let mut named: BTreeMap<&str, BTreeMap<usize, Vec<&R>>> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        named
            .entry(record.ident().name.as_str())
            .or_default()
            .entry(sets.find(at))
            .or_default()
            .push(record);
    }
    for (name, found) in named {
        let Some(first) = found.keys().next().copied() else {
            continue;
        };
        if found.len() < 2 {
            continue;
        }
        if can_be_one(&found) {
            found.keys().for_each(|set| {
                sets.union(first, *set);
            });
        } else if spans_files(&found) {
            let message = format!(
                "{} {noun} are named `{name}` and have no id in common",
                found.len()
            );
            let mut finding =
                Finding::new(&codes::link::AMBIGUOUS_MACHINE, Domain::Inventory, message);
            finding.subjects = found
                .values()
                .filter_map(|set| set.first())
                .map(|record| record.ident().subject())
                .collect();
            findings.push(finding);
        }
    }
}

/// No file lists the name for two of the sets, and no id of the same form contradicts.
fn can_be_one<R: Record>(found: &BTreeMap<usize, Vec<&R>>) -> bool {
    let mut files: BTreeSet<FileId> = BTreeSet::new();
    let mut forms: BTreeSet<Form> = BTreeSet::new();
    found.values().all(|set| {
        let own_files: BTreeSet<FileId> = set
            .iter()
            .map(|record| record.ident().origin.file)
            .collect();
        let own_forms: BTreeSet<Form> = set
            .iter()
            .flat_map(|record| record.aliases())
            .filter_map(|alias| form(alias))
            .collect();
        let fresh = own_files.is_disjoint(&files) && own_forms.is_disjoint(&forms);
        files.extend(own_files);
        forms.extend(own_forms);
        fresh
    })
}

fn spans_files<R: Record>(found: &BTreeMap<usize, Vec<&R>>) -> bool {
    let files: BTreeSet<FileId> = found
        .values()
        .flatten()
        .map(|record| record.ident().origin.file)
        .collect();
    files.len() > 1
}

/// The form of an id: two different ids of one form cannot name the same thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Uuid,
    Moref,
}

fn form(alias: &str) -> Option<Form> {
    let hyphens = alias.bytes().filter(|byte| *byte == b'-').count();
    let hex = alias
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if alias.len() == 36 && hyphens == 4 && hex {
        return Some(Form::Uuid);
    }
    let (kind, number) = alias.rsplit_once('-')?;
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let known = ["vm", "host", "domain-c", "domain", "network", "dvportgroup"];
    (numbered && known.contains(&kind) || alias.starts_with("domain-c")).then_some(Form::Moref)
}

fn add_aliases(aliases: &mut Vec<String>, more: Vec<String>) {
    for alias in more {
        if !aliases.contains(&alias) {
            aliases.push(alias);
        }
    }
}

impl Record for Vm<Named> {
    fn ident(&self) -> &Ident {
        &self.ident
    }
    fn aliases(&self) -> &[String] {
        &self.aliases
    }
    fn absorb(&mut self, other: Self) {
        let Self {
            ident: _,
            aliases,
            tags,
            addresses,
            segments,
            os_name,
            computer_name,
            host,
            cluster,
        } = other;
        add_aliases(&mut self.aliases, aliases);
        for tag in tags {
            if !self.tags.contains(&tag) {
                self.tags.push(tag);
            }
        }
        self.addresses = match (self.addresses.take(), addresses) {
            (Some(mine), Some(theirs)) => Some(mine.union(&theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        for segment in segments {
            if !self.segments.iter().any(|known| known.text == segment.text) {
                self.segments.push(segment);
            }
        }
        self.os_name = self.os_name.take().or(os_name);
        self.computer_name = self.computer_name.take().or(computer_name);
        self.host = self.host.take().or(host);
        self.cluster = self.cluster.take().or(cluster);
    }
}

impl Record for Host<Named> {
    fn ident(&self) -> &Ident {
        &self.ident
    }
    fn aliases(&self) -> &[String] {
        &self.aliases
    }
    fn absorb(&mut self, other: Self) {
        add_aliases(&mut self.aliases, other.aliases);
        self.cluster = self.cluster.take().or(other.cluster);
    }
}

impl Record for Cluster {
    fn ident(&self) -> &Ident {
        &self.ident
    }
    fn aliases(&self) -> &[String] {
        &self.aliases
    }
    fn absorb(&mut self, other: Self) {
        add_aliases(&mut self.aliases, other.aliases);
    }
}

impl Record for Segment {
    fn ident(&self) -> &Ident {
        &self.ident
    }
    fn aliases(&self) -> &[String] {
        &self.aliases
    }
    fn absorb(&mut self, other: Self) {
        add_aliases(&mut self.aliases, other.aliases);
        for tag in other.tags {
            if !self.tags.contains(&tag) {
                self.tags.push(tag);
            }
        }
        self.subnets = self.subnets.union(&other.subnets);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Findings;
    use crate::source::Origin;

    fn host(file: u32, name: &str, aliases: &[&str]) -> Host<Named> {
        let origin = Origin {
            file: FileId::test(file),
            ..Origin::default()
        };
        let id = aliases.first().copied().unwrap_or(name).to_owned();
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        Host {
            ident: Ident {
                id,
                name: name.to_owned(),
                origin,
            },
            aliases,
            cluster: None,
        }
    }

    fn joined(hosts: Vec<Host<Named>>) -> (Vec<Vec<String>>, usize) {
        let mut inventory = Inventory::<Named> {
            hosts: hosts.into_iter().collect(),
            ..Inventory::default()
        };
        let mut findings = Findings::new();
        join(&mut inventory, &mut findings);
        (
            inventory
                .hosts
                .values()
                .map(|host| host.aliases.clone())
                .collect(),
            findings.len(),
        )
    }

    #[test]
    fn a_shared_id_joins() {
        let (hosts, findings) = joined(vec![
            host(0, "a", &["host-1"]),
            host(1, "a.example", &["HOST-1", "x"]),
        ]);
        assert_eq!(
            hosts,
            [vec![
                "host-1".to_owned(),
                "HOST-1".to_owned(),
                "x".to_owned()
            ]]
        );
        assert_eq!(findings, 0);
    }

    #[test]
    fn a_name_joins_where_nothing_contradicts() {
        assert_eq!(
            joined(vec![host(0, "a", &["host-1"]), host(1, "a", &["x"])])
                .0
                .len(),
            1
        );
    }

    #[test]
    fn ids_of_one_form_contradict() {
        let (hosts, findings) = joined(vec![host(0, "a", &["host-1"]), host(1, "a", &["host-2"])]);
        assert_eq!((hosts.len(), findings), (2, 1));
    }

    #[test]
    fn a_name_listed_twice_is_not_joined() {
        let hosts = vec![
            host(0, "a", &["p"]),
            host(0, "a", &["q"]),
            host(1, "a", &["r"]),
        ];
        let (hosts, findings) = joined(hosts);
        assert_eq!((hosts.len(), findings), (3, 1));
    }
}
