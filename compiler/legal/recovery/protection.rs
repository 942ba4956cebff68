//! Protection groups become a category and a protection policy in both directions.

use super::super::say::{self, tick};
use super::super::table::recovery::{Together, Told, Use};
use super::super::values::Values;
use super::super::{Case, Construct, Kind, Ledger, Legality};
use super::estate::{Estate, add};
use super::order::VmId;
use crate::finding::count;
use crate::ir::recovery::{ProtectionGroup, Replication, Sites};
use crate::ir::{Id, Link, Linked};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::recovery::{
    Body as Recovery, ConsistencyRule, Objective, ProtectionPolicy, RecoveryLocation, Site,
};
use crate::plan::nutanix::{Body, Builder, Model};
use crate::source::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// The key of the categories of protection groups.
const GROUP: &str = "srm-protection-group";

/// What is replicated.
#[derive(Debug, Default)]
pub(super) struct Protected {
    /// Machines that an emitted policy replicates.
    pub(super) vms: BTreeSet<VmId>,
    /// Groups without an emitted policy, and where they stand.
    pub(super) fallen: BTreeMap<Id<ProtectionGroup<Linked>>, Origin>,
}

/// Lowers the protection groups.
pub(super) fn lower(
    estate: &Estate<'_>,
    values: &mut Values,
    plan: &mut Builder,
    ledger: &mut Ledger,
) -> Protected {
    let mut protected = Protected::default();
    for (id, group) in estate.policy().recovery.groups.iter() {
        if !group.missing.is_empty() {
            incomplete(estate, group, ledger);
            protected.fallen.insert(id, group.ident.origin);
            continue;
        }
        let ProtectionGroup {
            ident,
            description: _,
            folder: _,
            sites,
            replication: _,
            rpo_minutes: _,
            vms,
            places: _,
            missing: _,
        } = group;
        let (told, objective) = objective(estate, group);
        let found: BTreeSet<VmId> = vms.iter().filter_map(Link::found).collect();
        let held = losses(estate, group, &found, told, objective);
        let category = plan.category(
            GROUP,
            &values.of(GROUP, &ident.name, &ident.id),
            &format!("machines of SRM protection group {}", ident.name),
            Holds::one(ident),
        );
        for vm in &found {
            plan.assign_vm(estate.vm(*vm), [category]);
        }
        let stands = held
            .settle(Construct::new(Kind::ProtectionGroup, &ident.id), ledger)
            .is_some();
        let Some(objective) = objective.filter(|_| stands) else {
            protected.fallen.insert(id, ident.origin);
            continue;
        };
        let answer = estate.answer(&Use::Consistency(many(&found)));
        let rule = together(group) && matches!(answer, Legality::Legal);
        protected.vms.extend(found);
        let (from, to) = locations(sites, plan);
        let name = plan.name(Model::ProtectionPolicy, None, &ident.name);
        let body = ProtectionPolicy {
            name: name.clone(),
            description: super::note::of(
                &format!("SRM protection group {}", ident.name),
                group.description.as_deref(),
            ),
            category,
            protected: site(from),
            recovery: site(to),
            objective,
        };
        let policy = plan.add(
            Model::ProtectionPolicy,
            None,
            name,
            Body::Recovery(Recovery::Protection(body)),
            Holds::one(ident),
        );
        if rule {
            let name = plan.name(Model::ConsistencyRule, Some(policy), &ident.name);
            let rule = ConsistencyRule {
                name: name.clone(),
                category,
            };
            plan.add(
                Model::ConsistencyRule,
                Some(policy),
                name,
                Body::Recovery(Recovery::Consistency(rule)),
                Holds::one(ident),
            );
        }
    }
    protected
}

/// A group that the exports tell in part: it falls.
fn incomplete(estate: &Estate<'_>, group: &ProtectionGroup<Linked>, ledger: &mut Ledger) {
    let ident = &group.ident;
    let message = format!(
        "the exports lack {} of SRM protection group {}; no Nutanix protection policy is made of a part",
        say::list(group.missing.iter().map(String::as_str)),
        tick(&ident.name)
    );
    estate
        .answer(&Use::GroupIncomplete)
        .lower(|| Case::new(ident.subject(), message), || ())
        .settle(Construct::new(Kind::ProtectionGroup, &ident.id), ledger);
}

/// Whether the data of a group travels together: the storage replicates whole volumes, and keeps one
/// order of writes where it is set up so, which no export tells.
fn together(group: &ProtectionGroup<Linked>) -> bool {
    match group.replication {
        Replication::Array | Replication::VirtualVolumes => group.vms.len() > 1,
        Replication::Host | Replication::Vsan | Replication::Unknown(_) => false,
    }
}

/// The losses of a protection group.
fn losses(
    estate: &Estate<'_>,
    group: &ProtectionGroup<Linked>,
    found: &BTreeSet<VmId>,
    told: Told,
    objective: Option<Objective>,
) -> super::Lowered<()> {
    let ident = &group.ident;
    let held = estate
        .answer(&Use::Objective(told))
        .lower(|| objective_case(group, told, objective), || ());
    let held = if objective.is_some_and(Objective::is_synchronous) {
        held
    } else {
        add(held, estate.answer(&Use::Retention), || {
            Case::new(
                ident.subject(),
                format!(
                    "the exports do not tell how long recovery points of SRM protection group {} are kept; the Nutanix protection policy keeps those of one day",
                    tick(&ident.name)
                ),
            )
        })
    };
    let held = consistency(estate, group, found, held);
    let missing: Vec<_> = group
        .vms
        .iter()
        .filter_map(Link::missing)
        .cloned()
        .collect();
    let held = match missing.first() {
        None => held,
        Some(root) => add(held, estate.answer(&Use::MembersMissing), || {
            Case::new(
                ident.subject(),
                format!(
                    "SRM protection group {} holds {}, which the exports do not tell; the Nutanix protection policy is made without",
                    tick(&ident.name),
                    say::names(&missing),
                ),
            )
            .because_of(root.origin)
        }),
    };
    let held = filed(estate, group, held);
    super::note::changed(estate, ident, group.description.as_deref(), held)
}

