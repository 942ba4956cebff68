//! The portable policy, read back: what [`crate::back::portable`] writes.
//!
//! A file is read whole or not at all: this policy is written by a program and edited by people, and
//! a rule that a mistake takes out of it could be the one that denies. Everything that is wrong is
//! told at once. What is right is added to the policy of the other exports.

mod faults;
mod inventory;
mod merge;
mod network;
mod placement;
mod reader;
mod recovery;

use super::detect::{Export, Format};
use super::schema::{Schema, short};
use crate::document::{self, Document, VERSION};
use crate::finding::{Domain, Finding, Findings, codes};
use crate::ir::network::Fallback;
use crate::ir::{Named, Policy};
use crate::source::Origin;
use reader::Reader;
use rehome_grammar::{Node, Tree, de};

/// Every key is a field: this is the project's own format.
const SCHEMA: Schema = Schema {
    product: "portable policy",
    domain: Domain::Estate,
    ignored: &[],
};

/// Recognises a portable policy by its key `rehome`.
#[must_use]
pub fn recognise(tree: &Tree) -> bool {
    document::find(tree).is_some()
}

/// Reads every portable policy into the policy.
pub fn read(exports: &[Export<'_>], policy: &mut Policy<Named>, findings: &mut Findings) {
    for export in exports {
        if export.format == Format::Portable
            && let Some(root) = document::find(&export.source.tree)
            && let Some(read) = one(export, root, findings)
        {
            merge::merge(policy, read, findings);
        }
    }
}

/// The policy of one file, if nothing is wrong with it.
fn one(export: &Export<'_>, root: Node<'_>, findings: &mut Findings) -> Option<Policy<Named>> {
    if let Some(version) = root.get("version")
        && version.number() != Some(&VERSION.to_string())
    {
        refuse(export, version, findings);
        return None;
    }
    let told = findings.len();
    faults::nulls(export, root, findings);
    let (result, unread) = de::from_node::<Document>(root);
    let document = match result {
        Ok(document) => {
            SCHEMA.report_unread(export.file, &unread, findings);
            Some(document)
        }
        Err(error) => {
            faults::report(export, root, &unread, &error, findings);
            None
        }
    };
    let well_formed = findings.len() == told;
    let mut reader = Reader::new(export.file, findings);
    let policy = reader.policy(document?);
    let sound = reader.sound && well_formed;
    if sound && policy.network.fallback == Fallback::Unknown && !policy.network.sections.is_empty()
    {
        findings.push(no_default_rule(export, root));
    }
    sound.then_some(policy)
}

fn no_default_rule(export: &Export<'_>, root: Node<'_>) -> Finding {
    let said = root
        .get("network")
        .and_then(|network| network.get("fallback"));
    let origin = Origin {
        file: export.file,
        span: said.unwrap_or(root).span(),
    };
    let message = format!(
        "`{}` holds rules and no default rule: what happens to traffic that no rule matches is not known",
        export.source.name
    );
    Finding::new(
        &codes::read_network::NO_DEFAULT_RULE,
        Domain::Network,
        message,
    )
    .at(origin, "fallback")
}

/// Refuses a version that this release does not read.
fn refuse(export: &Export<'_>, version: Node<'_>, findings: &mut Findings) {
    let origin = Origin {
        file: export.file,
        span: version.span(),
    };
    let message = format!(
        "`{}` is a portable policy of version `{}`; this release reads version {VERSION}",
        export.source.name,
        short(version.raw())
    );
    findings.push(
        Finding::new(&codes::read::REFUSED_FORM, Domain::Estate, message)
            .at(origin, export.source.name.clone())
            .remedy(
                "compile the exports again with this release, or read the file with the release that wrote it",
            ),
    );
}
