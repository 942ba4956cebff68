//! The placements that the source admits and those that the emitted files admit, compared.
//!
//! A placement puts every machine on a host of its cluster. The source admits it when every required
//! rule in force does; the target when every machine is on a host of the policy that was created
//! first of those that hold it. Keeping apart is never a requirement on the target.
//!
//! The two sets are compared machine by machine and, for rules between machines, pair by pair: the
//! target's rules are about single machines, so a placement is admitted there exactly when each
//! machine's place is. The order of starts after a failure is compared beside them (`starts`).
//!
//! Not compared: preferences, members that no export tells, machines without a known cluster.

mod starts;

use super::artifacts::{Artifacts, Unreadable};
use super::comparison::{Admits, Comparison, Declared};
use crate::back::Files;
use crate::finding::codes::{fault, verify as codes};
use crate::finding::{Domain, Finding, Findings, Witness};
use crate::ir::inventory::{Cluster, Host, Vm};
use crate::ir::placement::{PlacementRule, RuleKind, SettingKind, Strength};
use crate::ir::{Id, Ident, Link, Linked, Policy};
use std::collections::{BTreeMap, BTreeSet};

type VmId = Id<Vm<Linked>>;
type HostId = Id<Host<Linked>>;

/// Compares the placement rules with the files that were emitted for them.
#[must_use]
pub fn compare(policy: &Policy<Linked>, files: &Files, findings: &Findings) -> Comparison {
    let mut comparison = Comparison::default();
    let declared = Declared::of(Domain::Placement, findings);
    if let Err(Unreadable { path, what }) = sides(policy, files, &declared, &mut comparison) {
        let message = format!("`{path}` cannot be understood: {what}");
        let finding = Finding::new(&codes::UNREADABLE_PLACEMENT, Domain::Placement, message);
        comparison.findings.push(finding.target(path));
        return comparison;
    }
    comparison.compared = true;
    comparison.undeclared(
        Domain::Placement,
        &fault::UNDECLARED_PLACEMENT,
        &fault::UNDECLARED_REFUSAL,
    );
    comparison
}

/// Compares places and orders; nothing where the files cannot be read.
fn sides(
    policy: &Policy<Linked>,
    files: &Files,
    declared: &Declared,
    comparison: &mut Comparison,
) -> Result<(), Unreadable> {
    let artifacts = Artifacts::read(policy, files)?;
    let target = target(policy, &artifacts)?;
    starts::compare(policy, &artifacts, declared, comparison)?;
    let source = Source::of(policy);
    source.machines(&target, declared, comparison);
    source.pairs(&target, declared, comparison);
    Ok(())
}

/// The hosts of the first policy that holds each machine.
type Target = BTreeMap<VmId, BTreeSet<HostId>>;

fn target(policy: &Policy<Linked>, artifacts: &Artifacts) -> Result<Target, Unreadable> {
    let vms: BTreeMap<&str, VmId> = policy
        .inventory
        .vms
        .iter()
        .map(|(id, vm)| (vm.ident.id.as_str(), id))
        .collect();
    let hosts: BTreeMap<&str, HostId> = policy
        .inventory
        .hosts
        .iter()
        .map(|(id, host)| (host.ident.id.as_str(), id))
        .collect();
    let mut target = Target::new();
    for object in artifacts.of("VmHostAffinityPolicy") {
        object.only(&["name", "description", "vmCategories", "hostCategories"])?;
        let of = |field| object.one_category(object.get(field), field);
        let on: BTreeSet<HostId> = artifacts
            .hosts(&of("hostCategories")?)
            .iter()
            .filter_map(|id| hosts.get(id.as_str()).copied())
            .collect();
        for id in artifacts.vms(&of("vmCategories")?) {
            if let Some(vm) = vms.get(id.as_str()) {
                target.entry(*vm).or_insert_with(|| on.clone());
            }
        }
    }
    for object in artifacts.of("VmAntiAffinityPolicy") {
        object.only(&["name", "description", "categories"])?;
        object.one_category(object.get("categories"), "categories")?;
    }
    Ok(target)
}

