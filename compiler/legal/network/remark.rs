//! What the table must be asked about a selector.

use super::tag::TagKey;
use crate::ir::selector::{Condition, Key, Of, Selector};
use crate::ir::{Link, Linked};
use crate::legal::table::network::{Reading, Use};
use crate::source::Origin;

/// Something about a selector that the table must be asked about.
#[derive(Clone, Debug)]
pub struct Remark {
    /// The use, by reading.
    pub what: Mention,
    /// The thing in words: `criterion on the operating system`.
    pub text: String,
    /// Where it stands.
    pub origin: Option<Origin>,
}

impl Remark {
    /// Where that stands which is not known, and because of which the construct loses something.
    #[must_use]
    pub fn cause(&self) -> Option<Origin> {
        match self.what {
            Mention::Unknown | Mention::UnreadKey => self.origin,
            Mention::Plain(_) | Mention::UnknownAddresses | Mention::SplitMachine => None,
        }
    }
}

/// The uses a selector can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mention {
    /// A use that is answered the same in every reading.
    Plain(Use),
    /// Members that are not known.
    Unknown,
    /// Addresses of machines that are not known.
    UnknownAddresses,
    /// A machine meant by some of its addresses.
    SplitMachine,
    /// An unread key.
    UnreadKey,
}

impl Mention {
    /// The use that the table answers for.
    #[must_use]
    pub const fn used(self, reading: Reading) -> Use {
        match self {
            Self::Plain(what) => what,
            Self::Unknown => Use::MemberUnknown(reading),
            Self::UnknownAddresses => Use::AddressesUnknown(reading),
            Self::SplitMachine => Use::SplitMachine(reading),
            Self::UnreadKey => Use::UnreadKey(reading),
        }
    }
}

/// What the table must be asked about a selector that is frozen.
pub(super) fn describe(selector: &Selector<Linked>, remarks: &mut Vec<Remark>) {
    let mut add = |what, text: String, origin| {
        remarks.push(Remark { what, text, origin });
    };
    match selector {
        Selector::Nothing => {}
        Selector::All(parts) => {
            add(
                Mention::Plain(Use::Conjunction),
                "several conditions at once".to_owned(),
                None,
            );
            parts.iter().for_each(|part| describe(part, remarks));
        }
        Selector::AnyOf(parts) => parts.iter().for_each(|part| describe(part, remarks)),
        Selector::Not(inner) => {
            add(
                Mention::Plain(Use::Negated),
                "negated condition".to_owned(),
                None,
            );
            describe(inner, remarks);
        }
        Selector::Match(condition) => {
            let (what, text) = condition_use(condition);
            add(what, text, Some(condition.origin));
        }
        Selector::Addresses(set, origin) => add(
            Mention::Plain(Use::Addresses(set.len())),
            "addresses".to_owned(),
            Some(*origin),
        ),
        Selector::Group(Link::Found(_, origin)) => add(
            Mention::Plain(Use::Nested),
            "nested group".to_owned(),
            Some(*origin),
        ),
        Selector::Vm(Link::Found(_, origin)) => add(
            Mention::Plain(Use::MemberByReference),
            "machine by reference".to_owned(),
            Some(*origin),
        ),
        Selector::Segment(Link::Found(_, origin)) => add(
            Mention::Plain(Use::MemberByNetwork),
            "machines of a network".to_owned(),
            Some(*origin),
        ),
        Selector::Group(Link::Missing(name)) => add(
            Mention::Unknown,
            format!("group `{}`", name.text),
            Some(name.origin),
        ),
        Selector::Vm(Link::Missing(name)) => add(
            Mention::Unknown,
            format!("machine `{}`", name.text),
            Some(name.origin),
        ),
        Selector::Segment(Link::Missing(name)) => add(
            Mention::Unknown,
            format!("network `{}`", name.text),
            Some(name.origin),
        ),
        Selector::Opaque(opaque) => add(
            Mention::Unknown,
            format!("{} `{}`", opaque.what, opaque.text),
            Some(opaque.origin),
        ),
    }
}

fn condition_use(condition: &Condition) -> (Mention, String) {
    let Condition {
        of,
        key,
        operator,
        value,
        origin: _,
    } = condition;
    match (of, key) {
        (Of::Vm, Key::Tag(_)) => {
            let what = if TagKey::of(condition).is_some() {
                Use::MemberByTag
            } else {
                Use::MemberByTagPattern
            };
            (Mention::Plain(what), format!("tags like `{value}`"))
        }
        (Of::Vm, Key::Name) => (
            Mention::Plain(Use::MemberByName(*operator)),
            format!("names like `{value}`"),
        ),
        (Of::Vm, Key::OsName) => (
            Mention::Plain(Use::MemberByOsName),
            format!("operating systems like `{value}`"),
        ),
        (Of::Vm, Key::ComputerName) => (
            Mention::Plain(Use::MemberByOsName),
            format!("guest host names like `{value}`"),
        ),
        (Of::Segment, Key::Tag(_) | Key::Name) => (
            Mention::Plain(Use::MemberByNetwork),
            format!("networks like `{value}`"),
        ),
        (Of::Segment, Key::OsName | Key::ComputerName) | (Of::SegmentPort, _) => {
            (Mention::Unknown, format!("network ports like `{value}`"))
        }
    }
}
