//! Readers of pixels and arrays.

use crate::place::Place;
use crate::readable;
use scumble_data::{
    DataError, Raster, RasterReader, Samples, read_array, read_image, read_info, read_pixel_size, read_raster,
};
use std::path::{Path, PathBuf};

thread_local! {
    static PLACE: Place = Place::with(&[]);
}

/// Every way of reading a file of this extension.
pub(crate) fn image(extension: &str, bytes: &[u8]) {
    let path = PLACE.with(|place| place.put(&format!("file.{extension}"), bytes));
    read(&path);
}

/// The same of a format whose files may hold several images: as one, the first and the second.
pub(crate) fn slices(extension: &str, bytes: &[u8]) {
    let path = PLACE.with(|place| place.put(&format!("file.{extension}"), bytes));
    for slice in ["", "@0000", "@0001"] {
        read(&PathBuf::from(format!("{}{slice}", path.display())));
    }
}

/// An image, and an array of any rank.
pub(crate) fn array(bytes: &[u8]) {
    image("npy", bytes);
    let path = PLACE.with(|place| place.put("array.npy", bytes));
    match read_array(&path) {
        Ok(array) => assert!(array.shape().len() <= bytes.len()),
        Err(error) => readable(&error),
    }
}

fn read(path: &Path) {
    match read_raster(path) {
        Ok(raster) => {
            is_whole(&raster);
            let info = read_info(path).expect("the header of a file that can be read");
            assert_eq!(
                (info.height, info.width, info.channels, info.indexed),
                (raster.height, raster.width, raster.channels, raster.indexed)
            );
            same_by_rows(RasterReader::raster(path), &raster);
        }
        Err(error) => readable(&error),
    }
    match read_image(path) {
        Ok(raster) => {
            is_whole(&raster);
            same_by_rows(RasterReader::image(path), &raster);
        }
        Err(error) => {
            readable(&error);
            by_rows_of_nothing(RasterReader::image(path));
        }
    }
    if let Err(error) = read_pixel_size(path) {
        readable(&error);
    }
}

/// The rows of a file that can be read are those of the whole, in two parts.
fn same_by_rows(reader: Result<Option<RasterReader>, DataError>, whole: &Raster) {
    let reader = reader.expect("a file that can be read whole can be opened");
    let Some(mut reader) = reader else { return };
    assert_eq!(reader.size(), (whole.height, whole.width));
    let middle = whole.height.div_ceil(2);
    for rows in [0..middle, middle..whole.height] {
        let found = reader.rows(rows.clone()).expect("rows of a file that can be read");
        // NaN is NaN.
        assert_eq!(format!("{found:?}"), format!("{:?}", whole.rows(rows)));
    }
}

/// What cannot be read whole says so by rows, or is too large for memory alone.
fn by_rows_of_nothing(reader: Result<Option<RasterReader>, DataError>) {
    match reader {
        Ok(Some(mut reader)) => {
            if let Err(error) = reader.rows(0..reader.size().0.min(1)) {
                readable(&error);
            }
        }
        Ok(None) => {}
        Err(error) => readable(&error),
    }
}

/// Pixels, and as many samples as the size says.
fn is_whole(raster: &Raster) {
    let count = match &raster.samples {
        Samples::U8(samples) => samples.len(),
        Samples::U16(samples) => samples.len(),
        Samples::F32(samples) => samples.len(),
        Samples::F64(samples) => samples.len(),
    };
    assert_eq!(count, raster.height * raster.width * raster.channels);
    assert!(count > 0, "an image without a pixel");
}
