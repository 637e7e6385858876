//! Single scores of arrays, in f64.

use crate::arrays::refused;
use crate::options::named;
use crate::pixels::{Counting, Pixels};
use numpy::{IntoPyArray, PyArray1, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;
use scumble::score::{
    Binning, Calibration, CalibrationBin, CalibrationScore, Curve, Histogram, Overlap, Proper, Resolution,
};
use scumble_jobs::judge::Bins;

/// Labels and predictions of one shape, by the names of `scumble.metrics`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Given<'py> {
    y_true: PyReadonlyArrayDyn<'py, f64>,
    y_pred: PyReadonlyArrayDyn<'py, f64>,
    class_axis: Option<usize>,
    /// Whether exactly one of the classes holds, so that their probabilities sum to 1.
    exclusive: bool,
    mask: Option<PyReadonlyArrayDyn<'py, bool>>,
    sample_weight: Option<PyReadonlyArrayDyn<'py, f64>>,
}

impl Given<'_> {
    /// What `of` finds in the pixels, without the interpreter's lock.
    fn find<T: Send>(&self, py: Python<'_>, of: impl FnOnce(&Pixels) -> T + Send) -> PyResult<T> {
        let (labels, predictions) = (self.y_true.as_array(), self.y_pred.as_array());
        let counting = Counting {
            shape: self.y_true.shape(),
            class_axis: self.class_axis,
            mask: self.mask.as_ref().map(|mask| mask.as_array()),
            weight: self.sample_weight.as_ref().map(|weight| weight.as_array()),
        };
        let exclusive = self.exclusive;
        let found = py.detach(|| Ok(of(&Pixels::read(&labels, &predictions, exclusive, &counting)?)));
        found.map_err(|message: String| refused(message))
    }
}

/// Cross entropy, entropy of the labels and Brier score, as means over the pixels; `None` where nothing weighs. `single`
/// says that the predictions were f32.
#[pyfunction]
pub(crate) fn proper(
    py: Python<'_>,
    arrays: &Bound<'_, PyAny>,
    single: bool,
) -> PyResult<Option<(f64, f64, f64)>> {
    let given: Given<'_> = arrays.extract()?;
    let (edge, exclusive) =
        (if single { Resolution::FLOAT } else { Resolution::DOUBLE }.edge(), given.exclusive);
    let sums = given.find(py, |pixels| {
        let mut sums = Proper::default();
        let classes = pixels.classes.max(1);
        let both = pixels.labels.chunks(classes).zip(pixels.predictions.chunks(classes));
        for ((labels, predictions), &weight) in both.zip(&pixels.weights) {
            let pairs = labels.iter().copied().zip(predictions.iter().copied());
            match exclusive {
                true => sums.add_exclusive(pairs, weight, edge),
                false => pairs.for_each(|(p, q)| sums.add_binary(p, q, weight, edge)),
            }
        }
        sums
    })?;
    let mean = |sum: f64| sum / sums.weight;
    Ok((sums.weight > 0.0).then(|| (mean(sums.cross_entropy), mean(sums.floor), mean(sums.brier))))
}

/// Of a class: the expected calibration error, and of the bins that are not empty the weight, the mean label and the mean
/// prediction.
type ClassCalibration<'py> =
    (Option<f64>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// The calibration of each class.
#[pyfunction]
pub(crate) fn calibration<'py>(
    py: Python<'py>,
    arrays: &Bound<'py, PyAny>,
    bins: u32,
    binning: &str,
) -> PyResult<Vec<ClassCalibration<'py>>> {
    let given: Given<'_> = arrays.extract()?;
    let bins = Bins::new(bins).map_err(refused)?.get() as usize;
    let binning: Binning = named("binning", binning)?;
    let found = given.find(py, |pixels| {
        let of_class = |class| in_bins(pixels.of_class(class), bins, binning);
        (0..pixels.classes).map(of_class).collect::<Vec<_>>()
    })?;
    let of_class = |bins: Vec<CalibrationBin>| {
        let error = CalibrationScore::of(&bins).map(|score| score.expected);
        let filled: Vec<CalibrationBin> = bins.into_iter().filter(|bin| bin.weight > 0.0).collect();
        let of = |of: fn(&CalibrationBin) -> f64| filled.iter().map(of).collect::<Vec<_>>().into_pyarray(py);
        (
            error,
            of(|bin| bin.weight),
            of(|bin| bin.observed / bin.weight),
            of(|bin| bin.predicted / bin.weight),
        )
    };
    Ok(found.into_iter().map(of_class).collect())
}

fn in_bins(
    pixels: impl Iterator<Item = (f64, f64, f64)>,
    bins: usize,
    binning: Binning,
) -> Vec<CalibrationBin> {
    if binning == Binning::EqualMass {
        let mut histogram = Histogram::default();
        pixels.for_each(|(p, q, w)| histogram.add(p, q, w));
        return histogram.equal_mass(bins);
    }
    let mut calibration = Calibration::with(bins, binning);
    pixels.for_each(|(p, q, w)| calibration.add(p, q, w));
    calibration.bins()
}

/// Soft Dice and soft Jaccard of each class, `None` where label and prediction are empty.
#[pyfunction]
pub(crate) fn overlap(
    py: Python<'_>,
    arrays: &Bound<'_, PyAny>,
) -> PyResult<Vec<(Option<f64>, Option<f64>)>> {
    let given: Given<'_> = arrays.extract()?;
    given.find(py, |pixels| {
        let of_class = |class| {
            let mut overlap = Overlap::default();
            pixels.of_class(class).for_each(|(p, q, w)| overlap.add(p, q, w));
            (overlap.dice(), overlap.iou())
        };
        (0..pixels.classes).map(of_class).collect()
    })
}

/// Average precision and the area below the ROC curve of each class, `None` without positives or negatives.
#[pyfunction]
pub(crate) fn areas(py: Python<'_>, arrays: &Bound<'_, PyAny>) -> PyResult<Vec<(Option<f64>, Option<f64>)>> {
    let given: Given<'_> = arrays.extract()?;
    given.find(py, |pixels| {
        let of_class = |class| {
            let areas = Curve::of(pixels.of_class(class).collect()).areas();
            (areas.average_precision, areas.roc_auc)
        };
        (0..pixels.classes).map(of_class).collect()
    })
}
