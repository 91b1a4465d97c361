//! Draws every effect on the test card, on one sheet: `cargo run --release --example effects_sheet --
//! docs/effects.jpg`
//!
//! Needs the default model (`gpucam models fetch selfie-landscape`), and draws all other pictures itself. New
//! effects appear automatically; [`texts`] has a line for each effect that needs a file or has several tiles.

use std::{fs, ops::Range, path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use gpucam::internals::{
    Colorimetry, Gpu, Pipeline, Settings, Size, Yuyv,
    effects::{self, Effects},
    model::{Model, catalogue},
    segmenter::{InferenceEngine, Segmenter},
    video::{
        FIRST_FRAME, Fps, VideoFormat, open_sink,
        testcard::{Scene, TestCard},
    },
};
use image::{RgbImage, RgbaImage, codecs::jpeg::JpegEncoder, imageops};
use tiny_skia::{
    Color, FillRule, GradientStop, LinearGradient, Paint, PathBuilder, Pixmap, Point, SpreadMode, Transform,
};

/// Size of the frames, and of a tile on the sheet.
const SIZE: Size = Size::new(1280, 720);
const TILE: Size = Size::new(320, 180);
const COLUMNS: u32 = 4;
/// Number of frames; the last one is shown, after the mask has settled and a video has played.
const FRAMES: u32 = 6;
/// Maximum file size of the sheet, which has the first of these JPEG qualities that stays below.
const MOST_BYTES: usize = 200_000;
const QUALITIES: [u8; 6] = [92, 88, 84, 80, 75, 70];

/// The tiles of an effect, each a list of values for `--effect`. `at` is the folder of the effects' files.
fn texts(effect: &str, at: &Path) -> Vec<Vec<String>> {
    let at = at.display();
    let lines: &[&[&str]] = match effect {
        "none" => &[],
        "blur" => &[&["blur"], &["image:{}/lights.png,wrap=0", "blur:20,shape=disc"]],
        "image" => &[&["image:{}/room.png"], &["image:{}/lights.png"]],
        "video" => &[&["video:{}/waves.y4m"]],
        "overlay" => &[&["blur", "overlay:{}/lectern.png,size=0.55"]],
        "light" => &[&["light,person=0.3,background=-1.5"]],
        "custom" => &[
            &["custom:examples/effects/aquarium.wgsl"],
            &["custom:examples/effects/halftone.wgsl"],
            &["custom:examples/effects/neon.wgsl"],
        ],
        // One tile, with the effect's defaults.
        other => return vec![vec![other.to_owned()]],
    };
    let text = |text: &&str| text.replace("{}", &at.to_string());
    lines.iter().map(|line| line.iter().map(text).collect()).collect()
}

fn main() -> Result<()> {
    let out = std::env::args().nth(1).context("usage: effects_sheet OUT.jpg")?;
    let folder = tempfile::tempdir()?;
    draw(folder.path())?;
    let card = TestCard::new(Scene::Hair, 2, SIZE);
    let frames: Vec<_> = (0..FRAMES).map(|t| card.yuyv(t).bytes).collect();
    let gpu = Gpu::open(None)?;
    let mut tiles = vec![("none".to_owned(), small(&to_rgb(&frames[frames.len() - 1])))];
    for spec in effects::ALL {
        for texts in texts(spec.name, folder.path()) {
            let name = texts.join(" ").replace(&format!("{}/", folder.path().display()), "");
            let tile = shown(&gpu, &Effects::parse_all(&texts)?, &frames).with_context(|| name.clone())?;
            tiles.push((name, small(&tile)));
        }
    }
    let rows = (tiles.len() as u32).div_ceil(COLUMNS);
    let mut sheet = RgbImage::new(COLUMNS * TILE.width, rows * TILE.height);
    for (i, (name, tile)) in (0..).zip(&tiles) {
        println!("{}, {}: {name}", 1 + i / COLUMNS, 1 + i % COLUMNS);
        let (x, y) = (i % COLUMNS * TILE.width, i / COLUMNS * TILE.height);
        imageops::replace(&mut sheet, tile, x.into(), y.into());
    }
    for quality in QUALITIES {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(&sheet)?;
        if bytes.len() < MOST_BYTES {
            println!("{out}: {} KB, quality {quality}", bytes.len() / 1000);
            return fs::write(&out, bytes).with_context(|| format!("cannot write {out}"));
        }
    }
    bail!("the sheet is over {MOST_BYTES} bytes: make TILE smaller")
}

/// The last frame with these effects; over a chequerboard if they make it transparent.
fn shown(gpu: &Gpu, effects: &Effects, frames: &[Vec<u8>]) -> Result<RgbImage> {
    let entry = catalogue::default();
    let file = catalogue::ModelFolders::from_env().find(entry)?;
    let file = file.context("fetch the model: gpucam models fetch selfie-landscape")?;
    let segmenter = Segmenter::load(gpu, &Model::open(&file)?, entry.reading, InferenceEngine::Fast);
    let transparent = effects.is_transparent();
    let settings = Settings { effects: effects.clone().blocking(), ..Settings::default() };
    let mut pipeline = Pipeline::new(gpu, segmenter, SIZE, Colorimetry::default(), &settings)?;
    let mut picture = vec![0; SIZE.yuyv_bytes()];
    for (t, frame) in (0..).zip(frames) {
        pipeline.process(frame, Fps::DEFAULT.time(t) + Duration::from_secs(1), &mut picture)?;
    }
    let mut rgb = to_rgb(&picture);
    if transparent {
        for ((x, y, pixel), alpha) in rgb.enumerate_pixels_mut().zip(pipeline.alpha()?) {
            let ground = if (x / 24 + y / 24) % 2 == 0 { 235.0 } else { 195.0 };
            pixel.0 = pixel.0.map(|v| (alpha * f32::from(v) + (1.0 - alpha) * ground).round() as u8);
        }
    }
    Ok(rgb)
}

fn to_rgb(yuyv: &[u8]) -> RgbImage {
    let rgb = Yuyv { size: SIZE, bytes: yuyv.to_vec() }.to_rgb8(Colorimetry::default());
    RgbImage::from_raw(SIZE.width, SIZE.height, rgb).expect("a frame")
}

fn small(picture: &RgbImage) -> RgbImage {
    imageops::resize(picture, TILE.width, TILE.height, imageops::FilterType::CatmullRom)
}

/// Draws the effects' files: another room, a street at night, moving waves, a lectern.
fn draw(folder: &Path) -> Result<()> {
    let plate = TestCard::new(Scene::Foliage, 3, SIZE).frame(0).plate;
    let room = RgbImage::from_fn(SIZE.width, SIZE.height, |x, y| {
        image::Rgb(plate[(y * SIZE.width + x) as usize].map(|v| (255.0 * v).round() as u8))
    });
    room.save(folder.join("room.png"))?;
    save(&lights(), &folder.join("lights.png"))?;
    save(&lectern(), &folder.join("lectern.png"))?;
    let format = VideoFormat { size: SIZE, fps: Some(Fps::DEFAULT), colorimetry: Colorimetry::default() };
    let mut video = open_sink(&folder.join("waves.y4m"), format, FIRST_FRAME, None)?;
    for t in 0..12 {
        let phase = f64::from(t) / 12.0;
        let wave = |a: f64, b: f64| 0.5 + 0.5 * (std::f64::consts::TAU * (a + b)).sin();
        let frame = Yuyv::from_rgb(SIZE, format.colorimetry, |x, y| {
            let (u, v) = (f64::from(x) / 1280.0, f64::from(y) / 720.0);
            let ridge = wave(2.0 * u + 0.15 * wave(v * 3.0, phase), phase);
            [0.1 + 0.2 * v, 0.25 + 0.45 * ridge * (1.0 - v), 0.45 + 0.4 * wave(v, 0.5 * ridge)]
        });
        let _ = video.write(&frame.bytes)?;
    }
    Ok(video.finish()?)
}

fn save(map: &Pixmap, path: &Path) -> Result<()> {
    let pixels = map.pixels().iter().map(|p| p.demultiply());
    let bytes = pixels.flat_map(|c| [c.red(), c.green(), c.blue(), c.alpha()]).collect();
    let picture = RgbaImage::from_raw(map.width(), map.height(), bytes).expect("as many pixels");
    Ok(picture.save(path)?)
}

fn fill(map: &mut Pixmap, points: &[(f32, f32)], upper: Color, lower: Color, y: Range<f32>) {
    let mut path = PathBuilder::new();
    path.move_to(points[0].0, points[0].1);
    points[1..].iter().for_each(|p| path.line_to(p.0, p.1));
    path.close();
    let stops = vec![GradientStop::new(0.0, upper), GradientStop::new(1.0, lower)];
    let (from, to) = (Point::from_xy(0.0, y.start), Point::from_xy(0.0, y.end));
    let shader = LinearGradient::new(from, to, stops, SpreadMode::Pad, Transform::identity());
    let paint = Paint { shader: shader.expect("two stops"), anti_alias: true, ..Paint::default() };
    map.fill_path(&path.finish().expect("a path"), &paint, FillRule::Winding, Transform::identity(), None);
}

/// Warm and cold lights over a dark street.
fn lights() -> Pixmap {
    let mut map = Pixmap::new(SIZE.width, SIZE.height).expect("a size");
    let (sky, street) = (Color::from_rgba8(18, 20, 48, 255), Color::from_rgba8(90, 60, 50, 255));
    let frame = [(0.0, 0.0), (1280.0, 0.0), (1280.0, 720.0), (0.0, 720.0)];
    fill(&mut map, &frame, sky, street, 0.0..720.0);
    let colours = [(255, 214, 150), (255, 150, 70), (150, 200, 255), (255, 90, 90)];
    for i in 0..90u32 {
        let (x, y) = (i * 197 % 1280, 60 + i * i * 31 % 520);
        let (r, g, b) = colours[(i * i % 7 % 4) as usize];
        let radius = 3.0 + (i * 13 % 29) as f32 / 6.0;
        let circle = PathBuilder::from_circle(x as f32, y as f32, radius).expect("a circle");
        let mut paint = Paint { anti_alias: true, ..Paint::default() };
        paint.set_color_rgba8(r, g, b, 255);
        map.fill_path(&circle, &paint, FillRule::Winding, Transform::identity(), None);
    }
    map
}

fn lectern() -> Pixmap {
    let mut map = Pixmap::new(700, 260).expect("a size");
    let wood = |r, g, b| Color::from_rgba8(r, g, b, 255);
    let front = [(90.0, 60.0), (610.0, 60.0), (570.0, 260.0), (130.0, 260.0)];
    fill(&mut map, &front, wood(150, 92, 48), wood(88, 50, 26), 60.0..260.0);
    let panel = [(170.0, 95.0), (530.0, 95.0), (505.0, 260.0), (195.0, 260.0)];
    fill(&mut map, &panel, wood(120, 70, 36), wood(150, 94, 52), 95.0..260.0);
    let top = [(50.0, 20.0), (650.0, 20.0), (625.0, 66.0), (75.0, 66.0)];
    fill(&mut map, &top, wood(190, 124, 70), wood(160, 100, 54), 20.0..66.0);
    map
}
