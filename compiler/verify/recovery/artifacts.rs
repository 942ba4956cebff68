//! What the emitted files recover.

use super::super::artifacts::{Artifacts, Object, Unreadable, at};
use super::flow::{self, Flow};
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
    /// Machines whose recovery points are taken together.
    pub(super) together: Vec<BTreeSet<String>>,
    /// Constructs that an object of a plan holds.
    pub(super) held: BTreeSet<String>,
    /// Constructs that people do.
    pub(super) by_hand: BTreeSet<String>,
}

/// A plan: what its parts do one after the other.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Whether it fails over by itself.
    pub(super) automatic: bool,
    /// The placeholders of its parts, each with its first stage.
    pub(super) parts: Vec<(String, u64)>,
    /// The stages of each machine, counted through all parts.
    pub(super) stages: BTreeMap<String, BTreeSet<u64>>,
    /// Seconds after each stage.
    pub(super) delays: BTreeMap<u64, u64>,
    /// Machines that are left powered off.
    pub(super) off: BTreeSet<String>,
    /// Seconds that the script of each machine may take.
    pub(super) scripts: BTreeMap<String, u64>,
    /// Whether the addresses at the protected site are told, too.
    pub(super) tells_from: bool,
    /// Addresses of machines: from and to; from is empty where it is not told.
    pub(super) addresses: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Recovery networks, each with its network of tests.
    pub(super) networks: BTreeSet<(String, Option<String>)>,
    /// What people do in each run.
    pub(super) flows: Vec<Flow>,
}

impl Plan {
    /// The number of the last stage so far.
    pub(super) fn last(&self) -> u64 {
        let stages = self.stages.values().flatten().copied();
        stages.max().unwrap_or(0)
    }
}

impl Target {
    /// Understands the objects of recovery, or says what it does not understand.
    pub(super) fn of(read: &Artifacts, files: &Files) -> Result<Self, Unreadable> {
        let mut target = Self::default();
        for object in &read.objects {
            let Some(of) = object.constructs.first() else {
                continue;
            };
            match object.model.as_str() {
                "RecoveryPlan" => {
                    let plan = target.plans.entry(of.clone()).or_default();
                    head(read, object, plan, &mut target.held)?;
                }
                "RecoveryPlanInput" => {
                    let plan = target.plans.entry(of.clone()).or_default();
                    super::v3::read(read, object, plan)?;
                    target.held.extend(object.constructs.iter().cloned());
                }
                _ => {}
            }
        }
        for object in read.of("ProtectionPolicy") {
            protection(read, object, &mut target)?;
        }
        for object in read.of("ConsistencyRule") {
            object.only(&["name", "categoryIds"])?;
            let category = object.one_category(object.get("categoryIds"), "categoryIds")?;
            target.together.push(read.vms(&category).clone());
        }
        flow::read(files, &mut target)?;
        Ok(target)
    }
}

/// A plan of the v4 API with everything in it.
fn head(
    read: &Artifacts,
    object: &Object,
    plan: &mut Plan,
    held: &mut BTreeSet<String>,
) -> Result<(), Unreadable> {
    object.only(&[
        "name",
        "description",
        "primaryLocation",
        "recoveryLocation",
        "witness",
    ])?;
    plan.automatic |= !object.get("witness").is_null();
    plan.tells_from = true;
    let before = plan.last();
    plan.parts.push((object.id.clone(), before + 1));
    let parts = read.objects.iter();
    for part in parts.filter(|part| part.parent.as_deref() == Some(&object.id)) {
        match part.model.as_str() {
            "RecoveryStage" => stage(read, part, before, plan)?,
            "RecoverySetting" => {
                setting(read, part, plan)?;
                held.extend(part.constructs.iter().cloned());
            }
            "NetworkMapping" => network(part, plan)?,
            other => return Err(part.fault(format!("a plan has no `{other}`"))),
        }
    }
    Ok(())
}

fn stage(
    read: &Artifacts,
    object: &Object,
    before: u64,
    plan: &mut Plan,
) -> Result<(), Unreadable> {
    object.only(&["entityType", "priority", "categoryExtIds", "postActions"])?;
    let number = object
        .get("priority")
        .as_u64()
        .ok_or_else(|| object.fault("the stage has no number"))?
        .saturating_add(before);
    for action in object.get("postActions").as_array().into_iter().flatten() {
        let delay = at(action, "/config/delaySecs").as_u64();
        let delay = delay.ok_or_else(|| object.fault("an action is no delay"))?;
        *plan.delays.entry(number).or_default() += delay;
    }
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
    let script = at(setting, "/inGuestScriptExecutionConfig");
    if at(script, "/isEnabled").as_bool() == Some(true) {
        let timeout = at(script, "/timeoutSecs").as_u64();
        let timeout = timeout.ok_or_else(|| object.fault("the script has no timeout"))?;
        plan.scripts.insert(vm.clone(), timeout);
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
