//! One object of an export, read key by key: a key that cannot be read costs only itself.

use super::known::SCHEMA;
use crate::finding::{Code, Finding, Findings, codes};
use crate::front::schema::short;
use crate::ir::{BadKey, Ident, Opaque};
use crate::source::{FileId, Origin};
use rehome_grammar::de::{Unread, from_node};
use rehome_grammar::text::TextError;
use rehome_grammar::{Kind, Node, Span};
use serde::Deserialize;

/// A string and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub value: String,
    pub origin: Origin,
}

/// The text that nodes stand in: a file, or the JSON in one cell of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'t> {
    file: FileId,
    cell: Option<Node<'t>>,
}

impl<'t> Ground<'t> {
    /// A file whose nodes are those of its own tree.
    pub fn file(file: FileId) -> Self {
        Self { file, cell: None }
    }

    /// A cell of a file whose text is a document of its own.
    pub fn cell(file: FileId, cell: Node<'t>) -> Self {
        Self {
            file,
            cell: Some(cell),
        }
    }

    /// Where a part of the text stands in the file.
    pub fn at(self, span: Span) -> Origin {
        Origin {
            file: self.file,
            span: self.cell.map_or(span, |cell| cell.span_of(span)),
        }
    }
}

/// An object that is being read.
///
/// INVARIANT (keys): every key is asked for, or ignored with a reason, or reported by [`Object::close`].
pub(super) struct Object<'t> {
    pub node: Node<'t>,
    pub file: Ground<'t>,
    pub ident: Ident,
    within: &'static str,
    asked: Vec<&'static str>,
    broken: Vec<String>,
    problems: Vec<Finding>,
}

/// What is known about an object once it has been read.
pub(super) struct Closed {
    /// Keys that are not known.
    pub unread: Vec<BadKey>,
    /// Keys that are known and whose values cannot be read.
    pub broken: Vec<BadKey>,
}

/// The place of a node.
pub(super) fn origin(file: Ground<'_>, node: Node<'_>) -> Origin {
    file.at(node.span())
}

/// A node that is carried without being understood.
pub(super) fn opaque(file: Ground<'_>, node: Node<'_>, what: impl Into<String>) -> Opaque {
    Opaque {
        what: what.into(),
        text: short(node.raw()),
        origin: origin(file, node),
    }
}

/// A key of an object as text, where it is one; for looking ahead.
pub(super) fn peek(node: Node<'_>, key: &str) -> Option<String> {
    let value = node.get(key)?;
    let text = value
        .str()
        .map(std::borrow::Cow::into_owned)
        .or_else(|| value.number().map(str::to_owned))?;
    (!text.is_empty()).then_some(text)
}

/// The words for an object's kind in messages.
fn word(within: &str) -> &str {
    match within {
        "SecurityPolicy" => "policy",
        "Rule" => "rule",
        "Group" => "group",
        "Service" => "service",
        "VirtualMachine" => "machine",
        "Segment" => "segment",
        other => other,
    }
}

impl Closed {
    /// Every key that says something nobody knows, by name.
    pub fn unusable(&self) -> impl Iterator<Item = &str> {
        let all = self.broken.iter().chain(&self.unread);
        all.map(|key| key.name.as_str())
    }
}

