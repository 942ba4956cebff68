//! The page of a code: for `rehome explain` and for the book.

use super::summary::{effect_name, level_name};
use crate::finding::{Code, codes};

/// The stages, by the letter of their codes.
pub const STAGES: [(char, &str); 8] = [
    ('S', "Syntax"),
    ('R', "Reading"),
    ('N', "Names and links"),
    ('C', "Checks"),
    ('L', "Losses"),
    ('E', "Emission limits"),
    ('V', "Verification"),
    ('X', "Faults of rehome"),
];

/// The codes of a stage, in the order of their numbers.
#[must_use]
pub fn of_stage(letter: char) -> Vec<&'static Code> {
    let mut codes: Vec<&Code> = codes::all()
        .filter(|code| code.id.starts_with(letter))
        .collect();
    codes.sort_by_key(|code| code.id);
    codes
}

/// What the code changes by itself: `broadens (error)`.
#[must_use]
pub fn effect(code: &Code) -> String {
    format!(
        "{} ({})",
        effect_name(code.effect),
        level_name(code.effect.level())
    )
}

/// The page in the book.
#[must_use]
pub fn markdown(code: &Code) -> String {
    let mut out = format!(
        "# {} {}\n\n{}.\n\nEffect unless the case says otherwise: {}.\n",
        code.id,
        code.name,
        sentence(code.summary),
        effect(code),
    );
    for heading in HEADINGS {
        let text = match heading {
            "What to do" => sentence(&code.remedy()) + ".",
            _ => code.section(heading),
        };
        out.push_str(&format!("\n## {heading}\n\n{text}\n"));
    }
    out
}

/// The headings of a page, in order.
const HEADINGS: [&str; 4] = ["What happened", "What it means", "What to do", "Example"];

/// A line with a capital.
#[must_use]
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

/// The list of all codes in the book.
#[must_use]
pub fn index() -> String {
    let mut out = String::from(
        "# Codes\n\n\
         <!-- Generated from the registry; `cargo bless` rewrites it. -->\n\n\
         Every finding has a code. A number that was released is never used for anything else. The\n\
         letter is the stage, the first digit the domain: 0 common, 1 network, 2 placement, 3 recovery.\n\n\
         Each page shows an export that raises the code, what is said about it and what is emitted, and a\n\
         near miss that does not raise it. They stand in `examples/codes`.\n",
    );
    for (letter, stage) in STAGES {
        let codes = of_stage(letter);
        if codes.is_empty() {
            continue;
        }
        out.push_str(&format!(
            "\n## {letter}: {stage}\n\n| code | name | what it says | effect |\n|---|---|---|---|\n"
        ));
        for code in codes {
            out.push_str(&format!(
                "| [{id}]({id}.md) | {} | {} | {} |\n",
                code.name,
                code.summary,
                effect(code),
                id = code.id,
            ));
        }
    }
    out
}
