//! The exports of one run: their names, their text, and where a byte of them is.

use rehome_grammar::{Span, Tree};
use std::path::PathBuf;

/// Names one export of the run. Made by [`Sources::add`] only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

#[cfg(test)]
impl FileId {
    /// A file by number, for tests that need no text.
    pub(crate) const fn test(number: u32) -> Self {
        Self(number)
    }
}

/// A place in an export: the file and the byte range in its decoded text.
///
/// INVARIANT (Origin): every node of the policy and every finding about one has an origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The export.
    pub file: FileId,
    /// Bytes of [`Tree::text`].
    pub span: Span,
}

/// One export that could be read as text.
#[derive(Debug)]
pub struct Source {
    /// Its path as the user would write it, with `/` between folders, relative to the input.
    pub name: String,
    /// The path on disk.
    pub path: PathBuf,
    /// What was read.
    pub tree: Tree,
    line_starts: Vec<u32>,
}

/// Line and column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// All exports of one run, in the order of their names.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds an export and names it.
    pub fn add(&mut self, name: String, path: PathBuf, tree: Tree) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let line_starts = line_starts(tree.text());
        self.files.push(Source {
            name,
            path,
            tree,
            line_starts,
        });
        id
    }

    /// The exports with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files
            .iter()
            .enumerate()
            .map(|(at, source)| (FileId(u32::try_from(at).unwrap_or(u32::MAX)), source))
    }

    /// The export of that id; `None` only for an id of another run.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }
}

impl Source {
    /// Line and column of a byte of the text.
    #[must_use]
    pub fn place(&self, offset: u32) -> Place {
        let line = self
            .line_starts
            .partition_point(|start| *start <= offset)
            .max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let before = self
            .tree
            .text()
            .get(start as usize..offset as usize)
            .unwrap_or("");
        let column = before.chars().count() + 1;
        Place {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// The bytes of a line (from 1) without its line end.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<(u32, &str)> {
        let at = (line as usize).checked_sub(1)?;
        let start = *self.line_starts.get(at)?;
        let text = self.tree.text();
        let end = self
            .line_starts
            .get(at + 1)
            .map_or(text.len(), |next| *next as usize);
        Some((
            start,
            text.get(start as usize..end)?
                .trim_end_matches(['\r', '\n']),
        ))
    }
}

fn line_starts(text: &str) -> Vec<u32> {
    std::iter::once(0)
        .chain(
            text.bytes()
                .enumerate()
                .filter(|(_, byte)| *byte == b'\n')
                .map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)),
        )
        .collect()
}
