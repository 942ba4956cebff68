//! Protection groups, recovery plans and mappings, and what they become.

use crate::estate::Estate;
use rehome::finding::{Fate, Level};
use rehome::ir::recovery::{
    AddressChange, CalloutKind, NicAddresses, NicSettings, OtherMapping, Priority, Run, Shutdown,
    StepKind, TestNetwork,
};
use rehome::ir::set::AddressSet;
use rehome::legal::{Kind, Options, Target};
use serde_json::json;
use std::collections::BTreeSet;

const BOTH: [Run; 2] = [Run::Recovery, Run::Test];

/// Machines on one network that is mapped, all in one group.
pub fn estate(vms: &[&str]) -> Estate {
    let mut estate = Estate::new();
    let net = estate.segment("vlan-10");
    for vm in vms {
        estate.vm_on(vm, net);
    }
    estate.map(net, "vlan-20", Some("vlan-90"), &[]);
    let group = estate.protect("pg", vms, Some(15));
    estate.plan("shop", &[group]);
    estate
}

#[test]
fn a_protection_group_is_replicated_both_ways() {
    let mut estate = Estate::new();
    let net = estate.segment("n");
    estate.vm_on("a", net);
    estate.protect("gold", &["a"], Some(15));
    estate.protect("odd", &["a"], Some(25));
    estate.protect("array", &["a"], None);
    let out = estate.lower();
    let bodies = out.bodies("ProtectionPolicy");
    let rpo: Vec<_> = bodies
        .iter()
        .map(|body| {
            let both = body["replicationConfigurations"].as_array().unwrap();
            let one = &both[0]["schedule"]["recoveryPointObjectiveTimeSeconds"];
            assert_eq!(
                one,
                &both[1]["schedule"]["recoveryPointObjectiveTimeSeconds"]
            );
            assert_eq!(
                both[0]["sourceLocationLabel"],
                both[1]["remoteLocationLabel"]
            );
            one.as_u64().unwrap()
        })
        .collect();
    assert_eq!(rpo, [900, 900]);
    assert_eq!(out.codes_about("gold"), ["L3004"]);
    assert_eq!(out.codes_about("odd"), ["L3001", "L3004"]);
    assert_eq!(out.codes_about("array"), ["L3003"]);
    assert_eq!(out.level("L3003"), Level::Error);
    assert_eq!(out.fate(Kind::ProtectionGroup, "array"), Fate::Dropped);
    assert_eq!(
        out.carriers("vms", &bodies[0]["categoryIds"][0]),
        BTreeSet::from(["a".to_owned()])
    );
    out.check();

    let mut options = Options::new(Target::default());
    options.objective_minutes = Some(60);
    let out = estate.lower_with(&options);
    assert_eq!(out.bodies("ProtectionPolicy").len(), 3);
    assert_eq!(out.codes_about("array"), ["L3002", "L3004"]);
}

#[test]
fn priorities_and_dependencies_become_stages() {
    let mut estate = estate(&["db", "app", "mail", "web"]);
    estate.recover("db", 1).delay_seconds = 60;
    estate.recover("app", 1);
    estate.recover("mail", 1);
    estate.recover("web", 3);
    estate.depend("app", &["db"]);
    estate.depend("web", &["app"]);
    let out = estate.lower();
    assert_eq!(
        out.stages(),
        [
            (vec!["db".to_owned(), "mail".to_owned()], Some(60)),
            (vec!["app".to_owned()], None),
            (vec!["web".to_owned()], None),
        ]
    );
    assert_eq!(out.codes_about("shop/app"), ["L3014"]);
    let finding = out.finding("L3014");
    assert_eq!(
        finding.witness.as_ref().map(ToString::to_string).as_deref(),
        Some(
            "in plan `shop` of the source `app` can start before `mail` is up; on the target it cannot"
        )
    );
    assert_eq!(finding.level(), Level::Warning);
    assert_eq!(out.codes_about("shop/web"), ["L3015"]);
    assert_eq!(out.fate(Kind::VmRecovery, "shop/db"), Fate::Exact);
    assert_eq!(out.fate(Kind::RecoveryPlan, "shop"), Fate::Exact);
    let plan = &out.bodies("RecoveryPlan")[0];
    assert_eq!(plan.get("witness"), None);
    out.check();
}

