//! What ffprobe knows about a video.

use std::{
    ffi::OsStr,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use super::process::{FfmpegProcess, TimeoutReader, name};
use crate::video::Fps;

/// What ffprobe reports; used for the progress bar and to recognise untagged HD only.
#[derive(Debug, Default)]
pub(super) struct ProbedStream {
    height: Option<u32>,
    color_space: Option<String>,
    pix_fmt: Option<String>,
    nb_frames: Option<u64>,
    rate: Option<Fps>,
    /// The least rate that has a frame for each timestamp.
    finest_rate: Option<Fps>,
    seconds: Option<f64>,
}

impl ProbedStream {
    pub(super) fn run(ffprobe: &OsStr, path: &Path, timeout: Duration) -> Self {
        let mut command = Command::new(ffprobe);
        command.args(["-v", "quiet", "-select_streams", "v:0", "-of", "default=noprint_wrappers=1"]);
        let stream = "height,color_space,pix_fmt,nb_frames,avg_frame_rate,r_frame_rate,duration";
        command.args(["-show_entries", &format!("stream={stream}:format=duration")]).arg(name(path));
        let mut about = Self::default();
        let Ok(mut probe) = FfmpegProcess::start(command.stdin(Stdio::null()), &[path], &[]) else {
            return about;
        };
        let Some(pipe) = probe.child.stdout.take() else { return about };
        let mut output = Vec::new();
        // Output before a failure or a hang is still valid.
        let _ = TimeoutReader { pipe, timeout }.read_to_end(&mut output);
        for line in String::from_utf8_lossy(&output).lines() {
            let Some((key, value)) = line.split_once('=') else { continue };
            match key {
                "height" => about.height = value.parse().ok(),
                "color_space" => about.color_space = Some(value.into()),
                "pix_fmt" => about.pix_fmt = Some(value.into()),
                "nb_frames" => about.nb_frames = value.parse().ok(),
                "avg_frame_rate" => about.rate = Fps::from_fraction(value),
                "r_frame_rate" => about.finest_rate = Fps::from_fraction(value),
                "duration" => about.seconds = about.seconds.or(value.parse().ok()),
                _ => {}
            }
        }
        about
    }

    /// Whether this is YUV with at least 720 rows and without a tagged matrix.
    pub(super) fn untagged_hd(&self) -> bool {
        let yuv = self.pix_fmt.as_deref().is_some_and(|f| f.starts_with("yuv"));
        yuv && self.height.is_some_and(|h| h >= 720) && self.color_space.as_deref() == Some("unknown")
    }

    /// A usual rate for a video whose rate nobody knows: browsers and screen recorders write frames when they come,
    /// without a rate, in milliseconds. ffmpeg would make 1000 frames a second of them. Measured on the first
    /// frames; none if the rate is known.
    pub(super) fn usual_rate(&self, ffprobe: &OsStr, path: &Path, timeout: Duration) -> Option<Fps> {
        const USUAL: [u32; 7] = [10, 15, 25, 30, 50, 60, 120];
        if self.rate.is_some() || self.finest_rate?.value() <= 120.0 {
            return None;
        }
        let mut command = Command::new(ffprobe);
        command.args([
            "-v",
            "quiet",
            "-select_streams",
            "v:0",
            "-read_intervals",
            "%+#600",
            "-of",
            "csv=p=0",
        ]);
        command.args(["-show_entries", "packet=pts_time"]).arg(name(path));
        let mut probe = FfmpegProcess::start(command.stdin(Stdio::null()), &[path], &[]).ok()?;
        let mut output = Vec::new();
        let _ = TimeoutReader { pipe: probe.child.stdout.take()?, timeout }.read_to_end(&mut output);
        let text = String::from_utf8_lossy(&output).into_owned();
        let mut times: Vec<f64> =
            text.lines().filter_map(|line| line.trim_end_matches(',').parse().ok()).collect();
        times.sort_by(f64::total_cmp);
        // The typical distance: a break of the recording says nothing about its rate.
        let mut gaps: Vec<f64> =
            times.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 0.0).collect();
        gaps.sort_by(f64::total_cmp);
        let typical = 1.0 / gaps.get(gaps.len() / 2)?;
        let rate = USUAL.into_iter().find(|usual| f64::from(*usual) >= 0.95 * typical);
        Some(Fps::whole(rate.unwrap_or(USUAL[USUAL.len() - 1])))
    }

    /// Number of frames to expect at `fps`.
    pub(super) fn frames(&self, fps: Option<Fps>) -> Option<u64> {
        let own = self.nb_frames.filter(|_| fps == self.rate);
        let counted = || Some((self.seconds? * fps?.value()).round() as u64);
        own.or_else(counted).filter(|&n| n > 0)
    }
}

/// The first track of sound.
pub(super) struct Sound {
    /// ffmpeg's name of its codec.
    pub(super) codec: String,
    /// Whether it is known to be as long as the picture, or longer.
    pub(super) outlasts_picture: bool,
}

/// The sound of a video; none without any, or without ffprobe.
pub(super) fn sound(path: &Path) -> Option<Sound> {
    let timeout = Duration::from_secs(10);
    let mut command = Command::new("ffprobe");
    command.args(["-v", "quiet", "-of", "csv=p=0"]);
    command.args(["-show_entries", "stream=codec_type,codec_name,duration"]).arg(name(path));
    let mut probe = FfmpegProcess::start(command.stdin(Stdio::null()), &[path], &[]).ok()?;
    let mut output = Vec::new();
    let _ = TimeoutReader { pipe: probe.child.stdout.take()?, timeout }.read_to_end(&mut output);
    let text = String::from_utf8_lossy(&output).into_owned();
    // codec_name, codec_type, duration
    let streams: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let first = |kind: &str| streams.iter().find(|stream| stream.get(1) == Some(&kind));
    let seconds = |kind: &str| first(kind)?.get(2)?.parse::<f64>().ok();
    let codec = (*first("audio")?.first()?).to_owned();
    let outlasts_picture =
        seconds("audio").zip(seconds("video")).is_some_and(|(sound, picture)| sound >= picture);
    Some(Sound { codec, outlasts_picture })
}
