//! Texts with a few bytes changed.

use proptest::prelude::*;

/// One way to spoil a text.
#[derive(Clone, Debug)]
pub struct Edit {
    at: prop::sample::Index,
    cut: usize,
    put: Vec<u8>,
}

/// Up to three spoilings, mostly with bytes that mean something in JSON.
pub fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let byte = prop_oneof![
        4 => prop::sample::select(b"{}[]\",:\\/ \n\t0123456789.eE+-tfnu\x00\x1f\x7f".to_vec()),
        1 => any::<u8>(),
    ];
    let edit = (
        any::<prop::sample::Index>(),
        0..4_usize,
        prop::collection::vec(byte, 0..3),
    );
    let edit = edit.prop_map(|(at, cut, put)| Edit { at, cut, put });
    prop::collection::vec(edit, 0..3)
}

/// `bytes` with the edits done.
pub fn spoil(mut bytes: Vec<u8>, edits: &[Edit]) -> Vec<u8> {
    for edit in edits {
        let at = edit.at.index(bytes.len() + 1);
        let end = (at + edit.cut).min(bytes.len());
        bytes.splice(at..end, edit.put.iter().copied());
    }
    bytes
}
