//! Which pixels of two boundary maps belong together.

use super::BoundaryError;
use super::graph::{Displacement, Graph, Reach};
use super::matching::cheapest_matching;
use ndarray::{Array2, ArrayView2};

/// Which pixels of two boundary maps belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundaryMatch {
    /// Pairs of (row, column) in the first and the second map, no pixel twice.
    pub pairs: Vec<((usize, usize), (usize, usize))>,
}

/// Matches the pixels of two boundary maps one to one, none farther than `reach` pixels, at the least cost.
///
/// The cost of a pair is its distance in hundredths of a pixel, rounded; a pair left alone costs 100 times
/// the reach, so that nearly always as many as possible are matched: the correspondence of the BSDS
/// benchmark, `correspondPixels` (Martin, Fowlkes and Malik 2004, *Learning to detect natural image
/// boundaries*, TPAMI 26(5)), at its true optimum.
///
/// # Errors
/// Maps of different sizes; a reach that is not above 0.
///
/// ```
/// use ndarray::array;
/// let first = array![[true, false, false, true]];
/// let second = array![[false, true, false, false]];
/// let matched = scumble::score::boundary::match_boundaries(first.view(), second.view(), 2.0)?;
/// assert_eq!(matched.pairs, [((0, 0), (0, 1))]);
/// # Ok::<(), scumble::score::boundary::BoundaryError>(())
/// ```
pub fn match_boundaries(
    first: ArrayView2<'_, bool>,
    second: ArrayView2<'_, bool>,
    reach: f64,
) -> Result<BoundaryMatch, BoundaryError> {
    if !(reach > 0.0 && reach.is_finite()) {
        return Err(BoundaryError::Reach(reach));
    }
    if first.dim() != second.dim() {
        return Err(BoundaryError::Shape { rater: 0, found: second.dim(), expected: first.dim() });
    }
    let (height, width) = first.dim();
    // Farther than the diagonal there is nothing.
    let reach = Reach::new(reach.min((height as f64).hypot(width as f64)));
    let (first, second) = (EdgePixels::of(first), EdgePixels::of(second));
    let mut finder = Finder::new((height, width), reach.margin);
    let pairs = finder.matches(&first, &second, &reach);
    Ok(BoundaryMatch { pairs: pairs.map(|(a, b)| (first.places[a], second.places[b])).collect() })
}

/// The pixels of a boundary map.
#[derive(Debug, Clone)]
pub(super) struct EdgePixels {
    /// (row, column) in raster order.
    pub(super) places: Vec<(usize, usize)>,
}

impl EdgePixels {
    pub(super) fn of(map: ArrayView2<'_, bool>) -> Self {
        Self { places: map.indexed_iter().filter(|(_, on)| **on).map(|(place, _)| place).collect() }
    }
}

/// Finds pixels by their place: a map of their numbers with a margin as wide as the reach.
#[derive(Debug)]
pub(super) struct Finder {
    margin: usize,
    numbers: Array2<u32>,
}

const NOBODY: u32 = u32::MAX;

impl Finder {
    pub(super) fn new((height, width): (usize, usize), margin: usize) -> Self {
        Self { margin, numbers: Array2::from_elem((height + 2 * margin, width + 2 * margin), NOBODY) }
    }

    /// The pairs of numbers (in `first`, in `second`) of the cheapest matching.
    pub(super) fn matches(
        &mut self,
        first: &EdgePixels,
        second: &EdgePixels,
        reach: &Reach,
    ) -> impl Iterator<Item = (usize, usize)> + use<> {
        // A search starts at each row, so the side with fewer pixels gives the rows.
        let swap = first.places.len() > second.places.len();
        let (rows, columns) = if swap { (second, first) } else { (first, second) };
        let graph = self.graph(rows, columns, &reach.order(second.places.len() as u64));
        let matched = cheapest_matching(&graph, reach.alone);
        matched
            .into_iter()
            .enumerate()
            .filter_map(|(row, column)| column.map(|column| (row, column)))
            .map(move |(row, column)| if swap { (column, row) } else { (row, column) })
    }

    fn graph(&mut self, rows: &EdgePixels, columns: &EdgePixels, displacements: &[Displacement]) -> Graph {
        let margin = self.margin;
        for (number, (row, column)) in columns.places.iter().enumerate() {
            self.numbers[[row + margin, column + margin]] = number as u32;
        }
        let stride = self.numbers.dim().1;
        let numbers = self.numbers.as_slice().expect("standard layout");
        let steps: Vec<(isize, i32)> = displacements
            .iter()
            .map(|(rows, columns, cost)| (rows * stride as isize + columns, *cost))
            .collect();
        let mut graph = Graph::new(columns.places.len());
        for (row, column) in &rows.places {
            let place = (row + margin) * stride + column + margin;
            let near = steps.iter().map(|(step, cost)| (numbers[place.strict_add_signed(*step)], *cost));
            graph.push_row(near.filter(|(number, _)| *number != NOBODY));
        }
        for (row, column) in &columns.places {
            self.numbers[[row + margin, column + margin]] = NOBODY;
        }
        graph
    }
}
