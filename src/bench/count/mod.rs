//! How much arithmetic a shader does: its own code, run for a few of its threads.
//!
//! naga reads the WGSL as wgpu does; a small interpreter runs threads spread over the dispatch, with the real content of
//! buffers and pictures, and counts; whole workgroups, where their threads decide together what is to be done.
//! Operations are additions, products, quotients and functions of floats, lane by lane; what is spent on addresses,
//! comparisons and moves is not counted.

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

use self::{
    interpreter::{Interpreter, Invocation},
    memory::Types,
};

/// Threads that are run of a dispatch that has more.
const SAMPLES: u64 = 127;
/// Workgroups, where whole ones are run.
const GROUPS: u64 = 6;
/// Runs of a workgroup, one thread after the other, until each of them has found what the others leave for it: what is
/// decided by all hangs on what each has said, and what each says on what all have read. The last one counts.
const RUNS: usize = 3;

/// What is bound.
#[derive(Clone, Debug)]
pub enum BoundContent {
    /// A buffer's content.
    Bytes(Vec<u8>),
    /// A picture.
    Texture {
        /// Width and height in texels.
        sides: [u32; 2],
        /// The bits of each texel's channels, row by row. None: all are grey.
        texels: Vec<[u32; 4]>,
    },
    /// What has no content.
    Sampler,
}

/// What a whole dispatch does.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchCounts {
    /// Operations on floats.
    pub operations: f64,
    /// Loads from buffers and pictures, whatever their width.
    pub loads: f64,
    /// Stores to buffers and pictures.
    pub stores: f64,
    /// For each binding: whether it is read, whether it is written.
    pub uses: Vec<(bool, bool)>,
}

/// Counts what a dispatch of this many workgroups does.
///
/// # Errors
/// Where the shader holds what the interpreter does not know, as a sentence's end.
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
    let (parts, most) = if together { (product(groups), GROUPS) } else { (product(groups) * lanes, SAMPLES) };
    let samples = parts.min(most);
    let mut interpreter = Interpreter::new(types, globals);
    for sample in 0..samples {
        // In the middle of equal parts of the dispatch.
        let index = (2 * sample + 1) * parts / (2 * samples);
        if !together {
            interpreter.run(thread(index, groups, workgroup))?;
            continue;
        }
        interpreter.forget();
        let before = interpreter.counts;
        for _ in 0..RUNS {
            interpreter.counts = before;
            for lane in 0..lanes {
                interpreter.run(thread_of(index, lane, groups, workgroup))?;
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

/// Invocation `index` of a dispatch, row by row.
fn thread(index: u64, groups: [u32; 3], workgroup: [u32; 3]) -> Invocation {
    let at = place(index, [0, 1, 2].map(|i| groups[i] * workgroup[i]));
    let (group, local) = ([0, 1, 2].map(|i| at[i] / workgroup[i]), [0, 1, 2].map(|i| at[i] % workgroup[i]));
    Invocation { group, groups, local, workgroup }
}

/// Invocation `lane` of workgroup `index`, both row by row.
fn thread_of(index: u64, lane: u64, groups: [u32; 3], workgroup: [u32; 3]) -> Invocation {
    Invocation { group: place(index, groups), groups, local: place(lane, workgroup), workgroup }
}

/// Where number `index` of a block of such sides is.
fn place(index: u64, sides: [u32; 3]) -> [u32; 3] {
    let [x, y] = [0, 1].map(|i| u64::from(sides[i]));
    [index % x, index / x % y, index / x / y].map(|v| v as u32)
}
