//! Values of each kind, and values that nobody defined.

use super::shop::*;
use super::*;
use crate::finding::Level;
use crate::ir::recovery::{AddressChange, CalloutKind, Replication};

#[test]
fn unknown_words_fail_closed() {
    let closed = |vm: &VmRecovery<Named>| {
        let addresses = format!("{:?}", vm.addresses);
        (vm.priority.number(), vm.power_on, addresses)
    };
    for (key, taken) in [
        ("priority", (3, true, "Keep")),
        ("startup_action", (3, false, "Keep")),
        ("ip_customization_type", (3, true, "Unsaid")),
    ] {
        let mut answers = shop();
        edit(&mut answers, "vm-web/recovery-settings", |web| {
            web[key] = "SOMETIMES".into();
        });
        let (policy, findings) = read(&answers);
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code.id).collect();
        assert_eq!(codes, ["R0003"], "{key}");
        assert_eq!(findings.iter().next().unwrap().level(), Level::Error);
        let (priority, power_on, addresses) = taken;
        assert_eq!(
            closed(web(&policy)),
            (priority, power_on, addresses.to_owned())
        );
    }
}

#[test]
fn unknown_keys_are_findings() {
    let mut answers = shop();
    edit(&mut answers, "vm-web/recovery-settings", |web| {
        web["boot_twice"] = true.into();
    });
    edit(&mut answers, "recovery-steps/test", |steps| {
        steps["list"][0]["loop"] = 3.into();
    });
    let (_, findings) = read(&answers);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["R0002", "R0002"]);
}

#[test]
fn every_address_type_is_read() {
    for (word, change) in [
        ("AUTO", "Automatic"),
        ("NETWORK_LEVEL", "ByRule"),
        ("NETWORK_MAPPING_LEVEL", "ByRule"),
        ("NO_CUSTOMIZATION", "Keep"),
    ] {
        let mut answers = shop();
        edit(&mut answers, "vm-web/recovery-settings", |web| {
            web["ip_customization_type"] = word.into();
        });
        let (policy, findings) = read(&answers);
        assert_eq!(told(&findings), []);
        assert_eq!(format!("{:?}", web(&policy).addresses), change);
    }
}

#[test]
fn manual_addresses_of_both_sites_are_read() {
    let mut answers = shop();
    edit(&mut answers, "vm-web/recovery-settings", |web| {
        web["ip_customization_type"] = "MANUAL".into();
        web["nic_settings"] = json!([{"device_id": 4000,
            "primary_ip_settings": {"ip_v4": {"ip_address": "10.1.0.20", "type": "STATIC",
                "default_gateway": "10.1.0.1", "alternate_gateway": "", "subnet_mask": "255.255.255.0"}},
            "secondary_ip_settings": {
                "ip_v4": {"ip_address": "10.9.0.20", "type": "STATIC", "default_gateway": "10.9.0.1",
                    "alternate_gateway": "10.9.0.2", "subnet_mask": "255.255.254.0"},
                "ip_v6": {"ip_address": "fd00:9::20", "type": "DHCP", "subnet_prefix_length": 64},
                "dns": {"type": "MANUAL", "preferred_server": "10.9.0.53", "suffixes": ["dr.example"]},
                "wins": {"primary_server": "10.9.0.60"}}}]);
    });
    let (policy, findings) = read(&answers);
    assert_eq!(told(&findings), []);
    let AddressChange::Manual(nics) = &web(&policy).addresses else {
        panic!("manual");
    };
    assert_eq!(nics[0].device, 4000);
    assert_eq!(nics[0].protected.addresses[0].to_string(), "10.1.0.20");
    let there = &nics[0].recovery;
    let text =
        |all: &[std::net::IpAddr]| -> Vec<String> { all.iter().map(ToString::to_string).collect() };
    assert_eq!(text(&there.addresses), ["10.9.0.20", "fd00:9::20"]);
    assert_eq!(text(&there.gateways), ["10.9.0.1", "10.9.0.2"]);
    assert_eq!((there.prefix, there.prefix_v6), (Some(23), Some(64)));
    assert_eq!(text(&there.dns), ["10.9.0.53"]);
    assert_eq!(text(&there.wins), ["10.9.0.60"]);
    assert!(there.dhcp);
}

