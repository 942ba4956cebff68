//! How each machine of a plan is recovered.

use super::address::{self, Of};
use super::bundle::Item;
use super::call::Call;
use super::customizer::Tables;
use super::pairing::Sides;
use super::reader::{NOT_HERE, Owner, Reader, identity, not_held};
use super::schema::{
    Callout as Told, DependentVm, RecoveryPlanVmInfo, ShutdownActionSettings,
    StartupActionSettings, VmRecoverySettings, VmRecoverySettingsState,
    VmSummarizedRecoverySettings,
};
use super::soap::{self, SrmRecoverySettings};
use super::step::{self, Steps};
use super::value;
use crate::finding::{Domain, Finding, codes, count};
use crate::ir::inventory::Vm;
use crate::ir::recovery::{
    AddressChange, Callout, CalloutKind, NicAddresses, Priority, Run, Shutdown, VmRecovery,
};
use crate::ir::{Ident, Name, Named};
use crate::source::{FileId, Origin};
use rehome_grammar::de::{Many, Spanned};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// The plan that machines are read for.
pub(super) struct Within<'p> {
    /// Who it is.
    pub plan: &'p Ident,
    /// Its steps.
    pub steps: &'p Steps,
    /// The servers of its sites.
    pub sides: &'p Sides,
    /// Tables of addresses.
    pub tables: &'p mut Tables,
    /// The ids of its machines.
    pub ids: BTreeSet<String>,
    /// The requests that are missing.
    pub missing: &'p mut Vec<String>,
}

impl Within<'_> {
    const fn owner(&self) -> Owner<'_> {
        Owner {
            kind: "recovery plan",
            ident: self.plan,
        }
    }

    fn lacks(&mut self, reader: &mut Reader<'_, '_>, what: &str, call: &Call, why: &str) {
        let request = reader.answers.request(call, &[Call::Plans]);
        let missing = reader.lacks(self.owner(), what, &request, why);
        self.missing.push(missing);
    }
}

/// Reads one machine of a plan.
pub(super) fn read<'t>(
    reader: &mut Reader<'_, 't>,
    within: &mut Within<'_>,
    item: Item<'t>,
    info: RecoveryPlanVmInfo,
) -> VmRecovery<Named> {
    let RecoveryPlanVmInfo {
        id,
        name,
        template,
        inside_vapp,
        recovery_settings,
    } = info;
    let vm = reader.machine(&id, name.as_deref(), item.origin());
    let ident = identity(
        format!("{}/{id}", within.plan.id),
        name.or_else(|| Some(id.clone())),
        item.origin(),
    );
    let odd = [
        (template, "is a template"),
        (
            inside_vapp,
            "is part of a vApp, whose start order is not exported",
        ),
    ];
    for (is, what) in odd {
        if is == Some(true) {
            let message = format!("SRM machine `{}` {what}; no target holds that", ident.name);
            reader.report(not_held(ident.subject(), message));
        }
    }
    let table = within.tables.of(&id, &ident.name, within.sides, reader);
    let call = Call::Settings(within.plan.id.clone(), id.clone());
    let answer = reader.answers.one(&call);
    if let Some(item) = answer.filter(|item| soap::is_soap(item.node))
        && let Some(settings) = reader.object::<SrmRecoverySettings>(item)
    {
        let recovery = from_soap(reader, ident, vm, item.file, settings);
        soap_lacks(reader, within, &recovery, table.is_some(), &call);
        return with_table(reader, recovery, table);
    }
    let settings = answer.and_then(|item| {
        let wrapped = item.node.get("recovery_settings").is_some();
        let settings = if wrapped {
            let state = reader.object::<VmRecoverySettingsState>(item)?;
            state.recovery_settings
        } else {
            reader.object::<VmRecoverySettings>(item)?
        };
        Some((item.file, settings))
    });
    let recovery = match settings {
        Some((file, settings)) => {
            let recovery = full(reader, ident, vm, file, settings);
            if within.steps.whole {
                compare(reader, &recovery, &id, within.steps);
            }
            recovery
        }
        None => {
            let what = format!("the recovery settings of `{}`", ident.name);
            let failure = reader.answers.failure(&call).map(str::to_owned);
            let why = failure.as_deref().unwrap_or(NOT_HERE);
            within.lacks(reader, &what, &call, why);
            summary(reader, ident, vm, item.file, recovery_settings, within)
        }
    };
    with_table(reader, recovery, table)
}

