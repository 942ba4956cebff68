//! Rules that are switched off because they conflict with others: the product does that by itself, and
//! the export does not say who did.

use super::feasible::Estate;
use super::solve;
use super::{cluster_name, cluster_of};
use crate::finding::codes::check_placement as codes;
use crate::finding::{Domain, Finding, Findings};
use crate::ir::inventory::Cluster;
use crate::ir::placement::PlacementRule;
use crate::ir::{Id, Linked, Policy};
use petgraph::unionfind::UnionFind;
use std::collections::BTreeMap;

/// Names the rules that a disabled rule conflicts with.
pub(super) fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    let mut rules: BTreeMap<Option<Id<Cluster>>, Vec<&PlacementRule<Linked>>> = BTreeMap::new();
    for rule in &policy.placement.rules {
        rules.entry(cluster_of(rule)).or_default().push(rule);
    }
    for (cluster, rules) in rules {
        if rules.iter().any(|rule| !rule.enabled) {
            let estate = Estate::new(policy, cluster, &rules);
            explain(policy, cluster, &estate, findings);
        }
    }
}

fn explain(
    policy: &Policy<Linked>,
    cluster: Option<Id<Cluster>>,
    estate: &Estate<'_>,
    findings: &mut Findings,
) {
    let parts = parts(estate);
    for (at, rule) in estate.rules.iter().enumerate() {
        if rule.enabled {
            continue;
        }
        // The enabled rules that share a machine with it, near or far.
        let mut active: Vec<usize> = (0..estate.rules.len())
            .filter(|other| parts.get(*other) == parts.get(at))
            .filter(|other| estate.rules.get(*other).is_some_and(|rule| rule.enabled))
            .collect();
        if solve::core(&estate.demands, &active, estate.up()).is_some() {
            // The others conflict without it: that is told by itself.
            continue;
        }
        active.push(at);
        let Some(core) = solve::core(&estate.demands, &active, estate.up()) else {
            continue;
        };
        let others: Vec<&PlacementRule<Linked>> = core
            .iter()
            .filter(|other| **other != at)
            .filter_map(|other| estate.rules.get(*other).copied())
            .collect();
        let newer = rule.age.is_some_and(|age| {
            let mut ages = others.iter().filter_map(|other| other.age);
            ages.all(|other| other < age)
        });
        let who = if newer && !others.is_empty() {
            "it is the newest of them, which DRS switches off by itself"
        } else {
            "it is not the newest of them, so a person switched it off"
        };
        let names: Vec<String> = others.iter().map(|other| estate.words(other)).collect();
        let alone = "no placement keeps it at all".to_owned();
        let message = format!(
            "{}: {} is switched off; {}; {who}",
            cluster_name(policy, cluster),
            estate.words(rule),
            if names.is_empty() {
                alone
            } else {
                format!("with it no placement keeps {}", names.join("; "))
            }
        );
        let mut finding = Finding::new(&codes::DISABLED_BY_CONFLICT, Domain::Placement, message)
            .about(rule.ident.subject());
        let subjects = others.iter().map(|other| other.ident.subject());
        finding.subjects.extend(subjects);
        findings.push(finding);
    }
}

/// The rules as parts that share no machine, by the number of a part each.
fn parts(estate: &Estate<'_>) -> Vec<usize> {
    let mut sets = UnionFind::<usize>::new(estate.demands.len());
    let mut first: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, demand) in estate.demands.iter().enumerate() {
        for vm in demand.vms() {
            let before = *first.entry(*vm).or_insert(at);
            sets.union(before, at);
        }
    }
    sets.into_labeling()
}
