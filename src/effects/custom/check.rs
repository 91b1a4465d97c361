//! Checks a user's shader: what gpucam forbids, then naga's validation. Only a text that passes reaches wgpu.

use std::{collections::HashMap, error::Error as _};

use naga::{
    AddressSpace, Block, Function, Handle, Module, ScalarKind, Span, Statement, TypeInner, VectorSize,
    proc::Layouter,
    valid::{Capabilities, ValidationFlags, Validator},
};

use super::{
    assemble::{PRIVATE_PREFIX, USER_API, assemble, mangled_prelude},
    header::{Diagnostic, MOST_ITERATIONS, UserShader},
    tokens::{Token, declarations, tokens},
};

/// Most bytes of all `var<private>` together, and of all variables of a function. Source: WGSL (W3C), 2.4
/// limits.
const MAX_VARIABLE_BYTES: u64 = 8192;
/// Most tokens of an expression; half as many functions, a quarter as many `else`s. naga and drivers recurse
/// into them.
const MAX_NESTING: usize = 1000;
/// Most statements and expressions after inlining every call, as drivers do.
const MAX_STEPS: u64 = 50_000;
/// Most steps that the iterations for one pixel may add up to. A step takes a GPU some nanoseconds, and a driver resets
/// a GPU that does not answer for seconds.
const LOOP_STEPS: u64 = 1 << 23;

const FORM: &str = "write fn effect(in: Input) -> vec3f";

/// Checks the text, and says how many iterations its loops may run for one pixel.
pub(super) fn check(shader: &UserShader, wgsl: &str) -> Result<u32, Diagnostic> {
    let all = tokens(wgsl);
    let (_, used) = mangled_prelude();
    let is_taken = |name: &str| USER_API.contains(&name) || used.contains(name) || name == "main";
    let taken = |at, name: &str| {
        Diagnostic::new(at, format!("{name} has a meaning here already: choose another name"))
    };
    for (i, token) in all.iter().enumerate() {
        forbidden(token, all.get(i + 1)).map_or(Ok(()), |what| Err(Diagnostic::new(token.at, what)))?;
    }
    check_nesting(&all)?;
    for (keyword, name) in declarations(&all) {
        let (keyword, name) = (all[keyword], all[name]);
        let is_parameter = shader.parameters.iter().any(|p| p.name == name.text);
        if is_taken(name.text) || is_parameter {
            return Err(taken(name.at, name.text));
        }
        if keyword.text == "override" {
            let what = format!("declare it as a parameter: //! {} = DEFAULT in LEAST..MOST", name.text);
            return Err(Diagnostic::new(keyword.at, what));
        }
    }
    if let Some(p) = shader.parameters.iter().find(|p| is_taken(&p.name) || p.name == "effect") {
        return Err(taken(p.offset, &p.name));
    }
    // First without `main`, so that a wrong signature is not reported as an error in gpucam's own code; then
    // all of it.
    let module = parse_and_validate(wgsl, &assemble(shader, wgsl, false))?;
    check_signature(&module, wgsl)?;
    check_sizes(&module, wgsl)?;
    parse_and_validate(wgsl, &assemble(shader, wgsl, true))?;
    let steps = longest_iteration(&module).max(1);
    Ok((LOOP_STEPS / steps).clamp(64, MOST_ITERATIONS.into()) as u32)
}

fn forbidden(token: &Token<'_>, next: Option<&Token<'_>>) -> Option<String> {
    let next = next.map(|t| t.text);
    match token.text {
        name if name.starts_with(PRIVATE_PREFIX) => {
            Some(format!("names that begin with {PRIVATE_PREFIX} are gpucam's own"))
        }
        "@" if ["group", "binding"].contains(&next?) => Some(
            "a shader has no bindings of its own: parameters are lines //! NAME = DEFAULT in LEAST..MOST"
                .into(),
        ),
        "@" if ["compute", "vertex", "fragment", "workgroup_size"].contains(&next?) => {
            Some(format!("a shader has no entry point of its own: {FORM}"))
        }
        "var" if token.depth == 0 && next? != "<" => {
            Some("a variable outside of functions is var<private>".into())
        }
        "workgroup"
        | "storage"
        | "uniform"
        | "storageBarrier"
        | "workgroupBarrier"
        | "textureBarrier"
        | "workgroupUniformLoad" => Some(format!("{} is not for a shader that makes one pixel", token.text)),
        "discard" | "dpdx" | "dpdy" | "fwidth" | "dpdxCoarse" | "dpdyCoarse" | "fwidthCoarse"
        | "dpdxFine" | "dpdyFine" | "fwidthFine" => {
            Some(format!("{} is not for a compute shader", token.text))
        }
        "enable" | "requires" | "diagnostic" if token.depth == 0 => {
            Some(format!("{} is not for a shader that is to run everywhere", token.text))
        }
        _ => None,
    }
}

