//! What one call notes down on its way: unread keys, and where it is.

use std::cell::{Cell, RefCell};

use super::error::Fault;
use super::{Error, Unread};
use crate::{Key, Node, Span, Tree};

/// What one call of [`from_node`](super::from_node) notes down.
///
/// serde makes errors out of nothing but words, so the place is kept here: the value or key that
/// was last begun, or the object or list whose end was last reached, is the one an error is
/// about. Errors are handed straight up, so nothing moves it before it is asked for.
pub(super) struct Log<'t> {
    tree: &'t Tree,
    unread: RefCell<Vec<Unread>>,
    /// The value on the tape, or its key: written for every value, so one word.
    at: Cell<At>,
}

#[derive(Clone, Copy)]
enum At {
    Value(u32),
    Key(u32),
}

impl<'t> Log<'t> {
    pub fn new(root: Node<'t>) -> Log<'t> {
        let at = Cell::new(At::Value(root.place()));
        Log {
            tree: root.tree(),
            unread: RefCell::default(),
            at,
        }
    }

    /// An error from here on is about this value.
    #[inline]
    pub fn value(&self, node: Node<'t>) {
        self.at.set(At::Value(node.place()));
    }

    /// An error from here on is about the key of this value.
    #[inline]
    pub fn key(&self, node: Node<'t>) {
        self.at.set(At::Key(node.place()));
    }

    #[cold]
    pub fn unread(&self, key: Key<'t>, within: &'static str) {
        let name = key.name().into_owned();
        self.unread.borrow_mut().push(Unread {
            key: key.span(),
            name,
            within,
        });
    }

    fn span(&self) -> Span {
        let (At::Value(place) | At::Key(place)) = self.at.get();
        let Some(node) = self.tree.node(place) else {
            return Span::default();
        };
        match (self.at.get(), node.key()) {
            (At::Key(_), Some(key)) => key.span(),
            (At::Key(_) | At::Value(_), _) => node.span(),
        }
    }

    pub fn finish<T>(self, result: Result<T, Fault>) -> (Result<T, Error>, Vec<Unread>) {
        let span = self.span();
        (
            result.map_err(|fault| fault.at(span)),
            self.unread.into_inner(),
        )
    }
}
