//! Whether a shader's control flow depends on uniforms alone.
//!
//! Mesa's llvmpipe compiles such a shader anew for the values bound, at every dispatch, and Mesa 22.3 never
//! frees the result: a few hundred KB and a millisecond a frame (llvmpipe idiom 16, `docs/PERFORMANCE.md`).
//! It does not do so for values of a storage buffer, which cost a GPU no more, so parameters that control the
//! flow are in one.

use std::collections::HashMap;

use gpucam::internals::gpu::Shader;
use naga::{
    AddressSpace, Block, Expression, Function, GlobalVariable, Handle, LocalVariable, Module, Statement,
};

/// What a value depends on: constants of the text only, uniforms too, or anything else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Dependence {
    #[default]
    Constants,
    Uniforms,
    Other,
}

/// A variable, argument or result, which carries a value from one statement or function to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Variable {
    Local(usize, Handle<LocalVariable>),
    Global(Handle<GlobalVariable>),
    Argument(usize, u32),
    Result(usize),
}

/// What every variable depends on, propagated until nothing changes.
struct Flow<'m> {
    module: &'m Module,
    variables: HashMap<Variable, Dependence>,
    found: bool,
}

/// Whether a condition of `shader` depends on uniforms and, besides them, only on constants of its text.
pub fn branches_on_uniforms(shader: &Shader) -> bool {
    let module = naga::front::wgsl::parse_str(shader.wgsl).expect("a valid shader");
    let mut flow = Flow { module: &module, variables: HashMap::new(), found: false };
    loop {
        let before = flow.variables.clone();
        flow.found = false;
        let entry = &module.entry_points[0].function;
        for i in 0..entry.arguments.len() {
            flow.put(Variable::Argument(usize::MAX, i as u32), Dependence::Other);
        }
        for (number, function) in
            module.functions.iter().map(|(h, f)| (h.index(), f)).chain([(usize::MAX, entry)])
        {
            for (local, declared) in function.local_variables.iter() {
                let from = declared
                    .init
                    .map_or(Dependence::Constants, |init| flow.dependence_of(number, function, init));
                flow.put(Variable::Local(number, local), from);
            }
            flow.block(number, function, &function.body);
        }
        if flow.variables == before {
            return flow.found;
        }
    }
}

impl Flow<'_> {
    fn put(&mut self, variable: Variable, from: Dependence) {
        let kept = self.variables.entry(variable).or_default();
        *kept = from.max(*kept);
    }

    fn kept(&self, variable: Variable) -> Dependence {
        self.variables.get(&variable).copied().unwrap_or_default()
    }

    fn dependence_of(&self, number: usize, function: &Function, value: Handle<Expression>) -> Dependence {
        let all = |parts: &[Handle<Expression>]| {
            parts.iter().map(|&part| self.dependence_of(number, function, part)).max().unwrap_or_default()
        };
        match &function.expressions[value] {
            Expression::Literal(_)
            | Expression::Constant(_)
            | Expression::Override(_)
            | Expression::ZeroValue(_) => Dependence::Constants,
            &Expression::GlobalVariable(global) => match self.module.global_variables[global].space {
                AddressSpace::Uniform => Dependence::Uniforms,
                AddressSpace::Private => self.kept(Variable::Global(global)),
                _ => Dependence::Other,
            },
            &Expression::LocalVariable(local) => self.kept(Variable::Local(number, local)),
            &Expression::FunctionArgument(i) => self.kept(Variable::Argument(number, i)),
            Expression::CallResult(called) => self.kept(Variable::Result(called.index())),
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
            _ => Dependence::Other, // textures, atomics, sizes
        }
    }

    fn block(&mut self, number: usize, function: &Function, block: &Block) {
        for statement in block {
            match statement {
                Statement::Block(inner) => self.block(number, function, inner),
                Statement::If { condition, accept, reject } => {
                    self.found |= self.dependence_of(number, function, *condition) == Dependence::Uniforms;
                    self.block(number, function, accept);
                    self.block(number, function, reject);
                }
                Statement::Switch { selector, cases } => {
                    self.found |= self.dependence_of(number, function, *selector) == Dependence::Uniforms;
                    cases.iter().for_each(|case| self.block(number, function, &case.body));
                }
                Statement::Loop { body, continuing, break_if } => {
                    self.found |= break_if.is_some_and(|value| {
                        self.dependence_of(number, function, value) == Dependence::Uniforms
                    });
                    self.block(number, function, body);
                    self.block(number, function, continuing);
                }
                Statement::Return { value: Some(value) } => {
                    self.put(Variable::Result(number), self.dependence_of(number, function, *value));
                }
                Statement::Store { pointer, value } => {
                    let from = self.dependence_of(number, function, *value);
                    if let Some(variable) = root(number, function, *pointer) {
                        self.put(variable, from);
                    }
                }
                Statement::Call { function: called, arguments, .. } => {
                    for (i, &argument) in arguments.iter().enumerate() {
                        let from = self.dependence_of(number, function, argument);
                        self.put(Variable::Argument(called.index(), i as u32), from);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The variable that a pointer refers to.
fn root(number: usize, function: &Function, pointer: Handle<Expression>) -> Option<Variable> {
    match function.expressions[pointer] {
        Expression::Access { base, .. } | Expression::AccessIndex { base, .. } => {
            root(number, function, base)
        }
        Expression::LocalVariable(local) => Some(Variable::Local(number, local)),
        Expression::GlobalVariable(global) => Some(Variable::Global(global)),
        _ => None,
    }
}
