//! From an offset to the value there, and from a value to its path.

use std::fmt::Write as _;

use super::{Node, Tree};
use crate::tape::{Entry, NO_KEY};
use crate::{Span, Syntax};

/// What holds others, by place on the tape; made when a path is first asked for.
pub(super) struct Places(Vec<Holder>);

#[derive(Clone, Copy)]
struct Holder {
    at: u32,
    /// The holder of this one, by place in the list.
    parent: Option<u32>,
    /// How many siblings come before.
    nth: u32,
}

/// One step on the way from a root to a value.
struct Step<'t> {
    node: Node<'t>,
    nth: u32,
}

impl Tree {
    /// The innermost value whose span, or whose key's span, covers `offset`. A value without
    /// any text, as an empty cell, counts as covering the byte after it.
    #[must_use]
    pub fn node_at(&self, offset: u32) -> Option<Node<'_>> {
        self.way_to_offset(offset).pop().map(|step| step.node)
    }

    /// The path of the value at `offset`: a JSON pointer (RFC 6901) such as `/results/3/id`; in
    /// XML `/root/section[2]/rule[1]/@id`, with an index, counted from one, wherever the name is
    /// repeated; in CSV the record, counted from zero, and the column. With several roots `#2`
    /// comes before, counted from one. Empty for a single root and where there is nothing.
    #[must_use]
    pub fn pointer_at(&self, offset: u32) -> String {
        self.path(&self.way_to_offset(offset))
    }

    /// What is around a span, from the innermost out: first the value that it is the span of, or
    /// the one that holds it.
    #[must_use]
    pub fn around(&self, span: Span) -> Vec<Node<'_>> {
        let way = self.way_to_span(span);
        way.iter().rev().map(|step| step.node).collect()
    }

    /// The path of the value that has this span, or of the one that holds it, as
    /// [`Self::pointer_at`] writes it. It tells apart what begins at the same byte: in YAML an
    /// object and its first key do.
    #[must_use]
    pub fn pointer_of(&self, span: Span) -> String {
        self.path(&self.way_to_span(span))
    }

    fn way_to_span(&self, span: Span) -> Vec<Step<'_>> {
        let mut steps = self.way_to_offset(span.start);
        if let Some(exact) = steps.iter().rposition(|step| step.node.span() == span) {
            steps.truncate(exact + 1);
        } else if self.syntax == Syntax::Yaml {
            while steps.len() > 1
                && steps
                    .pop_if(|step| step.node.span().end < span.end)
                    .is_some()
            {}
        }
        steps
    }

    fn path(&self, steps: &[Step<'_>]) -> String {
        let mut path = String::new();
        let several = self
            .node(0)
            .is_some_and(|root| root.entry.skip() != self.length());
        for (depth, step) in steps.iter().enumerate() {
            if depth > 0 {
                path.push('/');
                self.name(&mut path, step);
            } else if several {
                // Writing to a string cannot fail.
                let _ = write!(path, "#{}", step.nth.saturating_add(1));
            }
        }
        path
    }

    fn name(&self, path: &mut String, step: &Step<'_>) {
        let Some(key) = step.node.key() else {
            let _ = write!(path, "{}", step.nth);
            return;
        };
        let name = key.name();
        if self.syntax == Syntax::Xml {
            path.push_str(&name);
            let key = step.node.entry.key;
            if self.names.nth(key) > 0 || self.names.next(key).is_some() {
                let _ = write!(path, "[{}]", self.names.nth(key).saturating_add(1));
            }
        } else {
            path.push_str(&name.replace('~', "~0").replace('/', "~1"));
        }
    }

    fn way_to_offset(&self, offset: u32) -> Vec<Step<'_>> {
        // INVARIANT (order): on the tape no value begins before the one in front of it.
        let after = self
            .tape
            .partition_point(|&entry| self.begin(entry) <= offset);
        let last = after
            .checked_sub(1)
            .and_then(|last| u32::try_from(last).ok());
        let Some(last) = last else { return Vec::new() };
        let mut steps = self.way_to(last);
        while let Some(step) = steps.last() {
            let Span { start, end } = step.node.span();
            if offset < end.max(start.saturating_add(1)) {
                break;
            }
            steps.pop();
        }
        steps
    }

    /// Where a value begins, its key included where the key stands with it.
    fn begin(&self, entry: Entry) -> u32 {
        match self.syntax {
            Syntax::Json => entry.key.min(entry.start),
            Syntax::Xml | Syntax::Yaml if entry.key != NO_KEY => {
                entry.start.min(self.names.span(entry.key).start)
            }
            Syntax::Xml | Syntax::Yaml | Syntax::Csv | Syntax::Text => entry.start,
        }
    }

    /// The values on the way from a root to the one at `at`, both included.
    fn way_to(&self, at: u32) -> Vec<Step<'_>> {
        let Places(holders) = self.places.get_or_init(|| Places::of(self));
        let before = holders
            .partition_point(|holder| holder.at <= at)
            .checked_sub(1);
        let mut next = before.and_then(|place| holders.get(place));
        let mut way: Vec<Step<'_>> = Vec::new();
        // The last one that closed before `at`, beside it in the same holder.
        let mut beside = None;
        while let Some(holder) = next {
            if let Some(node) = self.node(holder.at) {
                let end = holder.at.saturating_add(node.entry.skip());
                if at < end {
                    way.push(Step {
                        node,
                        nth: holder.nth,
                    });
                } else if way.is_empty() {
                    beside = Some((end, holder.nth.saturating_add(1)));
                }
            }
            next = holder
                .parent
                .and_then(|parent| holders.get(parent as usize));
        }
        way.reverse();
        if way.last().is_none_or(|step| step.node.at != at) {
            let first = way.last().map_or(0, |step| step.node.at.saturating_add(1));
            // Between the last holder and here are only scalars, one entry each.
            let (from, nth) = beside.unwrap_or((first, 0));
            let nth = nth.saturating_add(at.saturating_sub(from));
            way.extend(self.node(at).map(|node| Step { node, nth }));
        }
        way
    }
}

impl Node<'_> {
    /// The path of this value, as [`Tree::pointer_at`] writes it.
    #[must_use]
    pub fn pointer(self) -> String {
        self.tree.path(&self.tree.way_to(self.at))
    }
}

impl Places {
    fn of(tree: &Tree) -> Places {
        let mut holders: Vec<Holder> = Vec::new();
        // Each open holder: its place in the list, where it ends, how many it has held so far.
        let mut open: Vec<(u32, u32, u32)> = Vec::new();
        let mut roots = 0_u32;
        for (at, entry) in (0..).zip(&tree.tape) {
            while open.pop_if(|(_, end, _)| *end <= at).is_some() {}
            let (parent, count) = match open.last_mut() {
                Some((parent, _, count)) => (Some(*parent), count),
                None => (None, &mut roots),
            };
            let nth = *count;
            *count = count.saturating_add(1);
            if entry.holds_others() {
                let number = u32::try_from(holders.len()).unwrap_or(u32::MAX);
                open.push((number, at.saturating_add(entry.skip()), 0));
                holders.push(Holder { at, parent, nth });
            }
        }
        Places(holders)
    }
}
