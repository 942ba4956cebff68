//! The checks of recovery policy, over the example plan with one thing changed at a time.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test: it fails by panicking"
)]

use rehome::compile::compile;
use rehome::finding::Findings;
use rehome::legal::{Options, Release, Target};
use rehome::source::Sources;
use serde_json::{Value, json};
use std::path::Path;

/// The pairs of the example.
fn pairs() -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/dr-plan/srm-bundle.json");
    let text = std::fs::read_to_string(path).unwrap();
    let pairs = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    pairs.map(Result::unwrap).collect()
}

/// The answer to the request that ends so, apart from its query.
fn answer<'p>(pairs: &'p mut [Value], ending: &str) -> &'p mut Value {
    let found = pairs.iter_mut().find(|pair| {
        let request = pair["request"].as_str().unwrap();
        request.split('?').next().unwrap().ends_with(ending)
    });
    &mut found.unwrap()["response"]
}

/// The settings of a machine of the example, by its place in the list of the plan.
fn settings<'p>(pairs: &'p mut [Value], name: &str) -> &'p mut Value {
    let number = number(pairs, name);
    answer(
        pairs,
        &format!("vm-{number}%3Aa41f0c9e-52d7-4f0b-9c33-8f6e1d2b7a01/recovery-settings"),
    )
}

fn number(pairs: &[Value], name: &str) -> String {
    let id = id(pairs, name);
    id.strip_prefix("VirtualMachine:vm-")
        .unwrap()
        .split(':')
        .next()
        .unwrap()
        .to_owned()
}

fn id(pairs: &[Value], name: &str) -> String {
    let all = pairs.iter().filter(|pair| {
        let request = pair["request"].as_str().unwrap();
        request.contains("/plans/") && request.ends_with("/vms")
    });
    let mut all = all.flat_map(|pair| pair["response"]["list"].as_array().unwrap());
    let vm = all.find(|vm| vm["name"] == name).unwrap();
    vm["id"].as_str().unwrap().to_owned()
}

/// Code and message of each finding of these checks.
fn checked(pairs: &[Value], more: &[Value]) -> Vec<(&'static str, String)> {
    let mut sources = Sources::default();
    for (at, file) in [Value::Array(pairs.to_vec())]
        .iter()
        .chain(more)
        .enumerate()
    {
        let tree = rehome_grammar::read(file.to_string().into_bytes()).unwrap();
        sources.add(format!("{at}.json"), format!("{at}.json").into(), tree);
    }
    let target = Target::of(Release::ALL[0]);
    let outcome = compile(&sources, &Options::new(target), Findings::new());
    let findings = outcome.findings.iter();
    let own = findings.filter(|finding| finding.code.id.starts_with("C3"));
    own.map(|finding| (finding.code.id, finding.message.clone()))
        .collect()
}

/// What a change adds to the findings of the example.
fn added(change: impl FnOnce(&mut Vec<Value>)) -> Vec<(&'static str, String)> {
    let mut pairs = pairs();
    let before = checked(&pairs, &[]);
    change(&mut pairs);
    let after = checked(&pairs, &[]);
    after
        .into_iter()
        .filter(|finding| !before.contains(finding))
        .collect()
}

#[test]
fn the_example_is_sound_but_for_what_its_readme_tells() {
    let told = checked(&pairs(), &[]);
    let expected = [
        // Delays: ad01 120 s, db-erp01 60 s, app-erp01 45 s, one after the other.
        // Longest with every timeout: 300 for the public names; priority 1: ad01 (300 + 120) and
        // ad02 (300); priority 2: db-erp01 (180 + 300 + 60) and db-erp02 (300) against db-shop01
        // (300 + 600); priority 3: app-erp01 (300 + 45), app-erp02 (300), report01 (300) against
        // app-shop01 (300 + 900); priority 4: web-shop01 and web-shop03 (300 each); priority 5: 300.
        // 300 + 720 + 900 + 1200 + 600 + 300 = 4020 seconds.
        (
            "C3013",
            "recovery plan `Graz to Linz` waits at least 3 minutes and 45 seconds at the source and, when every timeout passes, 67 minutes; on the target its stages wait 3 minutes and 45 seconds and for nothing else; storage, boot and the answers to 4 prompts come on top; the longest path leads over `ad01`, `ad02`, `db-shop01`, `app-shop01`, `web-shop01`, `web-shop03`, `build01`",
        ),
        (
            "C3015",
            "no network is named for tests of `DR 120 data` in recovery plan `Graz to Linz`: machines on different hosts do not reach each other in a test",
        ),
        (
            "C3015",
            "no network is named for tests of `DR 140 dmz` in recovery plan `Graz to Linz`: machines on different hosts do not reach each other in a test",
        ),
        (
            "C3003",
            "in recovery plan `Graz to Linz` machine `app-shop01` of priority 3 depends on `db-shop01` of priority 2, which is earlier anyway",
        ),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(code, text)| (*code, (*text).to_owned()))
        .collect();
    assert_eq!(told, expected);
}

