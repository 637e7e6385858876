//! The image that a package is tested by.

use ndarray::Array4;
use scumble_data::{Raster, Samples, mirror};
use scumble_nn::network::Network;

/// Its middle is taken, about this wide and high: enough to see something, little to carry.
const SIDE: usize = 256;

/// The sizes that a package may be tested in: this and multiples of the step more. A tile of them is more than its halo.
pub(super) struct Sizes {
    pub(super) least: usize,
    pub(super) step: usize,
}

impl Sizes {
    pub(super) fn of(network: &Network) -> Self {
        let step = network.stride();
        Self { least: (2 * network.halo() / step + 1) * step, step }
    }

    /// The middle of an image in one of these sizes; one that is smaller is mirrored at its edges.
    pub(super) fn middle(&self, image: &Raster) -> Raster {
        let size = [image.height, image.width].map(|length| {
            let most = length.clamp(self.least, SIDE.max(self.least));
            self.least + (most - self.least) / self.step * self.step
        });
        let axes = [(image.height, size[0]), (image.width, size[1])].map(|(length, size)| {
            let from = (length as isize - size as isize) / 2;
            (0..size as isize).map(|at| mirror(from + at, length)).collect::<Vec<usize>>()
        });
        let samples = match &image.samples {
            Samples::U8(samples) => Samples::U8(chosen(samples, image, &axes)),
            Samples::U16(samples) => Samples::U16(chosen(samples, image, &axes)),
            Samples::F32(samples) => Samples::F32(chosen(samples, image, &axes)),
            Samples::F64(samples) => Samples::F64(chosen(samples, image, &axes)),
        };
        // What stands for no data beside the model's own number is known to the file alone, not to the graph.
        let channels = image.channels;
        Raster { height: size[0], width: size[1], channels, samples, indexed: None, nodata: None }
    }
}

/// The samples of these rows and columns.
fn chosen<T: Copy>(samples: &[T], image: &Raster, [rows, columns]: &[Vec<usize>; 2]) -> Vec<T> {
    let pixel = |row: usize, column: usize| {
        let at = (row * image.width + column) * image.channels;
        samples[at..at + image.channels].iter().copied()
    };
    rows.iter().flat_map(|&row| columns.iter().flat_map(move |&column| pixel(row, column))).collect()
}

/// An image as other programs give it: [1, C, H, W], its numbers as the file has them.
pub(super) fn planes(image: &Raster) -> Array4<f32> {
    let shape = (1, image.channels, image.height, image.width);
    Array4::from_shape_fn(shape, |(_, channel, row, column)| image.raw(row, column, channel))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(height: usize, width: usize) -> Raster {
        let samples = Samples::U8((0..height * width).map(|at| (at % width) as u8).collect());
        Raster { height, width, channels: 1, samples, indexed: None, nodata: None }
    }

    #[test]
    fn it_is_the_middle_in_a_size_that_is_allowed() {
        let sizes = Sizes { least: 24, step: 8 };
        let middle = sizes.middle(&image(1000, 37));
        assert_eq!((middle.height, middle.width), (256, 32));
        assert_eq!((middle.raw(0, 0, 0), middle.raw(0, 31, 0)), (2.0, 33.0));
        // A large halo asks for more than is taken otherwise.
        assert_eq!(Sizes { least: 400, step: 8 }.middle(&image(1000, 1000)).height, 400);
    }

    #[test]
    fn a_small_image_is_mirrored() {
        let middle = Sizes { least: 8, step: 4 }.middle(&image(3, 4));
        assert_eq!((middle.height, middle.width), (8, 8));
        let row: Vec<f32> = (0..8).map(|column| middle.raw(0, column, 0)).collect();
        assert_eq!(row, [2.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 1.0]);
    }
}
