//! Interprets naga's representation of a shader, one invocation after the other: calls and statements.

use wgpu::naga::{
    AddressSpace, Binding, Block, BuiltIn, Expression, Function, Handle, Statement, SwitchValue, Type,
    TypeInner,
};

use super::{
    content::BoundContent,
    memory::Types,
    value::{Lanes, Pointee, Pointer, Root, WgslValue},
};

/// Maximum number of statements of an invocation, in case it does not end.
const MAX_STATEMENTS: usize = 20_000_000;

/// Work counted so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) operations: usize,
    pub(super) loads: usize,
    pub(super) stores: usize,
    statements: usize,
}

/// Position of an invocation (WGSL's built-in values).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Invocation {
    pub(super) group: [u32; 3],
    pub(super) groups: [u32; 3],
    pub(super) local: [u32; 3],
    pub(super) workgroup: [u32; 3],
}

/// A module and its memory.
pub(super) struct Interpreter<'m> {
    pub(super) types: Types<'m>,
    /// Contents of the module's variables by index.
    pub(super) globals: Vec<BoundContent>,
    pub(super) counts: Counts,
    pub(super) frames: Vec<CallFrame>,
}

/// An active function call.
pub(super) struct CallFrame {
    pub(super) arguments: Vec<WgslValue>,
    locals: Vec<Vec<u8>>,
    /// The latest values of expressions.
    pub(super) values: Vec<Option<WgslValue>>,
}

/// How control leaves a block.
enum BlockExit {
    Next,
    Break,
    Continue,
    Return(Option<WgslValue>),
}

impl<'m> Interpreter<'m> {
    pub(super) fn new(types: Types<'m>, globals: Vec<BoundContent>) -> Self {
        Self { types, globals, counts: Counts::default(), frames: Vec::new() }
    }

    /// Zeroes workgroup memory for the next workgroup.
    pub(super) fn forget(&mut self) {
        for (handle, global) in self.types.module.global_variables.iter() {
            if let (AddressSpace::WorkGroup, BoundContent::Bytes(bytes)) =
                (global.space, &mut self.globals[handle.index()])
            {
                bytes.fill(0);
            }
        }
    }

    /// Runs the entry point for one invocation.
    pub(super) fn run(&mut self, thread: Invocation) -> Result<(), String> {
        let module = self.types.module;
        let entry = &module.entry_points[0].function;
        let arguments = entry
            .arguments
            .iter()
            .map(|argument| self.argument(argument.binding.as_ref(), argument.ty, thread));
        let arguments = arguments.collect::<Result<Vec<_>, String>>()?;
        self.counts.statements = 0;
        self.call(entry, arguments).map(drop)
    }

