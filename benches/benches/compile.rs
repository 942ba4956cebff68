//! The whole compilation of generated NSX estates, and its stages, at growing sizes.
//!
//! `cargo bench -p rehome-bench --bench compile`. Compare the rows of one run with each other: the
//! growth from 1,000 to 10,000 rules is what counts.

use divan::Bencher;
use rehome_bench::{Estate, Profile, compile, files, read};

fn main() {
    divan::main();
}

const SIZES: [usize; 3] = [1_000, 3_000, 10_000];

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn read_exports(bencher: Bencher<'_, '_>, rules: usize) {
    let files = files(&Estate::new(Profile::Fenced, rules));
    bencher.bench(|| read(&files));
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn fenced(bencher: Bencher<'_, '_>, rules: usize) {
    let sources = read(&files(&Estate::new(Profile::Fenced, rules)));
    bencher.bench(|| compile(&sources));
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn production(bencher: Bencher<'_, '_>, rules: usize) {
    let sources = read(&files(&Estate::new(Profile::Production, rules)));
    bencher.bench(|| compile(&sources));
}
