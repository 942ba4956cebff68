//! `L1`: what the target cannot hold of the network policy.

use crate::finding::code::codes;

codes! {}
