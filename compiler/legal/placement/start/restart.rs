//! Priorities of restart become one order a cluster.

use super::super::estate::{Estate, VmId};
use super::super::group::assign_vms;
use super::Readiness;
use super::{add_policy, condition, holds};
use crate::ir::inventory::Cluster;
use crate::ir::placement::{RestartPriority, SettingKind};
use crate::ir::{Id, Ident, Link};
use crate::legal::Release;
use crate::legal::values::Values;
use crate::plan::nutanix::Builder;
use crate::plan::nutanix::placement::{OneCategory, Waiting};
use std::collections::{BTreeMap, BTreeSet};

/// The key of the categories of priorities.
const PRIORITY: &str = "ha-restart-priority";

/// The clusters whose machines start in an order.
#[derive(Debug, Default)]
pub(in super::super) struct Restart {
    ordered: BTreeSet<Id<Cluster>>,
}

impl Restart {
    /// Whether machines of a cluster start in an order of priorities.
    pub(in super::super) fn orders(&self, cluster: Option<Id<Cluster>>) -> bool {
        cluster.is_some_and(|cluster| self.ordered.contains(&cluster))
    }
}

/// What the settings of one cluster say.
#[derive(Debug, Default)]
struct Told<'policy> {
    default: Option<RestartPriority>,
    overrides: BTreeMap<VmId, RestartPriority>,
    settings: Vec<&'policy Ident>,
}

/// Makes the orders; the machines that others wait for are added to `awaited`.
pub(super) fn lower<'policy>(
    estate: &Estate<'policy>,
    ready: &Readiness<'policy>,
    values: &mut Values,
    plan: &mut Builder,
    awaited: &mut BTreeSet<VmId>,
) -> Restart {
    let held = match estate.options().target.release() {
        Release::R2024_3 | Release::R7_3 => false,
        Release::R7_5 | Release::R7_5_1 | Release::R7_6 => true,
    };
    let mut members: BTreeMap<Id<Cluster>, BTreeSet<VmId>> = BTreeMap::new();
    for vm in estate.policy().inventory.vms.ids() {
        if let Some(cluster) = estate.cluster_of(vm) {
            members.entry(cluster).or_default().insert(vm);
        }
    }
    let mut restart = Restart::default();
    for (cluster, told) in told(estate) {
        let levels = levels(&told, members.get(&cluster));
        if levels.len() < 2 {
            continue;
        }
        restart.ordered.insert(cluster);
        if let Some((_, before_last)) = levels.split_last() {
            awaited.extend(before_last.iter().flat_map(|(_, vms)| vms.iter().copied()));
        }
        if held {
            emit(estate, ready, cluster, &told, &levels, values, plan);
        }
    }
    restart
}

fn told<'policy>(estate: &Estate<'policy>) -> BTreeMap<Id<Cluster>, Told<'policy>> {
    let mut all: BTreeMap<Id<Cluster>, Told<'policy>> = BTreeMap::new();
    for setting in &estate.policy().placement.settings {
        let SettingKind::RestartPriority(priority) = setting.what else {
            continue;
        };
        let Some(cluster) = cluster_of_setting(estate, setting) else {
            continue;
        };
        let told = all.entry(cluster).or_default();
        match setting.vm.as_ref().map(Link::found) {
            None => told.default = Some(priority),
            Some(Some(vm)) => {
                told.overrides.insert(vm, priority);
            }
            Some(None) => continue,
        }
        told.settings.push(&setting.ident);
    }
    all
}

/// The cluster a setting is about: the one it names, or that of its machine.
pub(in super::super) fn cluster_of_setting(
    estate: &Estate<'_>,
    setting: &crate::ir::placement::Setting<crate::ir::Linked>,
) -> Option<Id<Cluster>> {
    setting
        .cluster
        .as_ref()
        .and_then(Link::found)
        .or_else(|| estate.cluster_of(setting.vm.as_ref()?.found()?))
}

/// The machines of each priority, first to last. Machines that are not restarted are in none.
fn levels(
    told: &Told<'_>,
    members: Option<&BTreeSet<VmId>>,
) -> Vec<(RestartPriority, BTreeSet<VmId>)> {
    let default = told.default.unwrap_or(RestartPriority::Medium);
    let mut levels: BTreeMap<RestartPriority, BTreeSet<VmId>> = BTreeMap::new();
    let without = members
        .into_iter()
        .flatten()
        .filter(|vm| !told.overrides.contains_key(vm))
        .map(|vm| (*vm, default));
    let with = told.overrides.iter().map(|(vm, priority)| (*vm, *priority));
    for (vm, priority) in with.chain(without) {
        match priority {
            RestartPriority::Disabled => {}
            RestartPriority::Highest
            | RestartPriority::High
            | RestartPriority::Medium
            | RestartPriority::Low
            | RestartPriority::Lowest => {
                levels.entry(priority).or_default().insert(vm);
            }
        }
    }
    levels.into_iter().collect()
}

fn emit(
    estate: &Estate<'_>,
    ready: &Readiness<'_>,
    cluster: Id<Cluster>,
    told: &Told<'_>,
    levels: &[(RestartPriority, BTreeSet<VmId>)],
    values: &mut Values,
    plan: &mut Builder,
) {
    let cluster = &estate.policy().inventory.clusters[cluster].ident;
    let cluster_name = plan.cluster_name(&cluster.name).to_owned();
    let mut first = None;
    let mut waiting = Vec::new();
    let mut before: Option<&BTreeSet<VmId>> = None;
    for (priority, vms) in levels {
        let value = values.of(
            PRIORITY,
            &format!("{cluster_name} {}", name(*priority)),
            &cluster.id,
        );
        let category = plan.category(
            PRIORITY,
            &value,
            &format!(
                "restart priority {} in cluster {}",
                name(*priority),
                cluster.name
            ),
            holds(&told.settings),
        );
        assign_vms(estate, vms, category, plan);
        match before {
            None => first = Some(OneCategory(category)),
            Some(before) => waiting.push(Waiting {
                condition: condition(ready.wait(estate, before)),
                group: OneCategory(category),
            }),
        }
        before = Some(vms);
    }
    let mut waiting = waiting.into_iter();
    if let (Some(first), Some(second)) = (first, waiting.next()) {
        add_policy(
            plan,
            &format!("restart order of {cluster_name}"),
            &format!("restart priorities of cluster {}", cluster.name),
            (first, second, waiting.collect()),
            holds(&told.settings),
        );
    }
}

/// A priority in a word.
pub(in super::super) const fn name(priority: RestartPriority) -> &'static str {
    match priority {
        RestartPriority::Highest => "highest",
        RestartPriority::High => "high",
        RestartPriority::Medium => "medium",
        RestartPriority::Low => "low",
        RestartPriority::Lowest => "lowest",
        RestartPriority::Disabled => "disabled",
    }
}
