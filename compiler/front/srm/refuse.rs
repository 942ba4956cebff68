//! Files that are recognised and not read: their form is not published, or they tell too little.

use super::shape::first_object;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::source::Origin;
use rehome_grammar::{Node, Span, Syntax, Tree};
use std::collections::BTreeSet;

/// A file that is recognised and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// Steps or history of a plan as the user interface or the SOAP interface writes them.
    Steps,
    /// The file that the import/export tool makes, to be read by that tool alone.
    Configuration,
    /// Which plan recovers which groups and data stores, as `Show-SRMRelationship` of the module
    /// `SupSkiFun.SRM` tells it. Its form is known, and holds no machine and no setting.
    Relationship,
}

/// Recognises a file to refuse. The forms are not published: what is looked for are words that no
/// other export has at the top.
pub(super) fn recognise(tree: &Tree) -> Option<Refusal> {
    let root = tree.roots().next()?;
    match tree.syntax() {
        Syntax::Csv => table(root),
        Syntax::Xml => document(root),
        Syntax::Json => relationship(&keys(root)?),
        Syntax::Yaml | Syntax::Text => None,
    }
}

/// Recognises a file to refuse by its name, when its content is nothing that is known.
pub(super) fn by_name(name: &str) -> Option<Refusal> {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let file = plain(file);
    let all = |words: &[&str]| words.iter().all(|word| file.contains(word));
    let tool = all(&["importexport"]) || all(&["impex"]) || all(&["srm", "export"]);
    let steps =
        all(&["srm", "history"]) || all(&["recovery", "history"]) || all(&["recovery", "steps"]);
    if steps {
        Some(Refusal::Steps)
    } else {
        (tool || file == "exportedxml").then_some(Refusal::Configuration)
    }
}

/// A name without what stands between its words.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '_', '.', ' '], "")
}

/// The keys of the first record, in lower case.
fn keys(root: Node<'_>) -> Option<BTreeSet<String>> {
    let record = first_object(root)?;
    let keys = record.entries();
    Some(
        keys.map(|(key, _)| key.name().trim().to_ascii_lowercase())
            .collect(),
    )
}

fn relationship(keys: &BTreeSet<String>) -> Option<Refusal> {
    let known = [
        "recoveryplanmoref",
        "protectiongroupmoref",
        "datastoremoref",
    ];
    let all = known.iter().all(|key| keys.contains(*key));
    all.then_some(Refusal::Relationship)
}

fn table(root: Node<'_>) -> Option<Refusal> {
    let keys = keys(root)?;
    let has = |name: &str| keys.contains(name);
    let steps = has("recovery step") || has("step") && has("step started");
    steps
        .then_some(Refusal::Steps)
        .or_else(|| relationship(&keys))
}

fn document(root: Node<'_>) -> Option<Refusal> {
    let name = |node: Node<'_>| node.key().map(|key| plain(&key.name()));
    let below = |node: Node<'_>| node.entries().filter_map(|(_, node)| name(node)).collect();
    // The tree of a document has its element below the root.
    let mut top: Vec<String> = below(root);
    let inner: Vec<Vec<String>> = root.entries().map(|(_, node)| below(node)).collect();
    top.extend(inner.into_iter().flatten());
    let any = |words: &[&str]| {
        let mut top = top.iter();
        top.any(|name| words.iter().any(|word| name.contains(word)))
    };
    // The tool writes the groups and mappings of a server beside its plans.
    if any(&["recoveryplan"]) && any(&["protectiongroup", "inventorymapping"])
        || any(&["srmexport", "srmconfig", "importexport", "impex"])
    {
        return Some(Refusal::Configuration);
    }
    any(&["recoveryplan", "recoveryhistory", "recoverystep"]).then_some(Refusal::Steps)
}

impl Refusal {
    /// Says what to collect instead.
    pub(super) fn report(self, export: &Export<'_>, findings: &mut Findings) {
        let name = &export.source.name;
        let plans = "GET /api/rest/srm/v2/pairings/{pairing_id}/recovery-management/plans";
        let (message, call) = match self {
            Self::Steps => (
                format!(
                    "`{name}` holds steps or the history of an SRM recovery plan in a form that is not published"
                ),
                format!("{plans}/{{plan_id}}/recovery-steps/{{test|recovery}}"),
            ),
            Self::Configuration => (
                format!(
                    "`{name}` is a file of the import/export tool of SRM: the tool alone reads it, and its form is not published"
                ),
                plans.to_owned(),
            ),
            Self::Relationship => (
                format!(
                    "`{name}` holds what `Show-SRMRelationship` tells: which SRM recovery plan recovers which protection groups and data stores, without a machine, a step or a setting"
                ),
                plans.to_owned(),
            ),
        };
        let origin = Origin {
            file: export.file,
            span: Span { start: 0, end: 0 },
        };
        findings.push(
            Finding::new(&codes::read::REFUSED_FORM, Domain::Recovery, message)
                .at(origin, name.clone())
                .remedy(format!(
                    "collect the plan with the script of the book, which asks `{call}`, and give rehome its file"
                )),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, by_name};

    #[test]
    fn names_are_a_hint_for_files_that_nothing_else_knows() {
        for (name, refusal) in [
            ("srm/exported.xml", Some(Refusal::Configuration)),
            ("srm-8.7-export-2024.xml", Some(Refusal::Configuration)),
            ("vmware-srm-import_export.dat", Some(Refusal::Configuration)),
            ("Recovery Plan History.html", Some(Refusal::Steps)),
            ("recovery-steps.xls", Some(Refusal::Steps)),
            ("export.xml", None),
            ("nsx-export.json", None),
        ] {
            assert_eq!(by_name(name), refusal, "{name}");
        }
    }
}
