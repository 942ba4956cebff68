//! Plans, protection groups and machines as objects of the SOAP interface: what people get who pipe
//! them to JSON, as they are or through the published modules that put them together.
//!
//! The objects are a partial source. They tell plans with their groups, and groups with their machines;
//! they leave out sites, steps, networks and addresses, and the settings of machines stand alone. So a
//! plan of objects is held with what it lacks, as that of an as-built report is, and nothing is ever
//! made of it. Where other exports tell a plan or a group, the objects are not used for it.
//!
//! A reference to a group is an id, and the info of a group has none: an object that has both, or an
//! info below the object that has the id, tells which is which.
//!
//! Source of the shapes: `GetInfo` of `SrmRecoveryPlan` and `SrmProtectionGroup` in the API of Site
//! Recovery Manager 8, and the functions `Show-SRMRecoveryPlanInfo`, `Show-SRMProtectionGroupInfo` and
//! `Show-SRMProtectedVM` of the module `SupSkiFun.SRM`.

use super::bundle::{Item, refused};
use super::call::Call;
use super::group::Groups;
use super::reader::{Reader, by_name, identity};
use super::schema::SCHEMA;
use super::{Form, plan, value};
use crate::finding::{Domain, Finding, codes};
use crate::front::detect::{Export, Format};
use crate::front::schema::short;
use crate::ir::inventory::Vm;
use crate::ir::recovery::{ProtectionGroup, Recovery, RecoveryPlan, Replication, Sites};
use crate::ir::{Ident, Name, Named};
use crate::source::{FileId, Origin};
use rehome_grammar::de::Spanned;
use rehome_grammar::{Kind, Node, Syntax, Tree, text};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Plan,
    Group,
    /// A machine with the name of its group.
    Machine,
    /// An object that does not say what it belongs to.
    Loose(&'static str),
}

/// Whether a file holds plans, groups, or machines with their groups.
pub(super) fn is_known(tree: &Tree) -> bool {
    if tree.syntax() != Syntax::Json {
        return false;
    }
    let mut shapes = objects(tree).map(shape);
    let Some(Some(first)) = shapes.next() else {
        return false;
    };
    !matches!(first, Shape::Loose(_))
        || shapes.any(|shape| shape.is_some_and(|shape| !matches!(shape, Shape::Loose(_))))
}

fn objects(tree: &Tree) -> impl Iterator<Item = Node<'_>> {
    tree.roots().flat_map(|root| {
        let single = (root.kind() == Kind::Object).then_some(root);
        let many = (root.kind() == Kind::Array).then(|| root.items());
        single.into_iter().chain(many.into_iter().flatten())
    })
}

/// The value of a key as the interface writes it, and as `PowerShell` does.
fn field<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    let mut entries = node.entries();
    let found = entries.find(|(known, _)| known.name().eq_ignore_ascii_case(key))?;
    Some(found.1).filter(|value| !value.is_null())
}

fn shape(node: Node<'_>) -> Option<Shape> {
    if node.kind() != Kind::Object {
        return None;
    }
    let has = |key| field(node, key).is_some();
    let told = field(node, "info").unwrap_or(node);
    let tells = |key| field(told, key).is_some();
    let kind = moref(node).and_then(|(kind, _)| kind);
    if kind.as_deref() == Some("SrmRecoveryPlan")
        || (has("RecoveryPlan") || tells("name") && !has("id")) && tells("ProtectionGroups")
    {
        Some(Shape::Plan)
    } else if has("VMMoRef") && has("ProtectedVm") && has("ProtectionGroup") {
        Some(Shape::Machine)
    } else if kind.as_deref() == Some("SrmProtectionGroup")
        || has("ProtectionGroup") && has("VMNames")
        || tells("name") && field(told, "type").is_some_and(is_replication)
    {
        Some(Shape::Group)
    } else if has("ProtectedVm") && has("NeedsConfiguration") {
        Some(Shape::Loose("protected machines"))
    } else {
        has("recoveryPriority").then_some(Shape::Loose("recovery settings"))
    }
}

/// The words of this interface for how data travels.
fn is_replication(node: Node<'_>) -> bool {
    node.str()
        .is_some_and(|word| matches!(word.as_ref(), "san" | "vr" | "vvol"))
}

