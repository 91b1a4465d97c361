//! Runs one thread of a shader after the other, on naga's reading of it.

use wgpu::naga::{
    AddressSpace, Arena, Block, BuiltIn, Expression, Function, Handle, ImageClass, ImageQuery,
    RelationalFunction, Scalar, Statement, SwitchValue, TypeInner, UnaryOperator,
};

use super::{
    Resource, math,
    memory::{Place, Pointee, Root, Types, size_of},
    value::{Kind, Lanes, Value},
};

/// Statements after which a thread is given up.
const PATIENCE: usize = 20_000_000;

/// What threads did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) operations: usize,
    pub(super) loads: usize,
    pub(super) stores: usize,
    statements: usize,
}

/// Where a thread is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Thread {
    pub(super) group: [u32; 3],
    pub(super) groups: [u32; 3],
    pub(super) local: [u32; 3],
    pub(super) workgroup: [u32; 3],
}

/// A module with its memory.
pub(super) struct Machine<'m> {
    pub(super) types: Types<'m>,
    /// By the variable's index: bytes of a buffer or of workgroup memory, sides of a picture.
    pub(super) globals: Vec<Resource>,
    pub(super) tally: Tally,
    frames: Vec<Frame>,
}

/// A call.
struct Frame {
    arguments: Vec<Value>,
    locals: Vec<Vec<u8>>,
    /// What expressions were last found to be.
    values: Vec<Option<Value>>,
}

/// How a block ended.
enum Flow {
    On,
    Break,
    Continue,
    Return(Option<Value>),
}

/// Gives the value of another expression.
type Evaluate<'a, M> = dyn FnMut(&mut M, Handle<Expression>) -> Result<Value, String> + 'a;

impl<'m> Machine<'m> {
    pub(super) fn new(types: Types<'m>, globals: Vec<Resource>) -> Self {
        Self { types, globals, tally: Tally::default(), frames: Vec::new() }
    }

    /// Empties the workgroup's memory, for another workgroup.
    pub(super) fn forget(&mut self) {
        for (handle, global) in self.types.module.global_variables.iter() {
            if let (AddressSpace::WorkGroup, Resource::Bytes(bytes)) =
                (global.space, &mut self.globals[handle.index()])
            {
                bytes.fill(0);
            }
        }
    }

    /// Runs the entry point for one thread.
    pub(super) fn run(&mut self, thread: Thread) -> Result<(), String> {
        let module = self.types.module;
        let entry = &module.entry_points[0].function;
        let arguments = entry
            .arguments
            .iter()
            .map(|argument| self.argument(argument.binding.as_ref(), argument.ty, thread));
        let arguments = arguments.collect::<Result<Vec<_>, String>>()?;
        self.tally.statements = 0;
        self.call(entry, arguments).map(drop)
    }

    fn argument(
        &self,
        binding: Option<&wgpu::naga::Binding>,
        ty: Handle<wgpu::naga::Type>,
        thread: Thread,
    ) -> Result<Value, String> {
        let Thread { group, groups, local, workgroup } = thread;
        match (binding, self.types.inner(ty)) {
            (Some(wgpu::naga::Binding::BuiltIn(builtin)), _) => Ok(match builtin {
                BuiltIn::GlobalInvocationId => {
                    Lanes::unsigned(&[0, 1, 2].map(|i| group[i] * workgroup[i] + local[i]))
                }
                BuiltIn::LocalInvocationId => Lanes::unsigned(&local),
                BuiltIn::WorkGroupId => Lanes::unsigned(&group),
                BuiltIn::NumWorkGroups => Lanes::unsigned(&groups),
                BuiltIn::LocalInvocationIndex => {
                    Lanes::unsigned(&[local[0] + workgroup[0] * (local[1] + workgroup[1] * local[2])])
                }
                other => return Err(format!("{other:?} is not counted")),
            }
            .into()),
            (None, TypeInner::Struct { members, .. }) => {
                let parts =
                    members.iter().map(|member| self.argument(member.binding.as_ref(), member.ty, thread));
                parts.collect::<Result<_, _>>().map(Value::Parts)
            }
            _ => Err("an argument that is no builtin".into()),
        }
    }

