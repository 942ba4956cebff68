//! `V`: differences found by reading the emitted files back.

use crate::finding::code::codes;

codes! {}
