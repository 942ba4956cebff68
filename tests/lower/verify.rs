//! Emitted files that were changed are found out, with a case; and the comparison agrees with
//! counting out every placement and every order.

use crate::estate::{Estate, Lowered};
use crate::recovery;
use crate::recovery_orders::{source_can, target_can};
use proptest::prelude::*;
use rehome::back::Files;
use rehome::finding::{Findings, Level};
use rehome::ir::placement::{RestartPriority, RuleKind, SettingKind, Strength};
use rehome::ir::recovery::{AddressChange, CalloutKind, NicAddresses, NicSettings, Run, StepKind};
use rehome::verify::comparison::{Admits, Comparison};
use rehome::verify::{placement, recovery as recoveries};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Changes the body of the first object of a model.
fn change(out: &Lowered, model: &str, with: impl FnOnce(&mut Value)) -> Files {
    let body = out.entries(model)[0]["body"].as_str().unwrap().to_owned();
    change_file(out, &format!("nutanix/{body}"), with)
}

fn change_file(out: &Lowered, path: &str, with: impl FnOnce(&mut Value)) -> Files {
    let mut files = out.files.clone();
    let mut value = out.json(path);
    with(&mut value);
    files.insert(path.to_owned(), serde_json::to_vec(&value).unwrap());
    files
}

/// The codes and witnesses of what a comparison reports.
fn reports(comparison: &Comparison) -> Vec<(&'static str, String)> {
    let findings = comparison.findings.iter();
    findings
        .map(|finding| {
            (
                finding.code.id,
                finding
                    .witness
                    .as_ref()
                    .map(ToString::to_string)
                    .unwrap_or_default(),
            )
        })
        .collect()
}

fn tied() -> (Estate, Lowered) {
    let mut estate = Estate::new();
    let cluster = estate.cluster("c", &["esx1", "esx2", "esx3"]);
    estate.vm("a", cluster);
    let vms = estate.vm_group("vms", &["a"]);
    let hosts = estate.host_group("hosts", &["esx1", "esx2"]);
    estate.run_on("r", cluster, Strength::Must, vms, hosts);
    let out = estate.lower();
    assert!(out.placement.is_equal());
    (estate, out)
}

#[test]
fn a_host_added_or_taken_by_hand_is_found() {
    let (estate, out) = tied();
    let hosts = |with: fn(&mut Vec<Value>)| {
        change_file(&out, "nutanix/assignments.json", |value| {
            with(value["hosts"].as_array_mut().unwrap());
        })
    };
    let compare = |files| placement::compare(&estate.policy, &files, &Findings::default());
    let files = hosts(|hosts| {
        let mut third = hosts[0].clone();
        third["source_id"] = json!("esx3");
        hosts.push(third);
    });
    assert_eq!(
        reports(&compare(files)),
        [(
            "X2001",
            "`a` on `esx3`: the source refuses it, the target admits it".to_owned()
        )]
    );
    let files = hosts(|hosts| hosts.truncate(1));
    assert_eq!(
        reports(&compare(files)),
        [(
            "X2002",
            "`a` on `esx2`: the source admits it, the target refuses it".to_owned()
        )]
    );
    let body = |with: fn(&mut Value)| compare(change(&out, "VmHostAffinityPolicy", with));
    let unknown = body(|body| body["mode"] = json!("soft"));
    assert!(!unknown.compared);
    assert_eq!(reports(&unknown)[0].0, "V2001");
    let two = body(|body| {
        let one = body["vmCategories"][0].clone();
        body["vmCategories"].as_array_mut().unwrap().push(one);
    });
    assert_eq!(reports(&two)[0].0, "V2001");
    // Without a firewall nobody else reads the categories.
    let mut files = out.files.clone();
    let category = files.keys().find(|path| path.contains("/Category/"));
    let category = category.expect("the machines carry one").clone();
    files.insert(category, b"{".to_vec());
    assert_eq!(reports(&compare(files))[0].0, "V2001");
}

#[test]
fn a_declared_loss_gets_its_witness() {
    let mut estate = Estate::new();
    let cluster = estate.cluster("c", &["esx1", "esx2"]);
    estate.vm("a", cluster);
    let vms = estate.vm_group("vms", &["a"]);
    let one = estate.host_group("one", &["esx1"]);
    let two = estate.host_group("two", &["esx2"]);
    estate.run_on("first", cluster, Strength::Must, vms, one);
    estate.run_on("second", cluster, Strength::Must, vms, two);
    let out = estate.lower();
    assert_eq!(
        out.finding("L2004")
            .witness
            .as_ref()
            .map(ToString::to_string),
        Some("`a` on `esx1`: the source refuses it, the target admits it".to_owned())
    );
    assert_eq!(out.level("L2004"), Level::Error);
}

