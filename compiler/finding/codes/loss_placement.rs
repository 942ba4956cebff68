//! `L2`: what the target cannot hold of the placement policy.

use crate::finding::code::codes;

codes! {}
