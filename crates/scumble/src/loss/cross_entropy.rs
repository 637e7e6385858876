use super::pointwise::{sigmoid_cross_entropy_reference, softmax_cross_entropy_reference};
use super::terms::Term;
use scumble_kernels::{sigmoid_floor, softmax_floor};

/// The cross entropies an element at a time: for maps. Their sums and gradients come from the kernels.
pub(super) struct CrossEntropy;

impl Term for CrossEntropy {
    fn element(&self, x: f64, t: f64) -> (f64, f64) {
        sigmoid_cross_entropy_reference(x, t)
    }

    fn element_floor(&self, t: f64) -> f64 {
        sigmoid_floor(&[t], &[])
    }

    fn pixel(&self, x: &[f64], a: &[f64], slopes: &mut [f64]) -> f64 {
        let (value, derivative) = softmax_cross_entropy_reference(x, a, &[]);
        slopes.copy_from_slice(&derivative);
        value
    }

    fn pixel_floor(&self, a: &[f64]) -> f64 {
        let planes: Vec<&[f64]> = a.iter().map(std::slice::from_ref).collect();
        softmax_floor(&planes, &[], &[])
    }
}
