//! What a running gpucam says about itself.

use serde::{Deserialize, Serialize};
use zbus::zvariant::Value;

use crate::{gpu::LiveResources, live::LiveStatus};

/// The whole state of a run: what `gpucam status --json` prints, and the properties on the bus.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// `live`, `slate`, `idle` (the camera is closed), `paused`, or `camera shutter closed`.
    pub state: String,
    /// Whether the user wants the slate.
    pub paused: bool,
    /// The effects, as after `--effect`.
    pub effects: Vec<String>,
    /// The preset; empty for none.
    pub preset: String,
    /// The presets that the configuration files have.
    pub presets: Vec<String>,
    /// Name or path of the camera, or the input file.
    pub camera: String,
    /// `--mirror`.
    pub mirror: bool,
    /// `--flip`.
    pub flip: bool,
    /// `--rotate`, in degrees.
    pub rotate: i32,
    /// `--zoom`; 1 for none.
    pub zoom: f64,
    /// `--crop`; empty for none.
    pub crop: String,
    /// `--follow`; 0 for off.
    pub follow: f64,
    /// `--mask-view`; empty for none.
    pub mask_view: String,
    /// `--refine`.
    pub refine: String,
    /// `--smooth`.
    pub smooth: String,
    /// `--learn-room`.
    #[serde(default)]
    pub learn_room: String,
    /// Whether the room is learnt: `on`, `off`, or how far `gpucam learn` is.
    #[serde(default)]
    pub room: String,
    /// Share of the picture whose room is known, 0..1, while `gpucam learn` is at it and after it.
    #[serde(default)]
    pub room_known: f64,
    /// `--keep-room`.
    pub keep_room: bool,
    /// The file in which the room is kept; empty while there is none.
    pub room_file: String,
    /// `--exposure`.
    pub exposure: String,
    /// `--look`.
    pub look: String,
    /// `--people`.
    pub people: String,
    /// `--quality`.
    pub quality: String,
    /// `--light`.
    pub light: String,
    /// `--denoise`.
    pub denoise: String,
    /// `--threshold`; empty for none.
    pub threshold: String,
    /// `--grow`, negative for `--shrink`.
    pub grow: f64,
    /// `--feather`.
    pub feather: f64,
    /// `--islands`, in percent.
    pub islands: f64,
    /// Frames a second from the camera.
    pub fps_in: f64,
    /// Frames a second to the outputs.
    pub fps_out: f64,
    /// Milliseconds to process the last frame.
    pub work: f64,
    /// Median milliseconds from capture to output.
    pub latency_p50: f64,
    /// Their 95th percentile.
    pub latency_p95: f64,
    /// Frames that were not processed, since the start.
    pub dropped: u64,
    /// Frames that were shown, since the start.
    pub shown: u64,
    /// Programs that watch.
    pub consumers: u32,
    /// What is given up while frames take longer than the camera allows, as in `the second look`; empty if nothing is.
    #[serde(default)]
    pub given_up: String,
    /// Why, in a sentence; empty before anything was given up.
    #[serde(default)]
    pub given_up_why: String,
    /// Size of the output's frames, such as `1280x720`.
    pub size: String,
    /// The outputs.
    pub outputs: Vec<String>,
    /// The model: its name, or its file.
    #[serde(default)]
    pub model: String,
    /// `--engine`.
    #[serde(default)]
    pub engine: String,
    /// The GPU; empty while none is open.
    pub adapter: String,
    /// Objects alive on it, as the last second left them.
    pub gpu_objects: GpuObjects,
    /// How often a GPU was opened since the start. In the status as JSON alone.
    pub gpu_devices: u64,
    /// Process ID.
    pub pid: u32,
    /// gpucam's version.
    pub version: String,
}

/// Counts of objects alive on the GPU, all 0 while none is open. In the status as JSON alone: they say whether a run of
/// weeks loses any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GpuObjects {
    /// Buffers.
    pub buffers: i64,
    /// Bind groups.
    pub bind_groups: i64,
    /// Compute pipelines.
    pub pipelines: i64,
}

impl From<LiveResources> for GpuObjects {
    fn from(LiveResources { buffers, bind_groups, pipelines }: LiveResources) -> Self {
        Self { buffers, bind_groups, pipelines }
    }
}

