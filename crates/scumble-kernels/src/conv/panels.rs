//! How weights lie in memory, and whether a walk stays within it.

/// Channels that are stored together: maps and panels are padded to a multiple of it with zeros.
///
/// A register of AVX-512, or two of AVX2.
pub const PANEL: usize = 16;

/// Weights of a convolution as `[outputs / width][rows][width]`: a row has what one input value is multiplied with for
/// `width` outputs. A kernel then reads its weights from front to back.
#[derive(Debug, Clone, Copy)]
pub struct Panels<'a> {
    /// The weights, panel after panel.
    pub values: &'a [f32],
    /// Rows of a panel: input values that an output depends on.
    pub rows: usize,
    /// Outputs of a panel: 16 or 32.
    pub width: usize,
}

/// The next multiple of `unit`.
///
/// ```
/// assert_eq!(scumble_kernels::round_up(17, 16), 32);
/// ```
pub const fn round_up(count: usize, unit: usize) -> usize {
    count.div_ceil(unit) * unit
}

/// The width of panels for so many outputs.
pub const fn panel_width(outputs: usize) -> usize {
    if round_up(outputs, PANEL).is_multiple_of(2 * PANEL) { 2 * PANEL } else { PANEL }
}

/// Whether `count` runs of `length` values, `step` apart from `start` on, end within `len`.
pub(super) fn within(len: usize, start: usize, step: usize, count: usize, length: usize) -> bool {
    let last = count.checked_sub(1).and_then(|steps| steps.checked_mul(step));
    let end = last.and_then(|last| last.checked_add(start)).and_then(|last| last.checked_add(length));
    count == 0 || end.is_some_and(|end| end <= len)
}
