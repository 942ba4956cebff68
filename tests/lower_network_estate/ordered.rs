//! Ordered policies (`--flex`): the order of the source is the order of the target.

use crate::admits;
use crate::estate::build::{Estate, Run, addresses, allow, drop, peers};
use rehome::finding::Effect;
use rehome::ir::network::{Action, Direction, Exclusion, Tier};
use rehome::legal::{Options, Preference, Release, Target};
use serde_json::Value;

fn flex() -> Target {
    Target::of(Release::R7_6)
        .with_flex()
        .expect("7.6 has ordered policies")
}

/// The rules in the order of the files.
fn rules(run: &Run) -> Vec<Value> {
    let mut policies: Vec<Value> = run
        .bodies("NetworkSecurityPolicy")
        .into_iter()
        .map(|(_, body)| body)
        .collect();
    policies.sort_by_key(|body| body["priority"].as_u64());
    policies
        .iter()
        .flat_map(|body| body["rules"].as_array().expect("rules").clone())
        .collect()
}

#[test]
fn a_rule_is_one_rule_for_both_ends() {
    let run = crate::three_tiers().lower_for(flex());
    run.check();
    let rules = rules(&run);
    let names: Vec<&str> = rules
        .iter()
        .filter_map(|rule| rule["name"].as_str())
        .collect();
    assert_eq!(names, ["any to web", "web to app", "app to db", "default"]);
    assert!(
        rules
            .iter()
            .all(|rule| rule["spec"]["direction"] == "IN_OUT")
    );
    let places: Vec<_> = rules
        .iter()
        .map(|rule| rule["spec"]["priority"].as_u64())
        .collect();
    assert_eq!(places, [Some(1), Some(2), Some(3), Some(250)]);
    let target = run.target();
    assert!(admits(&target, "8.8.8.8", "web-1", "tcp/443"));
    assert!(admits(&target, "web-2", "app-1", "tcp/8080"));
    assert!(!admits(&target, "web-2", "db-1", "tcp/5432"));
    // What is lost is said: IPv6 between named endpoints.
    assert_eq!(run.finding("L1051"), Some(Effect::NARROWS));
    assert_eq!(run.finding("L1056"), Some(Effect::Record));
    assert_eq!(run.finding("L1050"), None);
}

#[test]
fn denies_are_rules_and_follow_their_groups() {
    let mut estate = crate::three_tiers();
    let (web, app) = (estate.group_of("web"), estate.group_of("app"));
    estate.prepend(vec![
        drop("quarantine").from(web).to(app).tcp(8080),
        drop("told").to(app).tcp(23).action(Action::Reject),
    ]);
    let run = estate.lower_for(flex());
    run.check();
    let actions: Vec<Value> = rules(&run)
        .iter()
        .map(|rule| rule["spec"]["action"].clone())
        .collect();
    assert_eq!(
        actions,
        ["DENY", "REJECT", "ALLOW", "ALLOW", "ALLOW", "DENY"]
    );
    assert!(!admits(&run.target(), "web-1", "app-1", "tcp/8080"));
    for frozen in ["L1028", "L1044", "L1038", "L1001"] {
        assert_eq!(run.finding(frozen), None, "{frozen}");
    }
    assert_eq!(run.finding("L1052"), Some(Effect::Conduct));
}

#[test]
fn one_way_rules_and_scopes_are_said_as_they_are() {
    let mut estate = Estate::new();
    estate.vm("a", &[("t", "a")]);
    estate.vm("b", &[("t", "b")]);
    let (a, b) = (estate.tagged("a", "t", "a"), estate.tagged("b", "t", "b"));
    let mut scoped = drop("only at b").to(b).tcp(80);
    scoped.0.applied_to = peers(a);
    estate.section(
        Tier::Application,
        vec![
            drop("out only")
                .from(a)
                .to(b)
                .tcp(22)
                .direction(Direction::Out),
            scoped,
            allow("default").default(),
        ],
    );
    let run = estate.lower_for(flex());
    run.check();
    let target = run.target();
    assert!(!admits(&target, "a", "b", "tcp/22"));
    // The sender's filter holds the second rule, as it stands in the scope; another sender's does not.
    assert!(!admits(&target, "a", "b", "tcp/80"));
    assert!(admits(&target, "8.8.8.8", "b", "tcp/80"));
    assert_eq!(run.finding("L1041"), None);
}

#[test]
fn an_exclusion_by_tag_follows_the_tag() {
    let mut estate = crate::three_tiers();
    let db = estate.group_of("db");
    estate.policy.network.exclusions.push(Exclusion {
        ident: crate::estate::build::ident("exclusions", "db"),
        members: rehome::ir::selector::Selector::Group(rehome::ir::Link::Found(
            db,
            rehome::source::Origin::default(),
        )),
    });
    let run = estate.lower_for(flex());
    run.check();
    assert_eq!(run.finding("L1026"), None);
    assert_eq!(rules(&run)[0]["name"], "excluded db");
    let target = run.target();
    assert!(admits(&target, "8.8.8.8", "db-1", "tcp/22"));
    assert!(
        !admits(&target, "app-1", "db-1", "tcp/22"),
        "the sender still filters"
    );
}

#[test]
fn a_jump_is_copied_to_where_it_leads_over_something() {
    let mut estate = crate::three_tiers();
    let (web, app) = (estate.group_of("web"), estate.group_of("app"));
    estate.sections_first(
        Tier::Environment,
        vec![
            drop("jump web").from(web).to(app).action(Action::Jump),
            drop("nobody to app").to(app),
        ],
    );
    let run = estate.lower_for(flex());
    run.check();
    assert_eq!(run.finding("L1053"), Some(Effect::Conduct));
    let target = run.target();
    assert!(admits(&target, "web-1", "app-1", "tcp/8080"));
    assert!(!admits(&target, "web-1", "app-1", "tcp/22"));
    assert!(!admits(&target, "db-1", "app-1", "tcp/8080"));
}

