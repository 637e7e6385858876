//! How a patch lies in its image.

use super::AugmentationOptions;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// How a patch lies in its image: flip, then quarter turns, then rotation and scale about the patch's centre,
/// then its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placement {
    /// Mirror the rows, mirror the columns.
    pub(super) flips: [bool; 2],
    /// Quarter turns, 0 to 3.
    pub(super) turns: u8,
    /// 2 shows things twice as large.
    pub(super) scale: f64,
    /// In radians.
    pub(super) rotation: f64,
    /// Row and column of the patch's corner, were it neither scaled nor rotated.
    pub(super) corner: [isize; 2],
}

impl Placement {
    /// Draws a placement. The same numbers are drawn in the same order whatever the options are, so that
    /// switching one kind of augmentation off leaves the others as they were.
    pub(super) fn draw(
        options: &AugmentationOptions,
        size: usize,
        labelled: &[Range<usize>; 2],
        image: [usize; 2],
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let flips = [rng.random::<f64>(), rng.random()].map(|u| options.flips && u < 0.5);
        let turn = rng.random::<f64>() * 4.0;
        let [low, high] = options.scale.map(f64::from);
        let scale = low * (high / low).powf(rng.random());
        let angle = f64::from(options.rotate) * (2.0 * rng.random::<f64>() - 1.0);
        let row = corner(rng.random(), size, &labelled[0], image[0]);
        let column = corner(rng.random(), size, &labelled[1], image[1]);
        Self {
            flips,
            turns: if options.turns { turn as u8 } else { 0 },
            scale,
            rotation: angle.to_radians(),
            corner: [row, column],
        }
    }

    /// The affine map from pixels of a patch of `size` to pixels of the image.
    pub(super) fn map(&self, size: usize) -> Map {
        let sign = self.flips.map(|flip| if flip { -1.0 } else { 1.0 });
        // Whole numbers, not sines: a patch that is only flipped and turned hits pixels exactly.
        let turn: [[f64; 2]; 2] = match self.turns % 4 {
            0 => [[1.0, 0.0], [0.0, 1.0]],
            1 => [[0.0, 1.0], [-1.0, 0.0]],
            2 => [[-1.0, 0.0], [0.0, -1.0]],
            _ => [[0.0, -1.0], [1.0, 0.0]],
        };
        let (sin, cos) = self.rotation.sin_cos();
        let rotation = [[cos, sin], [-sin, cos]];
        let mut matrix = [[0.0; 2]; 2];
        for (row, rotated) in matrix.iter_mut().zip(rotation) {
            for (column, value) in row.iter_mut().enumerate() {
                let turned = rotated[0] * turn[0][column] + rotated[1] * turn[1][column];
                *value = turned * sign[column] / self.scale;
            }
        }
        let middle = (size as f64 - 1.0) / 2.0;
        let centre = self.corner.map(|corner| corner as f64 + middle);
        Map { matrix, middle, centre }
    }

    /// Samples along each axis of a patch's pixel: as many as it is wide in pixels of the image, rounded.
    ///
    /// So they are at most one and a half pixels apart, which linear interpolation still bridges, and the
    /// usual scales down to 0.8 cost no more than a copy.
    pub(super) fn oversampling(&self) -> usize {
        ((1.0 / self.scale).round() as usize).max(1)
    }
}

/// Where the corner may be along one axis: uniform over whole pixels.
///
/// The patch lies inside the labelled range, or may stick out of it by an eighth, without which the pixels at
/// the edge of an image would hardly ever be drawn. A labelled range shorter than the patch lies inside it;
/// the patch then stays inside the image, if the image is large enough.
fn corner(u: f64, size: usize, labelled: &Range<usize>, length: usize) -> isize {
    let [size, length, from, to] = [size, length, labelled.start, labelled.end].map(|n| n as isize);
    let slack = to - from - size;
    let (low, high) = if slack >= 0 {
        let over = (size / 8).min(slack / 2);
        (from - over, to - size + over)
    } else if length >= size {
        ((to - size).max(0), from.min(length - size))
    } else {
        (to - size, from)
    };
    (low + (u * (high - low + 1) as f64) as isize).min(high)
}

/// image = centre + matrix (patch - middle), in (row, column) of pixel centres.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map {
    matrix: [[f64; 2]; 2],
    middle: f64,
    centre: [f64; 2],
}

impl Map {
    /// The place in the image of a place in the patch.
    #[inline]
    pub(super) fn at(&self, row: f64, column: f64) -> [f64; 2] {
        let (row, column) = (row - self.middle, column - self.middle);
        let [[a, b], [c, d]] = self.matrix;
        [self.centre[0] + (a * row + b * column), self.centre[1] + (c * row + d * column)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corners(size: usize, labelled: Range<usize>, length: usize) -> (isize, isize) {
        (corner(0.0, size, &labelled, length), corner(0.999_999, size, &labelled, length))
    }

    #[test]
    fn patches_stay_where_labels_are() {
        assert_eq!(corners(64, 0..64, 64), (0, 0), "as large as the image");
        assert_eq!(corners(64, 0..256, 256), (-8, 200), "an eighth beyond the edges");
        assert_eq!(corners(64, 0..70, 70), (-3, 9), "half of the slack at most");
        assert_eq!(corners(64, 100..110, 256), (46, 100), "the label lies in the patch");
        assert_eq!(corners(64, 0..10, 256), (0, 0), "and the patch in the image");
        assert_eq!(corners(64, 250..256, 256), (192, 192), "at the other edge, too");
        assert_eq!(corners(64, 0..40, 40), (-24, 0), "an image smaller than the patch");
    }

    #[test]
    fn four_quarter_turns_are_none() {
        let map =
            |turns| Placement { flips: [false; 2], turns, scale: 1.0, rotation: 0.0, corner: [0, 0] }.map(5);
        let mut place = [0.0, 3.0];
        for _ in 0..4 {
            place = map(1).at(place[0], place[1]);
        }
        assert_eq!(place, [0.0, 3.0]);
        assert_eq!(map(2).at(0.0, 3.0), [4.0, 1.0]);
        let back = map(3).at(map(1).at(0.0, 3.0)[0], map(1).at(0.0, 3.0)[1]);
        assert_eq!(back, [0.0, 3.0]);
    }

    #[test]
    fn a_rotation_by_90_degrees_is_a_quarter_turn() {
        let map = |turns, rotation| {
            Placement { flips: [false; 2], turns, scale: 1.0, rotation, corner: [2, 3] }.map(8)
        };
        let (a, b) = (map(1, 0.0).at(1.0, 2.0), map(0, std::f64::consts::FRAC_PI_2).at(1.0, 2.0));
        assert!((a[0] - b[0]).abs() < 1e-12 && (a[1] - b[1]).abs() < 1e-12, "{a:?} {b:?}");
    }

    #[test]
    fn zooming_out_takes_more_samples() {
        let at = |scale| {
            Placement { flips: [false; 2], turns: 0, scale, rotation: 0.0, corner: [0, 0] }.oversampling()
        };
        assert_eq!([at(1.25), at(1.0), at(0.8), at(0.5), at(0.3)], [1, 1, 1, 2, 3]);
    }
}
