//! Blurs the background of a picture: `cargo run --release --example blur_image -- me.jpg blurred.png`.
//! Without arguments it reads the test card and writes blur_image.png. Fetch the model once:
//! `gpucam models fetch selfie-landscape`.

use std::{env, path::Path, time::Duration};

use gpucam::{Gpu, InputOptions, Pipeline, Segmenter, Settings, Yuyv, open_source};

fn main() -> gpucam::Result<()> {
    let mut arguments = env::args().skip(1);
    let input = arguments.next().unwrap_or_else(|| "testcard:hair,2".into());
    let output = arguments.next().unwrap_or_else(|| "blur_image.png".into());
    blur_image(&input, Path::new(&output))?;
    println!("wrote {output}");
    Ok(())
}

/// Blurs the background of `input` into the picture `output`.
pub fn blur_image(input: &str, output: &Path) -> gpucam::Result<()> {
    // A picture is read as a video of one frame, in packed YUYV.
    let mut source = open_source(Path::new(input), &InputOptions { frames: Some(1), ..Default::default() })?;
    let format = source.format();
    let camera = source.next()?.expect("a picture has a frame");

    let gpu = Gpu::open(None)?;
    let segmenter = Segmenter::open(&gpu, "selfie-landscape")?;
    let settings = Settings { effects: "blur,strength=20".parse()?, ..Settings::default() };
    let mut pipeline = Pipeline::new(&gpu, segmenter, format.size, format.colorimetry, &settings)?;
    let mut bytes = vec![0; format.size.yuyv_bytes()];
    pipeline.process(camera, Duration::ZERO, &mut bytes)?;

    let rgb = Yuyv { size: format.size, bytes }.to_rgb8(format.colorimetry);
    let picture =
        image::RgbImage::from_raw(format.size.width, format.size.height, rgb).expect("three bytes a pixel");
    picture.save(output).unwrap_or_else(|error| panic!("cannot write {}: {error}", output.display()));
    Ok(())
}
