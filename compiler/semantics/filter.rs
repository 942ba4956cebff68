//! What the two filters of a flow do: lists of entries of which the first that matches decides.
//!
//! Both platforms are written down in this form, so that one comparison serves both. An additive
//! allow-list is such a list too: allows in any order, then a denial for everybody it protects.

use super::endpoints::{Endpoint, Endpoints};
use super::traffic::{Packet, Traffic};
use crate::source::Origin;
use std::sync::Arc;

/// One flow, by its first packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// Who begins it.
    pub from: Endpoint,
    /// Who is addressed.
    pub to: Endpoint,
    /// The first packet.
    pub packet: Packet,
}

/// Flows: from these, to those, with this traffic.
#[derive(Clone, Debug)]
pub struct Region {
    /// Who begins the flow.
    pub source: Arc<Endpoints>,
    /// Who is addressed.
    pub destination: Arc<Endpoints>,
    /// The first packet.
    pub traffic: Arc<Traffic>,
}

impl Region {
    /// Whether a flow is in it.
    #[must_use]
    pub fn contains(&self, flow: &Flow) -> bool {
        self.traffic.contains(flow.packet)
            && self.source.contains(flow.from)
            && self.destination.contains(flow.to)
    }

    /// Whether no flow is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.source.is_empty() || self.destination.is_empty() || self.traffic.is_empty()
    }
}

/// Which of the flows that an entry could match it matches for certain.
#[derive(Clone, Debug)]
pub enum Sure {
    /// All of them.
    All,
    /// None: whether it matches at all is not known.
    Never,
    /// These. A subset of what is possible.
    Some(Region),
}

impl Sure {
    /// Whether an entry matches a flow for certain that it could match.
    #[must_use]
    pub fn contains(&self, flow: &Flow) -> bool {
        match self {
            Self::All => true,
            Self::Never => false,
            Self::Some(region) => region.contains(flow),
        }
    }
}

/// What an entry does with a flow that reaches it and matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Lets it through.
    Allow,
    /// Discards it.
    Deny,
    /// Goes on with the next stage.
    Pass,
    /// Nobody can say.
    Unknown,
    /// Leaves it to the later entries, or discards it: no document says which. Such an entry decides
    /// nothing, and what it could discard is told apart.
    Unsettled,
}

/// One entry of a filter.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The stage it belongs to; stages are read in ascending order.
    pub stage: u8,
    /// The flows it could match.
    pub possible: Region,
    /// The flows it matches for certain.
    pub sure: Sure,
    /// What it does with them.
    pub verdict: Verdict,
    /// Why, as a place in [`Filters::reasons`].
    pub reason: usize,
}

/// Why an entry is there.
#[derive(Clone, Debug)]
pub struct Reason {
    /// In words: ``rule `web` of section `shop` ``.
    pub text: String,
    /// The id of the object: of a rule, of a policy.
    pub id: String,
    /// Where it stands in the exports.
    pub origin: Option<Origin>,
    /// Ids of the constructs that a finding about this entry could name.
    pub constructs: Vec<String>,
}

impl Reason {
    /// A reason that is no object.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            id: String::new(),
            origin: None,
            constructs: Vec::new(),
        }
    }
}

/// What happens to a flow: at the sender's filter first, then at the receiver's. Both must let it
/// through. A flow that no entry of a filter decides is one nobody can say anything about.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// At the sender.
    pub out: Vec<Entry>,
    /// At the receiver.
    pub inward: Vec<Entry>,
    /// Why the entries are there.
    pub reasons: Vec<Reason>,
}

impl Filters {
    /// Adds a reason.
    pub fn reason(&mut self, reason: Reason) -> usize {
        self.reasons.push(reason);
        self.reasons.len() - 1
    }
}

/// Why a filter treats a flow as it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trail {
    /// Every entry that could match, up to and with the one that matches for certain: its reason,
    /// what it does, and whether it matches for certain.
    pub steps: Vec<(usize, Verdict, bool)>,
    /// Whether the flow is let through, or could be.
    pub allow: bool,
    /// Whether the flow is discarded, or could be.
    pub deny: bool,
    /// Whether no entry decides for certain.
    pub undecided: bool,
}

/// A trail in the making: one flow against the entries of a filter in order.
#[derive(Debug)]
pub struct Tracer {
    trail: Trail,
    stage: u8,
    /// Whether the flow could still be in this stage.
    here: bool,
    /// Whether the flow could have left this stage for the next.
    passed: bool,
}

impl Default for Tracer {
    fn default() -> Self {
        Self {
            trail: Trail::default(),
            stage: 0,
            here: true,
            passed: false,
        }
    }
}

impl Tracer {
    /// Takes in the next entry that could match. Whether it is worth going on.
    pub fn step(&mut self, stage: u8, verdict: Verdict, certain: bool, reason: usize) -> bool {
        if stage != self.stage {
            self.stage = stage;
            self.here |= self.passed;
            self.passed = false;
        }
        if self.here {
            self.trail.steps.push((reason, verdict, certain));
            match verdict {
                Verdict::Allow => self.trail.allow = true,
                Verdict::Deny => self.trail.deny = true,
                Verdict::Unknown => (self.trail.allow, self.trail.deny) = (true, true),
                Verdict::Pass => self.passed = true,
                Verdict::Unsettled => {}
            }
            self.here = !certain || matches!(verdict, Verdict::Unknown | Verdict::Unsettled);
        }
        self.here || self.passed
    }

    /// The trail, after the last entry.
    #[must_use]
    pub fn finish(mut self) -> Trail {
        if self.here || self.passed {
            (self.trail.allow, self.trail.deny) = (true, true);
            self.trail.undecided = true;
        }
        self.trail
    }
}

/// What the entries of a filter do with a flow.
#[must_use]
pub fn trace(entries: &[Entry], flow: &Flow) -> Trail {
    let mut tracer = Tracer::default();
    for entry in entries {
        if !entry.possible.contains(flow) {
            continue;
        }
        let certain = entry.sure.contains(flow);
        if !tracer.step(entry.stage, entry.verdict, certain, entry.reason) {
            break;
        }
    }
    tracer.finish()
}
