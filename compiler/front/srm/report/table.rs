//! The tables of a report, and the values that its cells hold.

use rehome_grammar::{Node, Span, Tree};

/// A cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// Its text; empty where the report writes that there is none.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A table below its headings.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// The headings above it without their numbers, outermost first.
    pub headings: Vec<String>,
    /// Its rows.
    pub rows: Vec<Vec<Cell>>,
    /// Where it stands.
    pub span: Span,
}

/// An object of a report: what each column or key says of it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// The columns or keys with their cells.
    pub cells: Vec<(String, Cell)>,
    /// Where it stands.
    pub span: Span,
}

impl Record {
    /// The cell of a column, where it says something.
    pub(super) fn get(&self, column: &str) -> Option<&Cell> {
        let cell = self.cells.iter().find(|(name, _)| name == column);
        cell.map(|(_, cell)| cell)
            .filter(|cell| !cell.text.is_empty())
    }

    /// Whether it has a column.
    pub(super) fn has(&self, column: &str) -> bool {
        self.cells.iter().any(|(name, _)| name == column)
    }

    /// The text of a column; empty where it says nothing.
    pub(super) fn text(&self, column: &str) -> &str {
        self.get(column).map_or("", |cell| cell.text.as_str())
    }
}

impl Table {
    /// Its records, where it is a table of these columns: a column each, or a line each when the table
    /// tells one object alone.
    pub(super) fn records(&self, first: &[&str]) -> Option<Vec<Record>> {
        let (head, rows) = self.rows.split_first()?;
        let starts = |cells: &mut dyn Iterator<Item = &Cell>| {
            let mut names = first.iter();
            names.all(|name| cells.next().is_some_and(|cell| cell.text == *name))
        };
        if starts(&mut head.iter()) {
            let record = |row: &Vec<Cell>| {
                let cells = head.iter().zip(row);
                Record {
                    cells: cells
                        .map(|(name, cell)| (name.text.clone(), cell.clone()))
                        .collect(),
                    span: row.first().map_or(self.span, |cell| cell.span),
                }
            };
            return Some(rows.iter().map(record).collect());
        }
        if !starts(&mut self.rows.iter().filter_map(|row| row.first())) {
            return None;
        }
        let cells = self.rows.iter().filter_map(|row| match row.as_slice() {
            [name, cell] => Some((name.text.clone(), cell.clone())),
            _ => None,
        });
        Some(vec![Record {
            cells: cells.collect(),
            span: self.span,
        }])
    }

    /// The plan whose machines the table tells: the heading below that of the settings.
    pub(super) fn plan(&self) -> Option<&str> {
        const SETTINGS: &str = "Virtual Machine Recovery Settings";
        let mut headings = self.headings.iter();
        let above = headings.find(|heading| heading.starts_with(SETTINGS))?;
        let plan = headings.next()?;
        // Before release 0.4 of the report both headings said more.
        let short = plan.strip_suffix(" VM Recovery Settings");
        Some(match short.filter(|_| above.ends_with(" Summary")) {
            Some(short) => short,
            None => plan,
        })
    }
}

/// The tables of an HTML document, in order; none for another file.
pub(super) fn tables(tree: &Tree) -> Vec<Table> {
    let html = tree.roots().next().and_then(|root| root.get("html"));
    let tables = html.iter().flat_map(|html| html.entries());
    tables.map(|(_, node)| table(node)).collect()
}

fn table(node: Node<'_>) -> Table {
    let mut table = Table {
        headings: Vec::new(),
        rows: Vec::new(),
        span: node.span(),
    };
    for (key, part) in node.entries() {
        if key.name() == "heading" {
            let heading = part.str().unwrap_or_default();
            table.headings.push(unnumbered(&heading).to_owned());
        } else {
            let cells = part.entries().map(|(_, cell)| Cell {
                text: told(&cell.str().unwrap_or_default()),
                span: cell.span(),
            });
            table.rows.push(cells.collect());
        }
    }
    table
}

/// A text; the report writes dashes where there is none.
fn told(text: &str) -> String {
    let text = text.trim();
    if text.chars().all(|c| c == '-') {
        String::new()
    } else {
        text.to_owned()
    }
}

/// A heading without its number: `1.8.1.1 ERP` is `ERP`.
fn unnumbered(heading: &str) -> &str {
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    match heading.split_once(' ') {
        Some((number, rest)) if number.chars().all(digits) => rest.trim(),
        Some(_) | None => heading,
    }
}
