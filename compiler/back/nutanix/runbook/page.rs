//! The page.

use super::Section;
use crate::back::inert::{code, inert, longest_run};
use crate::finding::count;
use crate::ir::recovery::Run;
use crate::plan::nutanix::runbook::{Actor, Failure, Flow, FlowStage, Moment, RunbookStep};
use std::fmt::Write as _;

/// Writes the page.
pub(super) fn write(sections: &[Section<'_>]) -> String {
    let mut out = String::from(
        "# Runbook\n\nWhat the platform does not do by itself, plan by plan, in order. Work from the top down, and tick a box when its\nstep is done. A line that starts with `>` is what the platform does meanwhile; it waits for nobody, but a plan or a\npart of one starts only when you run it. The text between fences is the original, as the export has it.\n",
    );
    if sections.is_empty() {
        out.push_str("\nThere are no steps: no recovery plan was made.\n");
    }
    let mut plan = None;
    for section in sections {
        if plan != Some(section.plan) {
            plan = Some(section.plan);
            let _ = write!(out, "\n## Plan {}\n", code(section.plan));
        }
        let _ = write!(out, "\n### {}\n", heading(section.run));
        one(&mut out, section);
    }
    out
}

const fn heading(run: Option<Run>) -> &'static str {
    match run {
        None => "Once, before any run",
        Some(Run::Test) => "Test failover",
        Some(Run::Cleanup) => "Clean-up after a test",
        Some(Run::Recovery) => "Planned or unplanned failover",
        Some(Run::Reprotect) => "Protection in the other direction",
    }
}

/// The steps of a run, and between them the stages of the platform.
fn one(out: &mut String, section: &Section<'_>) {
    let staged = match section.run {
        Some(Run::Test | Run::Recovery) => section.flow,
        Some(Run::Cleanup | Run::Reprotect) | None => None,
    };
    let mut stages: Vec<(u32, &FlowStage)> = Vec::new();
    if let Some(flow) = staged {
        let all = flow.parts.iter().flat_map(|part| &part.stages);
        stages = (1..).zip(all).collect();
    }
    let mut stages = stages.into_iter().peekable();
    for (number, step) in (1..).zip(&section.steps) {
        // The platform starts a stage when all is done that comes before it and its part runs.
        while let Some((at, stage)) = stages.next_if(|(at, _)| (*at, 3) <= step.moment.place()) {
            platform(out, staged, at, stage);
        }
        entry(out, number, step, section.flow);
    }
    for (at, stage) in stages {
        platform(out, staged, at, stage);
    }
}

fn platform(out: &mut String, flow: Option<&Flow>, at: u32, stage: &FlowStage) {
    let (off, on): (Vec<&String>, Vec<&String>) = stage
        .machines
        .iter()
        .partition(|name| stage.off.contains(name));
    let list = |names: &[&String]| -> String {
        let names: Vec<String> = names.iter().map(|name| code(name)).collect();
        names.join(", ")
    };
    let _ = write!(out, "\n> {}", staged(flow, at));
    if !on.is_empty() {
        let _ = write!(out, " starts {}", list(&on));
    }
    if !off.is_empty() {
        let and = if on.is_empty() { "" } else { ", and" };
        let _ = write!(out, "{and} recovers {} to stay off", list(&off));
    }
    if stage.delay > 0 {
        let _ = write!(out, ", then waits {}", count(stage.delay, "second"));
    }
    out.push('\n');
}

/// A stage by its number, and its part where there are several.
fn staged(flow: Option<&Flow>, stage: u32) -> String {
    match flow {
        Some(flow) if flow.parts.len() > 1 => {
            let (part, stage) = flow.locate(stage);
            format!("stage {stage} of part {part}")
        }
        Some(_) | None => format!("stage {stage}"),
    }
}

