//! Outlines as ImageJ writes them: a .zip of .roi files.

use crate::{DataError, write_atomically};
use scumble::shapes::{Polygon, Ring};
use std::io::{self, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The fixed part at the beginning.
const HEAD: usize = 64;
/// The version of ImageJ's format since which all of this is in it.
const VERSION: u16 = 227;
const POLYGON: u8 = 0;
const RECTANGLE: u8 = 1;
/// The farthest that an outline for ImageJ can reach, in pixels: as far as 16 bits say of a corner of its bounds, of which ImageJ
/// takes what is beyond for below 0.
pub const ROI_REACH: usize = 60_535;

/// Writes objects as outlines that ImageJ opens: a .zip of a .roi each, in their order. An object of one ring is a polygon, others
/// are combined outlines (a composite selection). A data set reads them back to the same pixels, as a rater's mask.
///
/// An archive without any is no mask to ImageJ, nor to a data set.
///
/// # Errors
/// An outline beyond 60,535 pixels, which the format cannot say; what the operating system refuses.
///
/// ```
/// use ndarray::array;
/// use scumble::score::objects::Components;
/// use scumble::shapes::outlines;
/// use scumble_data::write_roi_zip;
///
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path();
/// let parts = Components::of(array![[true, true, false, true]].view());
/// write_roi_zip(&folder.join("cells.zip"), &outlines(&parts))?;
/// # Ok::<(), scumble_data::DataError>(())
/// ```
pub fn write_roi_zip(path: &Path, objects: &[Vec<Polygon>]) -> Result<(), DataError> {
    let corners = objects.iter().flatten().flat_map(|polygon| &polygon.outer).flatten();
    if corners.max().is_some_and(|farthest| *farthest as usize > ROI_REACH) {
        let reason = format!("ImageJ's outlines reach no farther than {ROI_REACH} pixels; take GeoJSON");
        return Err(DataError::Unsupported { path: path.to_owned(), reason });
    }
    // The first time that an archive can say: the same outlines are the same bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let digits = objects.len().to_string().len().max(4);
    write_atomically(path, |out| {
        let mut archive = ZipWriter::new(out);
        for (at, object) in objects.iter().enumerate() {
            archive.start_file(format!("{:0digits$}.roi", at + 1), options).map_err(io::Error::other)?;
            archive.write_all(&encoded(object))?;
        }
        archive.finish().map(drop).map_err(io::Error::other)
    })
}

/// One .roi.
fn encoded(object: &[Polygon]) -> Vec<u8> {
    let rings = object.iter().flat_map(|polygon| [&polygon.outer].into_iter().chain(&polygon.holes));
    let rings: Vec<&Ring> = rings.collect();
    let bounds = bounds(&rings);
    match rings[..] {
        [ring] if is_short(ring, bounds) => polygon(ring, bounds),
        _ => combined(&rings, bounds),
    }
}

/// Left, top, right and bottom.
fn bounds(rings: &[&Ring]) -> [u32; 4] {
    rings.iter().copied().flatten().fold([u32::MAX, u32::MAX, 0, 0], |[left, top, right, bottom], &[x, y]| {
        [left.min(x), top.min(y), right.max(x), bottom.max(y)]
    })
}

/// Whether 16 bits say all of it.
fn is_short(ring: &Ring, [left, top, right, bottom]: [u32; 4]) -> bool {
    let longest = i16::MAX as u32;
    ring.len() <= usize::from(u16::MAX) && right - left <= longest && bottom - top <= longest
}

fn head(kind: u8, [left, top, right, bottom]: [u32; 4]) -> Vec<u8> {
    let mut file = b"Iout".to_vec();
    file.extend(VERSION.to_be_bytes());
    file.extend([kind, 0]);
    // Those beyond 32,767 wrap, as ImageJ has them.
    [top, left, bottom, right].into_iter().for_each(|bound| file.extend((bound as u16).to_be_bytes()));
    file.resize(HEAD, 0);
    file
}

/// Corners from that of the bounds on.
fn polygon(ring: &Ring, bounds: [u32; 4]) -> Vec<u8> {
    let mut file = head(POLYGON, bounds);
    file[16..18].copy_from_slice(&(ring.len() as u16).to_be_bytes());
    for axis in [0, 1] {
        ring.iter().for_each(|corner| file.extend(((corner[axis] - bounds[axis]) as u16).to_be_bytes()));
    }
    file
}

/// Commands in floats: 0 moves to a point, 1 draws to one, 4 closes. f32 holds every corner exactly.
fn combined(rings: &[&Ring], bounds: [u32; 4]) -> Vec<u8> {
    let mut floats: Vec<f32> = Vec::new();
    for ring in rings {
        for (at, [x, y]) in ring.iter().enumerate() {
            floats.extend([if at == 0 { 0.0 } else { 1.0 }, *x as f32, *y as f32]);
        }
        floats.push(4.0);
    }
    let mut file = head(RECTANGLE, bounds);
    file[36..40].copy_from_slice(&(floats.len() as u32).to_be_bytes());
    floats.iter().for_each(|float| file.extend(float.to_be_bytes()));
    file
}
