use gpucam::internals::{
    Size,
    frame::geometry::{Crop, Cut, Framing, Geometry, Region, Rotate},
    gpu::Recorder,
    passes,
};

use super::turn::{framed, turns};
use crate::{
    mirror::reframe::reframed,
    support::{
        gpu::{BT601, codes_apart, gpu, noise, poison_storage, scene, submit, upload},
        report::{Unit, compared},
    },
};

/// f32 weights, and positions resolved to 1/4096 of a pixel at worst: values near a half may round the other
/// way.
const TOLERANCE: u8 = 1;

/// Hard edges as well as noise.
fn picture(size: Size) -> Vec<u8> {
    let mut bytes = scene(size, 81);
    let noisy = bytes.len() / 3;
    bytes[..noisy].iter_mut().enumerate().for_each(|(i, byte)| *byte = (256.0 * noise(82, i)) as u8);
    bytes
}

fn values(Region { at, size }: Region) -> [f64; 4] {
    [at[0], at[1], size[0], size[1]]
}

#[track_caller]
fn holds(what: &str, got: &[u8], want: &[u8], control: &[u8]) {
    let (error, wrong) = (codes_apart(got, want), codes_apart(got, control));
    note!("{what}: {error} of {TOLERANCE} LSB, control {wrong}");
    compared(Unit::Codes, what, error.into(), TOLERANCE.into());
    assert!(error <= TOLERANCE, "{what}: {error} LSB");
    assert!(wrong > 4 * TOLERANCE, "{what}: the control passes with {wrong} LSB");
}

/// Zooms, in every orientation.
pub fn zoom() {
    let size = Size::new(646, 362);
    let bytes = picture(size);
    for (i, geometry) in turns().enumerate() {
        for zoom in [[1.1, 2.0], [1.5, 8.0]][i % 2] {
            let geometry = Geometry { cut: Cut::Zoom(zoom), ..geometry };
            let region = values(geometry.framing(size).expect("a frame").region);
            let (got, frame) = framed(&bytes, size, &geometry);
            let want = reframed(&bytes, size, &geometry, region, frame);
            // The control: shifted by half a pixel.
            let control =
                reframed(&bytes, size, &geometry, [region[0] + 0.5, region[1], region[2], region[3]], frame);
            holds(&format!("{geometry:?}"), &got, &want, &control);
        }
    }
}

/// Other sizes: slightly and much larger and smaller, of the same aspect and of another, turned on its side
/// too.
pub fn size() {
    let sizes = [(1280, 720), (640, 360), (646, 362)].map(|(w, h)| Size::new(w, h));
    let others = [(1920, 1080), (854, 480), (600, 340), (426, 240), (160, 90), (360, 640), (62, 35)];
    for camera in sizes {
        let bytes = picture(camera);
        for (i, (width, height)) in others.into_iter().enumerate() {
            let frame = Size::new(width, height);
            let geometry = turns().nth(5 * i % 16).expect("sixteen turns");
            let framing = geometry.framing(camera).expect("a frame").with_frame(frame);
            let mut rec = Recorder::new(gpu());
            let made = passes::reframe(&mut rec, &upload(gpu(), &bytes, camera, BT601), &framing);
            poison_storage(gpu(), &made.words);
            submit(rec);
            let got: Vec<u8> = gpu().read_storage(&made.words).expect("a readable buffer");
            let region = values(framing.region);
            let want = reframed(&bytes, camera, &geometry, region, frame);
            let beside = [region[0] + 0.5 * region[2] / f64::from(width), region[1], region[2], region[3]];
            let control = reframed(&bytes, camera, &geometry, beside, frame);
            holds(&format!("{camera} to {frame}, {:?}", geometry.rotate), &got, &want, &control);
        }
    }
}

