//! What fails once and takes others with it: one root, its victims below it, and both counts.

use crate::examples::examples;
use crate::run::{Run, files_below, root};
use rehome::compile::{Outcome, compile};
use rehome::finding::Findings;
use rehome::legal::{Options, Release, Target};
use rehome::report::fold::chains;
use rehome::source::{Origin, Sources};
use serde_json::{Value, json};
use std::fs;

const RULES: usize = 20;

/// A group with a key that is not known, and as many rules that are about it.
fn estate() -> Value {
    let group = |name: &str| format!("/infra/domains/default/groups/{name}");
    let policy = "/infra/domains/default/security-policies/app";
    let member = |name: &str| {
        json!({"resource_type": "Group", "id": name, "path": group(name), "display_name": name,
            "expression": [{"resource_type": "Condition", "member_type": "VirtualMachine",
                "key": "Tag", "operator": "EQUALS", "value": name}]})
    };
    let mut partner = member("partner");
    partner["sources_excluded_of_tomorrow"] = json!(true);
    let rules: Vec<Value> = (0..RULES)
        .map(|at| {
            json!({"resource_type": "Rule", "id": format!("r{at}"), "path": format!("{policy}/rules/r{at}"),
                "display_name": format!("Partner to web {at}"), "sequence_number": at, "action": "ALLOW",
                "source_groups": [group("partner")], "destination_groups": [group("web")],
                "services": [format!("/infra/services/s{at}")], "scope": ["ANY"]})
        })
        .collect();
    let services = (0..RULES).map(|at| {
        json!({"resource_type": "Service", "id": format!("s{at}"), "path": format!("/infra/services/s{at}"),
            "display_name": format!("s{at}"), "service_entries": [{"resource_type": "L4PortSetServiceEntry",
                "id": "e", "display_name": "e", "l4_protocol": "TCP", "destination_ports": [(8000 + at).to_string()]}]})
    });
    let mut all = vec![
        partner,
        member("web"),
        json!({"resource_type": "SecurityPolicy", "id": "app", "path": policy, "display_name": "app",
            "category": "Application", "sequence_number": 1, "rules": rules}),
    ];
    all.extend(services);
    json!({ "results": all })
}

/// The estate in a folder, reported in a format.
fn reported(format: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nsx.json");
    fs::write(&path, serde_json::to_vec_pretty(&estate()).unwrap()).unwrap();
    Run::check(&[&path.display().to_string(), "--format", format]).text
}

#[test]
fn one_group_that_cannot_be_read_takes_its_rules_with_it() {
    let value: Value = serde_json::from_str(&reported("json")).unwrap();
    let findings = value["findings"].as_array().unwrap();
    let root = findings
        .iter()
        .position(|finding| finding["code"] == "R0002")
        .unwrap();
    let victims: Vec<&Value> = findings
        .iter()
        .filter(|finding| finding["root"] == json!(root))
        .collect();
    // The group and each rule: the key that is not known, and that nothing is left.
    assert_eq!(victims.len(), 2 * (1 + RULES));
    assert_eq!(findings[root]["follows"], json!(victims.len()));
    assert_eq!(findings[root]["root"], Value::Null);
    assert!(victims.iter().all(|finding| finding["fate"] == "dropped"));
    let causes = value["summary"]["findings"]["causes"].as_u64().unwrap() as usize;
    assert_eq!(causes, findings.len() - victims.len());

    let victims = victims.len();
    let pretty = reported("pretty");
    let said = format!("{victims} findings follow from this about `partner`, `Partner to web 0`");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&pretty).contains(&said), "{pretty}");
    let counts = format!("{} findings from {causes} causes", findings.len());
    assert!(pretty.contains(&counts), "{pretty}");
    // A victim is not told a second time on its own.
    assert!(!pretty.contains("L1043 nothing-left"), "{pretty}");

    let markdown = reported("markdown");
    assert!(markdown.contains(&format!("{victims} findings follow from this")));
    assert!(markdown.contains(&counts));
    for format in ["concise", "github", "junit"] {
        let text = reported(format);
        let from = text.matches("follows from R0002 unknown-key").count();
        assert_eq!(from, victims, "{format}");
        assert!(text.contains(&format!("{victims} findings follow from this")));
    }
    let html = reported("html");
    assert!(html.contains(&format!("{victims} follow from this")));
    assert!(html.contains(&format!("from {causes} causes")));
    let sarif: Value = serde_json::from_str(&reported("sarif")).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["properties"]["causes"], json!(causes));
    let results = run["results"].as_array().unwrap();
    let print = &results[root]["partialFingerprints"]["rehome/v1"];
    let under = results
        .iter()
        .filter(|result| &result["properties"]["root"] == print);
    assert_eq!(under.count(), victims);
}

