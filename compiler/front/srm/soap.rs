//! Recovery settings as the SOAP interface shapes them: what people get who pipe its objects to JSON.
//!
//! The shape tells nothing about addresses, so a machine that is told this way alone lacks them.

use super::address::Of;
use super::reader::Reader;
use super::value;
use crate::ir::inventory::Vm;
use crate::ir::recovery::{Callout, CalloutKind, Priority, Shutdown};
use crate::ir::{Ident, Name, Named};
use crate::source::Origin;
use rehome_grammar::Node;
use rehome_grammar::de::{Many, Spanned};
use serde::Deserialize;

/// Keys as the interface writes them, and as `PowerShell` does.
#[derive(Debug, Deserialize)]
pub(super) struct SrmRecoverySettings {
    #[serde(rename = "recoveryPriority", alias = "RecoveryPriority")]
    priority: Option<Spanned<String>>,
    #[serde(rename = "finalPowerState", alias = "FinalPowerState")]
    power: Option<Spanned<String>>,
    #[serde(default, rename = "dependentVmIds", alias = "DependentVmIds")]
    depends_on: Many<Spanned<String>>,
    #[serde(default, rename = "prePowerOnCallouts", alias = "PrePowerOnCallouts")]
    before: Many<Spanned<SrmCallout>>,
    #[serde(default, rename = "postPowerOnCallouts", alias = "PostPowerOnCallouts")]
    after: Many<Spanned<SrmCallout>>,
    #[serde(rename = "powerOnTimeoutSeconds", alias = "PowerOnTimeoutSeconds")]
    tools: Option<u32>,
    #[serde(rename = "powerOnDelaySeconds", alias = "PowerOnDelaySeconds")]
    delay: Option<u32>,
    #[serde(rename = "powerOffTimeoutSeconds", alias = "PowerOffTimeoutSeconds")]
    shutdown: Option<u32>,
    #[serde(rename = "skipGuestShutDown", alias = "SkipGuestShutDown")]
    skip_shutdown: Option<bool>,
}

/// A command, or what is none: a prompt.
#[derive(Debug, Deserialize)]
pub(super) struct SrmCallout {
    #[serde(alias = "Command")]
    command: Option<String>,
    #[serde(rename = "runInRecoveredVm", alias = "RunInRecoveredVm")]
    in_guest: Option<bool>,
    #[serde(alias = "Timeout")]
    timeout: Option<u32>,
    #[serde(alias = "Description")]
    description: Option<String>,
    #[serde(rename = "promptText", alias = "PromptText")]
    prompt: Option<String>,
}

/// What the settings tell, in words of the policy.
#[derive(Debug)]
pub(super) struct Told {
    /// The priority.
    pub priority: Priority,
    /// Whether the machine is powered on.
    pub power_on: bool,
    /// The wait for the guest tools.
    pub tools: Option<u32>,
    /// The wait behind power-on.
    pub delay: u32,
    /// How the guest is shut down.
    pub shutdown: Shutdown,
    /// Machines that must be up before.
    pub depends_on: Vec<Name<Vm<Named>>>,
    /// Steps before power-on.
    pub before: Vec<Callout>,
    /// Steps after power-on.
    pub after: Vec<Callout>,
}

/// Whether an object has this shape.
pub(super) fn is_soap(node: Node<'_>) -> bool {
    ["recoveryPriority", "RecoveryPriority"]
        .iter()
        .any(|key| node.get(key).is_some())
}

/// Reads what the settings tell.
pub(super) fn told(reader: &mut Reader<'_, '_>, of: Of<'_>, settings: SrmRecoverySettings) -> Told {
    let SrmRecoverySettings {
        priority,
        power,
        depends_on,
        before,
        after,
        tools,
        delay,
        shutdown,
        skip_shutdown,
    } = settings;
    let mut depends_on: Vec<Name<Vm<Named>>> = depends_on
        .into_iter()
        .map(|id| {
            let origin = Origin {
                file: of.file,
                span: id.span,
            };
            reader.machine(&id.value, None, origin)
        })
        .collect();
    depends_on.sort_by(|a, b| a.text.cmp(&b.text));
    Told {
        priority: value::priority_of(reader, of, priority.as_ref()),
        power_on: value::power_state(reader, of, power.as_ref()),
        tools,
        delay: delay.unwrap_or(0),
        shutdown: match skip_shutdown {
            Some(true) => Shutdown::PowerOff,
            Some(false) => Shutdown::Guest(shutdown),
            None => Shutdown::Unsaid,
        },
        depends_on,
        before: callouts(reader, of, before, "before"),
        after: callouts(reader, of, after, "after"),
    }
}

fn callouts(
    reader: &mut Reader<'_, '_>,
    of: Of<'_>,
    told: Many<Spanned<SrmCallout>>,
    moment: &str,
) -> Vec<Callout> {
    let mut read = Vec::new();
    for (number, told) in (1..).zip(told) {
        let SrmCallout {
            command,
            in_guest,
            timeout,
            description,
            prompt,
        } = told.value;
        let ident = Ident {
            id: format!("{}/{moment}/{number}", of.ident.id),
            name: description
                .clone()
                .filter(|text| !text.is_empty())
                .unwrap_or_else(|| format!("step {number} {moment} power-on of {}", of.ident.name)),
            origin: Origin {
                file: of.file,
                span: told.span,
            },
        };
        let kind = match (&command, in_guest) {
            (None, _) => CalloutKind::Prompt,
            (Some(_), Some(true)) => CalloutKind::InGuest,
            (Some(_), Some(false)) => CalloutKind::OnServer,
            (Some(_), None) => {
                reader.no_value(
                    &ident,
                    "runInRecoveredVm",
                    "it is taken as a command on the server",
                );
                CalloutKind::OnServer
            }
        };
        read.push(Callout {
            ident,
            kind,
            timeout_seconds: timeout.filter(|_| command.is_some()),
            content: command.or(prompt).or(description),
        });
    }
    read
}
