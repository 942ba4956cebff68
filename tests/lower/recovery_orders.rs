//! Orders of starts, against a scheduler that counts out every set of machines that are up.

use crate::estate::{Estate, Lowered};
use crate::recovery;
use crate::recovery_flow::{power, prompt};
use proptest::prelude::*;
use rehome::legal::{Options, Target};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Whether the source can start a machine when these are up.
pub fn source_can(plan: &[(u8, u8)], vm: usize, up: u8) -> bool {
    let (priority, needs) = plan[vm];
    plan.iter().enumerate().all(|(other, (other_priority, _))| {
        let is_up = up >> other & 1 == 1;
        is_up
            || other == vm
            || !(*other_priority < priority
                || (*other_priority == priority && needs >> other & 1 == 1))
    })
}

/// Whether the emitted stages can start a machine when these are up.
pub fn target_can(stage: &BTreeMap<usize, usize>, vm: usize, up: u8) -> bool {
    stage
        .iter()
        .all(|(other, number)| *number >= stage[&vm] || up >> other & 1 == 1)
}

/// The stages of all plans that were made, first to last, as the bodies have them. A person runs the
/// plans one after the other, as they stand in the manifest.
fn stages(out: &Lowered) -> Vec<BTreeSet<String>> {
    let of_v4 = out.entries("RecoveryPlan").into_iter().flat_map(|plan| {
        let mut stages: Vec<(u64, BTreeSet<String>)> = out
            .entries("RecoveryStage")
            .iter()
            .filter(|stage| {
                stage["depends_on"]
                    .as_array()
                    .unwrap()
                    .contains(&plan["id"])
            })
            .map(|stage| out.json(&format!("nutanix/{}", stage["body"].as_str().unwrap())))
            .map(|body| {
                let vms = out.carriers("vms", &body["categoryExtIds"][0]);
                (body["priority"].as_u64().unwrap(), vms)
            })
            .collect();
        stages.sort();
        stages.into_iter().map(|(_, vms)| vms).collect::<Vec<_>>()
    });
    let manifest = out.json("nutanix/manifest.json");
    let external = manifest["external"].as_array().unwrap().iter();
    let named: BTreeMap<&str, &str> = external
        .map(|one| (one["id"].as_str().unwrap(), one["name"].as_str().unwrap()))
        .collect();
    let of_v3 = out
        .bodies("RecoveryPlanInput")
        .into_iter()
        .flat_map(|body| {
            let stages = body["spec"]["resources"]["stage_list"].as_array().unwrap();
            let names = |stage: &Value| {
                let entities = &stage["stage_work"]["recover_entities"]["entity_info_list"];
                let entities = entities.as_array().unwrap().iter();
                entities
                    .map(|one| {
                        named[one["any_entity_reference"]["uuid"].as_str().unwrap()].to_owned()
                    })
                    .collect()
            };
            stages.iter().map(names).collect::<Vec<_>>()
        });
    of_v4.chain(of_v3).collect()
}

fn stage_of(out: &Lowered) -> BTreeMap<usize, usize> {
    let mut stage = BTreeMap::new();
    for (number, vms) in stages(out).iter().enumerate() {
        for vm in vms {
            let at: usize = vm.trim_start_matches('v').parse().unwrap();
            assert_eq!(stage.insert(at, number), None, "{vm} is in two stages");
        }
    }
    stage
}

