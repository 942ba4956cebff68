//! Names, commands and prompts that try to get out of every file they are written into: what is written
//! stays text, and shows no character that hides or reorders others.

use crate::run::{Run, root};
use pulldown_cmark::{Event, Options, Parser, Tag};
use rehome::back::inert::hides;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Quotes of every language, ends of every block, expressions of every engine.
const SIGNS: &str = "\"'`;``` rm -rf / ~~~ | \\ ${x} @team $(id) %{y} {{z}} <script>alert(1)</script> <img src=x onerror=alert(1)> ]]> --> */ # h1 [a](javascript:alert(1)) *b*";
/// Lines, and characters that no viewer shows.
const HIDDEN: &str =
    "\r\n# h2\n\t- [x] done\n\u{202e}right to left\u{2066}\u{200b}\u{feff}\u{ad}\u{2028}\u{e0041}";
/// Characters that XML cannot hold.
const CONTROL: &str = "\u{0}\u{7}\u{1b}[31m\u{9b}2J";

fn evil() -> String {
    format!(" {SIGNS}{HIDDEN}{CONTROL}")
}

/// Whether a string of an export names something or is said by people.
fn is_text(key: &str) -> bool {
    key == "name"
        || key == "display_name"
        || key == "description"
        || key == "content"
        || key == "notes"
        || (key.ends_with("_name") && !["os_name", "computer_name", "unique_name"].contains(&key))
}

