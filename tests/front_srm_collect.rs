//! The collection script against a small server that answers as the appliance does: what it writes
//! is read like the answers themselves. Skipped where `sh` or `curl` is missing.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test: it fails by panicking, and says what it skips"
)]

use rehome::finding::Findings;
use rehome::front;
use rehome::ir::{Named, Policy};
use rehome::source::Sources;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// How many objects the server gives at once.
const PAGE: usize = 10;
/// `root@example:pa"ss\word` and `far@example:other`, as HTTP writes them.
const NEAR: &str = "Basic cm9vdEBleGFtcGxlOnBhInNzXHdvcmQ=";
const FAR: &str = "Basic ZmFyQGV4YW1wbGU6b3RoZXI=";

struct Server {
    answers: BTreeMap<String, Value>,
    refused: Option<(&'static str, u16)>,
    asked: Mutex<Vec<String>>,
}

struct Request {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    session: bool,
    authorization: Option<String>,
}

impl Server {
    fn new(bundle: &str, refused: Option<(&'static str, u16)>) -> Self {
        let mut answers = BTreeMap::new();
        for pair in serde_json::Deserializer::from_str(bundle).into_iter::<Value>() {
            let pair = pair.unwrap();
            let request = pair["request"].as_str().unwrap();
            let path = request.strip_prefix("GET ").unwrap();
            let path = path.split('?').next().unwrap();
            answers.insert(decoded(path), pair["response"].clone());
            if path == "/api/rest/srm/v2/pairings" {
                let vr = "/api/rest/vr/v2/pairings".to_owned();
                answers.insert(vr, pair["response"].clone());
            }
        }
        Self {
            answers,
            refused,
            asked: Mutex::default(),
        }
    }

    /// Listens on a free port, and gives its address.
    fn start(self) -> (String, Arc<Self>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = Arc::new(self);
        let shared = Arc::clone(&server);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                shared.serve(&stream.unwrap());
            }
        });
        (address, server)
    }

    fn serve(&self, stream: &TcpStream) {
        let request = Request::read(stream);
        let (status, body) = self.answer(&request);
        let line = format!("{} {}", request.method, request.path);
        self.asked.lock().unwrap().push(line);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let head = format!(
            "HTTP/1.1 {status} Answer\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let mut stream = stream;
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .unwrap();
    }

    fn answer(&self, request: &Request) -> (u16, Value) {
        let Request {
            method,
            path,
            query,
            session,
            authorization,
        } = request;
        let refused = (
            401,
            json!({"error_code": "UNAUTHORIZED", "message": "log in"}),
        );
        match (method.as_str(), path.as_str()) {
            ("POST", path) if path.ends_with("/remote-session") => {
                let known = *session && authorization.as_deref() == Some(FAR);
                if known { (204, Value::Null) } else { refused }
            }
            ("POST", path) if path.ends_with("/session") => {
                if authorization.as_deref() == Some(NEAR) {
                    (200, json!({"session_id": "to\\ken"}))
                } else {
                    refused
                }
            }
            _ if !session => refused,
            ("DELETE", _) => (204, Value::Null),
            ("GET", path) if self.refused.is_some_and(|(end, _)| path.ends_with(end)) => (
                self.refused.unwrap().1,
                json!({"error_code": "REFUSED", "message": "no privilege"}),
            ),
            ("GET", path) => match self.answers.get(&decoded(path)) {
                Some(body) if path.contains("/recovery-steps/") && body.get("list").is_some() => {
                    let ids = query.get("expanded_step_ids").cloned();
                    (200, opened(body, &ids.unwrap_or_default()))
                }
                Some(body) => (200, page(body, query.get("offset"))),
                None => (404, json!({"error_code": "NOT_FOUND", "message": path})),
            },
            _ => (405, Value::Null),
        }
    }
}

impl Request {
    fn read(stream: &TcpStream) -> Self {
        let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
        let first = lines.next().unwrap();
        let mut words = first.split(' ');
        let method = words.next().unwrap().to_owned();
        let url = words.next().unwrap();
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let query = query.split('&').filter_map(|part| part.split_once('='));
        let query = query.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let (mut session, mut authorization, mut english) = (false, None, false);
        for line in lines.take_while(|line| !line.is_empty()) {
            let (name, value) = line.split_once(": ").unwrap();
            match name.to_ascii_lowercase().as_str() {
                "x-dr-session" => session = value == "to\\ken",
                "authorization" => authorization = Some(value.to_owned()),
                "accept-language" => english = value == "en",
                _ => {}
            }
        }
        assert!(english, "titles are asked for in English");
        Self {
            method,
            path: path.to_owned(),
            query: query.collect(),
            session,
            authorization,
        }
    }
}

