//! Infers from the graph how to interpret a model's input and output.

use super::graph::{Activation, Attention, Graph, Node, Op, Sampling, TensorShape};
use super::reading::{OutputDecoding, OutputGrid, Reading};

impl Reading {
    /// The reading of a model that is not in the catalogue; `None` for an unknown number of channels, and for
    /// several channels of probabilities, which no decoding reads.
    ///
    /// | output | person probability | input |
    /// |---|---|---|
    /// | 2 channels | softmax, channel 1 | R'G'B' in 0..1 |
    /// | 21 channels (Pascal VOC) | softmax, channel 15 | R'G'B' in −1..1, x / 127.5 − 1 |
    /// | 6 channels of 256x256 (MediaPipe's selfie multiclass) | all but channel 0 | R'G'B' in 0..1 |
    /// | 1 channel, result of LOGISTIC, perhaps resized, averaged or moved | the output | R'G'B' in 0..1 |
    /// | 1 channel, otherwise | sigmoid | R'G'B' in 0..1 |
    ///
    /// The grid is [`OutputGrid::Corners`] if the graph resizes with align_corners, or if the output is
    /// smaller than the input, its corners fall on whole input pixels ((in − 1) is a multiple of (out − 1))
    /// and the input has odd sides, which is typical of networks trained with align_corners. Otherwise it is
    /// [`OutputGrid::Centres`].
    #[doc(hidden)]
    pub fn infer(graph: &Graph) -> Option<Self> {
        let is_probability = |node: &Node| {
            node.activation == Activation::Logistic || node.op == Op::Attention(Attention::Softmax)
        };
        let probability = maker(graph).is_some_and(is_probability);
        let (scale, offset, person) = match graph.output_shape().channels {
            1 if probability => (1.0, 0.0, OutputDecoding::Probability),
            1 => (1.0, 0.0, OutputDecoding::Logit),
            _ if probability => return None,
            2 => (1.0, 0.0, OutputDecoding::Softmax { channel: 1 }),
            21 => (2.0, -1.0, OutputDecoding::Softmax { channel: 15 }),
            6 if graph.output_shape().sides() == [256, 256] => {
                (1.0, 0.0, OutputDecoding::Background { channel: 0 })
            }
            _ => return None,
        };
        let resized = graph.nodes.iter().any(|node| node.op == Op::ResizeBilinear(Sampling::AlignCorners));
        let corners = resized || on_corners(graph.input_shape(), graph.output_shape());
        let grid = if corners { OutputGrid::Corners } else { OutputGrid::Centres };
        Some(Self { scale, offset, person, grid })
    }
}

/// The node that computes what the output holds. The nodes after it only resize, average or move it, which turns
/// probabilities into probabilities.
fn maker(graph: &Graph) -> Option<&Node> {
    let mut value = graph.output;
    // In reverse order, so that a node comes before the one that makes its input.
    graph.nodes.iter().rev().find(|node| {
        let is_found = node.output == value;
        let keeps = node.activation == Activation::None
            && matches!(
                node.op,
                Op::ResizeBilinear(_)
                    | Op::AveragePool2d(_)
                    | Op::Mean
                    | Op::Attention(Attention::Reshape | Attention::Transpose(_) | Attention::ResizeNearest)
            );
        if is_found && keeps {
            value = node.inputs[0];
        }
        is_found && !keeps
    })
}

/// Whether on both axes first and last output samples can lie on whole pixels of an input with odd sides.
fn on_corners(input: TensorShape, output: TensorShape) -> bool {
    let axis = |(n, m): (usize, usize)| n % 2 == 1 && m > 1 && m < n && (n - 1) % (m - 1) == 0;
    input.sides().into_iter().zip(output.sides()).all(axis)
}
