//! Plans of the v3 API, understood.

use super::super::artifacts::{Artifacts, Object, Unreadable, at};
use super::artifacts::Plan;
use serde_json::{Map, Value};

/// Reads a plan as the next part of what it was made of.
pub(super) fn read(read: &Artifacts, object: &Object, plan: &mut Plan) -> Result<(), Unreadable> {
    object.only(&["api_version", "metadata", "spec"])?;
    let body = Value::Object(object.body.clone());
    let spec = fields(
        object,
        at(&body, "/spec"),
        &["name", "description", "resources"],
    )?;
    let resources = spec.get("resources").unwrap_or(&Value::Null);
    fields(object, resources, &["stage_list", "parameters"])?;
    let parameters = at(resources, "/parameters");
    fields(
        object,
        parameters,
        &[
            "availability_zone_list",
            "primary_location_index",
            "network_mapping_list",
            "floating_ip_assignment_list",
        ],
    )?;
    let mut number = plan.last();
    plan.parts.push((object.id.clone(), number + 1));
    for stage in list(at(resources, "/stage_list")) {
        number += 1;
        let delay = at(stage, "/delay_time_secs").as_u64();
        let delay = delay.ok_or_else(|| object.fault("a stage has no delay"))?;
        plan.delays.insert(number, delay);
        for entity in list(at(stage, "/stage_work/recover_entities/entity_info_list")) {
            fields(object, entity, &["any_entity_reference", "script_list"])?;
            let vm = machine(read, object, at(entity, "/any_entity_reference"))?;
            plan.stages.entry(vm.clone()).or_default().insert(number);
            for script in list(at(entity, "/script_list")) {
                if at(script, "/enable_script_exec").as_bool() == Some(true) {
                    let timeout = at(script, "/timeout").as_u64();
                    let timeout = timeout.ok_or_else(|| object.fault("a script has no timeout"))?;
                    plan.scripts.insert(vm.clone(), timeout);
                }
            }
        }
    }
    let zone = at(
        parameters,
        "/availability_zone_list/1/availability_zone_url",
    );
    let recovery = at(parameters, "/primary_location_index").as_u64() == Some(0);
    let zone = zone.as_str().filter(|_| recovery);
    let zone = zone.ok_or_else(|| object.fault("the recovery zone is not the second one"))?;
    for mapping in list(at(parameters, "/network_mapping_list")) {
        let sides = at(mapping, "/availability_zone_network_mapping_list");
        for side in list(sides) {
            if at(side, "/availability_zone_url").as_str() == Some(zone) {
                network(read, object, side, plan)?;
            }
        }
    }
    Ok(())
}

fn network(
    read: &Artifacts,
    object: &Object,
    side: &Value,
    plan: &mut Plan,
) -> Result<(), Unreadable> {
    fields(
        object,
        side,
        &[
            "availability_zone_url",
            "recovery_network",
            "test_network",
            "recovery_ip_assignment_list",
        ],
    )?;
    let name = |field: &str| {
        let name = at(side, &format!("/{field}/name"));
        name.as_str().map(str::to_owned)
    };
    let recovery = name("recovery_network");
    let recovery = recovery.ok_or_else(|| object.fault("the recovery network has no name"))?;
    plan.networks.insert((recovery, name("test_network")));
    for assignment in list(at(side, "/recovery_ip_assignment_list")) {
        let vm = machine(read, object, at(assignment, "/vm_reference"))?;
        for config in list(at(assignment, "/ip_config_list")) {
            let to = at(config, "/ip_address").as_str();
            let to = to.ok_or_else(|| object.fault("an assignment has no address"))?;
            let pair = (String::new(), to.to_owned());
            plan.addresses.entry(vm.clone()).or_default().insert(pair);
        }
    }
    Ok(())
}

fn machine(read: &Artifacts, object: &Object, reference: &Value) -> Result<String, Unreadable> {
    let kind = at(reference, "/kind").as_str();
    let known = at(reference, "/uuid")
        .as_str()
        .filter(|_| kind == Some("vm"));
    known
        .and_then(|id| read.external.get(id).cloned())
        .ok_or_else(|| object.fault("a machine is not in the manifest"))
}

/// An object of the body, with no other fields than these.
fn fields<'body>(
    object: &Object,
    value: &'body Value,
    known: &[&str],
) -> Result<&'body Map<String, Value>, Unreadable> {
    let Some(entries) = value.as_object() else {
        return Err(object.fault("the body has another shape than a plan"));
    };
    match entries.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(object.fault(format!("the field `{key}` is not known"))),
        None => Ok(entries),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
