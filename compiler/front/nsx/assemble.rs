//! Joins the objects of all files into one policy.

use super::fallback::fallback;
use super::group::group;
use super::known::SCHEMA;
use super::manager::manager;
use super::members::attach;
use super::object::origin;
use super::reach::{check_projects, limit_to_projects};
use super::rule::{Implied, rule};
use super::section::{Head, section, unknown_section};
use super::service::{orphan, service};
use super::settings::{Profiles, Schedules, exclusions, firewall, profile, schedule};
use super::shape::{Foreign, Kind};
use super::system::System;
use super::ties::{tied_rules, tied_sections};
use super::walk::{Found, Item, Page};
use crate::finding::{self, Effect, Finding, Findings, codes};
use crate::ir::network::{Network, Section, Uninterpreted};
use crate::ir::service::{Match, Service, ServiceUse, Services};
use crate::ir::{Ident, Name, Named, Policy};
use crate::source::Origin;
use rehome_grammar::Node;
use std::collections::{BTreeMap, BTreeSet};

/// Adds everything that was found to the policy.
pub(super) fn assemble(found: &Found<'_>, policy: &mut Policy<Named>, findings: &mut Findings) {
    let items = &found.items;
    let network = &mut policy.network;
    groups_and_services(items, network, findings);
    attach(&found.members, &mut network.groups, findings);
    let mut elsewhere = rules_elsewhere(items);
    sections(items, network, findings);
    check_projects(network, &found.without_default, findings);
    limit_to_projects(items, network);
    for item in items {
        match item.kind {
            Kind::ExcludeList => exclusions(item, network, findings),
            Kind::FirewallSettings => firewall(item, network, findings),
            Kind::Foreign(kind) => {
                let beside = elsewhere.remove(item.path.as_str());
                let beside = beside.map_or(0, |(count, _)| count);
                foreign(item.ident(), kind, held(item) + beside, network, findings);
            }
            Kind::SecurityPolicy
            | Kind::Rule
            | Kind::Group
            | Kind::Service
            | Kind::ServiceEntry
            | Kind::ContextProfile
            | Kind::Scheduler
            | Kind::Segment
            | Kind::SegmentPort
            | Kind::Vm
            | Kind::Vif
            | Kind::Manager(_)
            | Kind::Branch => {}
        }
    }
    for (path, (count, first)) in elsewhere {
        let ident = Ident {
            id: path.to_owned(),
            name: path.rsplit('/').next().unwrap_or(path).to_owned(),
            origin: origin(first.file, first.node),
        };
        if let Some(kind) = Foreign::of_path(path) {
            foreign(ident, kind, count, network, findings);
        }
    }
    manager(items, network, findings);
    system_services(network);
    network.fallback = fallback(network, findings);
    check_pages(&found.pages, findings);
}

/// Rules of policies that are not translated, by the path of the policy: how many, and the first.
fn rules_elsewhere<'f, 't>(items: &'f [Item<'t>]) -> BTreeMap<&'f str, (usize, &'f Item<'t>)> {
    let mut found: BTreeMap<&str, (usize, &Item<'_>)> = BTreeMap::new();
    let rules = items.iter().filter(|item| item.kind == Kind::Rule);
    for item in rules.filter(|item| Foreign::of_path(&item.path).is_some()) {
        found.entry(&item.parent).or_insert((0, item)).0 += 1;
    }
    found
}

