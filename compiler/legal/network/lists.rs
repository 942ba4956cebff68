//! The rules of a policy as two ordered lists: one read at the sender, one at the receiver.

use super::account::Account;
use super::draft::Draft;
use super::services::Catalogue;
use super::side::{Form, Part, Reach, Sides};
use super::traffic::Traffic;
use super::universe::Universe;
use crate::finding::Subject;
use crate::ir::network::{
    Action, Direction, Enforcement, Fallback, Group, Peers, Rule, Section, Tier,
};
use crate::ir::service::Service;
use crate::ir::{Id, Linked, Policy};
use crate::legal::table::network::{Use, legality};
use crate::legal::{Case, Target};
use crate::semantics::VmSet;
use rayon::prelude::*;
use std::sync::Arc;

/// What an entry does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lets through.
    Allow,
    /// Stops.
    Deny,
    /// Goes on in the application tier.
    Jump,
}

/// A part of the machines that hold an entry.
#[derive(Clone, Debug)]
pub struct Own {
    /// How the target names it; never addresses.
    pub form: Form,
    /// The machines.
    pub vms: VmSet,
    /// What people call it.
    pub name: Arc<str>,
    /// The group it stands for, where it is one.
    pub group: Option<Id<Group<Linked>>>,
}

/// An entry as it is held by the machines of one end.
#[derive(Clone, Debug, Default)]
pub struct Hold {
    /// The machines that hold it for certain, in parts.
    pub own: Vec<Own>,
    /// The machines that hold it at most.
    pub own_possible: VmSet,
    /// The other end for certain, in parts.
    pub peers: Vec<Part>,
    /// The other end at most.
    pub peers_possible: Reach,
}

impl Hold {
    /// The machines that hold it for certain.
    #[must_use]
    pub fn own_sure(&self) -> VmSet {
        self.own
            .iter()
            .fold(VmSet::new(), |all, own| all.union(&own.vms))
    }
}

/// A rule as an entry of the lists.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The number of the rule, in the order of evaluation.
    pub rule: usize,
    /// What it does.
    pub kind: Kind,
    /// Its tier.
    pub tier: Tier,
    /// The traffic it matches for certain, as far as the target can say it.
    pub traffic: Traffic,
    /// The traffic it matches at most.
    pub traffic_possible: Traffic,
    /// The services it names, where these are all of the traffic.
    pub services: Vec<Id<Service<Linked>>>,
    /// Whether what it matches is known exactly.
    pub exact: bool,
    /// Whether it is read at both ends of every flow it matches.
    pub symmetric: bool,
    /// As it is held at the sender.
    pub egress: Option<Hold>,
    /// As it is held at the receiver.
    pub ingress: Option<Hold>,
}

/// A rule with its section.
#[derive(Clone, Copy, Debug)]
pub struct Line<'policy> {
    /// Its section.
    pub section: &'policy Section<Linked>,
    /// The rule.
    pub rule: &'policy Rule<Linked>,
}

/// The rules in the order of evaluation, and the entries of those that are in force.
#[derive(Debug, Default)]
pub struct Lists<'policy> {
    /// Every rule.
    pub lines: Vec<Line<'policy>>,
    /// What becomes of each.
    pub accounts: Vec<Account>,
    /// The entries.
    pub entries: Vec<Entry>,
    /// One account a section.
    pub sections: Vec<Account>,
}

/// What is asked while the lists are made.
#[derive(Debug)]
pub struct Reader<'policy> {
    /// The policy as it came.
    pub policy: &'policy Policy<Linked>,
    /// What it is lowered for.
    pub target: Target,
    /// The machines.
    pub universe: &'policy Universe,
    /// The groups.
    pub sides: &'policy Sides<'policy>,
    /// The services.
    pub catalogue: &'policy Catalogue,
}

