//! What a set's maps hold, as far as that must be known to understand them.

use super::grey::{first_difference, is_colour};
use super::levels::Levels;
use crate::{DataError, Raster, RasterInfo, read_info, read_raster};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// The headers of all maps of one sort (labels, or raters' masks).
pub(super) struct Headers {
    heads: Vec<(PathBuf, RasterInfo)>,
}

/// Files decoded before deciding; more only where the answer depends on every file.
const SAMPLE_FILES: usize = 12;
/// Pixels decoded before deciding: large maps need fewer files.
const SAMPLE_PIXELS: usize = 1 << 26;

impl Headers {
    /// Reads the headers. Files that cannot be read are left out: whoever reads them will say why.
    ///
    /// # Errors
    /// No file can be read.
    pub(super) fn new(paths: Vec<&Path>) -> Result<Self, DataError> {
        let heads: Vec<_> = paths.par_iter().map(|path| (path.to_path_buf(), read_info(path))).collect();
        let mut first_error = None;
        let mut readable = Vec::with_capacity(heads.len());
        for (path, info) in heads {
            match info {
                Ok(info) => readable.push((path, info)),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        match first_error {
            Some(error) if readable.is_empty() => Err(error),
            _ => Ok(Self { heads: readable }),
        }
    }

    /// The header of the first file that `test` holds for.
    pub(super) fn find(&self, test: impl Fn(&RasterInfo) -> bool) -> Option<(&Path, RasterInfo)> {
        self.heads.iter().find(|(_, info)| test(info)).map(|(path, info)| (path.as_path(), *info))
    }

    /// Whether `test` holds for all headers, and there are some.
    pub(super) fn all(&self, test: impl Fn(&RasterInfo) -> bool) -> bool {
        !self.heads.is_empty() && self.heads.iter().all(|(_, info)| test(info))
    }

    pub(super) fn first(&self) -> Option<(&Path, RasterInfo)> {
        self.find(|_| true)
    }

    /// The values of some files, spread evenly, but for one to ignore.
    pub(super) fn sample(&self, ignore: Option<i64>) -> Levels {
        Levels::gather(&self.spread(), ignore)
    }

    /// The values of every file.
    pub(super) fn everything(&self, ignore: Option<i64>) -> Levels {
        let all: Vec<_> = self.heads.iter().map(|(path, info)| (path.as_path(), *info)).collect();
        Levels::gather(&all, ignore)
    }

    /// How many files hold one grey map, in one channel or in equal ones, and how many another; files that cannot be
    /// decoded do not count.
    pub(super) fn count_grey(&self) -> (usize, usize) {
        let is_grey = |(path, info): &(PathBuf, RasterInfo)| match info.channels {
            1 => Some(true),
            channels if is_colour(channels) => {
                read_raster(path).ok().map(|raster| first_difference(&raster).is_none())
            }
            _ => Some(false),
        };
        let found: Vec<bool> = self.heads.par_iter().filter_map(is_grey).collect();
        let grey = found.iter().filter(|grey| **grey).count();
        (grey, found.len() - grey)
    }

    /// The first sampled file that can be decoded.
    pub(super) fn an_example(&self) -> Option<Raster> {
        self.spread().into_iter().find_map(|(path, _)| read_raster(path).ok())
    }

    fn spread(&self) -> Vec<(&Path, RasterInfo)> {
        let step = self.heads.len().div_ceil(SAMPLE_FILES).max(1);
        let mut pixels = 0;
        self.heads
            .iter()
            .step_by(step)
            .take_while(|(_, info)| {
                let before = pixels;
                pixels += info.height * info.width * info.channels;
                before < SAMPLE_PIXELS
            })
            .map(|(path, info)| (path.as_path(), *info))
            .collect()
    }
}
