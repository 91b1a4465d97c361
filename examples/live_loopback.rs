//! Writes a video, by default the test card, with a blurred background to the first v4l2loopback device,
//! until Ctrl-C: `cargo run --release --example live_loopback -- talk.y4m`. Whenever no frame is safe to
//! show, it writes a slate.

use std::env;

use gpucam::{
    Devices, FrameProcessor, Gpu, GuardRules, InputOptions, LiveFile, LiveLoop, Loopback, Pipeline,
    Segmenter, Settings, Signals, find_loopback, open_source,
};

fn main() -> gpucam::Result<()> {
    let input = env::args().nth(1).unwrap_or_else(|| "testcard:slow,2".into());
    // Before any other thread starts, so that all threads block Ctrl-C and the loop receives it.
    let signals = Signals::block().expect("Linux has signalfd");

    let source = open_source(input.as_ref(), &InputOptions::default())?;
    let format = source.format();
    let devices = Devices::list();
    let mut loopback = Loopback::open(find_loopback(&devices, None, None)?, &format)?;
    println!("{input} on {}; Ctrl-C ends it", loopback.path().display());

    let settings = Settings::default();
    let live = LiveLoop {
        source: Box::new(LiveFile::new(source)),
        // Called on the worker thread, and again if the GPU is lost.
        make_processor: Box::new(move |input_format| -> gpucam::Result<Box<dyn FrameProcessor>> {
            let gpu = Gpu::open(None)?;
            let segmenter = Segmenter::open(&gpu, "selfie-landscape")?;
            Ok(Box::new(Pipeline::with_input(&gpu, segmenter, input_format, &settings)?))
        }),
        output: &mut loopback,
        size: format.size,
        rules: GuardRules { hides_background: true, ..GuardRules::default() },
        frames: None,
        signals: Some(signals),
    };
    println!("{}", live.run()?);
    Ok(())
}
