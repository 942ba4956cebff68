//! A Terraform state (`terraform.tfstate`, version 4): what the vSphere provider wrote down about
//! machines, hosts and clusters.

use crate::front::detect::Export;
use crate::ir::inventory::{Cluster, Host, Vm};
use crate::ir::{Ident, Inventory, Name, Named};
use crate::source::Origin;
use rehome_grammar::{Node, Syntax, Tree};

/// One object of a state.
#[derive(Clone, Debug)]
pub(in crate::front) struct Resource<'t> {
    /// The type of the provider: `vsphere_host`.
    pub(in crate::front) kind: String,
    /// What it holds.
    pub(in crate::front) attributes: Node<'t>,
}

/// Whether a file is a state, of whatever version.
pub(in crate::front) fn is_state(tree: &Tree) -> bool {
    let root = tree.roots().next();
    tree.syntax() == Syntax::Json
        && root.is_some_and(|root| {
            let has = |key| root.get(key).is_some();
            has("terraform_version") && has("serial") && (has("resources") || has("modules"))
        })
}

/// Whether the state is of the version that is read.
pub(in crate::front) fn is_read(tree: &Tree) -> bool {
    let version = tree.roots().next().and_then(|root| root.get("version"));
    version.and_then(Node::number) == Some("4")
}

/// Every object of a state, of resources and of data sources.
pub(in crate::front) fn resources(tree: &Tree) -> Vec<Resource<'_>> {
    let mut found = Vec::new();
    for resource in tree.roots().flat_map(|root| root.many("resources")) {
        let Some(kind) = resource.get("type").and_then(Node::str) else {
            continue;
        };
        for instance in resource.many("instances") {
            if let Some(attributes) = instance.get("attributes") {
                found.push(Resource {
                    kind: kind.clone().into_owned(),
                    attributes,
                });
            }
        }
    }
    found
}

/// The text of an attribute that is set.
pub(in crate::front) fn text(attributes: Node<'_>, key: &str) -> Option<String> {
    let found = attributes.get(key)?.str()?;
    (!found.is_empty()).then(|| found.into_owned())
}

/// Adds machines, hosts and clusters. The provider knows a machine by its UUID, and every rule of the
/// state refers to it so.
pub(super) fn read(export: &Export<'_>, inventory: &mut Inventory<Named>) {
    for Resource { kind, attributes } in resources(&export.source.tree) {
        let origin = Origin {
            file: export.file,
            span: attributes.span(),
        };
        let ids = |keys: &[&str]| -> Vec<String> {
            let mut found: Vec<String> = Vec::new();
            for id in keys.iter().filter_map(|key| text(attributes, key)) {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
            found
        };
        let ident = |ids: &[String], names: &[&str]| {
            let id = ids.first()?.clone();
            let name = names.iter().find_map(|key| text(attributes, key));
            Some(Ident {
                name: name.unwrap_or_else(|| id.clone()),
                id,
                origin,
            })
        };
        let refers = |key: &str| text(attributes, key);
        match kind.as_str() {
            "vsphere_virtual_machine" => {
                let aliases = ids(&["moid", "id", "uuid", "instance_uuid"]);
                let Some(ident) = ident(&aliases, &["name"]) else {
                    continue;
                };
                inventory.vms.push(Vm {
                    ident,
                    aliases,
                    tags: Vec::new(),
                    addresses: None,
                    segments: Vec::new(),
                    os_name: None,
                    computer_name: None,
                    host: refers("host_system_id").map(|host| Name::new(host, origin)),
                    cluster: None,
                });
            }
            "vsphere_host" => {
                let aliases = ids(&["id"]);
                if let Some(ident) = ident(&aliases, &["hostname", "name"]) {
                    let cluster = refers("cluster").map(|cluster| Name::new(cluster, origin));
                    inventory.hosts.push(Host {
                        ident,
                        aliases,
                        cluster,
                    });
                }
            }
            "vsphere_compute_cluster" => {
                let aliases = ids(&["id"]);
                let Some(ident) = ident(&aliases, &["name"]) else {
                    continue;
                };
                for host in attributes.many("host_system_ids") {
                    let Some(id) = host.str().map(std::borrow::Cow::into_owned) else {
                        continue;
                    };
                    inventory.hosts.push(Host {
                        aliases: vec![id.clone()],
                        cluster: Some(Name::new(ident.id.clone(), origin)),
                        ident: Ident {
                            name: id.clone(),
                            id,
                            origin,
                        },
                    });
                }
                inventory.clusters.push(Cluster { ident, aliases });
            }
            _ => {}
        }
    }
}
