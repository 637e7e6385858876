use scumble_kernels::{PANEL, round_up};

/// How a map lies in memory: `[images][rows + 2][columns + 2][pitch]` with a border of zeros around every image, which is the
/// padding of convolutions. The channels of a pixel are side by side, padded with zeros to the pitch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) images: usize,
    pub(super) channels: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    /// Stored channels of a pixel.
    pub(super) pitch: usize,
}

impl Shape {
    pub(super) fn new(images: usize, channels: usize, height: usize, width: usize, packed: bool) -> Self {
        let pitch = if packed { channels } else { round_up(channels, PANEL) };
        Self { images, channels, height, width, pitch }
    }

    /// Values of a row, border included.
    pub(super) fn row(&self) -> usize {
        (self.width + 2) * self.pitch
    }

    /// Values of an image, border included.
    pub(super) fn image(&self) -> usize {
        (self.height + 2) * self.row()
    }

    /// Values of all images.
    pub(super) fn len(&self) -> usize {
        self.images * self.image()
    }

    /// Where row `y` of image `n` begins; the border above is row -1, hence the rows are counted from 1.
    pub(super) fn start(&self, n: usize, bordered: usize) -> usize {
        n * self.image() + bordered * self.row()
    }

    /// The pixels of row `y` of image `n`, without the border.
    pub(super) fn pixels<'a>(&self, map: &'a [f32], n: usize, y: usize) -> &'a [f32] {
        self.inside(&map[self.start(n, y + 1)..][..self.row()])
    }

    /// A row without its border.
    pub(super) fn inside<'a>(&self, row: &'a [f32]) -> &'a [f32] {
        &row[self.pitch..self.row() - self.pitch]
    }

    /// A row without its border.
    pub(super) fn inside_mut<'a>(&self, row: &'a mut [f32]) -> &'a mut [f32] {
        let end = self.row() - self.pitch;
        &mut row[self.pitch..end]
    }

    /// Pixels of an image.
    pub(super) fn area(&self) -> usize {
        self.height * self.width
    }
}
