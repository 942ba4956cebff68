//! The policy written down: portable, versioned YAML with ids and origins.
//!
//! This is the asset an organisation keeps when the platform changes again. It holds everything the
//! exports said, what no target can hold and what could not be interpreted included.

mod network;
mod placement;
mod recovery;

use super::{Files, inert};
use crate::document as doc;
use crate::ir::inventory::{Host, Vm};
use crate::ir::set::AddressSet;
use crate::ir::{BadKey, Ident, Inventory, Link, Linked, Opaque, Policy, Table};
use crate::source::{Origin, Sources};

/// Writes `policy.yaml`.
///
/// # Errors
///
/// Says why the document could not be written as YAML; that is a fault of this program.
pub fn emit(policy: &Policy<Linked>, sources: &Sources) -> Result<Files, String> {
    let document = Writer { policy, sources }.document();
    let text = inert::yaml(&document)?;
    Ok(Files::from([("policy.yaml".to_owned(), text.into_bytes())]))
}

/// Turns a policy into the document.
struct Writer<'run> {
    policy: &'run Policy<Linked>,
    sources: &'run Sources,
}

impl Writer<'_> {
    fn document(&self) -> doc::Document {
        doc::Document {
            rehome: doc::KIND.to_owned(),
            version: doc::VERSION,
            inventory: self.inventory(&self.policy.inventory),
            network: self.network(&self.policy.network),
            placement: self.placement(&self.policy.placement),
            recovery: self.recovery(&self.policy.recovery),
        }
    }

    fn inventory(&self, inventory: &Inventory<Linked>) -> doc::Inventory {
        let Inventory {
            vms,
            hosts,
            clusters,
            segments,
        } = inventory;
        doc::Inventory {
            clusters: clusters
                .values()
                .map(|cluster| {
                    doc::At::from(doc::Named {
                        ident: self.ident(&cluster.ident),
                        also: also(&cluster.ident, &cluster.aliases),
                    })
                })
                .collect(),
            hosts: hosts.values().map(|host| self.host(host).into()).collect(),
            networks: segments
                .values()
                .map(|segment| {
                    doc::At::from(doc::Segment {
                        ident: self.ident(&segment.ident),
                        also: also(&segment.ident, &segment.aliases),
                        tags: segment.tags.iter().map(tag).collect(),
                        subnets: addresses(&segment.subnets),
                    })
                })
                .collect(),
            machines: vms.values().map(|vm| self.vm(vm).into()).collect(),
        }
    }

    fn host(&self, host: &Host<Linked>) -> doc::Host {
        let Host {
            ident,
            aliases,
            cluster,
        } = host;
        doc::Host {
            ident: self.ident(ident),
            also: also(ident, aliases),
            cluster: cluster
                .as_ref()
                .map(|link| self.link(link, &self.policy.inventory.clusters, |c| &c.ident)),
        }
    }

    fn vm(&self, vm: &Vm<Linked>) -> doc::Machine {
        let Vm {
            ident,
            aliases,
            tags,
            addresses: known,
            segments,
            os_name,
            computer_name,
            host,
            cluster,
        } = vm;
        let inventory = &self.policy.inventory;
        doc::Machine {
            ident: self.ident(ident),
            also: also(ident, aliases),
            tags: tags.iter().map(tag).collect(),
            addresses: known.as_ref().map(addresses),
            networks: segments
                .iter()
                .map(|link| self.link(link, &inventory.segments, |s| &s.ident))
                .collect(),
            os_name: os_name.clone(),
            computer_name: computer_name.clone(),
            host: host
                .as_ref()
                .map(|link| self.link(link, &inventory.hosts, |h| &h.ident)),
            cluster: cluster
                .as_ref()
                .map(|link| self.link(link, &inventory.clusters, |c| &c.ident)),
        }
    }

    fn ident(&self, ident: &Ident) -> doc::Ident {
        doc::Ident {
            id: ident.id.clone(),
            name: ident.name.clone(),
            origin: Some(self.origin(ident.origin)),
        }
    }

    fn origin(&self, origin: Origin) -> String {
        doc::origin(origin, self.sources)
    }

    fn link<T>(
        &self,
        link: &Link<T>,
        table: &Table<T>,
        ident: impl Fn(&T) -> &Ident,
    ) -> doc::Reference {
        match link {
            Link::Found(id, _) => doc::Target::Found(ident(&table[*id]).id.clone()),
            Link::Missing(name) => doc::Target::Missing {
                missing: name.text.clone(),
            },
        }
        .into()
    }

    fn vm_link(&self, link: &Link<Vm<Linked>>) -> doc::Reference {
        self.link(link, &self.policy.inventory.vms, |vm| &vm.ident)
    }

    fn keys(&self, keys: &[BadKey]) -> Vec<doc::At<doc::BadKey>> {
        keys.iter()
            .map(|BadKey { name, origin }| {
                doc::At::from(doc::BadKey {
                    name: name.clone(),
                    origin: self.origin(*origin),
                })
            })
            .collect()
    }

    fn opaque(&self, opaque: &Opaque) -> doc::At<doc::Opaque> {
        let Opaque { what, text, origin } = opaque;
        doc::Opaque {
            what: what.clone(),
            text: text.clone(),
            origin: self.origin(*origin),
        }
        .into()
    }
}

fn also(ident: &Ident, aliases: &[String]) -> Vec<String> {
    aliases
        .iter()
        .filter(|alias| **alias != ident.id)
        .cloned()
        .collect()
}

fn tag(tag: &crate::ir::inventory::Tag) -> doc::Tag {
    doc::Tag {
        scope: tag.scope.clone(),
        value: tag.value.clone(),
    }
}

fn addresses(set: &AddressSet) -> Vec<doc::At<String>> {
    set.parts().map(Into::into).collect()
}
