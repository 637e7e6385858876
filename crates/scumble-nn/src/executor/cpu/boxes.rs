use std::cell::RefCell;

use scumble_kernels::{Isa, box_sums_row};

use super::shape::Shape;

thread_local! {
    /// A row of sums, which a task needs for a moment. It grows to the longest row that a thread meets, once.
    static ROW: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// Calls `read` with the sums of [`box_sums_row`] for row `y` of the small map: `[width / 2][9][pitch]`.
pub(super) fn with(isa: Isa, slope: &[f32], shape: &Shape, n: usize, y: usize, read: impl FnOnce(&[f32])) {
    ROW.with_borrow_mut(|sums| {
        let len = shape.width / 2 * 9 * shape.pitch;
        if sums.len() < len {
            sums.resize(len, 0.0);
        }
        let rows = std::array::from_fn(|row| &slope[shape.start(n, 2 * y + row)..][..shape.row()]);
        box_sums_row(isa, rows, shape.pitch, &mut sums[..len]);
        read(&sums[..len]);
    });
}
