//! The value of an expression.

use wgpu::naga::{
    AddressSpace, Arena, Expression, Function, Handle, ImageClass, ImageQuery, RelationalFunction, Scalar,
    TypeInner, UnaryOperator,
};

use super::{
    content::BoundContent,
    interpreter::{Interpreter, variant_name},
    math,
    memory::size_of,
    value::{LaneKind, Lanes, Pointee, Pointer, Root, WgslValue},
};

/// Evaluates an operand.
type Evaluate<'a, M> = dyn FnMut(&mut M, Handle<Expression>) -> Result<WgslValue, String> + 'a;

impl<'m> Interpreter<'m> {
    /// The latest value of an expression. Expressions without an `Emit` statement are evaluated here.
    pub(super) fn value(
        &mut self,
        function: &'m Function,
        handle: Handle<Expression>,
    ) -> Result<WgslValue, String> {
        if let Some(value) = &self.frame().values[handle.index()] {
            return Ok(value.clone());
        }
        self.evaluate(function, handle)
    }

    pub(super) fn evaluate(
        &mut self,
        function: &'m Function,
        handle: Handle<Expression>,
    ) -> Result<WgslValue, String> {
        let depth = self.frames.len() - 1;
        let of = |interpreter: &mut Self, handle: Handle<Expression>| interpreter.value(function, handle);
        let value: WgslValue = match &function.expressions[handle] {
            Expression::FunctionArgument(index) => self.frame().arguments[*index as usize].clone(),
            Expression::LocalVariable(variable) => {
                let (root, ty) =
                    (Root::Local { depth, index: variable.index() }, function.local_variables[*variable].ty);
                WgslValue::Pointer(Pointer { root, offset: 0, pointee: Pointee::Type(ty), is_storage: false })
            }
            Expression::GlobalVariable(variable) => {
                let global = &self.types.module.global_variables[*variable];
                let root = Root::Global(variable.index());
                let is_storage = matches!(global.space, AddressSpace::Storage { .. });
                WgslValue::Pointer(Pointer { root, offset: 0, pointee: Pointee::Type(global.ty), is_storage })
            }
            Expression::Load { pointer } => {
                let place = self.place(function, *pointer)?;
                self.counts.loads += usize::from(place.is_storage);
                self.load(place)?
            }
            Expression::Access { base, index } => {
                let index = of(self, *index)?.index()?;
                let base = of(self, *base)?;
                self.part(base, index)?
            }
            Expression::AccessIndex { base, index } => {
                let base = of(self, *base)?;
                self.part(base, *index)?
            }
            Expression::ImageLoad { image, coordinate, .. } => {
                self.counts.loads += 1;
                let at = *of(self, *coordinate)?.lanes()?;
                self.texel(function, *image, Some(at))?
            }
            Expression::ImageSample { image, .. } => {
                self.counts.loads += 1;
                self.texel(function, *image, None)?
            }
            Expression::ImageQuery { image, query: ImageQuery::Size { .. } } => {
                let sides = match self.place(function, *image)?.root {
                    Root::Global(index) => match &self.globals[index] {
                        BoundContent::Texture { sides, .. } => *sides,
                        _ => return Err("the size of what is no picture".into()),
                    },
                    Root::Local { .. } => return Err("the size of what is no picture".into()),
                };
                Lanes::unsigned(&sides).into()
            }
            Expression::ImageQuery { .. } => Lanes::unsigned(&[1]).into(),
            Expression::Unary { op, expr } => {
                let a = *of(self, *expr)?.lanes()?;
                match (op, a.kind) {
                    (UnaryOperator::Negate, LaneKind::Float) => a.map_floats(|v| -v),
                    (UnaryOperator::Negate, kind) => a.map(kind, |v| (v as i32).wrapping_neg() as u32),
                    (UnaryOperator::LogicalNot, kind) => a.map(kind, |v| u32::from(v == 0)),
                    (UnaryOperator::BitwiseNot, kind) => a.map(kind, |v| !v),
                }
                .into()
            }
            Expression::Binary { op, left, right } => {
                let (left, right) = (of(self, *left)?, of(self, *right)?);
                let (value, cost) = math::binary(*op, &left, &right)?;
                self.counts.operations += cost;
                value
            }
            Expression::Math { fun, arg, arg1, arg2, arg3 } => {
                let handles = [Some(*arg), *arg1, *arg2, *arg3].into_iter().flatten();
                let arguments = handles.map(|handle| of(self, handle)).collect::<Result<Vec<_>, _>>()?;
                let (value, cost) = math::math(*fun, &arguments)?;
                self.counts.operations += cost;
                value
            }
            Expression::Relational { fun, argument } => {
                let a = *of(self, *argument)?.lanes()?;
                match fun {
                    RelationalFunction::All => Lanes::bool((0..a.count).all(|i| a.lane(i) != 0)),
                    RelationalFunction::Any => Lanes::bool((0..a.count).any(|i| a.lane(i) != 0)),
                    RelationalFunction::IsNan => a.map(LaneKind::Bool, |v| f32::from_bits(v).is_nan().into()),
                    RelationalFunction::IsInf => {
                        a.map(LaneKind::Bool, |v| f32::from_bits(v).is_infinite().into())
                    }
                }
                .into()
            }
            Expression::ArrayLength(pointer) => {
                let place = self.place(function, *pointer)?;
                let Pointee::Type(ty) = place.pointee else { return Err("the length of no array".into()) };
                let TypeInner::Array { stride, .. } = *self.types.inner(ty) else {
                    return Err("the length of no array".into());
                };
                let bytes = self.memory(place.root)?.len().saturating_sub(place.offset);
                Lanes::unsigned(&[bytes as u32 / stride]).into()
            }
            Expression::Select { condition, accept, reject } => {
                let condition = *of(self, *condition)?.lanes()?;
                let (accept, reject) = (of(self, *accept)?, of(self, *reject)?);
                match (&accept, &reject) {
                    (WgslValue::Lanes(a), WgslValue::Lanes(r)) => Lanes::from_fn(a.kind, a.count, |i| {
                        if condition.lane(i) != 0 { a.lane(i) } else { r.lane(i) }
                    })
                    .into(),
                    _ if condition.lane(0) != 0 => accept,
                    _ => reject,
                }
            }
            _ => {
                return self.plain(&function.expressions, handle, &mut |interpreter, handle| {
                    of(interpreter, handle)
                });
            }
        };
        Ok(value)
    }

