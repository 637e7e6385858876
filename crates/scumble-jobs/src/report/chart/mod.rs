//! Charts as SVG inside the page, coloured by its style sheet.

mod amounts;
mod axis;
mod frame;
mod precision_recall;
mod reliability;
mod risk_coverage;
mod roc;
mod training;

pub(super) use amounts::{AmountPoint, amounts};
pub(super) use precision_recall::precision_recall;
pub(super) use reliability::reliability;
pub(super) use risk_coverage::risk_coverage;
pub(super) use roc::roc;
pub(super) use training::training;
