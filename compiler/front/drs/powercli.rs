//! PowerCLI objects as JSON or CSV, and what the published scripts and the `DRSRule` module make of
//! them.
//!
//! `ConvertTo-Json` writes a list of one as the object alone and an enum as its number. The numbers
//! of [`RULE_TYPES`] and [`GROUP_TYPES`] are known; those of rules between machines and hosts are
//! not, so such a rule needs its type as a word.

use super::said::{
    ClusterName, GroupSaid, Hosts, Members, Part, RuleSaid, RuleType, Shape, Statement, Text, Trust,
};
use super::schema::SCHEMA;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::front::inventory::object::{plain_name, reference};
use crate::front::schema::short;
use crate::ir::{BadKey, Opaque};
use crate::source::Origin;
use rehome_grammar::{Kind, Node};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;

/// `DrsRuleType`: a rule between machines.
const RULE_TYPES: [(&str, RuleType); 6] = [
    ("0", RuleType::Apart),
    ("1", RuleType::Together),
    ("VMAntiAffinity", RuleType::Apart),
    ("VMAffinity", RuleType::Together),
    ("ClusterAntiAffinityRuleSpec", RuleType::Apart),
    ("ClusterAffinityRuleSpec", RuleType::Together),
];

/// `DrsClusterGroupType`, and whether it is of hosts.
const GROUP_TYPES: [(&str, bool); 6] = [
    ("0", true),
    ("1", false),
    ("VMHostGroup", true),
    ("VMGroup", false),
    ("ClusterHostGroup", true),
    ("ClusterVmGroup", false),
];

/// `DrsVMHostRuleType` by its words: must it, and on or off.
const HOST_TYPES: [(&str, bool, bool); 4] = [
    ("MustRunOn", true, true),
    ("MustNotRunOn", true, false),
    ("ShouldRunOn", false, true),
    ("ShouldNotRunOn", false, false),
];

/// An object of PowerCLI or of the module: the keys of all kinds, of which each kind has some.
#[derive(Debug, Deserialize)]
#[serde(rename = "PowerCLI object", rename_all = "PascalCase")]
struct Item {
    name: Option<String>,
    enabled: Option<bool>,
    mandatory: Option<bool>,
    keep_together: Option<bool>,
    #[serde(rename = "Type")]
    _type: Option<IgnoredAny>,
    #[serde(rename = "GroupType")]
    _group_type: Option<IgnoredAny>,
    #[serde(rename = "Cluster")]
    _cluster: Option<IgnoredAny>,
    #[serde(rename = "ClusterId")]
    _cluster_id: Option<IgnoredAny>,
    #[serde(rename = "VM")]
    _vm: Option<IgnoredAny>,
    #[serde(rename = "VMId")]
    _vm_id: Option<IgnoredAny>,
    #[serde(rename = "VMIds")]
    _vm_ids: Option<IgnoredAny>,
    #[serde(rename = "VMHost")]
    _vm_host: Option<IgnoredAny>,
    #[serde(rename = "VMHostId")]
    _vm_host_id: Option<IgnoredAny>,
    #[serde(rename = "Member")]
    _member: Option<IgnoredAny>,
    #[serde(rename = "VMGroup")]
    _vm_group: Option<IgnoredAny>,
    #[serde(rename = "VMHostGroup")]
    _vm_host_group: Option<IgnoredAny>,
    #[serde(rename = "VMGroupName")]
    _vm_group_name: Option<IgnoredAny>,
    #[serde(rename = "AffineHostGroupName")]
    _affine: Option<IgnoredAny>,
    #[serde(rename = "AntiAffineHostGroupName")]
    _anti_affine: Option<IgnoredAny>,
    #[serde(rename = "UserCreated")]
    _user_created: Option<IgnoredAny>,
    #[serde(rename = "ExtensionData")]
    _extension_data: Option<IgnoredAny>,
    #[serde(rename = "Id")]
    _id: Option<IgnoredAny>,
    #[serde(rename = "Uid")]
    _uid: Option<IgnoredAny>,
    #[serde(rename = "Client")]
    _client: Option<IgnoredAny>,
}

/// Whether a node is a rule or group of this family.
pub(super) fn is_item(node: Node<'_>) -> bool {
    let has = |keys: &[&str]| keys.iter().any(|key| node.get(key).is_some());
    has(&["Name"])
        && has(&["Type", "GroupType"])
        && has(&[
            "VM",
            "VMIds",
            "VMId",
            "Member",
            "KeepTogether",
            "VMGroup",
            "VMGroupName",
            "VMHost",
        ])
}

