//! What a network answers at each pixel: which classes, by which head, and how far from its logits the truth lies.

use crate::head::{Head, HeadError, Likelihood, Objective, Raters, Reading, ReadingError};
use ndarray::{Array4, Axis};
use scumble::calibrate::{CalibrateError, Calibrator};
use scumble::joint::{JointFamily, joint_distribution};
use scumble::labels::{Kind, LabelError, LabelSpace};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use thiserror::Error;

/// What a network answers at each pixel: labels of a kind, read of its logits through a [`Head`]. A value of this type
/// has been checked.
///
/// ```
/// use ndarray::array;
/// use scumble::labels::{Kind, LabelSpace};
/// use scumble_nn::{Head, Reading, Task};
///
/// let vessels = LabelSpace::new(Kind::Binary, ["vessel"])?;
/// let task = Task::new(vessels).with_head(Head::BetaBinomial)?;
/// assert_eq!(task.logit_names(), ["vessel", "correlation of vessel"]);
/// let logits = array![[[[0.0f32]], [[2.0]]]]; // one pixel
/// assert_eq!(task.read(Reading::Classes, &logits)?, array![[[[0.5]]]]);
/// let exclusive = LabelSpace::new(Kind::Multiclass, ["land", "water"])?;
/// assert!(Task::new(exclusive).with_head(Head::BetaBinomial).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Task {
    space: LabelSpace,
    head: Head,
    /// What the raters of the head are called, if it is of raters.
    raters: Vec<String>,
    shift: Vec<f32>,
    calibration: Option<Calibrator>,
}

/// A task as model files have it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    kind: Kind,
    classes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    joint: Option<JointFamily>,
    #[serde(default, skip_serializing_if = "Likelihood::is_binomial")]
    likelihood: Likelihood,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    raters: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    shift: Vec<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    calibration: Option<Calibrator>,
}

