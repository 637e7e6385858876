//! Max pooling, and the rare concatenation that copies.

use scumble_kernels::{Isa, PoolSide, Stored, max_pool_gradient_row, max_pool_row, relu_gradient_row};

use super::maps::{COPY_WORK, Shape, for_rows};

/// Max pooling.
pub(super) fn max_pool<T: Stored>(isa: Isa, map: &[T], from: &Shape, output: &mut [T], shape: &Shape) {
    for_rows(output, shape, 2 * COPY_WORK, |n, y, row| {
        let (top, bottom) = (from.pixels(map, n, 2 * y), from.pixels(map, n, 2 * y + 1));
        max_pool_row(isa, top, bottom, shape.pitch, shape.inside_mut(row));
    });
}

/// The gradient of max pooling's map, added to what `input` holds if `add`; 0 where the map is, if it comes `after_relu`.
pub(super) fn max_pool_gradient<T: Stored>(
    isa: Isa,
    (map, from): (&[T], &Shape),
    (gradient, shape): (&[T], &Shape),
    add: bool,
    after_relu: bool,
    input: &mut [T],
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
pub(super) fn concat<'a, T: Stored>(
    sources: impl Iterator<Item = (&'a [T], &'a Shape, Slice)> + Clone + Sync,
    output: &mut [T],
    shape: &Shape,
) {
    for_rows(output, shape, 2 * COPY_WORK, |n, y, row| {
        let row = shape.inside_mut(row);
        row.fill(T::default());
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
pub(super) fn concat_gradient<T: Stored>(
    isa: Isa,
    (gradient, shape): (&[T], &Shape),
    slice: Slice,
    add: bool,
    relu: Option<&[T]>,
    (input, to): (&mut [T], &Shape),
) {
    for_rows(input, to, 2 * COPY_WORK, |n, y, row| {
        let row = to.inside_mut(row);
        if !add {
            row.fill(T::default());
        }
        let side = if slice.up { 2 } else { 1 };
        for line in 0..side {
            let pixels = shape.pixels(gradient, n, side * y + line);
            for (x, from) in pixels.chunks(shape.pitch).enumerate() {
                let to = &mut row[x / side * to.pitch..][..to.channels];
                for (to, from) in to.iter_mut().zip(&from[slice.first..]) {
                    *to = T::narrow(to.wide() + from.wide());
                }
            }
        }
        if let Some(output) = relu {
            relu_gradient_row(isa, to.pixels(output, n, y), row);
        }
    });
}
