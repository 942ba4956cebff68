//! Every format of the report: valid by its standard, at the right place, the same from both commands.

use crate::examples::examples;
use crate::run::{Run, root};
use rehome::compile::compile;
use rehome::finding::{Domain, Finding, Findings, codes};
use rehome::legal::Target;
use rehome::report::{Gate, Report, Stamp};
use rehome::source::Sources;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A group whose name every program that reads a report could stumble over.
const GROUP: &str = r#"{"resource_type": "Group", "id": "g", "path": "/infra/domains/default/groups/g", "display_name": "x <b>&\"' ]]> -->\u0000\u001b[31m\u202e é😀", "expression": [{"resource_type": "Condition", "member_type": "VirtualMachine", "key": "OSName", "operator": "CONTAINS", "value": "😀"}]}"#;

fn sarif_schema() -> jsonschema::Validator {
    let text = fs::read(root().join("tests/schemas/sarif-2.1.0.json")).unwrap();
    let mut schema: Value = serde_json::from_slice(&text).unwrap();
    // Its own name is an address; nothing is to be fetched.
    schema.as_object_mut().unwrap().remove("id");
    // As published, these two patterns are no regular expressions: a bracket is closed that was never opened.
    for place in ["run", "toolComponent"] {
        let language = schema
            .pointer_mut(&format!("/definitions/{place}/properties/language"))
            .unwrap();
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    jsonschema::validator_for(&schema).unwrap()
}

fn of_file(bytes: &[u8], format: &str) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("groups.json");
    fs::write(&path, bytes).unwrap();
    Run::check(&[&path.display().to_string(), "--format", format])
}

fn sarif(text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap();
    let wrong: Vec<String> = sarif_schema()
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    value
}

#[test]
fn sarif_is_what_the_standard_says() {
    let mut results = 0;
    for name in examples() {
        let value = sarif(&Run::check(&[&format!("examples/{name}"), "--format", "sarif"]).text);
        results += value["runs"][0]["results"].as_array().unwrap().len();
    }
    assert!(
        results > 100,
        "{results} results were held against the schema"
    );
    sarif(&of_file(GROUP.as_bytes(), "sarif").text);
}

#[test]
fn the_schema_refuses_what_the_standard_does_not_have() {
    let mut value: Value = serde_json::from_str(&of_file(GROUP.as_bytes(), "sarif").text).unwrap();
    value["runs"][0]["results"][0]["level"] = "fatal".into();
    assert!(!sarif_schema().is_valid(&value));
}

/// SARIF of a run that starts in a folder.
fn sarif_from(folder: &Path, input: &str) -> Value {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_rehome"))
        .current_dir(folder)
        .args(["check", input, "--format", "sarif"])
        .output()
        .unwrap();
    sarif(&String::from_utf8(output.stdout).unwrap())
}

