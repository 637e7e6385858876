use super::conv::ConvPlan;
use super::graph::{Graph, Node, NodeOp};
use super::kernel::Kernel;
use super::norm::NormPlan;
use super::shape::Shape;
use super::slots::share;
use super::weight_gradient::PARTS;

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
    pub(super) map_slots: Vec<usize>,
    pub(super) slope_slots: Vec<usize>,
    pub(super) maps: Vec<Vec<f32>>,
    pub(super) slopes: Vec<Vec<f32>>,
    /// What tasks sum.
    pub(super) sums: Vec<f64>,
    pub(super) parts: Vec<f32>,
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
        let shape = |map: &super::graph::Map| {
            Shape::new(images, map.channels, height / map.stride, width / map.stride, map.packed)
        };
        let shapes: Vec<Shape> = graph.maps.iter().map(shape).collect();
        let plans: Vec<Plan> = graph.nodes.iter().map(|node| plan(&graph, node, &shapes)).collect();
        let nodes = graph.nodes.len();
        // Node i runs at time i forwards; at 2 nodes - 1 - i backwards, if at all.
        let mut lives: Vec<[usize; 2]> =
            shapes.iter().map(|_| [0, if trains { 2 * nodes } else { 0 }]).collect();
        let mut slope_lives = vec![[usize::MAX, 0]; shapes.len()];
        let mut same = vec![None; shapes.len()];
        for (time, node) in graph.nodes.iter().enumerate() {
            lives[node.output][0] = time;
            let back = 2 * nodes - 1 - time;
            slope_lives[node.output][1] = back;
            for source in &node.sources {
                lives[source.map][1] = lives[source.map][1].max(time);
                slope_lives[source.map][0] = slope_lives[source.map][0].min(back);
            }
            if in_place(&graph, node) {
                same[node.output] = Some(node.sources[0].map);
            }
        }
        lives[graph.logits][1] = 2 * nodes;
        // A head writes the logits while the node before it still reads its sources.
        lives[graph.logits][0] -= usize::from(graph.head);
        slope_lives[graph.logits][0] = nodes;
        let sizes: Vec<usize> = shapes.iter().map(Shape::len).collect();
        // In training, backward reads what was normalised; a head makes its rows apart.
        let mut overwritten = vec![None; shapes.len()];
        let alone = if trains { 0 } else { nodes - if graph.head { 2 } else { 0 } };
        for node in graph.nodes[..alone].iter().filter(|node| in_place(&graph, node)) {
            overwritten[node.output] = Some(node.sources[0].map);
        }
        let (map_slots, map_sizes) = share(&lives, &sizes, &overwritten);
        let used = |map: &usize| trains && graph.maps[*map].learns;
        let slope_sizes: Vec<usize> =
            (0..shapes.len()).map(|m| if used(&m) { sizes[m] } else { 0 }).collect();
        let (slope_slots, slope_sizes) = share(&slope_lives, &slope_sizes, &same);
        let sums = plans.iter().map(|plan| if let Plan::Norm(norm) = plan { norm.sums() } else { 0 });
        let parts =
            plans.iter().map(|plan| if let Plan::Conv(conv) = plan { conv.part() * PARTS } else { 0 });
        Self {
            input,
            sums: vec![0.0; sums.max().unwrap_or(0)],
            parts: vec![0.0; if trains { parts.max().unwrap_or(0) } else { 0 }],
            maps: map_sizes.into_iter().map(|size| vec![0.0; size]).collect(),
            slopes: slope_sizes.into_iter().map(|size| vec![0.0; size]).collect(),
            graph,
            shapes,
            plans,
            map_slots,
            slope_slots,
        }
    }

    /// The normalisation that reads a convolution's map, whose sums the convolution can make: the next node.
    pub(super) fn measured(&self, index: usize) -> bool {
        let Some(next) = self.graph.nodes.get(index + 1) else { return false };
        matches!(next.op, NodeOp::Batch | NodeOp::Group { .. })
            && next.sources[0].map == self.graph.nodes[index].output
            && matches!(self.graph.nodes[index].op, NodeOp::Conv { .. })
    }
}

/// Whether a normalisation can overwrite what it reads, and its gradient that of its result: nothing else reads the one
/// or adds to the other.
pub(super) fn in_place(graph: &Graph, node: &Node) -> bool {
    let norm = matches!(node.op, NodeOp::Batch | NodeOp::Group { .. });
    let map = node.sources[0].map;
    let readers =
        graph.nodes.iter().flat_map(|node| &node.sources).filter(|source| source.map == map).count();
    norm && readers == 1 && map != graph.logits && graph.maps[map].learns
}

fn plan(graph: &Graph, node: &Node, shapes: &[Shape]) -> Plan {
    let output = shapes[node.output];
    let norm = |groups| {
        let before =
            graph.nodes.iter().position(|other| std::ptr::eq(other, node)).and_then(|at| at.checked_sub(1));
        let maker = before.map(|at| &graph.nodes[at]).filter(|maker| maker.output == node.sources[0].map);
        let work = maker.and_then(|maker| kernel(graph, maker)).map(|kernel| kernel.work());
        Plan::Norm(NormPlan::new(output, groups, work))
    };
    match node.op {
        NodeOp::Conv { .. } => match kernel(graph, node) {
            Some(kernel) => {
                let sources = node.sources.iter().map(|source| shapes[source.map]).collect();
                Plan::Conv(ConvPlan::new(kernel, sources, output))
            }
            None => Plan::Other,
        },
        NodeOp::Batch => norm(None),
        NodeOp::Group { groups } => norm(Some(groups)),
        NodeOp::Relu | NodeOp::Pool | NodeOp::Join => Plan::Other,
    }
}

/// The kernel of a convolution.
pub(super) fn kernel(graph: &Graph, node: &Node) -> Option<Kernel> {
    let NodeOp::Conv { kernel, .. } = node.op else { return None };
    let sources = node.sources.iter().map(|source| (graph.maps[source.map].channels, source.up)).collect();
    Some(Kernel::new(kernel, graph.maps[node.output].channels, sources))
}
