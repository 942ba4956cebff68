//! The headings and tables of an HTML report, as the same tree that XML gives.
//!
//! A report is no XML: it has a DOCTYPE, elements without an end and named entities. A library that
//! mends HTML as browsers do gives no byte ranges, and what is needed here is small and strict: the
//! text of headings, and of the cells of tables that are not nested. All else is passed over.
//!
//! The tree: `html` holds a `table` for each table, each with the `heading`s above it, outermost
//! first, and its `row`s of `cell`s.

use super::build::Builder;
use crate::tape::{Entry, NO_KEY};
use crate::tree::Parsed;
use crate::{Failure, Kind, Span};

/// Whether a text is an HTML document.
pub(crate) fn is_document(text: &str) -> bool {
    let start = text.trim_start();
    ["<!DOCTYPE html", "<html"].iter().any(|opening| {
        let found = start.get(..opening.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(opening))
    })
}

/// Reads the headings and tables of `text`.
pub(crate) fn read(text: &str) -> Result<Parsed, Failure> {
    let mut reader = Reader {
        text,
        out: Builder::new(text, 0),
        headings: Vec::new(),
        table: None,
        row: None,
        words: None,
    };
    let root = reader.out.open(Entry::new(Kind::Object, NO_KEY, false, 0));
    let key = reader.out.key("html", Span::between(0, 0));
    let html = reader.out.open(Entry::new(Kind::Object, key, false, 0));
    reader.document()?;
    if let Some((_, start)) = reader.table {
        return Err(Failure::new(
            Span::between(start, text.len()),
            "the table has no end",
        ));
    }
    reader.out.close(html, text.len())?;
    reader.out.close(root, text.len())?;
    Ok(reader.out.finish())
}

struct Reader<'t> {
    text: &'t str,
    out: Builder<'t>,
    /// The headings that stand above, each with its level.
    headings: Vec<(u8, Span, String)>,
    /// The open table: its entry, and where it starts.
    table: Option<(usize, usize)>,
    /// The open row: its entry.
    row: Option<usize>,
    /// The open heading or cell.
    words: Option<Words>,
}

/// Text in the making.
struct Words {
    /// The level of a heading; none for a cell.
    level: Option<u8>,
    start: usize,
    text: String,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), Failure> {
        let mut at = 0;
        while let Some(rest) = self.text.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(tag) = rest.find('<') else {
                self.words(rest);
                break;
            };
            let (before, from) = rest.split_at_checked(tag).unwrap_or((rest, ""));
            self.words(before);
            let start = at + tag;
            at = self.after(start, from);
            let name = name(from);
            if !name.is_empty() {
                self.tag(&name, from.starts_with("</"), start, at)?;
            }
        }
        Ok(())
    }

    /// Where the text goes on behind the tag that starts here: behind the end of a script or style,
    /// whose content is none.
    fn after(&self, start: usize, from: &str) -> usize {
        let until = |end: &str| match from.find(end) {
            Some(found) => start + found + end.len(),
            None => self.text.len(),
        };
        if from.starts_with("<!--") {
            return until("-->");
        }
        for raw in ["script", "style"] {
            if name(from) == raw && !from.starts_with("</") {
                return until(if raw == "script" {
                    "</script>"
                } else {
                    "</style>"
                });
            }
        }
        until(">")
    }

    fn tag(&mut self, name: &str, closes: bool, start: usize, after: usize) -> Result<(), Failure> {
        match (name, closes) {
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", false) => {
                let level = name
                    .bytes()
                    .last()
                    .map_or(0, |digit| digit.saturating_sub(b'0'));
                self.open(Some(level), after);
            }
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", true) => self.heading(start),
            ("table", false) => self.begin(start)?,
            ("table", true) => {
                self.row_ends(start)?;
                if let Some((table, _)) = self.table.take() {
                    self.out.close(table, after)?;
                }
            }
            ("tr", false) => {
                self.row_ends(start)?;
                if self.table.is_some() {
                    let key = self.out.key("row", Span::between(start, start + 3));
                    let row =
                        Entry::new(Kind::Object, key, false, Span::between(start, start).start);
                    self.row = Some(self.out.open(row));
                }
            }
            ("tr", true) => self.row_ends(start)?,
            ("td" | "th", false) => {
                self.cell(start);
                if self.row.is_some() {
                    self.open(None, after);
                }
            }
            ("td" | "th", true) => self.cell(start),
            ("br", _) => self.words("\n"),
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, start: usize) -> Result<(), Failure> {
        if self.table.is_some() {
            let here = Span::between(start, start + 6);
            return Err(Failure::new(
                here,
                "a table in a table is refused: which cell is whose is not clear",
            ));
        }
        self.words = None;
        let key = self.out.key("table", Span::between(start, start + 6));
        let entry = Entry::new(Kind::Object, key, false, Span::between(start, start).start);
        let table = self.out.open(entry);
        for (_, span, text) in &self.headings {
            let key = self.out.key("heading", *span);
            self.out.string(key, *span, text);
        }
        self.table = Some((table, start));
        Ok(())
    }

    fn open(&mut self, level: Option<u8>, start: usize) {
        self.words = Some(Words {
            level,
            start,
            text: String::new(),
        });
    }

    fn words(&mut self, raw: &str) {
        if let Some(words) = &mut self.words {
            unescape(raw, &mut words.text);
        }
    }

    /// Ends a heading: it stands above what follows, and those of its level and below do no longer.
    fn heading(&mut self, end: usize) {
        let Some(words) = self.words.take() else {
            return;
        };
        if let Some(level) = words.level {
            self.headings.retain(|(other, ..)| *other < level);
            let span = Span::between(words.start, end);
            self.headings
                .push((level, span, words.text.trim().to_owned()));
        }
    }

    /// Ends a cell.
    fn cell(&mut self, end: usize) {
        let Some(words) = self.words.take().filter(|words| words.level.is_none()) else {
            return;
        };
        let span = Span::between(words.start, end);
        let key = self.out.key("cell", span);
        self.out.string(key, span, words.text.trim());
    }

    fn row_ends(&mut self, end: usize) -> Result<(), Failure> {
        self.cell(end);
        match self.row.take() {
            Some(row) => self.out.close(row, end),
            None => Ok(()),
        }
    }
}

