//! What grows and how: rules around one group, one rule more, many denies above an allow, circles.

use crate::estate::build::{Estate, GroupId, Run, allow, condition, drop};
use crate::{admits, estate, three_tiers};
use rehome::finding::Effect;
use rehome::ir::network::Tier;
use rehome::ir::selector::{Key, Operator, Selector, TagScope};
use rehome::ir::{Link, NonEmpty};
use rehome::legal::{self, Options, Preference, Release};
use rehome::semantics::Membership;
use rehome::source::Origin;
use rehome::verify::network::compare;
use std::collections::{BTreeMap, BTreeSet};

/// One group of machines that so many rules name as their destination.
fn crowded(count: u16) -> Estate {
    crowded_by(0..count)
}

/// The same with rules of these numbers.
fn crowded_by(numbers: impl Iterator<Item = u16>) -> Estate {
    let mut estate = Estate::new();
    estate.vm("web-1", &[("tier", "web")]);
    let web = estate.tagged("web", "tier", "web");
    let mut rules = Vec::new();
    for at in numbers {
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

/// Three groups of two tags each that share one of them, with so many rules around each.
fn joined(count: u8) -> Estate {
    let mut estate = Estate::new();
    let tag = |scope: &str, value| {
        let key = Key::Tag(TagScope::Is(scope.to_owned()));
        condition(key, Operator::Equals, value)
    };
    let tiers = ["web", "app", "db"];
    let groups: Vec<GroupId> = tiers
        .map(|tier| {
            estate.vm(&format!("{tier}-1"), &[("env", "prod"), ("tier", tier)]);
            estate.vm(&format!("{tier}-test"), &[("env", "test"), ("tier", tier)]);
            let both = NonEmpty::new(vec![tag("env", "prod"), tag("tier", tier)]).unwrap();
            estate.group(&format!("prod {tier}"), Selector::All(both))
        })
        .to_vec();
    let mut rules = Vec::new();
    for at in 0..count {
        let from = estate.addresses(&format!("net-{at}"), &[&format!("192.0.{at}.0/24")]);
        for (tier, group) in tiers.iter().zip(&groups) {
            let to = allow(&format!("{tier} {at}")).from(from).to(*group);
            rules.push(to.tcp(1000 + u16::from(at)));
        }
    }
    rules.push(allow("inside").from(groups[0]).to(groups[1]).tcp(8080));
    rules.push(allow("below").from(groups[1]).to(groups[2]).tcp(5432));
    rules.push(drop("default").default());
    estate.section(Tier::Application, rules);
    estate
}

/// The categories that a policy is around.
fn secured(body: &serde_json::Value) -> BTreeSet<String> {
    let rules = body["rules"].as_array().unwrap().iter();
    let lists = rules.filter_map(|rule| rule["spec"]["securedGroupCategoryReferences"].as_array());
    let ids = lists.flatten().filter_map(|id| id.as_str());
    ids.map(str::to_owned).collect()
}

#[test]
fn groups_that_share_a_tag_are_spread_exactly() {
    // Too many together, and too many around each of them.
    for count in [30, 100] {
        let estate = joined(count);
        let policy = estate.policy.clone();
        let run = estate.lower(Release::R7_5);
        run.check();
        assert_eq!(run.finding("L1057"), Some(Effect::Conduct));
        let membership = Membership::of(&policy);
        let proof = compare(&policy, &membership, &run.files, &run.findings);
        assert!(proof.compared && proof.differing.is_empty(), "{proof:#?}");
        let mut around: BTreeMap<String, String> = BTreeMap::new();
        let policies = run.bodies("NetworkSecurityPolicy");
        assert!(policies.len() > 2, "{count}: {}", policies.len());
        for (name, body) in &policies {
            let rules = body["rules"].as_array().unwrap().len();
            assert!(rules <= 80, "{count}: {name} has {rules} rules");
            for category in secured(body) {
                let before = around.insert(category, name.clone());
                assert_eq!(before, None, "{count}: a category of {name} and of another");
            }
        }
        let target = run.target();
        let last = u16::from(count) - 1;
        for tier in ["web", "app", "db"] {
            let (from, port) = (format!("192.0.{last}.9"), format!("tcp/{}", 1000 + last));
            assert!(admits(&target, &from, &format!("{tier}-1"), &port));
            assert!(!admits(&target, &from, &format!("{tier}-test"), &port));
            assert!(!admits(&target, "192.0.0.9", &format!("{tier}-1"), &port));
        }
        assert!(admits(&target, "web-1", "app-1", "tcp/8080"));
        assert!(!admits(&target, "web-1", "db-1", "tcp/5432"));
    }
}

/// How many lines stand in the files of an estate that those of the other do not have there, and how
/// many of these are priorities.
fn changed_lines(before: &Run, after: &Run) -> (usize, usize) {
    let (mut changed, mut priorities) = (0, 0);
    for (path, bytes) in &after.files {
        let old = before.files.get(path).map_or(&[][..], Vec::as_slice);
        let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(bytes));
        let lines = similar::TextDiff::from_lines(&*old, &*new);
        for line in lines.iter_all_changes() {
            if line.tag() == similar::ChangeTag::Insert {
                changed += 1;
                priorities += usize::from(line.value().contains("\"priority\""));
            }
        }
    }
    (changed, priorities)
}

fn all_lines(run: &Run) -> usize {
    let lines = |bytes: &Vec<u8>| bytes.split(|byte| *byte == b'\n').count();
    run.files.values().map(lines).sum()
}

fn flex() -> legal::Target {
    legal::Target::of(Release::R7_6).with_flex().unwrap()
}

#[test]
fn one_more_rule_changes_few_lines() {
    for target in [legal::Target::default(), flex()] {
        let before = crowded(200).lower_for(target);
        let after = crowded(201).lower_for(target);
        let (changed, _) = changed_lines(&before, &after);
        // The rule, its group of addresses, and their places in the manifest.
        assert!(
            (1..130).contains(&changed),
            "{target}: {changed} lines changed"
        );
        let all = all_lines(&after);
        assert!(20 * changed < all, "{target}: {changed} of {all}");
    }
}

#[test]
fn a_rule_in_the_middle_moves_nothing_but_priorities() {
    for (target, later) in [(legal::Target::default(), 0), (flex(), 100)] {
        let before = crowded(200).lower_for(target);
        let after = crowded_by((0..100).chain([250]).chain(100..200)).lower_for(target);
        let (changed, priorities) = changed_lines(&before, &after);
        println!("{target}: {changed} lines changed, {priorities} priorities");
        // The rule of its own has a priority too.
        assert!(priorities <= later + 1, "{target}: {priorities}");
        assert!(
            changed - priorities < 100,
            "{target}: {changed}, {priorities} of them priorities"
        );
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
