//! Layouts of other programs: recognised, and brought into that of a data set.

mod annotated;
mod beside;
mod carry;
mod folders;
mod level;
mod naming;
mod nnunet;
mod plan;
mod recognise;
mod role;
mod sets;
mod voc;

pub use carry::{Carried, RECORD};
pub use plan::{ForeignLayout, ImportPlan, LeftOut, PlacedFile, Several};
pub use recognise::plan_import;

pub use level::check_level;
pub(super) use level::{is_set, not_a_set};
pub(super) use role::{Role, of_folder};
