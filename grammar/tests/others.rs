//! XML and tables agree with the well-known readers of them.

#[path = "common/spoil.rs"]
mod spoil;

use proptest::prelude::*;
use rehome_grammar::{Kind, Node, Syntax, read};
use serde_json::{Map, Value};
use spoil::{edits, spoil};

/// What an element should become, told from `roxmltree` as plainly as can be: repeated names are
/// gathered in lists on both sides.
fn theirs(element: roxmltree::Node<'_, '_>) -> Value {
    let mut entries: Vec<(String, Value)> = Vec::new();
    for attribute in element.attributes() {
        let prefix = match attribute.namespace() {
            Some("http://www.w3.org/2001/XMLSchema-instance") => "@xsi:",
            _ => "@",
        };
        entries.push((
            format!("{prefix}{}", attribute.name()),
            attribute.value().into(),
        ));
    }
    let text: String = element
        .children()
        .filter_map(|child| child.is_text().then(|| child.text())?)
        .collect();
    if entries.is_empty() && !element.children().any(|child| child.is_element()) {
        return text.into();
    }
    for child in element.children() {
        if child.is_element() {
            entries.push((child.tag_name().name().to_owned(), theirs(child)));
        } else if let Some(text) = child
            .text()
            .filter(|text| child.is_text() && !text.trim().is_empty())
        {
            entries.push(("#text".to_owned(), text.into()));
        }
    }
    gather(entries)
}

fn gather(entries: Vec<(String, Value)>) -> Value {
    let mut map = Map::new();
    for (key, value) in entries {
        if let Some(Value::Array(list)) = map.get_mut(&key) {
            list.push(value);
        } else {
            map.insert(key, Value::Array(vec![value]));
        }
    }
    Value::Object(map)
}

fn ours(node: Node<'_>) -> Value {
    if node.kind() == Kind::Object {
        gather(
            node.entries()
                .map(|(key, node)| (key.name().into_owned(), ours(node)))
                .collect(),
        )
    } else {
        node.str().map_or(Value::Null, Value::from)
    }
}

/// Elements with prefixes, entities, comments, attributes of two namespaces.
fn xml() -> impl Strategy<Value = String> {
    let text = prop::sample::select(vec![
        "",
        " ",
        "a",
        "é&amp;&#x41;",
        "<![CDATA[<x>]]>",
        "<!--c-->",
        "<?p i?>",
    ]);
    let attributes = prop::sample::select(vec![
        "",
        " b='1'",
        " y:type=\"T&quot;\"",
        " b='' x:b='&#10;2'",
    ]);
    let leaf = text.prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 5, move |inner| {
        let name = prop::sample::select(vec!["a", "b", "x:a", "long-name.1"]);
        (name, attributes.clone(), prop::collection::vec(inner, 0..5)).prop_map(
            |(name, attributes, inner)| {
                if inner.is_empty() {
                    return format!("<{name}{attributes}/>");
                }
                format!("<{name}{attributes} >{}</{name}>", inner.concat())
            },
        )
    })
    .prop_map(|inner| {
        let instance = "xmlns:y='http://www.w3.org/2001/XMLSchema-instance'";
        format!("<?xml version='1.0'?>\n<root xmlns:x='urn:x' {instance}>{inner}</root>\n")
    })
}

fn compare_xml(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(text) = str::from_utf8(bytes) else {
        return Ok(());
    };
    let ours = read(bytes.to_vec());
    match (ours, roxmltree::Document::parse(text)) {
        (Ok(tree), Ok(document)) if tree.syntax() == Syntax::Xml => {
            let root = document.root_element();
            let theirs = gather(vec![(root.tag_name().name().to_owned(), theirs(root))]);
            prop_assert_eq!(tree.roots().map(self::ours).collect::<Vec<_>>(), [theirs]);
        }
        // A stream of several elements is no document; a text that begins otherwise no XML.
        (Ok(tree), Err(_)) => {
            prop_assert!(tree.roots().count() > 1 || tree.syntax() != Syntax::Xml);
        }
        (Err(failure), Ok(_)) => prop_assert!(false, "only they accept {text:?}: {failure}"),
        (Ok(_) | Err(_), _) => {}
    }
    Ok(())
}

fn compare_csv(text: &str) -> Result<(), TestCaseError> {
    let Ok(tree) = read(text.as_bytes().to_vec()) else {
        return Ok(());
    };
    if tree.syntax() != Syntax::Csv {
        return Ok(());
    }
    let rows = tree.roots().next().into_iter().flat_map(Node::items);
    let ours: Vec<Vec<String>> = rows
        .map(|row| {
            row.entries()
                .filter_map(|(_, cell)| Some(cell.str()?.into_owned()))
                .collect()
        })
        .collect();
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let theirs: Result<Vec<Vec<String>>, _> = reader
        .records()
        .map(|record| Ok::<_, csv::Error>(record?.iter().map(str::to_owned).collect()))
        .collect();
    prop_assert_eq!(Some(ours), theirs.ok());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn on_xml(text in xml()) {
        prop_assert!(read(text.clone().into_bytes()).is_ok());
        compare_xml(text.as_bytes())?;
    }

    #[test]
    fn on_what_is_xml(text in xml(), edits in edits()) {
        compare_xml(&spoil(text.into_bytes(), &edits))?;
    }

    #[test]
    fn on_tables(cells in prop::collection::vec(prop::collection::vec("[a-z\", \n\ré]{0,6}", 3), 1..6)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["one", "two", "three"]).expect("written");
        for record in &cells {
            writer.write_record(record).expect("written");
        }
        let text = String::from_utf8(writer.into_inner().expect("written")).expect("UTF-8");
        let tree = read(text.clone().into_bytes()).expect("a table");
        prop_assert_eq!(tree.syntax(), Syntax::Csv);
        compare_csv(&text)?;
        let rows: Vec<_> = tree.roots().next().into_iter().flat_map(Node::items).collect();
        prop_assert_eq!(rows.len(), cells.len());
    }

    #[test]
    fn on_what_is_a_table(rest in "[a-z\",\n\r ]{0,40}") {
        compare_csv(&format!("one,two\n{rest}"))?;
    }
}
