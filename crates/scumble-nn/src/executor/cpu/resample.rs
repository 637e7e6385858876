use scumble_kernels::{Isa, PoolSide, gate_row, max_pool_row, max_pool_slope_row};

use super::rows::for_rows;
use super::shape::Shape;

/// Multiplications of a pixel, for the size of tasks: none, but memory is slow.
const WORK: usize = 256;

/// Max pooling.
pub(super) fn pool(isa: Isa, map: &[f32], from: &Shape, output: &mut [f32], shape: &Shape) {
    for_rows(output, shape, 2 * WORK, |n, y, row| {
        let (top, bottom) = (from.pixels(map, n, 2 * y), from.pixels(map, n, 2 * y + 1));
        max_pool_row(isa, top, bottom, shape.pitch, shape.inside_mut(row));
    });
}

/// The gradient of max pooling's map, added to what `input` holds if `add`, and gated by the map itself if `gate`.
pub(super) fn pool_slope(
    isa: Isa,
    (map, from): (&[f32], &Shape),
    (slope, shape): (&[f32], &Shape),
    add: bool,
    gate: bool,
    input: &mut [f32],
) {
    for_rows(input, from, WORK, |n, y, row| {
        let side = if y % 2 == 0 { PoolSide::Top } else { PoolSide::Bottom };
        let (own, other) = (from.pixels(map, n, y), from.pixels(map, n, y ^ 1));
        let row = from.inside_mut(row);
        max_pool_slope_row(isa, [own, other], side, shape.pixels(slope, n, y / 2), from.pitch, add, row);
        if gate {
            gate_row(isa, own, row);
        }
    });
}

/// One source of a copy: its place among the channels, and whether its pixels are repeated.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) first: usize,
    pub(super) up: bool,
}

/// Copies maps side by side. Convolutions do without; this is for the rare layer that cannot.
pub(super) fn join<'a>(
    sources: impl Iterator<Item = (&'a [f32], &'a Shape, Part)> + Clone + Sync,
    output: &mut [f32],
    shape: &Shape,
) {
    for_rows(output, shape, 2 * WORK, |n, y, row| {
        let row = shape.inside_mut(row);
        row.fill(0.0);
        for (map, from, part) in sources.clone() {
            let pixels = from.pixels(map, n, if part.up { y / 2 } else { y });
            for (x, to) in row.chunks_mut(shape.pitch).enumerate() {
                let x = if part.up { x / 2 } else { x };
                let to = &mut to[part.first..part.first + from.channels];
                to.copy_from_slice(&pixels[x * from.pitch..][..from.channels]);
            }
        }
    });
}

/// The gradient of one of the maps that were copied.
pub(super) fn join_slope(
    isa: Isa,
    (slope, shape): (&[f32], &Shape),
    part: Part,
    add: bool,
    gate: Option<&[f32]>,
    (input, to): (&mut [f32], &Shape),
) {
    for_rows(input, to, 2 * WORK, |n, y, row| {
        let row = to.inside_mut(row);
        if !add {
            row.fill(0.0);
        }
        let side = if part.up { 2 } else { 1 };
        for line in 0..side {
            let pixels = shape.pixels(slope, n, side * y + line);
            for (x, from) in pixels.chunks(shape.pitch).enumerate() {
                let to = &mut row[x / side * to.pitch..][..to.channels];
                for (to, from) in to.iter_mut().zip(&from[part.first..]) {
                    *to += from;
                }
            }
        }
        if let Some(gate) = gate {
            gate_row(isa, to.pixels(gate, n, y), row);
        }
    });
}
