//! Losses that are sums over elements or pixels, in f64: one loop for all of them.

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

/// What is wanted besides value and floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    Value,
    Gradient,
    Map,
}

/// The loss and, if wanted, its gradient [outer, K, inner] or its map [outer, K or 1, inner], not divided.
pub(super) fn evaluate<R: Real, L: PixelLoss>(
    inputs: &ClassInputs<'_, R>,
    of: &L,
    output: Output,
) -> (Loss, Option<Array3<R>>) {
    let (outer, classes, inner) = inputs.logits.dim();
    let scale = R::from_f64(inputs.frame.scale()).to_f64();
    // A row is what is handled together: an element, or the classes of a pixel.
    let (groups, width) = match inputs.classes {
        Classes::Independent => (classes, 1),
        Classes::Exclusive => (1, classes),
    };
    let rows = outer * groups * inner;
    let run = |task: usize| {
        let mut part = Partial { value: 0.0, floor: 0.0, out: Vec::new() };
        let mut row = Row::new(width);
        for at in task * CHUNK..(task * CHUNK + CHUNK).min(rows) {
            let (o, group, i) = (at / inner / groups, at / inner % groups, at % inner);
            row.read(inputs, o, group, i);
            let value = row.value(inputs.classes, of);
            part.value += value;
            part.floor += row.floor(inputs.classes, of);
            match output {
                Output::Value => {}
                Output::Gradient => part.out.extend(row.slopes.iter().map(|s| R::from_f64(scale * s))),
                Output::Map => part.out.push(R::from_f64(value)),
            }
        }
        part
    };
    let parts: Vec<Partial<R>> = (0..rows.div_ceil(CHUNK)).into_par_iter().map(run).collect();
    let (value, floor) = parts.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.value, sum.1 + part.floor));
    let loss = inputs.frame.report(value, floor);
    let width = if output == Output::Gradient { width } else { 1 };
    let out = (output != Output::Value).then(|| {
        let flat: Vec<R> = parts.into_iter().flat_map(|part| part.out).collect();
        // Rows in order, the classes of a pixel together: back to planes.
        let planes = Array3::from_shape_vec((outer * groups, inner, width), flat).expect("every row");
        let planes = planes.permuted_axes([0, 2, 1]).as_standard_layout().into_owned();
        planes.into_shape_with_order((outer, groups * width, inner)).expect("the same elements")
    });
    (loss, out)
}

struct Partial<R> {
    value: f64,
    floor: f64,
    out: Vec<R>,
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
        self.slopes.fill(0.0);
        // What is left out adds nothing, whatever it is.
        if self.weight == 0.0 {
            return 0.0;
        }
        let value = match classes {
            Classes::Independent => {
                let (value, slope) = of.element(self.x[0], self.a[0]);
                self.slopes[0] = slope;
                value
            }
            Classes::Exclusive => of.pixel(&self.x, &self.a, &mut self.slopes),
        };
        self.slopes.iter_mut().for_each(|slope| *slope *= self.weight);
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