#[test]
fn waits_are_declared_where_something_waits() {
    let mut estate = estate(&["a", "b", "c"]);
    estate.recover("a", 1).tools_timeout_seconds = Some(300);
    estate.recover("b", 1).delay_seconds = 120;
    estate.recover("c", 2).tools_timeout_seconds = None;
    let out = estate.lower();
    assert_eq!(out.codes_about("shop/a"), ["L3012"]);
    assert_eq!(
        out.finding("L3012").message,
        "SRM waits for the guest tools of `a` for up to 300 seconds before it goes on; Nutanix starts stage 2 120 seconds after stage 1"
    );
    assert_eq!(out.fate(Kind::VmRecovery, "shop/b"), Fate::Exact);
    assert_eq!(out.fate(Kind::VmRecovery, "shop/c"), Fate::Exact);
}

#[test]
fn a_wait_of_a_machine_becomes_that_of_its_stage() {
    let mut estate = estate(&["a", "b", "c"]);
    estate.recover("a", 1).delay_seconds = 10;
    estate.recover("b", 1).delay_seconds = 120;
    estate.recover("c", 1);
    estate.depend("c", &["a"]);
    let out = estate.lower();
    assert_eq!(out.codes_about("shop/a"), ["L3013"]);
    assert_eq!(out.codes_about("shop/b"), Vec::<&str>::new());
}

#[test]
fn a_circle_starts_together_and_is_an_error() {
    let mut estate = estate(&["a", "b", "c"]);
    estate.recover("a", 2);
    estate.recover("b", 2);
    estate.recover("c", 2);
    estate.depend("a", &["b"]);
    estate.depend("b", &["a", "gone?"]);
    estate.depend("c", &["a"]);
    let out = estate.lower();
    assert_eq!(out.codes_about("shop/a"), ["L3017"]);
    assert_eq!(out.codes_about("shop/b"), ["L3016", "L3017"]);
    assert_eq!(out.codes_about("shop/c"), Vec::<&str>::new());
    assert_eq!(out.level("L3017"), Level::Error);
    assert_eq!(out.stages().len(), 2);
}

#[test]
fn a_machine_left_off_is_recovered_and_its_later_steps_never_run() {
    let mut estate = estate(&["cold"]);
    let step = estate.callout("shop/cold/after/1", CalloutKind::InGuest, "/bin/true");
    let recovery = estate.recover("cold", 1);
    recovery.power_on = false;
    recovery.shutdown = Shutdown::Guest(Some(300));
    recovery.after.push(step);
    let out = estate.lower();
    let setting = &out.bodies("RecoverySetting")[0]["recoverySetting"];
    assert_eq!(setting["powerState"], "OFF");
    assert_eq!(setting.get("inGuestScriptExecutionConfig"), None);
    assert_eq!(out.codes_about("shop/cold/after/1"), ["L3034"]);
    assert_eq!(out.codes_about("shop/cold"), ["L3018"]);
    out.check();
}

