//! One rule while it is read: what it matches for certain and at most, and what is told about it.

use super::account::Account;
use super::lists::{Entry, Hold, Kind, Own, Reader, is_any};
use super::remark::{Mention, Remark};
use super::services::Gap;
use super::side::{Form, Part, Reach, Side};
use super::tag::TagList;
use super::traffic::Traffic;
use crate::finding::{Subject, count};
use crate::ir::network::{Direction, IpVersion, Peers, Rule, Section};
use crate::ir::service::{Service, ServiceUse, Services};
use crate::ir::set::AddressSet;
use crate::ir::{BadKey, Id, Link, Linked};
use crate::legal::table::network::{Reading, Use, legality};
use crate::legal::{Case, Legality, Release};
use crate::plan::nutanix::network::MAX_CATEGORIES;
use crate::semantics::VmSet;
use crate::source::Origin;

/// The rule being read.
pub(super) struct Draft<'reader> {
    pub(super) reader: &'reader Reader<'reader>,
    pub(super) rule: &'reader Rule<Linked>,
    pub(super) kind: Kind,
    pub(super) account: Account,
    pub(super) exact: bool,
    /// Where the first thing stands that is not known of it.
    pub(super) cause: Option<Origin>,
}

impl Draft<'_> {
    fn reading(&self) -> Reading {
        match self.kind {
            Kind::Allow => Reading::Sure,
            Kind::Deny | Kind::Jump => Reading::Possible,
        }
    }

    fn answer(&self, what: &Use) -> Legality {
        let answer = legality(self.reader.target, what);
        match self.kind {
            Kind::Allow => answer,
            Kind::Deny => answer.flip(),
            Kind::Jump => answer.beneath_jump(),
        }
    }

    fn flow(&self) -> String {
        self.reader.target.flow()
    }

    /// Says how a use of the whole rule is held.
    pub(super) fn note(&mut self, what: &Use, text: &str) {
        self.note_because(what, text, None);
    }

    /// The same for a rule of which nothing is left, because something is not known.
    pub(super) fn nothing_left(&mut self) {
        let text = "has no part that is certain; nothing of it goes to";
        self.note_because(&Use::NothingLeft, text, self.cause);
    }

    fn note_because(&mut self, what: &Use, text: &str, cause: Option<Origin>) {
        let answer = self.answer(what);
        let (rule, flow) = (&self.rule.ident, self.flow());
        self.account.note(answer, || {
            Case::new(
                rule.subject(),
                format!("rule `{}` {text} {flow}", rule.name)
                    .trim_end()
                    .to_owned(),
            )
            .because_of(cause)
        });
    }

    /// Says that a condition of the rule is not held; an allow falls, the others match more.
    fn condition(&mut self, what: impl Fn(Reading) -> Use, text: &str, cause: Option<Origin>) {
        let reading = self.reading();
        self.exact = false;
        let text = match reading {
            Reading::Sure => format!("{text}; nothing is let through by"),
            Reading::Possible => format!("{text}; more is denied by"),
        };
        self.note_because(&what(reading), &text, cause);
    }

    /// Says how a part of one side is held.
    pub(super) fn remark(&mut self, remark: &Remark) {
        let Remark { what, text, origin } = remark;
        self.cause = self.cause.or(remark.cause());
        let answer = self.answer(&what.used(self.reading()));
        let (rule, reading, flow) = (&self.rule.ident, self.reading(), self.flow());
        self.account.note_part(answer, || {
            let how = match reading {
                Reading::Sure => "today's certain members only",
                Reading::Possible => "everybody it could mean",
            };
            let case = Case::new(
                rule.subject(),
                format!("rule `{}` names {text}; {flow} gets {how}", rule.name),
            )
            .because_of(remark.cause());
            match origin {
                Some(origin) => case.with(Subject {
                    origin: *origin,
                    id: text.clone(),
                    name: text.clone(),
                }),
                None => case,
            }
        });
    }

    pub(super) fn side(&mut self, peers: &Peers<Linked>) -> Side {
        let side = self.reader.sides.peers(peers, &self.rule.ident.name);
        self.told(side)
    }

    /// The machines it is applied to.
    pub(super) fn scope(&mut self, peers: &Peers<Linked>) -> Side {
        let side = self.reader.sides.scope(peers, &self.rule.ident.name);
        self.told(side)
    }

    fn told(&mut self, side: Side) -> Side {
        for remark in &side.remarks {
            self.remark(remark);
        }
        self.exact &= side.exact;
        side
    }

    /// The traffic for certain and at most, and the services where they say all of it.
    pub(super) fn traffic(&mut self) -> (Traffic, Traffic, Vec<Id<Service<Linked>>>) {
        let version = Traffic::of_version(self.rule.ip);
        let Services::Of(uses) = &self.rule.services else {
            return (version.clone(), version, Vec::new());
        };
        let (mut sure, mut possible) = (Traffic::default(), Traffic::default());
        let (mut named, mut all_named) = (Vec::new(), self.rule.ip == IpVersion::Both);
        for used in uses {
            let matched = self.reader.catalogue.used(used);
            for gap in &matched.gaps {
                self.gap(gap);
            }
            all_named &= matched.gaps.is_empty();
            sure = sure.union(&matched.sure);
            possible = possible.union(&matched.possible);
            match used {
                ServiceUse::Named(Link::Found(id, _)) => named.push(*id),
                ServiceUse::Named(Link::Missing(_)) | ServiceUse::Inline(_) => all_named = false,
            }
        }
        if !all_named {
            named.clear();
        }
        (
            sure.intersection(&version),
            possible.intersection(&version),
            named,
        )
    }

    fn gap(&mut self, gap: &Gap) {
        let answer = self.answer(&gap.what.used(self.reading()));
        let Gap { text, origin, .. } = gap;
        self.cause = self.cause.or(gap.cause());
        if answer != Legality::Legal {
            self.exact = false;
        }
        let (rule, reading, flow) = (&self.rule.ident, self.reading(), self.flow());
        self.account.note_part(answer, || {
            let how = match reading {
                Reading::Sure => "does not get it",
                Reading::Possible => "gets all that it could match",
            };
            Case::new(
                rule.subject(),
                format!("rule `{}` matches {text}; {flow} {how}", rule.name),
            )
            .with(Subject {
                origin: *origin,
                id: text.clone(),
                name: text.clone(),
            })
            .because_of(gap.cause())
        });
    }
}

