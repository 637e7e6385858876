//! The network as the processor runs it: fewer, larger steps over feature maps.

use crate::network::graph::Network;
use crate::network::layer::Op;

/// The network as the CPU runs it: fewer, larger steps over maps in memory.
///
/// A ReLU is part of the convolution or normalisation before it; concatenation and upsampling in front of a convolution are
/// ways in which it reads its sources, and copy nothing. In prediction a batch normalisation is part of the
/// convolution's weights.
pub(super) struct Graph {
    pub(super) maps: Vec<FeatureMap>,
    pub(super) nodes: Vec<Node>,
    /// The map of the logits.
    pub(super) logits: usize,
    /// Whether the last node is a [`Head`](super::head::Head).
    pub(super) head: bool,
    /// Whether the head reads each row as soon as the node before has made it.
    pub(super) row_by_row: bool,
}

/// A feature map in memory.
pub(super) struct FeatureMap {
    pub(super) channels: usize,
    /// Input pixels per pixel.
    pub(super) stride: usize,
    /// Whether it is the result of ReLU, so that its gradient is 0 where it is 0.
    pub(super) after_relu: bool,
    /// Whether some weight's gradient depends on its own.
    pub(super) needs_gradient: bool,
    /// Whether only convolutions read it, for which channels need not be stored in multiples of 16.
    pub(super) packed: bool,
}

/// A step.
pub(super) struct Node {
    pub(super) op: NodeOp,
    /// Position of its layer in the network.
    pub(super) layer: usize,
    pub(super) sources: Vec<NodeInput>,
    /// The map that it makes.
    pub(super) output: usize,
    /// Whether ReLU is applied to what it makes.
    pub(super) relu: bool,
}

/// A map that a node reads.
#[derive(Clone, Copy)]
pub(super) struct NodeInput {
    pub(super) map: usize,
    /// Whether every pixel is read as 2 x 2 pixels.
    pub(super) up: bool,
}

/// What a node computes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NodeOp {
    /// Of side `kernel`. `norm` is the layer of the batch normalisation that is folded into its weights.
    Conv { kernel: usize, bias: bool, norm: Option<usize> },
    /// Batch normalisation.
    Batch,
    /// Group normalisation.
    Group { groups: usize },
    /// ReLU of something else than a convolution or normalisation, or of a map that others read as it is.
    Relu,
    /// Max pooling.
    MaxPool,
    /// A copy of the sources, side by side.
    Concat,
}

/// More sources than this are copied together before a convolution reads them.
pub(super) const MOST_SOURCES: usize = 8;

/// A last convolution to more logits than this is run like any other.
pub(super) const MOST_LOGITS: usize = 32;

impl Graph {
    /// `folds`: whether batch normalisations become part of convolutions, as they can in prediction.
    pub(super) fn new(network: &Network, folds: bool) -> Self {
        let shapes = network.layer_channels().iter().zip(network.layer_strides());
        let mut readers = vec![0; network.layers().len()];
        network.layers().iter().flat_map(|layer| &layer.inputs).for_each(|&input| readers[input] += 1);
        let mut build = Builder {
            shapes: shapes.map(|(&channels, &stride)| (channels, stride)).collect(),
            graph: Self { maps: Vec::new(), nodes: Vec::new(), logits: 0, head: false, row_by_row: false },
            pieces: Vec::new(),
        };
        build.map(0, false);
        build.pieces.push(vec![NodeInput { map: 0, up: false }]);
        for (index, layer) in network.layers().iter().enumerate().skip(1) {
            let pieces = match layer.op {
                Op::Concat => layer.inputs.iter().flat_map(|&input| build.pieces[input].clone()).collect(),
                Op::Upsample => build.upsampled(layer.inputs[0]),
                Op::Conv { kernel, bias, .. } => {
                    let sources = build.convolvable(layer.inputs[0], kernel);
                    build.node(NodeOp::Conv { kernel, bias, norm: None }, index, sources)
                }
                Op::Relu => build.relu(index, layer.inputs[0], readers[layer.inputs[0]] == 1),
                Op::BatchNorm { .. } => {
                    let alone = readers[layer.inputs[0]] == 1;
                    let folded = if folds && alone { build.fold(index, layer.inputs[0]) } else { None };
                    folded.unwrap_or_else(|| build.plain(NodeOp::Batch, index, layer.inputs[0]))
                }
                Op::GroupNorm { groups, .. } => build.plain(NodeOp::Group { groups }, index, layer.inputs[0]),
                Op::MaxPool => build.plain(NodeOp::MaxPool, index, layer.inputs[0]),
                // The first layer, and no other.
                Op::Input { .. } => vec![NodeInput { map: 0, up: false }],
            };
            build.pieces.push(pieces);
        }
        build.graph.logits = build.whole(network.layers().len() - 1);
        let mut graph = build.graph;
        let convolved = |node: &&Node| !matches!(node.op, NodeOp::Conv { .. });
        let copied = graph.nodes.iter().filter(convolved).flat_map(|node| &node.sources).any(|s| s.map == 0);
        graph.maps[0].packed = !copied && graph.logits != 0;
        graph.head = graph.ends_in_head();
        graph.row_by_row = graph.head && folds && graph.head_reads_alone();
        graph
    }

