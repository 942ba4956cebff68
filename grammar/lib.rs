//! Bytes to trees with a span on every node and key, and the small languages inside strings.
