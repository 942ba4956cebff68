//! The JSON reader and `serde_json` agree on every text: on what is JSON and on what it means.
//!
//! They differ by intent in four things, and the tests say where: `serde_json` nests to 128
//! levels and this crate to 256; a number beyond `f64` is out of range there and kept as written
//! here; bytes that are not UTF-8 are an error there and decoded with a note here; and here a
//! text that only begins like a JSON scalar is a text.

#[path = "common/spoil.rs"]
mod spoil;
#[path = "common/values.rs"]
mod values;

use proptest::prelude::*;
use rehome_grammar::de::from_node;
use rehome_grammar::{Node, NoteKind, Syntax, read};
use serde_json::{Deserializer, Value};
use spoil::{edits, spoil};
use values::{alike, json, string, value};

fn theirs(text: &str) -> Result<Vec<Value>, serde_json::Error> {
    Deserializer::from_str(text).into_iter().collect()
}

/// Ours and theirs on the same bytes.
fn compare(bytes: &[u8]) -> Result<(), TestCaseError> {
    let ours = read(bytes.to_vec());
    let Ok(text) = str::from_utf8(bytes) else {
        if let Ok(tree) = ours {
            prop_assert!(
                tree.notes()
                    .iter()
                    .any(|note| note.kind != NoteKind::Duplicate)
            );
        }
        return Ok(());
    };
    let theirs = theirs(text).ok().filter(|roots| !roots.is_empty());
    let ours = ours.ok().filter(|tree| tree.syntax() == Syntax::Json);
    match (ours, theirs) {
        (None, None) => Ok(()),
        (Some(tree), Some(theirs)) => {
            let values: Vec<_> = tree.roots().map(value).collect();
            prop_assert_eq!(values.len(), theirs.len());
            for (ours, theirs) in values.iter().zip(&theirs) {
                prop_assert!(alike(ours, theirs), "{ours} is not {theirs}");
            }
            for (root, theirs) in tree.roots().zip(theirs) {
                let (typed, unread) = from_node::<Value>(root);
                prop_assert!(typed.is_ok_and(|ours| alike(&ours, &theirs)));
                prop_assert_eq!(unread, []);
            }
            Ok(())
        }
        // A byte order mark or evident UTF-16 is decoded here and refused there.
        (Some(tree), None) if tree.notes().iter().any(|n| n.kind == NoteKind::Decoded) => Ok(()),
        (Some(tree), None) => {
            let beyond = |number: &str| number.parse::<f64>().is_ok_and(f64::is_infinite);
            let numbers = all(&tree).any(|node| node.number().is_some_and(beyond));
            prop_assert!(numbers, "only we accept {:?}", text);
            Ok(())
        }
        (None, Some(_)) => Err(TestCaseError::fail(format!("only they accept {text:?}"))),
    }
}

/// Every value of the tree.
fn all(tree: &rehome_grammar::Tree) -> impl Iterator<Item = Node<'_>> {
    let mut left: Vec<_> = tree.roots().collect();
    std::iter::from_fn(move || {
        let node = left.pop()?;
        left.extend(node.items());
        left.extend(node.entries().map(|(_, node)| node));
        Some(node)
    })
}

/// A text of several documents, with keys that may repeat.
fn documents() -> impl Strategy<Value = String> {
    let compact = json().prop_map(|json| json.to_string());
    let pretty = json().prop_map(|json| format!("{json:#}"));
    let twice = (string(), json(), json()).prop_map(|(key, a, b)| {
        let key = Value::String(key);
        format!("{{{key}:{a},\t{key} :\r\n{b}}}")
    });
    let one = prop_oneof![compact, pretty, twice];
    prop::collection::vec(one, 1..3).prop_map(|all| all.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn on_what_json_means(text in documents()) {
        compare(text.as_bytes())?;
    }

    #[test]
    fn on_what_is_json(text in documents(), edits in edits()) {
        compare(&spoil(text.into_bytes(), &edits))?;
    }

    #[test]
    fn on_short_texts(text in "[\\[\\]{}\",:0-9eE+.\\\\u\\-dDcC tfn ]{0,12}") {
        compare(text.as_bytes())?;
    }

    #[test]
    fn a_value_read_again_from_its_span_is_the_same(text in documents()) {
        let Ok(tree) = read(text.into_bytes()) else { return Ok(()) };
        prop_assume!(tree.syntax() == Syntax::Json);
        for node in all(&tree) {
            let again: Value = serde_json::from_str(node.raw())?;
            prop_assert!(alike(&value(node), &again));
            prop_assert_eq!(tree.node_at(node.span().start), Some(node));
            let pointer = node.pointer();
            prop_assert_eq!(&tree.pointer_at(node.span().start), &pointer);
            if let Some(key) = node.key() {
                let again: String = serde_json::from_str(key.span().of(tree.text()))?;
                prop_assert_eq!(key.name(), again.as_str());
                prop_assert!(key.is(&again));
                prop_assert_eq!(tree.node_at(key.span().start), Some(node));
            }
            if tree.roots().count() == 1 {
                let whole: Value = serde_json::from_str(tree.text())?;
                let one = key_path_is_unique(node);
                if one {
                    let found = whole.pointer(&pointer);
                    prop_assert!(found.is_some_and(|found| alike(&value(node), found)));
                }
            }
        }
    }

    #[test]
    fn a_part_of_a_string_is_found_where_it_is_written(text in string(), solidus in any::<bool>()) {
        let mut written = Value::String(text.clone()).to_string();
        if solidus {
            written = written.replace('/', "\\/").replace('é', "\\u00e9");
        }
        let tree = read(written.clone().into_bytes()).expect("a JSON string");
        prop_assume!(tree.syntax() == Syntax::Json);
        let node = tree.roots().next().expect("a root");
        for (at, char) in text.char_indices() {
            let part = rehome_grammar::Span::new(at as u32, (at + char.len_utf8()) as u32);
            let found = node.span_of(part).of(&written);
            let again: String = serde_json::from_str(&format!("\"{found}\""))?;
            prop_assert_eq!(again, char.to_string());
        }
    }
}

/// Whether no object above has the key twice: a pointer finds only one of them.
fn key_path_is_unique(node: Node<'_>) -> bool {
    node.tree()
        .notes()
        .iter()
        .all(|note| note.kind != NoteKind::Duplicate)
}

#[test]
fn on_every_cut_of_a_text() {
    let text = r#"{"a\u0041\ud83d\ude00":[1,-0.5e+3,true,false,null,"é\n"],"b":{}} [ ] "x" 12"#;
    for at in 0..=text.len() {
        for bytes in [&text.as_bytes()[..at], &text.as_bytes()[at..]] {
            compare(bytes).unwrap();
        }
    }
}

#[test]
fn where_they_differ_by_intent() {
    let deep = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(deep(256).into_bytes()).is_ok());
    let failure = read(deep(257).into_bytes()).unwrap_err();
    assert_eq!(
        (failure.span.start, failure.message.as_str()),
        (256, "nested deeper than 256 levels")
    );
    assert!(read("[".repeat(10_000_000).into_bytes()).is_err());
    assert!(read(r#"{"a":"#.repeat(3_000_000).into_bytes()).is_err());
    assert_eq!(
        read(b"1e999".to_vec())
            .unwrap()
            .roots()
            .next()
            .unwrap()
            .number(),
        Some("1e999")
    );
    assert_eq!(read(b"10.0.0.1".to_vec()).unwrap().syntax(), Syntax::Text);
}
