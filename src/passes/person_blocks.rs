use super::{guide::Guide, state::PersonBox};
use crate::{
    Size,
    gpu::{Extent, Mask, Plane, Recorder, Shader, Storage},
    shader, uniform,
};

uniform! {
    /// The `Params` of `person_blocks.wgsl`.
    Params {
        blocks: [u32; 2],
        edge: u32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "person_blocks", [], [8, 8], Params);

/// A mask in square blocks, and the change of luma in them: two u32 for each, see the shader.
#[derive(Clone, Debug)]
pub struct PersonBlocks {
    /// The blocks, row by row.
    pub words: Storage,
    /// How many there are.
    pub size: Size,
    /// Texels along a side of one.
    pub edge: u32,
}

impl PersonBlocks {
    /// Number of blocks along the sides of a mask, and texels along a side of each: 4, and more only where a mask
    /// of an unusual shape would have more blocks than `person_box` can hold.
    pub fn of_mask(mask: Size) -> (Size, u32) {
        let blocks = |edge| Size::new(mask.width.div_ceil(edge), mask.height.div_ceil(edge));
        let edge = (4..16).find(|&edge| blocks(edge).area() <= PersonBox::BLOCKS).unwrap_or(16);
        (blocks(edge), edge)
    }
}

/// The last frame's refined mask in blocks, and how much `guide`, of this frame, differs from it.
pub fn person_blocks(rec: &mut Recorder<'_>, mask: &Plane<Mask>, guide: &Guide) -> PersonBlocks {
    let (size, edge) = PersonBlocks::of_mask(mask.size);
    let words = rec.storage("person blocks", 8 * size.area() as u64);
    let params = Params { blocks: size.into(), edge, padding: 0 };
    rec.dispatch_with(&SHADER, &params, &[mask, &guide.plane, &words], Extent::Each(size));
    PersonBlocks { words, size, edge }
}
