//! Judges the averaged weights on the validation images.

use super::TrainError;
use super::training_data::TrainingData;
use crate::Observer;
use crate::Views;
use crate::executor::Executor;
use crate::head::{Reading, Validation};
use crate::predict::{Asked, DEFAULT_TILE, Mean, Member, PredictError, predict_bands, predict_image};
use crate::ranks::{Reduce, messages};
use ndarray::{Array3, ArrayView3};
use scumble::labels::SoftLabels;
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

/// Judges the averaged weights on the validation images, whole, one after the other. Ranks share out what is predicted, and
/// rank 0 judges: the others know how it ended, and no scores.
pub(super) fn validate(
    executor: &mut dyn Executor,
    dataset: &Dataset,
    data: &TrainingData<'_>,
    ranks: &dyn Reduce,
    observer: &dyn Observer,
) -> Result<Validated, TrainError> {
    let items = &data.split.validation;
    if items.is_empty() {
        return Ok(Validated::By(None));
    }
    let (task, supervision) = (&data.task, &data.supervision);
    let validation = task.head().distribution().validation(task.space(), supervision.by_raters());
    // One view: what eight would gain is the same in every epoch, and costs eight times as much.
    let views = Views::ONE;
    let member = Member { executor, task, normalisation: &data.normalisation, views, scales: &[1.0] };
    let mut judging = Judging { dataset, data, members: [member], validation };
    for (round, some) in items.chunks(ranks.ranks()).enumerate() {
        observer.progress("validating", (round * ranks.ranks()) as u64, items.len() as u64);
        let ended = match ranks.ranks() {
            1 if observer.stopped() => Some(Validated::Stopped),
            1 => judging.judge(some[0], None)?,
            _ => judging.judge_together(some, ranks, observer)?,
        };
        if let Some(ended) = ended {
            return Ok(ended);
        }
    }
    observer.progress("validating", items.len() as u64, items.len() as u64);
    if ranks.rank() > 0 {
        return Ok(Validated::By(None));
    }
    let validation = judging.validation;
    Ok(Validated::By(Some((Box::new(validation.scores()), validation.best_f1()))))
}

/// The validation images that have been judged, and how others are.
struct Judging<'a> {
    dataset: &'a Dataset,
    data: &'a TrainingData<'a>,
    members: [Member<'a>; 1],
    validation: Box<dyn Validation>,
}

/// What a rank has of the image that it is to predict.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Predicted {
    /// No image is left for it.
    Nothing,
    /// Its maps.
    Maps,
    /// An image so large that it is predicted and judged by rows, all of it by rank 0.
    ByRows,
    /// Maps that are no numbers, by the network's fault.
    NotFinite,
    /// It was told to stop.
    Stopped,
}

impl Predicted {
    const ALL: [Self; 5] = [Self::Nothing, Self::Maps, Self::ByRows, Self::NotFinite, Self::Stopped];
}

/// What rank 0 says while it judges an image by rows, and when it has.
const AT_WORK: u8 = 1;
const READY: u8 = 0;

