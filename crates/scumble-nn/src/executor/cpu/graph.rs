use super::head::MOST_OUTPUTS;
use crate::network::{Network, Op};

/// The network as the CPU runs it: fewer, larger steps over maps in memory.
///
/// A ReLU is part of the convolution or normalisation before it; concatenation and upsampling in front of a convolution are
/// ways in which it reads its sources, and copy nothing. In prediction a batch normalisation is part of the
/// convolution's weights.
pub(super) struct Graph {
    pub(super) maps: Vec<Map>,
    pub(super) nodes: Vec<Node>,
    /// The map of the logits.
    pub(super) logits: usize,
    /// Whether the last node is a [head](super::head): it reads each row as soon as the node before has made it.
    pub(super) head: bool,
}

/// A map in memory.
pub(super) struct Map {
    pub(super) channels: usize,
    /// Input pixels per pixel.
    pub(super) stride: usize,
    /// Whether it is the result of ReLU, so that its gradient is 0 where it is 0.
    pub(super) gated: bool,
    /// Whether some weight's gradient depends on its own.
    pub(super) learns: bool,
    /// Whether only convolutions read it, for which channels need not be stored in multiples of 16.
    pub(super) packed: bool,
}

/// A step.
pub(super) struct Node {
    pub(super) op: NodeOp,
    /// Position of its layer in the network.
    pub(super) layer: usize,
    pub(super) sources: Vec<Source>,
    /// The map that it makes.
    pub(super) output: usize,
    /// Whether ReLU is applied to what it makes.
    pub(super) relu: bool,
}

/// A map that a node reads.
#[derive(Clone, Copy)]
pub(super) struct Source {
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
    Pool,
    /// A copy of the sources, side by side.
    Join,
}

/// More sources than this are copied together before a convolution reads them.
pub(super) const MOST_SOURCES: usize = 8;

impl Graph {
    /// `folds`: whether batch normalisations become part of convolutions, as they can in prediction.
    pub(super) fn new(network: &Network, folds: bool) -> Self {
        let shapes = network.layer_channels().iter().zip(network.layer_strides());
        let mut readers = vec![0; network.layers().len()];
        network.layers().iter().flat_map(|layer| &layer.inputs).for_each(|&input| readers[input] += 1);
        let mut build = Builder {
            shapes: shapes.map(|(&channels, &stride)| (channels, stride)).collect(),
            graph: Self { maps: Vec::new(), nodes: Vec::new(), logits: 0, head: false },
            pieces: Vec::new(),
        };
        build.map(0, false);
        build.pieces.push(vec![Source { map: 0, up: false }]);
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
                Op::MaxPool => build.plain(NodeOp::Pool, index, layer.inputs[0]),
                // The first layer, and no other.
                Op::Input { .. } => vec![Source { map: 0, up: false }],
            };
            build.pieces.push(pieces);
        }
        build.graph.logits = build.whole(network.layers().len() - 1);
        let mut graph = build.graph;
        let convolved = |node: &&Node| !matches!(node.op, NodeOp::Conv { .. });
        let copied = graph.nodes.iter().filter(convolved).flat_map(|node| &node.sources).any(|s| s.map == 0);
        graph.maps[0].packed = !copied && graph.logits != 0;
        graph.head = folds && graph.ends_in_head();
        graph.maps[graph.logits].packed |= graph.head;
        graph
    }

    /// Whether the last node is a 1 x 1 convolution to a few outputs of what the node before it makes for it alone.
    fn ends_in_head(&self) -> bool {
        let [.., maker, head] = &self.nodes[..] else { return false };
        let readers = self.nodes.iter().flat_map(|node| &node.sources).filter(|s| s.map == maker.output);
        let simple =
            matches!(head.op, NodeOp::Conv { kernel: 1, .. }) && !head.relu && head.sources.len() == 1;
        let makes_rows = matches!(maker.op, NodeOp::Conv { .. } | NodeOp::Batch | NodeOp::Group { .. });
        let few = self.maps[head.output].channels <= MOST_OUTPUTS;
        simple
            && makes_rows
            && few
            && head.output == self.logits
            && readers.count() == 1
            && head.sources[0].map == maker.output
    }
}

/// The graph as it grows.
struct Builder {
    /// Channels and stride of every layer.
    shapes: Vec<(usize, usize)>,
    graph: Graph,
    /// The maps that make up every layer's result so far, side by side.
    pieces: Vec<Vec<Source>>,
}

impl Builder {
    fn map(&mut self, layer: usize, learns: bool) -> usize {
        let (channels, stride) = self.shapes[layer];
        self.graph.maps.push(Map { channels, stride, gated: false, learns, packed: false });
        self.graph.maps.len() - 1
    }

    fn node(&mut self, op: NodeOp, layer: usize, sources: Vec<Source>) -> Vec<Source> {
        let trains = matches!(op, NodeOp::Conv { .. } | NodeOp::Batch | NodeOp::Group { .. });
        let learns = trains || sources.iter().any(|source| self.graph.maps[source.map].learns);
        let output = self.map(layer, learns);
        self.graph.nodes.push(Node { op, layer, sources, output, relu: false });
        vec![Source { map: output, up: false }]
    }

    /// A node that reads one map.
    fn plain(&mut self, op: NodeOp, layer: usize, input: usize) -> Vec<Source> {
        let map = self.whole(input);
        self.node(op, layer, vec![Source { map, up: false }])
    }

    /// A layer's result as one map, made by a copy if it is none yet.
    fn whole(&mut self, layer: usize) -> usize {
        if let [Source { map, up: false }] = self.pieces[layer][..] {
            return map;
        }
        let pieces = self.pieces[layer].clone();
        self.pieces[layer] = self.node(NodeOp::Join, layer, pieces);
        self.pieces[layer][0].map
    }

    fn upsampled(&mut self, input: usize) -> Vec<Source> {
        if self.pieces[input].iter().any(|piece| piece.up) {
            self.whole(input);
        }
        self.pieces[input].iter().map(|piece| Source { up: true, ..*piece }).collect()
    }

    /// What a convolution reads: it can upsample only with a 3 x 3 kernel.
    fn convolvable(&mut self, input: usize, kernel: usize) -> Vec<Source> {
        let pieces = &self.pieces[input];
        if pieces.len() > MOST_SOURCES || kernel == 1 && pieces.iter().any(|piece| piece.up) {
            self.whole(input);
        }
        self.pieces[input].clone()
    }

    /// The node that made a layer's result, if that is one map.
    fn maker(&mut self, layer: usize) -> Option<&mut Node> {
        let [Source { map, up: false }] = self.pieces[layer][..] else { return None };
        self.graph.nodes.iter_mut().find(|node| node.output == map)
    }

    fn relu(&mut self, index: usize, input: usize, alone: bool) -> Vec<Source> {
        match self.maker(input) {
            Some(node) if alone && !matches!(node.op, NodeOp::Pool | NodeOp::Join) => {
                node.relu = true;
                let map = node.output;
                self.graph.maps[map].gated = true;
                self.pieces[input].clone()
            }
            _ => {
                let pieces = self.plain(NodeOp::Relu, index, input);
                self.graph.maps[pieces[0].map].gated = true;
                pieces
            }
        }
    }

    /// Puts a batch normalisation into the convolution that made its input.
    fn fold(&mut self, index: usize, input: usize) -> Option<Vec<Source>> {
        let node = self.maker(input)?;
        match &mut node.op {
            NodeOp::Conv { norm: norm @ None, .. } if !node.relu => *norm = Some(index),
            _ => return None,
        }
        Some(self.pieces[input].clone())
    }
}