fn depends(pairs: &mut [Value], vm: &str, on: &str) {
    let id = id(pairs, on);
    let dependency = json!([{"id": id, "name": on}]);
    settings(pairs, vm)["dependent_vms"] = dependency;
}

#[test]
fn a_circle_is_told_once() {
    let told = added(|pairs| depends(pairs, "app-erp01", "app-erp02"));
    let circle = told
        .iter()
        .filter(|(code, _)| *code == "C3001")
        .collect::<Vec<_>>();
    assert_eq!(
        circle,
        [&("C3001", "in recovery plan `Graz to Linz` the machines `app-erp01`, `app-erp02` wait for each other".to_owned())]
    );
    let itself = added(|pairs| depends(pairs, "ipam01", "ipam01"));
    assert!(
        itself[0]
            .1
            .ends_with("the machines `ipam01` wait for each other")
    );
}

#[test]
fn a_dependency_on_a_later_priority_is_not_kept() {
    let told = added(|pairs| depends(pairs, "ad01", "web-erp01"));
    assert_eq!(
        told[0],
        ("C3002", "in recovery plan `Graz to Linz` machine `ad01` of priority 1 depends on `web-erp01` of priority 4, which is later: it is not waited for".to_owned())
    );
}

#[test]
fn a_dependency_out_of_the_plan_is_not_kept() {
    let told = added(|pairs| {
        settings(pairs, "ad01")["dependent_vms"] =
            json!([{"id": "VirtualMachine:vm-9", "name": "ntp01"}]);
    });
    assert!(told.iter().any(|(code, text)| *code == "C3002"
        && text.ends_with(
            "machine `ad01` depends on `ntp01`, which is not in the plan: it is not waited for"
        )));
}

#[test]
fn a_machine_of_two_groups_is_told() {
    let told = added(|pairs| {
        let vm = answer(pairs, "group-core/vms")["list"][0].clone();
        let erp = answer(pairs, "group-erp/vms")["list"]
            .as_array_mut()
            .unwrap();
        erp.push(vm);
    });
    assert!(
        told.contains(&(
            "C3004",
            "machine `ad01` is a member of the protection groups `Core services`, `ERP`".to_owned()
        )),
        "{told:?}"
    );
}

#[test]
fn plans_of_the_same_machines_and_groups_without_a_plan_are_told() {
    let told = added(|pairs| {
        // The same plan again under another id, without its ERP group.
        let text = Value::Array(pairs.clone()).to_string();
        let text = text
            .replace("plan-5b1e7c44-2a90-4c1d-8e6f-91d3a7b0c5e8", "plan-2")
            .replace("Graz to Linz", "Second");
        let Value::Array(second) = serde_json::from_str(&text).unwrap() else {
            panic!("a list")
        };
        pairs.extend(second.into_iter().filter(|pair| {
            let request = pair["request"].as_str().unwrap();
            request.contains("plan-2") || request.ends_with("/plans")
        }));
    });
    let overlap = "recovery plans `Graz to Linz` and `Second` both recover `ad01`, `ad02`, `dns01` and 27 more";
    assert!(told.contains(&("C3005", overlap.to_owned())), "{told:?}");

    let told = added(|pairs| {
        let groups = answer(pairs, "/groups")["list"].as_array_mut().unwrap();
        let mut archive = groups[0].clone();
        archive["id"] = "group-archive".into();
        archive["name"] = "Archive".into();
        archive["total_vms"] = 0.into();
        groups.push(archive);
        let vms = json!({"list": [], "_meta": {"total": 0}});
        pairs.push(json!({"request": "GET /api/rest/srm/v2/pairings/p/protection-management/groups/group-archive/vms", "response": vms}));
    });
    assert_eq!(
        told,
        [(
            "C3006",
            "protection group `Archive` with 0 machines is in no recovery plan".to_owned()
        )]
    );
}

