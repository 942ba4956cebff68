//! References to objects of vCenter in the spellings that tools print.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::one_of;
use nom::combinator::{opt, verify};
use nom::sequence::terminated;

use super::{Parsed, TextError, whole};

/// A managed object reference.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Moref<'a> {
    /// The type, as `VirtualMachine`, where the spelling has it.
    pub kind: Option<&'a str>,
    /// The identifier, as `vm-155`.
    pub value: &'a str,
}

/// Reads `vm-155`, `VirtualMachine:vm-155`, `VirtualMachine-vm-155` and `vim.VirtualMachine:vm-155`.
///
/// # Errors
/// Where there is no identifier, or it holds blanks or further colons.
pub fn moref(input: &str) -> Result<Moref<'_>, TextError> {
    whole(
        input.trim_end(),
        reference,
        "a reference such as `VirtualMachine:vm-155`",
    )
}

fn reference(input: &str) -> Parsed<'_, Moref<'_>> {
    let (input, _) = opt(alt((tag("vim."), tag("vim25:")))).parse(input)?;
    let (input, kind) = opt(terminated(kind, one_of(":-"))).parse(input)?;
    let (input, value) = take_while1(identifier).parse(input)?;
    Ok((input, Moref { kind, value }))
}

/// A type begins with a capital, an identifier does not: that tells `HostSystem-host-9` from
/// `host-9`. Behind a dash only a capital counts, and the rest must go on.
fn kind(input: &str) -> Parsed<'_, &str> {
    let word = take_while1(|char: char| char.is_ascii_alphanumeric());
    verify(word, |word: &str| {
        word.starts_with(|first: char| first.is_ascii_uppercase())
    })
    .parse(input)
}

fn identifier(char: char) -> bool {
    !char.is_whitespace() && char != ':'
}
