//! The built-in test input: drawn scenes with a presenter whose coverage is known exactly.
//!
//! A person (skin, hair and shirt chosen by number) is a layer of premultiplied colour and coverage: drawn
//! part by part at two dots per pixel, blurred by the lens and moved by an affine map. The background is
//! another layer. Colour and coverage undergo the same linear operations, so `clean = fg + (1 − alpha) ·
//! plate` holds to float precision. The camera then adds sensor noise, JPEG compression in some scenes, and
//! 4:2:2 subsampling.
//!
//! The output depends only on scene, presenter, frame number and size, and has the same bytes on every
//! machine. The drawing scales with the picture; camera properties (lens blur, noise) are in pixels at any
//! size.

mod background;
mod canvas;
mod hair;
mod held;
mod optics;
mod person;
mod raster;
mod rng;
mod rows;
mod scene;
mod source;
mod texture;

use std::sync::Arc;

use image::{ExtendedColorType, ImageFormat, codecs::jpeg::JpegEncoder};

pub(super) use self::source::CardSource;
use self::{
    optics::{Affine, expose, project},
    raster::CoverageLayer,
    rng::Rng,
    rows::make_rows,
    scene::Subject,
};
pub use self::{scene::Scene, source::check_card_alpha};
use crate::frame::{Colorimetry, Size, Yuyv};

/// Lens blur: σ in pixels of the frame.
const LENS: f32 = 0.8;
/// Maximum number of rows of dots: two per pixel up to 1080p, fewer above.
const MAX_DOTS: f32 = 2160.0;
/// The presenter fills the height of the frame, unless the frame is narrower than this fraction of its
/// height.
const NARROW: f32 = 1.0 / 1.4;

/// One frame with its ground truth. Planes are row by row; colours are gamma-coded R'G'B' in 0..1.
#[derive(Clone, Debug)]
pub struct CardFrame {
    /// The frame as the camera delivers it.
    pub yuyv: Yuyv,
    /// Exact coverage of the presenter, 0..1.
    pub alpha: Vec<f32>,
    /// The picture before noise, compression and subsampling.
    pub clean: Vec<[f32; 3]>,
    /// The presenter's colour, premultiplied: `clean = fg + (1 − alpha) · plate`.
    pub fg: Vec<[f32; 3]>,
    /// The background without the presenter, as the lens sees it.
    pub plate: Arc<[[f32; 3]]>,
}

/// A drawn scene.
#[derive(Clone, Debug)]
pub struct TestCard {
    scene: Scene,
    presenter: u32,
    size: Size,
    colorimetry: Colorimetry,
    people: Vec<(Subject, CoverageLayer)>,
    plate: Arc<[[f32; 3]]>,
}

impl TestCard {
    /// Draws the scene for frames of `size` (at least 16x16, even width) in BT.601 limited. Presenters 0 to 4
    /// differ in their colours; every number has different strands, books and leaves.
    ///
    /// # Panics
    /// If [`Size::check_frame`] rejects `size`.
    pub fn new(scene: Scene, presenter: u32, size: Size) -> Self {
        assert!(size.check_frame().is_ok(), "a test card of {size}: check the size first");
        let setup = scene.setup();
        let (width, height) = (size.width as usize, size.height as usize);
        let ratio = dots_per_pixel(size);
        let dots = |pixels: usize| ((pixels as f32 * ratio).round() as usize).max(2);

        let background =
            background::draw(presenter, setup.background, (dots(width), dots(height)), LENS * ratio);
        let still = Affine::new(ratio, 0.0, (0.0, 0.0), (0.0, 0.0));
        let plate = project(&background, width, height, &[still]);
        let plate = plate.iter().map(|&[r, g, b, _]| [r, g, b].map(|c| c * setup.gain)).collect();

        let draw = |subject: &Subject| {
            let scale = subject.stature * stature(size) * ratio / 720.0;
            let who = presenter.wrapping_add(subject.presenter);
            let mut layer = person::draw(who, &setup, scale, LENS * ratio);
            for dot in &mut layer.dots {
                dot[..3].iter_mut().for_each(|c| *c *= setup.gain);
            }
            (*subject, layer)
        };
        let people = setup.people.iter().map(draw).collect();
        Self { scene, presenter, size, colorimetry: Colorimetry::default(), people, plate }
    }

    /// The same card in another colorimetry.
    pub fn with_colorimetry(self, colorimetry: Colorimetry) -> Self {
        Self { colorimetry, ..self }
    }

