//! `R1`: reading firewall exports.

use crate::finding::code::codes;

codes! {}