/// The name of the element that a tag opens or closes, in lower case; empty for what is no tag.
fn name(tag: &str) -> String {
    let inner = tag.strip_prefix('<').unwrap_or(tag);
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let name = inner.chars().take_while(char::is_ascii_alphanumeric);
    // No element that is looked for has a longer name.
    name.take(8).map(|c| c.to_ascii_lowercase()).collect()
}

/// Appends text with its entities decoded; one that is not known stands as it is written.
fn unescape(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after
            .split_once(';')
            .and_then(|(name, behind)| Some((entity(name)?, behind)));
        match known {
            Some((c, behind)) => {
                out.push(c);
                rest = behind;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Failure, Syntax, Tree};
    use proptest::prelude::*;

    fn read(text: &str) -> Result<Tree, Failure> {
        crate::read(text.as_bytes().to_vec())
    }

    /// Headings and rows of each table.
    fn tables(text: &str) -> Vec<(Vec<String>, Vec<Vec<String>>)> {
        let tree = read(text).unwrap();
        assert_eq!(tree.syntax(), Syntax::Xml);
        let html = tree.roots().next().unwrap().get("html").unwrap();
        let strings = |node: crate::Node<'_>, name: &str| -> Vec<String> {
            let own = node.entries().filter(|(key, _)| key.name() == name);
            own.map(|(_, node)| node.str().unwrap().into_owned())
                .collect()
        };
        html.entries()
            .map(|(_, table)| {
                let rows = table.entries().filter(|(key, _)| key.name() == "row");
                let rows = rows.map(|(_, row)| strings(row, "cell")).collect();
                (strings(table, "heading"), rows)
            })
            .collect()
    }

    #[test]
    fn tables_stand_below_their_headings() {
        let text = "<!DOCTYPE html PUBLIC \"x\">\n<html><head><style>table{}</style></head><body><br>\n\
            <h1 class=\"a\">1 Plans</h1><a name=\"b\"><h2>1.1 <b>A &amp; B</b></h2></a>\
            <table><colgroup><col style=\"x\"></colgroup>\n<tbody>\n\
            <tr><th>Name</th><td>db&nbsp;1<br>db&#50;</td></tr>\n<tr><th>Off<td>\n</table>\
            <script>document.write('<table>')</script><h2>1.2 C</h2><table><tr><td>x</td></tr></table></body></html>";
        assert_eq!(
            tables(text),
            [
                (
                    vec!["1 Plans".to_owned(), "1.1 A & B".to_owned()],
                    vec![
                        vec!["Name".to_owned(), "db 1\ndb2".to_owned()],
                        vec!["Off".to_owned(), String::new()],
                    ]
                ),
                (
                    vec!["1 Plans".to_owned(), "1.2 C".to_owned()],
                    vec![vec!["x".to_owned()]]
                ),
            ]
        );
    }

    #[test]
    fn a_cell_points_at_its_text() {
        let text = "<html><table><tr><td>a &lt; b</td></tr></table></html>";
        let tree = read(text).unwrap();
        let html = tree.roots().next().unwrap().get("html").unwrap();
        let cell = html
            .get("table")
            .unwrap()
            .get("row")
            .unwrap()
            .get("cell")
            .unwrap();
        assert_eq!(cell.str().as_deref(), Some("a < b"));
        assert_eq!(cell.span().of(text), "a &lt; b");
    }

    #[test]
    fn what_is_not_clear_is_refused() {
        for text in [
            "<html><table><tr><td><table></table></td></tr></table></html>",
            "<!doctype HTML><html><table><tr><td>a",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(<(/?(table|tr|td|h1|br|script|!--|x)>?)|&(amp|#6|lt);?|[a-z<>& ]|-->){0,40}") {
            let _ = read(&format!("<html>{text}"));
        }
    }
}
