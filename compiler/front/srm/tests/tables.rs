//! Tables of DR IP Customizer.

use super::shop::shop;
use super::{Answers, bundle, edit, read_texts, told};
use crate::finding::Findings;
use crate::ir::recovery::{AddressChange, NicAddresses};
use crate::ir::{Named, Policy};
use serde_json::{Value, json};
use std::net::IpAddr;

const HEAD: &str = "VM ID,VM Name,vCenter Server,Adapter ID,DNS Domain,Net BIOS,Primary WINS,Secondary WINS,IP Address,Subnet Mask,Gateway(s),IPv6 Address,IPv6 Subnet Prefix length,IPv6 Gateway(s),DNS Server(s),DNS Suffix(es)";

/// The shop with its pair of servers, and settings of `db01` that leave its addresses out.
fn answers() -> Answers {
    let mut answers = shop();
    edit(&mut answers, "/plans", |plans| {
        plans["list"][0]["protected_vc_guid"] = "guid-graz".into();
        plans["list"][0]["recovery_vc_guid"] = "guid-linz".into();
    });
    answers.push((
        String::new(),
        json!({"pairing_id": "pair-1",
            "local_vc_server": {"id": "guid-graz", "name": "vc-graz", "url": "https://vc-graz.example.com:443/sdk"},
            "remote_vc_server": {"id": "guid-linz", "name": "vc-linz", "certificates": [{"serial_number": "1"}]}}),
    ));
    edit(&mut answers, "vm-db/recovery-settings", soap);
    answers
}

fn soap(settings: &mut Value) {
    *settings = json!({"recoveryPriority": "highest", "finalPowerState": "poweredOn",
        "dependentVmIds": [], "prePowerOnCallouts": [],
        "postPowerOnCallouts": [{"command": "/opt/start", "runInRecoveredVm": true, "timeout": 120}],
        "powerOnTimeoutSeconds": 300, "powerOnDelaySeconds": 20,
        "powerOffTimeoutSeconds": 240, "skipGuestShutDown": false, "changeVersion": 7});
}

fn read(answers: &Answers, rows: &[&str]) -> (Policy<Named>, Findings) {
    let table = format!("{HEAD}\r\n{}\r\n", rows.join("\r\n"));
    read_texts(&[bundle(answers).to_string(), table])
}

fn nics(policy: &Policy<Named>) -> &[NicAddresses] {
    match &policy.recovery.plans[0].vms[0].addresses {
        AddressChange::Manual(nics) => nics,
        other @ (AddressChange::Keep
        | AddressChange::ByRule
        | AddressChange::Automatic
        | AddressChange::Unsaid) => panic!("{other:?}"),
    }
}

fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

const ROWS: [&str; 7] = [
    "protected-vm-7,db01,vc-linz,0,,,,,,,,,,,10.9.0.53,linz.example",
    "protected-vm-7,db01,vc-linz,0,,,,,,,,,,,10.9.0.54,",
    "protected-vm-7,db01,vc-linz,1,,,10.9.0.5,10.9.0.6,10.9.0.20,255.255.255.0,10.9.0.1,2001:db8::20,64,2001:db8::1,,",
    "protected-vm-7,db01,vc-linz,1,,,,,,,10.9.0.2,,,,,",
    "protected-vm-7,db01,vc-linz,2,,,,,dhcp,,,,,,10.9.0.99,",
    "protected-vm-7,db01,VC-GRAZ.example.com,1,,,,,10.1.0.20,255.255.255.0,10.1.0.1,,,,,",
    "protected-vm-7,db01,VC-GRAZ.example.com,2,,,,,dhcp,,,,,,,",
];

#[test]
fn a_table_tells_the_addresses_that_settings_leave_out() {
    let (policy, findings) = read(&answers(), &ROWS);
    assert_eq!(told(&findings), []);
    let plan = &policy.recovery.plans[0];
    assert!(plan.missing.is_empty(), "{:?}", plan.missing);
    let [one, two] = nics(&policy) else {
        panic!("{:?}", plan.vms[0])
    };
    assert_eq!((one.device, two.device), (1, 2));
    assert_eq!(one.protected.addresses, ips(&["10.1.0.20"]));
    let there = &one.recovery;
    assert_eq!(there.addresses, ips(&["10.9.0.20", "2001:db8::20"]));
    assert_eq!((there.prefix, there.prefix_v6), (Some(24), Some(64)));
    assert_eq!(
        there.gateways,
        ips(&["10.9.0.1", "2001:db8::1", "10.9.0.2"])
    );
    assert_eq!(there.wins, ips(&["10.9.0.5", "10.9.0.6"]));
    // What adapter 0 says holds for those that say nothing of their own.
    assert_eq!(there.dns, ips(&["10.9.0.53", "10.9.0.54"]));
    assert_eq!(two.recovery.dns, ips(&["10.9.0.99"]));
    assert_eq!(there.suffixes, ["linz.example"]);
    assert!(two.recovery.dhcp && two.protected.dhcp);
}

