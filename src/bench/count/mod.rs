//! How much arithmetic a shader does: its own code, run for a few of its threads.
//!
//! naga reads the WGSL as wgpu does; a small machine runs threads spread over the dispatch, with the buffers' real
//! content and the pictures' real sizes (their texels are grey), and counts. Operations are additions, products,
//! quotients and functions of floats, lane by lane; what is spent on addresses, comparisons and moves is not counted.

mod machine;
mod math;
mod memory;
mod value;

use wgpu::naga::{
    AddressSpace,
    proc::Layouter,
    valid::{Capabilities, GlobalUse, ValidationFlags, Validator},
};

use self::{
    machine::{Machine, Thread},
    memory::Types,
};

/// Threads that are run of a dispatch that has more.
const SAMPLES: u64 = 127;

/// What is bound.
#[derive(Clone, Debug)]
pub enum Resource {
    /// A buffer's content.
    Bytes(Vec<u8>),
    /// A picture's width and height in texels.
    Picture([u32; 2]),
    /// What has no content.
    Sampler,
}

/// What a whole dispatch does.
#[derive(Clone, Debug, PartialEq)]
pub struct Counted {
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
/// Where the shader holds what the machine does not know, as a sentence's end.
pub fn count(wgsl: &str, workgroups: [u32; 2], bound: &[Resource]) -> Result<Counted, String> {
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
                Resource::Bytes(vec![0; types.bytes(global.ty)])
            }
            None => return Err("a variable of another kind".into()),
        });
    }
    let workgroup = entry.workgroup_size;
    let groups = [workgroups[0], workgroups[1], 1];
    let threads: u64 = groups.iter().chain(&workgroup).map(|&n| u64::from(n)).product();
    let samples = threads.min(SAMPLES);
    let mut machine = Machine::new(types, globals);
    for sample in 0..samples {
        // In the middle of equal parts of the dispatch.
        let index = (2 * sample + 1) * threads / (2 * samples);
        machine.run(thread(index, groups, workgroup))?;
    }
    let each = threads as f64 / samples.max(1) as f64;
    let all = |count: usize| count as f64 * each;
    let tally = machine.tally;
    Ok(Counted {
        operations: all(tally.operations),
        loads: all(tally.loads),
        stores: all(tally.stores),
        uses,
    })
}

/// Thread `index` of a dispatch, row by row.
fn thread(index: u64, groups: [u32; 3], workgroup: [u32; 3]) -> Thread {
    let sides = [0, 1, 2].map(|i| u64::from(groups[i]) * u64::from(workgroup[i]));
    let at = [index % sides[0], index / sides[0] % sides[1], index / sides[0] / sides[1]];
    let split =
        |i: usize| ((at[i] / u64::from(workgroup[i])) as u32, (at[i] % u64::from(workgroup[i])) as u32);
    let (group, local) = ([0, 1, 2].map(|i| split(i).0), [0, 1, 2].map(|i| split(i).1));
    Thread { group, groups, local, workgroup }
}
