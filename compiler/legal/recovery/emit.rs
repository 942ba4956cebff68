//! The objects of a recovery plan: head, mappings, stages, settings.

use super::address::Pair;
use super::estate::Estate;
use super::network::{self, Mapped};
use super::order::{Level, Order, VmId};
use super::part::Parts;
use super::plan::Shared;
use super::protection::locations;
use super::script::Joined;
use super::wait::Waits;
use super::{note, prepare, v3};
use crate::ir::recovery::RecoveryPlan;
use crate::ir::{Ident, Linked};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::recovery::{
    Body as Recovery, HostAddress, IpMapping, NetworkMapping, PowerState, RecoverySetting,
    RecoveryStage, Script, StageNumber, VmRecoverySetting,
};
use crate::plan::nutanix::runbook::{Flow, FlowStage, Part};
use crate::plan::nutanix::{Body, Builder, Model, Name, ObjectId, recovery};
use std::collections::BTreeSet;
use std::num::NonZeroU32;

/// The key of the categories of stages.
const STAGE: &str = "srm-stage";

/// A plan that is to be made.
pub(super) struct Made<'plan> {
    /// The plan at the source.
    pub(super) plan: &'plan RecoveryPlan<Linked>,
    /// Its name on the target.
    pub(super) name: Name,
    /// The stages.
    pub(super) order: &'plan Order,
    /// The waits after them.
    pub(super) waits: &'plan Waits,
    /// The parts.
    pub(super) parts: &'plan Parts,
    /// The machines with settings.
    pub(super) settings: Vec<Settings>,
}

/// What a machine has of its own in a plan.
pub(super) struct Settings {
    /// The machine.
    pub(super) vm: VmId,
    /// Its settings at the source.
    pub(super) ident: Ident,
    /// Whether it is powered on.
    pub(super) power_on: bool,
    /// Its addresses.
    pub(super) pairs: Vec<Pair>,
    /// The commands that its script is made of.
    pub(super) commands: Vec<Ident>,
    /// Its script.
    pub(super) script: Option<Joined>,
}

impl Settings {
    /// The switch for the script inside the guest.
    pub(super) fn runs(&self) -> Option<Script> {
        let script = self.script.as_ref()?;
        Some(Script {
            timeout: script.timeout,
        })
    }
}

/// The model of a plan.
pub(super) fn model(estate: &Estate<'_>) -> Model {
    if estate.has_v4_plans() {
        Model::RecoveryPlan
    } else {
        Model::RecoveryPlanV3
    }
}

/// A part of a plan: what becomes one plan of the target.
pub(super) struct PartOf<'plan> {
    /// The plan at the source.
    pub(super) plan: &'plan RecoveryPlan<Linked>,
    /// The name of the part.
    pub(super) name: Name,
    /// Its stages, each with the wait after it.
    pub(super) stages: Vec<(&'plan Level, Option<NonZeroU32>)>,
    /// The machines with settings in them.
    pub(super) settings: Vec<&'plan Settings>,
}

