//! What each file is, decided by its content; its name says only why a file is refused that nothing
//! recognises.

use crate::finding::{Domain, Finding, Findings, codes};
use crate::source::{FileId, Origin, Source, Sources};
use rehome_grammar::{Span, Syntax};

/// A file and what it is.
#[derive(Clone, Copy, Debug)]
pub struct Export<'s> {
    /// The file.
    pub file: FileId,
    /// Its text and tree.
    pub source: &'s Source,
    /// What it is.
    pub format: Format,
}

/// The formats that are recognised: one variant a front end, each with its own forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// NSX firewall.
    Nsx(super::nsx::Form),
    /// Cluster configuration and rules.
    Drs(super::drs::Form),
    /// Recovery plans.
    Srm(super::srm::Form),
    /// Machines, hosts and clusters.
    Inventory(super::inventory::Form),
    /// A portable policy.
    Portable,
}

impl Format {
    /// What it is, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nsx(_) => "NSX firewall",
            Self::Drs(_) => "cluster configuration and rules",
            Self::Srm(_) => "recovery plans",
            Self::Inventory(_) => "machines, hosts and clusters",
            Self::Portable => "portable policy",
        }
    }
}

/// Recognises every file; reports those that nothing recognises.
#[must_use]
pub fn sort<'s>(sources: &'s Sources, findings: &mut Findings) -> Vec<Export<'s>> {
    let mut exports = Vec::new();
    for (file, source) in sources.iter() {
        if let Some(format) = recognise(source) {
            exports.push(Export {
                file,
                source,
                format,
            });
        } else {
            let message = format!("`{}` is no export that rehome knows", source.name);
            findings.push(
                Finding::new(&codes::read::UNKNOWN_EXPORT, Domain::Estate, message).at(
                    Origin {
                        file,
                        span: Span { start: 0, end: 0 },
                    },
                    source.name.clone(),
                ),
            );
        }
    }
    exports
}

/// What a file is.
#[must_use]
pub fn recognise(source: &Source) -> Option<Format> {
    let tree = &source.tree;
    if super::portable::recognise(tree) {
        return Some(Format::Portable);
    }
    // The form of no other front end: what looks like one in YAML was not written by its product.
    if tree.syntax() == Syntax::Yaml {
        return None;
    }
    // The most particular first.
    super::drs::recognise(tree)
        .map(Format::Drs)
        .or_else(|| super::inventory::recognise(tree).map(Format::Inventory))
        .or_else(|| super::srm::recognise(tree).map(Format::Srm))
        .or_else(|| super::nsx::recognise(tree).map(Format::Nsx))
        .or_else(|| super::srm::named(&source.name).map(Format::Srm))
}
