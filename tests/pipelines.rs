//! The pieces of the book's page on pipelines are run as they stand there.
//!
//! What a piece calls besides `rehome`, `git` and the shell's own tools is stood in for by a script
//! that notes how it was called.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The fenced blocks of the page in that language.
fn blocks(language: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src/pipelines.md");
    let page = fs::read_to_string(page).unwrap();
    let opening = format!("```{language}\n");
    page.split(&opening)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// The scripts of a YAML piece: the text under these keys, in order.
fn scripts(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("run" | "entry", Value::String(text)) => {
                        found.push((key.clone(), text.clone()));
                    }
                    ("script" | "after_script", Value::Array(lines)) => {
                        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
                        found.push((key.clone(), lines.join("\n")));
                    }
                    _ => scripts(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| scripts(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn scripts_of(piece: &str) -> Vec<(String, String)> {
    let value: Value = serde_saphyr::from_str(piece).unwrap();
    let mut found = Vec::new();
    scripts(&value, &mut found);
    found
}

/// A checkout with the exports of an example, and a folder of commands.
struct Job {
    folder: TempDir,
}

impl Job {
    fn new() -> Self {
        let job = Self {
            folder: TempDir::new().unwrap(),
        };
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/three-tier");
        copy(&example, &job.at("exports"));
        fs::create_dir(job.at("bin")).unwrap();
        std::os::unix::fs::symlink(cargo_bin("rehome"), job.at("bin/rehome")).unwrap();
        for stand_in in ["gh", "curl"] {
            job.command(
                stand_in,
                &format!("#!/bin/sh\nprintf '%s\\n' \"$@\" >> {stand_in}.called\n"),
            );
        }
        job
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, name: &str, text: &str) {
        let path = self.at("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, script: &str) -> Output {
        let path = format!(
            "{}:{}",
            self.at("bin").display(),
            std::env::var("PATH").unwrap()
        );
        Command::new("sh")
            .args(["-e", "-c", script])
            .current_dir(self.folder.path())
            .env("PATH", path)
            .env("GITHUB_STEP_SUMMARY", self.at("summary.md"))
            .env("NUMBER", "7")
            .env("REHOME_TOKEN", "a token")
            .env("CI_API_V4_URL", "https://gitlab.example/api/v4")
            .env("CI_PROJECT_ID", "1")
            .env("CI_MERGE_REQUEST_IID", "7")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "a")
            .env("GIT_AUTHOR_EMAIL", "a@example.com")
            .env("GIT_COMMITTER_NAME", "a")
            .env("GIT_COMMITTER_EMAIL", "a@example.com")
            .output()
            .unwrap()
    }

    /// Runs a script that must end well.
    fn passes(&self, script: &str) {
        let output = self.run(script);
        assert!(
            output.status.success(),
            "{script}\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn called(&self, name: &str) -> String {
        fs::read_to_string(self.at(&format!("{name}.called"))).unwrap_or_default()
    }

    /// Takes the accepts away, so that the gate closes.
    fn close_the_gate(&self) {
        fs::remove_file(self.at("exports/rehome.toml")).unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn the_jobs_run_and_post_the_report() {
    let [github, gitlab, hook]: [String; 3] = blocks("yaml").try_into().unwrap();
    let job = Job::new();
    let steps = scripts_of(&github);
    assert_eq!(steps.len(), 3, "{steps:?}");
    for (_, script) in &steps {
        job.passes(script);
    }
    assert!(job.called("gh").contains("--body-file\ncomment.md"));
    let report = fs::read_to_string(job.at("out/report/report.md")).unwrap();
    assert_eq!(fs::read_to_string(job.at("summary.md")).unwrap(), report);
    assert!(
        fs::read_to_string(job.at("comment.md"))
            .unwrap()
            .starts_with(&report.chars().take(1000).collect::<String>())
    );

    let job = Job::new();
    for (_, script) in scripts_of(&gitlab) {
        job.passes(&script);
    }
    let called = job.called("curl");
    assert!(called.contains("body@out/report/report.md"), "{called}");
    assert!(called.contains("merge_requests/7/notes"), "{called}");

    for (_, script) in scripts_of(&hook) {
        Job::new().passes(&script);
    }
}

/// Each piece fails when the gate closes: a job that always passes guards nothing.
#[test]
fn a_closed_gate_stops_each_of_them() {
    for piece in blocks("yaml") {
        let job = Job::new();
        job.close_the_gate();
        let (_, first) = scripts_of(&piece).into_iter().next().unwrap();
        assert_eq!(job.run(&first).status.code(), Some(1), "{first}");
    }
}

#[test]
fn the_scripts_know_what_a_change_adds() {
    let [only_new, hook]: [String; 2] = blocks("sh").try_into().unwrap();
    let job = Job::new();
    job.close_the_gate();
    job.passes(
        "git init --quiet --initial-branch=main && git add exports && git commit --quiet -m exports \
         && git update-ref refs/remotes/origin/main HEAD",
    );
    // Nothing new: the findings that close the gate were there before.
    job.passes(&only_new);
    let export = job.at("exports/nsx/exclude-list.json");
    let text = fs::read_to_string(&export).unwrap();
    fs::write(&export, text.replacen('{', "{\"brand_new_key\": 1, ", 1)).unwrap();
    assert_eq!(job.run(&only_new).status.code(), Some(1));

    // The hook looks only when an export is in the commit.
    job.passes(&hook);
    job.passes("git add exports");
    assert_eq!(job.run(&hook).status.code(), Some(1));
}
