//! The typed configuration of a cluster (`ClusterConfigInfoEx`): from XML, VI-JSON or pyVmomi.

use super::said::{
    ClusterName, GroupSaid, Hosts, Members, Part, RuleSaid, Shape, Statement, Text, Trust,
};
use super::schema::{
    CONFIGURATION, DependencyRule, HostGroup, PARTS, SCHEMA, VmGroup, VmHostRule, VmRule,
};
use super::settings;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::inventory::object;
use crate::front::schema::short;
use crate::ir::{BadKey, Opaque};
use crate::source::{FileId, Origin};
use rehome_grammar::de::Unread;
use rehome_grammar::{Kind, Node};

/// Reads a typed configuration.
pub(super) struct Reader<'r> {
    pub(super) file: FileId,
    pub(super) trust: Trust,
    pub(super) findings: &'r mut Findings,
}

/// What the rules of all kinds have in common.
struct Base {
    key: Option<i64>,
    uuid: Option<String>,
    name: Option<String>,
    enabled: Option<bool>,
    mandatory: Option<bool>,
    unread: Vec<BadKey>,
}

/// Takes the common part out of one of the shapes of a rule.
macro_rules! base {
    ($read:expr) => {{
        let read = $read;
        Base {
            key: read.value.key,
            uuid: read.value.rule_uuid,
            name: read.value.name,
            // An absent flag is false on the routes of the API.
            enabled: Some(read.value.enabled.unwrap_or(false)),
            mandatory: Some(read.value.mandatory.unwrap_or(false)),
            unread: read.unread,
        }
    }};
}

/// The type of an object in the words of the API: from `_typeName`, `xsi:type` or `_vimtype`.
pub(super) fn type_of(node: Node<'_>) -> Option<String> {
    let wire = ["_typeName", "@xsi:type"]
        .iter()
        .find_map(|key| node.get(key)?.str());
    if let Some(name) = wire {
        let plain = name.rsplit(':').next().unwrap_or(&name);
        return Some(plain.to_owned());
    }
    let name = node.get("_vimtype")?.str()?;
    let plain = name
        .strip_prefix("vim.cluster.")
        .map(|rest| format!("Cluster{rest}"));
    Some(plain.unwrap_or_else(|| name.into_owned()))
}

