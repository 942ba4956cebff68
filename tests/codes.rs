//! The registry as a whole: a code that goes away or changes its meaning shows in review.

use rehome::finding::{Effect, codes};
use rehome::report::page;
use std::collections::BTreeMap;

#[test]
fn every_code_is_in_the_list_of_its_stage() {
    let listed: usize = page::STAGES
        .iter()
        .map(|(letter, _)| page::of_stage(*letter).len())
        .sum();
    assert_eq!(listed, codes::all().count());
}

#[test]
fn summaries_and_remedies_are_sentences_without_a_capital_or_a_full_stop() {
    for code in codes::all() {
        for heading in code.page().lines().filter(|line| line.starts_with("# ")) {
            let known = [
                "# What happened",
                "# What it means",
                "# What to do",
                "# Example",
            ];
            assert!(
                known.contains(&heading),
                "{}: `{heading}` would not be in the book",
                code.id
            );
        }
        for (what, text) in [
            ("summary", code.summary.to_owned()),
            ("remedy", code.remedy()),
        ] {
            let first = text.chars().next().unwrap();
            let word: String = text.chars().take_while(|c| !c.is_whitespace()).collect();
            // Names such as `NSX` keep their capitals.
            let name = word.chars().filter(|c| c.is_uppercase()).count() > 1;
            assert!(
                name || !first.is_uppercase(),
                "{}: {what} `{text}`",
                code.id
            );
            assert!(!text.ends_with('.'), "{}: {what} `{text}`", code.id);
            assert!(!text.contains('\n'), "{}: {what} `{text}`", code.id);
        }
    }
}

#[test]
fn the_first_digit_is_the_domain_of_a_loss() {
    for code in codes::all() {
        let digit = code.id.chars().nth(1).unwrap();
        assert!(('0'..='3').contains(&digit), "{}", code.id);
    }
}

#[test]
fn no_loss_preserves() {
    for code in codes::all().filter(|code| code.id.starts_with('L')) {
        assert_ne!(code.effect, Effect::PRESERVES, "{}", code.id);
    }
}

#[test]
fn no_page_is_a_copy_of_another() {
    let mut pages = BTreeMap::new();
    for code in codes::all() {
        if let Some(other) = pages.insert(code.section("What happened"), code.id) {
            panic!("{} and {other} say the same", code.id);
        }
    }
}