#[test]
fn steps_of_people_become_the_runbook() {
    let mut estate = estate(&["db", "web"]);
    estate.recover("db", 1);
    estate.recover("web", 2);
    let power = |number| StepKind::PowerOn(Priority::new(number).unwrap());
    estate.step("s1", &BOTH, StepKind::BuiltIn);
    estate.step("s2", &BOTH, power(1));
    let prompt = estate.callout(
        "s3",
        CalloutKind::Prompt,
        "Is the database consistent?\n```\n# not a heading",
    );
    estate.step("s3", &[Run::Recovery], StepKind::Callout(prompt));
    estate.step("s4", &BOTH, power(2));
    let server = estate.callout("s5", CalloutKind::OnServer, "/opt/dns.sh; rm -rf /");
    estate.step("s5", &[Run::Recovery], StepKind::Callout(server));
    estate.step("s6", &[Run::Recovery], StepKind::BuiltIn);
    estate.policy.recovery.plans[0].steps[5].ident.name =
        "Suspend non-critical VMs at recovery site".to_owned();
    let out = estate.lower();
    assert_eq!(out.codes_about("s1"), ["L3027"]);
    assert_eq!(out.fate(Kind::Step, "s2"), Fate::Exact);
    assert_eq!(out.codes_about("s3"), ["L3030"]);
    assert_eq!(out.level("L3030"), Level::Error);
    assert_eq!(
        out.finding("L3030").message,
        "SRM plan `shop` stops at the prompt `s3`; it is a step of the runbook (before stage 2), and the Nutanix plan goes on without it"
    );
    assert_eq!(out.codes_about("s5"), ["L3031"]);
    assert_eq!(out.level("L3031"), Level::Warning);
    assert_eq!(out.codes_about("s6"), ["L3028"]);
    let page = out.text("nutanix/runbook.md");
    assert!(
        page.contains("\n- [ ] 2. `s3`\n  - when: before stage 2\n  - who: the person who leads the recovery\n\n````text\nIs the database consistent?\n```\n# not a heading\n````\n"),
        "{page}"
    );
    let data = out.json("nutanix/runbook.json");
    assert_eq!(data["runs"][1]["run"], "recovery");
    assert_eq!(
        data["runs"][1]["steps"][2],
        json!({
            "number": 3, "title": "s5",
            "when": {"at": "after-stages", "part": null, "stage": null, "machine": null},
            "who": {"role": "server", "machine": null},
            "text": "/opt/dns.sh; rm -rf /", "timeout_seconds": 30, "note": null,
            "on_failure": "goes-on", "construct": "s5", "origin": "",
        })
    );
    out.check();
}

#[test]
fn commands_in_the_guest_become_a_script_up_to_the_first_that_cannot() {
    let mut estate = estate(&["app"]);
    let steps = [
        estate.callout("one", CalloutKind::InGuest, "/opt/register.sh 'x'; id"),
        estate.callout("two", CalloutKind::InGuest, "/opt/warm.sh"),
        estate.callout("ask", CalloutKind::Prompt, "Go on?"),
        estate.callout("three", CalloutKind::InGuest, "/opt/late.sh"),
    ];
    let before = estate.callout("pre", CalloutKind::OnServer, "mount.ps1");
    let recovery = estate.recover("app", 1);
    recovery.after = steps.to_vec();
    recovery.before = vec![before];
    let out = estate.lower();
    assert_eq!(out.codes_about("one"), ["L3032"]);
    assert_eq!(out.codes_about("two"), ["L3032"]);
    assert_eq!(out.codes_about("ask"), ["L3030"]);
    assert_eq!(out.codes_about("three"), ["L3031"]);
    assert_eq!(out.codes_about("pre"), ["L3031"]);
    let of = |id: &str| {
        out.findings()
            .find(|f| f.subjects[0].id == id)
            .unwrap()
            .level()
    };
    assert_eq!(
        (of("one"), of("ask"), of("three"), of("pre")),
        (Level::Warning, Level::Error, Level::Warning, Level::Error)
    );
    let setting = &out.bodies("RecoverySetting")[0]["recoverySetting"];
    assert_eq!(
        setting["inGuestScriptExecutionConfig"],
        json!({"isEnabled": true, "timeoutSecs": 60})
    );
    let script = out.text("nutanix/scripts/app/production_vm_recovery");
    assert!(
        script.contains("\n/bin/sh -c '/opt/register.sh '\\''x'\\''; id'\n"),
        "{script}"
    );
    assert!(!script.contains("late"));
    assert_eq!(
        out.files
            .keys()
            .filter(|path| path.starts_with("nutanix/scripts/"))
            .count(),
        2
    );
    out.check();
}