/// A random plan: priority, what each depends on, whether it is powered on; and where prompts stand.
fn estate(plan: &[(u8, u8)], off: u8, prompts: &[bool]) -> Estate {
    let names: Vec<String> = (0..plan.len()).map(|at| format!("v{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut estate = recovery::estate(&names);
    for (at, (priority, _)) in plan.iter().enumerate() {
        estate.recover(names[at], *priority).power_on = off >> at & 1 == 0;
    }
    for (at, (_, needs)) in plan.iter().enumerate() {
        let on = (0..plan.len()).filter(|other| needs >> other & 1 == 1);
        let on: Vec<&str> = on.map(|other| names[other]).collect();
        estate.depend(names[at], &on);
    }
    for (at, asks) in (1..).zip(prompts) {
        if *asks {
            prompt(&mut estate, &format!("p{at}"));
        }
        power(&mut estate, at);
    }
    estate
}

/// Where a plan is made for.
const TARGETS: [&str; 4] = [
    "nutanix@2024.3",
    "nutanix@7.3",
    "nutanix@7.5",
    "nutanix@7.6",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Against every set of machines that are up: what the target starts next, the source starts
    /// next, too, unless there is a circle; what only the source starts next is declared. For plans
    /// of both APIs, whole and split at their prompts.
    #[test]
    fn the_target_starts_nothing_earlier(
        plan in prop::collection::vec((1_u8..4, 0_u8..32), 1..6),
        off in prop_oneof![Just(0_u8), 0_u8..32],
        prompts in prop::collection::vec(any::<bool>(), 3),
        split in any::<bool>(),
        target in prop::sample::select(&TARGETS[..]),
    ) {
        // A machine does not depend on itself.
        let plan: Vec<(u8, u8)> = plan.iter().enumerate()
            .map(|(at, (priority, needs))| (*priority, needs & !(1 << at) & ((1 << plan.len()) - 1)))
            .collect();
        let all = (1_u8 << plan.len()) - 1;
        let mut options = Options::new(target.parse::<Target>().unwrap());
        options.split_at_prompts = split;
        let out = estate(&plan, off & all, &prompts).lower_with(&options);
        let stage = stage_of(&out);
        // A plan of the v3 API leaves out the machines that stay off: people recover them, as soon as
        // what they depend on is up.
        let left_out = if stage.len() == plan.len() { 0 } else { off & all };
        prop_assert_eq!(stage.len(), (all & !left_out).count_ones() as usize);
        prop_assert!(left_out == 0 || !target.ends_with("7.5") && !target.ends_with("7.6"));
        let with_left_out = |mut up: u8| loop {
            let more = (0..plan.len()).filter(|vm| {
                left_out & !up & 1 << vm != 0 && source_can(&plan, *vm, up)
            });
            match more.fold(0, |more, vm| more | 1 << vm) {
                0 => return up,
                more => up |= more,
            }
        };
        let source_can = |vm: usize, up: u8| source_can(&plan, vm, with_left_out(up));
        let staged = || (0..plan.len()).filter(|vm| left_out >> vm & 1 == 0);
        let about = |vm: usize, code: &str| out.codes_about(&format!("shop/v{vm}")).contains(&code);
        let circle = out.codes_of("L").contains(&"L3017");
        // Sets that the source can reach: what it starts next there and the target does not.
        let mut narrowed = BTreeSet::new();
        let mut open = vec![0_u8];
        let mut of_source = BTreeSet::from([0_u8]);
        while let Some(up) = open.pop() {
            for vm in staged().filter(|vm| up >> vm & 1 == 0 && source_can(*vm, up)) {
                if !target_can(&stage, vm, up) {
                    narrowed.insert(vm);
                }
                if of_source.insert(up | 1 << vm) {
                    open.push(up | 1 << vm);
                }
            }
        }
        // Sets that the target can reach; without circles every machine starts.
        let mut reached = BTreeSet::from([0_u8]);
        let mut next = vec![0_u8];
        while let Some(up) = next.pop() {
            for vm in staged().filter(|vm| up >> vm & 1 == 0) {
                let (source, target) = (source_can(vm, up), target_can(&stage, vm, up));
                if target && !source {
                    // Machines that are left out and wait for each other never start at the source, nor
                    // does what waits for them: each is told.
                    let stuck = left_out & !with_left_out(all & !left_out);
                    let told = (0..plan.len()).filter(|at| stuck >> at & 1 == 1).all(|at| about(at, "L3037"));
                    prop_assert!(about(vm, "L3017") || stuck != 0 && told, "v{vm} starts early when {up:b} are up: {plan:?}");
                }
                if target && reached.insert(up | 1 << vm) {
                    next.push(up | 1 << vm);
                }
            }
        }
        prop_assert!(reached.contains(&(all & !left_out)));
        for vm in staged() {
            if !circle {
                prop_assert_eq!(narrowed.contains(&vm), about(vm, "L3014"), "v{} of {:?}", vm, plan);
            }
        }
    }
}
