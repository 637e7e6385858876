//! Max pooling, and the rare concatenation that copies.

use scumble_kernels::{Isa, PoolSide, max_pool_gradient_row, max_pool_row, relu_gradient_row};

use super::maps::{COPY_WORK, Shape, for_rows};

/// Max pooling.
pub(super) fn max_pool(isa: Isa, map: &[f32], from: &Shape, output: &mut [f32], shape: &Shape) {
    for_rows(output, shape, 2 * COPY_WORK, |n, y, row| {
        let (top, bottom) = (from.pixels(map, n, 2 * y), from.pixels(map, n, 2 * y + 1));
        max_pool_row(isa, top, bottom, shape.pitch, shape.inside_mut(row));
    });
}

/// The gradient of max pooling's map, added to what `input` holds if `add`; 0 where the map is, if it comes `after_relu`.
pub(super) fn max_pool_gradient(
    isa: Isa,
    (map, from): (&[f32], &Shape),
    (gradient, shape): (&[f32], &Shape),
    add: bool,
    after_relu: bool,
    input: &mut [f32],
) {
    for_rows(input, from, COPY_WORK, |n, y, row| {
        let side = if y % 2 == 0 { PoolSide::Top } else { PoolSide::Bottom };
        let (own, other) = (from.pixels(map, n, y), from.pixels(map, n, y ^ 1));
        let row = from.inside_mut(row);
        max_pool_gradient_row(
            isa,
            [own, other],
            side,
            shape.pixels(gradient, n, y / 2),
            from.pitch,
            add,
            row,
        );
        if after_relu {
            relu_gradient_row(isa, own, row);
        }
    });
}

/// Where one source of a concatenation lies among the channels, and whether its pixels are repeated.
#[derive(Clone, Copy)]
pub(super) struct Slice {
    pub(super) first: usize,
    pub(super) up: bool,
}

/// Copies maps side by side. Convolutions do without; this is for the rare layer that cannot.
pub(super) fn concat<'a>(
    sources: impl Iterator<Item = (&'a [f32], &'a Shape, Slice)> + Clone + Sync,
    output: &mut [f32],
    shape: &Shape,
) {
    for_rows(output, shape, 2 * COPY_WORK, |n, y, row| {
        let row = shape.inside_mut(row);
        row.fill(0.0);
        for (map, from, slice) in sources.clone() {
            let pixels = from.pixels(map, n, if slice.up { y / 2 } else { y });
            for (x, to) in row.chunks_mut(shape.pitch).enumerate() {
                let x = if slice.up { x / 2 } else { x };
                let to = &mut to[slice.first..slice.first + from.channels];
                to.copy_from_slice(&pixels[x * from.pitch..][..from.channels]);
            }
        }
    });
}

/// The gradient of one of the maps that were copied.
pub(super) fn concat_gradient(
    isa: Isa,
    (gradient, shape): (&[f32], &Shape),
    slice: Slice,
    add: bool,
    relu: Option<&[f32]>,
    (input, to): (&mut [f32], &Shape),
) {
    for_rows(input, to, 2 * COPY_WORK, |n, y, row| {
        let row = to.inside_mut(row);
        if !add {
            row.fill(0.0);
        }
        let side = if slice.up { 2 } else { 1 };
        for line in 0..side {
            let pixels = shape.pixels(gradient, n, side * y + line);
            for (x, from) in pixels.chunks(shape.pitch).enumerate() {
                let to = &mut row[x / side * to.pitch..][..to.channels];
                for (to, from) in to.iter_mut().zip(&from[slice.first..]) {
                    *to += from;
                }
            }
        }
        if let Some(output) = relu {
            relu_gradient_row(isa, to.pixels(output, n, y), row);
        }
    });
}
