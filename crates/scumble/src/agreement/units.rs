//! What all raters said together.

use std::collections::BTreeMap;

/// What all raters together said at each pixel, counted by how many of them judged it.
///
/// Whole numbers that grow with the marks there are, not with the pixels; enough for the shares of disputed
/// pixels and for the two coefficients of agreement over any number of raters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Units {
    states: usize,
    /// By n, the raters who judged the pixel.
    by_raters: BTreeMap<u64, Pairs>,
    /// Pixels judged by several, by mark: somebody gave it.
    chosen: Vec<u64>,
    /// Pixels judged by several, by mark: everybody gave it.
    unanimous: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Pairs {
    pixels: u64,
    /// By mark k: the sum over pixels of n_k, the raters who gave it.
    marks: Vec<u64>,
    /// By mark k: the sum over pixels of n_k (n_k - 1), the ordered pairs of raters who both gave it.
    pairs: Vec<u64>,
}

impl Units {
    /// Nothing counted yet, for marks 0 to `states` - 1.
    pub fn new(states: usize) -> Self {
        Self { states, by_raters: BTreeMap::new(), chosen: vec![0; states], unanimous: vec![0; states] }
    }

    /// The marks there are.
    pub fn states(&self) -> usize {
        self.states
    }

    /// Counts `pixels` pixels at which `raters[k]` raters gave the mark k.
    ///
    /// # Panics
    /// If `raters` is not as long as there are marks.
    pub fn add(&mut self, raters: &[u64], pixels: u64) {
        assert_eq!(raters.len(), self.states, "a count for every mark");
        let n: u64 = raters.iter().sum();
        if n == 0 {
            return;
        }
        let pairs = self.by_raters.entry(n).or_insert_with(|| Pairs::new(self.states));
        pairs.pixels += pixels;
        for (k, &count) in raters.iter().enumerate().filter(|(_, count)| **count > 0) {
            pairs.marks[k] += count * pixels;
            pairs.pairs[k] += count * (count - 1) * pixels;
            if n > 1 {
                self.chosen[k] += pixels;
                self.unanimous[k] += u64::from(count == n) * pixels;
            }
        }
    }

