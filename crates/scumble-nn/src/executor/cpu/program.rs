//! A graph planned for one shape of the input: shapes, plans of its nodes, and the buffers that they share.

use scumble_kernels::Lines;

use super::buffers::share;
use super::convolution::Convolution;
use super::filter::{Filter, Prepared};
use super::graph::{FeatureMap, Graph, MOST_SOURCES, Node, NodeOp};
use super::head::Head;
use super::maps::Shape;
use super::norm::NormPlan;

/// A graph for one shape of the input, with all the memory that running it takes.
pub(super) struct Program<C: Convolution> {
    pub(super) graph: Graph,
    /// Images, rows and columns that it was made for.
    pub(super) input: [usize; 3],
    /// In training, the [chunks](super::convolution::Chunks) of an image.
    pub(super) chunks: Option<usize>,
    /// How each map lies in memory.
    pub(super) shapes: Vec<Shape>,
    /// One per node.
    pub(super) plans: Vec<Plan<C>>,
    /// The buffer of each map, and of each map's gradient.
    pub(super) map_buffers: Vec<usize>,
    pub(super) gradient_buffers: Vec<usize>,
    pub(super) maps: Vec<Lines<C::Value>>,
    pub(super) gradients: Vec<Lines<C::Value>>,
    /// The logits of a head, and their gradient.
    pub(super) logits: Lines<f32>,
    pub(super) logits_gradient: Lines<f32>,
    /// What tasks of a normalisation sum.
    pub(super) sums: Vec<f64>,
    /// What chunks of a weight's gradient sum.
    pub(super) scratch: Lines<f32>,
}

/// What a node needs to know of its shapes.
pub(super) enum Plan<C> {
    Conv(C),
    Head(Head),
    Norm(Box<NormPlan>),
    Other,
}

/// A convolution's weights in the forms that its kernels read.
pub(super) enum Weights<C: Convolution> {
    Conv(C::Weights),
    Head(Prepared),
    None,
}

impl<C: Convolution> Program<C> {
    /// In training with the chunks of an image.
    pub(super) fn new(graph: Graph, input: [usize; 3], chunks: Option<usize>) -> Self {
        let trains = chunks.is_some();
        let [images, height, width] = input;
        let shape = |map: &FeatureMap| Shape {
            images,
            channels: map.channels,
            height: height / map.stride,
            width: width / map.stride,
            pitch: C::pitch(map.channels, map.packed),
            slack: C::slack(C::pitch(map.channels, map.packed)),
        };
        let shapes: Vec<Shape> = graph.maps.iter().map(shape).collect();
        let plans: Vec<Plan<C>> = graph.nodes.iter().map(|node| plan(&graph, node, &shapes)).collect();
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
        gradient_lives[graph.logits][0] = nodes;
        let mut sizes: Vec<usize> = shapes.iter().map(Shape::room).collect();
        let head = plans
            .last()
            .and_then(|plan| if let Plan::Head(head) = plan { Some(head.logits()) } else { None });
        if head.is_some() {
            sizes[graph.logits] = 0;
        }
        // In training, backward reads what was normalised; a head by rows makes them apart.
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
        let all = images * chunks.unwrap_or(0);
        let scratch = plans.iter().map(|plan| match plan {
            Plan::Conv(conv) => conv.scratch_len(all),
            Plan::Head(head) => head.scratch_len(all),
            _ => 0,
        });
        Self {
            input,
            chunks,
            sums: vec![0.0; sums.max().unwrap_or(0)],
            scratch: Lines::zeros(scratch.max().unwrap_or(0)),
            maps: map_sizes.into_iter().map(Lines::zeros).collect(),
            gradients: gradient_sizes.into_iter().map(Lines::zeros).collect(),
            logits: Lines::zeros(head.unwrap_or(0)),
            logits_gradient: Lines::zeros(if trains { head.unwrap_or(0) } else { 0 }),
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
    pub(super) fn map(&self, map: usize) -> &[C::Value] {
        &self.maps[self.map_buffers[map]]
    }

    /// The maps that a node reads, and empty ones behind them.
    pub(super) fn sources(&self, node: &Node) -> [&[C::Value]; MOST_SOURCES] {
        let mut sources: [&[C::Value]; MOST_SOURCES] = [&[]; MOST_SOURCES];
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

fn plan<C: Convolution>(graph: &Graph, node: &Node, shapes: &[Shape]) -> Plan<C> {
    let output = shapes[node.output];
    let norm = |groups| {
        let before =
            graph.nodes.iter().position(|other| std::ptr::eq(other, node)).and_then(|at| at.checked_sub(1));
        let maker = before.map(|at| &graph.nodes[at]).filter(|maker| maker.output == node.sources[0].map);
        let filter = maker.and_then(|maker| Filter::of(graph, maker));
        let rows = filter.map(|filter| C::task_rows(&filter, &output));
        Plan::Norm(Box::new(NormPlan::new(output, groups, rows)))
    };
    match node.op {
        NodeOp::Conv { .. } if graph.head && node.output == graph.logits => {
            let source = shapes[node.sources[0].map];
            Filter::of(graph, node).map_or(Plan::Other, |filter| Plan::Head(Head { filter, source }))
        }
        NodeOp::Conv { .. } => {
            let sources = node.sources.iter().map(|source| shapes[source.map]).collect();
            let conv = Filter::of(graph, node).map(|filter| C::plan(filter, sources, output));
            conv.map_or(Plan::Other, Plan::Conv)
        }
        NodeOp::Batch => norm(None),
        NodeOp::Group { groups } => norm(Some(groups)),
        NodeOp::Relu | NodeOp::MaxPool | NodeOp::Concat => Plan::Other,
    }
}
