//! The report: one HTML file that explains a training or a judgement to someone who only wants to look.
//!
//! The page asks nothing of a network, and reads without its script: that adds sorting, fading and zoom. The same input
//! gives the same bytes.

mod chart;
mod facts;
mod page;
mod pictures;
mod raters;
mod reliability;
mod scores;
mod strip;
mod strips;
mod summary;
mod table;
mod thresholds;
mod words;

pub(crate) use strip::Strip;

use scumble::agreement::Agreement;
use scumble::labels::Kind;
use scumble::score::{Curve, Intervals, Scores};
use scumble_data::{DataError, write_atomically};
use scumble_nn::EpochReport;
use std::io::Write;
use std::path::Path;

/// All that a page says.
pub(crate) struct Report {
    /// The heading: what was judged.
    pub(crate) title: String,
    /// What was done, with which data and settings.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Settings in full, as TOML.
    pub(crate) settings: Option<String>,
    /// The training, if there was one.
    pub(crate) epochs: Vec<EpochReport>,
    pub(crate) judged: Judged,
}

/// Predictions and what was found about them.
pub(crate) struct Judged {
    pub(crate) kind: Kind,
    /// Whether the labels are what the raters say, neither other maps nor a truth inferred from them.
    pub(crate) opinions: bool,
    pub(crate) all: Scores,
    /// Of `all`, over the images.
    pub(crate) intervals: Option<Intervals>,
    /// Of each class.
    pub(crate) curves: Vec<Curve>,
    /// At which a class is decided for.
    pub(crate) threshold: f64,
    /// Bins of the reliability diagram between 0 and 1.
    pub(crate) bins: usize,
    /// Each image by name.
    pub(crate) images: Vec<(String, Scores)>,
    /// Some of the images, to be looked at.
    pub(crate) strips: Vec<Strip>,
    /// Of the raters with each other, on these images.
    pub(crate) agreement: Agreement,
    /// How many of the images the model was trained on, as far as that is known.
    pub(crate) learnt: usize,
    /// Against the known truth of made-up data.
    pub(crate) truth: Option<Scores>,
}

/// Writes a report.
pub(crate) fn write(path: &Path, report: &Report) -> Result<(), DataError> {
    let page = page::page(report).into_string();
    write_atomically(path, |out| out.write_all(page.as_bytes()))
}

#[cfg(test)]
impl Judged {
    /// Scores alone.
    fn of(kind: Kind, all: Scores, images: &[(&str, Scores)]) -> Self {
        Self {
            kind,
            opinions: false,
            intervals: None,
            curves: Vec::new(),
            threshold: 0.5,
            bins: 15,
            images: images.iter().map(|(id, scores)| (id.to_string(), scores.clone())).collect(),
            strips: Vec::new(),
            agreement: Agreement::new(kind, all.classes.len()),
            learnt: 0,
            truth: None,
            all,
        }
    }
}