fn nic(protected: &[&str], recovery: &[&str]) -> NicSettingsPair {
    let settings = |addresses: &[&str]| NicSettings {
        addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        ..NicSettings::default()
    };
    (settings(protected), settings(recovery))
}
type NicSettingsPair = (NicSettings, NicSettings);

#[test]
fn a_subnet_rule_turns_address_mapping_on() {
    let mut estate = Estate::new();
    let net = estate.segment("vlan-10");
    for vm in ["rule", "keep", "auto"] {
        estate.vm_on(vm, net);
    }
    estate.map(
        net,
        "vlan-20",
        Some("vlan-90"),
        &[("10.1.0.0/24", "10.2.0.0/24")],
    );
    let group = estate.protect("pg", &["rule", "keep", "auto"], Some(15));
    estate.plan("shop", &[group]);
    estate.recover("rule", 3).addresses = AddressChange::ByRule;
    estate.recover("keep", 3).addresses = AddressChange::Keep;
    estate.recover("auto", 3).addresses = AddressChange::Automatic;
    let out = estate.lower();
    let body = &out.bodies("NetworkMapping")[0];
    assert_eq!(body["isIpMappingEnabled"], true);
    assert_eq!(
        body["recoveryNetwork"],
        json!({"subnetName": "vlan-20", "ipConfig": {"ipv4": {"defaultGatewayIp": "10.2.0.1", "prefixLength": 24}}})
    );
    assert_eq!(body["recoveryTestNetwork"]["subnetName"], "vlan-90");
    assert_eq!(out.fate(Kind::VmRecovery, "shop/rule"), Fate::Exact);
    assert_eq!(out.codes_about("shop/keep"), ["L3019"]);
    assert_eq!(out.codes_about("shop/auto"), ["L3020"]);
    assert_eq!(out.fate(Kind::Mapping, "vlan-10 to vlan-20"), Fate::Exact);
    out.check();
}

#[test]
fn a_rule_between_sizes_is_not_held() {
    let mut estate = Estate::new();
    let net = estate.segment("vlan-10");
    estate.vm_on("a", net);
    estate.map(net, "vlan-20", None, &[("10.1.0.0/24", "10.2.0.0/23")]);
    let group = estate.protect("pg", &["a"], Some(15));
    estate.plan("shop", &[group]);
    estate.recover("a", 3).addresses = AddressChange::ByRule;
    let out = estate.lower();
    let body = &out.bodies("NetworkMapping")[0];
    assert_eq!(body["isIpMappingEnabled"], false);
    assert_eq!(
        body["recoveryTestNetwork"]["subnetName"],
        "isolated test of vlan-20"
    );
    assert_eq!(
        out.codes_about("vlan-10 to vlan-20"),
        ["L3021", "L3024", "L3025"]
    );
    assert_eq!(out.codes_about("shop/a"), ["L3019"]);
    assert!(
        out.text("nutanix/runbook.md")
            .contains("make the subnet isolated test of vlan-20")
    );
    out.check();
}

#[test]
fn addresses_written_one_by_one_are_mapped_in_ipv4() {
    let mut estate = estate(&["a"]);
    let (mut protected, mut recovery) = nic(&["10.1.0.5"], &["10.2.0.9", "fd00::9"]);
    protected.prefix = Some(24);
    recovery.dns = vec!["10.2.0.53".parse().unwrap()];
    let origin = estate.origin;
    estate.recover("a", 3).addresses = AddressChange::Manual(vec![NicAddresses {
        origin,
        device: 4000,
        protected,
        recovery,
    }]);
    let out = estate.lower();
    let mapping = &out.entries("NetworkMapping")[0]["id"];
    assert_eq!(
        out.bodies("RecoverySetting")[0]["recoverySetting"]["ipMappings"],
        json!([{
            "networkMappingExtId": mapping,
            "primaryIp": {"ipv4": {"value": "10.1.0.5", "prefixLength": 32}},
            "recoveryIp": {"ipv4": {"value": "10.2.0.9", "prefixLength": 32}},
        }])
    );
    assert_eq!(out.bodies("NetworkMapping")[0]["isIpMappingEnabled"], true);
    assert_eq!(out.codes_about("shop/a"), ["L3019", "L3021"]);
    out.check();
}

