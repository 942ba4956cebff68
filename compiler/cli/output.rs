//! The output folder, written whole or not at all.

use super::Failure;
use super::input::is_output;
use crate::back::Files;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A place that may be written to.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
}

impl Output {
    /// Looks whether the folder may be replaced, before any work is done.
    ///
    /// # Errors
    /// When it is a file, holds an input, or holds something rehome did not write.
    pub fn claim(path: &Path, inputs: &[PathBuf], force: bool) -> Result<Self, Failure> {
        if fs::symlink_metadata(path).is_err() {
            return Ok(Self {
                path: path.to_owned(),
            });
        }
        let real =
            fs::canonicalize(path).map_err(|error| Failure::file("write to", path, &error))?;
        if !real.is_dir() {
            return Err(Failure::usage(format!(
                "`{}` is a file, not a folder to write to",
                path.display()
            )));
        }
        let inside =
            |input: &PathBuf| fs::canonicalize(input).is_ok_and(|input| input.starts_with(&real));
        if inputs.iter().any(inside) {
            return Err(Failure::usage(format!(
                "the output folder `{}` holds an input, which would be replaced",
                path.display()
            ))
            .help("name another folder with `-o`"));
        }
        let empty = fs::read_dir(&real)
            .map_err(|error| Failure::file("list", path, &error))?
            .next()
            .is_none();
        if empty || force || is_output(&real) {
            return Ok(Self { path: real });
        }
        Err(Failure::usage(format!(
            "`{}` holds files that rehome did not write",
            path.display()
        ))
        .help("name another folder with `-o`, or replace its content with `--force`"))
    }

    /// Writes all files beside the folder, then puts them in its place. When anything fails, what
    /// was there before stays.
    ///
    /// # Errors
    /// When the system refuses a file or folder.
    pub fn write(&self, files: &Files) -> Result<(), Failure> {
        let fail = |error: std::io::Error| Failure::file("write", &self.path, &error);
        let parent = match self.path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        fs::create_dir_all(parent).map_err(fail)?;
        let room = tempfile::Builder::new()
            .prefix(".rehome-")
            .tempdir_in(parent)
            .map_err(fail)?;
        let fresh = room.path().join("new");
        fs::create_dir(&fresh).map_err(fail)?;
        for (name, content) in files {
            write_file(&fresh, name, content)?;
        }
        let old = room.path().join("old");
        let replaced = self.path.exists();
        if replaced {
            fs::rename(&self.path, &old).map_err(fail)?;
        }
        if let Err(error) = fs::rename(&fresh, &self.path) {
            if replaced {
                fs::rename(&old, &self.path).map_err(fail)?;
            }
            return Err(fail(error));
        }
        Ok(())
    }
}

fn write_file(folder: &Path, name: &str, content: &[u8]) -> Result<(), Failure> {
    let inner = Path::new(name);
    let plain = |part| matches!(part, Component::Normal(_));
    if name.is_empty() || !inner.components().all(plain) {
        return Err(Failure::fault(format!(
            "`{name}` would be written outside the output folder"
        )));
    }
    let path = folder.join(inner);
    let fail = |error: std::io::Error| Failure::file("write", &path, &error);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(fail)?;
    }
    fs::write(&path, content).map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Files {
        list.iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect()
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_folder_is_replaced_whole_and_nothing_is_left_beside_it() {
        let room = tempfile::tempdir().unwrap();
        let out = room.path().join("a/out");
        let first = files(&[("nutanix/manifest.json", "1"), ("gone.txt", "1")]);
        Output::claim(&out, &[], false)
            .unwrap()
            .write(&first)
            .unwrap();
        let second = files(&[("nutanix/manifest.json", "2"), ("report/x/y.json", "2")]);
        Output::claim(&out, &[], false)
            .unwrap()
            .write(&second)
            .unwrap();
        assert_eq!(names(&out), ["nutanix", "report"]);
        assert_eq!(names(&room.path().join("a")), ["out"]);
    }

    #[test]
    fn a_run_that_fails_leaves_what_was_there() {
        let room = tempfile::tempdir().unwrap();
        let out = room.path().join("out");
        let first = files(&[("nutanix/manifest.json", "1")]);
        Output::claim(&out, &[], false)
            .unwrap()
            .write(&first)
            .unwrap();
        let claimed = Output::claim(&out, &[], false).unwrap();
        for bad in ["../escape", "/etc/x", "a/../../b", ""] {
            let second = files(&[("a.txt", "2"), (bad, "2")]);
            let failure = claimed.write(&second).unwrap_err();
            assert_eq!(failure.exit(), crate::cli::Exit::Fault, "{bad}");
        }
        // A file where a folder is needed: the system refuses in the middle.
        let third = files(&[("a", "3"), ("a/b", "3")]);
        assert!(claimed.write(&third).is_err());
        assert_eq!(fs::read(out.join("nutanix/manifest.json")).unwrap(), b"1");
        assert_eq!(names(room.path()), ["out"]);
    }

    #[test]
    fn only_a_folder_of_ours_or_an_empty_one_is_claimed() {
        let room = tempfile::tempdir().unwrap();
        let other = room.path().join("other");
        fs::create_dir(&other).unwrap();
        assert!(Output::claim(&other, &[], false).is_ok());
        fs::write(other.join("mine.txt"), "x").unwrap();
        assert!(Output::claim(&other, &[], false).is_err());
        assert!(Output::claim(&other, &[], true).is_ok());
        assert!(Output::claim(&other, &[other.join("mine.txt")], true).is_err());
        assert!(Output::claim(&other.join("mine.txt"), &[], true).is_err());
    }
}
