//! The waits after the stages of a plan, and the scripts that are spoken for.

use super::super::table::recovery::Shared;
use super::order::{Order, VmId};
use super::script::Joined;
use crate::ir::recovery::Priority;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// What the machines of a plan ask for together.
#[derive(Clone, Debug, Default)]
pub(super) struct Waits {
    /// Seconds after each stage, by number less one.
    after: Vec<u32>,
    /// The priority of each machine.
    priorities: BTreeMap<VmId, Priority>,
    /// Machines that others of their priority depend on.
    awaited: std::collections::BTreeSet<VmId>,
    /// Scripts of the plans before this one.
    scripts: BTreeMap<VmId, Joined>,
}

impl Waits {
    /// The waits of an order: the longest of each stage.
    pub(super) fn of(
        order: &Order,
        delays: &BTreeMap<VmId, u32>,
        priorities: BTreeMap<VmId, Priority>,
        awaited: std::collections::BTreeSet<VmId>,
        scripts: BTreeMap<VmId, Joined>,
    ) -> Self {
        let after = order
            .levels
            .iter()
            .map(|level| {
                let delays = level.vms.iter().filter_map(|vm| delays.get(vm).copied());
                delays.max().unwrap_or(0)
            })
            .collect();
        Self {
            after,
            priorities,
            awaited,
            scripts,
        }
    }

    /// Seconds after a stage.
    pub(super) fn after(&self, number: u32) -> Option<NonZeroU32> {
        let at = usize::try_from(number.checked_sub(1)?).ok()?;
        self.after.get(at).copied().and_then(NonZeroU32::new)
    }

    /// The priority of a machine in the plan.
    pub(super) fn priority(&self, vm: VmId) -> Option<Priority> {
        self.priorities.get(&vm).copied()
    }

    /// Whether the wait of a machine is that of its stage. Only machines that depend on it can tell:
    /// the next priority waits for all machines of this one in the source, too.
    pub(super) fn shared(&self, order: &Order, vm: VmId, own: u32) -> Shared {
        let stage = order
            .number(vm)
            .and_then(|number| self.after(number))
            .map_or(0, NonZeroU32::get);
        if self.awaited.contains(&vm) && own < stage {
            Shared::Longer
        } else {
            Shared::Same
        }
    }

    /// Whether a machine can have this script: the guest has one place for it, and another plan may
    /// have put its own there.
    pub(super) fn takes(&self, vm: VmId, joined: &Joined) -> bool {
        self.scripts.get(&vm).is_none_or(|other| other == joined)
    }
}
