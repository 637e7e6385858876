//! What a set's maps hold, as far as that must be known to understand them.

use crate::{DataError, Numbers, Raster, RasterInfo, Samples, read_info, read_raster};
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

    /// Decodes some files, spread evenly.
    pub(super) fn sample(&self) -> Levels {
        Levels::gather(&self.spread())
    }

    /// Decodes every file that the header does not already answer for.
    pub(super) fn everything(&self) -> Levels {
        let open: Vec<&Path> = self
            .heads
            .iter()
            .filter(|(_, info)| info.indexed != Some(1))
            .map(|(path, _)| path.as_path())
            .collect();
        let mut levels = Levels::gather(&open);
        if open.len() < self.heads.len() {
            levels.note(0, Path::new(""));
            levels.note(1, Path::new(""));
        }
        levels
    }

    /// The first sampled file that can be decoded.
    pub(super) fn an_example(&self) -> Option<Raster> {
        self.spread().into_iter().find_map(|path| read_raster(path).ok())
    }

    fn spread(&self) -> Vec<&Path> {
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
            .map(|(path, _)| path.as_path())
            .collect()
    }
}

/// The different values of some maps.
pub(super) struct Levels {
    /// By value: where it was first seen. Floats that are no integers are not counted.
    seen: Vec<Option<PathBuf>>,
    /// One of the files has integers of no natural full scale.
    pub(super) wide: bool,
    /// One file has both 1 and 255: they are not two ways to say "on".
    pub(super) mixed: bool,
}

impl Levels {
    fn gather(paths: &[&Path]) -> Self {
        let new = || Self { seen: vec![None; 1 << 16], wide: false, mixed: false };
        paths
            .par_iter()
            .fold(new, |mut levels, path| {
                if let (Ok(info), Ok(raster)) = (read_info(path), read_raster(path)) {
                    levels.wide |= info.numbers == Numbers::Integer;
                    levels.add(&raster, path);
                }
                levels
            })
            .reduce(new, |mut left, right| {
                left.wide |= right.wide;
                left.mixed |= right.mixed;
                for (left, right) in left.seen.iter_mut().zip(right.seen) {
                    *left = left.take().or(right);
                }
                left
            })
    }

    fn add(&mut self, raster: &Raster, path: &Path) {
        let mut present = vec![false; 1 << 16];
        match &raster.samples {
            Samples::U8(v) => v.iter().for_each(|&v| present[usize::from(v)] = true),
            Samples::U16(v) => v.iter().for_each(|&v| present[usize::from(v)] = true),
            Samples::F32(v) => v.iter().for_each(|&v| note_whole(&mut present, v.into())),
            Samples::F64(v) => v.iter().for_each(|&v| note_whole(&mut present, v)),
        }
        self.mixed |= present[1] && present[255];
        for (value, present) in present.into_iter().enumerate() {
            if present {
                self.note(value, path);
            }
        }
    }

    fn note(&mut self, value: usize, path: &Path) {
        self.seen[value].get_or_insert_with(|| path.to_owned());
    }

    /// The values seen but for `without`, ascending.
    pub(super) fn values(&self, without: Option<u16>) -> Vec<u16> {
        (0..=u16::MAX).filter(|&v| self.seen[usize::from(v)].is_some() && Some(v) != without).collect()
    }

    /// A file that has `value`.
    pub(super) fn example(&self, value: u16) -> PathBuf {
        self.seen[usize::from(value)].clone().unwrap_or_default()
    }
}

/// A float that is an integer of 16 bits.
fn note_whole(present: &mut [bool], value: f64) {
    if value.fract() == 0.0 && (0.0..65536.0).contains(&value) {
        present[value as usize] = true;
    }
}
