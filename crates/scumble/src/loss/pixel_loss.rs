//! Losses that are sums over elements or pixels, in plain f64: their maps, and what the kernels are held against.

use super::class_inputs::ClassInputs;
use super::frame::Loss;
use super::options::Classes;
use ndarray::Array3;
use rayon::prelude::*;
use scumble_kernels::Real;

/// The loss of one element or pixel.
pub(super) trait PixelLoss: Sync {
    /// Value and slope of an independent class with logit x and target t.
    fn element(&self, x: f64, t: f64) -> (f64, f64);

    /// The least value that target t allows.
    fn element_floor(&self, t: f64) -> f64;

    /// Value of a pixel with exclusive classes, logits x and label masses a_k = c_k t_k; its slopes are written.
    fn pixel(&self, x: &[f64], a: &[f64], slopes: &mut [f64]) -> f64;

    /// The least value that masses a allow.
    fn pixel_floor(&self, a: &[f64]) -> f64;
}

/// Elements or pixels that one task takes: fixed, so that the sum has one order whatever the number of threads.
const CHUNK: usize = 1 << 12;

/// The loss and its map [outer, K or 1, inner], not divided.
pub(super) fn evaluate<R: Real, L: PixelLoss>(inputs: &ClassInputs<'_, R>, of: &L) -> (Loss, Array3<R>) {
    let (outer, classes, inner) = inputs.logits.dim();
    // A row is what is handled together: an element, or the classes of a pixel.
    let (groups, width) = match inputs.classes {
        Classes::Independent => (classes, 1),
        Classes::Exclusive => (1, classes),
    };
    let rows = outer * groups * inner;
    let run = |task: usize| {
        let mut part = Partial { value: 0.0, floor: 0.0, map: Vec::new() };
        let mut row = Row::new(width);
        for at in task * CHUNK..(task * CHUNK + CHUNK).min(rows) {
            let (o, group, i) = (at / inner / groups, at / inner % groups, at % inner);
            row.read(inputs, o, group, i);
            let value = row.value(inputs.classes, of);
            part.value += value;
            part.floor += row.floor(inputs.classes, of);
            part.map.push(R::from_f64(value));
        }
        part
    };
    let parts: Vec<Partial<R>> = (0..rows.div_ceil(CHUNK)).into_par_iter().map(run).collect();
    let (value, floor) = parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.value, sum.1 + part.floor));
    let map: Vec<R> = parts.into_iter().flat_map(|part| part.map).collect();
    let map = Array3::from_shape_vec((outer, groups, inner), map).expect("every row");
    (inputs.frame.report(value, floor), map)
}

struct Partial<R> {
    value: f64,
    floor: f64,
    map: Vec<R>,
}

/// One element, or the classes of one pixel.
struct Row {
    weight: f64,
    x: Vec<f64>,
    /// Targets; over exclusive classes times the class weights.
    a: Vec<f64>,
    slopes: Vec<f64>,
    /// The last floor found, and of what: neighbours often have one label, and some floors are dear.
    known: (Vec<f64>, f64),
}

impl Row {
    fn new(width: usize) -> Self {
        let zeros = vec![0.0; width];
        Self {
            weight: 0.0,
            x: zeros.clone(),
            a: zeros.clone(),
            slopes: zeros,
            known: (vec![f64::NAN; width], 0.0),
        }
    }

    fn read<R: Real>(&mut self, inputs: &ClassInputs<'_, R>, o: usize, group: usize, i: usize) {
        self.weight = inputs.frame.weight(o, group, i);
        for j in 0..self.x.len() {
            let k = group + j;
            self.x[j] = inputs.logits[[o, k, i]].to_f64();
            self.a[j] = inputs.targets[[o, k, i]].to_f64();
            match inputs.classes {
                Classes::Independent => self.weight *= inputs.class_weight(k),
                Classes::Exclusive => self.a[j] *= inputs.class_weight(k),
            }
        }
    }

    fn value<L: PixelLoss>(&mut self, classes: Classes, of: &L) -> f64 {
        // What is left out adds nothing, whatever it is.
        if self.weight == 0.0 {
            return 0.0;
        }
        let value = match classes {
            Classes::Independent => of.element(self.x[0], self.a[0]).0,
            Classes::Exclusive => of.pixel(&self.x, &self.a, &mut self.slopes),
        };
        self.weight * value
    }

    fn floor<L: PixelLoss>(&mut self, classes: Classes, of: &L) -> f64 {
        if self.weight == 0.0 {
            return 0.0;
        }
        if self.known.0 != self.a {
            self.known.0.copy_from_slice(&self.a);
            self.known.1 = match classes {
                Classes::Independent => of.element_floor(self.a[0]),
                Classes::Exclusive => of.pixel_floor(&self.a),
            };
        }
        self.weight * self.known.1
    }
}
