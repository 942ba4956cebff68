//! The answer as a graph for Graphviz.
//!
//! Endpoints that are in the same rows are one node. A row with several nodes on both sides has a
//! point in the middle, so that the drawing grows with the rows and not with their pairs.

use super::{Answer, words};
use crate::report::excerpt::clean;
use crate::verify::connectivity::Outcome;
use std::collections::BTreeMap;

/// How many names a node shows.
const SHOWN: usize = 12;

/// The answer as DOT.
#[must_use]
pub fn render(answer: &Answer<'_>) -> String {
    let lines = answer.lines(&answer.connectivity.rows, |ends| answer.readable(ends));
    // For each endpoint the rows it is in, as a sender and as a receiver.
    let mut rows_of: BTreeMap<&str, Vec<(usize, bool)>> = BTreeMap::new();
    let mut order: Vec<&str> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        for (names, sender) in [(&line.from, true), (&line.to, false)] {
            for name in names {
                let rows = rows_of.entry(name).or_insert_with(|| {
                    order.push(name);
                    Vec::new()
                });
                rows.push((at, sender));
            }
        }
    }
    let mut node_of: BTreeMap<&[(usize, bool)], usize> = BTreeMap::new();
    let mut nodes: Vec<Vec<&str>> = Vec::new();
    let mut of_row: Vec<[Vec<usize>; 2]> = vec![Default::default(); lines.len()];
    for name in order {
        let Some(rows) = rows_of.get(name) else {
            continue;
        };
        let node = *node_of.entry(rows).or_insert_with(|| {
            nodes.push(Vec::new());
            for (row, sender) in rows {
                if let Some([from, to]) = of_row.get_mut(*row) {
                    if *sender { from } else { to }.push(nodes.len() - 1);
                }
            }
            nodes.len() - 1
        });
        if let Some(names) = nodes.get_mut(node) {
            names.push(name);
        }
    }
    let mut out = String::from(
        "digraph connectivity {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  \
         edge [fontname=\"sans-serif\", fontsize=10];\n",
    );
    for (at, names) in nodes.iter().enumerate() {
        out.push_str(&format!("  n{at} [label={}];\n", label(names)));
    }
    for (at, (line, [from, to])) in lines.iter().zip(&of_row).enumerate() {
        let services = words::services(&line.row.services, answer.shared(line.row));
        let services: Vec<&str> = services.iter().map(String::as_str).collect();
        let style = match line.row.outcome {
            Outcome::Passes | Outcome::Discarded => "",
            Outcome::MayPass => ", style=dashed",
        };
        let text = label(&services);
        if from.len() > 1 && to.len() > 1 {
            out.push_str(&format!(
                "  r{at} [shape=plaintext, label={text}{style}];\n"
            ));
            for node in from {
                out.push_str(&format!("  n{node} -> r{at} [dir=none{style}];\n"));
            }
            for node in to {
                out.push_str(&format!("  r{at} -> n{node} [dir=forward{style}];\n"));
            }
            continue;
        }
        for from in from {
            for to in to {
                out.push_str(&format!("  n{from} -> n{to} [label={text}{style}];\n"));
            }
        }
    }
    out + "}\n"
}

/// Lines of text as a quoted string; nothing in them is an escape or ends it.
fn label(lines: &[&str]) -> String {
    let mut shown: Vec<String> = lines
        .iter()
        .take(SHOWN)
        .map(|line| clean(line).replace('\\', "\\\\").replace('"', "\\\""))
        .collect();
    if lines.len() > SHOWN {
        shown.push(format!("and {} more", lines.len() - SHOWN));
    }
    format!("\"{}\"", shown.join("\\n"))
}
