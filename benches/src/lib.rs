//! Generates the estates that the benchmarks run on.
