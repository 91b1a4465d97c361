//! Processes frames that the program generates, in NV12 instead of YUYV, two in flight at a time:
//! `cargo run --release --example your_own_frames`.

use std::time::{Duration, Instant};

use gpucam::{
    Colorimetry, Gpu, InputFormat, Pipeline, PixelFormat, PixelLayout, Range, Segmenter, Settings, Size,
};

fn main() -> gpucam::Result<()> {
    let (start, frames) = (Instant::now(), 60);
    let green = process(frames)?;
    println!("{frames} frames in {:.1?}; {:.0} % of the last one is green", start.elapsed(), 100.0 * green);
    Ok(())
}

/// Processes this many frames. Returns the green share of the last one: nobody is in the picture.
pub fn process(frames: usize) -> gpucam::Result<f64> {
    let size = Size::new(1280, 720);
    // NV12, as many decoders output it: a plane of Y, then a plane of Cb Cr pairs at half the width and
    // height.
    let layout = PixelLayout {
        pixel_format: PixelFormat::Nv12,
        size,
        stride: size.width as usize,
        range: Range::Limited,
    };
    let input_format = InputFormat { size, layout: Some(layout), colorimetry: Colorimetry::default() };

    let gpu = Gpu::open(None)?;
    let segmenter = Segmenter::open(&gpu, "selfie-landscape")?;
    let settings = Settings { effects: "colour:#00b140".parse()?, ..Settings::default() };
    let mut pipeline = Pipeline::with_input(&gpu, segmenter, input_format, &settings)?;

    let mut camera = vec![128; input_format.bytes()];
    let mut output = vec![0; pipeline.size().yuyv_bytes()];
    for number in 0..frames {
        // A moving grey ramp.
        let luma = &mut camera[..size.area()];
        luma.iter_mut().enumerate().for_each(|(i, y)| *y = (16 + (i + 8 * number) % 1280 / 6) as u8);
        if pipeline.in_flight() == Pipeline::IN_FLIGHT {
            pipeline.finish(&mut output)?;
        }
        pipeline.begin(&camera, Duration::from_millis(16 * number as u64))?;
    }
    while pipeline.in_flight() > 0 {
        pipeline.finish(&mut output)?;
    }
    // The colour's Y, Cb and Cr are 108, 104 and 72, the ramp's Cb is 128.
    let green = output.chunks_exact(4).filter(|pair| pair[1] < 116).count();
    Ok(green as f64 / (size.area() / 2) as f64)
}
