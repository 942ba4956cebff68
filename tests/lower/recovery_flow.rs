//! What holds the flow of a plan: prompts, parts of plans, waits.

use crate::estate::{Estate, Lowered};
use crate::recovery;
use crate::recovery_orders::source_can;
use proptest::prelude::*;
use rehome::back::Files;
use rehome::finding::{Fate, Findings, Level};
use rehome::ir::recovery::{Callout, CalloutKind, Priority, Run, StepKind};
use rehome::legal::{Options, Target};
use rehome::verify::comparison::Difference;
use rehome::verify::recovery::compare;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const BOTH: [Run; 2] = [Run::Recovery, Run::Test];

fn split(estate: &Estate, target: &str) -> Lowered {
    let mut options = Options::new(target.parse::<Target>().unwrap());
    options.split_at_prompts = true;
    estate.lower_with(&options)
}

/// The step of the product that recovers a priority.
pub fn power(estate: &mut Estate, number: u8) {
    let kind = StepKind::PowerOn(Priority::new(number).unwrap());
    estate.step(&format!("power {number}"), &BOTH, kind);
}

/// A prompt of the plan.
pub fn prompt(estate: &mut Estate, id: &str) {
    let callout = estate.callout(id, CalloutKind::Prompt, "Go on?");
    estate.step(id, &BOTH, StepKind::Callout(callout));
}

/// A prompt at the start, one between the priorities, and one of a machine beside another.
fn estate() -> Estate {
    let mut estate = recovery::estate(&["db", "app", "mail", "web"]);
    estate.recover("db", 1);
    let own = estate.callout("own", CalloutKind::Prompt, "Is the application well?");
    estate.recover("app", 2).before = vec![own];
    estate.recover("mail", 2);
    estate.recover("web", 3);
    prompt(&mut estate, "disaster");
    estate.step("storage", &BOTH, StepKind::BuiltIn);
    power(&mut estate, 1);
    power(&mut estate, 2);
    prompt(&mut estate, "checked");
    power(&mut estate, 3);
    estate
}

#[test]
fn a_prompt_that_nobody_waits_for_is_an_omission() {
    let out = estate().lower();
    // A person runs the plan after the first prompt; the others do not stop it.
    assert_eq!(out.codes_about("disaster"), ["L3038"]);
    assert_eq!(out.codes_about("checked"), ["L3030"]);
    assert_eq!(out.codes_about("own"), ["L3030"]);
    let witness = |id: &str| {
        let about = out.findings().find(|one| one.subjects[0].id == id).unwrap();
        about
            .witness
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default()
    };
    assert_eq!(witness("disaster"), "");
    assert_eq!(
        witness("checked"),
        "the prompt `checked` before priority 3 does not stop the flow of plan `shop`: on the target `web` can start before it"
    );
    assert_eq!(
        witness("own"),
        "the prompt `own` before the power-on of `app` does not stop the flow of plan `shop`: on the target `app` can start before it"
    );
    assert_eq!(out.bodies("RecoveryPlan").len(), 1);
}

#[test]
fn a_plan_split_at_its_prompts_is_held_by_people() {
    for (target, model) in [
        ("nutanix@7.3", "RecoveryPlanInput"),
        ("nutanix@7.5", "RecoveryPlan"),
        ("nutanix@7.6", "RecoveryPlan"),
    ] {
        let out = split(&estate(), target);
        let names: Vec<_> = out
            .entries(model)
            .iter()
            .map(|one| one["name"].clone())
            .collect();
        assert_eq!(
            names,
            ["shop part 1 of 3", "shop part 2 of 3", "shop part 3 of 3"]
        );
        assert!(out.codes_about("shop").contains(&"L3039"));
        assert_eq!(out.codes_about("checked"), ["L3038"]);
        assert_eq!(out.codes_about("own"), ["L3038"]);
        let level = |id: &str| {
            let about = out.findings().find(|one| one.subjects[0].id == id).unwrap();
            (
                about.level(),
                about
                    .witness
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            )
        };
        assert_eq!(level("checked"), (Level::Warning, String::new()));
        assert_eq!(
            level("own"),
            (
                Level::Warning,
                "in plan `shop` of the source `mail` can start before the prompt `own` before the power-on of `app` is done; on the target it cannot".to_owned()
            )
        );
        let runs = out.json("nutanix/runbook.json")["runs"].clone();
        let titles: Vec<_> = runs[0]["steps"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["title"].clone())
            .collect();
        assert_eq!(
            titles,
            [
                "disaster",
                "run a test failover of part 1 of 3 of shop",
                "own",
                "run a test failover of part 2 of 3 of shop",
                "checked",
                "run a test failover of part 3 of 3 of shop",
                "clean up the test of shop, once its machines are checked",
            ],
            "{target}"
        );
        let page = out.text("nutanix/runbook.md");
        assert!(
            page.contains("`checked`\n  - when: before part 3 is run\n"),
            "{page}"
        );
        assert!(
            page.contains("\n> stage 1 of part 3 starts `web`\n"),
            "{page}"
        );
        out.check();
    }
}

