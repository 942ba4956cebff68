//! Reading a large JSON export: ours with spans against `serde_json` without.
//!
//! `cargo bench -p rehome-bench --bench read`; `REHOME_RULES=100000` sets the size (20,000 rules
//! otherwise). Every row reads the same bytes, and turning bytes into owned input and dropping the
//! result are not timed (`spanned_borrowing` alone also drops its structs, which borrow).
//! The budget is `spanned_borrowing` at 1.3 times the speed of `serde_json_into_strings`;
//! `spanned_into_strings` shows what it costs to own every string as the baseline does.
//!
//! `REHOME_PEAK=<row> REHOME_PEAK_INPUT=<file>` reads one file in one row instead and prints the
//! peak memory of the process as a multiple of the input, which it includes; with `perf stat`
//! around it that also gives figures that a busy machine disturbs little.
#![expect(clippy::expect_used, reason = "a benchmark of what is generated here")]

use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use rehome_grammar::Tree;
use rehome_grammar::de::{Ignored, Spanned, Text, Unread, from_node};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

fn main() {
    match std::env::var("REHOME_PEAK") {
        Ok(row) => peak(&row),
        Err(_) => divan::main(),
    }
}

/// One read in a fresh process: what the kernel says was the most memory it had.
#[expect(clippy::print_stdout, reason = "the figure is what was asked for")]
fn peak(row: &str) {
    let input = std::env::var("REHOME_PEAK_INPUT").expect("a file to read");
    let bytes = std::fs::read(input).expect("the file");
    let length = bytes.len();
    match row {
        "none" => drop(black_box(bytes)),
        "tape_only" => drop(black_box(tape(bytes))),
        "spanned_borrowing" => drop(black_box(borrowing(bytes))),
        "spanned_into_strings" => drop(black_box(into_strings(bytes))),
        "serde_json_into_strings" => drop(black_box(theirs(bytes))),
        _ => drop(black_box(their_value(bytes))),
    }
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
    let peak = peak
        .and_then(|peak| peak.trim().parse::<usize>().ok())
        .unwrap_or_default()
        * 1024;
    let times = peak as f64 / length as f64;
    println!(
        "{row}: {} MB of {} MB input, {times:.2} times",
        peak / 1_000_000,
        length / 1_000_000
    );
}

static COMPACT: LazyLock<Vec<u8>> =
    LazyLock::new(|| serde_json::to_vec(&export()).expect("generated"));
static PRETTY: LazyLock<Vec<u8>> =
    LazyLock::new(|| serde_json::to_vec_pretty(&export()).expect("generated"));

#[derive(Clone, Copy, Debug)]
enum Layout {
    Compact,
    Pretty,
}

const LAYOUTS: [Layout; 2] = [Layout::Compact, Layout::Pretty];

impl Layout {
    fn bytes(self) -> &'static [u8] {
        match self {
            Layout::Compact => &COMPACT,
            Layout::Pretty => &PRETTY,
        }
    }
}

/// A page of policies with their rules, with the keys that the vendor's API puts on each.
fn export() -> serde_json::Value {
    let rules = std::env::var("REHOME_RULES")
        .ok()
        .and_then(|rules| rules.parse().ok());
    let rules: usize = rules.unwrap_or(20_000);
    let policies: Vec<_> = (0..rules.div_ceil(20)).map(policy).collect();
    json!({ "results": policies, "result_count": policies.len(), "sort_by": "display_name" })
}

fn policy(number: usize) -> serde_json::Value {
    let path = format!("/infra/domains/default/security-policies/app-{number:05}");
    json!({
        "resource_type": "SecurityPolicy", "id": format!("app-{number:05}"),
        "display_name": format!("Application {number} – production"), "path": path,
        "relative_path": format!("app-{number:05}"), "parent_path": "/infra/domains/default",
        "category": "Application", "sequence_number": number, "stateful": true,
        "tcp_strict": true, "locked": false, "_create_user": "admin",
        "_create_time": 1_700_000_000_000_u64 + number as u64, "_revision": number % 9,
        "scope": [format!("/infra/domains/default/groups/app-{number:05}")],
        "rules": (0..20).map(|rule| self::rule(&path, number, rule)).collect::<Vec<_>>(),
    })
}