impl Draft<'_> {
    /// Whether the rule was read in full, or can be used as a deny all the same.
    pub(super) fn is_whole(&mut self) -> bool {
        let rule = self.rule;
        let Some(first) = rule.broken.first() else {
            return true;
        };
        let keys = BadKey::names(&rule.broken).join("`, `");
        self.exact = false;
        self.note_because(
            &Use::Broken(self.reading()),
            &format!("could not be read (`{keys}`); nothing is let through by"),
            Some(first.origin),
        );
        self.kind != Kind::Allow
    }

    /// The conditions of a rule that are not about endpoints or ports.
    pub(super) fn conditions(&mut self, section: &Section<Linked>) {
        let rule = self.rule;
        let unread = || rule.unread.iter().chain(&section.unread);
        if let Some(first) = unread().next() {
            let keys = BadKey::names(unread()).join("`, `");
            self.condition(
                Use::UnreadKey,
                &format!("has the unknown key `{keys}`"),
                Some(first.origin),
            );
        }
        if !rule.profiles.is_empty() {
            let profiles: Vec<&str> = rule.profiles.iter().map(|p| p.text.as_str()).collect();
            self.condition(
                Use::Profile,
                &format!("asks for the profile `{}`", profiles.join("`, `")),
                None,
            );
        }
        if let Some(schedule) = &section.schedule {
            self.condition(
                Use::Schedule,
                &format!("is in force at times (`{}`)", schedule.text),
                None,
            );
        }
        if !section.stateful {
            let exact = self.exact;
            self.condition(Use::Stateless, "stands in a stateless section", None);
            self.exact = exact;
        }
        if rule.direction != Direction::Both {
            self.note(&Use::OneWay, "is for one direction in");
        }
        if rule.logged {
            self.record(
                &Use::Logged,
                "logs its matches, alone; the whole policy logs in",
            );
        }
        if let Some(label) = &rule.log_label {
            let text = format!("has the log label `{label}`, which is not kept by");
            self.record(&Use::LogLabel, &text);
        }
    }

    /// Says what is lost of the record, whatever the rule does.
    fn record(&mut self, what: &Use, text: &str) {
        self.note(what, text);
    }

    /// Works out who holds the entry at each end.
    pub(super) fn hold(
        &mut self,
        entry: &mut Entry,
        sides: &(Side, Side),
        applied_to: &Peers<Linked>,
    ) {
        let applied = (!is_any(applied_to)).then(|| self.scope(applied_to));
        let (source, destination) = sides;
        let mut frozen = false;
        if self.rule.direction != Direction::In {
            let hold = self.hold_at(source, destination, applied.as_ref(), &mut frozen);
            entry.egress = Some(hold);
        }
        if self.rule.direction != Direction::Out {
            let hold = self.hold_at(destination, source, applied.as_ref(), &mut frozen);
            entry.ingress = Some(hold);
        }
        if applied.is_some() {
            self.note(
                &Use::AppliedTo { own: !frozen },
                "is applied to machines that are not the ones it is about; today's members go to",
            );
        }
    }

    fn hold_at(
        &mut self,
        own: &Side,
        peer: &Side,
        applied: Option<&Side>,
        frozen: &mut bool,
    ) -> Hold {
        let reader = self.reader;
        let filtered = &reader.universe.filtered;
        let mut possible = reader
            .sides
            .own_possible(&own.possible)
            .intersection(filtered);
        if let Some(applied) = applied {
            let at_most = reader.sides.own_possible(&applied.possible);
            possible = possible.intersection(&at_most);
        }
        let parts = match applied {
            None => own
                .parts
                .iter()
                .map(|part| whole_own(reader, part))
                .collect(),
            Some(applied) => applied_own(reader, own, applied, frozen),
        };
        let hold = Hold {
            own: parts,
            own_possible: possible,
            peers: peer.parts.clone(),
            peers_possible: peer.possible.clone(),
        };
        let gap = hold.own_possible.difference(&hold.own_sure());
        self.unsure_machines(&gap, own);
        hold
    }

    /// Says which machines could hold the entry and are not known to.
    pub(super) fn unsure_machines(&mut self, gap: &VmSet, own: &Side) {
        let universe = self.reader.universe;
        let unsure: Vec<_> = universe.real(gap).collect();
        let Some(first) = unsure.first() else {
            return;
        };
        let was_exact = self.exact;
        self.exact = false;
        if !own.exact || !was_exact {
            return; // told with the members that are not known
        }
        let name = &universe.ident(*first).name;
        let (what, why) = if universe.vm(*first).addresses.is_none() {
            (Mention::UnknownAddresses, "no export tells its addresses")
        } else {
            (Mention::SplitMachine, "it has other addresses too")
        };
        let count = count(unsure.len(), "machine");
        self.remark(&Remark {
            what,
            text: format!("an address that {count} could have, such as `{name}` ({why})"),
            origin: None,
        });
    }

    /// What the release of the target takes away from an entry.
    pub(super) fn releases(&mut self, entry: &mut Entry) {
        let old = self.reader.target.release() < Release::R7_5;
        if self.kind == Kind::Allow && old && !entry.traffic.v6().is_empty() {
            self.note(&Use::Ipv6, "admits IPv6, which is blocked by");
            entry.traffic = entry
                .traffic
                .intersection(&Traffic::of_version(IpVersion::V4));
        }
    }

    /// Whether there is something to let through; if not, says why.
    pub(super) fn is_left(&mut self, entry: &Entry, sides: &(Side, Side)) -> bool {
        let (source, destination) = sides;
        let empty =
            source.parts.is_empty() || destination.parts.is_empty() || entry.traffic.is_empty();
        let held = [&entry.egress, &entry.ingress]
            .into_iter()
            .flatten()
            .any(|hold| !hold.own.is_empty());
        if !empty && held {
            return true;
        }
        if self.exact {
            self.note(&Use::Nobody, "matches nobody today; nothing of it goes to");
        } else {
            self.nothing_left();
        }
        false
    }
}

