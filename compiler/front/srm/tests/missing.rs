//! What is missing, or does not belong.

use super::shop::*;
use super::*;
use crate::finding::Level;
use crate::ir::recovery::{AddressChange, Shutdown};

#[test]
fn what_is_missing_is_named_with_its_call() {
    let plan = format!("{SRM}/recovery-management/plans/rp-1");
    for (ending, request) in [
        (
            "/vms/vm-db/recovery-settings",
            format!("{plan}/vms/vm-db/recovery-settings"),
        ),
        ("recovery-steps/test", format!("{plan}/recovery-steps/test")),
        (
            "recovery/2/callout-data",
            format!("{plan}/recovery-steps/recovery/2/callout-data"),
        ),
        (
            "rp-1/protection-groups",
            format!("{plan}/protection-groups"),
        ),
        ("rp-1/test-networks", format!("{plan}/test-networks")),
        (
            "inventory-mappings/networks",
            format!("{SRM}/srms/{{srm_id}}/inventory-mappings/networks"),
        ),
        (
            "groups/pg-1/vms",
            format!("{SRM}/protection-management/groups/pg-1/vms"),
        ),
    ] {
        let (policy, findings) = read(&without(shop(), ending));
        let found = findings.iter().find(|finding| finding.code.id == "R0008");
        let found = found.unwrap_or_else(|| panic!("{ending}: {:?}", told(&findings)));
        assert!(
            found.message.contains(&format!("`{request}`")),
            "{}",
            found.message
        );
        assert!(found.remedy.contains(&request), "{}", found.remedy);
        assert_eq!(found.level(), Level::Error);
        if ending != "rp-1/protection-groups" {
            assert_eq!(policy.recovery.plans[0].missing, [request], "{ending}");
        }
        assert!(!policy.recovery.plans[0].missing.is_empty(), "{ending}");
    }
}

#[test]
fn a_plan_that_only_other_answers_name_is_asked_for() {
    let (policy, findings) = read(&without(shop(), "/plans"));
    assert_eq!(policy.recovery.plans.len(), 0);
    let messages = told(&findings);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0]
            .1
            .contains(&format!("`{SRM}/recovery-management/plans/rp-1`"))
    );
}

#[test]
fn steps_that_are_not_shown_are_asked_for() {
    let mut answers = shop();
    edit(&mut answers, "recovery-steps/test", |test| {
        test["list"][3]["child_count"] = 2.into();
    });
    let (policy, findings) = read(&answers);
    let request =
        format!("{SRM}/recovery-management/plans/rp-1/recovery-steps/test?expanded_step_ids=14");
    assert_eq!(policy.recovery.plans[0].missing, [request.as_str()]);
    assert!(told(&findings)[0].1.contains(&request));
}

#[test]
fn a_page_that_is_missing_is_asked_for() {
    let mut answers = shop();
    edit(&mut answers, "rp-1/vms", |vms| {
        vms["_meta"]["total"] = 5.into();
    });
    let (policy, _) = read(&answers);
    let request = format!("{SRM}/recovery-management/plans/rp-1/vms?offset=2");
    assert_eq!(policy.recovery.plans[0].missing, [request]);
}

#[test]
fn pages_are_joined() {
    let mut answers = shop();
    let mut second = Value::Null;
    edit(&mut answers, "rp-1/vms", |vms| {
        let all = vms["list"].as_array().unwrap().clone();
        *vms = json!({"list": [all[0]], "_meta": {"total": 2, "offset": 0, "limit": 1}});
        second = json!({"list": [all[1]], "_meta": {"total": 2, "offset": 1, "limit": 1}});
    });
    answers.push((
        "/recovery-management/plans/rp-1/vms?offset=1&limit=1".to_owned(),
        second,
    ));
    let (policy, findings) = read(&answers);
    assert_eq!(told(&findings), []);
    assert_eq!(policy.recovery.plans[0].vms.len(), 2);
}

