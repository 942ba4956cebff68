//! Exports that are known and cannot be read safely, and the command to run instead.

use super::gaps;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::source::Origin;
use rehome_grammar::Span;

/// Why a form is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// A Terraform state of a version before 4.
    OldState,
    /// A bare list of names.
    Names,
    /// A table that PowerShell wrote without the members.
    LostMembers,
    /// What pyVmomi prints for people.
    PyVmomiText,
}

impl Refusal {
    /// What the form is and why it cannot be read.
    const fn why(self) -> &'static str {
        match self {
            Self::OldState => "a Terraform state of another version than 4",
            Self::Names => "a bare list of names: it does not say of what",
            Self::LostMembers => {
                "a table in which PowerShell wrote `System.String[]` for the members of rules and groups"
            }
            Self::PyVmomiText => "a configuration as pyVmomi prints it for people",
        }
    }

    /// Reports the whole file.
    pub(super) fn report(self, export: &Export<'_>, findings: &mut Findings) {
        let origin = Origin {
            file: export.file,
            span: Span::new(0, 0),
        };
        let message = format!("`{}` is {}", export.source.name, self.why());
        findings.push(
            Finding::new(&codes::read::REFUSED_FORM, Domain::Placement, message)
                .at(origin, export.source.name.clone())
                .remedy(match self {
                    Self::OldState => {
                        "run `terraform state pull` with Terraform 0.12 or newer and give rehome its output"
                            .to_owned()
                    }
                    Self::Names | Self::LostMembers | Self::PyVmomiText => gaps::command(None),
                }),
        );
    }
}
