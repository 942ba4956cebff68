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
mod hints;
mod lines;
mod merge;
mod names;
mod old;
mod policies;
mod powercli;
mod recognise;
mod refuse;
mod resources;
mod said;
mod schema;
mod script;
mod settings;
mod terraform;
mod words;

pub use refuse::Refusal;

use super::detect::{Export, Format};
use super::inventory::object::{self, Object};
use super::inventory::{self, Tab};
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
    /// The state of Terraform.
    Terraform,
    /// Compute policies, tags and what tags are attached to.
    Policies,
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
        let recased = old::recased(export);
        let export = &Export {
            source: recased.as_ref().unwrap_or(export.source),
            ..*export
        };
        match export.format {
            Format::Drs(form) => statements.extend(one(export, form, &names, findings)),
            Format::Inventory(inventory::Form::Tools(Tab::Clusters)) => {
                statements.extend(hints::clusters(export));
            }
            Format::Nsx(_) | Format::Srm(_) | Format::Inventory(_) | Format::Portable => {}
        }
        if object::holds_objects(&export.source.tree) {
            resources::read(export, &mut policy.placement.settings);
        }
    }
    clusters::name(&statements, &mut policy.inventory, findings);
    for cluster in clusters::sort(statements, &policy.inventory, findings) {
        merge::merge(cluster, &names, &mut policy.placement, findings);
    }
    policies::read(exports, &mut policy.placement, findings);
    for export in exports {
        if let Format::Inventory(inventory::Form::Tools(tab)) = export.format {
            hints::machines(export, tab, &mut policy.placement, findings);
        }
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
        Form::Terraform => terraform::read(export, findings),
        // Read together, because policies and tags stand in several files.
        Form::Policies => Vec::new(),
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
