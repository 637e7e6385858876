//! The pixels of an image that is predicted: all of it in memory, or the rows that tiles see now.

use super::PredictError;
use ndarray::Array3;
use scumble_data::{Entry, HeldRows, ImageLook, Normalisation, Raster};
use std::ops::Range;

/// The pixels of an image.
pub(crate) enum Pixels<'i> {
    /// In memory.
    Whole(&'i Raster),
    /// Of a file that is read by rows, and what each model must know of all of it.
    ByRows(&'i mut HeldRows, &'i [ImageLook]),
}

/// What a network sees of the rows that are in memory.
#[derive(Clone, Copy)]
pub(super) struct Seen<'s> {
    pub(super) entry: &'s Entry,
    /// Some rows of the image, and which is the first.
    pub(super) rows: (&'s Raster, usize),
}

impl Seen<'_> {
    /// A window, normalised, as [C, height, width]; what lies outside of the image is mirrored.
    pub(super) fn window(self, corner: (isize, isize), size: (usize, usize)) -> Array3<f32> {
        self.entry.window(self.rows, corner, size)
    }
}

impl Pixels<'_> {
    /// (height, width).
    pub(super) fn size(&self) -> (usize, usize) {
        match self {
            Self::Whole(image) => (image.height, image.width),
            Self::ByRows(held, _) => held.size(),
        }
    }

    /// How the image enters each network.
    pub(super) fn entries<'n>(
        &self,
        networks: impl Iterator<Item = &'n Normalisation>,
    ) -> Result<Vec<Entry>, PredictError> {
        Ok(match self {
            Self::Whole(image) => networks
                .map(|network| Ok(network.of(image)?.entry().clone()))
                .collect::<Result<_, PredictError>>()?,
            Self::ByRows(_, looks) => {
                networks.zip(*looks).map(|(network, look)| network.of_look(look)).collect::<Result<_, _>>()?
            }
        })
    }

    /// What holding so many rows takes, in bytes.
    pub(super) fn bytes(&self, rows: usize) -> u64 {
        match self {
            Self::Whole(_) => 0,
            Self::ByRows(held, looks) => {
                let row = held.size().1 * looks.first().map_or(1, |look| look.pixel_bytes());
                (rows.min(held.size().0) as u64).saturating_mul(row as u64)
            }
        }
    }

    /// Sees to it that these rows are in memory, and perhaps none above them.
    pub(super) fn hold(&mut self, rows: Range<usize>) -> Result<(), PredictError> {
        match self {
            Self::Whole(_) => Ok(()),
            Self::ByRows(held, _) => Ok(held.hold(rows)?),
        }
    }

    /// A copy of some rows that are in memory.
    pub(super) fn part(&self, rows: Range<usize>) -> Raster {
        let (held, first) = self.rows();
        held.rows(rows.start - first..rows.end - first)
    }

    /// The rows that are in memory, and the first of them.
    pub(super) fn rows(&self) -> (&Raster, usize) {
        match self {
            Self::Whole(image) => (image, 0),
            Self::ByRows(held, _) => held.rows(),
        }
    }
}
