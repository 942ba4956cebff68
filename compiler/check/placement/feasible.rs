//! Whether the rules of a cluster can be kept together, with all hosts and with one less.

use super::solve::{self, Answer, Demand, Hosts, MOST_HOSTS};
use super::{cluster_name, cluster_of, hosts_of, vms_of};
use crate::finding::codes::check_placement as codes;
use crate::finding::{Domain, Finding, Findings};
use crate::ir::inventory::{Cluster, Host, Vm};
use crate::ir::placement::{PlacementRule, RuleKind, Strength};
use crate::ir::{Id, Link, Linked, Policy};
use std::collections::{BTreeMap, BTreeSet};

/// Reports sets of rules that no placement keeps, and must rules that one failed host breaks.
pub(super) fn check(policy: &Policy<Linked>, findings: &mut Findings) {
    let mut rules: BTreeMap<Option<Id<Cluster>>, Vec<&PlacementRule<Linked>>> = BTreeMap::new();
    for rule in policy.placement.rules.iter().filter(|rule| rule.enabled) {
        rules.entry(cluster_of(rule)).or_default().push(rule);
    }
    for (cluster, rules) in rules {
        let mut estate = Estate::new(policy, cluster, &rules);
        estate.check(findings);
    }
}

/// The rules of one cluster in numbers.
pub(super) struct Estate<'p> {
    policy: &'p Policy<Linked>,
    cluster: Option<Id<Cluster>>,
    /// The hosts, by bit.
    hosts: Vec<Id<Host<Linked>>>,
    /// Whether the exports list the hosts of the cluster: else only the hosts that rules name and
    /// one more are looked at, and no set is too large.
    listed: bool,
    /// The rules that ask for something about places.
    pub(super) rules: Vec<&'p PlacementRule<Linked>>,
    /// What each asks for.
    pub(super) demands: Vec<Demand>,
}