/// Parts of a task that do not go together.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum TaskError {
    /// Classes that labels of the kind cannot have.
    #[error(transparent)]
    Space(#[from] LabelError),
    /// As many labels or shifts as there are no classes.
    #[error("{classes} classes, label sets of {labels} labels, {shifts} shifts")]
    Lengths {
        /// Classes.
        classes: usize,
        /// Labels of the joint family.
        labels: usize,
        /// Shifts of logits.
        shifts: usize,
    },
    /// A head that does not fit.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// A rater whom nobody knows.
    #[error("{}", unknown(name, known))]
    NoRater {
        /// The name asked for.
        name: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// Raters that no head is of.
    #[error("{raters} names of raters, of whom each must have another, for a head of {head}")]
    Raters {
        /// How many names there are.
        raters: usize,
        /// How many raters the head has.
        head: usize,
    },
    /// A calibration that does not fit.
    #[error(transparent)]
    Calibration(#[from] CalibrateError),
}

fn unknown(name: &str, known: &[String]) -> String {
    match known {
        [] => format!(
            "rater '{name}' has no say in this model, which knows what raters say together alone; train with \
             task.raters = true"
        ),
        known => format!("no rater is called '{name}'; the model knows {}", known.join(", ")),
    }
}

impl Task {
    /// A task whose logits are those of the classes, in the order of the maps (binary: one, the name of class 1).
    pub fn new(space: LabelSpace) -> Self {
        let (raters, shift) = (Vec::new(), Vec::new());
        Self { space, head: Head::Classes, raters, shift, calibration: None }
    }

    /// The same through another head.
    ///
    /// # Errors
    /// Label sets of labels that do not overlap or of another number of them; counts of exclusive classes.
    pub fn with_head(mut self, head: Head) -> Result<Self, TaskError> {
        self.head = head;
        self.check()?;
        Ok(self)
    }

    /// The same of which each of these raters has a say, too: [`Head::Raters`].
    ///
    /// # Errors
    /// Two raters of one name.
    pub fn with_raters<S: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = S>,
    ) -> Result<Self, TaskError> {
        self.raters = names.into_iter().map(Into::into).collect();
        let raters = Raters::new(self.raters.len());
        self.with_head(Head::Raters(raters))
    }

    /// The same that says what one rater would say. A calibration is one of what all say together, and goes.
    ///
    /// ```
    /// use ndarray::array;
    /// use scumble::labels::{Kind, LabelSpace};
    /// use scumble_nn::{Reading, Task};
    ///
    /// let vessels = LabelSpace::new(Kind::Binary, ["vessel"])?;
    /// let task = Task::new(vessels).with_raters(["ann", "ben"])?;
    /// assert_eq!(task.logit_names(), ["vessel", "vessel by ann", "vessel by ben"]);
    /// let logits = array![[[[0.0f32]], [[50.0]], [[-50.0]]]]; // one pixel
    /// assert_eq!(task.read(Reading::Classes, &logits)?, array![[[[0.5]]]]);
    /// assert_eq!(task.of_rater("ann")?.read(Reading::Classes, &logits)?, array![[[[1.0]]]]);
    /// assert!(task.of_rater("cleo").is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A rater whom the task does not know.
    pub fn of_rater(&self, name: &str) -> Result<Self, TaskError> {
        let unknown = || TaskError::NoRater { name: name.to_owned(), known: self.raters.clone() };
        let rater = self.raters.iter().position(|rater| rater == name).ok_or_else(unknown)?;
        let raters = self.head.raters().ok_or_else(unknown)?;
        Ok(Self { head: Head::Raters(raters.of_one(rater)), ..self.clone() }.uncalibrated())
    }

    /// The raters who each have a say, in the order of their logits; none of any head but [`Head::Raters`].
    pub fn raters(&self) -> &[String] {
        &self.raters
    }

    /// The same where class weights in training have moved each logit away from that of the label; none: not at all.
    ///
    /// # Errors
    /// Another number than that of the classes.
    pub(crate) fn with_shift(mut self, shift: Vec<f32>) -> Result<Self, TaskError> {
        self.shift = shift;
        self.check()?;
        Ok(self)
    }

    fn check(&self) -> Result<(), TaskError> {
        let (classes, shifts) = (self.outputs(), self.shift.len());
        let head = self.head.distribution();
        let labels = head.classes(&self.space);
        if labels != classes || (shifts != 0 && shifts != classes) {
            return Err(TaskError::Lengths { classes, labels, shifts });
        }
        head.fits(&self.space, self.calibration.is_some())?;
        let (raters, people) = (self.raters.len(), self.head.raters().map_or(0, Raters::count));
        if raters != people || self.raters.iter().collect::<HashSet<_>>().len() != raters {
            return Err(TaskError::Raters { raters, head: people });
        }
        match &self.calibration {
            Some(calibration) => Ok(calibration.check(self.kind(), classes)?),
            None => Ok(()),
        }
    }

    /// What the labels are, and what the classes are called.
    pub fn space(&self) -> &LabelSpace {
        &self.space
    }

    /// The kind of [`space`](Self::space).
    pub fn kind(&self) -> Kind {
        self.space.kind()
    }

    /// The classes' names in the order of the maps (binary: one, the name of class 1).
    pub fn classes(&self) -> &[String] {
        self.space.classes()
    }

    /// What the logits are parameters of.
    pub fn head(&self) -> Head {
        self.head
    }

    /// How far class weights in training have moved each logit away from that of the label; prediction takes it back.
    /// Empty: not at all.
    pub fn shift(&self) -> &[f32] {
        &self.shift
    }

    /// What makes the probabilities true, once the shift is off; none: they are as the network has them.
    pub fn calibration(&self) -> Option<&Calibrator> {
        self.calibration.as_ref()
    }

    /// Puts a calibration in place of the one there is, which is returned.
    ///
    /// # Errors
    /// A calibration of another kind or number of classes; any of a joint family. Nothing has changed then.
    pub fn calibrate(&mut self, calibration: Calibrator) -> Result<Option<Calibrator>, TaskError> {
        let replaced = self.calibration.replace(calibration);
        if let Err(error) = self.check() {
            self.calibration = replaced;
            return Err(error);
        }
        Ok(replaced)
    }

    /// The same without its calibration.
    pub fn uncalibrated(mut self) -> Self {
        self.calibration = None;
        self
    }

    /// The same that leaves on the logits what class weights in training put there. A calibration is one of logits
    /// without it, and goes, too.
    pub fn keeping_shift(mut self) -> Self {
        self.shift.clear();
        self.uncalibrated()
    }

    /// K: classes, maps of the label.
    pub fn outputs(&self) -> usize {
        self.space.count()
    }

    /// P: logits a pixel, as [`Head`] lists them.
    pub fn logits(&self) -> usize {
        self.head.distribution().logits(self.outputs())
    }

    /// What each of the logits is of.
    pub fn logit_names(&self) -> Vec<String> {
        let mut names = self.head.distribution().names(self.classes());
        for rater in &self.raters {
            names.extend(self.classes().iter().map(|class| format!("{class} by {rater}")));
        }
        names
    }

    /// The cross entropy of its head, which training minimises unless told otherwise.
    pub fn objective(&self) -> Objective {
        Objective::new(self.head, self.kind())
    }

    /// The family of the label sets, that of independent labels unless another is set; `None` for other kinds than
    /// multilabel, and beyond 64 labels.
    pub fn family(&self) -> Option<JointFamily> {
        self.head.distribution().family(&self.space)
    }

    /// Whether the logits can be read so.
    ///
    /// # Errors
    /// [`Reading::Sets`] of other kinds than multilabel or of more than 8 labels; [`Reading::Logits`] of a joint family;
    /// [`Reading::Correlations`] of another head than the beta-binomial's.
    pub fn supports(&self, reading: Reading) -> Result<(), ReadingError> {
        self.head.distribution().supports(&self.space, reading)
    }

    /// Maps that a reading has.
    pub(crate) fn maps(&self, reading: Reading) -> usize {
        self.head.distribution().maps(self.outputs(), reading)
    }

    /// A reading [N, K, H, W] (of sets [N, 2^K, H, W]) of logits [N, P, H, W].
    ///
    /// A class's probability is the softmax over exclusive classes, else the sigmoid of its logit, once the shift is
    /// taken off and the calibration applied; with a joint family it is the label's marginal.
    ///
    /// # Errors
    /// As [`supports`](Self::supports), and another number of logits than [`logits`](Self::logits).
    pub fn read(&self, reading: Reading, logits: &Array4<f32>) -> Result<Array4<f32>, ReadingError> {
        self.supports(reading)?;
        if logits.dim().1 != self.logits() {
            return Err(ReadingError::Logits { expected: self.logits(), found: logits.dim().1 });
        }
        let head = self.head.distribution();
        Ok(match reading {
            Reading::Classes | Reading::Sets => self.of_calibrated(reading, self.calibrated(logits)),
            Reading::Logits => self.unshifted(logits),
            Reading::Correlations => {
                head.correlations(logits, self.outputs()).expect("a head of correlations")
            }
            Reading::Parameters => logits.clone(),
            Reading::Disagreement => return Err(ReadingError::Alone),
        })
    }

    /// Classes or label sets of logits that are [calibrated](Self::calibrated), which the labels have.
    pub(crate) fn of_calibrated(&self, reading: Reading, logits: Array4<f32>) -> Array4<f32> {
        let head = self.head.distribution();
        match reading {
            Reading::Sets => {
                let family = head.family(&self.space).expect("a task of overlapping labels");
                joint_distribution(&family, logits.view(), 1)
                    .expect("as many logits as the family has parameters")
            }
            _ => head.probabilities(self.kind(), logits),
        }
    }

    /// Of logits as they leave the network those that say how probable each class is, without the shift, calibrated.
    pub(crate) fn calibrated(&self, logits: &Array4<f32>) -> Array4<f32> {
        let mut logits = self.unshifted(logits);
        if let Some(calibration) = &self.calibration {
            calibration.apply(self.kind(), logits.view_mut());
        }
        logits
    }

    /// Logits of the label: the shift is taken off, no calibration applied.
    fn unshifted(&self, logits: &Array4<f32>) -> Array4<f32> {
        let mut logits = self.head.distribution().class_logits(logits, self.outputs());
        for (mut plane, &shift) in logits.axis_iter_mut(Axis(1)).zip(&self.shift) {
            plane.mapv_inplace(|x| x - shift);
        }
        logits
    }
}

impl TryFrom<Written> for Task {
    type Error = TaskError;

    fn try_from(written: Written) -> Result<Self, TaskError> {
        let Written { kind, classes, joint, likelihood, raters, shift, calibration } = written;
        let head = match (joint, likelihood) {
            (None, Likelihood::Binomial) if !raters.is_empty() => Head::Raters(Raters::new(raters.len())),
            (None, Likelihood::Binomial) => Head::Classes,
            (Some(family), Likelihood::Binomial) => Head::Joint(family),
            (None, Likelihood::BetaBinomial) => Head::BetaBinomial,
            (Some(_), Likelihood::BetaBinomial) => return Err(HeadError::Counts.into()),
        };
        let space = LabelSpace::new(kind, classes)?;
        let task = Self { space, head, raters, shift, calibration };
        task.check()?;
        Ok(task)
    }
}

impl From<Task> for Written {
    fn from(task: Task) -> Self {
        let Task { space, head, raters, shift, calibration } = task;
        let (kind, classes) = (space.kind(), space.classes().to_vec());
        let (joint, likelihood) = (head.joint(), head.likelihood());
        Self { kind, classes, joint, likelihood, raters, shift, calibration }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn task(kind: Kind, classes: usize) -> Task {
        Task::new(LabelSpace::unnamed(kind, classes).unwrap())
    }

    fn classes(task: &Task, logits: &Array4<f32>) -> Array4<f32> {
        task.read(Reading::Classes, logits).unwrap()
    }

    #[test]
    fn probabilities_stay_probabilities_at_huge_logits() {
        let logits = array![[[[1e4f32]], [[-1e4]], [[0.0]]]];
        assert_eq!(classes(&task(Kind::Multiclass, 3), &logits), array![[[[1.0]], [[0.0]], [[0.0]]]]);
        assert_eq!(classes(&task(Kind::Multilabel, 3), &logits), array![[[[1.0]], [[0.0]], [[0.5]]]]);
    }

    #[test]
    fn correlations_have_no_part_in_the_probability() {
        let task = task(Kind::Multilabel, 2).with_head(Head::BetaBinomial).unwrap();
        assert_eq!(task.logits(), 4);
        let logits = array![[[[0.0f32]], [[1e4]], [[3.0]], [[0.0]]]];
        assert_eq!(classes(&task, &logits), array![[[[0.5]], [[1.0]]]]);
        let correlations = task.read(Reading::Correlations, &logits).unwrap();
        assert_eq!(correlations, array![[[[1.0 / (1.0 + (-3f32).exp())]], [[0.5]]]]);
    }

    #[test]
    fn a_shift_is_taken_off_before_the_logits_are_read() {
        // Odds of 3 that were 1, and odds of 1.
        let logits = array![[[[3f32.ln()]], [[0.0]]]];
        for kind in [Kind::Multilabel, Kind::Multiclass] {
            let task = task(kind, 2).with_shift(vec![3f32.ln(), 0.0]).unwrap();
            assert_eq!(classes(&task, &logits), array![[[[0.5]], [[0.5]]]]);
            assert!((classes(&task.keeping_shift(), &logits)[[0, 0, 0, 0]] - 0.75).abs() < 1e-6);
        }
    }

    /// The texts of model files, of which none may change.
    #[test]
    fn every_head_has_its_own_json() {
        let space = |kind| LabelSpace::new(kind, ["cup", "disc"]).unwrap();
        let pairwise = Head::Joint(JointFamily::pairwise(2).unwrap());
        let mixture = Head::Joint(JointFamily::mixture(2, 3).unwrap());
        let with = |head| Task::new(space(Kind::Multilabel)).with_head(head).unwrap();
        let mut calibrated = Task::new(space(Kind::Multiclass)).with_shift(vec![0.5, -1.0]).unwrap();
        calibrated.calibrate(Calibrator::Temperature { temperature: vec![1.25] }).unwrap();
        let water = LabelSpace::new(Kind::Binary, ["water"]).unwrap();
        for (task, text) in [
            (Task::new(water), r#"{"kind":"binary","classes":["water"]}"#),
            (
                with(pairwise),
                r#"{"kind":"multilabel","classes":["cup","disc"],"joint":{"kind":"pairwise","labels":2}}"#,
            ),
            (
                with(mixture),
                r#"{"kind":"multilabel","classes":["cup","disc"],"joint":{"kind":"mixture","labels":2,"components":3}}"#,
            ),
            (
                with(Head::BetaBinomial),
                r#"{"kind":"multilabel","classes":["cup","disc"],"likelihood":"beta-binomial"}"#,
            ),
            (
                Task::new(space(Kind::Multilabel)).with_raters(["ann", "ben"]).unwrap(),
                r#"{"kind":"multilabel","classes":["cup","disc"],"raters":["ann","ben"]}"#,
            ),
            (
                calibrated,
                r#"{"kind":"multiclass","classes":["cup","disc"],"shift":[0.5,-1.0],"calibration":{"method":"temperature","temperature":[1.25]}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&task).unwrap(), text);
            assert_eq!(serde_json::from_str::<Task>(text).unwrap(), task, "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_cannot_be_built_or_read() {
        let pairwise = Head::Joint(JointFamily::pairwise(2).unwrap());
        for (kind, classes, head) in [
            (Kind::Multiclass, 2, Head::BetaBinomial),
            (Kind::Multiclass, 2, pairwise),
            (Kind::Multilabel, 3, pairwise),
        ] {
            assert!(task(kind, classes).with_head(head).is_err(), "{kind} {head:?}");
        }
        let mut joint = task(Kind::Multilabel, 2).with_head(pairwise).unwrap();
        assert!(joint.calibrate(Calibrator::Temperature { temperature: vec![2.0] }).is_err());
        assert_eq!(joint.calibration(), None);
        for rest in [
            r#""joint":{"kind":"pairwise","labels":2},"likelihood":"beta-binomial"}"#,
            r#""joint":{"kind":"pairwise","labels":3}}"#,
            r#""joint":{"kind":"pairwise","labels":2},"raters":["ann"]}"#,
            r#""likelihood":"beta-binomial","raters":["ann"]}"#,
            r#""raters":["ann","ann"]}"#,
            r#""shift":[1.0]}"#,
            r#""calibration":{"method":"temperature","temperature":[-1.0]}}"#,
            r#""more":1}"#,
        ] {
            let text = format!(r#"{{"kind":"multilabel","classes":["cup","disc"],{rest}"#);
            assert!(serde_json::from_str::<Task>(&text).is_err(), "{text}");
        }
        for text in [
            r#"{"kind":"binary","classes":["cup","disc"]}"#,
            r#"{"kind":"multilabel","classes":["cup","cup"]}"#,
        ] {
            assert!(serde_json::from_str::<Task>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_reading_that_is_not_there_is_refused() {
        let pairwise = Head::Joint(JointFamily::pairwise(2).unwrap());
        let joint = task(Kind::Multilabel, 2).with_head(pairwise).unwrap();
        for (task, reading) in [
            (task(Kind::Binary, 1), Reading::Sets),
            (task(Kind::Multilabel, 9), Reading::Sets),
            (joint, Reading::Logits),
            (task(Kind::Binary, 1), Reading::Correlations),
        ] {
            let logits = Array4::zeros((1, task.logits(), 1, 1));
            assert!(task.read(reading, &logits).is_err(), "{reading:?}");
        }
        let wrong = task(Kind::Binary, 1).read(Reading::Classes, &Array4::zeros((1, 2, 1, 1))).unwrap_err();
        assert_eq!(wrong.to_string(), "2 logits a pixel where the task has 1");
    }
}
