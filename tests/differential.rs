//! The meaning of both sides, and the comparison, against an evaluator that looks at one packet at a
//! time and shares nothing with them.

#![expect(
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::too_many_lines,
    reason = "this is a test, and it may fail"
)]

#[path = "differential/estate/mod.rs"]
mod estate;
#[path = "differential/naive.rs"]
mod naive;
#[path = "differential/random.rs"]
mod random;

use estate::{Estate, Packet};
use naive::Naive;
use random::Random;
use rehome::finding::Findings;
use rehome::ir::service::Transport;
use rehome::semantics::filter::{Flow, trace};
use rehome::semantics::{Membership, endpoints, ordered, traffic};
use rehome::verify::connectivity::{Ends, Outcome, Question, Service, connectivity};
use rehome::verify::network::{Bounds, Way, compare_by};

/// How many estates; more with `REHOME_CASES`.
fn cases(default: u64) -> u64 {
    std::env::var("REHOME_CASES")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(default)
}

fn flow(built: &estate::Built, from: estate::End, to: estate::End, packet: Packet) -> Flow {
    let end = |end: estate::End| endpoints::Endpoint {
        vm: end.vm.map(|vm| built.vms[vm]),
        address: Some(std::net::Ipv4Addr::from(end.ip).into()),
    };
    Flow {
        from: end(from),
        to: end(to),
        packet: traffic::Packet {
            v6: false,
            protocol: packet.protocol,
            first: packet.first,
            second: packet.second,
        },
    }
}

#[test]
fn both_filters_of_the_source_judge_as_one_packet_at_a_time() {
    let mut judged = 0_u64;
    for seed in 0..cases(500) {
        let mut random = Random::new(seed);
        let estate = Estate::random(&mut random, &estate::Wishes::all());
        let built = estate.build();
        let membership = Membership::of(&built.policy);
        let filters = ordered::filters(&built.policy, &membership);
        let ends = estate.ends();
        let packets = estate.packets();
        for _ in 0..300 {
            let (from, to) = (*random.pick(&ends), *random.pick(&ends));
            if from.vm == to.vm {
                continue;
            }
            let packet = *random.pick(&packets);
            let flow = flow(&built, from, to, packet);
            for (outward, list) in [(true, &filters.out), (false, &filters.inward)] {
                let trail = trace(list, &flow);
                let expected = estate.judge(outward, from, to, packet);
                assert_eq!(
                    (trail.allow, trail.deny),
                    expected,
                    "seed {seed}, {from:?} -> {to:?}, {packet:?}, outward {outward}\n{estate:#?}\n{trail:?}",
                );
                judged += 1;
            }
        }
    }
    assert!(
        judged > 50_000 || cases(500) < 500,
        "{judged} flows were judged"
    );
}

/// What differs, packet by packet: whether the target admits more somewhere, and whether less.
fn brute(estate: &Estate, naive: &Naive) -> (bool, bool) {
    let (mut broader, mut narrower) = (false, false);
    let ends = estate.ends();
    let mut packets = estate.packets();
    packets.retain(|packet| packet.protocol == 1 || packet.first == 0);
    for from in &ends {
        for to in &ends {
            if from.vm == to.vm {
                continue;
            }
            for packet in &packets {
                let source = estate.admits(*from, *to, *packet);
                let target = naive.admits(*from, *to, *packet);
                broader |= target && !source;
                narrower |= source && !target;
            }
        }
    }
    (broader, narrower)
}

fn narrow_to(narrow: usize) -> Bounds {
    Bounds {
        narrow,
        ..Bounds::default()
    }
}

fn check(seed: u64, what: &str, estate: &Estate, naive: &Naive) -> (bool, bool) {
    let built = estate.build();
    let membership = Membership::of(&built.policy);
    let files = naive.files();
    let expected = brute(estate, naive);
    for narrow in [0, 3, 1024] {
        let proof = compare_by(
            &built.policy,
            &membership,
            &files,
            &Findings::new(),
            narrow_to(narrow),
        );
        let messages: Vec<_> = proof
            .findings
            .iter()
            .map(|one| one.message.clone())
            .collect();
        assert!(proof.compared, "seed {seed}: {messages:?}");
        let has = |way: Way| proof.differing.iter().any(|one| one.way == way);
        let found = (has(Way::Broader), has(Way::Narrower));
        if naive.shares() {
            // Traffic inside a shared group is not settled by any document, and taken as unknown: what
            // brute force finds must be found, and there can be more.
            let missed = (expected.0 && !found.0) || (expected.1 && !found.1);
            assert!(
                !missed,
                "seed {seed}, {what}: {found:?}, expected {expected:?}"
            );
            continue;
        }
        assert_eq!(
            found, expected,
            "seed {seed}, {what}, narrow {narrow}\n{messages:#?}\n{estate:#?}\n{naive:#?}",
        );
        for one in &proof.differing {
            let witness = one.example.expect("a difference has a flow");
            let end = |end: endpoints::Endpoint| estate::End {
                vm: end.vm.map(rehome::ir::Id::index),
                ip: match end.address {
                    Some(std::net::IpAddr::V4(address)) => address.to_bits(),
                    Some(std::net::IpAddr::V6(_)) | None => u32::MAX,
                },
            };
            let packet = Packet {
                protocol: witness.packet.protocol,
                first: witness.packet.first,
                second: witness.packet.second,
            };
            let (from, to) = (end(witness.from), end(witness.to));
            let source = estate.admits(from, to, packet);
            let target = naive.admits(from, to, packet);
            let real = match one.way {
                Way::Broader => target && !source,
                Way::Narrower => source && !target,
            };
            assert!(
                real,
                "seed {seed}, {what}: {} is no witness\n{estate:#?}\n{naive:#?}",
                one.witness()
            );
        }
    }
    expected
}