/// A flat picture stays flat, to the byte, by any geometry.
pub fn flat_stays_flat() {
    let camera = Size::new(646, 362);
    let word = [37, 201, 37, 90];
    let bytes: Vec<u8> = word.into_iter().cycle().take(camera.yuyv_bytes()).collect();
    for (width, height) in [(1280, 720), (640, 360), (500, 300), (64, 36), (644, 360)] {
        let framing = Framing::scaled(camera, Size::new(width, height));
        let mut rec = Recorder::new(gpu());
        let made = passes::reframe(&mut rec, &upload(gpu(), &bytes, camera, BT601), &framing);
        submit(rec);
        let got: Vec<u8> = gpu().read_storage(&made.words).expect("a readable buffer");
        assert_eq!(got.len(), framing.frame.yuyv_bytes());
        assert!(got.chunks_exact(4).all(|pair| pair == word), "{width}x{height}");
    }
}

/// The size that each geometry gives, and the geometries that are refused.
pub fn framings() {
    let camera = Size::new(640, 480);
    let framing = |geometry: Geometry| geometry.framing(camera);
    for geometry in turns() {
        let made = framing(geometry).expect("a frame");
        assert_eq!(made.frame, if made.turn.swap { Size::new(480, 640) } else { camera });
        // Half a turn, mirrored and flipped, is the identity.
        let none = geometry.mirror == geometry.flip && (geometry.rotate == Rotate::Half) == geometry.mirror;
        assert_eq!(made.is_identity(), none && !made.turn.swap, "{geometry:?}");
    }
    let cut = |cut| framing(Geometry { cut, ..Geometry::default() });
    let zoomed = cut(Cut::Zoom(2.0)).expect("a frame");
    assert_eq!((zoomed.region.at, zoomed.region.size), ([160.0, 120.0], [320.0, 240.0]));
    assert!(cut(Cut::Zoom(1.0)).expect("a frame").is_identity());
    let crop = |text: &str| cut(Cut::Crop(text.parse().unwrap_or_else(|error| panic!("{error}"))));
    assert_eq!(crop("320x200").expect("a frame").region.at, [160.0, 140.0]);
    assert_eq!(crop("320x200+320+280").expect("a frame").region.at, [320.0, 280.0]);
    for wrong in ["320x200+321+0", "320x200+0+281", "642x480", "640x482", "4294967294x2+1+1"] {
        let error = crop(wrong).expect_err(wrong).to_string();
        assert!(error.contains(wrong) && error.contains("640x480"), "{error}");
    }
    assert!(crop("321x200").expect_err("odd").to_string().contains("odd width"));
    for wrong in ["", "640", "640x480+1", "640x480+1+2+3", "640x480-1-1", "640x480+a+b", "+1+1"] {
        assert!(wrong.parse::<Crop>().is_err(), "{wrong}");
    }
    // A frame of another aspect is filled without distortion.
    let wide = Framing::scaled(camera, Size::new(1280, 720));
    assert_eq!((wide.region.at, wide.region.size), ([0.0, 60.0], [640.0, 360.0]));
    // The same by --output-size, also after a turn and with a crop.
    let sized = |geometry: Geometry, w, h| framing(Geometry { size: Some(Size::new(w, h)), ..geometry });
    assert_eq!(sized(Geometry::default(), 1280, 720).expect("a frame"), wide);
    assert!(sized(Geometry::default(), 640, 480).expect("a frame").is_identity());
    let part = Geometry { cut: Cut::Zoom(2.0), rotate: Rotate::Half, ..Geometry::default() };
    let small = sized(part, 160, 90).expect("a frame");
    assert_eq!((small.frame, small.region.size), (Size::new(160, 90), [320.0, 180.0]));
    assert!(sized(part, 161, 90).expect_err("odd").to_string().contains("odd width"));
    // Turned on its side, an odd height loses its last column.
    let odd = Geometry { rotate: Rotate::Quarter, ..Geometry::default() };
    assert_eq!(odd.framing(Size::new(64, 35)).expect("a frame").frame, Size::new(34, 64));
}
