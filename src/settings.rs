//! What the picture should look like: plain data with defaults. No clap, no wgpu.

/// How the model's mask becomes alpha at the frame's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Refine {
    /// Guided solves against the camera's colours: the sharpest and the steadiest.
    #[default]
    Guided,
    /// Volcomix's joint bilateral filter, for comparison.
    Bilateral,
    /// The model's own mask, enlarged.
    None,
}

/// Whether a dark frame is brightened for the model. The picture itself is never changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Exposure {
    /// By a gain of 1..4 towards a mean luma of 0.45.
    #[default]
    Auto,
    /// Not at all.
    Off,
}

/// Whether alpha is steadied from frame to frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Smooth {
    /// As far as the camera's noise explains a change; nothing that moves lags. Works with `guided`.
    #[default]
    Auto,
    /// Each frame for itself.
    Off,
}

/// Everything about the picture.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What is shown behind the person. Default: blur.
    pub effect: crate::effects::Chosen,
    /// How alpha is found. Default: guided.
    pub refine: Refine,
    /// Whether the model sees a brightened frame. Default: auto.
    pub exposure: Exposure,
    /// Whether alpha is steadied in time. Default: auto.
    pub smooth: Smooth,
}
