//! The reports of a run with very many findings, and the accepts of them.
//!
//! `cargo bench -p rehome-bench --bench report`. Each group of the export has two findings; compare
//! the rows of one run with each other: the growth from 1,000 to 10,000 findings is what counts. The rows
//! of one cause have as many rules, all of which fall with one group.
//! `REHOME_SIZES=1` prints the size of each report instead.
#![expect(clippy::expect_used, reason = "a benchmark of what is generated here")]

use divan::{Bencher, black_box};
use rehome::compile::Outcome;
use rehome::finding::accept::{Accept, Selector, apply};
use rehome::finding::codes;
use rehome::legal::Target;
use rehome::report::{
    Gate, Report, Stamp, concise, github, html, json, junit, markdown, sarif, terminal, verdicts,
};
use rehome::source::{Origin, Sources};
use rehome_bench::{compile, read};

fn main() {
    if std::env::var_os("REHOME_SIZES").is_some() {
        sizes();
    } else {
        divan::main();
    }
}

const FINDINGS: [usize; 3] = [1_000, 3_000, 10_000];

/// Groups by OS name, which no machine has and the target does not know.
fn run(findings: usize) -> (Sources, Outcome) {
    let groups: Vec<serde_json::Value> = (0..findings / 2)
        .map(|at| {
            serde_json::json!({"resource_type": "Group", "id": format!("g{at}"),
                "display_name": format!("Group {at}"),
                "path": format!("/infra/domains/default/groups/g{at}"),
                "expression": [{"resource_type": "Condition", "member_type": "VirtualMachine",
                    "key": "OSName", "operator": "CONTAINS", "value": format!("os{at}")}]})
        })
        .collect();
    let text = serde_json::to_vec_pretty(&serde_json::json!({"results": groups}));
    let sources = read(&[("groups.json".to_owned(), text.expect("JSON"))]);
    let outcome = compile(&sources);
    assert!(outcome.findings.len() >= findings, "too few findings");
    (sources, outcome)
}

/// Rules for one group that cannot be read: each falls because of it, with two findings.
fn one_cause(findings: usize) -> (Sources, Outcome) {
    let group = serde_json::json!({"resource_type": "Group", "id": "root", "display_name": "root",
        "path": "/infra/domains/default/groups/root",
        "expression": [{"resource_type": "Mystery"}]});
    let rules: Vec<serde_json::Value> = (0..findings / 2)
        .map(|at| {
            serde_json::json!({"resource_type": "Rule", "id": format!("r{at}"),
                "display_name": format!("Rule {at}"), "action": "ALLOW", "sequence_number": at,
                "path": format!("/infra/domains/default/security-policies/p/rules/r{at}"),
                "source_groups": ["/infra/domains/default/groups/root"],
                "destination_groups": [format!("10.{}.{}.{}", at >> 16 & 255, at >> 8 & 255, at & 255)],
                "services": ["ANY"]})
        })
        .collect();
    let policy = serde_json::json!({"resource_type": "SecurityPolicy", "id": "p", "display_name": "p",
        "path": "/infra/domains/default/security-policies/p", "category": "Application",
        "sequence_number": 1, "rules": rules});
    let text = serde_json::to_vec_pretty(&serde_json::json!({"results": [group, policy]}));
    let sources = read(&[("policy.json".to_owned(), text.expect("JSON"))]);
    let outcome = compile(&sources);
    let victims = report(&sources, &outcome).chains;
    let most = victims.iter().map(|chain| chain.victims.len()).max();
    assert!(most >= Some(findings), "too few follow from one cause");
    (sources, outcome)
}

fn report<'run>(sources: &'run Sources, outcome: &'run Outcome) -> Report<'run> {
    let stamp = Stamp::new(Target::default());
    Report::new(outcome, sources, stamp, Gate::default(), None)
}

