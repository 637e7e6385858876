//! The order in which what many images sum is added: a binary tree over them.
//!
//! The left side of a node of n images has the largest power of two below n. So a rank's images are a few whole nodes, one
//! where ranks and images are powers of two, and these are all that it has to send.

use std::ops::Range;

/// Where a node of two images or more is divided.
fn middle(node: &Range<usize>) -> usize {
    node.start + node.len().next_power_of_two() / 2
}

/// Adds up the leaves of a node that is not empty.
pub(crate) fn fold<T>(
    node: Range<usize>,
    leaf: &mut impl FnMut(usize) -> T,
    add: &mut impl FnMut(T, T) -> T,
) -> T {
    if node.len() == 1 {
        return leaf(node.start);
    }
    let middle = middle(&node);
    let left = fold(node.start..middle, leaf, add);
    let right = fold(middle..node.end, leaf, add);
    add(left, right)
}

/// The largest nodes of the tree over `all` leaves that lie within `part`, from left to right.
pub(crate) fn nodes(all: usize, part: &Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if all > 0 {
        visit(0..all, part, &mut found);
    }
    found
}

fn visit(node: Range<usize>, part: &Range<usize>, found: &mut Vec<Range<usize>>) {
    if node.end <= part.start || part.end <= node.start {
        return;
    }
    if part.start <= node.start && node.end <= part.end {
        found.push(node);
        return;
    }
    let middle = middle(&node);
    visit(node.start..middle, part, found);
    visit(middle..node.end, part, found);
}

/// Adds up nodes that make up the whole tree, from left to right.
pub(crate) fn join<T>(
    all: usize,
    nodes: &[Range<usize>],
    value: &mut impl FnMut(usize) -> T,
    add: &mut impl FnMut(T, T) -> T,
) -> T {
    join_node(0..all, nodes, value, add)
}

fn join_node<T>(
    node: Range<usize>,
    nodes: &[Range<usize>],
    value: &mut impl FnMut(usize) -> T,
    add: &mut impl FnMut(T, T) -> T,
) -> T {
    if let Some(at) = nodes.iter().position(|own| *own == node) {
        return value(at);
    }
    let middle = middle(&node);
    let left = join_node(node.start..middle, nodes, value, add);
    let right = join_node(middle..node.end, nodes, value, add);
    add(left, right)
}

/// Most numbers that [`sum_into`] takes at once: what waits at each height of the tree stays in the first cache.
pub(crate) const PIECE: usize = 1024;

/// `to` becomes the sum of the leaves of a node, number by number; `leaf(i, to)` writes one.
pub(crate) fn sum_into(node: Range<usize>, leaf: &impl Fn(usize, &mut [f32]), to: &mut [f32]) {
    if node.len() == 1 {
        return leaf(node.start, to);
    }
    let middle = middle(&node);
    sum_into(node.start..middle, leaf, to);
    let mut right = [0.0; PIECE];
    let right = &mut right[..to.len()];
    sum_into(middle..node.end, leaf, right);
    to.iter_mut().zip(right).for_each(|(to, right)| *to += *right);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The additions as they are made, in words.
    fn spelt(all: usize) -> String {
        fold(0..all, &mut |i| i.to_string(), &mut |a, b| format!("({a}+{b})"))
    }

    #[test]
    fn the_left_side_is_the_largest_power_of_two() {
        assert_eq!(spelt(1), "0");
        assert_eq!(spelt(3), "((0+1)+2)");
        assert_eq!(spelt(4), "((0+1)+(2+3))");
        assert_eq!(spelt(6), "(((0+1)+(2+3))+(4+5))");
    }

    #[test]
    fn however_leaves_are_shared_out_the_same_additions_are_made() {
        for all in 1..20 {
            for ranks in 1..=all {
                let part = |rank: usize| rank * all / ranks..(rank + 1) * all / ranks;
                let held: Vec<_> = (0..ranks).flat_map(|rank| nodes(all, &part(rank))).collect();
                let node = |at: usize| {
                    let first = held[at].start;
                    let mut leaf = |i: usize| (first + i).to_string();
                    // A node is added up by whoever holds it, counted from its own first image.
                    fold(0..held[at].len(), &mut leaf, &mut |a, b| format!("({a}+{b})"))
                };
                let joined = join(all, &held, &mut { node }, &mut |a, b| format!("({a}+{b})"));
                assert_eq!(joined, spelt(all), "{all} images of {ranks} ranks");
            }
        }
    }

    #[test]
    fn aligned_ranks_hold_one_node() {
        for rank in 0..4 {
            let part = 4 * rank..4 * rank + 4;
            assert_eq!(nodes(16, &part), std::slice::from_ref(&part));
        }
        assert_eq!(nodes(8, &(3..6)), [3..4, 4..6]);
    }

    #[test]
    fn slices_are_added_as_numbers_are() {
        let leaves: Vec<Vec<f32>> = (0..7)
            .map(|i| (0..PIECE).map(|j| ((i * 7919 + j * 104_729) % 1013) as f32 / 7.0).collect())
            .collect();
        let mut sums = vec![0.0; PIECE];
        sum_into(0..7, &|i, to| to.copy_from_slice(&leaves[i]), &mut sums);
        for (j, sum) in sums.iter().enumerate() {
            assert_eq!(*sum, fold(0..7, &mut |i| leaves[i][j], &mut |a, b| a + b));
        }
    }
}
