use gpucam::internals::{
    gpu::Recorder,
    passes::{self, RoomStatus},
};

use super::room::{Fixture, write};
use crate::{
    mirror::yuyv,
    support::gpu::{BT601, SIZES, gpu, holds, noise, scene, submit, upload},
};

/// Half a step of 1/256 of a code, and rounding of f32.
const TOLERANCE: f64 = 0.003;

pub fn test() {
    let gpu = gpu();
    for size in &SIZES[1..] {
        let fixture = Fixture::new(*size, 71);
        let bytes = scene(*size, 71);
        let frame = upload(gpu, &bytes, *size, BT601);
        let (cells, rows) = (fixture.guide.width, fixture.guide.height);
        let words = size.area() / 2;
        let before: Vec<u16> = (0..4 * words).map(|i| (65535.0 * noise(72, i)) as u16).collect();
        let room = fixture.upload(gpu, RoomStatus { frame: 1.0, ..RoomStatus::default() });
        write(gpu, &room.plate, bytemuck::cast_slice(&before));
        // Two thirds of the cells were learnt in this frame.
        let learnt = |cell: usize| !cell.is_multiple_of(3);
        let counts: Vec<u32> = fixture
            .cells
            .seen
            .iter()
            .enumerate()
            .map(|(i, n)| n.max(&1) | (u32::from(learnt(i)) << 16))
            .collect();
        write(gpu, &room.counts, bytemuck::cast_slice(&counts));
        let mut rec = Recorder::new(gpu);
        passes::room_plate(&mut rec, &frame, &room);
        submit(rec);
        let plate: Vec<u16> = gpu.read_storage(&room.plate).expect("a readable buffer");
        let got: Vec<f64> = plate.iter().map(|&v| f64::from(v) / 256.0).collect();

        let expect = |gain: [f64; 3]| {
            let mut plate: Vec<f64> = before.iter().map(|&v| f64::from(v) / 256.0).collect();
            let width = size.width as usize / 2;
            let mut learnt_words = 0;
            for (i, word) in bytes.chunks_exact(4).enumerate() {
                let (x, y) = (i % width, i / width);
                let at = |middle: usize, of: usize, n: usize| (middle * n / of).min(n - 1);
                let cell = at(2 * y + 1, 2 * size.height as usize, rows) * cells
                    + at(2 * x + 1, size.width as usize, cells);
                let n = f64::from(fixture.cells.seen[cell].max(1));
                if !learnt(cell) || n > 8.0 && (y + 1) % 4 != 0 {
                    continue;
                }
                learnt_words += 1;
                let w = if n > 8.0 { 4.0 / n } else { 1.0 / n };
                let codes = [word[0], word[2]].map(|y| {
                    let rgb = BT601.rgb(y, word[1], word[3]);
                    yuyv::ycbcr(BT601, [0, 1, 2].map(|c| rgb[c] / gain[c]))
                });
                let chroma = [1, 2].map(|c| (codes[0][c] + codes[1][c]) / 2.0);
                let new = [codes[0][0], codes[1][0], chroma[0], chroma[1]];
                for (place, new) in
                    [2 * i, 2 * i + 1, 2 * (words + i), 2 * (words + i) + 1].into_iter().zip(new)
                {
                    let mean = plate[place] + (new - plate[place]) * w;
                    plate[place] = mean.clamp(0.0, 65535.0 / 256.0);
                }
            }
            assert!(learnt_words > words / 10 && learnt_words < words * 9 / 10, "{learnt_words} of {words}");
            plate
        };
        holds(&format!("room_plate {size}"), &got, &expect(fixture.gain), &expect([1.0; 3]), TOLERANCE);
    }
}
