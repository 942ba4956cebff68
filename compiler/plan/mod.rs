//! What each target can hold, as types that cannot be wrong: names, limits, lists that are not empty.

pub mod nutanix;
