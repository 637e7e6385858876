//! Labels for tests.

use scumble::labels::{Kind, LabelSpace};

/// So many classes, whatever they are called.
pub(crate) fn space(kind: Kind, classes: usize) -> LabelSpace {
    LabelSpace::unnamed(kind, classes).unwrap()
}
