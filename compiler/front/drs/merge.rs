//! From what the exports say about a cluster to its policy: the most trusted word counts, and a
//! word against it is reported.

use super::clusters::Cluster;
use super::gaps;
use super::names::Names;
use super::said::{GroupSaid, Hosts, Members, Part, RuleSaid, SettingSaid, Shape, Text, Trust};
use super::words::{Word, label};
use crate::finding::codes::{read, read_placement};
use crate::finding::{Domain, Finding, Findings};
use crate::ir::placement::{
    HostGroup, Placement, PlacementRule, RuleKind, Setting, Strength, VmGroup,
};
use crate::ir::{Ident, Name, Named, Opaque};
use crate::source::Origin;
use std::collections::BTreeSet;

/// Adds a cluster's rules, groups and settings to the policy.
pub(super) fn merge(
    cluster: Cluster,
    names: &Names,
    placement: &mut Placement<Named>,
    findings: &mut Findings,
) {
    let mut groups: Vec<GroupSaid> = Vec::new();
    let mut rules: Vec<RuleSaid> = Vec::new();
    let mut settings: Vec<SettingSaid> = Vec::new();
    let mut covered: BTreeSet<Part> = BTreeSet::new();
    gaps::report(&cluster, findings);
    let Cluster {
        known,
        prefix,
        statements,
    } = cluster;
    for statement in statements {
        if statement.trust == Trust::Hints && covered.contains(&Part::Settings) {
            continue;
        }
        let mut meet = Meeting {
            covered: &covered,
            names,
            findings,
        };
        meet.all(&mut groups, statement.groups);
        meet.all(&mut rules, statement.rules);
        meet.all(&mut settings, statement.settings);
        covered.extend(statement.covers);
    }
    gaps::unclear(&groups, &rules, known.as_deref(), findings);
    let mut writer = Writer {
        known,
        prefix,
        placement,
        findings,
    };
    groups.into_iter().for_each(|group| writer.group(group));
    rules.into_iter().for_each(|rule| writer.rule(rule));
    settings
        .into_iter()
        .for_each(|setting| writer.setting(setting));
}

struct Meeting<'r> {
    /// What more trusted statements tell in full: what they lack does not exist.
    covered: &'r BTreeSet<Part>,
    names: &'r Names,
    findings: &'r mut Findings,
}

impl Meeting<'_> {
    fn all<W: Word>(&mut self, known: &mut Vec<W>, words: Vec<W>) {
        // Within one statement nothing is the same: two rules of one name are two rules.
        let before = known.len();
        for word in words {
            let mut earlier = known.iter_mut().take(before);
            match earlier.find(|one| one.is_about(&word)) {
                Some(first) if first.contradicts(&word, self.names) => self.differ(first, &word),
                Some(first) => first.absorb(word),
                None if word.part().is_some_and(|part| self.covered.contains(&part)) => {
                    self.gone(&word);
                }
                None => known.push(word),
            }
        }
    }

    fn differ<W: Word>(&mut self, first: &W, second: &W) {
        let message = format!(
            "DRS {} `{}`: one export says {}, another {}; the first is used",
            W::NOUN,
            first.label(),
            first.meaning(),
            second.meaning()
        );
        self.findings.push(
            Finding::new(&read::DUPLICATE_OBJECT, Domain::Placement, message)
                .at(second.origin(), second.label())
                .at(first.origin(), first.label()),
        );
    }

    fn gone<W: Word>(&mut self, word: &W) {
        let message = format!(
            "DRS {} `{}` stands in this export and not in a more trusted one of its cluster; it is not used",
            W::NOUN,
            word.label()
        );
        self.findings.push(
            Finding::new(&read::DUPLICATE_OBJECT, Domain::Placement, message)
                .at(word.origin(), word.label()),
        );
    }
}

struct Writer<'r> {
    known: Option<String>,
    prefix: String,
    placement: &'r mut Placement<Named>,
    findings: &'r mut Findings,
}

