//! Judges the averaged weights on the validation images.

use super::TrainError;
use super::training_data::TrainingData;
use crate::Observer;
use crate::Views;
use crate::executor::Executor;
use crate::predict::{Asked, DEFAULT_TILE, Mean, Member, PredictError, predict_bands, predict_image};
use ndarray::ArrayView3;
use scumble::score::Scores;
use scumble_data::{Dataset, Raster, check_finite, counted};
use std::path::PathBuf;

/// How a validation ended.
pub(super) enum Validated {
    /// With these scores, and the thresholds at which F1 is best; `None` without validation images.
    By(Option<(Box<Scores>, Vec<Option<f64>>)>),
    /// It was told to stop.
    Stopped,
    /// The network predicts what is no number.
    NotFinite,
}

/// Judges the averaged weights on the validation images, whole, one after the other.
pub(super) fn validate(
    executor: &mut dyn Executor,
    dataset: &Dataset,
    data: &TrainingData<'_>,
    observer: &dyn Observer,
) -> Result<Validated, TrainError> {
    let items = &data.split.validation;
    if items.is_empty() {
        return Ok(Validated::By(None));
    }
    let (task, supervision) = (&data.task, &data.supervision);
    let mut validation = task.head().distribution().validation(task.space(), supervision.by_raters());
    // One view: what eight would gain is the same in every epoch, and costs eight times as much.
    let views = Views::ONE;
    let member = Member { executor, task, normalisation: &data.normalisation, views, scales: &[1.0] };
    let members = &mut [member];
    for (done, &at) in items.iter().enumerate() {
        observer.progress("validating", done as u64, items.len() as u64);
        if observer.stopped() {
            return Ok(Validated::Stopped);
        }
        let item = &dataset.items()[at];
        let image = dataset.image(item)?;
        let wrong = |source: PredictError| TrainError::Predict { path: supervision.path(item), source };
        let readings = &[validation.reading()];
        let asked = Asked { readings, mean: Mean::default(), tile: DEFAULT_TILE };
        if let Some(rows) = supervision.judged_rows(item)? {
            check_finite(&image, None).map_err(|error| wrong(error.into()))?;
            let (mut top, mut failed) = (0, Ok(()));
            let mut finite = true;
            let mut judge = |bands: &[ArrayView3<'_, f32>]| {
                let band = top..top + bands[0].dim().1;
                top = band.end;
                finite &= is_finite(bands[0]);
                if failed.is_ok() && finite {
                    failed = supervision.judged_in(&rows, band).and_then(|labels| {
                        let added = validation.add_rows(&labels, bands[0]);
                        added.map_err(|error| supervision.wrong(item, error))
                    });
                }
                Ok(())
            };
            predict_bands(members, asked, &image, &mut |_, _| {}, &mut judge).map_err(wrong)?;
            if !finite {
                return not_finite(data, &image, wrong, supervision.path(item));
            }
            // The label as a whole says in which row of the image it is wrong.
            failed.or_else(|error| supervision.judged(item).and(Err(error)))?;
        } else {
            let labels = supervision.judged(item)?;
            check_finite(&image, Some(counted(&labels).view())).map_err(|error| wrong(error.into()))?;
            let maps = predict_image(members, asked, &image).map_err(wrong)?;
            let maps = &maps[0];
            if !is_finite(maps.view()) {
                return not_finite(data, &image, wrong, supervision.path(item));
            }
            let added = validation.add_rows(&labels, maps.view());
            added.map_err(|error| supervision.wrong(item, error))?;
        }
        validation.end_image();
    }
    observer.progress("validating", items.len() as u64, items.len() as u64);
    Ok(Validated::By(Some((Box::new(validation.scores()), validation.best_f1()))))
}

fn is_finite(maps: ArrayView3<'_, f32>) -> bool {
    maps.iter().all(|value| value.is_finite())
}

/// Whether it is the network's fault that its maps are no numbers, or the image's.
fn not_finite(
    data: &TrainingData<'_>,
    image: &Raster,
    wrong: impl Fn(PredictError) -> TrainError,
    path: PathBuf,
) -> Result<Validated, TrainError> {
    let window = data.normalisation.normalise(image).map_err(|error| wrong(error.into()))?;
    match window.iter().all(|value| value.is_finite()) {
        true => Ok(Validated::NotFinite),
        false => Err(TrainError::Scale { path }),
    }
}
