//! The rules of a policy as one order: whom each is about for certain, and at most.

use super::super::account::Account;
use super::super::draft::Draft;
use super::super::lists::{Kind, Line, Reader, is_any};
use super::super::side::{Form, Part, Reach, Side};
use super::super::traffic::Traffic;
use super::super::universe::{Universe, union_all};
use crate::ir::network::{Action, Direction, Rule, Section, Tier};
use crate::ir::service::Service;
use crate::ir::set::AddressSet;
use crate::ir::{Id, Linked};
use crate::legal::table::network::{Reading, Use};
use crate::semantics::VmSet;

/// Endpoints.
#[derive(Clone, Debug)]
pub enum Ends {
    /// Everybody.
    Anyone,
    /// Those of one of the parts; no part: nobody.
    Of(Vec<Part>),
}

impl Ends {
    /// Whether it is everybody.
    #[must_use]
    pub const fn is_anyone(&self) -> bool {
        matches!(self, Self::Anyone)
    }

    /// Whether it is nobody.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        match self {
            Self::Anyone => false,
            Self::Of(parts) => parts.iter().all(|part| part.reach.is_empty()),
        }
    }

    fn of(parts: &[Part]) -> Self {
        if parts.iter().any(|part| part.form == Form::Anyone) {
            return Self::Anyone;
        }
        Self::Of(parts.to_vec())
    }

    /// The addresses that packets are matched by.
    fn addresses(&self) -> AddressSet {
        match self {
            Self::Anyone => AddressSet::empty(),
            Self::Of(parts) => {
                let sets: Vec<&AddressSet> = parts.iter().map(|part| &part.reach.ips).collect();
                union_all(&sets)
            }
        }
    }

    /// Who it is; `None`: everybody.
    fn reach(&self) -> Option<Reach> {
        match self {
            Self::Anyone => None,
            Self::Of(parts) => {
                let none = Reach::default();
                Some(parts.iter().fold(none, |all, part| all.union(&part.reach)))
            }
        }
    }

    /// Whether somebody could be in both.
    #[must_use]
    pub fn meets(&self, universe: &Universe, other: &Self) -> bool {
        let (Some(left), Some(right)) = (self.reach(), other.reach()) else {
            return !self.is_nobody() && !other.is_nobody();
        };
        let holds = |ips: &AddressSet, vms: &VmSet| universe.holders(ips).1.intersects(vms);
        left.vms.intersects(&right.vms)
            || left.ips.v4.intersects(&right.ips.v4)
            || left.ips.v6.intersects(&right.ips.v6)
            || holds(&left.ips, &right.vms)
            || holds(&right.ips, &left.vms)
    }
}

/// What a law is about.
#[derive(Clone, Debug)]
pub struct Shape {
    /// From whom.
    pub source: Ends,
    /// To whom.
    pub destination: Ends,
    /// Source and destination as the filtering machine, where that is more or less: a machine whose
    /// addresses no export tells.
    pub own: Option<(Ends, Ends)>,
    /// The machines whose filters hold it.
    pub applied: Ends,
    /// Which traffic.
    pub traffic: Traffic,
}

impl Shape {
    /// Whether it is from everybody to everybody.
    #[must_use]
    pub const fn is_everybody(&self) -> bool {
        self.source.is_anyone() && self.destination.is_anyone()
    }

    /// Whether it is about no flow.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let own = self.own.as_ref();
        self.traffic.is_empty()
            || self.source.is_nobody()
            || self.destination.is_nobody()
            || self.applied.is_nobody()
            || own
                .is_some_and(|(source, destination)| source.is_nobody() && destination.is_nobody())
    }

    /// Whether a flow could be in both.
    #[must_use]
    pub fn meets(&self, universe: &Universe, other: &Self) -> bool {
        self.traffic.intersects(&other.traffic)
            && self.source.meets(universe, &other.source)
            && self.destination.meets(universe, &other.destination)
            && self.applied.meets(universe, &other.applied)
    }
}

/// A rule in the order.
#[derive(Clone, Debug)]
pub struct Law {
    /// The number of the rule.
    pub rule: usize,
    /// The jump that leads here, by the number of its rule.
    pub via: Option<usize>,
    /// What it does.
    pub kind: Kind,
    /// Whether it tells the sender.
    pub rejects: bool,
    /// Its tier.
    pub tier: Tier,
    /// At which filter it is read.
    pub direction: Direction,
    /// What it is about for certain.
    pub sure: Shape,
    /// What it is about at most.
    pub possible: Shape,
    /// Whether both are the same.
    pub exact: bool,
    /// The services it names, where these are all of the traffic.
    pub services: Vec<Id<Service<Linked>>>,
}

