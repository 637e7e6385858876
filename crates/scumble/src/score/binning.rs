//! Where the bins of a reliability diagram begin and end.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Which bin of the reliability diagram a prediction falls into: the conventions differ at the edges.
///
/// | name | edges | a prediction on an edge | 1 |
/// |---|---|---|---|
/// | `equal-width` | b / B, exact | the bin above | last bin |
/// | `equal-mass` | quantiles of the predictions, see [`Histogram`](super::Histogram) | | |
/// | `sklearn` | `numpy.linspace`, f64 | the bin below (0: the first) | last bin |
/// | `torchmetrics` | `torch.linspace`, f32 | the bin above | a bin of its own |
/// | `netcal` | `numpy.linspace`, f64 | the bin above | last bin |
///
/// From the sources of scikit-learn 1.9 (`calibration_curve`, `strategy="uniform"`:
/// `searchsorted(bins[1:-1], q)`), torchmetrics 1.9 (`_binning_bucketize`:
/// `bucketize(q, edges, right=True) - 1`) and netcal 1.4 (`histogramdd`).
///
/// ```
/// use scumble::score::{Binning, Calibration};
///
/// let filled = |binning: Binning| {
///     let mut calibration = Calibration::with(2, binning);
///     calibration.add(1.0, 0.5, 1.0); // on the edge
///     calibration.bins().iter().position(|bin| bin.weight > 0.0)
/// };
/// assert_eq!((filled(Binning::EqualWidth), filled(Binning::ScikitLearn)), (Some(1), Some(0)));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Binning {
    /// [b/B, (b+1)/B), the last bin closed; the edges are the exact fractions.
    #[default]
    EqualWidth,
    /// Bins of equal weight.
    EqualMass,
    /// scikit-learn's `calibration_curve`: (b/B, (b+1)/B], the first bin closed.
    #[serde(rename = "sklearn")]
    ScikitLearn,
    /// torchmetrics' calibration errors: [b/B, (b+1)/B) with edges rounded to f32, and one more bin for
    /// exactly 1.
    Torchmetrics,
    /// netcal's ECE: [b/B, (b+1)/B), the last bin closed, with edges rounded to f64.
    Netcal,
}

impl Binning {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::EqualWidth, Self::EqualMass, Self::ScikitLearn, Self::Torchmetrics, Self::Netcal];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::EqualWidth => "equal-width",
            Self::EqualMass => "equal-mass",
            Self::ScikitLearn => "sklearn",
            Self::Torchmetrics => "torchmetrics",
            Self::Netcal => "netcal",
        }
    }
}

impl fmt::Display for Binning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no binning has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is no binning: equal-width, equal-mass, sklearn, torchmetrics or netcal")]
pub struct UnknownBinning(String);

impl FromStr for Binning {
    type Err = UnknownBinning;

    fn from_str(name: &str) -> Result<Self, UnknownBinning> {
        let found = Self::ALL.into_iter().find(|binning| binning.name() == name);
        found.ok_or_else(|| UnknownBinning(name.into()))
    }
}

/// The edges of bins of equal width, in one of the conventions of [`Binning`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BinEdges {
    /// Where each bin begins, the first at minus infinity; and infinity at the end.
    edges: Vec<f64>,
    /// A prediction on an edge belongs to the bin below it.
    below: bool,
    width: f64,
}

impl BinEdges {
    /// `bins` bins, at least one.
    ///
    /// Equal mass has no edges before everything is seen; its diagram has those of equal width.
    pub(super) fn new(bins: usize, binning: Binning) -> Self {
        let bins = bins.max(1);
        let edge = |b: usize| match binning {
            Binning::ScikitLearn | Binning::Netcal => b as f64 * (1.0 / bins as f64),
            Binning::Torchmetrics => f64::from(torch_linspace(b, bins)),
            // The least f64 that is not below b / B: a prediction of f32 is never between the two.
            Binning::EqualWidth | Binning::EqualMass => {
                let edge = b as f64 / bins as f64;
                if edge.mul_add(bins as f64, -(b as f64)) < 0.0 { edge.next_up() } else { edge }
            }
        };
        let own_bin_for_one = (binning == Binning::Torchmetrics).then_some(1.0);
        let inner = (1..bins).map(edge).chain(own_bin_for_one);
        let edges = [f64::NEG_INFINITY].into_iter().chain(inner).chain([f64::INFINITY]).collect();
        Self { edges, below: binning == Binning::ScikitLearn, width: bins as f64 }
    }

