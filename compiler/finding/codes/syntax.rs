//! `S`: files that cannot be read as text, JSON, XML, CSV or YAML.

use crate::finding::{Effect, code::codes};

codes! {
    /// # What happened
    /// The file is not well-formed: it is cut off, has a stray character, or is not text at all.
    /// The message gives the place where reading stopped.
    ///
    /// # What it means
    /// Nothing in this file is part of the policy. Whatever it held is missing on the target.
    ///
    /// # What to do
    /// export the file again and compare its size; do not repair it by hand unless the place named is obvious
    ///
    /// # Example
    /// ```json
    /// {"results": [{"id": "web"
    /// ```
    NOT_WELL_FORMED = "S0001", "not-well-formed", "a file is not well-formed", Effect::SHIFTS;

    /// # What happened
    /// The same key stands twice in one object. Readers disagree about which one counts.
    ///
    /// # What it means
    /// rehome reads the first and ignores the second; the product that wrote the export never
    /// writes this, so the file was edited or joined by hand.
    ///
    /// # What to do
    /// remove one of the two keys, or export the object again
    ///
    /// # Example
    /// ```json
    /// {"id": "r1", "action": "ALLOW", "action": "DROP"}
    /// ```
    DUPLICATE_KEY = "S0002", "duplicate-key", "a key stands twice in one object", Effect::SHIFTS;

    /// # What happened
    /// The file is not UTF-8 and carries no byte order mark that says what it is. It was read as
    /// Windows-1252.
    ///
    /// # What it means
    /// Names with letters outside ASCII can be wrong, and then do not match the same names in other
    /// exports.
    ///
    /// # What to do
    /// export as UTF-8, for PowerShell with `-Encoding utf8`
    ///
    /// # Example
    /// A DRS export written by Windows PowerShell 5.1 with `Set-Content`.
    GUESSED_ENCODING = "S0003", "guessed-encoding", "the encoding of a file was guessed", Effect::Record;
}
