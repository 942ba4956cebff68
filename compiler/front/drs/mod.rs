//! Cluster configuration: DRS and HA rules, groups, settings.
//!
//! Each export is read into [`said::Statement`]s, one a cluster; then the statements about one
//! cluster are put together and become policy. An export that could be read in two ways is refused
//! with the command whose output cannot.

mod clusters;
mod config;
mod merge;
mod pools;
mod recognise;
mod refuse;
mod said;
mod schema;
mod settings;

pub use refuse::Refusal;

use super::detect::{Export, Format};
use super::inventory::object::{self, Object};
use crate::finding::Findings;
use crate::ir::{Named, Policy};
use config::Reader;
use recognise::Typing;
use rehome_grammar::{Node, Tree};
use said::{ClusterName, Statement, Trust};

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A typed configuration by itself: VI-JSON `configurationEx`, an XML value.
    Configuration,
    /// Managed objects of which one is a cluster with its configuration.
    Objects,
    /// Typed groups by themselves: `govc cluster.group.ls -l -xml`.
    Groups,
    /// A form that cannot be read safely.
    Refused(Refusal),
}

/// Recognises cluster configuration.
#[must_use]
pub fn recognise(tree: &Tree) -> Option<Form> {
    recognise::form(tree)
}

/// Reads every cluster export.
pub fn read(exports: &[Export<'_>], policy: &mut Policy<Named>, findings: &mut Findings) {
    let mut statements = Vec::new();
    for export in exports {
        if let Format::Drs(form) = export.format {
            one(export, form, &mut statements, findings);
        }
        if object::holds_objects(&export.source.tree) {
            pools::read(export, &mut policy.placement.settings);
        }
    }
    for cluster in clusters::sort(statements, &policy.inventory, findings) {
        merge::merge(cluster, &mut policy.placement, findings);
    }
}

fn one(export: &Export<'_>, form: Form, statements: &mut Vec<Statement>, findings: &mut Findings) {
    match form {
        Form::Configuration => {
            let found = recognise::configurations(&export.source.tree);
            for node in found {
                let mut reader = typed(export, findings);
                if node.get("_vimtype").is_some() {
                    reader.trust = Trust::PyVmomi;
                }
                statements.push(reader.configuration(node, ClusterName::default()));
            }
        }
        Form::Objects => {
            for object in &object::objects(&export.source.tree).list {
                statements.extend(cluster_object(export, object, findings));
            }
        }
        Form::Groups => statements.extend(groups(export, findings)),
        Form::Refused(refusal) => refusal.report(export, findings),
    }
}

fn typed<'r>(export: &Export<'_>, findings: &'r mut Findings) -> Reader<'r> {
    Reader {
        file: export.file,
        trust: Trust::Typed,
        findings,
    }
}

/// The configuration of a cluster that a managed object carries.
fn cluster_object(
    export: &Export<'_>,
    object: &Object<'_>,
    findings: &mut Findings,
) -> Option<Statement> {
    let node = recognise::configuration_of(object)?;
    if recognise::typing(node) == Typing::Untyped {
        let cluster = Some(object.reference.id.as_str());
        refuse::untyped(export, node, cluster, findings);
        return None;
    }
    let cluster = ClusterName {
        reference: Some(object.reference.id.clone()),
        name: object
            .text("name")
            .map(|(name, _)| object::plain_name(&name)),
    };
    let mut reader = typed(export, findings);
    Some(match node {
        recognise::Configuration::Whole(node) => reader.configuration(node, cluster),
        recognise::Configuration::Parts { groups, rules } => {
            reader.parts(object.node, groups, rules, cluster)
        }
    })
}

/// Groups that stand alone.
fn groups(export: &Export<'_>, findings: &mut Findings) -> Option<Statement> {
    let roots: Vec<Node<'_>> = export.source.tree.roots().collect();
    let mut reader = typed(export, findings);
    let mut statement = reader.empty(*roots.first()?, ClusterName::default());
    for root in roots {
        for (key, node) in root.entries() {
            statement.groups.extend(reader.group_of(&key.name(), node));
        }
    }
    Some(statement)
}

#[cfg(test)]
mod tests;
