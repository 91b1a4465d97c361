//! Lowers a TensorFlow Lite file to a [`Graph`].
//!
//! Folds constant operators (DEQUANTIZE of float16 weights, RESHAPE of a constant), drops operators that the
//! output does not need, and rejects what the table below lacks with an error that names operator, version
//! and tensor.
//!
//! | operator | versions | supported | lowered to |
//! |---|---|---|---|
//! | CONV_2D | 1–3 | SAME, VALID; stride; dilation; fused activation | [`Op::Conv2d`] |
//! | DEPTHWISE_CONV_2D | 1–3 | as CONV_2D, any channel multiplier | [`Op::DepthwiseConv2d`] |
//! | Convolution2DTransposeBias (custom, MediaPipe) | 1 | SAME, VALID; stride | [`Op::TransposeConv2d`] |
//! | FULLY_CONNECTED | 1–6 | default weights format, with or without bias | [`Op::FullyConnected`] |
//! | AVERAGE_POOL_2D | 1–2 | SAME, VALID; whole map | [`Op::AveragePool2d`], [`Op::Mean`] |
//! | MEAN | 1–2 | over height and width | [`Op::Mean`] |
//! | RELU, RELU6, LOGISTIC | 1–2 | – | [`Op::Activate`] |
//! | HARD_SWISH | 1 | – | [`Op::Activate`] |
//! | ADD, MUL | 1–3 | broadcast axes, a constant operand | [`Op::Binary`] |
//! | RESIZE_BILINEAR | 1–3 | align_corners or half_pixel_centers | [`Op::ResizeBilinear`] |
//! | CONCATENATION | 1–2 | the last axis | [`Op::Concatenation`] |
//! | RESHAPE | 1 | – | nothing if the shape stays, else [`Op::Attention`] |
//! | TRANSPOSE | 1–4 | all axes but the first | [`Op::Attention`] |
//! | SOFTMAX | 1 | beta 1 | [`Op::Attention`]; nothing over several channels of the output |
//! | SUM | 1 | any axes but the first | [`Op::Attention`] |
//! | RESIZE_NEAREST_NEIGHBOR | 1–3 | whole factors, no align_corners | [`Op::Attention`] |
//! | TRANSPOSE_CONV | 1–4 | SAME, VALID; stride; fused activation | [`Op::TransposeConv2d`] |
//! | DEQUANTIZE | 1–3 | of a float16 constant | nothing |
//!
//! Fused activations are NONE, RELU and RELU6. Values are float32, weights float32 or float16. The network
//! has one input `[1, h, w, 3]` and one output `[1, h, w, c]`; an inner `[1, c]` is read as `[1, 1, 1, c]`, and `[1, w, c]` as
//! `[1, 1, w, c]`.

mod attention;
mod builder;
mod constant;
mod error;
mod limits;
mod operator;
mod pointwise;
mod window;
mod windowed;

use std::collections::HashSet;

pub use error::LowerError;
pub use limits::MAX_ELEMENTS;

use super::graph::{Attention, Graph, Op};
use crate::tflite::{Model, SubGraph};
use builder::GraphBuilder;
use error::Result;
use limits::MAX_OPERATORS;

/// Parses and lowers the bytes of a file.
///
/// # Errors
/// If the bytes are damaged, or contain what gpucam does not support.
pub fn read(bytes: &[u8]) -> Result<Graph> {
    lower(&Model::read(bytes)?)
}

/// Lowers a parsed model.
///
/// # Errors
/// If the model contains what gpucam does not support.
pub fn lower(model: &Model<'_>) -> Result<Graph> {
    let network = |why: &str| LowerError::Network(why.into());
    let main = model.subgraphs.first().ok_or_else(|| network("is empty"))?;
    let only = |list: crate::tflite::Ints<'_>, what: &str| match (list.len(), list.get(0)) {
        (1, Some(index)) => Ok(index),
        (n, _) => Err(LowerError::Network(format!("has {n} {what}s, and gpucam runs those with one"))),
    };
    let (input, output) = (only(main.inputs, "input")?, only(main.outputs, "output")?);

    let live = live_operators(main, output);
    let count = live.iter().filter(|live| **live).count();
    if count > MAX_OPERATORS {
        let why = format!("needs {count} operators for its output; gpucam runs up to {MAX_OPERATORS}");
        return Err(LowerError::Network(why));
    }
    let mut builder = GraphBuilder::new(model, main, input)?;
    for (operator, live) in main.operators.iter().zip(live) {
        if live {
            operator::lower(&mut builder, operator)?;
        }
    }
    let mut graph = builder.finish(output)?;
    drop_last_softmax(&mut graph);
    Ok(graph)
}

/// Drops a softmax over several channels that makes the output: the decoding of the output applies it, and what remains
/// has kernels.
fn drop_last_softmax(graph: &mut Graph) {
    let Some(last) = graph.nodes.last() else { return };
    let (made, logits) = (last.output, last.inputs[0]);
    let is_softmax = made == graph.output && last.op == Op::Attention(Attention::Softmax);
    if is_softmax && graph.output_shape().channels > 1 && logits != graph.input {
        // The last node made the last value.
        graph.nodes.pop();
        graph.values.pop();
        graph.output = logits;
    }
}

/// For each operator, whether the output depends on it.
fn live_operators(main: &SubGraph<'_>, output: i32) -> Vec<bool> {
    let mut needed = HashSet::from([output]);
    let mut live: Vec<bool> = main
        .operators
        .iter()
        .rev()
        .map(|operator| {
            let live = operator.outputs.iter().any(|o| needed.contains(&o));
            if live {
                needed.extend(operator.inputs.iter());
            }
            live
        })
        .collect();
    live.reverse();
    live
}
