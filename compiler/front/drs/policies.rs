//! Compute policies: rules over tags, of a whole vCenter instead of a cluster.
//!
//! A policy names tags and never machines, so it needs the list of what each tag is attached to.

use super::schema::SCHEMA;
use crate::finding::codes::{read, read_placement};
use crate::finding::{Domain, Effect, Finding, Findings};
use crate::front::detect::{Export, Format};
use crate::front::inventory::object::reference;
use crate::front::schema::short;
use crate::ir::placement::{
    HostGroup, Placement, PlacementRule, RuleKind, Setting, SettingKind, Strength, VmGroup,
};
use crate::ir::{Ident, Name, Named, Opaque};
use crate::source::Origin;
use rehome_grammar::{Kind, Node, Tree};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, BTreeSet};

/// What the name of every capability begins with.
const CAPABILITY: &str = "com.vmware.vcenter.compute.policies.capabilities.";

/// What the id of every tag begins with.
const TAG: &str = "urn:vmomi:InventoryServiceTag:";

/// What the ids of these rules and groups begin with.
const PREFIX: &str = "compute-policies";

/// Capabilities that say something about single machines or the whole vCenter, and tie nothing.
const SETTINGS: [&str; 6] = [
    "disable_drs_vmotion",
    "vm.evacuation.vmotion",
    "vm.evacuation.best_effort_restart",
    "vm.placement.anti_affinity_with_vcls",
    "vm.placement.span.limit.number_of_hosts_plus_one_for_maintenance",
    "cluster_scale_in_ignore_vm_capabilities",
];

/// A policy of any capability: the keys of all of them.
#[derive(Debug, Deserialize)]
#[serde(rename = "compute policy")]
struct Policy {
    capability: String,
    name: Option<String>,
    vm_tag: Option<String>,
    host_tag: Option<String>,
    strictness: Option<String>,
    #[serde(rename = "vm_selector")]
    _vm_selector: Option<IgnoredAny>,
    #[serde(rename = "host_selector")]
    _host_selector: Option<IgnoredAny>,
    #[serde(rename = "policy")]
    _policy: Option<IgnoredAny>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(rename = "managed_by")]
    _managed_by: Option<IgnoredAny>,
    #[serde(rename = "number_of_hosts")]
    _number_of_hosts: Option<IgnoredAny>,
}

/// Whether a file holds compute policies, tags or what tags are attached to.
pub(super) fn is_export(tree: &Tree) -> bool {
    let first = objects(tree).into_iter().next();
    first.is_some_and(|one| is_policy(one) || is_attachment(one) || is_tag(one))
}

fn is_policy(node: Node<'_>) -> bool {
    let capability = node.get("capability").and_then(Node::str);
    capability.is_some_and(|capability| capability.starts_with(CAPABILITY))
}

fn is_attachment(node: Node<'_>) -> bool {
    node.get("tag_id").is_some() && node.get("object_ids").is_some()
}

fn is_tag(node: Node<'_>) -> bool {
    let id = node.get("id").and_then(Node::str);
    node.get("category_id").is_some() && id.is_some_and(|id| id.starts_with(TAG))
}

/// The objects of answers: of lists, of answers one after the other, of the older API's `value`.
fn objects(tree: &Tree) -> Vec<Node<'_>> {
    let mut found = Vec::new();
    for root in tree.roots() {
        let inner = root.get("value").filter(|_| !is_policy(root));
        let inner = inner.unwrap_or(root);
        match inner.kind() {
            Kind::Array => found.extend(inner.items()),
            Kind::Object => found.push(inner),
            Kind::Null | Kind::Bool | Kind::Number | Kind::String => {}
        }
    }
    found
}

/// The groups of a rule between machines and hosts.
type Groups = (Name<VmGroup<Named>>, Name<HostGroup<Named>>);

/// What is known about a tag.
#[derive(Debug, Default)]
struct Tag {
    name: Option<String>,
    /// Where the list of its objects stands.
    listed: Option<Origin>,
    vms: Vec<(String, Origin)>,
    hosts: Vec<(String, Origin)>,
}

