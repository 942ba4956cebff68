//! Exports that are known and cannot be read safely, and the command to run instead.

use super::recognise::Configuration;
use crate::finding::{Domain, Finding, Findings, codes};
use crate::front::detect::Export;
use crate::source::Origin;
use rehome_grammar::Span;

/// Why a form is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// `govc object.collect -json`: no types.
    Untyped,
    /// `govc cluster.rule.ls -l`: names and types.
    RuleList,
    /// `govc cluster.rule.info`: no flags.
    RuleInfo,
    /// `govc cluster.group.ls -l`: an empty group has no kind.
    GroupList,
    /// A bare list of names.
    Names,
    /// `govc cluster.override.info`.
    Overrides,
    /// Ansible rule and group facts.
    Ansible,
    /// PowerCLI objects through `ConvertTo-Json`.
    PowerCli,
    /// The `DRSRule` module.
    DrsRuleModule,
    /// A published export script with unquoted commas.
    Script,
    /// What pyVmomi prints for people.
    PyVmomiText,
}

impl Refusal {
    /// What the form is and why it cannot be read.
    const fn why(self) -> &'static str {
        match self {
            Self::Untyped => {
                "untyped JSON of a cluster configuration: a keep-together and a keep-apart rule look alike in it"
            }
            Self::RuleList => {
                "a list of DRS rule names and types: members, strength and whether a rule is enabled are missing"
            }
            Self::RuleInfo => {
                "a text description of DRS rules: strength and whether a rule is enabled are missing"
            }
            Self::GroupList => {
                "an untyped list of DRS groups: an empty group can be one of machines or of hosts"
            }
            Self::Names => "a bare list of names: it does not say of what",
            Self::Overrides => {
                "a list of cluster overrides without their cluster: it belongs to a configuration that is not in it"
            }
            Self::Ansible => {
                "DRS facts of Ansible: dependency rules and cluster settings are missing"
            }
            Self::PowerCli => {
                "PowerCLI objects: rules between machines and hosts, and dependency rules, are missing"
            }
            Self::DrsRuleModule => {
                "an export of the DRSRule module: dependency rules and cluster settings are missing"
            }
            Self::Script => {
                "comma-joined DRS rules without quotes: a comma in a name cannot be told from one between names"
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
        findings.push(finding(self, export, origin, None));
    }
}

/// Reports an untyped configuration in a file of objects.
pub(super) fn untyped(
    export: &Export<'_>,
    configuration: Configuration<'_>,
    cluster: Option<&str>,
    findings: &mut Findings,
) {
    let node = match configuration {
        Configuration::Whole(node) => Some(node),
        Configuration::Parts { groups, rules } => rules.or(groups),
    };
    let origin = Origin {
        file: export.file,
        span: node.map_or(Span::new(0, 0), rehome_grammar::Node::span),
    };
    findings.push(finding(Refusal::Untyped, export, origin, cluster));
}

fn finding(
    refusal: Refusal,
    export: &Export<'_>,
    origin: Origin,
    cluster: Option<&str>,
) -> Finding {
    let message = format!("`{}` is {}", export.source.name, refusal.why());
    let path = cluster.map_or_else(
        || "/DATACENTER/host/CLUSTER".to_owned(),
        |id| format!("ClusterComputeResource:{id}"),
    );
    Finding::new(&codes::read::REFUSED_FORM, Domain::Placement, message)
        .at(origin, export.source.name.clone())
        .remedy(format!(
            "run `govc object.collect -xml {path} configurationEx` and give rehome its output"
        ))
}
