//! `rehome query` and `rehome verify` as a user runs them, also on files that somebody has edited.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use assert_cmd::Command;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Ran {
    code: i32,
    out: String,
    err: String,
}

fn rehome(args: &[&str]) -> Ran {
    let output = Command::cargo_bin("rehome")
        .unwrap()
        .args(args)
        .output()
        .unwrap();
    Ran {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn example() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/three-tier");
    path.to_str().unwrap().to_owned()
}

/// The example, compiled.
struct Compiled {
    folder: TempDir,
}

impl Compiled {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out");
        let ran = rehome(&[
            "compile",
            &example(),
            "-o",
            out.to_str().unwrap(),
            "--quiet",
        ]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        Self { folder }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn verify(&self) -> Ran {
        let out = self.out();
        rehome(&["verify", &example(), "--artifacts", out.to_str().unwrap()])
    }

    fn query(&self, from: &str, to: &str, port: &str) -> Value {
        let out = self.out();
        let ran = rehome(&[
            "query",
            &example(),
            "--from",
            from,
            "--to",
            to,
            "--port",
            port,
            "--artifacts",
            out.to_str().unwrap(),
            "--format",
            "json",
        ]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        serde_json::from_str(&ran.out).unwrap()
    }

    /// Edits the first body of a model for which `edit` says that it did.
    fn edit(&self, model: &str, edit: impl Fn(&mut Value) -> bool) {
        let folder = self.out().join("nutanix/objects").join(model);
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        for file in files {
            let mut body: Value =
                serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
            if edit(&mut body) {
                fs::write(file, serde_json::to_string_pretty(&body).unwrap()).unwrap();
                return;
            }
        }
        assert_eq!(model, "", "no body could be edited so");
    }
}

#[test]
fn what_was_written_is_proved_as_it_stands() {
    let compiled = Compiled::new();
    let ran = compiled.verify();
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("each told by a finding") || ran.out.contains("equal"),
        "{}",
        ran.out
    );
}

/// Where every application rule of a policy has its services.
fn widen(body: &mut Value) -> bool {
    let mut changed = false;
    for rule in body["rules"].as_array_mut().unwrap() {
        let spec = rule["spec"].as_object_mut().unwrap();
        let inbound = spec.contains_key("srcCategoryReferences") || spec.contains_key("srcSubnet");
        if inbound && spec.remove("tcpServices").is_some() {
            spec.remove("udpServices");
            spec.remove("icmpServices");
            spec.remove("serviceGroupReferences");
            spec.insert("isAllProtocolAllowed".to_owned(), Value::Bool(true));
            changed = true;
        } else if inbound && spec.remove("serviceGroupReferences").is_some() {
            spec.insert("isAllProtocolAllowed".to_owned(), Value::Bool(true));
            changed = true;
        }
    }
    changed
}

#[test]
fn a_rule_that_somebody_widened_is_caught_with_a_flow() {
    let compiled = Compiled::new();
    compiled.edit("NetworkSecurityPolicy", widen);
    let ran = compiled.verify();
    assert_eq!(ran.code, 70, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("X1"), "{}", ran.out);
    assert!(ran.out.contains(" -> "), "{}", ran.out);
    assert!(ran.out.contains("declared by no finding"), "{}", ran.out);
}

#[test]
fn a_rule_that_somebody_took_away_is_caught_with_a_flow() {
    let compiled = Compiled::new();
    compiled.edit("NetworkSecurityPolicy", |body| {
        let rules = body["rules"].as_array_mut().unwrap();
        let application = |rule: &Value| rule["type"] == "APPLICATION";
        let before = rules.len();
        rules.retain(|rule| !application(rule));
        rules.len() < before
    });
    let ran = compiled.verify();
    assert_eq!(ran.code, 70, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("the target discards it"), "{}", ran.out);
}

#[test]
fn an_assignment_that_somebody_took_away_is_caught() {
    let compiled = Compiled::new();
    let path = compiled.out().join("nutanix/assignments.json");
    let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for vm in value["vms"].as_array_mut().unwrap() {
        vm["categories"] = Value::Array(Vec::new());
    }
    fs::write(&path, value.to_string()).unwrap();
    let ran = compiled.verify();
    assert_eq!(ran.code, 70, "{}{}", ran.out, ran.err);
}

#[test]
fn files_that_cannot_be_understood_are_told_and_not_judged() {
    let compiled = Compiled::new();
    compiled.edit("NetworkSecurityPolicy", |body| {
        body["surprise"] = Value::Bool(true);
        true
    });
    let ran = compiled.verify();
    assert_eq!(ran.code, 1, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("V1001"), "{}", ran.out);
    assert!(ran.out.contains("surprise"), "{}", ran.out);
    let nowhere = rehome(&["verify", &example(), "--artifacts", "nowhere"]);
    assert_eq!(nowhere.code, 2);
}

#[test]
fn a_query_answers_for_both_sides_with_the_rules() {
    let compiled = Compiled::new();
    let answer = compiled.query("web-01", "app-01", "tcp/8443");
    for side in ["source", "target"] {
        let verdict = answer[side]["verdict"].as_str().unwrap();
        assert!(["allow", "deny"].contains(&verdict), "{answer}");
        assert!(answer[side]["certain"].is_boolean());
        assert!(
            !answer[side]["rules"].as_array().unwrap().is_empty(),
            "{answer}"
        );
        for rule in answer[side]["rules"].as_array().unwrap() {
            assert!(["sender", "receiver"].contains(&rule["at"].as_str().unwrap()));
        }
    }
    // A flow from outside that no rule lets through.
    let answer = compiled.query("198.51.100.7", "app-01", "tcp/22");
    assert_eq!(answer["source"]["verdict"], "deny", "{answer}");
    assert_eq!(answer["target"]["verdict"], "deny", "{answer}");
}

#[test]
fn many_flows_are_answered_in_one_run_and_wrong_lines_are_told() {
    let folder = TempDir::new().unwrap();
    let flows = folder.path().join("flows.txt");
    fs::write(
        &flows,
        "# what the team asked\nweb-01 app-01 tcp 8443\n\nnobody app-01 tcp 443\n\
         web-01\tapp-01\ticmp/8\n",
    )
    .unwrap();
    let ran = rehome(&[
        "query",
        &example(),
        "--batch",
        flows.to_str().unwrap(),
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, 2, "one end is nobody: {}", ran.err);
    let answers: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), 3);
    assert!(answers[0]["source"]["verdict"].is_string());
    assert!(answers[1]["error"].as_str().unwrap().contains("nobody"));
    assert!(answers[2]["target"]["verdict"].is_string());
    for wrong in [
        &["query", &example(), "--from", "a", "--to", "b"][..],
        &[
            "query",
            &example(),
            "--from",
            "web-01",
            "--to",
            "app-01",
            "--port",
            "tcp/x",
        ],
        &["query", &example(), "--batch", "nowhere.txt"],
    ] {
        assert_eq!(rehome(wrong).code, 2, "{wrong:?}");
    }
}

#[test]
fn a_query_asks_the_files_that_somebody_edited() {
    let compiled = Compiled::new();
    let verdicts = |answer: &Value| {
        ["source", "target"].map(|side| answer[side]["verdict"].as_str().unwrap().to_owned())
    };
    let before = compiled.query("web-01", "app-01", "tcp/22");
    assert_eq!(verdicts(&before), ["deny", "deny"], "{before}");
    let folder = compiled.out().join("nutanix/objects/NetworkSecurityPolicy");
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let mut body: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let rules = body["rules"].as_array_mut().unwrap().iter_mut();
        for rule in rules.filter(|rule| rule["type"] == "APPLICATION") {
            let spec = rule["spec"].as_object_mut().unwrap();
            let services = [
                "tcpServices",
                "udpServices",
                "icmpServices",
                "serviceGroupReferences",
            ];
            let some = services.map(|key| spec.remove(key).is_some());
            if some.contains(&true) {
                spec.insert("isAllProtocolAllowed".to_owned(), Value::Bool(true));
            }
        }
        fs::write(file, body.to_string()).unwrap();
    }
    let after = compiled.query("web-01", "app-01", "tcp/22");
    assert_eq!(verdicts(&after), ["deny", "allow"], "{after}");
    assert_eq!(before["source"], after["source"]);
    // Files that cannot be understood have no verdict.
    compiled.edit("NetworkSecurityPolicy", |body| {
        body["surprise"] = Value::Bool(true);
        true
    });
    let refused = compiled.query("web-01", "app-01", "tcp/22");
    assert_eq!(refused["target"], Value::Null, "{refused}");
}