    /// Frame `t` with its ground truth.
    pub fn frame(&self, t: u32) -> CardFrame {
        let person = self.people_at(t);
        let clean = self.clean(&person);
        CardFrame {
            yuyv: self.camera(t, &clean),
            alpha: person.iter().map(|p| p[3]).collect(),
            clean,
            fg: person.iter().map(|&[r, g, b, _]| [r, g, b]).collect(),
            plate: Arc::clone(&self.plate),
        }
    }

    /// Only the bytes of frame `t`.
    pub fn yuyv(&self, t: u32) -> Yuyv {
        self.camera(t, &self.clean(&self.people_at(t)))
    }

    /// Only the coverage of frame `t`, 0..1.
    pub fn alpha(&self, t: u32) -> Vec<f32> {
        self.people_at(t).iter().map(|p| p[3]).collect()
    }

    /// All people in the frame, composited from back to front: premultiplied colour and coverage.
    fn people_at(&self, t: u32) -> Vec<[f32; 4]> {
        let mut people = self.people.iter().map(|(subject, layer)| self.person_at(t, subject, layer));
        let farthest = people.next().expect("somebody in every scene");
        people.fold(farthest, |mut behind, before| {
            for (below, above) in behind.iter_mut().zip(before) {
                *below = std::array::from_fn(|c| above[c] + (1.0 - above[3]) * below[c]);
            }
            behind
        })
    }

    fn person_at(&self, t: u32, subject: &Subject, layer: &CoverageLayer) -> Vec<[f32; 4]> {
        const PIVOT: f32 = 0.95;
        let (width, height) = (self.size.width as f32, self.size.height as f32);
        let (stature, ratio) = (subject.stature * stature(self.size), dots_per_pixel(self.size));
        // The torso rotates about a point near the bottom of the frame.
        let pivot = (canvas::CANVAS.0 / 2.0 * layer.scale, PIVOT * stature * ratio);
        let poses: Vec<_> = self
            .scene
            .setup()
            .poses(t)
            .into_iter()
            .map(|pose| {
                let walked = subject.walk * t as f32;
                let shift = subject.shift + subject.direction * pose.shift + walked;
                let at = (width / 2.0 + shift * width / 1280.0, height - (1.0 - PIVOT) * stature);
                Affine::new(ratio, pose.angle, pivot, at)
            })
            .collect();
        project(layer, self.size.width as usize, self.size.height as usize, &poses)
    }

    fn clean(&self, person: &[[f32; 4]]) -> Vec<[f32; 3]> {
        let width = self.size.width as usize;
        make_rows(width, self.size.height as usize, [0.0; 3], |y, row| {
            for (x, pixel) in row.iter_mut().enumerate() {
                let (p, background) = (person[y * width + x], self.plate[y * width + x]);
                *pixel = std::array::from_fn(|c| p[c] + (1.0 - p[3]) * background[c]);
            }
        })
    }

    /// The clean picture as the camera delivers it.
    fn camera(&self, t: u32, clean: &[[f32; 3]]) -> Yuyv {
        let setup = self.scene.setup();
        let rng = Rng::new(&[3000, self.scene as u64, self.presenter.into(), t.into()]);
        let mut seen = expose(clean, self.size.width as usize, setup.noise, setup.gain, &rng);
        if let Some(quality) = setup.jpeg {
            compress(&mut seen, self.size, quality);
        }
        let width = self.size.width;
        Yuyv::from_rgb(self.size, self.colorimetry, |x, y| seen[(y * width + x) as usize].map(f64::from))
    }
}

/// Number of dots drawn per pixel.
fn dots_per_pixel(size: Size) -> f32 {
    (MAX_DOTS / size.height as f32).min(2.0)
}

/// Height in pixels that the presenter fills, standing at the bottom of the frame.
fn stature(size: Size) -> f32 {
    (size.height as f32).min(size.width as f32 / NARROW)
}

/// Compresses to JPEG and decodes again.
fn compress(pixels: &mut [[f32; 3]], size: Size, quality: u8) {
    let rgb: Vec<u8> = pixels.iter().flatten().map(|c| (255.0 * c).round() as u8).collect();
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality)
        .encode(&rgb, size.width, size.height, ExtendedColorType::Rgb8)
        .expect("any frame fits JPEG's 16-bit sides");
    let decoded =
        image::load_from_memory_with_format(&jpeg, ImageFormat::Jpeg).expect("just encoded").into_rgb8();
    for (pixel, coded) in pixels.iter_mut().zip(decoded.pixels()) {
        *pixel = coded.0.map(|c| f32::from(c) / 255.0);
    }
}
