//! One recovery plan: what it holds, and what is lost of it.

use super::super::say::{self, tick};
use super::super::table::recovery::Use;
use super::super::values::Values;
use super::super::{Case, Construct, Kind, Ledger, Lowered};
use super::address::{Manual, manual};
use super::emit::{self, Settings};
use super::estate::{Estate, add};
use super::machine::{self, InPlan};
use super::network::{self, Mapped};
use super::order::{Member, Order, VmId, order};
use super::part::Parts;
use super::protection::Protected;
use super::script::Joined;
use super::wait::Waits;
use super::{fallen, note, step};
use crate::ir::recovery::{Priority, RecoveryPlan, VmRecovery};
use crate::ir::{Link, Linked};
use crate::plan::nutanix::Builder;
use crate::taken::Taken;
use std::collections::{BTreeMap, BTreeSet};

/// What the plans share.
pub(super) struct Shared {
    /// Category values.
    pub(super) values: Values,
    /// What is replicated.
    protected: Protected,
    /// For each network mapping, whether a plan took it, and whether somebody must make its test
    /// network.
    used: Vec<Option<bool>>,
    /// The script of each machine.
    pub(super) scripts: BTreeMap<VmId, Joined>,
    /// The folders that scripts are in.
    pub(super) folders: Taken<String>,
}

impl Shared {
    /// Nothing yet.
    pub(super) fn new(estate: &Estate<'_>, values: Values, protected: Protected) -> Self {
        Self {
            values,
            protected,
            used: vec![None; estate.policy().recovery.networks.len()],
            scripts: BTreeMap::new(),
            folders: Taken::default(),
        }
    }

    /// What became of the network mappings.
    pub(super) fn used(&self) -> &[Option<bool>] {
        &self.used
    }
}

/// The machines of a plan.
struct Machines<'policy> {
    /// Those with settings.
    told: BTreeMap<VmId, &'policy VmRecovery<Linked>>,
    /// Those of its groups without settings.
    untold: BTreeSet<VmId>,
}

impl Machines<'_> {
    fn all(&self) -> BTreeSet<VmId> {
        self.told.keys().chain(&self.untold).copied().collect()
    }
}

/// Lowers a plan.
pub(super) fn lower(
    estate: &Estate<'_>,
    plan: &RecoveryPlan<Linked>,
    shared: &mut Shared,
    builder: &mut Builder,
    ledger: &mut Ledger,
) {
    if !plan.missing.is_empty() {
        return fallen::incomplete(estate, plan, ledger);
    }
    let machines = machines(estate, plan);
    let members = members(&machines);
    let order = order(&staged(estate, &machines, &members));
    let parts = if estate.options().split_at_prompts {
        Parts::at_prompts(plan, &order)
    } else {
        Parts::default()
    };
    let name = builder.name(emit::model(estate), None, &plan.ident.name);
    let mut mapped = network::needed(estate, plan, &machines.all());
    let manuals: BTreeMap<VmId, Manual> = machines
        .told
        .iter()
        .map(|(vm, told)| (*vm, manual(estate, *vm, &told.addresses, &mapped)))
        .collect();
    for pair in manuals.values().flat_map(|manual| &manual.pairs) {
        if let Some(mapped) = mapped.get_mut(pair.mapping) {
            mapped.enabled = estate.has_v4_plans();
        }
    }
    head(estate, plan, &machines, &shared.protected, &parts, ledger);
    let waits = waits(&machines, &members, &order, shared);
    let within = InPlan {
        source: &plan.ident.name,
        plan: name.as_str(),
        order: &order,
        waits: &waits,
        parts: &parts,
        mapped: &mapped,
    };
    let settings = settle_machines(estate, plan, &within, &manuals, builder, ledger);
    step::lower(estate, plan, name.as_str(), &order, &parts, builder, ledger);
    network::settle_tests(estate, plan, &mapped, ledger);
    mark(estate, &mapped, &mut shared.used);
    let made = emit::Made {
        plan,
        name,
        order: &order,
        waits: &waits,
        parts: &parts,
        settings,
    };
    emit::emit(estate, made, mapped, shared, builder);
}

