//! Names to handles.
//!
//! Exports name the same thing in many ways: a policy path, a relative id, a moref, a display name.
//! Linking joins the inventories, removes objects that were exported twice, and turns every
//! reference into a handle. A reference that nothing, or more than one thing, answers to stays a
//! name ([`Link::Missing`]) and has a finding; what falls because of it is decided where it is used.

mod index;
mod join;
mod network;
mod placement;
mod recovery;
mod unique;

use crate::finding::{Code, Domain, Finding, Findings, Subject, codes};
use crate::ir::inventory::{Cluster, Host, Segment, Vm};
use crate::ir::network::Group;
use crate::ir::placement::{HostGroup, VmGroup};
use crate::ir::recovery::ProtectionGroup;
use crate::ir::service::Service;
use crate::ir::{Ident, Inventory, Link, Linked, Name, Named, Policy, Table};
use crate::source::Sources;
use index::{Index, Miss};
use std::collections::BTreeMap;

/// Links a policy.
#[must_use]
pub fn link(
    mut policy: Policy<Named>,
    sources: &Sources,
    findings: &mut Findings,
) -> Policy<Linked> {
    unique::keep_first(&mut policy, sources, findings);
    join::join(&mut policy.inventory, findings);
    let mut linker = Linker::new(&policy);
    let Policy {
        network,
        placement,
        recovery,
        inventory,
    } = policy;
    let linked = Policy {
        network: linker.network(network),
        placement: linker.placement(placement),
        recovery: linker.recovery(recovery),
        inventory: linker.inventory(inventory),
    };
    linker.report(findings);
    linked
}

/// Resolves references while a policy is rebuilt with handles.
#[derive(Debug)]
struct Linker {
    groups: Index,
    services: Index,
    vms: Index,
    hosts: Index,
    clusters: Index,
    segments: Index,
    vm_groups: Index,
    host_groups: Index,
    protection_groups: Index,
    missing: BTreeMap<(What, String), Missed>,
}

/// What a reference points to, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Group,
    Service,
    Vm,
    Host,
    Cluster,
    Segment,
    VmGroup,
    HostGroup,
    ProtectionGroup,
}

impl What {
    const fn words(self) -> (&'static str, Domain) {
        match self {
            Self::Group => ("group", Domain::Network),
            Self::Service => ("service", Domain::Network),
            Self::Vm => ("virtual machine", Domain::Inventory),
            Self::Host => ("host", Domain::Inventory),
            Self::Cluster => ("cluster", Domain::Inventory),
            Self::Segment => ("network", Domain::Inventory),
            Self::VmGroup => ("VM group", Domain::Placement),
            Self::HostGroup => ("host group", Domain::Placement),
            Self::ProtectionGroup => ("protection group", Domain::Recovery),
        }
    }
}

/// A name that could not be resolved, and who uses it.
#[derive(Debug)]
struct Missed {
    miss: Miss,
    users: Vec<Subject>,
}

impl Linker {
    fn new(policy: &Policy<Named>) -> Self {
        let Inventory {
            vms,
            hosts,
            clusters,
            segments,
        } = &policy.inventory;
        Self {
            groups: of_idents(&policy.network.groups, |group| &group.ident),
            services: of_idents(&policy.network.services, |service| &service.ident),
            vms: Index::new(vms.values().map(|vm| (&vm.ident, vm.aliases.as_slice()))),
            hosts: Index::new(
                hosts
                    .values()
                    .map(|host| (&host.ident, host.aliases.as_slice())),
            ),
            clusters: Index::new(
                clusters
                    .values()
                    .map(|cluster| (&cluster.ident, cluster.aliases.as_slice())),
            ),
            segments: Index::new(
                segments
                    .values()
                    .map(|segment| (&segment.ident, segment.aliases.as_slice())),
            ),
            vm_groups: of_idents(&policy.placement.vm_groups, |group| &group.ident),
            host_groups: of_idents(&policy.placement.host_groups, |group| &group.ident),
            protection_groups: of_idents(&policy.recovery.groups, |group| &group.ident),
            missing: BTreeMap::new(),
        }
    }

    const fn index(&self, what: What) -> &Index {
        match what {
            What::Group => &self.groups,
            What::Service => &self.services,
            What::Vm => &self.vms,
            What::Host => &self.hosts,
            What::Cluster => &self.clusters,
            What::Segment => &self.segments,
            What::VmGroup => &self.vm_groups,
            What::HostGroup => &self.host_groups,
            What::ProtectionGroup => &self.protection_groups,
        }
    }

