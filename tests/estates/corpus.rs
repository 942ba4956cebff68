//! Real exports compile, or are refused with a located finding; nothing panics, nothing is uncounted.
//!
//! The corpus is not part of the project; the test says so when it is not there.

use crate::run::{Run, files_below, root};

#[test]
fn every_real_export_is_read_or_refused() {
    let corpus = root().join("../shared/corpus");
    if !corpus.exists() {
        println!("skipped: ../shared/corpus is not here");
        return;
    }
    for path in files_below(&corpus)
        .keys()
        .filter(|path| !path.ends_with(".md"))
    {
        let run = Run::compile(&[&format!("../shared/corpus/{path}")]);
        let finding = run
            .text
            .lines()
            .any(|line| line.contains("--code") || line.contains("R0") || line.contains("S0"));
        match run.code {
            0 | 1 => {}
            2 => assert!(finding, "{path}: refused without a finding\n{}", run.text),
            code => panic!("{path}: exit {code}\n{}", run.text),
        }
    }
}