#[test]
fn an_order_of_starts_changed_by_hand_is_found() {
    let mut estate = Estate::new();
    let cluster = estate.cluster("c", &["esx1"]);
    for vm in ["db", "app", "web"] {
        estate.vm(vm, cluster);
    }
    let groups = ["db", "app"].map(|vm| estate.vm_group(vm, &[vm]));
    let kind = RuleKind::StartAfter {
        vms: estate.found(groups[1]),
        after: estate.found(groups[0]),
    };
    estate.rule("app-after-db", cluster, Strength::Must, kind);
    let low = SettingKind::RestartPriority(RestartPriority::Low);
    estate.setting("c/web", cluster, Some("web"), low);
    let out = estate.lower();
    assert!(out.placement.is_equal(), "{:?}", out.placement.differences);
    let compare = |files| placement::compare(&estate.policy, &files, &Findings::default());
    let turned = change(&out, "VmStartupPolicy", |body| {
        body["groups"].as_array_mut().unwrap().reverse();
    });
    let found = reports(&compare(turned));
    assert!(
        found.iter().any(|(_, witness)| witness
            == "after a failure `app` starts before `db`: the source refuses it, the target admits it"),
        "{found:?}"
    );
    assert!(
        found.iter().any(|(_, witness)| witness
            == "after a failure `db` starts before `app`: the source admits it, the target refuses it"),
        "{found:?}"
    );
    // An older release holds no order: declared for the rule and for the priority.
    let old = estate.lower_for("nutanix@7.3");
    assert_eq!(old.placement.differences.len(), 2);
    assert!(
        old.placement
            .differences
            .iter()
            .all(|one| one.declared.is_some())
    );
}

/// A random rule: machines (bits), hosts (bits), kind, whether it is required.
fn any_rule() -> impl proptest::strategy::Strategy<Value = (u8, u8, u8, bool)> {
    (0_u8..16, 0_u8..8, 0_u8..4, any::<bool>())
}

const VMS: [&str; 4] = ["v0", "v1", "v2", "v3"];
const HOSTS: [&str; 3] = ["h0", "h1", "h2"];

