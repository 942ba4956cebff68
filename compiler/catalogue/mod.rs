//! An example of every code: an export that raises it, and a near miss that does not.
//!
//! They stand in `examples/codes`, a folder a code, and are part of the program: `rehome explain` and
//! the page in the book compile them and show what comes out, so neither can say what is not so.

pub mod case;
pub mod page;
pub mod run;

pub use case::{Case, Side};

use crate::finding::Code;
use include_dir::{Dir, include_dir};

static CODES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/examples/codes");

/// The codes that no export raises, each with the reason.
pub const WITHOUT: &[(&str, &str)] = &[
    (
        "C1013",
        "it takes hundreds of rules, more than a person reads; a test makes them",
    ),
    (
        "L1054",
        "it takes a firewall of more than 87,000 ordered rules; a test hands that many to the step that orders them",
    ),
    (
        "V1005",
        "it takes thousands of machines without addresses; a test lowers the bound instead",
    ),
    (
        "X0001",
        "every pass counts each construct once, which the tests of the ledger hold",
    ),
    ("X0003", "no policy is known that cannot be written as YAML"),
];

/// Why no export raises a code, where that is so.
#[must_use]
pub fn without(code: &Code) -> Option<&'static str> {
    let mut all = WITHOUT.iter();
    all.find(|(id, _)| *id == code.id).map(|(_, why)| *why)
}

/// The example of a code, where there is one.
///
/// # Errors
/// When its folder is not as `examples/codes/README.md` says.
pub fn find(code: &Code) -> Result<Option<Case>, String> {
    let Some(folder) = CODES.get_dir(code.id) else {
        return Ok(None);
    };
    let mut files = case::Files::new();
    collect(folder, code.id, &mut files);
    Case::new(code.id, files).map(Some)
}

/// The files below a folder, by their path below the folder of the code.
fn collect(folder: &Dir<'_>, id: &str, files: &mut case::Files) {
    for file in folder.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        let path = path.strip_prefix(id).unwrap_or(&path);
        let path = path.trim_start_matches('/').to_owned();
        files.insert(path, file.contents().to_vec());
    }
    for inner in folder.dirs() {
        collect(inner, id, files);
    }
}
