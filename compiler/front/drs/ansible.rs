//! Facts of the Ansible modules `vmware_drs_rule_info` and `vmware_drs_group_info`.

use super::said::{
    ClusterName, GroupSaid, Hosts, Members, Part, RuleSaid, Shape, Statement, Text, Trust,
};
use super::schema::SCHEMA;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::front::inventory::object::plain_name;
use crate::front::schema::short;
use crate::ir::Opaque;
use crate::source::Origin;
use rehome_grammar::de::Unread;
use rehome_grammar::{Key, Node};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A rule of either type.
#[derive(Debug, Deserialize)]
#[serde(rename = "Ansible rule")]
struct Rule {
    rule_key: Option<i64>,
    rule_enabled: Option<bool>,
    rule_name: Option<String>,
    rule_mandatory: Option<bool>,
    rule_uuid: Option<String>,
    rule_type: Option<String>,
    rule_affinity: Option<bool>,
    #[serde(rename = "rule_vms")]
    _vms: Option<IgnoredAny>,
    #[serde(rename = "rule_vm_group_name")]
    _vm_group: Option<IgnoredAny>,
    #[serde(rename = "rule_affine_host_group_name")]
    _affine: Option<IgnoredAny>,
    #[serde(rename = "rule_anti_affine_host_group_name")]
    _anti_affine: Option<IgnoredAny>,
    /// The members of the groups, which the facts about groups tell with their names.
    #[serde(rename = "rule_affine_hosts")]
    _affine_hosts: Option<IgnoredAny>,
    #[serde(rename = "rule_anti_affine_hosts")]
    _anti_affine_hosts: Option<IgnoredAny>,
}

/// A group of either type.
#[derive(Debug, Deserialize)]
#[serde(rename = "Ansible group")]
struct Group {
    group_name: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(rename = "vms")]
    _vms: Option<IgnoredAny>,
    #[serde(rename = "hosts")]
    _hosts: Option<IgnoredAny>,
}

/// What Ansible puts beside the facts.
const BESIDE: [&str; 6] = [
    "changed",
    "failed",
    "invocation",
    "ansible_facts",
    "warnings",
    "deprecations",
];

/// Whether the document holds such facts.
pub(super) fn is_facts(root: Node<'_>) -> bool {
    root.get("drs_rule_info").is_some() || root.get("drs_group_info").is_some()
}

/// Reads the facts; one statement a cluster and module.
pub(super) fn read(export: &Export<'_>, findings: &mut Findings) -> Vec<Statement> {
    let mut reader = Reader { export, findings };
    let mut found = Vec::new();
    for root in export.source.tree.roots() {
        for (key, value) in root.entries() {
            match &*key.name() {
                "drs_rule_info" => {
                    let clusters = value.entries();
                    found.extend(clusters.map(|(name, list)| reader.rules(&name, list)));
                }
                "drs_group_info" => {
                    let clusters = value.entries();
                    found.extend(clusters.map(|(name, list)| reader.groups(&name, list)));
                }
                beside if BESIDE.contains(&beside) => {}
                other => reader.unknown(key, other),
            }
        }
    }
    found
}

struct Reader<'r, 't> {
    export: &'r Export<'t>,
    findings: &'r mut Findings,
}

impl Reader<'_, '_> {
    fn statement(&self, name: &Key<'_>, list: Node<'_>, covers: &[Part]) -> Statement {
        let cluster = ClusterName {
            reference: None,
            name: Some(plain_name(&name.name())),
        };
        Statement::new(Trust::Ansible, cluster, self.origin(list), covers)
    }

    fn rules(&mut self, name: &Key<'_>, list: Node<'_>) -> Statement {
        let covers = [Part::MachineRules, Part::HostRules];
        let mut statement = self.statement(name, list, &covers);
        for node in list.items() {
            statement.rules.extend(self.rule(node));
        }
        statement
    }

