//! Whether a prediction knows where it errs: risk where only its surest decisions count.

use super::calibration::BinSums;
use super::means::per;
use serde::Serialize;

/// The area below a risk-coverage curve, and what it is made of.
///
/// Decisions are put in order, the surest first. At a coverage of one tenth only the surest tenth of them counts, and the
/// risk is their mean (El-Yaniv and Wiener 2010). The risk of a decision is the share of the raters who say something else,
/// 1 less the soft label of what is decided; for hard labels it is the error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RiskCoverageScore {
    /// The risk of all together; an order without any sense has this as its area, too.
    pub risk: f64,
    /// The mean risk over all coverages (Geifman and El-Yaniv 2017).
    pub aurc: f64,
    /// The same less that of the best order there is, by the risks themselves (Geifman, Uziel and El-Yaniv 2019): 0 where no
    /// decision with less risk comes after one with more.
    pub excess_aurc: f64,
}

impl RiskCoverageScore {
    /// Of images, or whatever is counted one by one, from the (confidence, risk) of each.
    ///
    /// The area is the mean over i of the mean risk of the first i; where some are equally sure, that over their orders.
    /// `None` without any.
    ///
    /// ```
    /// use scumble::score::RiskCoverageScore;
    ///
    /// let score = RiskCoverageScore::of_images(&[(0.9, 0.0), (0.8, 0.2), (0.7, 0.1)]).unwrap();
    /// assert!((score.aurc - (0.0 + 0.1 + 0.1) / 3.0).abs() < 1e-15);
    /// assert!((score.excess_aurc - (0.1 - 0.05) / 3.0).abs() < 1e-15); // the last two are the wrong way round
    /// ```
    pub fn of_images(images: &[(f64, f64)]) -> Option<Self> {
        let risk = per(images.iter().map(|(_, risk)| risk).sum(), images.len() as f64)?;
        let mut order = images.to_vec();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        let aurc = mean_of_means(&order);
        // The best order is sure of what has no risk.
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        order.iter_mut().for_each(|image| image.0 = -image.1);
        Some(Self { risk, aurc, excess_aurc: aurc - mean_of_means(&order) })
    }
}

/// The mean of the mean risks of the first 1, 2, ... of these, equally sure ones having the mean of their risks each.
fn mean_of_means(sorted: &[(f64, f64)]) -> f64 {
    let (mut before, mut count, mut sum) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let risk = tied.iter().map(|(_, risk)| risk).sum::<f64>() / tied.len() as f64;
        for _ in tied {
            before += risk;
            count += 1.0;
            sum += before / count;
        }
    }
    sum / count
}

/// Decisions at pixels, counted finely by how sure they are and by their risk.
///
/// Pixels are counted in 65,025 steps of 1 less the confidence, which is kept to nine binary digits: confidences whose distance
/// from 1 differs by less than a 512th of it share a step, and a step's pixels count as equally sure. So 8-bit maps lose
/// nothing, and predictions near 1 are told apart as well as those near a half. Risks, for the best order, are
/// counted to the nearest multiple of 1/65535. The area is the integral of the curve, pixels that share a step
/// coming in evenly: for n pixels within (1 + ln n) / n of the mean over each. 3 MiB.
#[derive(Debug, Clone, PartialEq)]
pub struct RiskCoverage {
    /// Of each step of doubt: sums of confidence, and of the label of what is decided.
    by_doubt: Vec<BinSums>,
    by_risk: Vec<BinSums>,
}

/// One point of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RiskPoint {
    /// The share of pixels, by weight, that are at least as sure as those that came in last.
    pub coverage: f64,
    /// Their risk.
    pub risk: f64,
    /// The confidence of those that came in last.
    pub confidence: f64,
}

/// A doubt of f32 loses so many of its bits.
const LOST: u32 = 14;
/// The step of a doubt of 1.
const LAST: usize = (1.0_f32.to_bits() >> LOST) as usize;
/// The highest step of risk.
const TOP: f64 = 65535.0;

impl Default for RiskCoverage {
    fn default() -> Self {
        let steps = |count: usize| vec![BinSums::default(); count];
        Self { by_doubt: steps(LAST + 1), by_risk: steps(TOP as usize + 1) }
    }
}

impl RiskCoverage {
    /// One pixel of weight `w`: `p` is the soft label and `q` the probability of what is decided there, the likeliest of
    /// exclusive classes or the likelier side.
    #[inline]
    pub fn add(&mut self, p: f64, q: f64, w: f64) {
        let doubt = (1.0 - q).max(0.0) as f32;
        self.by_doubt[((doubt.to_bits() >> LOST) as usize).min(LAST)].add(p, q, w);
        self.by_risk[((1.0 - p) * TOP + 0.5) as u16 as usize].add(p, q, w);
    }

    /// Of such steps, as many as there are of each sort.
    pub(super) fn of([by_doubt, by_risk]: [Vec<BinSums>; 2]) -> Self {
        Self { by_doubt, by_risk }
    }

    pub(super) fn steps(&self) -> [&[BinSums]; 2] {
        [&self.by_doubt, &self.by_risk]
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        for (bins, more) in [(&mut self.by_doubt, &other.by_doubt), (&mut self.by_risk, &other.by_risk)] {
            bins.iter_mut().zip(more).for_each(|(bin, more)| bin.add_times(more, 1.0));
        }
    }

    /// The area below the curve; `None` without a pixel.
    pub fn score(&self) -> Option<RiskCoverageScore> {
        let (risk, aurc) = area(&self.by_doubt)?;
        let (_, best) = area(&self.by_risk)?;
        Some(RiskCoverageScore { risk, aurc, excess_aurc: aurc - best })
    }

