//! The tables of a model, with the schema's names.

use std::fmt;

use super::flatbuffer::{Ints, Reader, Table};
use super::{
    error::{ParseError, Result},
    operator::OperatorCode,
    options::BuiltinOptions,
};

/// A model file.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    /// Version of the schema: 3.
    pub version: u32,
    /// The operators that the file uses, with their versions.
    pub operator_codes: Vec<OperatorCode<'a>>,
    /// The first is the network; others belong to control flow.
    pub subgraphs: Vec<SubGraph<'a>>,
    /// Text that the converter wrote.
    pub description: &'a str,
    /// Data of the constants; the first buffer is empty.
    pub buffers: Vec<Buffer<'a>>,
}

impl<'a> Model<'a> {
    /// Parses a file.
    ///
    /// # Errors
    /// If the identifier is missing, or an offset, length or name is invalid.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        if bytes.get(4..8) != Some(b"TFL3") {
            return Err(ParseError::Identifier);
        }
        let reader = Reader::new(bytes);
        let root = reader.table(0, "the model")?;
        let version = root.u32(0)?;
        if version != 3 {
            return Err(ParseError::Version(version));
        }
        Ok(Self {
            version,
            operator_codes: root.tables(1, "an operator code", OperatorCode::read)?,
            subgraphs: root.tables(2, "a subgraph", SubGraph::read)?,
            description: root.text(3, "the description")?,
            buffers: root.tables(4, "a buffer", Buffer::read)?,
        })
    }
}

/// Tensors, and the operators between them.
#[derive(Clone, Debug)]
pub struct SubGraph<'a> {
    /// All values and constants.
    pub tensors: Vec<Tensor<'a>>,
    /// Indices of the input tensors.
    pub inputs: Ints<'a>,
    /// Indices of the output tensors.
    pub outputs: Ints<'a>,
    /// The operators, in execution order.
    pub operators: Vec<Operator<'a>>,
    /// Usually "main" or empty.
    pub name: &'a str,
}

impl<'a> SubGraph<'a> {
    fn read(t: Table<'_, 'a>) -> Result<Self> {
        Ok(Self {
            tensors: t.tables(0, "a tensor", Tensor::read)?,
            inputs: t.ints(1, "the list of inputs")?,
            outputs: t.ints(2, "the list of outputs")?,
            operators: t.tables(3, "an operator", Operator::read)?,
            name: t.text(4, "a subgraph's name")?,
        })
    }
}

/// A value or a constant.
#[derive(Clone, Copy, Debug)]
pub struct Tensor<'a> {
    /// Lengths of the axes, the last one innermost.
    pub shape: Ints<'a>,
    /// Type of its elements.
    pub kind: TensorType,
    /// Index of the buffer with its data; that buffer is empty if the tensor is computed.
    pub buffer: u32,
    /// Its name.
    pub name: &'a str,
    /// Whether its content persists between runs.
    pub is_variable: bool,
    /// Whether it is stored sparse.
    pub is_sparse: bool,
}

impl<'a> Tensor<'a> {
    fn read(t: Table<'_, 'a>) -> Result<Self> {
        Ok(Self {
            shape: t.ints(0, "a tensor's shape")?,
            kind: TensorType(t.u8(1)?),
            buffer: t.u32(2)?,
            name: t.text(3, "a tensor's name")?,
            is_variable: t.bool(5)?,
            is_sparse: t.has(6)?,
        })
    }
}

/// `TensorType`: the element type of a tensor, by its number in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TensorType(pub u8);

impl TensorType {
    /// IEEE 754 binary32.
    pub const FLOAT32: Self = Self(0);
    /// IEEE 754 binary16.
    pub const FLOAT16: Self = Self(1);
    /// 32-bit two's complement.
    pub const INT32: Self = Self(2);
}

impl fmt::Display for TensorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: &str = "FLOAT32 FLOAT16 INT32 UINT8 INT64 STRING BOOL INT16 COMPLEX64 INT8 FLOAT64 COMPLEX128 \
                             UINT64 RESOURCE VARIANT UINT32 UINT16 INT4 BFLOAT16";
        match NAMES.split_whitespace().nth(usize::from(self.0)) {
            Some(name) => f.write_str(name),
            None => write!(f, "number {}", self.0),
        }
    }
}

/// An operator of a subgraph.
#[derive(Clone, Copy, Debug)]
pub struct Operator<'a> {
    /// Index into the model's operator codes.
    pub opcode_index: u32,
    /// Indices of its input tensors; −1 for an omitted optional one.
    pub inputs: Ints<'a>,
    /// Indices of its output tensors.
    pub outputs: Ints<'a>,
    /// Its options.
    pub options: BuiltinOptions,
    /// The options of a custom operator, in a format of its author's.
    pub custom_options: &'a [u8],
}

impl<'a> Operator<'a> {
    fn read(t: Table<'_, 'a>) -> Result<Self> {
        Ok(Self {
            opcode_index: t.u32(0)?,
            inputs: t.ints(1, "an operator's inputs")?,
            outputs: t.ints(2, "an operator's outputs")?,
            options: BuiltinOptions::read(t.u8(3)?, t.table(4, "an operator's options")?)?,
            custom_options: t.bytes(5, "an operator's custom options")?,
        })
    }
}

/// Data of a constant.
#[derive(Clone, Copy, Debug)]
pub struct Buffer<'a> {
    /// Little-endian elements, the last axis innermost.
    pub data: &'a [u8],
    /// Whether the data follows the flatbuffer instead (files over 2 GiB).
    pub is_outside: bool,
}

impl<'a> Buffer<'a> {
    fn read(t: Table<'_, 'a>) -> Result<Self> {
        // Offsets 0 and 1 mean that there is none.
        Ok(Self { data: t.bytes(0, "a buffer's bytes")?, is_outside: t.u64(1)? > 1 })
    }
}
