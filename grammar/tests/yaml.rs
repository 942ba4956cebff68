//! YAML becomes the tree that JSON would, agrees with a well-known reader, and refuses the rest.

#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

use proptest::prelude::*;
use rehome_grammar::{Kind, Node, Syntax, Tree, read};
use serde_json::{Value, json};

fn tree(text: &str) -> Tree {
    read(text.as_bytes().to_vec()).unwrap_or_else(|failure| panic!("{failure}: {text}"))
}

fn refusal(text: &str) -> String {
    let failure = read(text.as_bytes().to_vec()).expect_err(text);
    let shown = failure.text.as_deref().unwrap_or_default();
    assert!(failure.span.is_empty() || shown.get(failure.span.range()).is_some());
    failure.message
}

fn ours(node: Node<'_>) -> Value {
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => Value::Bool(node.bool().expect("a boolean has a value")),
        Kind::Number => serde_json::from_str(node.raw()).expect("a number is JSON's"),
        Kind::String => Value::String(node.str().expect("a string has text").into_owned()),
        Kind::Array => node.items().map(ours).collect(),
        Kind::Object => {
            let entries = node.entries();
            Value::Object(
                entries
                    .map(|(key, value)| (key.name().into_owned(), ours(value)))
                    .collect(),
            )
        }
    }
}

#[test]
fn every_style_means_what_it_says() {
    let tree = tree(
        "# first\nrehome: policy # why\nversion: 2\nnone:\ntilde: ~\nempty: []\ntrue: True\nword: yes\n\
         number: -1.5e3\nhex: 0x1F\nzip: 012\nquoted: \"12\"\nsingle: 'it''s'\nescaped: \"a\\u202eb\\n\"\n\
         folded: >-\n  one\n  two\n\n  three\nliteral: |\n  a\n   b\nflow: {a: [1, x], b: {}}\n\
         list:\n- one\n-\n  - two\n- k: v\n  l: w\n",
    );
    assert_eq!(tree.syntax(), Syntax::Yaml);
    let root = tree.roots().next().expect("one root");
    assert_eq!(
        ours(root),
        json!({
            "rehome": "policy", "version": 2, "none": null, "tilde": null, "empty": [],
            "true": true, "word": "yes", "number": -1500.0, "hex": "0x1F", "zip": "012",
            "quoted": "12", "single": "it's", "escaped": "a\u{202e}b\n",
            "folded": "one two\nthree", "literal": "a\n b\n", "flow": {"a": [1, "x"], "b": {}},
            "list": ["one", ["two"], {"k": "v", "l": "w"}],
        })
    );
}

#[test]
fn an_object_and_its_first_key_have_paths_of_their_own() {
    let text = "rehome: x\nrules:\n- id:\n    a: 1\n  b: two\n- id: 3\n";
    let tree = tree(text);
    let root = tree.roots().next().expect("one root");
    let rules: Vec<_> = root.get("rules").expect("rules").items().collect();
    assert_eq!(rules[0].raw(), "id:\n    a: 1\n  b: two");
    assert_eq!(tree.pointer_of(rules[0].span()), "/rules/0");
    assert_eq!(tree.pointer_of(rules[1].span()), "/rules/1");
    let id = rules[0].get("id").expect("id");
    assert_eq!(tree.pointer_of(id.span()), "/rules/0/id");
    let key = id.key().expect("a key").span();
    assert_eq!(tree.pointer_of(key), "/rules/0/id");
    let around: Vec<_> = tree
        .around(id.span())
        .iter()
        .map(|node| node.kind())
        .collect();
    assert_eq!(
        around,
        [Kind::Object, Kind::Object, Kind::Array, Kind::Object]
    );
}

#[test]
fn a_list_begins_with_its_first_dash() {
    for text in [
        "rehome:\n- a: 1\n",
        "rehome:\n  - a: 1\n",
        "rehome:\n- - a: 1\n",
        "rehome:\n-\n  a: 1\n",
        "rehome: [{a: 1}]\n",
    ] {
        let tree = tree(text);
        let list = tree.roots().next().expect("one root").get("rehome");
        let list = list.expect("a list");
        assert!(
            list.raw().starts_with(['-', '[']),
            "{text}: {:?}",
            list.raw()
        );
        let item = list.items().next().expect("one item");
        assert_eq!(tree.pointer_of(item.span()), "/rehome/0");
    }
}

#[test]
fn what_json_cannot_say_is_refused() {
    for (text, why) in [
        ("rehome: &a x\nb: *a\n", "an anchor is refused"),
        ("rehome: x\nb: *a\n", "anchor"),
        ("rehome: !!str 1\n", "a tag is refused"),
        ("rehome: x\n---\nrehome: y\n", "a second document"),
        ("%YAML 1.2\n---\nrehome: x\n", "directive"),
        ("rehome: x\n? [a]\n: b\n", "cannot be a key"),
        (
            "rehome: x\na: 1\nb:\n  c: 1\n  \"c\": 2\n",
            "the key `c` is given twice",
        ),
        ("rehome: x\n\ta: 1\n", ""),
        ("rehome: x\nb: [1, 2\n", ""),
        ("rehome: \"x\n", ""),
    ] {
        let message = refusal(text);
        assert!(message.contains(why), "{text}: {message}");
    }
}

#[test]
fn nothing_nests_without_end() {
    for (open, depth) in [("[", 100_000), ("{a: ", 100_000), ("- ", 20_000)] {
        let text = format!("rehome:\n  {}", open.repeat(depth));
        assert!(!refusal(&text).is_empty());
    }
    let mixed = "- [[[[\n".repeat(300);
    assert!(!refusal(&format!("rehome:\n{mixed}")).is_empty());
}

#[test]
fn only_what_says_so_is_yaml() {
    for text in [
        "name: web\nports: 80\n",
        "---\na: 1\n",
        "  rehome: x\n",
        "Rehome: x\n",
    ] {
        assert_ne!(tree(text).syntax(), Syntax::Yaml, "{text}");
    }
    assert_eq!(
        tree("---\n# note\nversion: 2\nrehome: x\n").syntax(),
        Syntax::Yaml
    );
    assert_eq!(tree("\u{feff}rehome: x\r\nb: 1\r\n").syntax(), Syntax::Yaml);
    assert_eq!(tree("{\"rehome\": \"x\"}").syntax(), Syntax::Json);
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[\\PC\n\t'\"\\\\:#|>&*!%@` -]{0,24}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z0-9: #-]{1,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn what_is_written_comes_back(value in value()) {
        let document = json!({"rehome": "x", "value": value});
        let text = serde_saphyr::to_string(&document).expect("it can be written");
        let tree = tree(&text);
        prop_assert_eq!(tree.syntax(), Syntax::Yaml);
        prop_assert_eq!(ours(tree.roots().next().expect("one root")), document, "{}", text);
    }
}
