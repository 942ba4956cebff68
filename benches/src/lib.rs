//! Generates the estates that the benchmarks run on.
//!
//! The shapes follow what is known of large NSX estates: applications of three tiers, groups by tag,
//! shared services for everybody, environments that are kept apart, a fence around each application.
//! The same parameters give the same bytes.

mod estate;
mod export;
mod random;

pub use estate::{Estate, Profile};
pub use export::files;

use rehome::finding::Findings;
use rehome::source::Sources;

/// Reads generated files as the command would.
///
/// # Panics
///
/// When a generated file cannot be read; that is a fault of the generator.
#[must_use]
#[expect(clippy::expect_used, reason = "the generator writes JSON")]
pub fn read(files: &[(String, Vec<u8>)]) -> Sources {
    let mut sources = Sources::default();
    for (name, bytes) in files {
        let tree = rehome_grammar::read(bytes.clone()).expect("generated JSON is well-formed");
        sources.add(name.clone(), name.into(), tree);
    }
    sources
}

/// Compiles generated files for the default target.
#[must_use]
pub fn compile(sources: &Sources) -> rehome::compile::Outcome {
    let options = rehome::legal::Options::new(rehome::legal::Target::default());
    rehome::compile::compile(sources, &options, Findings::new())
}
