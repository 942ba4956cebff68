//! Plans of the v3 API, for the releases before 7.5; and data that is of one moment.

use crate::estate::{Estate, Lowered};
use crate::recovery;
use rehome::back::Files;
use rehome::finding::{Fate, Findings, Level};
use rehome::ir::recovery::{AddressChange, CalloutKind, NicAddresses, NicSettings, Replication};
use rehome::legal::Kind;
use rehome::verify::recovery::compare;
use serde_json::{Value, json};

/// A plan with everything that a body of the v3 API holds, and two things it does not.
fn estate() -> Estate {
    let mut estate = recovery::estate(&["db", "app", "cold", "web"]);
    let script = estate.callout("warm", CalloutKind::InGuest, "/opt/warm.sh");
    let ask = estate.callout("ask", CalloutKind::Prompt, "May it stay off?");
    let origin = estate.origin;
    let settings = |address: &str| NicSettings {
        addresses: vec![address.parse().unwrap()],
        ..NicSettings::default()
    };
    estate.recover("db", 1).delay_seconds = 60;
    estate.recover("app", 1).after = vec![script];
    let cold = estate.recover("cold", 1);
    cold.power_on = false;
    cold.before = vec![ask];
    estate.recover("web", 2).addresses = AddressChange::Manual(vec![NicAddresses {
        origin,
        device: 4000,
        protected: settings("10.1.0.5"),
        recovery: settings("10.2.0.5"),
    }]);
    estate.depend("app", &["cold"]);
    estate.depend("cold", &["db"]);
    estate
}

fn plan(out: &Lowered) -> Value {
    let bodies = out.bodies("RecoveryPlanInput");
    assert_eq!(bodies.len(), 1);
    bodies[0]["spec"]["resources"].clone()
}

#[test]
fn plans_before_7_5_are_bodies_of_the_v3_api() {
    for release in ["2024.3", "7.3"] {
        let out = estate().lower_for(&format!("nutanix@{release}"));
        assert!(out.bodies("RecoveryPlan").is_empty());
        assert_eq!(out.codes_about("shop"), ["L3035"]);
        assert_eq!(out.level("L3035"), Level::Advice);
        let body = plan(&out);
        let vm = |name: &str| {
            let manifest = out.json("nutanix/manifest.json");
            let all = manifest["external"].as_array().unwrap().clone();
            let of = all
                .iter()
                .find(|one| one["kind"] == "vm" && one["name"] == name);
            json!({"kind": "vm", "uuid": of.unwrap()["id"]})
        };
        assert_eq!(
            body["stage_list"],
            json!([
                {
                    "stage_work": {"recover_entities": {"entity_info_list": [
                        {"any_entity_reference": vm("db")},
                    ]}},
                    "delay_time_secs": 60,
                },
                {
                    "stage_work": {"recover_entities": {"entity_info_list": [{
                        "any_entity_reference": vm("app"),
                        "script_list": [{"enable_script_exec": true, "timeout": 30}],
                    }]}},
                    "delay_time_secs": 0,
                },
                {
                    "stage_work": {"recover_entities": {"entity_info_list": [
                        {"any_entity_reference": vm("web")},
                    ]}},
                    "delay_time_secs": 0,
                },
            ])
        );
        let sides = &body["parameters"]["network_mapping_list"][0]["availability_zone_network_mapping_list"];
        assert_eq!(sides[0]["recovery_network"], json!({"name": "vlan-10"}));
        assert_eq!(sides[1]["recovery_network"], json!({"name": "vlan-20"}));
        assert_eq!(sides[1]["test_network"], json!({"name": "vlan-90"}));
        assert_eq!(
            sides[1]["recovery_ip_assignment_list"],
            json!([{
                "vm_reference": vm("web"),
                "ip_config_list": [{"ip_address": "10.2.0.5"}],
            }])
        );
        assert_eq!(out.fate(Kind::VmRecovery, "shop/web"), Fate::Exact);
        out.check();
    }
}

#[test]
fn a_machine_left_off_is_recovered_by_people_before_7_5() {
    let out = estate().lower_for("nutanix@7.3");
    assert_eq!(out.codes_about("shop/cold"), ["L3037"]);
    assert_eq!(out.fate(Kind::VmRecovery, "shop/cold"), Fate::Dropped);
    assert_eq!(
        out.finding("L3037")
            .witness
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("`cold` is recovered by plan `shop` of the source, and by no stage of the target")
    );
    let page = out.text("nutanix/runbook.md");
    let ask = page.find("May it stay off?").unwrap();
    let recover = page
        .find("recover cold from its latest recovery point, and leave it powered off")
        .unwrap();
    assert!(ask < recover, "{page}");
}