#[test]
fn a_jump_that_nobody_holds_for_certain_leaves_the_rule_it_leads_to() {
    let mut estate = crate::three_tiers();
    let (web, app) = (estate.group_of("web"), estate.group_of("app"));
    let range = estate.addresses("range", &["10.0.0.0/8"]);
    let mut jump = drop("jump").to(app).tcp(22).action(Action::Jump);
    jump.0.applied_to = peers(range);
    estate.prepend(vec![allow("all").from(web).to(app)]);
    estate.sections_first(Tier::Environment, vec![jump, drop("no ssh").tcp(22)]);
    let run = estate.lower_for(flex());
    run.check();
    assert!(run.finding("L1053").is_some());
    let target = run.target();
    assert!(admits(&target, "web-1", "app-1", "tcp/443"));
    assert!(!admits(&target, "web-1", "app-1", "tcp/22"));
}

#[test]
fn protocols_without_a_name_are_taken_out_of_later_allows() {
    let mut estate = crate::three_tiers();
    let (web, app) = (estate.group_of("web"), estate.group_of("app"));
    estate.prepend(vec![
        drop("no gre").to(app).protocol(47),
        allow("all").from(web).to(app),
    ]);
    let run = estate.lower_for(flex());
    let target = run.target();
    assert!(!admits(&target, "web-1", "app-1", "gre"));
    assert!(admits(&target, "web-1", "app-1", "tcp/22"));
    assert_eq!(run.finding("L1037"), Some(Effect::NARROWS));
}

#[test]
fn machines_whose_addresses_are_not_known_are_never_let_through() {
    let mut estate = Estate::new();
    estate.vm("known", &[]);
    estate.vm_at("silent", &[], None);
    let net = estate.addresses("net", &["10.0.0.0/8"]);
    estate.section(
        Tier::Application,
        vec![
            drop("no ssh").from(net).tcp(22),
            allow("net").from(net),
            drop("default").default(),
        ],
    );
    let run = estate.lower_for(flex());
    run.check();
    let target = run.target();
    assert!(admits(&target, "10.0.0.1", "8.8.8.8", "tcp/80"));
    assert!(!admits(&target, "silent", "8.8.8.8", "tcp/80"));
    assert!(run.codes().contains(&"L1039"));
}

#[test]
fn the_order_goes_on_over_several_policies_and_that_is_told() {
    let mut estate = Estate::new();
    estate.vm("web-1", &[("tier", "web")]);
    let web = estate.tagged("web", "tier", "web");
    let mut all = Vec::new();
    for at in 0..300_u16 {
        all.push(drop(&format!("deny {at}")).to(web).tcp(1000 + at));
        all.push(allow(&format!("allow {at}")).to(web).tcp(1000 + at));
    }
    all.push(allow("last").to(web).tcp(2000));
    all.push(drop("default").default());
    estate.section(Tier::Application, all);
    let run = estate.lower_for(flex());
    run.check();
    assert_eq!(run.finding("L1050"), Some(Effect::SHIFTS));
    let policies = run.bodies("NetworkSecurityPolicy");
    assert_eq!(policies.len(), 3);
    for (name, body) in policies {
        assert!(
            body["rules"].as_array().expect("rules").len() <= 250,
            "{name}"
        );
    }
    let target = run.target();
    for at in [0, 120, 299] {
        assert!(
            !admits(&target, "8.8.8.8", "web-1", &format!("tcp/{}", 1000 + at)),
            "{at}"
        );
    }
    assert!(admits(&target, "8.8.8.8", "web-1", "tcp/2000"));
}

#[test]
fn many_groups_on_one_side_are_several_rules() {
    let mut estate = Estate::new();
    let mut list = Vec::new();
    for at in 0..25 {
        let name = format!("t{at}");
        let held = addresses(&[&format!("10.0.1.{at}")]);
        estate.vm_at(&name, &[("t", &name)], Some(held));
        let group = estate.tagged(&name, "t", &name);
        list.push(peers(group));
    }
    let mut rule = allow("many").tcp(443);
    let parts = list.into_iter().flat_map(|one| match one.set {
        rehome::ir::network::PeerSet::Of(parts) => parts.into_vec(),
        rehome::ir::network::PeerSet::Any => Vec::new(),
    });
    let parts = rehome::ir::NonEmpty::new(parts.collect()).expect("groups");
    rule.0.source.set = rehome::ir::network::PeerSet::Of(parts);
    estate.section(Tier::Application, vec![rule, drop("default").default()]);
    let run = estate.lower_for(flex());
    run.check();
    assert_eq!(rules(&run).len(), 4);
    assert!(admits(&run.target(), "t24", "8.8.8.8", "tcp/443"));
}

#[test]
fn frozen_members_are_left_out_of_allows_and_kept_in_denies_where_that_is_preferred() {
    let mut estate = crate::three_tiers();
    let app = estate.group_of("app");
    estate.vm("MON-1", &[]);
    let named = estate.named("monitors", "mon-");
    estate.prepend(vec![
        drop("no ssh").from(named).to(app).tcp(22),
        allow("monitoring").from(named).to(app),
    ]);
    let mut options = Options::new(flex());
    options.prefer = Preference::Dynamic;
    let run = estate.lower_with(&options);
    assert_eq!(run.finding("L1055"), Some(Effect::NARROWS));
    assert!(!admits(&run.target(), "MON-1", "app-1", "tcp/9100"));
    assert_eq!(rules(&run)[0]["name"], "no ssh");
}
