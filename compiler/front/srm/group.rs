//! Protection groups, their machines, and how much data may be lost.

use super::bundle::Item;
use super::call::{Call, Filed};
use super::folder::Folders;
use super::mapping::Networks;
use super::reader::{NOT_HERE, Owner, Reader, by_name, identity};
use super::schema::{
    NamedObject, ProtectionGroupInfo, ProtectionGroupVmInfo, ProtectionInfo, ReplicationInfo,
};
use super::value;
use crate::finding::{Domain, Effect, Finding, codes, count};
use crate::ir::recovery::{ProtectionGroup, RecoveryPlace, Replication, Sites};
use crate::ir::{Ident, Named, Table};
use crate::source::Origin;
use rehome_grammar::de::Spanned;
use std::collections::{BTreeMap, BTreeSet};

/// All protection groups.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: Vec<ProtectionGroup<Named>>,
}

impl Groups {
    /// The groups, in the order of their names.
    pub(super) fn into_table(mut self) -> Table<ProtectionGroup<Named>> {
        self.groups.sort_by(|a, b| by_name(&a.ident, &b.ident));
        self.groups.into_iter().collect()
    }

    /// The requests that a group lacks.
    pub(super) fn missing(&self, group: &str) -> &[String] {
        let known = self.groups.iter().find(|known| known.ident.id == group);
        known.map_or(&[], |group| group.missing.as_slice())
    }

    /// A group by its name.
    pub(super) fn named(&mut self, name: &str) -> Option<&mut ProtectionGroup<Named>> {
        let mut groups = self.groups.iter_mut();
        groups.find(|group| group.ident.name == name)
    }

    /// A group by its id.
    pub(super) fn get(&mut self, id: &str) -> Option<&mut ProtectionGroup<Named>> {
        self.groups.iter_mut().find(|group| group.ident.id == id)
    }

    /// Who the groups are.
    pub(super) fn idents(&self) -> impl Iterator<Item = &Ident> {
        self.groups.iter().map(|group| &group.ident)
    }

    /// Adds a group.
    pub(super) fn push(&mut self, group: ProtectionGroup<Named>) {
        self.groups.push(group);
    }
}

/// Reads every group that any answer tells of.
pub(super) fn read(reader: &mut Reader<'_, '_>, networks: &Networks) -> Groups {
    let mut groups = Groups::default();
    let before = Before {
        networks,
        objectives: objectives(reader),
        folders: Folders::read(reader, Filed::Groups),
    };
    let mut seen: BTreeMap<String, Ident> = BTreeMap::new();
    let calls: Vec<Call> = reader.answers.calls().cloned().collect();
    for call in calls {
        if !matches!(call, Call::Groups | Call::Group(_) | Call::PlanGroups(_)) {
            continue;
        }
        for item in reader.answers.list(&call).unwrap_or_default().items {
            let Some(told) = reader.object::<ProtectionGroupInfo>(item) else {
                continue;
            };
            let ident = identity(told.id.clone(), told.name.clone(), item.origin());
            if let Some(first) = seen.get(&ident.id) {
                let first = Owner {
                    kind: "protection group",
                    ident: first,
                };
                reader.two_names(first, &ident);
                continue;
            }
            seen.insert(ident.id.clone(), ident.clone());
            let group = one(reader, ident, item, told, &before);
            groups.push(group);
        }
    }
    groups
}

/// What is read before the groups.
struct Before<'b> {
    networks: &'b Networks,
    objectives: Objectives,
    folders: Folders,
}

