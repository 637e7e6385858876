//! The least that a focal loss can be: it is no proper score, so no formula gives it, but Newton's steps do.

use crate::blocks::{read, whole};
use crate::law::{Focus, Power, Square};
use crate::real::Real;
use crate::simd::vectorised;
use crate::sums::Lanes;

/// Pixels handled together, until the last of them is there.
const BLOCK: usize = 32;

/// Convergence is quadratic from a start that is near: four or five steps do.
const STEPS: usize = 60;

vectorised! {
    /// Sum over pixels of the least focal loss that any distribution q has, `w min_q sum_k a_k (1 - q_k)^gamma (-ln q_k)`
    /// with a_k = c_k t_k.
    ///
    /// `targets` holds one plane a class, or the only plane of one independent class, whose absence is the other. A pixel
    /// of weight 0 is left out, NaN or not; `weights` and `class_weights` may be empty: all 1. Masses below 1e-30 count
    /// as 0. A pixel's floor is good to 2e-6 of itself with f32, to 1e-13 with f64.
    ///
    /// # Panics
    /// No class, or slices of different lengths.
    pub fn focal_floor<R: Real>(gamma: R, targets: &[&[R]], class_weights: &[R], weights: &[R]) -> f64 = floor
}

#[inline(always)]
fn floor<R: Real>(gamma: R, targets: &[&[R]], class_weights: &[R], weights: &[R]) -> f64 {
    if gamma == R::ONE + R::ONE {
        pass(&Square, targets, class_weights, weights)
    } else {
        pass(&Power(gamma), targets, class_weights, weights)
    }
}

#[inline(always)]
fn pass<R: Real, F: Focus<R>>(focus: &F, targets: &[&[R]], class_weights: &[R], weights: &[R]) -> f64 {
    let pixels = targets.first().expect("at least one class").len();
    assert!(targets.iter().all(|plane| plane.len() == pixels), "planes of one length");
    assert!(class_weights.is_empty() || class_weights.len() == targets.len(), "one weight a class, or none");
    assert!(weights.is_empty() || weights.len() == pixels, "one weight a pixel, or none");
    let mut search = Search::new(targets.len().max(2));
    let mut w = [R::ONE; BLOCK];
    let mut total = Lanes::ZERO;
    for start in (0..pixels).step_by(BLOCK) {
        let range = start..(start + BLOCK).min(pixels);
        let length = range.len();
        if !weights.is_empty() {
            read(&weights[range.clone()], &mut w);
        }
        // Behind the end of a short last block nothing counts.
        w[length..].fill(R::ZERO);
        for (class, plane) in targets.iter().enumerate() {
            let mut spare = [R::ZERO; BLOCK];
            let t = whole(&plane[range.clone()], &mut spare);
            let c = class_weights.get(class).copied().unwrap_or(R::ONE);
            search.set(class, &w, |i| c * t[i]);
            if targets.len() == 1 {
                search.set(1, &w, |i| c * (R::ONE - t[i]));
            }
        }
        if search.begin(focus) {
            for _ in 0..STEPS {
                if search.step(focus) {
                    break;
                }
            }
            let mut floors = [0.0f64; BLOCK];
            for i in 0..BLOCK {
                let floor = w[i].to_f64() * search.least[i].to_f64();
                floors[i] = if w[i] == R::ZERO { 0.0 } else { floor };
            }
            total.add(&floors);
        }
    }
    total.total()
}

/// The search of a block's pixels, side by side. All numbers of a class lie in one row.
struct Search<R> {
    /// a_k, 0 where the class is impossible.
    masses: Vec<R>,
    /// Where the search is. Each term is convex in q, so it is Newton's, within sum q = 1.
    at: Vec<R>,
    /// Where it goes, relative to q.
    way: Vec<R>,
    /// Where it tries.
    there: Vec<R>,
    /// With f the value: q f' / a, of a size whatever q is.
    first: Vec<R>,
    /// q^2 f'' / a.
    second: Vec<R>,
    /// The class of the largest mass: its q is 1 less the others', so 1 - q keeps its digits.
    top: [u32; BLOCK],
    /// The value at `at`; in the end, the least.
    least: [R; BLOCK],
    /// How much of a step is tried: less, where the whole did not lead down.
    part: [R; BLOCK],
    /// Not 0: still searching.
    open: [u32; BLOCK],
}

/// What all classes of a pixel share.
struct Others<R> {
    /// 1 - q of the top class.
    rest: [R; BLOCK],
    /// -ln q of it.
    cost: [R; BLOCK],
}

impl<R: Real> Search<R> {
    #[inline(always)]
    fn new(classes: usize) -> Self {
        let row = || vec![R::ZERO; classes * BLOCK];
        Self {
            masses: row(),
            at: row(),
            way: row(),
            there: row(),
            first: row(),
            second: row(),
            top: [0; BLOCK],
            least: [R::ZERO; BLOCK],
            part: [R::ONE; BLOCK],
            open: [0; BLOCK],
        }
    }

