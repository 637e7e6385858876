//! What is known of maps where an image has no data: nothing.

use ndarray::{Array3, ArrayView2, ArrayView3, Zip};

/// Maps [K, H, W], or some rows of them, that are NaN where the image is `empty`, [H, W]:
/// [`Normalisation::without_data`](scumble_data::Normalisation::without_data) tells where.
///
/// ```
/// use ndarray::array;
/// use scumble_nn::predict::known;
///
/// let maps = known(array![[[0.25_f32, 0.5]]].view(), array![[false, true]].view());
/// assert!(maps[[0, 0, 0]] == 0.25 && maps[[0, 0, 1]].is_nan());
/// ```
///
/// # Panics
/// Another height or width.
pub fn known(maps: ArrayView3<'_, f32>, empty: ArrayView2<'_, bool>) -> Array3<f32> {
    let empty = empty.broadcast(maps.dim()).expect("pixels of the image");
    Zip::from(maps).and(empty).map_collect(|&q, &empty| if empty { f32::NAN } else { q })
}
