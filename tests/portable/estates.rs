//! Every estate of `examples/`, and its portable policy.

use rehome::catalogue::{self, case::Side, run::Ran};
use rehome::finding::codes;
use rehome::legal::Target;
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
