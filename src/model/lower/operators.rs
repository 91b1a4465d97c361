//! One operator of the file at a time.

use std::ops::RangeInclusive;

use super::super::graph::{
    Activation, Array, AveragePool2d, Binary, BinaryKind, Conv2d, DepthwiseConv2d, FullyConnected, Node, Op,
    Sampling, Shape, TransposeConv2d, ValueId,
};
use super::builder::Builder;
use super::window::{positive, window};
use super::{Refusal, Result};
use crate::tflite::{self, Builtin, BuiltinOptions, Operator, OperatorCode, TensorType};

/// MediaPipe's transposed convolution with a bias.
const TRANSPOSE_CONV_BIAS: &str = "Convolution2DTransposeBias";

/// Lowers one operator that leads to the output.
pub(super) fn lower<'a>(builder: &mut Builder<'_, 'a>, operator: &Operator<'a>) -> Result<()> {
    let codes = &builder.model.operator_codes;
    let code = usize::try_from(operator.opcode_index).ok().and_then(|i| codes.get(i)).copied();
    let code = code.ok_or_else(|| Refusal::Network("refers to an operator that is not there".into()))?;
    let mut step = Step { builder, operator, code };
    let known = versions(&code).ok_or_else(|| step.refuse("is not one that gpucam knows"))?;
    if !known.contains(&code.version) {
        let why = format!("is newer than gpucam, which knows versions {} to {}", known.start(), known.end());
        return Err(step.refuse(why));
    }
    step.lower()
}

/// The versions whose float32 meaning is known; nothing for an unknown operator.
fn versions(code: &OperatorCode<'_>) -> Option<RangeInclusive<i32>> {
    Some(match code.builtin {
        Builtin::CONV_2D | Builtin::DEPTHWISE_CONV_2D | Builtin::ADD | Builtin::MUL => 1..=3,
        Builtin::RESIZE_BILINEAR | Builtin::DEQUANTIZE => 1..=3,
        Builtin::FULLY_CONNECTED => 1..=6,
        Builtin::AVERAGE_POOL_2D | Builtin::MEAN | Builtin::CONCATENATION => 1..=2,
        Builtin::RELU | Builtin::RELU6 | Builtin::LOGISTIC => 1..=2,
        Builtin::HARD_SWISH | Builtin::RESHAPE => 1..=1,
        Builtin::CUSTOM if code.custom_code == TRANSPOSE_CONV_BIAS => 1..=1,
        _ => return None,
    })
}

struct Step<'s, 'm, 'a> {
    builder: &'s mut Builder<'m, 'a>,
    operator: &'s Operator<'a>,
    code: OperatorCode<'a>,
}