fn rule(path: &str, policy: usize, number: usize) -> serde_json::Value {
    let group = |shift: usize| {
        let group = (policy * 7 + number * shift) % 11_287;
        format!("/infra/domains/default/groups/group-{group:05}")
    };
    let action = if number == 19 { "DROP" } else { "ALLOW" };
    json!({
        "resource_type": "Rule", "id": format!("rule-{policy}-{number}"),
        "display_name": format!("allow \"tier {number}\" to the next"),
        "path": format!("{path}/rules/rule-{policy}-{number}"),
        "relative_path": format!("rule-{policy}-{number}"), "parent_path": path,
        "unique_id": format!("9f7c1a2e-0000-4000-8000-{policy:06}{number:06}"),
        "marked_for_delete": false, "overridden": false, "rule_id": policy * 20 + number,
        "sequence_number": number * 10, "action": action, "direction": "IN_OUT",
        "ip_protocol": "IPV4_IPV6", "logged": number.is_multiple_of(3), "disabled": number.is_multiple_of(17),
        "sources_excluded": false, "destinations_excluded": false, "tag": "",
        "source_groups": [group(3), group(5)], "destination_groups": [group(11)],
        "services": ["/infra/services/HTTPS", format!("/infra/services/app-{}", policy % 400)],
        "profiles": ["ANY"], "scope": ["ANY"], "is_default": false, "_revision": 3,
        "_create_user": "admin", "_create_time": 1_700_000_000_000_u64 + number as u64,
        "_last_modified_user": "admin", "_last_modified_time": 1_700_000_500_000_u64,
        "_system_owned": false, "_protection": "NOT_PROTECTED",
    })
}