#[test]
fn addresses_of_a_machine_that_stays_off_are_told_for_when_it_is_switched_on() {
    for target in ["nutanix@7.3", "nutanix@7.5"] {
        let mut estate = estate(&["cold", "plain"]);
        let (protected, mut recovery) = nic(&["10.1.0.5"], &["10.2.0.9", "fd00::9"]);
        recovery.dns = vec!["10.2.0.53".parse().unwrap()];
        let origin = estate.origin;
        let cold = estate.recover("cold", 3);
        cold.power_on = false;
        cold.addresses = AddressChange::Manual(vec![NicAddresses {
            origin,
            device: 4000,
            protected,
            recovery,
        }]);
        // One without addresses of its own asks for nothing.
        estate.recover("plain", 3).power_on = false;
        let out = estate.lower_for(target);
        let data = out.json("nutanix/runbook.json");
        for run in ["test", "recovery"] {
            let runs = data["runs"].as_array().unwrap();
            let steps = runs.iter().find(|one| one["run"] == run).unwrap()["steps"].clone();
            let steps = steps.as_array().unwrap().iter();
            let asked: Vec<_> = steps
                .filter(|step| step["title"].as_str().unwrap().contains("network"))
                .map(|step| {
                    (
                        &step["title"],
                        &step["note"],
                        &step["when"]["at"],
                        &step["construct"],
                    )
                })
                .map(|told| json!(told))
                .collect();
            assert_eq!(
                asked,
                [json!([
                    "when somebody switches cold on, set the network in its guest",
                    "10.2.0.9 in place of 10.1.0.5; fd00::9 of NIC 4000; DNS servers 10.2.0.53 on NIC 4000",
                    "after-stages",
                    "shop/cold"
                ])],
                "{target} {run}"
            );
        }
        let page = out.text("nutanix/runbook.md");
        assert!(page.contains("10.2.0.9 in place of 10.1.0.5"), "{page}");
        out.check();
    }
}

#[test]
fn mappings_nobody_needs_and_other_mappings_leave_a_record() {
    let mut estate = estate(&["a"]);
    estate.recover("a", 3);
    let lonely = estate.segment("vlan-77");
    estate.map(lonely, "vlan-78", None, &[]);
    let ident = estate.ident("folder/1");
    estate.policy.recovery.other_mappings.push(OtherMapping {
        ident,
        what: "folder".to_owned(),
    });
    let (used, unused) = (estate.ident("t1"), estate.ident("t2"));
    for (ident, recovery_name, test_name) in
        [(used, "vlan-20", None), (unused, "vlan-99", Some("x"))]
    {
        let network = TestNetwork {
            ident,
            recovery: estate.missing(recovery_name),
            recovery_name: recovery_name.to_owned(),
            test_name: test_name.map(str::to_owned),
        };
        estate.policy.recovery.plans[0].test_networks.push(network);
    }
    let out = estate.lower();
    assert_eq!(out.codes_about("vlan-77 to vlan-78"), ["L3022"]);
    assert_eq!(out.codes_about("folder/1"), ["L3026"]);
    assert_eq!(out.codes_about("t1"), ["L3025"]);
    assert_eq!(out.codes_about("t2"), ["L3022"]);
    assert_eq!(out.bodies("NetworkMapping").len(), 1);
}

