//! Operators and built-in functions: their values and their cost in floating-point operations.

use wgpu::naga::{BinaryOperator as Op, MathFunction as Fun};

use super::value::{LaneKind, Lanes, WgslValue};

/// Cost of a function. One that hardware computes in one or a few instructions costs one operation per lane.
fn cost(fun: Fun, lanes: usize) -> usize {
    match fun {
        // Data movement or integers.
        Fun::Transpose
        | Fun::QuantizeToF16
        | Fun::Pack2x16float
        | Fun::Unpack2x16float
        | Fun::Dot4I8Packed
        | Fun::Dot4U8Packed => 0,
        Fun::Clamp | Fun::Fma | Fun::Modf | Fun::Frexp => 2 * lanes,
        Fun::Mix => 3 * lanes,        // a + (b − a) t
        Fun::SmoothStep => 9 * lanes, // two differences, a quotient, a clamp, t t (3 − 2 t)
        Fun::Dot => 2 * lanes - 1,    // products and sums
        Fun::Length => 2 * lanes,     // and a root
        Fun::Distance => 3 * lanes,   // and differences
        Fun::Normalize => 3 * lanes,  // a length and quotients
        Fun::Reflect => 5 * lanes,
        Fun::Refract => 8 * lanes,
        Fun::Cross => 9,
        Fun::Determinant | Fun::Inverse | Fun::Outer => lanes * lanes,
        _ => lanes,
    }
}

