//! What a report is about.

use super::quantity::quantity;
use crate::JobError;
use crate::judge::{Error, Judgement, ReportMaterial};
use crate::training_record::TrainingRecord;
use scumble::score::Scores;

/// A judgement, and the training behind it, to be told on a page.
///
/// ```no_run
/// use scumble_jobs::judge::{JudgeRequest, StripMemory, judge};
/// use scumble_jobs::report::Report;
///
/// let mut request = JudgeRequest::new("maps", "data");
/// request.report = Some(StripMemory::default());
/// let judgement = judge(&request, &())?;
/// Report::new(&judgement)?.write("report.html".as_ref())?;
/// # Ok::<(), scumble_jobs::JobError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    pub(super) judgement: &'a Judgement,
    pub(super) material: &'a ReportMaterial,
    /// Whether the images were made up, so that the truth behind them is known.
    pub(super) made_up: bool,
    pub(super) training: Option<&'a TrainingRecord>,
    pub(super) truth: Option<&'a Scores>,
}

impl<'a> Report<'a> {
    /// Of the images that were judged.
    ///
    /// # Errors
    /// A judgement whose request did not ask for what a report shows.
    pub fn new(judgement: &'a Judgement) -> Result<Self, JobError> {
        let material = judgement.material.as_ref().ok_or(Error::NoMaterial)?;
        Ok(Self { judgement, material, made_up: false, training: None, truth: None })
    }

    /// Says that the images were made up, and that nothing was learnt from them.
    pub fn made_up(self) -> Self {
        Self { made_up: true, ..self }
    }

    /// Tells of the training, too.
    pub fn with_training(self, training: Option<&'a TrainingRecord>) -> Self {
        Self { training, ..self }
    }

    /// Tells how near the predictions come to the truth behind the labels.
    pub fn with_truth(self, scores: &'a Scores) -> Self {
        Self { truth: Some(scores), ..self }
    }

    /// The heading: what was judged.
    pub(super) fn title(&self) -> &str {
        if self.made_up { "Lagoons of scumble demo" } else { &self.material.name }
    }

    /// What the labels are called.
    pub(super) fn label_name(&self) -> &'static str {
        if self.material.opinions { "raters" } else { "label" }
    }

    /// The classes.
    pub(super) fn names(&self) -> Vec<&str> {
        self.judgement.all.classes.iter().map(|class| class.class.as_str()).collect()
    }

    /// By what images are ordered.
    pub(super) fn order(&self) -> &'static str {
        quantity(if self.judgement.all.truth.is_some() { "truth_distance" } else { "brier" }).0
    }
}
