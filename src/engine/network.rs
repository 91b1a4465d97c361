//! A plan on the GPU.

use std::collections::HashMap;

use super::kernel::{Kernel, Slot};
use super::plan::Plan;
use crate::{
    Size,
    gpu::{Bind, Generated, Gpu, Mask, PackedVec8, Plane, Recorder, Rgb, Storage, Vec4},
};

/// A network with its weights on the GPU, ready to be recorded.
#[derive(Debug)]
pub struct Network {
    plan: Plan,
    /// What each kernel binds.
    bindings: Vec<Vec<Bound>>,
    output: Storage,
    person: Option<Plane<Mask>>,
}

#[derive(Clone, Debug)]
enum Bound {
    Buffer(Storage),
    Person(Plane<Mask>),
    Picture(Plane<Vec4>),
    Eights(Plane<PackedVec8>),
    /// What comes with the recording.
    Given(Slot),
}

impl Network {
    /// Makes the buffers of a plan and fills in its weights. A later frame allocates nothing.
    pub fn new(gpu: &Gpu, plan: Plan) -> Self {
        let buffer = |slot: Slot| Storage::new(gpu, "model", plan.bytes(slot));
        let output = buffer(Slot::Answer);
        let mut shared: HashMap<Slot, Bound> = HashMap::new();
        for given in [Slot::Picture, Slot::Exposure] {
            shared.insert(given, Bound::Given(given));
        }
        shared.insert(Slot::Answer, Bound::Buffer(output.clone()));
        let mut make = |slot: Slot| {
            let make = || match (slot, plan.picture(slot)) {
                (Slot::Constant(node), _) => constants(gpu, &plan, &plan.constant(node)),
                (slot, Some(size)) if plan.is_eights(slot) => Bound::Eights(Plane::new(gpu, "model", size)),
                (_, Some(size)) => Bound::Picture(Plane::new(gpu, "model", size)),
                (slot, None) => Bound::Buffer(buffer(slot)),
            };
            shared.entry(slot).or_insert_with(make).clone()
        };
        let size = Size::new(plan.output.width as u32, plan.output.height as u32);
        let person = plan.says_person().then(|| Plane::new(gpu, "probability", size));
        let bindings = plan.kernels.iter().map(|kernel| {
            let bind = |&slot: &Slot| match slot {
                Slot::Weights => constants(gpu, &plan, &kernel.weights),
                Slot::Numbers => constants(gpu, &plan, &kernel.numbers),
                Slot::Person => Bound::Person(person.clone().expect("made where a kernel writes it")),
                slot => make(slot),
            };
            kernel.slots.iter().map(bind).collect()
        });
        let bindings = bindings.collect();
        Self { plan, bindings, output, person }
    }

    /// Where the passes read the output: f32 `[h, w, c]`.
    pub fn output(&self) -> &Storage {
        &self.output
    }

    /// Where a kernel writes the person probability, if the plan has one that does.
    pub fn person(&self) -> Option<&Plane<Mask>> {
        self.person.as_ref()
    }

    /// The kernels.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Appends the network over a picture of the input's size to a recording; `exposure` as `lib/exposed.wgsl` says.
    pub fn record(&self, rec: &mut Recorder<'_>, picture: &Plane<Rgb>, exposure: &Storage) {
        rec.prepare(self.plan.kernels.iter().map(generated));
        for (kernel, bindings) in self.plan.kernels.iter().zip(&self.bindings) {
            let bind = |bound| match bound {
                &Bound::Given(Slot::Picture) => picture as &dyn Bind,
                &Bound::Given(_) => exposure,
                Bound::Buffer(storage) => storage,
                Bound::Person(plane) => plane,
                Bound::Picture(plane) => plane,
                Bound::Eights(plane) => plane,
            };
            let bindings: Vec<&dyn Bind> = bindings.iter().map(bind).collect();
            rec.dispatch_generated(&generated(kernel), &bindings, kernel.workgroups);
        }
    }
}

fn generated(kernel: &Kernel) -> Generated<'_> {
    Generated { name: "model", label: &kernel.label, wgsl: &kernel.wgsl }
}

fn constants(gpu: &Gpu, plan: &Plan, content: &[f32]) -> Bound {
    let bytes = bytemuck::cast_slice(content);
    let Some(size) = plan.picture_of(bytes.len() as u64) else {
        return Bound::Buffer(Storage::with_content(gpu, "weights", bytes, wgpu::BufferUsages::STORAGE));
    };
    let plane = Plane::new(gpu, "weights", size);
    let mut texels = bytes.to_vec();
    texels.resize(16 * size.area(), 0);
    gpu.write_plane(&plane, &texels);
    Bound::Picture(plane)
}
