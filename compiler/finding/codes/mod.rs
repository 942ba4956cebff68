//! The registry: every code there is, one file a stage and domain.

pub mod accept;
pub mod check;
pub mod check_network;
pub mod check_placement;
pub mod check_recovery;
pub mod emit;
pub mod fault;
pub mod link;
pub mod loss_flex;
pub mod loss_network;
pub mod loss_placement;
pub mod loss_recovery;
pub mod mapping;
pub mod read;
pub mod read_network;
pub mod read_placement;
pub mod read_recovery;
pub mod syntax;
pub mod verify;

use super::Code;

/// Every code, in the order of the stages.
pub fn all() -> impl Iterator<Item = &'static Code> {
    [
        syntax::ALL,
        read::ALL,
        accept::ALL,
        mapping::ALL,
        read_network::ALL,
        read_placement::ALL,
        read_recovery::ALL,
        link::ALL,
        check::ALL,
        check_network::ALL,
        check_placement::ALL,
        check_recovery::ALL,
        loss_network::ALL,
        loss_flex::ALL,
        loss_placement::ALL,
        loss_recovery::ALL,
        emit::ALL,
        verify::ALL,
        fault::ALL,
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// The code of that id or name, in any case.
#[must_use]
pub fn find(text: &str) -> Option<&'static Code> {
    all().find(|code| code.id.eq_ignore_ascii_case(text) || code.name.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn ids_and_names_are_unique_and_well_formed() {
        let mut ids = BTreeSet::new();
        let mut names = BTreeSet::new();
        for code in all() {
            assert!(ids.insert(code.id), "{} is declared twice", code.id);
            assert!(names.insert(code.name), "{} is declared twice", code.name);
            let (letter, number) = code.id.split_at(1);
            assert!("SRNCLEVX".contains(letter), "{}: unknown stage", code.id);
            assert!(
                number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()),
                "{}",
                code.id
            );
            assert!(
                code.name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            );
        }
    }

    #[test]
    fn every_page_has_its_sections() {
        for code in all() {
            for heading in ["What happened", "What it means", "What to do", "Example"] {
                assert!(
                    !code.section(heading).is_empty(),
                    "{} lacks `# {heading}`",
                    code.id
                );
            }
        }
    }
}
