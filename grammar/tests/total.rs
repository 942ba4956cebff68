//! Any bytes are a tree or a failure, and whatever is asked of either has an answer.

#[path = "common/spoil.rs"]
mod spoil;

use std::collections::BTreeMap;

use proptest::prelude::*;
use rehome_grammar::de::{Many, Spanned, Text, from_node};
use rehome_grammar::{Node, Span, Syntax, Tree, read, text};
use serde::Deserialize;
use spoil::{edits, spoil};

#[derive(Deserialize, Debug)]
#[expect(dead_code, reason = "only read")]
struct Shape<'a> {
    #[serde(borrow)]
    a: Spanned<Text<'a>>,
    #[serde(borrow, default)]
    b: Many<Spanned<Option<Text<'a>>>>,
    #[serde(default)]
    c: Vec<u16>,
    #[serde(default)]
    d: Option<bool>,
    #[serde(default)]
    e: BTreeMap<String, Spanned<f64>>,
}

/// Asks everything of whatever `bytes` are.
fn probe(bytes: &[u8]) {
    match read(bytes.to_vec()) {
        Ok(tree) => walk(&tree),
        Err(failure) => {
            let text = failure.text.as_deref().unwrap_or_default();
            assert!(failure.span.is_empty() || text.get(failure.span.range()).is_some());
            assert!(failure.span.end as usize <= text.len());
            assert!(!failure.message.is_empty() && !failure.message.ends_with('.'));
        }
    }
}

