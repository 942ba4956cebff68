//! What is wrong with a text that is no JSON.

use super::{Fault, Scan};
use crate::{Failure, Kind, Span};

impl Scan<'_> {
    /// The failure for a byte that cannot be here, or for a text that ends too soon.
    #[cold]
    pub(super) fn unexpected(&self, at: usize, wanted: &str) -> Fault {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let char = String::from_utf8_lossy(rest.get(..rest.len().min(4)).unwrap_or_default());
        let Some(char) = char.chars().next() else {
            return Box::new(self.cut(at, wanted));
        };
        let shown = if char.is_control() {
            char.escape_unicode().to_string()
        } else {
            char.to_string()
        };
        let span = Span::between(at, at + char.len_utf8());
        Box::new(Failure::new(
            span,
            format!("expected {wanted}, found `{shown}`"),
        ))
    }

    fn cut(&self, at: usize, wanted: &str) -> Failure {
        let message = format!("the text ends where {wanted} is expected");
        let failure = Failure::new(Span::between(at, at), message);
        let Some(&(holder, kind)) = self.open.last() else {
            return failure;
        };
        let start = self.tape.get(holder).map_or(0, |entry| entry.start);
        let what = if kind == Kind::Object {
            "object"
        } else {
            "list"
        };
        let message = format!("the {what} that starts here is never closed");
        failure.with_related(Span::new(start, start.saturating_add(1)), message)
    }
}
