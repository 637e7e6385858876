//! The worst images made small, for a report to show them side by side.

use super::ranking::off;
use super::reader::JudgedImage;
use super::strip::{Strip, maps_of, stack};
use crate::picture::{Picture, shrink, shrink_picture};
use ndarray::Array3;
use scumble::score::Scores;

/// An image, its label and its prediction [K, H, W], of at most 112 pixels a side.
#[derive(Debug, Clone)]
pub struct Thumbnail {
    /// The image's name.
    pub(crate) id: String,
    /// (height, width) of the image itself.
    pub(crate) size: (usize, usize),
    pub(crate) scores: Scores,
    pub(crate) image: Option<Picture>,
    pub(crate) label: Array3<f32>,
    pub(crate) prediction: Array3<f32>,
}

/// So many are kept; at about 40 kB each a page of them stays quick to open.
const MOST: usize = 96;
const SIDE: usize = 112;

/// The worst images so far, worst first.
#[derive(Default)]
pub(super) struct Gallery {
    worst: Vec<(f64, Thumbnail)>,
}

impl Gallery {
    /// Keeps the image if it is among the worst; nothing where nothing was judged.
    pub(super) fn add(&mut self, image: &JudgedImage<'_>, scores: &Scores) {
        self.keep(scores, || thumbnail(image, scores));
    }

    /// The same of an image that was made small while its rows came.
    pub(super) fn add_small(&mut self, strip: &Strip, scores: &Scores) {
        self.keep(scores, || smaller(strip, scores));
    }

    fn keep(&mut self, scores: &Scores, thumbnail: impl FnOnce() -> Thumbnail) {
        let Some(off) = off(scores) else { return };
        if let Some(place) = place(&self.worst, off) {
            self.worst.insert(place, (off, thumbnail()));
            self.worst.truncate(MOST);
        }
    }

    pub(super) fn into_thumbnails(self) -> Vec<Thumbnail> {
        self.worst.into_iter().map(|(_, thumbnail)| thumbnail).collect()
    }
}

/// Where an image stands among the worst; equal ones in the order in which they came.
fn place<T>(worst: &[(f64, T)], off: f64) -> Option<usize> {
    let place = worst.partition_point(|(other, _)| *other >= off);
    (place < MOST).then_some(place)
}

fn thumbnail(image: &JudgedImage<'_>, scores: &Scores) -> Thumbnail {
    let (label, prediction) = maps_of(image.labels, image.shown, SIDE);
    Thumbnail {
        id: image.item.id().into(),
        size: image.labels.size(),
        scores: scores.clone(),
        image: image.image.map(|image| shrink_picture(&Picture::image(image), SIDE)),
        label,
        prediction,
    }
}

fn smaller(strip: &Strip, scores: &Scores) -> Thumbnail {
    let small = |maps: &Array3<f32>| {
        stack(maps.outer_iter().map(|map| shrink(map.dim(), SIDE, |row, column| map[[row, column]])))
    };
    Thumbnail {
        id: strip.id.clone(),
        size: strip.size,
        scores: scores.clone(),
        image: strip.image.as_ref().map(|image| shrink_picture(image, SIDE)),
        label: small(&strip.label),
        prediction: small(&strip.prediction),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_stay() {
        let mut worst: Vec<(f64, usize)> = Vec::new();
        for at in 0..300 {
            let off = ((at * 37) % 100) as f64;
            if let Some(place) = place(&worst, off) {
                worst.insert(place, (off, at));
                worst.truncate(MOST);
            }
        }
        assert_eq!(worst.len(), MOST);
        // Three images of each number from 68 to 99, in their order.
        assert_eq!((worst[0].0, worst[95].0), (99.0, 68.0));
        assert!(worst.windows(2).all(|pair| pair[0].0 > pair[1].0 || pair[0].1 < pair[1].1));
    }
}
