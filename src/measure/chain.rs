//! The mask chains to compare: their settings for the GPU, and what runs on the CPU.

use super::{
    float_image::FloatImage,
    frame_clock::FrameClock,
    peers::{Backscrub, Jitsi, Lfbw},
    render::BlurredBackground,
};
use crate::{
    Denoise, Exposure, Fps, Gpu, LearnRoom, Light, People, Quality, Refine, Result, Settings, Size, Smooth,
    VideoFormat, Yuyv, passes::Shape, pipeline::Pipeline, segmenter::Segmenter,
};

/// A method to compute alpha from a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Chain {
    /// gpucam with the settings given.
    Gpucam,
    /// The same, each frame for itself.
    GpucamUnsteadied,
    /// The model's mask, enlarged.
    Plain,
    /// Volcomix's virtual-background.
    Volcomix,
    /// The same with gpucam's exposure gain.
    VolcomixExposed,
    /// Linux-Fake-Background-Webcam.
    Lfbw,
    /// backscrub.
    Backscrub,
    /// Jitsi Meet, in the manner of its second version.
    Jitsi,
    /// Exact alpha, drawn by gpucam: what no mask can do better.
    Truth,
}

impl Chain {
    /// Every chain, in the order of the tables.
    pub const ALL: [Self; 9] = [
        Self::Gpucam,
        Self::GpucamUnsteadied,
        Self::Plain,
        Self::Volcomix,
        Self::VolcomixExposed,
        Self::Lfbw,
        Self::Backscrub,
        Self::Jitsi,
        Self::Truth,
    ];

    /// Its name in the tables.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Gpucam => "gpucam",
            Self::GpucamUnsteadied => "gpucam, unsteadied",
            Self::Plain => "plain",
            Self::Volcomix => "Volcomix",
            Self::VolcomixExposed => "Volcomix + exposure",
            Self::Lfbw => "LFBW",
            Self::Backscrub => "backscrub",
            Self::Jitsi => "Jitsi V2 style",
            Self::Truth => "exact alpha",
        }
    }

    /// Whether it composites like gpucam: background without the person, decontaminated edge.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Gpucam | Self::GpucamUnsteadied | Self::Truth)
    }

    /// Whether it is combined with Volcomix's blur.
    pub const fn is_volcomix(self) -> bool {
        matches!(self, Self::Volcomix | Self::VolcomixExposed)
    }

    /// Settings of its GPU pipeline; none for the ground truth. Other programs get nothing that is gpucam's alone.
    pub fn settings(self, ours: &Settings) -> Option<Settings> {
        let of = |refine, exposure| {
            let (smooth, shape, quality) = (Smooth::Off, Shape::default(), Quality::High);
            let (people, learn_room) = (People::All, LearnRoom::Off);
            let (light, denoise) = (Light::Off, Denoise::Off);
            Some(Settings {
                refine,
                exposure,
                smooth,
                shape,
                quality,
                people,
                learn_room,
                light,
                denoise,
                ..ours.clone()
            })
        };
        match self {
            Self::Gpucam => Some(ours.clone()),
            Self::GpucamUnsteadied => Some(Settings { smooth: Smooth::Off, ..ours.clone() }),
            Self::Volcomix => of(Refine::Bilateral, Exposure::Off),
            Self::VolcomixExposed => of(Refine::Bilateral, Exposure::Auto),
            Self::Plain | Self::Lfbw | Self::Backscrub | Self::Jitsi => of(Refine::None, Exposure::Off),
            Self::Truth => None,
        }
    }

    /// Whether it depends on earlier frames. Other chains can skip frames that are not scored.
    pub(super) const fn remembers(self) -> bool {
        !matches!(self, Self::Volcomix | Self::VolcomixExposed)
    }

    /// The chain whose GPU pipeline it shares.
    pub(super) const fn pipeline(self) -> Self {
        match self {
            Self::Lfbw | Self::Backscrub | Self::Jitsi => Self::Plain,
            other => other,
        }
    }
}

/// A pipeline and its results for the last frame.
#[derive(Debug)]
pub(super) struct ChainRun {
    pub(super) chain: Chain,
    pub(super) pipeline: Pipeline,
    shown: Vec<u8>,
    clock: FrameClock,
    /// Alpha of the last frame.
    pub(super) alpha: Vec<f32>,
    /// The model's person probability for it, on the model's grid.
    pub(super) person: FloatImage<1>,
    /// Blurs the background as the chain does, if it learns the room.
    pub(super) renderer: Option<BlurredBackground>,
}