/// Reads the policies of all exports with the tags of all exports.
pub(super) fn read(
    exports: &[Export<'_>],
    placement: &mut Placement<Named>,
    findings: &mut Findings,
) {
    let of_policies = |export: &&Export<'_>| export.format == Format::Drs(super::Form::Policies);
    let exports: Vec<&Export<'_>> = exports.iter().filter(of_policies).collect();
    let mut reader = Reader {
        tags: BTreeMap::new(),
        groups: BTreeSet::new(),
        placement,
        findings,
    };
    for export in &exports {
        for node in objects(&export.source.tree) {
            reader.tag(export, node);
        }
    }
    for export in exports {
        for node in objects(&export.source.tree)
            .into_iter()
            .filter(|one| is_policy(*one))
        {
            reader.policy(export, node);
        }
    }
}

struct Reader<'r> {
    tags: BTreeMap<String, Tag>,
    /// The ids of the groups that were made from tags.
    groups: BTreeSet<String>,
    placement: &'r mut Placement<Named>,
    findings: &'r mut Findings,
}

impl Reader<'_> {
    fn tag(&mut self, export: &Export<'_>, node: Node<'_>) {
        let text = |key| {
            node.get(key)
                .and_then(Node::str)
                .map(std::borrow::Cow::into_owned)
        };
        if is_attachment(node) {
            let Some(id) = text("tag_id") else { return };
            let tag = self.tags.entry(id).or_default();
            tag.listed = Some(origin(export, node));
            for object in node.many("object_ids") {
                let kind = object.get("type").and_then(Node::str);
                let id = object.get("id").and_then(reference);
                match (kind.as_deref(), id) {
                    (Some("VirtualMachine"), Some(id)) => {
                        tag.vms.push((id.id, origin(export, object)));
                    }
                    (Some("HostSystem"), Some(id)) => {
                        tag.hosts.push((id.id, origin(export, object)));
                    }
                    // Policies speak of machines and hosts; tags are attached to other things too.
                    (Some(_) | None, _) => {}
                }
            }
        } else if is_tag(node) {
            if let Some(id) = text("id") {
                self.tags.entry(id).or_default().name = text("name");
            }
        } else if !is_policy(node) {
            let message = format!(
                "`{}` is no compute policy, tag or list of tagged objects",
                short(node.raw())
            );
            let finding = Finding::new(&read::BAD_SHAPE, Domain::Placement, message);
            let origin = origin(export, node);
            self.findings.push(finding.at(origin, short(node.raw())));
        }
    }

    fn policy(&mut self, export: &Export<'_>, node: Node<'_>) {
        let Some(read) = SCHEMA.read::<Policy>(export.file, node, self.findings) else {
            return;
        };
        let policy = read.value;
        let kind = policy
            .capability
            .strip_prefix(CAPABILITY)
            .unwrap_or_default();
        let origin = origin(export, node);
        let name = policy.name.clone().unwrap_or_else(|| kind.to_owned());
        let ident = Ident {
            id: format!("{PREFIX}/{name}"),
            name,
            origin,
        };
        if SETTINGS.contains(&kind) {
            return self.setting(ident, kind, node);
        }
        let inner = |key: &str| {
            let tag = node.get(key)?.get("tag")?.get("tag_id")?;
            Some(tag.str()?.into_owned())
        };
        let vms = policy.vm_tag.or_else(|| inner("vm_selector"));
        let hosts = policy.host_tag.or_else(|| inner("host_selector"));
        let kind = match kind {
            "vm_vm_affinity" => self.machines(&ident, vms).map(RuleKind::Together),
            "vm_vm_anti_affinity" => self.machines(&ident, vms).map(RuleKind::Apart),
            "vm_host_affinity" => self
                .both(&ident, vms, hosts)
                .map(|(vms, hosts)| RuleKind::RunOn { vms, hosts }),
            "vm_host_anti_affinity" => self
                .both(&ident, vms, hosts)
                .map(|(vms, hosts)| RuleKind::KeepOff { vms, hosts }),
            other => {
                let message = format!(
                    "compute policy `{}` is of capability `{other}`, which is not known",
                    ident.name
                );
                let finding = Finding::new(&read::BAD_VALUE, Domain::Placement, message);
                self.findings.push(finding.about(ident.subject()));
                None
            }
        };
        self.strictness(&ident, policy.strictness.as_deref());
        let kind = kind.unwrap_or_else(|| {
            RuleKind::Opaque(Opaque {
                what: "compute policy whose tags or kind no export tells".to_owned(),
                text: short(node.raw()),
                origin,
            })
        });
        self.placement.rules.push(PlacementRule {
            ident,
            cluster: None,
            age: None,
            kind,
            strength: Strength::Should,
            enabled: true,
            unread: read.unread,
        });
    }

    /// No policy holds where it would stop a machine: even a strict one gives way to failover and
    /// evacuation. So all are read as should, and for a strict one that is less than it asks.
    fn strictness(&mut self, ident: &Ident, strictness: Option<&str>) {
        let (code, message) = match strictness {
            None | Some("PREFERRED_DURING_PLACEMENT_PREFERRED_DURING_EXECUTION") => return,
            Some("REQUIRED_DURING_PLACEMENT_PREFERRED_DURING_EXECUTION") => (
                &read_placement::REQUIRED_AT_PLACEMENT,
                format!(
                    "compute policy `{}` is required when a machine is placed and preferred when it runs; it is read as should",
                    ident.name
                ),
            ),
            Some(other) => (
                &read::BAD_VALUE,
                format!(
                    "`{other}` is no strictness of compute policy `{}` that is known; it is read as should",
                    ident.name
                ),
            ),
        };
        let finding = Finding::new(code, Domain::Placement, message);
        self.findings.push(finding.about(ident.subject()));
    }

    fn setting(&mut self, ident: Ident, kind: &str, node: Node<'_>) {
        self.placement.settings.push(Setting {
            what: SettingKind::Other {
                key: format!("computePolicy[{}].{kind}", ident.name),
                value: super::settings::text(node),
            },
            ident,
            cluster: None,
            vm: None,
        });
    }

    /// The machines of a rule between machines.
    fn machines<T>(&mut self, ident: &Ident, tag: Option<String>) -> Option<Vec<Name<T>>> {
        let tag = self.known(ident, "machines", tag)?;
        let vms = self.tags.get(&tag)?.vms.iter();
        Some(
            vms.map(|(id, origin)| Name::new(id.clone(), *origin))
                .collect(),
        )
    }

    /// The groups of a rule between machines and hosts.
    fn both(
        &mut self,
        ident: &Ident,
        vms: Option<String>,
        hosts: Option<String>,
    ) -> Option<Groups> {
        let vms = self.known(ident, "machines", vms);
        let hosts = self.known(ident, "hosts", hosts);
        let (vms, hosts) = (vms?, hosts?);
        let vms = Name::new(self.group(&vms, false)?, ident.origin);
        let hosts = Name::new(self.group(&hosts, true)?, ident.origin);
        Some((vms, hosts))
    }

    /// The tag, if some export lists what it is attached to.
    fn known(&mut self, ident: &Ident, noun: &str, tag: Option<String>) -> Option<String> {
        let listed = |tag: &String| self.tags.get(tag).is_some_and(|tag| tag.listed.is_some());
        if let Some(tag) = tag.clone().filter(listed) {
            return Some(tag);
        }
        let (code, message, remedy) = match tag {
            Some(tag) => (
                &read::INCOMPLETE_EXPORT,
                format!(
                    "compute policy `{}` speaks of the {noun} with tag `{tag}`, and no export says which these are: it is not translated",
                    ident.name
                ),
                "run `POST /api/cis/tagging/tag-association?action=list-attached-objects-on-tags` with the tags and give rehome its answer",
            ),
            None => (
                &read::REFUSED_FORM,
                format!(
                    "compute policy `{}` stands here without the tag of its {noun}: this is the list of policies and not the policies",
                    ident.name
                ),
                "run `GET /api/vcenter/compute/policies/POLICY` for each policy of the list and give rehome the answers",
            ),
        };
        let finding = Finding::new(code, Domain::Placement, message)
            .effect(Effect::BROADENS)
            .remedy(remedy)
            .about(ident.subject());
        self.findings.push(finding);
        None
    }

    /// The id of the group of a tag's machines or hosts; made when it is first asked for.
    fn group(&mut self, tag: &str, of_hosts: bool) -> Option<String> {
        let known = self.tags.get(tag)?;
        let name = known.name.clone();
        let name = name.unwrap_or_else(|| tag.trim_start_matches(TAG).to_owned());
        let noun = if of_hosts { "hosts" } else { "machines" };
        let id = format!("{PREFIX}/{noun}/{tag}");
        if !self.groups.insert(id.clone()) {
            return Some(id);
        }
        let ident = Ident {
            id: id.clone(),
            name,
            origin: known.listed?,
        };
        if of_hosts {
            let hosts = known.hosts.iter();
            let hosts = hosts.map(|(id, origin)| Name::new(id.clone(), *origin));
            self.placement.host_groups.push(HostGroup {
                ident,
                cluster: None,
                hosts: hosts.collect(),
            });
        } else {
            let vms = known.vms.iter();
            let vms = vms.map(|(id, origin)| Name::new(id.clone(), *origin));
            self.placement.vm_groups.push(VmGroup {
                ident,
                cluster: None,
                vms: vms.collect(),
            });
        }
        Some(id)
    }
}

fn origin(export: &Export<'_>, node: Node<'_>) -> Origin {
    Origin {
        file: export.file,
        span: node.span(),
    }
}
