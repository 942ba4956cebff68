//! Random firewall policies through every target: what the emitted files do with every packet, judged
//! by an evaluator that knows nothing of the compiler, never differs from the source without a finding
//! that says so; and `verify` finds exactly what the evaluator finds, as lowered and after somebody has
//! edited the files.
//!
//! `REHOME_CASES` says how many policies; `REHOME_SEED` with which to begin. In the book: how the proof
//! is proved.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at the first surprise"
)]

#[path = "brute/mod.rs"]
mod brute;
#[path = "brute_force/check.rs"]
mod check;
#[path = "lower_network_estate/mod.rs"]
#[expect(dead_code, reason = "the estates are made at random")]
mod estate;
#[path = "brute_force/random.rs"]
mod estates;
#[path = "brute_force/mutate.rs"]
mod mutate;
#[path = "differential/random.rs"]
mod random;

use check::{Found, judged, lower};
use estate::build::Estate;
use estates::Wishes;
use random::Random;
use rehome::legal::{Options, Preference, Target};
use rehome::verify::network::Bounds;

fn number(name: &str, default: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The seeds of this run.
fn seeds(default: u64) -> std::ops::Range<u64> {
    let first = number("REHOME_SEED", 0);
    first..first + number("REHOME_CASES", default)
}

fn every_target() -> impl Iterator<Item = Options> {
    Target::ALL.into_iter().flat_map(|target| {
        [Preference::Exact, Preference::Dynamic].map(|prefer| {
            let mut options = Options::new(target);
            options.prefer = prefer;
            options
        })
    })
}

/// One policy through one target.
fn through(estate: &Estate, options: &Options, narrow: usize) -> Result<Found, String> {
    judged(&estate.policy, |judgement| {
        one(judgement, estate, options, narrow)
    })
}

fn one(
    judgement: &check::Judgement,
    estate: &Estate,
    options: &Options,
    narrow: usize,
) -> Result<Found, String> {
    let (run, declared) = lower(estate, options);
    let target = brute::Target::new(&run.files, judgement.world);
    let drifts = judgement.drifts(&target);
    let proof = judgement.compare(&run.files, &declared, narrow);
    let faults: Vec<_> = proof
        .findings
        .iter()
        .filter(|one| one.code.id.starts_with('X') || ["V1001", "V1005"].contains(&one.code.id))
        .map(|one| format!("{} {}", one.code.id, one.message))
        .collect();
    let found = judgement.agrees(&drifts, &run.files, &proof)?;
    judgement.declared(&drifts, &target, &declared)?;
    if !proof.compared || !faults.is_empty() {
        return Err(format!("{faults:#?}"));
    }
    Ok(found)
}

/// Takes rules away while the policy still fails; not the default, without which it is another policy.
fn smallest(mut estate: Estate, fails: impl Fn(&Estate) -> bool) -> Estate {
    loop {
        let sections = estate.policy.network.sections.iter().enumerate();
        let places: Vec<(usize, usize)> = sections
            .flat_map(|(at, section)| {
                let rules = (0..).zip(&section.rules);
                let rules = rules.filter(|(_, rule)| !rule.is_default);
                rules.map(move |(rule, _)| (at, rule))
            })
            .collect();
        let without = |(at, rule): (usize, usize)| {
            let mut less = estate.clone();
            less.policy.network.sections[at].rules.remove(rule);
            less.policy
                .network
                .sections
                .retain(|section| !section.rules.is_empty());
            less
        };
        let rules = places.len();
        match places
            .into_iter()
            .filter(|_| rules > 0)
            .map(without)
            .find(&fails)
        {
            Some(less) => estate = less,
            None => return estate,
        }
    }
}

#[test]
fn no_packet_is_treated_otherwise_on_any_target_unless_a_finding_says_so() {
    let (mut lists, mut runs, mut exact, mut broader, mut narrower) = (0_u64, 0_u64, 0, 0, 0);
    for seed in seeds(120) {
        let mut random = Random::new(seed ^ 0x0b57);
        let wishes = Wishes {
            doubt: seed % 2 == 1,
            rules: if seed % 16 == 0 { 12 } else { 4 },
        };
        let estate = estates::estate(&mut random, wishes);
        lists += 1;
        judged(&estate.policy, |judgement| {
            for options in every_target() {
                let narrow = *random.pick(&[0, 3, 1024]);
                runs += 1;
                match one(judgement, &estate, &options, narrow) {
                    Ok(found) => {
                        exact += u64::from(found == Found::default());
                        broader += u64::from(found.broader);
                        narrower += u64::from(found.narrower);
                    }
                    Err(error) => {
                        let alike = |other: &String| other.get(..20) == error.get(..20);
                        let fails = |less: &Estate| {
                            through(less, &options, narrow).is_err_and(|other| alike(&other))
                        };
                        let less = smallest(estate.clone(), fails);
                        let again = through(&less, &options, narrow);
                        let (run, _) = lower(&less, &options);
                        panic!(
                            "seed {seed}, {} {:?}, narrow {narrow}: {error}\nsmallest: {again:?}\n{}\n{}",
                            options.target,
                            options.prefer,
                            estates::text(&less),
                            run.dump()
                        );
                    }
                }
            }
        });
    }
    eprintln!(
        "{lists} rule lists, {runs} compilations: {exact} exact, {narrower} admit less, {broader} may admit more"
    );
    // Each outcome must occur, or the test proves nothing.
    assert!(
        lists < 100 || (exact > runs / 20 && narrower > runs / 20),
        "{exact} {narrower} of {runs}"
    );
}

#[test]
fn too_many_machines_without_addresses_leave_a_doubt_and_no_fault() {
    let mut doubts = 0_u64;
    for seed in seeds(120) {
        let mut random = Random::new(seed ^ 0x0b57);
        let wishes = Wishes {
            doubt: true,
            rules: 4,
        };
        let estate = estates::estate(&mut random, wishes);
        let options = Options::new(*random.pick(&Target::ALL));
        let (run, declared) = lower(&estate, &options);
        let bounds = Bounds {
            supposed: 0,
            ..Bounds::default()
        };
        let codes: Vec<_> = judged(&estate.policy, |judgement| {
            let proof = judgement.compare_within(&run.files, &declared, bounds);
            proof.findings.iter().map(|one| one.code.id).collect()
        });
        doubts += u64::from(codes.contains(&"V1005"));
        let fault = codes.iter().find(|code| code.starts_with('X'));
        assert_eq!(fault, None, "seed {seed}, {}", options.target);
    }
    eprintln!("{doubts} policies hang on addresses that nobody tells");
    assert!(doubts > 0);
}

#[test]
fn faults_in_emitted_files_are_found_with_a_flow_or_change_nothing() {
    let (mut refused, mut nothing, mut changed) = (0_u64, 0_u64, 0_u64);
    for seed in seeds(120) {
        let mut random = Random::new(seed ^ 0xfa17);
        let wishes = Wishes {
            doubt: false,
            rules: 4,
        };
        let estate = estates::estate(&mut random, wishes);
        let options = Options::new(*random.pick(&Target::ALL));
        let (run, declared) = lower(&estate, &options);
        judged(&estate.policy, |judgement| {
            let target = brute::Target::new(&run.files, judgement.world);
            let before = target.judge();
            for _ in 0..8 {
                let Some((what, files)) = mutate::fault(&run.files, &mut random) else {
                    continue;
                };
                match judgement.edited(&files, &declared) {
                    Ok(None) => refused += 1,
                    Ok(Some(_)) => {
                        let after = brute::Target::new(&files, judgement.world).judge();
                        *(if after == before {
                            &mut nothing
                        } else {
                            &mut changed
                        }) += 1;
                    }
                    Err(error) => panic!(
                        "seed {seed}, {}, {what}: {error}\n{}\n{}",
                        options.target,
                        estates::text(&estate),
                        run.dump()
                    ),
                }
            }
        });
    }
    eprintln!("{changed} faults change something, {nothing} nothing, {refused} files were refused");
    assert!(
        4 * changed > nothing && nothing > 0,
        "{changed} {nothing} {refused}"
    );
}
