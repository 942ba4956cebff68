//! When machines start at the earliest, counted out on both sides: what each waits for, near and far,
//! also through machines that the target leaves out.

use crate::estate::{Estate, Lowered};
use crate::recovery;
use proptest::prelude::*;
use rehome::back::Files;
use rehome::finding::Findings;
use rehome::legal::{Options, Target};
use rehome::verify::recovery::compare;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A machine: its priority, what it depends on, the seconds it is waited for, whether it is powered on.
type Machine = (u8, u8, u32, bool);

fn name(at: usize) -> String {
    format!("v{at}")
}

fn estate(machines: &[Machine]) -> Estate {
    let names: Vec<String> = (0..machines.len()).map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut estate = recovery::estate(&names);
    for (at, (priority, _, delay, on)) in machines.iter().enumerate() {
        let recovery = estate.recover(names[at], *priority);
        recovery.power_on = *on;
        // Nobody waits for a machine that stays off.
        recovery.delay_seconds = if *on { *delay } else { 0 };
    }
    for (at, (_, needs, ..)) in machines.iter().enumerate() {
        // A machine depends on those before it, so there is no circle.
        let on: Vec<&str> = (0..at)
            .filter(|other| needs >> other & 1 == 1)
            .map(|other| names[other])
            .collect();
        estate.depend(names[at], &on);
    }
    estate
}

/// When the source starts each machine at the earliest, with machines that boot in no time: the rounds
/// go on until nothing moves.
fn source(machines: &[Machine]) -> Vec<u32> {
    let mut starts = vec![0_u32; machines.len()];
    loop {
        let before = starts.clone();
        for (at, (priority, needs, ..)) in machines.iter().enumerate() {
            for (other, (earlier, _, delay, on)) in machines.iter().enumerate() {
                let needed = earlier == priority && other < at && needs >> other & 1 == 1;
                if earlier < priority || needed {
                    let up = starts[other] + if *on { *delay } else { 0 };
                    starts[at] = starts[at].max(up);
                }
            }
        }
        if starts == before {
            return starts;
        }
    }
}

/// The machines of each stage of the emitted bodies, in order, with the wait after it.
fn stages(out: &Lowered) -> Vec<(Vec<String>, u32)> {
    if out.release.starts_with("7.5") {
        let stages = out.stages().into_iter();
        return stages
            .map(|(vms, delay)| (vms, u32::try_from(delay.unwrap_or(0)).unwrap()))
            .collect();
    }
    let manifest = out.json("nutanix/manifest.json");
    let external: BTreeMap<&str, &str> = manifest["external"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), one["name"].as_str().unwrap()))
        .collect();
    let bodies = out.bodies("RecoveryPlanInput");
    let stages = bodies
        .iter()
        .flat_map(|body| body["spec"]["resources"]["stage_list"].as_array().unwrap());
    stages
        .map(|stage| {
            let vms = stage["stage_work"]["recover_entities"]["entity_info_list"]
                .as_array()
                .unwrap();
            let uuid = |vm: &Value| {
                vm["any_entity_reference"]["uuid"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            };
            let names = vms.iter().map(|vm| external[uuid(vm).as_str()].to_owned());
            let delay = stage["delay_time_secs"].as_u64().unwrap();
            (names.collect(), u32::try_from(delay).unwrap())
        })
        .collect()
}

/// The files with no wait in them.
fn hasty(out: &Lowered) -> Files {
    let mut files = out.files.clone();
    for entry in ["RecoveryStage", "RecoveryPlanInput"]
        .iter()
        .flat_map(|model| out.entries(model))
    {
        let path = format!("nutanix/{}", entry["body"].as_str().unwrap());
        let mut body = out.json(&path);
        let stages = body.pointer_mut("/spec/resources/stage_list");
        match stages.and_then(Value::as_array_mut) {
            Some(stages) => stages
                .iter_mut()
                .for_each(|stage| stage["delay_time_secs"] = json!(0)),
            None => body["postActions"] = json!([]),
        }
        files.insert(path, serde_json::to_vec(&body).unwrap());
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Nothing starts earlier than what it waits for allows; and files that do not wait are found out
    /// exactly where a machine would start earlier.
    #[test]
    fn every_wait_is_kept_and_compared(
        machines in prop::collection::vec((1_u8..3, 0_u8..32, prop::sample::select(vec![0_u32, 0, 20, 60]), prop::bool::weighted(0.6)), 1..6),
        target in prop::sample::select(vec!["nutanix@7.5", "nutanix@7.3", "nutanix@2024.3"]),
    ) {
        let estate = estate(&machines);
        let out = estate.lower_with(&Options::new(target.parse::<Target>().unwrap()));
        let of_source = source(&machines);
        let mut now = 0;
        let mut staged = vec![];
        for (vms, delay) in stages(&out) {
            for (at, earliest) in of_source.iter().enumerate() {
                if vms.contains(&name(at)) {
                    prop_assert!(now >= *earliest, "v{at} starts at {now} in {machines:?}");
                    staged.push(at);
                }
            }
            now += delay;
        }
        let v4 = target == "nutanix@7.5";
        for (at, (.., on)) in machines.iter().enumerate() {
            prop_assert_eq!(staged.iter().filter(|one| **one == at).count(), usize::from(v4 || *on));
        }
        let found = compare(&estate.policy, &hasty(&out), &Findings::default());
        prop_assert!(found.compared);
        let early = staged.iter().any(|at| of_source[*at] > 0);
        let said = found.differences.iter().any(|one| one.witness.to_string().contains("starts 0 seconds after"));
        prop_assert_eq!(said, early, "{:?} {:?}", machines, found.differences);
    }
}
