//! What other exports tell about the objects that groups and rules refer to: which machines are in
//! a cluster or on a host, and what a security tag is called.

use super::super::object::Text;
use super::super::peers::unknown;
use crate::ir::inventory::Vm;
use crate::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use crate::ir::{Ident, Inventory, Name, Named, NonEmpty};
use std::collections::BTreeMap;

/// What is known beyond the files of this product.
#[derive(Debug, Default)]
pub(super) struct Estate {
    /// Machines by every id of the cluster or the host they are in.
    machines: BTreeMap<String, Vec<String>>,
    /// Whether the place of some machine is not known.
    unplaced: bool,
    /// Names of security tags by object id.
    tags: BTreeMap<String, String>,
    /// Whether any export tells which machines carry which tags.
    tagged: bool,
}

impl Estate {
    pub fn new(inventory: &Inventory<Named>, tags: impl Iterator<Item = Ident>) -> Self {
        let mut estate = Self {
            tags: tags.map(|tag| (tag.id, tag.name)).collect(),
            tagged: inventory.vms.values().any(|vm| !vm.tags.is_empty()),
            ..Self::default()
        };
        let mut of_host: BTreeMap<&str, (&[String], Option<&str>)> = BTreeMap::new();
        for host in inventory.hosts.values() {
            let cluster = host.cluster.as_ref().map(|cluster| cluster.text.as_str());
            for alias in host.aliases.iter().chain([&host.ident.id]) {
                of_host.insert(alias, (&host.aliases, cluster));
            }
            estate.machines.entry(host.ident.id.clone()).or_default();
        }
        let mut of_cluster: BTreeMap<&str, &[String]> = BTreeMap::new();
        for cluster in inventory.clusters.values() {
            for alias in cluster.aliases.iter().chain([&cluster.ident.id]) {
                of_cluster.insert(alias, &cluster.aliases);
            }
            estate.machines.entry(cluster.ident.id.clone()).or_default();
        }
        for vm in inventory.vms.values() {
            let host = vm.host.as_ref().map(|host| host.text.as_str());
            let (on, above) = host
                .and_then(|host| of_host.get(host).copied())
                .unwrap_or_default();
            let own = vm.cluster.as_ref().map(|cluster| cluster.text.as_str());
            let cluster = own.or(above);
            let within = cluster.and_then(|cluster| of_cluster.get(cluster).copied());
            estate.unplaced |= host.is_none() || within.is_none();
            estate.put(vm, host.into_iter().chain(on.iter().map(String::as_str)));
            let within = within.unwrap_or_default().iter().map(String::as_str);
            estate.put(vm, cluster.into_iter().chain(within));
        }
        estate
    }

    fn put<'a>(&mut self, vm: &Vm<Named>, places: impl Iterator<Item = &'a str>) {
        let id = vm.ident.id.clone();
        for place in places {
            let machines = self.machines.entry(place.to_owned()).or_default();
            if machines.last() != Some(&id) {
                machines.push(id.clone());
            }
        }
    }

    /// The machines in a cluster or on a host, and how many; whoever else can be there stays symbolic.
    pub fn within(&self, kind: &str, place: &Text) -> (Selector<Named>, Option<usize>) {
        let rest = || Selector::Opaque(unknown(&format!("member of type `{kind}`"), place));
        let Some(machines) = self.machines.get(place.value.trim()) else {
            return (rest(), None);
        };
        let known = machines
            .iter()
            .map(|id| Selector::Vm(Name::new(id.clone(), place.origin)));
        let parts: Vec<_> = known.chain(self.unplaced.then(rest)).collect();
        let count = Some(machines.len());
        (super::super::expression::any_of(parts), count)
    }

    /// The machines whose security tags compare like this with a name.
    pub fn with_tag(&self, operator: Operator, value: &Text) -> Selector<Named> {
        if self.tagged {
            return Selector::Match(Condition {
                of: Of::Vm,
                key: Key::Tag(TagScope::Any),
                operator,
                value: value.value.clone(),
                origin: value.origin,
            });
        }
        let what = "security tag, and no export tells which machines carry it";
        Selector::Opaque(unknown(what, value))
    }

    /// The machines with the security tag of an object id.
    pub fn tagged(&self, id: &Text) -> Selector<Named> {
        match self.tags.get(id.value.trim()) {
            Some(name) => {
                let value = Text {
                    value: name.clone(),
                    origin: id.origin,
                };
                self.with_tag(Operator::Equals, &value)
            }
            None => Selector::Opaque(unknown("security tag that stands in no export", id)),
        }
    }

    /// One interface of a machine: at most the machine, and nobody else.
    pub fn interface(value: &Text) -> Selector<Named> {
        let rest = Selector::Opaque(unknown("one interface of a machine", value));
        let Some((machine, _)) = value.value.trim().rsplit_once('.') else {
            return rest;
        };
        let machine = Selector::Vm(Name::new(machine, value.origin));
        NonEmpty::new(vec![machine, rest]).map_or(Selector::Nothing, Selector::All)
    }
}
