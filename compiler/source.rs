//! The exports of one run: their names, their text, and where a byte of them is.

use rehome_grammar::{Span, Tree};
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

/// Names one file of the run. Made by [`Sources::add`] and [`Sources::add_text`] only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

#[cfg(test)]
impl FileId {
    /// A file by number, for tests that need no text.
    pub(crate) const fn test(number: u32) -> Self {
        Self(number)
    }
}

/// A place in a file: the file and the byte range in its decoded text.
///
/// INVARIANT (Origin): every node of the policy and every finding about one has an origin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The file.
    pub file: FileId,
    /// Bytes of its text: of [`Tree::text`] for an export.
    pub span: Span,
}

/// One export that could be read.
#[derive(Debug)]
pub struct Source {
    /// Its path as the user would write it, with `/` between folders, relative to the input.
    pub name: String,
    /// The path on disk.
    pub path: PathBuf,
    /// What was read.
    pub tree: Tree,
    lines: Lines,
}

/// Line and column, both from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// All files of one run, in the order of their names.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<File>,
    checkout: Option<Checkout>,
}

/// The checkout that a run stands in: code review names files from its root on, wherever in it the
/// program was started.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// Its topmost folder.
    pub root: PathBuf,
    /// The folder that relative paths start from.
    pub working: PathBuf,
}

impl Checkout {
    /// A path from the root on, with `/` between folders; nothing for one outside of the checkout.
    #[must_use]
    pub fn relative(&self, path: &Path) -> Option<String> {
        let mut whole = PathBuf::new();
        for part in self.working.join(path).components() {
            match part {
                Component::CurDir => {}
                Component::ParentDir => {
                    whole.pop();
                }
                Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                    whole.push(part);
                }
            }
        }
        let inside = whole.strip_prefix(&self.root).ok()?;
        Some(inside.to_string_lossy().replace('\\', "/"))
    }
}

/// A file as it was read.
#[derive(Debug)]
enum File {
    Export(Source),
    Plain(Plain),
}

/// A file that findings point into and that is no export: one that cannot be read, the settings.
#[derive(Debug)]
struct Plain {
    name: String,
    path: PathBuf,
    text: String,
    lines: Lines,
}

/// Any file of the run as text, for showing places in it.
#[derive(Clone, Copy, Debug)]
pub struct Text<'s> {
    /// Its path as the user would write it.
    pub name: &'s str,
    /// The path on disk.
    pub path: &'s Path,
    /// The decoded text.
    pub text: &'s str,
    tree: Option<&'s Tree>,
    lines: &'s Lines,
}

impl Sources {
    /// Adds an export and names it.
    pub fn add(&mut self, name: String, path: PathBuf, tree: Tree) -> FileId {
        self.push(File::Export(Source {
            name,
            path,
            tree,
            lines: Lines::default(),
        }))
    }

    /// Adds a file that is no export, so that findings can point into it.
    pub fn add_text(&mut self, name: String, path: PathBuf, text: String) -> FileId {
        self.push(File::Plain(Plain {
            name,
            path,
            text,
            lines: Lines::default(),
        }))
    }

    /// Says in which checkout the files may stand.
    pub fn stand_in(&mut self, checkout: Option<Checkout>) {
        self.checkout = checkout;
    }

    /// The path of a file from the root of the checkout on; nothing for one outside of it.
    #[must_use]
    pub fn in_checkout(&self, id: FileId) -> Option<String> {
        let text = self.text(id)?;
        self.checkout.as_ref()?.relative(text.path)
    }

    fn push(&mut self, file: File) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(file);
        id
    }

    /// The exports with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().filter_map(|(at, file)| {
            let id = FileId(u32::try_from(at).unwrap_or(u32::MAX));
            match file {
                File::Export(source) => Some((id, source)),
                File::Plain(_) => None,
            }
        })
    }

    /// The export of that id; `None` for a file that is no export and for an id of another run.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        match self.files.get(id.0 as usize)? {
            File::Export(source) => Some(source),
            File::Plain(_) => None,
        }
    }

    /// The place of an origin in the file at hand, as `file#pointer`.
    #[must_use]
    pub fn place(&self, origin: Origin) -> String {
        self.get(origin.file).map_or_else(String::new, |source| {
            let pointer = source.tree.pointer_of(origin.span);
            format!("{}#{pointer}", source.name)
        })
    }

    /// The text of any file; `None` only for an id of another run.
    #[must_use]
    pub fn text(&self, id: FileId) -> Option<Text<'_>> {
        self.files.get(id.0 as usize).map(|file| match file {
            File::Export(source) => source.text(),
            File::Plain(plain) => Text {
                name: &plain.name,
                path: &plain.path,
                text: &plain.text,
                tree: None,
                lines: &plain.lines,
            },
        })
    }
}

impl Source {
    /// The same file read as another tree over text of the same length.
    pub(crate) fn with_tree(&self, tree: Tree) -> Self {
        Self {
            name: self.name.clone(),
            path: self.path.clone(),
            tree,
            lines: Lines::default(),
        }
    }

    /// The export as text.
    #[must_use]
    pub fn text(&self) -> Text<'_> {
        Text {
            name: &self.name,
            path: &self.path,
            text: self.tree.text(),
            tree: Some(&self.tree),
            lines: &self.lines,
        }
    }

    /// Line and column of a byte of the text.
    #[must_use]
    pub fn place(&self, offset: u32) -> Place {
        self.text().place(offset)
    }

    /// The bytes of a line (from 1) without its line end, and where it starts.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<(u32, &str)> {
        self.text().line(line)
    }
}

