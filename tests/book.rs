//! The generated pages of the book are current, and the book is whole.
//!
//! `cargo bless` rewrites the generated pages.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use rehome::catalogue;
use rehome::finding::codes;
use rehome::legal::Target;
use rehome::report::{matrix, page};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn book() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src")
}

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// Compares a generated page, or rewrites it.
fn current(name: &str, content: &str, stale: &mut Vec<String>) {
    let path = book().join(name);
    if fs::read_to_string(&path).ok().as_deref() == Some(content) {
        return;
    }
    if blessing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    } else {
        stale.push(name.to_owned());
    }
}

#[test]
fn generated_pages_are_current() {
    let mut stale = Vec::new();
    let mut expected = BTreeSet::from(["index.md".to_owned()]);
    current("codes/index.md", &page::index(), &mut stale);
    for code in codes::all() {
        let name = format!("{}.md", code.id);
        let text = catalogue::page::markdown(code).unwrap();
        current(&format!("codes/{name}"), &text, &mut stale);
        expected.insert(name);
    }
    current(
        "capabilities.md",
        &matrix::markdown(&Target::ALL),
        &mut stale,
    );
    current("SUMMARY.md", &summary(), &mut stale);
    for file in fs::read_dir(book().join("codes")).into_iter().flatten() {
        let file = file.unwrap();
        let name = file.file_name().to_string_lossy().into_owned();
        if expected.contains(&name) {
            continue;
        }
        if blessing() {
            fs::remove_file(file.path()).unwrap();
        } else {
            stale.push(format!("codes/{name} (no such code)"));
        }
    }
    assert!(
        stale.is_empty(),
        "not current, run `cargo bless`: {}",
        stale.join(", ")
    );
}

/// The table of contents: what is written by hand, then a line for each code.
fn summary() -> String {
    let path = book().join("SUMMARY.md");
    let old = fs::read_to_string(&path).unwrap_or_default();
    let marker = "- [Codes](codes/index.md)\n";
    let head = old.split(marker).next().unwrap();
    let mut text = format!("{head}{marker}");
    for (letter, _) in page::STAGES {
        for code in page::of_stage(letter) {
            text.push_str(&format!(
                "  - [{id} {}](codes/{id}.md)\n",
                code.name,
                id = code.id
            ));
        }
    }
    text
}

/// The targets of the links of a page that point into the book.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut fenced = false;
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for part in line.split("](").skip(1) {
            let target = part.split(')').next().unwrap();
            let target = target.split('#').next().unwrap();
            if !target.is_empty() && !target.contains("://") {
                links.push(target.to_owned());
            }
        }
    }
    links
}

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
}

#[test]
fn every_chapter_is_listed_and_every_link_leads_somewhere() {
    let root = book();
    let summary = fs::read_to_string(root.join("SUMMARY.md")).unwrap();
    let listed: BTreeSet<PathBuf> = links(&summary).iter().map(|link| root.join(link)).collect();
    let mut all = Vec::new();
    pages(&root, &mut all);
    let mut wrong = Vec::new();
    for page in &all {
        if !page.ends_with("SUMMARY.md") && !listed.contains(page) {
            wrong.push(format!("{} is not in SUMMARY.md", page.display()));
        }
        let text = fs::read_to_string(page).unwrap();
        for link in links(&text) {
            if !page.parent().unwrap().join(&link).exists() {
                wrong.push(format!(
                    "{} links to `{link}`, which is not there",
                    page.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_readme_links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("README.md")).unwrap();
    for link in links(&text) {
        assert!(root.join(&link).exists(), "`{link}` is not there");
    }
}
