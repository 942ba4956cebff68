//! What stands in the folder of a code.

use crate::cli::input::{self, SETTINGS};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Files by their path, with `/`.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The file that says what the example is about.
const ABOUT: &str = "case.toml";

/// An example and its near miss.
#[derive(Clone, Debug)]
pub struct Case {
    /// Id or name of the construct that the finding is about; empty for one about the whole run.
    pub about: String,
    /// What is different in the near miss: a sentence.
    pub near: String,
    /// The codes that the near miss raises and the example does not.
    pub instead: Vec<String>,
    /// The export that raises the code.
    pub raises: Side,
    /// The near miss.
    pub avoids: Side,
}

/// One of the two.
#[derive(Clone, Debug)]
pub struct Side {
    /// What is given to the command: `examples/codes/L1007/raises.json`, or a folder.
    pub path: String,
    /// The files, by their path below the folder of the code: `raises.json`, `raises/nsx.json`.
    pub files: Files,
    /// The flags of the run.
    pub flags: Vec<String>,
    /// What people change in the output afterwards; then the files are verified.
    pub edits: Option<Vec<Edit>>,
}

/// A change of an emitted file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Its path in the output folder.
    pub file: String,
    /// What stands there.
    pub find: String,
    /// What is written instead.
    pub replace: String,
}

/// `case.toml` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    about: String,
    near: String,
    #[serde(default)]
    instead: Vec<String>,
    #[serde(default)]
    flags: Vec<String>,
    near_flags: Option<Vec<String>>,
    edits: Option<Vec<Edit>>,
    near_edits: Option<Vec<Edit>>,
}

impl Case {
    /// Reads the files of the folder of a code.
    ///
    /// # Errors
    /// What is not as `examples/codes/README.md` says.
    pub fn new(id: &str, mut files: Files) -> Result<Self, String> {
        let about = files
            .remove(ABOUT)
            .ok_or_else(|| format!("{id} has no `{ABOUT}`"))?;
        let about = String::from_utf8(about).map_err(|error| format!("{id}: {error}"))?;
        let Written {
            about,
            near,
            instead,
            flags,
            near_flags,
            edits,
            near_edits,
        } = toml::from_str(&about).map_err(|error| format!("{id}: {error}"))?;
        let mut raises = side(id, "raises", &mut files)?;
        // Where flags or edits make the difference, both are the same export.
        let mut avoids = if near_flags.is_some() || near_edits.is_some() {
            side(id, "avoids", &mut files).unwrap_or_else(|_| raises.clone())
        } else {
            side(id, "avoids", &mut files)?
        };
        avoids.flags = near_flags.unwrap_or_else(|| flags.clone());
        raises.flags = flags;
        avoids.edits = near_edits.or_else(|| edits.is_some().then(Vec::new));
        raises.edits = edits;
        match files.first_key_value() {
            Some((stray, _)) => Err(format!("{id}: `{stray}` is part of neither side")),
            None => Ok(Self {
                about,
                near,
                instead,
                raises,
                avoids,
            }),
        }
    }
}

/// Takes the files of a side: one file, or a folder of files.
fn side(id: &str, name: &str, files: &mut Files) -> Result<Side, String> {
    let (folder, single) = (format!("{name}/"), format!("{name}."));
    let paths: Vec<String> = files
        .keys()
        .filter(|path| path.starts_with(&folder) || path.starts_with(&single))
        .cloned()
        .collect();
    let given = match paths.as_slice() {
        [] => return Err(format!("{id} has no `{name}`")),
        [one] if one.starts_with(&single) => one.clone(),
        many if many.iter().all(|path| path.starts_with(&folder)) => name.to_owned(),
        _ => return Err(format!("{id} has `{name}` as a file and as a folder")),
    };
    let own = paths
        .into_iter()
        .filter_map(|path| files.remove_entry(&path))
        .collect();
    Ok(Side {
        path: format!("examples/codes/{id}/{given}"),
        files: own,
        flags: Vec::new(),
        edits: None,
    })
}

impl Side {
    /// The command that a user runs.
    #[must_use]
    pub fn command(&self) -> String {
        let words = ["rehome", "compile", &self.path];
        let flags = self.flags.iter().map(String::as_str);
        words.into_iter().chain(flags).collect::<Vec<_>>().join(" ")
    }

    /// The settings, where there are some.
    #[must_use]
    pub fn settings(&self) -> Option<(&String, &Vec<u8>)> {
        self.files.iter().find(|(path, _)| name(path) == SETTINGS)
    }

    /// The files that the command reads.
    pub fn exports(&self) -> impl Iterator<Item = (&String, &Vec<u8>)> {
        self.files
            .iter()
            .filter(|(path, _)| input::passed_over(name(path)).is_none())
    }
}

/// The last part of a path.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
