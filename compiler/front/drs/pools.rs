//! Resource pools: shares, reservations and limits, carried as settings.

use super::settings::text;
use crate::front::detect::Export;
use crate::front::inventory::object::{self, Object, plain_name, reference};
use crate::ir::placement::{Setting, SettingKind};
use crate::ir::{Ident, Name, Named};
use crate::source::Origin;

/// Reads every pool of an export of managed objects.
pub(super) fn read(export: &Export<'_>, settings: &mut Vec<Setting<Named>>) {
    for object in &object::objects(&export.source.tree).list {
        settings.extend(pool(export, object));
    }
}

fn pool(export: &Export<'_>, object: &Object<'_>) -> Option<Setting<Named>> {
    let is_pool = matches!(
        object.reference.kind.as_str(),
        "ResourcePool" | "VirtualApp"
    );
    // The pool at the root of a cluster is all that the cluster has: nobody set it.
    let parent = object.get("parent").and_then(reference);
    let is_root = parent.is_some_and(|parent| parent.kind.ends_with("ComputeResource"));
    if !is_pool || is_root {
        return None;
    }
    let config = object.get("config")?;
    let origin = Origin {
        file: export.file,
        span: config.span(),
    };
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
