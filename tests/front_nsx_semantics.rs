//! The published cases of what an NSX firewall means: each is read as its header says, and every
//! question in it is about something the export holds.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use rehome::finding::Findings;
use rehome::front;
use rehome::ir::{Named, Policy};
use rehome::source::Sources;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/nsx-semantics");

fn cases() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(CASES).unwrap();
    let mut cases: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
}

fn read(case: &Path) -> (Policy<Named>, Vec<String>) {
    let mut files: Vec<PathBuf> = std::fs::read_dir(case)
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
        let tree = rehome_grammar::read(std::fs::read(&path).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        sources.add(name, path, tree);
    }
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    let codes = findings
        .iter()
        .map(|finding| finding.code.id.to_owned())
        .collect();
    (policy, codes)
}

#[test]
fn every_case_is_read_as_its_header_says() {
    for case in cases() {
        let verdicts = std::fs::read_to_string(case.join("verdicts.txt")).unwrap();
        let declared: Vec<String> = verdicts
            .lines()
            .filter_map(|line| line.strip_prefix("# findings: "))
            .flat_map(|codes| codes.split(' ').map(str::to_owned))
            .collect();
        let (_, mut codes) = read(&case);
        codes.sort_unstable();
        assert_eq!(codes, declared, "{}", case.display());
    }
}

#[test]
fn every_question_is_about_machines_of_the_case_or_addresses() {
    for case in cases() {
        let (policy, _) = read(&case);
        let vms: BTreeSet<&str> = policy
            .inventory
            .vms
            .values()
            .map(|vm| vm.ident.name.as_str())
            .collect();
        let verdicts = std::fs::read_to_string(case.join("verdicts.txt")).unwrap();
        let mut questions = BTreeSet::new();
        for line in verdicts.lines().filter(|line| !line.starts_with('#')) {
            let (question, why) = line.split_once("  # ").unwrap();
            let words: Vec<&str> = question.split_whitespace().collect();
            let [from, to, service, verdict] = words.as_slice() else {
                panic!("{}: {line}", case.display());
            };
            for end in [from, to] {
                let known = vms.contains(end) || rehome_grammar::text::address(end).is_ok();
                assert!(known, "{}: `{end}`", case.display());
            }
            let protocol = service.split('/').next().unwrap();
            assert!(
                ["tcp", "udp", "icmp", "protocol"].contains(&protocol),
                "{line}"
            );
            assert!(["allow", "deny", "unknown"].contains(verdict), "{line}");
            assert!(!why.is_empty(), "{line}");
            assert!(questions.insert((*from, *to, *service)), "{line}");
        }
        assert!(!questions.is_empty(), "{}", case.display());
    }
}

#[test]
fn the_list_of_cases_is_current() {
    let readme = std::fs::read_to_string(Path::new(CASES).join("README.md")).unwrap();
    for case in cases() {
        let name = case.file_name().unwrap().to_str().unwrap();
        let verdicts = std::fs::read_to_string(case.join("verdicts.txt")).unwrap();
        let title = verdicts.lines().next().unwrap().trim_start_matches("# ");
        let row = format!("| `{name}` | {} |", title.replace('|', "\\|"));
        assert!(readme.contains(&row), "{row}");
    }
    let rows = readme
        .lines()
        .filter(|line| line.starts_with("| `"))
        .count();
    assert_eq!(rows, cases().len());
}