/// The type and the identifier of an object.
fn moref(node: Node<'_>) -> Option<(Option<String>, String)> {
    reference(field(node, "MoRef")?)
}

/// A reference: `{"Type": "SrmProtectionGroup", "Value": "..."}`, or both in one text.
fn reference(node: Node<'_>) -> Option<(Option<String>, String)> {
    if let Some(value) = field(node, "Value").and_then(Node::str) {
        let kind = field(node, "Type").and_then(Node::str);
        return Some((kind.map(Cow::into_owned), value.into_owned()));
    }
    let told = node.str()?;
    let told = text::moref(&told).ok()?;
    Some((told.kind.map(str::to_owned), told.value.to_owned()))
}

/// An object around its info.
#[derive(Debug, Deserialize)]
struct SrmView {
    #[expect(dead_code, reason = "read as a node")]
    #[serde(alias = "Info")]
    info: IgnoredAny,
}

#[derive(Debug, Deserialize)]
struct SrmRecoveryPlan {
    #[serde(alias = "Name", alias = "RecoveryPlan")]
    name: Option<String>,
    #[serde(alias = "Description")]
    description: Option<String>,
}

#[derive(Debug, Deserialize)]
struct SrmProtectionGroup {
    #[serde(alias = "Name", alias = "ProtectionGroup")]
    name: Option<String>,
    #[serde(alias = "Description")]
    description: Option<String>,
    #[serde(rename = "type", alias = "Type")]
    replication: Option<Spanned<String>>,
    #[serde(rename = "VMCount")]
    count: Option<Spanned<usize>>,
}

#[derive(Debug, Deserialize)]
struct SrmProtectedVm {
    #[serde(rename = "VM")]
    name: Option<String>,
    #[serde(rename = "VMMoRef")]
    vm: Option<Spanned<String>>,
    #[serde(rename = "ProtectionGroup")]
    group: String,
}

/// Reads all objects, behind the other exports.
pub(super) fn read(
    exports: &[Export<'_>],
    reader: &mut Reader<'_, '_>,
    groups: &mut Groups,
    recovery: &mut Recovery<Named>,
) {
    let mut sorted: BTreeMap<u8, Vec<Item<'_>>> = BTreeMap::new();
    for export in exports {
        if export.format != Format::Srm(Form::Objects) {
            continue;
        }
        for node in objects(&export.source.tree) {
            let item = Item {
                file: export.file,
                node,
            };
            match shape(node) {
                Some(Shape::Plan) => sorted.entry(0).or_default().push(item),
                Some(Shape::Group) => sorted.entry(1).or_default().push(item),
                Some(Shape::Machine) => sorted.entry(2).or_default().push(item),
                Some(Shape::Loose(what)) => loose(reader, item, what),
                None => unknown(reader, item),
            }
        }
    }
    let mut take = |order| sorted.remove(&order).unwrap_or_default();
    let (plans, of_groups, machines) = (take(0), take(1), take(2));
    let all = plans.iter().chain(&of_groups).chain(&machines);
    let files = all.map(|item| item.file).collect();
    let mut objects = Objects {
        reader,
        groups,
        files,
        machines: BTreeMap::new(),
    };
    let machines = objects.machines(&machines);
    for item in &of_groups {
        objects.group(*item);
    }
    for item in &plans {
        for node in groups_of(item.node).filter(|node| shape(*node) == Some(Shape::Group)) {
            objects.group(Item { node, ..*item });
        }
    }
    for (group, vm) in machines {
        objects.member(&group, &vm);
    }
    for item in plans {
        objects.plan(item, recovery);
    }
    recovery.plans.sort_by(|a, b| by_name(&a.ident, &b.ident));
}

fn loose(reader: &mut Reader<'_, '_>, item: Item<'_>, what: &str) {
    let message = format!(
        "{what} of SRM do not name what they belong to, and this object of the SOAP interface stands alone"
    );
    let finding = refused(item.origin(), what, message);
    reader.report(finding.remedy("collect with the script of the book"));
}

fn unknown(reader: &mut Reader<'_, '_>, item: Item<'_>) {
    let message = "an object beside those of SRM has a shape that is not known";
    let finding = Finding::new(&codes::read::BAD_SHAPE, Domain::Recovery, message);
    reader.report(finding.at(item.origin(), short(item.node.raw())));
}

/// The groups of a plan: references, objects, or one of them alone.
fn groups_of(plan: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let told = field(plan, "info").unwrap_or(plan);
    let groups = field(told, "ProtectionGroups");
    let single = groups.filter(|groups| groups.kind() != Kind::Array);
    let many = groups.filter(|groups| groups.kind() == Kind::Array);
    let many = many.into_iter().flat_map(Node::items);
    single.into_iter().chain(many)
}

struct Objects<'r, 'a, 't> {
    reader: &'r mut Reader<'a, 't>,
    groups: &'r mut Groups,
    /// The files of objects.
    files: BTreeSet<FileId>,
    /// The identifiers of machines by their names.
    machines: BTreeMap<String, BTreeSet<String>>,
}

