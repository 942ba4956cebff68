//! Who may talk to whom: the rows against evaluators that share nothing with the program, and the
//! command as a user runs it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test: it fails by panicking, and says what it skips"
)]

#[path = "connectivity/naive.rs"]
mod naive;
#[path = "connectivity/rows.rs"]
mod rows;

use assert_cmd::Command;
use naive::Container;
use rehome::finding::Findings;
use rehome::report::connectivity::{Answer, json};
use rehome::semantics::Membership;
use rehome::source::Sources;
use rehome::verify::connectivity::{Question, connectivity};
use rehome::{front, link};
use rows::{Packet, Said, ends, said};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The JSON answer for some files.
fn answer(files: &[PathBuf], explain: bool) -> Value {
    let mut sources = Sources::default();
    for path in files {
        let tree = rehome_grammar::read(fs::read(path).unwrap()).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        sources.add(name, path.clone(), tree);
    }
    let mut findings = Findings::new();
    let named = front::read(&sources, &mut findings);
    let policy = link::link(named, &sources, &mut findings);
    let membership = Membership::of(&policy);
    let question = Question {
        explain,
        ..Question::default()
    };
    let found = connectivity(&policy, &membership, &question);
    let answer = Answer::new(&policy, &sources, &found, &findings, explain);
    serde_json::from_str(&json::render(&answer)).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Exports that leave more in doubt than the evaluator knows of: groups by `NOTEQUALS` on a tag, which
/// has two readings, and an ICMP entry that does not say of which version.
const IN_DOUBT: [&str; 3] = [
    "Example1dExternalWithSegments.json",
    "ExampleExprAndCondsExclude.json",
    "ExampleExprOrCondsExclude.json",
];

#[test]
fn containers_mean_what_their_rules_say_packet_by_packet() {
    let corpus = files(&Path::new(ROOT).join("../shared/corpus/nsx/np-guard"));
    if corpus.is_empty() {
        println!("skipped: no corpus");
        return;
    }
    let mut judged = 0_usize;
    let mut wrong = std::collections::BTreeMap::new();
    for path in corpus {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(container) = Container::read(&fs::read(&path).unwrap()) else {
            continue;
        };
        let answers = [false, true].map(|explain| answer(std::slice::from_ref(&path), explain));
        let doubtful = IN_DOUBT.contains(&name.as_str());
        let (machines, outside) = (container.machines(), container.outside());
        let all: Vec<_> = machines.iter().chain(&outside).collect();
        for from in &all {
            for to in &all {
                if from.vm == to.vm {
                    continue;
                }
                for packet in container.packets() {
                    let expected = container.judge(from, to, packet);
                    // The second answer has the rules besides; a part of the flows will do for it.
                    let both = judged.is_multiple_of(5);
                    for answer in answers.iter().take(1 + usize::from(both)) {
                        let found = said(answer, from, to, packet);
                        if found != expected && !(doubtful && found == Said::Unknown) {
                            wrong.entry(name.clone()).or_insert_with(|| {
                                format!(
                                    "{from:?} -> {to:?}, {packet:?}: {found:?}, not {expected:?}"
                                )
                            });
                        }
                    }
                    judged += 1;
                }
            }
        }
    }
    println!("{judged} flows were judged");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(judged > 50_000, "only {judged} flows were judged");
}

fn packet(text: &str) -> Packet {
    let (text, source) = text.split_once('@').unwrap_or((text, "49152"));
    let parts: Vec<&str> = text.split('/').collect();
    let number = |text: &str| text.parse::<u16>().unwrap();
    let (protocol, first, second) = match parts.as_slice() {
        ["tcp", port] => (6, number(source), number(port)),
        ["udp", port] => (17, number(source), number(port)),
        ["icmp", kind, code] => (1, number(kind), number(code)),
        ["protocol", protocol] => (protocol.parse().unwrap(), 0, 0),
        _ => panic!("`{text}` is no traffic"),
    };
    Packet {
        v6: false,
        protocol,
        first,
        second,
    }
}

#[test]
fn the_published_verdicts_are_those_of_the_rows() {
    let mut asked = 0;
    let mut wrong = Vec::new();
    for case in files(&Path::new(ROOT).join("examples/nsx-semantics")) {
        if !case.is_dir() {
            continue;
        }
        let mut exports = files(&case);
        exports.retain(|path| {
            path.extension()
                .is_some_and(|kind| kind == "json" || kind == "xml")
        });
        let answer = answer(&exports, false);
        let verdicts = fs::read_to_string(case.join("verdicts.txt")).unwrap();
        for line in verdicts.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [from, to, traffic, verdict, ..] = words.as_slice() else {
                panic!("{line}");
            };
            let expected = match *verdict {
                "allow" => Said::Allow,
                "deny" => Said::Deny,
                _ => Said::Unknown,
            };
            for from in ends(&answer, from) {
                for to in ends(&answer, to) {
                    let v6 = [&from, &to].map(|end| end.address.map(|one| one.is_ipv6()));
                    let v6 = match v6 {
                        [Some(one), Some(other)] if one != other => continue,
                        [Some(v6), _] | [None, Some(v6)] => v6,
                        [None, None] => false,
                    };
                    let packet = Packet {
                        v6,
                        ..packet(traffic)
                    };
                    asked += 1;
                    let found = said(&answer, &from, &to, packet);
                    if found != expected {
                        wrong.push(format!("{}: {line}: {found:?}", case.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked > 100, "only {asked} questions");
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn rehome(folder: &Path, args: &[&str]) -> Ran {
    let output = Command::cargo_bin("rehome")
        .unwrap()
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .arg("connectivity")
        .args(args)
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Two machines whose names are made to do harm, a plain one, and a rule between them.
fn estate() -> TempDir {
    let vm = |id: &str, name: &str| serde_json::json!({"resource_type": "VirtualMachine", "external_id": id, "display_name": name, "tags": [{"scope": "", "tag": id}]});
    let vms = serde_json::json!({"results": [
        vm("a", "=HYPERLINK(\"http://x\",\"y\")"), vm("b", "two\"];\nlines\u{1b}[31m \\"), vm("c", "plain01"),
        vm("d", "twin"), vm("e", "twin"),
    ], "result_count": 5});
    let vif = |id: &str, ip: &str| {
        serde_json::json!({"resource_type": "VirtualNetworkInterface", "external_id": format!("{id}-1"), "owner_vm_id": id,
        "ip_address_info": [{"source": "VM_TOOLS", "ip_addresses": [ip]}]})
    };
    let vifs = serde_json::json!({"results": [vif("a", "10.0.0.1"), vif("b", "10.0.0.2"), vif("c", "10.0.0.3"), vif("d", "10.0.0.4"), vif("e", "10.0.0.5")], "result_count": 5});
    let base = "/infra/domains/default";
    let group = |id: &str| {
        serde_json::json!({"resource_type": "Group", "id": id, "display_name": format!("group {id}"), "path": format!("{base}/groups/{id}"),
        "expression": [{"resource_type": "Condition", "member_type": "VirtualMachine", "key": "Tag", "operator": "EQUALS", "value": id}]})
    };
    let groups: Vec<Value> = ["a", "b", "c", "d", "e"].map(group).to_vec();
    let rule = |number: u32, from: &[&str], to: &str, action: &str, entry: Value| {
        let path = |id: &&str| {
            if *id == "ANY" {
                (*id).to_owned()
            } else {
                format!("{base}/groups/{id}")
            }
        };
        serde_json::json!({"resource_type": "Rule", "id": format!("r{number}"), "display_name": format!("rule {number}"), "path": format!("{base}/security-policies/p/rules/r{number}"),
            "sequence_number": number, "action": action, "source_groups": from.iter().map(path).collect::<Vec<_>>(), "destination_groups": [path(&to)],
            "services": ["ANY"], "service_entries": entry, "scope": ["ANY"], "profiles": ["ANY"], "direction": "IN_OUT"})
    };
    let tcp = |ports: &[&str]| serde_json::json!([{"resource_type": "L4PortSetServiceEntry", "id": "e", "l4_protocol": "TCP", "destination_ports": ports, "source_ports": []}]);
    let policy = serde_json::json!({"resource_type": "SecurityPolicy", "id": "p", "display_name": "shop", "path": format!("{base}/security-policies/p"),
        "category": "Application", "sequence_number": 1, "scope": ["ANY"], "rules": [
            rule(1, &["a", "b"], "c", "ALLOW", tcp(&["443", "8000-8010"])), rule(2, &["d"], "e", "ALLOW", tcp(&["22"])), rule(3, &["ANY"], "ANY", "DROP", serde_json::json!([]))]});
    let folder = TempDir::new().unwrap();
    for (name, value) in [
        ("vms.json", vms),
        ("vifs.json", vifs),
        (
            "groups.json",
            serde_json::json!({"results": groups, "result_count": 5}),
        ),
        ("policy.json", policy),
    ] {
        fs::write(
            folder.path().join(name),
            serde_json::to_string_pretty(&value).unwrap(),
        )
        .unwrap();
    }
    folder
}

#[test]
fn the_table_fits_80_columns_and_holds_no_escape() {
    let folder = estate();
    let ran = rehome(folder.path(), &["."]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.starts_with("default: drop, by the rule `rule 3`"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    for line in ran.out.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for text in [
        "FROM",
        "plain01",
        "tcp 443,8000-8010",
        "twin (d)",
        "twin (e)",
        "tcp 22",
    ] {
        assert!(ran.out.contains(text), "{text}: {}", ran.out);
    }
}

#[test]
fn the_json_is_the_contract() {
    let folder = estate();
    let ran = rehome(folder.path(), &[".", "--format", "json"]);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["default"]["action"], "drop");
    assert_eq!(value["default"]["basis"], "catch-all-rule");
    assert_eq!(value["rows"].as_array().unwrap().len(), 2);
    let row = &value["rows"][0];
    assert_eq!(row["from"][0], "=HYPERLINK(\"http://x\",\"y\")");
    assert_eq!(row["to"], serde_json::json!(["plain01"]));
    assert_eq!(
        row["services"],
        serde_json::json!([{"protocol": "tcp", "ports": ["443", "8000-8010"]}])
    );
    assert_eq!(row["certain"], true);
    assert_eq!(value["machines"].as_array().unwrap().len(), 5);
}

#[test]
fn hostile_names_stay_inert_in_tables_and_graphs() {
    let folder = estate();
    let csv = rehome(folder.path(), &[".", "--format", "csv"]).out;
    let lines: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 3, "{csv}");
    for line in lines.iter().skip(1) {
        let cells: Vec<&str> = line.split("\",\"").collect();
        assert!(
            cells
                .iter()
                .all(|cell| !cell.trim_start_matches('"').starts_with('=')),
            "{line}"
        );
    }
    assert!(csv.contains("'=HYPERLINK(\"\"http://x\"\""), "{csv}");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records[0].get(4), Some("443,8000-8010"));
    let dot = rehome(folder.path(), &[".", "--format", "dot"]).out;
    assert!(!dot.contains('\u{1b}'), "{dot}");
    for line in dot.lines() {
        // Quotes that are not escaped come in pairs, and every statement ends on its line.
        let bare = line.replace("\\\\", "").replace("\\\"", "");
        assert_eq!(bare.matches('"').count() % 2, 0, "{line}");
        let whole = line.ends_with(';') || line.ends_with('{') || line == "}";
        assert!(whole, "{line}");
    }
}

#[test]
fn a_question_is_narrowed_by_names_ids_groups_and_addresses() {
    let folder = estate();
    let rows = |args: &[&str]| -> Vec<Value> {
        let args: Vec<&str> = [".", "--format", "json"]
            .iter()
            .chain(args)
            .copied()
            .collect();
        let ran = rehome(folder.path(), &args);
        assert_eq!(ran.code, 0, "{args:?}: {}", ran.err);
        let value: Value = serde_json::from_str(&ran.out).unwrap();
        value["rows"].as_array().unwrap().clone()
    };
    for to in [
        "plain01",
        "PLAIN01",
        "c",
        "10.0.0.3",
        "10.0.0.2-10.0.0.3",
        "group c",
    ] {
        let found = rows(&["--to", to]);
        assert_eq!(found.len(), 1, "{to}");
        assert_eq!(found[0]["to"], serde_json::json!(["plain01"]), "{to}");
    }
    let found = rows(&["--from", "a", "--to", "10.0.0.0/8", "--port", "tcp/8005"]);
    assert_eq!(found[0]["from"].as_array().unwrap().len(), 1);
    assert_eq!(
        found[0]["services"],
        serde_json::json!([{"protocol": "tcp", "ports": ["8005"]}])
    );
    assert!(rows(&["--from", "a", "--port", "udp"]).is_empty());
    assert!(rows(&["--from", "192.0.2.1"]).is_empty());
    // Both machines of that name are meant.
    assert_eq!(rows(&["--from", "twin"]).len(), 1);
}

#[test]
fn a_name_that_nothing_answers_to_is_a_mistake_with_an_offer() {
    let folder = estate();
    let ran = rehome(folder.path(), &[".", "--from", "plain1"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("no machine or group is called `plain1`"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("near names: `plain01`"), "{}", ran.err);
    for wrong in ["tcp/70000", "sctp", "tcp/9-1", "icmp/300", "ip"] {
        let ran = rehome(folder.path(), &[".", "--port", wrong]);
        assert_eq!(ran.code, 2, "{wrong}");
        assert!(ran.err.contains("is no traffic"), "{}", ran.err);
    }
}

#[test]
fn explain_names_the_rules_at_both_ends_with_their_place() {
    let folder = estate();
    let ran = rehome(
        folder.path(),
        &[".", "--from", "c", "--to", "a", "--explain"],
    );
    assert!(ran.out.contains("may not talk"), "{}", ran.out);
    assert!(
        ran.out.contains("the default: no other rule matches"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("policy.json:"), "{}", ran.out);
    assert!(ran.out.contains("/rules/2"), "{}", ran.out);
    let args = [
        ".",
        "--from",
        "a",
        "--to",
        "c",
        "--explain",
        "--format",
        "json",
    ];
    let value: Value = serde_json::from_str(&rehome(folder.path(), &args).out).unwrap();
    let why = &value["rows"][0]["why"][0];
    for end in ["sender", "receiver"] {
        assert_eq!(why[end][0]["rule"], "rule `rule 1` of section `shop`");
        assert_eq!(why[end][0]["does"], "allow");
        assert_eq!(why[end][0]["at"]["pointer"], "/rules/0");
    }
    assert_eq!(
        value["discarded"][0]["why"][0]["sender"][0]["default"],
        true
    );
}

#[test]
fn without_a_firewall_there_is_no_answer_and_a_broken_file_is_told() {
    let folder = TempDir::new().unwrap();
    fs::write(
        folder.path().join("x.json"),
        r#"{"results": [], "result_count": 0}"#,
    )
    .unwrap();
    let ran = rehome(folder.path(), &["."]);
    assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("no firewall policy"), "{}", ran.err);
    let folder = estate();
    fs::write(folder.path().join("broken.json"), "{").unwrap();
    let ran = rehome(folder.path(), &["."]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("broken.json"), "{}", ran.err);
    assert!(ran.out.contains("plain01"), "{}", ran.out);
}

#[test]
fn help_teaches() {
    let ran = rehome(Path::new("."), &["--help"]);
    assert_eq!(ran.code, 0);
    for text in ["Examples:", "--explain", "--port tcp/5432", "Exit codes:"] {
        assert!(ran.out.contains(text), "{text}: {}", ran.out);
    }
}

#[test]
fn the_answer_does_not_depend_on_the_order_of_files() {
    let folder = estate();
    let all = files(folder.path());
    let turned: Vec<PathBuf> = all.iter().rev().cloned().collect();
    let (one, other) = (answer(&all, false), answer(&turned, false));
    assert_eq!(one["rows"], other["rows"]);
}
