//! Records passes as a flat list of dispatches, which every frame replays.

use std::sync::Arc;

use super::{
    Bind, Bound, Generated, Gpu, Granularity, Literal, Plane, Shader, Storage, Texel, Timer, Uniform,
};
use crate::Size;

/// Records dispatches. [`Recorder::finish`] compiles their shaders in parallel; they run when the
/// [`Recording`] is encoded and submitted.
#[derive(Debug)]
pub struct Recorder<'g> {
    gpu: &'g Gpu,
    drafts: Vec<Draft>,
}

/// A dispatch whose pipeline may not exist yet.
#[derive(Debug)]
struct Draft {
    name: &'static str,
    label: String,
    wgsl: Arc<str>,
    bound: Vec<Bound>,
    workgroups: [u32; 2],
    indirect: Option<Storage>,
    compiled: Option<(wgpu::ComputePipeline, wgpu::BindGroup)>,
}

/// A flat list of dispatches. Encoding it for a frame needs no allocation and no lookup.
#[derive(Debug, Default)]
pub struct Recording {
    steps: Vec<Step>,
}

/// One dispatch of a recording.
#[derive(Debug)]
pub struct Step {
    /// The pass's name.
    pub name: &'static str,
    /// The shader's whole WGSL.
    pub wgsl: Arc<str>,
    /// The bound resources; binding *i* is `bound[i]`.
    pub bound: Vec<Bound>,
    /// Number of workgroups in x and y; the most, if `indirect` says how many.
    pub workgroups: [u32; 2],
    /// Where the GPU finds the number of workgroups, three u32.
    indirect: Option<Storage>,
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
}

/// The number of threads of a dispatch, and the part of a picture that each covers.
#[derive(Clone, Copy, Debug)]
pub enum Extent {
    /// One per element of a plane of this size; the shader guards the edge.
    Each(Size),
    /// One per block of elements of this width and height; the shader guards the edge.
    Blocks(Size, [u32; 2]),
    /// One per pair of pixels, that is, per YUYV word.
    Pairs(Size),
    /// One per strip of YUYV words that interpolate between the same texels of another plane:
    /// `lib/strip.wgsl`.
    Strips {
        /// Size of the frame in pixels.
        frame: Size,
        /// Words of a strip.
        words: u32,
        /// Size of the other plane in texels.
        sampled: Size,
        /// Strips per thread, one below the other.
        strips_per_thread: u32,
    },
    /// One workgroup.
    Once,
}

impl<'g> Recorder<'g> {
    /// Creates an empty recorder.
    pub fn new(gpu: &'g Gpu) -> Self {
        Self { gpu, drafts: Vec::new() }
    }

