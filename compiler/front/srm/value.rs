//! Words of the product with a fixed meaning.

use super::address::Of;
use super::reader::Reader;
use crate::ir::recovery::{CalloutKind, Priority, Replication};
use rehome_grammar::de::Spanned;

/// `P1` to `P5` of the REST interface, `highest` to `lowest` of the SOAP interface. Source of `lower`:
/// a sample of an as-built report, which prints what the interface says.
pub(super) fn priority(text: &str) -> Option<Priority> {
    let number = match text.to_ascii_lowercase().as_str() {
        "p1" | "highest" => 1,
        "p2" | "higher" | "high" => 2,
        "p3" | "normal" => 3,
        "p4" | "lower" | "low" => 4,
        "p5" | "lowest" => 5,
        _ => return None,
    };
    Priority::new(number)
}

/// The priority of a machine; the default where it is not known, which is reported.
pub(super) fn priority_of(
    reader: &mut Reader<'_, '_>,
    of: Of<'_>,
    told: Option<&Spanned<String>>,
) -> Priority {
    const TAKEN: &str = "it is taken as priority 3, the default";
    match told {
        Some(text) => priority(&text.value).unwrap_or_else(|| {
            reader.bad_value(of.ident, "priority", of.file, text, TAKEN);
            Priority::DEFAULT
        }),
        None => {
            reader.no_value(of.ident, "priority", TAKEN);
            Priority::DEFAULT
        }
    }
}

/// The final power state of the SOAP interface.
pub(super) fn power_state(
    reader: &mut Reader<'_, '_>,
    of: Of<'_>,
    told: Option<&Spanned<String>>,
) -> bool {
    const TAKEN: &str = "it is taken as a machine that stays off";
    let Some(text) = told else {
        reader.no_value(of.ident, "finalPowerState", TAKEN);
        return false;
    };
    match text.value.to_ascii_lowercase().as_str() {
        "poweredon" => true,
        "poweredoff" => false,
        _ => {
            reader.bad_value(of.ident, "finalPowerState", of.file, text, TAKEN);
            false
        }
    }
}

/// What a callout does.
pub(super) fn callout(text: &str) -> Option<CalloutKind> {
    match text {
        "PROMPT" => Some(CalloutKind::Prompt),
        "RUN_ON_VM" => Some(CalloutKind::InGuest),
        "RUN_ON_SRM_SERVER" => Some(CalloutKind::OnServer),
        _ => None,
    }
}

/// How data travels: words of the REST interface, and of the SOAP interface.
pub(super) fn replication(text: &str) -> Option<Replication> {
    match text {
        "ABR" | "san" => Some(Replication::Array),
        "HBR" | "vr" => Some(Replication::Host),
        "VVOL" | "vvol" => Some(Replication::VirtualVolumes),
        "VSAN" => Some(Replication::Vsan),
        // The product says so itself.
        "UNKNOWN" => Some(Replication::Unknown(text.to_owned())),
        _ => None,
    }
}

/// The priority that a step with this title powers on: `Power on priority 2 VMs`.
pub(super) fn powers_on(title: &str) -> Option<Priority> {
    let title = title.trim().to_ascii_lowercase();
    let rest = title.strip_prefix("power on priority ")?;
    let (number, rest) = rest.split_at_checked(1)?;
    let ends = rest
        .chars()
        .next()
        .is_none_or(|next| !next.is_alphanumeric());
    ends.then(|| number.parse().ok().and_then(Priority::new))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_priorities_mean_the_same() {
        let pairs = [
            ("P1", "highest"),
            ("P2", "higher"),
            ("P3", "normal"),
            ("P4", "lower"),
            ("P5", "lowest"),
        ];
        for (number, (rest, soap)) in (1..).zip(pairs) {
            assert_eq!(priority(rest), Priority::new(number));
            assert_eq!(priority(soap), Priority::new(number));
        }
        assert_eq!(priority("Normal"), Some(Priority::DEFAULT));
        for wrong in ["P0", "P6", "", "medium", "string"] {
            assert_eq!(priority(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn titles_name_the_priority() {
        assert_eq!(powers_on("Power on priority 4 VMs"), Priority::new(4));
        assert_eq!(powers_on("Power On Priority 5 VMs"), Priority::new(5));
        assert_eq!(powers_on("Power on priority 1"), Priority::new(1));
        for other in [
            "Power on priority 6 VMs",
            "Power on priority 10 VMs",
            "Power on priority VMs",
            "Shut down VMs at protected site",
        ] {
            assert_eq!(powers_on(other), None, "{other}");
        }
    }
}
