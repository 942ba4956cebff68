//! What several listings say about one object, put together by its reference.

use super::object::Reference;
use crate::finding::codes::read_placement;
use crate::finding::{Domain, Finding, Findings, Subject};
use crate::ir::inventory::{Cluster, Host, Segment, Vm};
use crate::ir::set::AddressSet;
use crate::ir::{Ident, Inventory, Name, Named};
use crate::source::Origin;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// A display name and how far it can be trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) text: String,
    /// From the last part of a path, where a `/` of the name may have been taken for a folder.
    guessed: bool,
}

impl Known {
    pub(super) const fn said(text: String) -> Self {
        Self {
            text,
            guessed: false,
        }
    }

    pub(super) const fn hint(text: String) -> Self {
        Self {
            text,
            guessed: true,
        }
    }
}

/// What one listing says about a machine.
#[derive(Clone, Debug)]
pub(super) struct VmFacts {
    pub(super) reference: Reference,
    pub(super) origin: Origin,
    pub(super) name: Option<Known>,
    pub(super) instance: Option<String>,
    pub(super) bios: Option<String>,
    pub(super) os_name: Option<String>,
    pub(super) computer_name: Option<String>,
    pub(super) addresses: Option<AddressSet>,
    pub(super) segments: Vec<Name<Segment>>,
    pub(super) host: Option<Name<Host<Named>>>,
    pub(super) cluster: Option<Name<Cluster>>,
}

impl VmFacts {
    pub(super) const fn new(reference: Reference, origin: Origin) -> Self {
        Self {
            reference,
            origin,
            name: None,
            instance: None,
            bios: None,
            os_name: None,
            computer_name: None,
            addresses: None,
            segments: Vec::new(),
            host: None,
            cluster: None,
        }
    }

    /// Takes over what this one does not say.
    fn absorb(&mut self, other: Self) {
        let Self {
            reference: _,
            origin: _,
            name,
            instance,
            bios,
            os_name,
            computer_name,
            addresses,
            segments,
            host,
            cluster,
        } = other;
        better(&mut self.name, name);
        fill(&mut self.instance, instance);
        fill(&mut self.bios, bios);
        fill(&mut self.os_name, os_name);
        fill(&mut self.computer_name, computer_name);
        self.addresses = match (self.addresses.take(), addresses) {
            (Some(mine), Some(more)) => Some(mine.union(&more)),
            (mine, more) => mine.or(more),
        };
        for segment in segments {
            if self.segments.iter().all(|known| known.text != segment.text) {
                self.segments.push(segment);
            }
        }
        fill(&mut self.host, host);
        fill(&mut self.cluster, cluster);
    }

    /// Two vCenters count their machines alike; the instance UUID tells them apart.
    fn contradicts(&self, other: &Self) -> bool {
        let differ = |a: &Option<String>, b: &Option<String>| {
            a.as_ref().zip(b.as_ref()).is_some_and(|(a, b)| a != b)
        };
        differ(&self.instance, &other.instance)
    }
}

/// What one listing says about a host.
#[derive(Clone, Debug)]
pub(super) struct HostFacts {
    pub(super) reference: Reference,
    pub(super) origin: Origin,
    pub(super) name: Option<Known>,
    pub(super) uuid: Option<String>,
    pub(super) cluster: Option<Name<Cluster>>,
}

impl HostFacts {
    pub(super) const fn new(reference: Reference, origin: Origin) -> Self {
        Self {
            reference,
            origin,
            name: None,
            uuid: None,
            cluster: None,
        }
    }
}

#[derive(Debug)]
struct Thing {
    origin: Origin,
    name: Option<Known>,
    aliases: Vec<String>,
}

/// Everything the listings say, by reference, in the order of first mention.
#[derive(Debug, Default)]
pub(super) struct Records {
    vms: IndexMap<String, VmFacts>,
    /// Machines that cannot be the one already known by their reference.
    strangers: Vec<VmFacts>,
    hosts: IndexMap<String, HostFacts>,
    clusters: IndexMap<String, Thing>,
    segments: IndexMap<String, Thing>,
}