/// The value and the cost of a function.
pub(super) fn math(fun: Fun, arguments: &[WgslValue]) -> Result<(WgslValue, usize), String> {
    let a = *match &arguments[0] {
        WgslValue::Parts(_) => return Err(format!("{fun:?} of a matrix")),
        value => value.lanes()?,
    };
    let other = |i: usize| arguments.get(i).ok_or("an argument is missing").map_err(String::from)?.lanes();
    let lanes = arguments.iter().filter_map(|v| v.lanes().ok()).map(|l| l.count).max().unwrap_or(1);
    let is_float = a.kind == LaneKind::Float;
    let floats = |f: &dyn Fn(f32) -> f32| a.map_floats(f);
    let dot = |a: &Lanes, b: &Lanes| (0..a.count).map(|i| a.float(i) * b.float(i)).sum::<f32>();
    let value = match fun {
        Fun::Abs if is_float => floats(&f32::abs),
        Fun::Abs => a.map(a.kind, |v| if a.kind == LaneKind::Signed { (v as i32).unsigned_abs() } else { v }),
        Fun::Sign if is_float => floats(&f32::signum),
        Fun::Saturate => floats(&|v| v.clamp(0.0, 1.0)),
        Fun::Floor => floats(&f32::floor),
        Fun::Ceil => floats(&f32::ceil),
        Fun::Round => floats(&f32::round_ties_even),
        Fun::Trunc => floats(&f32::trunc),
        Fun::Fract => floats(&|v| v - v.floor()),
        Fun::Sqrt => floats(&f32::sqrt),
        Fun::InverseSqrt => floats(&|v| 1.0 / v.sqrt()),
        Fun::Exp => floats(&f32::exp),
        Fun::Exp2 => floats(&f32::exp2),
        Fun::Log => floats(&f32::ln),
        Fun::Log2 => floats(&f32::log2),
        Fun::Sin => floats(&f32::sin),
        Fun::Cos => floats(&f32::cos),
        Fun::Min => a.zip(other(1)?, a.kind, |x, y| extreme(a.kind, x, y, false)),
        Fun::Max => a.zip(other(1)?, a.kind, |x, y| extreme(a.kind, x, y, true)),
        Fun::Clamp => {
            let low = a.zip(other(1)?, a.kind, |x, y| extreme(a.kind, x, y, true));
            low.zip(other(2)?, a.kind, |x, y| extreme(a.kind, x, y, false))
        }
        Fun::Pow => {
            a.zip(other(1)?, LaneKind::Float, |x, y| f32::from_bits(x).powf(f32::from_bits(y)).to_bits())
        }
        Fun::Mix => {
            let (b, t) = (*other(1)?, *other(2)?);
            let mix = |i: usize| a.float(i) + (b.float(i) - a.float(i)) * t.float(i);
            Lanes::from_fn(LaneKind::Float, lanes, |i| mix(i).to_bits())
        }
        Fun::Fma => {
            let (b, c) = (*other(1)?, *other(2)?);
            Lanes::from_fn(LaneKind::Float, lanes, |i| (a.float(i) * b.float(i) + c.float(i)).to_bits())
        }
        Fun::Step => a.zip(other(1)?, LaneKind::Float, |edge, x| {
            f32::from(f32::from_bits(x) >= f32::from_bits(edge)).to_bits()
        }),
        Fun::SmoothStep => {
            let (high, x) = (*other(1)?, *other(2)?);
            Lanes::from_fn(LaneKind::Float, lanes, |i| {
                let t = ((x.float(i) - a.float(i)) / (high.float(i) - a.float(i))).clamp(0.0, 1.0);
                (t * t * (3.0 - 2.0 * t)).to_bits()
            })
        }
        Fun::Dot if is_float => Lanes::floats(&[dot(&a, other(1)?)]),
        Fun::Length => Lanes::floats(&[dot(&a, &a).sqrt()]),
        Fun::Distance => {
            let b = *other(1)?;
            let apart = Lanes::from_fn(LaneKind::Float, lanes, |i| (a.float(i) - b.float(i)).to_bits());
            Lanes::floats(&[dot(&apart, &apart).sqrt()])
        }
        Fun::Normalize => {
            let length = dot(&a, &a).sqrt();
            floats(&|v| v / length)
        }
        Fun::FirstTrailingBit => a.map(a.kind, |v| if v == 0 { u32::MAX } else { v.trailing_zeros() }),
        Fun::CountOneBits => a.map(a.kind, u32::count_ones),
        Fun::Unpack4x8unorm | Fun::Unpack4x8snorm => Lanes::floats(&[0.5; 4]),
        Fun::Unpack2x16unorm | Fun::Unpack2x16snorm | Fun::Unpack2x16float => Lanes::floats(&[0.5; 2]),
        Fun::Pack4x8unorm
        | Fun::Pack4x8snorm
        | Fun::Pack2x16unorm
        | Fun::Pack2x16snorm
        | Fun::Pack2x16float => Lanes::unsigned(&[0]),
        // These return values of another shape than their argument.
        Fun::Dot | Fun::Determinant | Fun::Outer | Fun::Inverse | Fun::Modf | Fun::Frexp => {
            return Err(format!("{fun:?} is not counted"));
        }
        _ => a,
    };
    let packs = matches!(value.kind, LaneKind::Float) || is_float;
    Ok((value.into(), if packs { cost(fun, lanes) } else { 0 }))
}

fn extreme(kind: LaneKind, x: u32, y: u32, most: bool) -> u32 {
    match kind {
        LaneKind::Float => {
            let (x, y) = (f32::from_bits(x), f32::from_bits(y));
            if most { x.max(y) } else { x.min(y) }.to_bits()
        }
        LaneKind::Signed => {
            let (x, y) = (x as i32, y as i32);
            (if most { x.max(y) } else { x.min(y) }) as u32
        }
        _ if most => x.max(y),
        _ => x.min(y),
    }
}

