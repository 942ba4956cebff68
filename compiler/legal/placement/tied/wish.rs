//! What a run-on or keep-off rule asks for, before it is known whether it can be kept.

use super::super::super::say::{self, tick};
use super::super::super::table::placement::{Force, Missing, Use};
use super::super::super::{Case, Ledger, Lowered};
use super::super::drop_rule;
use super::super::estate::{Estate, HostId, Members};
use super::Tie;
use crate::finding::{Admits, Witness};
use crate::ir::inventory::{Host, Vm};
use crate::ir::placement::{HostGroup, PlacementRule, VmGroup};
use crate::ir::{Id, Link, Linked, Name};
use std::collections::BTreeSet;

/// A run-on or keep-off rule.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Wish<'policy> {
    rule: &'policy PlacementRule<Linked>,
    vms: &'policy Link<VmGroup<Linked>>,
    hosts: &'policy Link<HostGroup<Linked>>,
    side: Side,
}

/// On which side of its hosts a rule wants the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    On,
    Off,
}

/// The groups of a rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    /// The machines, where these are a group.
    pub(super) vms: Option<Id<VmGroup<Linked>>>,
    /// The hosts the machines may run on, where these are a group.
    pub(super) hosts: Option<Id<HostGroup<Linked>>>,
}

impl<'policy> Wish<'policy> {
    /// Machines that run on hosts.
    pub(in super::super) const fn run_on(
        rule: &'policy PlacementRule<Linked>,
        vms: &'policy Link<VmGroup<Linked>>,
        hosts: &'policy Link<HostGroup<Linked>>,
    ) -> Self {
        Self {
            rule,
            vms,
            hosts,
            side: Side::On,
        }
    }

    /// Machines that keep off hosts.
    pub(in super::super) const fn keep_off(
        rule: &'policy PlacementRule<Linked>,
        vms: &'policy Link<VmGroup<Linked>>,
        hosts: &'policy Link<HostGroup<Linked>>,
    ) -> Self {
        Self {
            rule,
            vms,
            hosts,
            side: Side::Off,
        }
    }

    /// The rule as a tie; `None` when it fell and was settled.
    pub(super) fn tie(self, estate: &Estate<'policy>, ledger: &mut Ledger) -> Option<Tie<'policy>> {
        let force = estate.force(self.rule);
        let base = match self.side {
            Side::On => Use::RunOn(force),
            Side::Off => Use::KeepOff(force),
        };
        if force == Force::Should {
            drop_rule(estate, self.rule, &base, ledger, || self.preference(estate));
            return None;
        }
        let (Link::Found(vm_group, _), Link::Found(host_group, _)) = (self.vms, self.hosts) else {
            self.without_group(estate, force, ledger);
            return None;
        };
        let (_, vms) = estate.vm_group(*vm_group);
        let (_, hosts) = estate.host_group(*host_group);
        if vms.found.is_empty() {
            self.without_machines(estate, force, &vms, ledger);
            return None;
        }
        let allowed = match self.side {
            Side::On => hosts.found.clone(),
            Side::Off => self.complement(estate, &hosts, ledger)?,
        };
        let held = estate
            .answer(&base)
            .lower(|| self.force_case(estate, force, &allowed), || ());
        let held = held.and_then(|()| self.missing_machines(estate, force, &vms));
        let held = held.and_then(|()| self.missing_hosts(estate, &hosts));
        let held = held.and_then(|()| estate.unread(self.rule));
        let group = match self.side {
            Side::On => Some(*host_group),
            Side::Off => None,
        };
        Some(Tie {
            rule: self.rule,
            force,
            vms: vms.found,
            hosts: allowed,
            groups: Named {
                vms: Some(*vm_group),
                hosts: group,
            },
            held,
        })
    }

    /// The words for what the rule asks.
    const fn asks(self) -> &'static str {
        match self.side {
            Side::On => "run on",
            Side::Off => "keep off",
        }
    }

    fn group_names(self, estate: &Estate<'_>) -> (String, String) {
        let vms = match self.vms {
            Link::Found(id, _) => tick(&estate.vm_group(*id).0.name),
            Link::Missing(name) => tick(&name.text),
        };
        let hosts = match self.hosts {
            Link::Found(id, _) => tick(&estate.host_group(*id).0.name),
            Link::Missing(name) => tick(&name.text),
        };
        (vms, hosts)
    }