/// Whether members were lost on the way: `Export-Csv` writes a list as the name of its type.
pub(super) fn lost_members(node: Node<'_>) -> bool {
    ["VM", "VMIds", "Member"].iter().any(|key| {
        let text = node.get(key).and_then(Node::str);
        text.is_some_and(|text| text.starts_with("System.") && text.ends_with("[]"))
    })
}

/// Reads every object of an export; one statement a cluster.
pub(super) fn read(export: &Export<'_>, findings: &mut Findings) -> Vec<Statement> {
    let mut reader = Reader {
        export,
        findings,
        found: BTreeMap::new(),
    };
    for root in export.source.tree.roots() {
        match root.kind() {
            Kind::Array => root.items().for_each(|item| reader.item(item)),
            Kind::Object | Kind::Null | Kind::Bool | Kind::Number | Kind::String => {
                reader.item(root);
            }
        }
    }
    reader.found.into_values().collect()
}

struct Reader<'r, 't> {
    export: &'r Export<'t>,
    findings: &'r mut Findings,
    found: BTreeMap<ClusterName, Statement>,
}

impl Reader<'_, '_> {
    fn item(&mut self, node: Node<'_>) {
        let Some(read) = SCHEMA.read::<Item>(self.export.file, node, self.findings) else {
            return;
        };
        let kind = type_text(node, "GroupType").or_else(|| type_text(node, "Type"));
        let kind = kind.unwrap_or_default();
        let is_module = kind.starts_with("Cluster");
        let is_group = node.get("GroupType").is_some()
            || node.get("Member").is_some()
            || matches!(kind.as_str(), "ClusterVmGroup" | "ClusterHostGroup");
        let cluster = cluster_of(node);
        let origin = self.origin(node);
        let trust = if is_module {
            Trust::RuleModule
        } else {
            Trust::PowerCli
        };
        if is_group {
            if let Some(group) = self.group(node, &kind, read.value.name) {
                let statement = self.statement(cluster, trust, origin);
                statement.covers.insert(Part::Groups);
                statement.groups.push(group);
            }
            return;
        }
        let rule = self.rule(node, &kind, read.value, read.unread);
        let statement = self.statement(cluster, trust, origin);
        // A part counts as told where it occurs: a list can have been filtered by kind.
        statement.covers.extend(rule.shape.part());
        statement.rules.push(rule);
    }

    fn statement(&mut self, cluster: ClusterName, trust: Trust, origin: Origin) -> &mut Statement {
        self.found
            .entry(cluster.clone())
            .or_insert_with(|| Statement::new(trust, cluster, origin, &[]))
    }

    fn group(&mut self, node: Node<'_>, kind: &str, name: Option<String>) -> Option<GroupSaid> {
        let known = GROUP_TYPES.iter().find(|(word, _)| *word == kind);
        let (Some(name), Some((_, hosts))) = (name, known) else {
            self.bad_type("group", kind, node);
            return None;
        };
        let members = if *hosts {
            Members::Hosts(self.members(node, &["VMHostId", "VMHost", "Member"]))
        } else {
            Members::Vms(self.members(node, &["VMId", "VM", "Member"]))
        };
        Some(GroupSaid {
            name,
            origin: self.origin(node),
            members,
        })
    }

    fn rule(&mut self, node: Node<'_>, kind: &str, item: Item, unread: Vec<BadKey>) -> RuleSaid {
        let machines = RULE_TYPES.iter().find(|(word, _)| *word == kind);
        let hosts = HOST_TYPES.iter().find(|(word, ..)| *word == kind);
        // The module writes the flag of every rule; PowerCLI has it inside of the object it wraps.
        let inner = node
            .get("ExtensionData")
            .and_then(|data| data.get("Mandatory"));
        let given = node.get("Mandatory").or(inner);
        let mut mandatory = given.map(|flag| flag.raw().eq_ignore_ascii_case("true"));
        let agrees = |found: RuleType| {
            let together = item.keep_together.unwrap_or(found == RuleType::Together);
            together == (found == RuleType::Together)
        };
        let shape = match (machines, hosts) {
            (Some((_, found)), _) if agrees(*found) => {
                let vms = self.members(node, &["VMId", "VMIds", "VM"]);
                match found {
                    RuleType::Together => Some(Shape::Together(vms)),
                    RuleType::Apart | RuleType::VmHost | RuleType::StartAfter => {
                        Some(Shape::Apart(vms))
                    }
                }
            }
            (_, Some((_, must, on))) => {
                mandatory = Some(*must);
                self.host_rule(node, *on)
            }
            _ if kind == "ClusterVmHostRuleInfo" => self.module_host_rule(node),
            _ => None,
        };
        let shape = shape.unwrap_or_else(|| {
            self.bad_type("rule", kind, node);
            Shape::Opaque(Opaque {
                what: format!("rule of type {kind}"),
                text: short(node.raw()),
                origin: self.origin(node),
            })
        });
        RuleSaid {
            origin: self.origin(node),
            key: None,
            uuid: None,
            name: item.name,
            enabled: item.enabled,
            mandatory: mandatory.or(item.mandatory),
            shape,
            unread,
        }
    }

