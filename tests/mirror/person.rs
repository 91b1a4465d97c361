//! From the model's output to the person probability at mask size.

use super::{
    plane::{Mask, Plane},
    preprocess::Content,
};

/// What the model's output holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Person {
    /// The probability.
    Probability,
    /// A logit.
    Logit,
    /// A logit for each class, of which `channel` is the person.
    Softmax { channel: usize },
    /// The same, of which `channel` is the background; 0.0835..0.983 of the rest are 0..1.
    Background { channel: usize },
}

/// Where the output has its samples in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grid {
    /// On the centres of equal cells.
    Centres,
    /// First and last on the centres of the first and last input pixels.
    Corners,
}

/// A smaller probability counts as 0.
const NOBODY: f64 = 1e-6;

/// Probability of each sample of an NHWC output of `width` × `height` × `channels`.
pub fn probability(output: &[f64], width: usize, height: usize, channels: usize, person: Person) -> Mask {
    assert_eq!(output.len(), width * height * channels, "output is not {width}x{height}x{channels}");
    Plane::from_fn(width, height, |x, y| {
        let classes = &output[(y * width + x) * channels..][..channels];
        let p = match person {
            Person::Probability => classes[0],
            Person::Logit => 1.0 / (1.0 + (-classes[0]).exp()),
            Person::Softmax { channel } | Person::Background { channel } => {
                let largest = classes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = classes.iter().map(|v| (v - largest).exp()).sum();
                let own = (classes[channel] - largest).exp() / sum;
                match person {
                    Person::Background { .. } => ((1.0 - own - 0.0835) / 0.8995).clamp(0.0, 1.0),
                    _ => own,
                }
            }
        };
        [if p < NOBODY { 0.0 } else { p }]
    })
}

/// The output, sampled bilinearly at the centres of the mask's pixels.
///
/// A mask pixel's centre is a position in the frame, the frame is `content` of the model's input of `net`
/// (width, height), and `grid` maps it to a sample.
pub fn fit(person: &Mask, net: (usize, usize), content: Content, grid: Grid, mask: (usize, usize)) -> Mask {
    // Sample coordinate of position `at` (0 is the left edge of the first input pixel) in `input` pixels.
    let sample = |at: f64, input: usize, output: usize| match grid {
        Grid::Centres => at * output as f64 / input as f64 - 0.5,
        Grid::Corners if input > 1 => (at - 0.5) * (output as f64 - 1.0) / (input as f64 - 1.0),
        Grid::Corners => 0.0,
    };
    Plane::from_fn(mask.0, mask.1, |x, y| {
        let across = content.x as f64 + (x as f64 + 0.5) / mask.0 as f64 * content.width as f64;
        let down = content.y as f64 + (y as f64 + 0.5) / mask.1 as f64 * content.height as f64;
        person.bilinear(sample(across, net.0, person.width), sample(down, net.1, person.height))
    })
}
