//! Turns functions from planes to planes into a flat list of dispatches, made once and replayed per frame.

use std::borrow::Cow;

use super::{Bind, Generated, Gpu, Plane, Shader, Storage, Texel, Timer, Uniform};
use crate::Size;

/// Records dispatches. Nothing runs until the [`Recording`] is encoded.
#[derive(Debug)]
pub struct Recorder<'g> {
    gpu: &'g Gpu,
    steps: Vec<Step>,
}

/// A flat list of dispatches, ready to be encoded each frame: no allocation, no lookup.
#[derive(Debug, Default)]
pub struct Recording {
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    name: &'static str,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    groups: [u32; 2],
}

/// How many threads a dispatch has.
#[derive(Clone, Copy, Debug)]
pub enum Over {
    /// One for each element of a picture of this size; the shader guards the edge.
    Each(Size),
    /// One for each block of elements, of this width and height; the shader guards the edge.
    Blocks(Size, [u32; 2]),
    /// One for each pair of pixels, which is one YUYV word.
    Pairs(Size),
    /// One for each strip of YUYV words that see the same texels of another plane: `lib/strip.wgsl`.
    Strips {
        /// Size of the frame in pixels.
        frame: Size,
        /// Words of a row that a thread does.
        words: u32,
        /// Size of the plane.
        seen: Size,
    },
    /// One workgroup in all.
    Once,
}

impl<'g> Recorder<'g> {
    /// An empty recording on `gpu`.
    pub fn new(gpu: &'g Gpu) -> Self {
        Self { gpu, steps: Vec::new() }
    }

    /// The device recorded for.
    pub fn gpu(&self) -> &'g Gpu {
        self.gpu
    }

    /// A new plane for a pass to write.
    pub fn plane<T: Texel>(&self, label: &str, size: Size) -> Plane<T> {
        Plane::new(self.gpu, label, size)
    }

    /// A new buffer for a pass to write.
    pub fn storage(&self, label: &str, bytes: u64) -> Storage {
        Storage::new(self.gpu, label, bytes)
    }

    /// A uniform with this content.
    pub fn uniform<U: Uniform>(&self, label: &str, content: U) -> Storage {
        Storage::with_content(self.gpu, label, bytemuck::bytes_of(&content), wgpu::BufferUsages::UNIFORM)
    }

    /// A read-only buffer with this content.
    pub fn constants(&self, label: &str, content: &[f32]) -> Storage {
        Storage::with_content(self.gpu, label, bytemuck::cast_slice(content), wgpu::BufferUsages::STORAGE)
    }

    /// Appends one dispatch of `shader`; binding *i* is `bindings[i]`.
    pub fn dispatch(&mut self, shader: &Shader, bindings: &[&dyn Bind], over: Over) {
        let threads = match over {
            Over::Each(size) => [size.width, size.height],
            Over::Blocks(size, [x, y]) => [size.width.div_ceil(x), size.height.div_ceil(y)],
            Over::Pairs(size) => [size.width / 2, size.height],
            Over::Strips { frame, words, seen } => [frame.width / (2 * words), seen.height + 1],
            Over::Once => shader.workgroup,
        };
        let groups = [0, 1].map(|i| threads[i].div_ceil(shader.workgroup[i]));
        let pipeline = self.gpu.pipeline(shader.name, Cow::Borrowed(shader.wgsl));
        self.push(shader.name, shader.name, pipeline, bindings, groups);
    }

    /// Appends one dispatch of a generated shader, of this many workgroups in x and y.
    pub fn dispatch_generated(
        &mut self,
        shader: &Generated<'_>,
        bindings: &[&dyn Bind],
        workgroups: [u32; 2],
    ) {
        let pipeline = self.gpu.pipeline(shader.label, Cow::Owned(shader.wgsl.to_owned()));
        self.push(shader.name, shader.label, pipeline, bindings, workgroups);
    }

    fn push(
        &mut self,
        name: &'static str,
        label: &str,
        pipeline: wgpu::ComputePipeline,
        bindings: &[&dyn Bind],
        groups: [u32; 2],
    ) {
        let entries: Vec<_> = bindings
            .iter()
            .zip(0..)
            .map(|(resource, binding)| wgpu::BindGroupEntry { binding, resource: resource.resource() })
            .collect();
        let bindings = self.gpu.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(label),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        self.steps.push(Step { name, pipeline, bindings, groups });
    }

    /// The finished list.
    pub fn finish(self) -> Recording {
        Recording { steps: self.steps }
    }
}

impl Recording {
    /// Names of the dispatches, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.steps.iter().map(|step| step.name)
    }

    /// Encodes every dispatch. With a timer each gets a compute pass of its own, so that it can be timed;
    /// without one they share a pass, which is cheaper.
    pub fn encode(&self, encoder: &mut wgpu::CommandEncoder, timer: Option<&mut Timer>) {
        let Some(timer) = timer else {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            self.steps.iter().for_each(|step| step.encode(&mut pass));
            return;
        };
        for step in &self.steps {
            let descriptor = wgpu::ComputePassDescriptor {
                label: Some(step.name),
                timestamp_writes: timer.next(step.name),
            };
            step.encode(&mut encoder.begin_compute_pass(&descriptor));
        }
    }
}

impl Recording {
    /// Submits every dispatch by itself, for work that is no frame.
    pub fn submit(&self, gpu: &Gpu) {
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.encode(&mut encoder, None);
        gpu.queue().submit([encoder.finish()]);
    }
}

impl Step {
    fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        pass.dispatch_workgroups(self.groups[0], self.groups[1], 1);
    }
}