impl Law {
    /// What it does something about: for certain where it lets through, at most where it stops.
    #[must_use]
    pub const fn shape(&self) -> &Shape {
        match self.kind {
            Kind::Allow => &self.sure,
            Kind::Deny | Kind::Jump => &self.possible,
        }
    }

    /// Whether it decides about everything.
    #[must_use]
    pub fn is_last_word(&self) -> bool {
        let shape = self.shape();
        self.kind != Kind::Jump
            && self.exact
            && self.direction == Direction::Both
            && shape.is_everybody()
            && shape.applied.is_anyone()
            && shape.traffic.is_full()
    }
}

/// The rules of a policy.
#[derive(Debug, Default)]
pub struct Laws<'policy> {
    /// Every rule.
    pub lines: Vec<Line<'policy>>,
    /// What becomes of each.
    pub accounts: Vec<Account>,
    /// One account a section.
    pub sections: Vec<Account>,
    /// Those that are in force, in order.
    pub laws: Vec<Law>,
}

impl<'policy> Laws<'policy> {
    /// Reads every section.
    #[must_use]
    pub fn read(reader: &'policy Reader<'policy>) -> Self {
        let mut all = Self::default();
        for section in &reader.policy.network.sections {
            all.sections.push(reader.section(section));
            for rule in &section.rules {
                let at = all.lines.len();
                let (account, law) = law(reader, section, rule, at);
                all.laws.extend(law);
                all.lines.push(Line { section, rule });
                all.accounts.push(account);
            }
        }
        all
    }
}

fn law(
    reader: &Reader<'_>,
    section: &Section<Linked>,
    rule: &Rule<Linked>,
    at: usize,
) -> (Account, Option<Law>) {
    let mut draft = match reader.begin(section, rule) {
        Ok(draft) => draft,
        Err(account) => return (account, None),
    };
    let unconditional = draft.exact;
    let applied_to = section.applied_to.as_ref().unwrap_or(&rule.applied_to);
    let source = draft.side(&rule.source);
    let destination = draft.side(&rule.destination);
    let applied = (!is_any(applied_to)).then(|| draft.scope(applied_to));
    let (traffic, traffic_possible, services) = draft.traffic();
    let scope = applied.as_ref();
    let mut sure = Shape {
        source: Ends::of(&source.parts),
        destination: Ends::of(&destination.parts),
        own: None,
        applied: scope.map_or(Ends::Anyone, |side| Ends::Of(machines(side))),
        traffic,
    };
    let mut possible = Shape {
        source: at_most(&source),
        destination: at_most(&destination),
        own: None,
        applied: scope.map_or(Ends::Anyone, |side| scope_at_most(&mut draft, side)),
        traffic: traffic_possible,
    };
    if scope.is_some_and(|side| side.parts.iter().any(|part| part.form == Form::Anyone)) {
        sure.applied = Ends::Anyone;
        possible.applied = Ends::Anyone;
    }
    own(
        &mut draft,
        (&source, &destination),
        &mut sure,
        &mut possible,
    );
    let empty = sure.is_empty();
    if !unconditional && draft.kind == Kind::Jump {
        // Whether it jumps at all is not known.
        sure.traffic = Traffic::default();
    }
    if draft.kind == Kind::Allow && draft.account.stands() && empty {
        if draft.exact {
            draft.note(&Use::Nobody, "matches nobody today; nothing of it goes to");
        } else {
            draft.nothing_left();
        }
    }
    let keep = draft.kind != Kind::Allow || draft.account.stands();
    let law = Law {
        rule: at,
        via: None,
        kind: draft.kind,
        rejects: rule.action == Action::Reject,
        tier: section.tier,
        direction: rule.direction,
        exact: draft.exact,
        sure,
        possible,
        services,
    };
    (draft.account, keep.then_some(law))
}

/// Everybody a side could mean.
fn at_most(side: &Side) -> Ends {
    let certain = Ends::of(&side.parts);
    if side.exact || certain.is_anyone() {
        return certain;
    }
    let (sure, possible) = (side.sure(), &side.possible);
    if possible.ips == AddressSet::full() {
        return Ends::Anyone;
    }
    let mut parts = side.parts.clone();
    parts.push(Part {
        form: Form::Machines,
        reach: Reach {
            vms: possible.vms.difference(&sure.vms),
            ips: possible.ips.difference(&sure.ips),
        },
        name: "others that could be meant".into(),
        group: None,
    });
    Ends::Of(parts)
}

/// The machines of a side; addresses select none for certain.
fn machines(side: &Side) -> Vec<Part> {
    side.parts
        .iter()
        .filter(|part| !part.reach.vms.is_empty() || matches!(part.form, Form::Tags(_)))
        .map(|part| Part {
            reach: Reach {
                vms: part.reach.vms.clone(),
                ips: AddressSet::empty(),
            },
            ..part.clone()
        })
        .collect()
}

