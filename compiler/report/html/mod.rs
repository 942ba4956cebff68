//! `report/report.html`: one page for reviewers, without anything from outside.
//!
//! INVARIANT (Inert): text of an export reaches the page through the template engine, which escapes
//! it, or through a JSON island that a script reads as text. The page's content security policy
//! allows this one style and this one script by their digests, and nothing else.
//!
//! The rows of the lists are made here and kept in the island; the script shows fifty of them at
//! a time, so that a page of ten thousand findings is as quick as one of ten.

mod constructs;
mod findings;
mod overview;
mod picture;
mod proof;

use super::Report;
use crate::back::inert;
use crate::report::emitted::Emitted;
use askama::Template;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

#[derive(Template)]
#[template(path = "page.html", config = "compiler/report/html/askama.toml")]
struct Page<'r> {
    policy: String,
    style: &'static str,
    script: &'static str,
    verdict: String,
    passes: bool,
    summary: String,
    target: String,
    version: &'static str,
    table: &'r str,
    gate: String,
    compared: bool,
    cards: Vec<overview::Card>,
    fates: [&'static str; 3],
    effects: Vec<&'static str>,
    rows: Vec<overview::Row>,
    legend: Vec<overview::Legend>,
    codes: Vec<overview::CodeCount>,
    effort: String,
    grade: char,
    comparisons: Vec<proof::Domain>,
    counts: Counts,
    kinds: Vec<String>,
    data: String,
}

/// How many rows each list has.
struct Counts {
    findings: usize,
    constructs: usize,
    differences: usize,
}

/// What the script reads: the rows of the lists, the bodies by path, and what exports say by the
/// number of the construct.
#[derive(Serialize)]
struct Data<'r> {
    findings: Vec<Row>,
    constructs: Vec<Row>,
    differences: Vec<Row>,
    bodies: BTreeMap<&'r str, &'r str>,
    sources: BTreeMap<usize, String>,
}

/// A row of a list. Only the rows of one page are in the document at a time; the script puts them in.
#[derive(Debug, Serialize)]
struct Row {
    /// What it is filtered by.
    #[serde(rename = "k")]
    keys: BTreeMap<&'static str, String>,
    /// What is searched, in small letters.
    #[serde(rename = "t")]
    text: String,
    /// The number of the row it is folded under, from 1.
    #[serde(rename = "u", skip_serializing_if = "Option::is_none")]
    under: Option<usize>,
    /// Its part of the page, made by a template, which escapes every text.
    #[serde(rename = "h")]
    html: String,
}

/// The page.
#[must_use]
pub fn render(report: &Report<'_>) -> String {
    let emitted = Emitted::of(&report.outcome.files);
    let findings = findings::items(report, &emitted);
    let constructs = constructs::Listed::of(report, &emitted, &findings::by_object(&findings));
    let data = Data {
        differences: proof::rows(report, &findings::by_code(&findings)),
        findings: findings.iter().map(findings::Item::row).collect(),
        constructs: constructs.items.iter().map(constructs::Item::row).collect(),
        bodies: emitted.bodies(),
        sources: constructs.texts,
    };
    let page = Page {
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        verdict: overview::verdict(report),
        passes: report.passes(),
        summary: report.summary.to_string(),
        target: report.stamp.target.to_string(),
        version: report.stamp.version,
        table: &report.stamp.table,
        gate: report.gate.to_string(),
        compared: report.compared,
        cards: overview::cards(report),
        fates: overview::FATES,
        effects: overview::EFFECTS.to_vec(),
        rows: overview::rows(report),
        legend: overview::legend(),
        codes: overview::codes(report),
        effort: report.summary.effort.to_string(),
        grade: report.summary.effort.grade(),
        comparisons: proof::domains(report),
        counts: Counts {
            findings: data.findings.len(),
            constructs: data.constructs.len(),
            differences: data.differences.len(),
        },
        kinds: constructs.kinds,
        data: island(&data),
    };
    // The template writes to a string and holds no fallible filter.
    page.render().unwrap_or_default()
}

/// JSON that no text in it can end.
fn island(data: &Data<'_>) -> String {
    inert::escape(serde_json::to_string(data).unwrap_or_default())
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
}

/// Nothing is loaded, sent or framed; this style and this script alone take effect.
fn policy() -> String {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types rehome",
        digest(STYLE),
        digest(SCRIPT)
    )
}

fn digest(text: &str) -> String {
    base64(&Sha256::digest(text.as_bytes()))
}

/// RFC 4648, with padding.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().chain([&0; 2]).take(3);
        let bits = bits.fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for at in 0..4 {
            let letter = LETTERS.get((bits >> (18 - 6 * at)) as usize & 63);
            let letter = letter.copied().filter(|_| at <= group.len());
            out.push(char::from(letter.unwrap_or(b'=')));
        }
    }
    out
}

/// A message in pieces: backticks surround the words of an export.
#[derive(Debug)]
struct Piece {
    text: String,
    quoted: bool,
}

fn pieces(message: &str) -> Vec<Piece> {
    super::excerpt::clean(message)
        .split('`')
        .zip([false, true].into_iter().cycle())
        .map(|(text, quoted)| Piece {
            text: text.to_owned(),
            quoted,
        })
        .filter(|piece| !piece.text.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_as_in_the_standard() {
        for (text, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        // FIPS 180-4, the message `abc`.
        assert_eq!(
            digest("abc"),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
        );
    }

    #[test]
    fn no_text_ends_the_island() {
        let data = Data {
            findings: Vec::new(),
            constructs: Vec::new(),
            differences: Vec::new(),
            bodies: BTreeMap::from([("a", "</script><!--&")]),
            sources: BTreeMap::new(),
        };
        let island = island(&data);
        assert!(!island.contains(['<', '>', '&']), "{island}");
    }
}