    fn resolve<A, B>(&mut self, what: What, name: Name<A>, user: &Ident) -> Link<B> {
        match self.index(what).find(&name.text) {
            Ok(at) => Link::Found(crate::ir::Id::at(at), name.origin),
            Err(miss) => {
                let users = Subject {
                    origin: name.origin,
                    id: user.id.clone(),
                    name: user.name.clone(),
                };
                let text = name.text.clone();
                let missed = self.missing.entry((what, text)).or_insert(Missed {
                    miss,
                    users: Vec::new(),
                });
                missed.users.push(users);
                Link::Missing(Name::new(name.text, name.origin))
            }
        }
    }

    fn group(&mut self, name: Name<Group<Named>>, user: &Ident) -> Link<Group<Linked>> {
        self.resolve(What::Group, name, user)
    }

    fn service(&mut self, name: Name<Service<Named>>, user: &Ident) -> Link<Service<Linked>> {
        self.resolve(What::Service, name, user)
    }

    fn vm(&mut self, name: Name<Vm<Named>>, user: &Ident) -> Link<Vm<Linked>> {
        self.resolve(What::Vm, name, user)
    }

    fn host(&mut self, name: Name<Host<Named>>, user: &Ident) -> Link<Host<Linked>> {
        self.resolve(What::Host, name, user)
    }

    fn cluster(&mut self, name: Name<Cluster>, user: &Ident) -> Link<Cluster> {
        self.resolve(What::Cluster, name, user)
    }

    fn segment(&mut self, name: Name<Segment>, user: &Ident) -> Link<Segment> {
        self.resolve(What::Segment, name, user)
    }

    fn vm_group(&mut self, name: Name<VmGroup<Named>>, user: &Ident) -> Link<VmGroup<Linked>> {
        self.resolve(What::VmGroup, name, user)
    }

    fn host_group(
        &mut self,
        name: Name<HostGroup<Named>>,
        user: &Ident,
    ) -> Link<HostGroup<Linked>> {
        self.resolve(What::HostGroup, name, user)
    }

    fn protection_group(
        &mut self,
        name: Name<ProtectionGroup<Named>>,
        user: &Ident,
    ) -> Link<ProtectionGroup<Linked>> {
        self.resolve(What::ProtectionGroup, name, user)
    }

    fn inventory(&mut self, inventory: Inventory<Named>) -> Inventory<Linked> {
        let Inventory {
            vms,
            hosts,
            clusters,
            segments,
        } = inventory;
        Inventory {
            vms: vms.map(|vm| {
                let Vm {
                    ident,
                    aliases,
                    tags,
                    addresses,
                    segments,
                    os_name,
                    computer_name,
                    host,
                    cluster,
                } = vm;
                Vm {
                    segments: segments
                        .into_iter()
                        .map(|name| self.segment(name, &ident))
                        .collect(),
                    host: host.map(|name| self.host(name, &ident)),
                    cluster: cluster.map(|name| self.cluster(name, &ident)),
                    ident,
                    aliases,
                    tags,
                    addresses,
                    os_name,
                    computer_name,
                }
            }),
            hosts: hosts.map(|host| {
                let Host {
                    ident,
                    aliases,
                    cluster,
                } = host;
                Host {
                    cluster: cluster.map(|name| self.cluster(name, &ident)),
                    ident,
                    aliases,
                }
            }),
            clusters,
            segments,
        }
    }

    /// One finding for each name that is missing, with everybody who uses it.
    fn report(self, findings: &mut Findings) {
        for ((what, text), Missed { miss, users }) in self.missing {
            let (noun, domain) = what.words();
            let who = users
                .first()
                .map(|user| user.name.clone())
                .unwrap_or_default();
            let more = match users.len() {
                0 | 1 => String::new(),
                2 => " and in 1 other place".to_owned(),
                count => format!(" and in {} other places", count - 1),
            };
            let (code, message): (&'static Code, String) = match miss {
                Miss::Nothing => (
                    &codes::link::DANGLING_REFERENCE,
                    format!("{noun} `{text}`, used by `{who}`{more}, is in none of the exports"),
                ),
                Miss::Several(names) => (
                    &codes::link::AMBIGUOUS_REFERENCE,
                    format!(
                        "{noun} `{text}`, used by `{who}`{more}, fits {} objects: {}",
                        names.len(),
                        names.join(", ")
                    ),
                ),
            };
            let mut finding = Finding::new(code, domain, message);
            finding.subjects = users;
            findings.push(finding);
        }
    }
}

fn of_idents<T>(table: &Table<T>, ident: impl Fn(&T) -> &Ident) -> Index {
    Index::new(table.values().map(|item| (ident(item), [].as_slice())))
}
