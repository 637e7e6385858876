//! Where an image lies, and how large its pixels are.

use scumble_data::{DataError, Item, Location, PixelSize, is_image, read_location, read_pixel_size};
use std::path::Path;

/// What the file of an image says of where it lies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) location: Option<Location>,
    pub(crate) pixel: Option<PixelSize>,
}

impl Place {
    /// # Errors
    /// A header that cannot be read.
    pub(crate) fn of(file: &Path) -> Result<Self, DataError> {
        Ok(Self { location: read_location(file)?, pixel: read_pixel_size(file)? })
    }

    /// That of an item's image, or of the first of its maps, if it has no image.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub(crate) fn of_item(item: &Item) -> Result<Self, DataError> {
        reference(item).map_or_else(|| Ok(Self::default()), Self::of)
    }

    /// The area of a pixel, if its size is known.
    pub(crate) fn pixel_mm2(&self) -> Option<f64> {
        let PixelSize { height, width, unit } = self.pixel?;
        let mm = match unit {
            "m" => 1e3,
            "cm" => 10.0,
            "mm" => 1.0,
            "\u{b5}m" => 1e-3,
            "nm" => 1e-6,
            _ => return None,
        };
        Some(height * mm * width * mm)
    }
}

/// The file that says how large an item is and where it lies: the image or, without one, the first of its masks.
pub(crate) fn reference(item: &Item) -> Option<&Path> {
    item.image().or_else(|| item.files().find(|path| is_image(path)))
}
