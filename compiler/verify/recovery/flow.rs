//! Whether what held the flow at the source holds it on the target: a prompt or command of the source
//! lets nothing behind it start before it is answered or done. On the target only a person can hold
//! the flow, by running a part of the plan later.

use super::super::artifacts::{Unreadable, at, json};
use super::super::comparison::{Admits, Comparison, Declared};
use super::artifacts::{Plan, Target};
use super::order::{Behind, Member, VmId};
use crate::back::Files;
use crate::ir::recovery::{
    Callout, CalloutKind, Priority, RecoveryPlan, Run, StepKind, VmRecovery,
};
use crate::ir::{Ident, Linked, Policy};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What people do in a run, in order.
#[derive(Debug)]
pub(super) struct Flow {
    run: Run,
    steps: Vec<Step>,
}

#[derive(Debug)]
enum Step {
    /// They run the next part.
    Part,
    /// They do what a construct asks for.
    Construct { id: String, timeout: Option<u64> },
}

/// Reads the runbook.
pub(super) fn read(files: &Files, target: &mut Target) -> Result<(), Unreadable> {
    const PATH: &str = "nutanix/runbook.json";
    let fault = |what: &str| Unreadable {
        path: PATH.to_owned(),
        what: what.to_owned(),
    };
    let runbook = json(files, PATH)?;
    let mut parts: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for plan in list(at(&runbook, "/plans")) {
        let ids = list(at(plan, "/parts"));
        let ids = ids.iter().filter_map(|part| at(part, "/id").as_str());
        let name = at(plan, "/plan").as_str();
        let name = name.ok_or_else(|| fault("a plan has no name"))?;
        parts.insert(name, ids.collect());
    }
    for run in list(at(&runbook, "/runs")) {
        let steps = list(at(run, "/steps"));
        let constructs = steps
            .iter()
            .filter(|step| at(step, "/when/at").as_str() != Some("run"))
            .filter_map(|step| at(step, "/construct").as_str());
        target.by_hand.extend(constructs.map(str::to_owned));
        let kind = match at(run, "/run").as_str() {
            Some("test") => Run::Test,
            Some("recovery") => Run::Recovery,
            Some("cleanup" | "reprotect" | "once") => continue,
            Some(_) | None => return Err(fault("a run is of an unknown kind")),
        };
        let ids = at(run, "/plan").as_str().and_then(|plan| parts.get(plan));
        let Some(ids) = ids else { continue };
        let same = |plan: &&mut Plan| {
            let own = plan.parts.iter().map(|(id, _)| id.as_str());
            own.eq(ids.iter().copied())
        };
        let Some(plan) = target.plans.values_mut().find(same) else {
            return Err(fault("the parts of a plan are not those of the manifest"));
        };
        let mut flow = Flow {
            run: kind,
            steps: Vec::new(),
        };
        let mut next = 1;
        for step in steps {
            if at(step, "/when/at").as_str() == Some("run") {
                if at(step, "/when/part").as_u64() != Some(next) {
                    return Err(fault("the parts of a plan are run in another order"));
                }
                next += 1;
                flow.steps.push(Step::Part);
            } else if let Some(id) = at(step, "/construct").as_str() {
                flow.steps.push(Step::Construct {
                    id: id.to_owned(),
                    timeout: at(step, "/timeout_seconds").as_u64(),
                });
            }
        }
        if flow.parts() != ids.len() {
            return Err(fault("a part of a plan is not run"));
        }
        plan.flows.push(flow);
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

impl Flow {
    fn parts(&self) -> usize {
        let parts = self.steps.iter();
        parts.filter(|step| matches!(step, Step::Part)).count()
    }

    /// For each construct that people do: how many parts they have run by then, and its timeout.
    fn constructs(&self) -> BTreeMap<&str, (usize, Option<u64>)> {
        let mut run = 0;
        let mut found = BTreeMap::new();
        for step in &self.steps {
            match step {
                Step::Part => run += 1,
                Step::Construct { id, timeout } => {
                    found.insert(id.as_str(), (run, *timeout));
                }
            }
        }
        found
    }
}

/// Something of the source that holds machines until it is done.
struct Hold<'policy> {
    callout: &'policy Callout,
    runs: Vec<Run>,
    /// Where it stands, in words.
    place: String,
    machines: BTreeSet<VmId>,
    /// The plan or the machine it belongs to.
    of: &'policy Ident,
}

/// Compares what holds the flow.
pub(super) fn compare(
    policy: &Policy<Linked>,
    plan: &RecoveryPlan<Linked>,
    made: &Plan,
    target: &Target,
    declared: &Declared,
    out: &mut Comparison,
) {
    let members = super::order::members(policy, plan);
    let id = |vm: VmId| policy.inventory.vms[vm].ident.id.as_str();
    let stage = |vm: &VmId| {
        let stages = made.stages.get(id(*vm))?;
        stages.first().copied()
    };
    for hold in holds(plan, &members) {
        let Callout {
            ident,
            kind,
            content: _,
            timeout_seconds,
        } = hold.callout;
        if target.held.contains(&ident.id) {
            continue;
        }
        for flow in made
            .flows
            .iter()
            .filter(|flow| hold.runs.contains(&flow.run))
        {
            let constructs = flow.constructs();
            let Some((run, timeout)) = constructs.get(ident.id.as_str()) else {
                continue;
            };
            if *timeout != timeout_seconds.map(u64::from) {
                let case = format!(
                    "step `{}` of plan `{}` has another timeout in the runbook",
                    ident.name, plan.ident.name
                );
                out.differs(declared, Admits::Otherwise, case, [ident]);
            }
            // Machines of the parts that are not run yet wait for the step.
            let first = made.parts.get(*run).map_or(u64::MAX, |(_, first)| *first);
            let free = hold
                .machines
                .iter()
                .find(|vm| stage(vm).is_some_and(|at| at < first));
            let what = match kind {
                CalloutKind::Prompt => "prompt",
                CalloutKind::OnServer | CalloutKind::InGuest => "command",
            };
            if let Some(vm) = free {
                let case = format!(
                    "the {what} `{}` {} does not stop the flow of plan `{}`: on the target `{}` can start before it",
                    ident.name, hold.place, plan.ident.name, policy.inventory.vms[*vm].ident.name
                );
                out.differs(declared, Admits::TargetMore, case, [ident, hold.of]);
            }
            let wider = members
                .keys()
                .find(|vm| !hold.machines.contains(vm) && stage(vm).is_some_and(|at| at >= first));
            if let Some(vm) = wider {
                let case = format!(
                    "in plan `{}` of the source `{}` can start before the {what} `{}` {} is done; on the target it cannot",
                    plan.ident.name, policy.inventory.vms[*vm].ident.name, ident.name, hold.place
                );
                out.differs(declared, Admits::SourceMore, case, [ident, hold.of]);
            }
        }
    }
}

/// What the source holds, and until when.
fn holds<'policy>(
    plan: &'policy RecoveryPlan<Linked>,
    members: &BTreeMap<VmId, Member<'policy>>,
) -> Vec<Hold<'policy>> {
    let from = |priority: Priority| -> BTreeSet<VmId> {
        let later = members.iter();
        let later = later.filter(|(_, member)| member.priority >= priority);
        later.map(|(vm, _)| *vm).collect()
    };
    let mut holds = Vec::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let StepKind::Callout(callout) = &step.kind else {
            continue;
        };
        let runs: Vec<Run> = step
            .runs
            .iter()
            .copied()
            .filter(|run| staged(*run))
            .collect();
        let next = plan
            .steps
            .iter()
            .skip(at + 1)
            .find_map(|later| match later.kind {
                StepKind::PowerOn(priority) => {
                    let same = later.runs.iter().any(|run| runs.contains(run));
                    same.then_some(priority)
                }
                StepKind::BuiltIn | StepKind::Callout(_) | StepKind::Opaque(_) => None,
            });
        // Behind the last priority it holds nothing.
        if let Some(priority) = next {
            holds.push(Hold {
                callout,
                runs,
                place: format!("before priority {}", priority.number()),
                machines: from(priority),
                of: &plan.ident,
            });
        }
    }
    let behind = Behind::of(members);
    let added =
        |recovery: &&VmRecovery<Linked>| !recovery.before.is_empty() || !recovery.after.is_empty();
    for recovery in plan.vms.iter().filter(added) {
        let Some((vm, member)) = recovery
            .vm
            .found()
            .and_then(|vm| Some((vm, members.get(&vm)?)))
        else {
            continue;
        };
        let mut behind = behind.all(vm);
        let later = members
            .iter()
            .filter(|(_, one)| one.priority > member.priority);
        behind.extend(later.map(|(vm, _)| *vm));
        let mut with = behind.clone();
        with.insert(vm);
        let after = if recovery.power_on {
            recovery.after.as_slice()
        } else {
            &[]
        };
        let before = recovery
            .before
            .iter()
            .map(|callout| (callout, "before", &with));
        let after = after.iter().map(|callout| (callout, "after", &behind));
        for (callout, word, machines) in before.chain(after) {
            holds.push(Hold {
                callout,
                runs: vec![Run::Test, Run::Recovery],
                place: format!("{word} the power-on of `{}`", recovery.ident.name),
                machines: machines.clone(),
                of: &recovery.ident,
            });
        }
    }
    holds
}

const fn staged(run: Run) -> bool {
    match run {
        Run::Test | Run::Recovery => true,
        Run::Cleanup | Run::Reprotect => false,
    }
}
