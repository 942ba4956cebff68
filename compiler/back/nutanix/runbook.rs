//! The steps of people as a page and as data, and the scripts for the guests.
//!
//! INVARIANT (Inert): text of an export stands between fences that are longer than any run of back
//! quotes in it, or in a code span, and never holds a character that hides or reorders others.

use crate::back::Files;
use crate::ir::recovery::Run;
use crate::plan::nutanix::Plan;
use crate::plan::nutanix::runbook::{Actor, Moment, RunbookStep};
use crate::source::Sources;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Writes `runbook.md`, `runbook.json` and the scripts.
#[must_use]
pub fn emit(plan: &Plan, sources: &Sources) -> Files {
    let mut files = Files::new();
    let sections = sections(plan);
    files.insert("nutanix/runbook.md".to_owned(), page(&sections).into());
    files.insert(
        "nutanix/runbook.json".to_owned(),
        data(plan, &sections, sources),
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
                    run,
                    steps,
                });
            }
        }
    }
    sections
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

fn page(sections: &[Section<'_>]) -> String {
    let mut out = String::from(
        "# Runbook\n\nWhat no object of the platform does, plan by plan, in order. The platform does not wait for any of it.\nThe text between fences is the original, as the export has it.\n",
    );
    if sections.is_empty() {
        out.push_str("\nThere is nothing to do by hand.\n");
    }
    let mut plan = None;
    for section in sections {
        if plan != Some(section.plan) {
            plan = Some(section.plan);
            let _ = write!(out, "\n## Plan {}\n", code(section.plan));
        }
        let _ = write!(out, "\n### {}\n", heading(section.run));
        for (number, step) in (1..).zip(&section.steps) {
            entry(&mut out, number, step);
        }
    }
    out
}

fn entry(out: &mut String, number: usize, step: &RunbookStep) {
    let _ = write!(out, "\n- [ ] {number}. {}", code(&step.title));
    if step.moment != Moment::Once {
        let _ = write!(out, "\n  - when: {}", moment(&step.moment));
    }
    let _ = write!(out, "\n  - who: {}", actor(&step.actor));
    if let Some(seconds) = step.timeout_seconds {
        let _ = write!(out, "\n  - failed after: {seconds} seconds");
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

fn moment(moment: &Moment) -> String {
    match moment {
        Moment::Once => "once".to_owned(),
        Moment::Listed => "in the order of this list".to_owned(),
        Moment::BeforeStage(stage) => format!("before stage {stage}"),
        Moment::BeforeMachine(stage, vm) => {
            format!("before {} of stage {stage} is powered on", code(vm))
        }
        Moment::AfterMachine(stage, vm) => {
            format!("after {} of stage {stage} is powered on", code(vm))
        }
        Moment::AfterStages => "after the last stage".to_owned(),
    }
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

/// Text in a code span that it cannot leave.
fn code(text: &str) -> String {
    let text = inert(text, false);
    let quotes = "`".repeat(longest_run(&text) + 1);
    if text.starts_with('`') || text.ends_with('`') || text.trim().is_empty() {
        format!("{quotes} {text} {quotes}")
    } else {
        format!("{quotes}{text}{quotes}")
    }
}

/// The length of the longest run of back quotes.
fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// Text whose characters all show: the others as `\u{..}`.
fn inert(text: &str, lines: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (lines && matches!(c, '\n' | '\t')) || !hides(c) {
            out.push(c);
        } else {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
    }
    out
}

/// Whether a character hides or reorders others, or moves the cursor.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

fn data(plan: &Plan, sections: &[Section<'_>], sources: &Sources) -> Vec<u8> {
    let runs: Vec<Value> = sections
        .iter()
        .map(|section| {
            let steps: Vec<Value> = (1..)
                .zip(&section.steps)
                .map(|(number, step)| step_data(number, step, sources))
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
    let all = json!({ "schema": 1, "runs": runs, "scripts": scripts });
    let text = serde_json::to_string_pretty(&all).unwrap_or_default();
    escape(&text).into()
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

fn step_data(number: usize, step: &RunbookStep, sources: &Sources) -> Value {
    let (at, stage, machine) = match &step.moment {
        Moment::Once => ("once", None, None),
        Moment::Listed => ("listed", None, None),
        Moment::BeforeStage(stage) => ("before-stage", Some(*stage), None),
        Moment::BeforeMachine(stage, vm) => ("before-machine", Some(*stage), Some(vm.as_str())),
        Moment::AfterMachine(stage, vm) => ("after-machine", Some(*stage), Some(vm.as_str())),
        Moment::AfterStages => ("after-stages", None, None),
    };
    let (who, guest) = match &step.actor {
        Actor::Lead => ("lead", None),
        Actor::Server => ("server", None),
        Actor::Guest(vm) => ("guest", Some(vm.as_str())),
    };
    json!({
        "number": number,
        "title": step.title,
        "when": { "at": at, "stage": stage, "machine": machine },
        "who": { "role": who, "machine": guest },
        "text": step.text,
        "timeout_seconds": step.timeout_seconds,
        "note": step.note,
        "construct": step.construct,
        "origin": super::place(step.origin, sources),
    })
}

/// JSON in which characters that hide or reorder others are written as escapes: the value stays, and
/// no viewer acts on it. Outside of strings such text has none of them but line ends.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && hides(c) {
            let mut units = [0_u16; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
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
            entry(&mut out, 1, &step);
            let (inside, after) = fenced(&out);
            prop_assert_eq!(after, "");
            let plain = text.replace("\r\n", "\n").replace('\r', "\\u{d}").replace('\u{202e}', "\\u{202e}");
            prop_assert_eq!(inside, plain);
        }

        #[test]
        fn no_name_leaves_its_line(text in any::<String>()) {
            let shown = code(&text);
            prop_assert!(!shown.chars().any(hides), "{shown:?}");
        }
    }

    #[test]
    fn data_keeps_the_value_and_shows_no_hidden_character() {
        let text = serde_json::to_string_pretty(&json!({"text": "a\u{202e}b\n\u{e0001}"})).unwrap();
        let escaped = escape(&text);
        assert!(
            escaped.contains("\\u202e") && escaped.contains("\\udb40\\udc01"),
            "{escaped}"
        );
        let read: Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read["text"], "a\u{202e}b\n\u{e0001}");
    }
}
