//! The judge of predictions in arrays, image by image.

use crate::arrays::refused;
use crate::options::named;
use crate::pool;
use ndarray::{Array3, ArrayView2, ArrayView3};
use numpy::{PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use scumble::labels::{Kind, LabelError, LabelSpace, RaterMask, SoftLabels, UNSEEN};
use scumble::score::{JudgeOptions, Resolution};
use scumble_data::Prediction;
use scumble_jobs::judge::{Bins, PooledImages, Probability};
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a judge is told when it is made, by the names of `scumble.Judge`.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Settings {
    kind: String,
    classes: Classes,
    threshold: f64,
    bins: u32,
    binning: String,
    by_raters: bool,
    uncertainty: bool,
    resolution: String,
}

/// The names of the classes, or how many there are.
#[derive(FromPyObject)]
enum Classes {
    Count(usize),
    Names(Vec<String>),
}

/// Probabilities, [K, H, W].
#[derive(FromPyObject)]
enum Maps<'py> {
    F32(PyReadonlyArray3<'py, f32>),
    F64(PyReadonlyArray3<'py, f64>),
}

/// Class indices or marks of 0 and 1, [G, H, W].
#[derive(FromPyObject)]
enum Marks<'py> {
    Bool(PyReadonlyArray3<'py, bool>),
    U8(PyReadonlyArray3<'py, u8>),
    U16(PyReadonlyArray3<'py, u16>),
    Integer(PyReadonlyArray3<'py, i64>),
}

/// A label: probabilities [K, H, W], NaN where nobody knows, or marks.
#[derive(FromPyObject)]
enum Label<'py> {
    Soft(PyReadonlyArray3<'py, f32>),
    Hard(Marks<'py>),
}

/// One image, by the names of `Judge.update`; without a name or a group it is empty.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct Given<'py> {
    prediction: Maps<'py>,
    labels: Option<Label<'py>>,
    raters: Vec<(String, Marks<'py>)>,
    mask: Option<PyReadonlyArray2<'py, bool>>,
    weight: Option<PyReadonlyArray2<'py, f32>>,
    ignore_value: Option<i64>,
    name: String,
    group: String,
}

/// Judges predictions image by image; `scumble.Judge` says how.
#[pyclass(frozen, module = "scumble._scumble")]
pub(crate) struct Judge {
    pooled: Mutex<PooledImages>,
}

#[pymethods]
impl Judge {
    #[new]
    fn new(settings: &Bound<'_, PyAny>) -> PyResult<Self> {
        let settings: Settings = settings.extract()?;
        let kind: Kind = named("kind", &settings.kind)?;
        let space = match settings.classes {
            Classes::Count(count) => LabelSpace::unnamed(kind, count),
            Classes::Names(names) => LabelSpace::new(kind, names),
        };
        let scoring = JudgeOptions {
            resolution: resolution(&settings.resolution)?,
            by_raters: settings.by_raters,
            bins: Bins::new(settings.bins).map_err(refused)?.get() as usize,
            binning: named("binning", &settings.binning)?,
            threshold: Probability::new(settings.threshold).map_err(refused)?.get(),
            uncertainty: settings.uncertainty,
            ..JudgeOptions::default()
        };
        Ok(Self { pooled: Mutex::new(PooledImages::new(&space.map_err(refused)?, scoring)) })
    }

    /// Judges one image. Several threads may do so at once.
    fn update(&self, py: Python<'_>, image: &Bound<'_, PyAny>) -> PyResult<()> {
        let given: Given<'_> = image.extract()?;
        let name = given.name.clone();
        let within = |message: String| match name.is_empty() {
            true => refused(message),
            false => refused(format!("image {name}: {message}")),
        };
        let image = given.view();
        py.detach(|| {
            let judge = self.locked().judge();
            let judge = pool::within(|| image.judged(judge)).map_err(within)?;
            self.locked().add(image.name, image.group, &judge).map_err(refused)
        })
    }

    /// Adds the images of another judge behind these.
    fn merge(&self, py: Python<'_>, other: &Self) -> PyResult<()> {
        py.detach(|| {
            // Never both at once, so that two judges may be put into each other.
            let theirs = other.locked().clone();
            self.locked().merge(&theirs).map_err(refused)
        })
    }

    /// All that was found, as JSON.
    fn scores(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| {
            let pooled = self.locked().clone();
            pool::within(|| serde_json::to_string(&pooled.finish())).map_err(refused)
        })
    }

    /// How many images were judged.
    fn __len__(&self) -> usize {
        self.locked().count()
    }
}

impl Judge {
    /// A panic elsewhere leaves the sums as they were before or after an image.
    fn locked(&self) -> MutexGuard<'_, PooledImages> {
        self.pooled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How finely predictions are known, by the type of number that they were.
fn resolution(name: &str) -> PyResult<Resolution> {
    match name {
        "uint8" => Ok(Resolution::EIGHT_BIT),
        "uint16" => Ok(Resolution::SIXTEEN_BIT),
        "float32" => Ok(Resolution::FLOAT),
        "float64" => Ok(Resolution::DOUBLE),
        _ => Err(refused(format!(
            "resolution: {name:?} is none of \"uint8\", \"uint16\", \"float32\", \"float64\""
        ))),
    }
}

/// [`Given`] without Python.
struct Image<'a> {
    prediction: MapsView<'a>,
    labels: Option<LabelView<'a>>,
    raters: Vec<(&'a str, MarksView<'a>)>,
    mask: Option<ArrayView2<'a, bool>>,
    weight: Option<ArrayView2<'a, f32>>,
    ignore_value: Option<i64>,
    name: &'a str,
    group: &'a str,
}

enum MapsView<'a> {
    F32(ArrayView3<'a, f32>),
    F64(ArrayView3<'a, f64>),
}

enum LabelView<'a> {
    Soft(ArrayView3<'a, f32>),
    Hard(MarksView<'a>),
}

enum MarksView<'a> {
    Bool(ArrayView3<'a, bool>),
    U8(ArrayView3<'a, u8>),
    U16(ArrayView3<'a, u16>),
    Integer(ArrayView3<'a, i64>),
}

impl Given<'_> {
    fn view(&self) -> Image<'_> {
        Image {
            prediction: match &self.prediction {
                Maps::F32(maps) => MapsView::F32(maps.as_array()),
                Maps::F64(maps) => MapsView::F64(maps.as_array()),
            },
            labels: self.labels.as_ref().map(|label| match label {
                Label::Soft(maps) => LabelView::Soft(maps.as_array()),
                Label::Hard(marks) => LabelView::Hard(marks.view()),
            }),
            raters: self.raters.iter().map(|(rater, marks)| (rater.as_str(), marks.view())).collect(),
            mask: self.mask.as_ref().map(|mask| mask.as_array()),
            weight: self.weight.as_ref().map(|weight| weight.as_array()),
            ignore_value: self.ignore_value,
            name: &self.name,
            group: &self.group,
        }
    }
}

impl Marks<'_> {
    fn view(&self) -> MarksView<'_> {
        match self {
            Marks::Bool(marks) => MarksView::Bool(marks.as_array()),
            Marks::U8(marks) => MarksView::U8(marks.as_array()),
            Marks::U16(marks) => MarksView::U16(marks.as_array()),
            Marks::Integer(marks) => MarksView::Integer(marks.as_array()),
        }
    }
}

impl Image<'_> {
    /// The judge with this image.
    fn judged(&self, mut judge: scumble::Judge) -> Result<scumble::Judge, String> {
        let space = judge.space().clone();
        let masks = self.raters.iter().map(|(rater, marks)| {
            let mask = marks
                .read(self.ignore_value)
                .and_then(|marks| RaterMask::new(&space, marks).map_err(|error| error.to_string()));
            Ok((*rater, mask.map_err(|error| format!("the mask of rater {rater}: {error}"))?))
        });
        let masks: Vec<(&str, RaterMask)> = masks.collect::<Result<_, String>>()?;
        let mut labels = match &self.labels {
            Some(label) => label.read(&space, self.ignore_value)?,
            None => scumble::mean(&space, &masks).map_err(|error| error.to_string())?,
        };
        if let Some(mask) = self.mask {
            let ignored = mask.mapv(|counts| !counts);
            labels.ignore(ignored.view()).map_err(|error| format!("the mask: {error}"))?;
        }
        if let Some(weight) = self.weight {
            labels.weigh(weight).map_err(|error| error.to_string())?;
        }
        let prediction = match self.prediction {
            MapsView::F32(maps) => Prediction::F32(maps.to_owned()),
            MapsView::F64(maps) => Prediction::F64(maps.to_owned()),
        };
        let prediction = prediction
            .checked(space.kind(), labels.valid())
            .map_err(|error| format!("the prediction: {error}"))?;
        match prediction {
            Prediction::F32(maps) => judge.add(&labels, maps.view(), &masks),
            Prediction::F64(maps) => judge.add(&labels, maps.view(), &masks),
        }
        .map_err(|error| error.to_string())?;
        Ok(judge)
    }
}

impl LabelView<'_> {
    /// The label, without votes: nobody has counted any.
    fn read(&self, space: &LabelSpace, ignore: Option<i64>) -> Result<SoftLabels, String> {
        let wrong = |error: &dyn Display| format!("the label: {error}");
        let probabilities = match self {
            Self::Soft(maps) => maps.to_owned(),
            Self::Hard(marks) => {
                let marks = marks.read(ignore).map_err(|error| wrong(&error))?;
                let mask = RaterMask::new(space, marks).map_err(|error| match error {
                    LabelError::Shape { found, expected, .. } => {
                        LabelError::Shape { what: "the label", found, expected }.to_string()
                    }
                    error => wrong(&error),
                })?;
                probabilities(space, mask.marks())
            }
        };
        SoftLabels::with_ignored(space.kind(), probabilities, None).map_err(|error| wrong(&error))
    }
}

/// Marks [G, H, W] as zeros and ones [K, H, W], NaN where there is none.
fn probabilities(space: &LabelSpace, marks: ArrayView3<'_, u16>) -> Array3<f32> {
    let (_, height, width) = marks.dim();
    let exclusive = space.kind() == Kind::Multiclass;
    Array3::from_shape_fn((space.count(), height, width), |(class, row, column)| {
        let mark = marks[[if exclusive { 0 } else { class }, row, column]];
        let on = if exclusive { class as u16 } else { 1 };
        if mark == UNSEEN { f32::NAN } else { f32::from(u8::from(mark == on)) }
    })
}

impl MarksView<'_> {
    /// The marks, [`UNSEEN`] where they are the value to ignore.
    fn read(&self, ignore: Option<i64>) -> Result<Array3<u16>, String> {
        match self {
            Self::Bool(marks) => Ok(marks.mapv(u16::from)),
            Self::U8(marks) => read(marks, ignore),
            Self::U16(marks) => read(marks, ignore),
            Self::Integer(marks) => read(marks, ignore),
        }
    }
}

fn read<T: Copy + Into<i64>>(marks: &ArrayView3<'_, T>, ignore: Option<i64>) -> Result<Array3<u16>, String> {
    let mark = |value: i64| match u16::try_from(value) {
        _ if ignore == Some(value) => Some(UNSEEN),
        Ok(mark) if mark != UNSEEN => Some(mark),
        _ => None,
    };
    let wrong = marks.indexed_iter().find(|(_, value)| mark((**value).into()).is_none());
    if let Some(((_, row, column), &value)) = wrong {
        let value: i64 = value.into();
        return Err(format!(
            "row {row}, column {column}: {value} is no class; if it means that nobody knows, give ignore_value={value}"
        ));
    }
    Ok(marks.mapv(|value| mark(value.into()).unwrap_or(UNSEEN)))
}
