//! What two exports can say differently, and how one completes the other.

use super::names::Names;
use super::said::{GroupSaid, Hosts, Members, Part, RuleSaid, RuleType, SettingSaid, Shape, Text};
use crate::ir::placement::SettingKind;
use crate::source::Origin;

/// Something that two exports can say differently.
pub(super) trait Word {
    /// What it is called in messages.
    const NOUN: &'static str;
    /// Whether both are about the same thing.
    fn is_about(&self, other: &Self) -> bool;
    /// The part of the configuration it belongs to, where that is known.
    fn part(&self) -> Option<Part>;
    /// Whether the two are known to say different things.
    fn contradicts(&self, other: &Self, names: &Names) -> bool;
    /// Takes over what this one leaves open.
    fn absorb(&mut self, other: Self);
    /// What it says, in words.
    fn meaning(&self) -> String;
    fn label(&self) -> String;
    fn origin(&self) -> Origin;
}

impl Word for GroupSaid {
    const NOUN: &'static str = "group";
    fn is_about(&self, other: &Self) -> bool {
        self.name == other.name
    }
    fn part(&self) -> Option<Part> {
        Some(Part::Groups)
    }
    fn contradicts(&self, other: &Self, names: &Names) -> bool {
        use Members::{Empty, Hosts, Unsaid, Vms};
        match (&self.members, &other.members) {
            (Vms(mine), Vms(theirs)) => names.vms_differ(mine, theirs),
            (Hosts(mine), Hosts(theirs)) => names.hosts_differ(mine, theirs),
            (Empty, Vms(members) | Hosts(members)) | (Vms(members) | Hosts(members), Empty) => {
                !members.is_empty()
            }
            (Vms(_), Hosts(_)) | (Hosts(_), Vms(_)) => true,
            (Vms(_), Unsaid { hosts }) | (Unsaid { hosts }, Vms(_)) => *hosts,
            (Hosts(_), Unsaid { hosts }) | (Unsaid { hosts }, Hosts(_)) => !*hosts,
            (Unsaid { hosts: mine }, Unsaid { hosts: theirs }) => mine != theirs,
            (Empty, Empty | Unsaid { .. }) | (Unsaid { .. }, Empty) => false,
        }
    }
    fn absorb(&mut self, other: Self) {
        use Members::{Empty, Hosts, Unsaid, Vms};
        self.members = match (std::mem::replace(&mut self.members, Empty), other.members) {
            (Empty, Unsaid { hosts: true }) | (Unsaid { hosts: true }, Empty) => Hosts(Vec::new()),
            (Empty, Unsaid { hosts: false }) | (Unsaid { hosts: false }, Empty) => Vms(Vec::new()),
            (Empty | Unsaid { .. }, theirs) => theirs,
            (mine @ (Vms(_) | Hosts(_)), _) => mine,
        };
    }
    fn meaning(&self) -> String {
        match &self.members {
            Members::Vms(vms) => format!("machines {}", list(vms)),
            Members::Hosts(hosts) => format!("hosts {}", list(hosts)),
            Members::Empty => "no member".to_owned(),
            Members::Unsaid { hosts: true } => "hosts".to_owned(),
            Members::Unsaid { hosts: false } => "machines".to_owned(),
        }
    }
    fn label(&self) -> String {
        self.name.clone()
    }
    fn origin(&self) -> Origin {
        self.origin
    }
}

impl Word for RuleSaid {
    const NOUN: &'static str = "rule";
    fn is_about(&self, other: &Self) -> bool {
        match (&self.name, &other.name) {
            // The name is unique in a cluster over all kinds of rules.
            (Some(mine), Some(theirs)) => mine == theirs,
            (None, _) | (_, None) => self.key.is_some() && self.key == other.key,
        }
    }
    fn part(&self) -> Option<Part> {
        self.shape.part()
    }
    fn contradicts(&self, other: &Self, names: &Names) -> bool {
        let flags = |mine: Option<bool>, theirs: Option<bool>| {
            mine.zip(theirs)
                .is_some_and(|(mine, theirs)| mine != theirs)
        };
        flags(self.enabled, other.enabled)
            || flags(self.mandatory, other.mandatory)
            || self.shape.contradicts(&other.shape, names)
    }
    fn absorb(&mut self, other: Self) {
        self.enabled = self.enabled.or(other.enabled);
        self.mandatory = self.mandatory.or(other.mandatory);
        self.key = self.key.or(other.key);
        let mine = std::mem::replace(&mut self.shape, Shape::Unclear(Vec::new()));
        self.shape = mine.with(other.shape);
    }
    fn meaning(&self) -> String {
        let strength = match self.mandatory {
            Some(true) => "must, ",
            Some(false) => "should, ",
            None => "",
        };
        let state = match self.enabled {
            Some(true) => "enabled, ",
            Some(false) => "disabled, ",
            None => "",
        };
        format!("{strength}{state}{}", shape_text(&self.shape))
    }
    fn label(&self) -> String {
        label(self)
    }
    fn origin(&self) -> Origin {
        self.origin
    }
}

