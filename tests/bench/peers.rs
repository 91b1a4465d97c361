//! Volcomix's sequence in float64, rounded to 8 bits wherever it draws.

use gpucam::internals::{Size, bench::peers::Volcomix, segmenter::ModelOutput};

use crate::{
    mirror::{Mask, Rgb, alpha, plane::Plane, smoothstep, store::unorm8, yuyv},
    support::gpu::{BT601, blob, gpu, scene},
};

/// One 8-bit step if a value lies between two codes; three horizontal and vertical blurs increase it to two.
const TOLERANCE: f64 = 2.01 / 255.0;
/// A nearest-neighbour fetch at an exactly integral position may fall to either side in f32. Then one tap
/// differs, and so do the values that depend on it.
const BESIDE: f64 = 2e-3;

/// Each tap is weighted by (1 - mask) at half size; missing weight goes to the centre.
fn blur(picture: &Rgb, mask: &Mask, (w, h): (usize, usize), along: (isize, isize)) -> Rgb {
    let weights = [0.2270270270, 0.1945945946, 0.1216216216, 0.0540540541, 0.0162162162];
    // Texture coordinates are clamped at the edge; half-size centres lie between four texels.
    let at = |x: isize, y: isize| {
        let place = |i: isize, own: usize, n: usize| (i as f64 + 0.5) * n as f64 / own as f64 - 0.5;
        let colour = picture.bilinear(place(x, w, picture.width), place(y, h, picture.height));
        (colour, mask.bilinear(place(x, w, mask.width), place(y, h, mask.height))[0])
    };
    Plane::from_fn(w, h, |x, y| {
        let (own, _) = at(x as isize, y as isize);
        let (mut sum, mut share) = ([0.0; 3], 0.0);
        for i in -4isize..=4 {
            let (colour, m) = at(x as isize + i * along.0, y as isize + i * along.1);
            let weight = weights[i.unsigned_abs()] * (1.0 - m);
            (0..3).for_each(|c| sum[c] += weight * colour[c]);
            share += weight;
        }
        std::array::from_fn(|c| unorm8(sum[c] + (1.0 - share) * own[c]))
    })
}

/// The refined mask before the smoothstep, in 8 bits.
fn refine(frame: &Rgb, mask: &Mask) -> Mask {
    alpha::joint_bilateral(frame, mask).map(|[m]| [unorm8(m)])
}

pub fn volcomix() {
    for (size, net, channels) in
        [(Size::new(640, 360), Size::new(256, 144), 2), (Size::new(320, 180), Size::new(160, 96), 1)]
    {
        let bytes = scene(size, 51);
        let person = blob(net, 52);
        let logits: Vec<f32> = match channels {
            1 => person.values().iter().map(|&p| p as f32).collect(),
            _ => person.values().iter().flat_map(|&p| [0.5, 0.5 + (p / (1.0 - p)).ln() as f32]).collect(),
        };
        let answer = ModelOutput { size: net, channels, logits, person: Vec::new() };
        let peer = Volcomix::record(gpu(), &bytes, size, BT601, &answer).expect("recorded");
        assert_eq!(peer.sequence.steps().len(), 9, "softmax, bilateral, six blurs, blend");
        peer.upload.submit(gpu());
        peer.sequence.submit(gpu());
        let read = |plane| -> Vec<f64> {
            let bytes: Vec<u8> = gpu().read_plane(plane).expect("a readable plane");
            bytes.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).map(|v| f64::from(v) / 255.0).collect()
        };
        let (refined, canvas) = (read(&peer.refined), read(&peer.canvas));
        let refined: Vec<f64> = refined.into_iter().step_by(3).collect();

        let frame = yuyv::decode(&bytes, size, BT601).map(|rgb| rgb.map(unorm8));
        let mask = refine(&frame, &person);
        let half = (size.width.div_ceil(2) as usize, size.height.div_ceil(2) as usize);
        let rounds = |count: usize| {
            let mut room = frame.clone();
            for _ in 0..count {
                room = blur(&blur(&room, &mask, half, (0, 1)), &mask, half, (1, 0));
            }
            let shown: Rgb = Plane::from_fn(frame.width, frame.height, |x, y| {
                let (own, behind) = (frame.at(x, y), room.sample_for(x, y, frame.width, frame.height));
                let coverage = smoothstep(0.5, 0.75, mask.at(x, y)[0]);
                std::array::from_fn(|c| unorm8(behind[c] + (own[c] - behind[c]) * coverage))
            });
            shown
        };
        let off = |got: &[f64], want: &[f64]| {
            assert_eq!(got.len(), want.len());
            let far = got.iter().zip(want).filter(|(g, w)| (*g - *w).abs() > TOLERANCE);
            far.count() as f64 / got.len() as f64
        };
        let (in_mask, shown) = (off(&refined, mask.values()), off(&canvas, rounds(3).values()));
        let control = off(&canvas, rounds(2).values());
        note!("volcomix {size}: mask {in_mask:.1e}, canvas {shown:.1e} beside, control {control:.1e}");
        assert!(
            in_mask <= BESIDE && shown <= BESIDE,
            "mask {in_mask:e}, canvas {shown:e} of the values are off"
        );
        assert!(control > BESIDE, "the control passes");
    }
}
