//! JSON values: made at random, read, and compared with what `serde_json` reads.
#![expect(clippy::expect_used, reason = "a test says what it did not get")]

use proptest::prelude::*;
use rehome_grammar::{Kind, Node};
use serde_json::{Map, Number, Value};

/// A node as serde_json would hold it; of a key that is given twice the last value counts.
pub fn value(node: Node<'_>) -> Value {
    let text = || node.str().expect("a string has text").into_owned();
    match node.kind() {
        Kind::Null => Value::Null,
        Kind::Bool => Value::Bool(node.bool().expect("a boolean has a value")),
        Kind::Number => number(node.raw()),
        Kind::String => Value::String(text()),
        Kind::Array => Value::Array(node.items().map(value).collect()),
        Kind::Object => {
            let entries = node
                .entries()
                .map(|(key, node)| (key.name().into_owned(), value(node)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn number(raw: &str) -> Value {
    raw.parse::<Number>().map_or(Value::Null, Value::Number)
}

/// Whether two values are equal; `serde_json` without a feature reads floats to the last bit but
/// one, so those need only be that close, and `-0` is a float there and the integer zero here.
pub fn alike(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Number(a), Value::Number(b)) if b.is_f64() => {
            let (a, b) = (
                a.as_f64().unwrap_or(f64::NAN),
                b.as_f64().unwrap_or(f64::NAN),
            );
            (a - b).abs() <= a.abs() * 4.0 * f64::EPSILON + f64::MIN_POSITIVE
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let found = |(key, a): (&String, &Value)| b.get(key).is_some_and(|b| alike(a, b));
            a.len() == b.len() && a.iter().all(found)
        }
        _ => ours == theirs,
    }
}

/// Any JSON value, with keys and strings that need escapes and some that repeat.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        string().prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::Array),
            prop::collection::vec((string(), inner), 0..8)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Strings that are plain, long, escaped, or beyond ASCII.
pub fn string() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,3}",
        "[ -~]{0,40}",
        "[\\x00-\\x1f\"\\\\/a]{0,12}",
        any::<String>()
    ]
}