    fn call(&mut self, function: &'m Function, arguments: Vec<Value>) -> Result<Option<Value>, String> {
        if self.frames.len() > 64 {
            return Err("calls go too deep".into());
        }
        let locals = function.local_variables.iter().map(|(_, local)| vec![0; self.types.bytes(local.ty)]);
        let (locals, values) = (locals.collect(), vec![None; function.expressions.len()]);
        self.frames.push(Frame { arguments, locals, values });
        for (handle, local) in function.local_variables.iter() {
            if let Some(init) = local.init {
                let value = self.value(function, init)?;
                let root = Root::Local { depth: self.frames.len() - 1, index: handle.index() };
                self.store(
                    Place { root, offset: 0, pointee: Pointee::Type(local.ty), is_storage: false },
                    &value,
                )?;
            }
        }
        let flow = self.block(function, &function.body)?;
        self.frames.pop();
        Ok(match flow {
            Flow::Return(value) => value,
            _ => None,
        })
    }

    fn block(&mut self, function: &'m Function, block: &'m Block) -> Result<Flow, String> {
        for statement in block.iter() {
            self.step()?;
            match self.statement(function, statement)? {
                Flow::On => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::On)
    }

    /// One statement, or one turn of a loop without any.
    fn step(&mut self) -> Result<(), String> {
        self.tally.statements += 1;
        if self.tally.statements > PATIENCE { Err("a thread takes too long".into()) } else { Ok(()) }
    }

    fn statement(&mut self, function: &'m Function, statement: &'m Statement) -> Result<Flow, String> {
        match statement {
            Statement::Emit(range) => {
                for handle in range.clone() {
                    let value = self.evaluate(function, handle)?;
                    self.frame().values[handle.index()] = Some(value);
                }
            }
            Statement::Block(block) => return self.block(function, block),
            Statement::If { condition, accept, reject } => {
                let block = if self.value(function, *condition)?.is_true()? { accept } else { reject };
                return self.block(function, block);
            }
            Statement::Switch { selector, cases } => {
                let wanted = self.value(function, *selector)?.index()?;
                let matches = |value: &SwitchValue| match value {
                    SwitchValue::I32(v) => *v as u32 == wanted,
                    SwitchValue::U32(v) => *v == wanted,
                    SwitchValue::Default => false,
                };
                let first = cases.iter().position(|case| matches(&case.value));
                let first = first.or_else(|| cases.iter().position(|c| c.value == SwitchValue::Default));
                for case in &cases[first.unwrap_or(cases.len())..] {
                    match self.block(function, &case.body)? {
                        Flow::On if case.fall_through => {}
                        Flow::On | Flow::Break => break,
                        flow => return Ok(flow),
                    }
                }
            }
            Statement::Loop { body, continuing, break_if } => loop {
                self.step()?;
                match self.block(function, body)? {
                    Flow::Break => break,
                    flow @ Flow::Return(_) => return Ok(flow),
                    Flow::On | Flow::Continue => {}
                }
                self.block(function, continuing)?;
                if let Some(condition) = break_if
                    && self.value(function, *condition)?.is_true()?
                {
                    break;
                }
            },
            Statement::Break => return Ok(Flow::Break),
            Statement::Continue => return Ok(Flow::Continue),
            Statement::Return { value } => {
                let value = value.map(|value| self.value(function, value)).transpose()?;
                return Ok(Flow::Return(value));
            }
            Statement::ControlBarrier(_) | Statement::MemoryBarrier(_) => {}
            Statement::Store { pointer, value } => {
                let place = self.place(function, *pointer)?;
                let value = self.value(function, *value)?;
                self.tally.stores += usize::from(place.is_storage);
                self.store(place, &value)?;
            }
            Statement::ImageStore { .. } => self.tally.stores += 1,
            Statement::Atomic { pointer, result, .. } => {
                let place = self.place(function, *pointer)?;
                self.tally.loads += usize::from(place.is_storage);
                self.tally.stores += usize::from(place.is_storage);
                if let Some(result) = result {
                    let old = self.load(place)?;
                    self.frame().values[result.index()] = Some(old);
                }
            }
            Statement::WorkGroupUniformLoad { pointer, result } => {
                let place = self.place(function, *pointer)?;
                let value = self.load(place)?;
                self.frame().values[result.index()] = Some(value);
            }
            Statement::Call { function: called, arguments, result } => {
                let arguments = arguments.iter().map(|argument| self.value(function, *argument));
                let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
                let module = self.types.module;
                let value = self.call(&module.functions[*called], arguments)?;
                if let Some(result) = result {
                    self.frame().values[result.index()] = value;
                }
            }
            other => return Err(format!("{} is not counted", name(&format!("{other:?}")))),
        }
        Ok(Flow::On)
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("inside of a call")
    }

    fn memory(&mut self, root: Root) -> Result<&mut Vec<u8>, String> {
        match root {
            Root::Local { depth, index } => Ok(&mut self.frames[depth].locals[index]),
            Root::Global(index) => match &mut self.globals[index] {
                Resource::Bytes(bytes) => Ok(bytes),
                _ => Err("a picture read as memory".into()),
            },
        }
    }

    fn store(&mut self, place: Place, value: &Value) -> Result<(), String> {
        let mut memory = std::mem::take(self.memory(place.root)?);
        let written = self.types.write(&mut memory, place.offset, place.pointee, value);
        *self.memory(place.root)? = memory;
        written
    }

    fn load(&mut self, place: Place) -> Result<Value, String> {
        let memory = std::mem::take(self.memory(place.root)?);
        let value = self.types.read(&memory, place.offset, place.pointee);
        *self.memory(place.root)? = memory;
        value
    }

    fn place(&mut self, function: &'m Function, pointer: Handle<Expression>) -> Result<Place, String> {
        match self.value(function, pointer)? {
            Value::Pointer(place) => Ok(place),
            _ => Err("a pointer that is none".into()),
        }
    }

    /// What an expression was last found to be; what needs no finding is found here.
    fn value(&mut self, function: &'m Function, handle: Handle<Expression>) -> Result<Value, String> {
        if let Some(value) = &self.frame().values[handle.index()] {
            return Ok(value.clone());
        }
        self.evaluate(function, handle)
    }

    fn evaluate(&mut self, function: &'m Function, handle: Handle<Expression>) -> Result<Value, String> {
        let depth = self.frames.len() - 1;
        let of = |machine: &mut Self, handle: Handle<Expression>| machine.value(function, handle);
        let value: Value = match &function.expressions[handle] {
            Expression::FunctionArgument(index) => self.frame().arguments[*index as usize].clone(),
            Expression::LocalVariable(variable) => {
                let (root, ty) =
                    (Root::Local { depth, index: variable.index() }, function.local_variables[*variable].ty);
                Value::Pointer(Place { root, offset: 0, pointee: Pointee::Type(ty), is_storage: false })
            }
            Expression::GlobalVariable(variable) => {
                let global = &self.types.module.global_variables[*variable];
                let root = Root::Global(variable.index());
                let is_storage = matches!(global.space, wgpu::naga::AddressSpace::Storage { .. });
                Value::Pointer(Place { root, offset: 0, pointee: Pointee::Type(global.ty), is_storage })
            }
            Expression::Load { pointer } => {
                let place = self.place(function, *pointer)?;
                self.tally.loads += usize::from(place.is_storage);
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
                self.tally.loads += 1;
                let at = *of(self, *coordinate)?.lanes()?;
                self.texel(function, *image, Some(at))?
            }
            Expression::ImageSample { image, .. } => {
                self.tally.loads += 1;
                self.texel(function, *image, None)?
            }
            Expression::ImageQuery { image, query: ImageQuery::Size { .. } } => {
                let sides = match self.place(function, *image)?.root {
                    Root::Global(index) => match &self.globals[index] {
                        Resource::Picture { sides, .. } => *sides,
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
                    (UnaryOperator::Negate, Kind::Float) => a.map_floats(|v| -v),
                    (UnaryOperator::Negate, kind) => a.map(kind, |v| (v as i32).wrapping_neg() as u32),
                    (UnaryOperator::LogicalNot, kind) => a.map(kind, |v| u32::from(v == 0)),
                    (UnaryOperator::BitwiseNot, kind) => a.map(kind, |v| !v),
                }
                .into()
            }
            Expression::Binary { op, left, right } => {
                let (left, right) = (of(self, *left)?, of(self, *right)?);
                let (value, cost) = math::binary(*op, &left, &right)?;
                self.tally.operations += cost;
                value
            }
            Expression::Math { fun, arg, arg1, arg2, arg3 } => {
                let handles = [Some(*arg), *arg1, *arg2, *arg3].into_iter().flatten();
                let arguments = handles.map(|handle| of(self, handle)).collect::<Result<Vec<_>, _>>()?;
                let (value, cost) = math::math(*fun, &arguments)?;
                self.tally.operations += cost;
                value
            }
            Expression::Relational { fun, argument } => {
                let a = *of(self, *argument)?.lanes()?;
                match fun {
                    RelationalFunction::All => Lanes::bool((0..a.count).all(|i| a.lane(i) != 0)),
                    RelationalFunction::Any => Lanes::bool((0..a.count).any(|i| a.lane(i) != 0)),
                    RelationalFunction::IsNan => a.map(Kind::Bool, |v| f32::from_bits(v).is_nan().into()),
                    RelationalFunction::IsInf => {
                        a.map(Kind::Bool, |v| f32::from_bits(v).is_infinite().into())
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
                    (Value::Lanes(a), Value::Lanes(r)) => Lanes::from_fn(a.kind, a.count, |i| {
                        if condition.lane(i) != 0 { a.lane(i) } else { r.lane(i) }
                    })
                    .into(),
                    _ if condition.lane(0) != 0 => accept,
                    _ => reject,
                }
            }
            _ => {
                return self.plain(&function.expressions, handle, &mut |machine, handle| of(machine, handle));
            }
        };
        Ok(value)
    }

    /// Expressions that functions and constants have in common.
    fn plain(
        &mut self,
        expressions: &'m Arena<Expression>,
        handle: Handle<Expression>,
        of: &mut Evaluate<'_, Self>,
    ) -> Result<Value, String> {
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
                        Lanes::from_fn(Kind::of(*scalar), size_of(*size), |i| bits[i]).into()
                    }
                    _ => Value::Parts(parts),
                }
            }
            Expression::As { expr, kind, convert, .. } => {
                let value = *of(self, *expr)?.lanes()?;
                let to = Kind::of(wgpu::naga::Scalar { kind: *kind, width: 4 });
                match convert {
                    Some(_) => value.convert(to),
                    None => value.map(to, |bits| bits),
                }
                .into()
            }
            other => return Err(format!("{} is not counted", name(&format!("{other:?}")))),
        })
    }

    fn constant(&mut self, handle: Handle<Expression>) -> Result<Value, String> {
        let module = self.types.module;
        self.plain(&module.global_expressions, handle, &mut |machine, handle| machine.constant(handle))
    }

    fn part(&self, base: Value, index: u32) -> Result<Value, String> {
        match base {
            Value::Pointer(place) => self.types.step(place, index).map(Value::Pointer),
            Value::Lanes(lanes) => {
                let at = (index as usize).min(lanes.count - 1);
                Ok(Lanes::from_fn(lanes.kind, 1, |_| lanes.bits[at]).into())
            }
            Value::Parts(mut parts) => {
                let at = (index as usize).min(parts.len() - 1);
                Ok(parts.swap_remove(at))
            }
        }
    }

    /// The texel there; grey where its picture's are not known, or where a sampler would find it.
    fn texel(
        &mut self,
        function: &'m Function,
        image: Handle<Expression>,
        at: Option<Lanes>,
    ) -> Result<Value, String> {
        let place = self.place(function, image)?;
        let Pointee::Type(ty) = place.pointee else { return Err("no picture".into()) };
        let TypeInner::Image { class, .. } = self.types.inner(ty) else { return Err("no picture".into()) };
        let (kind, count) = match class {
            ImageClass::Depth { .. } => (Kind::Float, 1),
            ImageClass::Sampled { kind, .. } => (Kind::of(Scalar { kind: *kind, width: 4 }), 4),
            ImageClass::Storage { format, .. } => (Kind::of(Scalar::from(*format)), 4),
            ImageClass::External => return Err("a picture from elsewhere".into()),
        };
        let grey = if kind == Kind::Float { 0.5f32.to_bits() } else { 1 };
        let bits = match (place.root, at) {
            (Root::Global(index), Some(at)) => match &self.globals[index] {
                Resource::Picture { sides, texels } => {
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

/// The first word of what naga calls it.
fn name(debug: &str) -> &str {
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}
