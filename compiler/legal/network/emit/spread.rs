//! The rules around one set of machines, spread over policies where one would hold more than are
//! known to be accepted.
//!
//! A category can be secured by one policy only, so each further policy is around a category of its
//! own that the same machines carry. Policies add up, so the order in which rules are spread does not
//! matter; it is that of the source, so that a rule added at the end changes the last policy only.

use super::{Crowded, Draft, Emitter, End, Machines};
use crate::ir::NonEmpty;
use crate::legal::Preference;
use crate::plan::nutanix::Description;
use crate::plan::nutanix::builder::Holds;
use crate::plan::nutanix::network::rule::{Categories, Described};
use crate::plan::nutanix::network::{
    ApplicationRule, IntraAction, MAX_RULES, PolicyRules, Reach, Secured,
};
use std::collections::BTreeSet;

/// One allowed flow of a draft.
struct Flow {
    rule: usize,
    end: End,
    description: Description<64>,
    reach: Reach,
}

/// A policy in the making.
#[derive(Default)]
struct Open {
    rules: Vec<Described<ApplicationRule>>,
    holds: Holds,
    logged: bool,
}

/// What a chunk says besides its flows: nothing in, nothing out, and what goes on inside.
const FRAME: usize = 3;

impl Emitter<'_> {
    /// Makes the policies of one draft, or of several that share a category.
    pub(super) fn policies_of(&mut self, drafts: &[&Draft]) -> Option<Crowded> {
        let first = drafts.first()?;
        let mut around = Vec::new();
        for draft in drafts {
            if let Some(secured) = self.secured(&draft.secured, &draft.name) {
                let flows = self.flows_of(draft);
                around.push((draft, secured, flows, self.intra(&draft.among)));
            }
        }
        let needed: usize = around.iter().map(|(_, _, flows, _)| framed(flows)).sum();
        let follows = |draft: &&&Draft| match draft.secured {
            Machines::Tags(_) | Machines::Named(_) => true,
            Machines::Estate | Machines::Marked(..) => false,
        };
        let followed = drafts.iter().any(|draft| follows(&draft));
        let whole = needed <= MAX_RULES || followed && self.options.prefer == Preference::Dynamic;
        let room = if whole { usize::MAX } else { MAX_RULES };
        let mut done: Vec<Open> = vec![Open::default()];
        for (draft, secured, flows, intra) in around {
            let chunks: Vec<&[Flow]> = match flows.as_slice() {
                [] => vec![&[]],
                flows => flows.chunks(room - FRAME).collect(),
            };
            for (at, chunk) in chunks.into_iter().enumerate() {
                let fits = |open: &Open| framed(chunk) <= room - open.rules.len();
                if !done.last().is_some_and(fits) {
                    done.push(Open::default());
                }
                let secured = if at == 0 && done.len() == 1 {
                    secured.clone()
                } else {
                    let twin = self.twin(&draft.vms, &draft.name);
                    Secured::Categories(Categories::one(twin))
                };
                if let Some(open) = done.last_mut() {
                    open.add(&secured, chunk, &intra);
                    for line in chunk.iter().filter_map(|flow| self.lines.get(flow.rule)) {
                        open.holds.add(&line.rule.ident);
                        open.logged |= line.rule.logged;
                    }
                }
            }
        }
        let about = format!("what reaches and leaves {}", first.name);
        let spread = done.len() > 1;
        for Open {
            rules,
            holds,
            logged,
        } in done
        {
            if let Some(rules) = NonEmpty::new(rules) {
                let rules = PolicyRules::Application { rules };
                self.add_policy(&first.name, &about, logged, rules, holds);
            }
        }
        let all = drafts.iter().flat_map(|draft| &draft.rules);
        (needed > MAX_RULES && followed).then(|| Crowded {
            policy: first.name.to_string(),
            rules: needed,
            first: all.map(|drawn| drawn.rule).min().unwrap_or_default(),
            spread,
        })
    }

    /// The flows of a draft in the order of the source, each once.
    fn flows_of(&mut self, draft: &Draft) -> Vec<Flow> {
        let mut seen = BTreeSet::new();
        let mut flows = Vec::new();
        for drawn in &draft.rules {
            let name = self
                .lines
                .get(drawn.rule)
                .map_or("", |line| line.rule.ident.name.as_str());
            let services = self.services(&drawn.traffic, name);
            for peer in self.peers(&drawn.peers, &drawn.peers_name) {
                let reach = Reach::Allow(peer, services.clone());
                if seen.insert((drawn.end, reach.clone())) {
                    flows.push(Flow {
                        rule: drawn.rule,
                        end: drawn.end,
                        description: Description::nearest(name),
                        reach,
                    });
                }
            }
        }
        flows
    }
}

/// How many rules a chunk becomes.
fn framed(flows: &[Flow]) -> usize {
    let empty = |end: End| flows.iter().all(|flow| flow.end != end);
    flows.len() + usize::from(empty(End::Inbound)) + usize::from(empty(End::Outbound)) + 1
}

impl Open {
    /// Adds rules around machines: both directions and the inside are said, whatever they hold.
    fn add(&mut self, secured: &Secured, flows: &[Flow], intra: &IntraAction) {
        for end in [End::Inbound, End::Outbound] {
            let place = |reach| match end {
                End::Inbound => ApplicationRule::Inbound(secured.clone(), reach),
                End::Outbound => ApplicationRule::Outbound(secured.clone(), reach),
            };
            let before = self.rules.len();
            for flow in flows.iter().filter(|flow| flow.end == end) {
                self.rules.push(Described {
                    description: flow.description.clone(),
                    rule: place(flow.reach.clone()),
                });
            }
            if self.rules.len() == before {
                let text = match end {
                    End::Inbound => "nothing in",
                    End::Outbound => "nothing out",
                };
                self.rules.push(Described {
                    description: Description::nearest(text),
                    rule: place(Reach::Nothing),
                });
            }
        }
        self.rules.push(Described {
            description: Description::nearest("among themselves"),
            rule: ApplicationRule::Intra(secured.clone(), intra.clone()),
        });
    }
}