impl Reader<'_> {
    /// Reads a whole `ClusterConfigInfoEx`.
    pub(super) fn configuration(&mut self, node: Node<'_>, cluster: ClusterName) -> Statement {
        self.report_unknown(node);
        let mut statement = self.empty(node, cluster, &Part::ALL);
        for group in node.many("group") {
            statement.groups.extend(self.group(group));
        }
        for rule in node.many("rule") {
            statement.rules.push(self.rule(rule));
        }
        statement.settings = settings::read(self.file, node, self.findings);
        statement
    }

    /// Reads rules and groups that were asked for by themselves.
    pub(super) fn parts(
        &mut self,
        whole: Node<'_>,
        groups: Option<Node<'_>>,
        rules: Option<Node<'_>>,
        cluster: ClusterName,
    ) -> Statement {
        let mut covers = Vec::new();
        if groups.is_some() {
            covers.push(Part::Groups);
        }
        if rules.is_some() {
            covers.extend([Part::MachineRules, Part::HostRules, Part::Dependencies]);
        }
        let mut statement = self.empty(whole, cluster, &covers);
        for group in groups.into_iter().flat_map(object::items) {
            statement.groups.extend(self.group(group));
        }
        for rule in rules.into_iter().flat_map(object::items) {
            statement.rules.push(self.rule(rule));
        }
        statement
    }

    /// A statement that says nothing yet.
    pub(super) fn empty(&self, node: Node<'_>, cluster: ClusterName, covers: &[Part]) -> Statement {
        Statement::new(self.trust, cluster, self.origin(node), covers)
    }

    fn report_unknown(&mut self, node: Node<'_>) {
        let unread: Vec<Unread> = node
            .entries()
            .filter(|(key, value)| !value.is_null() && PARTS.iter().all(|(name, _)| !key.is(name)))
            .map(|(key, _)| Unread {
                key: key.span(),
                name: key.name().into_owned(),
                within: CONFIGURATION,
            })
            .collect();
        SCHEMA.report_unread(self.file, &unread, self.findings);
    }

    /// Reads a group.
    pub(super) fn group(&mut self, node: Node<'_>) -> Option<GroupSaid> {
        let type_name = type_of(node).unwrap_or_default();
        if !type_name.is_empty() || self.trust != Trust::Untyped {
            return self.group_of(&type_name, node);
        }
        // Without a type the members tell which kind it is; without members nothing does.
        if node.get("vm").is_some() {
            return self.group_of("ClusterVmGroup", node);
        }
        if node.get("host").is_some() {
            return self.group_of("ClusterHostGroup", node);
        }
        let mut group = self.group_of("ClusterVmGroup", node)?;
        group.members = Members::Empty;
        Some(group)
    }

    /// Reads a group of that type.
    pub(super) fn group_of(&mut self, type_name: &str, node: Node<'_>) -> Option<GroupSaid> {
        let (name, members) = match type_name {
            "ClusterVmGroup" => {
                let read = SCHEMA.read::<VmGroup>(self.file, node, self.findings)?;
                let vms = self.references(node, "vm", "VM group", &read.value.name);
                (read.value.name, Members::Vms(vms))
            }
            "ClusterHostGroup" => {
                let read = SCHEMA.read::<HostGroup>(self.file, node, self.findings)?;
                let hosts = self.references(node, "host", "host group", &read.value.name);
                (read.value.name, Members::Hosts(hosts))
            }
            _ => {
                self.unknown_type("group", type_name, node);
                return None;
            }
        };
        Some(GroupSaid {
            name,
            origin: self.origin(node),
            members,
        })
    }

    /// Reads a rule; one that cannot be understood is carried as it stands.
    pub(super) fn rule(&mut self, node: Node<'_>) -> RuleSaid {
        let type_name = type_of(node).unwrap_or_default();
        let has = |key| node.get(key).is_some();
        let read = match type_name.as_str() {
            "" if self.trust == Trust::Untyped && has("vmGroup") && has("dependsOnVmGroup") => {
                self.dependency(node)
            }
            "" if self.trust == Trust::Untyped
                && (has("vmGroupName")
                    || has("affineHostGroupName")
                    || has("antiAffineHostGroupName")) =>
            {
                self.hosts(node)
            }
            "" if self.trust == Trust::Untyped => self.machines(node, Shape::Unclear),
            "ClusterAffinityRuleSpec" => self.machines(node, Shape::Together),
            "ClusterAntiAffinityRuleSpec" => self.machines(node, Shape::Apart),
            "ClusterVmHostRuleInfo" => self.hosts(node),
            "ClusterDependencyRuleInfo" => self.dependency(node),
            _ => {
                self.unknown_type("rule", &type_name, node);
                None
            }
        };
        let origin = self.origin(node);
        let (base, shape) = read.unwrap_or_else(|| {
            let what = match type_name.as_str() {
                "" => "rule without a type".to_owned(),
                named => format!("rule of type {named}"),
            };
            let shape = Shape::Opaque(Opaque {
                what,
                text: short(node.raw()),
                origin,
            });
            (by_hand(node), shape)
        });
        let Base {
            key,
            uuid,
            name,
            enabled,
            mandatory,
            unread,
        } = base;
        RuleSaid {
            origin,
            key,
            uuid,
            name,
            enabled,
            mandatory,
            shape,
            unread,
        }
    }

    fn machines(&mut self, node: Node<'_>, shape: fn(Vec<Text>) -> Shape) -> Option<(Base, Shape)> {
        let base = base!(SCHEMA.read::<VmRule>(self.file, node, self.findings)?);
        let name = base.name.clone().unwrap_or_default();
        let vms = self.references(node, "vm", "rule", &name);
        Some((base, shape(vms)))
    }

    fn hosts(&mut self, node: Node<'_>) -> Option<(Base, Shape)> {
        let base = base!(SCHEMA.read::<VmHostRule>(self.file, node, self.findings)?);
        let on = self.text(node, "affineHostGroupName");
        let off = self.text(node, "antiAffineHostGroupName");
        let hosts = match (on, off) {
            (Some(on), Some(off)) => Some(Hosts::Both { on, off }),
            (Some(on), None) => Some(Hosts::On(on)),
            (None, Some(off)) => Some(Hosts::Off(off)),
            (None, None) => None,
        };
        let shape = match (self.text(node, "vmGroupName"), hosts) {
            (Some(vms), Some(hosts)) => Shape::VmHost { vms, hosts },
            (None, _) => self.incomplete(node, &base, "VM group"),
            (Some(_), None) => self.incomplete(node, &base, "host group"),
        };
        Some((base, shape))
    }

    fn dependency(&mut self, node: Node<'_>) -> Option<(Base, Shape)> {
        let base = base!(SCHEMA.read::<DependencyRule>(self.file, node, self.findings)?);
        let groups = (
            self.text(node, "vmGroup"),
            self.text(node, "dependsOnVmGroup"),
        );
        let shape = match groups {
            (Some(vms), Some(after)) => Shape::StartAfter { vms, after },
            (None, _) => self.incomplete(node, &base, "group that waits"),
            (Some(_), None) => self.incomplete(node, &base, "group that is waited for"),
        };
        Some((base, shape))
    }

    /// A rule that lacks a group it needs: reported, and carried as it stands.
    fn incomplete(&mut self, node: Node<'_>, base: &Base, lacks: &str) -> Shape {
        let name = base.name.clone().unwrap_or_default();
        let message = format!("DRS rule `{name}` names no {lacks}");
        let finding = Finding::new(&codes::read::BAD_SHAPE, Domain::Placement, message)
            .at(self.origin(node), name);
        self.findings.push(finding);
        Shape::Opaque(Opaque {
            what: format!("rule without a {lacks}"),
            text: short(node.raw()),
            origin: self.origin(node),
        })
    }

    fn unknown_type(&mut self, noun: &str, type_name: &str, node: Node<'_>) {
        let message = match type_name {
            "" => format!("DRS {noun} has no type, so what it asks for is not known"),
            known => format!("DRS {noun} is of type `{known}`, which is not known"),
        };
        let name = node.get("name").and_then(Node::str).unwrap_or_default();
        let finding = Finding::new(&codes::read::BAD_VALUE, Domain::Placement, message)
            .at(self.origin(node), name);
        self.findings.push(finding);
    }

    fn references(&mut self, node: Node<'_>, key: &str, noun: &str, name: &str) -> Vec<Text> {
        let mut found = Vec::new();
        for member in node.many(key) {
            let origin = self.origin(member);
            let text = object::reference(member).map(|reference| reference.id);
            // What is no reference stays a member that nothing answers to: left out, it would
            // free a machine of the rule.
            let text = text.unwrap_or_else(|| self.no_reference(member, noun, name));
            found.push(Text { text, origin });
        }
        found
    }

    fn no_reference(&mut self, member: Node<'_>, noun: &str, name: &str) -> String {
        let text = short(member.raw());
        let message = format!("member of DRS {noun} `{name}` is no reference: `{text}`");
        let finding = Finding::new(&codes::read::BAD_SHAPE, Domain::Placement, message)
            .at(self.origin(member), text.clone());
        self.findings.push(finding);
        text
    }

    /// A name that is given and not empty.
    fn text(&self, node: Node<'_>, key: &str) -> Option<Text> {
        let found = node.get(key)?;
        let text = found.str().filter(|text| !text.is_empty())?;
        Some(Text {
            text: text.into_owned(),
            origin: self.origin(found),
        })
    }

    fn origin(&self, node: Node<'_>) -> Origin {
        Origin {
            file: self.file,
            span: node.span(),
        }
    }
}

/// What can be said about a rule whose shape is not known, without guessing.
fn by_hand(node: Node<'_>) -> Base {
    let text = |key| {
        node.get(key)
            .and_then(Node::str)
            .map(std::borrow::Cow::into_owned)
    };
    let number = node.get("key").filter(|key| key.kind() != Kind::Object);
    let flag = |key| {
        let value = node.get(key);
        Some(value.is_some_and(|value| value.raw().eq_ignore_ascii_case("true")))
    };
    Base {
        key: number.and_then(|key| key.raw().parse().ok()),
        uuid: text("ruleUuid"),
        name: text("name"),
        enabled: flag("enabled"),
        mandatory: flag("mandatory"),
        unread: Vec::new(),
    }
}
