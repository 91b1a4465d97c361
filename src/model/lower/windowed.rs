//! Operators that slide a window over a value.

use super::super::graph::{
    Activation, AveragePool2d, ConstantTensor, Conv2d, DepthwiseConv2d, Op, TensorShape, TransposeConv2d,
    ValueId,
};
use super::error::Result;
use super::limits::MAX_ELEMENTS;
use super::operator::OperatorLowering;
use super::window::{positive, window};
use crate::tflite::{ActivationFunctionType, BuiltinOptions};

impl OperatorLowering<'_, '_, '_> {
    pub(super) fn conv_2d(&mut self) -> Result<()> {
        let BuiltinOptions::Conv2D { padding, stride, dilation, activation } = self.operator.options else {
            return Err(self.no_options());
        };
        let (x, shape) = self.input(0)?;
        let weights = self.weights::<4>(1)?;
        let [out, h, w, channels] = std::array::from_fn(|i| weights.shape[i]);
        if channels != shape.channels {
            let why = format!("has weights for {channels} channels on a value of {}", shape.channels);
            return Err(self.refuse(why));
        }
        let bias = self.bias(2, out)?;
        let (window, sides) =
            window(shape, [h, w], stride, dilation, padding).map_err(|why| self.refuse(why))?;
        self.emit(Op::Conv2d(Conv2d { weights, bias, window }), vec![x], sides, out, self.fused(activation)?)
    }

    pub(super) fn depthwise_conv_2d(&mut self) -> Result<()> {
        let BuiltinOptions::DepthwiseConv2D { padding, stride, dilation, activation, .. } =
            self.operator.options
        else {
            return Err(self.no_options());
        };
        let (x, shape) = self.input(0)?;
        let mut weights = self.weights::<4>(1)?;
        let [one, h, w, out] = std::array::from_fn(|i| weights.shape[i]);
        if one != 1 || out % shape.channels != 0 {
            let why = format!("has weights {:?} on a value of {} channels", weights.shape, shape.channels);
            return Err(self.refuse(why));
        }
        weights.shape.remove(0);
        let bias = self.bias(2, out)?;
        let (window, sides) =
            window(shape, [h, w], stride, dilation, padding).map_err(|why| self.refuse(why))?;
        let op = DepthwiseConv2d { weights, bias, window, multiplier: out / shape.channels };
        self.emit(Op::DepthwiseConv2d(op), vec![x], sides, out, self.fused(activation)?)
    }

    /// Source: MediaPipe, `util/tflite/operations/transpose_conv_bias.cc`. The options are three int32:
    /// padding (1 SAME, 2 VALID; not the schema's numbers), column stride, row stride.
    pub(super) fn transpose_conv_bias(&mut self) -> Result<()> {
        let options: Vec<i32> = self
            .operator
            .custom_options
            .as_chunks()
            .0
            .iter()
            .take(4)
            .map(|b| i32::from_le_bytes(*b))
            .collect();
        let [padding @ 1..=2, columns, rows] = options[..] else {
            return Err(self.refuse(format!("has custom options {options:?} that gpucam does not know")));
        };
        let stride = positive([rows, columns], "stride").map_err(|why| self.refuse(why))?;
        let (x, shape) = self.input(0)?;
        let weights = self.weights::<4>(1)?;
        let [out, h, w, channels] = std::array::from_fn(|i| weights.shape[i]);
        if channels != shape.channels {
            let why = format!("has weights {:?} on a value of {} channels", weights.shape, shape.channels);
            return Err(self.refuse(why));
        }
        let bias = self.bias(2, out)?;
        let size = positive([h, w].map(|n| n as i32), "a window of").map_err(|why| self.refuse(why))?;
        let input = shape.sides();
        let cut: [usize; 2] = std::array::from_fn(|i| match padding {
            1 => size[i].saturating_sub((input[i] - 1) % stride[i] + 1),
            _ => 0,
        });
        let full: [usize; 2] = std::array::from_fn(|i| stride[i] * (input[i] - 1) + size[i]);
        self.check_room(TensorShape::new(full[0], full[1], out))?;
        let sides = std::array::from_fn(|i| full[i].saturating_sub(cut[i]));
        let padding = cut.map(|cut| (cut / 2, cut - cut / 2));
        let op = TransposeConv2d { weights, bias, stride, padding };
        self.emit(Op::TransposeConv2d(op), vec![x], sides, out, Activation::None)
    }

    /// Emits one whose full result fits an adapter.
    #[allow(clippy::too_many_arguments)] // its own fields
    pub(super) fn emit_transpose_conv(
        &mut self,
        x: ValueId,
        weights: ConstantTensor,
        bias: ConstantTensor,
        stride: [usize; 2],
        padding: [(usize, usize); 2],
        sides: [usize; 2],
        activation: ActivationFunctionType,
    ) -> Result<()> {
        let out = bias.data.len();
        let [(top, bottom), (left, right)] = padding;
        self.check_room(TensorShape::new(sides[0] + top + bottom, sides[1] + left + right, out))?;
        let op = TransposeConv2d { weights, bias, stride, padding };
        self.emit(Op::TransposeConv2d(op), vec![x], sides, out, self.fused(activation)?)
    }

    pub(super) fn average_pool_2d(&mut self) -> Result<()> {
        let BuiltinOptions::Pool2D { padding, stride, filter, activation } = self.operator.options else {
            return Err(self.no_options());
        };
        let (x, shape) = self.input(0)?;
        let size = positive(filter, "a window of").map_err(|why| self.refuse(why))?;
        let (window, sides) = window(shape, size, stride, [1; 2], padding).map_err(|why| self.refuse(why))?;
        let [(top, bottom), (left, right)] = window.padding;
        self.check_room(TensorShape::new(
            shape.height + top + bottom,
            shape.width + left + right,
            shape.channels,
        ))?;
        let whole = sides == [1, 1] && window.padding == [(0, 0); 2] && size == shape.sides();
        let op = if whole { Op::Mean } else { Op::AveragePool2d(AveragePool2d(window)) };
        self.emit(op, vec![x], sides, shape.channels, self.fused(activation)?)
    }

    /// Rejects an intermediate result that is too large for an adapter.
    fn check_room(&self, shape: TensorShape) -> Result<()> {
        let elements = shape.nhwc().into_iter().try_fold(1usize, usize::checked_mul);
        match elements.is_some_and(|n| n <= MAX_ELEMENTS) {
            true => Ok(()),
            false => {
                Err(self.refuse(format!("needs {:?} elements at once, more than 128 MiB", shape.nhwc())))
            }
        }
    }
}
