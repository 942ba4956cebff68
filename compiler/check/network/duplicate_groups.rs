//! Groups that are the same twice.

use super::expression;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::network::Group;
use crate::ir::selector::Selector;
use crate::ir::{Id, Linked, Policy};
use crate::semantics::Membership;
use std::collections::BTreeMap;

/// Reports groups with one expression together, then groups with the same members today.
pub(super) fn check(policy: &Policy<Linked>, membership: &Membership, findings: &mut Findings) {
    type Groups = Vec<Id<Group<Linked>>>;
    let mut by_expression: BTreeMap<String, Groups> = BTreeMap::new();
    for (id, group) in policy.network.groups.iter() {
        if group.unread.is_empty() && !matches!(group.members, Selector::Nothing) {
            let key = expression::key(&group.members);
            by_expression.entry(key).or_default().push(id);
        }
    }
    let mut by_members: BTreeMap<_, Groups> = BTreeMap::new();
    for groups in by_expression.values() {
        report(policy, groups, "have one expression", findings);
        // One machine that belongs to two groups is no news; two that always go together are.
        if let Some(first) = groups.first() {
            let members = membership.group(*first);
            let count = members.sure.vms.len() + members.sure.split.len();
            if members.is_known() && (count > 1 || !members.sure.addresses.is_empty()) {
                by_members.entry(&members.sure).or_default().push(*first);
            }
        }
    }
    for groups in by_members.values() {
        report(
            policy,
            groups,
            "have the same members today, by different expressions",
            findings,
        );
    }
}

fn report(
    policy: &Policy<Linked>,
    groups: &[Id<Group<Linked>>],
    what: &str,
    findings: &mut Findings,
) {
    const FEW: usize = 5;
    if groups.len() < 2 {
        return;
    }
    let mut idents: Vec<_> = groups
        .iter()
        .map(|id| &policy.network.groups[*id].ident)
        .collect();
    idents.sort_by_key(|ident| ident.origin);
    let names: Vec<String> = idents
        .iter()
        .take(FEW)
        .map(|ident| format!("`{}`", ident.name))
        .collect();
    let more = match idents.len().saturating_sub(FEW) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!("groups {}{more} {what}", names.join(", "));
    let mut finding = Finding::new(
        &codes::check_network::DUPLICATE_GROUPS,
        Domain::Network,
        message,
    );
    finding.subjects = idents
        .iter()
        .take(FEW)
        .map(|ident| ident.subject())
        .collect();
    findings.push(finding);
}