/// Moves a step of the test behind another in the runbook.
fn moved(out: &Lowered, from: usize, to: usize) -> Files {
    let mut files = out.files.clone();
    let mut runbook = out.json("nutanix/runbook.json");
    let steps = runbook["runs"][0]["steps"].as_array_mut().unwrap();
    let step = steps.remove(from);
    steps.insert(to, step);
    files.insert(
        "nutanix/runbook.json".to_owned(),
        serde_json::to_vec(&runbook).unwrap(),
    );
    files
}

#[test]
fn the_proof_follows_the_runbook() {
    let estate = estate();
    let out = split(&estate, "nutanix@7.5");
    let cases = |files: &Files| -> Vec<String> {
        let found = compare(&estate.policy, files, &Findings::default());
        let witnesses = |of: &[Difference]| -> Vec<String> {
            of.iter().map(|one| one.witness.to_string()).collect()
        };
        let known = witnesses(&out.recovery.differences);
        let mut new = witnesses(&found.differences);
        new.retain(|one| !known.contains(one));
        new
    };
    assert_eq!(cases(&out.files), Vec::<String>::new());
    // The prompt after the part it holds.
    assert_eq!(
        cases(&moved(&out, 4, 5)),
        [
            "the prompt `checked` before priority 3 does not stop the flow of plan `shop`: on the target `web` can start before it"
        ]
    );
    // The prompt before a part that it does not hold.
    assert_eq!(
        cases(&moved(&out, 4, 2)),
        [
            "in plan `shop` of the source `app` can start before the prompt `checked` before priority 3 is done; on the target it cannot"
        ]
    );
    // Parts in another order, and a part that nobody runs.
    let code = |files: &Files| {
        let found = compare(&estate.policy, files, &Findings::default());
        found.findings.iter().next().unwrap().code.id
    };
    assert_eq!(code(&moved(&out, 1, 3)), "V3001");
    let mut runbook = out.json("nutanix/runbook.json");
    let steps = runbook["runs"][0]["steps"].as_array_mut().unwrap();
    steps.retain(|step| step["title"] != "run a test failover of part 3 of 3 of shop");
    let mut files = out.files.clone();
    files.insert(
        "nutanix/runbook.json".to_owned(),
        serde_json::to_vec(&runbook).unwrap(),
    );
    assert_eq!(code(&files), "V3001");
    // A machine moved to an earlier part.
    let mut assignments = out.json("nutanix/assignments.json");
    let vms = assignments["vms"].as_array_mut().unwrap();
    let of = |vms: &Vec<Value>, name: &str| vms.iter().position(|vm| vm["name"] == name).unwrap();
    let (db, web) = (of(vms, "db"), of(vms, "web"));
    vms[web]["categories"] = vms[db]["categories"].clone();
    let mut files = out.files.clone();
    files.insert(
        "nutanix/assignments.json".to_owned(),
        serde_json::to_vec(&assignments).unwrap(),
    );
    let found = cases(&files);
    assert!(
        found
            .iter()
            .any(|case| case.starts_with("the prompt `checked` before priority 3 does not stop")),
        "{found:?}"
    );
}