impl<'p> Estate<'p> {
    /// Looks at these rules.
    pub(super) fn new(
        policy: &'p Policy<Linked>,
        cluster: Option<Id<Cluster>>,
        rules: &[&'p PlacementRule<Linked>],
    ) -> Self {
        let in_cluster = policy.inventory.hosts.iter().filter(|(_, host)| {
            let own = host.cluster.as_ref().and_then(Link::found);
            cluster.is_some() && own == cluster
        });
        let hosts: Vec<Id<Host<Linked>>> = in_cluster.map(|(id, _)| id).collect();
        let listed = !hosts.is_empty();
        let mut estate = Self {
            policy,
            cluster,
            hosts,
            listed,
            rules: Vec::new(),
            demands: Vec::new(),
        };
        if !listed {
            estate.hosts = estate.named_hosts(rules);
        }
        for rule in rules {
            if let Some(demand) = estate.demand(&rule.kind) {
                estate.rules.push(rule);
                estate.demands.push(demand);
            }
        }
        estate
    }

    /// The hosts that rules name, where no export lists those of the cluster.
    fn named_hosts(&self, rules: &[&PlacementRule<Linked>]) -> Vec<Id<Host<Linked>>> {
        let mut found: BTreeSet<Id<Host<Linked>>> = BTreeSet::new();
        for rule in rules {
            if let RuleKind::RunOn { hosts, .. } | RuleKind::KeepOff { hosts, .. } = &rule.kind {
                found.extend(hosts_of(self.policy, hosts).unwrap_or_default());
            }
        }
        found.into_iter().collect()
    }

    fn demand(&self, kind: &RuleKind<Linked>) -> Option<Demand> {
        let numbers = |vms: Vec<Id<Vm<Linked>>>| vms.into_iter().map(Id::index).collect();
        let known =
            |vms: &[Link<Vm<Linked>>]| numbers(vms.iter().filter_map(Link::found).collect());
        match kind {
            RuleKind::Together(vms) => Some(Demand::Together(known(vms))),
            RuleKind::Apart(vms) => Some(Demand::Apart(known(vms))),
            RuleKind::RunOn { vms, hosts } => {
                // A host that is not known could be any: the rule is then not looked at.
                let hosts = hosts_of(self.policy, hosts)?;
                let vms = numbers(vms_of(self.policy, vms));
                Some(Demand::Within(vms, self.bits(&hosts)))
            }
            RuleKind::KeepOff { vms, hosts } => {
                let hosts = hosts_of(self.policy, hosts)?;
                let vms = numbers(vms_of(self.policy, vms));
                Some(Demand::Within(vms, !self.bits(&hosts)))
            }
            RuleKind::StartAfter { .. } | RuleKind::Opaque(_) => None,
        }
    }

    fn bits(&self, hosts: &[Id<Host<Linked>>]) -> Hosts {
        let places = hosts
            .iter()
            .filter_map(|host| self.hosts.iter().position(|own| own == host));
        places
            .filter(|at| *at < MOST_HOSTS)
            .fold(0, |bits, at| bits | 1 << at)
    }

    /// All hosts; where they are not listed, also as many as could ever be needed.
    pub(super) fn up(&self) -> Hosts {
        let used = u32::try_from(self.hosts.len()).unwrap_or(u32::MAX);
        let unused = Hosts::MAX.checked_shl(used).unwrap_or(0);
        if self.listed { !unused } else { Hosts::MAX }
    }

    fn check(&mut self, findings: &mut Findings) {
        if self.demands.is_empty() {
            return;
        }
        if self.hosts.len() > MOST_HOSTS {
            let message = format!(
                "{} has {} hosts: more than the {MOST_HOSTS} for which rules are compared",
                self.name(),
                self.hosts.len()
            );
            return self.undecided(message, findings);
        }
        let all: Vec<usize> = (0..self.demands.len()).collect();
        let kept = self.conflicts(all, findings);
        self.failures(&kept, findings);
    }

    /// Reports every conflict, taking out of each the rule that yields first, until the rest fits.
    fn conflicts(&self, mut active: Vec<usize>, findings: &mut Findings) -> Vec<usize> {
        loop {
            match solve::decide(&self.demands, &active, self.up()) {
                Answer::Possible => return active,
                Answer::Undecided => {
                    let message = format!(
                        "whether the placement rules of {} can all be kept was not decided: they are too entangled",
                        self.name()
                    );
                    self.undecided(message, findings);
                    return Vec::new();
                }
                Answer::Impossible(_) => {}
            }
            let Some(core) = solve::core(&self.demands, &active, self.up()) else {
                let message = format!(
                    "placement rules of {} cannot all be kept; which of them is not decided",
                    self.name()
                );
                self.undecided(message, findings);
                return Vec::new();
            };
            self.report(&core, findings);
            let yields = self.yields_first(&core);
            active.retain(|rule| Some(*rule) != yields);
        }
    }

    /// A should yields to a must, keeping together to keeping apart, the newer to the older.
    fn yields_first(&self, core: &[usize]) -> Option<usize> {
        core.iter().copied().max_by_key(|at| {
            self.rules.get(*at).map(|rule| {
                let together = matches!(rule.kind, RuleKind::Together(_));
                (rule.strength == Strength::Should, together, rule.age, *at)
            })
        })
    }

    fn report(&self, core: &[usize], findings: &mut Findings) {
        let rules: Vec<&PlacementRule<Linked>> = self.chosen(core);
        let names: Vec<String> = rules.iter().map(|rule| self.words(rule)).collect();
        let must = rules.iter().all(|rule| rule.strength == Strength::Must);
        let (code, lead) = if must {
            (&codes::IMPOSSIBLE_MUST, "no placement keeps")
        } else {
            (&codes::CONFLICTING_RULES, "no placement keeps all of")
        };
        let message = format!("{}: {lead} {}", self.name(), names.join("; "));
        let mut finding = Finding::new(code, Domain::Placement, message);
        finding.subjects = rules.iter().map(|rule| rule.ident.subject()).collect();
        findings.push(finding);
    }

    /// Reports must rules that can be kept now and not when one host fails.
    fn failures(&self, kept: &[usize], findings: &mut Findings) {
        let musts: Vec<usize> = kept
            .iter()
            .copied()
            .filter(|at| {
                let rule = self.rules.get(*at);
                rule.is_some_and(|rule| rule.strength == Strength::Must)
            })
            .collect();
        let musts = solve::fragile(&self.demands, &musts, self.up());
        let mut broken: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
        for (bit, _) in self.hosts.iter().enumerate() {
            let up = self.up() & !(1 << bit);
            if let Some(core) = solve::core(&self.demands, &musts, up) {
                broken.entry(core).or_default().push(bit);
            }
        }
        for (core, bits) in broken {
            let rules = self.chosen(&core);
            let names: Vec<String> = rules.iter().map(|rule| self.words(rule)).collect();
            let hosts = bits.iter().filter_map(|bit| self.hosts.get(*bit));
            let hosts: Vec<&str> = hosts
                .map(|host| self.policy.inventory.hosts[*host].ident.name.as_str())
                .collect();
            let failing = match hosts.as_slice() {
                [only] => format!("host `{only}`"),
                many => format!("one of the hosts `{}`", many.join("`, `")),
            };
            let message = format!(
                "{}: when {failing} fails, no placement keeps {}",
                self.name(),
                names.join("; ")
            );
            let mut finding =
                Finding::new(&codes::NO_ROOM_AFTER_FAILURE, Domain::Placement, message);
            finding.subjects = rules.iter().map(|rule| rule.ident.subject()).collect();
            if let Some(host) = hosts.first() {
                finding = finding.witness(format!("host `{host}` fails"));
            }
            findings.push(finding);
        }
    }

    fn chosen(&self, numbers: &[usize]) -> Vec<&'p PlacementRule<Linked>> {
        let rules = numbers.iter().filter_map(|at| self.rules.get(*at).copied());
        rules.collect()
    }

