//! Recovery plans.

use super::bundle::Item;
use super::call::{Call, Filed, Mapped};
use super::customizer::Tables;
use super::folder::Folders;
use super::group::Groups;
use super::machine::{self, Within};
use super::mapping::{Networks, test_name};
use super::pairing::Sides;
use super::reader::{NOT_HERE, Owner, Reader, by_name, identity};
use super::schema::{
    ProtectionGroupInfo, RecoveryPlanInfo, RecoveryPlanVmInfo, TestNetworkMapping,
};
use super::step::{self, Steps};
use crate::finding::{Domain, Finding, codes};
use crate::ir::recovery::{
    Priority, ProtectionGroup, Recovery, RecoveryPlan, Run, Sites, StepKind, TestNetwork,
    VmRecovery,
};
use crate::ir::{Ident, Name, Named};
use crate::source::Origin;
use std::collections::{BTreeMap, BTreeSet};

/// What was read before the plans.
pub(super) struct Told<'told> {
    /// The protection groups.
    pub groups: &'told Groups,
    /// What network mappings lead to.
    pub networks: &'told Networks,
}

/// Reads every plan that an answer tells of.
pub(super) fn read(
    reader: &mut Reader<'_, '_>,
    before: &Told<'_>,
    tables: &mut Tables,
    recovery: &mut Recovery<Named>,
) {
    let mut seen: BTreeMap<String, Ident> = BTreeMap::new();
    let folders = Folders::read(reader, Filed::Plans);
    let calls: Vec<Call> = reader.answers.calls().cloned().collect();
    for call in &calls {
        if !matches!(call, Call::Plans | Call::Plan(_)) {
            continue;
        }
        let listed = reader.answers.list(call).unwrap_or_default();
        if let (Some(next), Some(item)) = (&listed.next, listed.items.first()) {
            page_missing(reader, next, item.origin());
        }
        for item in listed.items {
            let Some(told) = reader.object::<RecoveryPlanInfo>(item) else {
                continue;
            };
            let ident = identity(told.id.clone(), told.name.clone(), item.origin());
            if let Some(first) = seen.get(&ident.id) {
                reader.two_names(owner(first), &ident);
                continue;
            }
            seen.insert(ident.id.clone(), ident.clone());
            recovery
                .plans
                .push(one(reader, ident, item, told, before, &folders, tables));
        }
    }
    unnamed(reader, &calls, &seen);
    recovery.plans.sort_by(|a, b| by_name(&a.ident, &b.ident));
}

fn page_missing(reader: &mut Reader<'_, '_>, next: &str, origin: Origin) {
    let message =
        format!("the list of recovery plans of SRM goes on: `{next}` is not in the input");
    reader.report(
        Finding::new(&codes::read::INCOMPLETE_EXPORT, Domain::Recovery, message)
            .at(origin, next)
            .remedy(format!("run `{next}` and add the answer to the input")),
    );
}

/// Reports plans that answers are about and no answer names.
fn unnamed(reader: &mut Reader<'_, '_>, calls: &[Call], seen: &BTreeMap<String, Ident>) {
    let about: BTreeSet<&str> = calls.iter().filter_map(Call::plan).collect();
    for plan in about {
        if seen.contains_key(plan) {
            continue;
        }
        let call = Call::Plan(plan.to_owned());
        let beside: Vec<Call> = calls
            .iter()
            .filter(|call| call.plan() == Some(plan))
            .cloned()
            .collect();
        let request = reader.answers.request(&call, &beside);
        let message = format!(
            "answers of SRM are about a recovery plan `{plan}`, which `{request}` tells: its answer is not in the input"
        );
        let mut finding = Finding::new(&codes::read::INCOMPLETE_EXPORT, Domain::Recovery, message)
            .remedy(format!("run `{request}` and add the answer to the input"));
        if let Some(origin) = reader.answers.claim(|call| call.plan() == Some(plan)) {
            finding = finding.at(origin, plan);
        }
        reader.report(finding);
    }
}

