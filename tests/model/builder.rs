//! Writes small .tflite files, so that the tests of parser and lowering need no model files.
//!
//! Written from "FlatBuffer Internals" and the schema, independently of the parser: parents precede children,
//! each with its own vtable.

/// A part of a flatbuffer.
pub enum Node {
    Table(Vec<(usize, Field)>),
    Bytes(Vec<u8>),
    Ints(Vec<i32>),
    Tables(Vec<Node>),
}

/// A field of a table, by its number in the schema.
pub enum Field {
    U8(u8),
    I32(i32),
    Ref(Node),
}

impl Node {
    /// Appends the part and returns its position.
    fn write(self, out: &mut Vec<u8>) -> usize {
        while !out.len().is_multiple_of(4) {
            out.push(0);
        }
        match self {
            Self::Bytes(bytes) => {
                let start = out.len();
                out.extend((bytes.len() as u32).to_le_bytes());
                out.extend(bytes);
                start
            }
            Self::Ints(ints) => {
                let start = out.len();
                out.extend((ints.len() as u32).to_le_bytes());
                out.extend(ints.iter().flat_map(|i| i.to_le_bytes()));
                start
            }
            Self::Tables(tables) => {
                let start = out.len();
                out.extend((tables.len() as u32).to_le_bytes());
                let first = out.len();
                out.resize(first + 4 * tables.len(), 0);
                for (i, table) in tables.into_iter().enumerate() {
                    let child = table.write(out);
                    refer(out, first + 4 * i, child);
                }
                start
            }
            Self::Table(fields) => {
                let count = fields.iter().map(|(index, _)| index + 1).max().unwrap_or(0);
                let mut slots = vec![0u16; count];
                fields.iter().enumerate().for_each(|(i, (index, _))| slots[*index] = 4 + 4 * i as u16);
                let vtable = out.len();
                let sizes = [4 + 2 * count as u16, 4 + 4 * fields.len() as u16];
                out.extend(sizes.iter().chain(&slots).flat_map(|v| v.to_le_bytes()));
                while !out.len().is_multiple_of(4) {
                    out.push(0);
                }
                let start = out.len();
                out.extend(((start - vtable) as i32).to_le_bytes());
                out.resize(start + 4 + 4 * fields.len(), 0);
                for (i, (_, field)) in fields.into_iter().enumerate() {
                    let at = start + 4 + 4 * i;
                    match field {
                        Field::U8(v) => out[at] = v,
                        Field::I32(v) => out[at..at + 4].copy_from_slice(&v.to_le_bytes()),
                        Field::Ref(node) => {
                            let child = node.write(out);
                            refer(out, at, child);
                        }
                    }
                }
                start
            }
        }
    }
}

fn refer(out: &mut [u8], at: usize, to: usize) {
    out[at..at + 4].copy_from_slice(&((to - at) as u32).to_le_bytes());
}

pub const FLOAT32: u8 = 0;
pub const FLOAT16: u8 = 1;
pub const INT32: u8 = 2;
pub const INT8: u8 = 9;

/// Options of an operator: the number of the union's member, and its fields.
pub type Options = (u8, Vec<(usize, Field)>);

struct TensorSpec {
    name: String,
    shape: Vec<i32>,
    kind: u8,
    data: Option<Vec<u8>>,
}

struct OperatorSpec {
    code: (i32, &'static str, i32),
    inputs: Vec<i32>,
    output: i32,
    options: Option<Options>,
    custom: Vec<u8>,
}

/// A model under construction. Tensors are identified by their index.
#[derive(Default)]
pub struct File {
    tensors: Vec<TensorSpec>,
    operators: Vec<OperatorSpec>,
    pub version: Option<i32>,
    pub inputs: Vec<i32>,
    pub outputs: Vec<i32>,
}

impl File {
    pub fn tensor(&mut self, name: &str, shape: &[usize], kind: u8, data: Option<Vec<u8>>) -> i32 {
        let shape = shape.iter().map(|&n| n as i32).collect();
        self.tensors.push(TensorSpec { name: name.into(), shape, kind, data });
        self.tensors.len() as i32 - 1
    }

    pub fn value(&mut self, name: &str, shape: &[usize]) -> i32 {
        self.tensor(name, shape, FLOAT32, None)
    }

