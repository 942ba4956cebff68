//! What a code is, and the macro that declares one.

use super::Effect;

/// One kind of finding. A number that was released is never used again.
///
/// The first letter is the stage: `S` syntax, `R` reading, `N` names and links, `C` checks,
/// `L` losses, `E` emission limits, `V` verification, `X` faults of this program. The first digit is
/// the domain: 0 common, 1 network, 2 placement, 3 recovery.
#[derive(Debug)]
pub struct Code {
    /// `L1007`.
    pub id: &'static str,
    /// `member-by-os-name`.
    pub name: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    /// The effect unless the case says otherwise.
    pub effect: Effect,
    /// The page: the declaration's doc comment, in Markdown with the headings
    /// `# What happened`, `# What it means`, `# What to do`, `# Example`.
    pub doc: &'static str,
}

impl Code {
    /// The page as Markdown, without the margin of the doc comment.
    #[must_use]
    pub fn page(&self) -> String {
        let lines: Vec<&str> = self
            .doc
            .lines()
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect();
        lines.join("\n").trim().to_owned()
    }

    /// A section of the page by its heading, without the heading; empty when there is none.
    #[must_use]
    pub fn section(&self, heading: &str) -> String {
        let page = self.page();
        let mut lines = page
            .lines()
            .skip_while(|line| line.strip_prefix("# ") != Some(heading));
        let body: Vec<&str> = lines
            .by_ref()
            .skip(1)
            .take_while(|line| !line.starts_with("# "))
            .collect();
        body.join("\n").trim().to_owned()
    }

    /// The general advice: the section *What to do*, on one line.
    #[must_use]
    pub fn remedy(&self) -> String {
        self.section("What to do")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Code {}

/// Declares codes. The doc comment is the page in the book and the answer of `rehome explain`; a
/// code without one does not compile.
///
/// ```text
/// codes! {
///     /// # What happened
///     /// ...
///     MEMBER_BY_OS_NAME = "L1007", "member-by-os-name", "a member is selected by its OS name", Effect::NARROWS;
/// }
/// ```
macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $konst:ident = $id:literal, $name:literal, $summary:literal, $effect:expr;)*) => {
        $(
            $(#[doc = $doc])+
            pub static $konst: $crate::finding::Code = $crate::finding::Code {
                id: $id,
                name: $name,
                summary: $summary,
                effect: $effect,
                doc: concat!($($doc, "\n",)+),
            };
        )*
        /// The codes declared here, in order.
        pub static ALL: &[&$crate::finding::Code] = &[$(&$konst,)*];
    };
}
pub(crate) use codes;
