//! The tags by which a TIFF says where it lies.

use super::directory::Directory;
use crate::formats::location::{LocationTag, LocationTags};
use crate::formats::source::{DecodeError, Source};

/// Resolution across and down, its unit; of GeoTIFF pixel scale, tie points, transformation, keys, and their numbers and texts.
const TAGS: [u16; 9] = [282, 283, 296, 33_550, 33_922, 34_264, 34_735, 34_736, 34_737];

/// Of one page; `None` where it says nothing.
pub(super) fn of(page: &Directory, source: &mut Source) -> Result<Option<LocationTags>, DecodeError> {
    let mut tags: Vec<LocationTag> = Vec::new();
    for tag in TAGS {
        tags.extend(page.raw(source, tag)?);
    }
    Ok((!tags.is_empty()).then_some(LocationTags(tags)))
}
