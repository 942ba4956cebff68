//! From the shapes an export can have to a flat list of objects with their paths.

use super::known::SCHEMA;
use super::members::{self, Listed};
use super::object::{Ground, Object, origin, peek};
use super::shape::{Kind, Manager, claims_members, claims_pages_by_id};
use crate::finding::{Effect, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::front::schema::short;
use crate::ir::Ident;
use crate::source::Origin;
use crate::taken::Taken;
use rehome_grammar::{Kind as Value, Node, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// An object of an export.
#[derive(Clone, Debug)]
pub(super) struct Item<'t> {
    pub kind: Kind,
    pub file: Ground<'t>,
    pub node: Node<'t>,
    /// Its path; for an object that names none, built from where it stands.
    pub path: String,
    /// The path of what holds it.
    pub parent: String,
}

impl Item<'_> {
    /// Who it is.
    pub fn ident(&self) -> Ident {
        let last = || self.path.rsplit('/').next().unwrap_or_default().to_owned();
        Ident {
            id: self.path.clone(),
            name: peek(self.node, "display_name").unwrap_or_else(last),
            origin: origin(self.file, self.node),
        }
    }
}

/// A list page.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// Where it stands.
    pub origin: Origin,
    /// What its objects are: their type and what holds them.
    pub of: String,
    /// How many objects the whole list has, on its first page.
    pub count: Option<i64>,
    /// How many objects stand on this page.
    pub here: usize,
    /// Whether another page follows.
    pub goes_on: bool,
}

/// Everything the files hold.
#[derive(Debug, Default)]
pub(super) struct Found<'t> {
    /// The objects in the order of the files.
    pub items: Vec<Item<'t>>,
    /// The list pages.
    pub pages: Vec<Page>,
    /// Lists of the members that the product computed.
    pub members: Vec<Listed<'t>>,
    /// Projects whose own default rules are switched off, by path.
    pub without_default: BTreeSet<String>,
    /// The paths in use.
    taken: Taken<(Kind, String)>,
}

impl<'t> Found<'t> {
    /// Adds a page of members, with the path of the call that it answers.
    fn list(&mut self, file: Ground<'t>, page: Node<'t>, call: &str) {
        let listed = Listed {
            file,
            page,
            call: call.to_owned(),
        };
        self.pages.push(listed.page());
        self.members.push(listed);
    }
}

/// Adds the objects of a file.
pub(super) fn walk<'t>(export: &Export<'t>, found: &mut Found<'t>, findings: &mut Findings) {
    let file = Ground::file(export.file);
    let tree = &export.source.tree;
    if tree.roots().all(members::is_page) {
        for page in tree.roots() {
            found.list(file, page, &export.source.name);
        }
        return;
    }
    walk_tree(file, tree, found, findings);
}

/// Adds the objects of a tree.
pub(super) fn walk_tree<'t>(
    file: Ground<'t>,
    tree: &'t Tree,
    found: &mut Found<'t>,
    findings: &mut Findings,
) {
    let mut walk = Walk {
        file,
        found,
        outside: BTreeMap::new(),
        findings,
    };
    for root in tree.roots() {
        walk.value(root, "", None);
    }
    walk.report_outside();
}

struct Walk<'t, 'w> {
    file: Ground<'t>,
    found: &'w mut Found<'t>,
    /// Objects outside the firewall by type: how many, and the first.
    outside: BTreeMap<String, (usize, Origin)>,
    findings: &'w mut Findings,
}

