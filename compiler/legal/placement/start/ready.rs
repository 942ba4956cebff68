//! When machines count as started, and what that is on the target.

use super::super::estate::{Estate, VmId};
use crate::finding::count;
use crate::ir::placement::{ReadyCondition, Setting, SettingKind};
use crate::ir::{Id, Link, Linked, inventory::Cluster};
use crate::legal::Target;
use crate::legal::table::placement::{Until, Wait};
use std::collections::{BTreeMap, BTreeSet};

/// What the settings say about readiness.
#[derive(Debug, Default)]
pub(in super::super) struct Readiness<'policy> {
    of_vm: BTreeMap<VmId, &'policy Setting<Linked>>,
    of_cluster: BTreeMap<Id<Cluster>, &'policy Setting<Linked>>,
}

/// What a cluster that says nothing waits for.
pub(in super::super) const AT_ONCE: Wait = Wait {
    until: Until::PoweredOn,
    delay_seconds: 0,
};

impl<'policy> Readiness<'policy> {
    /// Collects the settings.
    pub(super) fn of(estate: &Estate<'policy>) -> Self {
        let mut ready = Self::default();
        for setting in &estate.policy().placement.settings {
            if !matches!(setting.what, SettingKind::Readiness { .. }) {
                continue;
            }
            let cluster = setting.cluster.as_ref().and_then(Link::found);
            match (setting.vm.as_ref().map(Link::found), cluster) {
                (Some(Some(vm)), _) => {
                    ready.of_vm.insert(vm, setting);
                }
                (None, Some(cluster)) => {
                    ready.of_cluster.insert(cluster, setting);
                }
                (Some(None), _) | (None, None) => {}
            }
        }
        ready
    }

    /// What a machine is waited for: its own setting, completed by that of its cluster. A cluster
    /// that says nothing waits for nothing, which is the default of the source.
    pub(super) fn wait_for(&self, estate: &Estate<'_>, vm: VmId) -> Wait {
        let cluster = estate
            .cluster_of(vm)
            .and_then(|cluster| self.of_cluster.get(&cluster))
            .map_or(AT_ONCE, |setting| read(&setting.what, AT_ONCE));
        self.of_vm
            .get(&vm)
            .map_or(cluster, |setting| read(&setting.what, cluster))
    }

    /// What a group is waited for: the strictest of its machines.
    pub(super) fn wait(&self, estate: &Estate<'_>, vms: &BTreeSet<VmId>) -> Wait {
        vms.iter()
            .map(|vm| self.wait_for(estate, *vm))
            .fold(AT_ONCE, |all, one| Wait {
                until: strictest(all.until, one.until),
                delay_seconds: all.delay_seconds.max(one.delay_seconds),
            })
    }

    /// Whether a setting decides about one of the machines.
    pub(in super::super) fn decides(
        &self,
        estate: &Estate<'_>,
        setting: &Setting<Linked>,
        vms: &BTreeSet<VmId>,
    ) -> bool {
        match (setting.vm.as_ref(), setting.cluster.as_ref()) {
            (Some(vm), _) => vm.found().is_some_and(|vm| vms.contains(&vm)),
            (None, Some(cluster)) => cluster.found().is_some_and(|cluster| {
                vms.iter().any(|vm| {
                    estate.cluster_of(*vm) == Some(cluster) && !self.of_vm.contains_key(vm)
                })
            }),
            (None, None) => false,
        }
    }
}

/// A setting as a wait; what it leaves open is taken from `open`.
pub(in super::super) fn read(what: &SettingKind, open: Wait) -> Wait {
    let SettingKind::Readiness {
        condition,
        delay_seconds,
    } = what
    else {
        return open;
    };
    Wait {
        until: match condition {
            ReadyCondition::None | ReadyCondition::PoweredOn => Until::PoweredOn,
            ReadyCondition::GuestHeartbeat => Until::GuestHeartbeat,
            ReadyCondition::ApplicationHeartbeat => Until::ApplicationHeartbeat,
            ReadyCondition::ClusterDefault => open.until,
        },
        delay_seconds: delay_seconds.unwrap_or(open.delay_seconds),
    }
}

const fn strictest(one: Until, other: Until) -> Until {
    match (one, other) {
        (Until::ApplicationHeartbeat, _) | (_, Until::ApplicationHeartbeat) => {
            Until::ApplicationHeartbeat
        }
        (Until::GuestHeartbeat, _) | (_, Until::GuestHeartbeat) => Until::GuestHeartbeat,
        (Until::PoweredOn, Until::PoweredOn) => Until::PoweredOn,
    }
}

/// A wait in words of the source.
pub(in super::super) fn words(wait: Wait) -> String {
    let until = match wait.until {
        Until::PoweredOn => "is powered on",
        Until::GuestHeartbeat => "sends guest heartbeats",
        Until::ApplicationHeartbeat => "sends application heartbeats",
    };
    match wait.delay_seconds {
        0 => until.to_owned(),
        1 => format!("{until} and 1 second has passed"),
        seconds => format!("{until} and {seconds} seconds have passed"),
    }
}

/// A wait in words of the target.
pub(in super::super) fn target_words(target: Target, wait: Wait) -> String {
    use crate::legal::Release;
    match target.release() {
        Release::R2024_3 | Release::R7_3 => {
            return format!("AHV has no startup policies in {}", target.release().name());
        }
        Release::R7_5 | Release::R7_5_1 | Release::R7_6 => {}
    }
    let until = match wait.until {
        Until::PoweredOn => "is powered on",
        Until::GuestHeartbeat | Until::ApplicationHeartbeat => {
            "has booted, or 300 seconds have passed"
        }
    };
    match wait.delay_seconds {
        0 => format!("AHV waits until it {until}"),
        seconds => format!(
            "AHV waits until it {until}, and {} more",
            count(seconds.min(600), "second")
        ),
    }
}
