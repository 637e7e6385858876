//! One turn or flip of an image, and back.

use ndarray::{ArrayView3, Axis};

/// One of the eight turns and flips that take an image's pixels to pixels: rows and columns flipped first, then exchanged.
///
/// ```
/// use ndarray::array;
/// use scumble_nn::Views;
///
/// let image = array![[[1, 2, 3], [4, 5, 6]]];
/// for view in Views::ALL.list() {
///     assert_eq!(view.back(view.see(image.view())), image);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct View {
    /// Rows become columns.
    pub(crate) transposed: bool,
    /// Rows from below, columns from the right.
    pub(crate) flips: [bool; 2],
}

impl View {
    /// The image as it is.
    pub const IDENTITY: Self = Self { transposed: false, flips: [false; 2] };

    /// Whether letters in it read mirrored: whether it is made of an odd number of reflections.
    pub fn mirrors(self) -> bool {
        self.transposed ^ self.flips[0] ^ self.flips[1]
    }

    /// Maps [C, H, W] seen so; [C, W, H] where rows become columns.
    pub fn see<T>(self, maps: ArrayView3<'_, T>) -> ArrayView3<'_, T> {
        let mut seen = self.flipped(maps);
        if self.transposed {
            seen.swap_axes(1, 2);
        }
        seen
    }

    /// Maps that were seen so, as they were.
    pub fn back<T>(self, mut seen: ArrayView3<'_, T>) -> ArrayView3<'_, T> {
        if self.transposed {
            seen.swap_axes(1, 2);
        }
        self.flipped(seen)
    }

    fn flipped<T>(self, mut maps: ArrayView3<'_, T>) -> ArrayView3<'_, T> {
        for (axis, _) in self.flips.iter().enumerate().filter(|(_, flipped)| **flipped) {
            maps.invert_axis(Axis(1 + axis));
        }
        maps
    }
}

#[cfg(test)]
mod tests {
    use crate::Views;
    use ndarray::Array3;
    use std::collections::HashSet;

    #[test]
    fn every_set_of_views_is_a_group_of_as_many_as_it_says() {
        let image = Array3::from_shape_fn((1, 3, 3), |(_, row, column)| 3 * row + column);
        for views in [Views::ONE, Views::FLIPS, Views::TURNS, Views::ALL] {
            let seen: HashSet<_> =
                views.list().iter().map(|view| view.see(image.view()).to_owned()).collect();
            assert_eq!((seen.len(), views.list().len()), (views.count(), views.count()));
            for (first, second) in
                views.list().iter().flat_map(|a| views.list().into_iter().map(move |b| (a, b)))
            {
                assert!(
                    seen.contains(&second.see(first.see(image.view())).to_owned()),
                    "{first:?} {second:?}"
                );
            }
            assert!(seen.contains(&image));
        }
    }

    #[test]
    fn turns_do_not_mirror() {
        // A matrix with a hand: the sign of a rotation's determinant.
        let image = Array3::from_shape_fn((1, 2, 2), |(_, row, column)| 2 * row + column);
        for view in Views::ALL.list() {
            let seen = view.see(image.view());
            let around = [seen[[0, 0, 0]], seen[[0, 0, 1]], seen[[0, 1, 1]], seen[[0, 1, 0]]];
            let start = around.iter().position(|v| *v == 0).unwrap();
            assert_eq!(around[(start + 1) % 4] == 2, view.mirrors(), "{view:?}");
        }
        assert!(Views::TURNS.list().iter().all(|view| !view.mirrors()));
    }
}