/// A machine that its group lists.
struct Member {
    name: String,
    origin: Origin,
}

impl Objects<'_, '_, '_> {
    /// Reads one object, and the object around it.
    fn object<'n, T: Deserialize<'n>>(&mut self, item: Item<'n>) -> Option<T> {
        let mut node = item.node;
        if let Some(info) = field(node, "info") {
            let _: Option<SrmView> = self.told(item.file, node);
            node = info;
        }
        self.told(item.file, node)
    }

    fn told<'n, T: Deserialize<'n>>(&mut self, file: FileId, node: Node<'n>) -> Option<T> {
        SCHEMA
            .read::<T>(file, node, self.reader.findings())
            .map(|read| read.value)
    }

    /// The machines that name their group; remembers how their names and identifiers belong together.
    fn machines(&mut self, items: &[Item<'_>]) -> Vec<(String, Member)> {
        let mut members = Vec::new();
        for item in items {
            let Some(SrmProtectedVm { name, vm, group }) = self.told(item.file, item.node) else {
                continue;
            };
            let moref = vm.as_ref().and_then(|vm| text::moref(&vm.value).ok());
            let known = moref.map(|moref| format!("VirtualMachine:{}", moref.value));
            let Some(name) = name.or_else(|| known.clone()) else {
                unknown(self.reader, *item);
                continue;
            };
            let ids = self.machines.entry(name.clone()).or_default();
            ids.extend(known);
            let origin = item.origin();
            members.push((group, Member { name, origin }));
        }
        members
    }

    /// A machine by its name: by its identifier where one object gives the name one.
    fn machine(&mut self, member: &Member) -> Name<Vm<Named>> {
        let ids = self.machines.get(&member.name);
        let only = ids.filter(|ids| ids.len() == 1).and_then(BTreeSet::first);
        let id = only.unwrap_or(&member.name);
        self.reader.machine(id, Some(&member.name), member.origin)
    }

    fn group(&mut self, item: Item<'_>) {
        let Some(told) = self.object::<SrmProtectionGroup>(item) else {
            return;
        };
        let SrmProtectionGroup {
            name,
            description,
            replication,
            count,
        } = told;
        let Some(id) = id_of(item.node, name.as_deref()) else {
            unknown(self.reader, item);
            return;
        };
        let ident = identity(id, name, item.origin());
        if self.is_told_elsewhere(&ident) {
            return;
        }
        let replication = match replication {
            Some(word) => value::replication(&word.value).unwrap_or_else(|| {
                let taken = "how its data travels is not known";
                self.reader
                    .bad_value(&ident, "type", item.file, &word, taken);
                Replication::Unknown(word.value.clone())
            }),
            None => Replication::Unknown(String::new()),
        };
        let vms = self.members(&ident, item, count.as_ref());
        let known = self.groups.get(&ident.id);
        let Some(known) = known else {
            self.push(ident, description, replication, vms);
            return;
        };
        if known.vms.is_empty() {
            known.vms = vms;
        } else if !vms.is_empty()
            && known
                .vms
                .iter()
                .map(|vm| &vm.text)
                .ne(vms.iter().map(|vm| &vm.text))
        {
            let first = known.ident.clone();
            self.twice("protection group", &first, &ident);
        }
    }

    /// Whether another export than these objects tells a group.
    fn is_told_elsewhere(&self, group: &Ident) -> bool {
        let mut known = self.groups.idents();
        known.any(|known| {
            let same = known.id == group.id || known.name == group.name;
            same && !self.files.contains(&known.origin.file)
        })
    }

    fn push(
        &mut self,
        ident: Ident,
        description: Option<String>,
        replication: Replication,
        vms: Vec<Name<Vm<Named>>>,
    ) {
        let call = Call::GroupVms("{group_id}".to_owned());
        self.groups.push(ProtectionGroup {
            description: description.filter(|text| !text.is_empty()),
            folder: None,
            sites: Sites::default(),
            replication,
            rpo_minutes: None,
            vms,
            places: Vec::new(),
            missing: vec![self.reader.answers.request(&call, &[])],
            ident,
        });
    }

    /// The machines that a group names. `ConvertTo-Json` joins a list that lies too deep to one text:
    /// it is taken as one name only where the group counts one machine.
    fn members(
        &mut self,
        group: &Ident,
        item: Item<'_>,
        count: Option<&Spanned<usize>>,
    ) -> Vec<Name<Vm<Named>>> {
        let Some(names) = field(item.node, "VMNames") else {
            return Vec::new();
        };
        let origin = |node: Node<'_>| Origin {
            file: item.file,
            span: node.span(),
        };
        let listed: Vec<Node<'_>> = match names.kind() {
            Kind::Array => names.items().collect(),
            Kind::Null | Kind::Bool | Kind::Number | Kind::String | Kind::Object => vec![names],
        };
        let found: Vec<Member> = listed
            .into_iter()
            .filter_map(|node| {
                let name = node.str()?.into_owned();
                let origin = origin(node);
                Some(Member { name, origin })
            })
            .filter(|member| !member.name.is_empty())
            .collect();
        if count.is_none_or(|count| count.value != found.len()) {
            let counted = count.map_or_else(
                || "no count of them".to_owned(),
                |count| format!("a count of {}", count.value),
            );
            let message = format!(
                "SRM protection group `{}` has {} and {counted}; its machines are not known",
                group.name,
                match found.len() {
                    1 => "1 name of a machine".to_owned(),
                    many => format!("{many} names of machines"),
                }
            );
            let finding = Finding::new(&codes::read::BAD_VALUE, Domain::Recovery, message)
                .about(group.subject())
                .at(origin(names), short(names.raw()));
            self.reader
                .report(finding.remedy("write the objects with `ConvertTo-Json -Depth 6`"));
            return Vec::new();
        }
        let mut vms: Vec<_> = found.iter().map(|one| self.machine(one)).collect();
        vms.sort_by(|a, b| a.text.cmp(&b.text));
        vms.dedup_by(|a, b| a.text == b.text);
        vms
    }

    /// Adds a machine that names its group.
    fn member(&mut self, group: &str, member: &Member) {
        let ident = identity(group, None, member.origin);
        if self.is_told_elsewhere(&ident) {
            return;
        }
        if self.groups.named(group).is_none() {
            self.push(ident, None, Replication::Unknown(String::new()), Vec::new());
        }
        let vm = self.machine(member);
        let Some(known) = self.groups.named(group) else {
            return;
        };
        if known.vms.iter().all(|other| other.text != vm.text) {
            known.vms.push(vm);
            known.vms.sort_by(|a, b| a.text.cmp(&b.text));
        }
    }

    fn plan(&mut self, item: Item<'_>, recovery: &mut Recovery<Named>) {
        let Some(SrmRecoveryPlan { name, description }) = self.object(item) else {
            return;
        };
        let Some(id) = id_of(item.node, name.as_deref()) else {
            unknown(self.reader, item);
            return;
        };
        let ident = identity(id, name, item.origin());
        let groups = self.groups_of(&ident, item);
        let mut plans = recovery.plans.iter();
        let is_mine = |file| self.files.contains(&file);
        let same = |plan: &&RecoveryPlan<Named>| {
            let by_name = !is_mine(plan.ident.origin.file) || ident.id == ident.name;
            plan.ident.id == ident.id || by_name && plan.ident.name == ident.name
        };
        if let Some(first) = plans.find(same) {
            if !is_mine(first.ident.origin.file) {
                self.passed_over(&ident);
                return;
            }
            let names = first.groups.iter().map(|group| &group.text);
            if names.ne(groups.iter().map(|group| &group.text)) {
                let first = first.ident.clone();
                self.twice("recovery plan", &first, &ident);
            }
            return;
        }
        self.state(&ident, item);
        let source = "an object of the SOAP interface";
        let lacks = "the settings of its machines and how their addresses change";
        let missing = plan::told_in_part(self.reader, &ident, source, lacks);
        recovery.plans.push(RecoveryPlan {
            description: description.filter(|text| !text.is_empty()),
            folder: None,
            sites: Sites::default(),
            groups,
            vms: Vec::new(),
            steps: Vec::new(),
            test_networks: Vec::new(),
            missing,
            ident,
        });
    }

    /// The groups of a plan by what they are known by; reports those that no object names.
    fn groups_of(&mut self, plan: &Ident, item: Item<'_>) -> Vec<Name<ProtectionGroup<Named>>> {
        let mut names = Vec::new();
        for node in groups_of(item.node) {
            let origin = Origin {
                file: item.file,
                span: node.span(),
            };
            let known = self.known(node);
            if let Some(id) = known {
                names.push(Name::new(id, origin));
                continue;
            }
            let message = format!(
                "an object of SRM recovery plan `{}` refers to a protection group that no object or answer names",
                plan.name
            );
            let finding = Finding::new(&codes::read::INCOMPLETE_EXPORT, Domain::Recovery, message)
                .about(plan.subject())
                .at(origin, short(node.raw()));
            self.reader.report(
                finding.remedy("add the object of the group, with its `MoRef` beside its info"),
            );
        }
        names.sort_by(|a: &Name<_>, b| a.text.cmp(&b.text));
        names.dedup_by(|a, b| a.text == b.text);
        names
    }

    /// The group that a reference, or an object, is about.
    fn known(&mut self, node: Node<'_>) -> Option<String> {
        let told = field(node, "info").unwrap_or(node);
        let name = field(told, "ProtectionGroup").or_else(|| field(told, "name"));
        let id = moref(node).or_else(|| reference(node)).map(|(_, id)| id);
        if let Some(group) = id.and_then(|id| self.groups.get(&id)) {
            return Some(group.ident.id.clone());
        }
        let group = self.groups.named(&name?.str()?)?;
        Some(group.ident.id.clone())
    }

    /// Reports a plan that was not at rest, or in a state that is told by a number.
    fn state(&mut self, plan: &Ident, item: Item<'_>) {
        let told = field(item.node, "info").unwrap_or(item.node);
        let Some(state) = field(told, "state") else {
            return;
        };
        let word = state.str().unwrap_or(Cow::Borrowed(state.raw()));
        if ["ready", "protecting"].contains(&word.to_ascii_lowercase().as_str()) {
            return;
        }
        let message = format!(
            "SRM recovery plan `{}` was in the state `{word}` when it was exported",
            plan.name
        );
        let code = &codes::read_recovery::PLAN_NOT_READY;
        let origin = Origin {
            file: item.file,
            span: state.span(),
        };
        let finding = Finding::new(code, Domain::Recovery, message).about(plan.subject());
        self.reader.report(finding.at(origin, word.as_ref()));
    }

    fn passed_over(&mut self, plan: &Ident) {
        let message = format!(
            "an object of the SOAP interface tells SRM recovery plan `{}`, which another export tells; the object is not used",
            plan.name
        );
        let code = &codes::read_recovery::REPORT_PASSED_OVER;
        let finding = Finding::new(code, Domain::Recovery, message);
        self.reader.report(finding.about(plan.subject()));
    }

    fn twice(&mut self, what: &str, first: &Ident, second: &Ident) {
        let message = format!(
            "an object of the SOAP interface tells {what} `{}` otherwise than what was read before; the first is used",
            first.name
        );
        let finding = Finding::new(&codes::read::DUPLICATE_OBJECT, Domain::Recovery, message);
        self.reader
            .report(finding.about(first.subject()).about(second.subject()));
    }
}

/// What an object is known by: its identifier, or its name where it has none.
fn id_of(node: Node<'_>, name: Option<&str>) -> Option<String> {
    let id = moref(node).map(|(_, id)| id);
    id.or_else(|| name.map(str::to_owned))
        .filter(|id| !id.trim().is_empty())
}
