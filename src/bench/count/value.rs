//! Values of WGSL: up to four lanes of one kind, or parts of anything.

use wgpu::naga::{Literal, Scalar, ScalarKind};

/// What the bits of a lane are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Float,
    Signed,
    Unsigned,
    Bool,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Lanes(Lanes),
    /// A matrix by its columns, an array, a struct.
    Parts(Vec<Value>),
    Pointer(super::memory::Place),
}

/// A scalar or a vector.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes {
    pub(super) kind: Kind,
    /// 1 for a scalar.
    pub(super) count: usize,
    pub(super) bits: [u32; 4],
}

impl Kind {
    pub(super) fn of(scalar: Scalar) -> Self {
        match scalar.kind {
            ScalarKind::Float | ScalarKind::AbstractFloat => Self::Float,
            ScalarKind::Sint | ScalarKind::AbstractInt => Self::Signed,
            ScalarKind::Uint => Self::Unsigned,
            ScalarKind::Bool => Self::Bool,
        }
    }
}

impl Lanes {
    pub(super) fn floats(values: &[f32]) -> Self {
        Self::from_fn(Kind::Float, values.len(), |i| values[i].to_bits())
    }

    pub(super) fn unsigned(values: &[u32]) -> Self {
        Self::from_fn(Kind::Unsigned, values.len(), |i| values[i])
    }

    pub(super) fn bool(value: bool) -> Self {
        Self::from_fn(Kind::Bool, 1, |_| value.into())
    }

    pub(super) fn from_fn(kind: Kind, count: usize, lane: impl Fn(usize) -> u32) -> Self {
        let mut bits = [0; 4];
        bits.iter_mut().take(count).enumerate().for_each(|(i, bits)| *bits = lane(i));
        Self { kind, count, bits }
    }

    pub(super) fn literal(literal: Literal) -> Self {
        let one = |kind, bits| Self { kind, count: 1, bits: [bits, 0, 0, 0] };
        match literal {
            Literal::F64(v) | Literal::AbstractFloat(v) => one(Kind::Float, (v as f32).to_bits()),
            Literal::F32(v) => one(Kind::Float, v.to_bits()),
            Literal::F16(v) => one(Kind::Float, v.to_f32().to_bits()),
            Literal::U16(v) => one(Kind::Unsigned, v.into()),
            Literal::I16(v) => one(Kind::Signed, i32::from(v) as u32),
            Literal::U32(v) => one(Kind::Unsigned, v),
            Literal::I32(v) => one(Kind::Signed, v as u32),
            Literal::U64(v) => one(Kind::Unsigned, v as u32),
            Literal::I64(v) | Literal::AbstractInt(v) => one(Kind::Signed, v as u32),
            Literal::Bool(v) => one(Kind::Bool, v.into()),
        }
    }

    /// Lane `i`; of a scalar, the scalar.
    pub(super) fn lane(&self, i: usize) -> u32 {
        self.bits[if self.count == 1 { 0 } else { i }]
    }

    pub(super) fn float(&self, i: usize) -> f32 {
        f32::from_bits(self.lane(i))
    }

    /// Lane by lane; a scalar beside a vector counts for each lane.
    pub(super) fn zip(&self, other: &Self, kind: Kind, f: impl Fn(u32, u32) -> u32) -> Self {
        Self::from_fn(kind, self.count.max(other.count), |i| f(self.lane(i), other.lane(i)))
    }

    pub(super) fn map(&self, kind: Kind, f: impl Fn(u32) -> u32) -> Self {
        Self::from_fn(kind, self.count, |i| f(self.bits[i]))
    }

    pub(super) fn map_floats(&self, f: impl Fn(f32) -> f32) -> Self {
        self.map(Kind::Float, |bits| f(f32::from_bits(bits)).to_bits())
    }

    /// As another kind, by value.
    pub(super) fn convert(&self, to: Kind) -> Self {
        let from = self.kind;
        self.map(to, |bits| match (from, to) {
            (Kind::Float, Kind::Signed) => f32::from_bits(bits) as i32 as u32,
            (Kind::Float, Kind::Unsigned) => f32::from_bits(bits) as u32,
            (Kind::Float, Kind::Bool) => (f32::from_bits(bits) != 0.0).into(),
            (Kind::Signed, Kind::Float) => (bits as i32 as f32).to_bits(),
            (Kind::Unsigned | Kind::Bool, Kind::Float) => (bits as f32).to_bits(),
            (_, Kind::Bool) => (bits != 0).into(),
            _ => bits,
        })
    }
}

impl Value {
    pub(super) fn lanes(&self) -> Result<&Lanes, String> {
        match self {
            Self::Lanes(lanes) => Ok(lanes),
            _ => Err("arithmetic on what is no number".into()),
        }
    }

    /// The first lane as a whole number.
    pub(super) fn index(&self) -> Result<u32, String> {
        let lanes = self.lanes()?;
        match lanes.kind {
            Kind::Float => Err("an index that is a float".into()),
            _ => Ok(lanes.bits[0]),
        }
    }

    pub(super) fn is_true(&self) -> Result<bool, String> {
        Ok(self.lanes()?.bits[0] != 0)
    }
}

impl From<Lanes> for Value {
    fn from(lanes: Lanes) -> Self {
        Self::Lanes(lanes)
    }
}