impl Step<'_, '_, '_> {
    fn lower(&mut self) -> Result<()> {
        match self.code.builtin {
            Builtin::CONV_2D => self.conv_2d(),
            Builtin::DEPTHWISE_CONV_2D => self.depthwise_conv_2d(),
            Builtin::CUSTOM => self.transpose_conv_bias(),
            Builtin::FULLY_CONNECTED => self.fully_connected(),
            Builtin::AVERAGE_POOL_2D => self.average_pool_2d(),
            Builtin::MEAN => self.mean(),
            Builtin::RELU => self.activate(Activation::Relu),
            Builtin::RELU6 => self.activate(Activation::Relu6),
            Builtin::LOGISTIC => self.activate(Activation::Logistic),
            Builtin::HARD_SWISH => self.activate(Activation::HardSwish),
            Builtin::ADD => self.binary(BinaryKind::Add),
            Builtin::MUL => self.binary(BinaryKind::Mul),
            Builtin::RESIZE_BILINEAR => self.resize_bilinear(),
            Builtin::CONCATENATION => self.concatenation(),
            Builtin::RESHAPE => self.reshape(),
            Builtin::DEQUANTIZE => self.dequantize(),
            _ => Err(self.refuse("is not one that gpucam knows")),
        }
    }

    fn conv_2d(&mut self) -> Result<()> {
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

    fn depthwise_conv_2d(&mut self) -> Result<()> {
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

    /// Source: MediaPipe, `util/tflite/operations/transpose_conv_bias.cc`. The options are three int32: padding
    /// (1 SAME, 2 VALID; not the schema's numbers), stride of columns, stride of rows.
    fn transpose_conv_bias(&mut self) -> Result<()> {
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
        if channels != shape.channels || h == 0 || w == 0 {
            let why = format!("has weights {:?} on a value of {} channels", weights.shape, shape.channels);
            return Err(self.refuse(why));
        }
        let bias = self.bias(2, out)?;
        let (size, input) = ([h, w], shape.sides());
        let cut: [usize; 2] = std::array::from_fn(|i| match padding {
            1 => size[i].saturating_sub((input[i] - 1) % stride[i] + 1),
            _ => 0,
        });
        let sides = std::array::from_fn(|i| (stride[i] * (input[i] - 1) + size[i]).saturating_sub(cut[i]));
        let padding = cut.map(|cut| (cut / 2, cut - cut / 2));
        let op = TransposeConv2d { weights, bias, stride, padding };
        self.emit(Op::TransposeConv2d(op), vec![x], sides, out, Activation::None)
    }

    fn fully_connected(&mut self) -> Result<()> {
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

    fn average_pool_2d(&mut self) -> Result<()> {
        let BuiltinOptions::Pool2D { padding, stride, filter, activation } = self.operator.options else {
            return Err(self.no_options());
        };
        let (x, shape) = self.input(0)?;
        let size = positive(filter, "a window of").map_err(|why| self.refuse(why))?;
        let (window, sides) = window(shape, size, stride, [1; 2], padding).map_err(|why| self.refuse(why))?;
        let whole = sides == [1, 1] && window.padding == [(0, 0); 2] && size == shape.sides();
        let op = if whole { Op::Mean } else { Op::AveragePool2d(AveragePool2d(window)) };
        self.emit(op, vec![x], sides, shape.channels, self.fused(activation)?)
    }

    fn mean(&mut self) -> Result<()> {
        let (x, shape) = self.input(0)?;
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

    fn activate(&mut self, activation: Activation) -> Result<()> {
        let (x, shape) = self.input(0)?;
        self.emit(Op::Activate, vec![x], shape.sides(), shape.channels, activation)
    }

    fn binary(&mut self, kind: BinaryKind) -> Result<()> {
        let activation = match self.operator.options {
            BuiltinOptions::Add { activation } | BuiltinOptions::Mul { activation } => activation,
            BuiltinOptions::None => tflite::Activation::None,
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

    fn resize_bilinear(&mut self) -> Result<()> {
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

    fn concatenation(&mut self) -> Result<()> {
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

    /// Folded: of a constant, or where `[1, 1, 1, c]` becomes `[1, c]` or back.
    fn reshape(&mut self) -> Result<()> {
        let (source, output) = (self.operand(0)?, self.output()?);
        if let Some(id) = self.builder.value(source)
            && self.builder.declared_shape(output)? != self.builder.shape(id)
        {
            return Err(self.refuse("changes height, width or channels, which gpucam does not do"));
        }
        self.builder.alias(output, source)
    }

    /// Folded: the weights are read as float32 wherever they are used.
    fn dequantize(&mut self) -> Result<()> {
        let source = self.operand(0)?;
        let kind = self.builder.tensor(source)?.kind;
        if kind != TensorType::FLOAT16 {
            return Err(self.refuse(format!("reads type {kind}; gpucam knows FLOAT16")));
        }
        self.builder.alias(self.output()?, source)
    }

    fn refuse(&self, why: impl Into<String>) -> Refusal {
        Refusal::Operator {
            operator: self.code.to_string().chars().take(100).collect(),
            version: self.code.version,
            tensor: self.operator.outputs.get(0).map_or_else(String::new, |o| self.builder.name(o)),
            why: why.into(),
        }
    }

    fn no_options(&self) -> Refusal {
        self.refuse("lacks its options")
    }

    /// Index of the tensor that is operand `n`.
    fn operand(&self, n: usize) -> Result<i32> {
        self.operator.inputs.get(n).ok_or_else(|| self.refuse(format!("lacks its input {n}")))
    }

    fn output(&self) -> Result<i32> {
        match self.operator.outputs.len() {
            1 => Ok(self.operator.outputs.get(0).unwrap_or_default()),
            n => Err(self.refuse(format!("makes {n} tensors instead of one"))),
        }
    }

    /// Operand `n`, a value that an earlier operator makes.
    fn input(&self, n: usize) -> Result<(ValueId, Shape)> {
        let tensor = self.operand(n)?;
        match self.builder.value(tensor) {
            Some(id) => Ok((id, self.builder.shape(id))),
            None => {
                let name = self.builder.name(tensor);
                Err(self.refuse(format!("reads '{name}', which no earlier operator makes")))
            }
        }
    }

    /// Operand `n`, weights with this many axes.
    fn weights<const RANK: usize>(&mut self, n: usize) -> Result<Array> {
        let tensor = self.operand(n)?;
        if self.builder.value(tensor).is_some() {
            return Err(self.refuse("has weights that are computed"));
        }
        let array = self.builder.floats(tensor)?;
        match array.shape.len() == RANK && !array.data.is_empty() {
            true => Ok(array),
            false => Err(self.refuse(format!("has weights of shape {:?}", array.shape))),
        }
    }

    /// Operand `n`, one number for each output channel; zeros where it is left out.
    fn bias(&mut self, n: usize, channels: usize) -> Result<Array> {
        if self.operator.inputs.get(n).is_none_or(|tensor| tensor == -1) {
            return Ok(Array { shape: vec![channels], data: vec![0.0; channels] });
        }
        let bias = self.weights::<1>(n)?;
        match bias.data.len() == channels {
            true => Ok(bias),
            false => Err(self.refuse(format!("has {} biases for {channels} channels", bias.data.len()))),
        }
    }

    fn fused(&self, activation: tflite::Activation) -> Result<Activation> {
        match activation {
            tflite::Activation::None => Ok(Activation::None),
            tflite::Activation::Relu => Ok(Activation::Relu),
            tflite::Activation::Relu6 => Ok(Activation::Relu6),
            other => Err(self.refuse(format!("has fused activation {other:?}, which gpucam does not know"))),
        }
    }

    fn emit(
        &mut self,
        op: Op,
        inputs: Vec<ValueId>,
        [height, width]: [usize; 2],
        channels: usize,
        activation: Activation,
    ) -> Result<()> {
        let tensor = self.output()?;
        let shape = Shape { height, width, channels };
        self.builder.push(tensor, shape, |output| Node { op, inputs, output, activation })
    }
}
