//! Random patches: where they lie, how they are drawn, batches of them.

use super::appearance::Appearance;
use super::geometry::Placement;
use super::image::Fill;
use super::taps::Taps;
use super::{Augmentation, Sample, colour, image};
use crate::Normalisation;
use crate::normalisation::Tone;
use ndarray::{Array3, Array4, ArrayView, Axis, Ix3, stack};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::num::NonZeroUsize;

/// A square part of an image, ready for a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// The normalised image, [C, P, P].
    pub image: Array3<f32>,
    /// Targets, [K, P, P]; 0 where nothing has weight.
    pub targets: Array3<f32>,
    /// Weights, [G, P, P]; 0 means ignore.
    pub weights: Array3<f32>,
}

/// Patches of one shape, stacked.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The normalised images, [N, C, P, P].
    pub images: Array4<f32>,
    /// Targets, [N, K, P, P].
    pub targets: Array4<f32>,
    /// Weights, [N, G, P, P].
    pub weights: Array4<f32>,
}

/// Cuts random patches out of samples: place, flips, turns, scale, rotation, colour, curve of grey
/// levels, blur and noise are drawn anew each time.
///
/// All of the geometry is one affine map, applied once. The image is linear between its pixels. So is the label,
/// weighted so that it stays the maximum likelihood estimate: nothing is ever rounded to the nearest pixel,
/// classes keep their sum, ignored pixels have no part in it. A patch that is only flipped and turned is
/// an exact copy. One that zooms out far takes several samples a pixel (2 x 2 around scale 1/2, and so on),
/// against moire. Where it leaves the image, the image is [mirrored](crate::mirror) and the label has weight 0.
/// A sample of the image that says nothing is the mean.
///
/// Patches lie where labels have weight (see [`Sample::new`]) and may stick out by an eighth of their size.
/// A sample of raters ([`Sample::of_raters`]) shows in each patch the opinion of one of them, any as likely as another.
///
/// The same generator gives the same patches, to the last bit.
///
/// ```
/// use ndarray::{Array3, array};
/// use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
/// use scumble_data::{Augmentation, Normalisation, PatchSampler, Raster, Sample};
///
/// // An image that is its own label, half of which is to be ignored.
/// let probabilities = Array3::from_shape_fn((1, 40, 40), |(_, y, x)| (x + y) as f32 / 80.0);
/// let weights = Array3::from_shape_fn((1, 40, 40), |(_, _, x)| if x < 20 { 1.0 } else { 0.0 });
/// let sample = Sample::new(Raster::from_planes(probabilities.view()), probabilities, weights)?;
///
/// let size = 16.try_into()?;
/// let sampler = PatchSampler::new(size, Augmentation::default(), Normalisation::identity(1));
/// let patch = sampler.draw(&sample, &mut ChaCha8Rng::seed_from_u64(1));
/// assert_eq!(patch.targets.dim(), (1, 16, 16));
/// assert!(patch.weights.iter().all(|w| (0.0..=1.0).contains(w)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PatchSampler {
    size: usize,
    augmentation: Augmentation,
    normalisation: Normalisation,
}

impl PatchSampler {
    /// Patches of `size` x `size` pixels.
    pub fn new(size: NonZeroUsize, augmentation: Augmentation, normalisation: Normalisation) -> Self {
        Self { size: size.get(), augmentation, normalisation }
    }

    /// Draws a patch.
    ///
    /// # Panics
    /// If the image has not the channels of the normalisation; [`Normalisation::check`] tells beforehand.
    pub fn draw(&self, sample: &Sample, rng: &mut ChaCha8Rng) -> Patch {
        let raster = sample.image();
        let options = self.augmentation.options();
        let placement =
            Placement::draw(&options, self.size, sample.labelled(), [raster.height, raster.width], rng);
        let own = || sample.own(&self.normalisation);
        let mut tones = self.normalisation.training_tones(raster.full_scale(), own);
        colour::vary(&mut tones, options.colour, rng);
        // Last, so that patches lie at the same places whatever they show.
        let rater = if sample.raters() > 1 { rng.random_range(0..sample.raters()) } else { 0 };
        let appearance = Appearance::draw(&options, rng);
        let mut patch = self.cut(sample, rater, &placement, &tones);
        appearance.apply(&mut patch.image, rng);
        patch
    }

    /// The patch at a given place, in given tones, showing what this rater says, or the label, where there is one for
    /// all.
    pub(super) fn cut(&self, sample: &Sample, rater: usize, placement: &Placement, tones: &[Tone]) -> Patch {
        let raster = sample.image();
        assert_eq!(
            raster.channels,
            self.normalisation.channels(),
            "channels of the image and of the normalisation"
        );
        let (classes, groups) = (sample.classes(), sample.groups());
        let label = sample.view(rater);
        let empty = |maps| Array3::zeros((maps, self.size, self.size));
        let mut patch =
            Patch { image: empty(raster.channels), targets: empty(classes), weights: empty(groups) };
        let mut taps = Taps::new(placement, self.size, [raster.height, raster.width]);
        let mut line = Vec::new();
        let fills = sample.has_gaps() || self.normalisation.nodata().is_some();
        let fill = fills.then(|| Fill { gap: self.normalisation.gap(raster), limits: sample.limits() });
        for y in 0..self.size {
            let row = taps.row(y);
            image::resample_row(raster, row, tones, fill.as_ref(), y, &mut line, patch.image.view_mut());
            label.resample_row(row, y, patch.targets.view_mut(), patch.weights.view_mut());
        }
        patch
    }
}

/// Stacks patches.
///
/// # Panics
/// Without a patch; with patches of different shapes.
pub fn batch(patches: &[Patch]) -> Batch {
    fn stacked(maps: Vec<ArrayView<'_, f32, Ix3>>) -> Array4<f32> {
        stack(Axis(0), &maps).expect("at least one patch, all of one shape")
    }
    Batch {
        images: stacked(patches.iter().map(|p| p.image.view()).collect()),
        targets: stacked(patches.iter().map(|p| p.targets.view()).collect()),
        weights: stacked(patches.iter().map(|p| p.weights.view()).collect()),
    }
}
