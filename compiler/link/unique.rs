//! Objects that were exported twice.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::{Ident, Named, Policy, Table};
use crate::source::{Origin, Sources};
use rehome_grammar::{Kind, Node};
use std::collections::BTreeMap;

/// Keeps the first of the objects with one id. The same object in two files is normal and says
/// nothing; two that differ are reported.
pub(super) fn keep_first(policy: &mut Policy<Named>, sources: &Sources, findings: &mut Findings) {
    let mut twins = Twins {
        sources,
        findings,
        domain: Domain::Network,
    };
    twins.table("group", &mut policy.network.groups, |group| &group.ident);
    twins.table("service", &mut policy.network.services, |service| {
        &service.ident
    });
    twins.list("section", &mut policy.network.sections, |section| {
        &section.ident
    });
    // Rules are looked at across sections, because their ids must be unique in the whole policy.
    let mut seen = BTreeMap::new();
    for section in &mut policy.network.sections {
        section
            .rules
            .retain(|rule| twins.is_first("rule", &rule.ident, &mut seen));
    }
    twins.list("exclusion", &mut policy.network.exclusions, |exclusion| {
        &exclusion.ident
    });
    twins.list("object", &mut policy.network.uninterpreted, |object| {
        &object.ident
    });
    twins.domain = Domain::Placement;
    let mut groups = BTreeMap::new();
    twins.table_with(
        "VM group",
        &mut policy.placement.vm_groups,
        &mut groups,
        |group| &group.ident,
    );
    twins.table_with(
        "host group",
        &mut policy.placement.host_groups,
        &mut groups,
        |group| &group.ident,
    );
    twins.list("placement rule", &mut policy.placement.rules, |rule| {
        &rule.ident
    });
    twins.list("setting", &mut policy.placement.settings, |setting| {
        &setting.ident
    });
    twins.domain = Domain::Recovery;
    twins.table("protection group", &mut policy.recovery.groups, |group| {
        &group.ident
    });
    twins.list("recovery plan", &mut policy.recovery.plans, |plan| {
        &plan.ident
    });
    let (mut machines, mut steps, mut mappings) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for plan in &mut policy.recovery.plans {
        plan.vms
            .retain(|vm| twins.is_first("machine of a plan", &vm.ident, &mut machines));
        plan.steps
            .retain(|step| twins.is_first("step", &step.ident, &mut steps));
        plan.test_networks
            .retain(|network| twins.is_first("test network", &network.ident, &mut mappings));
        for vm in &mut plan.vms {
            vm.before
                .retain(|callout| twins.is_first("step", &callout.ident, &mut steps));
            vm.after
                .retain(|callout| twins.is_first("step", &callout.ident, &mut steps));
        }
    }
    policy
        .recovery
        .networks
        .retain(|mapping| twins.is_first("network mapping", &mapping.ident, &mut mappings));
    policy
        .recovery
        .other_mappings
        .retain(|mapping| twins.is_first("mapping", &mapping.ident, &mut mappings));
}

type Seen = BTreeMap<String, Origin>;

struct Twins<'run> {
    sources: &'run Sources,
    findings: &'run mut Findings,
    domain: Domain,
}

