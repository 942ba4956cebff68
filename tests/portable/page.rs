//! The book's page on the portable policy says what is so.

use crate::estates::{compile, reading};
use rehome::catalogue::case::Side;
use rehome::document::VERSION;
use rehome::ir::network::Fallback;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn page() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src/portable.md");
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_policy_on_the_page_is_one() {
    let page = page();
    let (_, text) = page.split_once("```yaml\n").unwrap();
    let (text, _) = text.split_once("```").unwrap();
    assert_eq!(reading(text.as_bytes()).messages, [""; 0]);
    let ran = compile(&Side {
        path: "x".to_owned(),
        files: BTreeMap::from([("x/policy.yaml".to_owned(), text.as_bytes().to_vec())]),
        flags: Vec::new(),
        edits: None,
    });
    let outcome = &ran.outcome;
    assert_ne!(outcome.policy.network.fallback, Fallback::Unknown);
    assert!(outcome.proof.compared && outcome.proof.differing.is_empty());
    let written = String::from_utf8_lossy(&outcome.files["policy.yaml"]);
    assert!(
        written.contains("origin: policy.yaml#/network/sections/0/rules/1"),
        "{written}"
    );
}

#[test]
fn the_version_on_the_page_is_current() {
    assert!(page().contains(&format!("`version: {VERSION}`")));
}