fn pick(names: &[&'static str], bits: u8) -> Vec<&'static str> {
    let named = names.iter().enumerate();
    named
        .filter(|(at, _)| bits >> at & 1 == 1)
        .map(|(_, name)| *name)
        .collect()
}

fn placed(rules: &[(u8, u8, u8, bool)]) -> Estate {
    let mut estate = Estate::new();
    let cluster = estate.cluster("c", &HOSTS);
    VMS.iter().for_each(|vm| {
        estate.vm(vm, cluster);
    });
    for (at, (vms, hosts, kind, must)) in rules.iter().enumerate() {
        let strength = if *must {
            Strength::Must
        } else {
            Strength::Should
        };
        let name = format!("r{at}");
        let members = estate.vms(&pick(&VMS, *vms));
        match kind {
            0 => drop(
                estate
                    .rule(&name, cluster, strength, RuleKind::Apart(members))
                    .ident
                    .clone(),
            ),
            1 => drop(
                estate
                    .rule(&name, cluster, strength, RuleKind::Together(members))
                    .ident
                    .clone(),
            ),
            _ => {
                let group = estate.vm_group(&format!("g{at}"), &pick(&VMS, *vms));
                let target = estate.host_group(&format!("t{at}"), &pick(&HOSTS, *hosts));
                if *kind == 2 {
                    estate.run_on(&name, cluster, strength, group, target);
                } else {
                    estate.keep_off(&name, cluster, strength, group, target);
                }
            }
        }
    }
    estate
}

/// Whether the source admits a placement: the host of each machine.
fn source_admits(rules: &[(u8, u8, u8, bool)], on: &[usize]) -> bool {
    rules
        .iter()
        .filter(|(.., must)| *must)
        .all(|(vms, hosts, kind, _)| {
            let mine: Vec<usize> = (0..VMS.len())
                .filter(|vm| vms >> vm & 1 == 1)
                .map(|vm| on[vm])
                .collect();
            let distinct: BTreeSet<usize> = mine.iter().copied().collect();
            match kind {
                0 => distinct.len() == mine.len(),
                1 => distinct.len() <= 1,
                2 => mine.iter().all(|host| hosts >> host & 1 == 1),
                _ => mine.iter().all(|host| hosts >> host & 1 == 0),
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// All 81 placements of four machines on three hosts, counted out on both sides.
    #[test]
    fn placements_counted_out(rules in prop::collection::vec(any_rule(), 0..5)) {
        let estate = placed(&rules);
        let out = estate.lower();
        let allowed = out.allowed();
        let target_admits = |on: &[usize]| (0..VMS.len()).all(|vm| {
            allowed.get(VMS[vm]).is_none_or(|hosts| hosts.contains(HOSTS[on[vm]]))
        });
        let (mut more, mut less) = (false, false);
        for number in 0..HOSTS.len().pow(4) {
            let on: Vec<usize> = (0..4).map(|vm| number / HOSTS.len().pow(vm) % HOSTS.len()).collect();
            let (source, target) = (source_admits(&rules, &on), target_admits(&on));
            more |= target && !source;
            less |= source && !target;
        }
        let found = |admits| out.placement.differences.iter().any(|one| one.admits == admits);
        prop_assert_eq!(found(Admits::TargetMore), more, "{:?}", rules);
        prop_assert!(found(Admits::SourceMore) || !less, "{:?}", rules);
        prop_assert!(out.placement.differences.iter().all(|one| one.declared.is_some()));
    }

    /// Stages put in another order by hand: every set of machines that can be up is counted out.
    #[test]
    fn orders_counted_out(
        plan in prop::collection::vec((1_u8..4, 0_u8..32), 1..6),
        swap in prop::collection::vec(1_u64..6, 6),
    ) {
        let names: Vec<String> = (0..plan.len()).map(|at| format!("v{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        // A machine depends on those before it, so there is no circle.
        let plan: Vec<(u8, u8)> = plan.iter().enumerate()
            .map(|(at, (priority, needs))| (*priority, needs & ((1 << at) - 1)))
            .collect();
        let mut estate = recovery::estate(&names);
        for (at, (priority, _)) in plan.iter().enumerate() {
            estate.recover(names[at], *priority);
        }
        for (at, (_, needs)) in plan.iter().enumerate() {
            let on: Vec<&str> = (0..at).filter(|other| needs >> other & 1 == 1).map(|other| names[other]).collect();
            estate.depend(names[at], &on);
        }
        let out = estate.lower();
        let mut files = out.files.clone();
        let mut stage: BTreeMap<usize, usize> = BTreeMap::new();
        for (at, entry) in out.entries("RecoveryStage").iter().enumerate() {
            let path = format!("nutanix/{}", entry["body"].as_str().unwrap());
            let mut body = out.json(&path);
            body["priority"] = json!(swap[at]);
            for vm in out.carriers("vms", &body["categoryExtIds"][0]) {
                stage.insert(vm.trim_start_matches('v').parse().unwrap(), usize::try_from(swap[at]).unwrap());
            }
            files.insert(path, serde_json::to_vec(&body).unwrap());
        }
        let comparison = recoveries::compare(&estate.policy, &files, &Findings::default());
        let (mut early, mut late) = (BTreeSet::new(), BTreeSet::new());
        // What is up at the source whenever a machine starts, near and far.
        let mut awaited = vec![u8::MAX; plan.len()];
        // Sets that a side can reach: closed under what its machines wait for.
        let reaches = |up: u8, can: &dyn Fn(usize, u8) -> bool| {
            (0..plan.len()).filter(|vm| up >> vm & 1 == 1).all(|vm| can(vm, up))
        };
        let down = |up: u8| (0..plan.len()).filter(move |vm| up >> vm & 1 == 0);
        let sets = || 0_u8..1 << plan.len();
        for up in sets().filter(|up| reaches(*up, &|vm, up| source_can(&plan, vm, up))) {
            for vm in down(up).filter(|vm| source_can(&plan, *vm, up)) {
                awaited[vm] &= up;
                if !target_can(&stage, vm, up) {
                    late.insert(vm);
                }
            }
        }
        for up in sets().filter(|up| reaches(*up, &|vm, up| target_can(&stage, vm, up))) {
            let starts = down(up).filter(|vm| target_can(&stage, *vm, up));
            early.extend(starts.filter(|vm| awaited[*vm] & !up != 0));
        }
        let about = |admits| -> BTreeSet<usize> {
            comparison.differences.iter()
                .filter(|one| one.admits == admits && one.witness.to_string().contains("can start before"))
                .map(|one| one.about[0].id.strip_prefix("shop/v").unwrap().parse().unwrap())
                .collect()
        };
        prop_assert_eq!(about(Admits::SourceMore), late, "{:?} {:?}", plan, stage);
        prop_assert_eq!(about(Admits::TargetMore), early, "{:?} {:?}", plan, stage);
    }
}

fn recovered() -> (Estate, Lowered) {
    let mut estate = recovery::estate(&["a", "b"]);
    let origin = estate.origin;
    let settings = |address: &str| NicSettings {
        addresses: vec![address.parse().unwrap()],
        ..NicSettings::default()
    };
    estate.recover("a", 1).addresses = AddressChange::Manual(vec![NicAddresses {
        origin,
        device: 4000,
        protected: settings("10.1.0.5"),
        recovery: settings("10.2.0.5"),
    }]);
    estate.recover("b", 2).power_on = false;
    let step = estate.callout("ask", CalloutKind::Prompt, "Go on?");
    estate.step("ask", &[Run::Recovery], StepKind::Callout(step));
    let out = estate.lower();
    (estate, out)
}

#[test]
fn a_recovery_changed_by_hand_is_found() {
    let (estate, out) = recovered();
    let case = |files: Files| -> (&'static str, String) {
        let found = recoveries::compare(&estate.policy, &files, &Findings::default());
        let known: Vec<String> = out
            .recovery
            .differences
            .iter()
            .map(|one| one.witness.to_string())
            .collect();
        reports(&found)
            .into_iter()
            .find(|(_, case)| !known.contains(case))
            .unwrap()
    };
    for (model, with, code, words) in [
        (
            "RecoveryPlan",
            (|body| body["witness"] = json!({"extId": "x", "timeoutSecs": 30})) as fn(&mut Value),
            "X3001",
            "plan `shop` of the target fails over by itself",
        ),
        (
            "RecoveryStage",
            |body| body["priority"] = json!(9),
            "X3001",
            "on the target `b` can start before `a` is up; in plan `shop` of the source it cannot",
        ),
        (
            "RecoverySetting",
            |body| {
                body["recoverySetting"]["ipMappings"][0]["recoveryIp"]["ipv4"]["value"] =
                    json!("10.2.0.6");
            },
            "X3001",
            "in plan `shop` `a` gets 10.2.0.5 for 10.1.0.5 on the source only",
        ),
        (
            "NetworkMapping",
            |body| body["recoveryTestNetwork"]["subnetName"] = json!("vlan-20"),
            "X3001",
            "a test of plan `shop` uses network `vlan-20` on the target, and `vlan-90` at the source",
        ),
        (
            "ProtectionPolicy",
            |body| {
                body["replicationConfigurations"][1]["schedule"]["recoveryPointObjectiveTimeSeconds"] =
                    json!(3600);
            },
            "X3001",
            "`a` of protection group `pg` can lose 3600 seconds of data on the target, and 900 at the source",
        ),
    ] {
        let found = case(change(&out, model, with));
        assert_eq!((found.0, found.1.as_str()), (code, words), "{model}");
    }
    let off = change_file(&out, "nutanix/objects/RecoverySetting/b.json", |body| {
        body["recoverySetting"]["powerState"] = json!("ON");
    });
    assert_eq!(
        case(off).1,
        "at the end of plan `shop` `b` is off at the source and on on the target"
    );
    let runbook = change_file(&out, "nutanix/runbook.json", |value| {
        value["runs"] = json!([]);
    });
    assert_eq!(
        case(runbook).1,
        "step `ask` of plan `shop` is neither in the runbook nor in a script"
    );
    let files = change(&out, "RecoveryStage", |body| {
        body["priority"] = json!("first");
    });
    let unreadable = recoveries::compare(&estate.policy, &files, &Findings::default());
    assert_eq!(reports(&unreadable)[0].0, "V3001");
}

#[test]
fn every_release_gets_bodies_it_takes() {
    let (mut estate, _) = recovered();
    let cluster = estate.policy.inventory.clusters.ids().next().unwrap();
    let vms = estate.vm_group("g", &["a", "b"]);
    let hosts = estate.host_group("h", &["h"]);
    let other = estate.vm_group("g2", &["b"]);
    estate.run_on("must", cluster, Strength::Must, vms, hosts);
    let kind = RuleKind::Apart(estate.vms(&["a", "b"]));
    estate.rule("apart", cluster, Strength::Should, kind);
    let single = estate.vm_group("g3", &["a"]);
    let kind = RuleKind::StartAfter {
        vms: estate.found(other),
        after: estate.found(single),
    };
    estate.rule("order", cluster, Strength::Must, kind);
    for (release, startup, plans) in [
        ("2024.3", 0, 0),
        ("7.3", 0, 0),
        ("7.5", 1, 1),
        ("7.5.1", 1, 1),
        ("7.6", 1, 1),
    ] {
        let out = estate.lower_for(&format!("nutanix@{release}"));
        assert_eq!(out.bodies("VmHostAffinityPolicy").len(), 1, "{release}");
        assert_eq!(out.bodies("VmAntiAffinityPolicy").len(), 1, "{release}");
        assert_eq!(out.bodies("VmStartupPolicy").len(), startup, "{release}");
        assert_eq!(out.bodies("RecoveryPlan").len(), plans, "{release}");
        out.check();
    }
}
