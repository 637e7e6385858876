use std::collections::BTreeMap;

use ndarray::ArrayD;

/// Named tensors: weights, gradients, moments. Ordered by name, so that files and sums do not depend on hashing.
pub type Tensors = BTreeMap<String, ArrayD<f32>>;