#[test]
fn dependent_machines_must_be_up_before() {
    let mut answers = shop();
    edit(&mut answers, "vm-web/recovery-settings", |web| {
        web["dependent_vms"] = json!([{"id": "vm-db", "name": "db01", "priority_group": "P1"},
                                      {"id": "vm-ldap", "name": "ldap"}]);
    });
    let (policy, findings) = read(&answers);
    assert_eq!(told(&findings), []);
    let names: Vec<&str> = web(&policy)
        .depends_on
        .iter()
        .map(|name| name.text.as_str())
        .collect();
    assert_eq!(names, ["vm-db", "vm-ldap"]);
    assert_eq!(policy.inventory.vms.len(), 3);
}

#[test]
fn settings_may_stand_in_their_state() {
    let mut answers = shop();
    edit(&mut answers, "vm-web/recovery-settings", |web| {
        *web = json!({"recovery_settings": web.clone(), "_meta": {"errors": []}});
    });
    let (policy, findings) = read(&answers);
    assert_eq!(told(&findings), []);
    assert_eq!(web(&policy).tools_timeout_seconds, Some(300));
}

#[test]
fn a_step_of_unknown_kind_waits_for_a_person() {
    let mut answers = shop();
    edit(&mut answers, "vm-db/recovery-settings", |db| {
        db["post_power_on_steps"][0]["callout_type"] = "RUN_ON_MOON".into();
    });
    edit(&mut answers, "recovery/2/callout-data", |bank| {
        bank["callout_type"] = "SING".into();
    });
    let (policy, findings) = read(&answers);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["R0003", "R0003"]);
    let plan = &policy.recovery.plans[0];
    assert_eq!(plan.vms[0].after[0].kind, CalloutKind::Prompt);
    assert_eq!(plan.vms[0].after[0].content.as_deref(), Some("/opt/start"));
    assert!(
        plan.steps
            .iter()
            .any(|step| matches!(step.kind, StepKind::Opaque(_)))
    );
}

#[test]
fn replication_types_and_objectives() {
    for (word, replication) in [
        ("ABR", Replication::Array),
        ("VVOL", Replication::VirtualVolumes),
        ("VSAN", Replication::Vsan),
        ("UNKNOWN", Replication::Unknown("UNKNOWN".to_owned())),
    ] {
        let mut answers = without(shop(), "vr");
        edit(&mut answers, "rp-1/protection-groups", |groups| {
            groups["list"][0]["replication_type"] = word.into();
        });
        let (policy, findings) = read(&answers);
        assert_eq!(told(&findings), []);
        let group = policy.recovery.groups.values().next().unwrap();
        assert_eq!(
            (&group.replication, group.rpo_minutes),
            (&replication, None)
        );
    }
}

#[test]
fn objectives_that_differ_or_lack() {
    let mut answers = shop();
    edit(&mut answers, "vr", |vr| {
        vr["list"][1]["rpo"] = 60.into();
    });
    let (policy, findings) = read(&answers);
    assert_eq!(
        told(&findings),
        [("R3006", "in SRM protection group `shop-data` machine `db01` is replicated every 15 minutes and `web01` every 60; 15 is used for all".to_owned())]
    );
    assert_eq!(
        policy.recovery.groups.values().next().unwrap().rpo_minutes,
        Some(15)
    );

    let (policy, findings) = read(&without(shop(), "vr"));
    let found = findings.iter().next().unwrap();
    assert_eq!((found.code.id, found.level()), ("R0008", Level::Warning));
    assert!(
        found
            .message
            .contains("`GET /api/rest/vr/v2/pairings/pair-1/replications`")
    );
    assert_eq!(
        policy.recovery.groups.values().next().unwrap().rpo_minutes,
        None
    );
}

#[test]
fn a_machine_with_a_network_of_its_own_is_told() {
    let mut answers = shop();
    edit(&mut answers, "groups/pg-1/vms", |vms| {
        vms["list"][0]["protection_info"]["recovery_networks"][0] =
            json!({"id": "net-77", "name": "Quarantine", "type": "NETWORK"});
    });
    let (_, findings) = read(&answers);
    assert_eq!(
        told(&findings),
        [("R3005", "SRM machine `web01` is recovered into network `Quarantine`, which no network mapping leads to".to_owned())]
    );
}