    fn argument(
        &self,
        binding: Option<&Binding>,
        ty: Handle<Type>,
        thread: Invocation,
    ) -> Result<WgslValue, String> {
        let Invocation { group, groups, local, workgroup } = thread;
        match (binding, self.types.inner(ty)) {
            (Some(Binding::BuiltIn(builtin)), _) => Ok(match builtin {
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
                parts.collect::<Result<_, _>>().map(WgslValue::Parts)
            }
            _ => Err("an argument that is no builtin".into()),
        }
    }

    fn call(
        &mut self,
        function: &'m Function,
        arguments: Vec<WgslValue>,
    ) -> Result<Option<WgslValue>, String> {
        if self.frames.len() > 64 {
            return Err("calls go too deep".into());
        }
        let locals = function.local_variables.iter().map(|(_, local)| vec![0; self.types.bytes(local.ty)]);
        let (locals, values) = (locals.collect(), vec![None; function.expressions.len()]);
        self.frames.push(CallFrame { arguments, locals, values });
        for (handle, local) in function.local_variables.iter() {
            if let Some(init) = local.init {
                let value = self.value(function, init)?;
                let root = Root::Local { depth: self.frames.len() - 1, index: handle.index() };
                self.store(
                    Pointer { root, offset: 0, pointee: Pointee::Type(local.ty), is_storage: false },
                    &value,
                )?;
            }
        }
        let flow = self.block(function, &function.body)?;
        self.frames.pop();
        Ok(match flow {
            BlockExit::Return(value) => value,
            _ => None,
        })
    }

    fn block(&mut self, function: &'m Function, block: &'m Block) -> Result<BlockExit, String> {
        for statement in block.iter() {
            self.step()?;
            match self.statement(function, statement)? {
                BlockExit::Next => {}
                flow => return Ok(flow),
            }
        }
        Ok(BlockExit::Next)
    }

    /// Counts a statement, or an iteration of an empty loop, against the maximum.
    fn step(&mut self) -> Result<(), String> {
        self.counts.statements += 1;
        if self.counts.statements > MAX_STATEMENTS { Err("a thread takes too long".into()) } else { Ok(()) }
    }

    fn statement(&mut self, function: &'m Function, statement: &'m Statement) -> Result<BlockExit, String> {
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
                        BlockExit::Next if case.fall_through => {}
                        BlockExit::Next | BlockExit::Break => break,
                        flow => return Ok(flow),
                    }
                }
            }
            Statement::Loop { body, continuing, break_if } => loop {
                self.step()?;
                match self.block(function, body)? {
                    BlockExit::Break => break,
                    flow @ BlockExit::Return(_) => return Ok(flow),
                    BlockExit::Next | BlockExit::Continue => {}
                }
                self.block(function, continuing)?;
                if let Some(condition) = break_if
                    && self.value(function, *condition)?.is_true()?
                {
                    break;
                }
            },
            Statement::Break => return Ok(BlockExit::Break),
            Statement::Continue => return Ok(BlockExit::Continue),
            Statement::Return { value } => {
                let value = value.map(|value| self.value(function, value)).transpose()?;
                return Ok(BlockExit::Return(value));
            }
            Statement::ControlBarrier(_) | Statement::MemoryBarrier(_) => {}
            Statement::Store { pointer, value } => {
                let place = self.place(function, *pointer)?;
                let value = self.value(function, *value)?;
                self.counts.stores += usize::from(place.is_storage);
                self.store(place, &value)?;
            }
            Statement::ImageStore { .. } => self.counts.stores += 1,
            Statement::Atomic { pointer, result, .. } => {
                let place = self.place(function, *pointer)?;
                self.counts.loads += usize::from(place.is_storage);
                self.counts.stores += usize::from(place.is_storage);
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
            other => return Err(format!("{} is not counted", variant_name(&format!("{other:?}")))),
        }
        Ok(BlockExit::Next)
    }

    pub(super) fn frame(&mut self) -> &mut CallFrame {
        self.frames.last_mut().expect("inside of a call")
    }

    pub(super) fn memory(&mut self, root: Root) -> Result<&mut Vec<u8>, String> {
        match root {
            Root::Local { depth, index } => Ok(&mut self.frames[depth].locals[index]),
            Root::Global(index) => match &mut self.globals[index] {
                BoundContent::Bytes(bytes) => Ok(bytes),
                _ => Err("a picture read as memory".into()),
            },
        }
    }

    fn store(&mut self, place: Pointer, value: &WgslValue) -> Result<(), String> {
        let mut memory = std::mem::take(self.memory(place.root)?);
        let written = self.types.write(&mut memory, place.offset, place.pointee, value);
        *self.memory(place.root)? = memory;
        written
    }

    pub(super) fn load(&mut self, place: Pointer) -> Result<WgslValue, String> {
        let memory = std::mem::take(self.memory(place.root)?);
        let value = self.types.read(&memory, place.offset, place.pointee);
        *self.memory(place.root)? = memory;
        value
    }

    pub(super) fn place(
        &mut self,
        function: &'m Function,
        pointer: Handle<Expression>,
    ) -> Result<Pointer, String> {
        match self.value(function, pointer)? {
            WgslValue::Pointer(place) => Ok(place),
            _ => Err("a pointer that is none".into()),
        }
    }
}

/// The name of a naga enum variant, from its debug output.
pub(super) fn variant_name(debug: &str) -> &str {
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}
