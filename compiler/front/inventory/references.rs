//! Lists of references: one `VirtualMachine:vm-155  /DC0/vm/sql-node-a` a line.

use super::object::{Reference, plain_name};
use super::table::{HostFacts, Known, Records, VmFacts};
use crate::front::detect::Export;
use crate::ir::Name;
use crate::source::Origin;
use rehome_grammar::text::moref;
use rehome_grammar::{Span, Syntax, Tree};

/// One line of a list.
struct Line<'t> {
    reference: Reference,
    path: &'t str,
    span: Span,
}

/// Whether every line of the text is a reference with a path.
pub(super) fn is_list(tree: &Tree) -> bool {
    match tree.syntax() {
        Syntax::Text | Syntax::Csv => {}
        Syntax::Json | Syntax::Xml | Syntax::Yaml => return false,
    }
    let mut lines = lines(tree.text()).peekable();
    lines.peek().is_some() && lines.all(|line| line.is_some())
}

/// Reads names, and the cluster of a host from its path.
pub(super) fn read(export: &Export<'_>, records: &mut Records) {
    for line in lines(export.source.tree.text()).flatten() {
        let origin = Origin {
            file: export.file,
            span: line.span,
        };
        let parts: Vec<&str> = line.path.split('/').collect();
        let name = parts
            .last()
            .map(|last| Known::hint(plain_name(last)))
            .filter(|name| !name.text.is_empty());
        match line.reference.kind.as_str() {
            "VirtualMachine" => records.vm(VmFacts {
                name,
                ..VmFacts::new(line.reference, origin)
            }),
            "HostSystem" => records.host(HostFacts {
                cluster: parent(&parts).map(|cluster| Name::new(plain_name(cluster), origin)),
                name,
                ..HostFacts::new(line.reference, origin)
            }),
            "ClusterComputeResource" => records.cluster(line.reference, name, origin),
            kind if super::schema::is_network(kind) => {
                records.segment(line.reference, name, Vec::new(), origin);
            }
            _ => {}
        }
    }
}

/// The cluster in the path of a host; a host outside of clusters stands in a folder of its own name.
fn parent<'t>(parts: &[&'t str]) -> Option<&'t str> {
    match parts {
        [.., cluster, host] if cluster != host => Some(cluster),
        _ => None,
    }
}

fn lines(text: &str) -> impl Iterator<Item = Option<Line<'_>>> {
    let mut start = 0_usize;
    text.split_inclusive('\n')
        .map(move |line| {
            let at = start;
            start += line.len();
            (at, line.trim_end())
        })
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, line)| {
            let (reference, path) = line.split_once([' ', '\t'])?;
            let path = path.trim_start();
            let parsed = moref(reference).ok()?;
            let cut = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            path.starts_with('/').then_some(Line {
                reference: Reference {
                    kind: parsed.kind?.to_owned(),
                    id: parsed.value.to_owned(),
                },
                path,
                span: Span::new(cut(at), cut(at + line.len())),
            })
        })
}
