//! Checks of recovery policy that need an inventory, each with an example and a near miss.

use crate::estate::Estate;
use crate::recovery;
use rehome::check;
use rehome::finding::Findings;
use rehome::ir::recovery::{AddressChange, Replication};
use rehome::ir::set::AddressSet;
use rehome_grammar::text::address;

fn told(estate: &Estate, code: &str) -> Vec<String> {
    let mut findings = Findings::default();
    check::recovery::check(&estate.policy, &mut findings);
    let own = findings.iter().filter(|finding| finding.code.id == code);
    own.map(|finding| finding.message.clone()).collect()
}

/// Machines on one network whose addresses a rule maps.
fn ruled(addresses: &[(&str, &str)]) -> Estate {
    let mut estate = Estate::new();
    let net = estate.segment("vlan-10");
    estate.map(net, "vlan-20", Some("t"), &[("10.1.0.0/24", "10.2.0.0/24")]);
    let names: Vec<&str> = addresses.iter().map(|(name, _)| *name).collect();
    for name in &names {
        estate.vm_on(name, net);
    }
    let group = estate.protect("pg", &names, Some(15));
    estate.plan("shop", &[group]);
    for (name, text) in addresses {
        let block = address(text).unwrap().block;
        let vms = estate.policy.inventory.vms.values_mut();
        let mut vms = vms.filter(|vm| vm.ident.name == *name);
        vms.next().unwrap().addresses = Some(AddressSet::from_blocks([block]));
        estate.recover(name, 3).addresses = AddressChange::ByRule;
    }
    estate
}

#[test]
fn addresses_that_rules_map_collide() {
    // 10.1.0.1 becomes 10.2.0.1, which is the gateway of the rule.
    let estate = ruled(&[("a", "10.1.0.9"), ("b", "10.1.0.9"), ("c", "10.1.0.1")]);
    assert_eq!(
        told(&estate, "C3010"),
        [
            "in recovery plan `shop` `a`, `b` all get `10.2.0.9`",
            "in recovery plan `shop` `c` and a gateway get `10.2.0.1`",
        ]
    );
    let estate = ruled(&[("a", "10.1.0.9"), ("b", "10.1.0.10"), ("c", "10.1.1.1")]);
    assert_eq!(told(&estate, "C3010"), Vec::<String>::new());
}

#[test]
fn objectives_that_the_replication_does_not_keep() {
    let mut estate = Estate::new();
    for (name, minutes) in [("one", 1), ("five", 5), ("day", 1440), ("more", 1441)] {
        estate.protect(name, &[], Some(minutes));
    }
    estate.protect("untold", &[], None);
    let array = estate.protect("array", &[], Some(1));
    for (id, group) in estate.policy.recovery.groups.values_mut().enumerate() {
        if id == array.index() {
            group.replication = Replication::Array;
        }
    }
    assert_eq!(
        told(&estate, "C3014"),
        [
            "protection group `one` has a recovery point objective of 1 minute; replication by the hypervisor keeps 5 to 1440",
            "protection group `more` has a recovery point objective of 1441 minutes; replication by the hypervisor keeps 5 to 1440",
        ]
    );
}

#[test]
fn networks_without_one_for_tests_and_tests_in_the_real_one() {
    let mut estate = recovery::estate(&["a"]);
    assert_eq!(told(&estate, "C3015"), Vec::<String>::new());
    assert_eq!(told(&estate, "C3016"), Vec::<String>::new());
    estate.policy.recovery.networks[0].test_name = None;
    assert_eq!(
        told(&estate, "C3015"),
        [
            "no network is named for tests of `vlan-20` in recovery plan `shop`: machines on different hosts do not reach each other in a test"
        ]
    );
    estate.policy.recovery.networks[0].test_name = Some("vlan-20".to_owned());
    assert_eq!(
        told(&estate, "C3016"),
        ["a test of recovery plan `shop` uses `vlan-20`, the network of the real recovery"]
    );
}

#[test]
fn the_time_of_both_sides_stands_side_by_side() {
    let mut estate = recovery::estate(&["db", "app", "mail", "web"]);
    let db = estate.recover("db", 1);
    db.delay_seconds = 60;
    db.tools_timeout_seconds = Some(300);
    estate.recover("app", 1).delay_seconds = 30;
    estate.recover("mail", 1).delay_seconds = 80;
    estate.recover("web", 2);
    estate.depend("app", &["db"]);
    // Source: db 60 and app 30 against mail 80. Target: stage 1 waits 80, stage 2 waits 30.
    assert_eq!(
        told(&estate, "C3013"),
        [
            "recovery plan `shop` waits at least 1 minute and 30 seconds at the source and, when every timeout passes, 6 minutes and 30 seconds; on the target its stages wait 1 minute and 50 seconds and for nothing else; storage, boot and the answers to 0 prompts come on top; the longest path leads over `db`, `app`"
        ]
    );
}
