//! The checks of firewall rules against an evaluator that looks at one packet at a time and shares
//! nothing with them.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "this is a test, and it may fail"
)]

#[path = "differential/estate/mod.rs"]
#[expect(
    dead_code,
    unused_imports,
    reason = "the other tests of the evaluator use the rest"
)]
mod estate;
#[path = "differential/random.rs"]
mod random;

use estate::{End, Estate, Packet, Wishes};
use random::Random;
use rehome::check::network;
use rehome::finding::Findings;
use rehome::ir::network::Tier;
use rehome::semantics::Membership;
use std::collections::{BTreeMap, BTreeSet};

/// A rule by chapter and place.
type Law = (usize, usize);

/// How many estates; more with `REHOME_CASES`.
fn cases(default: u64) -> u64 {
    std::env::var("REHOME_CASES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(default)
}

fn estate(seed: u64) -> (Estate, Random) {
    let mut random = Random::new(seed);
    let wishes = Wishes {
        uncertain: seed.is_multiple_of(3),
        source_ports: false,
        two_addresses: seed.is_multiple_of(5),
        no_default: seed.is_multiple_of(4),
    };
    let mut estate = Estate::random(&mut random, &wishes);
    // Rules that repeat others, so that there is something to find.
    for _ in 0..3 {
        let from = random.below(estate.chapters.len());
        let law = random.pick(&estate.chapters[from].laws).clone();
        let to = random.below(estate.chapters.len());
        let jump = law.action == rehome::ir::network::Action::Jump;
        if !jump || estate.chapters[to].tier == Tier::Environment {
            let place = random.below(estate.chapters[to].laws.len() + 1);
            estate.chapters[to].laws.insert(place, law);
        }
    }
    (estate, random)
}

/// What is said about each rule: the code and the message.
fn said(estate: &Estate) -> BTreeMap<Law, (&'static str, String)> {
    let built = estate.build();
    let membership = Membership::of(&built.policy);
    let mut findings = Findings::new();
    network::check(&built.policy, &membership, &mut findings);
    let about = ["C1002", "C1003", "C1004", "C1005", "C1011", "C1013"];
    let mut said = BTreeMap::new();
    for finding in findings.iter().filter(|one| about.contains(&one.code.id)) {
        let id = finding.subjects[0].id.strip_prefix("rule").expect("a rule");
        let (chapter, law) = id.split_once('.').expect("two numbers");
        let law = (
            chapter.parse().expect("a number"),
            law.parse().expect("a number"),
        );
        let before = said.insert(law, (finding.code.id, finding.message.clone()));
        assert_eq!(before, None, "one rule, two findings");
    }
    said
}

/// Every flow worth asking about, at both filters.
fn flows(estate: &Estate, mut ask: impl FnMut(bool, End, End, Packet)) {
    let ends = estate.ends();
    let mut packets = estate.packets();
    packets.retain(|packet| packet.first == 0 || packet.protocol == 1);
    for from in &ends {
        for to in ends.iter().filter(|to| to.vm != from.vm) {
            for packet in &packets {
                for outward in [true, false] {
                    ask(outward, *from, *to, *packet);
                }
            }
        }
    }
}

/// The rules that do something, and what each flow comes to.
fn truth(estate: &Estate) -> (BTreeSet<Law>, Vec<(bool, bool)>) {
    let (mut acted, mut verdicts) = (Vec::new(), Vec::new());
    flows(estate, |outward, from, to, packet| {
        verdicts.push(estate.judge_by(outward, from, to, packet, &mut acted));
        if acted.len() > 10_000 {
            acted.sort_unstable();
            acted.dedup();
        }
    });
    (acted.into_iter().collect(), verdicts)
}

fn without(estate: &Estate, gone: &[Law]) -> Estate {
    let mut less = estate.clone();
    for (chapter, law) in gone {
        less.chapters[*chapter].laws[*law].enabled = false;
    }
    less
}

#[test]
fn what_is_said_about_a_rule_is_so() {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..cases(24) {
        let (estate, _) = estate(seed);
        let said = said(&estate);
        let (acted, verdicts) = truth(&estate);
        for (law, (code, message)) in &said {
            *count.entry(code).or_default() += 1;
            let acts = acted.contains(law);
            match *code {
                "C1004" => {
                    assert!(acts, "seed {seed}: {message}\n{estate:#?}");
                    let less = truth(&without(&estate, &[*law])).1;
                    assert!(less == verdicts, "seed {seed}: {message}\n{estate:#?}");
                }
                "C1013" => panic!("seed {seed}: an estate as small as this is decided: {message}"),
                _ => assert!(!acts, "seed {seed}: {message}\n{estate:#?}"),
            }
        }
        let all: Vec<Law> = said.keys().copied().collect();
        let less = truth(&without(&estate, &all)).1;
        assert!(less == verdicts, "seed {seed}: all together\n{estate:#?}");
        for (number, chapter) in estate.chapters.iter().enumerate() {
            for (place, law) in chapter.laws.iter().enumerate() {
                let judged = chapter.enabled && law.enabled && chapter.tier != Tier::Ethernet;
                let law = (number, place);
                assert!(
                    !judged || acted.contains(&law) || said.contains_key(&law),
                    "seed {seed}: rule{number}.{place} decides nothing, and nobody says so\n{estate:#?}"
                );
            }
        }
    }
    println!("{count:?}");
    assert!(
        ["C1002", "C1003", "C1004", "C1005"]
            .iter()
            .all(|code| count.contains_key(code))
    );
}

#[test]
fn what_holds_whoever_belongs_to_what_survives_other_members() {
    let mut held = 0;
    for seed in 0..cases(24) {
        let (estate, mut random) = estate(seed);
        let always: Vec<Law> = said(&estate)
            .into_iter()
            .filter(|(_, (_, message))| message.contains("whoever belongs to its groups"))
            .map(|(law, _)| law)
            .collect();
        if always.is_empty() {
            continue;
        }
        for _ in 0..4 {
            let mut other = estate.clone();
            for machine in &mut other.machines {
                machine.tags = (0..random.below(4))
                    .map(|_| {
                        (
                            *random.pick(&["tier", "env"]),
                            *random.pick(&["web", "db", "Prod"]),
                        )
                    })
                    .collect();
            }
            let verdicts = truth(&other).1;
            for law in &always {
                let less = truth(&without(&other, &[*law])).1;
                assert!(less == verdicts, "seed {seed}: {law:?}\n{other:#?}");
                held += 1;
            }
        }
    }
    println!("{held} claims held");
    assert!(held > 20);
}