fn one<'t>(
    reader: &mut Reader<'_, 't>,
    ident: Ident,
    item: Item<'t>,
    told: RecoveryPlanInfo,
    before: &Told<'_>,
    folders: &Folders,
    tables: &mut Tables,
) -> RecoveryPlan<Named> {
    let RecoveryPlanInfo {
        id: _,
        name: _,
        description,
        location,
        location_name,
        protected_site_name,
        recovery_site_name,
        protected_vc_guid,
        recovery_vc_guid,
        status,
    } = told;
    if let Some(status) = status.filter(|status| status.value != "READY_STATE") {
        let message = format!(
            "SRM recovery plan `{}` was in the state `{}` when it was exported",
            ident.name, status.value
        );
        let origin = Origin {
            file: item.file,
            span: status.span,
        };
        reader.report(
            Finding::new(
                &codes::read_recovery::PLAN_NOT_READY,
                Domain::Recovery,
                message,
            )
            .about(ident.subject())
            .at(origin, status.value),
        );
    }
    let mut missing = Vec::new();
    let of_groups = protection_groups(reader, &ident, before.groups, &mut missing);
    let mut steps = step::read(reader, &ident);
    missing.append(&mut steps.missing);
    let sides = Sides {
        protected: protected_vc_guid.clone(),
        recovery: recovery_vc_guid.clone(),
    };
    let vms = machines(reader, &ident, &steps, &sides, tables, &mut missing);
    power_on_steps(reader, &ident, &steps, &vms);
    let test_networks = test_networks(reader, &ident, &mut missing);
    mappings(reader, &ident, before.networks, &mut missing);
    missing.sort();
    missing.dedup();
    RecoveryPlan {
        description: description.filter(|text| !text.is_empty()),
        folder: folders.path(location.as_deref(), location_name),
        sites: Sites {
            protected: protected_site_name
                .or_else(|| protected_vc_guid.clone())
                .unwrap_or_default(),
            recovery: recovery_site_name
                .or_else(|| recovery_vc_guid.clone())
                .unwrap_or_default(),
            protected_id: protected_vc_guid,
            recovery_id: recovery_vc_guid,
        },
        groups: of_groups,
        vms,
        steps: steps.steps,
        test_networks,
        missing,
        ident,
    }
}

const fn owner(ident: &Ident) -> Owner<'_> {
    Owner {
        kind: "recovery plan",
        ident,
    }
}

fn protection_groups(
    reader: &mut Reader<'_, '_>,
    plan: &Ident,
    groups: &Groups,
    missing: &mut Vec<String>,
) -> Vec<Name<ProtectionGroup<Named>>> {
    let call = Call::PlanGroups(plan.id.clone());
    let (items, gap) = reader.list(owner(plan), "its protection groups", &call);
    missing.extend(gap);
    let mut names: Vec<Name<ProtectionGroup<Named>>> = Vec::new();
    for item in items.into_iter().flatten() {
        // The groups themselves were read, and what is wrong with them was told, before.
        let Some(ProtectionGroupInfo { id, .. }) = reader.again(item) else {
            continue;
        };
        missing.extend_from_slice(groups.missing(&id));
        names.push(Name::new(id, item.origin()));
    }
    names.sort_by(|a, b| a.text.cmp(&b.text));
    names.dedup_by(|a, b| a.text == b.text);
    names
}

fn machines(
    reader: &mut Reader<'_, '_>,
    plan: &Ident,
    steps: &Steps,
    sides: &Sides,
    tables: &mut Tables,
    missing: &mut Vec<String>,
) -> Vec<VmRecovery<Named>> {
    let call = Call::PlanVms(plan.id.clone());
    let (items, gap) = reader.list(owner(plan), "its machines", &call);
    missing.extend(gap);
    let mut infos = Vec::new();
    for item in items.into_iter().flatten() {
        infos.extend(
            reader
                .object::<RecoveryPlanVmInfo>(item)
                .map(|info| (item, info)),
        );
    }
    let mut within = Within {
        plan,
        steps,
        sides,
        tables,
        ids: infos.iter().map(|(_, info)| info.id.clone()).collect(),
        missing,
    };
    let mut vms: Vec<VmRecovery<Named>> = Vec::new();
    let mut seen = BTreeSet::new();
    for (item, info) in infos {
        // The same machine alone says what the list says.
        let _ = reader
            .answers
            .one(&Call::PlanVm(plan.id.clone(), info.id.clone()));
        if seen.insert(info.id.clone()) {
            vms.push(machine::read(reader, &mut within, item, info));
        }
    }
    vms.sort_by(|a, b| by_name(&a.ident, &b.ident));
    vms
}