#[test]
fn settings_go_before_a_table() {
    let mut answers = answers();
    let manual = json!([{"device_id": 4000,
        "primary_ip_settings": {"ip_v4": {"ip_address": "10.1.0.20", "subnet_mask": "255.255.255.0"}},
        "secondary_ip_settings": {"ip_v4": {"ip_address": "10.9.0.20", "subnet_mask": "255.255.255.0"}}}]);
    edit(&mut answers, "vm-db/recovery-settings", |db| {
        *db = super::shop::settings("P1");
        db["ip_customization_type"] = "MANUAL".into();
        db["nic_settings"] = manual;
        db["post_power_on_steps"] = json!([super::shop::callout(
            "RUN_ON_VM",
            "POST_POWER_ON",
            "start the listener",
            "/opt/start",
            120
        )]);
    });
    let row = |ip: &str| format!("vm-db,db01,vc-linz,1,,,,,{ip},255.255.255.0,,,,,,");
    let (policy, findings) = read(&answers, &[&row("10.9.0.20")]);
    assert_eq!(told(&findings), []);
    assert_eq!(nics(&policy)[0].device, 4000);
    let (policy, findings) = read(&answers, &[&row("10.9.0.21")]);
    assert_eq!(
        told(&findings),
        [(
            "R3009",
            "a table of DR IP Customizer gives `db01` addresses at the recovery site, and its SRM recovery settings give it others; the settings are used".to_owned()
        )]
    );
    assert_eq!(nics(&policy)[0].recovery.addresses, ips(&["10.9.0.20"]));
    // Addresses for a machine that keeps its own are not in force.
    let web = "vm-web,web01,vc-linz,1,,,,,10.9.0.30,255.255.255.0,,,,,,";
    let (_, findings) = read(&answers, &[&row("10.9.0.20"), web]);
    assert_eq!(findings.iter().next().unwrap().code.id, "R3009");
    assert_eq!(findings.len(), 1);
}

#[test]
fn what_a_table_does_not_tell_is_a_finding() {
    let codes = |answers: &Answers, rows: &[&str]| -> Vec<&'static str> {
        let (_, findings) = read(answers, rows);
        findings.iter().map(|one| one.code.id).collect()
    };
    let good = "vm-db,db01,vc-linz,1,,,,,10.9.0.20,255.255.255.0,,,,,,";
    for (row, code) in [
        (
            "vm-db,db01,vc-linz,1,,,,,10.9.0,255.255.255.0,,,,,,",
            "R0003",
        ),
        ("vm-db,db01,vc-linz,1,,,,,10.9.0.21,,,,,,,", "R0003"),
        ("vm-db,db01,vc-linz,1,,,,,,255.0.255.0,,,,,,", "R0003"),
        ("vm-db,db01,vc-linz,one,,,,,10.9.0.20,,,,,,,", "R0003"),
        ("vm-db,db01,vc-linz,0,,,,,10.9.0.20,,,,,,,", "R0003"),
        ("vm-db,db01,,1,,,,,10.9.0.20,,,,,,,", "R0004"),
        ("vm-db,db01,vc-linz,1,corp.example,,,,,,,,,,,", "R0007"),
        ("vm-db,db01,vc-linz,1,,disableNetBIOS,,,,,,,,,,", "R0007"),
        ("vm-db,db01,vc-rome,1,,,,,10.8.0.20,,,,,,,", "R0008"),
        ("vm-ldap,ldap01,vc-linz,1,,,,,10.9.0.40,,,,,,,", "R0008"),
    ] {
        assert_eq!(codes(&answers(), &[good, row]), [code], "{row}");
    }
    // Without the pair of servers nobody knows which site is which.
    let mut alone = answers();
    alone.retain(|(path, _)| !path.is_empty());
    assert_eq!(codes(&alone, &[good]), ["R0008", "R0008"]);
    // A machine that only has the name of another is found by it; of two of one name, neither.
    let odd = "vm-9,db01,vc-linz,1,,,,,10.9.0.77,255.255.255.0,,,,,,";
    let other = "vm-8,db01,vc-linz,1,,,,,10.9.0.78,255.255.255.0,,,,,,";
    assert_eq!(codes(&answers(), &[odd]), [""; 0]);
    assert_eq!(
        codes(&answers(), &[odd, other]),
        ["R0008", "R0008", "R0008"]
    );
    // A table alone, and one with a column more.
    let table = format!("{HEAD},Mood\n{good},fine\n");
    let (_, findings) = read_texts(std::slice::from_ref(&table));
    let told = told(&findings);
    assert_eq!(
        told.iter().map(|one| one.0).collect::<Vec<_>>(),
        ["R0002", "R0008"]
    );
    let key = findings.iter().next().unwrap().subjects[0].origin;
    assert_eq!(key.span.of(&table), "Mood");
    assert!(
        told[1]
            .1
            .contains("the recovery plan that they are for is not in the input"),
        "{told:?}"
    );
}

#[test]
fn soap_names_machines_by_ids_of_its_own() {
    let mut answers = answers();
    edit(&mut answers, "vm-db/recovery-settings", |db| {
        db["dependentVmIds"] = json!(["protected-vm-9"]);
    });
    let (policy, findings) = read(&answers, &ROWS);
    assert_eq!(findings.len(), 1, "{:?}", told(&findings));
    assert!(
        told(&findings)[0]
            .1
            .contains("lacks which machine `protected-vm-9` is that `db01` depends on"),
        "{:?}",
        told(&findings)
    );
    assert_eq!(policy.recovery.plans[0].missing.len(), 1);
    edit(&mut answers, "vm-db/recovery-settings", |db| {
        db["dependentVmIds"] = json!(["vm-web"]);
    });
    let (policy, findings) = read(&answers, &ROWS);
    assert_eq!(told(&findings), []);
    assert!(policy.recovery.plans[0].missing.is_empty());
}
