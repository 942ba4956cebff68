//! The same as data.

use super::Section;
use crate::back::inert;
use crate::document::origin;
use crate::ir::recovery::Run;
use crate::plan::nutanix::Plan;
use crate::plan::nutanix::runbook::{Actor, Failure, Flow, Moment, Part, RunbookStep};
use crate::source::Sources;
use serde_json::{Value, json};

/// Writes the data.
pub(super) fn write(plan: &Plan, sections: &[Section<'_>], sources: &Sources) -> Vec<u8> {
    let runs: Vec<Value> = sections
        .iter()
        .map(|section| {
            let steps: Vec<Value> = (1..)
                .zip(&section.steps)
                .map(|(number, step)| step_data(number, step, section.flow, sources))
                .collect();
            json!({ "plan": section.plan, "run": run_name(section.run), "steps": steps })
        })
        .collect();
    let scripts: Vec<Value> = plan
        .runbook
        .scripts
        .iter()
        .map(|script| {
            json!({
                "vm": script.vm,
                "file": format!("scripts/{}/{}", script.folder, script.file),
                "path_in_guest": script.path_in_guest,
            })
        })
        .collect();
    let plans: Vec<Value> = plan.runbook.flows.iter().map(flow_data).collect();
    inert::json(&json!({ "schema": 1, "plans": plans, "runs": runs, "scripts": scripts }))
        .into_bytes()
}

/// What the platform does in a plan.
fn flow_data(flow: &Flow) -> Value {
    let part = |part: &Part| {
        let stages: Vec<Value> = (1..)
            .zip(&part.stages)
            .map(|(number, stage)| {
                json!({
                    "stage": number,
                    "machines": stage.machines,
                    "off": stage.off,
                    "delay_seconds": stage.delay,
                })
            })
            .collect();
        json!({ "id": part.id.to_string(), "name": part.name, "stages": stages })
    };
    let parts: Vec<Value> = flow.parts.iter().map(part).collect();
    json!({ "plan": flow.plan, "parts": parts })
}

const fn run_name(run: Option<Run>) -> &'static str {
    match run {
        None => "once",
        Some(Run::Test) => "test",
        Some(Run::Cleanup) => "cleanup",
        Some(Run::Recovery) => "recovery",
        Some(Run::Reprotect) => "reprotect",
    }
}

fn step_data(number: usize, step: &RunbookStep, flow: Option<&Flow>, sources: &Sources) -> Value {
    let (at, stage, machine) = match &step.moment {
        Moment::Once => ("once", None, None),
        Moment::BeforeRun => ("before-run", None, None),
        Moment::Run { .. } => ("run", None, None),
        Moment::Listed => ("listed", None, None),
        Moment::BeforeStage(stage) => ("before-stage", Some(*stage), None),
        Moment::BeforeMachine(stage, vm) => ("before-machine", Some(*stage), Some(vm.as_str())),
        Moment::AfterMachine(stage, vm) => ("after-machine", Some(*stage), Some(vm.as_str())),
        Moment::AfterStages => ("after-stages", None, None),
    };
    let located = match (stage, flow) {
        (Some(stage), Some(flow)) => Some(flow.locate(stage)),
        (Some(stage), None) => Some((1, stage)),
        (None, _) => None,
    };
    let part = match &step.moment {
        Moment::Run { part, first: _ } => usize::try_from(*part).ok(),
        Moment::Once
        | Moment::BeforeRun
        | Moment::Listed
        | Moment::BeforeStage(_)
        | Moment::BeforeMachine(..)
        | Moment::AfterMachine(..)
        | Moment::AfterStages => located.map(|(part, _)| part),
    };
    let failure = step.failure.map(|failure| match failure {
        Failure::GoesOn => "goes-on",
        Failure::NoPowerOn => "no-power-on",
        Failure::SkipsRest => "skips-rest",
    });
    let (who, guest) = match &step.actor {
        Actor::Lead => ("lead", None),
        Actor::Server => ("server", None),
        Actor::Guest(vm) => ("guest", Some(vm.as_str())),
    };
    json!({
        "number": number,
        "title": step.title,
        "when": {
            "at": at,
            "part": part,
            "stage": located.map(|(_, stage)| stage),
            "machine": machine,
        },
        "who": { "role": who, "machine": guest },
        "text": step.text,
        "timeout_seconds": step.timeout_seconds,
        "on_failure": failure,
        "note": step.note,
        "construct": step.construct,
        "origin": origin(step.origin, sources),
    })
}