/// The machines of a plan, with and without settings.
fn machines<'policy>(
    estate: &Estate<'policy>,
    plan: &'policy RecoveryPlan<Linked>,
) -> Machines<'policy> {
    let mut told = BTreeMap::new();
    for recovery in &plan.vms {
        if let Some(vm) = recovery.vm.found() {
            told.entry(vm).or_insert(recovery);
        }
    }
    let groups = plan.groups.iter().filter_map(Link::found);
    let untold = groups
        .flat_map(|group| &estate.policy().recovery.groups[group].vms)
        .filter_map(Link::found)
        .filter(|vm| !told.contains_key(vm))
        .collect();
    Machines { told, untold }
}

fn members(machines: &Machines<'_>) -> BTreeMap<VmId, Member> {
    let told = machines.told.iter().map(|(vm, recovery)| {
        let member = Member {
            priority: recovery.priority,
            depends_on: recovery.depends_on.iter().filter_map(Link::found).collect(),
        };
        (*vm, member)
    });
    let untold = machines.untold.iter().map(|vm| {
        let member = Member {
            priority: Priority::DEFAULT,
            depends_on: BTreeSet::new(),
        };
        (*vm, member)
    });
    told.chain(untold).collect()
}

/// The machines that stages hold: a plan of the v3 API has no power state, so those that are left
/// powered off are in none. Who depends on one of them then depends on what it depends on.
fn staged(
    estate: &Estate<'_>,
    machines: &Machines<'_>,
    members: &BTreeMap<VmId, Member>,
) -> BTreeMap<VmId, Member> {
    let off = |vm: &VmId| machines.told.get(vm).is_some_and(|told| !told.power_on);
    let mut staged = members.clone();
    if estate.has_v4_plans() {
        return staged;
    }
    staged.retain(|vm, _| !off(vm));
    for member in staged.values_mut() {
        let mut seen = BTreeSet::new();
        let mut open: Vec<VmId> = member.depends_on.iter().copied().collect();
        while let Some(need) = open.pop() {
            let between = members.get(&need).filter(|between| {
                off(&need) && between.priority == member.priority && seen.insert(need)
            });
            open.extend(between.into_iter().flat_map(|between| &between.depends_on));
            member.depends_on.insert(need);
        }
    }
    staged
}

fn waits(
    machines: &Machines<'_>,
    members: &BTreeMap<VmId, Member>,
    order: &Order,
    shared: &Shared,
) -> Waits {
    let delays = machines
        .told
        .iter()
        .map(|(vm, recovery)| (*vm, recovery.delay_seconds))
        .collect();
    let priorities: BTreeMap<VmId, Priority> = members
        .iter()
        .map(|(vm, member)| (*vm, member.priority))
        .collect();
    let awaited = members
        .values()
        .flat_map(|member| {
            let same = |need: &&VmId| priorities.get(need) == Some(&member.priority);
            member.depends_on.iter().filter(same).copied()
        })
        .collect();
    Waits::of(
        order,
        &delays,
        priorities.clone(),
        awaited,
        shared.scripts.clone(),
    )
}

/// Settles the plan itself.
fn head(
    estate: &Estate<'_>,
    plan: &RecoveryPlan<Linked>,
    machines: &Machines<'_>,
    protected: &Protected,
    parts: &Parts,
    ledger: &mut Ledger,
) {
    let RecoveryPlan {
        ident,
        description,
        folder,
        sites: _,
        groups,
        vms: _,
        steps: _,
        test_networks: _,
        missing: _,
    } = plan;
    let name = tick(&ident.name);
    let mut held = estate
        .answer(&Use::Plan)
        .lower(
            || {
                Case::new(
                    ident.subject(),
                    format!(
                        "SRM plan {name} is a body of the v3 API on Nutanix {}, which has no plans of the v4 API",
                        estate.options().target.release().name()
                    ),
                )
            },
            || (),
        );
    if parts.count() > 1 {
        held = add(held, estate.answer(&Use::PlanSplit), || {
            Case::new(
                ident.subject(),
                format!(
                    "SRM runs plan {name} in one go and stops at its prompts; Nutanix has {} plans in its place, and a person runs one after the other",
                    parts.count()
                ),
            )
        });
    }
    if let Some(folder) = folder.as_ref().filter(|folder| !folder.is_empty()) {
        held = add(held, estate.answer(&Use::Folder), || {
            Case::new(
                ident.subject(),
                format!(
                    "SRM files plan {name} in {}; Nutanix has no folders for plans",
                    tick(folder)
                ),
            )
        });
    }
    held = note::changed(estate, ident, description.as_deref(), held);
    for group in groups {
        if let Link::Missing(group) = group {
            held = add(held, estate.answer(&Use::GroupMissing), || {
                Case::new(
                    ident.subject(),
                    format!(
                        "SRM plan {name} recovers protection group {}, which the exports do not tell; the Nutanix plan has its machines only where the SRM plan lists them",
                        tick(&group.text)
                    ),
                )
                .because_of(group.origin)
            });
        }
    }
    held = lacking(estate, plan, machines, protected, held);
    held.settle(Construct::new(Kind::RecoveryPlan, &ident.id), ledger);
}