/// What settings in the shape of the SOAP interface leave out: addresses, unless a table has them; and
/// machines that it depends on are told by ids that the plan may not know.
fn soap_lacks(
    reader: &mut Reader<'_, '_>,
    within: &mut Within<'_>,
    recovery: &VmRecovery<Named>,
    table: bool,
    call: &Call,
) {
    let name = &recovery.ident.name;
    if !table {
        let why = "its answer has the shape of the SOAP interface, which leaves them out";
        let what = format!("how the addresses of `{name}` change");
        within.lacks(reader, &what, call, why);
    }
    let mut needs = recovery.depends_on.iter();
    if let Some(need) = needs.find(|need| !within.ids.contains(&need.text)) {
        let what = format!("which machine `{}` is that `{name}` depends on", need.text);
        let why = "its answer has the shape of the SOAP interface, which has ids of its own";
        within.lacks(reader, &what, call, why);
    }
}

/// Takes the addresses of a table where no other answer tells them.
fn with_table(
    reader: &mut Reader<'_, '_>,
    mut recovery: VmRecovery<Named>,
    table: Option<(Ident, Vec<NicAddresses>)>,
) -> VmRecovery<Named> {
    let Some((table, nics)) = table else {
        return recovery;
    };
    let set = |nics: &[NicAddresses]| -> BTreeSet<IpAddr> {
        let all = nics.iter().flat_map(|nic| &nic.recovery.addresses);
        all.copied().collect()
    };
    let settings = match &recovery.addresses {
        AddressChange::Unsaid => {
            recovery.addresses = AddressChange::Manual(nics);
            return recovery;
        }
        AddressChange::Manual(own) if set(own) == set(&nics) => return recovery,
        AddressChange::Manual(_) => "give it others",
        AddressChange::Keep => "keep its own",
        AddressChange::ByRule | AddressChange::Automatic => "leave them to the rules of networks",
    };
    let message = format!(
        "a table of DR IP Customizer gives `{}` addresses at the recovery site, and its SRM recovery settings {settings}; the settings are used",
        recovery.ident.name
    );
    let code = &codes::read_recovery::ADDRESS_TABLE_DIFFERS;
    reader.report(
        Finding::new(code, Domain::Recovery, message)
            .about(recovery.ident.subject())
            .about(table.subject()),
    );
    recovery
}

/// All settings.
fn full(
    reader: &mut Reader<'_, '_>,
    ident: Ident,
    vm: Name<Vm<Named>>,
    file: FileId,
    settings: VmRecoverySettings,
) -> VmRecovery<Named> {
    let VmRecoverySettings {
        priority,
        startup_action,
        startup_action_settings,
        shutdown_action_settings,
        pre_power_on_steps,
        post_power_on_steps,
        dependent_vms,
        ip_customization_type,
        nic_settings,
        allow_vmotion_migration,
    } = settings;
    if allow_vmotion_migration.is_some_and(|allow| allow.value) {
        let message = format!(
            "SRM machine `{}` is moved while it runs in a planned recovery (`allow_vmotion_migration`); no target holds that",
            ident.name
        );
        reader.report(not_held(ident.subject(), message));
    }
    let (tools_timeout_seconds, delay_seconds) = match startup_action_settings {
        Some(StartupActionSettings {
            power_on_vmtools_timeout_seconds,
            delay_before_power_on_steps_and_dependent_vms_seconds,
        }) => (
            power_on_vmtools_timeout_seconds,
            delay_before_power_on_steps_and_dependent_vms_seconds.unwrap_or(0),
        ),
        None => (None, 0),
    };
    let of = Of {
        ident: &ident,
        file,
    };
    let addresses = address::change(reader, of, ip_customization_type.as_ref(), nic_settings);
    let before = callouts(reader, of, pre_power_on_steps, Moment::Before);
    let after = callouts(reader, of, post_power_on_steps, Moment::After);
    VmRecovery {
        vm,
        priority: value::priority_of(reader, of, priority.as_ref()),
        power_on: powers_on(reader, of, startup_action.as_ref()),
        tools_timeout_seconds,
        delay_seconds,
        shutdown: shutdown(shutdown_action_settings.as_ref()),
        depends_on: depends_on(reader, file, dependent_vms),
        before,
        after,
        addresses,
        ident,
    }
}