    /// The device that runs the recording.
    pub fn gpu(&self) -> &'g Gpu {
        self.gpu
    }

    /// Creates a plane for a pass to write.
    pub fn plane<T: Texel>(&self, label: &str, size: Size) -> Plane<T> {
        Plane::new(self.gpu, label, size)
    }

    /// Creates a buffer for a pass to write.
    pub fn storage(&self, label: &str, bytes: u64) -> Storage {
        Storage::new(self.gpu, label, bytes)
    }

    /// Creates a buffer of parameters with this content.
    pub fn uniform<U: Uniform>(&self, label: &str, content: U) -> Storage {
        Storage::with_content(self.gpu, label, bytemuck::bytes_of(&content), U::USAGE)
    }

    /// Creates a buffer of parameters that the CPU may overwrite between frames.
    pub fn updatable_uniform<U: Uniform>(&self, label: &str, content: U) -> Storage {
        let usage = U::USAGE | wgpu::BufferUsages::COPY_DST;
        Storage::with_content(self.gpu, label, bytemuck::bytes_of(&content), usage)
    }

    /// Creates a read-only storage buffer with this content.
    pub fn constants(&self, label: &str, content: &[f32]) -> Storage {
        Storage::with_content(self.gpu, label, bytemuck::cast_slice(content), wgpu::BufferUsages::STORAGE)
    }

    /// Appends one dispatch of `shader`; binding *i* is `bindings[i]`.
    pub fn dispatch(&mut self, shader: &Shader, bindings: &[&dyn Bind], over: Extent) {
        self.dispatch_text(shader, shader.wgsl, bindings, over);
    }

    /// Appends one dispatch of `shader` whose last binding, `params`, becomes a constant in the WGSL:
    /// llvmpipe idiom 3.
    pub fn dispatch_with(
        &mut self,
        shader: &Shader,
        constants: &impl Literal,
        bindings: &[&dyn Bind],
        over: Extent,
    ) {
        self.dispatch_text(shader, &shader.with_constants(constants), bindings, over);
    }

    fn dispatch_text(&mut self, shader: &Shader, wgsl: &str, bindings: &[&dyn Bind], over: Extent) {
        let threads = match over {
            Extent::Each(size) => [size.width, size.height],
            Extent::Blocks(size, [x, y]) => [size.width.div_ceil(x), size.height.div_ceil(y)],
            Extent::Pairs(size) => [size.width / 2, size.height],
            Extent::Strips { frame, words, sampled, strips_per_thread } => {
                [frame.width / (2 * words), (sampled.height + 1).div_ceil(strips_per_thread)]
            }
            Extent::Once => shader.workgroup,
        };
        let groups = [0, 1].map(|i| threads[i].div_ceil(shader.workgroup[i]));
        let draft = self.draft(shader.name, shader.name, wgsl, bindings, groups);
        self.drafts.push(draft);
    }

    /// Number of workgroups in x and y of each dispatch so far.
    pub fn workgroups(&self) -> Vec<[u32; 2]> {
        self.drafts.iter().map(|draft| draft.workgroups).collect()
    }

    /// Appends the dispatches of `other`, whose numbers of workgroups, x, y and z, are read from `arguments` when they
    /// run: three u32 for each, written by an earlier dispatch. They must be those of [`Recorder::workgroups`], or
    /// zeros, with which a dispatch costs next to nothing.
    pub fn append_indirect(&mut self, other: Self, arguments: &Storage) {
        let drafts = other.drafts.into_iter().zip(0..).map(|(draft, i)| {
            let offset = arguments.offset + 12 * i;
            Draft { indirect: Some(Storage { offset, bytes: 12, ..arguments.clone() }), ..draft }
        });
        self.drafts.extend(drafts);
    }

    /// Compiles in parallel those of these shaders that are new.
    pub fn prepare<'s>(&self, shaders: impl Iterator<Item = Generated<'s>>) {
        let texts: Vec<(&str, Arc<str>)> =
            shaders.map(|shader| (shader.label, self.text(shader.wgsl))).collect();
        self.prepare_texts(texts.iter().map(|(label, wgsl)| (*label, wgsl)));
    }

    fn prepare_texts<'s>(&self, texts: impl Iterator<Item = (&'s str, &'s Arc<str>)>) {
        let mut new: Vec<(&str, &Arc<str>)> = Vec::new();
        for (label, wgsl) in texts {
            if self.gpu.known(wgsl).is_none() && !new.iter().any(|(_, other)| *other == wgsl) {
                new.push((label, wgsl));
            }
        }
        self.gpu.prepare(&new);
    }

    /// Appends one dispatch of a generated shader, with this many workgroups in x and y, and compiles it now.
    pub fn dispatch_generated(
        &mut self,
        shader: &Generated<'_>,
        bindings: &[&dyn Bind],
        workgroups: [u32; 2],
    ) {
        let mut draft = self.draft(shader.name, shader.label, shader.wgsl, bindings, workgroups);
        draft.compiled = Some(draft.compile(self.gpu));
        self.drafts.push(draft);
    }

    /// Shares one copy of a text among its dispatches.
    fn text(&self, wgsl: &str) -> Arc<str> {
        let drafted =
            || self.drafts.iter().find(|draft| *draft.wgsl == *wgsl).map(|draft| draft.wgsl.clone());
        self.gpu.known(wgsl).or_else(drafted).unwrap_or_else(|| wgsl.into())
    }

    fn draft(
        &self,
        name: &'static str,
        label: &str,
        wgsl: &str,
        bindings: &[&dyn Bind],
        workgroups: [u32; 2],
    ) -> Draft {
        let bound = bindings.iter().map(|resource| resource.resource().into()).collect();
        Draft {
            name,
            label: label.into(),
            wgsl: self.text(wgsl),
            bound,
            workgroups,
            indirect: None,
            compiled: None,
        }
    }

    /// Compiles the shaders, creates the bind groups, and returns the list.
    pub fn finish(self) -> Recording {
        self.prepare_texts(self.drafts.iter().map(|draft| (draft.label.as_str(), &draft.wgsl)));
        let pending: Vec<_> = self.drafts.iter().map(|d| (&*d.label, &*d.wgsl, &*d.bound)).collect();
        self.gpu.precompile(&pending);
        let finish = |draft: Draft| {
            let (pipeline, bindings) = draft.compiled.clone().unwrap_or_else(|| draft.compile(self.gpu));
            let Draft { name, wgsl, bound, workgroups, indirect, .. } = draft;
            Step { name, wgsl, bound, workgroups, indirect, pipeline, bindings }
        };
        Recording { steps: self.drafts.into_iter().map(finish).collect() }
    }
}

