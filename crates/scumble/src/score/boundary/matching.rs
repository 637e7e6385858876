//! The cheapest one-to-one matching of a sparse bipartite graph.

use super::graph::Graph;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const NONE: u32 = u32::MAX;

/// For each row its column, or `None` where the row stays alone, so that the sum of the costs is least: what
/// the matched edges cost, and `alone` for each row without a column.
///
/// Shortest augmenting paths with potentials (Jonker and Volgenant 1987), each found by Dijkstra's algorithm
/// in the part of the graph that it needs. A row's way out is a column of its own at the cost `alone`. The
/// result depends on the order of rows and edges only where several matchings cost the same.
pub(super) fn cheapest_matching(graph: &Graph, alone: i32) -> Vec<Option<usize>> {
    let mut search = Search::new(graph, alone);
    let waiting = search.take_free_nearest();
    for row in waiting {
        search.augment(row);
    }
    search.column_of.iter().map(|column| (*column != NONE).then_some(*column as usize)).collect()
}

struct Search<'a> {
    graph: &'a Graph,
    alone: i32,
    column_of: Vec<u32>,
    row_of: Vec<u32>,
    /// Potentials: cost - u - v >= 0 on all edges, = 0 on matched ones; v = 0 on free columns.
    u: Vec<i32>,
    v: Vec<i32>,
    /// Of the search that goes on: distance of a column, and the row that it was reached from.
    distance: Vec<i32>,
    from: Vec<u32>,
    reached: Vec<u32>,
    settled: Vec<u32>,
    /// Reached columns to go on from: those no farther than where the search is, and the others.
    near: Vec<u32>,
    heap: BinaryHeap<Reverse<(i32, u32)>>,
}

/// Where a path ends.
#[derive(Clone, Copy)]
enum End {
    Column(u32),
    /// This row stays alone from now on.
    Alone(u32),
}

impl<'a> Search<'a> {
    fn new(graph: &'a Graph, alone: i32) -> Self {
        let (rows, columns) = (graph.rows(), graph.columns);
        Self {
            graph,
            alone,
            column_of: vec![NONE; rows],
            row_of: vec![NONE; columns],
            u: vec![0; rows],
            v: vec![0; columns],
            distance: vec![i32::MAX; columns],
            from: vec![NONE; columns],
            reached: Vec::new(),
            settled: Vec::new(),
            near: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// Gives each row a column of its least cost while there is a free one; returns the rows that got none.
    fn take_free_nearest(&mut self) -> Vec<usize> {
        let mut waiting = Vec::new();
        for row in 0..self.graph.rows() {
            let edges = self.graph.row(row);
            let Some(&(_, least)) = edges.first() else { continue };
            self.u[row] = least;
            let nearest = edges.iter().take_while(|(_, cost)| *cost == least);
            match nearest.map(|(column, _)| *column).find(|c| self.row_of[*c as usize] == NONE) {
                Some(column) => self.join(row as u32, column),
                None => waiting.push(row),
            }
        }
        waiting
    }

    fn join(&mut self, row: u32, column: u32) {
        self.column_of[row as usize] = column;
        self.row_of[column as usize] = row;
    }

    /// Finds a place for one more row, moving others where that is cheapest.
    fn augment(&mut self, start: usize) {
        let (end, length) = self.shortest_path(start);
        self.shift_potentials(start, length);
        self.flip(start as u32, end);
        for column in self.reached.drain(..) {
            self.distance[column as usize] = i32::MAX;
        }
        self.settled.clear();
        self.near.clear();
        self.heap.clear();
    }

    fn shortest_path(&mut self, start: usize) -> (End, i32) {
        let (mut row, mut travelled) = (start, 0);
        let (mut end, mut least) = (End::Alone(NONE), i32::MAX);
        loop {
            for &(column, cost) in self.graph.row(row) {
                let c = column as usize;
                let distance = travelled + cost - self.u[row] - self.v[c];
                if distance < self.distance[c].min(least) {
                    if self.distance[c] == i32::MAX {
                        self.reached.push(column);
                    }
                    self.distance[c] = distance;
                    self.from[c] = row as u32;
                    if self.row_of[c] == NONE {
                        (end, least) = (End::Column(column), distance);
                    } else if distance == travelled {
                        self.near.push(column);
                    } else {
                        self.heap.push(Reverse((distance, column)));
                    }
                }
            }
            let out = travelled + self.alone - self.u[row];
            if out < least {
                (end, least) = (End::Alone(row as u32), out);
            }
            match self.nearest(travelled) {
                Some((distance, column)) if distance < least => {
                    self.settled.push(column);
                    (row, travelled) = (self.row_of[column as usize] as usize, distance);
                }
                _ => return (end, least),
            }
        }
    }

    /// The nearest column that is not settled yet, and its distance.
    fn nearest(&mut self, travelled: i32) -> Option<(i32, u32)> {
        if let Some(column) = self.near.pop() {
            return Some((travelled, column));
        }
        loop {
            let Reverse((distance, column)) = self.heap.pop()?;
            // Entries that were improved since are passed over.
            if distance == self.distance[column as usize] {
                return Some((distance, column));
            }
        }
    }

    fn shift_potentials(&mut self, start: usize, length: i32) {
        self.u[start] += length;
        for &column in &self.settled {
            let c = column as usize;
            let slack = length - self.distance[c];
            self.v[c] -= slack;
            self.u[self.row_of[c] as usize] += slack;
        }
    }

    /// Turns over the matched and unmatched edges of the path that ends here.
    fn flip(&mut self, start: u32, end: End) {
        let mut column = match end {
            End::Column(column) => column,
            End::Alone(row) => {
                let freed = std::mem::replace(&mut self.column_of[row as usize], NONE);
                if row == start {
                    return;
                }
                freed
            }
        };
        loop {
            let row = self.from[column as usize];
            let before = self.column_of[row as usize];
            self.join(row, column);
            if row == start {
                return;
            }
            column = before;
        }
    }
}
