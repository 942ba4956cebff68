//! The inventory of the document.

use super::reader::Reader;
use crate::document::{self as doc, At};
use crate::ir::inventory::{Cluster, Host, Inventory, Segment, Tag, Vm};
use crate::ir::set::AddressSet;
use crate::ir::{Ident, Named};

impl Reader<'_> {
    pub(super) fn inventory(&mut self, inventory: doc::Inventory) -> Inventory<Named> {
        let doc::Inventory {
            clusters,
            hosts,
            networks,
            machines,
        } = inventory;
        Inventory {
            clusters: clusters
                .into_iter()
                .map(|cluster| self.cluster(cluster))
                .collect(),
            hosts: hosts.into_iter().map(|host| self.host(host)).collect(),
            segments: networks
                .into_iter()
                .map(|network| self.segment(network))
                .collect(),
            vms: machines
                .into_iter()
                .map(|machine| self.machine(machine))
                .collect(),
        }
    }

    fn cluster(&mut self, cluster: At<doc::Named>) -> Cluster {
        let At { value, span } = cluster;
        let doc::Named { ident, also } = value;
        let ident = self.ident("clusters", ident, span);
        Cluster {
            aliases: aliases(&ident, also),
            ident,
        }
    }

    fn host(&mut self, host: At<doc::Host>) -> Host<Named> {
        let At { value, span } = host;
        let doc::Host {
            ident,
            also,
            cluster,
        } = value;
        let ident = self.ident("hosts", ident, span);
        Host {
            aliases: aliases(&ident, also),
            ident,
            cluster: cluster.map(|cluster| self.name(cluster)),
        }
    }

    fn segment(&mut self, network: At<doc::Segment>) -> Segment {
        let At { value, span } = network;
        let doc::Segment {
            ident,
            also,
            tags: labels,
            subnets,
        } = value;
        let ident = self.ident("networks", ident, span);
        Segment {
            aliases: aliases(&ident, also),
            ident,
            tags: tags(labels),
            subnets: self.addresses(&subnets),
        }
    }

    fn machine(&mut self, machine: At<doc::Machine>) -> Vm<Named> {
        let At { value, span } = machine;
        let doc::Machine {
            ident,
            also,
            tags: labels,
            addresses,
            networks,
            os_name,
            computer_name,
            host,
            cluster,
        } = value;
        let ident = self.ident("machines", ident, span);
        let addresses: Option<AddressSet> = addresses.map(|list| self.addresses(&list));
        Vm {
            aliases: aliases(&ident, also),
            ident,
            tags: tags(labels),
            addresses,
            segments: self.names(networks),
            os_name,
            computer_name,
            host: host.map(|host| self.name(host)),
            cluster: cluster.map(|cluster| self.name(cluster)),
        }
    }
}

/// Every id of an object: the document does not repeat the first.
fn aliases(ident: &Ident, also: Vec<String>) -> Vec<String> {
    let mut aliases = vec![ident.id.clone()];
    aliases.extend(also);
    aliases
}

fn tags(tags: Vec<doc::Tag>) -> Vec<Tag> {
    tags.into_iter()
        .map(|doc::Tag { scope, value }| Tag { scope, value })
        .collect()
}
