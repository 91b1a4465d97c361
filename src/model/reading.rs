//! How a model's input and output are to be read.

/// How a model's input and output are to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The model's input is `scale * rgb + offset` with R'G'B' in 0..1.
    pub scale: f32,
    /// See `scale`.
    pub offset: f32,
    /// How the output becomes a person probability.
    pub person: OutputDecoding,
    /// Where the output's samples lie in the input.
    pub grid: OutputGrid,
}

/// How a model's output becomes a person probability in 0..1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputDecoding {
    /// The output is the probability.
    Probability,
    /// The output is a logit: sigmoid.
    Logit,
    /// The output is a logit for each class: softmax, this channel.
    Softmax {
        /// Index of the person class.
        channel: u32,
    },
}

/// Where the samples of a model's output lie in its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputGrid {
    /// Each sample is the centre of its cell: output and input cover the same area.
    Centres,
    /// The first and last samples lie on the centres of the first and last input pixels (align_corners).
    Corners,
}
