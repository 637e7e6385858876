use crate::simd::dispatch;

dispatch! {
    /// `output = max(input, 0)`.
    pub fn relu_row(input: &[f32], output: &mut [f32]) = relu;
    /// Sets `slope` to 0 where `output`, the result of ReLU, is not positive: the gradient of ReLU.
    pub fn gate_row(output: &[f32], slope: &mut [f32]) = gate;
}

#[inline(always)]
fn relu(input: &[f32], output: &mut [f32]) {
    assert_eq!(input.len(), output.len(), "rows of one length");
    for (y, &x) in output.iter_mut().zip(input) {
        *y = if x > 0.0 { x } else { 0.0 };
    }
}

#[inline(always)]
fn gate(output: &[f32], slope: &mut [f32]) {
    assert_eq!(output.len(), slope.len(), "rows of one length");
    for (g, &y) in slope.iter_mut().zip(output) {
        *g = if y > 0.0 { *g } else { 0.0 };
    }
}
