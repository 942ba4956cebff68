//! Each construct of the answers, and bundles that lack something.

mod missing;
mod objects;
mod reading;
mod report;
mod shop;
mod tables;
mod values;

use crate::finding::Findings;
use crate::front;
use crate::ir::recovery::{PlanStep, StepKind, VmRecovery};
use crate::ir::{Named, Policy};
use crate::source::Sources;
use serde_json::{Value, json};

const SRM: &str = "GET /api/rest/srm/v2/pairings/pair-1";

/// Answers under the path behind the pairing.
type Answers = Vec<(String, Value)>;

fn list(items: &Value) -> Value {
    let total = items.as_array().map_or(0, Vec::len);
    json!({"list": items, "_meta": {"total": total, "offset": 0, "limit": 100}})
}

/// Answers as a list of pairs.
fn bundle(answers: &Answers) -> Value {
    let pairs = answers.iter().map(|(path, response)| {
        let request = match path.as_str() {
            "vr" => "GET /api/rest/vr/v2/pairings/pair-1/replications".to_owned(),
            path => format!("{SRM}{path}"),
        };
        json!({"request": request, "response": response})
    });
    Value::Array(pairs.collect())
}

fn read_texts(texts: &[String]) -> (Policy<Named>, Findings) {
    let mut sources = Sources::default();
    for (at, text) in texts.iter().enumerate() {
        let tree = rehome_grammar::read(text.clone().into_bytes()).unwrap();
        sources.add(format!("{at}.json"), format!("{at}.json").into(), tree);
    }
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    (policy, findings)
}

fn read(answers: &Answers) -> (Policy<Named>, Findings) {
    read_texts(&[bundle(answers).to_string()])
}

/// Code and message of each finding.
fn told(findings: &Findings) -> Vec<(&'static str, String)> {
    findings
        .iter()
        .map(|finding| (finding.code.id, finding.message.clone()))
        .collect()
}

fn edit(answers: &mut Answers, ending: &str, change: impl FnOnce(&mut Value)) {
    let (_, value) = answers
        .iter_mut()
        .find(|(path, _)| path.ends_with(ending))
        .unwrap_or_else(|| panic!("no answer to {ending}"));
    change(value);
}

fn without(mut answers: Answers, ending: &str) -> Answers {
    let before = answers.len();
    answers.retain(|(path, _)| !path.ends_with(ending));
    assert!(answers.len() < before, "no answer to {ending}");
    answers
}

fn web(policy: &Policy<Named>) -> &VmRecovery<Named> {
    let vms = &policy.recovery.plans[0].vms;
    vms.iter().find(|vm| vm.ident.name == "web01").unwrap()
}

fn titles(steps: &[PlanStep]) -> Vec<String> {
    let kind = |step: &PlanStep| match &step.kind {
        StepKind::PowerOn(priority) => format!("power on {}", priority.number()),
        StepKind::BuiltIn => "built-in".to_owned(),
        StepKind::Callout(callout) => format!("{:?}", callout.kind),
        StepKind::Opaque(_) => "opaque".to_owned(),
    };
    steps
        .iter()
        .map(|step| format!("{}: {} {:?}", step.ident.name, kind(step), step.runs))
        .collect()
}
