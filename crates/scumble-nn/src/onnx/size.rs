//! Images of any size: mirrored to a multiple of the network's stride, and what comes of it cropped again.

use super::graph::{Graph, Value};
use super::proto::Attribute;

/// The image [N, C, H, W] with rows and columns beyond its lower and right edge, mirrored as [`scumble_data::mirror`] does,
/// so that both are multiples of the stride.
pub(super) fn padded(graph: &mut Graph, image: &Value, stride: usize) -> Value {
    if stride == 1 {
        return image.clone();
    }
    let shape = graph.node("Shape", &[image], &[]);
    let [zero, one, two] = [0, 1, 2].map(|number| graph.int(number));
    let multiple = graph.int(stride as i64);
    [2, 3].into_iter().fold(image.clone(), |image, axis| {
        let place = graph.int(axis);
        let length = graph.node("Gather", &[&shape, &place], &[]);
        let last = graph.node("Sub", &[&length, &one], &[]);
        // The length divided by the stride and rounded up, times the stride.
        let steps = graph.node("Div", &[&last, &multiple], &[]);
        let steps = graph.node("Add", &[&steps, &one], &[]);
        let end = graph.node("Mul", &[&steps, &multiple], &[]);
        let places = graph.node("Range", &[&zero, &end, &one], &[]);
        // An axis of one pixel shows it everywhere.
        let period = graph.node("Mul", &[&last, &two], &[]);
        let period = graph.node("Max", &[&period, &one], &[]);
        let there = graph.node("Mod", &[&places, &period], &[]);
        let back = graph.node("Sub", &[&period, &there], &[]);
        let mirrored = graph.node("Min", &[&there, &back], &[]);
        graph.node("Gather", &[&image, &mirrored], &[("axis", Attribute::Int(axis))])
    })
}

/// Maps [N, P, H', W'] with no more rows and columns than the image.
pub(super) fn cropped(graph: &mut Graph, maps: &Value, image: &Value, stride: usize) -> Value {
    if stride == 1 {
        return maps.clone();
    }
    let size = graph.node("Shape", &[image], &[("start", Attribute::Int(2)), ("end", Attribute::Int(4))]);
    let [from, axes] = [[0, 0], [2, 3]].map(|numbers| graph.ints(&numbers));
    graph.node("Slice", &[maps, &from, &size, &axes], &[])
}
