//! What the tree looks like for each syntax.

use rehome_grammar::de::{Many, Spanned, Unread, from_node};
use rehome_grammar::{Kind, NoteKind, Span, Syntax, Tree, read};
use serde::Deserialize;
use std::borrow::Cow;

#[expect(clippy::panic, reason = "a test says what it could not read")]
fn tree(text: &str) -> Tree {
    read(text.as_bytes().to_vec()).unwrap_or_else(|failure| panic!("{failure}: {text}"))
}

#[test]
fn json_gives_keys_values_and_places() {
    let tree = tree(r#" {"a": [1, "x\n", null, {"b/c": true}], "d" : "e"} "#);
    assert_eq!(tree.syntax(), Syntax::Json);
    let root = tree.roots().next().unwrap();
    assert_eq!((root.kind(), root.len()), (Kind::Object, 2));
    let items: Vec<_> = root.get("a").unwrap().items().collect();
    assert_eq!(items[0].number(), Some("1"));
    assert_eq!(items[1].str(), Some(Cow::Borrowed("x\n")));
    assert!(items[2].is_null());
    assert_eq!(items[3].get("b/c").unwrap().bool(), Some(true));
    assert_eq!(items[3].get("b/c").unwrap().pointer(), "/a/3/b~1c");
    let (key, value) = root.entries().nth(1).unwrap();
    assert_eq!(
        (key.span().of(tree.text()), value.raw()),
        ("\"d\"", "\"e\"")
    );
    let at = u32::try_from(tree.text().find("true").unwrap()).unwrap();
    assert_eq!(tree.pointer_at(at), "/a/3/b~1c");
    assert_eq!(tree.pointer_at(at - 3), "/a/3/b~1c");
    assert_eq!(tree.node_at(0), None);
    assert_eq!(tree.node_at(1), Some(root));
}

#[test]
fn several_documents_are_several_roots() {
    let tree = tree("{\"a\":1}\n{\"a\":2} [3] 4 \"5\"6");
    assert_eq!(tree.roots().count(), 6);
    let two = tree.roots().nth(1).unwrap().get("a").unwrap();
    assert_eq!(two.pointer(), "#2/a");
    assert_eq!(tree.roots().nth(4).unwrap().pointer(), "#5");
}

#[test]
fn xml_gives_the_same_shape() {
    let tree = tree(
        "<?xml version=\"1.0\"?>\n<f:conf xmlns:f=\"urn:f\" xmlns:y=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <rule id=\"1\" y:type=\"T\"><name>a &amp; b</name><vm>x</vm><vm><![CDATA[y<z]]></vm></rule>\
         <rule id=\"2\">text<e/></rule></f:conf>",
    );
    assert_eq!(tree.syntax(), Syntax::Xml);
    let conf = tree.roots().next().unwrap().get("conf").unwrap();
    let rules: Vec<_> = conf.many("rule").collect();
    assert_eq!(rules.len(), 2);
    assert_eq!(rules[0].get("@xsi:type").unwrap().str().unwrap(), "T");
    assert_eq!(rules[0].get("name").unwrap().str().unwrap(), "a & b");
    let vms: Vec<_> = rules[0]
        .many("vm")
        .map(|vm| vm.str().unwrap().into_owned())
        .collect();
    assert_eq!(vms, ["x", "y<z"]);
    assert_eq!(rules[1].get("#text").unwrap().str().unwrap(), "text");
    assert_eq!(rules[1].get("e").unwrap().str().unwrap(), "");
    assert_eq!(rules[0].get("@id").unwrap().pointer(), "/conf/rule[1]/@id");
    for path in [
        "/conf/rule[1]/vm[2]",
        "/conf/rule[2]/e",
        "/conf/rule[1]/name",
    ] {
        let all: Vec<_> = (0..u32::try_from(tree.text().len()).unwrap())
            .filter(|&at| tree.pointer_at(at) == path)
            .collect();
        assert!(!all.is_empty(), "{path}");
    }
}

#[test]
fn a_stream_of_elements_is_several_roots() {
    let tree = tree("<a>1</a>\n<?xml version=\"1.0\"?><b>\n<c x=\"1\"/></b>\n<a>2</a>\n");
    let names: Vec<_> = tree
        .roots()
        .filter_map(|root| {
            root.entries()
                .next()
                .map(|(key, _)| key.name().into_owned())
        })
        .collect();
    assert_eq!(names, ["a", "b", "a"]);
    let x = tree
        .roots()
        .nth(1)
        .unwrap()
        .get("b")
        .unwrap()
        .get("c")
        .unwrap()
        .get("@x")
        .unwrap();
    assert_eq!((x.raw(), x.pointer().as_str()), ("1", "#2/b/c/@x"));
}

#[test]
fn csv_rows_are_objects() {
    let tree = tree("VM,Host,VM\r\n\"a \"\"x\"\", b\",h1,\r\nc,h2,d\r\n");
    assert_eq!(tree.syntax(), Syntax::Csv);
    let rows: Vec<_> = tree.roots().next().unwrap().items().collect();
    assert_eq!(rows[0].get("VM").unwrap().str().unwrap(), "a \"x\", b");
    assert_eq!(rows[0].get("VM#2").unwrap().str().unwrap(), "");
    assert_eq!(rows[1].get("VM#2").unwrap().pointer(), "/1/VM#2");
    assert_eq!(rows[0].entries().next().unwrap().0.span(), Span::new(0, 2));
}

#[test]
fn unread_keys_and_errors_have_places() {
    #[derive(Deserialize, Debug)]
    struct Rule<'a> {
        #[serde(borrow)]
        name: Spanned<Cow<'a, str>>,
        ports: Many<Spanned<u16>>,
        #[serde(default)]
        enabled: bool,
        #[serde(default, rename = "_links")]
        _links: serde::de::IgnoredAny,
        #[serde(default)]
        missing: Option<String>,
    }
    let tree =
        tree(r#"{"name": "r", "ports": "80", "enabled": "True", "_links": {"x": 1}, "odd": 1}"#);
    let (rule, unread) = from_node::<Rule<'_>>(tree.roots().next().unwrap());
    let rule = rule.unwrap();
    assert_eq!(
        (rule.name.value.as_ref(), rule.name.span),
        ("r", Span::new(9, 12))
    );
    assert_eq!((rule.ports[0].value, rule.enabled), (80, true));
    assert_eq!(rule.missing, None);
    let start = u32::try_from(tree.text().find("\"odd\"").unwrap()).unwrap();
    let odd = Unread {
        key: Span::new(start, start + 5),
        name: "odd".into(),
        within: "Rule",
    };
    assert_eq!(unread, [odd]);

    let tree = self::tree(r#"{"name": "r", "ports": [80, "http"]}"#);
    let error = from_node::<Rule<'_>>(tree.roots().next().unwrap())
        .0
        .unwrap_err();
    assert_eq!(error.span.of(tree.text()), "\"http\"");
    assert_eq!(error.message, "expected u16, found `http`");
    let tree = self::tree(r#"[{"ports": null}]"#);
    let error = from_node::<Vec<Rule<'_>>>(tree.roots().next().unwrap())
        .0
        .unwrap_err();
    assert_eq!(
        (error.span.start, error.message.as_str()),
        (1, "the key `name` is missing")
    );
}

#[test]
fn xml_lists_are_repeated_keys() {
    #[derive(Deserialize)]
    struct Root {
        group: Group,
    }
    #[derive(Deserialize)]
    struct Group {
        name: String,
        vm: Vec<Vm>,
        #[serde(default)]
        host: Vec<Vm>,
    }
    #[derive(Deserialize)]
    struct Vm {
        #[serde(rename = "@type")]
        kind: String,
        #[serde(rename = "#text")]
        value: Spanned<String>,
    }
    let tree = tree("<group><vm type='V'>vm-1</vm><name>g</name><vm type='V'>vm-2</vm></group>");
    let (root, unread) = from_node::<Root>(tree.roots().next().unwrap());
    let group = root.unwrap().group;
    assert_eq!(
        (group.name.as_str(), group.vm.len(), group.host.len()),
        ("g", 2, 0)
    );
    assert_eq!(
        (group.vm[1].kind.as_str(), group.vm[1].value.value.as_str()),
        ("V", "vm-2")
    );
    assert_eq!(unread, []);
}

#[test]
fn notes_say_how_the_text_came_about() {
    let kinds = |bytes: &[u8]| -> Vec<NoteKind> {
        read(bytes.to_vec())
            .unwrap()
            .notes()
            .iter()
            .map(|note| note.kind)
            .collect()
    };
    assert_eq!(kinds(b"\xEF\xBB\xBF{}"), [NoteKind::Decoded]);
    assert_eq!(kinds(b"\xFF\xFE{\0}\0"), [NoteKind::Decoded]);
    assert_eq!(kinds(b"\0[\0]\0 \0 "), [NoteKind::Decoded]);
    assert_eq!(kinds(b"[\"caf\xE9\"]"), [NoteKind::Lossy]);
    assert_eq!(kinds(br#"{"a":1,"b":2,"\u0061":3}"#), [NoteKind::Duplicate]);
}
