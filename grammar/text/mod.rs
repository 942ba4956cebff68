//! The small languages that live inside strings: addresses, ports, paths, references.
//!
//! Every parser takes the whole of its input or says where it stops making sense; the span of a
//! [`TextError`] counts from the start of that input, and
//! [`Node::span_of`](crate::Node::span_of) finds the place in the file.

mod address;
mod moref;
mod path;
mod port;
mod tag;

use std::fmt;

use nom::Parser;
use nom::bytes::complete::take_while;
use nom::error::ParseError;

pub use address::{Address, IpBlock, address};
pub use moref::{Moref, moref};
pub use path::{PathScope, PolicyPath, policy_path};
pub use port::{PortRange, port_range, port_ranges};
pub use tag::{ScopeTag, scope_tag};

use crate::Span;

/// Why a string is not in the language that was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextError {
    /// The place in the string.
    pub span: Span,
    /// What is wrong, without a capital and without a full stop.
    pub message: String,
}

impl TextError {
    fn new(start: usize, end: usize, message: impl Into<String>) -> TextError {
        TextError {
            span: Span::between(start, end),
            message: message.into(),
        }
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TextError {}

/// What the parsers here fail with: the rest of the input where they stopped, and what they
/// wanted to see there.
#[derive(Debug)]
struct Stop<'a> {
    rest: &'a str,
    wanted: &'static str,
}

impl<'a> ParseError<&'a str> for Stop<'a> {
    fn from_error_kind(rest: &'a str, _: nom::error::ErrorKind) -> Self {
        Stop {
            rest,
            wanted: "something else",
        }
    }

    fn append(_: &'a str, _: nom::error::ErrorKind, other: Self) -> Self {
        other
    }
}

type Parsed<'a, T> = nom::IResult<&'a str, T, Stop<'a>>;

fn stop<'a, T>(rest: &'a str, wanted: &'static str) -> Parsed<'a, T> {
    Err(nom::Err::Error(Stop { rest, wanted }))
}

/// Any number of blanks.
fn blank(input: &str) -> Parsed<'_, &str> {
    take_while(|char: char| char == ' ' || char == '\t').parse(input)
}

/// Runs a parser over all of `input`, blanks around it aside.
fn whole<'a, T>(
    input: &'a str,
    mut parser: impl Parser<&'a str, Output = T, Error = Stop<'a>>,
    wanted: &'static str,
) -> Result<T, TextError> {
    let stopped = match (blank, |rest| parser.parse(rest), blank).parse(input) {
        Ok(("", (_, value, _))) => return Ok(value),
        Ok((rest, _)) => Stop {
            rest,
            wanted: "the end",
        },
        Err(nom::Err::Error(stop) | nom::Err::Failure(stop)) => stop,
        Err(nom::Err::Incomplete(_)) => Stop { rest: "", wanted },
    };
    let at = input.len().saturating_sub(stopped.rest.len());
    let Some(found) = stopped.rest.chars().next() else {
        let message = format!(
            "`{input}` is not {wanted}: it ends where {} belongs",
            stopped.wanted
        );
        return Err(TextError::new(at, at, message));
    };
    let message = format!(
        "`{input}` is not {wanted}: {} belongs before `{found}`",
        stopped.wanted
    );
    Err(TextError::new(at, at + found.len_utf8(), message))
}
