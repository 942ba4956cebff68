//! Files that nobody means well with, and those that a slip of the hand leaves.

use crate::estates::reading;
use std::fmt::Write;

const HEAD: &str = "rehome: policy\nversion: 2\n";
const REST: &str = "inventory: {}\nplacement: {}\nrecovery: {}\n";

/// A whole policy with this network domain.
fn network(text: &str) -> String {
    format!("{HEAD}{REST}network:\n  enforcement: unsaid\n  fallback: unknown\n{text}")
}

fn codes(text: &str) -> Vec<&'static str> {
    reading(text.as_bytes()).codes
}

#[test]
fn the_least_policy_is_one() {
    assert_eq!(codes(&network("")), [""; 0]);
    let read =
        reading(format!("# by hand\r\n---\r\n{}", network("").replace('\n', "\r\n")).as_bytes());
    assert_eq!(read.messages, [""; 0]);
}

#[test]
fn what_is_no_policy_is_refused() {
    for (text, code) in [
        (String::new(), "S0001"),
        (HEAD.to_owned(), "R0004"),
        ("rehome: settings\n".to_owned(), "R0001"),
        ("version: 2\n".to_owned(), "R0001"),
        (network("").replace("version: 2", "version: 3"), "R0006"),
        (network("").replace("version: 2", "version: 2.0"), "R0006"),
        (network("").replace("version: 2\n", ""), "R0004"),
        (network("").replace("version: 2", "version:"), "R0006"),
        (network("  colour: red\n"), "R0002"),
        (network("  groups:\n"), "R0004"),
        (network("  groups: ~\n"), "R0004"),
        (network("  groups: {}\n"), "R0004"),
        (network("  fallback: unknown\n"), "S0001"),
        (network("\tgroups: []\n"), "S0001"),
        (network("  groups: &a []\n"), "S0001"),
        (network("  groups: !x []\n"), "S0001"),
        (format!("{}---\n{}", network(""), network("")), "S0001"),
        (format!("{}...\nrest\n", network("")), "S0001"),
        (network("").replace("unknown", "{rule: r1}"), "R0003"),
    ] {
        let found = codes(&text);
        assert!(found.contains(&code), "{text}: {found:?}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused_or_told() {
    let mut wild = network("  # \u{e9}\n").into_bytes();
    let at = wild.iter().position(|byte| *byte == 0xc3).unwrap();
    wild.remove(at);
    // Read as Windows-1252, which the command tells.
    let tree = rehome_grammar::read(wild).unwrap();
    assert!(!tree.notes().is_empty());
    let zero = network("").replace("policy", "policy\0");
    assert_eq!(codes(&zero), ["S0001"]);
    assert_eq!(codes(&format!("\u{feff}{}", network(""))), [""; 0]);
}

#[test]
fn nothing_grows_or_nests_without_end() {
    let mut bomb = format!("{HEAD}a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (this, that) in "bcdefghi".chars().zip("abcdefgh".chars()) {
        let _ = writeln!(
            bomb,
            "{this}: &{this} [*{that}, *{that}, *{that}, *{that}, *{that}]"
        );
    }
    assert_eq!(codes(&bomb), ["S0001"]);
    let group = |members: &str| {
        let ident = "{id: g, name: g}";
        network(&format!(
            "  groups:\n  - ident: {ident}\n    members: {members}\n"
        ))
    };
    let deep = |levels: usize| {
        let (open, close) = ("{not: ".repeat(levels), "}".repeat(levels));
        group(&format!("{open}nothing{close}"))
    };
    assert_eq!(codes(&deep(200)), [""; 0], "what can be read is read");
    assert_eq!(codes(&deep(100_000)), ["S0001"]);
    let huge = "x".repeat(4 << 20);
    assert_eq!(codes(&group(&format!("{{machine: {huge}}}"))), ["N0001"]);
}

#[test]
fn every_mistake_is_told_at_once_and_nothing_is_used() {
    let text = network(
        "  groups:\n\
         \x20 - ident: {id: good, name: good}\n    members: nothing\n\
         \x20 - ident: {id: bad}\n    members: nothing\n\
         \x20 - ident: {id: worse, name: worse, colour: red}\n    members: everybody\n\
         \x20 services:\n\
         \x20 - ident: {id: s, name: s}\n    entries:\n    - ports: {protocol: sctp, source: any, destination: any}\n",
    );
    let read = reading(text.as_bytes());
    assert_eq!(
        read.codes,
        ["R0004", "R0002", "R0004", "R0004"],
        "{:#?}",
        read.messages
    );
    assert!(!read.policy.contains("good"), "{}", read.policy);
}

#[test]
fn every_value_without_a_meaning_is_told_at_once() {
    let group = |id: &str, members: &str| {
        format!("  - ident: {{id: {id}, name: {id}}}\n    members: {members}\n")
    };
    let groups = [
        group("a", "{all: []}"),
        group("b", "{any-of: []}"),
        group("c", "{addresses: [10.0.0.7/24]}"),
        group("d", "{addresses: [10.0.0.300]}"),
        group(
            "e",
            "{match: {of: machine, key: tag, operator: equals, value: x}}",
        ),
        group(
            "f",
            "{match: {of: machine, key: name, scope: any, operator: equals, value: x}}",
        ),
        group("g", "nothing"),
    ];
    let text = network(&format!(
        "  groups:\n{}  services:\n\
         \x20 - ident: {{id: s, name: s}}\n    entries:\n\
         \x20   - ports: {{protocol: tcp, source: any, destination: '80-70'}}\n\
         \x20   - icmp: {{version: ipv4, type: '256', code: any}}\n",
        groups.concat()
    ));
    let read = reading(text.as_bytes());
    assert_eq!(read.codes, ["R0003"; 8], "{:#?}", read.messages);
    let twice = network(&format!("  groups:\n{}{}", groups[6], groups[6]));
    let read = reading(twice.as_bytes());
    assert_eq!(read.codes, ["R0005"], "{:#?}", read.messages);
    assert!(!read.policy.contains("groups"), "{}", read.policy);
}

#[test]
fn a_reference_that_nothing_answers_to_is_told() {
    let text = network("  groups:\n  - ident: {id: g, name: g}\n    members: {group: h}\n");
    assert_eq!(codes(&text), ["N0001"]);
}