#[test]
fn a_rule_to_a_smaller_subnet_and_a_gateway_outside_are_told() {
    let told = added(|pairs| {
        let rule = &mut answer(pairs, "srm-1f6d0b3a/inventory-mappings/networks")["list"][1]["ip_mapping"]
            ["rules"][0];
        rule["remote_subnet"] = "10.20.120.0/25".into();
        rule["remote_ip_settings"]["ip_v4"]["default_gateway"] = "10.20.120.254".into();
    });
    assert_eq!(told, [
        ("C3008", "address rule `10.10.120 to 10.20.120` of network mapping `VLAN 120 data to DR 120 data` maps `10.10.120.0-10.10.120.255` to the smaller `10.20.120.0-10.20.120.127`: `10.10.120.255` would become `10.20.120.255`".to_owned()),
        ("C3009", "gateway `10.20.120.254` of address rule `10.10.120 to 10.20.120` of network mapping `VLAN 120 data to DR 120 data` is not in `10.20.120.0-10.20.120.127`".to_owned()),
    ]);
    let told = added(|pairs| {
        let nic = &mut settings(pairs, "web-erp01")["nic_settings"][0];
        nic["secondary_ip_settings"]["ip_v4"]["default_gateway"] = "10.10.140.1".into();
    });
    assert_eq!(
        told,
        [(
            "C3009",
            "gateway `10.10.140.1` of NIC 4000 of machine `web-erp01` is in none of its subnets"
                .to_owned()
        )]
    );
}

#[test]
fn the_same_address_twice_is_told() {
    let told = added(|pairs| {
        let nic = &mut settings(pairs, "web-erp01")["nic_settings"][0];
        nic["secondary_ip_settings"]["ip_v4"]["ip_address"] = "10.20.140.21".into();
    });
    assert_eq!(
        told,
        [(
            "C3010",
            "in recovery plan `Graz to Linz` `web-erp01`, `web-shop01` all get `10.20.140.21`"
                .to_owned()
        )]
    );
    let told = added(|pairs| {
        let nic = &mut settings(pairs, "web-erp01")["nic_settings"][0];
        nic["secondary_ip_settings"]["ip_v4"]["ip_address"] = "10.20.140.1".into();
    });
    assert_eq!(
        told,
        [(
            "C3010",
            "in recovery plan `Graz to Linz` `web-erp01` and a gateway get `10.20.140.1`"
                .to_owned()
        )]
    );
}

#[test]
fn commands_that_depend_on_what_is_left_are_told() {
    let told = added(|pairs| {
        let step = &mut settings(pairs, "db-erp01")["pre_power_on_steps"][0];
        step["content"] =
            "pwsh -c 'Connect-VIServer vc-graz.example.com'; ssh 10.10.110.13 /opt/fence.sh".into();
    });
    assert_eq!(told, [
        ("C3011", "command `Release the tape library` of recovery plan `Graz to Linz` uses `connect-viserver`: the management server through PowerCLI, at `vc-graz.example.com`".to_owned()),
        ("C3012", "command `Release the tape library` of recovery plan `Graz to Linz` uses `10.10.110.13`: an address of the protected site, which is another one after a recovery".to_owned()),
    ]);
    let told = added(|pairs| {
        let step = &mut settings(pairs, "web-shop01")["pre_power_on_steps"][0];
        step["content"] = "Ask the people of vCenter".into();
    });
    assert_eq!(told, [], "a prompt calls nothing");
}

#[test]
fn the_broken_example_says_all_that_is_wrong() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/dr-plan-broken/srm-bundle.json");
    let mut sources = Sources::default();
    let tree = rehome_grammar::read(std::fs::read(path).unwrap()).unwrap();
    sources.add("srm-bundle.json".into(), "srm-bundle.json".into(), tree);
    let target = Target::of(Release::ALL[0]);
    let outcome = compile(&sources, &Options::new(target), Findings::new());
    let codes = outcome.findings.iter().map(|finding| finding.code.id);
    let mut codes: Vec<&str> = codes.filter(|id| id.starts_with(['R', 'C'])).collect();
    codes.sort_unstable();
    let expected = [
        ("C3001", 1),
        ("C3002", 1),
        ("C3004", 1),
        ("C3005", 1),
        ("C3006", 1),
        ("C3008", 1),
        // The gateway of a rule, and those of two NICs.
        ("C3009", 3),
        ("C3010", 1),
        ("C3011", 1),
        ("C3012", 1),
        // One of each plan.
        ("C3015", 2),
        ("R0003", 3),
        ("R0007", 1),
        // Five of each plan, and the objectives of the databases.
        ("R0008", 11),
        ("R3004", 1),
        ("R3005", 1),
        ("R3006", 1),
    ];
    let expected: Vec<&str> = expected
        .iter()
        .flat_map(|(id, times)| std::iter::repeat_n(*id, *times))
        .collect();
    assert_eq!(codes, expected);
    assert!(
        outcome
            .policy
            .recovery
            .plans
            .iter()
            .all(|plan| plan.missing.len() == 5)
    );
}
