//! Every shape of the API reference is read without an unknown key, and every call of the endpoint
//! list is known. Skipped where the corpus is not there.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test: it fails by panicking, and says what it skips"
)]

use rehome::finding::Findings;
use rehome::front;
use rehome::source::Sources;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const PAIR: &str = "GET /api/rest/srm/v2/pairings/string";
const PLAN: &str = "/recovery-management/plans/string";

fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus/srm/rest-schema");
    if !folder.is_dir() {
        println!("skipped: no corpus folder `srm/rest-schema`");
        return None;
    }
    Some(folder)
}

fn load(folder: &Path, name: &str) -> Value {
    let bytes = std::fs::read(folder.join(name)).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// The findings about a bundle: code and message.
fn findings(pairs: &[Value]) -> Vec<(&'static str, String)> {
    let mut sources = Sources::default();
    let text = Value::Array(pairs.to_vec()).to_string();
    let tree = rehome_grammar::read(text.into_bytes()).unwrap();
    sources.add("bundle.json".into(), "bundle.json".into(), tree);
    let mut findings = Findings::new();
    let _ = front::read(&sources, &mut findings);
    let told = findings.iter();
    told.map(|finding| (finding.code.id, finding.message.clone()))
        .collect()
}

#[test]
fn every_shape_of_the_reference_is_read_without_an_unknown_key() {
    let Some(folder) = corpus() else { return };
    // What an answer of the call holds, and what a list of it holds.
    let shapes = [
        (
            "RecoveryPlanInfo.json",
            "/recovery-management/plans".to_owned(),
        ),
        (
            "ProtectionGroupInfo.json",
            format!("{PLAN}/protection-groups"),
        ),
        ("RecoveryPlanVmInfo.json", format!("{PLAN}/vms")),
        (
            "VmRecoverySettings.json",
            format!("{PLAN}/vms/string/recovery-settings"),
        ),
        (
            "VmSummarizedRecoverySettings.json",
            format!("{PLAN}/vms/string/recovery-settings/summary"),
        ),
        (
            "RecoveryStepDrResponseList.json",
            format!("{PLAN}/recovery-steps/recovery"),
        ),
        (
            "Callout.json",
            format!("{PLAN}/recovery-steps/recovery/0/callout-data"),
        ),
        (
            "NetworkMapping.json",
            "/srms/string/inventory-mappings/networks".to_owned(),
        ),
    ];
    // Bodies of calls that create or run something: no answers.
    let sent = [
        "CalloutCreateSpec.json",
        "ProtectionGroupCreateSpec.hbr.json",
        "RecoverPlanSpec.json",
        "RecoveryPlanCreateSpec.json",
    ];
    let files = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name());
    for file in files.map(|name| name.into_string().unwrap()) {
        let known = shapes.iter().any(|(name, _)| *name == file) || sent.contains(&file.as_str());
        assert!(known || file == "endpoints.v2.tsv", "{file} is not tried");
    }
    let pairs: Vec<Value> = shapes
        .iter()
        .map(|(name, path)| json!({"request": format!("{PAIR}{path}"), "response": load(&folder, name)}))
        .collect();
    let told = findings(&pairs);
    for (code, message) in &told {
        assert!(
            !["R0002", "R0004", "R0007", "R3001"].contains(code),
            "{code} {message}"
        );
    }
    // The placeholder `string` is no priority, no type and no address: each is told.
    let bad = |key: &str| {
        let key = format!("`{key}`");
        told.iter()
            .any(|(code, message)| *code == "R0003" && message.contains(&key))
    };
    for key in [
        "priority",
        "startup_action",
        "ip_customization_type",
        "callout_type",
        "local_subnet",
        "replication_type",
    ] {
        assert!(bad(key), "{key}: {told:?}");
    }
}

#[test]
fn every_call_that_reads_is_known() {
    let Some(folder) = corpus() else { return };
    let endpoints = std::fs::read_to_string(folder.join("endpoints.v2.tsv")).unwrap();
    let mut tried = 0;
    for line in endpoints.lines().skip(1) {
        let (method, path) = line.split_once('\t').unwrap();
        if method != "GET" {
            continue;
        }
        let path = path.replace("{view_mode}", "test");
        let request = format!("GET /api/rest/srm/v2{path}");
        let told = findings(&[json!({"request": request, "response": {"list": []}})]);
        let unknown = told
            .iter()
            .find(|(code, _)| ["R0006", "R0007"].contains(code));
        assert_eq!(unknown, None, "{request}");
        tried += 1;
    }
    assert!(tried > 40, "{tried} calls were tried");
}
