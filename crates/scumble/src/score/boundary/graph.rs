//! Which pixels of two boundary maps may be matched, and at what cost.

/// Costs are distances in hundredths of a pixel, rounded to the nearest whole (half to even), as in the
/// original.
pub(super) const UNITS: f64 = 100.0;
/// A pixel left alone costs as much as this many matches at the greatest distance.
const ALONE: f64 = 100.0;

/// (rows, columns, cost).
pub(super) type Displacement = (isize, isize, i32);

/// Displacements within reach, and what a match at such a displacement costs.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    displacements: Vec<Displacement>,
    /// What it costs to leave a pair of pixels alone.
    pub(super) alone: i32,
    /// The greatest displacement along an axis.
    pub(super) margin: usize,
}

impl Reach {
    /// All displacements of at most `distance` pixels.
    pub(super) fn new(distance: f64) -> Self {
        let radius = distance.ceil() as isize;
        let squares: Vec<(isize, isize, isize)> = (-radius..=radius)
            .flat_map(|rows| {
                (-radius..=radius).map(move |columns| (rows * rows + columns * columns, rows, columns))
            })
            .filter(|(square, _, _)| *square as f64 <= distance * distance)
            .collect();
        let cost = |square: isize| ((square as f64).sqrt() * UNITS).round_ties_even() as i32;
        Self {
            displacements: squares.into_iter().map(|(s, rows, columns)| (rows, columns, cost(s))).collect(),
            alone: (ALONE * distance * UNITS).ceil() as i32,
            margin: radius as usize,
        }
    }

    /// The displacements, the nearest first; equally near ones in an order that depends on the seed.
    ///
    /// Where several matchings cost the same, this order decides. Were it the same for all raters, they would
    /// all prefer the same of two predicted pixels, and fewer would be matched with any of them than by the
    /// chance of the original.
    pub(super) fn order(&self, seed: u64) -> Vec<Displacement> {
        let mut order = self.displacements.clone();
        order.sort_by_key(|&(rows, columns, cost)| {
            (cost, shuffled(seed << 32 ^ (rows as u64) << 16 ^ columns as u64))
        });
        order
    }
}

/// The finaliser of splitmix64 (Steele, Lea and Flood 2014): different numbers stay different.
fn shuffled(number: u64) -> u64 {
    let mut mixed = number;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
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