impl<'policy> Reader<'policy> {
    /// Reads every section.
    #[must_use]
    pub fn read(&'policy self) -> Lists<'policy> {
        let mut lists = Lists::default();
        for section in &self.policy.network.sections {
            lists.sections.push(self.section(section));
            let before = lists.lines.len();
            let read: Vec<_> = section
                .rules
                .par_iter()
                .enumerate()
                .map(|(at, rule)| (rule, self.rule(section, rule, before + at)))
                .collect();
            for (rule, (account, entry)) in read {
                lists.entries.extend(entry);
                lists.lines.push(Line { section, rule });
                lists.accounts.push(account);
            }
        }
        lists
    }

    pub(super) fn section(&self, section: &Section<Linked>) -> Account {
        let ident = &section.ident;
        let flow = self.target.flow();
        let case =
            |text: &str| Case::new(ident.subject(), format!("section `{}` {text}", ident.name));
        let mut account =
            Account::open(legality(self.target, &Use::Section), || case("is lowered"));
        let last = self.policy.network.sections.last();
        if last.is_some_and(|last| last.ident == section.ident) {
            self.estate(&mut account, &case, &flow);
        }
        if !section.enabled {
            account.note(legality(self.target, &Use::Disabled), || {
                case(&format!("is switched off; {flow} does not get it"))
            });
            return account;
        }
        if section.strict_tcp && section.stateful {
            account.note(legality(self.target, &Use::StrictTcp), || {
                case(&format!(
                    "asks that a connection begins with a SYN; {flow} has no such switch"
                ))
            });
        }
        account
    }

    /// What is to be said about the firewall as a whole: told with the last section.
    fn estate(&self, account: &mut Account, case: &impl Fn(&str) -> Case, flow: &str) {
        if self.policy.network.fallback == Fallback::Unknown {
            account.note(legality(self.target, &Use::DefaultUnknown), || {
                whole(case(&format!(
                    "is the last, and no export holds the default rule; {flow} drops what no rule matches"
                )))
            });
        }
        let enforced = Use::Enforced(self.policy.network.enforcement);
        account.note(legality(self.target, &enforced), || {
            let case = whole(case(&format!(
                "belongs to a firewall that is switched off; {flow} gets its policies as if it were on"
            )));
            match self.policy.network.enforcement {
                Enforcement::Off(origin) => case.with(Subject {
                    origin,
                    id: "firewall".to_owned(),
                    name: "firewall".to_owned(),
                }),
                Enforcement::On(_) | Enforcement::Unsaid => case,
            }
        });
        if self.universe.is_unknown() {
            account.note(legality(self.target, &Use::NoInventory), || {
                case(&format!(
                    "is lowered without any known machine; {flow} gets categories that no machine carries yet"
                ))
            });
        }
    }

    fn rule(
        &self,
        section: &Section<Linked>,
        rule: &Rule<Linked>,
        at: usize,
    ) -> (Account, Option<Entry>) {
        let mut draft = match self.begin(section, rule) {
            Ok(draft) => draft,
            Err(account) => return (account, None),
        };
        let applied_to = section.applied_to.as_ref().unwrap_or(&rule.applied_to);
        let sides = (draft.side(&rule.source), draft.side(&rule.destination));
        let (traffic, traffic_possible, services) = draft.traffic();
        let mut entry = Entry {
            rule: at,
            kind: draft.kind,
            tier: section.tier,
            traffic,
            traffic_possible,
            services,
            exact: true,
            symmetric: rule.direction == Direction::Both && is_any(applied_to),
            egress: None,
            ingress: None,
        };
        draft.hold(&mut entry, &sides, applied_to);
        entry.exact = draft.exact;
        draft.releases(&mut entry);
        let keep =
            draft.kind != Kind::Allow || draft.account.stands() && draft.is_left(&entry, &sides);
        (draft.account, keep.then_some(entry))
    }

    /// Begins to read a rule; the account alone where nothing of it is in force.
    pub(super) fn begin<'rule>(
        &'rule self,
        section: &Section<Linked>,
        rule: &'rule Rule<Linked>,
    ) -> Result<Draft<'rule>, Account> {
        let off = !rule.enabled || !section.enabled;
        let mut draft = self.open(section, rule, off);
        if off {
            draft.note(&Use::Disabled, "is switched off; nothing of it goes to");
            return Err(draft.account);
        }
        draft.note(
            &Use::Tier(section.tier),
            "filters layer 2, which is not filtered by",
        );
        if section.tier == Tier::Ethernet || !draft.is_whole() {
            return Err(draft.account);
        }
        draft.conditions(section);
        Ok(draft)
    }

    /// Opens the account of a rule.
    fn open<'rule>(
        &'rule self,
        section: &Section<Linked>,
        rule: &'rule Rule<Linked>,
        off: bool,
    ) -> Draft<'rule> {
        let Rule {
            ident,
            sequence: _,
            action,
            source: _,
            destination: _,
            services: _,
            direction: _,
            applied_to: _,
            ip: _,
            profiles: _,
            logged: _,
            log_label: _,
            notes: _,
            enabled: _,
            is_default,
            unread: _,
            broken,
        } = rule;
        let kind = match action {
            Action::Allow => Kind::Allow,
            Action::Jump if broken.is_empty() && section.tier == Tier::Environment => Kind::Jump,
            // A rule that was not read in full stops what it could match, and lets nothing through.
            Action::Drop | Action::Reject | Action::Jump => Kind::Deny,
        };
        let opening = match action {
            Action::Allow if *is_default => Use::DefaultAllow,
            Action::Drop if *is_default => Use::DefaultDrop,
            Action::Allow => Use::Allow,
            Action::Drop => Use::Drop,
            // What is switched off has no conduct.
            Action::Reject | Action::Jump if off => Use::Drop,
            Action::Reject => Use::Reject,
            Action::Jump => Use::Jump(section.tier),
        };
        let flow = self.target.flow();
        let account = Account::open(legality(self.target, &opening), || {
            let text = match action {
                Action::Reject if self.target.is_flex() => {
                    format!("rejects; {flow} tells it by ICMP only")
                }
                Action::Reject => format!("rejects; {flow} drops in silence"),
                Action::Jump => format!("jumps outside the environment tier; {flow} denies it"),
                Action::Allow | Action::Drop => format!("goes to {flow}"),
            };
            Case::new(ident.subject(), format!("rule `{}` {text}", ident.name))
        });
        Draft {
            reader: self,
            rule,
            kind,
            account,
            exact: true,
            cause: None,
        }
    }
}

/// A case about the run as a whole, which no object stands for.
fn whole(mut case: Case) -> Case {
    case.subjects.clear();
    case
}

pub(super) fn is_any(peers: &Peers<Linked>) -> bool {
    let Peers { negated, set } = peers;
    !negated && matches!(set, crate::ir::network::PeerSet::Any)
}
