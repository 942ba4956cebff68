//! Tags as conditions that the target can follow by itself.

use crate::ir::network::PeerSet;
use crate::ir::selector::{Condition, Key, Of, Operator, Selector, TagScope};
use crate::ir::{Linked, Policy};
use crate::plan::nutanix::network::{MAX_CATEGORIES, NameMatch, NamePattern};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A tag that a machine carries or not, compared without case. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TagKey(Arc<Tag>);

#[derive(Debug)]
struct Tag {
    folded: (Option<String>, String),
    scope: Option<String>,
    value: String,
}

impl TagKey {
    /// The condition as a tag that a machine either carries or not; `None` for all others.
    pub(super) fn of(condition: &Condition) -> Option<Self> {
        let Condition {
            of,
            key,
            operator,
            value,
            origin: _,
        } = condition;
        let (Of::Vm, Key::Tag(scope), Operator::Equals) = (of, key, operator) else {
            return None;
        };
        let scope = match scope {
            TagScope::Any => None,
            TagScope::Is(scope) => Some(scope.clone()),
            TagScope::IsNot(_) => return None,
        };
        Some(Self(Arc::new(Tag {
            folded: (
                scope.as_ref().map(|scope| scope.to_lowercase()),
                value.to_lowercase(),
            ),
            scope,
            value: value.clone(),
        })))
    }

    /// The scope; `None`: any.
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.0.scope.as_deref()
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.0.value
    }

    /// Scope and value in lower case.
    #[must_use]
    pub fn folded(&self) -> &(Option<String>, String) {
        &self.0.folded
    }
}

impl PartialEq for TagKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.folded == other.0.folded
    }
}
impl Eq for TagKey {}
impl PartialOrd for TagKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for TagKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.folded.cmp(&other.0.folded)
    }
}

/// Tags that a machine carries all of.
pub type TagList = BTreeSet<TagKey>;

/// The tags that a selector asks for, where it asks for nothing else.
pub(super) fn tag_list(selector: &Selector<Linked>) -> Option<TagList> {
    match selector {
        Selector::Match(condition) => TagKey::of(condition).map(|key| TagList::from([key])),
        Selector::All(parts) => {
            let lists: Option<Vec<TagList>> = parts.iter().map(tag_list).collect();
            let joined: TagList = lists?.into_iter().flatten().collect();
            (joined.len() <= MAX_CATEGORIES).then_some(joined)
        }
        Selector::AnyOf(parts) if parts.len() == 1 => parts.iter().next().and_then(tag_list),
        Selector::AnyOf(_)
        | Selector::Nothing
        | Selector::Not(_)
        | Selector::Addresses(..)
        | Selector::Group(_)
        | Selector::Vm(_)
        | Selector::Segment(_)
        | Selector::Opaque(_) => None,
    }
}

/// The pattern of names that a selector asks for, where it asks for nothing else.
pub(super) fn name_pattern(selector: &Selector<Linked>) -> Option<NamePattern> {
    let Selector::Match(Condition {
        of: Of::Vm,
        key: Key::Name,
        operator,
        value,
        origin: _,
    }) = selector
    else {
        return None;
    };
    let how = match operator {
        Operator::Equals => NameMatch::Equals,
        Operator::Contains => NameMatch::Contains,
        Operator::StartsWith => NameMatch::StartsWith,
        Operator::EndsWith => NameMatch::EndsWith,
        Operator::NotEquals | Operator::Present => return None,
    };
    NamePattern::new(how, value)
}

/// What a policy selects machines by that a target can follow: each is worth a stand-in.
#[derive(Debug, Default)]
pub struct Criteria {
    /// Every combination of tags.
    pub tags: BTreeSet<TagList>,
    /// Every text that names are compared with.
    pub names: BTreeSet<String>,
}

impl Criteria {
    /// Those of a policy.
    #[must_use]
    pub fn of(policy: &Policy<Linked>) -> Self {
        let mut found = Self::default();
        let network = &policy.network;
        for group in network.groups.values() {
            found.collect(&group.members);
        }
        let of_sections = network
            .sections
            .iter()
            .filter_map(|s| s.applied_to.as_ref());
        let of_rules = network
            .sections
            .iter()
            .flat_map(|section| &section.rules)
            .flat_map(|rule| [&rule.source, &rule.destination, &rule.applied_to]);
        for peers in of_sections.chain(of_rules) {
            if let PeerSet::Of(parts) = &peers.set {
                parts.iter().for_each(|part| found.collect(part));
            }
        }
        found
    }

    fn collect(&mut self, selector: &Selector<Linked>) {
        if let Some(list) = tag_list(selector) {
            self.tags.insert(list);
        } else if let (Some(_), Selector::Match(condition)) = (name_pattern(selector), selector) {
            self.names.insert(condition.value.clone());
        } else if let Selector::AnyOf(parts) = selector {
            parts.iter().for_each(|part| self.collect(part));
        }
    }
}