#[test]
fn waits_changed_by_hand_are_found() {
    let mut estate = recovery::estate(&["db", "app", "web"]);
    let warm = estate.callout("warm", CalloutKind::InGuest, "/opt/warm.sh");
    let late = estate.callout("late", CalloutKind::OnServer, "/opt/late.sh");
    let db = estate.recover("db", 1);
    db.delay_seconds = 60;
    db.after = vec![warm];
    estate.recover("app", 1);
    estate.recover("web", 2).after = vec![late];
    estate.depend("app", &["db"]);
    let out = estate.lower();
    assert!(
        out.recovery.differences.is_empty(),
        "{:?}",
        out.recovery.differences
    );
    let case = |model: &str, at: usize, with: fn(&mut Value)| {
        let body = out.entries(model)[at]["body"].as_str().unwrap().to_owned();
        let path = format!("nutanix/{body}");
        let mut files = out.files.clone();
        let mut value = out.json(&path);
        with(&mut value);
        files.insert(path, serde_json::to_vec(&value).unwrap());
        let found = compare(&estate.policy, &files, &Findings::default());
        let first = found.findings.iter().next().unwrap();
        (first.code.id, first.witness.as_ref().unwrap().to_string())
    };
    assert_eq!(
        case("RecoveryStage", 0, |body| body["postActions"] = json!([])),
        (
            "X3002",
            "in plan `shop` `app` starts 0 seconds after `db` on the target, and 60 seconds after it at the source".to_owned()
        )
    );
    assert_eq!(
        case("RecoverySetting", 0, |body| {
            body["recoverySetting"]["inGuestScriptExecutionConfig"]["timeoutSecs"] = json!(10);
        }),
        (
            "X3001",
            "in plan `shop` the commands in the guest of `db` may take 30 seconds at the source and may take 10 seconds on the target".to_owned()
        )
    );
    let mut files = out.files.clone();
    let text = out
        .text("nutanix/runbook.json")
        .replace("\"timeout_seconds\": 30", "\"timeout_seconds\": 31");
    files.insert("nutanix/runbook.json".to_owned(), text.into_bytes());
    let found = compare(&estate.policy, &files, &Findings::default());
    assert_eq!(
        found
            .findings
            .iter()
            .next()
            .unwrap()
            .witness
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("step `late` of plan `shop` has another timeout in the runbook")
    );
}

/// A random plan: priority, what it depends on, steps before and after, whether it is powered on.
type Machine = (u8, u8, Vec<u8>, Vec<u8>, bool);

fn kind(number: u8) -> CalloutKind {
    match number % 3 {
        0 => CalloutKind::Prompt,
        1 => CalloutKind::OnServer,
        _ => CalloutKind::InGuest,
    }
}

