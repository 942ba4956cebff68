//! Each stage of a compilation at growing sizes: time, peak memory, growth; and the relation that the
//! proof rests on beside two other ways to work it out, a scan and decision diagrams, with equal answers.
//!
//! `cargo bench -p rehome-bench --bench scale` shows all. Estates behind `--` run alone, as
//! `<profile>:<rules>`: `-- fenced:10000 real:5266 denies:1000`. Each estate has a process of its own.
//! Seconds of stages are those that processors spent, so a busy machine disturbs them little; the
//! elapsed ones are of the clock, with all cores.
#![expect(clippy::expect_used, reason = "a benchmark of what is generated here")]
#![expect(clippy::print_stdout, reason = "the figures are what was asked for")]
#![expect(
    clippy::indexing_slicing,
    reason = "the baselines are as plain as can be"
)]

mod diagram;
mod scan;

use rehome::compile::{compile, constructs};
use rehome::finding::Findings;
use rehome::ir::{Linked, Policy};
use rehome::legal::{Ledger, Options, Target};
use rehome::semantics::{Membership, ordered};
use rehome::verify::relation::Relation;
use rehome::{back, check, front, legal, link, verify};
use rehome_bench::{Estate, Profile, files, read};
use scan::Scan;
use std::process::Command;
use std::time::Instant;

/// The estates of a run without any asked for.
const ALL: [(&str, &[usize]); 5] = [
    ("production", &[1_000, 3_000, 10_000, 30_000, 100_000]),
    ("fenced", &[1_000, 3_000, 10_000, 30_000, 100_000]),
    ("brownfield", &[1_000, 3_000, 10_000]),
    ("real", &[5_266]),
    ("denies", &[300, 1_000, 3_000]),
];

/// The largest estate of which the relation is worked out in the other ways, too.
const BASELINES: usize = 10_000;

fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word.contains(':'))
        .collect();
    if let Ok(estate) = std::env::var("REHOME_ESTATE") {
        return one(&estate);
    }
    let asked: Vec<Vec<String>> = if asked.is_empty() {
        let sizes = |(profile, sizes): &(&str, &[usize])| {
            sizes
                .iter()
                .map(|size| format!("{profile}:{size}"))
                .collect()
        };
        ALL.iter().map(sizes).collect()
    } else {
        vec![asked]
    };
    for estates in asked {
        let mut before: Option<(f64, f64)> = None;
        for estate in estates {
            let Some((size, seconds)) = child(&estate) else {
                println!("{estate} was not finished");
                continue;
            };
            if let Some((last_size, last)) = before
                && last_size < size
            {
                let exponent = (seconds / last).ln() / (size / last_size).ln();
                println!("{:>12} {exponent:9.2} growth exponent of the whole\n", "");
            }
            before = Some((size, seconds));
        }
    }
}

/// Runs an estate in a process of its own and shows what it says; its size and its time.
fn child(estate: &str) -> Option<(f64, f64)> {
    let program = std::env::current_exe().expect("the path of this program");
    let run = Command::new(program).env("REHOME_ESTATE", estate).output();
    let text = String::from_utf8(run.expect("a run").stdout).expect("text");
    print!("{text}");
    let whole = text
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("whole "))?;
    let seconds = whole.trim_start().split(' ').next()?.parse().ok()?;
    let (_, size) = estate.split_once(':')?;
    Some((size.parse().ok()?, seconds))
}

fn one(estate: &str) {
    let (profile, rules) = estate.split_once(':').expect("a profile and a size");
    let rules = rules.parse().expect("a number");
    let generated = match profile {
        "fenced" => Estate::new(Profile::Fenced, rules),
        "brownfield" => Estate::new(Profile::Brownfield, rules),
        "real" => Estate::real(230, rules, 14_436),
        "denies" => Estate::denies(rules),
        _ => Estate::new(Profile::Production, rules),
    };
    println!(
        "{profile}: {} rules, {} machines, {} groups",
        generated.rules.len(),
        generated.machines.len(),
        generated.groups.len()
    );
    let written = files(&generated);
    drop(generated);
    elapsed(&written);
    let policy = stages(&written);
    if profile != "denies" {
        relation(&policy, rules <= BASELINES);
    }
}

/// Seconds that the processors spent on this process so far.
fn spent() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").expect("Linux");
    let nanoseconds = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<f64>().ok()
    });
    nanoseconds.sum::<f64>() / 1e9
}

fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    kilobytes
        .and_then(|text| text.trim().parse::<usize>().ok())
        .expect("a number")
        / 1024
}

fn stage<T>(name: &str, run: impl FnOnce() -> T) -> T {
    // Forgets the peak so far; where that is not permitted the peak is that of the whole run.
    std::fs::write("/proc/self/clear_refs", "5").ok();
    let start = spent();
    let result = run();
    println!("{name:>12} {:9.3} s {:6} MB", spent() - start, peak());
    result
}

