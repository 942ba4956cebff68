//! The published cases of what a firewall means: every verdict is the one a reader works out by hand.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[path = "semantics/naive.rs"]
mod naive;

use rehome::back::Files;
use rehome::finding::Findings;
use rehome::source::Sources;
use rehome::verify::query::{Oracle, endpoints, flows, packet};
use rehome::{front, link};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/nsx-semantics");

fn oracle(case: &Path) -> (rehome::ir::Policy<rehome::ir::Linked>, Oracle) {
    let mut files: Vec<PathBuf> = fs::read_dir(case)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|kind| kind == "json" || kind == "xml")
        })
        .collect();
    files.sort();
    let mut sources = Sources::default();
    for path in files {
        let tree = rehome_grammar::read(fs::read(&path).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        sources.add(name, path, tree);
    }
    let mut findings = Findings::new();
    let named = front::read(&sources, &mut findings);
    let policy = link::link(named, &sources, &mut findings);
    let (oracle, _) = Oracle::new(&policy, &Files::new());
    (policy, oracle)
}

#[test]
fn every_verdict_is_the_published_one() {
    let mut cases: Vec<PathBuf> = fs::read_dir(CASES)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for case in cases {
        let (policy, oracle) = oracle(&case);
        let text = fs::read_to_string(case.join("verdicts.txt")).unwrap();
        for line in text.lines() {
            let question = line.split('#').next().unwrap().trim();
            if question.is_empty() {
                continue;
            }
            let parts: Vec<&str> = question.split_whitespace().collect();
            let [from, to, traffic, expected] = parts.as_slice() else {
                wrong.push(format!("{}: no question: {line}", case.display()));
                continue;
            };
            let ends = |text: &str| endpoints(&policy, text).unwrap();
            let packet = match packet(traffic, None) {
                Ok(packet) => packet,
                Err(reason) => {
                    wrong.push(format!("{}: {reason}: {line}", case.display()));
                    continue;
                }
            };
            asked += 1;
            let flows = flows(&ends(from), &ends(to), packet);
            let computed: BTreeSet<_> = flows
                .iter()
                .map(|flow| oracle.source(flow).ruling.word())
                .collect();
            let plain: BTreeSet<_> = flows
                .iter()
                .map(|flow| naive::ruling(&policy, flow))
                .collect();
            for (who, found) in [("computed", computed), ("one rule after the other", plain)] {
                let found = found.into_iter().collect::<Vec<_>>().join("|");
                if found != *expected {
                    let name = case.file_name().unwrap().to_string_lossy().into_owned();
                    wrong.push(format!("{name}: {question}, and {who} it is {found}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "of {asked}:\n{}", wrong.join("\n"));
    assert!(asked > 100, "only {asked} questions");
}