/// Adds the loss of folders, and of the places of machines at the recovery site.
fn filed(
    estate: &Estate<'_>,
    group: &ProtectionGroup<Linked>,
    mut held: super::Lowered<()>,
) -> super::Lowered<()> {
    let ident = &group.ident;
    let name = tick(&ident.name);
    if let Some(folder) = &group.folder {
        held = add(held, estate.answer(&Use::Folder), || {
            Case::new(
                ident.subject(),
                format!(
                    "SRM files protection group {name} in {}; Nutanix has no folders for protection groups",
                    tick(folder)
                ),
            )
        });
    }
    let places = || group.places.iter();
    let told: Vec<String> = [
        ("folder", distinct(places().map(|place| &place.folder))),
        (
            "resource pool",
            distinct(places().map(|place| &place.resource_pool)),
        ),
        ("host", distinct(places().map(|place| &place.host))),
    ]
    .into_iter()
    .filter(|(_, names)| !names.is_empty())
    .map(|(what, names)| format!("{what} {}", say::list(names)))
    .collect();
    if !told.is_empty() {
        held = add(held, estate.answer(&Use::RecoveryPlace), || {
            Case::new(
                ident.subject(),
                format!(
                    "SRM puts the machines of protection group {name} into {} at the recovery site; Nutanix recovers them into the cluster",
                    told.join(", ")
                ),
            )
        });
    }
    held
}

fn distinct<'p>(names: impl Iterator<Item = &'p Option<String>>) -> BTreeSet<&'p str> {
    names.filter_map(Option::as_deref).collect()
}

fn many(vms: &BTreeSet<VmId>) -> Together {
    if vms.len() <= ConsistencyRule::MOST {
        Together::Few
    } else {
        Together::Many
    }
}

/// Adds the loss of recovery points that are taken together.
fn consistency(
    estate: &Estate<'_>,
    group: &ProtectionGroup<Linked>,
    found: &BTreeSet<VmId>,
    held: super::Lowered<()>,
) -> super::Lowered<()> {
    if !together(group) {
        return held;
    }
    let ident = &group.ident;
    let use_of = many(found);
    add(held, estate.answer(&Use::Consistency(use_of)), || {
        Case::new(
            ident.subject(),
            format!(
                "the storage replicates the {} machines of SRM protection group {} together; {}",
                found.len(),
                tick(&ident.name),
                match use_of {
                    Together::Few => format!(
                        "Nutanix {} takes the recovery points of each by itself",
                        estate.options().target.release().name()
                    ),
                    Together::Many => format!(
                        "Nutanix takes those of at most {} machines together",
                        ConsistencyRule::MOST
                    ),
                }
            ),
        )
    })
}

/// The objective of a group, and who told it.
fn objective(estate: &Estate<'_>, group: &ProtectionGroup<Linked>) -> (Told, Option<Objective>) {
    match (group.rpo_minutes, estate.options().objective_minutes) {
        (Some(minutes), _) => {
            let kept = Objective::at_most(minutes);
            let told = if kept.minutes() == minutes {
                Told::Kept
            } else {
                Told::Rounded
            };
            (told, Some(kept))
        }
        (None, Some(minutes)) => (Told::Chosen, Some(Objective::at_most(minutes))),
        (None, None) => (Told::Untold, None),
    }
}

fn objective_case(
    group: &ProtectionGroup<Linked>,
    told: Told,
    objective: Option<Objective>,
) -> Case {
    let name = tick(&group.ident.name);
    let kept = objective.map_or(0, Objective::minutes);
    let message = match told {
        Told::Kept | Told::Rounded => format!(
            "SRM protection group {name} has a recovery point objective of {}; the nearest that Nutanix takes is {}",
            count(group.rpo_minutes.unwrap_or_default(), "minute"),
            count(kept, "minute")
        ),
        Told::Chosen => format!(
            "the exports tell no recovery point objective of SRM protection group {name}; the Nutanix protection policy has the {} chosen for the run",
            count(kept, "minute")
        ),
        Told::Untold => format!(
            "the exports tell no recovery point objective of SRM protection group {name}; no Nutanix protection policy is made"
        ),
    };
    Case::new(group.ident.subject(), message)
}

/// The two sites, as things that exist.
pub(super) fn locations(sites: &Sites, plan: &mut Builder) -> (RecoveryLocation, RecoveryLocation) {
    // The ids are those of the source's servers; what stands for a site on the target has its name.
    let Sites {
        protected,
        recovery,
        protected_id: _,
        recovery_id: _,
    } = sites;
    let named = |name: &str, role: &str| {
        if name.is_empty() {
            format!("{role} site")
        } else {
            name.to_owned()
        }
    };
    let from = named(protected, "protected");
    let mut to = named(recovery, "recovery");
    if from == to {
        // Two sites that are called the same are still two.
        to = format!("{to}, recovery site");
    }
    let mut location = |name: &str| RecoveryLocation {
        domain_manager: plan.external("domain manager", name, None),
        cluster: plan.external("cluster", name, None),
    };
    (location(&from), location(&to))
}

const fn site(location: RecoveryLocation) -> Site {
    Site {
        domain_manager: location.domain_manager,
        cluster: location.cluster,
    }
}
