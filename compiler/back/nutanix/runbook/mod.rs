//! The steps of people as a page and as data, and the scripts for the guests.
//!
//! INVARIANT (Inert): text of an export stands between fences that are longer than any run of back
//! quotes in it, or in a code span, and never holds a character that hides or reorders others.

mod data;
mod page;

use crate::back::Files;
use crate::ir::recovery::Run;
use crate::plan::nutanix::Plan;
use crate::plan::nutanix::runbook::{Flow, RunbookStep};
use crate::source::Sources;

/// Writes `runbook.md`, `runbook.json` and the scripts.
#[must_use]
pub fn emit(plan: &Plan, sources: &Sources) -> Files {
    let mut files = Files::new();
    let sections = sections(plan);
    files.insert(
        "nutanix/runbook.md".to_owned(),
        page::write(&sections).into(),
    );
    files.insert(
        "nutanix/runbook.json".to_owned(),
        data::write(plan, &sections, sources),
    );
    for script in &plan.runbook.scripts {
        files.insert(
            format!("nutanix/scripts/{}/{}", script.folder, script.file),
            script.text.clone().into(),
        );
    }
    files
}

/// The steps of one run of one plan, in order.
struct Section<'plan> {
    plan: &'plan str,
    /// What the platform does in the plan.
    flow: Option<&'plan Flow>,
    run: Option<Run>,
    steps: Vec<&'plan RunbookStep>,
}

/// All sections: plans in their order, in each what is done once and then the runs.
fn sections(plan: &Plan) -> Vec<Section<'_>> {
    let mut names: Vec<&str> = Vec::new();
    for step in &plan.runbook.steps {
        if !names.contains(&step.plan.as_str()) {
            names.push(&step.plan);
        }
    }
    let runs = [
        None,
        Some(Run::Test),
        Some(Run::Cleanup),
        Some(Run::Recovery),
        Some(Run::Reprotect),
    ];
    let mut sections = Vec::new();
    for name in names {
        for run in runs {
            let mut steps: Vec<&RunbookStep> = plan
                .runbook
                .steps
                .iter()
                .filter(|step| step.plan == name)
                .filter(|step| match run {
                    None => step.runs.is_empty(),
                    Some(run) => step.runs.contains(&run),
                })
                .collect();
            steps.sort_by_key(|step| step.moment.place());
            if !steps.is_empty() {
                sections.push(Section {
                    plan: name,
                    flow: plan.runbook.flows.iter().find(|flow| flow.plan == name),
                    run,
                    steps,
                });
            }
        }
    }
    sections
}
