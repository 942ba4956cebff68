//! What the lowering of placement asks about the estate: who is in a group, which hosts a cluster has.

use crate::finding::{Admits, Witness};
use crate::ir::inventory::{Cluster, Host, Vm};
use crate::ir::placement::{HostGroup, PlacementRule, SettingKind, VmGroup};
use crate::ir::{Id, Ident, Link, Linked, Name, Policy};
use crate::legal::Options;
use std::collections::{BTreeMap, BTreeSet};

/// A machine of the inventory.
pub(super) type VmId = Id<Vm<Linked>>;
/// A host of the inventory.
pub(super) type HostId = Id<Host<Linked>>;

/// The policy with what is asked of it often.
pub(super) struct Estate<'policy> {
    policy: &'policy Policy<Linked>,
    options: &'policy Options,
    hosts_of: BTreeMap<Id<Cluster>, BTreeSet<HostId>>,
    off: BTreeSet<Id<Cluster>>,
}

/// The members of a list of references.
#[derive(Clone, Debug)]
pub(super) struct Members<T> {
    /// Those in the inventory.
    pub(super) found: BTreeSet<Id<T>>,
    /// The references to the others, as written.
    pub(super) missing: Vec<Name<T>>,
}

impl<T: 'static> Members<T> {
    /// Sorts references into found and missing.
    pub(super) fn of(links: &[Link<T>]) -> Self {
        let mut missing = Vec::new();
        let mut found = BTreeSet::new();
        for link in links {
            match link {
                Link::Found(id, _) => {
                    found.insert(*id);
                }
                Link::Missing(name) => missing.push(name.clone()),
            }
        }
        Self { found, missing }
    }
}

impl<'policy> Estate<'policy> {
    /// Looks the estate over once.
    pub(super) fn new(policy: &'policy Policy<Linked>, options: &'policy Options) -> Self {
        let mut hosts_of: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for (id, host) in policy.inventory.hosts.iter() {
            if let Some(cluster) = host.cluster.as_ref().and_then(Link::found) {
                hosts_of.entry(cluster).or_default().insert(id);
            }
        }
        let off = policy
            .placement
            .settings
            .iter()
            .filter(|setting| {
                setting.vm.is_none() && setting.what == SettingKind::SchedulerEnabled(false)
            })
            .filter_map(|setting| setting.cluster.as_ref().and_then(Link::found))
            .collect();
        Self {
            policy,
            options,
            hosts_of,
            off,
        }
    }