impl<'t> Walk<'t, '_> {
    fn value(&mut self, node: Node<'t>, parent: &str, hint: Option<Kind>) {
        match node.kind() {
            Value::Array => {
                for item in node.items() {
                    self.value(item, parent, hint);
                }
            }
            Value::Object => self.object(node, parent, hint),
            Value::Null => {}
            Value::Bool | Value::Number | Value::String => {
                let message = format!("expected an NSX object, found {}", node.kind().name());
                self.report(&codes::read::BAD_SHAPE, node, message);
            }
        }
    }

    fn object(&mut self, node: Node<'t>, parent: &str, hint: Option<Kind>) {
        if let Some(name) = peek(node, "resource_type") {
            return self.typed(node, parent, &name, hint);
        }
        if let Some(kind) = hint {
            return self.emit(node, parent, kind, kind.type_name());
        }
        if node.get("results").is_some() {
            return self.page(node, parent);
        }
        if let Some(kind) = Kind::of_shape(node) {
            return self.emit(node, parent, kind, kind.type_name());
        }
        if claims_members(node) {
            for (key, page) in node.entries() {
                self.found.list(self.file, page, &key.name());
            }
            return;
        }
        if claims_pages_by_id(node) {
            for (key, page) in node.entries() {
                let policy = format!("{}/{}", Kind::SecurityPolicy.home(), "security-policies");
                self.page(page, &format!("{policy}/{}", key.name()));
            }
            return;
        }
        self.collections(node, parent);
    }

    fn typed(&mut self, node: Node<'t>, parent: &str, name: &str, hint: Option<Kind>) {
        if name == "ChildResourceReference" {
            return self.reference(node, parent);
        }
        if let Some(inner) = name.strip_prefix("Child")
            && Kind::of_type(name).is_none()
        {
            return self.wrapper(node, parent, inner);
        }
        match Kind::of_type(name).or(hint) {
            Some(kind) => self.emit(node, parent, kind, name),
            None => self.outside(node, parent, name),
        }
    }

    /// An object that is not there, with children that are.
    fn reference(&mut self, node: Node<'t>, parent: &str) {
        let target = peek(node, "target_type").unwrap_or_default();
        let id = peek(node, "id").unwrap_or_default();
        let (path, _) = place(node, parent, &target, &id);
        self.check_keys(node, "ChildResourceReference");
        self.children(node, &path);
    }

    fn wrapper(&mut self, node: Node<'t>, parent: &str, inner: &str) {
        let spellings = [inner, "Service"];
        let allowed = if inner == "ServiceEntry" { 2 } else { 1 };
        let held = spellings.iter().take(allowed).find_map(|key| node.get(key));
        let Some(held) = held else {
            let message = format!("NSX wrapper `Child{inner}` holds no `{inner}`");
            return self.report(&codes::read::BAD_SHAPE, node, message);
        };
        self.check_wrapper(node, held);
        if is_marked(node) {
            return self.skip(held, inner);
        }
        match Kind::of_type(inner) {
            Some(kind) if peek(held, "resource_type").is_none() => {
                self.emit(held, parent, kind, inner);
            }
            Some(_) | None => self.value(held, parent, None),
        }
    }

    fn emit(&mut self, node: Node<'t>, parent: &str, kind: Kind, type_name: &str) {
        if is_marked(node) {
            return self.skip(node, type_name);
        }
        let parent = if parent.is_empty() && kind != Kind::Branch {
            kind.home()
        } else {
            parent
        };
        let id = identity(node, kind);
        let (path, named) = place(node, parent, type_name, &id);
        let path = self.tell_apart(kind, &path, named);
        if kind == Kind::Branch {
            self.branch(node, branch_name(type_name), &path);
        }
        self.below(node, kind, &path);
        if kind == Kind::Branch {
            return;
        }
        let parent = holder(node, &path, parent);
        self.found.items.push(Item {
            kind,
            file: self.file,
            node,
            path,
            parent,
        });
    }

    fn branch(&mut self, node: Node<'t>, within: &'static str, path: &str) {
        let mut branch = self.part(node, within);
        if within == "Project" && branch.flag("activate_default_dfw_rules") == Some(false) {
            self.found.without_default.insert(path.to_owned());
        }
        branch.close(self.findings);
    }

    /// Gives an object that the export does not name a path of its own. Objects with the same path
    /// that it does name are the same object in two places.
    fn tell_apart(&mut self, kind: Kind, plain: &str, named: bool) -> String {
        let wish = (kind, plain.to_owned());
        if named {
            self.found.taken.take(wish);
            return plain.to_owned();
        }
        self.found.taken.give(&wish, |number| {
            let path = match number {
                1 => plain.to_owned(),
                number => format!("{plain}~{number}"),
            };
            ((kind, path.clone()), path)
        })
    }

    /// The objects inside an object.
    fn below(&mut self, node: Node<'t>, kind: Kind, path: &str) {
        match kind {
            Kind::Branch => {
                if let Some(resources) = node.get("resources") {
                    self.collections(resources, path);
                }
                if let Some(domains) = node.get("domains") {
                    self.value(domains, path, Some(Kind::Branch));
                }
                self.children(node, path);
            }
            Kind::SecurityPolicy => {
                if let Some(rules) = node.get("rules") {
                    self.value(rules, path, Some(Kind::Rule));
                }
                self.children(node, path);
            }
            Kind::Segment => {
                if let Some(ports) = node.get("segment_ports") {
                    self.value(ports, path, Some(Kind::SegmentPort));
                }
                self.children(node, path);
            }
            Kind::Service | Kind::Group => self.children(node, path),
            Kind::Manager(Manager::Section) => {
                if let Some(rules) = node.get("rules") {
                    self.value(rules, path, Some(Kind::Manager(Manager::Rule)));
                }
            }
            Kind::Rule
            | Kind::ServiceEntry
            | Kind::ContextProfile
            | Kind::Scheduler
            | Kind::ExcludeList
            | Kind::FirewallSettings
            | Kind::SegmentPort
            | Kind::Vm
            | Kind::Vif
            | Kind::Manager(_)
            | Kind::Foreign(_) => {}
        }
    }

    fn children(&mut self, node: Node<'t>, path: &str) {
        if let Some(children) = node.get("children") {
            self.value(children, path, None);
        }
    }

    fn page(&mut self, node: Node<'t>, parent: &str) {
        let results = node.get("results");
        let first = results.and_then(|list| list.items().next());
        let of = first.map(|first| {
            let kind = peek(first, "resource_type").unwrap_or_default();
            let holder = peek(first, "parent_path").unwrap_or_else(|| parent.to_owned());
            if holder.is_empty() {
                kind
            } else {
                format!("{kind} of {holder}")
            }
        });
        let mut page = self.part(node, "ListPage");
        let count = page.number("result_count");
        let cursor = page.text("cursor");
        page.close(self.findings);
        self.found.pages.push(Page {
            origin: origin(self.file, node),
            of: of.unwrap_or_else(|| "objects".to_owned()),
            count,
            here: results.map_or(0, Node::len),
            goes_on: cursor.is_some_and(|cursor| !cursor.value.is_empty()),
        });
        if let Some(results) = results {
            self.value(results, parent, None);
        }
    }

    /// `{"groups": [...], "services": [...]}`.
    fn collections(&mut self, node: Node<'t>, parent: &str) {
        for (key, list) in node.entries() {
            let name = key.name();
            match Kind::of_collection(&name) {
                Some(kind) => self.collection(list, parent, kind),
                None if list.is_null() || list.is_empty() && list.kind() == Value::Array => {}
                None if matches!(&*name, "tier0" | "tier1") => {
                    for item in list.items() {
                        self.outside(item, parent, &name);
                    }
                }
                None => {
                    let message =
                        format!("key `{name}` of a collection of NSX objects is not known");
                    let at = self.file.at(key.span());
                    let finding = Finding::new(&codes::read::UNKNOWN_KEY, SCHEMA.domain, message);
                    self.findings.push(finding.at(at, name.into_owned()));
                }
            }
        }
    }

    fn collection(&mut self, list: Node<'t>, parent: &str, kind: Kind) {
        if list.get("results").is_some() {
            self.page(list, parent);
        } else {
            self.value(list, parent, Some(kind));
        }
    }

    fn outside(&mut self, node: Node<'t>, parent: &str, name: &str) {
        if is_marked(node) {
            return;
        }
        let count = self
            .outside
            .entry(name.to_owned())
            .or_insert((0, origin(self.file, node)));
        count.0 += 1;
        let id = peek(node, "id").unwrap_or_default();
        let (path, _) = place(node, parent, name, &id);
        self.children(node, &path);
    }

    fn report_outside(&mut self) {
        for (name, (count, at)) in std::mem::take(&mut self.outside) {
            let objects = if count == 1 { "object" } else { "objects" };
            let message = format!(
                "{count} NSX {objects} of the kind `{name}`: no part of the distributed firewall, not read"
            );
            let finding = Finding::new(&codes::read::NOT_TRANSLATED, SCHEMA.domain, message);
            self.findings
                .push(finding.effect(Effect::Record).at(at, name));
        }
    }

    fn skip(&mut self, node: Node<'t>, type_name: &str) {
        let id = peek(node, "id").unwrap_or_default();
        let name = peek(node, "display_name").unwrap_or_else(|| id.clone());
        let message = format!("NSX {type_name} `{name}` is marked for deletion and left out");
        let code = &codes::read_network::MARKED_FOR_DELETE;
        let subject = Ident {
            id,
            name,
            origin: origin(self.file, node),
        };
        let finding = Finding::new(code, SCHEMA.domain, message);
        self.findings.push(finding.about(subject.subject()));
    }

    /// An object of the tree that is no item of its own.
    fn part(&self, node: Node<'t>, within: &'static str) -> Object<'t> {
        let name = peek(node, "display_name").or_else(|| peek(node, "id"));
        let ident = Ident {
            id: peek(node, "id").unwrap_or_default(),
            name: name.unwrap_or_else(|| within.to_owned()),
            origin: origin(self.file, node),
        };
        Object::new(self.file, node, within, ident)
    }

    fn check_keys(&mut self, node: Node<'t>, within: &'static str) {
        self.part(node, within).close(self.findings);
    }

    fn check_wrapper(&mut self, node: Node<'t>, held: Node<'t>) {
        let wrapper = self.part(node, "Child");
        wrapper.close_beside(Some(held), self.findings);
    }

    fn report(&mut self, code: &'static crate::finding::Code, node: Node<'t>, message: String) {
        let finding = Finding::new(code, SCHEMA.domain, message);
        self.findings
            .push(finding.at(origin(self.file, node), short(node.raw())));
    }
}

