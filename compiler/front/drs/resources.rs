//! Shares, reservations and limits of resource pools and machines, and the latency sensitivity of
//! machines: carried as settings, where they are not what every pool and machine begins with.

use super::settings::text;
use crate::front::detect::Export;
use crate::front::inventory::object::{self, Object, plain_name, reference};
use crate::ir::placement::{Setting, SettingKind};
use crate::ir::{Ident, Name, Named};
use crate::source::Origin;
use rehome_grammar::Node;

/// Reads every pool and machine of an export of managed objects.
pub(super) fn read(export: &Export<'_>, settings: &mut Vec<Setting<Named>>) {
    for object in &object::objects(&export.source.tree).list {
        match object.reference.kind.as_str() {
            "ResourcePool" | "VirtualApp" => settings.extend(pool(export, object)),
            "VirtualMachine" => machine(export, object, settings),
            _ => {}
        }
    }
}

fn pool(export: &Export<'_>, object: &Object<'_>) -> Option<Setting<Named>> {
    // The pool at the root of a cluster is all that the cluster has: nobody set it.
    let parent = object.get("parent").and_then(reference);
    if parent.is_some_and(|parent| parent.kind.ends_with("ComputeResource")) {
        return None;
    }
    let config = object.get("config")?;
    let origin = origin(export, config);
    let name = object.text("name").map(|(name, _)| plain_name(&name));
    let name = name.unwrap_or_else(|| object.reference.id.clone());
    let owner = object.get("owner").and_then(reference);
    let cluster = owner.filter(|owner| owner.kind == "ClusterComputeResource");
    let prefix = cluster.as_ref().map_or("pool", |owner| owner.id.as_str());
    Some(Setting {
        ident: Ident {
            id: format!("{prefix}/{}/config", object.reference.id),
            name: format!("resource pool {name}"),
            origin,
        },
        cluster: cluster.map(|owner| Name::new(owner.id, origin)),
        vm: None,
        what: SettingKind::Other {
            key: format!("resourcePool[{name}].config"),
            value: text(config),
        },
    })
}

fn machine(export: &Export<'_>, object: &Object<'_>, settings: &mut Vec<Setting<Named>>) {
    let mut found: Vec<(&str, Node<'_>)> = Vec::new();
    for part in ["cpuAllocation", "memoryAllocation"] {
        let paths = [format!("config.{part}"), format!("resourceConfig.{part}")];
        let node = paths.iter().find_map(|path| object.get(path));
        found.extend(node.filter(|node| is_set(*node)).map(|node| (part, node)));
    }
    let sensitivity = object.get("config.latencySensitivity");
    let level = sensitivity.and_then(|node| object::field(node, "level"));
    let level = level.filter(|level| !matches!(text(*level).as_str(), "" | "normal"));
    found.extend(level.map(|level| ("latencySensitivity", level)));
    for (part, node) in found {
        let origin = origin(export, node);
        settings.push(Setting {
            ident: Ident {
                id: id(&object.reference.id, part),
                name: format!("{part} of {}", object.reference.id),
                origin,
            },
            cluster: None,
            vm: Some(Name::new(object.reference.id.clone(), origin)),
            what: SettingKind::Other {
                key: format!("config.{part}"),
                value: text(node),
            },
        });
    }
}

/// The id of such a setting of a machine.
pub(super) fn id(machine: &str, part: &str) -> String {
    format!("{machine}/config.{part}")
}

/// Whether an allocation differs from the one a new machine has.
fn is_set(allocation: Node<'_>) -> bool {
    let value = |key| object::field(allocation, key).map(text);
    let shares = object::field(allocation, "shares");
    let level = shares.and_then(|shares| object::field(shares, "level"));
    value("reservation").is_some_and(|value| value != "0")
        || value("limit").is_some_and(|value| value != "-1")
        || level.map(text).is_some_and(|level| level != "normal")
}

fn origin(export: &Export<'_>, node: Node<'_>) -> Origin {
    Origin {
        file: export.file,
        span: node.span(),
    }
}
