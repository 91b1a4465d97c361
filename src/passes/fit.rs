use crate::{
    Size,
    gpu::{Extent, Mask, Plane, Recorder, Shader},
    model::{ModelView, OutputGrid},
    shader, uniform,
};

uniform! {
    /// The `Params` of `fit.wgsl`.
    Params {
        net: [f32; 2],
        content_at: [f32; 2],
        content_size: [f32; 2],
        corners: u32,
        padding: u32,
    }
}

pub(super) const SHADER: Shader = shader!("passes", "fit", ["sample"], [16, 4], Params);

/// Resamples a probability on the model's grid over `view` to `size` texels over the frame alone.
pub fn fit(
    rec: &mut Recorder<'_>,
    probability: &Plane<Mask>,
    view: ModelView,
    grid: OutputGrid,
    size: Size,
) -> Plane<Mask> {
    let fitted = rec.plane("fitted", size);
    let float = |[x, y]: [u32; 2]| [x as f32, y as f32];
    let params = Params {
        net: float(view.size.into()),
        content_at: float(view.content_at),
        content_size: float(view.content_size.into()),
        corners: (grid == OutputGrid::Corners).into(),
        padding: 0,
    };
    rec.dispatch_with(&SHADER, &params, &[probability, &fitted], Extent::Each(size));
    fitted
}
