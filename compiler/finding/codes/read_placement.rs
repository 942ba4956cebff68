//! `R2`: reading cluster exports and inventories.

use crate::finding::code::codes;

codes! {}