impl Writer<'_> {
    fn group(&mut self, group: GroupSaid) {
        let GroupSaid {
            name,
            origin,
            members,
        } = group;
        let ident = Ident {
            id: self.id(&name),
            name,
            origin,
        };
        match members {
            Members::Vms(vms) => {
                let cluster = self.cluster(origin);
                self.placement.vm_groups.push(VmGroup {
                    ident,
                    cluster,
                    vms: names(vms),
                });
            }
            Members::Hosts(hosts) => {
                let cluster = self.cluster(origin);
                self.placement.host_groups.push(HostGroup {
                    ident,
                    cluster,
                    hosts: names(hosts),
                });
            }
            // Reported: a group of a kind or of members that nobody tells.
            Members::Empty | Members::Unsaid { .. } => {}
        }
    }

    fn rule(&mut self, rule: RuleSaid) {
        let name = label(&rule);
        let RuleSaid {
            origin,
            key,
            uuid: _,
            name: _,
            enabled,
            mandatory,
            shape,
            unread,
        } = rule;
        // Without a key the name identifies the rule, because it is unique in the cluster.
        let own = key.map_or_else(|| name.clone(), |key| key.to_string());
        let ident = Ident {
            id: self.id(&own),
            name,
            origin,
        };
        for (suffix, kind) in self.kinds(&ident, shape) {
            let mut ident = ident.clone();
            ident.id.push_str(suffix);
            let rule = PlacementRule {
                ident,
                cluster: self.cluster(origin),
                age: key,
                kind,
                // What no export says is reported; a must that is read as a should is not kept.
                strength: if mandatory.unwrap_or(false) {
                    Strength::Must
                } else {
                    Strength::Should
                },
                enabled: enabled.unwrap_or(true),
                unread: unread.clone(),
            };
            self.placement.rules.push(rule);
        }
    }

    /// What a rule asks for, with what its id ends in: two things where it names hosts to run on
    /// and hosts to keep off.
    fn kinds(&mut self, ident: &Ident, shape: Shape) -> Vec<(&'static str, RuleKind<Named>)> {
        let kind = match shape {
            Shape::Together(vms) => RuleKind::Together(names(vms)),
            Shape::Apart(vms) => RuleKind::Apart(names(vms)),
            Shape::StartAfter { vms, after } => RuleKind::StartAfter {
                vms: self.group_name(&vms),
                after: self.group_name(&after),
            },
            Shape::VmHost { vms, hosts } => match hosts {
                Hosts::On(hosts) => self.run_on(&vms, &hosts),
                Hosts::Off(hosts) => self.keep_off(&vms, &hosts),
                Hosts::Both { on, off } => {
                    self.report_both(ident, &on, &off);
                    let (on, off) = (self.run_on(&vms, &on), self.keep_off(&vms, &off));
                    return vec![("", on), ("/keep-off", off)];
                }
            },
            Shape::Unclear(_) => unsaid(ident, "rule that keeps machines together or apart"),
            Shape::Named(_) => unsaid(ident, "rule without its members"),
            Shape::Opaque(opaque) => RuleKind::Opaque(opaque),
        };
        vec![("", kind)]
    }

    fn run_on(&self, vms: &Text, hosts: &Text) -> RuleKind<Named> {
        RuleKind::RunOn {
            vms: self.group_name(vms),
            hosts: self.group_name(hosts),
        }
    }

    fn keep_off(&self, vms: &Text, hosts: &Text) -> RuleKind<Named> {
        RuleKind::KeepOff {
            vms: self.group_name(vms),
            hosts: self.group_name(hosts),
        }
    }

    fn report_both(&mut self, ident: &Ident, on: &Text, off: &Text) {
        let message = format!(
            "DRS rule `{}` runs machines on `{}` and keeps them off `{}`; it is read as two rules",
            ident.name, on.text, off.text
        );
        self.findings.push(
            Finding::new(
                &read_placement::TWO_RULES_IN_ONE,
                Domain::Placement,
                message,
            )
            .about(ident.subject()),
        );
    }

    fn setting(&mut self, setting: SettingSaid) {
        let SettingSaid {
            path,
            origin,
            vm,
            what,
        } = setting;
        let (id, name) = match &vm {
            Some(vm) => (
                self.id(&format!("{}/{path}", vm.text)),
                format!("{path} of {}", vm.text),
            ),
            None => (self.id(&path), path),
        };
        let setting = Setting {
            ident: Ident { id, name, origin },
            cluster: self.cluster(origin),
            vm: vm.map(|vm| Name::new(vm.text, vm.origin)),
            what,
        };
        self.placement.settings.push(setting);
    }

    fn id(&self, own: &str) -> String {
        format!("{}/{own}", self.prefix)
    }

    fn cluster<T>(&self, origin: Origin) -> Option<Name<T>> {
        let known = self.known.as_ref()?;
        Some(Name::new(known.clone(), origin))
    }

    fn group_name<T>(&self, group: &Text) -> Name<T> {
        Name::new(self.id(&group.text), group.origin)
    }
}

fn unsaid(ident: &Ident, what: &str) -> RuleKind<Named> {
    RuleKind::Opaque(Opaque {
        what: what.to_owned(),
        text: ident.name.clone(),
        origin: ident.origin,
    })
}

fn names<T>(members: Vec<Text>) -> Vec<Name<T>> {
    let names = members.into_iter();
    names
        .map(|member| Name::new(member.text, member.origin))
        .collect()
}
