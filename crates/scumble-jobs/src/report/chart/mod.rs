//! Charts as SVG inside the page, coloured by its style sheet.

mod axis;
mod frame;
mod precision_recall;
mod reliability;
mod roc;
mod training;

pub(super) use precision_recall::precision_recall;
pub(super) use reliability::reliability;
pub(super) use roc::roc;
pub(super) use training::training;