#[test]
fn the_comparison_finds_what_brute_force_finds() {
    let (mut equal, mut broader, mut narrower) = (0, 0, 0);
    for seed in 0..cases(16) {
        let mut random = Random::new(seed ^ 0x9e37);
        let estate = Estate::random(&mut random, &estate::Wishes::certain());
        let mut naive = Naive::of(&estate);
        let mut count = |found: (bool, bool)| {
            equal += u64::from(found == (false, false));
            broader += u64::from(found.0);
            narrower += u64::from(found.1);
        };
        count(check(seed, "as lowered", &estate, &naive));
        for _ in 0..3 {
            let what = naive.break_something(&mut random);
            count(check(seed, &what, &estate, &naive));
        }
    }
    // Each outcome must occur often, or the test proves nothing.
    let least = cases(16) / 8;
    assert!(
        equal > least && broader > least && narrower > least,
        "{equal} {broader} {narrower}"
    );
}

/// The real lowering on random estates: whatever brute force finds to differ is declared, and so the
/// comparison has no fault to report.
#[test]
fn nothing_drifts_that_no_finding_declares() {
    use rehome::back::nutanix::emit;
    use rehome::compile::constructs;
    use rehome::legal::{self, Ledger, Options, Target};
    use rehome::source::Sources;

    let sources = Sources::default();
    let mut equal = 0;
    for seed in 0..cases(40) {
        let mut random = Random::new(seed ^ 0x51ed);
        let wishes = if seed % 2 == 0 {
            estate::Wishes::certain()
        } else {
            estate::Wishes::all()
        };
        let estate = Estate::random(&mut random, &wishes);
        let built = estate.build();
        let release = *random.pick(&Target::ALL);
        let mut ledger = Ledger::new();
        let plan = legal::legalise(&built.policy, &Options::new(release), &mut ledger);
        let mut declared = Findings::new();
        declared.extend(ledger.close(constructs(&built.policy)).findings);
        // Reading tells of a default rule that is missing.
        if !estate.has_default() {
            let code = &rehome::finding::codes::read_network::NO_DEFAULT_RULE;
            let domain = rehome::finding::Domain::Network;
            declared.push(rehome::finding::Finding::new(code, domain, "no default"));
        }
        let files = emit(&plan, &sources);
        let membership = Membership::of(&built.policy);
        let proof = compare_by(&built.policy, &membership, &files, &declared, narrow_to(8));
        let faults: Vec<_> = proof
            .findings
            .iter()
            .filter(|one| one.code.id.starts_with('X') || one.code.id == "V1001")
            .map(|one| format!("{} {}", one.code.id, one.message))
            .collect();
        let said: Vec<_> = declared
            .iter()
            .map(|one| format!("{} {:?} {}", one.code.id, one.effect, one.message))
            .collect();
        assert!(
            faults.is_empty(),
            "seed {seed}, {release:?}: {faults:#?}\n{said:#?}\n{estate:#?}"
        );
        // What no document settles is told for itself.
        equal += u64::from(proof.differing.is_empty());
    }
    assert!(equal > cases(40) / 20, "{equal} came through exactly");
}

/// Whether a service of a row holds a packet.
fn serves(service: &Service, packet: Packet) -> bool {
    let byte = |number: u16| u8::try_from(number).expect("a byte");
    match service {
        Service::Any(_) => true,
        Service::Ports {
            transport,
            ports,
            source,
            ip: _,
        } => {
            let number = match transport {
                Transport::Tcp => 6,
                Transport::Udp => 17,
            };
            packet.protocol == number
                && ports.contains(packet.second)
                && source.contains(packet.first)
        }
        Service::Icmp { v6, kinds, codes } => {
            packet.protocol == 1
                && !v6
                && kinds.contains(byte(packet.first))
                && codes.contains(byte(packet.second))
        }
        Service::Protocols { numbers, ip: _ } => numbers.contains(packet.protocol),
    }
}

#[test]
fn the_rows_of_who_may_talk_say_of_each_packet_what_both_filters_do() {
    for seed in 0..cases(200) {
        let mut random = Random::new(seed);
        let estate = Estate::random(&mut random, &estate::Wishes::all());
        let built = estate.build();
        let membership = Membership::of(&built.policy);
        let question = Question {
            explain: seed % 2 == 0,
            ..Question::default()
        };
        let answer = connectivity(&built.policy, &membership, &question);
        let holds = |ends: &Ends, end: estate::End| match end.vm {
            Some(vm) => {
                let id = built.vms[vm];
                let at = ends.at.get(&id);
                ends.vms.contains(&id) || at.is_some_and(|held| held.v4.contains(end.ip))
            }
            None => ends.outside.v4.contains(end.ip),
        };
        let (ends, packets) = (estate.ends(), estate.packets());
        for _ in 0..200 {
            let (from, to) = (*random.pick(&ends), *random.pick(&ends));
            if from.vm == to.vm {
                continue;
            }
            let packet = *random.pick(&packets);
            let sender = estate.judge(true, from, to, packet);
            let receiver = estate.judge(false, from, to, packet);
            let expected = match (sender.0 && receiver.0, sender.1 || receiver.1) {
                (true, false) => vec![Outcome::Passes],
                (true, true) => vec![Outcome::MayPass],
                (false, _) => vec![],
            };
            let found: Vec<Outcome> = answer
                .rows
                .iter()
                .filter(|row| holds(&row.from, from) && holds(&row.to, to))
                .filter(|row| row.services.iter().any(|one| serves(one, packet)))
                .map(|row| row.outcome)
                .collect();
            assert_eq!(
                found, expected,
                "seed {seed}, {from:?} -> {to:?}, {packet:?}\n{estate:#?}"
            );
        }
    }
}
