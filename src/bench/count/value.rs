//! WGSL values.

use wgpu::naga::{Handle, Literal, Scalar, ScalarKind, Type};

/// How to interpret the bits of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LaneKind {
    Float,
    Signed,
    Unsigned,
    Bool,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum WgslValue {
    Lanes(Lanes),
    /// The columns of a matrix, the elements of an array or the members of a struct.
    Parts(Vec<WgslValue>),
    Pointer(Pointer),
}

/// The variable that a pointer refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    /// A function's variable by its index, and the depth of the call.
    Local { depth: usize, index: usize },
    /// A module variable by its index.
    Global(usize),
}

/// The type that a pointer points to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pointee {
    Type(Handle<Type>),
    Lanes { size: usize, scalar: Scalar },
}

/// A pointer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pointer {
    pub(super) root: Root,
    pub(super) offset: usize,
    pub(super) pointee: Pointee,
    /// Whether it points to storage, which other dispatches see.
    pub(super) is_storage: bool,
}

/// A scalar or a vector.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lanes {
    pub(super) kind: LaneKind,
    /// 1 for a scalar.
    pub(super) count: usize,
    pub(super) bits: [u32; 4],
}

impl LaneKind {
    pub(super) fn from_scalar(scalar: Scalar) -> Self {
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
        Self::from_fn(LaneKind::Float, values.len(), |i| values[i].to_bits())
    }

    pub(super) fn unsigned(values: &[u32]) -> Self {
        Self::from_fn(LaneKind::Unsigned, values.len(), |i| values[i])
    }

    pub(super) fn bool(value: bool) -> Self {
        Self::from_fn(LaneKind::Bool, 1, |_| value.into())
    }

    pub(super) fn from_fn(kind: LaneKind, count: usize, lane: impl Fn(usize) -> u32) -> Self {
        let mut bits = [0; 4];
        bits.iter_mut().take(count).enumerate().for_each(|(i, bits)| *bits = lane(i));
        Self { kind, count, bits }
    }

    pub(super) fn literal(literal: Literal) -> Self {
        let one = |kind, bits| Self { kind, count: 1, bits: [bits, 0, 0, 0] };
        match literal {
            Literal::F64(v) | Literal::AbstractFloat(v) => one(LaneKind::Float, (v as f32).to_bits()),
            Literal::F32(v) => one(LaneKind::Float, v.to_bits()),
            Literal::F16(v) => one(LaneKind::Float, v.to_f32().to_bits()),
            Literal::U16(v) => one(LaneKind::Unsigned, v.into()),
            Literal::I16(v) => one(LaneKind::Signed, i32::from(v) as u32),
            Literal::U32(v) => one(LaneKind::Unsigned, v),
            Literal::I32(v) => one(LaneKind::Signed, v as u32),
            Literal::U64(v) => one(LaneKind::Unsigned, v as u32),
            Literal::I64(v) | Literal::AbstractInt(v) => one(LaneKind::Signed, v as u32),
            Literal::Bool(v) => one(LaneKind::Bool, v.into()),
        }
    }

    /// Lane `i`; a scalar has the same value in every lane.
    pub(super) fn lane(&self, i: usize) -> u32 {
        self.bits[if self.count == 1 { 0 } else { i }]
    }

    pub(super) fn float(&self, i: usize) -> f32 {
        f32::from_bits(self.lane(i))
    }

    /// Combines two values lane by lane; a scalar is broadcast to the lanes of a vector.
    pub(super) fn zip(&self, other: &Self, kind: LaneKind, f: impl Fn(u32, u32) -> u32) -> Self {
        Self::from_fn(kind, self.count.max(other.count), |i| f(self.lane(i), other.lane(i)))
    }

    pub(super) fn map(&self, kind: LaneKind, f: impl Fn(u32) -> u32) -> Self {
        Self::from_fn(kind, self.count, |i| f(self.bits[i]))
    }

    pub(super) fn map_floats(&self, f: impl Fn(f32) -> f32) -> Self {
        self.map(LaneKind::Float, |bits| f(f32::from_bits(bits)).to_bits())
    }

    /// Converts by value to another kind.
    pub(super) fn convert(&self, to: LaneKind) -> Self {
        let from = self.kind;
        self.map(to, |bits| match (from, to) {
            (LaneKind::Float, LaneKind::Signed) => f32::from_bits(bits) as i32 as u32,
            (LaneKind::Float, LaneKind::Unsigned) => f32::from_bits(bits) as u32,
            (LaneKind::Float, LaneKind::Bool) => (f32::from_bits(bits) != 0.0).into(),
            (LaneKind::Signed, LaneKind::Float) => (bits as i32 as f32).to_bits(),
            (LaneKind::Unsigned | LaneKind::Bool, LaneKind::Float) => (bits as f32).to_bits(),
            (_, LaneKind::Bool) => (bits != 0).into(),
            _ => bits,
        })
    }
}

impl WgslValue {
    pub(super) fn lanes(&self) -> Result<&Lanes, String> {
        match self {
            Self::Lanes(lanes) => Ok(lanes),
            _ => Err("arithmetic on what is no number".into()),
        }
    }

    /// The first lane as an integer.
    pub(super) fn index(&self) -> Result<u32, String> {
        let lanes = self.lanes()?;
        match lanes.kind {
            LaneKind::Float => Err("an index that is a float".into()),
            _ => Ok(lanes.bits[0]),
        }
    }

    pub(super) fn is_true(&self) -> Result<bool, String> {
        Ok(self.lanes()?.bits[0] != 0)
    }
}

impl From<Lanes> for WgslValue {
    fn from(lanes: Lanes) -> Self {
        Self::Lanes(lanes)
    }
}
