//! The checks of firewall rules alone, at growing sizes: what is shadowed, redundant, contradicting.
//!
//! `cargo bench -p rehome-bench --bench check`. The growth from row to row is what counts.

use divan::Bencher;
use rehome::check::network;
use rehome::finding::Findings;
use rehome::semantics::Membership;
use rehome::{front, link};
use rehome_bench::{Estate, Profile, files, read};

fn main() {
    divan::main();
}

const SIZES: [usize; 4] = [1_000, 3_000, 10_000, 30_000];

fn check(bencher: Bencher<'_, '_>, profile: Profile, rules: usize) {
    let sources = read(&files(&Estate::new(profile, rules)));
    let mut findings = Findings::new();
    let policy = link::link(
        front::read(&sources, &mut findings),
        &sources,
        &mut findings,
    );
    let membership = Membership::of(&policy);
    bencher.bench(|| {
        let mut findings = Findings::new();
        network::check(&policy, &membership, &mut findings);
        findings
    });
}

#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn fenced(bencher: Bencher<'_, '_>, rules: usize) {
    check(bencher, Profile::Fenced, rules);
}

#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn brownfield(bencher: Bencher<'_, '_>, rules: usize) {
    check(bencher, Profile::Brownfield, rules);
}

#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn production(bencher: Bencher<'_, '_>, rules: usize) {
    check(bencher, Profile::Production, rules);
}
