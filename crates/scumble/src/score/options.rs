//! How to judge.

use super::binning::Binning;

/// How finely the predictions are known: the least probability (and distance from 1) that is believed.
///
/// A stored 0 only says "below half a step". Where the label allows what such a prediction rules out, the log
/// is taken at this edge instead of being infinite, and the pixel counts as clipped.
/// What is raised to the edge is taken from all: they are divided by their new sum and stay a distribution, so
/// that coarse files gain nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resolution(f64);

impl Resolution {
    /// f64: half the distance from 1 to its neighbour below, 2^-54.
    pub const DOUBLE: Self = Self(1.0 / (1u64 << 54) as f64);
    /// f32: the same of its numbers, 2^-25.
    pub const FLOAT: Self = Self(1.0 / (1u64 << 25) as f64);
    /// 16-bit files: half a step of 1/65535.
    pub const SIXTEEN_BIT: Self = Self(0.5 / 65535.0);
    /// 8-bit files: half a step of 1/255.
    pub const EIGHT_BIT: Self = Self(0.5 / 255.0);

    /// The share of so many samples: half a step of 1/count.
    ///
    /// # Panics
    /// No sample.
    pub fn of_samples(count: usize) -> Self {
        assert!(count > 0, "a share of at least one sample");
        Self(0.5 / count as f64)
    }

    /// Of an [edge](Self::edge); `None` of a number that is none, above 0 and at most a half.
    pub fn of_edge(edge: f64) -> Option<Self> {
        (edge > 0.0 && edge <= 0.5).then_some(Self(edge))
    }

    /// The edge itself.
    pub fn edge(self) -> f64 {
        self.0
    }
}

/// How to judge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct JudgeOptions {
    /// How finely the predictions are known.
    pub resolution: Resolution,
    /// A pixel counts as many times as raters judged it (maximum likelihood); else once.
    pub by_raters: bool,
    /// Bins of the reliability diagram, at least 1; 15 is usual since Guo et al. 2017.
    pub bins: usize,
    /// Where their edges are.
    pub binning: Binning,
    /// A class is predicted where its probability is at least this.
    pub threshold: f64,
    /// What is dear, too: the correlation of the entropies, the risk-coverage curve, calibration against each rater. Needs
    /// all [`scores`](Self::scores).
    pub uncertainty: bool,
    /// The [curves](super::Judge::curves) of each class, also where not all scores are asked for.
    pub curves: bool,
    /// Which scores; those that are not asked for are `None` in [`Scores`](super::Scores).
    pub scores: ScoreSet,
}

/// Which scores are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScoreSet {
    /// All but those of [`uncertainty`](field@JudgeOptions::uncertainty).
    #[default]
    All,
    /// What training looks at after every epoch: log loss, Brier, calibration, overlap, raters and
    /// what the votes tell of the truth. None of the others:
    /// the spherical score, the parts of the Brier score, the top label, decisions, curves, levels.
    Training,
}

impl JudgeOptions {
    /// As by default, but of the scores that training looks at.
    pub fn training() -> Self {
        Self { scores: ScoreSet::Training, ..Self::default() }
    }

    pub(super) fn all(&self) -> bool {
        self.scores == ScoreSet::All
    }

    pub(super) fn curves(&self) -> bool {
        self.curves || self.all()
    }

    pub(super) fn uncertainty(&self) -> bool {
        self.uncertainty && self.all()
    }
}

impl Default for JudgeOptions {
    /// All scores of f32 maps, by raters, with 15 bins of equal width and the threshold 0.5.
    fn default() -> Self {
        Self {
            resolution: Resolution::FLOAT,
            by_raters: true,
            bins: 15,
            binning: Binning::EqualWidth,
            threshold: 0.5,
            uncertainty: false,
            curves: false,
            scores: ScoreSet::All,
        }
    }
}
