//! Which exports are cluster configuration, by their content.

use super::config::type_of;
use super::refuse::Refusal;
use super::{Form, ansible, policies, powercli, script};
use crate::front::inventory::object::{self, Object, field, items};
use crate::front::inventory::terraform;
use rehome_grammar::{Kind, Node, Syntax, Tree};

/// The configuration that a cluster object carries.
#[derive(Clone, Copy, Debug)]
pub(super) enum Configuration<'t> {
    /// The whole of it.
    Whole(Node<'t>),
    /// Rules and groups that were asked for by themselves.
    Parts {
        groups: Option<Node<'t>>,
        rules: Option<Node<'t>>,
    },
}

/// Whether rules say of which kind they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Typing {
    Typed,
    Untyped,
}

pub(super) fn form(tree: &Tree) -> Option<Form> {
    match tree.syntax() {
        Syntax::Json => json(tree),
        Syntax::Xml => xml(tree),
        Syntax::Csv => table(tree).or_else(|| text(tree.text())),
        Syntax::Text => text(tree.text()),
        Syntax::Yaml => None,
    }
}

fn json(tree: &Tree) -> Option<Form> {
    if carries_configuration(tree) {
        return Some(Form::Objects);
    }
    if policies::is_export(tree) {
        return Some(Form::Policies);
    }
    let root = tree.roots().next()?;
    if is_configuration(&type_of(root).unwrap_or_default()) {
        return Some(Form::Configuration);
    }
    match root.kind() {
        Kind::Array => array(root),
        Kind::Object => single(root),
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => None,
    }
}

fn xml(tree: &Tree) -> Option<Form> {
    if carries_configuration(tree) {
        return Some(Form::Objects);
    }
    if !configurations(tree).is_empty() {
        return Some(Form::Configuration);
    }
    let is_group = |name: &str| matches!(name, "ClusterVmGroup" | "ClusterHostGroup");
    let mut roots = tree.roots().flat_map(Node::entries).peekable();
    let groups = roots.peek().is_some() && roots.all(|(key, _)| is_group(&key.name()));
    groups.then_some(Form::Groups)
}

fn table(tree: &Tree) -> Option<Form> {
    let first = tree.roots().next()?.items().next()?;
    powercli::is_item(first).then_some(if powercli::lost_members(first) {
        Form::Refused(Refusal::LostMembers)
    } else {
        Form::PowerCli
    })
}

fn is_configuration(type_name: &str) -> bool {
    matches!(type_name, "ClusterConfigInfoEx" | "ClusterConfigInfo")
}

/// The typed configurations at the top of a tree.
pub(super) fn configurations(tree: &Tree) -> Vec<Node<'_>> {
    let is_one = |node: Node<'_>| is_configuration(&type_of(node).unwrap_or_default());
    let mut found = Vec::new();
    for root in tree.roots() {
        if is_one(root) {
            found.push(root);
        } else if tree.syntax() == Syntax::Xml {
            let named = |name: &str| is_configuration(name) || name == "configurationEx";
            let inner = root.entries();
            found.extend(
                inner
                    .filter(|(key, node)| named(&key.name()) || is_one(*node))
                    .map(|(_, node)| node),
            );
        }
    }
    found
}

fn carries_configuration(tree: &Tree) -> bool {
    if !object::holds_objects(tree) {
        return false;
    }
    let objects = object::objects(tree).list;
    objects
        .iter()
        .any(|object| configuration_of(object).is_some())
}

/// The configuration of a cluster object; the deprecated `configuration` only where it stands alone.
pub(super) fn configuration_of<'t>(object: &Object<'t>) -> Option<Configuration<'t>> {
    if object.reference.kind != "ClusterComputeResource" {
        return None;
    }
    let given = |path: &str| object.get(path).filter(|node| !node.is_null());
    for path in ["configurationEx", "configuration"] {
        if let Some(whole) = given(path) {
            return Some(Configuration::Whole(whole));
        }
        let groups = given(&format!("{path}.group"));
        let rules = given(&format!("{path}.rule"));
        if groups.is_some() || rules.is_some() {
            return Some(Configuration::Parts { groups, rules });
        }
    }
    None
}