#[test]
fn whether_addresses_follow_a_rule_before_7_5_is_not_claimed() {
    let mut estate = Estate::new();
    let net = estate.segment("vlan-10");
    estate.vm_on("rule", net);
    estate.map(net, "vlan-20", Some("t"), &[("10.1.0.0/24", "10.2.0.0/24")]);
    let group = estate.protect("pg", &["rule"], Some(15));
    estate.plan("shop", &[group]);
    estate.recover("rule", 3).addresses = AddressChange::ByRule;
    let out = estate.lower_for("nutanix@7.3");
    assert_eq!(out.codes_about("shop/rule"), ["L3020"]);
    assert_eq!(out.codes_about("vlan-10 to vlan-20"), ["L3024"]);
    let networks = &plan(&out)["parameters"]["network_mapping_list"];
    let there = &networks[0]["availability_zone_network_mapping_list"][1]["recovery_network"];
    assert_eq!(
        there["subnet_list"],
        json!([{"gateway_ip": "10.2.0.1", "prefix_length": 24}])
    );
    out.check();
}

#[test]
fn a_v3_plan_changed_by_hand_is_found() {
    let estate = estate();
    let out = estate.lower_for("nutanix@7.3");
    let path = out.entries("RecoveryPlanInput")[0]["body"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("nutanix/{path}");
    let case = |with: fn(&mut Value)| {
        let mut files: Files = out.files.clone();
        let mut body = out.json(&path);
        with(&mut body["spec"]["resources"]);
        files.insert(path.clone(), serde_json::to_vec(&body).unwrap());
        let found = compare(&estate.policy, &files, &Findings::default());
        let known: Vec<String> = out
            .recovery
            .differences
            .iter()
            .map(|one| one.witness.to_string())
            .collect();
        let new = found
            .differences
            .iter()
            .find(|one| !known.contains(&one.witness.to_string()));
        match new {
            Some(one) => one.witness.to_string(),
            None => found.findings.iter().next().unwrap().code.id.to_owned(),
        }
    };
    assert_eq!(
        case(|body| body["stage_list"].as_array_mut().unwrap().swap(0, 1)),
        "on the target `app` can start before `db` is up; in plan `shop` of the source it cannot"
    );
    assert_eq!(
        case(|body| body["stage_list"][0]["delay_time_secs"] = json!(5)),
        "in plan `shop` `app` starts 5 seconds after `db` on the target, and 60 seconds after it at the source"
    );
    assert_eq!(
        case(|body| {
            body["parameters"]["network_mapping_list"][0]["availability_zone_network_mapping_list"]
                [1]["recovery_ip_assignment_list"][0]["ip_config_list"][0]["ip_address"] =
                json!("10.2.0.6");
        }),
        "in plan `shop` `web` gets 10.2.0.5 on the source only"
    );
    assert_eq!(
        case(
            |body| body["stage_list"][1]["stage_work"]["recover_entities"]["entity_info_list"][0]
                ["script_list"] = json!([])
        ),
        "in plan `shop` the commands in the guest of `app` may take 30 seconds at the source and do not run on the target"
    );
    assert_eq!(
        case(|body| body["parameters"]["primary_location_index"] = json!(1)),
        "V3001"
    );
    assert_eq!(case(|body| body["more"] = json!(1)), "V3001");
}

#[test]
fn data_of_one_moment_stays_so_where_the_release_can() {
    let names: Vec<String> = (0..33).map(|at| format!("v{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let build = |count: usize, replication: Replication| {
        let mut estate = recovery::estate(&names[..count]);
        estate
            .policy
            .recovery
            .groups
            .values_mut()
            .next()
            .unwrap()
            .replication = replication;
        estate
    };
    for release in ["7.3", "7.5", "7.5.1", "7.6"] {
        let out = build(32, Replication::Array).lower_for(&format!("nutanix@{release}"));
        let rule = &out.bodies("ConsistencyRule")[0];
        assert_eq!(out.carriers("vms", &rule["categoryIds"][0]).len(), 32);
        assert_eq!(out.codes_about("pg"), ["L3004"]);
        out.check();
    }
    for (out, rules) in [
        (build(33, Replication::Array).lower(), 0),
        (
            build(2, Replication::VirtualVolumes).lower_for("nutanix@2024.3"),
            0,
        ),
    ] {
        assert_eq!(out.bodies("ConsistencyRule").len(), rules);
        assert_eq!(out.codes_about("pg"), ["L3004", "L3040"]);
        assert_eq!(
            out.finding("L3040")
                .witness
                .as_ref()
                .map(ToString::to_string)
                .as_deref(),
            Some(
                "the machines of protection group `pg` are recovered from different moments on the target"
            )
        );
    }
    for out in [
        build(2, Replication::Host).lower(),
        build(1, Replication::Array).lower_for("nutanix@2024.3"),
    ] {
        assert_eq!(out.codes_about("pg"), ["L3004"]);
        assert!(out.bodies("ConsistencyRule").is_empty());
    }
}