/// All that the SOAP interface tells.
fn from_soap(
    reader: &mut Reader<'_, '_>,
    ident: Ident,
    vm: Name<Vm<Named>>,
    file: FileId,
    settings: SrmRecoverySettings,
) -> VmRecovery<Named> {
    let of = Of {
        ident: &ident,
        file,
    };
    let soap::Told {
        priority,
        power_on,
        tools,
        delay,
        shutdown,
        depends_on,
        before,
        after,
    } = soap::told(reader, of, settings);
    VmRecovery {
        ident,
        vm,
        priority,
        power_on,
        tools_timeout_seconds: tools,
        delay_seconds: delay,
        shutdown,
        depends_on,
        before,
        after,
        addresses: AddressChange::Unsaid,
    }
}

/// What the summary tells, and the steps of the plan; the rest is not told.
fn summary(
    reader: &mut Reader<'_, '_>,
    ident: Ident,
    vm: Name<Vm<Named>>,
    file: FileId,
    told: Option<VmSummarizedRecoverySettings>,
    within: &Within<'_>,
) -> VmRecovery<Named> {
    // What is not even in the summary is missing with the settings, which is told already.
    let is_told = told.is_some();
    let (priority, startup_action, dependent_vms) = match told {
        Some(VmSummarizedRecoverySettings {
            priority,
            startup_action,
            dependent_vms,
        }) => (priority, startup_action, dependent_vms),
        None => (None, None, Many::default()),
    };
    let of = Of {
        ident: &ident,
        file,
    };
    let before = from_steps(reader, of, within, &vm.text, Moment::Before);
    let after = from_steps(reader, of, within, &vm.text, Moment::After);
    VmRecovery {
        priority: if is_told {
            value::priority_of(reader, of, priority.as_ref())
        } else {
            Priority::DEFAULT
        },
        power_on: is_told && powers_on(reader, of, startup_action.as_ref()),
        tools_timeout_seconds: None,
        delay_seconds: 0,
        shutdown: Shutdown::Unsaid,
        depends_on: depends_on(reader, file, dependent_vms),
        before,
        after,
        addresses: AddressChange::Unsaid,
        vm,
        ident,
    }
}

fn powers_on(reader: &mut Reader<'_, '_>, of: Of<'_>, told: Option<&Spanned<String>>) -> bool {
    const TAKEN: &str = "it is taken as a machine that stays off";
    match told {
        Some(text) => match text.value.as_str() {
            "POWER_ON" => true,
            "DO_NOT_POWER_ON" => false,
            _ => {
                reader.bad_value(of.ident, "startup_action", of.file, text, TAKEN);
                false
            }
        },
        None => {
            reader.no_value(of.ident, "startup_action", TAKEN);
            false
        }
    }
}

const fn shutdown(told: Option<&ShutdownActionSettings>) -> Shutdown {
    match told {
        Some(ShutdownActionSettings {
            skip_shutdown_guest: Some(true),
            timeout_seconds: _,
        }) => Shutdown::PowerOff,
        Some(ShutdownActionSettings {
            skip_shutdown_guest: Some(false),
            timeout_seconds,
        }) => Shutdown::Guest(*timeout_seconds),
        Some(ShutdownActionSettings {
            skip_shutdown_guest: None,
            timeout_seconds: _,
        })
        | None => Shutdown::Unsaid,
    }
}

