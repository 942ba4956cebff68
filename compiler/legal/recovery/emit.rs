//! The objects of a recovery plan: head, mappings, stages, settings; and what people prepare.

use super::address::Pair;
use super::estate::Estate;
use super::network::{self, Mapped};
use super::note;
use super::order::{Order, VmId};
use super::plan::Shared;
use super::protection::locations;
use super::script::Joined;
use super::wait::Waits;
use crate::back::file_name;
use crate::ir::recovery::RecoveryPlan;
use crate::ir::{Ident, Linked};
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::recovery::{
    Body as Recovery, HostAddress, IpMapping, NetworkMapping, PowerState, RecoverySetting,
    RecoveryStage, Script, StageNumber, VmRecoverySetting,
};
use crate::plan::nutanix::runbook::{Actor, GuestScript, Moment, RunbookStep};
use crate::plan::nutanix::{Body, Builder, Model, Name, ObjectId, recovery};

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
        settings,
    } = made;
    let (primary_location, recovery_location) = locations(&plan.sites, builder);
    let body = recovery::RecoveryPlan {
        name: name.clone(),
        description: note::of(
            &format!("SRM plan {}", plan.ident.name),
            plan.description.as_deref(),
        ),
        primary_location,
        recovery_location,
    };
    let title = name.as_str().to_owned();
    let id = builder.add(
        Model::RecoveryPlan,
        None,
        name,
        Body::Recovery(Recovery::Plan(body)),
        Holds::one(&plan.ident),
    );
    networks(id, &mut mapped, builder);
    prepare_networks(plan, &title, &mapped, builder);
    stages(estate, plan, id, order, waits, shared, builder);
    for setting in settings {
        one_setting(
            estate,
            plan,
            (id, &title),
            &setting,
            &mapped,
            shared,
            builder,
        );
    }
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

fn stages(
    estate: &Estate<'_>,
    plan: &RecoveryPlan<Linked>,
    id: ObjectId,
    order: &Order,
    waits: &Waits,
    shared: &mut Shared,
    builder: &mut Builder,
) {
    let mut number = StageNumber::FIRST;
    for level in &order.levels {
        let mut holds = Holds::default();
        for vm in &plan.vms {
            if vm.vm.found().is_some_and(|vm| level.vms.contains(&vm)) {
                holds.add(&vm.ident);
            }
        }
        let wished = format!("{} {}", plan.ident.name, number.get());
        let owner = format!("{} {}", plan.ident.id, number.get());
        let category = builder.category(
            STAGE,
            &shared.values.of(STAGE, &wished, &owner),
            &format!(
                "machines of stage {} of SRM plan {}",
                number.get(),
                plan.ident.name
            ),
            holds.clone(),
        );
        for vm in &level.vms {
            builder.assign_vm(estate.vm(*vm), category);
        }
        let body = RecoveryStage {
            priority: number,
            category,
            delay: waits.after(number.get()),
        };
        let name = format!("stage {}", number.get());
        let name = builder.name(Model::RecoveryStage, Some(id), &name);
        builder.add(
            Model::RecoveryStage,
            Some(id),
            name,
            Body::Recovery(Recovery::Stage(body)),
            holds,
        );
        number = number.next();
    }
}

fn one_setting(
    estate: &Estate<'_>,
    plan: &RecoveryPlan<Linked>,
    (id, title): (ObjectId, &str),
    setting: &Settings,
    mapped: &[Mapped<'_>],
    shared: &mut Shared,
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
    if let Some(script) = &setting.script {
        write_script(plan, title, vm, setting, script, shared, builder);
    }
    let body = VmRecoverySetting {
        vm: builder.external("vm", &vm.name, Some(&vm.id)),
        power_state: if setting.power_on {
            PowerState::On
        } else {
            PowerState::Off
        },
        script: setting.script.as_ref().map(|script| Script {
            timeout: script.timeout,
        }),
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

/// Writes the script of a machine, once, and asks people to install it.
fn write_script(
    plan: &RecoveryPlan<Linked>,
    title: &str,
    vm: &Ident,
    setting: &Settings,
    script: &Joined,
    shared: &mut Shared,
    builder: &mut Builder,
) {
    let paths = script.family.places().map(|(_, path)| path).join(" and ");
    builder.runbook(RunbookStep {
        plan: title.to_owned(),
        runs: Vec::new(),
        moment: Moment::Once,
        title: format!("install the recovery scripts in {}", vm.name),
        actor: Actor::Guest(vm.name.clone()),
        text: None,
        timeout_seconds: None,
        note: Some(format!(
            "read them first; they go to {paths}, and Nutanix Guest Tools must be installed"
        )),
        construct: setting.commands.first().unwrap_or(&plan.ident).id.clone(),
        origin: setting.commands.first().unwrap_or(&plan.ident).origin,
    });
    if shared.scripts.insert(setting.vm, script.clone()).is_some() {
        return;
    }
    let stem = file_name(&vm.name);
    let mut folder = stem.clone();
    let mut number = 1_u32;
    while !shared.folders.insert(folder.clone()) {
        number += 1;
        folder = format!("{stem}-{number}");
    }
    for (file, path_in_guest) in script.family.places() {
        builder.script(GuestScript {
            folder: folder.clone(),
            file,
            path_in_guest,
            vm: vm.name.clone(),
            text: script.text(&vm.name, path_in_guest),
        });
    }
}

/// Asks people to make the test networks, and to install the guest tools that addresses need.
fn prepare_networks(
    plan: &RecoveryPlan<Linked>,
    title: &str,
    mapped: &[Mapped<'_>],
    builder: &mut Builder,
) {
    let mut ask = |wish: String, note: Option<String>, ident: &Ident| {
        builder.runbook(RunbookStep {
            plan: title.to_owned(),
            runs: Vec::new(),
            moment: Moment::Once,
            title: wish,
            actor: Actor::Lead,
            text: None,
            timeout_seconds: None,
            note,
            construct: ident.id.clone(),
            origin: ident.origin,
        });
    };
    for mapped in mapped.iter().filter(|mapped| mapped.to_make) {
        ask(
            format!("make the subnet {} at the recovery site", mapped.test),
            Some("without a way to any other network; tests use it".to_owned()),
            &mapped.mapping.ident,
        );
    }
    if mapped.iter().any(|mapped| mapped.enabled) {
        ask(
            "install Nutanix Guest Tools in the machines whose addresses change".to_owned(),
            None,
            &plan.ident,
        );
    }
}