    /// Adds what another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (n, more) in &other.by_raters {
            self.by_raters.entry(*n).or_insert_with(|| Pairs::new(self.states)).merge(more);
        }
        add(&mut self.chosen, &other.chosen);
        add(&mut self.unanimous, &other.unanimous);
    }

    /// One mark against the rest: the counts of two marks, 0 the rest and 1 the mark `state`.
    ///
    /// # Panics
    /// For a mark beyond the states.
    #[must_use]
    pub fn one_against_rest(&self, state: usize) -> Self {
        let one = |(&n, pairs): (&u64, &Pairs)| (n, pairs.one_against_rest(n, state));
        let (chosen, unanimous) = (self.chosen[state], self.unanimous[state]);
        let judged = self.judged();
        Self {
            states: 2,
            by_raters: self.by_raters.iter().map(one).collect(),
            chosen: vec![judged - unanimous, chosen],
            unanimous: vec![judged - chosen, unanimous],
        }
    }

    /// Pixels by the number of raters who judged them, ascending.
    pub fn by_raters(&self) -> impl Iterator<Item = (u64, u64)> {
        self.by_raters.iter().map(|(n, pairs)| (*n, pairs.pixels))
    }

    /// Pixels judged by two raters or more.
    pub fn judged(&self) -> u64 {
        self.several().map(|(_, pairs)| pairs.pixels).sum()
    }

    /// Those of them on which the raters differ.
    pub fn disputed(&self) -> u64 {
        self.judged() - self.unanimous.iter().sum::<u64>()
    }

    /// Those of them to which somebody gave another mark than 0.
    pub fn marked(&self) -> u64 {
        self.judged() - self.unanimous.first().copied().unwrap_or(0)
    }

    /// Fleiss' kappa (1971), for pixels with differing numbers of raters as Gwet has it (Handbook of
    /// Inter-Rater Reliability, 4th edition 2014, section 2.4):
    ///
    /// kappa = (a - e) / (1 - e), a the mean over pixels judged by n > 1 raters of
    /// sum_k n_k (n_k - 1) / (n (n - 1)), e = sum_k p_k^2, p_k the mean over all judged pixels of n_k / n.
    ///
    /// With the same n everywhere it is Fleiss' own. `None` without pixels judged by several, or where only
    /// one mark was ever given.
    pub fn fleiss_kappa(&self) -> Option<f64> {
        let judged = self.judged();
        let all: u64 = self.by_raters.values().map(|pairs| pairs.pixels).sum();
        if judged == 0 {
            return None;
        }
        let agreeing = self.several().map(|(n, t)| t.pairs.iter().sum::<u64>() as f64 / (n * (n - 1.0)));
        let observed = agreeing.sum::<f64>() / judged as f64;
        let share = |k: usize| {
            self.by_raters.iter().map(|(n, t)| t.marks[k] as f64 / *n as f64).sum::<f64>() / all as f64
        };
        let used = (0..self.states).filter(|&k| share(k) > 0.0).count();
        let chance: f64 = (0..self.states).map(|k| share(k).powi(2)).sum();
        (used > 1).then(|| (observed - chance) / (1.0 - chance))
    }

    /// Krippendorff's alpha for nominal data, with missing values (Content Analysis, 3rd edition 2013,
    /// section 12.3; "Computing Krippendorff's alpha-reliability", 2011):
    ///
    /// alpha = 1 - (n - 1) (n - sum_k o_kk) / (n^2 - sum_k n_k^2), with the coincidences
    /// o_kk = sum over pixels of n_k (n_k - 1) / (n - 1), the marks n_k, and n of them in all, at pixels that
    /// several raters judged.
    ///
    /// `None` without such pixels, or where only one mark was given there.
    pub fn krippendorff_alpha(&self) -> Option<f64> {
        let marks = |k: usize| self.several().map(|(_, pairs)| pairs.marks[k]).sum::<u64>();
        let n_k: Vec<f64> = (0..self.states).map(|k| marks(k) as f64).collect();
        let n: f64 = n_k.iter().sum();
        let coincident: f64 =
            self.several().map(|(n, t)| t.pairs.iter().sum::<u64>() as f64 / (n - 1.0)).sum();
        // n^2 - sum n_k^2 as sum n_k (n - n_k): nothing cancels.
        let chance: f64 = n_k.iter().map(|k| k * (n - k)).sum();
        (chance > 0.0).then(|| 1.0 - (n - 1.0) * (n - coincident) / chance)
    }

    fn several(&self) -> impl Iterator<Item = (f64, &Pairs)> {
        self.by_raters.iter().filter(|(n, _)| **n > 1).map(|(n, pairs)| (*n as f64, pairs))
    }
}

impl Pairs {
    fn new(states: usize) -> Self {
        Self { pixels: 0, marks: vec![0; states], pairs: vec![0; states] }
    }

    fn merge(&mut self, other: &Self) {
        self.pixels += other.pixels;
        add(&mut self.marks, &other.marks);
        add(&mut self.pairs, &other.pairs);
    }

    /// The rest is given by n - n_k raters, so their pairs are n (n - 1) - 2 (n - 1) n_k + n_k (n_k - 1).
    fn one_against_rest(&self, n: u64, state: usize) -> Self {
        let (marks, pairs) = (self.marks[state], self.pairs[state]);
        let rest = n * (n - 1) * self.pixels + pairs - 2 * (n - 1) * marks;
        Self { pixels: self.pixels, marks: vec![n * self.pixels - marks, marks], pairs: vec![rest, pairs] }
    }
}

fn add(sums: &mut [u64], more: &[u64]) {
    sums.iter_mut().zip(more).for_each(|(a, b)| *a += b);
}