    /// The masses of a class.
    #[inline(always)]
    fn set(&mut self, class: usize, w: &[R; BLOCK], mass: impl Fn(usize) -> R) {
        let row = row_mut(&mut self.masses, class);
        let least = R::from_f64(1e-30);
        for i in 0..BLOCK {
            let a = mass(i);
            row[i] = if (a > least) & (w[i] != R::ZERO) { a } else { R::ZERO };
        }
    }

    /// Goes to where the search starts; whether there is anything to search.
    #[inline(always)]
    fn begin<F: Focus<R>>(&mut self, focus: &F) -> bool {
        let zeros = [R::ZERO; BLOCK];
        let (mut mass, mut largest, mut possible) = (zeros, zeros, [0u32; BLOCK]);
        self.top = [0; BLOCK];
        for (class, a) in self.masses.chunks_exact(BLOCK).enumerate() {
            let a: &[R; BLOCK] = a.try_into().expect("a row of a block");
            for i in 0..BLOCK {
                mass[i] = mass[i] + a[i];
                possible[i] += u32::from(a[i] > R::ZERO);
                let higher = a[i] > largest[i];
                largest[i] = if higher { a[i] } else { largest[i] };
                self.top[i] = if higher { class as u32 } else { self.top[i] };
            }
        }
        let mut any = 0;
        for (open, possible) in self.open.iter_mut().zip(possible) {
            *open = u32::from(possible > 1);
            any |= *open;
        }
        if any == 0 {
            return false;
        }
        // Where little speaks against the top class, (1 + gamma) rest^(1 + gamma) is what does; shares of it stay what
        // they are. Where all are alike, so are the predictions. This is between.
        let (mut against, mut spread) = (zeros, zeros);
        for (class, a) in self.masses.chunks_exact(BLOCK).enumerate() {
            let a: &[R; BLOCK] = a.try_into().expect("a row of a block");
            for i in 0..BLOCK {
                against[i] = against[i] + if self.top[i] == class as u32 { R::ZERO } else { a[i] };
            }
        }
        let root = R::ONE / (R::ONE + focus.gamma());
        for i in 0..BLOCK {
            // A pixel of one class has nothing against it, and is done.
            let odds = if self.open[i] == 0 { R::ONE } else { against[i] / largest[i] };
            let ln = root * odds.ln_of_positive();
            // More may be against the top class than for it, if that is split among many.
            let power = (if ln > R::ZERO { -ln } else { ln }).exp_of_negative();
            let rest = (if ln > R::ZERO { R::ONE } else { power }) / (R::ONE + power);
            spread[i] = if self.open[i] == 0 { R::ZERO } else { rest / against[i] };
        }
        for class in 0..self.masses.len() / BLOCK {
            let (a, q) = (row(&self.masses, class), row_mut(&mut self.there, class));
            for i in 0..BLOCK {
                q[i] = a[i] * spread[i];
            }
        }
        self.part = [R::ONE; BLOCK];
        let others = self.others();
        self.least = self.value(focus, &others);
        for i in 0..BLOCK {
            self.least[i] = if self.open[i] == 0 { R::ZERO } else { self.least[i] };
        }
        self.at.copy_from_slice(&self.there);
        true
    }

    /// What speaks against the top class at `there`, whose own row is set to what is left.
    #[inline(always)]
    fn others(&mut self) -> Others<R> {
        let mut others = Others { rest: [R::ZERO; BLOCK], cost: [R::ZERO; BLOCK] };
        for (class, q) in self.there.chunks_exact(BLOCK).enumerate() {
            let q: &[R; BLOCK] = q.try_into().expect("a row of a block");
            for ((rest, q), top) in others.rest.iter_mut().zip(q).zip(&self.top) {
                *rest = *rest + if *top == class as u32 { R::ZERO } else { *q };
            }
        }
        for (class, q) in self.there.chunks_exact_mut(BLOCK).enumerate() {
            let q: &mut [R; BLOCK] = q.try_into().expect("a row of a block");
            for ((q, rest), top) in q.iter_mut().zip(&others.rest).zip(&self.top) {
                *q = if *top == class as u32 { R::ONE - *rest } else { *q };
            }
        }
        for i in 0..BLOCK {
            let odds = others.rest[i] / (R::ONE - others.rest[i]);
            others.cost[i] = odds.ln_1p_of_positive();
        }
        others
    }

    /// sum_k a_k (1 - q_k)^gamma (-ln q_k) at `there`.
    #[inline(always)]
    fn value<F: Focus<R>>(&self, focus: &F, others: &Others<R>) -> [R; BLOCK] {
        let mut value = [R::ZERO; BLOCK];
        for class in 0..self.masses.len() / BLOCK {
            let (a, q) = (row(&self.masses, class), row(&self.there, class));
            for i in 0..BLOCK {
                let top = self.top[i] == class as u32;
                let rest = if top { others.rest[i] } else { R::ONE - q[i] };
                let cost = if top { others.cost[i] } else { -q[i].ln_of_positive() };
                let part = a[i] * (focus.power(rest) * cost);
                value[i] = value[i] + if a[i] > R::ZERO { part } else { R::ZERO };
            }
        }
        value
    }

