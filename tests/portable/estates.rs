//! Every estate of `examples/`, and its portable policy.

use rehome::back::portable;
use rehome::catalogue::{self, case::Side, run::Ran};
use rehome::finding::{Domain, Finding, Findings, codes};
use rehome::legal::Target;
use rehome::source::Sources;
use rehome::{front, link};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// An estate by its name.
pub struct Estate {
    pub name: String,
    pub side: Side,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The estates that people read first, for every target.
pub fn large() -> Vec<Estate> {
    let mut estates = Vec::new();
    for name in folders(&root()) {
        if name == "codes" || name == "nsx-semantics" {
            continue;
        }
        let files = files(&root().join(&name), &name);
        for flags in targets() {
            estates.push(Estate {
                name: format!("{name} {}", flags.join(" ")),
                side: side(&name, files.clone(), flags),
            });
        }
    }
    estates
}

/// The flags of each target, ordered policies included.
fn targets() -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    for target in Target::ALL {
        let (name, flex) = (target.to_string(), target.is_flex());
        let mut flags = vec!["--target".to_owned(), name];
        flags.extend(flex.then(|| "--flex".to_owned()));
        all.push(flags);
    }
    all
}

/// The small ones: both sides of every code, and the meaning of NSX case by case.
pub fn small() -> Vec<Estate> {
    let mut estates = Vec::new();
    for code in codes::all() {
        let Some(case) = catalogue::find(code).unwrap() else {
            continue;
        };
        for (which, mut side) in [("raises", case.raises), ("avoids", case.avoids)] {
            side.edits = None;
            let name = format!("{} {which}", code.id);
            estates.push(Estate { name, side });
        }
    }
    let folder = root().join("nsx-semantics");
    for name in folders(&folder) {
        let mut files = files(&folder.join(&name), &name);
        files.retain(|path, _| !path.ends_with("verdicts.txt"));
        estates.push(Estate {
            side: side(&name, files, Vec::new()),
            name,
        });
    }
    estates
}

fn side(name: &str, files: BTreeMap<String, Vec<u8>>, flags: Vec<String>) -> Side {
    Side {
        path: name.to_owned(),
        files,
        flags,
        edits: None,
    }
}

fn folders(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn files(folder: &Path, prefix: &str) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            found.extend(files(&path, &name));
        } else {
            found.insert(name, fs::read(path).unwrap());
        }
    }
    found
}

/// Compiles an estate.
pub fn compile(side: &Side) -> Ran {
    catalogue::run::run(side).unwrap()
}

/// The same estate with this portable policy in place of its exports.
pub fn with_policy(side: &Side, policy: &[u8]) -> Side {
    let mut files = BTreeMap::new();
    if let Some((path, settings)) = side.settings() {
        files.insert(path.clone(), settings.clone());
    }
    files.insert("estate/policy.yaml".to_owned(), policy.to_vec());
    Side {
        path: side.path.clone(),
        files,
        flags: side.flags.clone(),
        edits: None,
    }
}

/// The portable policy of an estate, which does not hang on the target.
pub fn policy_of(side: &Side) -> String {
    read_all(side.exports().map(|(path, bytes)| {
        let (_, name) = path.split_once('/').unwrap_or(("", path));
        (name, bytes.as_slice())
    }))
    .policy
}

/// The portable policies of the large examples, each once.
pub fn policies() -> Vec<(String, String)> {
    let mut seen = BTreeMap::new();
    for estate in large() {
        let name = estate.side.path.clone();
        seen.entry(name).or_insert_with(|| policy_of(&estate.side));
    }
    seen.into_iter().collect()
}

/// What comes of reading a file: the policy written again, and the codes told on the way.
pub struct Reading {
    pub policy: String,
    pub codes: Vec<&'static str>,
    pub messages: Vec<String>,
}

/// Reads one file, without compiling it for a target.
pub fn reading(bytes: &[u8]) -> Reading {
    read_all([("policy.yaml", bytes)].into_iter())
}

fn read_all<'f>(files: impl Iterator<Item = (&'f str, &'f [u8])>) -> Reading {
    let mut findings = Findings::new();
    let mut sources = Sources::default();
    for (name, bytes) in files {
        match rehome_grammar::read(bytes.to_vec()) {
            Ok(tree) => {
                sources.add(name.to_owned(), name.into(), tree);
            }
            Err(failure) => {
                let code = &codes::syntax::NOT_WELL_FORMED;
                findings.push(Finding::new(code, Domain::Estate, failure.message));
            }
        }
    }
    let named = front::read(&sources, &mut findings);
    let linked = link::link(named, &sources, &mut findings);
    let files = portable::emit(&linked, &sources).unwrap();
    let told = |finding: &Finding| format!("{} {}", finding.code.id, finding.message);
    Reading {
        policy: String::from_utf8(files["policy.yaml"].clone()).unwrap(),
        codes: findings.iter().map(|finding| finding.code.id).collect(),
        messages: findings.iter().map(told).collect(),
    }
}
