//! What of a large picture an adapter can bind. Nearly everything of a frame fits wherever the frame does
//! ([`MAX_SIDE`](crate::frame::MAX_SIDE)); this is the rest.

use super::{
    InputFormat,
    settings::{Denoise, Settings},
};
use crate::{
    GpuError, Size,
    gpu::Gpu,
    passes::{DenoiseState, LearnRoom, Room},
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
        refuse("learnt room", picture, Room::plate_bytes(picture))?;
    }
    Ok(())
}

/// Whether the plate of a room can be kept at this size.
pub(super) fn holds_room(gpu: &Gpu, picture: Size) -> bool {
    Room::plate_bytes(picture) <= most(gpu)
}

fn most(gpu: &Gpu) -> u64 {
    gpu.device().limits().max_storage_buffer_binding_size
}
