//! `C`: checks over a linked policy.

use crate::finding::code::codes;

codes! {}