/// Whether the rules and groups of a configuration carry their types. One without any is typed
/// when it says so itself.
pub(super) fn typing(configuration: Configuration<'_>) -> Typing {
    let typed = match configuration {
        Configuration::Whole(node) => {
            type_of(node).is_some() || {
                let mut inner = node.many("rule").chain(node.many("group"));
                inner.any(|one| type_of(one).is_some())
            }
        }
        Configuration::Parts { groups, rules } => [groups, rules]
            .into_iter()
            .flatten()
            .flat_map(items)
            .any(|one| type_of(one).is_some()),
    };
    if typed {
        Typing::Typed
    } else {
        Typing::Untyped
    }
}

/// The changed properties of a document: `[{"name", "op", "val"}]`.
pub(super) fn changes(root: Node<'_>) -> Vec<(String, Node<'_>)> {
    let changes = root.items();
    changes
        .filter_map(|change| {
            let name = field(change, "name")?.str()?.into_owned();
            Some((name, field(change, "val")?))
        })
        .collect()
}

/// Lists that tools print.
fn array(root: Node<'_>) -> Option<Form> {
    let first = root.items().next()?;
    if let Some(line) = first.str() {
        let all: Vec<_> = root.items().map(Node::str).collect::<Option<_>>()?;
        return Some(if line.starts_with("Rule: ") {
            Form::RuleInfo
        } else if all.iter().all(|line| is_rule_line(line)) {
            Form::RuleList
        } else {
            Form::Refused(Refusal::Names)
        });
    }
    if field(first, "op").is_some() && field(first, "val").is_some() {
        let name = field(first, "name")?.str()?;
        let cluster = name == "configurationEx" || name.starts_with("configurationEx.");
        return cluster.then_some(Form::Untyped);
    }
    if powercli::is_item(first) {
        return Some(Form::PowerCli);
    }
    root.items().all(is_group).then_some(Form::UntypedGroups)
}

/// Single objects that tools print.
fn single(root: Node<'_>) -> Option<Form> {
    if terraform::is_state(root.tree()) {
        return Some(if terraform::is_read(root.tree()) {
            Form::Terraform
        } else {
            Form::Refused(Refusal::OldState)
        });
    }
    if ansible::is_facts(root) {
        return Some(Form::Ansible);
    }
    if powercli::is_item(root) {
        return Some(Form::PowerCli);
    }
    let overrides = field(root, "overrides")?;
    let (key, _) = overrides.entries().next()?;
    key.name()
        .starts_with("VirtualMachine:")
        .then_some(Form::Overrides)
}

fn is_group(node: Node<'_>) -> bool {
    let known = |key: &str| {
        matches!(
            key.to_ascii_lowercase().as_str(),
            "name" | "vm" | "host" | "usercreated" | "uniqueid"
        )
    };
    field(node, "name").is_some() && node.entries().all(|(key, _)| known(&key.name()))
}

/// `NAME (TYPE)`; the name may hold parentheses of its own.
pub(super) fn is_rule_line(line: &str) -> bool {
    line.strip_suffix(')')
        .and_then(|line| line.rsplit_once(" ("))
        .is_some_and(|(_, kind)| kind.starts_with("Cluster") && !kind.contains(' '))
}

fn text(text: &str) -> Option<Form> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next()?;
    let group =
        |line: &str| line.starts_with("ClusterVmGroup ") || line.starts_with("ClusterHostGroup ");
    if first.starts_with("(vim.cluster.ConfigInfo") {
        return Some(Form::Refused(Refusal::PyVmomiText));
    }
    if first.starts_with("Rule: ") && lines.clone().any(|line| line.starts_with("  Type: ")) {
        return Some(Form::RuleInfo);
    }
    if is_rule_line(first) && lines.clone().all(is_rule_line) {
        return Some(Form::RuleList);
    }
    if group(first) && lines.clone().all(group) {
        return Some(Form::GroupList);
    }
    script::is_line(first).then_some(Form::Script)
}
