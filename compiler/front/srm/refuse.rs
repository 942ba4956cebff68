//! Files of the product whose form leaves out what a plan needs, or is not published.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::source::Origin;
use rehome_grammar::{Kind, Node, Span, Syntax, Tree};

/// A file that is recognised and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The table of addresses of DR IP Customizer.
    AddressTable,
    /// Steps or history of a plan as the user interface or the SOAP interface writes them.
    Steps,
    /// An as-built report.
    Report,
}

/// Recognises a file to refuse. The forms are not published: what is looked for are words that no
/// other export has at the top.
pub(super) fn recognise(tree: &Tree) -> Option<Refusal> {
    let root = tree.roots().next()?;
    match tree.syntax() {
        Syntax::Csv => table(root),
        Syntax::Xml => report(root).or_else(|| document(root)),
        Syntax::Json | Syntax::Text => None,
    }
}

fn table(root: Node<'_>) -> Option<Refusal> {
    let record = match root.kind() {
        Kind::Array => root.items().next()?,
        Kind::Object => root,
        Kind::Null | Kind::Bool | Kind::Number | Kind::String => return None,
    };
    let keys: Vec<String> = record
        .entries()
        .map(|(key, _)| key.name().trim().to_ascii_lowercase())
        .collect();
    let has = |name: &str| keys.iter().any(|key| key == name);
    if has("vm id") && has("vm name") && has("vcenter server") {
        return Some(Refusal::AddressTable);
    }
    (has("recovery step") || has("step") && has("step started")).then_some(Refusal::Steps)
}

/// Tables of an HTML report, of which one stands below the heading of the settings of machines.
fn report(root: Node<'_>) -> Option<Refusal> {
    let mut tables = root.get("html")?.entries();
    tables
        .any(|(_, table)| settings_of(table).is_some())
        .then_some(Refusal::Report)
}

/// The plan whose machines a table of a report tells.
fn settings_of(table: Node<'_>) -> Option<String> {
    let headings = table.entries().filter(|(key, _)| key.name() == "heading");
    let headings: Vec<String> = headings
        .filter_map(|(_, heading)| Some(unnumbered(&heading.str()?).to_owned()))
        .collect();
    let at = headings
        .iter()
        .position(|heading| heading == "Virtual Machine Recovery Settings")?;
    headings.get(at + 1).cloned()
}

/// A heading without its number: `1.8.1.1 ERP` is `ERP`.
fn unnumbered(heading: &str) -> &str {
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    match heading.split_once(' ') {
        Some((number, rest)) if number.chars().all(digits) => rest.trim(),
        Some(_) | None => heading,
    }
}

/// The plans that a report tells settings of, each once, in its order.
fn plans_of(tree: &Tree) -> Vec<String> {
    let html = tree.roots().next().and_then(|root| root.get("html"));
    let mut plans: Vec<String> = Vec::new();
    for (_, table) in html.iter().flat_map(|html| html.entries()) {
        if let Some(plan) = settings_of(table).filter(|plan| !plans.contains(plan)) {
            plans.push(plan);
        }
    }
    plans
}

fn document(root: Node<'_>) -> Option<Refusal> {
    let name = |node: Node<'_>| node.key().map(|key| key.name().to_ascii_lowercase());
    let top = name(root)
        .into_iter()
        .chain(root.entries().filter_map(|(_, node)| name(node)));
    let words = [
        "recoveryplan",
        "recoveryhistory",
        "recoverysteps",
        "recoverystep",
    ];
    let mut top = top.map(|name| name.replace(['-', '_', '.'], ""));
    top.any(|name| words.iter().any(|word| name.contains(word)))
        .then_some(Refusal::Steps)
}

impl Refusal {
    /// Says what to collect instead.
    pub(super) fn report(self, export: &Export<'_>, findings: &mut Findings) {
        let name = &export.source.name;
        let message = match self {
            Self::AddressTable => format!(
                "`{name}` is a table of DR IP Customizer: it names no recovery plan, and the recovery settings of each machine tell the same addresses"
            ),
            Self::Report => format!(
                "`{name}` is an as-built report: of the recovery plans {} it tells priorities, waits and the names of added steps, and lacks the text of prompts and commands, the order of the steps, addresses and test networks; no plan is made of a part",
                plans_of(&export.source.tree)
                    .iter()
                    .map(|plan| format!("`{plan}`"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Self::Steps => format!(
                "`{name}` holds steps or the history of an SRM recovery plan in a form that is not published"
            ),
        };
        let call = match self {
            Self::AddressTable => {
                "GET /api/rest/srm/v2/pairings/{pairing_id}/recovery-management/plans/{plan_id}/vms/{vm_id}/recovery-settings"
            }
            Self::Report => {
                "GET /api/rest/srm/v2/pairings/{pairing_id}/recovery-management/plans/{plan_id}/recovery-steps/{test|recovery}/{step_id}/callout-data"
            }
            Self::Steps => {
                "GET /api/rest/srm/v2/pairings/{pairing_id}/recovery-management/plans/{plan_id}/recovery-steps/{test|recovery}"
            }
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