impl ChainRun {
    /// Frames without a rate are counted as at the default one.
    pub(super) fn new(chain: Chain, pipeline: Pipeline, format: VideoFormat) -> Self {
        let (area, bytes) = (pipeline.size().area(), pipeline.size().yuyv_bytes());
        let person = FloatImage { size: Size::new(0, 0), pixels: Vec::new() };
        let learns = pipeline.gpu().zip(pipeline.room());
        let renderer = learns
            .map(|(gpu, room)| BlurredBackground::new(gpu, pipeline.size(), format.colorimetry, Some(room)));
        let clock = FrameClock::new(format.fps.unwrap_or(Fps::DEFAULT));
        Self { chain, pipeline, shown: vec![0; bytes], clock, alpha: vec![0.0; area], person, renderer }
    }

    /// Learns the room from frames of it without a person.
    pub(super) fn learn(&mut self, room: &[Yuyv]) -> Result<()> {
        self.pipeline.set_room_empty(true);
        room.iter()
            .try_for_each(|frame| self.pipeline.process(&frame.bytes, self.clock.tick(), &mut self.shown))?;
        self.pipeline.set_room_empty(false);
        Ok(())
    }

    /// The background behind the person's edge: that of `blurred`, and the room where it is known.
    pub(super) fn behind(&self, blurred: &FloatImage<3>) -> Result<FloatImage<3>> {
        let Some(room) = self.pipeline.known_room()? else { return Ok(blurred.clone()) };
        let pixels = blurred.pixels.iter().zip(room.colours.iter().zip(&room.trust));
        let mix =
            |(b, (m, &k)): (&[f32; 3], (&[f32; 3], &f32))| std::array::from_fn(|c| b[c] + (m[c] - b[c]) * k);
        Ok(FloatImage { size: blurred.size, pixels: pixels.map(mix).collect() })
    }

    /// Processes the next frame.
    pub(super) fn next(&mut self, frame: &Yuyv) -> Result<()> {
        self.pipeline.process(&frame.bytes, self.clock.tick(), &mut self.shown)?;
        self.read()
    }

    /// Processes a frame that is alone.
    pub(super) fn still(&mut self, frame: &Yuyv) -> Result<()> {
        self.pipeline.process_still(&frame.bytes, self.clock.tick(), &mut self.shown)?;
        self.read()
    }

    fn read(&mut self) -> Result<()> {
        self.alpha = self.pipeline.alpha()?;
        if let Some(output) = self.pipeline.model_output()? {
            self.person = FloatImage::from_mask(output.size, &output.person);
        }
        Ok(())
    }
}

/// Creates the pipelines that the chains need, each once.
pub(super) fn runs(
    gpu: &Gpu,
    load: impl Fn() -> Result<Segmenter>,
    chains: &[Chain],
    settings: &Settings,
    format: VideoFormat,
) -> Result<Vec<ChainRun>> {
    let mut runs: Vec<ChainRun> = Vec::new();
    for chain in chains.iter().map(|chain| chain.pipeline()) {
        let Some(settings) = chain.settings(settings) else { continue };
        if !runs.iter().any(|run| run.chain == chain) {
            let mut pipeline = Pipeline::new(gpu, load()?, format.size, format.colorimetry, &settings)?;
            pipeline.enable_timing();
            runs.push(ChainRun::new(chain, pipeline, format));
        }
    }
    Ok(runs)
}

/// State of the CPU chains between frames.
#[derive(Debug, Default)]
pub(super) struct ChainMemories {
    lfbw: Lfbw,
    backscrub: Backscrub,
    jitsi: Jitsi,
}

impl ChainMemories {
    /// Alpha of `chain` for a frame that all runs have processed.
    pub(super) fn alpha(&mut self, chain: Chain, runs: &[ChainRun], truth: &[f32], size: Size) -> Vec<f32> {
        let run = || runs.iter().find(|run| run.chain == chain.pipeline()).expect("a run for each chain");
        match chain {
            Chain::Truth => truth.to_vec(),
            Chain::Lfbw => self.lfbw.next(&run().person, size).into_mask(),
            Chain::Backscrub => self.backscrub.next(&run().person, size).into_mask(),
            Chain::Jitsi => self.jitsi.next(&run().person, size).into_mask(),
            _ => run().alpha.clone(),
        }
    }
}
