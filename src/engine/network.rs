//! A plan on the GPU.

use std::collections::HashMap;

use super::{Kernel, Plan, Slot};
use crate::{
    Size,
    gpu::{Bind, Eight, Four, Generated, Gpu, Person, Plane, Recorder, Storage},
};

/// A network with its weights on the GPU, ready to be recorded.
#[derive(Debug)]
pub struct Network {
    plan: Plan,
    /// What each kernel binds.
    bindings: Vec<Vec<Bound>>,
    input: Plane<Four>,
    output: Storage,
    person: Option<Plane<Person>>,
}

#[derive(Clone, Debug)]
enum Bound {
    Buffer(Storage),
    Person(Plane<Person>),
    Picture(Plane<Four>),
    Eights(Plane<Eight>),
}

impl Network {
    /// Makes the buffers of a plan and fills in its weights. A later frame allocates nothing.
    pub fn new(gpu: &Gpu, plan: Plan) -> Self {
        let buffer = |slot: Slot| Storage::new(gpu, "model", plan.bytes(slot));
        let input = Size::new(plan.input.width as u32, plan.input.height as u32);
        let (input, output) = (Plane::new(gpu, "input", input), buffer(Slot::Answer));
        let mut shared: HashMap<Slot, Bound> = HashMap::new();
        shared.insert(Slot::Picture, Bound::Picture(input.clone()));
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
        Self { plan, bindings, input, output, person }
    }

    /// Where the passes write the input: the three channels and 0.
    pub fn input(&self) -> &Plane<Four> {
        &self.input
    }

    /// Where the passes read the output: f32 `[h, w, c]`.
    pub fn output(&self) -> &Storage {
        &self.output
    }

    /// Where a kernel writes the person probability, if the plan has one that does.
    pub fn person(&self) -> Option<&Plane<Person>> {
        self.person.as_ref()
    }

    /// The kernels.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Appends the network to a recording.
    pub fn record(&self, rec: &mut Recorder<'_>) {
        rec.prepare(self.plan.kernels.iter().map(generated));
        (0..self.plan.kernels.len()).for_each(|at| self.record_one(rec, at));
    }

    /// Appends kernel `at` alone, to measure it.
    pub fn record_one(&self, rec: &mut Recorder<'_>, at: usize) {
        let kernel = &self.plan.kernels[at];
        let bindings: Vec<&dyn Bind> = self.bindings[at].iter().map(Bound::as_bind).collect();
        rec.dispatch_generated(&generated(kernel), &bindings, kernel.workgroups);
    }
}

impl Bound {
    fn as_bind(&self) -> &dyn Bind {
        match self {
            Self::Buffer(storage) => storage,
            Self::Person(plane) => plane,
            Self::Picture(plane) => plane,
            Self::Eights(plane) => plane,
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
