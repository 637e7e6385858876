//! Undoes what was done to the samples before they were packed: they are differences to the left neighbour.

use super::layout::{Layout, Predictor};

/// Restores the samples of a strip or tile in place. They are little-endian before (but those of the predictor for
/// floats, whose bytes stand apart) and after.
pub(super) fn undo(bytes: &mut [u8], layout: &Layout) {
    let (row_bytes, stride) = (layout.row_bytes(), layout.samples_together());
    match layout.predictor {
        Predictor::None => {}
        Predictor::Horizontal => {
            for row in bytes.chunks_exact_mut(row_bytes) {
                match layout.bits {
                    8 => sum(row, stride, u8::from_le_bytes, u8::wrapping_add, u8::to_le_bytes),
                    16 => sum(row, stride, u16::from_le_bytes, u16::wrapping_add, u16::to_le_bytes),
                    32 => sum(row, stride, u32::from_le_bytes, u32::wrapping_add, u32::to_le_bytes),
                    _ => sum(row, stride, u64::from_le_bytes, u64::wrapping_add, u64::to_le_bytes),
                }
            }
        }
        Predictor::Float => {
            let sample = layout.bits / 8;
            let mut apart = vec![0; row_bytes];
            for row in bytes.chunks_exact_mut(row_bytes) {
                sum(row, stride, u8::from_le_bytes, u8::wrapping_add, u8::to_le_bytes);
                apart.copy_from_slice(row);
                // First the highest byte of every number, then the next one of every number.
                let numbers = row_bytes / sample;
                for (at, number) in row.chunks_exact_mut(sample).enumerate() {
                    for (byte, value) in number.iter_mut().rev().enumerate() {
                        *value = apart[byte * numbers + at];
                    }
                }
            }
        }
    }
}

/// Adds to each number the one that stands `stride` before it.
fn sum<T: Copy, const N: usize>(
    row: &mut [u8],
    stride: usize,
    from: fn([u8; N]) -> T,
    add: fn(T, T) -> T,
    to: fn(T) -> [u8; N],
) {
    let numbers = row.as_chunks_mut::<N>().0;
    for at in stride..numbers.len() {
        numbers[at] = to(add(from(numbers[at]), from(numbers[at - stride])));
    }
}