fn one(
    reader: &mut Reader<'_, '_>,
    ident: Ident,
    item: Item<'_>,
    told: ProtectionGroupInfo,
    before: &Before<'_>,
) -> ProtectionGroup<Named> {
    let ProtectionGroupInfo {
        id,
        name: _,
        description,
        location,
        location_name,
        protected_site_name,
        recovery_site_name,
        protected_vc_guid,
        recovery_vc_guid,
        replication_type,
        total_vms,
    } = told;
    let replication = replication(reader, &ident, item, replication_type.as_ref());
    let owner = Owner {
        kind: "protection group",
        ident: &ident,
    };
    let call = Call::GroupVms(id.clone());
    let (items, gap) = reader.list(owner, "its machines", &call);
    let mut missing = Vec::from_iter(gap);
    // One machine alone says what the list says.
    let _ = reader
        .answers
        .claim(|call| matches!(call, Call::GroupVm(group, _) if *group == id));
    let mut vms: Vec<Member> = Vec::new();
    for item in items.into_iter().flatten() {
        vms.extend(machine(reader, item, before.networks));
    }
    vms.sort_by(|a, b| a.place.vm.text.cmp(&b.place.vm.text));
    vms.dedup_by(|a, b| a.place.vm.text == b.place.vm.text);
    let total = total_vms.and_then(|total| usize::try_from(total).ok());
    if let Some(total) =
        total.filter(|total| *total != vms.len() && reader.answers.list(&call).is_some())
    {
        let request = reader.answers.request(&call, &[]);
        let why = format!(
            "it lists {}, and the group has {total}",
            count(vms.len(), "machine")
        );
        missing.push(reader.lacks(owner, "some of its machines", &request, &why));
    }
    let rpo_minutes = if replication == Replication::Host {
        objective(reader, &ident, &vms, &before.objectives)
    } else {
        None
    };
    ProtectionGroup {
        ident,
        description: description.filter(|text| !text.is_empty()),
        folder: before.folders.path(location.as_deref(), location_name),
        sites: Sites {
            protected: protected_site_name.unwrap_or_default(),
            recovery: recovery_site_name.unwrap_or_default(),
            protected_id: protected_vc_guid,
            recovery_id: recovery_vc_guid,
        },
        replication,
        rpo_minutes,
        vms: vms.iter().map(|vm| vm.place.vm.clone()).collect(),
        places: vms
            .into_iter()
            .filter(Member::is_placed)
            .map(|vm| vm.place)
            .collect(),
        missing,
    }
}

/// A machine of a group.
struct Member {
    name: String,
    /// Who it is, and where it is put at the recovery site.
    place: RecoveryPlace<Named>,
}

impl Member {
    const fn is_placed(&self) -> bool {
        let RecoveryPlace {
            vm: _,
            folder,
            resource_pool,
            host,
        } = &self.place;
        folder.is_some() || resource_pool.is_some() || host.is_some()
    }
}

fn replication(
    reader: &mut Reader<'_, '_>,
    ident: &Ident,
    item: Item<'_>,
    told: Option<&Spanned<String>>,
) -> Replication {
    const TAKEN: &str = "how its data travels is not known";
    match told {
        Some(text) => value::replication(&text.value).unwrap_or_else(|| {
            reader.bad_value(ident, "replication_type", item.file, text, TAKEN);
            Replication::Unknown(text.value.clone())
        }),
        None => {
            reader.no_value(ident, "replication_type", TAKEN);
            Replication::Unknown(String::new())
        }
    }
}

fn machine<'t>(reader: &mut Reader<'_, 't>, item: Item<'t>, networks: &Networks) -> Option<Member> {
    let ProtectionGroupVmInfo {
        id,
        name,
        protection_info,
    } = reader.object(item)?;
    let vm = reader.machine(&id, name.as_deref(), item.origin());
    let ident = identity(id, name, item.origin());
    let ProtectionInfo {
        recovery_folder,
        recovery_resource_pool,
        recovery_host,
        recovery_networks,
    } = protection_info.unwrap_or_default();
    for network in recovery_networks {
        let NamedObject { id, name, kind: _ } = network.value;
        let Some(id) = id.filter(|id| !id.is_empty()) else {
            continue;
        };
        if networks.told && !networks.reached.contains(&id) {
            let origin = Origin {
                file: item.file,
                span: network.span,
            };
            let to = name.unwrap_or(id);
            let message = format!(
                "SRM machine `{}` is recovered into network `{to}`, which no network mapping leads to",
                ident.name
            );
            reader.report(
                Finding::new(
                    &codes::read_recovery::MACHINE_NETWORK,
                    Domain::Recovery,
                    message,
                )
                .about(ident.subject())
                .at(origin, to),
            );
        }
    }
    let called = |object: Option<NamedObject>| {
        let NamedObject { id, name, kind: _ } = object?;
        name.or(id).filter(|text| !text.is_empty())
    };
    Some(Member {
        name: ident.name,
        place: RecoveryPlace {
            vm,
            folder: called(recovery_folder),
            resource_pool: called(recovery_resource_pool),
            host: called(recovery_host),
        },
    })
}

