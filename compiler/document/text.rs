//! Sets as people write them.

use crate::ir::set::{PortSet, ports_text};
use rehome_grammar::text::{TextError, port_ranges};

/// No port at all; an empty text would read as a mistake.
const NONE: &str = "none";

/// Ports as text: `80, 8000-8010`, `any`, `none`.
#[must_use]
pub fn ports(ports: &PortSet) -> String {
    if ports.is_empty() {
        NONE.to_owned()
    } else {
        ports_text(ports)
    }
}

/// The ports of a text.
///
/// # Errors
/// Where it is no list of ports.
pub fn read_ports(text: &str) -> Result<PortSet, TextError> {
    match text {
        "any" => Ok(PortSet::full()),
        NONE => Ok(PortSet::empty()),
        list => {
            let ranges = port_ranges(list)?;
            let ranges = ranges.iter().map(|range| (range.first, range.last));
            Ok(PortSet::from_ranges(ranges))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ports_come_back(ranges in prop::collection::vec((any::<u16>(), any::<u16>()), 0..4)) {
            let set = PortSet::from_ranges(ranges);
            prop_assert_eq!(read_ports(&ports(&set)), Ok(set));
        }
    }

    #[test]
    fn a_text_that_is_no_list_is_a_mistake() {
        for text in ["", "80,", "ANY", "http", "90-80", "65536", "-1"] {
            assert!(read_ports(text).is_err(), "{text}");
        }
    }
}
