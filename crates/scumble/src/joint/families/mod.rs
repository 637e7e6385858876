//! The families at work: parameters to costs of the states, and slopes back, one small file each.

mod chain;
mod mixture;
mod product;
mod scores;

pub(super) use product::Product;

use super::family::JointFamily;
use super::kind::JointKind;
use super::state_costs::StateCosts;
use chain::Chain;
use mixture::Mixture;
use scores::{Pairwise, Powerset};

/// The family with its scratch; K <= 12.
pub(super) fn state_costs(family: &JointFamily) -> Box<dyn StateCosts> {
    let labels = family.labels();
    match family.kind() {
        JointKind::Independent => Box::new(Product::new(labels)),
        JointKind::Pairwise => Box::new(Pairwise::new(labels)),
        JointKind::Mixture => Box::new(Mixture::new(labels, family.components())),
        JointKind::Chain => Box::new(Chain::new(labels)),
        JointKind::Powerset => Box::new(Powerset::new(labels)),
    }
}