impl Status {
    /// Takes over what the live loop says.
    pub fn update(&mut self, live: &LiveStatus) {
        let ms = |time: std::time::Duration| (time.as_secs_f64() * 1e4).round() / 10.0;
        self.state = live.state.into();
        self.paused = live.state == "paused";
        (self.fps_in, self.fps_out) = (live.fps_in, live.fps_out);
        (self.work, self.latency_p50, self.latency_p95) =
            (ms(live.work), ms(live.latency_p50), ms(live.latency_p95));
        (self.dropped, self.shown, self.consumers) = (live.dropped, live.shown, live.consumers);
        self.given_up.clone_from(&live.given_up);
        self.given_up_why.clone_from(&live.given_up_why);
    }

    /// One line with the numbers, as the status line of a run has them.
    pub fn line(&self) -> String {
        let Self { state, fps_in, fps_out, work, latency_p50, latency_p95, dropped, consumers, .. } = self;
        let mut line = format!("{state}: {fps_in:.1} fps in, {fps_out:.1} out");
        if *latency_p50 > 0.0 {
            line += &format!(", work {work:.1} ms, latency {latency_p50:.0}/{latency_p95:.0} ms");
        }
        line += &format!(", {dropped} dropped, {consumers} watching");
        if !self.given_up.is_empty() {
            line += &format!(", without {}", self.given_up);
        }
        line
    }

    /// The properties on the bus, by their names there.
    pub(super) fn properties(&self) -> Vec<(&'static str, Value<'_>)> {
        vec![
            ("State", Value::from(&self.state)),
            ("Paused", self.paused.into()),
            ("Effects", self.effects.clone().into()),
            ("Preset", Value::from(&self.preset)),
            ("Presets", self.presets.clone().into()),
            ("Camera", Value::from(&self.camera)),
            ("Mirror", self.mirror.into()),
            ("Flip", self.flip.into()),
            ("Rotate", self.rotate.into()),
            ("Zoom", self.zoom.into()),
            ("Crop", Value::from(&self.crop)),
            ("Follow", self.follow.into()),
            ("MaskView", Value::from(&self.mask_view)),
            ("Refine", Value::from(&self.refine)),
            ("Smooth", Value::from(&self.smooth)),
            ("LearnRoom", Value::from(&self.learn_room)),
            ("Room", Value::from(&self.room)),
            ("KeepRoom", self.keep_room.into()),
            ("RoomFile", Value::from(&self.room_file)),
            ("Exposure", Value::from(&self.exposure)),
            ("Look", Value::from(&self.look)),
            ("People", Value::from(&self.people)),
            ("Quality", Value::from(&self.quality)),
            ("Light", Value::from(&self.light)),
            ("Denoise", Value::from(&self.denoise)),
            ("Threshold", Value::from(&self.threshold)),
            ("Grow", self.grow.into()),
            ("Feather", self.feather.into()),
            ("Islands", self.islands.into()),
            ("FpsIn", self.fps_in.into()),
            ("FpsOut", self.fps_out.into()),
            ("Work", self.work.into()),
            ("LatencyP50", self.latency_p50.into()),
            ("LatencyP95", self.latency_p95.into()),
            ("Dropped", self.dropped.into()),
            ("Shown", self.shown.into()),
            ("Consumers", self.consumers.into()),
            ("GivenUp", Value::from(&self.given_up)),
            ("GivenUpWhy", Value::from(&self.given_up_why)),
            ("Size", Value::from(&self.size)),
            ("Outputs", self.outputs.clone().into()),
            ("Model", Value::from(&self.model)),
            ("Engine", Value::from(&self.engine)),
            ("Adapter", Value::from(&self.adapter)),
            ("Pid", self.pid.into()),
            ("Version", Value::from(&self.version)),
        ]
    }

    /// The properties whose values differ from those before.
    pub(super) fn changed_since(&self, before: &Self) -> Vec<(&'static str, Value<'_>)> {
        let before = before.properties();
        let changed = self.properties().into_iter().zip(before).filter(|(now, before)| now.1 != before.1);
        changed.map(|(now, _)| now).collect()
    }
}