/// A part of the own side that no applied-to cuts.
fn whole_own(reader: &Reader<'_>, part: &Part) -> Own {
    let filtered = &reader.universe.filtered;
    let all = reader.sides.own(part);
    let vms = all.intersection(filtered);
    let form = match &part.form {
        Form::Anyone => Form::Anyone,
        Form::Tags(tags) if vms.len() == all.len() => Form::Tags(tags.clone()),
        Form::Named(pattern) if vms.len() == all.len() => Form::Named(pattern.clone()),
        Form::Tags(_) | Form::Named(_) | Form::Machines | Form::Addresses => Form::Machines,
    };
    Own {
        form,
        vms,
        name: part.name.clone(),
        group: part.group,
    }
}

/// The own side where the rule is applied to certain machines only.
fn applied_own(reader: &Reader<'_>, own: &Side, applied: &Side, frozen: &mut bool) -> Vec<Own> {
    let mut found: Vec<Own> = Vec::new();
    let mut rest: Option<Own> = None;
    for part in &own.parts {
        for scope in &applied.parts {
            // A filter is a machine's; addresses in the scope select none for certain.
            let scope = Part {
                reach: Reach {
                    vms: scope.reach.vms.clone(),
                    ips: AddressSet::empty(),
                },
                ..scope.clone()
            };
            let both = reader
                .sides
                .own(part)
                .intersection(&reader.sides.own(&scope));
            let vms = both.intersection(&reader.universe.filtered);
            let (form, name, group) = match (&part.form, &scope.form) {
                (Form::Anyone, form) => (form.clone(), &scope.name, scope.group),
                (form, Form::Anyone) => (form.clone(), &part.name, part.group),
                (Form::Tags(left), Form::Tags(right)) => {
                    (Form::Tags(joined(left, right)), &part.name, part.group)
                }
                (
                    Form::Tags(_) | Form::Named(_) | Form::Machines | Form::Addresses,
                    Form::Tags(_) | Form::Named(_) | Form::Machines | Form::Addresses,
                ) => (Form::Machines, &part.name, part.group),
            };
            let follows = match &form {
                Form::Anyone => true,
                Form::Tags(tags) => vms.len() == both.len() && tags.len() <= MAX_CATEGORIES,
                Form::Named(_) => vms.len() == both.len(),
                Form::Machines | Form::Addresses => false,
            };
            let piece = Own {
                form,
                vms,
                name: name.clone(),
                group,
            };
            if follows {
                found.push(piece);
            } else if !piece.vms.is_empty() {
                let same = part.group.is_some() && part.group == scope.group;
                *frozen |= !same;
                rest = Some(match rest {
                    None => Own {
                        form: Form::Machines,
                        ..piece
                    },
                    Some(rest) => Own {
                        vms: rest.vms.union(&piece.vms),
                        group: None,
                        ..rest
                    },
                });
            }
        }
    }
    found.extend(rest);
    found
}

fn joined(left: &TagList, right: &TagList) -> TagList {
    left.union(right).cloned().collect()
}