/// Two machines without addresses, a deny for users whom only a directory knows and one for a network,
/// and no rule about everything.
const UNTOLD: &str = r#"{"results": [
    {"resource_type": "Group", "id": "app", "path": "/infra/domains/default/groups/app", "display_name": "app",
     "expression": [{"resource_type": "Condition", "member_type": "VirtualMachine", "key": "Tag",
                     "operator": "EQUALS", "value": "role|app"}]},
    {"resource_type": "Group", "id": "staff", "path": "/infra/domains/default/groups/staff", "display_name": "staff",
     "expression": [{"resource_type": "IdentityGroupExpression",
                     "identity_groups": [{"distinguished_name": "CN=staff"}]}]},
    {"resource_type": "Group", "id": "net", "path": "/infra/domains/default/groups/net", "display_name": "net",
     "expression": [{"resource_type": "IPAddressExpression", "ip_addresses": ["10.0.0.0/8"]}]},
    {"resource_type": "VirtualMachine", "external_id": "a", "display_name": "a",
     "tags": [{"scope": "role", "tag": "app"}]},
    {"resource_type": "VirtualMachine", "external_id": "b", "display_name": "b", "tags": []},
    {"resource_type": "SecurityPolicy", "id": "p", "path": "/infra/domains/default/security-policies/p",
     "display_name": "p", "category": "Application", "sequence_number": 1, "rules": [
      {"resource_type": "Rule", "id": "no-staff", "path": "/infra/domains/default/security-policies/p/rules/no-staff",
       "display_name": "no staff", "action": "DROP", "sequence_number": 1,
       "source_groups": ["/infra/domains/default/groups/staff"],
       "destination_groups": ["/infra/domains/default/groups/app"], "services": ["/infra/services/SSH"],
       "scope": ["ANY"], "direction": "IN_OUT"},
      {"resource_type": "Rule", "id": "no-net", "path": "/infra/domains/default/security-policies/p/rules/no-net",
       "display_name": "no net", "action": "DROP", "sequence_number": 2,
       "source_groups": ["/infra/domains/default/groups/net"],
       "destination_groups": ["/infra/domains/default/groups/app"], "services": ["/infra/services/HTTP"],
       "scope": ["ANY"], "direction": "IN_OUT"},
      {"resource_type": "Rule", "id": "to-app", "path": "/infra/domains/default/security-policies/p/rules/to-app",
       "display_name": "to app", "action": "ALLOW", "sequence_number": 3, "source_groups": ["ANY"],
       "destination_groups": ["/infra/domains/default/groups/app"],
       "services": ["/infra/services/SSH", "/infra/services/HTTP", "/infra/services/HTTPS"],
       "scope": ["ANY"], "direction": "IN_OUT"}]}]}"#;

