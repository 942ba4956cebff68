//! What became of one construct, until it is settled.

use crate::legal::{Case, Construct, Ledger, Legality, Lowered};

/// The losses of one construct as they are found.
#[derive(Debug)]
pub struct Account {
    lowered: Lowered<()>,
}

impl Account {
    /// An account that opens with the answer about the construct itself.
    pub fn open(legality: Legality, case: impl FnOnce() -> Case) -> Self {
        Self {
            lowered: legality.lower(case, || ()),
        }
    }

    /// Adds a loss of the construct: an illegal use drops it.
    pub fn note(&mut self, legality: Legality, case: impl FnOnce() -> Case) {
        self.add(|lowered| lowered.zip(legality.lower(case, || ())).map(|_| ()));
    }

    /// Adds a loss of a part: an illegal part is left out, and the construct stays.
    pub fn note_part(&mut self, legality: Legality, case: impl FnOnce() -> Case) {
        self.add(|lowered| {
            let part = Lowered::those_left([legality.lower(case, || ())]);
            lowered.zip(part).map(|_| ())
        });
    }

    fn add(&mut self, with: impl FnOnce(Lowered<()>) -> Lowered<()>) {
        let none: [Lowered<()>; 0] = [];
        let open = std::mem::replace(&mut self.lowered, Lowered::those_left(none).map(|_| ()));
        self.lowered = with(open);
    }

    /// Whether the construct is still there.
    #[must_use]
    pub const fn stands(&self) -> bool {
        self.lowered.stands()
    }

    /// Closes the account; whether the construct is still there.
    pub fn settle(self, construct: Construct, ledger: &mut Ledger) -> bool {
        self.lowered.settle(construct, ledger).is_some()
    }
}
