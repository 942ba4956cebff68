//! Placement rules and what they become.

use crate::estate::Estate;
use proptest::prelude::*;
use rehome::finding::{Fate, Level};
use rehome::ir::placement::{ReadyCondition, RestartPriority, RuleKind, SettingKind, Strength};
use rehome::legal::{Kind, Options, Target};
use rehome::plan::nutanix::category::Label;
use rehome::plan::nutanix::mapping::{Chosen, Renamed};
use serde_json::json;
use std::collections::BTreeSet;

const MUST: Strength = Strength::Must;
const SHOULD: Strength = Strength::Should;

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Three machines on four hosts.
fn small() -> (Estate, rehome::ir::Id<rehome::ir::inventory::Cluster>) {
    let mut estate = Estate::new();
    let cluster = estate.cluster("c", &["esx1", "esx2", "esx3", "esx4"]);
    for vm in ["a", "b", "d"] {
        estate.vm(vm, cluster);
    }
    (estate, cluster)
}

#[test]
fn a_required_run_on_rule_is_held_exactly() {
    let (mut estate, cluster) = small();
    let vms = estate.vm_group("oracle", &["a", "b"]);
    let hosts = estate.host_group("licensed", &["esx1", "esx2"]);
    estate.run_on("ora-lic", cluster, MUST, vms, hosts);
    let out = estate.lower();
    assert_eq!(out.fate(Kind::PlacementRule, "ora-lic"), Fate::Exact);
    assert_eq!(out.codes_of(""), Vec::<&str>::new());
    let policy = &out.bodies("VmHostAffinityPolicy")[0];
    assert_eq!(policy["name"], "ora-lic");
    assert_eq!(
        out.category(&policy["vmCategories"][0]["extId"]),
        "drs-vm-group=oracle"
    );
    assert_eq!(
        out.category(&policy["hostCategories"][0]["extId"]),
        "drs-host-group=licensed"
    );
    assert_eq!(out.allowed()["a"], names(&["esx1", "esx2"]));
    assert_eq!(out.allowed().get("d"), None);
    out.check();
}

#[test]
fn a_machine_of_two_rules_gets_the_hosts_in_common() {
    let (mut estate, cluster) = small();
    let one = estate.vm_group("one", &["a", "b"]);
    let two = estate.vm_group("two", &["b", "d"]);
    let low = estate.host_group("low", &["esx1", "esx2"]);
    let mid = estate.host_group("mid", &["esx2", "esx3"]);
    estate.run_on("first", cluster, MUST, one, low);
    estate.run_on("second", cluster, MUST, two, mid);
    let out = estate.lower();
    let allowed = out.allowed();
    assert_eq!(allowed["a"], names(&["esx1", "esx2"]));
    assert_eq!(allowed["b"], names(&["esx2"]));
    assert_eq!(allowed["d"], names(&["esx2", "esx3"]));
    assert_eq!(out.bodies("VmHostAffinityPolicy").len(), 3);
    assert_eq!(out.codes_of(""), Vec::<&str>::new());
    out.check();
}