/// Whether an object is marked for deletion, as a boolean or as text.
fn is_marked(node: Node<'_>) -> bool {
    node.get("marked_for_delete").is_some_and(|mark| {
        mark.bool() == Some(true)
            || mark
                .str()
                .is_some_and(|text| text.trim().eq_ignore_ascii_case("true"))
    })
}

/// What an object calls itself within its parent.
fn identity(node: Node<'_>, kind: Kind) -> String {
    let keys: &[&str] = match kind {
        Kind::Rule => &["id", "rule_id", "display_name"],
        Kind::Vm => &["external_id", "id", "display_name"],
        Kind::Vif => &["external_id", "lport_attachment_id", "owner_vm_id"],
        Kind::SecurityPolicy
        | Kind::Group
        | Kind::Service
        | Kind::ServiceEntry
        | Kind::ContextProfile
        | Kind::Scheduler
        | Kind::ExcludeList
        | Kind::FirewallSettings
        | Kind::Segment
        | Kind::SegmentPort
        | Kind::Manager(_)
        | Kind::Foreign(_)
        | Kind::Branch => &["id", "display_name", "unique_id"],
    };
    let named = keys.iter().find_map(|key| peek(node, key));
    named.unwrap_or_else(|| "unnamed".to_owned())
}

/// The path of an object, and whether the export itself names the object.
fn place(node: Node<'_>, parent: &str, type_name: &str, id: &str) -> (String, bool) {
    if let Some(path) = peek(node, "path") {
        return (path, true);
    }
    let named = peek(node, "id").is_some();
    let path = match type_name {
        "Infra" if parent.is_empty() => "/infra".to_owned(),
        "GlobalInfra" => "/global-infra".to_owned(),
        "Infra" => format!("{parent}/infra"),
        "OrgRoot" => String::new(),
        "VirtualMachine" | "VirtualNetworkInterface" => id.to_owned(),
        // Objects of the Manager API are known by their ids alone.
        name if matches!(Kind::of_type(name), Some(Kind::Manager(_))) => id.to_owned(),
        _inside => {
            let parent = peek(node, "parent_path").unwrap_or_else(|| parent.to_owned());
            let parent = infra_of(parent, type_name);
            let top = if parent.is_empty() && type_name == "Domain" {
                "/infra"
            } else {
                &parent
            };
            format!("{top}/{}/{id}", Kind::folder(type_name))
        }
    };
    (path, named || type_name == "VirtualMachine")
}

/// Calls that write a project put its policies directly under it; they live in its `infra`.
fn infra_of(parent: String, type_name: &str) -> String {
    let steps: Vec<&str> = parent.split('/').collect();
    match steps.as_slice() {
        ["", "orgs", _, "projects", _] if type_name != "Vpc" => parent + "/infra",
        _elsewhere => parent,
    }
}

/// The path of what holds an object: as it says, or two steps up its path, or where it stands.
fn holder(node: Node<'_>, path: &str, parent: &str) -> String {
    if let Some(said) = peek(node, "parent_path").or_else(|| peek(node, "section_id")) {
        return said;
    }
    let above = path
        .rsplit_once('/')
        .and_then(|(above, _)| above.rsplit_once('/'))
        .map(|(above, _)| above);
    match above {
        Some(above) if path.starts_with('/') && peek(node, "path").is_some() => above.to_owned(),
        Some(_) | None => parent.to_owned(),
    }
}

/// The schema of an object of the tree that holds others.
fn branch_name(type_name: &str) -> &'static str {
    match type_name {
        "OrgRoot" => "OrgRoot",
        "Org" => "Org",
        "Project" => "Project",
        "Vpc" => "Vpc",
        _other => "Infra",
    }
}