/// A path without percent signs.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = |at: usize| behind.get(at).and_then(|byte| (*byte as char).to_digit(16));
        if let (b'%', Some(high), Some(low)) = (first, hex(0), hex(1)) {
            bytes.push(u8::try_from(high * 16 + low).unwrap());
            rest = &behind[2..];
        } else {
            bytes.push(*first);
            rest = behind;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A path as the script must write it.
fn encoded(part: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._~-".contains(byte);
    let mut text = String::new();
    for byte in part.as_bytes() {
        if plain(byte) {
            text.push(*byte as char);
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// The answers with another id for an object.
fn renamed(recorded: &str, old: &str, new: &str) -> String {
    let inside = Value::from(new).to_string();
    let inside = inside.trim_matches('"').to_owned();
    let pairs = serde_json::Deserializer::from_str(recorded).into_iter::<Value>();
    let renamed = pairs.map(|pair| {
        let mut pair = pair.unwrap();
        let request = pair["request"].as_str().unwrap();
        let request = request.replace(&encoded(old), &encoded(new));
        pair["request"] = request.replace(old, &encoded(new)).into();
        let response = pair["response"].to_string().replace(old, &inside);
        pair["response"] = serde_json::from_str(&response).unwrap();
        pair.to_string()
    });
    renamed.collect::<Vec<_>>().join("\n")
}

/// A page of a list; anything else as it is.
fn page(body: &Value, offset: Option<&String>) -> Value {
    let Some(all) = body.get("list").and_then(Value::as_array) else {
        return body.clone();
    };
    let offset = offset.map_or(0, |text| text.parse::<usize>().unwrap());
    let items: Vec<&Value> = all.iter().skip(offset).take(PAGE).collect();
    json!({"list": items, "_meta": {"total": all.len(), "offset": offset, "limit": PAGE}})
}

/// The steps whose steps above are all opened.
fn opened(body: &Value, ids: &str) -> Value {
    let ids: Vec<&str> = ids.split(',').collect();
    let mut shown: Vec<Value> = Vec::new();
    let mut open_to = 0;
    for step in body["list"].as_array().unwrap() {
        let depth = step["depth"].as_u64().unwrap();
        if depth > open_to {
            continue;
        }
        let is_open = ids.contains(&step["id"].to_string().as_str());
        open_to = if is_open { depth + 1 } else { depth };
        let mut step = step.clone();
        step["expanded"] = is_open.into();
        shown.push(step);
    }
    json!({"list": shown, "_meta": {"total": shown.len()}})
}

fn has(program: &str, argument: &str) -> bool {
    let output = Command::new(program).arg(argument).output();
    output.is_ok_and(|output| output.status.success())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What the script wrote, what it said, and whether it was content.
fn collect(address: &str, password: &str) -> (Option<String>, String, bool) {
    collect_as(address, password, "other")
}

fn collect_as(address: &str, password: &str, remote: &str) -> (Option<String>, String, bool) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("bundle.json");
    let output = Command::new("sh")
        .arg(root().join("book/src/collect/collect-srm.sh"))
        .args(["-R", "far@example", "-o"])
        .arg(&out)
        .args([address, "root@example"])
        .env("SRM_PASSWORD", password)
        .env("SRM_REMOTE_PASSWORD", remote)
        .env("TMPDIR", folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert!(left.len() <= 1, "the script leaves nothing else behind");
    (
        std::fs::read_to_string(out).ok(),
        said,
        output.status.success(),
    )
}

fn read(text: &str) -> (Policy<Named>, Vec<String>) {
    let mut sources = Sources::default();
    let tree = rehome_grammar::read(text.as_bytes().to_vec()).unwrap();
    sources.add("bundle.json".into(), "bundle.json".into(), tree);
    let mut findings = Findings::new();
    let policy = front::read(&sources, &mut findings);
    let told = findings.iter().map(|finding| finding.message.clone());
    (policy, told.collect())
}

/// What a policy says, without where it says it.
fn said(policy: &Policy<Named>) -> String {
    let text = format!("{:#?}", policy.recovery);
    let mut kept = Vec::new();
    let mut skip = 0;
    for line in text.lines() {
        if line.trim_start().starts_with("origin: Origin {") {
            // The file, and the span with its start and end.
            skip = 8;
        }
        if skip > 0 {
            skip -= 1;
        } else {
            kept.push(line);
        }
    }
    kept.join("\n")
}

fn recorded() -> Option<String> {
    if !has("curl", "--version")
        || !has("sh", "-c") && !has("dash", "-c") && !Path::new("/bin/sh").exists()
    {
        println!("skipped: no curl or no sh");
        return None;
    }
    Some(std::fs::read_to_string(root().join("examples/dr-plan/srm-bundle.json")).unwrap())
}

#[test]
fn what_the_script_writes_is_what_the_appliance_says() {
    let Some(recorded) = recorded() else { return };
    let (address, server) = Server::new(&recorded, None).start();
    let (text, log, content) = collect(&address, "pa\"ss\\word");
    assert!(content, "{log}");
    let text = text.unwrap();
    assert!(
        !text.contains("to\\ken") && !text.contains("pa\"ss"),
        "no secret is kept"
    );
    let (direct, told) = read(&recorded);
    assert_eq!(told, [""; 0]);
    let (collected, told) = read(&text);
    assert_eq!(told, [""; 0]);
    assert_eq!(collected.recovery.plans[0].vms.len(), 30);
    assert_eq!(said(&collected), said(&direct));
    let asked = server.asked.lock().unwrap();
    let changes = asked.iter().filter(|line| !line.starts_with("GET "));
    let mut changes: Vec<&str> = changes
        .map(|line| line.rsplit('/').next().unwrap())
        .collect();
    changes.sort_unstable();
    changes.dedup();
    assert_eq!(changes, ["remote-session", "session"], "it only reads");
    for server in ["srm-1f6d0b3a", "srm-2c9e4d7b"] {
        let end = format!("/srms/{server}/inventory-mappings/networks");
        assert!(asked.iter().any(|line| line.ends_with(&end)), "both sites");
    }
}

#[test]
fn ids_with_odd_characters_are_asked_for_and_kept() {
    let Some(recorded) = recorded() else { return };
    let odd = "ö/up \"core\"\\%41 [1-2]{a,b}#?&;$(touch x)'";
    let mut recorded = renamed(&recorded, "group-core", odd);
    let plan = "plan-5b1e7c44-2a90-4c1d-8e6f-91d3a7b0c5e8";
    recorded = renamed(&recorded, plan, &format!("plan {odd}"));
    let (address, server) = Server::new(&recorded, None).start();
    let (text, log, content) = collect(&address, "pa\"ss\\word");
    assert!(content, "{log}");
    let end = format!("/{}/vms", encoded(odd));
    let asked = server.asked.lock().unwrap();
    assert!(asked.iter().any(|line| line.ends_with(&end)), "{asked:?}");
    let (direct, told) = read(&recorded);
    assert_eq!(told, [""; 0]);
    let (collected, told) = read(&text.unwrap());
    assert_eq!(told, [""; 0]);
    assert_eq!(collected.recovery.plans[0].ident.id, format!("plan {odd}"));
    assert_eq!(said(&collected), said(&direct));
}

#[test]
fn a_call_that_fails_is_kept_and_told() {
    let Some(recorded) = recorded() else { return };
    let mut statuses = [401, 403, 500].into_iter().cycle();
    for (end, says) in [
        (
            "/plans/plan-5b1e7c44-2a90-4c1d-8e6f-91d3a7b0c5e8/test-networks",
            "lacks its test networks",
        ),
        (
            "/plans/plan-5b1e7c44-2a90-4c1d-8e6f-91d3a7b0c5e8/vms",
            "lacks its machines",
        ),
        ("/recovery-management/plans", "/recovery-management/plans`"),
        (
            "/protection-management/groups",
            "/protection-management/groups`",
        ),
        (
            "/srm-1f6d0b3a/inventory-mappings/networks",
            "lacks the network mappings of its sites",
        ),
        (
            "/srm-1f6d0b3a/inventory-mappings/folders",
            "/inventory-mappings/folders`",
        ),
        ("/replications", "lacks how much data may be lost"),
    ] {
        let status = statuses.next().unwrap();
        let (address, _) = Server::new(&recorded, Some((end, status))).start();
        let (text, log, content) = collect(&address, "pa\"ss\\word");
        assert!(!content);
        assert!(log.contains(&format!("answered {status}")), "{log}");
        let (policy, told) = read(&text.unwrap());
        let is_told = told.iter().any(|message| {
            let why = format!("it answered {status}, `no privilege`");
            message.contains(says) && message.ends_with(&why)
        });
        assert!(is_told, "{end}: {told:?}");
        let plans = &policy.recovery.plans;
        let of_plan = says.starts_with("lacks its") || says.contains("of its sites");
        assert!(
            !of_plan || plans.iter().all(|plan| !plan.missing.is_empty()),
            "{end}"
        );
    }
}

#[test]
fn a_failed_login_at_the_other_site_is_told() {
    let Some(recorded) = recorded() else { return };
    let (address, _) = Server::new(&recorded, None).start();
    let (_, log, content) = collect_as(&address, "pa\"ss\\word", "wrong");
    assert!(!content);
    assert!(
        log.contains("login at the other site failed: it answered 401"),
        "{log}"
    );
}

#[test]
fn a_wrong_password_writes_nothing() {
    let Some(recorded) = recorded() else { return };
    let (address, _) = Server::new(&recorded, None).start();
    let (text, log, content) = collect(&address, "wrong");
    assert!(!content && text.is_none());
    assert!(log.contains("login at") && log.contains("401"), "{log}");
}
