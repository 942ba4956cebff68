//! `E`: limits of the target met while emitting.

use crate::finding::code::codes;

codes! {}
