//! Clusters over two or more sites, recognised by their rules: each of some groups of machines is tied
//! to hosts of its own.

use super::{cluster_name, cluster_of, hosts_of, vms_of};
use crate::finding::codes::check_placement as codes;
use crate::finding::{Domain, Effect, Finding, Findings, count};
use crate::ir::inventory::{Cluster, Host, Vm};
use crate::ir::placement::{PlacementRule, RuleKind, Strength};
use crate::ir::{Id, Link, Linked, Policy};
use std::collections::{BTreeMap, BTreeSet};

/// A rule that ties machines to the hosts of a site.
struct Site<'p> {
    rule: &'p PlacementRule<Linked>,
    name: &'p str,
    vms: BTreeSet<Id<Vm<Linked>>>,
    hosts: BTreeSet<Id<Host<Linked>>>,
}

/// Names the sites of every cluster whose run-on rules divide it.
pub(super) fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    let mut rules: BTreeMap<Id<Cluster>, Vec<Site<'_>>> = BTreeMap::new();
    for rule in policy.placement.rules.iter().filter(|rule| rule.enabled) {
        let RuleKind::RunOn { vms, hosts } = &rule.kind else {
            continue;
        };
        let Some((cluster, group)) = cluster_of(rule).zip(hosts.found()) else {
            continue;
        };
        rules.entry(cluster).or_default().push(Site {
            rule,
            name: &policy.placement.host_groups[group].ident.name,
            vms: vms_of(policy, vms).into_iter().collect(),
            hosts: hosts_of(policy, hosts)
                .unwrap_or_default()
                .into_iter()
                .collect(),
        });
    }
    for (cluster, rules) in rules {
        if let Some(sites) = divide(policy, cluster, &rules) {
            report(policy, cluster, &sites, findings);
        }
    }
}

/// The rules that divide the hosts of the cluster among them: host groups that share no host and
/// together are the whole cluster, for machines of which none is in two.
fn divide<'r, 'p>(
    policy: &Policy<Linked>,
    cluster: Id<Cluster>,
    rules: &'r [Site<'p>],
) -> Option<Vec<&'r Site<'p>>> {
    let hosts = policy.inventory.hosts.iter();
    let all: BTreeSet<Id<Host<Linked>>> = hosts
        .filter(|(_, host)| host.cluster.as_ref().and_then(Link::found) == Some(cluster))
        .map(|(id, _)| id)
        .collect();
    // Larger groups first: a licence group is a part of a site and no site.
    let mut wide: Vec<&Site<'_>> = rules.iter().collect();
    wide.sort_by_key(|site| (std::cmp::Reverse(site.hosts.len()), site.rule.age));
    let mut sites: Vec<&Site<'_>> = Vec::new();
    let mut covered: BTreeSet<Id<Host<Linked>>> = BTreeSet::new();
    for site in wide {
        let apart = sites.iter().all(|other| site.vms.is_disjoint(&other.vms));
        let proper = !site.hosts.is_empty() && site.hosts.len() < all.len() && !site.vms.is_empty();
        if apart && proper && site.hosts.is_disjoint(&covered) && site.hosts.is_subset(&all) {
            covered.extend(&site.hosts);
            sites.push(site);
        }
    }
    sites.sort_by_key(|site| site.rule.age);
    (sites.len() > 1 && covered == all).then_some(sites)
}

fn report(
    policy: &Policy<Linked>,
    cluster: Id<Cluster>,
    sites: &[&Site<'_>],
    findings: &mut Findings,
) {
    let names: Vec<String> = sites
        .iter()
        .map(|site| {
            format!(
                "`{}` ({}, {} by rule `{}`)",
                site.name,
                count(site.hosts.len(), "host"),
                count(site.vms.len(), "machine"),
                site.rule.ident.name
            )
        })
        .collect();
    let must = sites
        .iter()
        .find(|site| site.rule.strength == Strength::Must);
    let then = match must {
        Some(site) => format!(
            "rule `{}` is a must, so its machines stay down when that site fails",
            site.rule.ident.name
        ),
        None => "its rules are preferences, so the machines of a failed site restart at another"
            .to_owned(),
    };
    let message = format!(
        "{} is divided into sites: {}; {then}",
        cluster_name(policy, Some(cluster)),
        names.join(", ")
    );
    let mut finding = Finding::new(&codes::SITE_AFFINITY, Domain::Placement, message);
    finding.subjects = sites.iter().map(|site| site.rule.ident.subject()).collect();
    if let Some(site) = must {
        finding = finding
            .effect(Effect::Conduct)
            .witness(format!("all hosts of `{}` fail", site.name));
    }
    findings.push(finding);
}
