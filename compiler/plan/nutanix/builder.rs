//! Builds a plan: one place gives out names, placeholders and categories.

use super::Plan;
use super::category::{Category, Label};
use super::mapping::Mapping;
use super::name::{Description, Name};
use super::object::{Assignee, Assignments, Body, External, Model, Object, ObjectId};
use super::runbook::{Runbook, RunbookStep};
use crate::ir::Ident;
use crate::legal::Target;
use crate::source::Origin;
use crate::taken::Taken;
use std::collections::{BTreeMap, BTreeSet};

/// A plan in the making. Lowerings add to it; the order of objects is the order they were added in,
/// so whoever adds an object has added what it refers to.
#[derive(Debug)]
pub struct Builder {
    target: Target,
    objects: Vec<Object>,
    places: BTreeMap<ObjectId, usize>,
    names: BTreeMap<(Model, String), Taken<String>>,
    categories: BTreeMap<(String, String), ObjectId>,
    labels: Taken<(String, String)>,
    external: BTreeMap<ObjectId, External>,
    assignments: Assignments,
    runbook: Runbook,
    mapping: Mapping,
    chosen: BTreeSet<String>,
}

/// What an object holds, for the manifest.
#[derive(Clone, Debug, Default)]
pub struct Holds {
    /// Ids of constructs.
    pub constructs: Vec<String>,
    /// Where they stand.
    pub origins: Vec<Origin>,
    /// The same ids, to be looked up.
    seen: BTreeSet<String>,
}

impl Holds {
    /// One construct.
    #[must_use]
    pub fn one(ident: &Ident) -> Self {
        Self {
            constructs: vec![ident.id.clone()],
            origins: vec![ident.origin],
            seen: BTreeSet::from([ident.id.clone()]),
        }
    }

    /// Adds a construct.
    pub fn add(&mut self, ident: &Ident) {
        if self.seen.insert(ident.id.clone()) {
            self.constructs.push(ident.id.clone());
            self.origins.push(ident.origin);
        }
    }
}

impl Builder {
    /// An empty plan that uses the names people chose.
    #[must_use]
    pub fn new(target: Target, mapping: Mapping) -> Self {
        Self {
            target,
            labels: mapping.reserved().into(),
            mapping,
            chosen: BTreeSet::new(),
            objects: Vec::new(),
            places: BTreeMap::new(),
            names: BTreeMap::new(),
            categories: BTreeMap::new(),
            external: BTreeMap::new(),
            assignments: Assignments::default(),
            runbook: Runbook::default(),
        }
    }

    /// What the plan is for.
    #[must_use]
    pub const fn target(&self) -> Target {
        self.target
    }

    /// A name no other object of that model (in that parent) has.
    pub fn name(&mut self, model: Model, parent: Option<ObjectId>, wished: &str) -> Name {
        let scope = parent.map(|parent| parent.to_string()).unwrap_or_default();
        Name::nearest(wished).unique(self.names.entry((model, scope)).or_default())
    }

    /// Adds an object under a name that [`Self::name`] gave out.
    pub fn add(
        &mut self,
        model: Model,
        parent: Option<ObjectId>,
        name: Name,
        body: Body,
        holds: Holds,
    ) -> ObjectId {
        let scope = parent.map(|parent| parent.to_string()).unwrap_or_default();
        let id = ObjectId::of(model.name(), &scope, name.as_str());
        self.places.insert(id, self.objects.len());
        let Holds {
            constructs,
            origins,
            seen: _,
        } = holds;
        self.objects.push(Object {
            id,
            model,
            name,
            parent,
            body,
            constructs,
            origins,
            exists: false,
        });
        id
    }

    /// The name of a cluster or site on the target.
    #[must_use]
    pub fn cluster_name<'name>(&'name self, name: &'name str) -> &'name str {
        self.mapping.cluster(name)
    }

