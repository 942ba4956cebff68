//! A few lines of an export around a place, cropped so that any file can be shown.
//!
//! A minified export is one line of many megabytes, and names in it can hold anything. So lines
//! that are too long are cut around the place, and characters that would steer a terminal are
//! replaced.

use crate::back::inert::hides;
use crate::source::{Origin, Sources, Text};
use rehome_grammar::{Node, Span};

/// The longest line on a page that can scroll, in bytes.
pub const PAGE: usize = 180;
/// The longest piece that is marked, in bytes.
const MARK: usize = 60;

/// Lines of a file with one place marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// `nsx/groups.json:14:7 /results/3`: the place of the whole object.
    pub header: String,
    /// The number of the first line, from 1.
    pub line: u32,
    /// The lines, ready to be printed.
    pub text: String,
    /// The marked bytes of `text`.
    pub mark: (usize, usize),
    /// Whether the marked bytes say the name of the object.
    pub named: bool,
}

impl Excerpt {
    /// The lines around an origin, none longer than `width`; the object's name is marked where it
    /// stands in the object.
    #[must_use]
    pub fn new(origin: Origin, name: &str, sources: &Sources, width: usize) -> Option<Self> {
        let text = sources.text(origin.file)?;
        let focus = focus(&text, origin.span, name);
        let line = text.place(focus.start).line;
        let (start, whole) = text.line(line)?;
        let from = (focus.start.saturating_sub(start) as usize).min(whole.len());
        let to = (focus.end.saturating_sub(start) as usize).clamp(from, whole.len());
        let above = line.checked_sub(1).and_then(|above| near(&text, above));
        let below = near(&text, line + 1);
        // What all lines are indented by says nothing. The mark itself may begin with blanks.
        let lines = [above, Some(whole), below];
        let indents = lines.iter().flatten().map(|line| indent(line)).min();
        let cut = indents.unwrap_or(0).min(from);
        let undented = |line: &'_ str| line.get(cut..).unwrap_or_default().to_owned();
        let mut shown = String::new();
        if let Some(above) = above {
            shown.push_str(&head(&undented(above), width));
            shown.push('\n');
        }
        let whole = undented(whole);
        let (from, to) = marked(&whole, from - cut, to - cut, width);
        let mark = crop(&mut shown, &whole, (from, to), width);
        if let Some(below) = below {
            shown.push('\n');
            shown.push_str(&head(&undented(below), width));
        }
        Some(Self {
            header: header(&text, origin.span, width),
            line: line - u32::from(above.is_some()),
            named: shown
                .get(mark.0..mark.1)
                .is_some_and(|marked| marked.contains(name)),
            text: shown,
            mark,
        })
    }
}

impl Excerpt {
    /// The lines with numbers, and carets below the mark, as plain text.
    #[must_use]
    pub fn marked(&self) -> String {
        let mut out = format!("  at {}\n", self.header);
        let mut start = 0;
        for (line, number) in self.text.split('\n').zip(self.line..) {
            out.push_str(&format!("  {number:>4} | {line}\n"));
            let end = start + line.len();
            if (start..=end).contains(&self.mark.0) {
                let before = self.text.get(start..self.mark.0).unwrap_or_default();
                let marked = self.text.get(self.mark.0..self.mark.1).unwrap_or_default();
                let blank = " ".repeat(before.chars().count());
                let carets = "^".repeat(marked.chars().count().max(1));
                out.push_str(&format!("       | {blank}{carets}\n"));
            }
            start = end + 1;
        }
        out
    }
}

/// `file:line:column pointer`; a pointer that has no room loses its beginning.
fn header(text: &Text<'_>, span: Span, width: usize) -> String {
    let place = text.place(span.start);
    let mut header = format!("{}:{}:{}", text.name, place.line, place.column);
    let pointer = clean(&text.pointer(span));
    if pointer.is_empty() {
        return clean(&header);
    }
    header.push(' ');
    let length = pointer.chars().count();
    let room = width.saturating_sub(header.chars().count()).max(20);
    if length <= room {
        header.push_str(&pointer);
    } else {
        let tail = pointer.chars().skip(length - (room - 1));
        header.push('…');
        header.extend(tail);
    }
    clean(&header)
}

/// A neighbouring line, if it says something and is no export on one line.
fn near<'t>(text: &Text<'t>, line: u32) -> Option<&'t str> {
    let (_, line) = text.line(line)?;
    (line.len() <= PAGE && !line.trim().is_empty()).then_some(line)
}

/// The blanks that a line begins with.
fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// The beginning of a line, as much as has room.
fn head(line: &str, width: usize) -> String {
    if line.len() <= width {
        return clean(line);
    }
    let end = line.floor_char_boundary(width.saturating_sub(1));
    clean(line.get(..end).unwrap_or_default()) + "…"
}

/// What to mark of a span: the value in it that says the name, if the span is an object.
fn focus(text: &Text<'_>, span: Span, name: &str) -> Span {
    let small = (span.end.saturating_sub(span.start) as usize) <= MARK;
    let node = text.tree().and_then(|tree| tree.node_at(span.start));
    match node {
        Some(node) if !small => naming(node, name).unwrap_or(span),
        _ => span,
    }
}