fn artifact(value: &Value) -> &Value {
    &value["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
}

#[test]
fn code_review_finds_a_file_however_its_path_was_given() {
    let room = tempfile::tempdir().unwrap();
    let room = fs::canonicalize(room.path()).unwrap();
    let (checkout, outside) = (room.join("checkout"), room.join("outside"));
    fs::create_dir_all(checkout.join(".git")).unwrap();
    fs::create_dir_all(checkout.join("nsx/two")).unwrap();
    fs::create_dir_all(&outside).unwrap();
    let file = checkout.join("nsx/a b.json");
    fs::write(&file, GROUP).unwrap();
    let whole = file.to_str().unwrap();
    let inside = serde_json::json!({"uri": "nsx/a%20b.json", "uriBaseId": "%SRCROOT%"});
    let mut texts = Vec::new();
    for (folder, input) in [
        (checkout.clone(), "nsx"),
        (checkout.clone(), whole),
        (checkout.join("nsx"), "a b.json"),
        (checkout.join("nsx/two"), "../a b.json"),
        (checkout.join("nsx/two"), whole),
    ] {
        let value = sarif_from(&folder, input);
        assert_eq!(artifact(&value), &inside, "{input} in {}", folder.display());
        let bases = value["runs"][0]["originalUriBaseIds"].as_object().unwrap();
        assert!(bases.contains_key("%SRCROOT%"));
        texts.push(value.to_string());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "the same file gives the same report");
    // A file that no checkout holds keeps its path.
    let value = sarif_from(&outside, whole);
    let uri = format!("file://{}", whole.replace(' ', "%20"));
    assert_eq!(artifact(&value), &serde_json::json!({"uri": uri}));
    let value = sarif_from(&outside, "../checkout/nsx/a b.json");
    assert_eq!(
        artifact(&value),
        &serde_json::json!({"uri": "../checkout/nsx/a%20b.json"})
    );
    // Annotations are for the same viewers.
    let run = assert_cmd::Command::new(env!("CARGO_BIN_EXE_rehome"))
        .current_dir(checkout.join("nsx"))
        .args(["check", "a b.json", "--format", "github"])
        .output()
        .unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(text.contains("file=nsx/a b.json,line=1"), "{text}");
}

#[test]
fn more_results_than_code_scanning_takes_are_counted() {
    const MOST: usize = 25_000;
    const MINOR: usize = 300;
    let options = rehome::legal::Options::new(Target::default());
    let sources = Sources::default();
    let mut outcome = compile(&sources, &options, Findings::new());
    let finding = |at: usize| {
        // Those of the least worth stand first, so that cutting at the end would keep them.
        let code = if at < MINOR {
            &codes::check_recovery::RECOVERY_TIME
        } else {
            &codes::check_recovery::DEPENDENCY_CYCLE
        };
        Finding::new(code, Domain::Recovery, format!("finding {}", at % 20_000))
    };
    outcome.findings.extend((0..MOST + 200).map(finding));
    let all = outcome.findings.iter().count();
    let stamp = Stamp::new(Target::default());
    let report = Report::new(&outcome, &sources, stamp, Gate::default(), None);
    let value: Value = serde_json::from_slice(&rehome::report::sarif::render(&report)).unwrap();
    let results = value["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), MOST);
    let notes = &value["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    let notes: Vec<_> = notes
        .as_array()
        .unwrap()
        .iter()
        .map(|note| note["message"]["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        notes,
        [
            format!(
                "{} findings left out: code scanning takes 25000; findings.json holds all {all}",
                all - MOST
            ),
            "code scanning shows the 5000 most serious of these 25000 findings".to_owned(),
        ]
    );
    let minor = results.iter().filter(|one| one["level"] == "note").count();
    assert_eq!(
        minor,
        MINOR - (all - MOST),
        "what is left out is the least serious"
    );
    let prints: BTreeSet<_> = results
        .iter()
        .map(|one| one["partialFingerprints"]["rehome/v1"].as_str().unwrap())
        .collect();
    assert_eq!(
        prints.len(),
        results.len(),
        "each result has a fingerprint of its own"
    );
}

/// Line and column, first and one past the last, that SARIF gives for a code.
fn region(bytes: &[u8], code: &str) -> [u64; 4] {
    let value = sarif(&of_file(bytes, "sarif").text);
    let results = value["runs"][0]["results"].as_array().unwrap();
    let result = results.iter().rfind(|result| result["ruleId"] == code);
    let region = &result.unwrap()["locations"][0]["physicalLocation"]["region"];
    ["startLine", "startColumn", "endLine", "endColumn"].map(|key| region[key].as_u64().unwrap())
}

#[test]
fn regions_count_characters_whatever_the_encoding() {
    // The object begins after two lines and four characters; it is one line of characters.
    let text = format!(
        "{{\"results\": [\n  {{\"resource_type\": \"Group\", \"id\": \"é😀\", \"path\": \"/infra/domains/default/groups/é\"}},\n    {GROUP}\n]}}"
    );
    let length = GROUP.chars().count() as u64;
    let expected = [3, 5, 3, 5 + length];
    let utf16 = |bom: &[u8], bytes: fn(u16) -> [u8; 2]| {
        let units = text.encode_utf16().flat_map(bytes);
        bom.iter().copied().chain(units).collect::<Vec<u8>>()
    };
    let forms = [
        ("UTF-8", text.clone().into_bytes()),
        ("with a mark", [b"\xEF\xBB\xBF", text.as_bytes()].concat()),
        ("UTF-16LE", utf16(b"\xFF\xFE", u16::to_le_bytes)),
        ("UTF-16BE", utf16(b"\xFE\xFF", u16::to_be_bytes)),
        ("with CRLF", text.replace('\n', "\r\n").into_bytes()),
    ];
    for (form, bytes) in forms {
        assert_eq!(region(&bytes, "C1001"), expected, "{form}");
    }
    // All on one line, far out.
    let before = "{\"results\": [";
    let many = format!(
        "{{\"resource_type\": \"Group\", \"id\": \"{}\", \"path\": \"/infra/domains/default/groups/a\"}},",
        "é".repeat(100_000)
    );
    let column = (before.chars().count() + many.chars().count() + 1) as u64;
    let minified = format!("{before}{many}{GROUP}]}}");
    let value = sarif(&of_file(minified.as_bytes(), "sarif").text);
    let results = value["runs"][0]["results"].as_array().unwrap();
    let starts: Vec<u64> = results
        .iter()
        .map(|result| &result["locations"][0]["physicalLocation"]["region"]["startColumn"])
        .filter_map(Value::as_u64)
        .collect();
    assert!(starts.contains(&column), "{column} is not among {starts:?}");
}

type Names = &'static [&'static str];

/// The elements of a JUnit file: the attributes that each must have and can have, and its children.
/// Source: `junit-10.xsd` of the xUnit plugin of Jenkins, as far as a report of findings needs it.
const JUNIT: [(&str, Names, Names, Names); 5] = [
    (
        "testsuites",
        &[],
        &["name", "time", "tests", "failures", "errors"],
        &["testsuite"],
    ),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["time", "skipped", "timestamp", "hostname", "id", "package"],
        &["testcase", "properties", "system-out", "system-err"],
    ),
    (
        "testcase",
        &["name"],
        &["time", "classname", "group"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("failure", &[], &["type", "message"], &[]),
    ("skipped", &[], &["type", "message"], &[]),
];

/// What an element and all in it have against [`JUNIT`].
fn junit_complaints(node: roxmltree::Node<'_, '_>, wrong: &mut Vec<String>) {
    let name = node.tag_name().name();
    let Some((_, must, can, children)) = JUNIT.iter().find(|(tag, ..)| *tag == name) else {
        wrong.push(format!("`{name}` is no element of it"));
        return;
    };
    let missing = must.iter().filter(|key| node.attribute(**key).is_none());
    wrong.extend(missing.map(|key| format!("`{name}` lacks `{key}`")));
    for key in node.attributes().map(|one| one.name()) {
        if !must.contains(&key) && !can.contains(&key) {
            wrong.push(format!("`{name}` has no `{key}`"));
        }
    }
    for child in node.children().filter(roxmltree::Node::is_element) {
        if !children.contains(&child.tag_name().name()) {
            wrong.push(format!("`{}` stands in `{name}`", child.tag_name().name()));
        }
        junit_complaints(child, wrong);
    }
}

/// The cases of a JUnit file that keeps to its form and counts what it holds.
fn junit(text: &str) -> usize {
    let document = roxmltree::Document::parse(text).unwrap();
    let suites = document.root_element();
    assert_eq!(suites.tag_name().name(), "testsuites");
    let mut wrong = Vec::new();
    junit_complaints(suites, &mut wrong);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let number = |node: roxmltree::Node<'_, '_>, key: &str| {
        node.attribute(key).unwrap().parse::<usize>().unwrap()
    };
    let mut total = [0; 3];
    for suite in suites.children().filter(roxmltree::Node::is_element) {
        let cases: Vec<_> = suite
            .children()
            .filter(|node| node.has_tag_name("testcase"))
            .collect();
        let with = |tag: &str| {
            let has = |case: &&roxmltree::Node<'_, '_>| {
                case.children().any(|node| node.has_tag_name(tag))
            };
            cases.iter().filter(has).count()
        };
        let counts = [
            cases.len(),
            with("failure"),
            number(suite, "errors"),
            with("skipped"),
        ];
        let said = ["tests", "failures", "errors", "skipped"].map(|key| number(suite, key));
        assert_eq!(said, counts, "{:?}", suite.attribute("name"));
        for case in &cases {
            assert!(case.attribute("classname").is_some());
            let results = case.children().filter(roxmltree::Node::is_element).count();
            assert!(results <= 1, "a case has one result");
        }
        for (sum, count) in total.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let said = ["tests", "failures", "errors"].map(|key| number(suites, key));
    assert_eq!(said, total);
    total[0]
}

#[test]
fn a_junit_file_of_another_form_is_refused() {
    for wrong in [
        r#"<testsuites skipped="1"/>"#,
        r#"<testsuites><testcase name="a"/></testsuites>"#,
        r#"<testsuites><testsuite name="a" tests="0" failures="0"/></testsuites>"#,
        r#"<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="a" file="b"/></testsuite></testsuites>"#,
    ] {
        let document = roxmltree::Document::parse(wrong).unwrap();
        let mut complaints = Vec::new();
        junit_complaints(document.root_element(), &mut complaints);
        assert_eq!(complaints.len(), 1, "{wrong}: {complaints:?}");
    }
}

#[test]
fn junit_counts_what_it_holds() {
    for name in examples() {
        let run = Run::check(&[&format!("examples/{name}"), "--format", "junit"]);
        assert!(junit(&run.text) > 5, "{name}");
    }
    junit(&of_file(GROUP.as_bytes(), "junit").text);
}

#[test]
fn both_commands_print_what_is_written() {
    let written = Run::compile(&["examples/three-tier"]);
    for (format, file) in [
        ("json", "findings.json"),
        ("sarif", "findings.sarif"),
        ("junit", "junit.xml"),
        ("markdown", "report.md"),
        ("html", "report.html"),
    ] {
        let file = fs::read_to_string(written.out().join("report").join(file)).unwrap();
        let checked = Run::check(&["examples/three-tier", "--format", format]);
        assert_eq!(checked.code, written.code, "{format}");
        assert!(
            checked.text == file,
            "check --format {format} is another text"
        );
        let compiled = Run::compile(&["examples/three-tier", "--quiet", "--format", format]);
        assert!(
            compiled.text == file,
            "compile --format {format} is another text"
        );
    }
    for format in ["pretty", "concise", "github"] {
        let checked = Run::check(&["examples/three-tier", "--format", format]);
        let compiled = Run::compile(&["examples/three-tier", "--quiet", "--format", format]);
        let same = format == "pretty" || checked.text == compiled.text;
        assert!(same, "{format} differs between check and compile");
        assert!(
            checked.text.ends_with("accepted\n"),
            "{format} ends with the counts"
        );
    }
}

#[test]
fn a_pipe_gets_no_colours_and_lines_of_80_columns() {
    let run = Run::check(&["examples/three-tier"]);
    assert!(!run.text.contains('\u{1b}'), "no colours");
    // Words of an export are never cut, so a line may be longer where one word is.
    for line in run
        .text
        .lines()
        .filter(|line| line.contains("✗") || line.contains("help:"))
    {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

/// Nothing is left out without a line that counts it.
#[test]
fn what_is_not_shown_is_counted() {
    let groups: Vec<String> = (0..40)
        .map(|at| {
            GROUP
                .replace("\"g\"", &format!("\"g{at}\""))
                .replace("groups/g\"", &format!("groups/g{at}\""))
        })
        .collect();
    let text = format!("{{\"results\": [{}]}}", groups.join(",\n"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("groups.json");
    fs::write(&path, text).unwrap();
    let path = Path::new(&path).display().to_string();
    let few = Run::check(&[&path]).text;
    assert!(few.contains("37 more of C1001"), "{few}");
    assert!(
        few.contains("and 25 that are not shown; `--all` shows them"),
        "{few}"
    );
    let all = Run::check(&[&path, "--all"]).text;
    assert!(!all.contains("not shown"), "{all}");
    assert_eq!(all.matches("C1001 empty").count(), 40);
}