    /// Whether the last node is a 1 x 1 convolution of one map to a few outputs.
    fn ends_in_head(&self) -> bool {
        let Some(last) = self.nodes.last() else { return false };
        let simple =
            matches!(last.op, NodeOp::Conv { kernel: 1, .. }) && !last.relu && last.sources.len() == 1;
        let few = self.maps[last.output].channels <= MOST_LOGITS;
        simple && few && last.output == self.logits && last.sources[0].map != 0
    }

    /// Whether the node before the last one makes its map for it alone, row by row.
    fn head_reads_alone(&self) -> bool {
        let [.., maker, last] = &self.nodes[..] else { return false };
        let readers = self.nodes.iter().flat_map(|node| &node.sources).filter(|s| s.map == maker.output);
        let makes_rows = matches!(maker.op, NodeOp::Conv { .. } | NodeOp::Batch | NodeOp::Group { .. });
        makes_rows && readers.count() == 1 && last.sources[0].map == maker.output
    }
}

/// The graph as it grows.
struct Builder {
    /// Channels and stride of every layer.
    shapes: Vec<(usize, usize)>,
    graph: Graph,
    /// The maps that make up every layer's result so far, side by side.
    pieces: Vec<Vec<NodeInput>>,
}

impl Builder {
    fn map(&mut self, layer: usize, needs_gradient: bool) -> usize {
        let (channels, stride) = self.shapes[layer];
        self.graph.maps.push(FeatureMap {
            channels,
            stride,
            after_relu: false,
            needs_gradient,
            packed: false,
        });
        self.graph.maps.len() - 1
    }

    fn node(&mut self, op: NodeOp, layer: usize, sources: Vec<NodeInput>) -> Vec<NodeInput> {
        let trains = matches!(op, NodeOp::Conv { .. } | NodeOp::Batch | NodeOp::Group { .. });
        let needs_gradient =
            trains || sources.iter().any(|source| self.graph.maps[source.map].needs_gradient);
        let output = self.map(layer, needs_gradient);
        self.graph.nodes.push(Node { op, layer, sources, output, relu: false });
        vec![NodeInput { map: output, up: false }]
    }

    /// A node that reads one map.
    fn plain(&mut self, op: NodeOp, layer: usize, input: usize) -> Vec<NodeInput> {
        let map = self.whole(input);
        self.node(op, layer, vec![NodeInput { map, up: false }])
    }

    /// A layer's result as one map, made by a copy if it is none yet.
    fn whole(&mut self, layer: usize) -> usize {
        if let [NodeInput { map, up: false }] = self.pieces[layer][..] {
            return map;
        }
        let pieces = self.pieces[layer].clone();
        self.pieces[layer] = self.node(NodeOp::Concat, layer, pieces);
        self.pieces[layer][0].map
    }

    fn upsampled(&mut self, input: usize) -> Vec<NodeInput> {
        if self.pieces[input].iter().any(|piece| piece.up) {
            self.whole(input);
        }
        self.pieces[input].iter().map(|piece| NodeInput { up: true, ..*piece }).collect()
    }

    /// What a convolution reads: it can upsample only with a 3 x 3 kernel.
    fn convolvable(&mut self, input: usize, kernel: usize) -> Vec<NodeInput> {
        let pieces = &self.pieces[input];
        if pieces.len() > MOST_SOURCES || kernel == 1 && pieces.iter().any(|piece| piece.up) {
            self.whole(input);
        }
        self.pieces[input].clone()
    }

    /// The node that made a layer's result, if that is one map.
    fn maker(&mut self, layer: usize) -> Option<&mut Node> {
        let [NodeInput { map, up: false }] = self.pieces[layer][..] else { return None };
        self.graph.nodes.iter_mut().find(|node| node.output == map)
    }

    fn relu(&mut self, index: usize, input: usize, alone: bool) -> Vec<NodeInput> {
        match self.maker(input) {
            Some(node) if alone && !matches!(node.op, NodeOp::MaxPool | NodeOp::Concat) => {
                node.relu = true;
                let map = node.output;
                self.graph.maps[map].after_relu = true;
                self.pieces[input].clone()
            }
            _ => {
                let pieces = self.plain(NodeOp::Relu, index, input);
                self.graph.maps[pieces[0].map].after_relu = true;
                pieces
            }
        }
    }

    /// Puts a batch normalisation into the convolution that made its input.
    fn fold(&mut self, index: usize, input: usize) -> Option<Vec<NodeInput>> {
        let node = self.maker(input)?;
        match &mut node.op {
            NodeOp::Conv { norm: norm @ None, .. } if !node.relu => *norm = Some(index),
            _ => return None,
        }
        Some(self.pieces[input].clone())
    }
}