impl Draft {
    fn compile(&self, gpu: &Gpu) -> (wgpu::ComputePipeline, wgpu::BindGroup) {
        let pipeline = gpu.pipeline(&self.label, &self.wgsl);
        let resources = self.bound.iter().zip(0..);
        let entries: Vec<_> = resources
            .map(|(bound, binding)| wgpu::BindGroupEntry { binding, resource: bound.resource() })
            .collect();
        let bindings = gpu.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&self.label),
            layout: &pipeline.get_bind_group_layout(0),
            entries: &entries,
        });
        (pipeline, bindings)
    }
}

impl Recording {
    /// The dispatches, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The dispatches' names, in order.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &'static str> {
        self.steps.iter().map(|step| step.name)
    }

    /// Encodes every dispatch. A timer with [`Granularity::Dispatch`] gives each a compute pass of its own, one
    /// with [`Granularity::Network`] the network; otherwise all share one, which is cheaper.
    pub fn encode(&self, encoder: &mut wgpu::CommandEncoder, timer: Option<&mut Timer>) {
        let timer = match timer {
            Some(timer) => timer,
            None => return encode_together(&self.steps, encoder, None),
        };
        match timer.granularity {
            Granularity::Dispatch => {}
            Granularity::Recording => {
                return encode_together(&self.steps, encoder, timer.next("recording"));
            }
            Granularity::Network => {
                let is_model = |step: &Step| step.name == "model";
                for steps in self.steps.chunk_by(|a, b| is_model(a) == is_model(b)) {
                    let name = if is_model(&steps[0]) { "model" } else { "recording" };
                    encode_together(steps, encoder, timer.next(name));
                }
                return;
            }
        }
        for step in &self.steps {
            let descriptor = wgpu::ComputePassDescriptor {
                label: Some(step.name),
                timestamp_writes: timer.next(step.name),
            };
            step.encode(&mut encoder.begin_compute_pass(&descriptor));
        }
    }
}

/// Encodes dispatches in one compute pass.
fn encode_together(
    steps: &[Step],
    encoder: &mut wgpu::CommandEncoder,
    timestamp_writes: Option<wgpu::ComputePassTimestampWrites<'_>>,
) {
    let descriptor = wgpu::ComputePassDescriptor { label: Some("frame"), timestamp_writes };
    let mut pass = encoder.begin_compute_pass(&descriptor);
    steps.iter().for_each(|step| step.encode(&mut pass));
}

impl Recording {
    /// Encodes and submits the recording alone, for work outside of a frame.
    pub fn submit(&self, gpu: &Gpu) {
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.encode(&mut encoder, None);
        gpu.queue().submit([encoder.finish()]);
    }
}

impl Step {
    /// Encodes the dispatch alone.
    pub fn encode(&self, pass: &mut wgpu::ComputePass<'_>) {
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, &[]);
        match &self.indirect {
            None => pass.dispatch_workgroups(self.workgroups[0], self.workgroups[1], 1),
            Some(Storage { buffer, offset, .. }) => pass.dispatch_workgroups_indirect(buffer, *offset),
        }
    }
}