#[test]
fn rules_without_a_host_in_common_are_errors_and_make_no_policy() {
    let (mut estate, cluster) = small();
    let one = estate.vm_group("one", &["a", "b"]);
    let two = estate.vm_group("two", &["b"]);
    let low = estate.host_group("low", &["esx1"]);
    let high = estate.host_group("high", &["esx4"]);
    estate.run_on("first", cluster, MUST, one, low);
    estate.run_on("second", cluster, MUST, two, high);
    let out = estate.lower();
    assert_eq!(out.allowed().keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(out.fate(Kind::PlacementRule, "first"), Fate::Approximate);
    assert_eq!(out.fate(Kind::PlacementRule, "second"), Fate::Dropped);
    assert_eq!(out.codes_of("L"), ["L2004", "L2004"]);
    assert_eq!(out.level("L2004"), Level::Error);
    assert_eq!(
        out.finding("L2004").message,
        "DRS rule `first` and `second` leave `b` no host in common; AHV cannot hold both, and no policy of this rule is made for them"
    );
    out.check();
}

#[test]
fn a_preference_makes_no_policy_unless_it_is_hardened() {
    let (mut estate, cluster) = small();
    let vms = estate.vm_group("site-a-vms", &["a"]);
    let hosts = estate.host_group("site-a", &["esx1", "esx2"]);
    estate.run_on("site", cluster, SHOULD, vms, hosts);
    let out = estate.lower();
    assert_eq!(
        out.bodies("VmHostAffinityPolicy"),
        Vec::<serde_json::Value>::new()
    );
    assert_eq!(out.fate(Kind::PlacementRule, "site"), Fate::Dropped);
    assert_eq!(out.level("L2001"), Level::Warning);

    let mut options = Options::new(Target::default());
    options.harden_should = true;
    let out = estate.lower_with(&options);
    assert_eq!(out.allowed()["a"], names(&["esx1", "esx2"]));
    assert_eq!(out.fate(Kind::PlacementRule, "site"), Fate::Approximate);
    let finding = out.finding("L2002");
    assert_eq!(
        finding.witness.as_ref().map(ToString::to_string).as_deref(),
        Some("`esx1` and `esx2` fail: the source restarts `a` elsewhere, the target does not")
    );
    assert_eq!(finding.level(), Level::Warning);
    out.check();
}

#[test]
fn a_hardened_preference_never_empties_a_requirement() {
    let (mut estate, cluster) = small();
    let vms = estate.vm_group("g", &["a"]);
    let low = estate.host_group("low", &["esx1"]);
    let high = estate.host_group("high", &["esx4"]);
    estate.run_on("wish", cluster, SHOULD, vms, low);
    estate.run_on("need", cluster, MUST, vms, high);
    let mut options = Options::new(Target::default());
    options.harden_should = true;
    let out = estate.lower_with(&options);
    assert_eq!(out.allowed()["a"], names(&["esx4"]));
    assert_eq!(out.fate(Kind::PlacementRule, "need"), Fate::Exact);
    assert_eq!(out.fate(Kind::PlacementRule, "wish"), Fate::Dropped);
}

#[test]
fn keeping_off_becomes_running_on_the_others() {
    let (mut estate, cluster) = small();
    let vms = estate.vm_group("db", &["a"]);
    let off = estate.host_group("old", &["esx4"]);
    estate.keep_off("off-old", cluster, MUST, vms, off);
    let out = estate.lower();
    assert_eq!(out.allowed()["a"], names(&["esx1", "esx2", "esx3"]));
    assert_eq!(out.codes_of(""), ["L2003"]);
    assert_eq!(out.level("L2003"), Level::Warning);
    out.check();
}

#[test]
fn keeping_off_needs_the_hosts_of_the_cluster() {
    let (mut estate, _) = small();
    let other = estate.cluster("bare", &[]);
    let vms = estate.vm_group("db", &["a"]);
    let off = estate.host_group("old", &["esx4"]);
    estate.keep_off("off-old", other, MUST, vms, off);
    let out = estate.lower();
    assert_eq!(out.fate(Kind::PlacementRule, "off-old"), Fate::Dropped);
    assert_eq!(out.level("L2005"), Level::Error);
    assert!(out.allowed().is_empty());
}

#[test]
fn machines_kept_apart_get_a_category_of_their_own() {
    let (mut estate, cluster) = small();
    let kind = RuleKind::Apart(estate.vms(&["a", "b"]));
    estate.rule("soft", cluster, SHOULD, kind);
    let kind = RuleKind::Apart(estate.vms(&["a", "b", "d"]));
    estate.rule("hard", cluster, MUST, kind);
    let out = estate.lower();
    assert_eq!(out.fate(Kind::PlacementRule, "soft"), Fate::Exact);
    assert_eq!(out.fate(Kind::PlacementRule, "hard"), Fate::Approximate);
    let finding = out.finding("L2006");
    assert_eq!(finding.level(), Level::Error);
    assert_eq!(
        finding.witness.as_ref().map(ToString::to_string).as_deref(),
        Some("`a` on `esx1` and `b` on `esx1`: the source refuses it, the target admits it")
    );
    let bodies = out.bodies("VmAntiAffinityPolicy");
    let soft = &bodies[0]["categories"][0]["extId"];
    let hard = &bodies[1]["categories"][0]["extId"];
    assert_eq!(out.category(soft), "drs-apart=soft");
    assert_eq!(out.carriers("vms", soft), names(&["a", "b"]));
    assert_eq!(out.carriers("vms", hard), names(&["a", "b", "d"]));
    out.check();
}

#[test]
fn machines_kept_together_are_an_error_with_a_placement() {
    let (mut estate, cluster) = small();
    let kind = RuleKind::Together(estate.vms(&["a", "b"]));
    estate.rule("pair", cluster, MUST, kind);
    let kind = RuleKind::Together(estate.vms(&["b", "d"]));
    estate.rule("near", cluster, SHOULD, kind);
    let out = estate.lower();
    assert_eq!(out.codes_about("pair"), ["L2007"]);
    let finding = out.finding("L2007");
    assert_eq!(finding.level(), Level::Error);
    assert_eq!(
        finding.witness.as_ref().map(ToString::to_string).as_deref(),
        Some("`a` on `esx1` and `b` on `esx2`: the source refuses it, the target admits it")
    );
    let soft = out
        .findings()
        .find(|finding| finding.subjects[0].id == "near")
        .unwrap();
    assert_eq!(soft.level(), Level::Warning);
}

#[test]
fn machines_kept_together_are_pinned_on_request() {
    let (mut estate, cluster) = small();
    let vms = estate.vm_group("lic", &["b"]);
    let hosts = estate.host_group("licensed", &["esx3", "esx4"]);
    estate.run_on("licence", cluster, MUST, vms, hosts);
    let kind = RuleKind::Together(estate.vms(&["a", "b"]));
    estate.rule("pair", cluster, MUST, kind);
    let kind = RuleKind::Together(estate.vms(&["b", "d"]));
    estate.rule("near", cluster, SHOULD, kind);
    let mut options = Options::new(Target::default());
    options.pin_together = true;
    let out = estate.lower_with(&options);
    // The licence leaves the third and the fourth host.
    assert_eq!(out.allowed()["a"], names(&["esx3"]));
    assert_eq!(out.allowed()["b"], names(&["esx3"]));
    assert_eq!(out.allowed().get("d"), None);
    assert_eq!(out.codes_about("pair"), ["L2025"]);
    assert_eq!(
        out.codes_about("near"),
        ["L2007"],
        "a preference is not pinned"
    );
    assert_eq!(
        out.finding("L2025")
            .witness
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("`esx3` fails: `a` and `b` stay down")
    );
    out.check();
    options.harden_should = true;
    let out = estate.lower_with(&options);
    assert_eq!(
        out.allowed()["d"],
        names(&["esx3"]),
        "rules that share a machine get one host"
    );

    let other = estate.host_group("others", &["esx1"]);
    let vms = estate.vm_group("a", &["a"]);
    estate.run_on("elsewhere", cluster, MUST, vms, other);
    let out = estate.lower_with(&options);
    assert_eq!(
        out.codes_about("pair"),
        ["L2007"],
        "no host is left to pin to"
    );
}

#[test]
fn people_choose_the_names_on_the_target() {
    let (mut estate, cluster) = small();
    let vms = estate.vm_group("oracle", &["a"]);
    let hosts = estate.host_group("licensed", &["esx1"]);
    estate.run_on("ora-lic", cluster, MUST, vms, hosts);
    let kind = RuleKind::Apart(estate.vms(&["a", "b"]));
    estate.rule("pair", cluster, SHOULD, kind);
    let chosen = |key: &str, value: Option<&str>, exists| Chosen {
        key: Label::nearest(key),
        value: value.map(Label::nearest),
        exists,
        origin: estate.origin,
    };
    let mut options = Options::new(Target::default());
    let categories = &mut options.mapping.categories;
    categories.insert(
        "drs-vm-group/oracle".into(),
        chosen("App", Some("Oracle"), true),
    );
    categories.insert("drs-apart".into(), chosen("Apart", None, false));
    categories.insert(
        "drs-apart/nothing".into(),
        chosen("Apart", Some("pair"), false),
    );
    let renamed = Renamed {
        name: "ahv-01".into(),
        origin: estate.origin,
    };
    options.mapping.hosts.insert("esx1".into(), renamed.clone());
    options.mapping.hosts.insert("esx77".into(), renamed);
    let out = estate.lower_with(&options);
    let policy = &out.bodies("VmHostAffinityPolicy")[0];
    assert_eq!(
        out.category(&policy["vmCategories"][0]["extId"]),
        "App=Oracle"
    );
    let hosts = &policy["hostCategories"][0]["extId"];
    assert_eq!(out.carriers("hosts", hosts), names(&["ahv-01"]));
    let apart = &out.bodies("VmAntiAffinityPolicy")[0]["categories"][0]["extId"];
    // What is chosen for something else is not given away.
    assert_eq!(out.category(apart), "Apart=pair-2");
    let methods: Vec<_> = out
        .entries("Category")
        .iter()
        .map(|entry| entry["method"].clone())
        .collect();
    assert_eq!(methods, ["GET", "POST", "POST"]);
    assert!(
        out.placement.is_equal(),
        "the host is the same under its new name"
    );
    out.check();
}

#[test]
fn rules_that_are_off_or_bind_nothing_leave_a_record() {
    let (mut estate, cluster) = small();
    let kind = RuleKind::Apart(estate.vms(&["a", "b"]));
    estate.rule("off", cluster, MUST, kind).enabled = false;
    let vms = estate.vm_group("nobody", &[]);
    let hosts = estate.host_group("h", &["esx1"]);
    estate.run_on("empty", cluster, MUST, vms, hosts);
    let out = estate.lower();
    assert_eq!(out.codes_about("off"), ["L2013"]);
    assert_eq!(out.codes_about("empty"), ["L2014"]);
    assert_eq!(out.level("L2013"), Level::Advice);
    assert_eq!(out.level("L2014"), Level::Advice);
    assert!(out.allowed().is_empty());
}

#[test]
fn a_missing_machine_is_an_error_and_a_missing_host_a_warning() {
    let (mut estate, cluster) = small();
    let vms = estate.vm_group("g", &["a", "gone?"]);
    let hosts = estate.host_group("h", &["esx1", "esx9?"]);
    let all = estate.host_group("none", &["esx9?"]);
    estate.run_on("partly", cluster, MUST, vms, hosts);
    let out = estate.lower();
    assert_eq!(out.codes_about("partly"), ["L2017", "L2017"]);
    assert_eq!(out.codes_about("c/g"), ["L2018"]);
    assert_eq!(out.allowed()["a"], names(&["esx1"]));
    let levels: Vec<_> = out
        .findings()
        .filter(|finding| finding.code.id == "L2017")
        .filter(|finding| finding.cause.is_some())
        .map(|finding| (finding.message.contains("`gone`"), finding.level()))
        .collect();
    assert!(levels.contains(&(true, Level::Error)), "{levels:?}");
    assert!(levels.contains(&(false, Level::Warning)), "{levels:?}");

    estate.run_on("hostless", cluster, MUST, vms, all);
    let out = estate.lower();
    assert!(out.codes_about("hostless").contains(&"L2004"));
    assert!(out.allowed().is_empty());
}

#[test]
fn a_forbidden_host_that_cannot_be_told_apart_stays_forbidden() {
    let (mut estate, cluster) = small();
    let vms = estate.vm_group("g", &["a"]);
    let off = estate.host_group("off", &["esx2", "ESX3?"]);
    estate.keep_off("off", cluster, MUST, vms, off);
    let out = estate.lower();
    assert_eq!(out.allowed()["a"], names(&["esx1", "esx4"]));
    assert_eq!(out.codes_about("off"), ["L2003", "L2017"]);
}

#[test]
fn starts_in_an_order() {
    let (mut estate, cluster) = small();
    let db = estate.vm_group("db", &["a"]);
    let app = estate.vm_group("app", &["b"]);
    estate.setting(
        "c/ready",
        cluster,
        None,
        SettingKind::Readiness {
            condition: ReadyCondition::GuestHeartbeat,
            delay_seconds: Some(60),
        },
    );
    let kind = RuleKind::StartAfter {
        vms: estate.found(app),
        after: estate.found(db),
    };
    estate.rule("app-after-db", cluster, SHOULD, kind);
    let out = estate.lower();
    let body = &out.bodies("VmStartupPolicy")[0];
    assert_eq!(
        out.category(&body["groups"][0]["categories"][0]["extId"]),
        "drs-vm-group=db"
    );
    assert_eq!(
        out.category(&body["groups"][1]["categories"][0]["extId"]),
        "drs-vm-group=app"
    );
    assert_eq!(
        body["startConditions"],
        json!([{"delayDurationSecs": 60, "powerStateCriteria": {
            "$objectType": "vmm.v4.ahv.policies.PowerStateCriteriaGuestBootup",
            "timeoutDurationSecs": 300}}])
    );
    assert_eq!(out.codes_about("app-after-db"), ["L2012"]);
    assert_eq!(out.codes_about("c/ready"), ["L2012"]);
    assert_eq!(
        out.finding("L2012").message,
        "DRS rule `app-after-db` starts group `app` after group `db` sends guest heartbeats and 60 seconds have passed; AHV waits until it has booted, or 300 seconds have passed, and 60 seconds more"
    );
    out.check();

    let old = estate.lower_for("nutanix@7.3");
    assert_eq!(old.codes_about("app-after-db"), ["L2009"]);
    assert!(old.bodies("VmStartupPolicy").is_empty());
    old.check();
}

#[test]
fn starts_in_a_circle_make_no_policy() {
    let (mut estate, cluster) = small();
    let groups: Vec<_> = ["a", "b", "d"]
        .iter()
        .map(|vm| estate.vm_group(vm, &[vm]))
        .collect();
    for (name, waits, after) in [("one", 0, 1), ("two", 1, 0), ("free", 2, 0)] {
        let kind = RuleKind::StartAfter {
            vms: estate.found(groups[waits]),
            after: estate.found(groups[after]),
        };
        estate.rule(name, cluster, MUST, kind);
    }
    let out = estate.lower();
    assert_eq!(out.codes_about("one"), ["L2010"]);
    assert_eq!(out.codes_about("two"), ["L2010"]);
    assert_eq!(out.fate(Kind::PlacementRule, "free"), Fate::Exact);
    assert_eq!(out.bodies("VmStartupPolicy").len(), 1);
}

#[test]
fn priorities_of_restart_become_one_order() {
    let (mut estate, cluster) = small();
    let set = SettingKind::RestartPriority;
    estate.setting("c/default", cluster, None, set(RestartPriority::Low));
    estate.setting("c/a", cluster, Some("a"), set(RestartPriority::Highest));
    estate.setting("c/b", cluster, Some("b"), set(RestartPriority::Disabled));
    estate.setting(
        "c/other",
        cluster,
        None,
        SettingKind::Other {
            key: "dasConfig.admissionControlEnabled".into(),
            value: "true".into(),
        },
    );
    let out = estate.lower();
    let body = &out.bodies("VmStartupPolicy")[0];
    let group = |at: usize| &body["groups"][at]["categories"][0]["extId"];
    assert_eq!(out.carriers("vms", group(0)), names(&["a"]));
    assert_eq!(out.carriers("vms", group(1)), names(&["d"]));
    assert_eq!(out.category(group(0)), "ha-restart-priority=c highest");
    assert_eq!(out.fate(Kind::Setting, "c/a"), Fate::Exact);
    assert_eq!(out.codes_about("c/default"), ["L2024"]);
    assert_eq!(out.codes_about("c/b"), ["L2020"]);
    assert_eq!(out.codes_about("c/other"), ["L2023"]);
    out.check();
}

#[test]
fn a_rule_of_a_cluster_whose_scheduler_is_off_was_advisory() {
    let (mut estate, cluster) = small();
    estate.setting("c/off", cluster, None, SettingKind::SchedulerEnabled(false));
    let vms = estate.vm_group("g", &["a"]);
    let hosts = estate.host_group("h", &["esx1"]);
    estate.run_on("r", cluster, MUST, vms, hosts);
    let out = estate.lower();
    assert_eq!(out.codes_about("r"), ["L2008"]);
    assert_eq!(
        out.finding("L2008")
            .witness
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some("`a` on `esx2`: the source admits it, the target refuses it")
    );
}

#[test]
fn names_that_are_alike_share_no_category() {
    let mut estate = Estate::new();
    let one = estate.cluster("c1", &["esx1", "esx2"]);
    let two = estate.cluster("c2", &["esx3", "esx4"]);
    estate.vm("a", one);
    estate.vm("b", two);
    for (cluster, vm, host) in [(one, "a", "esx1"), (two, "b", "esx3")] {
        let vms = estate.vm_group("same", &[vm]);
        let hosts = estate.host_group("same", &[host]);
        let (id, hosts_id) = (format!("{vm}/same"), format!("{host}/same"));
        estate
            .policy
            .placement
            .vm_groups
            .values_mut()
            .last()
            .unwrap()
            .ident
            .id = id.clone();
        estate
            .policy
            .placement
            .host_groups
            .values_mut()
            .last()
            .unwrap()
            .ident
            .id = hosts_id;
        estate.run_on(&id, cluster, MUST, vms, hosts);
    }
    let out = estate.lower();
    assert_eq!(out.allowed()["a"], names(&["esx1"]));
    assert_eq!(out.allowed()["b"], names(&["esx3"]));
    out.check();
}

/// A random rule: which machines (bits), on or off, which hosts (bits).
fn any_rule() -> impl Strategy<Value = (u8, bool, u8)> {
    (0_u8..64, any::<bool>(), 0_u8..16)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Every placement of one machine on one host is admitted by the emitted files exactly when
    /// every required rule admits it; where the rules leave a machine no host, there is an error.
    #[test]
    fn what_is_required_is_what_is_emitted(rules in prop::collection::vec(any_rule(), 0..6)) {
        let hosts = ["h0", "h1", "h2", "h3"];
        let vms = ["v0", "v1", "v2", "v3", "v4", "v5"];
        let mut estate = Estate::new();
        let cluster = estate.cluster("c", &hosts);
        for vm in vms {
            estate.vm(vm, cluster);
        }
        let pick = |names: &[&'static str], bits: u8| -> Vec<&'static str> {
            names.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, name)| *name).collect()
        };
        for (at, (members, on, targets)) in rules.iter().enumerate() {
            let group = estate.vm_group(&format!("g{at}"), &pick(&vms, *members));
            let target = estate.host_group(&format!("t{at}"), &pick(&hosts, *targets));
            let name = format!("r{at}");
            if *on {
                estate.run_on(&name, cluster, MUST, group, target);
            } else {
                estate.keep_off(&name, cluster, MUST, group, target);
            }
        }
        let out = estate.lower();
        let allowed = out.allowed();
        let lost: Vec<&str> = out.findings().filter(|f| f.code.id == "L2004").map(|f| f.message.as_str()).collect();
        for (v, vm) in vms.iter().enumerate() {
            let admits = |h: usize| rules.iter().all(|(members, on, targets)| {
                members >> v & 1 == 0 || (targets >> h & 1 == 1) == *on
            });
            let source: BTreeSet<String> =
                (0..4).filter(|h| admits(*h)).map(|h| hosts[h].to_owned()).collect();
            match allowed.get(*vm) {
                Some(target) => prop_assert_eq!(target, &source, "{}", vm),
                None if source.is_empty() => {
                    let named = format!("`{vm}`");
                    prop_assert!(lost.iter().any(|message| message.contains(&named)), "{vm}: {lost:?}");
                }
                None => prop_assert_eq!(source.len(), 4, "{} is bound by nothing", vm),
            }
        }
    }
}