    /// A rule in words: its name, strength and what it asks for.
    pub(super) fn words(&self, rule: &PlacementRule<Linked>) -> String {
        let strength = match rule.strength {
            Strength::Must => "must",
            Strength::Should => "should",
        };
        let group = |link: &Link<_>| self.group_name(link);
        let hosts = |link: &Link<_>| {
            let found = link
                .found()
                .map(|id| &self.policy.placement.host_groups[id]);
            found.map_or_else(String::new, |group| group.ident.name.clone())
        };
        let what = match &rule.kind {
            RuleKind::Together(vms) => format!("keep {} together", self.vm_names(vms)),
            RuleKind::Apart(vms) => format!("keep {} apart", self.vm_names(vms)),
            RuleKind::RunOn { vms, hosts: on } => {
                format!("run `{}` on `{}`", group(vms), hosts(on))
            }
            RuleKind::KeepOff { vms, hosts: off } => {
                format!("keep `{}` off `{}`", group(vms), hosts(off))
            }
            RuleKind::StartAfter { .. } | RuleKind::Opaque(_) => String::new(),
        };
        format!("rule `{}` ({strength} {what})", rule.ident.name)
    }

    fn group_name(&self, link: &Link<crate::ir::placement::VmGroup<Linked>>) -> String {
        let found = link.found().map(|id| &self.policy.placement.vm_groups[id]);
        found.map_or_else(String::new, |group| group.ident.name.clone())
    }

    fn vm_names(&self, vms: &[Link<Vm<Linked>>]) -> String {
        const SHOWN: usize = 6;
        let known = vms.iter().filter_map(Link::found);
        let names: Vec<String> = known
            .map(|id| format!("`{}`", self.policy.inventory.vms[id].ident.name))
            .collect();
        let mut text = names
            .iter()
            .take(SHOWN)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        if names.len() > SHOWN {
            text.push_str(&format!(" and {} more", names.len() - SHOWN));
        }
        text
    }

    fn name(&self) -> String {
        cluster_name(self.policy, self.cluster)
    }

    fn undecided(&self, message: String, findings: &mut Findings) {
        let mut finding = Finding::new(&codes::NOT_DECIDED, Domain::Placement, message);
        finding.subjects = self
            .rules
            .first()
            .map(|rule| rule.ident.subject())
            .into_iter()
            .collect();
        findings.push(finding);
    }
}
