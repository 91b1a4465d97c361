//! The learnt room of a pipeline: asking for it, and reading what is known of it. Frames read nothing back.

use super::{Pipeline, Work, calibration};
use crate::{
    Result,
    gpu::Gpu,
    passes::{Room, RoomStatus},
};

/// What is known of the room, at the size of the frame.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct KnownRoom {
    /// Gamma-coded R'G'B' 0..1 as the camera shows it now.
    pub colours: Vec<[f32; 3]>,
    /// How far each pixel is known, 0..1.
    pub trust: Vec<f32>,
}

impl Pipeline {
    pub(super) fn learnt_room(&self) -> Option<(&Gpu, &Room)> {
        match &self.work {
            Work::Segment(frames, segment) => Some((&frames.gpu, segment.room.as_ref()?)),
            Work::Copy(_) | Work::Reframe(_) => None,
        }
    }

    /// What was learnt of the room; `None` if it is not learnt.
    #[doc(hidden)]
    pub fn room(&self) -> Option<&Room> {
        self.learnt_room().map(|(_, room)| room)
    }

    /// Says that nobody is in the picture from now on: all that stays still is room. Or says it no longer. False if the
    /// room is not learnt.
    #[doc(hidden)]
    pub fn set_room_empty(&self, is_empty: bool) -> bool {
        let Some((gpu, room)) = self.learnt_room() else { return false };
        calibration::tell_empty(gpu, room, is_empty);
        true
    }

    /// What the last frame found out about the room. Waits for the GPU.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    #[doc(hidden)]
    pub fn room_status(&self) -> Result<Option<RoomStatus>> {
        let Some((gpu, room)) = self.learnt_room() else { return Ok(None) };
        Ok(gpu.read_storage(&room.status)?.first().copied())
    }

    /// The room at the size of the frame, if it is learnt at that size. Waits for the GPU.
    ///
    /// # Errors
    /// [`crate::GpuError::Lost`].
    #[doc(hidden)]
    pub fn known_room(&self) -> Result<Option<KnownRoom>> {
        let Some((gpu, room)) = self.learnt_room() else { return Ok(None) };
        let Work::Segment(frames, _) = &self.work else { return Ok(None) };
        if room.frame != self.size {
            return Ok(None);
        }
        let status = self.room_status()?.unwrap_or_default();
        let gain = status.gain.map(|v| if v > 0.0 { v } else { 1.0 });
        let colorimetry = frames.frame.colorimetry;
        let plate: Vec<[u16; 2]> = gpu.read_storage(&room.plate)?;
        let (lumas, chromas) = plate.split_at(plate.len() / 2);
        let code = |v: u16| f64::from(v) / 256.0;
        let colours = lumas.iter().zip(chromas).flat_map(|(lumas, &[cb, cr])| {
            lumas.map(|y| {
                let rgb = colorimetry.rgb_of([y, cb, cr].map(code));
                [0, 1, 2].map(|c| (rgb[c] as f32 * gain[c]).clamp(0.0, 1.0))
            })
        });
        let counts: Vec<u32> = gpu.read_storage(&room.counts)?;
        let trust: Vec<f32> = counts.iter().map(|&count| status.trust(count)).collect();
        let (width, height) = (room.size.width as usize, room.size.height as usize);
        let place = |i: u32, size: u32, cells: usize| {
            let at = (i as f32 + 0.5) * cells as f32 / size as f32 - 0.5;
            let inside = |v: f32| v.clamp(0.0, cells as f32 - 1.0) as usize;
            (inside(at.floor()), inside(at.floor() + 1.0), at - at.floor())
        };
        let columns: Vec<_> = (0..self.size.width).map(|x| place(x, self.size.width, width)).collect();
        let row = |y: u32| {
            let (top, low, v) = place(y, self.size.height, height);
            let at = |x: usize, y: usize| trust[y * width + x];
            columns.iter().map(move |&(left, right, u)| {
                let (upper, lower) = (
                    at(left, top) + (at(right, top) - at(left, top)) * u,
                    at(left, low) + (at(right, low) - at(left, low)) * u,
                );
                upper + (lower - upper) * v
            })
        };
        let known: Vec<f32> = (0..self.size.height).flat_map(|y| row(y).collect::<Vec<_>>()).collect();
        Ok(Some(KnownRoom { colours: colours.collect(), trust: known }))
    }
}