/// Tells which machines of a plan lack settings or a copy.
fn lacking(
    estate: &Estate<'_>,
    plan: &RecoveryPlan<Linked>,
    machines: &Machines<'_>,
    protected: &Protected,
    mut held: Lowered<()>,
) -> Lowered<()> {
    let ident = &plan.ident;
    let name = tick(&ident.name);
    if !machines.untold.is_empty() {
        held = add(held, estate.answer(&Use::SettingsUntold), || {
            Case::new(
                ident.subject(),
                format!(
                    "SRM plan {name} recovers {}, whose settings the exports do not tell; the Nutanix plan has them in the stage of priority 3",
                    say::list(estate.names(&machines.untold))
                ),
            )
        });
    }
    let bare: BTreeSet<VmId> = machines.all().difference(&protected.vms).copied().collect();
    if !bare.is_empty() {
        held = add(held, estate.answer(&Use::Unprotected), || {
            let case = Case::new(
                ident.subject(),
                format!(
                    "SRM plan {name} recovers {}; no Nutanix protection policy is made that replicates them",
                    say::list(estate.names(&bare))
                ),
            );
            let root = plan
                .groups
                .iter()
                .filter_map(Link::found)
                .find_map(|group| protected.fallen.get(&group));
            case.because_of(root.copied())
        });
    }
    held
}

/// Settles the machines and their steps; gives back what the objects need.
fn settle_machines(
    estate: &Estate<'_>,
    plan: &RecoveryPlan<Linked>,
    within: &InPlan<'_>,
    manuals: &BTreeMap<VmId, Manual>,
    builder: &mut Builder,
    ledger: &mut Ledger,
) -> Vec<Settings> {
    let mut settings = Vec::new();
    for recovery in &plan.vms {
        let vm = match &recovery.vm {
            Link::Found(vm, _) => *vm,
            Link::Missing(name) => {
                machine::untold(estate, within, recovery, name.origin, builder, ledger);
                continue;
            }
        };
        let none = Manual::default();
        let manual = manuals.get(&vm).unwrap_or(&none);
        let script = machine::steps(estate, within, recovery, vm, builder, ledger);
        let construct = Construct::new(Kind::VmRecovery, &recovery.ident.id);
        let stands = machine::losses(estate, within, recovery, vm, manual)
            .settle(construct, ledger)
            .is_some();
        // A machine that stays off is somebody's to switch on, whether a stage holds it or not.
        if stands || !recovery.power_on {
            machine::addresses_by_hand(estate, within, recovery, vm, manual, builder);
        }
        if stands {
            settings.push(Settings {
                vm,
                ident: recovery.ident.clone(),
                power_on: recovery.power_on,
                pairs: manual.pairs.clone(),
                commands: recovery
                    .after
                    .iter()
                    .take(script.as_ref().map_or(0, |(_, taken)| *taken))
                    .map(|callout| callout.ident.clone())
                    .collect(),
                script: script.map(|(joined, _)| joined),
            });
        }
    }
    settings
}

/// Notes which mappings a plan took.
fn mark(estate: &Estate<'_>, mapped: &[Mapped<'_>], used: &mut [Option<bool>]) {
    let all = estate.policy().recovery.networks.iter();
    for (mapping, used) in all.zip(used) {
        let here = mapped
            .iter()
            .find(|mapped| mapped.mapping.ident.id == mapping.ident.id);
        if let Some(mapped) = here {
            // A plan that names its own test network says so with that network.
            let to_make = mapped.to_make && !mapped.by_plan;
            *used = Some(used.unwrap_or(false) || to_make);
        }
    }
}