#[test]
fn what_nobody_can_say_is_taken_as_the_worst_case_and_said_so() {
    let folder = TempDir::new().unwrap();
    let [export, flows, out] =
        ["export.json", "flows.txt", "out"].map(|name| folder.path().join(name));
    fs::write(&export, UNTOLD).unwrap();
    let export = export.to_str().unwrap();
    let asked = [
        ("b", "a", "tcp/443", "allow", true), // a rule that is known in full
        ("b", "a", "tcp/22", "deny", false),  // b could be used by staff
        ("b", "a", "tcp/80", "deny", false),  // b could be in the network
        ("a", "b", "tcp/22", "deny", false),  // no rule, and no default
        ("198.51.100.7", "a", "tcp/80", "allow", true), // an address that is in no group
    ];
    let line = |(from, to, port, _, _): &(&str, &str, &str, &str, bool)| {
        format!("{from} {to} {}\n", port.replace('/', " "))
    };
    fs::write(&flows, asked.iter().map(line).collect::<String>()).unwrap();
    for release in [&[][..], &["--target", "nutanix@7.6", "--flex"]] {
        let query = |more: &[&str]| {
            let ran = rehome(&[&["query", export, "--format", "json"], more, release].concat());
            assert_eq!(ran.code, 0, "{}", ran.err);
            ran.out
        };
        let batch = query(&["--batch", flows.to_str().unwrap()]);
        assert_eq!(batch.lines().count(), asked.len(), "{batch}");
        for ((from, to, port, verdict, certain), line) in asked.iter().zip(batch.lines()) {
            let line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(line["source"]["verdict"], *verdict, "{line}");
            assert_eq!(line["source"]["certain"], *certain, "{line}");
            let uncertain = line["source"]["why"]
                .as_str()
                .unwrap()
                .contains("could discard");
            assert_eq!(uncertain, !certain, "{line}");
            // Never wider than what the source lets through for sure.
            let target = &line["target"];
            assert!(*verdict == "allow" || target["verdict"] == "deny", "{line}");
            let one = query(&["--from", from, "--to", to, "--port", port]);
            let one: Value = serde_json::from_str(&one).unwrap();
            assert_eq!(one, line, "one flow and many are answered alike");
        }
    }
    let ran = rehome(&[
        "compile",
        export,
        "-o",
        out.to_str().unwrap(),
        "--format",
        "concise",
    ]);
    // No default, machines outside the inventory, a group that only a directory knows.
    for told in ["R1001", "V1004", "staff"] {
        assert!(ran.out.contains(told), "{told}: {}", ran.out);
    }
    let stranger = rehome(&[
        "query", export, "--from", "c", "--to", "a", "--port", "tcp/443",
    ]);
    assert_eq!(stranger.code, 2);
    assert!(
        stranger.err.contains("no machine is called `c`"),
        "{}",
        stranger.err
    );
}