/// One set of structs, with the type of text and of place left open.
macro_rules! shapes {
    ($module:ident, [$($life:lifetime)?], $text:ty, $place:ident, $ignored:ident $(, #[$borrow:meta])?) => {
        mod $module {
            use super::*;

            #[derive(Deserialize)]
            #[expect(dead_code, reason = "only read")]
            pub struct Page$(<$life>)? {
                $(#[$borrow])?
                pub results: Vec<Policy$(<$life>)?>,
                result_count: $ignored,
                sort_by: $ignored,
            }

            #[derive(Deserialize)]
            #[expect(dead_code, reason = "only read")]
            pub struct Policy$(<$life>)? {
                $(#[$borrow])?
                id: $place<$text>,
                $(#[$borrow])?
                display_name: $place<$text>,
                $(#[$borrow])?
                path: $place<$text>,
                $(#[$borrow])?
                category: $place<$text>,
                sequence_number: $place<u64>,
                stateful: $place<bool>,
                $(#[$borrow])?
                scope: Vec<$place<$text>>,
                $(#[$borrow])?
                pub rules: Vec<Rule$(<$life>)?>,
                resource_type: $ignored,
                relative_path: $ignored,
                parent_path: $ignored,
                tcp_strict: $ignored,
                locked: $ignored,
                _create_user: $ignored,
                _create_time: $ignored,
                _revision: $ignored,
            }

            #[derive(Deserialize)]
            #[expect(dead_code, reason = "only read")]
            pub struct Rule$(<$life>)? {
                $(#[$borrow])?
                id: $place<$text>,
                $(#[$borrow])?
                display_name: $place<$text>,
                $(#[$borrow])?
                path: $place<$text>,
                sequence_number: $place<u64>,
                rule_id: $place<u64>,
                $(#[$borrow])?
                action: $place<$text>,
                $(#[$borrow])?
                direction: $place<$text>,
                $(#[$borrow])?
                ip_protocol: $place<$text>,
                logged: $place<bool>,
                disabled: $place<bool>,
                sources_excluded: $place<bool>,
                destinations_excluded: $place<bool>,
                $(#[$borrow])?
                source_groups: Vec<$place<$text>>,
                $(#[$borrow])?
                destination_groups: Vec<$place<$text>>,
                $(#[$borrow])?
                services: Vec<$place<$text>>,
                $(#[$borrow])?
                profiles: Vec<$place<$text>>,
                $(#[$borrow])?
                scope: Vec<$place<$text>>,
                resource_type: $ignored,
                relative_path: $ignored,
                parent_path: $ignored,
                unique_id: $ignored,
                marked_for_delete: $ignored,
                overridden: $ignored,
                tag: $ignored,
                is_default: $ignored,
                _revision: $ignored,
                _create_user: $ignored,
                _create_time: $ignored,
                _last_modified_user: $ignored,
                _last_modified_time: $ignored,
                _system_owned: $ignored,
                _protection: $ignored,
            }
        }
    };
}

/// No place at all: what `serde_json` can give.
type Bare<T> = T;

shapes!(bare, [], String, Bare, IgnoredAny);
shapes!(owned, [], String, Spanned, Ignored);
shapes!(borrowed, ['a], Text<'a>, Spanned, Ignored, #[serde(borrow)]);

fn rows<T>(bencher: Bencher, layout: Layout, read: impl Fn(Vec<u8>) -> T + Sync) {
    bencher
        .with_inputs(|| layout.bytes().to_vec())
        .input_counter(BytesCount::of_slice::<u8, Vec<u8>>)
        .bench_values(read);
}

fn tape(bytes: Vec<u8>) -> Tree {
    rehome_grammar::read(bytes).expect("read")
}

/// The tree, and `Text` fields with spans that borrow from it.
fn borrowing(bytes: Vec<u8>) -> Tree {
    let tree = tape(bytes);
    let root = tree.roots().next().expect("a root");
    let (page, unread) = from_node::<borrowed::Page<'_>>(root);
    black_box((page.expect("typed").results, unread));
    tree
}

/// The tree, and `String` fields with spans.
fn into_strings(bytes: Vec<u8>) -> (owned::Page, Vec<Unread>, Tree) {
    let tree = tape(bytes);
    let root = tree.roots().next().expect("a root");
    let (page, unread) = from_node::<owned::Page>(root);
    (page.expect("typed"), unread, tree)
}

fn theirs(bytes: Vec<u8>) -> (bare::Page, Vec<u8>) {
    (serde_json::from_slice(&bytes).expect("read"), bytes)
}

fn their_value(bytes: Vec<u8>) -> (serde_json::Value, Vec<u8>) {
    (serde_json::from_slice(&bytes).expect("read"), bytes)
}

#[divan::bench(args = LAYOUTS, sample_count = 40, sample_size = 1)]
fn tape_only(bencher: Bencher, layout: Layout) {
    rows(bencher, layout, tape);
}

#[divan::bench(args = LAYOUTS, sample_count = 40, sample_size = 1)]
fn spanned_borrowing(bencher: Bencher, layout: Layout) {
    rows(bencher, layout, borrowing);
}

#[divan::bench(args = LAYOUTS, sample_count = 40, sample_size = 1)]
fn spanned_into_strings(bencher: Bencher, layout: Layout) {
    rows(bencher, layout, into_strings);
}

#[divan::bench(args = LAYOUTS, sample_count = 40, sample_size = 1)]
fn serde_json_into_strings(bencher: Bencher, layout: Layout) {
    rows(bencher, layout, theirs);
}

#[divan::bench(args = LAYOUTS, sample_count = 5, sample_size = 1)]
fn serde_json_value(bencher: Bencher, layout: Layout) {
    rows(bencher, layout, their_value);
}
