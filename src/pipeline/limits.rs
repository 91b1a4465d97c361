//! What of a large picture an adapter can bind. Nearly everything of a frame fits wherever the frame does
//! ([`MAX_SIDE`](crate::frame::MAX_SIDE)); this is the rest.

use super::{
    InputFormat,
    settings::{Denoise, Settings},
};
use crate::{
    GpuError, Size,
    gpu::{Gpu, check_plane},
    model::ModelView,
    passes::{DenoiseState, LearnRoom, Room, half_of},
};

/// Refuses buffers that the adapter cannot bind as a whole; wgpu would panic. `picture` is the size of the frame.
pub(super) fn check(
    gpu: &Gpu,
    input: &InputFormat,
    picture: Size,
    settings: &Settings,
) -> Result<(), GpuError> {
    let refuse = |what, size, needs| match needs > most(gpu) {
        true => Err(GpuError::TooLarge { what, size, needs, has: most(gpu) }),
        false => Ok(()),
    };
    refuse("input", input.size, input.bytes() as u64)?;
    if settings.denoise != Denoise::Off {
        refuse("denoising", picture, DenoiseState::history_bytes(picture))?;
    }
    if settings.learn_room == LearnRoom::On {
        let sensed = sensed(settings, picture);
        refuse("learnt room", sensed, Room::plate_bytes(sensed))?;
    }
    Ok(())
}

/// Refuses a picture so wide or high that the adapter has no texture for its mask.
pub(super) fn check_mask(gpu: &Gpu, picture: Size, settings: &Settings) -> Result<(), GpuError> {
    check_plane(gpu, "the mask", picture, ModelView::mask_size(sensed(settings, picture)))
}

/// The size at which the person is found: the frame's, or half of it.
fn sensed(settings: &Settings, picture: Size) -> Size {
    match settings.quality.halves(picture) {
        true => half_of(picture),
        false => picture,
    }
}

/// Whether the plate of a room can be kept at this size.
pub(super) fn holds_room(gpu: &Gpu, picture: Size) -> bool {
    Room::plate_bytes(picture) <= most(gpu)
}

fn most(gpu: &Gpu) -> u64 {
    gpu.device().limits().max_storage_buffer_binding_size
}