/// Checks that the place of each priority among the steps is known.
fn power_on_steps(
    reader: &mut Reader<'_, '_>,
    plan: &Ident,
    steps: &Steps,
    vms: &[VmRecovery<Named>],
) {
    if !steps.told {
        return;
    }
    let placed: BTreeSet<Priority> = steps
        .steps
        .iter()
        .filter(|step| step.runs.contains(&Run::Recovery))
        .filter_map(|step| match step.kind {
            StepKind::PowerOn(priority) => Some(priority),
            StepKind::BuiltIn | StepKind::Callout(_) | StepKind::Opaque(_) => None,
        })
        .collect();
    let wanted: BTreeSet<Priority> = vms.iter().map(|vm| vm.priority).collect();
    for priority in wanted.difference(&placed) {
        let message = format!(
            "machines of SRM recovery plan `{}` have priority {}, and none of its steps is titled `Power on priority {}`",
            plan.name,
            priority.number(),
            priority.number()
        );
        reader.report(
            Finding::new(
                &codes::read_recovery::NO_POWER_ON_STEP,
                Domain::Recovery,
                message,
            )
            .about(plan.subject()),
        );
    }
}

fn test_networks(
    reader: &mut Reader<'_, '_>,
    plan: &Ident,
    missing: &mut Vec<String>,
) -> Vec<TestNetwork<Named>> {
    let call = Call::PlanTestNetworks(plan.id.clone());
    let (items, gap) = reader.list(owner(plan), "its test networks", &call);
    missing.extend(gap);
    let mut tests: Vec<TestNetwork<Named>> = Vec::new();
    for item in items.into_iter().flatten() {
        let Some(told) = reader.object::<TestNetworkMapping>(item) else {
            continue;
        };
        let id = told.target_network.clone();
        let target = reader.network_name(&id).unwrap_or(&id).to_owned();
        let test_name = test_name(told);
        let name = format!("{target} to {}", test_name.as_deref().unwrap_or("isolated"));
        tests.push(TestNetwork {
            ident: identity(format!("{}/{id}", plan.id), Some(name), item.origin()),
            recovery: reader.recovery_network(&id, None, item.origin()),
            recovery_name: target,
            test_name,
        });
    }
    tests.sort_by(|a, b| a.ident.id.cmp(&b.ident.id));
    tests.dedup_by(|a, b| a.ident.id == b.ident.id);
    tests
}

fn mappings(
    reader: &mut Reader<'_, '_>,
    plan: &Ident,
    networks: &Networks,
    missing: &mut Vec<String>,
) {
    const WHAT: &str = "the network mappings of its sites";
    if !networks.told && networks.failed.is_empty() {
        let call = Call::Mappings("{srm_id}".to_owned(), Mapped::Networks);
        let request = reader.answers.request(&call, &[Call::Plans]);
        missing.push(reader.lacks(owner(plan), WHAT, &request, NOT_HERE));
    }
    for (request, why) in &networks.failed {
        missing.push(reader.lacks(owner(plan), WHAT, request, why));
    }
}

/// Reports what a source that tells a plan in part lacks of it, and gives the calls that tell it.
pub(super) fn told_in_part(
    reader: &mut Reader<'_, '_>,
    plan: &Ident,
    source: &str,
    last: &str,
) -> Vec<String> {
    let id = || "{plan_id}".to_owned();
    let calls = [
        Call::Plan(id()),
        Call::Steps(id(), Run::Recovery),
        Call::Callout(id(), Run::Recovery, "{step_id}".to_owned()),
        Call::PlanTestNetworks(id()),
        Call::Settings(id(), "{vm_id}".to_owned()),
    ];
    let message = format!(
        "{source} tells SRM recovery plan `{}` in part: it lacks its sites and folder, its steps and their order, the text of its prompts and commands, its test networks, and {last}",
        plan.name
    );
    reader.report(
        Finding::new(&codes::read::INCOMPLETE_EXPORT, Domain::Recovery, message)
            .about(plan.subject())
            .remedy("collect the plan with the script of the book, and give rehome its file"),
    );
    let calls = calls.iter();
    calls
        .map(|call| reader.answers.request(call, &[]))
        .collect()
}