fn outcome(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> Outcome {
    let mut sources = Sources::default();
    for (name, bytes) in files {
        if let Ok(tree) = rehome_grammar::read(bytes) {
            sources.add(name.clone(), name.into(), tree);
        }
    }
    let target = Target::of(Release::ALL[0]);
    compile(&sources, &Options::new(target), Findings::new())
}

/// How many findings name a cause, and those among them that stand alone all the same.
fn unfolded(outcome: &Outcome) -> (usize, Vec<String>) {
    let findings: Vec<_> = outcome.findings.iter().collect();
    let mut caused = 0;
    let mut alone = Vec::new();
    for chain in chains(&findings) {
        caused += chain
            .all()
            .filter(|at| findings[*at].cause.is_some())
            .count();
        let root = findings[chain.root];
        // What its own object says is told with it.
        let own = root.subjects.first().map(|subject| subject.origin);
        let within = |cause: Origin| {
            own.is_some_and(|own| {
                let (own, cause) = (own.span, cause.span);
                own.start <= cause.start && cause.end <= own.end
            })
        };
        if root.cause.is_some_and(|cause| !within(cause)) {
            alone.push(format!("{} {}", root.code.id, root.message));
        }
    }
    (caused, alone)
}

/// A cause that nothing tells of would be a cause that nobody finds.
#[test]
fn every_cause_has_a_finding() {
    let mut all = 0;
    let suites = fs::read_dir(root().join("examples/nsx-semantics")).unwrap();
    let suites = suites
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| format!("nsx-semantics/{}", entry.file_name().into_string().unwrap()));
    for name in examples().into_iter().chain(suites) {
        let (caused, alone) = unfolded(&outcome(files_below(&root().join("examples").join(&name))));
        assert!(alone.is_empty(), "{name}: {}", alone.join("\n"));
        all += caused;
    }
    assert!(all > 10, "{all} findings name a cause");
}

/// The chains of an outcome that begin with a code: the message of the root, the codes of the victims.
fn taken(outcome: &Outcome, code: &str) -> Vec<(String, Vec<&'static str>)> {
    let findings: Vec<_> = outcome.findings.iter().collect();
    let roots = chains(&findings).into_iter();
    roots
        .filter(|chain| findings[chain.root].code.id == code && !chain.victims.is_empty())
        .map(|chain| {
            let victims = chain.victims.iter().map(|at| findings[*at].code.id);
            (findings[chain.root].message.clone(), victims.collect())
        })
        .collect()
}

#[test]
fn a_machine_that_no_export_tells_is_the_root_of_what_is_placed_without_it() {
    let files = files_below(&root().join("examples/stretched-cluster"));
    let outcome = outcome(files.into_iter().map(|(name, bytes)| {
        let text = String::from_utf8(bytes).unwrap();
        let gap = text.replace(">vm-31<", ">vm-99<");
        let bytes = if name == "cluster.xml" { gap } else { text };
        (name, bytes.into_bytes())
    }));
    let [(message, victims)] = taken(&outcome, "N0001").try_into().unwrap();
    assert!(message.contains("`vm-99`"), "{message}");
    // Two groups, and the rules that are about them.
    let count = |code| victims.iter().filter(|one| **one == code).count();
    assert_eq!(count("L2018"), 2, "{victims:?}");
    assert!(count("L2017") > 0, "{victims:?}");
}

#[test]
fn an_answer_that_is_not_in_the_export_is_the_root_of_its_whole_plan() {
    let files = files_below(&root().join("examples/dr-plan-broken"));
    let chains = taken(&outcome(files), "R0008");
    assert_eq!(chains.len(), 2, "{chains:?}");
    for (message, victims) in chains {
        assert!(message.contains("recovery plan"), "{message}");
        assert!(victims.len() > 2, "{victims:?}");
        assert!(victims.iter().all(|code| *code == "L3036"), "{victims:?}");
    }
}
