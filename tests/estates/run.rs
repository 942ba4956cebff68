//! Runs the binary as a user would, in a folder of its own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// One run of the binary.
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// What it printed on standard output and standard error.
    pub text: String,
    folder: tempfile::TempDir,
}

impl Run {
    /// Compiles the inputs, which are named relative to the workspace.
    pub fn compile(inputs: &[&str]) -> Self {
        Self::with(|folder| {
            let mut arguments = vec!["compile".to_owned(), "--all".to_owned()];
            arguments.extend(inputs.iter().map(|input| (*input).to_owned()));
            arguments.extend(["-o".to_owned(), folder.join("out").display().to_string()]);
            arguments
        })
    }

    /// Checks the inputs; further arguments may stand among them.
    pub fn check(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|one| (*one).to_owned());
        Self::with(|_| {
            std::iter::once("check".to_owned())
                .chain(arguments)
                .collect()
        })
    }

    /// Runs any command; the arguments are made for the folder of this run.
    pub fn with(arguments: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_rehome"))
            .current_dir(root())
            .env_remove("RUST_BACKTRACE")
            .args(arguments(folder.path()))
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text)
            .unwrap()
            .replace(&folder.path().display().to_string(), "<folder>");
        let code = output.status.code().unwrap_or(-1);
        Self { code, text, folder }
    }

    /// The output folder.
    pub fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    /// Every file that was written, by its path in the output folder.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files_below(&self.out())
    }
}

/// Every file below a folder, by its path with `/`.
pub fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut left = vec![folder.to_owned()];
    while let Some(next) = left.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name: Vec<String> = path
                    .strip_prefix(folder)
                    .unwrap()
                    .components()
                    .map(|part| part.as_os_str().to_string_lossy().into_owned())
                    .collect();
                files.insert(name.join("/"), fs::read(&path).unwrap());
            }
        }
    }
    files
}