    fn rule(&mut self, node: Node<'_>) -> Option<RuleSaid> {
        let read = SCHEMA.read::<Rule>(self.export.file, node, self.findings)?;
        let rule = read.value;
        let shape = match (rule.rule_type.as_deref(), rule.rule_affinity) {
            (Some("vm_vm_rule"), Some(true)) => Some(Shape::Together(self.names(node, "rule_vms"))),
            (Some("vm_vm_rule"), Some(false)) => Some(Shape::Apart(self.names(node, "rule_vms"))),
            (Some("vm_host_rule"), _) => self.host_rule(node),
            _ => None,
        };
        let shape = shape.unwrap_or_else(|| self.opaque(node));
        Some(RuleSaid {
            origin: self.origin(node),
            key: rule.rule_key,
            uuid: rule.rule_uuid,
            name: rule.rule_name,
            enabled: Some(rule.rule_enabled.unwrap_or(false)),
            // Null is what the API leaves unset.
            mandatory: Some(rule.rule_mandatory.unwrap_or(false)),
            shape,
            unread: read.unread,
        })
    }

    fn host_rule(&self, node: Node<'_>) -> Option<Shape> {
        // Group names are no inventory names: they are not escaped.
        let name = |key: &str| {
            let found = node.get(key)?;
            let text = found.str().filter(|text| !text.is_empty())?;
            Some(Text {
                text: text.into_owned(),
                origin: self.origin(found),
            })
        };
        let vms = name("rule_vm_group_name")?;
        let on = name("rule_affine_host_group_name");
        let off = name("rule_anti_affine_host_group_name");
        let hosts = match (on, off) {
            (Some(on), Some(off)) => Hosts::Both { on, off },
            (Some(on), None) => Hosts::On(on),
            (None, Some(off)) => Hosts::Off(off),
            (None, None) => return None,
        };
        Some(Shape::VmHost { vms, hosts })
    }

    fn opaque(&mut self, node: Node<'_>) -> Shape {
        let text = short(node.raw());
        let message = "type of this Ansible rule is not known, or it lacks what the type needs";
        let finding = Finding::new(&codes::read::BAD_VALUE, Domain::Placement, message)
            .at(self.origin(node), text.clone());
        self.findings.push(finding);
        Shape::Opaque(Opaque {
            what: "rule of an unknown type".to_owned(),
            text,
            origin: self.origin(node),
        })
    }

    fn groups(&mut self, name: &Key<'_>, list: Node<'_>) -> Statement {
        let mut statement = self.statement(name, list, &[Part::Groups]);
        for node in list.items() {
            statement.groups.extend(self.group(node));
        }
        statement
    }

    fn group(&mut self, node: Node<'_>) -> Option<GroupSaid> {
        let read = SCHEMA.read::<Group>(self.export.file, node, self.findings)?;
        let members = match read.value.kind.as_deref() {
            Some("vm") => Members::Vms(self.names(node, "vms")),
            Some("host") => Members::Hosts(self.names(node, "hosts")),
            other => {
                let kind = other.unwrap_or("nothing");
                let message = format!("Ansible group is of type `{kind}`, which is not known");
                let finding = Finding::new(&codes::read::BAD_VALUE, Domain::Placement, message)
                    .at(self.origin(node), read.value.group_name);
                self.findings.push(finding);
                return None;
            }
        };
        Some(GroupSaid {
            name: read.value.group_name,
            origin: self.origin(node),
            members,
        })
    }

    fn names(&self, node: Node<'_>, key: &str) -> Vec<Text> {
        let members = node.many(key);
        members
            .map(|member| Text {
                text: member
                    .str()
                    .map_or_else(|| short(member.raw()), |name| plain_name(&name)),
                origin: self.origin(member),
            })
            .collect()
    }

    fn unknown(&mut self, key: Key<'_>, name: &str) {
        let unread = Unread {
            key: key.span(),
            name: name.to_owned(),
            within: "Ansible result",
        };
        SCHEMA.report_unread(self.export.file, &[unread], self.findings);
    }

    fn origin(&self, node: Node<'_>) -> Origin {
        Origin {
            file: self.export.file,
            span: node.span(),
        }
    }
}