fn check_nesting(all: &[Token<'_>]) -> Result<(), Diagnostic> {
    let (mut run, mut elses, mut functions, mut open) = (0, 0, 0, Vec::new());
    for token in all {
        run = if [";", ",", "{", "}"].contains(&token.text) { 0 } else { run + 1 };
        elses += usize::from(token.text == "else");
        functions += usize::from(token.text == "fn");
        match token.text {
            "{" => open.push(token.at),
            "}" if open.pop().is_none() => return Err(Diagnostic::new(token.at, "this } closes nothing")),
            _ => {}
        }
        if run > MAX_NESTING {
            return Err(Diagnostic::new(token.at, "an expression is too long here: take it apart"));
        }
        if 4 * elses > MAX_NESTING || 2 * functions > MAX_NESTING {
            return Err(Diagnostic::new(token.at, format!("too many times '{}' in one shader", token.text)));
        }
    }
    open.pop().map_or(Ok(()), |at| Err(Diagnostic::new(at, "this { is never closed")))
}

/// Parses and validates `whole`, which begins with the user's text. Errors point into the user's part.
fn parse_and_validate(user: &str, whole: &str) -> Result<Module, Diagnostic> {
    let mine = |span: Span| span.to_range().map(|range| range.start).filter(|at| *at < user.len());
    let module = naga::front::wgsl::parse_str(whole).map_err(|error| {
        let at = error.labels().find_map(|(span, _)| mine(span));
        // If the user's text breaks off, naga points at what follows it: gpucam's part.
        let at = at.or_else(|| Some(user.trim_end().len().saturating_sub(1)));
        Diagnostic { offset: at, what: one_line(error.message()) }
    })?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::empty());
    match validator.validate(&module) {
        Ok(_) => Ok(module),
        Err(error) => {
            // From the outer error, "function effect is invalid", down to its cause.
            let at = error.spans().filter_map(|(span, _)| mine(*span)).last();
            let mut what = error.as_inner().to_string();
            let mut source = error.as_inner().source();
            while let Some(deeper) = source {
                what = deeper.to_string();
                source = deeper.source();
            }
            Err(Diagnostic { offset: at, what: one_line(&what) })
        }
    }
}

/// The message in one line, without naga's handles of unnamed items: `[2]`, `Some([2])`.
fn one_line(text: &str) -> String {
    let is_kept = |word: &&str| !["[", "Some([", "None"].iter().any(|start| word.starts_with(start));
    let words: Vec<_> = text.split_whitespace().filter(is_kept).collect();
    words.join(" ").trim_end_matches('.').to_owned()
}

fn offset_in(span: Span, wgsl: &str) -> Option<usize> {
    span.to_range().map(|range| range.start).filter(|at| *at < wgsl.len())
}

fn check_signature(module: &Module, wgsl: &str) -> Result<(), Diagnostic> {
    let Some((handle, effect)) = module.functions.iter().find(|(_, f)| f.name.as_deref() == Some("effect"))
    else {
        return Err(Diagnostic { offset: None, what: format!("it has no function effect: {FORM}") });
    };
    let colour = |inner: &TypeInner| match inner {
        TypeInner::Vector { size: VectorSize::Tri, scalar } => scalar.kind == ScalarKind::Float,
        _ => false,
    };
    let gives = effect.result.as_ref().is_some_and(|result| colour(&module.types[result.ty].inner));
    let input = |ty: Handle<naga::Type>| module.types[ty].name.as_deref() == Some("Input");
    match &effect.arguments[..] {
        [one] if gives && input(one.ty) => Ok(()),
        _ => {
            Err(Diagnostic { offset: offset_in(module.functions.get_span(handle), wgsl), what: FORM.into() })
        }
    }
}

