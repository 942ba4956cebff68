//! Every portable policy keeps to the published schema, and the schema refuses what is wrong.

use crate::estates::{large, policy_of, reading, small};
use jsonschema::Validator;
use rehome::cli::schema::Document;
use serde_json::{Value, json};

fn validator() -> Validator {
    let schema: Value = serde_json::from_str(&Document::Policy.schema()).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

#[test]
fn every_policy_keeps_to_the_schema() {
    let validator = validator();
    let mut wrong = Vec::new();
    for estate in small().into_iter().chain(large()) {
        let text = policy_of(&estate.side);
        let document: Value = serde_saphyr::from_str(&text).unwrap();
        let complaints = validator.iter_errors(&document);
        wrong.extend(
            complaints.map(|one| format!("{}: {}: {one}", estate.name, one.instance_path())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_editor_and_the_reader_refuse_the_same() {
    let validator = validator();
    let good = json!({
        "rehome": "policy", "version": 2, "inventory": {},
        "network": {"enforcement": "unsaid", "fallback": "unknown"},
        "placement": {}, "recovery": {},
    });
    assert!(validator.is_valid(&good));
    assert_eq!(
        reading(&serde_json::to_vec(&good).unwrap()).messages,
        [""; 0]
    );
    for (pointer, value) in [
        ("/version", json!(1)),
        ("/version", json!("two")),
        ("/rehome", json!("settings")),
        ("/network/enforcement", json!("maybe")),
        ("/network/fallback", json!({})),
        ("/network/rules", json!([])),
        ("/colour", json!("red")),
        ("/inventory/machines", json!([{"ident": {"id": "a"}}])),
        (
            "/network/groups",
            json!([{"ident": {"id": "a", "name": "a"}, "members": {"all": 1}}]),
        ),
        ("/recovery", json!(null)),
    ] {
        let (holder, key) = pointer.rsplit_once('/').unwrap();
        let mut bad = good.clone();
        let entries = bad.pointer_mut(holder).unwrap().as_object_mut().unwrap();
        entries.insert(key.to_owned(), value);
        assert!(!validator.is_valid(&bad), "the schema takes {bad}");
        let told = reading(&serde_json::to_vec(&bad).unwrap()).messages;
        assert!(!told.is_empty(), "the reader takes {bad}");
    }
}
