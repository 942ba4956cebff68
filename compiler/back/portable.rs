//! The policy written down: portable, versioned YAML with ids and origins.
