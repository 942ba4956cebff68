//! Managed objects of vCenter, however an export wraps them.
//!
//! The same object comes as `ObjectUpdate` or `ObjectContent` (XML, JSON, in a SOAP answer or not),
//! as one document of a stream, or whole with its `self` reference as in `govc vm.info -json`.
//! Here each becomes one [`Object`]: a reference and a way to ask for a property by its path.

use rehome_grammar::text::moref;
use rehome_grammar::{Kind, Node, Syntax, Tree};

/// A reference to a managed object: `VirtualMachine` and `vm-155`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::front) struct Reference {
    /// The type; empty where the spelling leaves it out.
    pub(in crate::front) kind: String,
    /// The identifier.
    pub(in crate::front) id: String,
}

/// One managed object of an export.
#[derive(Debug)]
pub(in crate::front) struct Object<'t> {
    /// Who it is.
    pub(in crate::front) reference: Reference,
    /// The whole object in the export.
    pub(in crate::front) node: Node<'t>,
    properties: Properties<'t>,
}

#[derive(Debug)]
enum Properties<'t> {
    /// The object itself: a path is walked from here.
    Whole(Node<'t>),
    /// Named changes: a path is looked up, then walked from the longest that matches.
    Listed(Vec<(String, Node<'t>)>),
}

impl<'t> Object<'t> {
    /// The property of that path, as `config.instanceUuid`.
    pub(in crate::front) fn get(&self, path: &str) -> Option<Node<'t>> {
        match &self.properties {
            Properties::Whole(node) => walk(*node, path),
            Properties::Listed(list) => list.iter().find_map(|(name, value)| {
                if name == path {
                    return Some(*value);
                }
                let rest = path.strip_prefix(name.as_str())?.strip_prefix('.')?;
                walk(*value, rest)
            }),
        }
    }

    /// The text of a property: a string that is not empty.
    pub(in crate::front) fn text(&self, path: &str) -> Option<(String, Node<'t>)> {
        let node = self.get(path)?;
        let text = node.str().filter(|text| !text.is_empty())?;
        Some((text.into_owned(), node))
    }

    /// The properties at the top, by the first word of their path, with where the name stands.
    pub(in crate::front) fn names(&self) -> Vec<(String, Node<'t>)> {
        match &self.properties {
            Properties::Whole(node) => node
                .entries()
                .map(|(key, value)| (camel(&key.name()), value))
                .collect(),
            Properties::Listed(list) => list
                .iter()
                .map(|(name, value)| {
                    let first = name.split('.').next().unwrap_or(name);
                    (first.to_owned(), *value)
                })
                .collect(),
        }
    }
}

/// What was found in a tree that holds managed objects.
#[derive(Debug, Default)]
pub(in crate::front) struct Objects<'t> {
    /// The objects.
    pub(in crate::front) list: Vec<Object<'t>>,
    /// Nodes that belong to the wrapping and could not be read as an object.
    pub(in crate::front) strays: Vec<Node<'t>>,
}

/// The keys under which `govc ... -json` lists whole objects.
const LISTS: [&str; 8] = [
    "virtualMachines",
    "hostSystems",
    "resourcePools",
    "clusterComputeResources",
    "computeResources",
    "networks",
    "datastores",
    "elements",
];

/// Wrappers of a SOAP answer and of the property collector, outside in.
const ENVELOPES: [&str; 9] = [
    "Envelope",
    "Body",
    "RetrievePropertiesExResponse",
    "RetrievePropertiesResponse",
    "ContinueRetrievePropertiesExResponse",
    "RetrieveResult",
    "returnval",
    "objects",
    "ArrayOfObjectContent",
];

/// Whether the tree begins with a managed object.
pub(in crate::front) fn holds_objects(tree: &Tree) -> bool {
    tree.roots()
        .next()
        .is_some_and(|root| first_object(root, 0))
}

fn first_object(node: Node<'_>, depth: usize) -> bool {
    is_object(node)
        || depth < ENVELOPES.len()
            && contents(node)
                .and_then(|mut inner| inner.next())
                .is_some_and(|inner| first_object(inner, depth + 1))
}

/// All managed objects of a tree.
pub(in crate::front) fn objects(tree: &Tree) -> Objects<'_> {
    let mut found = Objects::default();
    for root in tree.roots() {
        collect(root, 0, &mut found);
    }
    found
}

fn collect<'t>(node: Node<'t>, depth: usize, found: &mut Objects<'t>) {
    if is_object(node) {
        match object(node) {
            Some(object) => found.list.push(object),
            None => found.strays.push(node),
        }
    } else if let Some(inner) = contents(node).filter(|_| depth < ENVELOPES.len()) {
        inner.for_each(|inner| collect(inner, depth + 1, found));
    } else {
        found.strays.push(node);
    }
}

/// What a wrapper holds; `None` for what is no wrapper.
fn contents<'t>(node: Node<'t>) -> Option<Box<dyn Iterator<Item = Node<'t>> + 't>> {
    match node.kind() {
        Kind::Array => Some(Box::new(node.items())),
        Kind::Object => {
            let wrapped = node.entries().any(|(key, _)| is_wrapper(&key.name()));
            wrapped.then(|| -> Box<dyn Iterator<Item = Node<'t>> + 't> {
                Box::new(
                    node.entries()
                        .filter(|(key, _)| is_wrapper(&key.name()))
                        .flat_map(|(_, value)| flat(value)),
                )
            })
        }
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => None,
    }
}

