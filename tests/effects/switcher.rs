use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use gpucam::internals::{
    EffectError, Error, Gpu, LearnRoom, Pipeline, Result, Settings, Size, Smooth,
    effects::{Animated, Effect, EffectContext, EffectInstance, Effects, RecordingState},
    gpu::Recorder,
    passes::Frame,
};

use crate::{
    pipeline::stand_in,
    support::gpu::{BT601, gpu, scene},
};

const SIZE: Size = Size::new(320, 180);
const AT: Duration = Duration::ZERO;

fn pipeline(effects: Effects) -> Pipeline {
    let (smooth, learn_room) = (Smooth::Off, LearnRoom::Off);
    let settings = Settings { effects, smooth, learn_room, ..Settings::default() };
    Pipeline::new(gpu(), stand_in(gpu()), SIZE, BT601, &settings).expect("a pipeline")
}

fn blur(strength: u32) -> Effects {
    format!("blur:{strength}").parse().expect("an effect")
}

fn picture(pipeline: &mut Pipeline, frame: &[u8]) -> Vec<u8> {
    let mut output = vec![0; frame.len()];
    pipeline.process(frame, AT, &mut output).expect("a frame");
    output
}

/// Every picture is the old one or the new one; after the first new one, no old one comes.
pub fn test() {
    let frame = scene(SIZE, 61);
    let [old, new] = [8, 30].map(|strength| picture(&mut pipeline(blur(strength)), &frame));
    assert!(old != new && old != frame && new != frame);
    let mut pipeline = pipeline(blur(8));
    assert!(picture(&mut pipeline, &frame) == old);
    assert!(pipeline.switch(blur(30)));
    let mut taken = false;
    for _ in 0..500 {
        let shown = picture(&mut pipeline, &frame);
        assert!(shown == new || (!taken && shown == old), "neither the old picture nor the new one");
        taken |= shown == new;
        if !taken {
            thread::sleep(Duration::from_millis(10));
        }
    }
    assert!(taken, "the new effect was never drawn");
    // To the camera's own picture and back, on the same pipeline.
    for (effects, want) in [("none".parse().expect("an effect"), &frame), (blur(8), &old)] {
        pipeline.switch(effects);
        let is_there = (0..500).any(|_| {
            thread::sleep(Duration::from_millis(2));
            picture(&mut pipeline, &frame) == *want
        });
        assert!(is_there, "the last effect was never drawn");
    }
    assert!(!Pipeline::passthrough(SIZE).expect("a pipeline").switch(blur(8)), "there is no model");
}

/// An effect that shows the background until it is told to fail.
#[derive(Clone, Debug, Default)]
struct Breaks {
    breaks: Arc<AtomicBool>,
    /// What it claims.
    hides: bool,
}

impl Effect for Breaks {
    fn hides_background(&self) -> bool {
        self.hides
    }

    fn record(&self, _: &mut Recorder<'_>, context: &mut EffectContext<'_>) -> Result<Frame> {
        context.animated.push(Box::new(self.clone()));
        Ok(context.picture.clone())
    }
}

impl Animated for Breaks {
    fn update(&mut self, _: &Gpu, _: Duration) -> Result<RecordingState> {
        match self.breaks.load(Relaxed) {
            true => Err(Error::Effect(EffectError::Parameter {
                effect: "breaks".into(),
                what: "as it should".into(),
            })),
            false => Ok(RecordingState::Current),
        }
    }
}

/// When an effect fails, the same frame is drawn with the one before, or with the default if there was none.
pub fn failing() {
    let frame = scene(SIZE, 62);
    let chosen = |breaks: &Breaks| -> Effects {
        std::iter::once(EffectInstance {
            name: "breaks",
            effect: Arc::new(breaks.clone()),
            files: Vec::new(),
        })
        .collect()
    };
    let [eight, twelve] = [8, 12].map(|strength| picture(&mut pipeline(blur(strength)), &frame));

    let breaks = Breaks::default();
    let mut first = pipeline(chosen(&breaks));
    assert!(picture(&mut first, &frame) == frame);
    breaks.breaks.store(true, Relaxed);
    assert!(picture(&mut first, &frame) == twelve, "not the default");

    let breaks = Breaks::default();
    let mut second = pipeline(blur(8));
    second.switch(chosen(&breaks));
    let shown = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(2));
        picture(&mut second, &frame) == frame
    });
    assert!(shown, "the effect was never drawn");
    breaks.breaks.store(true, Relaxed);
    assert!(picture(&mut second, &frame) == eight, "not the one before");

    // When an effect that hides fails and the one before showed the background, the default is drawn.
    let shows = Breaks::default();
    let mut third = pipeline(chosen(&shows));
    assert!(picture(&mut third, &frame) == frame);
    let breaks = Breaks { hides: true, ..Breaks::default() };
    third.switch(chosen(&breaks));
    breaks.breaks.store(true, Relaxed);
    let hidden = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(2));
        picture(&mut third, &frame) == twelve
    });
    assert!(hidden, "the background is shown");
}
