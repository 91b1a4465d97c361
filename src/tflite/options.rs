//! `BuiltinOptions`: the options of the operators that gpucam supports.

use super::{
    error::{ParseError, Result},
    flatbuffer::Table,
};

/// `Padding`: the padding mode of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Zeros so that the output has ceil(input / stride) samples; an odd one comes after.
    Same,
    /// No padding.
    Valid,
    /// A value that the schema does not define.
    Unknown(u8),
}

impl From<u8> for Padding {
    fn from(code: u8) -> Self {
        match code {
            0 => Self::Same,
            1 => Self::Valid,
            other => Self::Unknown(other),
        }
    }
}

/// `ActivationFunctionType`: the activation that an operator applies to its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivationFunctionType {
    /// The identity.
    None,
    /// max(0, x).
    Relu,
    /// min(1, max(−1, x)).
    ReluN1To1,
    /// min(6, max(0, x)).
    Relu6,
    /// tanh(x).
    Tanh,
    /// 1 if x is negative, else 0.
    SignBit,
    /// A value that the schema does not define.
    Unknown(u8),
}

impl From<u8> for ActivationFunctionType {
    fn from(code: u8) -> Self {
        [Self::None, Self::Relu, Self::ReluN1To1, Self::Relu6, Self::Tanh, Self::SignBit]
            .get(usize::from(code))
            .copied()
            .unwrap_or(Self::Unknown(code))
    }
}

/// The options of an operator. Pairs are (height, width), although the schema stores the width first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BuiltinOptions {
    /// No options.
    None,
    /// `Conv2DOptions`.
    Conv2D {
        /// The padding mode.
        padding: Padding,
        /// Distance between the windows of neighbouring outputs.
        stride: [i32; 2],
        /// Distance between the window's taps.
        dilation: [i32; 2],
        /// Applied to the result.
        activation: ActivationFunctionType,
    },
    /// `DepthwiseConv2DOptions`.
    DepthwiseConv2D {
        /// The padding mode.
        padding: Padding,
        /// Distance between the windows of neighbouring outputs.
        stride: [i32; 2],
        /// Distance between the window's taps.
        dilation: [i32; 2],
        /// Output channels per input channel; runtimes derive it from the weights instead.
        depth_multiplier: i32,
        /// Applied to the result.
        activation: ActivationFunctionType,
    },
    /// `Pool2DOptions`.
    Pool2D {
        /// The padding mode.
        padding: Padding,
        /// Distance between the windows of neighbouring outputs.
        stride: [i32; 2],
        /// Size of the window.
        filter: [i32; 2],
        /// Applied to the result.
        activation: ActivationFunctionType,
    },
    /// `FullyConnectedOptions`.
    FullyConnected {
        /// Applied to the result.
        activation: ActivationFunctionType,
        /// 0 means row-major [out, in].
        weights_format: u8,
        /// Whether the result keeps the input's rank.
        keep_num_dims: bool,
    },
    /// `ConcatenationOptions`.
    Concatenation {
        /// The axis; negative counts from the end.
        axis: i32,
        /// Applied to the result.
        activation: ActivationFunctionType,
    },
    /// `AddOptions`.
    Add {
        /// Applied to the result.
        activation: ActivationFunctionType,
    },
    /// `MulOptions`.
    Mul {
        /// Applied to the result.
        activation: ActivationFunctionType,
    },
    /// `ResizeBilinearOptions`.
    ResizeBilinear {
        /// First and last samples of input and output coincide.
        align_corners: bool,
        /// Samples lie at the centres of their cells.
        half_pixel_centers: bool,
    },
    /// `SoftmaxOptions`.
    Softmax {
        /// Factor of the logits.
        beta: f32,
    },
    /// `TransposeConvOptions`.
    TransposeConv {
        /// The padding mode.
        padding: Padding,
        /// Distance between the output windows of neighbouring samples.
        stride: [i32; 2],
        /// Applied to the result.
        activation: ActivationFunctionType,
    },
    /// `ResizeNearestNeighborOptions`.
    ResizeNearestNeighbor {
        /// First and last samples of input and output coincide.
        align_corners: bool,
        /// Samples lie at the centres of their cells.
        half_pixel_centers: bool,
    },
    /// `ReducerOptions`.
    Reducer {
        /// Whether reduced axes stay, with length 1.
        keep_dims: bool,
    },
    /// Options that gpucam does not know: the number of the union's member.
    Other(u8),
}

impl BuiltinOptions {
    /// Reads the union; `kind` is `builtin_options_type`.
    pub(super) fn read(kind: u8, table: Option<Table<'_, '_>>) -> Result<Self> {
        if kind == 0 {
            return Ok(Self::None);
        }
        let t = table.ok_or(ParseError::Missing { what: "a table of options" })?;
        let padding = || t.u8(0).map(Padding::from);
        let activation = |index| t.u8(index).map(ActivationFunctionType::from);
        let pair = |h, w, default| Ok::<_, ParseError>([t.i32(h, default)?, t.i32(w, default)?]);
        Ok(match kind {
            1 => Self::Conv2D {
                padding: padding()?,
                stride: pair(2, 1, 0)?,
                activation: activation(3)?,
                dilation: pair(5, 4, 1)?,
            },
            2 => Self::DepthwiseConv2D {
                padding: padding()?,
                stride: pair(2, 1, 0)?,
                depth_multiplier: t.i32(3, 0)?,
                activation: activation(4)?,
                dilation: pair(6, 5, 1)?,
            },
            5 => Self::Pool2D {
                padding: padding()?,
                stride: pair(2, 1, 0)?,
                filter: pair(4, 3, 0)?,
                activation: activation(5)?,
            },
            8 => Self::FullyConnected {
                activation: activation(0)?,
                weights_format: t.u8(1)?,
                keep_num_dims: t.bool(2)?,
            },
            9 => Self::Softmax { beta: f32::from_bits(t.i32(0, 0)? as u32) },
            10 => Self::Concatenation { axis: t.i32(0, 0)?, activation: activation(1)? },
            11 => Self::Add { activation: activation(0)? },
            15 => Self::ResizeBilinear { align_corners: t.bool(2)?, half_pixel_centers: t.bool(3)? },
            21 => Self::Mul { activation: activation(0)? },
            27 => Self::Reducer { keep_dims: t.bool(0)? },
            49 => Self::TransposeConv {
                padding: padding()?,
                stride: pair(2, 1, 0)?,
                activation: activation(3)?,
            },
            74 => Self::ResizeNearestNeighbor { align_corners: t.bool(0)?, half_pixel_centers: t.bool(1)? },
            other => Self::Other(other),
        })
    }
}