/// Makes the objects of a plan.
pub(super) fn emit(
    estate: &Estate<'_>,
    made: Made<'_>,
    mut mapped: Vec<Mapped<'_>>,
    shared: &mut Shared,
    builder: &mut Builder,
) {
    let Made {
        plan,
        name,
        order,
        waits,
        parts,
        settings,
    } = made;
    let title = name.as_str().to_owned();
    prepare::networks(plan, &title, &mapped, &settings, builder);
    for setting in &settings {
        if let Some(script) = &setting.script {
            prepare::script(estate, plan, &title, setting, script, shared, builder);
        }
    }
    let bounds = parts.bounds(order);
    prepare::runs(plan, &title, &bounds, builder);
    let mut flow = Flow {
        plan: title,
        parts: Vec::new(),
    };
    for (number, (first, last)) in (1..).zip(&bounds) {
        let stages: Vec<_> = (1..)
            .zip(&order.levels)
            .filter(|(stage, _)| (first..=last).contains(&stage))
            .map(|(stage, level)| (level, waits.after(stage)))
            .collect();
        let here = |setting: &&Settings| {
            let mut levels = stages.iter();
            levels.any(|(level, _)| level.vms.contains(&setting.vm))
        };
        let part = PartOf {
            plan,
            name: if bounds.len() == 1 {
                name.clone()
            } else {
                let wished = format!("{} part {number} of {}", plan.ident.name, bounds.len());
                builder.name(model(estate), None, &wished)
            },
            settings: settings.iter().filter(here).collect(),
            stages,
        };
        let id = if estate.has_v4_plans() {
            one_part(estate, &part, *first, &mut mapped, shared, builder)
        } else {
            v3::emit(estate, &part, &mapped, builder)
        };
        flow.parts.push(part.told(estate, id));
    }
    builder.flow(flow);
}
fn networks(plan: ObjectId, mapped: &mut [Mapped<'_>], builder: &mut Builder) {
    for mapped in mapped {
        let Some([primary_network, recovery_network, recovery_test_network]) =
            network::configs(mapped)
        else {
            continue;
        };
        let body = NetworkMapping {
            primary_network,
            recovery_network,
            recovery_test_network,
            is_ip_mapping_enabled: mapped.enabled,
        };
        let ident = &mapped.mapping.ident;
        let name = builder.name(Model::NetworkMapping, Some(plan), &ident.name);
        let id = builder.add(
            Model::NetworkMapping,
            Some(plan),
            name,
            Body::Recovery(Recovery::Network(body)),
            Holds::one(ident),
        );
        mapped.object = Some(id);
    }
}

/// The head of a part and everything in it.
fn one_part(
    estate: &Estate<'_>,
    part: &PartOf<'_>,
    first: u32,
    mapped: &mut [Mapped<'_>],
    shared: &mut Shared,
    builder: &mut Builder,
) -> ObjectId {
    let plan = part.plan;
    let (primary_location, recovery_location) = locations(&plan.sites, builder);
    let body = recovery::RecoveryPlan {
        name: part.name.clone(),
        description: part.description(),
        primary_location,
        recovery_location,
    };
    let id = builder.add(
        Model::RecoveryPlan,
        None,
        part.name.clone(),
        Body::Recovery(Recovery::Plan(body)),
        Holds::one(&plan.ident),
    );
    networks(id, mapped, builder);
    let mut number = StageNumber::FIRST;
    for (all, (level, delay)) in (first..).zip(&part.stages) {
        let category = staged(estate, part, level, all, shared, builder);
        let body = RecoveryStage {
            priority: number,
            category,
            delay: *delay,
        };
        let name = format!("stage {}", number.get());
        let name = builder.name(Model::RecoveryStage, Some(id), &name);
        builder.add(
            Model::RecoveryStage,
            Some(id),
            name,
            Body::Recovery(Recovery::Stage(body)),
            part.holds(level),
        );
        number = number.next();
    }
    for setting in &part.settings {
        one_setting(estate, id, setting, mapped, builder);
    }
    id
}

impl PartOf<'_> {
    /// The description of the plan, or what it was made from.
    pub(super) fn description(&self) -> recovery::Note {
        note::of(
            &format!("SRM plan {}", self.plan.ident.name),
            self.plan.description.as_deref(),
        )
    }

    /// The constructs of the machines of a stage.
    pub(super) fn holds(&self, level: &Level) -> Holds {
        let mut holds = Holds::default();
        for vm in &self.plan.vms {
            if vm.vm.found().is_some_and(|vm| level.vms.contains(&vm)) {
                holds.add(&vm.ident);
            }
        }
        holds
    }

    /// What people follow while the part runs.
    fn told(&self, estate: &Estate<'_>, id: ObjectId) -> Part {
        let off = |vm: &VmId| {
            let mut settings = self.settings.iter();
            settings.any(|setting| setting.vm == *vm && !setting.power_on)
        };
        let names = |vms: &BTreeSet<VmId>| -> Vec<String> {
            let names = estate.names(vms).into_iter();
            names.map(str::to_owned).collect()
        };
        let stage = |(level, delay): &(&Level, Option<NonZeroU32>)| FlowStage {
            machines: names(&level.vms),
            off: names(&level.vms.iter().copied().filter(off).collect()),
            delay: delay.map_or(0, NonZeroU32::get),
        };
        Part {
            id,
            name: self.name.as_str().to_owned(),
            stages: self.stages.iter().map(stage).collect(),
        }
    }
}

/// The category of the machines of a stage that is counted through all parts.
fn staged(
    estate: &Estate<'_>,
    part: &PartOf<'_>,
    level: &Level,
    stage: u32,
    shared: &mut Shared,
    builder: &mut Builder,
) -> ObjectId {
    let plan = &part.plan.ident;
    let wished = format!("{} {stage}", plan.name);
    let owner = format!("{} {stage}", plan.id);
    let category = builder.category(
        STAGE,
        &shared.values.of(STAGE, &wished, &owner),
        &format!("machines of stage {stage} of SRM plan {}", plan.name),
        part.holds(level),
    );
    for vm in &level.vms {
        builder.assign_vm(estate.vm(*vm), [category]);
    }
    category
}

fn one_setting(
    estate: &Estate<'_>,
    id: ObjectId,
    setting: &Settings,
    mapped: &[Mapped<'_>],
    builder: &mut Builder,
) {
    let addresses: Vec<IpMapping> = setting
        .pairs
        .iter()
        .filter_map(|pair| {
            Some(IpMapping {
                network_mapping_ext_id: mapped.get(pair.mapping)?.object?,
                primary_ip: HostAddress(pair.from),
                recovery_ip: HostAddress(pair.to),
            })
        })
        .collect();
    if setting.power_on && setting.script.is_none() && addresses.is_empty() {
        return;
    }
    let vm = estate.vm(setting.vm);
    let body = VmRecoverySetting {
        vm: builder.external("vm", &vm.name, Some(&vm.id)),
        power_state: if setting.power_on {
            PowerState::On
        } else {
            PowerState::Off
        },
        script: setting.runs(),
        addresses,
    };
    let mut holds = Holds::one(&setting.ident);
    setting.commands.iter().for_each(|ident| holds.add(ident));
    let name = builder.name(Model::RecoverySetting, Some(id), &vm.name);
    builder.add(
        Model::RecoverySetting,
        Some(id),
        name,
        Body::Recovery(Recovery::Setting(RecoverySetting {
            recovery_setting: body,
        })),
        holds,
    );
}