fn groups_and_services(items: &[Item<'_>], network: &mut Network<Named>, findings: &mut Findings) {
    let mut entries: BTreeMap<&str, Vec<&Item<'_>>> = BTreeMap::new();
    for item in items {
        if item.kind == Kind::ServiceEntry {
            entries.entry(&item.parent).or_default().push(item);
        }
    }
    for item in items {
        let known = matches!(item.kind, Kind::Group | Kind::Service);
        if known && is_shipped(item.node) {
            network.shipped.insert(item.path.clone());
        }
        if item.kind == Kind::Group {
            network.groups.push(group(item, item.ident(), findings));
        } else if item.kind == Kind::Service {
            let beside = entries.remove(item.path.as_str()).unwrap_or_default();
            let read = service(item, item.ident(), &beside, findings);
            network.services.push(read);
        }
    }
    for entry in entries.into_values().flatten() {
        orphan(entry, findings);
    }
}

/// Whether an object comes with the product.
fn is_shipped(node: Node<'_>) -> bool {
    ["_system_owned", "is_default"].iter().any(|key| {
        let said = node.get(key);
        said.is_some_and(|said| said.bool() == Some(true) || said.str().as_deref() == Some("true"))
    })
}

fn sections(items: &[Item<'_>], network: &mut Network<Named>, findings: &mut Findings) {
    let (profiles, schedules) = context(items, findings);
    let mut heads: Vec<Head> = Vec::new();
    let mut by_path: BTreeMap<&str, usize> = BTreeMap::new();
    let policies = items
        .iter()
        .filter(|item| item.kind == Kind::SecurityPolicy);
    let mut seen: BTreeMap<&str, &Item<'_>> = BTreeMap::new();
    for item in policies {
        if let Some(first) = seen.get(item.path.as_str()) {
            compare(first, item, findings);
            continue;
        }
        seen.insert(&item.path, item);
        by_path.insert(&item.path, heads.len());
        heads.push(section(item, item.ident(), &schedules, findings));
    }
    let rules = items
        .iter()
        .filter(|item| item.kind == Kind::Rule && Foreign::of_path(&item.path).is_none());
    let mut read: BTreeSet<&str> = BTreeSet::new();
    for item in rules {
        if !read.insert(&item.path) {
            continue;
        }
        let known = by_path.get(item.parent.as_str()).copied();
        let at = known
            .or_else(|| by_tail(&heads, &item.parent))
            .unwrap_or_else(|| {
                heads.push(unknown_section(&item.parent, item, findings));
                heads.len() - 1
            });
        by_path.insert(&item.parent, at);
        if let Some(head) = heads.get_mut(at) {
            add_rule(head, item, &profiles, findings);
        }
    }
    for head in heads {
        network.sections.push(finish(head, findings));
    }
    tied_sections(&network.sections, findings);
}

/// The policy that a list of rules names by its id alone: lists kept by policy id say nothing about
/// the domain. An id that several policies have names none.
fn by_tail(heads: &[Head], parent: &str) -> Option<usize> {
    let tail = parent.strip_prefix(Kind::SecurityPolicy.home())?;
    let mut hits = heads
        .iter()
        .enumerate()
        .filter(|(_, head)| head.section.ident.id.ends_with(tail));
    match (hits.next(), hits.next()) {
        (Some((at, _)), None) => Some(at),
        (Some(_) | None, _) => None,
    }
}

fn context(items: &[Item<'_>], findings: &mut Findings) -> (Profiles, Schedules) {
    let (mut profiles, mut schedules) = (Profiles::new(), Schedules::new());
    for item in items {
        if item.kind == Kind::ContextProfile {
            profiles.insert(item.path.clone(), profile(item, findings));
        } else if item.kind == Kind::Scheduler {
            schedules.insert(item.path.clone(), schedule(item, findings));
        }
    }
    (profiles, schedules)
}

fn add_rule(head: &mut Head, item: &Item<'_>, profiles: &Profiles, findings: &mut Findings) {
    let mut rule = rule(item, item.ident(), head.section.tier, profiles, findings);
    rule.logged |= head.logs_all;
    head.section.rules.push(rule);
}

/// A policy with its rules: what could not be read of it makes them all unusable.
fn finish(head: Head, findings: &mut Findings) -> Section<Named> {
    let Head {
        mut section,
        broken,
        implied,
        count,
        logs_all: _,
    } = head;
    let here = i64::try_from(section.rules.len()).unwrap_or(i64::MAX);
    if let Some(all) = count.filter(|count| *count > here) {
        let rules = finding::count(all, "rule");
        let message = format!(
            "NSX policy `{}` has {rules} and the exports hold {here} of them; add the answer of \
             `GET /policy/api/v1{}`",
            section.ident.name, section.ident.id
        );
        let finding = Finding::new(&codes::read::INCOMPLETE_EXPORT, SCHEMA.domain, message);
        findings.push(finding.about(section.ident.subject()));
    }
    section.rules.extend(implied.map(Implied::rule));
    for rule in &mut section.rules {
        let inherited = broken.iter().map(|key| key.inherited("policy"));
        rule.broken.extend(inherited);
    }
    tied_rules(&section, findings);
    section
}

/// Reports when two files say different things about one policy.
fn compare(first: &Item<'_>, second: &Item<'_>, findings: &mut Findings) {
    let differs = second.node.entries().find(|(key, value)| {
        let name = key.name();
        let own = matches!(&*name, "rules" | "children" | "rule_count") || name.starts_with('_');
        let other = first.node.get(&name);
        !own && other.is_some_and(|other| !same(other.raw(), value.raw()))
    });
    let Some((key, value)) = differs else {
        return;
    };
    let message = format!(
        "two exports of the NSX policy `{}` differ in `{}`; the first is used",
        first.ident().name,
        key.name()
    );
    let finding = Finding::new(&codes::read::DUPLICATE_OBJECT, SCHEMA.domain, message)
        .about(first.ident().subject())
        .at(origin(second.file, value), key.name());
    findings.push(finding);
}

fn same(left: &str, right: &str) -> bool {
    let dense = |text: &str| -> String { text.split_whitespace().collect() };
    left == right || dense(left) == dense(right)
}

/// How many rules stand inside an object.
fn held(item: &Item<'_>) -> usize {
    ["rules", "communication_entries", "children"]
        .iter()
        .filter_map(|key| item.node.get(key))
        .map(rehome_grammar::Node::len)
        .sum()
}

fn foreign(
    ident: Ident,
    kind: Foreign,
    rules: usize,
    network: &mut Network<Named>,
    findings: &mut Findings,
) {
    let what = kind.what();
    let message = format!("NSX {what} `{}` is not translated", ident.name);
    let finding = Finding::new(&codes::read::NOT_TRANSLATED, SCHEMA.domain, message);
    // Detection changes what is noticed and stopped inside allowed traffic, not who may talk.
    let finding = match kind {
        Foreign::Intrusion | Foreign::Malware => finding.effect(Effect::Conduct),
        Foreign::Gateway
        | Foreign::Bridge
        | Foreign::Redirection
        | Foreign::Communication
        | Foreign::VpcSecurity
        | Foreign::Strategy => finding,
        Foreign::AccessProfile | Foreign::Draft => finding.effect(Effect::Record),
    };
    findings.push(finding.about(ident.subject()));
    network.uninterpreted.push(Uninterpreted {
        ident,
        what: what.to_owned(),
        rules,
    });
}

/// Adds the shipped services that are referred to and stand in no export.
fn system_services(network: &mut Network<Named>) {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for service in network.services.values() {
        known.insert(service.ident.id.clone());
        known.insert(service.ident.name.clone());
        let tail = service.ident.id.rsplit('/').next();
        known.extend(tail.map(str::to_owned));
    }
    let mut wanted: BTreeMap<String, Origin> = BTreeMap::new();
    let nested = network
        .services
        .values()
        .flat_map(|service| &service.entries);
    let mut want = |name: &Name<Service<Named>>| {
        if !known.contains(&name.text) {
            wanted.entry(name.text.clone()).or_insert(name.origin);
        }
    };
    for entry in nested {
        if let Match::Nested(name) = &entry.matches {
            want(name);
        }
    }
    let rules = network.sections.iter().flat_map(|section| &section.rules);
    for rule in rules {
        let Services::Of(uses) = &rule.services else {
            continue;
        };
        for part in uses {
            match part {
                ServiceUse::Named(name) => want(name),
                ServiceUse::Inline(entry) => {
                    if let Match::Nested(name) = &entry.matches {
                        want(name);
                    }
                }
            }
        }
    }
    if wanted.is_empty() {
        return;
    }
    let system = System::new();
    let mut added = BTreeSet::new();
    for (reference, origin) in wanted {
        if let Some(service) = system.find(&reference, origin)
            && added.insert(service.ident.id.clone())
            && !known.contains(&service.ident.id)
        {
            network.services.push(service);
        }
    }
}

/// Lists of which a page is missing: each but the last page says that another follows.
fn check_pages(pages: &[Page], findings: &mut Findings) {
    let mut lists: BTreeMap<&str, Vec<&Page>> = BTreeMap::new();
    for page in pages {
        lists.entry(&page.of).or_default().push(page);
    }
    for (of, pages) in lists {
        let here: usize = pages.iter().map(|page| page.here).sum();
        let total = pages.iter().filter_map(|page| page.count).max();
        let short = total.is_some_and(|total| i64::try_from(here).is_ok_and(|here| here < total));
        let open = pages.iter().all(|page| page.goes_on);
        let Some(last) = pages.last().filter(|_| short || open) else {
            continue;
        };
        let total = total.map_or_else(String::new, |total| format!(" of {total}"));
        let message = format!(
            "list of {of}: {here}{total} objects are here and the last page says that more follow; \
             call again with its `cursor`"
        );
        let finding = Finding::new(&codes::read::INCOMPLETE_EXPORT, SCHEMA.domain, message);
        findings.push(finding.at(last.origin, of));
    }
}
