//! What to do with files that are not read.

/// What makes a file of one that is not read.
pub(super) const CONVERT: &str =
    "convert it with `gdal_translate -co COMPRESS=DEFLATE IN OUT` or `tiffcp -c zip IN OUT`";
