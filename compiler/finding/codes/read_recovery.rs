//! `R3`: reading recovery exports.

use crate::finding::code::codes;

codes! {}