    /// The policy.
    pub(super) const fn policy(&self) -> &'policy Policy<Linked> {
        self.policy
    }

    /// How people want it lowered.
    pub(super) const fn options(&self) -> &'policy Options {
        self.options
    }

    /// The rules from the oldest to the newest; those without an age last, in the order of the
    /// export.
    pub(super) fn rules(&self) -> Vec<&'policy PlacementRule<Linked>> {
        let mut rules: Vec<_> = self.policy.placement.rules.iter().collect();
        rules.sort_by_key(|rule| (rule.age.is_none(), rule.age));
        rules
    }

    /// Whether the scheduler of a cluster is switched off.
    pub(super) fn scheduler_off(&self, cluster: Option<&Link<Cluster>>) -> bool {
        cluster
            .and_then(Link::found)
            .is_some_and(|cluster| self.off.contains(&cluster))
    }

    /// The hosts of a cluster, as far as the exports tell.
    pub(super) fn hosts_of(&self, cluster: Id<Cluster>) -> BTreeSet<HostId> {
        self.hosts_of.get(&cluster).cloned().unwrap_or_default()
    }

    /// The cluster a machine runs in: its own, or that of its host.
    pub(super) fn cluster_of(&self, vm: VmId) -> Option<Id<Cluster>> {
        let vm = &self.policy.inventory.vms[vm];
        vm.cluster.as_ref().and_then(Link::found).or_else(|| {
            let host = vm.host.as_ref().and_then(Link::found)?;
            let host = &self.policy.inventory.hosts[host];
            host.cluster.as_ref().and_then(Link::found)
        })
    }

    /// Who a machine is.
    pub(super) fn vm(&self, id: VmId) -> &'policy Ident {
        &self.policy.inventory.vms[id].ident
    }

    /// Who a host is.
    pub(super) fn host(&self, id: HostId) -> &'policy Ident {
        &self.policy.inventory.hosts[id].ident
    }

    /// The names of machines, in the order of the inventory.
    pub(super) fn vm_names(&self, vms: &BTreeSet<VmId>) -> Vec<&'policy str> {
        vms.iter().map(|id| self.vm(*id).name.as_str()).collect()
    }

    /// The names of hosts, in the order of the inventory.
    pub(super) fn host_names(&self, hosts: &BTreeSet<HostId>) -> Vec<&'policy str> {
        hosts
            .iter()
            .map(|id| self.host(*id).name.as_str())
            .collect()
    }

    /// Hosts that a name could mean, where it means none or several.
    pub(super) fn hosts_named(&self, name: &str) -> impl Iterator<Item = HostId> {
        self.policy
            .inventory
            .hosts
            .iter()
            .filter(move |(_, host)| {
                host.ident.name.eq_ignore_ascii_case(name)
                    || host.ident.id == name
                    || host.aliases.iter().any(|alias| alias == name)
            })
            .map(|(id, _)| id)
    }

    /// The members of a group of machines.
    pub(super) fn vm_group(
        &self,
        id: Id<VmGroup<Linked>>,
    ) -> (&'policy Ident, Members<Vm<Linked>>) {
        let group = &self.policy.placement.vm_groups[id];
        (&group.ident, Members::of(&group.vms))
    }

    /// The members of a group of hosts.
    pub(super) fn host_group(
        &self,
        id: Id<HostGroup<Linked>>,
    ) -> (&'policy Ident, Members<Host<Linked>>) {
        let group = &self.policy.placement.host_groups[id];
        (&group.ident, Members::of(&group.hosts))
    }

    /// The name of a cluster a construct belongs to.
    pub(super) fn cluster_name(&self, cluster: Option<&Link<Cluster>>) -> Option<&'policy str> {
        let id = cluster.and_then(Link::found)?;
        Some(self.policy.inventory.clusters[id].ident.name.as_str())
    }
}

/// Concrete placements.
impl Estate<'_> {
    /// Hosts a placement of a rule can use, in the order of the inventory.
    fn hosts_for(&self, rule: &PlacementRule<Linked>, vms: &BTreeSet<VmId>) -> Vec<HostId> {
        let cluster = rule
            .cluster
            .as_ref()
            .and_then(Link::found)
            .or_else(|| vms.iter().find_map(|vm| self.cluster_of(*vm)));
        cluster.map_or_else(Vec::new, |cluster| {
            self.hosts_of(cluster).into_iter().collect()
        })
    }

    /// A placement that a must-apart rule refuses.
    pub(super) fn two_on_one_host(
        &self,
        rule: &PlacementRule<Linked>,
        vms: &BTreeSet<VmId>,
    ) -> Option<Witness> {
        let mut each = vms.iter();
        let (one, other) = (each.next()?, each.next()?);
        let host = *self.hosts_for(rule, vms).first()?;
        Some(Witness::Placement {
            places: vec![self.place(*one, host), self.place(*other, host)],
            admits: Admits::TargetMore,
        })
    }

    /// A placement that a together rule refuses, or avoids.
    pub(super) fn two_on_two_hosts(
        &self,
        rule: &PlacementRule<Linked>,
        vms: &BTreeSet<VmId>,
        admits: Admits,
    ) -> Option<Witness> {
        let mut each = vms.iter();
        let (one, other) = (each.next()?, each.next()?);
        let hosts = self.hosts_for(rule, vms);
        let mut hosts = hosts.iter();
        let (first, second) = (hosts.next()?, hosts.next()?);
        Some(Witness::Placement {
            places: vec![self.place(*one, *first), self.place(*other, *second)],
            admits,
        })
    }

    /// A machine and a host by name.
    pub(super) fn place(&self, vm: VmId, host: HostId) -> (String, String) {
        (self.vm(vm).name.clone(), self.host(host).name.clone())
    }
}
