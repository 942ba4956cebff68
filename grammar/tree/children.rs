//! Walking siblings: from one entry of the tape over all it holds to the next.

use super::{Node, Tree};

/// The values from one place on the tape to another, each skipped over to reach the next.
#[derive(Clone)]
pub(crate) struct Children<'t> {
    tree: &'t Tree,
    at: u32,
    end: u32,
}

impl<'t> Children<'t> {
    #[inline]
    pub fn new(tree: &'t Tree, at: u32, end: u32) -> Children<'t> {
        Children { tree, at, end }
    }
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    #[inline]
    fn next(&mut self) -> Option<Node<'t>> {
        if self.at >= self.end {
            return None;
        }
        let node = self.tree.node(self.at)?;
        self.at = self.at.saturating_add(node.entry.skip());
        Some(node)
    }
}
