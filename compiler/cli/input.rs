//! From paths to bytes: which files of a folder are read, and under which names.

use super::Failure;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The files to read.
#[derive(Debug, Default)]
pub struct Found {
    /// The files, sorted by name.
    pub files: Vec<Input>,
    /// What was passed over, and why.
    pub passed_over: Vec<(PathBuf, &'static str)>,
}

/// One file to read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// Its name in reports: relative to the path that was given, with `/`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The file that holds the accepts.
pub const SETTINGS: &str = "rehome.toml";

/// Finds the files of some paths. Folders are searched through; the folder that will be written,
/// earlier output, hidden files, `rehome.toml` and Markdown are passed over. A file that can be
/// reached in two ways is read once.
///
/// # Errors
/// When a path is not there or a folder cannot be listed.
pub fn find(paths: &[PathBuf], output: Option<&Path>) -> Result<Found, Failure> {
    let mut search = Search {
        output: output.and_then(|path| fs::canonicalize(path).ok()),
        found: Found::default(),
        seen: BTreeSet::new(),
    };
    for path in paths {
        let kind = fs::metadata(path).map_err(|error| Failure::file("read", path, &error))?;
        if kind.is_dir() {
            search.folder(path, "")?;
        } else {
            let name = path.file_name().unwrap_or(path.as_os_str());
            search.file(path, name.to_string_lossy().into_owned());
        }
    }
    let mut found = search.found;
    name_apart(&mut found.files);
    found.files.sort();
    found.passed_over.sort();
    Ok(found)
}

struct Search {
    output: Option<PathBuf>,
    found: Found,
    /// Where folders and files really are: this ends the circles that links make.
    seen: BTreeSet<PathBuf>,
}

impl Search {
    fn folder(&mut self, path: &Path, prefix: &str) -> Result<(), Failure> {
        let real = fs::canonicalize(path).map_err(|error| Failure::file("read", path, &error))?;
        if self.output.as_ref() == Some(&real) {
            self.pass_over(path, "the output folder");
            return Ok(());
        }
        if is_output(path) {
            self.pass_over(path, "output of an earlier run");
            return Ok(());
        }
        if !self.seen.insert(real) {
            return Ok(());
        }
        let list = fs::read_dir(path).map_err(|error| Failure::file("list", path, &error))?;
        let mut entries = Vec::new();
        for entry in list {
            let entry = entry.map_err(|error| Failure::file("list", path, &error))?;
            entries.push(entry.file_name());
        }
        entries.sort();
        for entry in entries {
            let inner = path.join(&entry);
            let entry = entry.to_string_lossy();
            let name = format!("{prefix}{entry}");
            if let Some(reason) = passed_over(&entry) {
                self.pass_over(&inner, reason);
            } else if inner.is_dir() {
                self.folder(&inner, &format!("{name}/"))?;
            } else {
                self.file(&inner, name);
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &Path, name: String) {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if self.seen.insert(real) {
            self.found.files.push(Input {
                name,
                path: path.to_owned(),
            });
        }
    }

    fn pass_over(&mut self, path: &Path, reason: &'static str) {
        self.found.passed_over.push((path.to_owned(), reason));
    }
}

/// Why an entry of a folder is not read.
#[must_use]
pub fn passed_over(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let ends = |ending: &str| lower.ends_with(ending);
    if name.starts_with('.') {
        Some("hidden")
    } else if name == SETTINGS {
        Some("the settings")
    } else if ends(".md") || ends(".markdown") || lower == "readme" || lower == "readme.txt" {
        Some("a text for people")
    } else {
        None
    }
}

/// Whether a folder was written by this program.
#[must_use]
pub fn is_output(path: &Path) -> bool {
    let manifest = path.join("nutanix").join("manifest.json");
    let findings = path.join("report").join("findings.json");
    path.join("policy.yaml").is_file() && findings.is_file() || manifest.is_file()
}

/// Gives files of different paths that would have the same name the path as it was written.
fn name_apart(files: &mut [Input]) {
    let mut names = BTreeSet::new();
    let twice: BTreeSet<String> = files
        .iter()
        .filter(|file| !names.insert(file.name.clone()))
        .map(|file| file.name.clone())
        .collect();
    for file in files.iter_mut().filter(|file| twice.contains(&file.name)) {
        file.name = file.path.to_string_lossy().replace('\\', "/");
    }
}