    /// Evaluates expressions that may also occur in constants.
    fn plain(
        &mut self,
        expressions: &'m Arena<Expression>,
        handle: Handle<Expression>,
        of: &mut Evaluate<'_, Self>,
    ) -> Result<WgslValue, String> {
        Ok(match &expressions[handle] {
            Expression::Literal(literal) => Lanes::literal(*literal).into(),
            Expression::Constant(constant) => {
                let module = self.types.module;
                self.constant(module.constants[*constant].init)?
            }
            Expression::ZeroValue(ty) => {
                let zeros = vec![0; self.types.bytes(*ty)];
                self.types.read(&zeros, 0, Pointee::Type(*ty))?
            }
            Expression::Splat { size, value } => {
                let one = *of(self, *value)?.lanes()?;
                Lanes::from_fn(one.kind, size_of(*size), |_| one.bits[0]).into()
            }
            Expression::Swizzle { size, vector, pattern } => {
                let v = *of(self, *vector)?.lanes()?;
                Lanes::from_fn(v.kind, size_of(*size), |i| v.bits[pattern[i] as usize]).into()
            }
            Expression::Compose { ty, components } => {
                let parts = components.iter().map(|part| of(self, *part)).collect::<Result<Vec<_>, _>>()?;
                match self.types.inner(*ty) {
                    TypeInner::Vector { size, scalar } => {
                        let mut bits = Vec::new();
                        for part in &parts {
                            let lanes = part.lanes()?;
                            bits.extend_from_slice(&lanes.bits[..lanes.count]);
                        }
                        Lanes::from_fn(LaneKind::from_scalar(*scalar), size_of(*size), |i| bits[i]).into()
                    }
                    _ => WgslValue::Parts(parts),
                }
            }
            Expression::As { expr, kind, convert, .. } => {
                let value = *of(self, *expr)?.lanes()?;
                let to = LaneKind::from_scalar(Scalar { kind: *kind, width: 4 });
                match convert {
                    Some(_) => value.convert(to),
                    None => value.map(to, |bits| bits),
                }
                .into()
            }
            other => return Err(format!("{} is not counted", variant_name(&format!("{other:?}")))),
        })
    }

    fn constant(&mut self, handle: Handle<Expression>) -> Result<WgslValue, String> {
        let module = self.types.module;
        self.plain(&module.global_expressions, handle, &mut |interpreter, handle| {
            interpreter.constant(handle)
        })
    }

    fn part(&self, base: WgslValue, index: u32) -> Result<WgslValue, String> {
        match base {
            WgslValue::Pointer(place) => self.types.step(place, index).map(WgslValue::Pointer),
            WgslValue::Lanes(lanes) => {
                let at = (index as usize).min(lanes.count - 1);
                Ok(Lanes::from_fn(lanes.kind, 1, |_| lanes.bits[at]).into())
            }
            WgslValue::Parts(mut parts) => {
                let at = (index as usize).min(parts.len() - 1);
                Ok(parts.swap_remove(at))
            }
        }
    }

    /// The texel at `at`; grey if the texels are unknown or a sampler reads them.
    fn texel(
        &mut self,
        function: &'m Function,
        image: Handle<Expression>,
        at: Option<Lanes>,
    ) -> Result<WgslValue, String> {
        let place = self.place(function, image)?;
        let Pointee::Type(ty) = place.pointee else { return Err("no picture".into()) };
        let TypeInner::Image { class, .. } = self.types.inner(ty) else { return Err("no picture".into()) };
        let (kind, count) = match class {
            ImageClass::Depth { .. } => (LaneKind::Float, 1),
            ImageClass::Sampled { kind, .. } => (LaneKind::from_scalar(Scalar { kind: *kind, width: 4 }), 4),
            ImageClass::Storage { format, .. } => (LaneKind::from_scalar(Scalar::from(*format)), 4),
            ImageClass::External => return Err("a picture from elsewhere".into()),
        };
        let grey = if kind == LaneKind::Float { 0.5f32.to_bits() } else { 1 };
        let bits = match (place.root, at) {
            (Root::Global(index), Some(at)) => match &self.globals[index] {
                BoundContent::Texture { sides, texels } => {
                    texels.get((at.bits[1] * sides[0] + at.bits[0]) as usize).copied()
                }
                _ => None,
            },
            _ => None,
        };
        let bits = bits.unwrap_or([grey; 4]);
        Ok(Lanes::from_fn(kind, count, |i| bits[i]).into())
    }
}