impl Records {
    pub(super) fn vm(&mut self, facts: VmFacts) {
        match self.vms.get_mut(&facts.reference.id) {
            Some(known) if known.contradicts(&facts) => self.strangers.push(facts),
            Some(known) => known.absorb(facts),
            None => {
                self.vms.insert(facts.reference.id.clone(), facts);
            }
        }
    }

    pub(super) fn host(&mut self, facts: HostFacts) {
        match self.hosts.get_mut(&facts.reference.id) {
            Some(known) => {
                better(&mut known.name, facts.name);
                fill(&mut known.uuid, facts.uuid);
                // A path knows the cluster by name, the host itself by reference.
                let by_name = |name: &Name<Cluster>| !name.text.starts_with("domain-");
                if known.cluster.as_ref().is_none_or(by_name) {
                    known.cluster = facts.cluster.or(known.cluster.take());
                }
            }
            None => {
                self.hosts.insert(facts.reference.id.clone(), facts);
            }
        }
    }

    pub(super) fn cluster(&mut self, reference: Reference, name: Option<Known>, origin: Origin) {
        thing(&mut self.clusters, reference, name, Vec::new(), origin);
    }

    pub(super) fn segment(
        &mut self,
        reference: Reference,
        name: Option<Known>,
        aliases: Vec<String>,
        origin: Origin,
    ) {
        thing(&mut self.segments, reference, name, aliases, origin);
    }

    /// Moves everything into the inventory.
    pub(super) fn finish(mut self, inventory: &mut Inventory<Named>, findings: &mut Findings) {
        self.report_strangers(findings);
        self.mention();
        let shared = self.shared_bios();
        let Self {
            vms,
            strangers,
            hosts,
            clusters,
            segments,
        } = self;
        let cluster_of: BTreeMap<String, Name<Cluster>> = hosts
            .values()
            .filter_map(|host| Some((host.reference.id.clone(), host.cluster.clone()?)))
            .collect();
        for facts in vms.into_values() {
            let id = facts.reference.id.clone();
            inventory.vms.push(vm(facts, id, &shared, &cluster_of));
        }
        for facts in strangers {
            let id = facts.instance.clone().unwrap_or_default();
            inventory.vms.push(vm(facts, id, &shared, &cluster_of));
        }
        hosts.into_values().for_each(|facts| {
            inventory.hosts.push(host(facts));
        });
        for (id, thing) in clusters {
            let (ident, aliases) = identify(id, thing);
            inventory.clusters.push(Cluster { ident, aliases });
        }
        for (id, thing) in segments {
            let (ident, aliases) = identify(id, thing);
            inventory.segments.push(Segment {
                ident,
                aliases,
                tags: Vec::new(),
                subnets: AddressSet::empty(),
            });
        }
    }

    fn report_strangers(&self, findings: &mut Findings) {
        for stranger in &self.strangers {
            let Some(known) = self.vms.get(&stranger.reference.id) else {
                continue;
            };
            let message = format!(
                "`{}` is machine `{}` in one export and machine `{}` in another: they come from two vCenters",
                stranger.reference.id,
                shown(known),
                shown(stranger)
            );
            let mut finding =
                Finding::new(&read_placement::TWO_VCENTERS, Domain::Inventory, message);
            finding = finding.about(subject(stranger)).about(subject(known));
            findings.push(finding);
        }
    }

    /// Adds the hosts, clusters and networks that machines and hosts mention and no listing holds:
    /// they exist, their name is not known.
    fn mention(&mut self) {
        for facts in self.vms.values().chain(&self.strangers) {
            for segment in &facts.segments {
                mention(&mut self.segments, &segment.text, segment.origin);
            }
            if let Some(host) = &facts.host {
                let reference = Reference {
                    kind: "HostSystem".to_owned(),
                    id: host.text.clone(),
                };
                self.hosts
                    .entry(host.text.clone())
                    .or_insert_with(|| HostFacts::new(reference, host.origin));
            }
        }
        let names: Vec<String> = self
            .clusters
            .values()
            .filter_map(|cluster| Some(cluster.name.as_ref()?.text.clone()))
            .collect();
        for host in self.hosts.values() {
            if let Some(cluster) = host
                .cluster
                .as_ref()
                .filter(|one| !names.contains(&one.text))
            {
                mention(&mut self.clusters, &cluster.text, cluster.origin);
            }
        }
    }

