//! What is known of the room behind the person.

use super::{frame::Frame, meter::LIGHT_BYTES, strips::Strips};
use crate::{
    Size,
    gpu::{Gpu, Storage},
};

/// Whether the room is learnt from the frames, where nobody is in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[non_exhaustive]
pub enum LearnRoom {
    /// On a hardware GPU, for which it is little work.
    #[default]
    Auto,
    /// Always, with --refine guided and without --follow.
    On,
    /// Never.
    Off,
}

impl LearnRoom {
    /// Whether it is learnt on this GPU.
    pub fn is_on(self, gpu: &Gpu) -> bool {
        match self {
            Self::Auto => gpu.tuning().learn_room,
            Self::On => true,
            Self::Off => false,
        }
    }
}

/// The room as far as it was seen, which is a picture of it: it stays on the GPU, and [`Room::reset`] clears it.
/// `lib/room.wgsl` says what the numbers mean.
#[derive(Clone, Debug)]
pub struct Room {
    /// Size of the mask.
    pub size: Size,
    /// `room_learn`: R'G'B' and variance of each cell, f32.
    pub cells: Storage,
    /// `room_learn`: how often each cell was seen, u32.
    pub counts: Storage,
    /// `room_sight`: four f32 for each cell. Made anew in each frame.
    pub sight: Storage,
    /// `room_watch`: gain, whether to forget, and what is told to the user.
    pub status: Storage,
    /// `room_plate`: the room at the size of the frame, 16-bit codes in 256ths: Y' of all pairs of pixels, then Cb with
    /// Cr.
    pub plate: Storage,
    /// Size of the plate.
    pub frame: Size,
    /// Gains of the picture that is shown, as `meter` makes them; 1 where that is the camera's.
    pub light: Storage,
}

/// `Status` in `lib/room.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct RoomStatus {
    /// Of the camera, for each channel, against the frames that the room was learnt from; 0: not known.
    pub gain: [f32; 3],
    /// Frames running with many odd cells.
    pub bad: f32,
    /// 1 if this frame forgot the room.
    pub forget: f32,
    /// How often that was so.
    pub resets: f32,
    /// Share of the visible cells that differ from the room.
    pub odd: f32,
    /// The same of those with texture around.
    pub textured: f32,
    /// Share of the cells that are known.
    pub known: f32,
    /// Frames since the start, modulo 4.
    pub frame: f32,
    /// 1 while somebody says that nobody is in the picture.
    pub ask: f32,
    /// Share of the cells with a person in the frame before.
    pub person: f32,
    /// Frames since the room was put back from a file, until frames confirm it; 0: not in doubt.
    pub doubt: f32,
    /// Frames running that confirmed it.
    pub agreed: f32,
    /// Frames since all was forgotten, or since the start.
    pub age: f32,
    /// Nothing.
    pub padding: f32,
}

/// Frames after which a cell's colour begins to be trusted, and over how many more that grows to 1: `trust` in
/// `lib/room.wgsl`.
const UNTRUSTED: f32 = 2.0;
const TRUST_GROWS: f32 = 6.0;

impl RoomStatus {
    /// How far a cell with this count is trusted, 0..1.
    pub(crate) fn trust(&self, count: u32) -> f32 {
        let seen = (count & 0xff) as f32;
        if self.doubt == 0.0 { ((seen - UNTRUSTED) / TRUST_GROWS).clamp(0.0, 1.0) } else { 0.0 }
    }
}

impl Room {
    /// Knows nothing yet, of frames like this one whose mask has size `size`.
    pub fn new(gpu: &Gpu, frame: &Frame, size: Size) -> Self {
        let storage = |label, bytes| Storage::new(gpu, label, bytes);
        let cells = size.area() as u64;
        Self {
            size,
            cells: storage("room cells", 16 * cells),
            counts: storage("room counts", 4 * cells),
            sight: storage("room sight", 16 * cells),
            status: storage("room status", size_of::<RoomStatus>() as u64),
            plate: storage("room plate", Self::plate_bytes(frame.size)),
            frame: frame.size,
            light: Storage::with_content(
                gpu,
                "room light",
                bytemuck::cast_slice(&[1.0f32; LIGHT_BYTES as usize / 4]),
                wgpu::BufferUsages::STORAGE,
            ),
        }
    }

    /// Size of the plate in bytes.
    pub fn plate_bytes(frame: Size) -> u64 {
        2 * frame.yuyv_bytes() as u64
    }

    /// The same room, for a picture that is shown in this light.
    pub fn in_light(self, light: &Storage) -> Self {
        Self { light: light.clone(), ..self }
    }

    /// Of two forms of a pass the one that reads this room, with the plate, the counts, the status and the light to
    /// bind; without a room, anything readable, which the other form never reads.
    pub(super) fn bound<'a>(
        room: Option<&'a Self>,
        anything: &'a Storage,
        with: &'a Strips,
        without: &'a Strips,
    ) -> (&'a Strips, [&'a Storage; 4]) {
        match room {
            Some(Self { plate, counts, status, light, .. }) => (with, [plate, counts, status, light]),
            None => (without, [anything; 4]),
        }
    }

    /// Forgets everything, and overwrites the picture of the room.
    pub fn reset(&self, gpu: &Gpu) {
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let Self { cells, counts, status, plate, .. } = self;
        for Storage { buffer, offset, bytes } in [cells, counts, status, plate] {
            encoder.clear_buffer(buffer, *offset, Some(*bytes));
        }
        gpu.queue().submit([encoder.finish()]);
    }
}
