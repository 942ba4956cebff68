//! NSX firewall exports.
//!
//! Every file is walked into a flat list of objects (`walk`), whatever shape it has; the lists of
//! all files are then joined by path and read object by object. Nothing is resolved here.

mod assemble;
mod expression;
pub(in crate::front) mod fallback;
mod group;
mod inventory;
mod known;
mod manager;
mod members;
mod object;
mod peers;
mod reach;
mod rule;
mod section;
mod service;
mod settings;
mod shape;
mod system;
mod ties;
mod toolkit;
mod v6;
mod walk;

#[cfg(test)]
mod tests;

use super::detect::{Export, Format};
use crate::finding::Findings;
use crate::ir::{Named, Policy};
use rehome_grammar::Tree;

/// The forms of NSX exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// JSON of the Policy API in any arrangement: tree, list pages, lists, single objects, or the
    /// container that collectors write.
    Policy,
    /// XML of NSX for vSphere 6: firewall configurations, sections, drafts, groups and services.
    V6,
    /// CSV tables of migration scripts, with the whole object in a column of JSON.
    Table,
}

/// Recognises an export of NSX by its content.
#[must_use]
pub fn recognise(tree: &Tree) -> Option<Form> {
    let policy = shape::is_policy_api(tree).then_some(Form::Policy);
    policy
        .or_else(|| v6::is_v6(tree).then_some(Form::V6))
        .or_else(|| toolkit::is_table(tree).then_some(Form::Table))
}

/// Reads the NSX exports among these into the policy.
pub fn read(exports: &[Export<'_>], policy: &mut Policy<Named>, findings: &mut Findings) {
    let of = |form: Form| {
        exports
            .iter()
            .filter(move |export| export.format == Format::Nsx(form))
    };
    let tables: Vec<_> = of(Form::Table)
        .map(|export| (export, toolkit::cells(export, findings)))
        .collect();
    let older: Vec<_> = of(Form::V6)
        .map(|export| (export, v6::cells(export, findings)))
        .collect();
    let mut found = walk::Found::default();
    for export in of(Form::Policy) {
        walk::walk(export, &mut found, findings);
    }
    for (export, cells) in &tables {
        toolkit::machines(export, &mut policy.inventory);
        toolkit::walk(export, cells, &mut found, findings);
    }
    inventory::inventory(&found.items, &mut policy.inventory, findings);
    v6::read(&older, policy, findings);
    assemble::assemble(&found, policy, findings);
}
