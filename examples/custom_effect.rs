//! Switches a running pipeline from blur to an effect of your own, written in WGSL:
//! `cargo run --release --example custom_effect -- examples/effects/neon.wgsl`.

use std::{
    env, thread,
    time::{Duration, Instant},
};

use gpucam::{Effects, Gpu, InputOptions, Pipeline, Segmenter, Settings, Size, open_source};

fn main() -> gpucam::Result<()> {
    let shader = env::args().nth(1).unwrap_or_else(|| "examples/effects/neon.wgsl".into());
    match switch_to(&shader)? {
        Some(after) => println!("{shader}: drawn after {after:.1?}"),
        None => println!("{shader}: looks much like blur"),
    }
    Ok(())
}

/// Switches from blur to `shader`. Returns when the picture changed.
pub fn switch_to(shader: &str) -> gpucam::Result<Option<Duration>> {
    let effect: Effects = format!("custom:{shader}").parse()?;
    let options = InputOptions { size: Some(Size::new(640, 360)), frames: Some(90), ..Default::default() };
    let mut source = open_source("testcard:still,2".as_ref(), &options)?;
    let format = source.format();
    let gpu = Gpu::open(None)?;
    let segmenter = Segmenter::open(&gpu, "selfie-landscape")?;
    let mut pipeline = Pipeline::new(&gpu, segmenter, format.size, format.colorimetry, &Settings::default())?;

    let mut output = vec![0; format.size.yuyv_bytes()];
    let first = source.next()?.expect("a first frame");
    pipeline.process(first, Duration::ZERO, &mut output)?;
    let blurred = output.clone();

    // Another thread compiles the shader. Until then the pipeline draws blur, and no frame waits.
    pipeline.switch(effect);
    let start = Instant::now();
    while let Some(camera) = source.next()? {
        pipeline.process(camera, start.elapsed(), &mut output)?;
        let difference = output.iter().zip(&blurred).filter(|(a, b)| a.abs_diff(**b) > 40).count();
        if difference > output.len() / 20 {
            return Ok(Some(start.elapsed()));
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(None)
}