    /// BIOS UUIDs that more than one machine has: a copied machine keeps that of its original, so
    /// they identify nobody.
    fn shared_bios(&self) -> Vec<String> {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for facts in self.vms.values().chain(&self.strangers) {
            if let Some(bios) = &facts.bios {
                *seen.entry(bios).or_default() += 1;
            }
        }
        seen.retain(|_, count| *count > 1);
        seen.into_keys().map(str::to_owned).collect()
    }
}

fn thing(
    things: &mut IndexMap<String, Thing>,
    reference: Reference,
    name: Option<Known>,
    aliases: Vec<String>,
    origin: Origin,
) {
    match things.get_mut(&reference.id) {
        Some(known) => {
            better(&mut known.name, name);
            for alias in aliases {
                if !known.aliases.contains(&alias) {
                    known.aliases.push(alias);
                }
            }
        }
        None => {
            let new = Thing {
                origin,
                name,
                aliases,
            };
            things.insert(reference.id, new);
        }
    }
}

fn mention(things: &mut IndexMap<String, Thing>, id: &str, origin: Origin) {
    things.entry(id.to_owned()).or_insert_with(|| Thing {
        origin,
        name: None,
        aliases: Vec::new(),
    });
}

fn fill<T>(mine: &mut Option<T>, other: Option<T>) {
    if mine.is_none() {
        *mine = other;
    }
}

fn better(mine: &mut Option<Known>, other: Option<Known>) {
    if mine.as_ref().is_none_or(|known| known.guessed) && other.is_some() {
        let keep = mine.is_some() && other.as_ref().is_some_and(|known| known.guessed);
        if !keep {
            *mine = other;
        }
    }
}

fn shown(facts: &VmFacts) -> String {
    let name = facts.name.as_ref().map(|name| name.text.clone());
    name.unwrap_or_else(|| facts.reference.id.clone())
}

fn subject(facts: &VmFacts) -> Subject {
    Subject {
        origin: facts.origin,
        id: facts.reference.id.clone(),
        name: shown(facts),
    }
}

fn vm(
    facts: VmFacts,
    id: String,
    shared_bios: &[String],
    cluster_of: &BTreeMap<String, Name<Cluster>>,
) -> Vm<Named> {
    let VmFacts {
        reference,
        origin,
        name,
        instance,
        bios,
        os_name,
        computer_name,
        addresses,
        segments,
        host,
        cluster,
    } = facts;
    let through_host = host.as_ref().and_then(|host| cluster_of.get(&host.text));
    let bios = bios.filter(|bios| !shared_bios.contains(bios));
    let mut aliases = vec![id.clone()];
    for alias in instance.into_iter().chain(bios) {
        if !aliases.contains(&alias) {
            aliases.push(alias);
        }
    }
    Vm {
        ident: Ident {
            name: name.map_or(reference.id, |name| name.text),
            id,
            origin,
        },
        aliases,
        tags: Vec::new(),
        addresses,
        segments,
        os_name,
        computer_name,
        cluster: cluster.or_else(|| through_host.cloned()),
        host,
    }
}

fn host(facts: HostFacts) -> Host<Named> {
    let HostFacts {
        reference,
        origin,
        name,
        uuid,
        cluster,
    } = facts;
    let mut aliases = vec![reference.id.clone()];
    aliases.extend(uuid);
    Host {
        ident: Ident {
            name: name.map_or_else(|| reference.id.clone(), |name| name.text),
            id: reference.id,
            origin,
        },
        aliases,
        cluster,
    }
}

fn identify(id: String, thing: Thing) -> (Ident, Vec<String>) {
    let mut aliases = vec![id.clone()];
    aliases.extend(thing.aliases);
    let ident = Ident {
        name: thing.name.map_or_else(|| id.clone(), |name| name.text),
        id,
        origin: thing.origin,
    };
    (ident, aliases)
}
