//! A kernel plan on the GPU: buffers, textures and weights.

use std::collections::HashMap;

use super::kernel::{Kernel, KernelBinding};
use super::plan::KernelPlan;
use crate::{
    Size,
    gpu::{Bind, Generated, Gpu, Mask, PackedVec8, Plane, Recorder, Rgb, Storage, Vec4},
};

/// A network with its weights on the GPU, ready to be recorded.
#[derive(Debug)]
pub struct KernelNetwork {
    plan: KernelPlan,
    /// The resources of each kernel, in binding order.
    resources: Vec<Vec<BoundResource>>,
    output: Storage,
    person: Option<Plane<Mask>>,
}

#[derive(Clone, Debug)]
enum BoundResource {
    Buffer(Storage),
    Person(Plane<Mask>),
    Picture(Plane<Vec4>),
    Packed8(Plane<PackedVec8>),
    /// Passed in when the network is recorded.
    Given(KernelBinding),
}

impl KernelNetwork {
    /// Allocates the buffers of a plan and uploads its weights. Frames allocate nothing.
    pub fn new(gpu: &Gpu, plan: KernelPlan) -> Self {
        let buffer = |binding: KernelBinding| Storage::new(gpu, "model", plan.bytes(binding));
        let output = buffer(KernelBinding::Output);
        let mut shared: HashMap<KernelBinding, BoundResource> = HashMap::new();
        for given in [KernelBinding::Input, KernelBinding::Exposure] {
            shared.insert(given, BoundResource::Given(given));
        }
        shared.insert(KernelBinding::Output, BoundResource::Buffer(output.clone()));
        let mut make = |binding: KernelBinding| {
            let make = || match (binding, plan.texture_size(binding)) {
                (KernelBinding::NodeConstant(node), _) => constants(gpu, &plan, &plan.constant(node)),
                (binding, Some(size)) if plan.is_packed8(binding) => {
                    BoundResource::Packed8(Plane::new(gpu, "model", size))
                }
                (_, Some(size)) => BoundResource::Picture(Plane::new(gpu, "model", size)),
                (binding, None) => BoundResource::Buffer(buffer(binding)),
            };
            shared.entry(binding).or_insert_with(make).clone()
        };
        let size = Size::new(plan.output.width as u32, plan.output.height as u32);
        let person = plan.has_person_output().then(|| Plane::new(gpu, "probability", size));
        let resources = plan.kernels.iter().map(|kernel| {
            let bind = |&binding: &KernelBinding| match binding {
                KernelBinding::Weights => constants(gpu, &plan, &kernel.weights),
                KernelBinding::RuntimeConstants => constants(gpu, &plan, &kernel.runtime_constants),
                KernelBinding::PersonMask => {
                    BoundResource::Person(person.clone().expect("made where a kernel writes it"))
                }
                binding => make(binding),
            };
            kernel.bindings.iter().map(bind).collect()
        });
        let resources = resources.collect();
        Self { plan, resources, output, person }
    }

    /// The output, f32 `[h, w, c]`, which the passes read.
    pub fn output(&self) -> &Storage {
        &self.output
    }

    /// The plane into which the last kernel writes the person probability, if the plan has such a kernel.
    pub fn person(&self) -> Option<&Plane<Mask>> {
        self.person.as_ref()
    }

    /// The plan that this network runs.
    pub fn plan(&self) -> &KernelPlan {
        &self.plan
    }

    /// Appends the network's dispatches to a recording. `picture` has the input's size; `exposure` is the
    /// vec4 described in `lib/exposed.wgsl`.
    pub fn record(&self, rec: &mut Recorder<'_>, picture: &Plane<Rgb>, exposure: &Storage) {
        rec.prepare(self.plan.kernels.iter().map(generated));
        for (kernel, resources) in self.plan.kernels.iter().zip(&self.resources) {
            let bind = |bound| match bound {
                &BoundResource::Given(KernelBinding::Input) => picture as &dyn Bind,
                &BoundResource::Given(_) => exposure,
                BoundResource::Buffer(storage) => storage,
                BoundResource::Person(plane) => plane,
                BoundResource::Picture(plane) => plane,
                BoundResource::Packed8(plane) => plane,
            };
            let resources: Vec<&dyn Bind> = resources.iter().map(bind).collect();
            rec.dispatch_generated(&generated(kernel), &resources, kernel.workgroups);
        }
    }
}

fn generated(kernel: &Kernel) -> Generated<'_> {
    Generated { name: "model", label: &kernel.label, wgsl: &kernel.wgsl }
}

fn constants(gpu: &Gpu, plan: &KernelPlan, content: &[f32]) -> BoundResource {
    let bytes = bytemuck::cast_slice(content);
    let Some(size) = plan.texture_size_for(bytes.len() as u64) else {
        return BoundResource::Buffer(Storage::with_content(
            gpu,
            "weights",
            bytes,
            wgpu::BufferUsages::STORAGE,
        ));
    };
    let plane = Plane::new(gpu, "weights", size);
    let mut texels = bytes.to_vec();
    texels.resize(16 * size.area(), 0);
    gpu.write_plane(&plane, &texels);
    BoundResource::Picture(plane)
}
