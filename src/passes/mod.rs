//! Passes: functions from planes to a plane. Each is a shader, a function that records it, and a test, all of
//! one name. [`crate::pipeline`] composes them; a shader's first lines define what it computes.

mod alpha;
mod backdrop;
mod background;
mod bilateral;
mod blur;
mod checkered;
mod close_up;
mod coefficients;
mod composite;
mod cutout;
mod denoise;
mod disc;
mod display;
mod enlarge;
mod expose;
mod feather;
mod fit;
mod follow;
mod frame;
mod front;
mod grain;
mod grow;
mod guide;
mod halve;
mod islands;
mod light_match;
mod meter;
mod nv12;
mod overlay;
mod people;
mod person_blocks;
mod person_box;
mod plain;
mod prefix;
mod preprocess;
mod refine;
mod reframe;
mod replace;
mod room;
mod room_edge;
mod room_evidence;
mod room_learn;
mod room_plate;
mod room_sight;
mod room_watch;
mod second_look;
mod shape;
mod shrink;
mod softmax;
mod solve;
mod state;
mod statistics;
mod strips;
mod tensor;
mod threshold;
mod tone;
mod turn;
mod unmix;
mod unpack;
mod unpack_rgb;

#[cfg(feature = "bench")]
pub(crate) use self::bilateral::Taps;
pub use self::{
    alpha::{Smooth, alpha},
    backdrop::{
        Backdrop, backdrop, backdrop_side, blurred, blurred_and_backdrop, bokeh, frame_scale, frame_sigma,
    },
    background::background,
    bilateral::bilateral,
    blur::{Blurred, blur, blur_small},
    checkered::checkered,
    close_up::close_up,
    coefficients::coefficients,
    composite::composite,
    cutout::cutout,
    denoise::{DenoiseState, denoise},
    disc::disc,
    display::display,
    enlarge::enlarge,
    expose::{Exposure, expose},
    feather::feather,
    fit::fit,
    follow::follow,
    frame::{Alpha, Frame},
    front::front,
    grain::grain,
    grow::grow,
    guide::{Guide, guide},
    halve::{half_of, halve},
    islands::islands,
    light_match::light_match,
    meter::{LIGHT_BYTES, meter},
    nv12::nv12,
    overlay::overlay,
    people::{KeptPerson, People, people},
    person_blocks::{PersonBlocks, person_blocks},
    person_box::person_box,
    plain::plain,
    prefix::prefix,
    preprocess::preprocess,
    refine::{Refine, fit_mask, refine, without_islands},
    reframe::{reframe, reframe_moving},
    replace::{Blend, Wrap, replace},
    room::{LearnRoom, Room, RoomStatus},
    room_edge::room_edge,
    room_evidence::{amended_by_room, room_evidence},
    room_learn::room_learn,
    room_plate::room_plate,
    room_sight::room_sight,
    room_watch::room_watch,
    second_look::second_look,
    shape::{Shape, shape},
    shrink::shrink,
    softmax::softmax,
    solve::solve,
    state::{FollowedRegion, LinearModel, PersonBox, State},
    statistics::{Statistics, statistics},
    tensor::tensor,
    threshold::threshold,
    tone::tone,
    turn::turn,
    unmix::unmix,
    unpack::unpack,
    unpack_rgb::unpack_rgb,
};
use crate::gpu::Shader;

/// Every shader of the passes, for the test that validates them without a GPU.
pub const SHADERS: &[Shader] = &[
    unpack::SHADER,
    unpack_rgb::SHADER,
    turn::SHADER,
    reframe::SHADER,
    guide::SHADER.vec4,
    guide::SHADER.scalar,
    preprocess::SHADER.vec4,
    preprocess::SHADER.scalar,
    expose::SHADER,
    tensor::SHADER,
    softmax::SHADER,
    fit::SHADER,
    person_blocks::SHADER,
    person_box::SHADER,
    close_up::SHADER,
    second_look::SHADER,
    statistics::SHADER.single,
    statistics::SHADER.unrolled,
    statistics::SHADER.rolled,
    solve::SHADER.single,
    solve::SHADER.unrolled,
    solve::SHADER.rolled,
    coefficients::SINGLE,
    coefficients::SKIPPING,
    alpha::TEMPORAL_ON.vec4,
    alpha::TEMPORAL_ON.scalar,
    alpha::TEMPORAL_OFF.vec4,
    alpha::TEMPORAL_OFF.scalar,
    halve::SHADER.vec4,
    halve::SHADER.scalar,
    enlarge::SHADER.vec4,
    enlarge::SHADER.scalar,
    follow::SHADER,
    plain::SHADER,
    bilateral::SHADER,
    islands::SHADER,
    people::SHADER,
    front::SHADER,
    threshold::SHADER,
    checkered::SHADER,
    light_match::SHADER,
    tone::SHADER.vec4,
    tone::SHADER.scalar,
    meter::SHADER,
    denoise::SHADER,
    grain::SHADER,
    shrink::SHADER,
    display::SHADER,
    grow::SHADER,
    feather::SHADER,
    background::PLATE_OFF.vec4,
    background::PLATE_OFF.scalar,
    background::PLATE_ON.vec4,
    background::PLATE_ON.scalar,
    blur::ROWS,
    blur::COLUMNS,
    blur::SMALL,
    backdrop::UPSAMPLE_1X,
    backdrop::UPSAMPLE_2X,
    composite::PLATE_OFF.vec4,
    composite::PLATE_OFF.scalar,
    composite::PLATE_ON.vec4,
    composite::PLATE_ON.scalar,
    cutout::SHADER,
    overlay::SHADER,
    nv12::SHADER,
    prefix::SHADER,
    disc::SHADER,
    replace::WRAP_OFF.vec4,
    replace::WRAP_OFF.scalar,
    replace::WRAP_ON.vec4,
    replace::WRAP_ON.scalar,
    unmix::SHADER.vec4,
    unmix::SHADER.scalar,
    room_sight::SHADER,
    room_watch::SHADER,
    room_evidence::SHADER,
    room_edge::SHADER,
    room_learn::SHADER,
    room_plate::SHADER,
];