/// The value and the cost of an operator.
pub(super) fn binary(op: Op, left: &WgslValue, right: &WgslValue) -> Result<(WgslValue, usize), String> {
    match (left, right) {
        (WgslValue::Lanes(a), WgslValue::Lanes(b)) => lanes(op, a, b),
        // Matrix times vector: the weighted sum of the columns.
        (WgslValue::Parts(columns), WgslValue::Lanes(v))
            if op == Op::Multiply && v.count == columns.len() =>
        {
            let mut sum: Option<Lanes> = None;
            let mut rows = 1;
            for (i, column) in columns.iter().enumerate() {
                let column = column.lanes()?;
                rows = column.count;
                let part = column.map_floats(|c| c * v.float(i));
                sum = Some(match sum {
                    None => part,
                    Some(sum) => sum.zip(&part, LaneKind::Float, |a, b| {
                        (f32::from_bits(a) + f32::from_bits(b)).to_bits()
                    }),
                });
            }
            let sum = sum.ok_or("a matrix of no column")?;
            Ok((sum.into(), rows * (2 * columns.len() - 1)))
        }
        _ => Err(format!("{op:?} of matrices is not counted")),
    }
}

fn lanes(op: Op, a: &Lanes, b: &Lanes) -> Result<(WgslValue, usize), String> {
    let kind = a.kind;
    let compare = |f: &dyn Fn(std::cmp::Ordering) -> bool| {
        a.zip(b, LaneKind::Bool, |x, y| {
            let order = match kind {
                LaneKind::Float => f32::from_bits(x).partial_cmp(&f32::from_bits(y)),
                LaneKind::Signed => Some((x as i32).cmp(&(y as i32))),
                _ => Some(x.cmp(&y)),
            };
            order.is_some_and(f).into()
        })
    };
    let value = match op {
        Op::Equal => compare(&|o| o.is_eq()),
        Op::NotEqual => compare(&|o| o.is_ne()),
        Op::Less => compare(&|o| o.is_lt()),
        Op::LessEqual => compare(&|o| o.is_le()),
        Op::Greater => compare(&|o| o.is_gt()),
        Op::GreaterEqual => compare(&|o| o.is_ge()),
        Op::And | Op::LogicalAnd => a.zip(b, kind, |x, y| x & y),
        Op::InclusiveOr | Op::LogicalOr => a.zip(b, kind, |x, y| x | y),
        Op::ExclusiveOr => a.zip(b, kind, |x, y| x ^ y),
        Op::ShiftLeft => a.zip(b, kind, |x, y| x.wrapping_shl(y)),
        Op::ShiftRight if kind == LaneKind::Signed => {
            a.zip(b, kind, |x, y| (x as i32).wrapping_shr(y) as u32)
        }
        Op::ShiftRight => a.zip(b, kind, |x, y| x.wrapping_shr(y)),
        _ => a.zip(b, kind, |x, y| arithmetic(op, kind, x, y)),
    };
    let counts = kind == LaneKind::Float && value.kind == LaneKind::Float;
    Ok((value.into(), if counts { value.count } else { 0 }))
}

fn arithmetic(op: Op, kind: LaneKind, x: u32, y: u32) -> u32 {
    match kind {
        LaneKind::Float => {
            let (x, y) = (f32::from_bits(x), f32::from_bits(y));
            let value = match op {
                Op::Add => x + y,
                Op::Subtract => x - y,
                Op::Multiply => x * y,
                Op::Divide => x / y,
                _ => x % y,
            };
            value.to_bits()
        }
        LaneKind::Signed => {
            let (x, y) = (x as i32, y as i32);
            let value = match op {
                Op::Add => x.wrapping_add(y),
                Op::Subtract => x.wrapping_sub(y),
                Op::Multiply => x.wrapping_mul(y),
                Op::Divide => x.checked_div(y).unwrap_or(x),
                _ => x.checked_rem(y).unwrap_or(0),
            };
            value as u32
        }
        _ => match op {
            Op::Add => x.wrapping_add(y),
            Op::Subtract => x.wrapping_sub(y),
            Op::Multiply => x.wrapping_mul(y),
            Op::Divide => x.checked_div(y).unwrap_or(x),
            _ => x.checked_rem(y).unwrap_or(0),
        },
    }
}