impl<'t> Object<'t> {
    pub fn new(file: Ground<'t>, node: Node<'t>, within: &'static str, ident: Ident) -> Self {
        Self {
            node,
            file,
            ident,
            within,
            asked: Vec::new(),
            broken: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// An object inside another: findings about it name the outer one.
    pub fn part(&self, node: Node<'t>, within: &'static str) -> Self {
        Self::new(self.file, node, within, self.ident.clone())
    }

    /// `NSX rule `web``.
    pub fn title(&self) -> String {
        format!("NSX {} `{}`", word(self.within), self.ident.name)
    }

    /// The value of a key; nothing where it is absent or `null`.
    pub fn ask(&mut self, key: &'static str) -> Option<Node<'t>> {
        self.asked.push(key);
        self.node.get(key).filter(|value| !value.is_null())
    }

    /// Says that keys are read elsewhere.
    pub fn elsewhere(&mut self, keys: &[&'static str]) {
        self.asked.extend_from_slice(keys);
    }

    fn read<T: Deserialize<'t>>(&mut self, key: &'static str) -> Option<T> {
        let node = self.ask(key)?;
        match from_node::<T>(node).0 {
            Ok(value) => Some(value),
            Err(error) => {
                let at = self.file.at(error.span);
                let message = format!("{}; `{key}`: {}", self.title(), error.message);
                self.breaks(&codes::read::BAD_SHAPE, key, at, short(node.raw()), message);
                None
            }
        }
    }

    pub fn text(&mut self, key: &'static str) -> Option<Text> {
        let value = self.read::<String>(key)?;
        let node = self.node.get(key)?;
        Some(Text {
            value,
            origin: origin(self.file, node),
        })
    }

    pub fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.read(key)
    }

    pub fn number(&mut self, key: &'static str) -> Option<i64> {
        self.read(key)
    }

    /// A list of strings; nothing where it is absent or `null`.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<Text>> {
        let list = self.ask(key)?;
        if list.kind() != Kind::Array {
            let at = origin(self.file, list);
            let message = format!(
                "{}; `{key}`: expected a list, found {}",
                self.title(),
                list.kind().name()
            );
            self.breaks(&codes::read::BAD_SHAPE, key, at, short(list.raw()), message);
            return Some(Vec::new());
        }
        let texts = list.items().filter_map(|item| self.entry(key, item));
        Some(texts.collect())
    }

    fn entry(&mut self, key: &'static str, item: Node<'t>) -> Option<Text> {
        let at = origin(self.file, item);
        match item.str() {
            Some(value) => Some(Text {
                value: value.into_owned(),
                origin: at,
            }),
            None => {
                let message = format!(
                    "{}; an entry of `{key}`: expected a string, found {}",
                    self.title(),
                    item.kind().name()
                );
                self.breaks(&codes::read::BAD_SHAPE, key, at, short(item.raw()), message);
                None
            }
        }
    }

    /// The objects of a list; nothing where it is absent or `null`.
    pub fn items(&mut self, key: &'static str) -> Vec<Node<'t>> {
        let Some(list) = self.ask(key) else {
            return Vec::new();
        };
        if list.kind() != Kind::Array {
            let at = origin(self.file, list);
            let message = format!(
                "{}; `{key}`: expected a list, found {}",
                self.title(),
                list.kind().name()
            );
            self.breaks(&codes::read::BAD_SHAPE, key, at, short(list.raw()), message);
        }
        list.items().collect()
    }

    /// A key that XML can repeat, as often as it is given.
    pub fn many(&mut self, key: &'static str) -> Vec<Node<'t>> {
        self.asked.push(key);
        self.node.many(key).collect()
    }

    /// A text that is not empty.
    pub fn word(&mut self, key: &'static str) -> Option<Text> {
        self.text(key).filter(|text| !text.value.trim().is_empty())
    }

    /// One of the values that the product defines.
    pub fn choice<T: Copy>(&mut self, key: &'static str, known: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let hit = known.iter().find(|(name, _)| *name == text.value);
        if hit.is_none() {
            let names: Vec<String> = known.iter().map(|(name, _)| format!("`{name}`")).collect();
            let what = format!("`{}` is none of {}", text.value, names.join(", "));
            self.refuse(key, &text, &what);
        }
        hit.map(|(_, value)| *value)
    }

    /// Reports a value that cannot be used, and marks its key as broken.
    pub fn refuse(&mut self, key: &'static str, text: &Text, what: &str) {
        let message = format!("{}; `{key}`: {what}", self.title());
        self.breaks(
            &codes::read::BAD_VALUE,
            key,
            text.origin,
            text.value.clone(),
            message,
        );
    }

    /// Reports a value that cannot be used, where the object can be used without it.
    pub fn doubt(&mut self, text: &Text, what: &str) {
        let message = format!("{}; {what}", self.title());
        self.note(&codes::read::BAD_VALUE, Some(text), message);
    }

    /// Reports a string that is not in the language it should be in.
    pub fn refuse_text(&mut self, key: &'static str, text: &Text, error: &TextError) {
        self.refuse(key, text, &error.message);
    }

    /// Reports that a key that must be there is not.
    pub fn missing(&mut self, key: &'static str) {
        if self.broken.iter().any(|broken| broken == key) {
            return;
        }
        let message = format!("{} lacks the key `{key}`", self.title());
        self.broken.push(key.to_owned());
        self.problems.push(
            Finding::new(&codes::read::BAD_SHAPE, SCHEMA.domain, message)
                .about(self.ident.subject()),
        );
    }

    /// Adds a finding that breaks nothing.
    pub fn note(&mut self, code: &'static Code, at: Option<&Text>, message: String) {
        let finding = Finding::new(code, SCHEMA.domain, message).about(self.ident.subject());
        self.problems.push(match at {
            Some(text) => finding.at(text.origin, text.value.clone()),
            None => finding,
        });
    }

    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.problems.push(finding);
    }

    /// Marks a key as unusable; whoever calls it has reported why.
    pub fn mark(&mut self, key: &str) {
        if !self.broken.iter().any(|broken| broken == key) {
            self.broken.push(key.to_owned());
        }
    }

    /// Whether any key could not be read so far.
    pub fn is_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// Whether the object has a key with a value.
    pub fn has(&self, key: &str) -> bool {
        self.node.get(key).is_some_and(|value| !value.is_null())
    }

    fn breaks(&mut self, code: &'static Code, key: &str, at: Origin, id: String, message: String) {
        self.mark(key);
        let finding = Finding::new(code, SCHEMA.domain, message);
        self.problems
            .push(finding.about(self.ident.subject()).at(at, id));
    }

    /// Takes out what was found so far.
    pub fn into_problems(self) -> Vec<Finding> {
        self.problems
    }

    /// Ends the reading: reports what was found, and the keys that nobody asked for.
    pub fn close(self, findings: &mut Findings) -> Closed {
        self.close_beside(None, findings)
    }

    /// The same for an object with one entry that is an object of its own.
    pub fn close_beside(self, held: Option<Node<'t>>, findings: &mut Findings) -> Closed {
        let unasked = self
            .node
            .entries()
            .filter(|(_, node)| Some(*node) != held)
            .filter(|(key, _)| !self.asked.iter().any(|asked| key.is(asked)));
        let unread: Vec<Unread> = unasked
            .map(|(key, _)| Unread {
                key: self.file.at(key.span()).span,
                name: key.name().into_owned(),
                within: self.within,
            })
            .collect();
        findings.extend(self.problems);
        let broken = self.broken.into_iter().map(|name| BadKey {
            name,
            origin: self.ident.origin,
        });
        let broken = broken.collect();
        Closed {
            unread: SCHEMA.report_unread(self.file.file, &unread, findings),
            broken,
        }
    }
}
