//! Every code has an example that raises it and a near miss that does not.
//!
//! `examples/codes/README.md` says how to add one.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use rehome::catalogue::{self, Case, Side, case::Files, page, run::run};
use rehome::finding::{Code, Finding, codes};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Codes whose example is still to be written.
const LATER: &[&str] = &[];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/codes")
}

/// The folders of `examples/codes`.
fn written() -> BTreeSet<String> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect()
}

fn files(at: &Path, prefix: &str, found: &mut Files) {
    for entry in fs::read_dir(at).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().into_string().unwrap());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}

/// The example of a code as it is on disk.
fn on_disk(id: &str) -> Result<Case, String> {
    let mut found = Files::new();
    files(&folder().join(id), "", &mut found);
    Case::new(id, found)
}

#[test]
fn every_code_has_an_example_or_a_reason() {
    let written = written();
    let known: BTreeSet<&str> = codes::all().map(|code| code.id).collect();
    let mut wrong = Vec::new();
    for id in &known {
        let without = catalogue::WITHOUT.iter().any(|(other, _)| other == id);
        let states = [written.contains(*id), without, LATER.contains(id)];
        match states.iter().filter(|state| **state).count() {
            1 => {}
            0 => wrong.push(format!("{id} has no example")),
            _ => wrong.push(format!("{id} has an example and an excuse")),
        }
    }
    let named = catalogue::WITHOUT.iter().map(|(id, _)| *id);
    let named = named.chain(LATER.iter().copied());
    for id in written.iter().map(String::as_str).chain(named) {
        if !known.contains(id) {
            wrong.push(format!("{id} is no code"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with an example.
fn mistakes(code: &Code, case: &Case) -> Vec<String> {
    let (raised, avoided) = match (run(&case.raises), run(&case.avoids)) {
        (Ok(raised), Ok(avoided)) => (raised, avoided),
        (raised, avoided) => {
            let failed = [raised.err(), avoided.err()].into_iter().flatten();
            return failed.collect();
        }
    };
    let mut wrong = Vec::new();
    let of_code = |finding: &&Finding| finding.code == code;
    let at = |finding: &Finding| {
        let subject = finding.subjects.first();
        subject.map_or(String::new(), |one| format!("{} ({})", one.id, one.name))
    };
    let found: Vec<&Finding> = raised.outcome.findings.iter().filter(of_code).collect();
    let meant = found.iter().any(|finding| match finding.subjects.first() {
        Some(subject) => [&subject.id, &subject.name].contains(&&case.about),
        None => case.about.is_empty(),
    });
    let codes = |findings: &rehome::finding::Findings| -> BTreeSet<String> {
        let ids = findings.iter().map(|finding| finding.code.id.to_owned());
        ids.collect()
    };
    let (raised, avoids) = (
        codes(&raised.outcome.findings),
        codes(&avoided.outcome.findings),
    );
    if found.is_empty() {
        wrong.push(format!("is not raised, but {raised:?}"));
    } else if !meant {
        let places: Vec<String> = found.iter().map(|finding| at(finding)).collect();
        wrong.push(format!("is not about `{}` but {places:?}", case.about));
    }
    for finding in avoided.outcome.findings.iter().filter(of_code) {
        wrong.push(format!("is raised by the near miss: {}", finding.message));
    }
    let instead: BTreeSet<String> = avoids.difference(&raised).cloned().collect();
    if instead != case.instead.iter().cloned().collect() {
        let more = avoided.outcome.findings.iter();
        let more = more.filter(|finding| instead.contains(finding.code.id));
        let more: Vec<String> = more
            .map(|finding| format!("{}: {}", finding.code.id, finding.message))
            .collect();
        wrong.push(format!("instead raises {instead:?}: {more:#?}"));
    }
    wrong
}

#[test]
fn examples_raise_their_code_and_near_misses_do_not() {
    let examples: Vec<&Code> = codes::all()
        .filter(|code| written().contains(code.id))
        .collect();
    let half = examples.len().div_ceil(2).max(1);
    let judge = |codes: &[&Code]| -> Vec<String> {
        let mut wrong = Vec::new();
        for code in codes {
            let found = on_disk(code.id).map_or_else(|why| vec![why], |case| mistakes(code, &case));
            wrong.extend(found.iter().map(|what| format!("{} {what}", code.id)));
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let parts: Vec<_> = examples
            .chunks(half)
            .map(|part| scope.spawn(move || judge(part)))
            .collect();
        let parts = parts.into_iter().flat_map(|part| part.join().unwrap());
        parts.collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Runs the program as a user would; what it prints, and the exit code.
fn rehome(arguments: &[&str]) -> (String, i32) {
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_rehome"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (text, output.status.code().unwrap())
}

/// Compiles a side, changes the output as it says, and verifies.
fn verified(side: &Side) -> (String, i32) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let to = out.to_str().unwrap();
    let (text, code) = rehome(&["compile", &side.path, "-o", to]);
    assert!(code < 2, "{text}");
    for edit in side.edits.iter().flatten() {
        let path = out.join(&edit.file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen(&edit.find, &edit.replace, 1)).unwrap();
    }
    rehome(&["verify", &side.path, "--artifacts", to])
}

#[test]
fn the_command_finds_what_somebody_changed_in_the_files() {
    let mut seen = 0;
    for code in codes::all() {
        let Some(case) = catalogue::find(code).unwrap() else {
            continue;
        };
        if case.raises.edits.is_none() {
            continue;
        }
        seen += 1;
        let expected = if code.id.starts_with('X') { 70 } else { 1 };
        let (text, exit) = verified(&case.raises);
        assert!(text.contains(code.id), "{}: {text}", code.id);
        assert_eq!(exit, expected, "{}: {text}", code.id);
        let (text, exit) = verified(&case.avoids);
        assert!(!text.contains(code.id), "{}: {text}", code.id);
        assert_eq!(exit, 0, "{}: {text}", code.id);
    }
    assert!(seen > 5, "{seen} examples are edited");
}

#[test]
fn the_command_says_what_the_page_says() {
    for id in ["S0001", "R0092", "L2002", "L1050"] {
        let case = on_disk(id).unwrap();
        for (side, raised) in [(&case.raises, true), (&case.avoids, false)] {
            let mut arguments = vec!["check", side.path.as_str(), "--format", "concise"];
            arguments.extend(side.flags.iter().map(String::as_str));
            let (text, _) = rehome(&arguments);
            let found = text.lines().any(|line| line.contains(&format!(" {id} (")));
            assert_eq!(found, raised, "{id}: {text}");
        }
    }
}

/// How many lines an example and its near miss may differ by.
const NEAR: usize = 20;

#[test]
fn a_near_miss_is_near() {
    let mut wrong = Vec::new();
    for id in written() {
        let Ok(case) = on_disk(&id) else { continue };
        let diff = page::difference(&case.raises.files, &case.avoids.files);
        let changed = diff
            .lines()
            .filter(|line| line.starts_with(['+', '-']))
            .filter(|line| !line.starts_with("+++") && !line.starts_with("---"))
            .count();
        let one_thing = case.raises.flags != case.avoids.flags
            || case.raises.edits.is_some()
            || !case.raises.files.values().eq(case.avoids.files.values());
        if changed > NEAR {
            wrong.push(format!("{id}: {changed} lines differ"));
        } else if !one_thing {
            wrong.push(format!("{id}: nothing differs"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_program_holds_the_examples_of_the_folder() {
    let mut wrong = Vec::new();
    for id in written() {
        let code = codes::find(&id).unwrap();
        let held = catalogue::find(code).ok().flatten();
        let files = |case: Case| (case.raises.files, case.avoids.files);
        if held.map(files) != on_disk(&id).ok().map(files) {
            wrong.push(id);
        }
    }
    assert!(wrong.is_empty(), "differ: {}", wrong.join(", "));
}
