use gpucam::internals::{Size, Smooth, gpu::Recorder, passes};

use crate::{
    mirror::{Mask, Rgb, chain, luma, temporal},
    support::gpu::{BT601, BT709_FULL, SIZES, floats, gpu, holds, poison, scene, submit, upload},
};

/// f32 sums of up to 50 codes of 255, then one conversion: 50 · 2⁻²⁴ · 2.
const TOLERANCE: f64 = 6e-6;
/// The same in the mean.
const MEAN: f64 = 6e-6;

pub fn test() {
    let gpu = gpu();
    for size in SIZES {
        let bytes = scene(size, 50);
        let before =
            temporal::luma_of(&chain::guide(&scene(size, 51), size, BT601)).map(|[y]| [f64::from(y as f32)]);
        let n = 0.004f32;
        let mut rec = Recorder::new(gpu);
        let (width, height) = chain::mask_size(size);
        let state = super::state(size, Smooth::Auto);
        let guide = passes::guide(
            &mut rec,
            &upload(gpu, &bytes, size, BT601),
            Size::new(width as u32, height as u32),
            &state,
        );
        poison(gpu, &guide.plane);
        let write = |to: &gpucam::internals::gpu::Storage, floats: &[f32]| {
            gpu.queue().write_buffer(&to.buffer, to.offset, bytemuck::cast_slice(floats));
        };
        write(&state.noise, &[n, 2.0]);
        // Rows are padded to multiples of four.
        let stride = width.next_multiple_of(4);
        let filled =
            |row: &[f64]| (0..stride).map(|x| row.get(x).map_or(0.0, |&y| y as f32)).collect::<Vec<_>>();
        write(&state.last_luma, &before.values().chunks(width).flat_map(filled).collect::<Vec<_>>());
        submit(rec);
        let texels = |guide: &Rgb| -> Vec<f64> {
            let texel =
                |(&[r, g, b], &[last]): (&[f64; 3], &[f64; 1])| [r, g, b, (luma([r, g, b]) - last).abs()];
            guide.data.iter().zip(&before.data).flat_map(texel).collect()
        };
        let want = chain::guide(&bytes, size, BT601);
        let control = chain::guide(&bytes, size, BT709_FULL);
        holds(
            &format!("guide {size}"),
            &floats(gpu, &guide.plane),
            &texels(&want),
            &texels(&control),
            TOLERANCE,
        );

        let read = |storage| -> Vec<f64> {
            let values: Vec<f32> = gpu.read_storage(storage).expect("a readable buffer");
            values.into_iter().map(f64::from).collect()
        };
        let luma = temporal::luma_of(&want);
        holds(
            &format!("guide {size}, luma kept"),
            &read(&state.last_luma).chunks(stride).flat_map(|row| row[..width].to_vec()).collect::<Vec<_>>(),
            luma.values(),
            before.values(),
            TOLERANCE,
        );
        let sums = read(&guide.sums);
        let mean = |k: usize| sums.iter().skip(k).step_by(2).sum::<f64>() / luma.data.len() as f64;
        let clipped = |limit: f64| {
            let difference = |(now, last): (&f64, &f64)| (now - last).abs().min(limit);
            luma.values().iter().zip(before.values()).map(difference).sum::<f64>() / luma.data.len() as f64
        };
        let mean_of = |mask: &Mask| mask.values().iter().sum::<f64>() / mask.data.len() as f64;
        let n = f64::from(n);
        // The control: the last frame's luma, and a change without clipping.
        let (want, control) = ([mean_of(&luma), clipped(3.0 * n)], [mean_of(&before), clipped(1.0)]);
        holds(&format!("guide {size}, means"), &[mean(0), mean(1)], &want, &control, MEAN);
    }
}
