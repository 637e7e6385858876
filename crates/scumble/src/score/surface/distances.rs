//! Distances between the outlines of two masks.

use super::{Connectivity, distance_transform, outline};
use crate::score::quantile::quantile;
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How distances between outlines are measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurfaceOptions {
    /// Height and width of a pixel; distances have their unit.
    pub spacing: [f64; 2],
    /// What makes a pixel part of the outline.
    pub connectivity: Connectivity,
}

impl Default for SurfaceOptions {
    /// Pixels, outlines by the four neighbours.
    fn default() -> Self {
        Self { spacing: [1.0, 1.0], connectivity: Connectivity::Four }
    }
}

/// Why masks cannot be compared.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SurfaceError {
    /// Masks of different sizes.
    #[error("the masks have {first:?} and {second:?} pixels (rows, columns)")]
    Shape {
        /// Size of the first.
        first: (usize, usize),
        /// Size of the second.
        second: (usize, usize),
    },
    /// A pixel without extent.
    #[error("a spacing of {0}: it must be a finite number above 0")]
    Spacing(f64),
}

/// How far two outlines are apart, in the unit of the spacing. Each looks from every outline pixel of one
/// mask to the nearest of the other, and back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SurfaceDistances {
    /// The greatest distance (Hausdorff).
    pub hausdorff: f64,
    /// The greater of the two directions' 95th percentiles (MONAI's convention).
    pub hausdorff95: f64,
    /// The 95th percentile of both directions' distances together (MedPy's convention).
    pub hausdorff95_pooled: f64,
    /// The mean of both directions' distances together: the average symmetric surface distance.
    pub average: f64,
}

/// Measures how far the outlines of two masks are apart; `None` if one of the masks is empty, for then there
/// is no distance.
///
/// Percentiles are linear between the sorted distances, as NumPy's are. Averages are sums in raster order, in
/// f64.
///
/// # Errors
/// Masks of different sizes, a spacing that is not above 0.
///
/// ```
/// use ndarray::array;
/// use scumble::score::surface::{SurfaceOptions, surface_distances};
///
/// let first = array![[true, false, false, false]];
/// let second = array![[false, false, false, true]];
/// let distances = surface_distances(first.view(), second.view(), &SurfaceOptions::default())?.unwrap();
/// assert_eq!((distances.hausdorff, distances.average), (3.0, 3.0));
/// let nothing = array![[false, false, false, false]];
/// assert_eq!(surface_distances(first.view(), nothing.view(), &SurfaceOptions::default())?, None);
/// # Ok::<(), scumble::score::surface::SurfaceError>(())
/// ```
pub fn surface_distances(
    first: ArrayView2<'_, bool>,
    second: ArrayView2<'_, bool>,
    options: &SurfaceOptions,
) -> Result<Option<SurfaceDistances>, SurfaceError> {
    if let Some(bad) = options.spacing.iter().find(|side| !(**side > 0.0 && side.is_finite())) {
        return Err(SurfaceError::Spacing(*bad));
    }
    if first.dim() != second.dim() {
        return Err(SurfaceError::Shape { first: first.dim(), second: second.dim() });
    }
    let (first, second) = (outline(first, options.connectivity), outline(second, options.connectivity));
    let (there, back) =
        (directed(&first, &second, options.spacing), directed(&second, &first, options.spacing));
    if there.is_empty() || back.is_empty() {
        return Ok(None);
    }
    let pooled: Vec<f64> = there.iter().chain(&back).copied().collect();
    let average = pooled.iter().sum::<f64>() / pooled.len() as f64;
    Ok(Some(SurfaceDistances {
        hausdorff: pooled.iter().copied().fold(0.0, f64::max),
        hausdorff95: percentile(there, 0.95).max(percentile(back, 0.95)),
        hausdorff95_pooled: percentile(pooled, 0.95),
        average,
    }))
}

/// From every pixel of one outline to the nearest of the other, in raster order.
fn directed(from: &Array2<bool>, to: &Array2<bool>, spacing: [f64; 2]) -> Vec<f64> {
    let distance = distance_transform(to.view(), spacing);
    from.iter().zip(&distance).filter(|(on, _)| **on).map(|(_, distance)| *distance).collect()
}

fn percentile(mut distances: Vec<f64>, share: f64) -> f64 {
    distances.sort_by(f64::total_cmp);
    quantile(&distances, share).expect("some distances")
}
