//! A room, a person before it and what is known of the room, for the tests of its passes.

use gpucam::internals::{
    Size,
    gpu::{Gpu, Storage},
    passes::{Room, RoomStatus},
};

use crate::{
    mirror::{Mask, Plane, Rgb, room::Cells},
    support::gpu::{BT601, blob, noise, plane, poison_storage, scene, upload},
};

/// What the passes read.
pub struct Fixture {
    pub guide: Rgb,
    pub mask: Mask,
    pub last: Mask,
    pub cells: Cells,
    pub gain: [f64; 3],
    pub frame: Size,
}

/// As f32 stores it.
pub fn f32s<const N: usize>(plane: Plane<N>) -> Plane<N> {
    plane.map(|v| v.map(|v| f64::from(v as f32)))
}

impl Fixture {
    /// A frame whose cells repeat the room up to noise, but where a person stands; some cells are not known, and some
    /// of the room was moved.
    pub fn new(frame: Size, seed: u64) -> Self {
        let guide = super::guide_of(frame, seed);
        let (w, h) = (guide.width, guide.height);
        let gain = [0.97, 1.02, 1.05].map(|v| f64::from(v as f32));
        let mask = blob(Size::new(w as u32, h as u32), seed + 1);
        let is_person = |i: usize| mask.data[i][0] > 0.6;
        let unit = |k: u64, i: usize| noise(seed + k, i);
        let colour = Plane::from_fn(w, h, |x, y| {
            let i = y * w + x;
            let off = match (is_person(i), x * 8 / w == 7) {
                (true, _) if (x / 8 + y / 8) % 3 == 0 => 0.0, // where the model is wrong
                (true, _) => 0.25,
                (false, true) => 0.3, // moved
                (false, false) => 0.0,
            };
            let v = 1e-5 + 1.6e-3 * unit(2, i);
            let rgb = [0, 1, 2]
                .map(|c| (guide.data[i][c] / gain[c] + off + 0.02 * (unit(3 + c as u64, i) - 0.5)).abs());
            [rgb[0], rgb[1], rgb[2], v]
        });
        let seen = (0..w * h).map(|i| {
            if (i % w) * 10 / w == 2 { (20.0 * unit(7, i)) as u32 } else { 3 + (29.9 * unit(8, i)) as u32 }
        });
        let running = (0..w * h).map(|i| (5.0 * unit(9, i)) as u32);
        let cells = Cells { colour: f32s(colour), seen: seen.collect(), running: running.collect() };
        // What the model says of the room is far below .05, and so is what was refined.
        let mask = f32s(mask.map(|[p]| [if p < 0.3 { 0.04 * p } else { p }]));
        let last =
            f32s(blob(Size::new(w as u32, h as u32), seed + 5).map(|[p]| [if p < 0.4 { 0.0 } else { p }]));
        Self { guide, mask, last, cells, gain, frame }
    }

    /// The room on the GPU; what passes make of it is poisoned.
    pub fn upload(&self, gpu: &Gpu, status: RoomStatus) -> Room {
        let frame = upload(gpu, &scene(self.frame, 1), self.frame, BT601);
        let size = Size::new(self.guide.width as u32, self.guide.height as u32);
        let room = Room::new(gpu, &frame, size);
        poison_storage(gpu, &room.sight);
        let floats: Vec<f32> = self.cells.colour.values().iter().map(|&v| v as f32).collect();
        write(gpu, &room.cells, bytemuck::cast_slice(&floats));
        let counts: Vec<u32> = self
            .cells
            .seen
            .iter()
            .zip(&self.cells.running)
            .map(|(seen, running)| seen | (running << 8))
            .collect();
        write(gpu, &room.counts, bytemuck::cast_slice(&counts));
        let gain = self.gain.map(|v| v as f32);
        write(gpu, &room.status, bytemuck::bytes_of(&RoomStatus { gain, ..status }));
        room
    }

    /// The guide with a change of luma in the fourth channel.
    pub fn guide(
        &self,
        gpu: &Gpu,
        change: f64,
    ) -> gpucam::internals::gpu::Plane<gpucam::internals::gpu::Rgb> {
        plane(gpu, &self.guide.map(|[r, g, b]| [r, g, b, change]))
    }
}

pub fn write(gpu: &Gpu, storage: &Storage, bytes: &[u8]) {
    gpu.queue().write_buffer(&storage.buffer, storage.offset, bytes);
}

pub fn floats(gpu: &Gpu, storage: &Storage) -> Vec<f64> {
    gpu.read_storage::<f32>(storage).expect("a readable buffer").into_iter().map(f64::from).collect()
}

pub fn status(gpu: &Gpu, room: &Room) -> RoomStatus {
    gpu.read_storage(&room.status).expect("a readable buffer")[0]
}