    /// The category for a key and value as the source knows them; made once, with labels that no
    /// other pair has after cutting and cleaning. Asking again adds to what it holds.
    pub fn category(&mut self, key: &str, value: &str, about: &str, holds: Holds) -> ObjectId {
        if let Some(id) = self
            .categories
            .get(&(key.to_owned(), value.to_owned()))
            .copied()
        {
            if let Some(object) = self
                .places
                .get(&id)
                .and_then(|at| self.objects.get_mut(*at))
            {
                for (construct, origin) in holds.constructs.into_iter().zip(holds.origins) {
                    if !object.constructs.contains(&construct) {
                        object.constructs.push(construct);
                        object.origins.push(origin);
                    }
                }
            }
            return id;
        }
        let (key_label, value_label, exists) = self.labels_for(key, value);
        let name = self.name(
            Model::Category,
            None,
            &format!("{}.{}", key_label.as_str(), value_label.as_str()),
        );
        let body = Category {
            key: key_label,
            value: value_label,
            description: Description::nearest(about),
        };
        let id = self.add(Model::Category, None, name, Body::Category(body), holds);
        if let Some(object) = self.objects.last_mut() {
            object.exists = exists;
        }
        self.categories
            .insert((key.to_owned(), value.to_owned()), id);
        id
    }

    /// The labels people chose, or the nearest that nothing else has; and whether the category exists.
    fn labels_for(&mut self, key: &str, value: &str) -> (Label, Label, bool) {
        let (whole, of_key) = self.mapping.category(key, value);
        if let Some(chosen) = whole
            && let Some(label) = &chosen.value
        {
            self.chosen.insert(format!("{key}/{value}"));
            return (chosen.key.clone(), label.clone(), chosen.exists);
        }
        let key = match of_key {
            Some(chosen) => {
                self.chosen.insert(key.to_owned());
                chosen.key.clone()
            }
            None => Label::nearest(key),
        };
        // Comparison ignores case, because two values that differ in case alone confuse people.
        let folded = key.as_str().to_lowercase();
        let wish = (folded.clone(), value.to_lowercase());
        let label = self.labels.give(&wish, |number| {
            let label = match number {
                1 => Label::nearest(value),
                number => {
                    let ending = format!("-{number}");
                    let kept: String = value.chars().take(64 - ending.len()).collect();
                    Label::nearest(&format!("{kept}{ending}"))
                }
            };
            ((folded.clone(), label.as_str().to_lowercase()), label)
        });
        (key, label, false)
    }

    /// Gives a machine categories.
    pub fn assign_vm(&mut self, vm: &Ident, categories: impl IntoIterator<Item = ObjectId>) {
        let who = Assignee {
            name: vm.name.clone(),
            source_id: vm.id.clone(),
        };
        self.assignments
            .vms
            .entry(who)
            .or_default()
            .extend(categories);
    }

    /// Gives a host a category.
    pub fn assign_host(&mut self, host: &Ident, category: ObjectId) {
        let hosts = &self.mapping.hosts;
        let renamed = hosts.get(&host.name).or_else(|| hosts.get(&host.id));
        let who = Assignee {
            name: renamed.map_or_else(|| host.name.clone(), |renamed| renamed.name.clone()),
            source_id: host.id.clone(),
        };
        self.assignments
            .hosts
            .entry(who)
            .or_default()
            .insert(category);
    }

    /// Refers to something that exists already.
    pub fn external(
        &mut self,
        kind: &'static str,
        name: &str,
        source_id: Option<&str>,
    ) -> ObjectId {
        let name = match kind {
            "cluster" => self.mapping.cluster(name).to_owned(),
            _ => name.to_owned(),
        };
        let id = ObjectId::of(kind, source_id.unwrap_or(""), &name);
        self.external.entry(id).or_insert_with(|| External {
            id,
            kind,
            name,
            source_id: source_id.map(str::to_owned),
        });
        id
    }

    /// Adds a script for a guest.
    pub fn script(&mut self, script: super::runbook::GuestScript) {
        self.runbook.scripts.push(script);
    }

    /// Adds what the platform does in a plan.
    pub fn flow(&mut self, flow: super::runbook::Flow) {
        self.runbook.flows.push(flow);
    }

    /// Adds a step for people.
    pub fn runbook(&mut self, step: RunbookStep) {
        self.runbook.steps.push(step);
    }

    /// The plan.
    #[must_use]
    pub fn finish(self) -> Plan {
        Plan {
            target: self.target,
            objects: self.objects,
            external: self.external.into_values().collect(),
            assignments: self.assignments,
            runbook: self.runbook,
            chosen: self.chosen,
        }
    }
}
