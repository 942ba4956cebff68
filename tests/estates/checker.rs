//! Every body of every example, for every target, against a checker that shares nothing with rehome.

use crate::examples::{VARIANTS, examples};
use crate::run::{Run, root};
use rehome::back::Files;
use rehome::compile::compile;
use rehome::finding::Findings;
use rehome::legal::{Options, Release, Target};
use rehome::source::Sources;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Holds the bodies on standard input, by model, to the models of one release of the vendor's SDK.
const CHECK: &str = r#"
import functools, json, sys
folder, release = sys.argv[1:]
sys.path.insert(0, folder)
import check
check.load_schema = functools.cache(check.load_schema)
faults = 0
for model, bodies in json.load(sys.stdin).items():
    sys.argv = ["check.py", "--release", release, "--strict-create", model, *bodies]
    faults += check.main()
sys.exit(min(faults, 1))
"#;

/// What is compiled as a user would, with its flags: every example, and what only a flag brings about.
fn estates() -> Vec<(String, Vec<&'static str>)> {
    let plain = examples().into_iter().map(|name| (name, Vec::new()));
    let variants = VARIANTS
        .iter()
        .filter(|(_, _, flags)| !flags.contains(&"--target"))
        .map(|(name, _, flags)| ((*name).to_owned(), flags.to_vec()));
    let prompts = ("dr-plan".to_owned(), vec!["--split-at-prompts"]);
    plain.chain(variants).chain([prompts]).collect()
}

fn compiled(estate: &str, flags: &[&str], target: Target) -> Files {
    let target = target.to_string();
    let estate = format!("examples/{estate}");
    let mut arguments = vec![estate.as_str(), "--quiet", "--target", &target];
    arguments.extend(flags);
    let run = Run::compile(&arguments);
    let code = run.code;
    assert!(
        code <= 1,
        "{estate} for {target}: exit {code}\n{}",
        run.text
    );
    run.files()
}

/// The folders of the published firewall cases.
fn cases() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("examples/nsx-semantics")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_dir()).collect()
}

/// What a case becomes: without a process and a report of its own, since there are many.
fn case(folder: &Path, target: Target) -> Files {
    let mut sources = Sources::default();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_some_and(|kind| kind != "txt") {
            let tree = rehome_grammar::read(fs::read(&file).unwrap()).unwrap();
            sources.add(file.display().to_string(), file, tree);
        }
    }
    compile(&sources, &Options::new(target), Findings::new()).files
}

/// Puts the bodies of an estate into files of `room`, by their models.
fn put(files: &Files, room: &Path, by_model: &mut BTreeMap<String, Vec<PathBuf>>) {
    let manifest: Value = serde_json::from_slice(&files["nutanix/manifest.json"]).unwrap();
    for object in manifest["objects"].as_array().unwrap() {
        let body = object["body"].as_str().unwrap();
        let model = by_model.entry(object["model"].as_str().unwrap().to_owned());
        let all = model.or_default();
        let name = format!("{}-{}", all.len(), body.replace('/', "-"));
        let path = room.join(name);
        fs::write(&path, &files[&format!("nutanix/{body}")]).unwrap();
        all.push(path);
    }
}

/// Compiles everything for a target and checks what comes out; the models that were met.
fn checked(target: Target) -> Vec<String> {
    let room = tempfile::tempdir().unwrap();
    let mut by_model = BTreeMap::new();
    for (estate, flags) in estates() {
        put(
            &compiled(&estate, &flags, target),
            room.path(),
            &mut by_model,
        );
    }
    for folder in cases() {
        put(&case(&folder, target), room.path(), &mut by_model);
    }
    // The checker calls the newest models by no number.
    let release = if target.release() == Release::R7_6 {
        "next"
    } else {
        target.release().name()
    };
    let mut checker = Command::new("python3")
        .args(["-B", "-c", CHECK])
        .arg(root().join("../shared/tools/nutanix-check"))
        .arg(release)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut asked = checker.stdin.take().unwrap();
    asked
        .write_all(json!(by_model).to_string().as_bytes())
        .unwrap();
    drop(asked);
    let output = checker.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let faults: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains(": ok ("))
        .collect();
    let failed = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{target}\n{}\n{failed}",
        faults.join("\n")
    );
    let count: usize = by_model.values().map(Vec::len).sum();
    assert_eq!(said.matches(": ok (").count(), count, "{target}");
    by_model.into_keys().collect()
}

#[test]
fn every_body_for_every_target_passes_the_independent_checker() {
    if !root()
        .join("../shared/tools/nutanix-check/check.py")
        .exists()
    {
        println!("skipped: ../shared/tools/nutanix-check is not here");
        return;
    }
    std::thread::scope(|scope| {
        let targets = Target::ALL.map(|target| (target, scope.spawn(move || checked(target))));
        for (target, models) in targets {
            let models = models.join().unwrap();
            let plan = if target.release() < Release::R7_5 {
                "RecoveryPlanInput"
            } else {
                "RecoveryPlan"
            };
            for model in ["NetworkSecurityPolicy", "VmAntiAffinityPolicy", plan] {
                assert!(
                    models.iter().any(|one| one == model),
                    "{target}: no {model}"
                );
            }
        }
    });
}
