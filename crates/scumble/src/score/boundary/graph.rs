//! Which pixels of two boundary maps may be matched, and at what cost.

/// Costs are distances in hundredths of a pixel, rounded to the nearest whole (half to even), as in the original.
pub(super) const UNITS: f64 = 100.0;
/// A pixel left alone costs as much as this many matches at the greatest distance.
const ALONE: f64 = 100.0;

/// Displacements within reach, and what a match at such a displacement costs.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// (rows, columns, cost), the nearest first, else in raster order.
    pub(super) displacements: Vec<(isize, isize, i32)>,
    /// What it costs to leave a pair of pixels alone.
    pub(super) alone: i32,
    /// The greatest displacement along an axis.
    pub(super) margin: usize,
}

impl Reach {
    /// All displacements of at most `distance` pixels.
    pub(super) fn new(distance: f64) -> Self {
        let radius = distance.ceil() as isize;
        let mut squares: Vec<(isize, isize, isize)> = (-radius..=radius)
            .flat_map(|rows| {
                (-radius..=radius).map(move |columns| (rows * rows + columns * columns, rows, columns))
            })
            .filter(|(square, _, _)| *square as f64 <= distance * distance)
            .collect();
        squares.sort_unstable();
        let cost = |square: isize| ((square as f64).sqrt() * UNITS).round_ties_even() as i32;
        Self {
            displacements: squares.into_iter().map(|(s, rows, columns)| (rows, columns, cost(s))).collect(),
            alone: (ALONE * distance * UNITS).ceil() as i32,
            margin: radius as usize,
        }
    }
}

/// A bipartite graph: for each row its columns, the cheapest first.
#[derive(Debug, Clone)]
pub(super) struct Graph {
    starts: Vec<usize>,
    edges: Vec<(u32, i32)>,
    pub(super) columns: usize,
}

impl Graph {
    /// No rows yet.
    pub(super) fn new(columns: usize) -> Self {
        Self { starts: vec![0], edges: Vec::new(), columns }
    }

    /// One more row with its edges (column, cost), the cheapest first.
    pub(super) fn push_row(&mut self, edges: impl Iterator<Item = (u32, i32)>) {
        self.edges.extend(edges);
        self.starts.push(self.edges.len());
    }

    pub(super) fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// (column, cost) of a row.
    pub(super) fn row(&self, row: usize) -> &[(u32, i32)] {
        &self.edges[self.starts[row]..self.starts[row + 1]]
    }
}