    fn host_rule(&self, node: Node<'_>, on: bool) -> Option<Shape> {
        let vms = self.named(node, "VMGroup")?;
        let hosts = self.named(node, "VMHostGroup")?;
        let hosts = if on {
            Hosts::On(hosts)
        } else {
            Hosts::Off(hosts)
        };
        Some(Shape::VmHost { vms, hosts })
    }

    fn module_host_rule(&self, node: Node<'_>) -> Option<Shape> {
        let vms = self.named(node, "VMGroupName")?;
        let on = self.named(node, "AffineHostGroupName");
        let off = self.named(node, "AntiAffineHostGroupName");
        let hosts = match (on, off) {
            (Some(on), Some(off)) => Hosts::Both { on, off },
            (Some(on), None) => Hosts::On(on),
            (None, Some(off)) => Hosts::Off(off),
            (None, None) => return None,
        };
        Some(Shape::VmHost { vms, hosts })
    }

    /// The members under the first of the keys that has any.
    fn members(&self, node: Node<'_>, keys: &[&str]) -> Vec<Text> {
        let lists = keys.iter().map(|key| node.many(key).collect::<Vec<_>>());
        let list = lists.into_iter().find(|list| !list.is_empty());
        let list = list.unwrap_or_default().into_iter();
        list.map(|member| self.member(member)).collect()
    }

    fn member(&self, node: Node<'_>) -> Text {
        let id = node.get("Id").and_then(reference);
        let name = node.get("Name").and_then(Node::str);
        let text = match (node.str(), id, name) {
            (Some(text), ..) => match reference(node).filter(|found| !found.kind.is_empty()) {
                Some(found) if is_machine_or_host(&found.kind) => found.id,
                Some(_) | None => text.into_owned(),
            },
            (None, Some(id), _) => id.id,
            (None, None, Some(name)) => name.into_owned(),
            (None, None, None) => {
                reference(node).map_or_else(|| short(node.raw()), |found| found.id)
            }
        };
        Text {
            text,
            origin: self.origin(node),
        }
    }

    /// A name that stands as a string or as an object with a name.
    fn named(&self, node: Node<'_>, key: &str) -> Option<Text> {
        let found = node.get(key)?;
        let found = found.get("Name").unwrap_or(found);
        let text = found.str().filter(|text| !text.is_empty())?;
        Some(Text {
            text: text.into_owned(),
            origin: self.origin(found),
        })
    }

    fn bad_type(&mut self, noun: &str, kind: &str, node: Node<'_>) {
        let message = if kind.bytes().all(|byte| byte.is_ascii_digit()) && !kind.is_empty() {
            format!(
                "type {kind} of this PowerCLI {noun} is a number whose meaning is not certain, or goes against its other values"
            )
        } else {
            format!(
                "`{kind}` is no type of a PowerCLI {noun}, or the {noun} lacks what the type needs"
            )
        };
        let name = node.get("Name").and_then(Node::str).unwrap_or_default();
        let remedy = "export the rules with `| Select-Object *, @{n='Type';e={\"$($_.Type)\"}} -ExcludeProperty Type | ConvertTo-Json -Depth 4`, or with `govc object.collect -xml /DATACENTER/host/CLUSTER configurationEx`";
        let finding = Finding::new(&codes::read::BAD_VALUE, Domain::Placement, message)
            .at(self.origin(node), name)
            .remedy(remedy);
        self.findings.push(finding);
    }

    fn origin(&self, node: Node<'_>) -> Origin {
        Origin {
            file: self.export.file,
            span: node.span(),
        }
    }
}

fn is_machine_or_host(kind: &str) -> bool {
    matches!(kind, "VirtualMachine" | "HostSystem")
}

fn type_text(node: Node<'_>, key: &str) -> Option<String> {
    let found = node.get(key).filter(|found| !found.is_null())?;
    let text = found.str().map(std::borrow::Cow::into_owned);
    Some(text.unwrap_or_else(|| found.raw().to_owned()))
}

fn cluster_of(node: Node<'_>) -> ClusterName {
    let cluster = node.get("Cluster").filter(|found| !found.is_null());
    let name = cluster.and_then(|found| found.get("Name").unwrap_or(found).str());
    let inner = cluster.and_then(|found| found.get("Id"));
    let id = node.get("ClusterId").or(inner).and_then(reference);
    ClusterName {
        reference: id.map(|found| found.id),
        name: name
            .filter(|name| !name.is_empty())
            .map(|name| plain_name(&name)),
    }
}