    /// Points of the curve from the surest pixels on, thinned to those where the coverage passes a multiple of
    /// 1/`steps`, and the last.
    pub fn points(&self, steps: usize) -> Vec<RiskPoint> {
        let total: f64 = self.by_doubt.iter().map(|bin| bin.weight).sum();
        let (mut weight, mut risk, mut reached) = (0.0, 0.0, 0);
        let mut points = Vec::new();
        let mut bins = self.by_doubt.iter().filter(|bin| bin.weight > 0.0).peekable();
        while let Some(bin) = bins.next() {
            weight += bin.weight;
            risk += bin.weight - bin.observed;
            let (coverage, last) = (weight / total, bins.peek().is_none());
            let here = (coverage * steps as f64) as usize;
            if here > reached || last {
                let coverage = if last { 1.0 } else { coverage };
                points.push(RiskPoint {
                    coverage,
                    risk: risk / weight,
                    confidence: bin.predicted / bin.weight,
                });
                reached = here;
            }
        }
        points
    }
}

/// The mean risk, and the integral of it over the coverage, of steps that come in one after the other.
///
/// Within a step of weight w and risk r, after others of weight W and summed risk R, it is that of (R + r x) / (W + x) for x
/// from 0 to w.
fn area(steps: &[BinSums]) -> Option<(f64, f64)> {
    let (mut weight, mut sum, mut area) = (0.0, 0.0, 0.0);
    for bin in steps.iter().filter(|bin| bin.weight > 0.0) {
        let risk = (1.0 - bin.observed / bin.weight).max(0.0);
        area += risk * bin.weight;
        if weight > 0.0 {
            area += (sum - risk * weight) * (bin.weight / weight).ln_1p();
        }
        weight += bin.weight;
        sum += risk * bin.weight;
    }
    Some((per(sum, weight)?, per(area, weight)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pixels: &[(f64, f64, f64)]) -> RiskCoverageScore {
        let mut curve = RiskCoverage::default();
        pixels.iter().for_each(|&(p, q, w)| curve.add(p, q, w));
        curve.score().unwrap()
    }

    /// Of hard labels in the best order the area is the closed form of Geifman et al., r + (1 - r) ln(1 - r).
    #[test]
    fn the_best_order_of_errors_has_a_closed_form() {
        let right: Vec<_> = (0..80).map(|i| (1.0, 0.95 - 0.001 * f64::from(i), 1.0)).collect();
        let wrong: Vec<_> = (0..20).map(|i| (0.0, 0.8 - 0.001 * f64::from(i), 1.0)).collect();
        let score = of(&[right, wrong].concat());
        assert!((score.aurc - (0.2 + 0.8 * 0.8_f64.ln())).abs() < 1e-12, "{score:?}");
        assert!(score.excess_aurc.abs() < 1e-12 && (score.risk - 0.2).abs() < 1e-12);
    }

    #[test]
    fn where_all_are_as_sure_the_area_is_the_risk() {
        let score = of(&[(1.0, 0.7, 1.0), (0.25, 0.7, 2.0), (0.5, 0.7, 1.0)]);
        assert!((score.aurc - 0.5).abs() < 1e-15 && (score.risk - 0.5).abs() < 1e-15);
        assert!(score.excess_aurc > 0.1);
    }

    /// Against the plain sum over pixels in order, each of them split into many.
    #[test]
    fn the_area_is_the_sum_over_pixels() {
        let pixels = [(0.9, 0.99, 3.0), (1.0, 0.9, 1.0), (0.3, 0.8, 2.0), (0.8, 0.6, 4.0)];
        let (mut risk, mut weight, mut sum) = (0.0, 0.0, 0.0);
        let parts = 20_000;
        for (p, _, w) in pixels {
            for _ in 0..parts {
                weight += w / f64::from(parts);
                risk += w / f64::from(parts) * (1.0 - p);
                sum += w / f64::from(parts) * risk / weight;
            }
        }
        assert!((of(&pixels).aurc - sum / weight).abs() < 1e-4, "{} {}", of(&pixels).aurc, sum / weight);
    }

    #[test]
    fn points_run_to_the_whole() {
        let mut curve = RiskCoverage::default();
        (0..1000).for_each(|i| curve.add(1.0 - f64::from(i) / 4000.0, 1.0 - f64::from(i + 1) / 4000.0, 1.0));
        let points = curve.points(10);
        assert!((10..=12).contains(&points.len()), "{points:?}");
        let (first, last) = (points[0], points[points.len() - 1]);
        assert!(first.coverage >= 0.1 && first.coverage < 0.12 && first.confidence > 0.97, "{first:?}");
        assert_eq!(last.coverage, 1.0);
        assert!((last.risk - 0.124_875).abs() < 1e-9 && last.confidence < 0.752, "{last:?}");
    }

    /// 8-bit maps have a step for each value, and so do the least doubts of f32.
    #[test]
    fn values_that_differ_are_told_apart() {
        let step = |doubt: f32| doubt.to_bits() >> LOST;
        let distinct = |values: Vec<f32>| values.windows(2).all(|pair| step(pair[0]) < step(pair[1]));
        assert!(distinct((0..=255_u8).map(|i| (1.0 - f64::from(255 - i) / 255.0) as f32).collect()));
        assert!(distinct((1..20).map(|i| f32::from(i as u8) * f32::EPSILON).collect()));
        assert_eq!(LAST, 65_024);
    }
}
