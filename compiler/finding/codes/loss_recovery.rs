//! `L3`: what the target cannot hold of the recovery policy.

use crate::finding::code::codes;

codes! {}
