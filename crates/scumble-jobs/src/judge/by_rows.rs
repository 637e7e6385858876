//! A large image judged by bands of rows: label, raters and prediction are never whole in memory as probabilities.

use super::error::Error;
use super::reader::Reader;
use super::strip::{Strip, StripRows, small_image, small_rows};
use crate::JobError;
use crate::pixels::Pixels;
use crate::predictions::Predictions;
use crate::unusual::Unusual;
use ndarray::{Array2, ArrayView3};
use scumble::fusion::Patterns;
use scumble::labels::{RaterMask, SoftLabels};
use scumble::score::Judge;
use scumble_data::{DataError, Item, ItemRows, Prediction, Target, Wanted, check_finite};
use scumble_nn::Reading;
use std::ops::Range;

/// What a report shows of an image that was judged by rows.
pub(super) struct Small {
    pub(super) strip: Strip,
    /// What its raters marked, within the region that is judged.
    pub(super) patterns: Patterns,
}

/// Judges an image by rows, and makes it small if it is `shown`; `None` if it is not large, or cannot be judged so.
///
/// # Errors
/// As for the image as a whole, but with rows that are counted from a band, and some more: of what fails here the image as a
/// whole says what is wrong, or can be judged.
pub(super) fn judge_by_rows(
    predictions: &mut Predictions,
    reader: &Reader<'_>,
    item: &Item,
    empty: &Judge,
    unusual: &mut Unusual,
    shown: bool,
) -> Result<Option<(Judge, Option<Small>)>, JobError> {
    let Some(rows) = reader.rows(item)?.filter(|rows| rows.bands().len() > 1) else { return Ok(None) };
    let (strip, patterns) = (shown.then(StripRows::default), Patterns::new(empty.space()));
    let mut judged = Judged { reader, rows, judge: empty.clone(), strip, patterns };
    let mut shown_image = None;
    match predictions {
        Predictions::Samples(_) => return Ok(None),
        Predictions::Maps { maps, places, .. } => {
            let Some(map) = places.get(item.id()).map(|place| &maps.items()[*place]) else { return Ok(None) };
            let map = maps.rows(map, &Wanted::labels(Target::Labels))?;
            // A map of another size is for the judge of the whole to name.
            if map.size() != judged.rows.size() {
                return Ok(None);
            }
            for band in judged.rows.bands() {
                let (labels, raters) = judged.read(band.clone(), None)?;
                let maps = map.read(band.clone())?.into_prediction_where(Some(labels.valid()))?;
                judged.add(band, &labels, &maps, &raters)?;
            }
        }
        Predictions::Model(predictor) => {
            let mut failed = None;
            let mut rows = bands_from_top();
            let mut take = |bands: &[ArrayView3<'_, f32>], empty: Option<Array2<bool>>| {
                let rows = rows(bands[0].dim().1);
                if failed.is_none() {
                    failed = judged.predicted(bands[0], rows, empty.as_ref()).err();
                }
                Ok(())
            };
            let (card, id) = (predictor.card(), item.id());
            match reader.image_rows(item)? {
                Some(image) => {
                    let image = predictor.look(image)?;
                    let look = image.look();
                    look.not_finite.clone().map_or(Ok(()), |wrong| Err(JobError::Predict(wrong.into())))?;
                    unusual.look_at(card, id, look);
                    Pixels::ByRows(Box::new(image)).read_bands(predictor, &[Reading::Classes], &mut take)?;
                }
                None => {
                    let image = reader.image(item)?;
                    check_finite(&image, None).map_err(|error| JobError::Predict(error.into()))?;
                    let empty = unusual.look(card, id, &image);
                    let mut pixels = Pixels::Whole(&image, empty.as_ref());
                    pixels.read_bands(predictor, &[Reading::Classes], &mut take)?;
                    shown_image = shown.then(|| small_image(&image));
                }
            }
            failed.map_or(Ok(()), Err)?;
        }
    }
    // The image comes when what was kept of the other files has gone.
    let Judged { mut judge, strip, patterns, .. } = judged;
    if shown && shown_image.is_none() && item.image().is_some() {
        shown_image = Some(match reader.image_rows(item)? {
            Some(mut image) => small_rows(&mut image)?,
            None => small_image(&reader.image(item)?),
        });
    }
    judge.end_image();
    let small = strip.map(|strip| Small { strip: strip.finish(item, shown_image), patterns });
    Ok(Some((judge, small)))
}

/// An image while its rows are judged.
struct Judged<'r, 'd> {
    reader: &'r Reader<'d>,
    rows: ItemRows<'d>,
    judge: Judge,
    /// If it is shown.
    strip: Option<StripRows>,
    patterns: Patterns,
}

/// Bands of so many rows, one below the other.
fn bands_from_top() -> impl FnMut(usize) -> Range<usize> {
    let mut top = 0;
    move |rows| {
        let band = top..top + rows;
        top = band.end;
        band
    }
}

/// The label and the raters of some rows.
type Opinions = (SoftLabels, Vec<(String, RaterMask)>);

impl Judged<'_, '_> {
    /// Judges what a model predicts of these rows; nothing counts where they are `empty`, [rows, W].
    fn predicted(
        &mut self,
        prediction: ArrayView3<'_, f32>,
        rows: Range<usize>,
        empty: Option<&Array2<bool>>,
    ) -> Result<(), JobError> {
        let (labels, raters) = self.read(rows.clone(), empty)?;
        self.add(rows, &labels, &Prediction::F32(prediction.to_owned()), &raters)
    }

    fn read(&self, rows: Range<usize>, empty: Option<&Array2<bool>>) -> Result<Opinions, JobError> {
        let (mut labels, raters) = self.reader.of_rows(&self.rows, rows)?;
        if let Some(empty) = empty {
            labels
                .ignore(empty.view())
                .map_err(|source| DataError::Label { path: self.reader.root(), source })?;
        }
        Ok((labels, raters))
    }

    fn add(
        &mut self,
        rows: Range<usize>,
        labels: &SoftLabels,
        prediction: &Prediction,
        raters: &[(String, RaterMask)],
    ) -> Result<(), JobError> {
        match prediction {
            Prediction::F32(maps) => self.judge.add_rows(labels, maps.view(), raters),
            Prediction::F64(maps) => self.judge.add_rows(labels, maps.view(), raters),
        }
        .map_err(Error::Score)?;
        let Some(strip) = &mut self.strip else { return Ok(()) };
        let height = self.rows.size().0;
        strip.add(labels, prediction.as_f32().view(), height, rows.start);
        if !raters.is_empty() {
            let mut raters = raters.to_vec();
            self.reader.keep_region(&mut raters, rows, height);
            self.patterns.add(&raters).map_err(Error::Raters)?;
        }
        Ok(())
    }
}
