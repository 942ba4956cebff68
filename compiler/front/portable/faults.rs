//! Why a file cannot be read: everything that is wrong with its objects, not the first of it.

use super::SCHEMA;
use crate::document as doc;
use crate::finding::{Finding, Findings, codes};
use crate::front::detect::Export;
use crate::front::schema::short;
use crate::source::Origin;
use rehome_grammar::de::{self, Error, Unread};
use rehome_grammar::{Kind, Node, Span};
use serde::de::DeserializeOwned;

/// Reports keys without a value. The document has none: what is not told is left out, and a list
/// whose items somebody took away must not read as one that was never there.
pub(super) fn nulls(export: &Export<'_>, root: Node<'_>, findings: &mut Findings) {
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(node) = open.pop() {
        if node.kind() == Kind::Null {
            found.push(node);
        }
        open.extend(node.items().chain(node.entries().map(|(_, value)| value)));
    }
    found.sort_by_key(|node| node.span());
    for node in found {
        let (message, span) = match node.key() {
            Some(key) => (format!("the key `{}` has no value", key.name()), key.span()),
            None => ("an item of a list has no value".to_owned(), node.span()),
        };
        findings.push(fault(export, &message, span, "null"));
    }
}

/// Reports what is wrong with each object; `error` is what is wrong with the first.
pub(super) fn report(
    export: &Export<'_>,
    root: Node<'_>,
    unread: &[Unread],
    error: &Error,
    findings: &mut Findings,
) {
    let mut faults = Faults {
        export,
        findings,
        found: false,
    };
    faults.objects(root);
    if !faults.found {
        SCHEMA.report_unread(export.file, unread, findings);
        findings.push(of_error(export, error));
    }
}

struct Faults<'r> {
    export: &'r Export<'r>,
    findings: &'r mut Findings,
    found: bool,
}

impl Faults<'_> {
    fn objects(&mut self, root: Node<'_>) {
        let list = |part: &str, key: &str| -> Vec<Node<'_>> {
            let list = root.get(part).and_then(|part| part.get(key));
            list.into_iter().flat_map(Node::items).collect()
        };
        self.each::<doc::Named>(list("inventory", "clusters"));
        self.each::<doc::Host>(list("inventory", "hosts"));
        self.each::<doc::Segment>(list("inventory", "networks"));
        self.each::<doc::Machine>(list("inventory", "machines"));
        self.each::<doc::Group>(list("network", "groups"));
        self.each::<doc::Service>(list("network", "services"));
        for section in list("network", "sections") {
            let inner = section.get("rules").into_iter().flat_map(Node::items);
            if !self.each::<doc::Rule>(inner.collect()) {
                self.each::<doc::Section>(vec![section]);
            }
        }
        self.each::<doc::Exclusion>(list("network", "exclusions"));
        self.each::<doc::Uninterpreted>(list("network", "uninterpreted"));
        self.each::<doc::PlacementGroup>(list("placement", "machine-groups"));
        self.each::<doc::PlacementGroup>(list("placement", "host-groups"));
        self.each::<doc::PlacementRule>(list("placement", "rules"));
        self.each::<doc::Setting>(list("placement", "settings"));
        self.each::<doc::ProtectionGroup>(list("recovery", "protection-groups"));
        for plan in list("recovery", "plans") {
            let inner = |key: &str| -> Vec<Node<'_>> {
                plan.get(key).into_iter().flat_map(Node::items).collect()
            };
            let machines = self.each::<doc::MachineRecovery>(inner("machines"));
            let steps = self.each::<doc::Step>(inner("steps"));
            if !machines && !steps {
                self.each::<doc::Plan>(vec![plan]);
            }
        }
        self.each::<doc::NetworkMapping>(list("recovery", "networks"));
        self.each::<doc::OtherMapping>(list("recovery", "other-mappings"));
    }

    /// Tries each object; whether something is wrong with one.
    fn each<T: DeserializeOwned>(&mut self, nodes: Vec<Node<'_>>) -> bool {
        let mut wrong = false;
        for node in nodes {
            let (result, unread) = de::from_node::<T>(node);
            let unread = SCHEMA.report_unread(self.export.file, &unread, self.findings);
            wrong |= !unread.is_empty();
            if let Err(error) = result {
                wrong = true;
                self.findings.push(of_error(self.export, &error));
            }
        }
        self.found |= wrong;
        wrong
    }
}

fn of_error(export: &Export<'_>, error: &Error) -> Finding {
    let text = error.span.of(export.source.tree.text());
    fault(export, &error.message, error.span, &short(text))
}

fn fault(export: &Export<'_>, what: &str, span: Span, text: &str) -> Finding {
    let message = format!("`{}` cannot be read: {what}", export.source.name);
    let origin = Origin {
        file: export.file,
        span,
    };
    Finding::new(&codes::read::BAD_SHAPE, SCHEMA.domain, message)
        .at(origin, text)
        .remedy(REMEDY)
}

/// What to do about any mistake in a portable policy.
pub(super) const REMEDY: &str =
    "correct the file; `rehome schema policy` prints its schema for editors";
