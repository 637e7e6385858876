//! Executors run a network: forwards, backwards, and a step of the optimiser. One trait, one folder for each.
//!
//! Callers see [`Executor`] and [`open`] alone. A new executor is a new folder here and an arm in [`open`].

#[cfg(feature = "burn")]
mod burn;
mod cpu;
mod device;
mod error;
mod interface;
mod muon;
mod open;
mod precision;
mod state;
mod update;

pub use self::device::{Device, UnknownDevice};
pub use self::error::ExecutorError;
pub use self::interface::Executor;
pub use self::open::open;
#[cfg(feature = "burn")]
pub use self::open::open_burn;
pub use self::precision::{Precision, PrecisionChoice, Resolved, UnknownPrecision};
pub use self::state::State;
pub use self::update::{Optimiser, Update};
