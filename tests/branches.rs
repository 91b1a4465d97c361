//! No shader's way hangs on a uniform alone.
//!
//! Mesa's llvmpipe takes a shader whose conditions come from uniforms and compiles it anew for the values bound, at every
//! dispatch, and Mesa 22.3 never frees what it made: a few hundred KB and a millisecond a frame (`docs/PERFORMANCE.md`).
//! Values of a storage buffer are left alone, and cost a GPU no more: parameters that steer are kept in one.

use std::collections::HashMap;

use gpucam::gpu::Shader;
use naga::{
    AddressSpace, Block, Expression, Function, GlobalVariable, Handle, LocalVariable, Module, Statement,
};

/// What a value is made of: of what the text says, of that and uniforms, or of anything else, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Made {
    #[default]
    Text,
    Uniforms,
    Else,
}

/// Where a value is kept between two statements, or goes into and comes out of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    Local(usize, Handle<LocalVariable>),
    Global(Handle<GlobalVariable>),
    Argument(usize, u32),
    Result(usize),
}

/// Of every place; grows until nothing more comes in.
struct Flow<'m> {
    module: &'m Module,
    places: HashMap<Place, Made>,
    found: bool,
}

/// Whether a condition of `shader` is made of uniforms, and of nothing else that is not in the text.
pub fn hangs_on_uniforms(shader: &Shader) -> bool {
    let module = naga::front::wgsl::parse_str(shader.wgsl).expect("a valid shader");
    let mut flow = Flow { module: &module, places: HashMap::new(), found: false };
    loop {
        let before = flow.places.clone();
        flow.found = false;
        let entry = &module.entry_points[0].function;
        for i in 0..entry.arguments.len() {
            flow.put(Place::Argument(usize::MAX, i as u32), Made::Else);
        }
        for (number, function) in
            module.functions.iter().map(|(h, f)| (h.index(), f)).chain([(usize::MAX, entry)])
        {
            for (local, variable) in function.local_variables.iter() {
                let from = variable.init.map_or(Made::Text, |init| flow.of(number, function, init));
                flow.put(Place::Local(number, local), from);
            }
            flow.block(number, function, &function.body);
        }
        if flow.places == before {
            return flow.found;
        }
    }
}

impl Flow<'_> {
    fn put(&mut self, place: Place, from: Made) {
        let kept = self.places.entry(place).or_default();
        *kept = from.max(*kept);
    }

    fn kept(&self, place: Place) -> Made {
        self.places.get(&place).copied().unwrap_or_default()
    }

    fn of(&self, number: usize, function: &Function, value: Handle<Expression>) -> Made {
        let all = |parts: &[Handle<Expression>]| {
            parts.iter().map(|&part| self.of(number, function, part)).max().unwrap_or_default()
        };
        match &function.expressions[value] {
            Expression::Literal(_)
            | Expression::Constant(_)
            | Expression::Override(_)
            | Expression::ZeroValue(_) => Made::Text,
            &Expression::GlobalVariable(global) => match self.module.global_variables[global].space {
                AddressSpace::Uniform => Made::Uniforms,
                AddressSpace::Private => self.kept(Place::Global(global)),
                _ => Made::Else,
            },
            &Expression::LocalVariable(local) => self.kept(Place::Local(number, local)),
            &Expression::FunctionArgument(i) => self.kept(Place::Argument(number, i)),
            Expression::CallResult(called) => self.kept(Place::Result(called.index())),
            &Expression::Load { pointer } => all(&[pointer]),
            &Expression::Access { base, index } => all(&[base, index]),
            &Expression::AccessIndex { base, .. } => all(&[base]),
            &Expression::Splat { value, .. } => all(&[value]),
            &Expression::Swizzle { vector, .. } => all(&[vector]),
            Expression::Compose { components, .. } => all(components),
            &Expression::Unary { expr, .. } | &Expression::As { expr, .. } => all(&[expr]),
            &Expression::Binary { left, right, .. } => all(&[left, right]),
            &Expression::Select { condition, accept, reject } => all(&[condition, accept, reject]),
            &Expression::Relational { argument, .. } => all(&[argument]),
            &Expression::Math { arg, arg1, arg2, arg3, .. } => [Some(arg), arg1, arg2, arg3]
                .iter()
                .flatten()
                .map(|&arg| all(&[arg]))
                .max()
                .unwrap_or_default(),
            _ => Made::Else, // pictures, atomics, sizes
        }
    }

    fn block(&mut self, number: usize, function: &Function, block: &Block) {
        for statement in block {
            match statement {
                Statement::Block(inner) => self.block(number, function, inner),
                Statement::If { condition, accept, reject } => {
                    self.found |= self.of(number, function, *condition) == Made::Uniforms;
                    self.block(number, function, accept);
                    self.block(number, function, reject);
                }
                Statement::Switch { selector, cases } => {
                    self.found |= self.of(number, function, *selector) == Made::Uniforms;
                    cases.iter().for_each(|case| self.block(number, function, &case.body));
                }
                Statement::Loop { body, continuing, break_if } => {
                    self.found |=
                        break_if.is_some_and(|value| self.of(number, function, value) == Made::Uniforms);
                    self.block(number, function, body);
                    self.block(number, function, continuing);
                }
                Statement::Return { value: Some(value) } => {
                    self.put(Place::Result(number), self.of(number, function, *value));
                }
                Statement::Store { pointer, value } => {
                    let from = self.of(number, function, *value);
                    if let Some(place) = root(number, function, *pointer) {
                        self.put(place, from);
                    }
                }
                Statement::Call { function: called, arguments, .. } => {
                    for (i, &argument) in arguments.iter().enumerate() {
                        let from = self.of(number, function, argument);
                        self.put(Place::Argument(called.index(), i as u32), from);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The variable that a pointer points into.
fn root(number: usize, function: &Function, pointer: Handle<Expression>) -> Option<Place> {
    match function.expressions[pointer] {
        Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => {
            root(number, function, base)
        }
        Expression::LocalVariable(local) => Some(Place::Local(number, local)),
        Expression::GlobalVariable(global) => Some(Place::Global(global)),
        _ => None,
    }
}