#[test]
fn networks_of_the_other_site_are_no_networks_of_this_one() {
    let mut answers = shop();
    edit(&mut answers, "inventory-mappings/networks", |mappings| {
        let mapping = &mut mappings["list"][0];
        mapping["primary_object"] = "DistributedVirtualPortgroup:dvportgroup-7:aa".into();
        mapping["primary_object_name"] = "VLAN 7".into();
        mapping["secondary_object"] = "DistributedVirtualPortgroup:dvportgroup-7:bb".into();
        mapping["secondary_object_name"] = "VLAN 7".into();
    });
    let (policy, _) = read(&answers);
    let segments: Vec<(&str, usize)> = policy
        .inventory
        .segments
        .values()
        .map(|segment| (segment.ident.name.as_str(), segment.aliases.len()))
        .collect();
    // Both have the identifier dvportgroup-7, so it names neither.
    assert_eq!(
        segments,
        [
            ("VLAN 7", 1),
            ("VLAN 7 (recovery site)", 1),
            ("net-9 (recovery site)", 1)
        ]
    );
}

#[test]
fn an_identifier_of_one_machine_is_its_alias() {
    let text = bundle(&shop())
        .to_string()
        .replace("vm-db", "VirtualMachine:vm-41:3f0c-aa");
    let (policy, findings) = read_texts(&[text]);
    assert_eq!(told(&findings), []);
    let db = policy.inventory.vms.values().next().unwrap();
    assert_eq!(db.aliases, ["VirtualMachine:vm-41:3f0c-aa", "vm-41"]);
}

#[test]
fn settings_in_the_shape_of_soap_are_read_but_for_addresses() {
    for pascal in [false, true] {
        let mut answers = shop();
        let mut soap = json!({"recoveryPriority": "highest", "finalPowerState": "poweredOn",
            "dependentVmIds": ["vm-web"], "prePowerOnCallouts": [],
            "postPowerOnCallouts": [
                {"command": "/opt/start", "runInRecoveredVm": true, "timeout": 120,
                 "description": "start the listener", "uuid": "u"}],
            "powerOnTimeoutSeconds": 300, "powerOnDelaySeconds": 20,
            "powerOffTimeoutSeconds": 240, "skipGuestShutDown": false, "changeVersion": 7});
        if pascal {
            let map = soap.as_object().unwrap().iter().map(|(key, value)| {
                let (first, rest) = key.split_at(1);
                (format!("{}{rest}", first.to_uppercase()), value.clone())
            });
            soap = Value::Object(map.collect());
        }
        edit(&mut answers, "vm-db/recovery-settings", |db| *db = soap);
        let (policy, findings) = read(&answers);
        assert_eq!(findings.len(), 1, "{:?}", told(&findings));
        assert!(
            told(&findings)[0]
                .1
                .contains("lacks how the addresses of `db01` change")
        );
        let db = &policy.recovery.plans[0].vms[0];
        assert_eq!(db.priority.number(), 1);
        assert!(db.power_on);
        assert_eq!(
            (db.tools_timeout_seconds, db.delay_seconds),
            (Some(300), 20)
        );
        assert_eq!(db.depends_on[0].text, "vm-web");
        assert_eq!(db.after[0].kind, CalloutKind::InGuest);
        assert_eq!(db.after[0].content.as_deref(), Some("/opt/start"));
        assert_eq!(db.after[0].timeout_seconds, Some(120));
        assert!(matches!(db.addresses, AddressChange::Unsaid));
    }
}

#[test]
fn a_power_state_as_a_number_is_not_guessed() {
    let mut answers = shop();
    edit(&mut answers, "vm-web/recovery-settings", |web| {
        *web = json!({"RecoveryPriority": 2, "FinalPowerState": 1});
    });
    let (policy, findings) = read(&answers);
    let codes: Vec<&str> = findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["R0003", "R0003", "R0008"]);
    assert!(!web(&policy).power_on);
}

#[test]
fn machines_that_a_plan_suspends_are_told() {
    let mut answers = shop();
    edit(&mut answers, "expanded_step_ids=3,4,7", |steps| {
        let list = steps["list"].as_array_mut().unwrap();
        let title = "Suspend non-critical VMs at recovery site";
        list.insert(0, step(90, "1", title, 0, 2));
        list.insert(1, step(91, "1.1", "lab01", 1, 0));
        list.insert(2, step(92, "1.2", "lab02", 1, 0));
    });
    let (_, findings) = read(&answers);
    assert_eq!(
        told(&findings),
        [(
            "R3007",
            "SRM recovery plan `Shop` suspends `lab01`, `lab02` at the recovery site to make room"
                .to_owned()
        )]
    );
}
