//! What grows and how: rules around one group, one rule more, many denies above an allow, circles.

use crate::estate::build::{Estate, allow, drop};
use crate::{admits, estate, three_tiers};
use rehome::finding::Effect;
use rehome::ir::network::Tier;
use rehome::ir::selector::Selector;
use rehome::ir::{Link, NonEmpty};
use rehome::legal::{self, Options, Preference, Release};
use rehome::source::Origin;

/// One group of machines that so many rules name as their destination.
fn crowded(count: u16) -> Estate {
    let mut estate = Estate::new();
    estate.vm("web-1", &[("tier", "web")]);
    let web = estate.tagged("web", "tier", "web");
    let mut rules = Vec::new();
    for at in 0..count {
        let from = estate.addresses(&format!("net-{at}"), &[&format!("192.0.{at}.0/24")]);
        let rule = allow(&format!("rule {at}")).from(from).to(web);
        rules.push(rule.tcp(1000 + at));
    }
    rules.push(drop("default").default());
    estate.section(Tier::Application, rules);
    estate
}

#[test]
fn more_rules_than_are_known_to_be_accepted_are_spread_exactly() {
    // A policy also says that nothing leaves the group, and what its machines send to each other.
    let told = |count| crowded(count).lower(Release::R7_5).finding("L1057");
    assert_eq!(told(78), None);
    assert_eq!(told(79), Some(Effect::Conduct));
    let run = crowded(200).lower(Release::R7_5);
    run.check();
    let policies = run.bodies("NetworkSecurityPolicy");
    for (name, body) in &policies {
        assert!(
            body["rules"].as_array().expect("rules").len() <= 80,
            "{name}"
        );
    }
    assert_eq!(policies.len(), 4);
    let target = run.target();
    for at in [0_u16, 77, 78, 199] {
        let (from, port) = (format!("192.0.{at}.9"), format!("tcp/{}", 1000 + at));
        assert!(admits(&target, &from, "web-1", &port), "{at}");
        assert!(!admits(&target, &from, "web-1", "tcp/999"), "{at}");
    }
}

#[test]
fn rules_of_a_tag_stay_together_where_they_are_to_follow_it() {
    let mut options = Options::new(legal::Target::default());
    options.prefer = Preference::Dynamic;
    let run = crowded(200).lower_with(&options);
    assert_eq!(run.finding("L1030"), Some(Effect::Record));
    assert_eq!(run.bodies("NetworkSecurityPolicy").len(), 2);
}

/// How many lines of the files of one estate are not in those of the other.
fn changed_lines(before: &estate::build::Run, after: &estate::build::Run) -> usize {
    let lines = |run: &estate::build::Run| {
        let mut count = std::collections::BTreeMap::new();
        for (path, bytes) in &run.files {
            for line in String::from_utf8_lossy(bytes).lines() {
                *count
                    .entry((path.clone(), line.to_owned()))
                    .or_insert(0_usize) += 1;
            }
        }
        count
    };
    let old = lines(before);
    lines(after)
        .into_iter()
        .map(|(line, count)| count.saturating_sub(old.get(&line).copied().unwrap_or(0)))
        .sum()
}

#[test]
fn one_more_rule_changes_few_lines() {
    let flex = legal::Target::of(Release::R7_6).with_flex().unwrap();
    for target in [legal::Target::default(), flex] {
        let before = crowded(200).lower_for(target);
        let after = crowded(201).lower_for(target);
        let changed = changed_lines(&before, &after);
        // The rule, its group of addresses, and their places in the manifest.
        assert!(
            (1..130).contains(&changed),
            "{target}: {changed} lines changed"
        );
        let all: usize = after
            .files
            .values()
            .map(|bytes| bytes.split(|b| *b == b'\n').count())
            .sum();
        assert!(20 * changed < all, "{target}: {changed} of {all}");
    }
}

#[test]
fn groups_in_circles_take_no_time() {
    let mut estate = three_tiers();
    let web = estate.group_of("web");
    let first = estate.unknown_group("first");
    let link = |id| Selector::Group(Link::Found(id, Origin::default()));
    let both = |one, other| Selector::AnyOf(NonEmpty::new(vec![one, other]).unwrap());
    let second = estate.group("second", both(link(first), link(first)));
    let third = estate.group("third", both(link(first), link(second)));
    let inner = both(both(link(second), link(third)), link(web));
    for group in estate.policy.network.groups.values_mut() {
        if group.ident.name == "first" {
            group.members = inner.clone();
        }
    }
    estate.prepend(vec![allow("circle").from(first).to(third).tcp(22)]);
    let target = estate.lower(Release::R7_5).target();
    assert!(admits(&target, "web-1", "web-2", "tcp/22"));
    assert!(!admits(&target, "app-1", "web-2", "tcp/22"));
}

/// How many rules come out of one allow below so many denies.
fn rules_below(count: usize) -> usize {
    let mut estate = Estate::new();
    let mut rules = Vec::new();
    for at in 0..count {
        let app = format!("app-{at}");
        let held = estate::build::addresses(&[&format!("10.{}.{}.1", at / 250, at % 250)]);
        estate.vm_at(&app, &[("app", &app)], Some(held));
        let group = estate.tagged(&app, "app", &app);
        rules.push(drop(&format!("fence {at}")).from(group));
    }
    estate.vm("free", &[]);
    rules.push(allow("default").default());
    estate.section(Tier::Application, rules);
    let run = estate.lower(Release::R7_5);
    run.bodies("NetworkSecurityPolicy")
        .iter()
        .map(|(_, body)| body["rules"].as_array().expect("rules").len())
        .sum()
}

#[test]
fn one_allow_below_a_thousand_denies_is_linear_in_rules() {
    let (half, whole) = (rules_below(500), rules_below(1000));
    assert!(
        whole <= 2 * half && whole <= 4 * 1000,
        "{half} rules, then {whole}"
    );
}

/// One allow of everything below a fence for each of so many applications.
fn fences(count: usize) -> usize {
    let mut estate = Estate::new();
    let mut rules = Vec::new();
    for at in 0..count {
        let app = format!("app-{at}");
        let held = estate::build::addresses(&[&format!("10.{}.{}.1", at / 250, at % 250)]);
        estate.vm_at(&app, &[("app", &app)], Some(held));
        let group = estate.tagged(&app, "app", &app);
        rules.push(drop(&format!("fence {at}")).from(group));
    }
    estate.vm("free", &[]);
    rules.push(allow("default").default());
    estate.section(Tier::Application, rules);
    let run = estate.lower(Release::R7_5);
    let target = run.target();
    assert!(admits(&target, "free", "app-1", "tcp/22"));
    assert!(!admits(&target, "app-1", "free", "tcp/22"));
    run.files.values().map(Vec::len).sum()
}

#[test]
fn an_allow_below_many_denies_stays_linear() {
    let (small, large) = (fences(100), fences(400));
    assert!(large < 5 * small, "{small} bytes, then {large}");
}
