use crate::{
    Size,
    gpu::{Bind, Extent, Gpu, Mask, Plane, Recorder, Shader, Storage},
    shader,
};

/// Who is the person, where several people are in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum People {
    /// Everybody.
    #[default]
    All,
    /// The largest and nearest alone; others are background.
    Front,
}

pub(super) const SHADER: Shader = shader!("passes", "people", ["join", "label", "owners"], [256, 1], ());

/// What is remembered of the one person who is kept; nobody yet.
#[derive(Clone, Debug)]
pub struct KeptPerson {
    /// Eight u32: see `people.wgsl`.
    pub memory: Storage,
    /// A u32 for each texel of the mask: whose it was in the last frame.
    pub owners: Storage,
}

impl KeptPerson {
    /// For masks of this size.
    pub fn new(gpu: &Gpu, mask: Size) -> Self {
        let owners = Storage::new(gpu, "owners", 4 * mask.area() as u64);
        Self { memory: Storage::new(gpu, "kept person", 32), owners }
    }

    /// Forgets them.
    pub fn reset(&self, gpu: &Gpu) {
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for Storage { buffer, offset, bytes } in [&self.memory, &self.owners] {
            encoder.clear_buffer(buffer, *offset, Some(*bytes));
        }
        gpu.queue().submit([encoder.finish()]);
    }
}

/// Decides which part of the mask is the person who is kept, and updates the memory. `seconds` holds those since
/// the last frame. Returns a u32 for each texel, for [`super::front()`].
pub fn people(rec: &mut Recorder<'_>, mask: &Plane<Mask>, person: &KeptPerson, seconds: &Storage) -> Storage {
    let texels = mask.size.area() as u64;
    let cells = u64::from(mask.size.width.div_ceil(4) * mask.size.height.div_ceil(4));
    let [labels, classes] = ["labels", "classes"].map(|label| rec.storage(label, 4 * texels));
    let [counts, cells] =
        [("counts", 6 * texels), ("cells", cells)].map(|(label, n)| rec.storage(label, 4 * n));
    let KeptPerson { memory, owners } = person;
    let bindings: [&dyn Bind; 8] = [mask, owners, memory, &labels, &counts, &cells, &classes, seconds];
    rec.dispatch(&SHADER, &bindings, Extent::Once);
    classes
}
