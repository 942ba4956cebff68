//! What people prepare once, before any run of a plan: test networks, guest tools, scripts.

use super::emit::Settings;
use super::estate::Estate;
use super::network::Mapped;
use super::plan::Shared;
use super::script::Joined;
use crate::back::file_name;
use crate::ir::recovery::{RecoveryPlan, Run};
use crate::ir::{Ident, Linked};
use crate::plan::nutanix::Builder;
use crate::plan::nutanix::runbook::{Actor, GuestScript, Moment, RunbookStep};

/// Writes the script of a machine, once, and asks people to install it.
pub(super) fn script(
    estate: &Estate<'_>,
    plan: &RecoveryPlan<Linked>,
    title: &str,
    setting: &Settings,
    script: &Joined,
    shared: &mut Shared,
    builder: &mut Builder,
) {
    let vm = estate.vm(setting.vm);
    let paths = script.family.places().map(|(_, path)| path).join(" and ");
    builder.runbook(RunbookStep {
        plan: title.to_owned(),
        runs: Vec::new(),
        moment: Moment::Once,
        title: format!("install the recovery scripts in {}", vm.name),
        actor: Actor::Guest(vm.name.clone()),
        text: None,
        timeout_seconds: None,
        failure: None,
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
    let folder = shared.folders.give(&stem, |number| {
        let folder = match number {
            1 => stem.clone(),
            number => format!("{stem}-{number}"),
        };
        (folder.clone(), folder)
    });
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
pub(super) fn networks(
    plan: &RecoveryPlan<Linked>,
    title: &str,
    mapped: &[Mapped<'_>],
    settings: &[Settings],
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
            failure: None,
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
    let moves = settings.iter().any(|setting| !setting.pairs.is_empty());
    if moves || mapped.iter().any(|mapped| mapped.enabled) {
        ask(
            "install Nutanix Guest Tools in the machines whose addresses change".to_owned(),
            None,
            &plan.ident,
        );
    }
}

/// Asks people to run the parts of a plan.
pub(super) fn runs(
    plan: &RecoveryPlan<Linked>,
    title_of: &str,
    bounds: &[(u32, u32)],
    builder: &mut Builder,
) {
    let mut step = |run, moment, title: String, note: Option<&str>| {
        builder.runbook(RunbookStep {
            plan: title_of.to_owned(),
            runs: vec![run],
            moment,
            title,
            actor: Actor::Lead,
            text: None,
            timeout_seconds: None,
            failure: None,
            note: note.map(str::to_owned),
            construct: plan.ident.id.clone(),
            origin: plan.ident.origin,
        });
    };
    if bounds.len() > 1 {
        step(
            Run::Recovery,
            Moment::BeforeRun,
            "in a planned failover, shut down the machines of the later parts at the protected site"
                .to_owned(),
            Some("the last part first; in a test or after a disaster there is nothing to shut down"),
        );
    }
    for (part, (first, _)) in (1..).zip(bounds) {
        let of = if bounds.len() == 1 {
            format!("the recovery plan {title_of}")
        } else {
            format!("part {part} of {} of {title_of}", bounds.len())
        };
        let moment = Moment::Run {
            part,
            first: *first,
        };
        let test = format!("run a test failover of {of}");
        step(Run::Test, moment.clone(), test, None);
        let real = format!("run the planned or unplanned failover of {of}");
        step(Run::Recovery, moment, real, None);
    }
    step(
        Run::Test,
        Moment::AfterStages,
        format!("clean up the test of {title_of}, once its machines are checked"),
        Some("until then the copies run and take room at the recovery site"),
    );
}
