use super::{
    alpha::{Smooth, alpha, history},
    bilateral::bilateral,
    coefficients::coefficients,
    fit::fit,
    frame::{Alpha, Frame},
    guide::Guide,
    islands::islands,
    plain::plain,
    shape::{Shape, shape},
    solve::solve,
    statistics::statistics,
};
use crate::{
    gpu::{Mask, Plane, Recorder},
    model::{Grid, View},
};

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

/// From the model's probability to alpha at the frame's size, in one of three ways; the guided one is steadied in
/// time. Then it gets the shape that is wanted.
///
/// `guide` is the frame at mask size; `view` says where the frame lies in what the model saw.
#[allow(clippy::too_many_arguments)] // one for each arrow into `refine` in the picture of the way
pub fn refine(
    rec: &mut Recorder<'_>,
    how: Refine,
    smooth: Smooth,
    wanted: Shape,
    frame: &Frame,
    guide: &Guide,
    probability: &Plane<Mask>,
    view: View,
    grid: Grid,
) -> Alpha {
    // The model's grid covers the frame and nothing else: no need to resample it, but to the guide's texels.
    let covers = view.is_whole() && grid == Grid::Centres;
    let mask = match covers && (how != Refine::Guided || probability.size == guide.plane.size) {
        true => probability.clone(),
        false => fit(rec, probability, view, grid, guide.plane.size),
    };
    let mask = if wanted.islands > 0.0 { islands(rec, &mask, wanted.islands) } else { mask };
    let alpha = match how {
        Refine::None => plain(rec, &mask, frame.size),
        Refine::Bilateral => bilateral(rec, frame, &mask),
        Refine::Guided => {
            let statistics = statistics(rec, &guide.plane, &mask, frame.size);
            // What the model doubts is rather person; what is left of doubt after that, rather not.
            let once = solve(rec, &guide.plane, &statistics, &mask, 0.72);
            let twice = solve(rec, &guide.plane, &statistics, &once, 0.85);
            let model = coefficients(rec, frame, guide, &statistics, &twice);
            let history = history(rec, smooth, frame.size);
            alpha(rec, frame, &model, &history, smooth)
        }
    };
    shape(rec, alpha, wanted)
}
