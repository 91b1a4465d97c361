//! Lowers one operator: dispatches on its code, reads its operands, appends its node.

use std::ops::RangeInclusive;

use super::super::graph::{Activation, BinaryKind, ConstantTensor, Node, Op, TensorShape, ValueId};
use super::builder::{GraphBuilder, printable};
use super::error::{LowerError, Result};
use crate::tflite::{self, Builtin, Operator, OperatorCode};

/// MediaPipe's transposed convolution with a bias.
const TRANSPOSE_CONV_BIAS: &str = "Convolution2DTransposeBias";

/// Lowers one operator.
pub(super) fn lower<'a>(builder: &mut GraphBuilder<'_, 'a>, operator: &Operator<'a>) -> Result<()> {
    let codes = &builder.model.operator_codes;
    let code = usize::try_from(operator.opcode_index).ok().and_then(|i| codes.get(i)).copied();
    let code = code.ok_or_else(|| LowerError::Network("refers to an operator that is not there".into()))?;
    let mut lowering = OperatorLowering { builder, operator, code };
    let (versions, lower) = known(&code).ok_or_else(|| lowering.refuse("is not one that gpucam knows"))?;
    if !versions.contains(&code.version) {
        let why = format!(
            "is in a version that gpucam does not know; it knows {} to {}",
            versions.start(),
            versions.end()
        );
        return Err(lowering.refuse(why));
    }
    lower(&mut lowering)
}

/// The versions of an operator with known float32 semantics, and how it is lowered; `None` if it is unknown.
fn known(code: &OperatorCode<'_>) -> Option<(RangeInclusive<i32>, Lower)> {
    Some(match code.builtin {
        Builtin::CONV_2D => (1..=3, |this| this.conv_2d()),
        Builtin::DEPTHWISE_CONV_2D => (1..=3, |this| this.depthwise_conv_2d()),
        Builtin::CUSTOM if code.custom_code == TRANSPOSE_CONV_BIAS => {
            (1..=1, |this| this.transpose_conv_bias())
        }
        Builtin::FULLY_CONNECTED => (1..=6, |this| this.fully_connected()),
        Builtin::AVERAGE_POOL_2D => (1..=2, |this| this.average_pool_2d()),
        Builtin::MEAN => (1..=2, |this| this.mean()),
        Builtin::RELU => (1..=2, |this| this.activate(Activation::Relu)),
        Builtin::RELU6 => (1..=2, |this| this.activate(Activation::Relu6)),
        Builtin::LOGISTIC => (1..=2, |this| this.activate(Activation::Logistic)),
        Builtin::HARD_SWISH => (1..=1, |this| this.activate(Activation::HardSwish)),
        Builtin::ADD => (1..=3, |this| this.binary(BinaryKind::Add)),
        Builtin::MUL => (1..=3, |this| this.binary(BinaryKind::Mul)),
        Builtin::RESIZE_BILINEAR => (1..=3, |this| this.resize_bilinear()),
        Builtin::CONCATENATION => (1..=2, |this| this.concatenation()),
        Builtin::RESHAPE => (1..=1, |this| this.reshape()),
        Builtin::TRANSPOSE => (1..=4, |this| this.transpose()),
        Builtin::SOFTMAX => (1..=1, |this| this.softmax()),
        Builtin::SUM => (1..=1, |this| this.sum()),
        Builtin::RESIZE_NEAREST_NEIGHBOR => (1..=3, |this| this.resize_nearest_neighbor()),
        Builtin::TRANSPOSE_CONV => (1..=4, |this| this.transpose_conv()),
        Builtin::DEQUANTIZE => (1..=3, |this| this.dequantize()),
        _ => return None,
    })
}

type Lower = fn(&mut OperatorLowering<'_, '_, '_>) -> Result<()>;

pub(super) struct OperatorLowering<'s, 'm, 'a> {
    pub(super) builder: &'s mut GraphBuilder<'m, 'a>,
    pub(super) operator: &'s Operator<'a>,
    code: OperatorCode<'a>,
}

impl OperatorLowering<'_, '_, '_> {
    pub(super) fn refuse(&self, why: impl Into<String>) -> LowerError {
        LowerError::Operator {
            operator: printable(&self.code.to_string()),
            version: self.code.version,
            tensor: self.operator.outputs.get(0).map_or_else(String::new, |o| self.builder.name(o)),
            why: why.into(),
        }
    }

    pub(super) fn no_options(&self) -> LowerError {
        self.refuse("lacks its options")
    }

    /// Tensor index of operand `n`.
    pub(super) fn operand(&self, n: usize) -> Result<i32> {
        self.operator.inputs.get(n).ok_or_else(|| self.refuse(format!("lacks its input {n}")))
    }

    pub(super) fn output(&self) -> Result<i32> {
        match self.operator.outputs.len() {
            1 => Ok(self.operator.outputs.get(0).unwrap_or_default()),
            n => Err(self.refuse(format!("makes {n} tensors instead of one"))),
        }
    }

    /// Operand `n`, a value that an earlier operator computes.
    pub(super) fn input(&self, n: usize) -> Result<(ValueId, TensorShape)> {
        let tensor = self.operand(n)?;
        match self.builder.value(tensor) {
            Some(id) => Ok((id, self.builder.shape(id))),
            None => {
                let name = self.builder.name(tensor);
                Err(self.refuse(format!("reads '{name}', which no earlier operator makes")))
            }
        }
    }

    /// Operand `n`, weights of this rank.
    pub(super) fn weights<const RANK: usize>(&mut self, n: usize) -> Result<ConstantTensor> {
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

    /// Operand `n`, one bias per output channel; zeros if it is omitted.
    pub(super) fn bias(&mut self, n: usize, channels: usize) -> Result<ConstantTensor> {
        if self.operator.inputs.get(n).is_none_or(|tensor| tensor == -1) {
            return Ok(ConstantTensor { shape: vec![channels], data: vec![0.0; channels] });
        }
        let bias = self.weights::<1>(n)?;
        match bias.data.len() == channels {
            true => Ok(bias),
            false => Err(self.refuse(format!("has {} biases for {channels} channels", bias.data.len()))),
        }
    }

    pub(super) fn fused(&self, activation: tflite::ActivationFunctionType) -> Result<Activation> {
        match activation {
            tflite::ActivationFunctionType::None => Ok(Activation::None),
            tflite::ActivationFunctionType::Relu => Ok(Activation::Relu),
            tflite::ActivationFunctionType::Relu6 => Ok(Activation::Relu6),
            other => Err(self.refuse(format!("has fused activation {other:?}, which gpucam does not know"))),
        }
    }

    pub(super) fn emit(
        &mut self,
        op: Op,
        inputs: Vec<ValueId>,
        [height, width]: [usize; 2],
        channels: usize,
        activation: Activation,
    ) -> Result<()> {
        let tensor = self.output()?;
        let shape = TensorShape { height, width, channels };
        self.builder.push(tensor, shape, |output| Node { op, inputs, output, activation })
    }
}