fn naming(node: Node<'_>, name: &str) -> Option<Span> {
    let mut entries = node.entries();
    let (_, value) = entries.find(|(_, value)| value.str().is_some_and(|text| text == name))?;
    Some(value.span())
}

/// The part of a mark that is shown: not more than [`MARK`] bytes, with room around it, on
/// character boundaries.
fn marked(line: &str, from: usize, to: usize, width: usize) -> (usize, usize) {
    let from = line.floor_char_boundary(from);
    let most = MARK.min(width.saturating_sub(10));
    let to = line.ceil_char_boundary(to.min(from + most));
    (from, to)
}

/// Adds a line to `shown`, cut around the mark where it is too long; gives the mark's new place.
fn crop(
    shown: &mut String,
    line: &str,
    (from, to): (usize, usize),
    width: usize,
) -> (usize, usize) {
    let around = width.saturating_sub(to - from + 2) / 2;
    let (left, right) = if line.len() <= width {
        (0, line.len())
    } else {
        // Where one side of the mark is short, the other has its room.
        let left = from.saturating_sub(around + around.saturating_sub(line.len() - to));
        let right = (to + around + around.saturating_sub(from)).min(line.len());
        (
            line.floor_char_boundary(left),
            line.ceil_char_boundary(right),
        )
    };
    if left > 0 {
        shown.push('…');
    }
    shown.push_str(&clean(line.get(left..from).unwrap_or_default()));
    let start = shown.len();
    shown.push_str(&clean(line.get(from..to).unwrap_or_default()));
    if to == line.len() && from == to {
        // Something to mark where the text ends.
        shown.push(' ');
    }
    let end = shown.len();
    shown.push_str(&clean(line.get(to..right).unwrap_or_default()));
    if right < line.len() {
        shown.push('…');
    }
    (start, end)
}

/// Text of an export made fit for a terminal: no character that moves the cursor, sets a colour or
/// turns the direction of reading. Tabs become spaces.
#[must_use]
pub fn clean(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => ' ',
            c if hides(c) => '\u{FFFD}',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn excerpt(text: &str, start: usize, end: usize, name: &str) -> Excerpt {
        let mut sources = Sources::default();
        let tree = rehome_grammar::read(text.as_bytes().to_vec()).unwrap();
        let file = sources.add("a.json".to_owned(), PathBuf::from("a.json"), tree);
        let span = Span::new(u32::try_from(start).unwrap(), u32::try_from(end).unwrap());
        Excerpt::new(Origin { file, span }, name, &sources, 72).unwrap()
    }

    fn marked_text(excerpt: &Excerpt) -> &str {
        excerpt.text.get(excerpt.mark.0..excerpt.mark.1).unwrap()
    }

    #[test]
    fn the_name_in_an_object_is_marked_and_the_header_says_where_the_object_is() {
        let text = "[\n {\n  \"id\": \"g1\",\n  \"display_name\": \"web\",\n  \"x\": \"a long text that makes the object longer than a mark can be\"\n }\n]";
        let excerpt = excerpt(text, 3, text.len() - 2, "web");
        assert_eq!(excerpt.header, "a.json:2:2 /0");
        assert_eq!(marked_text(&excerpt), "\"web\"");
        assert_eq!(excerpt.line, 3);
        assert!(excerpt.named);
        assert_eq!(excerpt.text.lines().count(), 3);
    }

    #[test]
    fn a_long_line_is_cut_on_characters() {
        let long = "ä".repeat(50_000);
        let text = format!("{{\"a\": \"{long}\", \"bad\": 1, \"c\": \"{long}\"}}");
        let at = text.find("\"bad\"").unwrap();
        let excerpt = excerpt(&text, at, at + 5, "bad");
        assert_eq!(marked_text(&excerpt), "\"bad\"");
        assert!(excerpt.text.len() < 72 + 8, "{}", excerpt.text.len());
        assert!(excerpt.text.starts_with('…') && excerpt.text.ends_with('…'));
        assert_eq!(excerpt.line, 1);
        // `{"a": "` and the closing quote, comma and space surround the letters.
        assert!(
            excerpt.header.starts_with("a.json:1:50011 /bad"),
            "{}",
            excerpt.header
        );
    }

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(
            clean("a\u{1b}[31mb\u{202e}c\td"),
            "a\u{fffd}[31mb\u{fffd}c d"
        );
    }

    #[test]
    fn an_empty_file_and_the_end_of_a_file_can_be_shown() {
        let mut sources = Sources::default();
        let file = sources.add_text("e".to_owned(), PathBuf::from("e"), String::new());
        let span = Span::new(0, 0);
        assert!(Excerpt::new(Origin { file, span }, "", &sources, 72).is_some());
        let file = sources.add_text("f".to_owned(), PathBuf::from("f"), "{\n".to_owned());
        let span = Span::new(2, 2);
        let excerpt = Excerpt::new(Origin { file, span }, "", &sources, 72).unwrap();
        assert_eq!(excerpt.line, 1);
        let span = Span::new(90, 99);
        assert!(Excerpt::new(Origin { file, span }, "", &sources, 72).is_some());
    }
}