#[test]
fn what_the_exports_lack_is_never_taken_for_whole() {
    let mut estate = estate(&["a", "b"]);
    estate.recover("a", 1);
    estate.recover("gone?", 1);
    let out = estate.lower();
    assert_eq!(out.codes_about("shop"), ["L3010"]);
    assert_eq!(out.codes_about("shop/gone?"), ["L3011"]);
    assert_eq!(out.stages().len(), 2);

    estate.policy.recovery.plans[0]
        .missing
        .push("GET /steps".to_owned());
    let out = estate.lower();
    assert_eq!(out.codes_about("shop"), ["L3036"]);
    assert_eq!(out.codes_about("shop/a"), ["L3036"]);
    assert!(out.bodies("RecoveryPlan").is_empty());
}

#[test]
fn a_plan_of_a_group_that_fell_says_why() {
    let mut estate = Estate::new();
    let net = estate.segment("n");
    estate.vm_on("a", net);
    let group = estate.protect("array", &["a"], None);
    estate.plan("shop", &[group]);
    estate.recover("a", 1);
    let out = estate.lower();
    assert_eq!(out.codes_about("shop"), ["L3009"]);
    assert!(out.finding("L3009").cause.is_some());
}

#[test]
fn hostile_names_and_texts_stay_inert() {
    let evil = "x`\n# h1\n<script>${}\u{202e}; rm -rf / ../../etc";
    let mut estate = estate(&["a"]);
    let step = estate.callout("evil", CalloutKind::Prompt, evil);
    let command = estate.callout("cmd", CalloutKind::InGuest, "/bin/x\u{202e}");
    estate.recover("a", 1).after = vec![command];
    estate.step("evil", &BOTH, StepKind::Callout(step));
    let plan = &mut estate.policy.recovery.plans[0];
    plan.ident.name = evil.to_owned();
    plan.steps[0].ident.name = evil.to_owned();
    let vm = estate.policy.inventory.vms.values_mut().next().unwrap();
    vm.ident.name = evil.to_owned();
    let out = estate.lower();
    for (path, bytes) in &out.files {
        assert!(path.is_ascii() && !path.contains(".."), "{path}");
        let text = std::str::from_utf8(bytes).unwrap();
        if path.contains("runbook") {
            assert!(!text.contains('\u{202e}'), "{path}");
            assert!(!text.contains("\n# h1\n<script>${}\u{202e}"), "{path}");
        }
    }
    let page = out.text("nutanix/runbook.md");
    assert!(page.contains("``x`\\u{a}# h1\\u{a}<script>"), "{page}");
    assert_eq!(out.codes_about("cmd"), ["L3031"]);
    out.check();
}

#[test]
fn addresses_tell_the_network_where_no_export_does() {
    let mut estate = Estate::new();
    let net = estate.segment("vlan-10");
    for vm in ["inside", "outside"] {
        estate.vm_on(vm, net);
    }
    estate.map(net, "vlan-20", Some("t"), &[("10.1.0.0/24", "10.2.0.0/24")]);
    let group = estate.protect("pg", &["inside", "outside"], Some(15));
    estate.plan("shop", &[group]);
    for (vm, address) in [("inside", "10.1.0.9"), ("outside", "10.7.0.9")] {
        estate.recover(vm, 3).addresses = AddressChange::ByRule;
        let id = estate.vm_named(vm);
        let block = rehome_grammar::text::address(address).unwrap().block;
        for (at, machine) in estate.policy.inventory.vms.values_mut().enumerate() {
            if at == id.index() {
                machine.segments = vec![];
                machine.addresses = Some(AddressSet::from_blocks([block]));
            }
        }
    }
    let out = estate.lower();
    assert_eq!(out.fate(Kind::VmRecovery, "shop/inside"), Fate::Exact);
    assert_eq!(out.codes_about("shop/outside"), ["L3020"]);
}