fn walk(tree: &Tree) {
    let fits = |span: Span| tree.text().get(span.range()).is_some();
    for at in 0..=u32::try_from(tree.text().len()).unwrap_or(u32::MAX) {
        let node = tree.node_at(at);
        assert_eq!(
            tree.pointer_at(at),
            node.map(Node::pointer).unwrap_or_default()
        );
    }
    let mut left: Vec<_> = tree.roots().collect();
    while let Some(node) = left.pop() {
        assert!(fits(node.span()), "{node:?}");
        assert_eq!(node.len().min(1), usize::from(!node.is_empty()));
        if let Some(text) = node.str() {
            let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
            assert!(fits(node.span_of(Span::new(0, end))));
            let _ = (
                text::address(&text),
                text::port_ranges(&text),
                text::moref(&text),
            );
            let _ = (text::policy_path(&text), text::scope_tag(&text));
        }
        if let Some(key) = node.key() {
            assert!(fits(key.span()), "{key:?}");
            assert!(key.is(&key.name()));
        }
        left.extend(node.items().chain(node.entries().map(|(_, node)| node)));
        let (shape, unread) = from_node::<Shape<'_>>(node);
        assert!(shape.is_ok() || shape.is_err_and(|error| fits(error.span)));
        assert!(unread.iter().all(|unread| fits(unread.key)));
    }
    assert!(tree.notes().iter().all(|note| fits(note.span)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        probe(&bytes);
    }

    #[test]
    fn any_text(text in any::<String>()) {
        probe(text.as_bytes());
    }

    #[test]
    fn nearly_a_file(
        text in prop::sample::select(vec![
            r#"{"a": "x\u00e9", "b": [null, "y"], "c": [1], "d": "TRUE", "e": {"k": 1.5}} [1]"#,
            "<a xmlns:y=\"u\"><b y:c='1&lt;'>t<!-- c --><c/>&#65;</b><![CDATA[x]]><b/></a>",
            "<a>1</a><?xml version=\"1.0\"?><a b='2'/>",
            "a,b,a\n1,\"2 \"\"x\"\"\",3\r\n\n4,,\n",
            "#TYPE X\n\"a\";\"b\"\n\"1\";\"2\"\n",
            "rehome: x\na: 'y'\nb:\n- null\n- \"z\\n\"\n- {k: 1.5, l: [~]}\nc: |\n  t\n  u\nd: >-\n  v\n\n  w\n",
        ]),
        edits in edits(),
    ) {
        probe(&spoil(text.as_bytes().to_vec(), &edits));
    }

    #[test]
    fn nearly_a_word(word in "[0-9a-fA-F.:/,\\- |vimVM]{0,24}") {
        let fits = |error: &text::TextError| word.get(error.span.range()).is_some();
        prop_assert!(text::address(&word).err().iter().all(fits));
        prop_assert!(text::port_range(&word).err().iter().all(fits));
        prop_assert!(text::port_ranges(&word).err().iter().all(fits));
        prop_assert!(text::policy_path(&word).err().iter().all(fits));
        prop_assert!(text::moref(&word).err().iter().all(fits));
    }
}

#[test]
fn utf16_reads_as_the_same_text() {
    let text = "{\"name\": \"caf\u{e9} \u{1f600}\"}";
    for (mark, swap) in [(true, false), (true, true), (false, false), (false, true)] {
        let units = mark
            .then_some(0xFEFF)
            .into_iter()
            .chain(text.encode_utf16());
        let bytes: Vec<u8> = units
            .flat_map(|unit: u16| {
                if swap {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect();
        let tree = read(bytes).unwrap();
        assert_eq!(tree.text(), text);
    }
}

#[test]
fn what_is_no_text_is_refused() {
    for bytes in [
        &b"PK\x03\x04...."[..],
        b"\x1F\x8B\x08",
        b"a,b\n\0,2",
        b"",
        b" \n ",
    ] {
        assert!(read(bytes.to_vec()).is_err(), "{bytes:?}");
    }
    let entity = "<!DOCTYPE a [<!ENTITY b \"&c;&c;\">]><a>&b;</a>";
    let failure = read(entity.into()).unwrap_err();
    assert_eq!(
        failure.message,
        "a DOCTYPE is refused: it can define entities"
    );
    assert_eq!(failure.span.start, 0);
}

#[test]
fn depth_has_an_end_in_xml() {
    let deep = |levels| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
    assert!(read(deep(250).into_bytes()).is_ok());
    assert!(read(deep(100_000).into_bytes()).is_err());
}

#[test]
fn wide_tables_and_long_lines_are_read() {
    let header: Vec<String> = (0..65_000).map(|column| format!("c{column}")).collect();
    let row = vec!["x"; 65_000];
    let tree = read(format!("{}\n{}\n", header.join(","), row.join(",")).into()).unwrap();
    let last = tree
        .roots()
        .next()
        .unwrap()
        .items()
        .next()
        .unwrap()
        .entries()
        .last()
        .unwrap();
    assert_eq!(last.1.pointer(), "/0/c64999");
    // One name for every column, which counting anew for each would take minutes for.
    let tree =
        read(format!("{}\n{}\n", vec!["a"; 65_000].join(","), row.join(",")).into()).unwrap();
    let last = tree
        .roots()
        .next()
        .unwrap()
        .items()
        .next()
        .unwrap()
        .entries()
        .last()
        .unwrap();
    assert_eq!(last.0.name(), "a#65000");
    let line = "a,".repeat(10_000_000);
    assert_eq!(read(line.clone().into()).unwrap().syntax(), Syntax::Text);
    assert!(read(format!("a,b\n{}{line}", "1,2\n".repeat(99)).into()).is_err());
}

/// Exports of real tools, where they are: each is a tree of the syntax that its name promises.
#[test]
fn the_corpus_is_read() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let mut folders = vec![corpus.clone()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let tree = read(std::fs::read(&path).unwrap()).unwrap_or_else(|failure| {
                panic!("{}: {failure} at {:?}", path.display(), failure.span)
            });
            match path.extension().and_then(|name| name.to_str()) {
                Some("json") => assert_eq!(tree.syntax(), Syntax::Json, "{}", path.display()),
                Some("xml") => assert_eq!(tree.syntax(), Syntax::Xml, "{}", path.display()),
                Some("tsv") => assert_eq!(tree.syntax(), Syntax::Csv, "{}", path.display()),
                _ => assert_eq!(tree.syntax(), Syntax::Text, "{}", path.display()),
            }
            if tree.text().len() < 4096 {
                walk(&tree);
            }
            seen += 1;
        }
    }
    if seen == 0 {
        println!("skipped: there is no {}", corpus.display());
    }
}
