//! Resolves padding modes to explicit padding.

use super::super::graph::{TensorShape, Window};
use crate::tflite::Padding;

/// Largest stride, dilation or size of a window: the largest side of a frame.
const MAX: i32 = 8192;

/// Checks that a pair from the file lies in 1..=`MAX`.
pub(super) fn positive(pair: [i32; 2], what: &str) -> Result<[usize; 2], String> {
    match pair.iter().all(|n| (1..=MAX).contains(n)) {
        true => Ok(pair.map(|n| n as usize)),
        false => Err(format!("has {what} {pair:?}; it must be 1 to {MAX}")),
    }
}

/// The window, and height and width of the output.
///
/// SAME: out = ⌈in / stride⌉, padding = max(0, (out − 1)·stride + reach − in), the smaller half before.
/// VALID: no padding, out = ⌈(in − reach + 1) / stride⌉. Reach = (size − 1)·dilation + 1.
/// Source: TensorFlow Lite, `kernels/padding.h`.
pub(super) fn window(
    input: TensorShape,
    size: [usize; 2],
    stride: [i32; 2],
    dilation: [i32; 2],
    padding: Padding,
) -> Result<(Window, [usize; 2]), String> {
    let stride = positive(stride, "stride")?;
    let dilation = positive(dilation, "dilation")?;
    let size = positive(size.map(|n| i32::try_from(n).unwrap_or(i32::MAX)), "a window of")?;
    let reach: [usize; 2] = std::array::from_fn(|i| (size[i] - 1) * dilation[i] + 1);
    let sides = input.sides();
    let (out, padding): ([usize; 2], [(usize, usize); 2]) = match padding {
        Padding::Same => {
            let out: [usize; 2] = std::array::from_fn(|i| sides[i].div_ceil(stride[i]));
            let padding = std::array::from_fn(|i| {
                let total = ((out[i] - 1) * stride[i] + reach[i]).saturating_sub(sides[i]);
                (total / 2, total - total / 2)
            });
            (out, padding)
        }
        Padding::Valid if reach[0] <= sides[0] && reach[1] <= sides[1] => {
            (std::array::from_fn(|i| (sides[i] - reach[i]) / stride[i] + 1), [(0, 0); 2])
        }
        Padding::Valid => return Err(format!("has a window of {reach:?} on a value of {sides:?}")),
        Padding::Unknown(code) => {
            return Err(format!("has padding number {code}, which gpucam does not know"));
        }
    };
    Ok((Window { size, stride, dilation, padding }, out))
}
