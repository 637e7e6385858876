//! A rank's share of a batch, and the sums over all of it.

use super::{Reduce, ReduceError, tree};
use std::ops::Range;

/// A rank's share of the images of a batch, in their order: ranks have as many, or one more than others.
///
/// ```
/// use scumble_nn::ranks::{Alone, Share};
///
/// let share = Share::new(&Alone, 8);
/// assert_eq!((share.images(), share.all()), (0..8, 8));
/// ```
pub struct Share<'a> {
    reduce: &'a dyn Reduce,
    all: usize,
    /// The nodes of the tree over all images that ranks hold, rank after rank, and how many each has.
    nodes: Vec<Range<usize>>,
    counts: Vec<usize>,
}

impl<'a> Share<'a> {
    /// What a rank has of a batch of `all` images.
    pub fn new(reduce: &'a dyn Reduce, all: usize) -> Self {
        let ranks = reduce.ranks();
        let held: Vec<_> = (0..ranks).map(|rank| tree::nodes(all, &images_of(rank, ranks, all))).collect();
        let counts = held.iter().map(Vec::len).collect();
        Self { reduce, all, nodes: held.concat(), counts }
    }

    /// Which images of the batch are this rank's.
    pub fn images(&self) -> Range<usize> {
        images_of(self.reduce.rank(), self.reduce.ranks(), self.all)
    }

    /// Images of the whole batch.
    pub fn all(&self) -> usize {
        self.all
    }

    /// Whether it is the whole batch.
    pub(crate) fn is_whole(&self) -> bool {
        self.reduce.ranks() == 1
    }

    /// The nodes of the tree that are this rank's, as ranges of its own images.
    pub(crate) fn nodes(&self) -> impl ExactSizeIterator<Item = Range<usize>> + '_ {
        let (first, rank) = (self.images().start, self.reduce.rank());
        let before: usize = self.counts[..rank].iter().sum();
        let own = &self.nodes[before..before + self.counts[rank]];
        own.iter().map(move |node| node.start - first..node.end - first)
    }

    /// The sums over all images, each with `len` sums of its own one after the other.
    pub(crate) fn sum(&self, images: &[f64], len: usize) -> Result<Vec<f64>, ReduceError> {
        let own = self.nodes().flat_map(|node| {
            let mut leaf = |image: usize| images[image * len..][..len].to_vec();
            tree::fold(node, &mut leaf, &mut added)
        });
        let own: Vec<f64> = own.collect();
        if self.is_whole() {
            return Ok(own);
        }
        let mut all = vec![0.0; self.nodes.len() * len];
        let out = vec![bytemuck::cast_slice(&own); self.reduce.ranks()];
        self.exchange(&out, bytemuck::cast_slice_mut(&mut all), len * size_of::<f64>())?;
        let mut value = |at: usize| all[at * len..][..len].to_vec();
        Ok(tree::join(self.all, &self.nodes, &mut value, &mut added))
    }

    /// The sums over all images, `len` of them, of what each of this rank's nodes has summed, one after the other: they
    /// take the place of the first. Each rank adds up a piece of them for all.
    pub(crate) fn sum_nodes(&self, nodes: &mut [f32], len: usize) -> Result<(), ReduceError> {
        if self.is_whole() {
            return Ok(());
        }
        let (rank, ranks) = (self.reduce.rank(), self.reduce.ranks());
        let piece = |rank: usize| rank * len / ranks..(rank + 1) * len / ranks;
        // To each rank its piece of every node.
        let of = |rank: usize| nodes.chunks_exact(len).flat_map(move |node| &node[piece(rank)]);
        let out: Vec<Vec<f32>> = (0..ranks).map(|rank| of(rank).copied().collect()).collect();
        let out: Vec<&[u8]> = out.iter().map(|numbers| bytemuck::cast_slice(numbers)).collect();
        let own = piece(rank);
        let mut pieces = vec![0.0f32; self.nodes.len() * own.len()];
        self.exchange(&out, bytemuck::cast_slice_mut(&mut pieces), own.len() * size_of::<f32>())?;
        let mut value = |at: usize| pieces[at * own.len()..][..own.len()].to_vec();
        let sums = tree::join(self.all, &self.nodes, &mut value, &mut added);
        // Everybody's piece to all.
        let mut rest = &mut nodes[..len];
        let into =
            (0..ranks).map(|rank| rest.split_off_mut(..piece(rank).len()).expect("pieces of the whole"));
        let mut into: Vec<&mut [u8]> = into.map(bytemuck::cast_slice_mut).collect();
        self.reduce.exchange(&vec![bytemuck::cast_slice(&sums); ranks], &mut into)
    }

    /// Fills `all` with what is sent here of every node, each of `len` bytes, from the rank that holds it.
    fn exchange(&self, out: &[&[u8]], all: &mut [u8], len: usize) -> Result<(), ReduceError> {
        let mut rest = all;
        let place = |count: &usize| rest.split_off_mut(..count * len).expect("a place for every node");
        let into = self.counts.iter().map(place);
        let mut into: Vec<&mut [u8]> = into.collect();
        self.reduce.exchange(out, &mut into)
    }
}

/// The images of a rank.
fn images_of(rank: usize, ranks: usize, all: usize) -> Range<usize> {
    rank * all / ranks..(rank + 1) * all / ranks
}

fn added<T: std::ops::AddAssign + Copy>(mut left: Vec<T>, right: Vec<T>) -> Vec<T> {
    left.iter_mut().zip(right).for_each(|(left, right)| *left += right);
    left
}