    /// One step; whether every pixel is where it goes no further.
    #[inline(always)]
    fn step<F: Focus<R>>(&mut self, focus: &F) -> bool {
        let zeros = [R::ZERO; BLOCK];
        let classes = self.masses.len() / BLOCK;
        self.there.copy_from_slice(&self.at);
        let others = self.others();
        let (mut level, mut curvature, mut gain) = (zeros, zeros, zeros);
        // The longest step relative to q, and to the room that it has.
        let (mut reach, mut most) = (zeros, zeros);
        let g = focus.gamma();
        for class in 0..classes {
            let (a, q) = (row(&self.masses, class), row(&self.at, class));
            let (first, second) = (row_mut(&mut self.first, class), row_mut(&mut self.second, class));
            for i in 0..BLOCK {
                let top = self.top[i] == class as u32;
                let rest = if top { others.rest[i] } else { R::ONE - q[i] };
                let cost = if top { others.cost[i] } else { -q[i].ln_of_positive() };
                let (power, odds) = (focus.power(rest), q[i] / rest);
                let pull = g * (odds * cost);
                first[i] = -(power * (R::ONE + pull));
                second[i] = power * (R::ONE + (g + g) * odds + (g - R::ONE) * (pull * odds));
                let each = q[i] / second[i];
                let (up, by) = (each * first[i], each * (q[i] / a[i]));
                let possible = (a[i] > R::ZERO) & (self.open[i] != 0);
                level[i] = level[i] + if possible { up } else { R::ZERO };
                curvature[i] = curvature[i] + if possible { by } else { R::ZERO };
            }
        }
        for i in 0..BLOCK {
            level[i] = level[i] / curvature[i];
        }
        for class in 0..classes {
            let (a, q) = (row(&self.masses, class), row(&self.at, class));
            let (first, second) = (row(&self.first, class), row(&self.second, class));
            let way = row_mut(&mut self.way, class);
            for i in 0..BLOCK {
                let top = self.top[i] == class as u32;
                let rest = if top { others.rest[i] } else { R::ONE - q[i] };
                let possible = (a[i] > R::ZERO) & (self.open[i] != 0);
                let relative = ((q[i] / a[i]) * level[i] - first[i]) / second[i];
                let relative = if possible { relative } else { R::ZERO };
                way[i] = relative;
                gain[i] = gain[i] - if possible { relative * (a[i] * first[i]) } else { R::ZERO };
                let (down, up) = (-relative, relative * (q[i] / rest));
                let far = if down > up { down } else { up };
                let far = if possible { far } else { R::ZERO };
                most[i] = if far > most[i] { far } else { most[i] };
                let size = relative.magnitude();
                reach[i] = if size > reach[i] { size } else { reach[i] };
            }
        }
        // No further than to within a tenth of the simplex's border.
        let mut length = zeros;
        let (short, border) = (R::from_f64(R::EPSILON.cbrt()), R::from_f64(0.9));
        for i in 0..BLOCK {
            // Both little to gain and not far to go: a class of little mass gains little from afar, too.
            let near = (gain[i] <= short * short * self.least[i]) & (reach[i] <= short);
            let small = self.part[i] < R::from_f64(1e-3);
            // The last step is not taken, but what it would gain: what is then left is of third order.
            let useful = gain[i] > R::ZERO;
            let last = (self.open[i] != 0) & near & useful;
            self.least[i] = self.least[i] - if last { R::from_f64(0.5) * gain[i] } else { R::ZERO };
            self.open[i] = if near | small | !useful { 0 } else { self.open[i] };
            let whole = if most[i] > border { border / most[i] } else { R::ONE };
            length[i] = if self.open[i] == 0 { R::ZERO } else { self.part[i] * whole };
        }
        if self.open.iter().all(|open| *open == 0) {
            return true;
        }
        for class in 0..classes {
            let (q, way) = (row(&self.at, class), row(&self.way, class));
            let there = row_mut(&mut self.there, class);
            for i in 0..BLOCK {
                there[i] = q[i] + length[i] * (q[i] * way[i]);
            }
        }
        let others = self.others();
        let value = self.value(focus, &others);
        let mut down = [0u32; BLOCK];
        for i in 0..BLOCK {
            down[i] = u32::from((value[i] < self.least[i]) & (self.open[i] != 0));
            self.least[i] = if down[i] != 0 { value[i] } else { self.least[i] };
            self.part[i] = if down[i] != 0 { R::ONE } else { R::from_f64(0.5) * self.part[i] };
        }
        for class in 0..classes {
            let (there, q) = (row(&self.there, class), row_mut(&mut self.at, class));
            for i in 0..BLOCK {
                q[i] = if down[i] != 0 { there[i] } else { q[i] };
            }
        }
        false
    }
}

#[inline(always)]
fn row<R>(rows: &[R], class: usize) -> &[R; BLOCK] {
    rows[class * BLOCK..][..BLOCK].try_into().expect("a row of a block")
}

#[inline(always)]
fn row_mut<R>(rows: &mut [R], class: usize) -> &mut [R; BLOCK] {
    (&mut rows[class * BLOCK..][..BLOCK]).try_into().expect("a row of a block")
}
