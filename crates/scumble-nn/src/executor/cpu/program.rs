//! A graph planned for one shape of the input: shapes, plans of its nodes, and the buffers that they share.

use super::buffers::share;
use super::conv::ConvPlan;
use super::filter::Filter;
use super::graph::{FeatureMap, Graph, MOST_SOURCES, Node, NodeOp};
use super::maps::Shape;
use super::norm::NormPlan;

/// A graph for one shape of the input, with all the memory that running it takes.
pub(super) struct Program {
    pub(super) graph: Graph,
    /// Images, rows and columns that it was made for.
    pub(super) input: [usize; 3],
    /// How each map lies in memory.
    pub(super) shapes: Vec<Shape>,
    /// One per node.
    pub(super) plans: Vec<Plan>,
    /// The buffer of each map, and of each map's gradient.
    pub(super) map_buffers: Vec<usize>,
    pub(super) gradient_buffers: Vec<usize>,
    pub(super) maps: Vec<Vec<f32>>,
    pub(super) gradients: Vec<Vec<f32>>,
    /// What tasks of a normalisation sum.
    pub(super) sums: Vec<f64>,
    /// What chunks of a weight's gradient sum.
    pub(super) scratch: Vec<f32>,
}

/// What a node needs to know of its shapes.
pub(super) enum Plan {
    Conv(ConvPlan),
    Norm(NormPlan),
    Other,
}

impl Program {
    pub(super) fn new(graph: Graph, input: [usize; 3], trains: bool) -> Self {
        let [images, height, width] = input;
        let shape = |map: &FeatureMap| {
            Shape::new(images, map.channels, height / map.stride, width / map.stride, map.packed)
        };
        let shapes: Vec<Shape> = graph.maps.iter().map(shape).collect();
        let plans: Vec<Plan> = graph.nodes.iter().map(|node| plan(&graph, node, &shapes)).collect();
        let nodes = graph.nodes.len();
        // Node i runs at time i forwards; at 2 nodes - 1 - i backwards, if at all.
        let mut lives: Vec<[usize; 2]> =
            shapes.iter().map(|_| [0, if trains { 2 * nodes } else { 0 }]).collect();
        let mut gradient_lives = vec![[usize::MAX, 0]; shapes.len()];
        let mut same = vec![None; shapes.len()];
        for (time, node) in graph.nodes.iter().enumerate() {
            lives[node.output][0] = time;
            let back = 2 * nodes - 1 - time;
            gradient_lives[node.output][1] = back;
            for source in &node.sources {
                lives[source.map][1] = lives[source.map][1].max(time);
                gradient_lives[source.map][0] = gradient_lives[source.map][0].min(back);
            }
            if in_place(&graph, node) {
                same[node.output] = Some(node.sources[0].map);
            }
        }
        lives[graph.logits][1] = 2 * nodes;
        // A last convolution by rows writes the logits while the node before it still reads its sources.
        lives[graph.logits][0] -= usize::from(graph.row_by_row);
        gradient_lives[graph.logits][0] = nodes;
        let sizes: Vec<usize> = shapes.iter().map(Shape::len).collect();
        // In training, backward reads what was normalised; a last convolution by rows makes them apart.
        let mut overwritten = vec![None; shapes.len()];
        let alone = if trains { 0 } else { nodes - if graph.row_by_row { 2 } else { 0 } };
        for node in graph.nodes[..alone].iter().filter(|node| in_place(&graph, node)) {
            overwritten[node.output] = Some(node.sources[0].map);
        }
        let (map_buffers, map_sizes) = share(&lives, &sizes, &overwritten);
        let used = |map: &usize| trains && graph.maps[*map].needs_gradient;
        let gradient_sizes: Vec<usize> =
            (0..shapes.len()).map(|m| if used(&m) { sizes[m] } else { 0 }).collect();
        let (gradient_buffers, gradient_sizes) = share(&gradient_lives, &gradient_sizes, &same);
        let sums = plans.iter().map(|plan| if let Plan::Norm(norm) = plan { norm.sums() } else { 0 });
        let scratch =
            plans.iter().map(|plan| if let Plan::Conv(conv) = plan { conv.scratch_len() } else { 0 });
        Self {
            input,
            sums: vec![0.0; sums.max().unwrap_or(0)],
            scratch: vec![0.0; if trains { scratch.max().unwrap_or(0) } else { 0 }],
            maps: map_sizes.into_iter().map(|size| vec![0.0; size]).collect(),
            gradients: gradient_sizes.into_iter().map(|size| vec![0.0; size]).collect(),
            graph,
            shapes,
            plans,
            map_buffers,
            gradient_buffers,
        }
    }

    /// Whether the next node is a normalisation that reads this convolution's map, so that the convolution can sum the
    /// moments that it needs.
    pub(super) fn feeds_norm(&self, index: usize) -> bool {
        let Some(next) = self.graph.nodes.get(index + 1) else { return false };
        matches!(next.op, NodeOp::Batch | NodeOp::Group { .. })
            && next.sources[0].map == self.graph.nodes[index].output
            && matches!(self.graph.nodes[index].op, NodeOp::Conv { .. })
    }

    /// A map as it lies in its buffer.
    pub(super) fn map(&self, map: usize) -> &[f32] {
        &self.maps[self.map_buffers[map]]
    }

    /// The maps that a node reads, and empty ones behind them.
    pub(super) fn sources(&self, node: &Node) -> [&[f32]; MOST_SOURCES] {
        let mut sources: [&[f32]; MOST_SOURCES] = [&[]; MOST_SOURCES];
        for (to, source) in sources.iter_mut().zip(&node.sources) {
            *to = self.map(source.map);
        }
        sources
    }
}

/// Whether a normalisation can overwrite what it reads, and its gradient that of its result: nothing else reads the one
/// or adds to the other.
pub(super) fn in_place(graph: &Graph, node: &Node) -> bool {
    let norm = matches!(node.op, NodeOp::Batch | NodeOp::Group { .. });
    let map = node.sources[0].map;
    let readers =
        graph.nodes.iter().flat_map(|node| &node.sources).filter(|source| source.map == map).count();
    norm && readers == 1 && map != graph.logits && graph.maps[map].needs_gradient
}

fn plan(graph: &Graph, node: &Node, shapes: &[Shape]) -> Plan {
    let output = shapes[node.output];
    let norm = |groups| {
        let before =
            graph.nodes.iter().position(|other| std::ptr::eq(other, node)).and_then(|at| at.checked_sub(1));
        let maker = before.map(|at| &graph.nodes[at]).filter(|maker| maker.output == node.sources[0].map);
        let work = maker.and_then(|maker| Filter::of(graph, maker)).map(|filter| filter.work());
        Plan::Norm(NormPlan::new(output, groups, work))
    };
    match node.op {
        NodeOp::Conv { .. } => match Filter::of(graph, node) {
            Some(filter) => {
                let sources = node.sources.iter().map(|source| shapes[source.map]).collect();
                Plan::Conv(ConvPlan::new(filter, sources, output))
            }
            None => Plan::Other,
        },
        NodeOp::Batch => norm(None),
        NodeOp::Group { groups } => norm(Some(groups)),
        NodeOp::Relu | NodeOp::MaxPool | NodeOp::Concat => Plan::Other,
    }
}
