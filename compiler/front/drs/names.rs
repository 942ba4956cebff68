//! Which machine or host a member of a rule is, as far as the inventory tells: only to compare two
//! exports that spell their members differently.

use super::said::Text;
use crate::ir::{Ident, Inventory, Named};
use std::collections::{BTreeMap, BTreeSet};

/// Ids by any id or name, where exactly one object answers to it.
#[derive(Debug, Default)]
pub(super) struct Names {
    vms: BTreeMap<String, Option<String>>,
    hosts: BTreeMap<String, Option<String>>,
}

impl Names {
    pub(super) fn new(inventory: &Inventory<Named>) -> Self {
        let mut names = Self::default();
        for vm in inventory.vms.values() {
            add(&mut names.vms, &vm.ident, &vm.aliases);
        }
        for host in inventory.hosts.values() {
            add(&mut names.hosts, &host.ident, &host.aliases);
        }
        names
    }

    /// Whether a machine has that display name.
    pub(super) fn has_vm(&self, name: &str) -> bool {
        self.vms.contains_key(name)
    }

    /// Whether a host has that display name.
    pub(super) fn has_host(&self, name: &str) -> bool {
        self.hosts.contains_key(name)
    }

    /// Whether two lists of machines are known to differ.
    pub(super) fn vms_differ(&self, mine: &[Text], theirs: &[Text]) -> bool {
        differ(&self.vms, mine, theirs)
    }

    /// Whether two lists of hosts are known to differ.
    pub(super) fn hosts_differ(&self, mine: &[Text], theirs: &[Text]) -> bool {
        differ(&self.hosts, mine, theirs)
    }
}

fn add(names: &mut BTreeMap<String, Option<String>>, ident: &Ident, aliases: &[String]) {
    let spellings: BTreeSet<&String> = aliases.iter().chain([&ident.name, &ident.id]).collect();
    for spelling in spellings {
        names
            .entry(spelling.clone())
            .and_modify(|known| *known = None)
            .or_insert_with(|| Some(ident.id.clone()));
    }
}

/// Lists written in the same spelling are compared as they stand. Where the spellings differ both
/// must be known; what is not known is not called different.
fn differ(names: &BTreeMap<String, Option<String>>, mine: &[Text], theirs: &[Text]) -> bool {
    let texts = |list: &[Text]| -> BTreeSet<String> {
        list.iter().map(|member| member.text.clone()).collect()
    };
    let (mine, theirs) = (texts(mine), texts(theirs));
    if mine == theirs {
        return false;
    }
    let known = |list: &BTreeSet<String>| -> Option<BTreeSet<String>> {
        let ids = list.iter().map(|text| names.get(text).cloned().flatten());
        ids.collect()
    };
    match (known(&mine), known(&theirs)) {
        (Some(mine), Some(theirs)) => mine != theirs,
        _ => mine.len() != theirs.len() || alike(&mine) == alike(&theirs),
    }
}

/// Whether members are written as references.
fn alike(list: &BTreeSet<String>) -> bool {
    let reference = |text: &String| {
        let parts = text.rsplit_once('-');
        parts.is_some_and(|(kind, number)| {
            matches!(kind, "vm" | "host") && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    list.iter().all(reference)
}