/// The source: rules in force and the clusters.
struct Source<'policy> {
    policy: &'policy Policy<Linked>,
    hosts_of: BTreeMap<Id<Cluster>, BTreeSet<HostId>>,
    off: BTreeSet<Id<Cluster>>,
}

/// What the rules say about one machine.
#[derive(Default)]
struct Bound<'policy> {
    /// Hosts that a required rule refuses.
    refused: BTreeSet<HostId>,
    /// Hosts that a required rule could refuse: a name that fits several.
    doubtful: BTreeSet<HostId>,
    /// The rules about it, of any strength.
    rules: Vec<&'policy Ident>,
}

impl<'policy> Source<'policy> {
    fn of(policy: &'policy Policy<Linked>) -> Self {
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
            .filter(|setting| setting.vm.is_none())
            .filter(|setting| match setting.what {
                SettingKind::SchedulerEnabled(on) => !on,
                SettingKind::Automation(_)
                | SettingKind::RestartEnabled(_)
                | SettingKind::RestartPriority(_)
                | SettingKind::Readiness { .. }
                | SettingKind::Other { .. } => false,
            })
            .filter_map(|setting| setting.cluster.as_ref()?.found())
            .collect();
        Self {
            policy,
            hosts_of,
            off,
        }
    }

    /// Whether a rule refuses anything: required, in force, in a cluster whose scheduler acts.
    fn refuses(&self, rule: &PlacementRule<Linked>) -> bool {
        let cluster = rule.cluster.as_ref().and_then(Link::found);
        rule.strength == Strength::Must && !cluster.is_some_and(|one| self.off.contains(&one))
    }

    fn hosts(&self, vm: VmId) -> Option<&BTreeSet<HostId>> {
        let inventory = &self.policy.inventory;
        let machine = &inventory.vms[vm];
        let own = machine.cluster.as_ref().and_then(Link::found);
        let cluster = own.or_else(|| {
            let host = machine.host.as_ref()?.found()?;
            inventory.hosts[host].cluster.as_ref()?.found()
        })?;
        self.hosts_of.get(&cluster)
    }

    /// A machine and a host by name.
    fn place(&self, vm: VmId, host: HostId) -> (String, String) {
        let inventory = &self.policy.inventory;
        (
            inventory.vms[vm].ident.name.clone(),
            inventory.hosts[host].ident.name.clone(),
        )
    }

