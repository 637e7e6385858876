//! What pictures of a data set's raters have in common.

use crate::picture::{BOTH, FIRST, OTHER_CLASS, Picture, SECOND};
use scumble::labels::{Kind, RaterMask};
use scumble_data::{Dataset, Item, Raster, Wanted};

/// An item's image and masks, or whatever of them can be read.
pub(super) fn opinions(dataset: &Dataset, item: &Item) -> (Option<Raster>, Vec<(String, RaterMask)>) {
    let read = dataset.read(item, &Wanted { image: item.image().is_some(), ..Wanted::raters() });
    match read {
        Ok(mut read) => (read.image.take(), read.into_opinions()),
        Err(_) => (dataset.image(item).ok(), dataset.check_item(item).masks),
    }
}

/// The image to look at; black where there is none that can be read.
pub(super) fn shown(image: Option<Raster>, (height, width): (usize, usize)) -> Picture {
    match image {
        Some(image) if (image.height, image.width) == (height, width) => Picture::image(&image).brightened(),
        _ => Picture::black(height, width),
    }
}

/// Whose marks have which colour, where one overlays the other.
pub(super) fn legend(dataset: &Dataset, (a, b): (&str, &str), width: usize) -> Picture {
    let (first, second) = (format!("{a} alone   "), format!("{b} alone   "));
    let mut pieces = vec![("both   ", BOTH), (first.as_str(), FIRST), (second.as_str(), SECOND)];
    if dataset.kind() == Kind::Multiclass {
        pieces.push(("another class", OTHER_CLASS));
    }
    Picture::coloured_text(&pieces, width)
}
