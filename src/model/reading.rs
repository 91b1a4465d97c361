//! How to interpret a model's input and output.

/// How to interpret a model's input and output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The model's input is `scale * rgb + offset`, with R'G'B' in 0..1.
    pub scale: f32,
    /// See `scale`.
    pub offset: f32,
    /// How to decode the output to a person probability.
    pub person: OutputDecoding,
    /// Where the output's samples lie in the input picture.
    pub grid: OutputGrid,
}

/// How to decode a model's output to a person probability, 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputDecoding {
    /// The output is the probability.
    Probability,
    /// The output is a logit; the probability is its sigmoid.
    Logit,
    /// The output holds one logit per class; the probability is the softmax of one channel.
    Softmax {
        /// Index of the person class.
        channel: u32,
    },
    /// The output holds one logit per class, of which all but one are the person: the probability is 1 − the
    /// softmax of that channel, stretched as MediaPipe's selfie multiclass needs it, from 0.0835..0.983 to
    /// 0..1. Its logits are 4 apart at most, so no class of its six ever gets below or above these.
    Background {
        /// Index of the class of the background.
        channel: u32,
    },
}

/// Where the samples of a model's output lie in its input picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputGrid {
    /// At the centres of their cells: output and input cover the same area.
    Centres,
    /// First and last sample on the centres of the first and last input pixel (align_corners).
    Corners,
}