    /// What the rules say about each machine.
    fn bound(&self) -> BTreeMap<VmId, Bound<'policy>> {
        let mut bound: BTreeMap<VmId, Bound<'policy>> = BTreeMap::new();
        let placement = &self.policy.placement;
        for rule in placement.rules.iter().filter(|rule| rule.enabled) {
            let (group, hosts, on) = match &rule.kind {
                RuleKind::RunOn { vms, hosts } => (vms, hosts, true),
                RuleKind::KeepOff { vms, hosts } => (vms, hosts, false),
                RuleKind::Together(vms) => {
                    for vm in vms.iter().filter_map(Link::found) {
                        bound.entry(vm).or_default().rules.push(&rule.ident);
                    }
                    continue;
                }
                RuleKind::Apart(_) | RuleKind::StartAfter { .. } | RuleKind::Opaque(_) => continue,
            };
            let (Some(group), Some(hosts)) = (group.found(), hosts.found()) else {
                continue;
            };
            let listed = &placement.host_groups[hosts].hosts;
            let named: BTreeSet<HostId> = listed.iter().filter_map(Link::found).collect();
            for vm in placement.vm_groups[group]
                .vms
                .iter()
                .filter_map(Link::found)
            {
                let one = bound.entry(vm).or_default();
                one.rules.push(&rule.ident);
                if !self.refuses(rule) {
                    continue;
                }
                if on {
                    let all = self.hosts(vm).into_iter().flatten();
                    one.refused
                        .extend(all.filter(|host| !named.contains(host)).copied());
                } else {
                    one.refused.extend(named.iter().copied());
                    one.doubtful.extend(self.could_be(listed));
                }
            }
        }
        bound
    }

    /// Hosts that a name without a single answer could mean.
    fn could_be(&self, listed: &[Link<Host<Linked>>]) -> BTreeSet<HostId> {
        let mut could = BTreeSet::new();
        for link in listed {
            let Link::Missing(name) = link else {
                continue;
            };
            for (id, host) in self.policy.inventory.hosts.iter() {
                let fits = host.ident.name.eq_ignore_ascii_case(&name.text)
                    || host.ident.id == name.text
                    || host.aliases.contains(&name.text);
                if fits {
                    could.insert(id);
                }
            }
        }
        could
    }

    /// Compares the places of single machines.
    fn machines(&self, target: &Target, declared: &Declared, out: &mut Comparison) {
        let bound = self.bound();
        let nothing = Bound::default();
        for vm in self.policy.inventory.vms.ids() {
            let Some(all) = self.hosts(vm) else {
                continue;
            };
            let one = bound.get(&vm).unwrap_or(&nothing);
            let tied = target.get(&vm).unwrap_or(all);
            let allowed: BTreeSet<HostId> = tied.intersection(all).copied().collect();
            let own = &self.policy.inventory.vms[vm].ident;
            let about = || one.rules.iter().copied().chain([own]);
            let more = allowed
                .iter()
                .find(|host| one.refused.contains(host) || one.doubtful.contains(host));
            if let Some(host) = more {
                let case = Witness::Placement {
                    places: vec![self.place(vm, *host)],
                    admits: Admits::TargetMore,
                };
                out.differs(declared, Admits::TargetMore, case, about());
            }
            let less = all
                .iter()
                .find(|host| !allowed.contains(host) && !one.refused.contains(host));
            if let Some(host) = less {
                let case = Witness::Placement {
                    places: vec![self.place(vm, *host)],
                    admits: Admits::SourceMore,
                };
                out.differs(declared, Admits::SourceMore, case, about());
            }
        }
    }

    /// Compares the places of pairs that a required rule binds.
    fn pairs(&self, target: &Target, declared: &Declared, out: &mut Comparison) {
        let rules = self.policy.placement.rules.iter();
        for rule in rules.filter(|rule| rule.enabled && self.refuses(rule)) {
            let found = match &rule.kind {
                RuleKind::Apart(vms) => self.refused_pair(target, vms, true),
                RuleKind::Together(vms) => self.refused_pair(target, vms, false),
                RuleKind::RunOn { .. }
                | RuleKind::KeepOff { .. }
                | RuleKind::StartAfter { .. }
                | RuleKind::Opaque(_) => None,
            };
            if let Some(places) = found {
                let admits = Admits::TargetMore;
                let case = Witness::Placement { places, admits };
                out.differs(declared, Admits::TargetMore, case, [&rule.ident]);
            }
        }
    }

    /// Two machines of a rule where the target admits what the rule refuses: one host for both when
    /// they are to be apart, two hosts when they are to be together.
    fn refused_pair(
        &self,
        target: &Target,
        vms: &[Link<Vm<Linked>>],
        apart: bool,
    ) -> Option<Vec<(String, String)>> {
        let vms: BTreeSet<VmId> = vms.iter().filter_map(Link::found).collect();
        let places: Vec<(VmId, &BTreeSet<HostId>)> = vms
            .into_iter()
            .filter_map(|vm| Some((vm, target.get(&vm).or_else(|| self.hosts(vm))?)))
            .collect();
        for (at, (one, first)) in places.iter().enumerate() {
            for (other, second) in places.iter().skip(at + 1) {
                let pair = if apart {
                    first.intersection(second).next().map(|host| (host, host))
                } else {
                    first
                        .iter()
                        .flat_map(|host| second.iter().map(move |next| (host, next)))
                        .find(|(host, next)| host != next)
                };
                if let Some((host, next)) = pair {
                    return Some(vec![self.place(*one, *host), self.place(*other, *next)]);
                }
            }
        }
        None
    }
}