impl Judging<'_> {
    /// Predicts and judges an image; how the validation ends, if it does. `listening` are told after each band of rows.
    fn judge(&mut self, at: usize, listening: Option<&dyn Reduce>) -> Result<Option<Validated>, TrainError> {
        let supervision = &self.data.supervision;
        let item = &self.dataset.items()[at];
        let Some(rows) = supervision.judged_rows(item)? else {
            let Some((labels, maps)) = self.predict(at)? else { return Ok(Some(Validated::NotFinite)) };
            self.add(at, &labels, maps.view())?;
            return Ok(None);
        };
        let image = self.dataset.image(item)?;
        let wrong = |source: PredictError| TrainError::Predict { path: supervision.path(item), source };
        check_finite(&image, None).map_err(|error| wrong(error.into()))?;
        let (mut top, mut failed, mut heard) = (0, Ok(()), Ok(Vec::new()));
        let mut finite = true;
        let readings = &[self.validation.reading()];
        let validation = &mut self.validation;
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
            if let Some(ranks) = listening.filter(|_| heard.is_ok()) {
                heard = messages::from_first(ranks, &[AT_WORK]);
            }
            Ok(())
        };
        let members = &mut self.members;
        predict_bands(members, asked(readings), &image, &mut |_, _| {}, &mut judge).map_err(wrong)?;
        heard?;
        if let Some(ranks) = listening {
            messages::from_first(ranks, &[READY])?;
        }
        if !finite {
            return not_finite(self.data, &image, wrong, supervision.path(item)).map(Some);
        }
        // The label as a whole says in which row of the image it is wrong.
        failed.or_else(|error| supervision.judged(item).and(Err(error)))?;
        self.validation.end_image();
        Ok(None)
    }

    /// The label of an image and its maps; `None` if the network predicts what is no number.
    fn predict(&mut self, at: usize) -> Result<Option<(SoftLabels, Array3<f32>)>, TrainError> {
        let supervision = &self.data.supervision;
        let item = &self.dataset.items()[at];
        let image = self.dataset.image(item)?;
        let wrong = |source: PredictError| TrainError::Predict { path: supervision.path(item), source };
        let labels = supervision.judged(item)?;
        check_finite(&image, Some(counted(&labels).view())).map_err(|error| wrong(error.into()))?;
        let readings = &[self.validation.reading()];
        let mut maps = predict_image(&mut self.members, asked(readings), &image).map_err(wrong)?;
        let maps = maps.swap_remove(0);
        if is_finite(maps.view()) {
            return Ok(Some((labels, maps)));
        }
        not_finite(self.data, &image, wrong, supervision.path(item)).map(|_| None)
    }

    fn add(&mut self, at: usize, labels: &SoftLabels, maps: ArrayView3<'_, f32>) -> Result<(), TrainError> {
        let added = self.validation.add_rows(labels, maps);
        added.map_err(|error| self.data.supervision.wrong(&self.dataset.items()[at], error))?;
        self.validation.end_image();
        Ok(())
    }

    /// The same of an image a rank: each predicts one, and rank 0 judges them in their order.
    fn judge_together(
        &mut self,
        some: &[usize],
        ranks: &dyn Reduce,
        observer: &dyn Observer,
    ) -> Result<Option<Validated>, TrainError> {
        let mut maps = None;
        let own = match some.get(ranks.rank()) {
            _ if observer.stopped() => Predicted::Stopped,
            None => Predicted::Nothing,
            Some(&at) if self.data.supervision.judged_rows(&self.dataset.items()[at])?.is_some() => {
                Predicted::ByRows
            }
            Some(&at) => {
                maps = self.predict(at)?.map(|(_, maps)| maps);
                if maps.is_some() { Predicted::Maps } else { Predicted::NotFinite }
            }
        };
        let place = |kind: Predicted| Predicted::ALL.iter().position(|other| *other == kind);
        let said = messages::all(ranks, &[place(own).unwrap_or(0) as u8])?;
        let said: Vec<Predicted> =
            said.iter().filter_map(|said| Predicted::ALL.get(usize::from(*said.first()?)).copied()).collect();
        for (kind, ended) in
            [(Predicted::Stopped, Validated::Stopped), (Predicted::NotFinite, Validated::NotFinite)]
        {
            if said.contains(&kind) {
                return Ok(Some(ended));
            }
        }
        let own: Vec<f32> = maps.into_iter().flat_map(Array3::into_iter).collect();
        let all = messages::to_first(ranks, bytemuck::cast_slice(&own))?;
        if ranks.rank() > 0 {
            // However long rank 0 takes, it is heard of.
            for _ in said.iter().filter(|said| **said == Predicted::ByRows) {
                while messages::from_first(ranks, &[])? == [AT_WORK] {}
            }
            return Ok(None);
        }
        for ((&at, said), numbers) in some.iter().zip(said).zip(all) {
            if said == Predicted::ByRows {
                if let Some(ended) = self.judge(at, Some(ranks))? {
                    return Ok(Some(ended));
                }
                continue;
            }
            let labels = self.data.supervision.judged(&self.dataset.items()[at])?;
            let (_, height, width) = labels.probabilities().dim();
            let numbers: Vec<f32> = bytemuck::pod_collect_to_vec(&numbers);
            let maps = ArrayView3::from_shape((numbers.len() / (height * width), height, width), &numbers);
            self.add(at, &labels, maps.expect("maps of the image's size"))?;
        }
        Ok(None)
    }
}

/// What is asked of the network.
fn asked(readings: &[Reading]) -> Asked<'_> {
    Asked { readings, mean: Mean::default(), tile: DEFAULT_TILE }
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
