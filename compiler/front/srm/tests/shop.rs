//! A small estate: one plan with two machines.

use super::{Answers, list};
use serde_json::{Value, json};

pub(super) fn callout(kind: &str, moment: &str, name: &str, content: &str, timeout: u32) -> Value {
    json!({"name": name, "content": content, "callout_type": kind, "timeout_seconds": timeout,
           "step_type": moment, "id": "c"})
}

pub(super) fn step(id: u32, number: &str, title: &str, depth: u32, children: u32) -> Value {
    json!({"id": id, "step_number": number, "title": title, "depth": depth,
           "child_count": children, "expanded": children > 0, "progress": 0, "status": "INACTIVE"})
}

pub(super) fn prompt_step(id: u32, number: &str, title: &str) -> Value {
    let mut step = step(id, number, title, 0, 0);
    step["plan_callout_position_spec"] =
        json!({"position_spec_index": 0, "position_spec_position": "BEFORE_POWER_ON"});
    step
}

pub(super) fn machine_step(id: u32, number: &str, title: &str, vm: &str, before: bool) -> Value {
    let mut step = step(id, number, title, 2, 0);
    step["vm_callout_position_spec"] = json!({"vm_id": vm, "pre_power_on": before, "index": 0});
    step
}

pub(super) fn settings(priority: &str) -> Value {
    json!({
        "ip_customization_type": "NO_CUSTOMIZATION", "priority": priority,
        "startup_action": "POWER_ON",
        "startup_action_settings": {"power_on_vmtools_timeout_seconds": 300,
            "delay_before_power_on_steps_and_dependent_vms_seconds": 20},
        "shutdown_action_settings": {"skip_shutdown_guest": false, "timeout_seconds": 240},
        "pre_power_on_steps": [], "post_power_on_steps": [], "dependent_vms": [],
        "nic_settings": [], "change_version": 7, "vm_tools_status": "RUNNING",
        "allow_vmotion_migration": false
    })
}

/// The steps of a recovery and those of a test.
fn steps() -> (Value, Value) {
    let recovery = json!([
        step(1, "1", "Synchronize storage", 0, 0),
        prompt_step(2, "2", "Call the bank"),
        step(3, "3", "Power on priority 1 VMs", 0, 1),
        step(4, "3.1", "db01", 1, 2),
        step(5, "3.1.1", "Configure storage", 2, 0),
        machine_step(6, "3.1.2", "start the listener", "vm-db", false),
        step(7, "4", "Power on priority 3 VMs", 0, 1),
        step(8, "4.1", "web01", 1, 0),
    ]);
    let test = json!([
        step(11, "1", "Synchronize storage", 0, 0),
        step(12, "2", "Create writable storage snapshot", 0, 0),
        prompt_step(13, "3", "Call the bank"),
        step(14, "4", "Power on priority 1 VMs", 0, 1),
        step(15, "4.1", "db01", 1, 0),
        step(17, "5", "Power on priority 3 VMs", 0, 1),
        step(18, "5.1", "web01", 1, 0),
    ]);
    (recovery, test)
}

/// One plan with two machines, an added step among the built-in ones, and a step of a machine.
pub(super) fn shop() -> Answers {
    let plans = "/recovery-management/plans";
    let (steps, test) = steps();
    let bank = callout(
        "PROMPT",
        "RECOVERY_STEP",
        "Call the bank",
        "Is the line up?",
        300,
    );
    let mut db = settings("P1");
    db["post_power_on_steps"] = json!([callout(
        "RUN_ON_VM",
        "POST_POWER_ON",
        "start the listener",
        "/opt/start",
        120
    )]);
    let group = json!({"id": "pg-1", "name": "shop-data", "protected_site_name": "Graz",
        "recovery_site_name": "Linz", "replication_type": "HBR", "total_vms": 2});
    [
        (
            plans.to_owned(),
            list(&json!([{"id": "rp-1", "name": "Shop", "description": "the web shop",
                "status": "READY_STATE", "location": "f-1", "location_name": "Retail",
                "protected_site_name": "Graz", "recovery_site_name": "Linz",
                "progress": 0, "is_running": false}])),
        ),
        (format!("{plans}/rp-1/protection-groups"), list(&json!([group]))),
        (
            format!("{plans}/rp-1/vms"),
            list(&json!([
                {"id": "vm-db", "name": "db01", "template": false, "inside_vapp": false},
                {"id": "vm-web", "name": "web01", "template": false, "inside_vapp": false}
            ])),
        ),
        (format!("{plans}/rp-1/vms/vm-db/recovery-settings"), db),
        (format!("{plans}/rp-1/vms/vm-web/recovery-settings"), settings("P3")),
        (format!("{plans}/rp-1/recovery-steps/recovery?expanded_step_ids=3,4,7"), list(&steps)),
        (format!("{plans}/rp-1/recovery-steps/test"), list(&test)),
        (format!("{plans}/rp-1/recovery-steps/recovery/2/callout-data"), bank.clone()),
        (format!("{plans}/rp-1/recovery-steps/test/13/callout-data"), bank),
        (format!("{plans}/rp-1/test-networks"), list(&json!([
            {"id": "t-1", "target_network": "net-9", "test_network": "net-10",
             "test_network_name": "Bubble"}
        ]))),
        (
            "/protection-management/groups/pg-1/vms".to_owned(),
            list(&json!([
                {"id": "vm-web", "name": "web01", "protection_info": {"recovery_networks": [
                    {"id": "net-9", "name": "DR Web", "type": "NETWORK"}]}},
                {"id": "vm-db", "name": "db01"}
            ])),
        ),
        (
            "/srms/srm-a/inventory-mappings/networks".to_owned(),
            list(&json!([{"id": "m-1", "primary_object": "net-1", "secondary_object": "net-9",
                "primary_object_name": "Web", "secondary_object_name": "DR Web",
                "ip_mapping": {"name": "all", "rules": [{"name": "web net",
                    "local_subnet": "10.1.0.0/24", "remote_subnet": "10.9.0.0/24",
                    "remote_ip_settings": {"ip_v4": {"default_gateway": "10.9.0.1"},
                        "dns": {"preferred_server": "10.9.0.53", "suffixes": ["linz.example"]}}}]}}])),
        ),
        (
            "vr".to_owned(),
            list(&json!([{"name": "db01", "vm_id": "vm-db", "rpo": 15, "status": {"status": "OK"}},
                        {"name": "web01", "vm_id": "vm-web", "rpo": 15}])),
        ),
    ]
    .into()
}