#[test]
fn a_call_that_failed_is_missing() {
    let mut answers = shop();
    edit(&mut answers, "rp-1/test-networks", |tests| {
        *tests = json!({"error_code": "FORBIDDEN", "message": "no privilege"});
    });
    let (policy, findings) = read(&answers);
    assert!(
        told(&findings)[0]
            .1
            .ends_with("it answered with the error `no privilege`")
    );
    assert_eq!(policy.recovery.plans[0].missing.len(), 1);

    let text = bundle(&answers).to_string().replace(
        r#""request":"GET /api/rest/srm/v2/pairings/pair-1/recovery-management/plans/rp-1/test-networks""#,
        r#""status":403,"request":"GET /api/rest/srm/v2/pairings/pair-1/recovery-management/plans/rp-1/test-networks""#,
    );
    let (_, findings) = read_texts(&[text]);
    assert!(
        told(&findings)[0]
            .1
            .ends_with("it answered 403, `no privilege`")
    );
}

#[test]
fn a_summary_alone_marks_the_plan() {
    let mut answers = without(shop(), "vm-web/recovery-settings");
    edit(&mut answers, "rp-1/vms", |vms| {
        vms["list"][1]["recovery_settings"] = json!({"priority": "P3", "startup_action": "POWER_ON",
            "dependent_vms": [{"id": "vm-db"}], "pre_power_on_steps": "0 steps"});
    });
    let (policy, findings) = read(&answers);
    assert_eq!(findings.len(), 1);
    let web = web(&policy);
    assert_eq!(web.priority.number(), 3);
    assert!(web.power_on);
    assert_eq!(web.depends_on[0].text, "vm-db");
    assert!(matches!(web.addresses, AddressChange::Unsaid));
    assert_eq!(web.shutdown, Shutdown::Unsaid);
    assert_eq!(policy.recovery.plans[0].missing.len(), 1);
}

#[test]
fn steps_and_settings_that_disagree_are_told() {
    let mut answers = shop();
    edit(&mut answers, "vm-db/recovery-settings", |db| {
        db["post_power_on_steps"] = json!([]);
    });
    let (_, findings) = read(&answers);
    assert_eq!(
        told(&findings),
        [("R3002", "the steps of the plan show 1 added step after power-on of SRM machine `db01`; its recovery settings hold 0".to_owned())]
    );
}

#[test]
fn a_priority_without_its_step_is_told() {
    let mut answers = shop();
    edit(&mut answers, "expanded_step_ids=3,4,7", |steps| {
        steps["list"][6]["title"] = "VMs mit Priorität 3 einschalten".into();
    });
    let (_, findings) = read(&answers);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["R3003"]);
}

#[test]
fn bare_answers_are_read_where_the_shape_is_clear() {
    let answers = shop();
    let bare = |ending: &str| {
        let (_, value) = answers
            .iter()
            .find(|(path, _)| path.ends_with(ending))
            .unwrap();
        value.to_string()
    };
    let (policy, findings) = read_texts(&[
        bare("/plans"),
        bare("rp-1/protection-groups"),
        bare("inventory-mappings/networks"),
    ]);
    assert_eq!(policy.recovery.plans.len(), 1);
    assert_eq!(policy.recovery.groups.len(), 1);
    assert_eq!(policy.recovery.networks.len(), 1);
    assert!(
        findings.iter().all(|finding| finding.code.id == "R0008"),
        "{:?}",
        told(&findings)
    );
    assert_eq!(policy.recovery.plans[0].missing.len(), 5);
}

