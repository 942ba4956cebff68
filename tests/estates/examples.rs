//! Every example is compiled as a user would, and what comes out is compared with `snapshots/`.
//!
//! `cargo bless` rewrites the snapshots; read the diff before committing it.

use crate::run::{Run, files_below, root};
use std::collections::BTreeMap;
use std::fs;

/// Folders that hold many small estates instead of one; each has a test of its own.
const SUITES: [&str; 2] = ["codes", "nsx-semantics"];

/// Examples that are compiled once more with other flags: the example, its snapshot, the flags.
pub const VARIANTS: [(&str, &str, &[&str]); 2] = [
    (
        "stretched-cluster",
        "stretched-cluster-hardened",
        &["--harden-should", "--pin-together"],
    ),
    (
        "ordered-firewall",
        "ordered-firewall-flex",
        &["--target", "nutanix@7.6", "--flex"],
    ),
];

/// The folders of `examples/` that hold the exports of one estate.
pub fn examples() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .filter(|name| !SUITES.contains(&name.as_str()))
        .collect();
    names.sort();
    names
}

#[test]
fn what_comes_out_is_what_was_reviewed() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    let plain = examples()
        .into_iter()
        .map(|name| (name.clone(), name, &[][..]));
    let variants = VARIANTS
        .iter()
        .map(|(name, snapshot, flags)| ((*name).to_owned(), (*snapshot).to_owned(), *flags));
    for (example, name, flags) in plain.chain(variants) {
        let example = format!("examples/{example}");
        let mut arguments = vec![example.as_str()];
        arguments.extend(flags);
        let run = Run::compile(&arguments);
        assert!(
            run.code == 0 || run.code == 1,
            "{name}: exit {}\n{}",
            run.code,
            run.text
        );
        let mut now = run.files();
        now.insert(
            "exit-and-terminal.txt".to_owned(),
            format!("exit {}\n{}", run.code, run.text).into_bytes(),
        );
        for format in ["concise", "github"] {
            let mut arguments = arguments.clone();
            arguments.extend(["--format", format]);
            let shown = Run::check(&arguments);
            now.insert(format!("terminal-{format}.txt"), shown.text.into_bytes());
        }
        let folder = root().join("snapshots").join(&name);
        if bless {
            let _ = fs::remove_dir_all(&folder);
            for (path, bytes) in &now {
                let path = folder.join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
        }
        let reviewed = files_below(&folder);
        wrong.extend(differences(&name, &reviewed, &now));
    }
    assert!(
        wrong.is_empty(),
        "run `cargo bless` and read the diff:\n{}",
        wrong.join("\n")
    );
}

fn differences(
    name: &str,
    reviewed: &BTreeMap<String, Vec<u8>>,
    now: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for path in reviewed.keys().filter(|path| !now.contains_key(*path)) {
        wrong.push(format!("{name}/{path} is no longer written"));
    }
    for (path, bytes) in now {
        match reviewed.get(path) {
            None => wrong.push(format!("{name}/{path} is new")),
            Some(old) if old != bytes => {
                let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(bytes));
                let line = old.lines().zip(new.lines()).position(|(a, b)| a != b);
                wrong.push(format!(
                    "{name}/{path} differs from line {:?}",
                    line.map(|line| line + 1)
                ));
            }
            Some(_) => {}
        }
    }
    wrong
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for name in examples() {
        let input = format!("examples/{name}");
        assert_eq!(
            Run::compile(&[&input]).files(),
            Run::compile(&[&input]).files(),
            "{name}"
        );
    }
}

#[test]
fn placeholders_are_made_before_they_are_used() {
    for name in examples() {
        let run = Run::compile(&[&format!("examples/{name}")]);
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(run.out().join("nutanix/manifest.json")).unwrap())
                .unwrap();
        let id = |object: &serde_json::Value| object["id"].as_str().unwrap().to_owned();
        let mut known: std::collections::BTreeSet<String> = manifest["external"]
            .as_array()
            .unwrap()
            .iter()
            .map(id)
            .collect();
        for object in manifest["objects"].as_array().unwrap() {
            for needed in object["depends_on"].as_array().unwrap() {
                assert!(
                    known.contains(needed.as_str().unwrap()),
                    "{name}: {} comes before {needed}",
                    object["name"]
                );
            }
            assert!(
                known.insert(id(object)),
                "{name}: {} stands twice",
                object["name"]
            );
        }
    }
}

#[test]
fn ordered_policies_are_only_written_for_the_release_that_has_them() {
    let with = |target: &str| {
        Run::with(|folder| {
            let out = folder.join("out").display().to_string();
            [
                "compile",
                "examples/three-tier",
                "--target",
                target,
                "--flex",
                "-o",
                &out,
            ]
            .map(str::to_owned)
            .to_vec()
        })
    };
    for target in ["nutanix@7.5", "nutanix@2024.3"] {
        let run = with(target);
        assert_eq!(run.code, 2, "{}", run.text);
        assert!(
            run.text
                .contains("has no Flex policies; they need nutanix@7.6"),
            "{}",
            run.text
        );
        assert!(run.files().is_empty());
    }
    let run = with("nutanix@7.6");
    assert!(run.code == 0 || run.code == 1, "{}", run.text);
    let ordered = run
        .files()
        .into_iter()
        .filter(|(path, _)| path.contains("NetworkSecurityPolicy/"));
    let bodies: Vec<String> = ordered
        .map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    assert!(!bodies.is_empty() && bodies.iter().all(|body| body.contains("\"WORKLOAD\"")));
}