fn poison(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(entries) => {
            // A change of a property collector names a property.
            let property = entries.get("name").is_some_and(|name| name == "name");
            for (key, value) in entries.iter_mut() {
                let named = if property { key == "val" } else { is_text(key) };
                match value {
                    Value::String(text) if named && !text.is_empty() => text.push_str(&evil()),
                    value @ (Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_)) => poison(value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The example of all three domains, poisoned.
fn estate(folder: &Path) {
    let from = root().join("examples/three-tier");
    for file in [
        "nsx/exclude-list.json",
        "nsx/policy-n-group-bkup.json",
        "nsx/services-bkup.json",
        "nsx/vifs.json",
        "nsx/virtual-machines.json",
        "srm/bundle.json",
    ] {
        let mut value: Value = serde_json::from_slice(&fs::read(from.join(file)).unwrap()).unwrap();
        poison(&mut value);
        let path = folder.join(file.replace('/', "-"));
        fs::write(path, serde_json::to_vec(&value).unwrap()).unwrap();
    }
    let inventory = fs::read_to_string(from.join("vcenter/inventory.json")).unwrap();
    let changes = serde_json::Deserializer::from_str(&inventory).into_iter::<Value>();
    let changes: Vec<String> = changes
        .map(|change| {
            let mut change = change.unwrap();
            poison(&mut change);
            change.to_string()
        })
        .collect();
    fs::write(folder.join("inventory.json"), changes.join("\n")).unwrap();
    let cluster = fs::read_to_string(from.join("vcenter/cluster-london.xml")).unwrap();
    let text = format!(" {SIGNS}{HIDDEN}");
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('\r', "&#13;");
    let mut poisoned = String::new();
    for (at, part) in cluster.split("ame>").enumerate() {
        // What stands before the end tag of a name, but not the property that holds it all.
        match part.rsplit_once("</") {
            Some((name, tag)) if at > 0 && name != "configurationEx" && !name.contains('<') => {
                poisoned.push_str(&format!("ame>{name}{text}</{tag}"));
            }
            _ if at > 0 => poisoned.push_str(&format!("ame>{part}")),
            _ => poisoned.push_str(part),
        }
    }
    fs::write(folder.join("cluster.xml"), poisoned).unwrap();
}

/// Every string of a document.
fn strings(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| strings(item, found)),
        Value::Object(entries) => entries.iter().for_each(|(key, value)| {
            found.push(key.clone());
            strings(value, found);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn all(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    strings(value, &mut found);
    found
}

/// Nothing but lines and spaces that a viewer acts on; tabs stay in what is quoted as it is.
fn shows_all(path: &str, text: &str) {
    let ends = |endings: &[&str]| endings.iter().any(|ending| path.ends_with(ending));
    // The report keeps services from telling people whom a name mentions.
    let hidden: Vec<char> = text
        .replace("@\u{2060}", "@")
        .chars()
        .filter(|c| match c {
            '\n' => false,
            '\t' => !ends(&[".md", ".yaml", "_vm_recovery"]),
            '\r' => !ends(&[".bat", ".csv"]),
            c => hides(*c),
        })
        .collect();
    assert!(hidden.is_empty(), "{path} holds {hidden:?}");
}

/// Markdown without an element of HTML, a link or a heading that an export wrote.
fn markdown(path: &str, text: &str) {
    let (mut events, mut heading) = (0, false);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS) {
        events += 1;
        if let Event::Html(html) | Event::InlineHtml(html) = &event {
            let tags = html.split('<').skip(1);
            for tag in tags.map(|tag| tag.split('>').next().unwrap()) {
                let own = ["details", "summary", "br", "code", "sub"];
                let own = own.contains(&tag.trim_start_matches('/'));
                assert!(own, "{path}: <{tag}>");
            }
        } else if let Event::Start(Tag::Link { dest_url, .. }) = &event {
            assert!(!dest_url.contains("javascript"), "{path}: {dest_url}");
        } else if let Event::Start(Tag::Heading { .. }) = &event {
            heading = true;
        } else if let Event::Text(text) = &event {
            let written = heading && text.starts_with(['h', '`']);
            assert!(!written, "{path}: {text}");
            heading = false;
        }
    }
    assert!(events > 20, "{path} is read");
}

/// HTML whose texts were escaped: every element is one that the page writes itself.
fn html(path: &str, text: &str) {
    let lower = text.to_lowercase();
    for found in [
        "<script>alert",
        "<img",
        "onerror=alert(1)>",
        "href=\"javascript",
    ] {
        assert!(!lower.contains(found), "{path}: {found}");
    }
    let shown = ["#62;alert(1)", "gt;alert(1)", "u003ealert(1)"];
    assert!(
        shown.iter().any(|one| text.contains(one)),
        "{path} shows no name"
    );
}

/// Terraform JSON in which no text is an expression but those that refer to its own objects.
fn terraform(path: &str, value: &Value) {
    for text in all(value) {
        for (at, _) in text.match_indices("${").chain(text.match_indices("%{")) {
            let escaped = text.get(..at).unwrap().ends_with(['$', '%']);
            let reference = text.starts_with("${nutanix_");
            assert!(escaped || reference, "{path}: {text}");
        }
    }
}

fn dot(path: &str, text: &str) {
    let mut quoted = false;
    let mut escaped = false;
    for c in text.chars() {
        if escaped {
            escaped = false;
        } else if quoted && c == '\\' {
            escaped = true;
        } else if c == '"' {
            quoted = !quoted;
        } else {
            assert!(
                quoted || !"<`$'|#".contains(c),
                "{path}: {c} outside of quotes"
            );
        }
    }
    assert!(!quoted, "{path}: a quote stays open");
}

fn check(path: &str, bytes: &[u8]) -> bool {
    let text = std::str::from_utf8(bytes).unwrap();
    assert!(
        path.is_ascii() && !path.contains("..") && !path.contains([' ', '\\', ';', '$', '`']),
        "{path}"
    );
    shows_all(path, text);
    let evil = evil();
    let (whole, ending) = (
        |value: &Value| all(value).iter().any(|text| text.contains(&evil)),
        path.rsplit('.').next(),
    );
    match ending {
        Some("json" | "sarif") => {
            let value: Value = serde_json::from_str(text).unwrap();
            if path.ends_with(".tf.json") {
                terraform(path, &value);
            }
            whole(&value)
        }
        Some("yaml") => whole(&serde_saphyr::from_str(text).unwrap()),
        Some("md") => {
            markdown(path, text);
            false
        }
        Some("html") => {
            html(path, text);
            false
        }
        Some("xml") => {
            roxmltree::Document::parse(text).unwrap();
            false
        }
        _ => false,
    }
}

#[test]
fn nothing_of_an_export_gets_out_of_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    estate(folder.path());
    let input = folder.path().display().to_string();
    for target in [
        &["nutanix@7.3"][..],
        &["nutanix@7.5"],
        &["nutanix@7.6"],
        &["nutanix@7.6", "--flex"],
    ] {
        let run = Run::compile(&[&[input.as_str(), "--target"], target].concat());
        assert_eq!(run.code, 1, "{}", run.text);
        shows_all("the terminal", &run.text);
        let files = run.files();
        let whole: BTreeMap<&str, bool> = files
            .iter()
            .map(|(path, bytes)| (path.as_str(), check(path, bytes)))
            .collect();
        // What is data says exactly what the export says.
        for path in [
            "policy.yaml",
            "nutanix/runbook.json",
            "nutanix/assignments.json",
            "report/findings.json",
        ] {
            assert_eq!(
                whole.get(path),
                Some(&true),
                "{path} of {target:?}: {:?}",
                whole.keys()
            );
        }
        assert!(whole.keys().any(|path| path.ends_with("runbook.md")));
        assert!(whole.keys().any(|path| path.ends_with(".html")));
    }
    for format in [
        "concise", "github", "markdown", "html", "json", "sarif", "junit",
    ] {
        let run = Run::check(&[&input, "--format", format]);
        let ending = match format {
            "markdown" => "md",
            "junit" => "xml",
            other => other,
        };
        check(&format!("check.{ending}"), run.text.as_bytes());
    }
    for format in ["text", "json", "csv", "dot"] {
        let run = Run::with(|_| {
            ["connectivity", &input, "--format", format]
                .map(str::to_owned)
                .to_vec()
        });
        assert!(run.text.len() > 1000, "{format}: {}", run.text);
        check(&format!("connectivity.{format}"), run.text.as_bytes());
        if format == "csv" {
            let mut reader = csv::Reader::from_reader(run.text.as_bytes());
            assert!(reader.records().all(|record| record.is_ok()));
        }
        if format == "dot" {
            dot("connectivity.dot", &run.text);
        }
    }
}
