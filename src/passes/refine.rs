use super::{
    alpha::{Smooth, alpha},
    bilateral::bilateral,
    coefficients::coefficients,
    fit::fit,
    frame::{Alpha, Frame},
    guide::Guide,
    islands::islands,
    plain::plain,
    room::Room,
    room_edge::room_edge,
    shape::{Shape, shape},
    solve::solve,
    state::State,
    statistics::statistics,
};
use crate::{
    Size,
    gpu::{Mask, Plane, Recorder},
    model::{ModelView, OutputGrid},
};

/// How the model's mask becomes alpha at the frame's size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Refine {
    /// Guided solves against the camera's colours: the sharpest and the steadiest.
    #[default]
    Guided,
    /// Volcomix's joint bilateral filter, for comparison.
    Bilateral,
    /// The model's own mask, enlarged.
    None,
}

/// The model's probability over the frame alone, at `size` for the guided method, without parts that `wanted`
/// drops. `view` is the frame's place in the model's input.
pub fn fit_mask(
    rec: &mut Recorder<'_>,
    how: Refine,
    wanted: Shape,
    probability: &Plane<Mask>,
    view: ModelView,
    grid: OutputGrid,
    size: Size,
) -> Plane<Mask> {
    // A grid that covers exactly the frame needs no resampling, except to the guide's size for the solves.
    let covers = view.is_whole() && grid == OutputGrid::Centres;
    let mask = match covers && (how != Refine::Guided || probability.size == size) {
        true => probability.clone(),
        false => fit(rec, probability, view, grid, size),
    };
    without_islands(rec, mask, wanted)
}

/// The mask without the parts that `wanted` drops.
pub fn without_islands(rec: &mut Recorder<'_>, mask: Plane<Mask>, wanted: Shape) -> Plane<Mask> {
    if wanted.islands > 0.0 { islands(rec, &mask, wanted.islands) } else { mask }
}

/// Turns the mask into alpha at the frame's size by one of three methods, of which the guided one averages
/// over time, and shapes it as `wanted`. `guide` is the frame at mask size. Where `room` is known, both sides of the
/// guided edge are.
#[allow(clippy::too_many_arguments)] // one for each arrow into `refine` in ARCHITECTURE.md
pub fn refine(
    rec: &mut Recorder<'_>,
    how: Refine,
    smooth: Smooth,
    wanted: Shape,
    frame: &Frame,
    guide: &Guide,
    mask: &Plane<Mask>,
    room: Option<&Room>,
    state: &State,
) -> Alpha {
    let alpha = match how {
        Refine::None => plain(rec, mask, frame.size),
        Refine::Bilateral => bilateral(rec, frame, mask),
        Refine::Guided => {
            let statistics = statistics(rec, &guide.plane, mask, frame.size, state);
            let [once, twice] = &state.solved;
            // Where the model doubts, the first solve leans towards the person and the second back
            // (docs/PICTURE.md, "Steepening").
            solve(rec, &guide.plane, &statistics, mask, 0.72, once, state);
            solve(rec, &guide.plane, &statistics, once, 0.85, twice, state);
            let model = coefficients(rec, frame, guide, twice, state);
            let model = match room {
                Some(room) => room_edge(rec, frame, &guide.plane, twice, &model, room),
                None => model,
            };
            alpha(rec, frame, &model, smooth, state)
        }
    };
    shape(rec, alpha, wanted)
}
