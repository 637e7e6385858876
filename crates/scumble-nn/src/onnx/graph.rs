//! A graph of operations as it grows.

use super::proto::{Attribute, GraphParts, Message, Numbers, node, tensor};

/// The operators that a graph is made of are those of this version.
pub const OPERATORS: i64 = 17;

/// A tensor of the graph, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value(String);

impl Value {
    /// The graph's input.
    pub(super) fn input(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// An input that an operation does without.
    fn none() -> Self {
        Self(String::new())
    }
}

/// Settings of an operation.
pub(super) type Settings<'s> = &'s [(&'static str, Attribute)];

/// Nodes and constants, each of which comes after those that it reads.
#[derive(Debug, Default)]
pub(super) struct Graph {
    nodes: Vec<Message>,
    constants: Vec<Message>,
    names: usize,
}

impl Graph {
    /// The result of an operation of these values.
    pub(super) fn node(&mut self, op: &'static str, inputs: &[&Value], settings: Settings<'_>) -> Value {
        self.node_named(op, op, inputs, settings)
    }

    /// The same under a name that says what it is.
    pub(super) fn node_named(
        &mut self,
        name: &str,
        op: &'static str,
        inputs: &[&Value],
        settings: Settings<'_>,
    ) -> Value {
        let output = self.name(name);
        self.nodes.push(node(op, (&names(inputs), &[&output.0]), settings));
        output
    }

    /// Numbers along an axis, the least first.
    pub(super) fn sorted(&mut self, values: &Value, axis: i64) -> Value {
        let shape = [("start", Attribute::Int(axis)), ("end", Attribute::Int(axis + 1))];
        let all = self.node("Shape", &[values], &shape);
        let [sorted, places] = ["TopK", "places"].map(|name| self.name(name));
        let settings =
            [("axis", Attribute::Int(axis)), ("largest", Attribute::Int(0)), ("sorted", Attribute::Int(1))];
        self.nodes.push(node("TopK", (&names(&[values, &all]), &[&sorted.0, &places.0]), &settings));
        sorted
    }

    /// How many operations there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A value under the name of the graph's output.
    pub(super) fn output(&mut self, value: &Value, name: &str) {
        self.nodes.push(node("Identity", (&[&value.0], &[name]), &[]));
    }

    /// Floating point numbers of a shape.
    pub(super) fn floats(&mut self, shape: &[usize], values: impl IntoIterator<Item = f32>) -> Value {
        let data: Vec<u8> = values.into_iter().flat_map(f32::to_le_bytes).collect();
        debug_assert_eq!(data.len(), 4 * shape.iter().product::<usize>());
        self.constant(Numbers::F32, shape, &data)
    }

    /// One number.
    pub(super) fn float(&mut self, value: f32) -> Value {
        self.floats(&[], [value])
    }

    /// A number for each channel: [1, C, 1, 1].
    pub(super) fn by_channel(&mut self, values: impl IntoIterator<Item = f64>) -> Value {
        let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
        self.floats(&[1, values.len(), 1, 1], values)
    }

    /// A list of integers.
    pub(super) fn ints(&mut self, values: &[i64]) -> Value {
        let data: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(Numbers::I64, &[values.len()], &data)
    }

    /// One integer.
    pub(super) fn int(&mut self, value: i64) -> Value {
        self.constant(Numbers::I64, &[], &value.to_le_bytes())
    }

    /// Some channels of a map [N, C, H, W].
    pub(super) fn channels(&mut self, map: &Value, from: usize, to: usize) -> Value {
        let [from, to, axis] = [from, to, 1].map(|number| self.ints(&[number as i64]));
        self.node("Slice", &[map, &from, &to, &axis], &[])
    }

    /// A linear function of the channels, [N, rows, H, W]: entry (row, channel) of its matrix by `entry`.
    pub(super) fn linear(
        &mut self,
        map: &Value,
        (rows, channels): (usize, usize),
        entry: impl Fn(usize, usize) -> bool,
    ) -> Value {
        let entry = &entry;
        let entries = (0..rows).flat_map(|row| (0..channels).map(move |channel| entry(row, channel)));
        let matrix = self.floats(&[rows, channels, 1, 1], entries.map(|is| f32::from(u8::from(is))));
        // What these are by default, not every runtime knows.
        let settings =
            [("kernel_shape", Attribute::Ints(vec![1; 2])), ("strides", Attribute::Ints(vec![1; 2]))];
        self.node("Conv", &[map, &matrix], &settings)
    }

    /// A sum over axes, which stay, of length 1.
    pub(super) fn sum(&mut self, map: &Value, axis: i64) -> Value {
        let axes = self.ints(&[axis]);
        self.node("ReduceSum", &[map, &axes], &[("keepdims", Attribute::Int(1))])
    }

    /// A map with every pixel repeated 2 x 2 times.
    pub(super) fn repeated(&mut self, name: &str, map: &Value) -> Value {
        let scales = self.floats(&[4], [1.0, 1.0, 2.0, 2.0]);
        let settings = [
            ("mode", Attribute::Text("nearest")),
            ("nearest_mode", Attribute::Text("floor")),
            ("coordinate_transformation_mode", Attribute::Text("asymmetric")),
        ];
        self.node_named(name, "Resize", &[map, &Value::none(), &scales], &settings)
    }

    /// All of it, with what goes in and comes out.
    pub(super) fn parts<'g>(&'g self, name: &'g str, input: Message, output: Message) -> GraphParts<'g> {
        GraphParts { name, nodes: &self.nodes, constants: &self.constants, input, output }
    }

    fn constant(&mut self, numbers: Numbers, shape: &[usize], data: &[u8]) -> Value {
        let name = self.name("constant");
        self.constants.push(tensor(&name.0, numbers, shape, data));
        name
    }

    /// A name that no other value has: what stands behind its last point is counted.
    fn name(&mut self, what: &str) -> Value {
        self.names += 1;
        Value(format!("{what}.{}", self.names))
    }
}

fn names<'v>(values: &[&'v Value]) -> Vec<&'v str> {
    values.iter().map(|value| value.0.as_str()).collect()
}