fn is_wrapper(key: &str) -> bool {
    ENVELOPES.contains(&key)
        || LISTS.contains(&camel(key).as_str())
        || matches!(key, "ObjectUpdate" | "ObjectContent")
}

fn flat<'t>(node: Node<'t>) -> Box<dyn Iterator<Item = Node<'t>> + 't> {
    match node.kind() {
        Kind::Array => Box::new(node.items()),
        Kind::Null => Box::new(std::iter::empty()),
        Kind::Bool | Kind::Number | Kind::String | Kind::Object => Box::new(std::iter::once(node)),
    }
}

fn is_object(node: Node<'_>) -> bool {
    let changes = field(node, "obj").is_some()
        && (field(node, "changeSet").is_some() || field(node, "propSet").is_some());
    let own = field(node, "self").and_then(reference);
    changes || own.is_some_and(|own| !own.kind.is_empty())
}

fn object<'t>(node: Node<'t>) -> Option<Object<'t>> {
    if let Some(own) = field(node, "self") {
        return Some(Object {
            reference: reference(own)?,
            node,
            properties: Properties::Whole(node),
        });
    }
    let changes = ["changeSet", "propSet", "ChangeSet", "PropSet"];
    let properties = changes
        .iter()
        .flat_map(|key| node.many(key))
        .filter_map(|change| {
            let name = field(change, "name")?.str()?.into_owned();
            Some((name, unwrapped(field(change, "val")?)))
        })
        .collect();
    Some(Object {
        reference: reference(field(node, "obj")?)?,
        node,
        properties: Properties::Listed(properties),
    })
}

/// A reference in any of the spellings that exports use.
pub(in crate::front) fn reference(node: Node<'_>) -> Option<Reference> {
    if let Some(text) = node.str() {
        let parsed = moref(&text).ok()?;
        return Some(Reference {
            kind: parsed.kind.unwrap_or_default().to_owned(),
            id: parsed.value.to_owned(),
        });
    }
    let text = |keys: [&str; 3]| {
        let found = keys.iter().find_map(|key| node.get(key))?;
        found.str().map(std::borrow::Cow::into_owned)
    };
    Some(Reference {
        kind: text(["@type", "type", "Type"]).unwrap_or_default(),
        id: text(["#text", "value", "Value"]).filter(|id| !id.is_empty())?,
    })
}

/// A field in the spelling of either generation of tools: `obj` or `Obj`.
pub(in crate::front) fn field<'t>(node: Node<'t>, key: &str) -> Option<Node<'t>> {
    let found = node.get(key).or_else(|| node.get(&pascal(key)))?;
    (!found.is_null()).then_some(found)
}

/// All values of a field, however a list of them is written.
pub(in crate::front) fn fields<'t>(node: Node<'t>, key: &str) -> Vec<Node<'t>> {
    let list: Vec<Node<'t>> = node.many(key).collect();
    if list.is_empty() {
        node.many(&pascal(key)).collect()
    } else {
        list
    }
}

/// The items of a property that is a list: of an array, of `ArrayOf...` in XML, or one alone.
pub(in crate::front) fn items(node: Node<'_>) -> Vec<Node<'_>> {
    if node.tree().syntax() == Syntax::Xml {
        let children = node
            .entries()
            .filter(|(key, _)| !key.name().starts_with(['@', '#']));
        return children.map(|(_, child)| child).collect();
    }
    let inner = unwrapped(node);
    // Until 0.30 govc wrapped a list in its item type: `{"ManagedObjectReference": [...]}`.
    let mut entries = inner.entries();
    match (entries.next(), entries.next()) {
        (Some((_, only)), None) if only.kind() == Kind::Array => only.items().collect(),
        _ => flat(inner).collect(),
    }
}

/// The value inside the wrapping that lists and plain values get where any type may stand:
/// `{"_typeName": "ArrayOf...", "_value": [...]}`, `<val xsi:type="xsd:string">web</val>`.
fn unwrapped(node: Node<'_>) -> Node<'_> {
    let typed = node.get("@xsi:type").is_some() && node.get("@type").is_none();
    let plain = node.get("#text").filter(|_| typed);
    node.get("_value").or(plain).unwrap_or(node)
}

fn walk<'t>(from: Node<'t>, path: &str) -> Option<Node<'t>> {
    path.split('.')
        .try_fold(from, |node, key| field(unwrapped(node), key))
        .map(unwrapped)
}

fn pascal(key: &str) -> String {
    recased(key, char::to_ascii_uppercase)
}

fn camel(key: &str) -> String {
    recased(key, char::to_ascii_lowercase)
}

fn recased(key: &str, case: fn(&char) -> char) -> String {
    let mut chars = key.chars();
    let first = chars.next().map(|first| case(&first));
    first.into_iter().chain(chars).collect()
}

/// A display name as people see it: vCenter writes `/`, `\` and `%` as `%2f`, `%5c` and `%25`.
pub(in crate::front) fn plain_name(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('%') {
        plain.push_str(before);
        let escaped = after.get(..2).map(str::to_ascii_lowercase);
        let meant = match escaped.as_deref() {
            Some("2f") => Some('/'),
            Some("5c") => Some('\\'),
            Some("25") => Some('%'),
            Some(_) | None => None,
        };
        plain.push(meant.unwrap_or('%'));
        rest = match meant {
            Some(_) => after.get(2..).unwrap_or_default(),
            None => after,
        };
    }
    plain.push_str(rest);
    plain
}