fn shape_text(shape: &Shape) -> String {
    match shape {
        Shape::Together(vms) => format!("together {}", list(vms)),
        Shape::Apart(vms) => format!("apart {}", list(vms)),
        Shape::Unclear(vms) => format!("together or apart {}", list(vms)),
        Shape::Named(RuleType::Together) => "together".to_owned(),
        Shape::Named(RuleType::Apart) => "apart".to_owned(),
        Shape::Named(RuleType::VmHost) => "a rule between machines and hosts".to_owned(),
        Shape::Named(RuleType::StartAfter) => "a dependency".to_owned(),
        Shape::VmHost { vms, hosts } => match hosts {
            Hosts::On(on) => format!("`{}` on `{}`", vms.text, on.text),
            Hosts::Off(off) => format!("`{}` off `{}`", vms.text, off.text),
            Hosts::Both { on, off } => {
                format!("`{}` on `{}` and off `{}`", vms.text, on.text, off.text)
            }
        },
        Shape::StartAfter { vms, after } => format!("`{}` after `{}`", vms.text, after.text),
        Shape::Opaque(opaque) => opaque.what.clone(),
    }
}

impl Shape {
    fn contradicts(&self, other: &Self, names: &Names) -> bool {
        use Shape::{Apart, Opaque, StartAfter, Together, Unclear, VmHost};
        match (self, other) {
            (
                Together(mine) | Apart(mine) | Unclear(mine),
                Together(theirs) | Apart(theirs) | Unclear(theirs),
            ) => {
                let kinds = self.kind().zip(other.kind());
                kinds.is_some_and(|(mine, theirs)| mine != theirs) || names.vms_differ(mine, theirs)
            }
            (
                VmHost { vms, hosts },
                VmHost {
                    vms: their_vms,
                    hosts: their_hosts,
                },
            ) => vms.text != their_vms.text || hosts.contradict(their_hosts),
            (
                StartAfter { vms, after },
                StartAfter {
                    vms: their_vms,
                    after: their_after,
                },
            ) => vms.text != their_vms.text || after.text != their_after.text,
            (Opaque(_), _) | (_, Opaque(_)) => false,
            (mine, theirs) => match (mine.kind(), theirs.kind()) {
                (Some(mine), Some(theirs)) => mine != theirs,
                (None, kind) | (kind, None) => {
                    kind.is_some_and(|kind| kind.part() != Part::MachineRules)
                }
            },
        }
    }

    /// This shape with what another tells about it.
    fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unclear(vms), other) => match other.kind() {
                Some(RuleType::Together) => Self::Together(vms),
                Some(RuleType::Apart) => Self::Apart(vms),
                Some(RuleType::VmHost | RuleType::StartAfter) | None => Self::Unclear(vms),
            },
            (Self::Named(_), other) => other,
            (mine, _) => mine,
        }
    }
}

impl Hosts {
    /// Forms that know one host group only show the first of two.
    fn contradict(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::On(mine) | Self::Both { on: mine, .. }, Self::On(theirs))
            | (Self::Off(mine) | Self::Both { off: mine, .. }, Self::Off(theirs))
            | (Self::On(mine), Self::Both { on: theirs, .. })
            | (Self::Off(mine), Self::Both { off: theirs, .. }) => mine.text != theirs.text,
            (
                Self::Both { on, off },
                Self::Both {
                    on: their_on,
                    off: their_off,
                },
            ) => on.text != their_on.text || off.text != their_off.text,
            (Self::On(_), Self::Off(_)) | (Self::Off(_), Self::On(_)) => true,
        }
    }
}

impl Word for SettingSaid {
    const NOUN: &'static str = "setting";
    fn is_about(&self, other: &Self) -> bool {
        let machine = |one: &Self| one.vm.as_ref().map(|vm| vm.text.clone());
        self.path == other.path && machine(self) == machine(other)
    }
    fn part(&self) -> Option<Part> {
        Some(Part::Settings)
    }
    fn contradicts(&self, other: &Self, _names: &Names) -> bool {
        self.what != other.what
    }
    fn absorb(&mut self, _other: Self) {}
    fn meaning(&self) -> String {
        if let SettingKind::Other { key: _, value } = &self.what {
            format!("`{value}`")
        } else {
            format!("{:?}", self.what)
        }
    }
    fn label(&self) -> String {
        self.path.clone()
    }
    fn origin(&self) -> Origin {
        self.origin
    }
}

fn list(members: &[Text]) -> String {
    let mut names: Vec<String> = members
        .iter()
        .map(|member| format!("`{}`", member.text))
        .collect();
    names.sort();
    names.dedup();
    format!("({})", names.join(", "))
}

/// What a rule is called: its name, or what else identifies it.
pub(super) fn label(rule: &RuleSaid) -> String {
    let key = || rule.key.map(|key| key.to_string());
    rule.name
        .clone()
        .or_else(key)
        .or_else(|| rule.uuid.clone())
        .unwrap_or_else(|| "without a name".to_owned())
}