impl<'s> Text<'s> {
    /// Line and column of a byte of the text.
    #[must_use]
    pub fn place(&self, offset: u32) -> Place {
        let starts = self.lines.starts(self.text);
        let line = starts.partition_point(|start| *start <= offset).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let before = self.lines.characters_before(self.text, offset)
            - self.lines.characters_before(self.text, start);
        Place {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: before.saturating_add(1),
        }
    }

    /// A line (from 1) without its line end, and the byte where it starts.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<(u32, &'s str)> {
        let starts = self.lines.starts(self.text);
        let at = (line as usize).checked_sub(1)?;
        let start = *starts.get(at)?;
        let end = starts
            .get(at + 1)
            .map_or(self.text.len(), |next| *next as usize);
        let text = self.text.get(start as usize..end)?;
        Some((start, text.trim_end_matches(['\r', '\n'])))
    }

    /// The path of the value that has a span: a JSON pointer, its like in XML and CSV, and nothing
    /// in a file that has no tree.
    #[must_use]
    pub fn pointer(&self, span: Span) -> String {
        self.tree
            .map(|tree| tree.pointer_of(span))
            .unwrap_or_default()
    }

    /// The tree, where the file is an export.
    #[must_use]
    pub const fn tree(&self) -> Option<&'s Tree> {
        self.tree
    }
}

/// Where the lines of a text start, and how many characters stand before every so many bytes: made
/// when a place is first asked for. An export of one line has many places in it, so counting the
/// characters of a line from its start would cost its whole length for each.
#[derive(Debug, Default)]
struct Lines {
    starts: OnceLock<Vec<u32>>,
    marks: OnceLock<Vec<u32>>,
}

/// The bytes between two marks.
const STRIDE: usize = 4096;

impl Lines {
    fn starts(&self, text: &str) -> &[u32] {
        self.starts.get_or_init(|| {
            let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0)
                .chain(ends.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)))
                .collect()
        })
    }

    /// How many characters start before a byte.
    fn characters_before(&self, text: &str, offset: u32) -> u32 {
        let marks = self.marks.get_or_init(|| {
            let mut sum = 0;
            let mut marks = vec![0];
            for block in text.as_bytes().chunks(STRIDE) {
                sum += characters(block);
                marks.push(sum);
            }
            marks
        });
        let offset = (offset as usize).min(text.len());
        let at = offset / STRIDE;
        let rest = text.as_bytes().get(at * STRIDE..offset).unwrap_or_default();
        marks.get(at).copied().unwrap_or(0) + characters(rest)
    }
}

/// The number of bytes that are no continuation of a character.
fn characters(bytes: &[u8]) -> u32 {
    let starts = bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    u32::try_from(starts).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sources(text: &str) -> (Sources, FileId) {
        let mut sources = Sources::default();
        let id = sources.add_text("a.txt".to_owned(), PathBuf::from("a.txt"), text.to_owned());
        (sources, id)
    }

    #[test]
    fn a_place_counts_characters() {
        let (sources, id) = sources("äö\nüx");
        let text = sources.text(id).unwrap();
        assert_eq!(text.place(0), Place { line: 1, column: 1 });
        assert_eq!(text.place(2), Place { line: 1, column: 2 });
        assert_eq!(text.place(5), Place { line: 2, column: 1 });
        assert_eq!(text.place(7), Place { line: 2, column: 2 });
        assert_eq!(text.line(2), Some((5, "üx")));
        assert_eq!(text.line(3), None);
    }

    #[test]
    fn a_path_is_told_from_the_root_of_its_checkout() {
        let checkout = Checkout {
            root: PathBuf::from("/srv/estate"),
            working: PathBuf::from("/srv/estate/nsx"),
        };
        for (path, told) in [
            ("a.json", Some("nsx/a.json")),
            ("./a.json", Some("nsx/a.json")),
            ("../drs/b.xml", Some("drs/b.xml")),
            ("/srv/estate/c.json", Some("c.json")),
            ("/srv/estate/x/../c.json", Some("c.json")),
            ("../../other/d.json", None),
            ("/srv/estates/d.json", None),
            ("/d.json", None),
        ] {
            assert_eq!(
                checkout.relative(Path::new(path)).as_deref(),
                told,
                "{path}"
            );
        }
    }

    #[test]
    fn a_file_that_is_no_export_is_not_among_the_exports() {
        let (sources, id) = sources("x");
        assert_eq!(sources.iter().count(), 0);
        assert!(sources.get(id).is_none());
        assert_eq!(sources.text(id).unwrap().pointer(Span::default()), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn marks_agree_with_counting(text in "(?s)[aäx\n]{0,9000}", at in 0_usize..9000) {
            let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let (sources, id) = sources(&text);
            let before = text.get(..at).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let start = before.rfind('\n').map_or(0, |end| end + 1);
            let place = sources.text(id).unwrap().place(u32::try_from(at).unwrap());
            prop_assert_eq!(place.line as usize, line);
            prop_assert_eq!(place.column as usize, before.get(start..).unwrap_or_default().chars().count() + 1);
        }
    }
}
