//! The few messages of ONNX that a model needs, in the wire format of protocol buffers.
//!
//! Field numbers are those of onnx.proto; each function below writes one message.

/// A message as far as it is written: its fields, one after the other.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Message(Vec<u8>);

/// How a field is encoded, the lower bits of its tag.
const VARINT: u64 = 0;
const LENGTH_DELIMITED: u64 = 2;
const FIXED_32: u64 = 5;

impl Message {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// An integer; negative ones are written as their 64 bits.
    pub(super) fn int(mut self, field: u64, value: i64) -> Self {
        self.varint(field << 3 | VARINT);
        self.varint(value as u64);
        self
    }

    pub(super) fn float(mut self, field: u64, value: f32) -> Self {
        self.varint(field << 3 | FIXED_32);
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.varint(field << 3 | LENGTH_DELIMITED);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    pub(super) fn text(self, field: u64, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    pub(super) fn message(self, field: u64, value: &Message) -> Self {
        self.bytes(field, &value.0)
    }

    /// A field once for each of the values.
    pub(super) fn each<T>(
        self,
        values: impl IntoIterator<Item = T>,
        write: impl FnMut(Self, T) -> Self,
    ) -> Self {
        values.into_iter().fold(self, write)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// Seven bits a byte, the lowest first; the eighth says that more follow.
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

/// The numbers of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i64)]
pub(super) enum Numbers {
    F32 = 1,
    I64 = 7,
}

/// An axis of the graph's input or output.
#[derive(Debug, Clone, Copy)]
pub(super) enum Axis {
    /// As long as this.
    Fixed(usize),
    /// Of any length, which has a name.
    Any(&'static str),
}

/// A setting of a node.
#[derive(Debug, Clone)]
pub(super) enum Attribute {
    Int(i64),
    Ints(Vec<i64>),
    Float(f32),
    Text(&'static str),
}

/// TensorProto: a constant; `data` are its numbers in little-endian order.
pub(super) fn tensor(name: &str, numbers: Numbers, shape: &[usize], data: &[u8]) -> Message {
    Message::new()
        .each(shape, |tensor, &length| tensor.int(1, length as i64))
        .int(2, numbers as i64)
        .text(8, name)
        .bytes(9, data)
}

/// NodeProto: an operation. An input without a name is left out.
pub(super) fn node(
    op: &str,
    (inputs, outputs): (&[&str], &[&str]),
    attributes: &[(&'static str, Attribute)],
) -> Message {
    Message::new()
        .each(inputs, |node, input| node.text(1, input))
        .each(outputs, |node, output| node.text(2, output))
        .text(3, outputs.first().unwrap_or(&op))
        .text(4, op)
        .each(attributes, |node, (name, value)| node.message(5, &attribute(name, value)))
}

/// AttributeProto.
fn attribute(name: &str, value: &Attribute) -> Message {
    let attribute = Message::new().text(1, name);
    match value {
        Attribute::Float(value) => attribute.float(2, *value).int(20, 1),
        Attribute::Int(value) => attribute.int(3, *value).int(20, 2),
        Attribute::Text(value) => attribute.text(4, value).int(20, 3),
        Attribute::Ints(values) => attribute.each(values, |a, value| a.int(8, *value)).int(20, 7),
    }
}

/// ValueInfoProto: an input or output of the graph, of f32.
pub(super) fn value_info(name: &str, axes: &[Axis], what: &str) -> Message {
    let dimension = |axis: &Axis| match axis {
        Axis::Fixed(length) => Message::new().int(1, *length as i64),
        Axis::Any(name) => Message::new().text(2, name),
    };
    let shape = Message::new().each(axes, |shape, axis| shape.message(1, &dimension(axis)));
    let tensor_type = Message::new().int(1, Numbers::F32 as i64).message(2, &shape);
    Message::new().text(1, name).message(2, &Message::new().message(1, &tensor_type)).text(3, what)
}

/// GraphProto.
pub(super) struct GraphParts<'g> {
    pub(super) name: &'g str,
    pub(super) nodes: &'g [Message],
    pub(super) constants: &'g [Message],
    pub(super) input: Message,
    pub(super) output: Message,
}

/// ModelProto: a graph, who wrote it, and texts by key.
pub(super) fn model(
    graph: &GraphParts<'_>,
    operators: i64,
    version: &str,
    metadata: &[(&str, String)],
) -> Message {
    /// The version of the format that came with these operators.
    const IR_VERSION: i64 = 8;
    let entry = |key: &str, value: &str| Message::new().text(1, key).text(2, value);
    let graph = Message::new()
        .each(graph.nodes, |message, node| message.message(1, node))
        .text(2, graph.name)
        .each(graph.constants, |message, tensor| message.message(5, tensor))
        .message(11, &graph.input)
        .message(12, &graph.output);
    Message::new()
        .int(1, IR_VERSION)
        .text(2, "scumble")
        .text(3, version)
        .message(7, &graph)
        .message(8, &Message::new().text(1, "").int(2, operators))
        .each(metadata, |model, (key, value)| model.message(14, &entry(key, value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the encoding's documentation.
    #[test]
    fn fields_are_encoded_as_the_format_says() {
        assert_eq!(Message::new().int(1, 150).into_bytes(), [0x08, 0x96, 0x01]);
        assert_eq!(Message::new().text(2, "testing").into_bytes(), *b"\x12\x07testing");
        let inner = Message::new().int(1, 150);
        assert_eq!(Message::new().message(3, &inner).into_bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        let minus_two = [0x10, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(Message::new().int(2, -2).into_bytes(), minus_two);
        assert_eq!(Message::new().float(4, 1.0).into_bytes(), [0x25, 0x00, 0x00, 0x80, 0x3f]);
        // A field beyond 15 has a tag of two bytes.
        assert_eq!(Message::new().int(20, 7).into_bytes(), [0xa0, 0x01, 0x07]);
    }
}
