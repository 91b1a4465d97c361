//! Operators that move, sum and normalise elements, as attention does.

use super::super::graph::{Activation, Attention, Op};
use super::error::Result;
use super::operator::OperatorLowering;
use super::window::positive;
use crate::tflite::{BuiltinOptions, Padding};

impl OperatorLowering<'_, '_, '_> {
    /// Rank of operand `n` in the file. A value of rank r < 4, `[1, …]`, has its axes at the end of ours.
    fn rank(&self, n: usize) -> Result<usize> {
        Ok(self.builder.tensor(self.operand(n)?)?.shape.len())
    }

    /// Our axis, 0 for the rows, of axis `axis` of a value of rank `rank`; the batch is none.
    fn axis(&self, axis: i32, rank: usize) -> Result<usize> {
        let from_start = if axis < 0 { axis + rank as i32 } else { axis };
        match usize::try_from(from_start) {
            Ok(axis @ 1..) if axis < rank => Ok(axis + 3 - rank),
            _ => Err(self.refuse(format!("works on axis {axis} of {rank}; gpucam knows all but the first"))),
        }
    }

    /// The axes in operand 1: a list, or a single number.
    fn axes(&self) -> Result<Vec<i32>> {
        let tensor = self.operand(1)?;
        let shape: Vec<i32> = self.builder.tensor(tensor)?.shape.iter().take(5).collect();
        Ok(match shape[..] {
            [] | [1] => self.builder.ints::<1>(tensor)?.to_vec(),
            [2] => self.builder.ints::<2>(tensor)?.to_vec(),
            [3] => self.builder.ints::<3>(tensor)?.to_vec(),
            [4] => self.builder.ints::<4>(tensor)?.to_vec(),
            _ => {
                return Err(
                    self.refuse(format!("names its axes in a shape of {shape:?}; gpucam reads [1] to [4]"))
                );
            }
        })
    }

    /// Emits an operation on input 0 whose result has the shape that the file declares.
    fn emit_as_declared(&mut self, op: Attention, elements: usize) -> Result<()> {
        let (x, _) = self.input(0)?;
        let shape = self.builder.declared_shape(self.output()?)?;
        if shape.area() * shape.channels != elements {
            return Err(self.refuse(format!("gives {elements} elements for a shape of {:?}", shape.nhwc())));
        }
        self.emit(Op::Attention(op), vec![x], shape.sides(), shape.channels, Activation::None)
    }

    /// Nothing, if the operand is a constant or the shape stays.
    pub(super) fn reshape(&mut self) -> Result<()> {
        let (source, output) = (self.operand(0)?, self.output()?);
        let Some(id) = self.builder.value(source) else { return self.builder.alias(output, source) };
        let shape = self.builder.shape(id);
        match self.builder.declared_shape(output)? == shape {
            true => self.builder.alias(output, source),
            false => self.emit_as_declared(Attention::Reshape, shape.area() * shape.channels),
        }
    }

    pub(super) fn transpose(&mut self) -> Result<()> {
        let (_, shape) = self.input(0)?;
        let (rank, wanted) = (self.rank(0)?, self.axes()?);
        let mut axes = [0, 1, 2];
        if wanted.len() != rank || wanted[0] != 0 {
            return Err(
                self.refuse(format!("moves axes to {wanted:?}; gpucam leaves the first in its place"))
            );
        }
        for (i, &axis) in wanted.iter().enumerate().skip(1) {
            axes[i + 3 - rank] = self.axis(axis, rank)?;
        }
        let mut sorted = axes;
        sorted.sort_unstable();
        if sorted != [0, 1, 2] {
            return Err(self.refuse(format!("moves axes to {wanted:?}, of which one is there twice")));
        }
        let sides = [shape.height, shape.width, shape.channels];
        let [height, width, channels] = axes.map(|axis| sides[axis]);
        let (x, _) = self.input(0)?;
        let op = Op::Attention(Attention::Transpose(axes));
        self.emit(op, vec![x], [height, width], channels, Activation::None)
    }

    pub(super) fn softmax(&mut self) -> Result<()> {
        let BuiltinOptions::Softmax { beta } = self.operator.options else { return Err(self.no_options()) };
        if beta != 1.0 {
            return Err(self.refuse(format!("has beta {beta}; gpucam knows 1")));
        }
        let (x, shape) = self.input(0)?;
        let op = Op::Attention(Attention::Softmax);
        self.emit(op, vec![x], shape.sides(), shape.channels, Activation::None)
    }

    pub(super) fn sum(&mut self) -> Result<()> {
        let (_, shape) = self.input(0)?;
        let rank = self.rank(0)?;
        let mut axes = [false; 3];
        for axis in self.axes()? {
            axes[self.axis(axis, rank)?] = true;
        }
        let sides = [shape.height, shape.width, shape.channels];
        let left = (0..3).filter(|&axis| !axes[axis]).map(|axis| sides[axis]).product();
        self.emit_as_declared(Attention::Sum(axes), left)
    }

    pub(super) fn resize_nearest_neighbor(&mut self) -> Result<()> {
        let BuiltinOptions::ResizeNearestNeighbor { align_corners, .. } = self.operator.options else {
            return Err(self.no_options());
        };
        let (x, shape) = self.input(0)?;
        let size = self.builder.ints::<2>(self.operand(1)?)?;
        let sides = positive(size, "size").map_err(|why| self.refuse(why))?;
        let is_whole = (0..2).all(|axis| sides[axis].is_multiple_of(shape.sides()[axis]));
        if align_corners || !is_whole {
            let from = shape.sides();
            return Err(self.refuse(format!(
                "resizes {from:?} to {sides:?} with align_corners {align_corners}; gpucam knows whole factors without"
            )));
        }
        let op = Op::Attention(Attention::ResizeNearest);
        self.emit(op, vec![x], sides, shape.channels, Activation::None)
    }

    /// Source: TensorFlow Lite, `kernels/transpose_conv.cc`: the padding is that of a convolution from the
    /// output's size, which is an operand, to the input's.
    pub(super) fn transpose_conv(&mut self) -> Result<()> {
        let BuiltinOptions::TransposeConv { padding, stride, activation } = self.operator.options else {
            return Err(self.no_options());
        };
        let stride = positive(stride, "stride").map_err(|why| self.refuse(why))?;
        let [batch, height, width, _] = self.builder.ints::<4>(self.operand(0)?)?;
        let sides = positive([height, width], "size").map_err(|why| self.refuse(why))?;
        let (x, shape) = self.input(2)?;
        let weights = self.weights::<4>(1)?;
        let [out, h, w, channels] = std::array::from_fn(|i| weights.shape[i]);
        if channels != shape.channels || batch != 1 {
            let why = format!("has weights {:?} on a value of {} channels", weights.shape, shape.channels);
            return Err(self.refuse(why));
        }
        let bias = self.bias(3, out)?;
        let size = positive([h, w].map(|n| n as i32), "a window of").map_err(|why| self.refuse(why))?;
        let input = shape.sides();
        let mut cut = [(0, 0); 2];
        for i in 0..2 {
            let full = stride[i] * (input[i] - 1) + size[i];
            let (samples, before) = match padding {
                Padding::Same => (sides[i].div_ceil(stride[i]), full.saturating_sub(sides[i]) / 2),
                _ => ((sides[i] + stride[i]).saturating_sub(size[i]) / stride[i], 0),
            };
            if samples != input[i] || full < sides[i] {
                return Err(self.refuse(format!("gives {sides:?} from {input:?}, with a window of {size:?}")));
            }
            cut[i] = (before, full - sides[i] - before);
        }
        self.emit_transpose_conv(x, weights, bias, stride, cut, sides, activation)
    }
}