impl Twins<'_> {
    fn table<T>(&mut self, noun: &str, table: &mut Table<T>, ident: impl Fn(&T) -> &Ident) {
        self.table_with(noun, table, &mut Seen::new(), ident);
    }

    fn table_with<T>(
        &mut self,
        noun: &str,
        table: &mut Table<T>,
        seen: &mut Seen,
        ident: impl Fn(&T) -> &Ident,
    ) {
        let items = std::mem::take(table).into_vec();
        *table = items
            .into_iter()
            .filter(|item| self.is_first(noun, ident(item), seen))
            .collect();
    }

    fn list<T>(&mut self, noun: &str, list: &mut Vec<T>, ident: impl Fn(&T) -> &Ident) {
        let mut seen = Seen::new();
        list.retain(|item| self.is_first(noun, ident(item), &mut seen));
    }

    fn is_first(&mut self, noun: &str, ident: &Ident, seen: &mut Seen) -> bool {
        let Some(first) = seen.get(&ident.id).copied() else {
            seen.insert(ident.id.clone(), ident.origin);
            return true;
        };
        if !self.says_the_same(first, ident.origin) {
            let message = format!(
                "{noun} `{}` stands twice in the exports and differs; the first is used",
                ident.name
            );
            let mut before = ident.subject();
            before.origin = first;
            self.findings.push(
                Finding::new(&codes::read::DUPLICATE_OBJECT, self.domain, message)
                    .about(ident.subject())
                    .about(before),
            );
        }
        false
    }

    /// Whether two objects hold the same, whatever their layout and the order of their keys.
    fn says_the_same(&self, first: Origin, second: Origin) -> bool {
        match (self.node(first), self.node(second)) {
            (Some(first), Some(second)) => same(first, second),
            _ => self.raw(first) == self.raw(second),
        }
    }

    fn node(&self, origin: Origin) -> Option<Node<'_>> {
        let tree = &self.sources.get(origin.file)?.tree;
        let node = tree.around(origin.span).into_iter().next()?;
        (node.span() == origin.span).then_some(node)
    }

    fn raw(&self, origin: Origin) -> Option<&str> {
        let source = self.sources.get(origin.file)?;
        source
            .tree
            .text()
            .get(origin.span.start as usize..origin.span.end as usize)
    }
}

/// The entries of an object by key. The sort is stable, so repeated keys keep their order, which is
/// that of a list.
fn sorted(node: Node<'_>) -> Vec<(String, Node<'_>)> {
    let mut entries: Vec<_> = node
        .entries()
        .map(|(key, value)| (key.name().into_owned(), value))
        .collect();
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries
}

fn same(first: Node<'_>, second: Node<'_>) -> bool {
    match (first.kind(), second.kind()) {
        (Kind::Object, Kind::Object) => {
            let (first, second) = (sorted(first), sorted(second));
            first.len() == second.len()
                && first
                    .iter()
                    .zip(&second)
                    .all(|((key, a), (other, b))| key == other && same(*a, *b))
        }
        (Kind::Array, Kind::Array) => {
            first.len() == second.len()
                && first.items().zip(second.items()).all(|(a, b)| same(a, b))
        }
        (Kind::String, Kind::String) => first.str() == second.str(),
        (a, b) => a == b && first.raw() == second.raw(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::network::Group;
    use crate::ir::selector::Selector;

    /// Groups with one id, each the whole of a file with the text given.
    fn kept(texts: &[&str]) -> (usize, Vec<&'static str>) {
        let mut sources = Sources::default();
        let mut policy = Policy::<Named>::default();
        for (number, text) in texts.iter().enumerate() {
            let tree = rehome_grammar::read(text.as_bytes().to_vec()).expect("this is JSON");
            let span = tree.roots().next().expect("one value").span();
            let name = format!("{number}.json");
            let file = sources.add(name.clone(), name.into(), tree);
            policy.network.groups.push(Group {
                ident: Ident {
                    id: "/groups/a".to_owned(),
                    name: "a".to_owned(),
                    origin: Origin { file, span },
                },
                members: Selector::Nothing,
                realised: None,
                unread: Vec::new(),
            });
        }
        let mut findings = Findings::new();
        keep_first(&mut policy, &sources, &mut findings);
        let codes = findings.iter().map(|finding| finding.code.id).collect();
        (policy.network.groups.len(), codes)
    }

    #[test]
    fn the_same_object_in_two_files_says_nothing() {
        assert_eq!(
            kept(&["{\"id\": \"a\"}", "{ \"id\":\n\"a\" }"]),
            (1, Vec::new())
        );
    }

    #[test]
    fn two_that_differ_are_reported() {
        assert_eq!(
            kept(&["{\"id\": \"a\"}", "{\"id\": \"a\", \"x\": 1}"]),
            (1, vec!["R0005"])
        );
    }
}
