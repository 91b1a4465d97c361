//! Counts the arithmetic of a shader by interpreting its code for a few of its invocations.
//!
//! naga parses the WGSL as in wgpu. A small interpreter runs invocations spread over the dispatch on the
//! actual content of buffers and textures; where the invocations of a workgroup share decisions, it runs
//! whole workgroups. Operations are additions, multiplications, divisions and functions of floats, counted
//! per lane. Address arithmetic, comparisons and moves do not count.

mod content;
mod expression;
mod interpreter;
mod math;
mod memory;
mod value;

use wgpu::naga::{
    AddressSpace,
    proc::Layouter,
    valid::{Capabilities, GlobalUse, ValidationFlags, Validator},
};

pub use self::content::BoundContent;
use self::{
    interpreter::{Interpreter, Invocation},
    memory::Types,
};

/// Maximum number of invocations to run per dispatch.
const MAX_INVOCATIONS: u64 = 127;
/// Maximum number of workgroups to run, if whole ones are run.
const MAX_WORKGROUPS: u64 = 6;
/// Runs of a workgroup. Invocations run one after the other instead of in parallel, so it takes several runs
/// until each finds what the others have written to workgroup memory. Only the last run counts.
const RUNS: usize = 3;

/// Work of a whole dispatch.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchCounts {
    /// Floating-point operations.
    pub operations: f64,
    /// Loads from buffers and textures, regardless of their width.
    pub loads: f64,
    /// Stores to buffers and textures.
    pub stores: f64,
    /// For each binding, whether it is read and whether it is written.
    pub uses: Vec<(bool, bool)>,
}

/// Counts the work of a dispatch of `workgroups`.
///
/// # Errors
/// What the interpreter does not support in the shader, phrased as the end of a sentence.
pub fn count_dispatch(
    wgsl: &str,
    workgroups: [u32; 2],
    bound: &[BoundContent],
) -> Result<DispatchCounts, String> {
    let module = wgpu::naga::front::wgsl::parse_str(wgsl).map_err(|e| e.to_string())?;
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
    let info = validator.validate(&module).map_err(|e| e.to_string())?;
    let mut layouts = Layouter::default();
    layouts.update(module.to_ctx()).map_err(|e| e.to_string())?;
    let [entry] = &module.entry_points[..] else { return Err("not exactly one entry point".into()) };

    let types = Types { module: &module, layouts };
    let mut globals = Vec::new();
    let mut uses = vec![(false, false); bound.len()];
    for (handle, global) in module.global_variables.iter() {
        globals.push(match &global.binding {
            Some(binding) => {
                let at = binding.binding as usize;
                let used = info.get_entry_point(0)[handle];
                let used = (used.contains(GlobalUse::READ), used.contains(GlobalUse::WRITE));
                *uses.get_mut(at).ok_or("more bindings than are bound")? = used;
                bound[at].clone()
            }
            None if matches!(global.space, AddressSpace::WorkGroup | AddressSpace::Private) => {
                BoundContent::Bytes(vec![0; types.bytes(global.ty)])
            }
            None => return Err("a variable of another kind".into()),
        });
    }
    let workgroup = entry.workgroup_size;
    let groups = [workgroups[0], workgroups[1], 1];
    let product = |sides: [u32; 3]| -> u64 { sides.into_iter().map(u64::from).product() };
    let lanes = product(workgroup);
    let together = wgsl.contains("workgroupUniformLoad(");
    let (parts, most) =
        if together { (product(groups), MAX_WORKGROUPS) } else { (product(groups) * lanes, MAX_INVOCATIONS) };
    let samples = parts.min(most);
    let mut interpreter = Interpreter::new(types, globals);
    for sample in 0..samples {
        // In the middle of equal parts of the dispatch.
        let index = (2 * sample + 1) * parts / (2 * samples);
        if !together {
            interpreter.run(invocation(index, groups, workgroup))?;
            continue;
        }
        interpreter.forget();
        let before = interpreter.counts;
        for _ in 0..RUNS {
            interpreter.counts = before;
            for lane in 0..lanes {
                interpreter.run(invocation_of(index, lane, groups, workgroup))?;
            }
        }
    }
    let each = parts as f64 / samples.max(1) as f64;
    let all = |count: usize| count as f64 * each;
    let counts = interpreter.counts;
    Ok(DispatchCounts {
        operations: all(counts.operations),
        loads: all(counts.loads),
        stores: all(counts.stores),
        uses,
    })
}

/// Invocation number `index` of a dispatch, row by row.
fn invocation(index: u64, groups: [u32; 3], workgroup: [u32; 3]) -> Invocation {
    let at = place(index, [0, 1, 2].map(|i| groups[i] * workgroup[i]));
    let (group, local) = ([0, 1, 2].map(|i| at[i] / workgroup[i]), [0, 1, 2].map(|i| at[i] % workgroup[i]));
    Invocation { group, groups, local, workgroup }
}

/// Invocation `lane` of workgroup `index`, both counted row by row.
fn invocation_of(index: u64, lane: u64, groups: [u32; 3], workgroup: [u32; 3]) -> Invocation {
    Invocation { group: place(index, groups), groups, local: place(lane, workgroup), workgroup }
}

/// Coordinates of element number `index` in a block with these sides.
fn place(index: u64, sides: [u32; 3]) -> [u32; 3] {
    let [x, y] = [0, 1].map(|i| u64::from(sides[i]));
    [index % x, index / x % y, index / x / y].map(|v| v as u32)
}
