//! Cluster configuration: DRS and HA rules, groups, settings.
//!
//! Each export is read into `said::Statement`s, one a cluster; then the statements about one
//! cluster are put together and become policy. An export that could be read in two ways is refused
//! with the command whose output cannot.

mod ansible;
mod clusters;
mod config;
mod gaps;
mod govc;
mod lines;
mod merge;
mod names;
mod pools;
mod powercli;
mod recognise;
mod refuse;
mod said;
mod schema;
mod script;
mod settings;
mod words;

pub use refuse::Refusal;

use super::detect::{Export, Format};
use super::inventory::object::{self, Object};
use crate::finding::Findings;
use crate::ir::{Named, Policy};
use config::Reader;
use names::Names;
use recognise::Typing;
use rehome_grammar::{Node, Tree};
use said::{ClusterName, Part, Statement, Trust};

/// The forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// A typed configuration by itself: VI-JSON `configurationEx`, an XML value, pyVmomi JSON.
    Configuration,
    /// Managed objects of which one is a cluster with its configuration.
    Objects,
    /// Typed groups by themselves: `govc cluster.group.ls -l -xml`.
    Groups,
    /// `govc object.collect -json`: a configuration without types.
    Untyped,
    /// `govc cluster.group.ls -l -json`: groups without types.
    UntypedGroups,
    /// `govc cluster.group.ls -l`: names and types of groups.
    GroupList,
    /// `govc cluster.rule.ls -l`: names and types of rules.
    RuleList,
    /// `govc cluster.rule.info`: types and members of rules.
    RuleInfo,
    /// `govc cluster.override.info -json`.
    Overrides,
    /// Facts of Ansible modules.
    Ansible,
    /// PowerCLI objects, and what scripts and the `DRSRule` module make of them.
    PowerCli,
    /// Comma-joined lines of a published script.
    Script,
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
    let names = Names::new(&policy.inventory);
    let mut statements = Vec::new();
    for export in exports {
        if let Format::Drs(form) = export.format {
            statements.extend(one(export, form, &names, findings));
        }
        if object::holds_objects(&export.source.tree) {
            pools::read(export, &mut policy.placement.settings);
        }
    }
    for cluster in clusters::sort(statements, &policy.inventory, findings) {
        merge::merge(cluster, &names, &mut policy.placement, findings);
    }
}

fn one(export: &Export<'_>, form: Form, names: &Names, findings: &mut Findings) -> Vec<Statement> {
    match form {
        Form::Configuration => recognise::configurations(&export.source.tree)
            .into_iter()
            .map(|node| configuration(export, node, findings))
            .collect(),
        Form::Objects => object::objects(&export.source.tree)
            .list
            .iter()
            .filter_map(|object| cluster_object(export, object, findings))
            .collect(),
        Form::Groups => groups(export, findings).into_iter().collect(),
        Form::Untyped => govc::untyped(export, findings),
        Form::UntypedGroups => govc::groups(export, findings).into_iter().collect(),
        Form::GroupList => vec![govc::group_list(export)],
        Form::RuleList => vec![govc::rule_list(export)],
        Form::RuleInfo => vec![govc::rule_info(export)],
        Form::Overrides => govc::overrides(export, findings).into_iter().collect(),
        Form::Ansible => ansible::read(export, findings),
        Form::PowerCli => powercli::read(export, findings),
        Form::Script => script::read(export, names, findings),
        Form::Refused(refusal) => {
            refusal.report(export, findings);
            Vec::new()
        }
    }
}

fn configuration(export: &Export<'_>, node: Node<'_>, findings: &mut Findings) -> Statement {
    let mut reader = typed(export, findings);
    if node.get("_vimtype").is_some() {
        reader.trust = Trust::PyVmomi;
    }
    reader.configuration(node, ClusterName::default())
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
    let cluster = ClusterName {
        reference: Some(object.reference.id.clone()),
        name: object
            .text("name")
            .map(|(name, _)| object::plain_name(&name)),
    };
    let mut reader = typed(export, findings);
    if recognise::typing(node) == Typing::Untyped {
        if object.node.get("self").is_none() && object.node.get("obj").is_none() {
            Refusal::OldUntyped.report(export, findings);
            return None;
        }
        reader.trust = Trust::Untyped;
    }
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
    let mut statement = reader.empty(*roots.first()?, ClusterName::default(), &[Part::Groups]);
    for root in roots {
        for (key, node) in root.entries() {
            statement.groups.extend(reader.group_of(&key.name(), node));
        }
    }
    Some(statement)
}

#[cfg(test)]
mod tests;
