//! Lowers network policy.

use super::{Ledger, Options};
use crate::ir::{Linked, Policy};
use crate::plan::nutanix::Builder;

/// Lowers the network domain of a policy into the plan.
pub fn lower(
    _policy: &Policy<Linked>,
    _options: &Options,
    _plan: &mut Builder,
    _ledger: &mut Ledger,
) {
}
