//! Builds the graph, and tracks which of the file's tensors are values and which are constants.

use std::collections::HashMap;

use super::super::graph::{Graph, Node, TensorShape, ValueId, ValueInfo};
use super::error::{LowerError, Result};
use super::limits::MAX_ELEMENTS;
use crate::frame::MAX_SIDE;
use crate::tflite::{Model, SubGraph, Tensor, TensorType};

/// What a tensor of the file was lowered to.
#[derive(Clone, Copy, Debug)]
enum LoweredTensor {
    /// A value that the graph computes.
    Value(ValueId),
    /// The data of this constant tensor, possibly with another shape or type.
    Constant(i32),
}

pub(super) struct GraphBuilder<'m, 'a> {
    pub(super) model: &'m Model<'a>,
    main: &'m SubGraph<'a>,
    known: HashMap<i32, LoweredTensor>,
    values: Vec<ValueInfo>,
    nodes: Vec<Node>,
    /// Number of weights read so far; limits the memory that operators with shared weights can take.
    pub(super) weights: usize,
}

impl<'m, 'a> GraphBuilder<'m, 'a> {
    /// Starts a graph that has only its input.
    pub(super) fn new(model: &'m Model<'a>, main: &'m SubGraph<'a>, input: i32) -> Result<Self> {
        let known = HashMap::new();
        let mut builder = Self { model, main, known, values: Vec::new(), nodes: Vec::new(), weights: 0 };
        let shape = builder.declared_shape(input)?;
        builder.check_picture(input, "input")?;
        if shape.channels != 3 {
            let why = format!(
                "is the input and has {} channels; gpucam gives 3, red, green and blue",
                shape.channels
            );
            return Err(builder.refuse_tensor(input, why));
        }
        builder.add_value(input, shape)?;
        Ok(builder)
    }

    pub(super) fn tensor(&self, index: i32) -> Result<&'m Tensor<'a>> {
        let tensor = usize::try_from(index).ok().and_then(|i| self.main.tensors.get(i));
        tensor.ok_or_else(|| LowerError::Network(format!("refers to tensor {index}, which is not there")))
    }

    /// Name of a tensor.
    pub(super) fn name(&self, index: i32) -> String {
        self.tensor(index).map_or_else(|_| index.to_string(), |t| printable(t.name))
    }

    pub(super) fn refuse_tensor(&self, index: i32, why: impl Into<String>) -> LowerError {
        LowerError::Tensor { tensor: self.name(index), why: why.into() }
    }

    /// Declared shape of a computed tensor: `[1, h, w, c]`, or with fewer axes, which are the last then.
    pub(super) fn declared_shape(&self, index: i32) -> Result<TensorShape> {
        let tensor = self.tensor(index)?;
        if tensor.kind != TensorType::FLOAT32 {
            let why = format!("has type {}; gpucam computes in FLOAT32", tensor.kind);
            return Err(self.refuse_tensor(index, why));
        }
        let axes: Vec<usize> =
            tensor.shape.iter().take(5).map(|n| usize::try_from(n).unwrap_or_default()).collect();
        let shape = match axes[..] {
            [1, height, width, channels] => TensorShape { height, width, channels },
            [1, width, channels] => TensorShape::new(1, width, channels),
            [1, channels] => TensorShape::new(1, 1, channels),
            _ => {
                let axes: Vec<i32> = tensor.shape.iter().take(5).collect();
                let why = format!("has shape {axes:?}; gpucam computes with [1, height, width, channels]");
                return Err(self.refuse_tensor(index, why));
            }
        };
        let elements = shape.nhwc().into_iter().try_fold(1usize, usize::checked_mul);
        match elements {
            Some(1..=MAX_ELEMENTS) => Ok(shape),
            Some(0) => Err(self.refuse_tensor(index, "is empty or has no fixed size")),
            _ => Err(self.refuse_tensor(index, "is larger than 128 MiB")),
        }
    }

    /// Rejects an end of the network that is no picture, or one that is larger than the textures that hold it may be.
    fn check_picture(&self, index: i32, end: &str) -> Result<()> {
        if self.tensor(index)?.shape.len() != 4 {
            return Err(self.refuse_tensor(index, format!("is the {end} and has not four axes")));
        }
        let TensorShape { height, width, .. } = self.declared_shape(index)?;
        match height.max(width) <= MAX_SIDE as usize {
            true => Ok(()),
            false => {
                let why = format!(
                    "is the {end} and has {width}x{height} pixels; gpucam knows sides of up to {MAX_SIDE}"
                );
                Err(self.refuse_tensor(index, why))
            }
        }
    }

    fn add_value(&mut self, tensor: i32, shape: TensorShape) -> Result<ValueId> {
        let id = ValueId(self.values.len());
        self.values.push(ValueInfo { name: self.name(tensor), shape });
        self.define(tensor, LoweredTensor::Value(id))?;
        Ok(id)
    }

    fn define(&mut self, tensor: i32, known: LoweredTensor) -> Result<()> {
        match self.known.insert(tensor, known) {
            None => Ok(()),
            Some(_) => Err(self.refuse_tensor(tensor, "is made twice")),
        }
    }

    /// Makes `tensor` an alias of the value or constant `source`.
    pub(super) fn alias(&mut self, tensor: i32, source: i32) -> Result<()> {
        let known = self.known.get(&source).copied().unwrap_or(LoweredTensor::Constant(source));
        self.define(tensor, known)
    }

    /// The value that a tensor was lowered to; `None` for a constant.
    pub(super) fn value(&self, tensor: i32) -> Option<ValueId> {
        match self.known.get(&tensor) {
            Some(LoweredTensor::Value(id)) => Some(*id),
            _ => None,
        }
    }

    /// The tensor whose buffer holds the data of `tensor`.
    pub(super) fn constant_source(&self, tensor: i32) -> i32 {
        match self.known.get(&tensor) {
            Some(LoweredTensor::Constant(source)) => *source,
            _ => tensor,
        }
    }

    pub(super) fn shape(&self, id: ValueId) -> TensorShape {
        self.values[id.0].shape
    }

    /// Appends a node whose result is `tensor`, which the file must declare with this shape.
    pub(super) fn push(
        &mut self,
        tensor: i32,
        shape: TensorShape,
        node: impl FnOnce(ValueId) -> Node,
    ) -> Result<()> {
        let declared = self.declared_shape(tensor)?;
        if declared != shape {
            let (declared, shape) = (declared.nhwc(), shape.nhwc());
            let why = format!("has shape {declared:?} where its operator gives {shape:?}");
            return Err(self.refuse_tensor(tensor, why));
        }
        let output = self.add_value(tensor, shape)?;
        self.nodes.push(node(output));
        Ok(())
    }

    pub(super) fn finish(self, output: i32) -> Result<Graph> {
        let id = self
            .value(output)
            .ok_or_else(|| self.refuse_tensor(output, "is the output and nothing makes it"))?;
        // Its pixels would be taken for other pixels: which axes are height and width is not written anywhere.
        self.check_picture(output, "output")?;
        Ok(Graph { values: self.values, nodes: self.nodes, input: ValueId(0), output: id })
    }
}

/// A name from the file for use in a message: truncated, without control characters.
pub(super) fn printable(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(100).collect()
}