fn random(machines: &[Machine], prompts: &[bool]) -> Estate {
    let names: Vec<String> = (0..machines.len()).map(|at| format!("v{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut estate = recovery::estate(&names);
    for (at, (priority, _, before, after, on)) in machines.iter().enumerate() {
        let steps = |word: &str, kinds: &[u8]| -> Vec<Callout> {
            kinds
                .iter()
                .enumerate()
                .map(|(number, of)| {
                    let id = format!("v{at} {word} {number}");
                    estate.callout(&id, kind(*of), &format!("/opt/text of {id}"))
                })
                .collect()
        };
        let (before, after) = (steps("before", before), steps("after", after));
        let recovery = estate.recover(names[at], *priority);
        recovery.power_on = *on;
        recovery.before = before;
        recovery.after = after;
    }
    for (at, (_, needs, _, _, _)) in machines.iter().enumerate() {
        // A machine depends on those before it, so there is no circle.
        let on: Vec<&str> = (0..at)
            .filter(|other| needs >> other & 1 == 1)
            .map(|other| names[other])
            .collect();
        estate.depend(names[at], &on);
    }
    for (at, asks) in (1..=3).zip(prompts) {
        if *asks {
            prompt(&mut estate, &format!("p{at}"));
        }
        estate.step(&format!("built {at}"), &BOTH, StepKind::BuiltIn);
        power(&mut estate, at);
    }
    estate
}

/// The steps of people that a run of the target waits for before it starts each machine: those that
/// stand in the runbook before its part is run.
fn awaited(out: &Lowered) -> BTreeMap<String, BTreeSet<String>> {
    let runbook = out.json("nutanix/runbook.json");
    let runs = runbook["runs"].as_array().unwrap();
    let run = runs.iter().find(|run| run["run"] == "recovery").unwrap();
    let mut done = BTreeSet::new();
    let mut found = BTreeMap::new();
    let mut parts = runbook["plans"][0]["parts"].as_array().unwrap().iter();
    for step in run["steps"].as_array().unwrap() {
        if step["when"]["at"] == "run" {
            let part = parts.next().unwrap();
            for stage in part["stages"].as_array().unwrap() {
                for machine in stage["machines"].as_array().unwrap() {
                    found.insert(machine.as_str().unwrap().to_owned(), done.clone());
                }
            }
        } else {
            done.insert(step["construct"].as_str().unwrap().to_owned());
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A scheduler that counts out every state: machines that are up, prompts that are answered. What
    /// the target starts in a state, the source starts too, or a finding about the prompt says so.
    #[test]
    fn no_prompt_is_passed_in_silence(
        machines in prop::collection::vec((1_u8..4, 0_u8..16, Just(vec![]), Just(vec![]), Just(true)), 1..5),
        prompts in prop::collection::vec(any::<bool>(), 3),
        parts in any::<bool>(),
        v4 in any::<bool>(),
    ) {
        let estate = random(&machines, &prompts);
        let target = if v4 { "nutanix@7.5" } else { "nutanix@7.3" };
        let out = if parts { split(&estate, target) } else { estate.lower_for(target) };
        let awaited = awaited(&out);
        let plan: Vec<(u8, u8)> = machines.iter().enumerate()
            .map(|(at, (priority, needs, ..))| (*priority, needs & ((1 << at) - 1)))
            .collect();
        let asked: Vec<u8> = (1..=3).filter(|at| prompts[usize::from(*at) - 1]).collect();
        for answered in 0_u8..1 << asked.len() {
            let open = || asked.iter().enumerate().filter(|(at, _)| answered >> at & 1 == 0).map(|(_, before)| *before);
            for up in 0_u8..1 << plan.len() {
                for vm in (0..plan.len()).filter(|vm| up >> vm & 1 == 0) {
                    if !source_can(&plan, vm, up) {
                        continue; // Orders are the matter of another law.
                    }
                    let held: Vec<u8> = open().filter(|before| *before <= plan[vm].0).collect();
                    let waits = &awaited[&format!("v{vm}")];
                    for before in held {
                        let id = format!("p{before}");
                        if !waits.contains(&id) {
                            // Only before the very first stage there is no part to hold.
                            prop_assert!(!parts || plan.iter().all(|(priority, _)| *priority >= before), "{id} of {plan:?}");
                            prop_assert_eq!(out.codes_about(&id), ["L3030"]);
                        }
                    }
                }
            }
        }
    }

    /// Conservation: every step ends as an object, a line of the runbook or a finding that drops it,
    /// and its text is there.
    #[test]
    fn no_step_is_lost(
        machines in prop::collection::vec((
            1_u8..4, 0_u8..16,
            prop::collection::vec(0_u8..3, 0..3),
            prop::collection::vec(0_u8..3, 0..3),
            prop::bool::weighted(0.8),
        ), 1..5),
        prompts in prop::collection::vec(any::<bool>(), 3),
        parts in any::<bool>(),
        v4 in any::<bool>(),
    ) {
        let estate = random(&machines, &prompts);
        let target = if v4 { "nutanix@7.5" } else { "nutanix@7.3" };
        let out = if parts { split(&estate, target) } else { estate.lower_for(target) };
        let manifest = out.json("nutanix/manifest.json");
        let objects: BTreeSet<&str> = manifest["objects"].as_array().unwrap().iter()
            .filter(|object| object["model"] == "RecoverySetting" || object["model"] == "RecoveryPlanInput")
            .flat_map(|object| object["constructs"].as_array().unwrap())
            .map(|id| id.as_str().unwrap())
            .collect();
        let page = out.text("nutanix/runbook.md");
        let scripts: String = out.files.iter()
            .filter(|(path, _)| path.starts_with("nutanix/scripts/"))
            .map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned())
            .collect();
        let recoveries = &estate.policy.recovery.plans[0].vms;
        for callout in recoveries.iter().flat_map(|vm| vm.before.iter().chain(&vm.after)) {
            let id = callout.ident.id.as_str();
            let text = callout.content.as_deref().unwrap();
            let dropped = out.findings().any(|one| one.subjects[0].id == id && one.fate == Some(Fate::Dropped));
            let in_page = page.contains(text);
            let in_script = objects.contains(id) && scripts.contains(text);
            prop_assert_eq!(usize::from(dropped) + usize::from(in_page) + usize::from(in_script), 1, "{}", id);
        }
    }
}
