//! Who may talk to whom, worked out and written as JSON, for generated NSX estates.
//!
//! `cargo bench -p rehome-bench --bench connectivity`.

use divan::Bencher;
use rehome::finding::Findings;
use rehome::report::connectivity::{Answer, json};
use rehome::semantics::Membership;
use rehome::verify::connectivity::{Question, connectivity};
use rehome::{front, link};
use rehome_bench::{Estate, Profile, files, read};

fn main() {
    divan::main();
}

const SIZES: [usize; 4] = [200, 1_000, 3_000, 10_000];

fn answer(bencher: Bencher<'_, '_>, profile: Profile, rules: usize) {
    let sources = read(&files(&Estate::new(profile, rules)));
    let mut findings = Findings::new();
    let named = front::read(&sources, &mut findings);
    let policy = link::link(named, &sources, &mut findings);
    let membership = Membership::of(&policy);
    bencher.bench(|| {
        let found = connectivity(&policy, &membership, &Question::default());
        json::render(&Answer::new(&policy, &sources, &found, &findings, false))
    });
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn production(bencher: Bencher<'_, '_>, rules: usize) {
    answer(bencher, Profile::Production, rules);
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn fenced(bencher: Bencher<'_, '_>, rules: usize) {
    answer(bencher, Profile::Fenced, rules);
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn brownfield(bencher: Bencher<'_, '_>, rules: usize) {
    answer(bencher, Profile::Brownfield, rules);
}
