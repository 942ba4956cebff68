//! What the emitted files recover.

use super::super::artifacts::{Artifacts, Object, Unreadable, at, json};
use crate::back::Files;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Everything the files say.
#[derive(Debug, Default)]
pub(super) struct Target {
    /// Plans by the id of the plan they were made of.
    pub(super) plans: BTreeMap<String, Plan>,
    /// Seconds of each machine's protection policies.
    pub(super) objectives: BTreeMap<String, BTreeSet<u64>>,
    /// Constructs that people do, or that an object of the plan holds.
    pub(super) held: BTreeSet<String>,
}

/// A plan.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Whether it fails over by itself.
    pub(super) automatic: bool,
    /// The stages of each machine.
    pub(super) stages: BTreeMap<String, BTreeSet<u64>>,
    /// Machines that are left powered off.
    pub(super) off: BTreeSet<String>,
    /// Addresses of machines: from and to.
    pub(super) addresses: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Recovery networks, each with its network of tests.
    pub(super) networks: BTreeSet<(String, Option<String>)>,
}

impl Target {
    /// Understands the objects of recovery, or says what it does not understand.
    pub(super) fn of(read: &Artifacts, files: &Files) -> Result<Self, Unreadable> {
        let mut target = Self::default();
        let mut plans: BTreeMap<&str, (Option<&str>, Plan)> = BTreeMap::new();
        for object in read.of("RecoveryPlan") {
            object.only(&[
                "name",
                "description",
                "primaryLocation",
                "recoveryLocation",
                "witness",
            ])?;
            let plan = Plan {
                automatic: !object.get("witness").is_null(),
                ..Plan::default()
            };
            let of = object.constructs.first().map(String::as_str);
            plans.insert(&object.id, (of, plan));
        }
        for object in &read.objects {
            let Some((_, plan)) = object
                .parent
                .as_deref()
                .and_then(|parent| plans.get_mut(parent))
            else {
                continue;
            };
            match object.model.as_str() {
                "RecoveryStage" => stage(read, object, plan)?,
                "RecoverySetting" => {
                    setting(read, object, plan)?;
                    target.held.extend(object.constructs.iter().cloned());
                }
                "NetworkMapping" => network(object, plan)?,
                other => return Err(object.fault(format!("a plan has no `{other}`"))),
            }
        }
        for (of, plan) in plans.into_values() {
            if let Some(of) = of {
                target.plans.insert(of.to_owned(), plan);
            }
        }
        for object in read.of("ProtectionPolicy") {
            protection(read, object, &mut target)?;
        }
        let runbook = json(files, "nutanix/runbook.json")?;
        for run in at(&runbook, "/runs").as_array().into_iter().flatten() {
            for step in at(run, "/steps").as_array().into_iter().flatten() {
                if let Some(construct) = at(step, "/construct").as_str() {
                    target.held.insert(construct.to_owned());
                }
            }
        }
        Ok(target)
    }
}

fn stage(read: &Artifacts, object: &Object, plan: &mut Plan) -> Result<(), Unreadable> {
    object.only(&["entityType", "priority", "categoryExtIds", "postActions"])?;
    let number = object
        .get("priority")
        .as_u64()
        .ok_or_else(|| object.fault("the stage has no number"))?;
    let category = object.one_category(object.get("categoryExtIds"), "categoryExtIds")?;
    for vm in read.vms(&category) {
        plan.stages.entry(vm.clone()).or_default().insert(number);
    }
    Ok(())
}

fn setting(read: &Artifacts, object: &Object, plan: &mut Plan) -> Result<(), Unreadable> {
    object.only(&["recoverySetting"])?;
    let setting = object.get("recoverySetting");
    let vm = at(setting, "/vm/extId")
        .as_str()
        .and_then(|id| read.external.get(id))
        .ok_or_else(|| object.fault("the machine is not in the manifest"))?;
    match at(setting, "/powerState").as_str() {
        Some("OFF") => {
            plan.off.insert(vm.clone());
        }
        Some("ON") => {}
        Some(_) | None => return Err(object.fault("the power state is not known")),
    }
    for mapping in at(setting, "/ipMappings").as_array().into_iter().flatten() {
        let address = |field: &str| {
            at(mapping, &format!("/{field}/ipv4/value"))
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| object.fault(format!("`{field}` is no IPv4 address")))
        };
        let pair = (address("primaryIp")?, address("recoveryIp")?);
        plan.addresses.entry(vm.clone()).or_default().insert(pair);
    }
    Ok(())
}

fn network(object: &Object, plan: &mut Plan) -> Result<(), Unreadable> {
    object.only(&[
        "primaryNetwork",
        "recoveryNetwork",
        "recoveryTestNetwork",
        "isIpMappingEnabled",
    ])?;
    let name = |field: &str| {
        at(object.get(field), "/subnetName")
            .as_str()
            .map(str::to_owned)
    };
    let recovery =
        name("recoveryNetwork").ok_or_else(|| object.fault("the recovery network has no name"))?;
    plan.networks
        .insert((recovery, name("recoveryTestNetwork")));
    Ok(())
}

fn protection(read: &Artifacts, object: &Object, target: &mut Target) -> Result<(), Unreadable> {
    object.only(&[
        "name",
        "description",
        "categoryIds",
        "replicationLocations",
        "replicationConfigurations",
    ])?;
    let category = object.one_category(object.get("categoryIds"), "categoryIds")?;
    let no_list = || object.fault("`replicationConfigurations` is no list");
    let configurations = object
        .get("replicationConfigurations")
        .as_array()
        .ok_or_else(no_list)?;
    let mut greatest = None;
    for one in configurations {
        let seconds = at(one, "/schedule/recoveryPointObjectiveTimeSeconds").as_u64();
        let seconds = seconds.ok_or_else(|| object.fault("a schedule has no objective"))?;
        greatest = greatest.max(Some(seconds));
    }
    let way = |one: &Value| {
        let end = |field: &str| at(one, &format!("/{field}")).as_str().map(str::to_owned);
        (end("sourceLocationLabel"), end("remoteLocationLabel"))
    };
    let ways: BTreeSet<_> = configurations.iter().map(way).collect();
    let returns = ways
        .iter()
        .all(|(from, to)| ways.contains(&(to.clone(), from.clone())));
    let Some(seconds) = greatest.filter(|_| returns) else {
        return Err(object.fault("the data does not travel both ways"));
    };
    for vm in read.vms(&category) {
        let objectives = target.objectives.entry(vm.clone()).or_default();
        objectives.insert(seconds);
    }
    Ok(())
}