    /// How many bins there are.
    pub(super) fn count(&self) -> usize {
        self.edges.len() - 1
    }

    /// Where a bin begins and ends.
    pub(super) fn range(&self, bin: usize) -> (f64, f64) {
        (self.edges[bin].max(0.0), self.edges[bin + 1].min(1.0))
    }

    /// The bin of a prediction in 0..1.
    #[inline]
    pub(super) fn bin(&self, q: f64) -> usize {
        let begins = |bin: usize| (q > self.edges[bin]) | ((q == self.edges[bin]) & !self.below);
        // Off by one at most, and only beside an edge. Without a branch, as nobody can foresee which bin comes next.
        let guess = ((q * self.width) as usize).min(self.edges.len() - 2);
        guess + usize::from(begins(guess + 1)) - usize::from(!begins(guess))
    }
}

/// `torch.linspace(0, 1, bins + 1)[b]` in f32: from the nearer end, rounded once.
fn torch_linspace(b: usize, bins: usize) -> f32 {
    let step = f64::from(1.0 / bins as f32);
    if b < bins.div_ceil(2) { (step * b as f64) as f32 } else { (1.0 - step * (bins - b) as f64) as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bin of a prediction on, just below and just above every edge, counted through all edges.
    #[test]
    fn the_fast_search_finds_the_bin_that_the_plain_one_does() {
        for binning in Binning::ALL {
            for bins in [1, 2, 3, 7, 10, 15, 49, 100, 333] {
                let edges = BinEdges::new(bins, binning);
                let inner = &edges.edges[1..edges.count()];
                let near = inner.iter().flat_map(|e| [e.next_down(), *e, e.next_up()]);
                for q in near.chain([0.0, 1.0, 1e-9, 0.5, 1.0 - 1e-9]).filter(|q| *q <= 1.0) {
                    let plain = inner.iter().filter(|e| q > **e || (q == **e && !edges.below)).count();
                    assert_eq!(edges.bin(q), plain, "{binning} {bins} {q}");
                }
            }
        }
    }

    #[test]
    fn an_edge_belongs_to_the_side_that_the_convention_says() {
        let bin = |binning, q| BinEdges::new(10, binning).bin(q);
        // 0.3f32 is above 3/10, 0.7f32 below 7/10; as f64, 0.7 is below and 0.3 is below.
        assert_eq!((bin(Binning::EqualWidth, f64::from(0.3f32)), bin(Binning::EqualWidth, 0.5)), (3, 5));
        assert_eq!((bin(Binning::EqualWidth, 0.3), bin(Binning::EqualWidth, f64::from(0.7f32))), (2, 6));
        assert_eq!((bin(Binning::ScikitLearn, 0.5), bin(Binning::ScikitLearn, 0.0)), (4, 0));
        assert_eq!((bin(Binning::Torchmetrics, f64::from(0.7f32)), bin(Binning::Torchmetrics, 1.0)), (7, 10));
        assert_eq!((bin(Binning::Netcal, 0.5), bin(Binning::Netcal, 1.0)), (5, 9));
    }

    #[test]
    fn names_go_back_and_forth() {
        for binning in Binning::ALL {
            assert_eq!(binning.name().parse(), Ok(binning));
        }
        assert!("sklern".parse::<Binning>().unwrap_err().to_string().contains("sklearn"));
    }
}
