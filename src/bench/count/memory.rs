//! Memory as bytes in WGSL's memory layout.

use wgpu::naga::{Handle, Module, Scalar, Type, TypeInner, VectorSize, proc::Layouter};

use super::value::{LaneKind, Lanes, Pointee, Pointer, Root, WgslValue};

pub(super) fn size_of(size: VectorSize) -> usize {
    size as usize
}

/// The types of a module and their layouts.
#[derive(Debug)]
pub(super) struct Types<'m> {
    pub(super) module: &'m Module,
    pub(super) layouts: Layouter,
}

impl Types<'_> {
    pub(super) fn inner(&self, ty: Handle<Type>) -> &TypeInner {
        &self.module.types[ty].inner
    }

    pub(super) fn bytes(&self, ty: Handle<Type>) -> usize {
        self.layouts[ty].size as usize
    }

    /// A pointer to member, element, column or lane `index` of the pointee.
    pub(super) fn step(&self, place: Pointer, index: u32) -> Result<Pointer, String> {
        let at = index as usize;
        let (bytes, pointee) = match place.pointee {
            Pointee::Lanes { scalar, .. } => {
                (at * usize::from(scalar.width), Pointee::Lanes { size: 1, scalar })
            }
            Pointee::Type(ty) => match self.inner(ty) {
                TypeInner::Struct { members, .. } => {
                    let member = &members[at];
                    (member.offset as usize, Pointee::Type(member.ty))
                }
                TypeInner::Array { base, stride, .. } => (at * *stride as usize, Pointee::Type(*base)),
                TypeInner::Vector { scalar, .. } => {
                    (at * usize::from(scalar.width), Pointee::Lanes { size: 1, scalar: *scalar })
                }
                TypeInner::Matrix { rows, scalar, .. } => {
                    let column = Pointee::Lanes { size: size_of(*rows), scalar: *scalar };
                    (at * stride(*rows, *scalar), column)
                }
                other => return Err(format!("a part of {other:?}")),
            },
        };
        Ok(Pointer { offset: place.offset + bytes, pointee, ..place })
    }

    /// Reads the value at an offset. Bytes beyond the end are zero.
    pub(super) fn read(&self, memory: &[u8], offset: usize, what: Pointee) -> Result<WgslValue, String> {
        let ty = match what {
            Pointee::Lanes { size, scalar } => return Ok(lanes(memory, offset, size, scalar).into()),
            Pointee::Type(ty) => ty,
        };
        let part = |at: usize, what: Pointee| self.read(memory, offset + at, what);
        match self.inner(ty) {
            TypeInner::Scalar(scalar) | TypeInner::Atomic(scalar) => {
                part(0, Pointee::Lanes { size: 1, scalar: *scalar })
            }
            TypeInner::Vector { size, scalar } => {
                part(0, Pointee::Lanes { size: size_of(*size), scalar: *scalar })
            }
            TypeInner::Matrix { columns, rows, scalar } => (0..size_of(*columns))
                .map(|i| {
                    part(i * stride(*rows, *scalar), Pointee::Lanes { size: size_of(*rows), scalar: *scalar })
                })
                .collect::<Result<_, _>>()
                .map(WgslValue::Parts),
            TypeInner::Struct { members, .. } => members
                .iter()
                .map(|member| part(member.offset as usize, Pointee::Type(member.ty)))
                .collect::<Result<_, _>>()
                .map(WgslValue::Parts),
            TypeInner::Array { base, stride, .. } => {
                let count = self.bytes(ty) / *stride as usize;
                let parts = (0..count).map(|i| part(i * *stride as usize, Pointee::Type(*base)));
                parts.collect::<Result<_, _>>().map(WgslValue::Parts)
            }
            other => Err(format!("a load of {other:?}")),
        }
    }

    /// Writes a value at an offset. Bytes beyond the end are discarded.
    pub(super) fn write(
        &self,
        memory: &mut [u8],
        offset: usize,
        what: Pointee,
        value: &WgslValue,
    ) -> Result<(), String> {
        match value {
            WgslValue::Lanes(lanes) => {
                let scalar = match what {
                    Pointee::Lanes { scalar, .. } => scalar,
                    Pointee::Type(ty) => match self.inner(ty) {
                        TypeInner::Scalar(scalar) | TypeInner::Atomic(scalar) => *scalar,
                        TypeInner::Vector { scalar, .. } => *scalar,
                        other => return Err(format!("a store of numbers to {other:?}")),
                    },
                };
                let width = usize::from(scalar.width);
                for i in 0..lanes.count {
                    let bytes = match (width, lanes.kind) {
                        (2, LaneKind::Float) => {
                            u32::from(half::f16::from_f32(lanes.float(i)).to_bits()).to_le_bytes()
                        }
                        _ => lanes.bits[i].to_le_bytes(),
                    };
                    let to = offset + i * width;
                    if let Some(memory) = memory.get_mut(to..to + width) {
                        memory.copy_from_slice(&bytes[..width]);
                    }
                }
                Ok(())
            }
            WgslValue::Parts(parts) => parts.iter().zip(0..).try_for_each(|(part, i)| {
                let root = Root::Global(0); // only the offset counts here
                let place = self.step(Pointer { root, offset, pointee: what, is_storage: false }, i)?;
                self.write(memory, place.offset, place.pointee, part)
            }),
            WgslValue::Pointer(_) => Err("a store of a pointer".into()),
        }
    }
}

/// Distance between the columns of a matrix in bytes.
fn stride(rows: VectorSize, scalar: Scalar) -> usize {
    let lanes = if rows == VectorSize::Tri { 4 } else { size_of(rows) };
    lanes * usize::from(scalar.width)
}

fn lanes(memory: &[u8], offset: usize, size: usize, scalar: Scalar) -> Lanes {
    let (kind, width) = (LaneKind::from_scalar(scalar), usize::from(scalar.width));
    Lanes::from_fn(kind, size, |i| {
        let from = offset + i * width;
        let mut bytes = [0; 4];
        if let Some(memory) = memory.get(from..from + width.min(4)) {
            bytes[..width.min(4)].copy_from_slice(memory);
        }
        let bits = u32::from_le_bytes(bytes);
        if width == 2 && kind == LaneKind::Float {
            return half::f16::from_bits(bits as u16).to_f32().to_bits();
        }
        bits
    })
}