    fn preference(self, estate: &Estate<'_>) -> Case {
        let (vms, hosts) = self.group_names(estate);
        let case = Case::new(
            self.rule.ident.subject(),
            format!(
                "DRS rule {} prefers that machines of group {vms} {} hosts of group {hosts}; AHV knows requirements only, and no policy is made",
                tick(&self.rule.ident.name),
                self.asks(),
            ),
        );
        match self.avoided(estate) {
            Some(witness) => case.witness(witness),
            None => case,
        }
    }

    /// A placement that the source avoids.
    fn avoided(self, estate: &Estate<'_>) -> Option<Witness> {
        let named = estate.host_group(self.hosts.found()?).1.found;
        match self.side {
            Side::On => self.refused(estate, &named, Admits::Otherwise),
            Side::Off => {
                let vm = *estate.vm_group(self.vms.found()?).1.found.first()?;
                Some(Witness::Placement {
                    places: vec![estate.place(vm, *named.first()?)],
                    admits: Admits::Otherwise,
                })
            }
        }
    }

    fn force_case(self, estate: &Estate<'_>, force: Force, allowed: &BTreeSet<HostId>) -> Case {
        let (vms, hosts) = self.group_names(estate);
        let name = tick(&self.rule.ident.name);
        let on = say::list(estate.host_names(allowed));
        let asks = self.asks();
        let message = match force {
            Force::Hardened => format!(
                "DRS rule {name} prefers that machines of group {vms} {asks} hosts of group {hosts}; AHV requires {on}, and when these are down the machines stay down"
            ),
            Force::Advisory => format!(
                "DRS rule {name} ({vms} {asks} {hosts}) stands in a cluster whose scheduler is off; AHV requires {on}"
            ),
            Force::Must | Force::Should => format!(
                "DRS rule {name} keeps machines of group {vms} off hosts of group {hosts}; AHV ties them to {on}, and a host added later is not among these"
            ),
        };
        let case = Case::new(self.rule.ident.subject(), message).target(&self.rule.ident.name);
        match (force, self.refused(estate, allowed, Admits::SourceMore)) {
            (Force::Hardened, Some(_)) if self.vms.found().is_some() => {
                case.witness(self.stopped(estate, allowed))
            }
            (Force::Hardened | Force::Advisory, Some(witness)) => case.witness(witness),
            (Force::Must | Force::Should | Force::Hardened | Force::Advisory, _) => case,
        }
    }

    /// The failure after which the source restarts machines and the target does not.
    fn stopped(self, estate: &Estate<'_>, allowed: &BTreeSet<HostId>) -> String {
        let vms = self.vms.found().map(|group| estate.vm_group(group).1.found);
        let vm = vms.as_ref().and_then(|vms| vms.first());
        let vm = vm.map_or_else(String::new, |vm| tick(&estate.vm(*vm).name));
        let hosts = say::list(estate.host_names(allowed));
        format!("{hosts} fail: the source restarts {vm} elsewhere, the target does not")
    }

    /// A placement on a host that is not allowed.
    fn refused(
        self,
        estate: &Estate<'_>,
        allowed: &BTreeSet<HostId>,
        admits: Admits,
    ) -> Option<Witness> {
        let vm = *estate.vm_group(self.vms.found()?).1.found.first()?;
        let cluster = self
            .rule
            .cluster
            .as_ref()
            .and_then(Link::found)
            .or_else(|| estate.cluster_of(vm))?;
        let other = estate
            .hosts_of(cluster)
            .into_iter()
            .find(|host| !allowed.contains(host))?;
        Some(Witness::Placement {
            places: vec![estate.place(vm, other)],
            admits,
        })
    }

    /// A rule one of whose groups is in no export.
    fn without_group(self, estate: &Estate<'_>, force: Force, ledger: &mut Ledger) {
        let vms = self
            .vms
            .missing()
            .map(|name| (name.text.as_str(), name.origin));
        let hosts = self
            .hosts
            .missing()
            .map(|name| (name.text.as_str(), name.origin));
        let lost = || vms.into_iter().chain(hosts);
        drop_rule(estate, self.rule, &Use::AllMissing(force), ledger, || {
            Case::new(
                    self.rule.ident.subject(),
                    format!(
                        "DRS rule {} names the group {}, which the exports do not tell; no AHV policy is made",
                        tick(&self.rule.ident.name),
                        say::list(lost().map(|(name, _)| name)),
                    ),
                )
                .because_of(lost().next().map(|(_, origin)| origin))
        });
    }