/// Machines that must be up before: the reference calls them `dependent_vms`.
fn depends_on(
    reader: &mut Reader<'_, '_>,
    file: FileId,
    told: Many<Spanned<DependentVm>>,
) -> Vec<Name<Vm<Named>>> {
    let mut names: Vec<Name<Vm<Named>>> = told
        .into_iter()
        .map(|other| {
            let origin = Origin {
                file,
                span: other.span,
            };
            let DependentVm { id, name } = other.value;
            reader.machine(&id, name.as_deref(), origin)
        })
        .collect();
    names.sort_by(|a, b| a.text.cmp(&b.text));
    names
}

/// When a step of a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Before,
    After,
}

impl Moment {
    const fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }

    const fn step_type(self) -> &'static str {
        match self {
            Self::Before => "PRE_POWER_ON",
            Self::After => "POST_POWER_ON",
        }
    }
}

fn callouts(
    reader: &mut Reader<'_, '_>,
    of: Of<'_>,
    told: Many<Spanned<Told>>,
    moment: Moment,
) -> Vec<Callout> {
    let mut read = Vec::new();
    for (number, told) in (1..).zip(told) {
        let origin = Origin {
            file: of.file,
            span: told.span,
        };
        read.push(callout(reader, of, told.value, moment, number, origin));
    }
    read
}

fn callout(
    reader: &mut Reader<'_, '_>,
    of: Of<'_>,
    told: Told,
    moment: Moment,
    number: usize,
    origin: Origin,
) -> Callout {
    let word = moment.word();
    let ident = Ident {
        id: format!("{}/{word}/{number}", of.ident.id),
        name: told
            .name
            .clone()
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| format!("step {number} {word} power-on of {}", of.ident.name)),
        origin,
    };
    let content = told.content.clone();
    let known = step::callout(reader, ident.clone(), of.file, told, &[moment.step_type()]);
    // A step of unknown kind is held as one that a person must look at.
    known.unwrap_or(Callout {
        ident,
        kind: CalloutKind::Prompt,
        content,
        timeout_seconds: None,
    })
}

/// The steps of a machine as the steps of the plan show them.
fn from_steps(
    reader: &mut Reader<'_, '_>,
    of: Of<'_>,
    within: &Within<'_>,
    vm: &str,
    moment: Moment,
) -> Vec<Callout> {
    let key = (vm.to_owned(), moment == Moment::Before);
    let ids = within.steps.of_machines.get(&key).map(Vec::as_slice);
    let mut read = Vec::new();
    for (number, id) in (1..).zip(ids.unwrap_or_default()) {
        let call = Call::Callout(within.plan.id.clone(), Run::Recovery, id.clone());
        if let Some(item) = reader.answers.one(&call)
            && let Some(told) = reader.object::<Told>(item)
        {
            let of = Of {
                file: item.file,
                ..of
            };
            read.push(callout(reader, of, told, moment, number, item.origin()));
        }
    }
    read
}

/// Compares the steps of a machine with what the steps of the plan show.
fn compare(reader: &mut Reader<'_, '_>, recovery: &VmRecovery<Named>, vm: &str, steps: &Steps) {
    for (moment, held) in [
        (Moment::Before, &recovery.before),
        (Moment::After, &recovery.after),
    ] {
        let key = (vm.to_owned(), moment == Moment::Before);
        let shown = steps.of_machines.get(&key).map_or(0, Vec::len);
        // Steps after power-on of a machine that stays off do not run and are not shown.
        let hidden = moment == Moment::After && !recovery.power_on && shown == 0;
        if shown == held.len() || hidden {
            continue;
        }
        let message = format!(
            "the steps of the plan show {} {} power-on of SRM machine `{}`; its recovery settings hold {}",
            count(shown, "added step"),
            moment.word(),
            recovery.ident.name,
            held.len()
        );
        reader.report(
            Finding::new(
                &codes::read_recovery::CALLOUTS_DIFFER,
                Domain::Recovery,
                message,
            )
            .about(recovery.ident.subject()),
        );
    }
}
