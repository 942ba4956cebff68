//! What selectors mean on a small estate.

use super::*;
use crate::ir::selector::TagScope;
use crate::ir::{Opaque, Table};
use crate::semantics::fixture::*;

/// web1 and web2 carry tags, web2 holds two addresses, db1 one, dark none that is known.
fn estate() -> Policy<Linked> {
    let mut policy = Policy::default();
    let vms = [
        tagged("web1", &["tier|Web", "env|prod"], &["10.0.0.1"]),
        tagged("web2", &["tier|web"], &["10.0.0.2", "10.9.0.2"]),
        tagged("db1", &["role|web", "tier|db"], &["10.0.1.1"]),
        vm("dark"),
    ];
    policy.inventory.vms = vms.into_iter().collect::<Table<_>>();
    policy
}

fn names(policy: &Policy<Linked>, set: &VmSet) -> Vec<String> {
    set.iter()
        .map(|vm| policy.inventory.vms[vm].ident.name.clone())
        .collect()
}

fn of(policy: &Policy<Linked>, selector: &Selector<Linked>) -> (Vec<String>, Vec<String>) {
    let members = Membership::of(policy).selector(policy, selector);
    (
        names(policy, &members.sure.vms),
        names(policy, &members.possible.vms),
    )
}

fn known(names: &[&str]) -> (Vec<String>, Vec<String>) {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    (names.clone(), names)
}

#[test]
fn tags_are_compared_in_their_scope_and_without_case() {
    let policy = estate();
    let tier = || TagScope::Is("TIER".into());
    let cases = [
        (
            tag(TagScope::Any, Operator::Equals, "WEB"),
            known(&["web1", "web2", "db1"]),
        ),
        (
            tag(tier(), Operator::Equals, "web"),
            known(&["web1", "web2"]),
        ),
        (
            tag(TagScope::IsNot("tier".into()), Operator::Equals, "web"),
            known(&["db1"]),
        ),
        (tag(tier(), Operator::StartsWith, "D"), known(&["db1"])),
        (
            tag(tier(), Operator::EndsWith, "b"),
            known(&["web1", "web2", "db1"]),
        ),
        (
            tag(TagScope::Any, Operator::Contains, "ro"),
            known(&["web1"]),
        ),
        (
            tag(TagScope::Is("env".into()), Operator::Present, ""),
            known(&["web1"]),
        ),
        (
            matching(Of::Vm, Key::Name, Operator::NotEquals, "DB1"),
            known(&["web1", "web2", "dark"]),
        ),
    ];
    for (selector, expected) in cases {
        assert_eq!(of(&policy, &selector), expected, "{selector:?}");
    }
}

#[test]
fn not_equal_on_a_tag_is_sure_only_where_both_readings_agree() {
    let policy = estate();
    let selector = tag(TagScope::Is("tier".into()), Operator::NotEquals, "web");
    // `dark` has no tag at all: it lacks the tag, and it has no other.
    let expected = (
        vec!["db1".to_owned()],
        vec!["db1".to_owned(), "dark".to_owned()],
    );
    assert_eq!(of(&policy, &selector), expected);
}

#[test]
fn an_address_condition_splits_a_machine_with_two_addresses() {
    let policy = estate();
    let membership = Membership::of(&policy);
    let selector = Selector::Addresses(addresses(&["10.0.0.0/16"]), origin());
    let members = membership.selector(&policy, &selector);
    assert_eq!(names(&policy, &members.sure.vms), ["web1", "db1"]);
    let split: Vec<_> = members
        .sure
        .split
        .values()
        .map(ToString::to_string)
        .collect();
    assert_eq!(split, ["10.0.0.2"]);
    assert_eq!(
        names(&policy, &members.possible.vms),
        ["web1", "db1", "dark"]
    );

    let outside = membership.selector(&policy, &Selector::Not(Box::new(selector.clone())));
    assert!(outside.sure.vms.is_empty());
    assert_eq!(names(&policy, &outside.possible.vms), ["dark"]);
    let split: Vec<_> = outside
        .sure
        .split
        .values()
        .map(ToString::to_string)
        .collect();
    assert_eq!(split, ["10.9.0.2"]);

    let rejoined = membership.union(&members.sure, &outside.sure);
    assert_eq!(names(&policy, &rejoined.vms), ["web1", "web2", "db1"]);
    assert!(rejoined.split.is_empty());

    let web = tag(TagScope::Any, Operator::Equals, "web");
    let both = membership.selector(&policy, &all_of(vec![web, selector]));
    assert_eq!(names(&policy, &both.sure.vms), ["web1", "db1"]);
    assert_eq!(both.sure.split.len(), 1);
}

