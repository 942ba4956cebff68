//! `report.html` in a headless Chromium, used as a reviewer would: `tests/browser/check.mjs`.
//!
//! Needs node, npm and Chromium; without one of them, or without a registry to install
//! `playwright-core` from, the test says what is missing and ends. `REHOME_CHROMIUM` names another
//! browser; the pictures are left in `target/tmp/browser/pictures`.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A name that tries to be markup in every way.
const HOSTILE: &str = r#"{"results": [{"resource_type": "Group", "id": "g",
    "path": "/infra/domains/default/groups/<img src=x onerror=window.pwned=1>",
    "display_name": "<img src=x onerror=window.pwned=1></script></template><script>window.pwned=1</script>{{7*7}}",
    "expression": [{"resource_type": "Condition", "member_type": "VirtualMachine", "key": "OSName",
        "operator": "CONTAINS", "value": "</pre></template><iframe src=https://example.org>"}]}]}"#;

/// Groups by OS name, each with two findings.
fn big() -> String {
    let groups: Vec<String> = (0..5_100)
        .map(|at| {
            format!(
                r#"{{"resource_type": "Group", "id": "g{at}", "display_name": "Group {at}",
 "path": "/infra/domains/default/groups/g{at}", "expression": [{{"resource_type": "Condition",
 "member_type": "VirtualMachine", "key": "OSName", "operator": "CONTAINS", "value": "os{at}"}}]}}"#
            )
        })
        .collect();
    format!("{{\"results\": [\n{}\n]}}", groups.join(",\n"))
}

/// Where a program is; `None` when it cannot be started.
fn program(names: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os("PATH").unwrap_or_default();
    names.iter().find_map(|name| {
        std::env::split_paths(&named)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
    })
}

fn chromium() -> Option<PathBuf> {
    match std::env::var_os("REHOME_CHROMIUM") {
        Some(path) => Some(PathBuf::from(path)),
        None => program(&["chromium", "chromium-browser", "google-chrome"]),
    }
}

/// Puts `playwright-core` below the target folder; why not, when it cannot.
fn install(room: &Path) -> Result<(), String> {
    let wanted = fs::read(root().join("tests/browser/package.json")).unwrap();
    let installed = room.join("package.json");
    let there = room
        .join("node_modules/playwright-core/package.json")
        .is_file();
    if there && fs::read(&installed).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    fs::create_dir_all(room).unwrap();
    fs::write(&installed, wanted).unwrap();
    let npm = program(&["npm"]).ok_or("npm is not here")?;
    let output = Command::new(npm)
        .current_dir(room)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .args(["install", "--no-audit", "--no-fund", "--ignore-scripts"])
        .args(["--fetch-retries=0", "--fetch-timeout=20000"])
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(())
    } else {
        let reason = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("npm cannot install playwright-core: {reason}"))
    }
}

/// Says so past the runner, which keeps to itself what a test prints that passes.
fn skip(reason: &str) {
    let _ = writeln!(
        std::io::stderr(),
        "report.html is not tried in a browser: {reason}"
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The page for an export, beside the objects that were emitted for it.
fn page(room: &Path, name: &str, input: &Path) -> PathBuf {
    let out = room.join("reports").join(name);
    let status = assert_cmd::Command::new(env!("CARGO_BIN_EXE_rehome"))
        .arg("compile")
        .arg(input)
        .args(["--force", "--quiet", "-o"])
        .arg(&out)
        .output()
        .unwrap();
    let code = status.status.code();
    assert!(code == Some(0) || code == Some(1), "{name}: {code:?}");
    out.join("report/report.html")
}

fn export(room: &Path, name: &str, text: &str) -> PathBuf {
    let folder = room.join("exports").join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("groups.json"), text).unwrap();
    folder
}

#[test]
fn a_reviewer_can_use_the_page() {
    let room = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("browser");
    let (Some(node), Some(chromium)) = (program(&["node"]), chromium()) else {
        return skip("node and Chromium are needed, and one of them is not here");
    };
    if let Err(reason) = install(&room) {
        return skip(&reason);
    }
    let small = page(&room, "small", &root().join("examples/three-tier"));
    let chains = page(&room, "chains", &root().join("examples/dr-plan-broken"));
    let hostile = page(&room, "hostile", &export(&room, "hostile", HOSTILE));
    let big = page(&room, "big", &export(&room, "big", &big()));
    let output = Command::new(node)
        .current_dir(&room)
        .arg(root().join("tests/browser/check.mjs"))
        .args([chromium, small, chains, hostile, big, room.join("pictures")])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let error = String::from_utf8_lossy(&output.stderr);
    println!("{text}");
    assert!(output.status.success(), "{text}\n{error}");
}