    /// A rule whose group of machines is empty, or was emptied.
    fn without_machines(
        self,
        estate: &Estate<'_>,
        force: Force,
        vms: &Members<Vm<Linked>>,
        ledger: &mut Ledger,
    ) {
        let name = tick(&self.rule.ident.name);
        let (group, _) = self.group_names(estate);
        match vms.missing.first() {
            None => drop_rule(estate, self.rule, &Use::BindsNothing, ledger, || {
                Case::new(
                    self.rule.ident.subject(),
                    format!(
                        "DRS rule {name} binds the machines of group {group}, which is empty; no AHV policy is made"
                    ),
                )
            }),
            Some(root) => drop_rule(estate, self.rule, &Use::AllMissing(force), ledger, || {
                Case::new(
                    self.rule.ident.subject(),
                    format!(
                        "DRS rule {name} binds {}, which the exports do not tell, and no other machine; no AHV policy is made",
                        say::names(&vms.missing),
                    ),
                )
                .because_of(root.origin)
            }),
        }
    }

    fn missing_machines(
        self,
        estate: &Estate<'_>,
        force: Force,
        vms: &Members<Vm<Linked>>,
    ) -> Lowered<()> {
        let missing = match force {
            Force::Must => Missing::Machines,
            Force::Should | Force::Hardened | Force::Advisory => Missing::PreferredMachines,
        };
        self.without(estate, missing, &vms.missing, "is bound by nothing on AHV")
    }

    fn missing_hosts(self, estate: &Estate<'_>, hosts: &Members<Host<Linked>>) -> Lowered<()> {
        let missing = match self.side {
            Side::On => Missing::AllowedHosts,
            Side::Off => Missing::ForbiddenHosts,
        };
        self.without(
            estate,
            missing,
            &hosts.missing,
            "is not among the hosts on AHV",
        )
    }

    /// The loss of members that no export tells, where there are any.
    fn without<T>(
        self,
        estate: &Estate<'_>,
        missing: Missing,
        names: &[Name<T>],
        so: &str,
    ) -> Lowered<()> {
        let Some(root) = names.first() else {
            return super::super::whole();
        };
        estate.answer(&Use::MembersMissing(missing)).lower(
            || {
                Case::new(
                    self.rule.ident.subject(),
                    format!(
                        "DRS rule {} speaks of {}, which the exports do not tell and which {so}",
                        tick(&self.rule.ident.name),
                        say::names(names),
                    ),
                )
                .because_of(root.origin)
            },
            || (),
        )
    }

    /// The hosts of the cluster that are left. A host that cannot be told apart from a forbidden one
    /// counts as forbidden. `None` when no export tells the hosts of the cluster.
    fn complement(
        self,
        estate: &Estate<'_>,
        hosts: &Members<Host<Linked>>,
        ledger: &mut Ledger,
    ) -> Option<BTreeSet<HostId>> {
        let cluster = self.rule.cluster.as_ref().and_then(Link::found);
        let all = cluster.map_or_else(BTreeSet::new, |cluster| estate.hosts_of(cluster));
        if all.is_empty() {
            let force = estate.force(self.rule);
            let what = match force {
                Force::Must => Use::HostsUntold,
                Force::Should | Force::Hardened | Force::Advisory => Use::AllMissing(force),
            };
            let (vms, off) = self.group_names(estate);
            drop_rule(estate, self.rule, &what, ledger, || {
                Case::new(
                    self.rule.ident.subject(),
                    format!(
                        "DRS rule {} keeps machines of group {vms} off hosts of group {off}; the other hosts of the cluster are in no export, so AHV cannot be told where they may run",
                        tick(&self.rule.ident.name),
                    ),
                )
            });
            return None;
        }
        let mut forbidden = hosts.found.clone();
        for name in &hosts.missing {
            forbidden.extend(estate.hosts_named(&name.text));
        }
        Some(all.difference(&forbidden).copied().collect())
    }
}