#[test]
fn bare_answers_without_a_parent_are_refused() {
    let answers = shop();
    for (ending, call) in [
        (
            "recovery-steps/test",
            "/recovery-management/plans/{plan_id}/recovery-steps/{test|recovery}",
        ),
        (
            "vm-db/recovery-settings",
            "/recovery-management/plans/{plan_id}/vms/{vm_id}/recovery-settings",
        ),
        ("2/callout-data", "/callout-data"),
        (
            "rp-1/test-networks",
            "/recovery-management/plans/{plan_id}/test-networks",
        ),
        (
            "groups/pg-1/vms",
            "/protection-management/groups/{group_id}/vms",
        ),
    ] {
        let (_, value) = answers
            .iter()
            .find(|(path, _)| path.ends_with(ending))
            .unwrap();
        let (_, findings) = read_texts(&[value.to_string()]);
        let found = findings.iter().next().unwrap_or_else(|| panic!("{ending}"));
        assert_eq!(found.code.id, "R0006", "{ending}");
        assert!(found.remedy.contains(call), "{ending}: {}", found.remedy);
    }
}

#[test]
fn strays_and_unknown_calls_are_told() {
    let mut answers = shop();
    answers.push((
        "/recovery-management/plans/rp-1/vms/vm-gone/recovery-settings".to_owned(),
        settings("P1"),
    ));
    answers.push(("/moods".to_owned(), json!({})));
    let (_, findings) = read(&answers);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["R0007", "R3001"]);
}

#[test]
fn a_plan_that_was_running_is_told() {
    let mut answers = shop();
    edit(&mut answers, "/plans", |plans| {
        plans["list"][0]["status"] = "TEST_IN_PROGRESS".into();
    });
    let (_, findings) = read(&answers);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["R3004"]);
}

#[test]
fn other_files_of_the_product_are_refused_with_what_to_collect() {
    let tool = "<drConfiguration><protectionGroups/><recoveryPlans/></drConfiguration>";
    let steps = "Recovery Step,Status,Step Started\n1. Synchronize storage,Success,10:00\n";
    let history = "<RecoveryPlanHistory><Step name=\"1\"/></RecoveryPlanHistory>";
    let relation = json!([{"RecoveryPlan": "Shop", "RecoveryPlanState": "Ready", "ProtectionGroup": ["PG"],
        "Datastore": ["ds01"], "RecoveryPlanMoRef": "SrmRecoveryPlan-plan-1",
        "ProtectionGroupMoRef": ["SrmProtectionGroup-pg-1"], "DataStoreMoRef": ["Datastore-datastore-7"],
        "PeerMoRef": "SrmRecoveryPlan-plan-2", "PeerState": "Ready"}])
    .to_string();
    let relations = "\"RecoveryPlan\",\"RecoveryPlanState\",\"ProtectionGroup\",\"Datastore\",\"RecoveryPlanMoRef\",\"ProtectionGroupMoRef\",\"DataStoreMoRef\",\"PeerMoRef\",\"PeerState\"\nShop,Ready,PG,ds01,a,b,c,d,Ready\n";
    for (text, call) in [
        (relation.as_str(), "/recovery-management/plans`"),
        (relations, "/recovery-management/plans`"),
        (tool, "/recovery-management/plans`"),
        (steps, "/recovery-steps/{test|recovery}`"),
        (history, "/recovery-steps/{test|recovery}`"),
    ] {
        let (_, findings) = read_texts(&[text.to_owned()]);
        let found = findings.iter().next().unwrap();
        assert_eq!((found.code.id, findings.len()), ("R0006", 1), "{text}");
        assert!(found.remedy.contains(call), "{}", found.remedy);
    }
    let soap = json!({"recoveryPriority": "highest", "finalPowerState": "poweredOn"});
    let (_, findings) = read_texts(&[soap.to_string()]);
    assert_eq!(findings.iter().next().unwrap().code.id, "R0006");
}

/// Nothing of the wrong shape goes by in silence, and nothing stops the reader.
#[test]
fn answers_of_the_wrong_shape_are_told() {
    for wrong in [
        json!(null),
        json!(5),
        json!("text"),
        json!([null, 1, [[]]]),
        json!({"list": 3}),
    ] {
        for at in 0..shop().len() {
            let mut answers = shop();
            answers[at].1 = wrong.clone();
            let (_, findings) = read(&answers);
            assert!(!findings.is_empty(), "{} as {wrong}", answers[at].0);
        }
    }
}