#[test]
fn a_machine_without_addresses_is_in_no_address_set() {
    let mut policy = estate();
    policy.inventory.vms.push(tagged("off", &[], &[]));
    let everything = Selector::Addresses(AddressSet::full(), origin());
    assert_eq!(
        of(&policy, &everything),
        known(&["web1", "web2", "db1", "dark"])
    );
}

#[test]
fn groups_in_a_circle_have_the_least_members() {
    let mut policy = estate();
    let ids: Vec<_> = {
        let probe: Table<Group<Linked>> = (0..3)
            .map(|_| Group {
                ident: ident("x"),
                members: Selector::Nothing,
                realised: None,
                unread: vec![],
            })
            .collect();
        probe.ids().collect()
    };
    let db = tag(TagScope::Is("tier".into()), Operator::Equals, "db");
    group(&mut policy, "a", any_of(vec![member_of(ids[1]), db]));
    group(&mut policy, "b", member_of(ids[2]));
    group(
        &mut policy,
        "c",
        any_of(vec![member_of(ids[0]), member_of(ids[2])]),
    );
    for id in ids {
        assert_eq!(of(&policy, &member_of(id)), known(&["db1"]));
    }
}

#[test]
fn a_circle_through_a_negation_stays_symbolic() {
    let mut policy = estate();
    let id = group(&mut policy, "liar", Selector::Nothing);
    for group in policy.network.groups.values_mut() {
        group.members = Selector::Not(Box::new(member_of(id)));
    }
    let (sure, possible) = of(&policy, &member_of(id));
    assert!(sure.is_empty());
    assert_eq!(possible.len(), 4);
}

#[test]
fn what_cannot_be_evaluated_neither_empties_nor_widens() {
    let policy = estate();
    let opaque = || {
        Selector::Opaque(Opaque {
            what: "identity group".into(),
            text: String::new(),
            origin: origin(),
        })
    };
    let db = tag(TagScope::Is("tier".into()), Operator::Equals, "db");
    let (sure, possible) = of(&policy, &any_of(vec![db.clone(), opaque()]));
    assert_eq!(
        (sure.as_slice(), possible.len()),
        (["db1".to_owned()].as_slice(), 4)
    );
    let (sure, possible) = of(&policy, &all_of(vec![db.clone(), opaque()]));
    assert_eq!(
        (sure.len(), possible.as_slice()),
        (0, ["db1".to_owned()].as_slice())
    );
    let (sure, possible) = of(
        &policy,
        &Selector::Not(Box::new(any_of(vec![db, opaque()]))),
    );
    assert_eq!((sure.len(), possible.len()), (0, 3));
    let lost = Selector::Vm(Link::Missing(Name::new("/vms/gone", origin())));
    assert_eq!(of(&policy, &lost), known(&[]));
}

#[test]
fn segments_mean_the_machines_attached_to_them() {
    let mut policy = estate();
    let front = segment(&mut policy, "front");
    for (at, vm) in policy.inventory.vms.values_mut().enumerate().take(3) {
        vm.segments = vec![if at == 2 {
            Link::Missing(Name::new("x", origin()))
        } else {
            Link::Found(front, origin())
        }];
    }
    let expected = (
        vec!["web1".to_owned(), "web2".to_owned()],
        ["web1", "web2", "db1", "dark"].map(str::to_owned).to_vec(),
    );
    assert_eq!(
        of(&policy, &Selector::Segment(Link::Found(front, origin()))),
        expected
    );
    assert_eq!(
        of(
            &policy,
            &matching(Of::Segment, Key::Name, Operator::StartsWith, "FR")
        ),
        expected
    );
}
