//! Operators on each pixel or element, and operators that only change the shape.

use super::super::graph::{Activation, Binary, BinaryKind, FullyConnected, Op, Sampling};
use super::error::Result;
use super::operator::OperatorLowering;
use super::window::positive;
use crate::tflite::{self, BuiltinOptions, TensorType};

impl OperatorLowering<'_, '_, '_> {
    pub(super) fn fully_connected(&mut self) -> Result<()> {
        let BuiltinOptions::FullyConnected { activation, weights_format, keep_num_dims } =
            self.operator.options
        else {
            return Err(self.no_options());
        };
        if weights_format != 0 {
            return Err(self.refuse(format!("has weights format {weights_format}; gpucam knows the default")));
        }
        let (x, shape) = self.input(0)?;
        let weights = self.weights::<2>(1)?;
        let [out, channels] = [weights.shape[0], weights.shape[1]];
        if channels != shape.channels || !(keep_num_dims || shape.area() == 1) {
            let why = format!("has weights {:?} on a value of {:?}", weights.shape, shape.nhwc());
            return Err(self.refuse(why));
        }
        let bias = self.bias(2, out)?;
        let op = Op::FullyConnected(FullyConnected { weights, bias });
        self.emit(op, vec![x], shape.sides(), out, self.fused(activation)?)
    }

    pub(super) fn mean(&mut self) -> Result<()> {
        let (x, shape) = self.input(0)?;
        if self.builder.tensor(self.operand(0)?)?.shape.len() != 4 {
            return Err(self.refuse("averages a value that has not four axes"));
        }
        let mut axes =
            self.builder.ints::<2>(self.operand(1)?)?.map(|axis| if axis < 0 { axis + 4 } else { axis });
        axes.sort_unstable();
        if axes != [1, 2] {
            return Err(
                self.refuse(format!("averages over axes {axes:?}; gpucam knows height and width, 1 and 2"))
            );
        }
        self.emit(Op::Mean, vec![x], [1, 1], shape.channels, Activation::None)
    }

    pub(super) fn activate(&mut self, activation: Activation) -> Result<()> {
        let (x, shape) = self.input(0)?;
        self.emit(Op::Activate, vec![x], shape.sides(), shape.channels, activation)
    }

    pub(super) fn binary(&mut self, kind: BinaryKind) -> Result<()> {
        let activation = match self.operator.options {
            BuiltinOptions::Add { activation } | BuiltinOptions::Mul { activation } => activation,
            BuiltinOptions::None => tflite::ActivationFunctionType::None,
            _ => return Err(self.no_options()),
        };
        let [a, b] = [self.operand(0)?, self.operand(1)?];
        let (inputs, constant) = match (self.builder.value(a), self.builder.value(b)) {
            (Some(a), Some(b)) => (vec![a, b], None),
            (Some(x), None) => (vec![x], Some(b)),
            (None, Some(x)) => (vec![x], Some(a)),
            (None, None) => return Err(self.refuse("has no input that is computed")),
        };
        let constant = constant.map(|tensor| self.builder.floats(tensor)).transpose()?.map(|mut array| {
            let missing = 4usize.saturating_sub(array.shape.len());
            array.shape.splice(0..0, std::iter::repeat_n(1, missing));
            array
        });
        let first = self.builder.shape(inputs[0]).nhwc();
        let second: Vec<usize> = match &constant {
            Some(array) => array.shape.clone(),
            None => self.builder.shape(inputs[1]).nhwc().to_vec(),
        };
        let axis = |(&a, &b): (&usize, &usize)| match (a, b) {
            (a, 1) => Some(a),
            (1, b) => Some(b),
            (a, b) => (a == b).then_some(a),
        };
        let axes: Option<Vec<usize>> = first.iter().zip(&second).map(axis).collect();
        let Some(&[1, h, w, channels]) = axes.as_deref().filter(|_| second.len() == 4) else {
            return Err(self.refuse(format!("joins shapes {first:?} and {second:?}")));
        };
        self.emit(Op::Binary(Binary { kind, constant }), inputs, [h, w], channels, self.fused(activation)?)
    }

    pub(super) fn resize_bilinear(&mut self) -> Result<()> {
        let sampling = match self.operator.options {
            BuiltinOptions::ResizeBilinear { align_corners: true, half_pixel_centers: false } => {
                Sampling::AlignCorners
            }
            BuiltinOptions::ResizeBilinear { align_corners: false, half_pixel_centers: true } => {
                Sampling::HalfPixel
            }
            BuiltinOptions::ResizeBilinear { align_corners, half_pixel_centers } => {
                let why =
                    format!("has align_corners {align_corners} and half_pixel_centers {half_pixel_centers}");
                return Err(self.refuse(format!("{why}; gpucam knows one or the other")));
            }
            _ => return Err(self.no_options()),
        };
        let (x, shape) = self.input(0)?;
        let size = self.builder.ints::<2>(self.operand(1)?)?;
        let sides = positive(size, "size").map_err(|why| self.refuse(why))?;
        self.emit(Op::ResizeBilinear(sampling), vec![x], sides, shape.channels, Activation::None)
    }

    pub(super) fn concatenation(&mut self) -> Result<()> {
        let BuiltinOptions::Concatenation { axis, activation } = self.operator.options else {
            return Err(self.no_options());
        };
        let rank = self.builder.tensor(self.output()?)?.shape.len();
        if axis != -1 && usize::try_from(axis).ok() != rank.checked_sub(1) {
            return Err(self.refuse(format!("joins along axis {axis}; gpucam knows the last, the channels")));
        }
        let inputs = (0..self.operator.inputs.len()).map(|i| self.input(i)).collect::<Result<Vec<_>>>()?;
        let Some(&(_, first)) = inputs.first() else {
            return Err(self.refuse("has no inputs"));
        };
        if inputs.iter().any(|(_, shape)| shape.sides() != first.sides()) {
            return Err(self.refuse("joins values of different height or width"));
        }
        let channels = inputs.iter().map(|(_, shape)| shape.channels).sum();
        let ids = inputs.into_iter().map(|(id, _)| id).collect();
        self.emit(Op::Concatenation, ids, first.sides(), channels, self.fused(activation)?)
    }

    /// Folded: weights are converted to float32 when they are read.
    pub(super) fn dequantize(&mut self) -> Result<()> {
        let source = self.operand(0)?;
        let kind = self.builder.tensor(source)?.kind;
        if kind != TensorType::FLOAT16 {
            return Err(self.refuse(format!("reads type {kind}; gpucam knows FLOAT16")));
        }
        self.builder.alias(self.output()?, source)
    }
}