type Render = fn(&Report<'_>) -> Vec<u8>;

const FORMATS: [(&str, Render); 9] = [
    ("pretty", pretty),
    ("concise", |report| concise::render(report).into()),
    ("json", json::render),
    ("sarif", sarif::render),
    ("junit", |report| junit::render(report).into()),
    ("github", |report| github::render(report).into()),
    ("markdown", |report| markdown::render(report).into()),
    ("html", |report| html::render(report).into()),
    ("verdicts", verdicts::render),
];

fn pretty(report: &Report<'_>) -> Vec<u8> {
    let mut text = String::new();
    terminal::write(&mut text, report, terminal::Style::PLAIN).expect("writing to a string");
    text.into()
}

#[expect(clippy::print_stdout, reason = "the sizes are what was asked for")]
fn sizes() {
    for findings in FINDINGS {
        for (shape, (sources, outcome)) in [
            ("a cause each", run(findings)),
            ("one cause", one_cause(findings)),
        ] {
            let report = report(&sources, &outcome);
            for (name, render) in FORMATS {
                println!(
                    "{name:>9} {findings:>6} findings, {shape}: {:>9} bytes",
                    render(&report).len()
                );
            }
        }
    }
}

#[divan::bench(args = FINDINGS, sample_count = 5, sample_size = 1)]
fn judging_and_folding(bencher: Bencher<'_, '_>, findings: usize) {
    let (sources, outcome) = run(findings);
    bencher.bench(|| black_box(report(&sources, &outcome)).summary.findings);
}

macro_rules! formats {
    ($($name:ident = $at:literal;)*) => {$(
        #[divan::bench(args = FINDINGS, sample_count = 5, sample_size = 1)]
        fn $name(bencher: Bencher<'_, '_>, findings: usize) {
            let (sources, outcome) = run(findings);
            let report = report(&sources, &outcome);
            let (_, render) = FORMATS[$at];
            bencher.bench(|| render(&report));
        }
    )*};
}

formats! {
    pretty_text = 0;
    concise_lines = 1;
    findings_json = 2;
    findings_sarif = 3;
    junit_xml = 4;
    github_annotations = 5;
    report_md = 6;
    report_html = 7;
}

/// The same of one cause that all others follow from; here there are rules to give verdicts about.
macro_rules! of_one_cause {
    ($($name:ident = $at:literal;)*) => {$(
        #[divan::bench(args = FINDINGS, sample_count = 5, sample_size = 1)]
        fn $name(bencher: Bencher<'_, '_>, findings: usize) {
            let (sources, outcome) = one_cause(findings);
            let report = report(&sources, &outcome);
            let (_, render) = FORMATS[$at];
            bencher.bench(|| render(&report));
        }
    )*};
}

of_one_cause! {
    one_cause_pretty_text = 0;
    one_cause_findings_json = 2;
    one_cause_findings_sarif = 3;
    one_cause_report_html = 7;
    one_cause_verdicts_json = 8;
}

#[divan::bench(args = FINDINGS, sample_count = 5, sample_size = 1)]
fn one_cause_judging_and_folding(bencher: Bencher<'_, '_>, findings: usize) {
    let (sources, outcome) = one_cause(findings);
    bencher.bench(|| black_box(report(&sources, &outcome)).summary.findings);
}

/// As many accepts as findings, each by the id of its group.
#[divan::bench(args = FINDINGS, sample_count = 5, sample_size = 1)]
fn accepts(bencher: Bencher<'_, '_>, findings: usize) {
    let (_, outcome) = run(findings);
    let accepts: Vec<Accept> = (0..findings)
        .map(|at| Accept {
            code: &codes::check::EMPTY_GROUP,
            selector: Selector {
                id: Some(format!("/infra/domains/default/groups/g{at}")),
                ..Selector::default()
            },
            reason: "r".to_owned(),
            owner: "o".to_owned(),
            ticket: None,
            until: jiff::civil::date(2099, 12, 31),
            origin: Origin::default(),
        })
        .collect();
    bencher
        .with_inputs(|| {
            let mut findings = rehome::finding::Findings::new();
            findings.extend(outcome.findings.iter().cloned());
            findings
        })
        .bench_refs(|findings| apply(&accepts, jiff::civil::date(2026, 1, 1), findings));
}