/// The machines a rule could be applied to.
fn scope_at_most(draft: &mut Draft<'_>, side: &Side) -> Ends {
    let sides = draft.reader.sides;
    let gap = sides
        .own_possible(&side.possible)
        .difference(&side.sure().vms);
    let mut parts = machines(side);
    if !gap.is_empty() {
        draft.unsure_machines(&gap, side);
        parts.push(rest(gap));
    }
    Ends::Of(parts)
}

fn rest(vms: VmSet) -> Part {
    Part {
        form: Form::Machines,
        reach: Reach {
            vms,
            ips: AddressSet::empty(),
        },
        name: "machines that could be meant".into(),
        group: None,
    }
}

/// What differs for the filtering machine: one whose addresses no export tells is left out of what is
/// certain and taken into what is possible.
fn own(draft: &mut Draft<'_>, sides: (&Side, &Side), sure: &mut Shape, possible: &mut Shape) {
    let universe = draft.reader.universe;
    if universe.addressless.is_empty() {
        return;
    }
    let mut unsure = |ends: &Ends, side: &Side| {
        let (_, could) = universe.holders(&ends.addresses());
        let gap = could.intersection(&universe.addressless);
        if !gap.is_empty() {
            draft.unsure_machines(&gap, side);
        }
        gap
    };
    let gaps = (
        unsure(&possible.source, sides.0),
        unsure(&possible.destination, sides.1),
    );
    if gaps.0.is_empty() && gaps.1.is_empty() {
        return;
    }
    sure.own = Some((
        by_machine(universe, &sure.source),
        by_machine(universe, &sure.destination),
    ));
    possible.own = Some((
        with(&possible.source, gaps.0),
        with(&possible.destination, gaps.1),
    ));
}

fn with(ends: &Ends, vms: VmSet) -> Ends {
    match ends {
        Ends::Anyone => Ends::Anyone,
        Ends::Of(parts) => {
            let mut parts = parts.clone();
            if !vms.is_empty() {
                parts.push(rest(vms));
            }
            Ends::Of(parts)
        }
    }
}

/// Addresses as the machines that hold them for certain.
fn by_machine(universe: &Universe, ends: &Ends) -> Ends {
    let Ends::Of(parts) = ends else {
        return Ends::Anyone;
    };
    let parts = parts.iter().map(|part| {
        if part.reach.ips.is_empty() {
            return part.clone();
        }
        let (holders, _) = universe.holders(&part.reach.ips);
        Part {
            form: Form::Machines,
            reach: Reach {
                vms: part.reach.vms.union(&holders),
                ips: AddressSet::empty(),
            },
            name: part.name.clone(),
            group: None,
        }
    });
    Ends::Of(parts.collect())
}

/// Who is on both sides, and whether that is certain.
#[must_use]
pub fn both(universe: &Universe, left: &Ends, right: &Ends, reading: Reading) -> (Ends, bool) {
    let (one, other) = match (left, right) {
        (Ends::Anyone, ends) | (ends, Ends::Anyone) => return (ends.clone(), true),
        (Ends::Of(one), Ends::Of(other)) => (one, other),
    };
    let mut certain = true;
    let mut parts = Vec::new();
    for one in one {
        for other in other {
            let (part, known) = part_of_both(universe, one, other, reading);
            certain &= known;
            if !part.reach.is_empty() {
                parts.push(part);
            }
        }
    }
    (Ends::Of(parts), certain)
}

fn part_of_both(universe: &Universe, one: &Part, other: &Part, reading: Reading) -> (Part, bool) {
    if one.form == other.form && matches!(one.form, Form::Tags(_) | Form::Named(_)) {
        return (one.clone(), true);
    }
    let mut certain = true;
    let mut held = |vms: &VmSet, ips: &AddressSet| {
        let (sure, possible) = universe.holders(ips);
        let (sure, possible) = (sure.intersection(vms), possible.intersection(vms));
        certain &= sure == possible;
        match reading {
            Reading::Sure => sure,
            Reading::Possible => possible,
        }
    };
    let (a, b) = (&one.reach, &other.reach);
    let vms = a
        .vms
        .intersection(&b.vms)
        .union(&held(&a.vms, &b.ips))
        .union(&held(&b.vms, &a.ips));
    let ips = AddressSet {
        v4: a.ips.v4.intersection(&b.ips.v4),
        v6: a.ips.v6.intersection(&b.ips.v6),
    };
    let part = Part {
        form: Form::Machines,
        reach: Reach { vms, ips },
        name: format!("{} in {}", one.name, other.name).into(),
        group: None,
    };
    (part, certain)
}