    pub fn floats(&mut self, name: &str, shape: &[usize], data: &[f32]) -> i32 {
        self.tensor(name, shape, FLOAT32, Some(data.iter().flat_map(|v| v.to_le_bytes()).collect()))
    }

    pub fn halves(&mut self, name: &str, shape: &[usize], data: &[f32]) -> i32 {
        let bytes = data.iter().flat_map(|&v| half::f16::from_f32(v).to_le_bytes()).collect();
        self.tensor(name, shape, FLOAT16, Some(bytes))
    }

    pub fn ints(&mut self, name: &str, data: &[i32]) -> i32 {
        self.tensor(name, &[data.len()], INT32, Some(data.iter().flat_map(|v| v.to_le_bytes()).collect()))
    }

    /// `code` is (builtin, custom name, version).
    pub fn operator(
        &mut self,
        code: (i32, &'static str, i32),
        inputs: &[i32],
        output: i32,
        options: Option<Options>,
    ) {
        let inputs = inputs.to_vec();
        self.operators.push(OperatorSpec { code, inputs, output, options, custom: Vec::new() });
    }

    pub fn custom(&mut self, name: &'static str, inputs: &[i32], output: i32, options: &[i32]) {
        self.operator((32, name, 1), inputs, output, None);
        let last = self.operators.last_mut().expect("just pushed");
        last.custom = options.iter().flat_map(|v| v.to_le_bytes()).collect();
    }

    /// Changes the code of operator `index`.
    pub fn set_code(&mut self, index: usize, code: (i32, &'static str, i32)) {
        self.operators[index].code = code;
    }

    /// Changes the options of operator `index`.
    pub fn set_options(&mut self, index: usize, options: Options) {
        self.operators[index].options = Some(options);
    }

    /// Changes the type of tensor `index`.
    pub fn set_kind(&mut self, index: i32, kind: u8) {
        self.tensors[index as usize].kind = kind;
    }

    pub fn bytes(self) -> Vec<u8> {
        use Field::{I32, Ref, U8};
        let text = |s: &str| Ref(Node::Bytes(s.as_bytes().to_vec()));
        // One operator code per operator, with the byte of old files and the number of new ones.
        let code = |(builtin, custom, version): (i32, &str, i32)| {
            let fields = vec![
                (0, U8(builtin.min(127) as u8)),
                (1, text(custom)),
                (2, I32(version)),
                (3, I32(builtin)),
            ];
            Node::Table(fields)
        };
        let codes = self.operators.iter().map(|o| code(o.code)).collect();
        let mut buffers = vec![Node::Table(vec![])];
        let mut tensors = Vec::new();
        for t in self.tensors {
            let buffer = if t.data.is_some() { buffers.len() } else { 0 };
            let fields = vec![
                (0, Ref(Node::Ints(t.shape))),
                (1, U8(t.kind)),
                (2, I32(buffer as i32)),
                (3, text(&t.name)),
            ];
            tensors.push(Node::Table(fields));
            buffers.extend(t.data.map(|data| Node::Table(vec![(0, Ref(Node::Bytes(data)))])));
        }
        let operator = |(index, o): (usize, OperatorSpec)| {
            let mut fields = vec![
                (0, I32(index as i32)),
                (1, Ref(Node::Ints(o.inputs))),
                (2, Ref(Node::Ints(vec![o.output]))),
                (5, Ref(Node::Bytes(o.custom))),
            ];
            if let Some((kind, options)) = o.options {
                fields.extend([(3, U8(kind)), (4, Ref(Node::Table(options)))]);
            }
            Node::Table(fields)
        };
        let subgraph = Node::Table(vec![
            (0, Ref(Node::Tables(tensors))),
            (1, Ref(Node::Ints(self.inputs))),
            (2, Ref(Node::Ints(self.outputs))),
            (3, Ref(Node::Tables(self.operators.into_iter().enumerate().map(operator).collect()))),
            (4, text("main")),
        ]);
        let model = Node::Table(vec![
            (0, I32(self.version.unwrap_or(3))),
            (1, Ref(Node::Tables(codes))),
            (2, Ref(Node::Tables(vec![subgraph]))),
            (3, text("written by a test")),
            (4, Ref(Node::Tables(buffers))),
        ]);
        let mut out = vec![0; 8];
        out[4..].copy_from_slice(b"TFL3");
        let start = model.write(&mut out);
        refer(&mut out, 0, start);
        out
    }
}
