//! What one call notes down on its way: unread keys, and where it is.

use std::cell::{Cell, RefCell};

use super::{Error, Unread};
use crate::Key;
use crate::{Node, Span};

/// What one call of [`from_node`](super::from_node) notes down.
///
/// serde makes errors out of nothing but words, so the place is kept here: the value or key that
/// was last begun, or the object or list whose end was last reached, is the one an error is
/// about. Errors are handed straight up, so nothing moves it before it is asked for.
pub(super) struct Log<'t> {
    unread: RefCell<Vec<Unread>>,
    at: Cell<Place<'t>>,
}

#[derive(Clone, Copy)]
enum Place<'t> {
    Value(Node<'t>),
    Key(Key<'t>),
}

impl<'t> Log<'t> {
    pub fn new(root: Node<'t>) -> Log<'t> {
        Log {
            unread: RefCell::default(),
            at: Cell::new(Place::Value(root)),
        }
    }

    /// An error from here on is about this value.
    #[inline]
    pub fn value(&self, node: Node<'t>) {
        self.at.set(Place::Value(node));
    }

    /// An error from here on is about this key.
    #[inline]
    pub fn key(&self, key: Key<'t>) {
        self.at.set(Place::Key(key));
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
        match self.at.get() {
            Place::Value(node) => node.span(),
            Place::Key(key) => key.span(),
        }
    }

    pub fn finish<T>(
        self,
        result: Result<T, super::error::Fault>,
    ) -> (Result<T, Error>, Vec<Unread>) {
        let span = self.span();
        (
            result.map_err(|fault| fault.at(span)),
            self.unread.into_inner(),
        )
    }
}
