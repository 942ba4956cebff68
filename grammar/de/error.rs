//! Why a node is not what was asked for.

use std::fmt;

use serde::de::{Expected, Unexpected};

use crate::Span;

/// Why a node does not have the wanted type, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// The value at fault; for a missing key the object that lacks it.
    pub span: Span,
    /// What is wrong, without a capital and without a full stop.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// An error on its way up: still without its place, and small, because every result holds one.
#[derive(Debug)]
#[expect(
    clippy::box_collection,
    reason = "a thin pointer keeps every result small"
)]
pub(super) struct Fault(Box<String>);

impl Fault {
    #[cold]
    pub fn new(message: String) -> Fault {
        Fault(Box::new(message))
    }

    pub fn at(self, span: Span) -> Error {
        Error {
            span,
            message: *self.0,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Fault {
        Fault::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Fault {
        Fault::new(format!("expected {expected}, found {}", Found(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Fault {
        Fault::new(format!("expected {expected}, found {}", Found(found)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Fault {
        Fault::new(format!("expected {expected}, found {length}"))
    }

    fn unknown_variant(variant: &str, known: &'static [&'static str]) -> Fault {
        Fault::new(format!("`{variant}` is none of {}", List(known)))
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Fault {
        Fault::new(format!("the key `{field}` is none of {}", List(known)))
    }

    fn missing_field(field: &'static str) -> Fault {
        Fault::new(format!("the key `{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Fault {
        Fault::new(format!("the key `{field}` is given twice"))
    }
}

struct Found<'a>(Unexpected<'a>);

impl fmt::Display for Found<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "serde words the rest well")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Unexpected::Str(text) => write!(f, "`{text}`"),
            Unexpected::Bool(value) => write!(f, "`{value}`"),
            Unexpected::Unsigned(value) => write!(f, "`{value}`"),
            Unexpected::Signed(value) => write!(f, "`{value}`"),
            Unexpected::Float(value) => write!(f, "`{value}`"),
            Unexpected::Other(raw) => write!(f, "`{raw}`"),
            Unexpected::Unit | Unexpected::Option => f.write_str("null"),
            Unexpected::Seq => f.write_str("a list"),
            Unexpected::Map => f.write_str("an object"),
            other => other.fmt(f),
        }
    }
}

struct List(&'static [&'static str]);

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, name) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}`{name}`")?;
        }
        Ok(())
    }
}