/// Refuses what could exhaust the driver's memory or time.
fn check_sizes(module: &Module, wgsl: &str) -> Result<(), Diagnostic> {
    let mut layouts = Layouter::default();
    let broken = |e: naga::proc::LayoutError| Diagnostic { offset: None, what: e.to_string() };
    layouts.update(module.to_ctx()).map_err(broken)?;
    let too_large = |at| Diagnostic {
        offset: at,
        what: format!("more than {MAX_VARIABLE_BYTES} bytes of variables in one place"),
    };
    let mut private = 0;
    for (handle, global) in module.global_variables.iter() {
        let counts = global.space == AddressSpace::Private;
        private += if counts { u64::from(layouts[global.ty].size) } else { 0 };
        if private > MAX_VARIABLE_BYTES {
            return Err(too_large(offset_in(module.global_variables.get_span(handle), wgsl)));
        }
    }
    let mut lengths = HashMap::new();
    for (handle, function) in module.functions.iter() {
        let mut local = 0;
        for (variable, about) in function.local_variables.iter() {
            local += u64::from(layouts[about.ty].size);
            if local > MAX_VARIABLE_BYTES {
                return Err(too_large(offset_in(function.local_variables.get_span(variable), wgsl)));
            }
        }
        let at = offset_in(module.functions.get_span(handle), wgsl);
        let steps = step_count(function, &lengths);
        if steps > MAX_STEPS {
            let what = format!("too long: more than {MAX_STEPS} steps with all that it calls");
            return Err(Diagnostic { offset: at, what });
        }
        lengths.insert(handle, steps);
    }
    // Types of neither, such as a constant's.
    match module.types.iter().find(|(ty, _)| u64::from(layouts[*ty].size) > MAX_VARIABLE_BYTES) {
        Some((ty, _)) => Err(too_large(offset_in(module.types.get_span(ty), wgsl))),
        None => Ok(()),
    }
}

/// Most steps of one iteration of any loop, with all that it calls, without the loops in it: those count their own
/// iterations.
fn longest_iteration(module: &Module) -> u64 {
    /// Steps outside of loops of each function that is called, and the longest iteration so far.
    struct Counts {
        known: HashMap<Handle<Function>, u64>,
        longest: u64,
    }
    impl Counts {
        fn block(&mut self, block: &Block) -> u64 {
            block.iter().fold(0u64, |sum, statement| sum.saturating_add(self.step(statement)))
        }

        fn step(&mut self, statement: &Statement) -> u64 {
            let inner = match statement {
                Statement::Emit(expressions) => expressions.clone().count() as u64,
                Statement::Call { function, .. } => self.known.get(function).copied().unwrap_or(u64::MAX),
                Statement::Block(inner) => self.block(inner),
                Statement::If { accept, reject, .. } => self.block(accept).saturating_add(self.block(reject)),
                Statement::Switch { cases, .. } => {
                    cases.iter().fold(0u64, |sum, case| sum.saturating_add(self.block(&case.body)))
                }
                Statement::Loop { body, continuing, .. } => {
                    let iteration = self.block(body).saturating_add(self.block(continuing));
                    self.longest = self.longest.max(iteration);
                    0
                }
                _ => 0,
            };
            inner.saturating_add(1)
        }
    }
    let mut counts = Counts { known: HashMap::new(), longest: 0 };
    for (handle, function) in module.functions.iter() {
        let steps = counts.block(&function.body);
        counts.known.insert(handle, steps);
    }
    counts.longest
}

/// Statements and expressions of a function and of all that it calls. naga lists callees before their
/// callers.
fn step_count(function: &Function, known: &HashMap<Handle<Function>, u64>) -> u64 {
    fn block(block: &Block, known: &HashMap<Handle<Function>, u64>) -> u64 {
        block.iter().fold(0u64, |sum, statement| sum.saturating_add(step(statement, known)))
    }
    fn step(statement: &Statement, known: &HashMap<Handle<Function>, u64>) -> u64 {
        let inner = match statement {
            Statement::Call { function, .. } => known.get(function).copied().unwrap_or(u64::MAX),
            Statement::Block(inner) => block(inner, known),
            Statement::If { accept, reject, .. } => block(accept, known).saturating_add(block(reject, known)),
            Statement::Switch { cases, .. } => {
                cases.iter().fold(0u64, |sum, case| sum.saturating_add(block(&case.body, known)))
            }
            Statement::Loop { body, continuing, .. } => {
                block(body, known).saturating_add(block(continuing, known))
            }
            _ => 0,
        };
        inner.saturating_add(1)
    }
    block(&function.body, known).saturating_add(function.expressions.len() as u64)
}
