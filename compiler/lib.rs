//! rehome compiles the policy of a VMware estate for its next platform.