/// The whole compilation as a user waits for it: from the bytes to the files and their proof.
fn elapsed(written: &[(String, Vec<u8>)]) {
    let start = Instant::now();
    let sources = read(written);
    let outcome = compile(&sources, &Options::new(Target::default()), Findings::new());
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{:>12} {seconds:9.3} s {:6} MB; {} files",
        "elapsed",
        peak(),
        outcome.files.len()
    );
}

fn stages(written: &[(String, Vec<u8>)]) -> Policy<Linked> {
    let size: usize = written.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut findings = Findings::new();
    let options = Options::new(Target::default());
    let start = spent();
    let sources = stage("read", || read(written));
    let named = stage("front", || front::read(&sources, &mut findings));
    let policy = stage("link", || link::link(named, &sources, &mut findings));
    let membership = stage("membership", || Membership::of(&policy));
    stage("check", || {
        check::check(&policy, &membership, &mut findings);
    });
    let mut ledger = Ledger::new();
    let plan = stage("lower", || legal::legalise(&policy, &options, &mut ledger));
    let closed = stage("ledger", || ledger.close(constructs(&policy)));
    findings.extend(closed.findings);
    let mut files = stage("emit", || back::nutanix::emit(&plan, &sources));
    let portable = stage("portable", || back::portable::emit(&policy, &sources));
    files.extend(portable.expect("the portable policy"));
    let proof = stage("verify", || {
        verify::network::compare(&policy, &membership, &files, &findings)
    });
    proof.attach(&mut findings);
    println!("{:>12} {:9.3} s", "whole", spent() - start);
    println!(
        "{:>12} {} MB in; {} files, {} MB out; {} findings; {} classes, {} kinds of traffic; {} kinds of \
         difference, {} not declared",
        "",
        size / 1_000_000,
        files.len(),
        files.values().map(Vec::len).sum::<usize>() / 1_000_000,
        findings.iter().count(),
        proof.endpoint_classes,
        proof.traffic_kinds,
        proof.differing.len(),
        proof.undeclared().count(),
    );
    reread(&files);
    policy
}

/// The portable policy as a source: read as the front end that it is.
fn reread(files: &back::Files) {
    let policy = files.get("policy.yaml").expect("the portable policy");
    let written = vec![("policy.yaml".to_owned(), policy.clone())];
    let mut findings = Findings::new();
    let read = stage("policy.yaml", || {
        front::read(&read(&written), &mut findings)
    });
    let rules = read.network.sections.iter().map(|one| one.rules.len());
    println!(
        "{:>12} {} MB, {} rules read back",
        "",
        policy.len() / 1_000_000,
        rules.sum::<usize>()
    );
}

/// The allow relation of the source, and the same by scanning every rule for pairs of classes and by
/// decision diagrams.
fn relation(policy: &Policy<Linked>, baselines: bool) {
    let membership = Membership::of(policy);
    let filters = ordered::filters(policy, &membership);
    let start = spent();
    let relation = stage("relation", || Relation::of(policy, &filters));
    let ours = spent() - start;
    println!(
        "{:>12} {} classes, {} judged of {} pairs, volume {}",
        "",
        relation.classes(),
        relation.judged(),
        u64::from(relation.classes()).pow(2),
        relation.volume()
    );
    if !baselines {
        return;
    }
    let out = Scan::of(&relation, &filters.out);
    let inward = Scan::of(&relation, &filters.inward);
    let step = relation.classes().div_ceil(20).max(1);
    let start = spent();
    let mut pairs = 0_u32;
    for source in (0..relation.classes()).step_by(step as usize) {
        for destination in 0..relation.classes() {
            let (a, b) = (
                out.admits(source, destination),
                inward.admits(source, destination),
            );
            let speakable = |at: usize| out.speak(source, at) && out.speak(destination, at);
            let kinds = (0..a.len())
                .filter(|at| a[*at] && b[*at] && speakable(*at))
                .count();
            assert_eq!(kinds, relation.admitted(source, destination) as usize);
            pairs += 1;
        }
    }
    let each = (spent() - start) / f64::from(pairs);
    let all = each * f64::from(relation.classes()).powi(2);
    println!(
        "{:>12} {all:9.3} s for all pairs by scanning ({pairs} scanned, equal answers): {:.0} times ours",
        "scan",
        all / ours
    );
    let start = spent();
    let drawn = stage("diagrams", || diagram::admitted(&out, &inward));
    let seconds = spent() - start;
    let drawn = drawn.expect("room for the nodes");
    assert_eq!(drawn.volume, relation.volume());
    println!(
        "{:>12} {} nodes, equal volume: {:.0} times ours\n",
        "",
        drawn.nodes,
        seconds / ours
    );
}
