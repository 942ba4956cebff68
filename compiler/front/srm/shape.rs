//! What an answer is when its request is not told: only where the shape leaves no doubt.

use rehome_grammar::{Kind, Node, Syntax, Tree};

/// What an answer without its request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Recovery plans.
    Plans,
    /// Protection groups.
    Groups,
    /// Network mappings.
    NetworkMappings,
    /// Placeholder datastores.
    Placeholders,
    /// Replications of the hypervisor.
    Replications,
    /// Pairs of servers.
    Pairings,
    /// An answer that does not say what it belongs to: what it is, and the path behind the pairing.
    Ambiguous(&'static str, &'static str),
}

/// Whether a node is a call with its answer.
pub(super) fn is_pair(node: Node<'_>) -> bool {
    let request = node.get("request").and_then(Node::str);
    request.is_some() && node.get("response").is_some()
}

/// Whether a file holds answers: with their requests, or bare in a shape that is known.
pub(super) fn is_known(tree: &Tree) -> bool {
    if tree.syntax() != Syntax::Json {
        return false;
    }
    let Some(root) = tree.roots().next() else {
        return false;
    };
    let mut first = root.items();
    is_pair(root) || first.next().is_some_and(is_pair) || known(root).is_some()
}

/// The first object of a list, or the object alone.
pub(super) fn first_object(root: Node<'_>) -> Option<Node<'_>> {
    match root.kind() {
        Kind::Array => root.items().next(),
        Kind::Object => Some(root),
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => None,
    }
}

/// What an answer is.
pub(super) fn of(body: Node<'_>) -> Shape {
    known(body).unwrap_or(Shape::Ambiguous("objects", "/..."))
}

/// What settings of a machine are that do not say whose they are.
const SETTINGS: Shape = Shape::Ambiguous(
    "recovery settings",
    "/recovery-management/plans/{plan_id}/vms/{vm_id}/recovery-settings",
);

/// Keys that tell a shape: all of them stand in the object, and in no object of another shape.
const SHAPES: &[(&[&str], Shape)] = &[
    (&["protected_site_name", "is_running"], Shape::Plans),
    (&["protected_site_name", "progress"], Shape::Plans),
    (&["protected_site_name", "replication_type"], Shape::Groups),
    (&["protected_site_name", "total_vms"], Shape::Groups),
    (&["primary_object", "ip_mapping"], Shape::NetworkMappings),
    (
        &["primary_object", "test_network_mapping"],
        Shape::NetworkMappings,
    ),
    (&["name", "visible_to"], Shape::Placeholders),
    (&["vm_id", "rpo", "source_site_name"], Shape::Replications),
    (&["pairing_id", "local_vc_server"], Shape::Pairings),
    (
        &["primary_object", "secondary_object"],
        Shape::Ambiguous(
            "inventory mappings",
            "/srms/{srm_id}/inventory-mappings/{networks|folders|resources|storage-policies}",
        ),
    ),
    (
        &["target_network", "test_network"],
        Shape::Ambiguous(
            "test networks",
            "/recovery-management/plans/{plan_id}/test-networks",
        ),
    ),
    (
        &["step_number", "title", "depth"],
        Shape::Ambiguous(
            "recovery steps",
            "/recovery-management/plans/{plan_id}/recovery-steps/{test|recovery}",
        ),
    ),
    (
        &["callout_type", "content"],
        Shape::Ambiguous(
            "callouts",
            "/recovery-management/plans/{plan_id}/recovery-steps/{test|recovery}/{step_id}/callout-data",
        ),
    ),
    (&["ip_customization_type", "startup_action"], SETTINGS),
    (&["startup_action", "priority"], SETTINGS),
    (&["recoveryPriority"], SETTINGS),
    (&["RecoveryPriority"], SETTINGS),
    (
        &["id", "protection_info"],
        Shape::Ambiguous(
            "machines of a protection group",
            "/protection-management/groups/{group_id}/vms",
        ),
    ),
    (
        &["id", "recovery_settings", "inside_vapp"],
        Shape::Ambiguous(
            "machines of a recovery plan",
            "/recovery-management/plans/{plan_id}/vms",
        ),
    ),
];

fn known(body: Node<'_>) -> Option<Shape> {
    let list = body.get("list").filter(|list| list.kind() == Kind::Array);
    let page = list.is_some() && body.get("_meta").is_some();
    let object = match list.unwrap_or(body) {
        list if list.kind() == Kind::Array => list.items().next(),
        object => Some(object),
    };
    let Some(object) = object else {
        return page.then_some(Shape::Ambiguous("empty lists", "/..."));
    };
    SHAPES
        .iter()
        .find(|(keys, _)| keys.iter().all(|key| object.get(key).is_some()))
        .map(|(_, shape)| *shape)
}