fn entry(out: &mut String, number: usize, step: &RunbookStep, flow: Option<&Flow>) {
    let _ = write!(out, "\n- [ ] {number}. {}", code(&step.title));
    if let Some(when) = moment(&step.moment, flow) {
        let _ = write!(out, "\n  - when: {when}");
    }
    let _ = write!(out, "\n  - who: {}", actor(&step.actor));
    // A prompt cannot fail: it waits.
    if let Some(failure) = step.failure {
        if let Some(seconds) = step.timeout_seconds {
            let _ = write!(out, "\n  - failed after: {}", count(seconds, "second"));
        }
        let _ = write!(out, "\n  - if it fails: {}", failed(failure));
    }
    if let Some(note) = &step.note {
        let _ = write!(out, "\n  - note: {}", code(note));
    }
    out.push('\n');
    if let Some(text) = &step.text {
        let fence = "`".repeat(longest_run(text).max(2) + 1);
        let text = inert(&text.replace("\r\n", "\n"), true);
        let _ = write!(out, "\n{fence}text\n{text}\n{fence}\n");
    }
}

const fn failed(failure: Failure) -> &'static str {
    match failure {
        Failure::GoesOn => "go on; SRM gave a warning and went on",
        Failure::NoPowerOn => {
            "tell the person who leads the recovery; SRM did not power the machine on, and the platform does"
        }
        Failure::SkipsRest => "leave out the later steps of this machine, as SRM did",
    }
}

fn moment(moment: &Moment, flow: Option<&Flow>) -> Option<String> {
    let starts = |stage: u32| {
        let flow = flow.filter(|flow| flow.parts.len() > 1)?;
        let (part, own) = flow.locate(stage);
        (part > 1 && own == 1).then_some(part)
    };
    Some(match moment {
        Moment::Once | Moment::Run { .. } => return None,
        Moment::BeforeRun => "before the plan is run".to_owned(),
        Moment::Listed => "in the order of this list".to_owned(),
        Moment::BeforeStage(stage) => match starts(*stage) {
            Some(part) => format!("before part {part} is run"),
            None => format!("before {}", staged(flow, *stage)),
        },
        Moment::BeforeMachine(stage, vm) => {
            format!(
                "before {} of {} is powered on",
                code(vm),
                staged(flow, *stage)
            )
        }
        Moment::AfterMachine(stage, vm) => {
            format!(
                "after {} of {} is powered on",
                code(vm),
                staged(flow, *stage)
            )
        }
        Moment::AfterStages => "after the last stage".to_owned(),
    })
}

fn actor(actor: &Actor) -> String {
    match actor {
        Actor::Lead => "the person who leads the recovery".to_owned(),
        Actor::Server => {
            "somebody at a server of the recovery site, in place of the server it ran on".to_owned()
        }
        Actor::Guest(vm) => format!("somebody in the guest of {}", code(vm)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A reader of fences as CommonMark defines them, written without the code above: the lines of
    /// the first fenced block, and what follows it.
    fn fenced(text: &str) -> (String, String) {
        let mut lines = text.lines();
        let open = lines.find(|line| line.starts_with("```")).unwrap();
        let ticks = open.chars().take_while(|c| *c == '`').count();
        let mut inside = Vec::new();
        for line in lines.by_ref() {
            let bare = line.trim_start_matches(' ');
            let indent = line.len() - bare.len();
            let closing = bare.trim_end_matches([' ', '\t']);
            if indent < 4 && closing.len() >= ticks && closing.chars().all(|c| c == '`') {
                break;
            }
            inside.push(line);
        }
        (inside.join("\n"), lines.collect::<Vec<_>>().join("\n"))
    }

    fn step(text: &str) -> RunbookStep {
        use crate::source::{Origin, Sources};
        let mut sources = Sources::default();
        let file = sources.add_text("x".into(), std::path::PathBuf::new(), String::new());
        RunbookStep {
            plan: "p".to_owned(),
            runs: vec![Run::Recovery],
            moment: Moment::AfterStages,
            title: text.to_owned(),
            actor: Actor::Lead,
            text: Some(text.to_owned()),
            timeout_seconds: None,
            failure: None,
            note: None,
            construct: "c".to_owned(),
            origin: Origin {
                file,
                span: rehome_grammar::Span::new(0, 0),
            },
        }
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_fence(text in "[`~ \\n\\r\\t<>#a\\u{202e}\\-\\[\\]]{0,60}") {
            let step = step(&text);
            let mut out = String::new();
            entry(&mut out, 1, &step, None);
            let (inside, after) = fenced(&out);
            prop_assert_eq!(after, "");
            let plain = text.replace("\r\n", "\n").replace('\r', "\\u{d}").replace('\u{202e}', "\\u{202e}");
            prop_assert_eq!(inside, plain);
        }
    }
}