/// Objectives by the id and by the name of the machine.
#[derive(Debug, Default)]
struct Objectives {
    told: bool,
    failure: Option<String>,
    by_id: BTreeMap<String, u32>,
    by_name: BTreeMap<String, BTreeSet<u32>>,
}

fn objectives(reader: &mut Reader<'_, '_>) -> Objectives {
    let failure = reader.answers.failure(&Call::Replications);
    let mut objectives = Objectives {
        failure: failure.map(str::to_owned),
        ..Objectives::default()
    };
    let Some(listed) = reader.answers.list(&Call::Replications) else {
        return objectives;
    };
    objectives.told = true;
    for item in listed.items {
        let Some(ReplicationInfo { vm_id, name, rpo }) = reader.replication(item) else {
            continue;
        };
        let Some(rpo) = rpo.map(|rpo| rpo.value) else {
            continue;
        };
        if let Some(id) = vm_id {
            objectives.by_id.insert(id, rpo);
        }
        if let Some(name) = name {
            objectives.by_name.entry(name).or_default().insert(rpo);
        }
    }
    objectives
}

impl Objectives {
    /// By id, or by a name that tells one objective.
    fn of(&self, id: &str, name: &str) -> Option<u32> {
        let by_name = || {
            let several = self.by_name.get(name)?;
            (several.len() == 1).then(|| several.first().copied())?
        };
        self.by_id.get(id).copied().or_else(by_name)
    }
}

/// The smallest objective of the machines of a group.
fn objective(
    reader: &mut Reader<'_, '_>,
    group: &Ident,
    vms: &[Member],
    objectives: &Objectives,
) -> Option<u32> {
    let mut found: BTreeMap<u32, &str> = BTreeMap::new();
    let mut without: Vec<&str> = Vec::new();
    for Member { name, place } in vms {
        match objectives.of(&place.vm.text, name) {
            Some(minutes) => {
                found.entry(minutes).or_insert(name);
            }
            None => without.push(name),
        }
    }
    if let Some(first) = without.first() {
        let request = reader
            .answers
            .request(&Call::Replications, &[Call::Groups, Call::Plans]);
        let why = if objectives.told {
            match without.len() - 1 {
                0 => format!("it does not name `{first}`"),
                more => format!("it does not name `{first}` and {}", count(more, "other")),
            }
        } else {
            let unasked = || NOT_HERE.to_owned();
            objectives.failure.clone().unwrap_or_else(unasked)
        };
        let message = format!(
            "SRM protection group `{}` lacks how much data may be lost, which `{request}` tells: {why}",
            group.name
        );
        reader.report(
            Finding::new(&codes::read::INCOMPLETE_EXPORT, Domain::Recovery, message)
                .effect(Effect::Conduct)
                .about(group.subject())
                .remedy(format!("run `{request}` and add the answer to the input")),
        );
    }
    let (smallest, tight) = found.first_key_value()?;
    let (largest, loose) = found.last_key_value()?;
    if smallest != largest {
        let message = format!(
            "in SRM protection group `{}` machine `{tight}` is replicated every {} and `{loose}` every {largest}; {smallest} is used for all",
            group.name,
            count(*smallest, "minute")
        );
        reader.report(
            Finding::new(
                &codes::read_recovery::OBJECTIVES_DIFFER,
                Domain::Recovery,
                message,
            )
            .about(group.subject()),
        );
    }
    Some(*smallest)
}