#[test]
fn verdicts_say_what_they_rest_on() {
    let compiled = Compiled::new();
    let read = |folder: &Path| -> Value {
        let text = fs::read_to_string(folder.join("report/verdicts.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let verdicts = read(&compiled.out());
    assert_eq!(verdicts["inventory"]["sha256"].as_str().unwrap().len(), 64);
    let rules = verdicts["rules"].as_array().unwrap();
    assert!(!rules.is_empty());
    for rule in rules {
        let apart = rule["apart"].as_array().unwrap();
        match rule["holds"].as_str().unwrap() {
            "any" => assert!(apart.is_empty() && rule["codes"].as_array().unwrap().is_empty()),
            "apart" => assert!(!apart.is_empty()),
            "today" => assert!(!rule["codes"].as_array().unwrap().is_empty()),
            other => assert_eq!(other, "", "unknown word"),
        }
        for one in apart {
            assert!(!one["ends"].as_array().unwrap().is_empty(), "{one}");
        }
    }
}

/// Two groups by tag, an allow below a deny: exact while no machine is in both.
fn estate(tags: &str) -> String {
    let group = |name: &str| {
        format!(
            r#"{{"resource_type": "Group", "id": "{name}", "path": "/infra/domains/default/groups/{name}",
                "display_name": "{name}", "expression": [{{"resource_type": "Condition", "member_type": "VirtualMachine",
                "key": "Tag", "operator": "EQUALS", "value": "role|{name}"}}]}}"#
        )
    };
    let rule = |id: &str, number: usize, action: &str, from: &str| {
        format!(
            r#"{{"resource_type": "Rule", "id": "{id}", "path": "/infra/domains/default/security-policies/p/rules/{id}",
                "display_name": "{id}", "action": "{action}", "sequence_number": {number},
                "source_groups": ["/infra/domains/default/groups/{from}"],
                "destination_groups": ["/infra/domains/default/groups/pci"],
                "services": ["ANY"], "scope": ["ANY"], "direction": "IN_OUT"}}"#
        )
    };
    let machine = |name: &str, tags: &str| {
        format!(
            r#"{{"resource_type": "VirtualMachine", "external_id": "{name}", "display_name": "{name}", "tags": [{tags}]}}"#
        )
    };
    let tag = |value: &str| format!(r#"{{"scope": "role", "tag": "{value}"}}"#);
    format!(
        r#"{{"results": [{}, {}, {}, {}, {}, {},
            {{"resource_type": "SecurityPolicy", "id": "p", "path": "/infra/domains/default/security-policies/p",
              "display_name": "p", "category": "Application", "sequence_number": 1, "rules": [{}, {}]}}]}}"#,
        group("office"),
        group("backup"),
        group("pci"),
        machine("a", &tag("office")),
        machine("b", tags),
        machine("c", &tag("pci")),
        rule("no-office", 1, "DROP", "office"),
        rule("backup", 2, "ALLOW", "backup"),
    )
}

#[test]
fn groups_that_must_stay_apart_are_named_and_the_inventory_is_told_by_its_digest() {
    let verdicts = |tags: &str, files: &str| -> Value {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        fs::write(folder.path().join("in").join(files), estate(tags)).unwrap();
        let out = folder.path().join("out");
        let input = folder.path().join("in");
        let ran = rehome(&[
            "compile",
            input.to_str().unwrap(),
            "-o",
            out.to_str().unwrap(),
            "--fail-on",
            "none",
        ]);
        assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
        assert!(ran.out.contains("V1004"), "{}", ran.out);
        let text = fs::read_to_string(out.join("report/verdicts.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let backup = r#"{"scope": "role", "tag": "backup"}"#;
    let both = r#"{"scope": "role", "tag": "backup"}, {"scope": "role", "tag": "office"}"#;
    let apart = verdicts(backup, "a.json");
    let rule = apart["rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["name"] == "backup")
        .unwrap();
    assert_eq!(rule["holds"], "apart", "{rule}");
    let pair = &rule["apart"][0];
    assert!(pair["rule"].as_str().unwrap().ends_with("no-office"));
    assert_eq!(pair["ends"][0]["at"], "source");
    assert!(
        pair["ends"][0]["of"][0]
            .as_str()
            .unwrap()
            .ends_with("backup")
    );
    assert!(
        pair["ends"][0]["from"][0]
            .as_str()
            .unwrap()
            .ends_with("office")
    );

    // The same inventory in another file is the same; a machine that joins both groups is another one,
    // and the rule is cut.
    let renamed = verdicts(backup, "z.json");
    assert_eq!(renamed["inventory"], apart["inventory"]);
    let joined = verdicts(both, "a.json");
    assert_ne!(joined["inventory"]["sha256"], apart["inventory"]["sha256"]);
    let cut = joined["rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["name"] == "backup");
    assert_eq!(cut.unwrap()["holds"], "today");
}
