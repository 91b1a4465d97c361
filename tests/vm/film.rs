//! A film of people before a room that carries the mark.

use std::{fs, process::Command};

use crate::{
    frames::{Seen, Size, mark, seen},
    guest::gpucam,
};

pub const SIZE: Size = Size::TINY;

/// A person of the test card: luma, chroma and alpha of each pixel.
struct Person {
    codes: Vec<[f64; 3]>,
    alpha: Vec<f64>,
}

impl Person {
    /// The first frame of a scene, such as `testcard:still,0`.
    fn new(scene: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (picture, alpha) = (folder.path().join("card.yuyv"), folder.path().join("card.npy"));
        for output in [&picture, &folder.path().join("card.png")] {
            let mut command = Command::new(gpucam());
            command.args([
                "--input",
                scene,
                "--size",
                &SIZE.to_string(),
                "--effect",
                "none",
                "--frames",
                "1",
            ]);
            command.arg("--offline").arg("--output").arg(output);
            if output.extension().unwrap() == "png" {
                command.arg("--output-alpha").arg(&alpha);
            }
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let bytes = fs::read(&picture).unwrap();
        let codes = bytes.chunks_exact(4).flat_map(|word| {
            let [left, cb, right, cr] = [0, 1, 2, 3].map(|k| f64::from(word[k]));
            [[left, cb, cr], [right, cb, cr]]
        });
        let file = fs::read(&alpha).unwrap();
        let count = SIZE.width * SIZE.height;
        let values = file[file.len() - 4 * count..].chunks_exact(4);
        let alpha: Vec<f64> =
            values.map(|value| f32::from_le_bytes(value.try_into().unwrap()).into()).collect();
        assert!(alpha.iter().sum::<f64>() > 5000.0, "no person");
        Self { codes: codes.collect(), alpha }
    }

    /// The same, so many pixels to the right.
    fn moved(&self, by: usize) -> Self {
        let from = |i: usize| (i % SIZE.width >= by).then(|| i - by);
        let all = 0..self.alpha.len();
        Self {
            codes: all.clone().map(|i| from(i).map_or([0.0; 3], |i| self.codes[i])).collect(),
            alpha: all.map(|i| from(i).map_or(0.0, |i| self.alpha[i])).collect(),
        }
    }
}

/// The room is empty, so that it can be learnt. Then somebody sits down, puts a thing down, a second person comes in, the
/// light goes off and on, the camera is turned and turned back, everybody leaves, and somebody sits down again.
pub fn changing_room() -> Vec<u8> {
    let one = Person::new("testcard:still,0");
    let two = Person::new("testcard:still,1").moved(110);
    let empty = View { people: &[], object: false, turned: false, light: 1.0 };
    let sits = View { people: &[&one], ..empty };
    let thing = View { object: true, ..sits };
    let second = View { people: &[&two, &one], ..thing };
    let acts = [
        (empty, 20),
        (sits, 8),
        (thing, 8),
        (second, 8),
        (View { light: 0.05, ..second }, 5),
        (second, 8),
        (View { light: 0.6, ..thing }, 5),
        (View { turned: true, ..thing }, 8),
        (thing, 5),
        (empty, 6),
        (sits, 6),
    ];
    let mut film = Vec::new();
    for (view, count) in acts {
        let bytes = view.yuyv();
        // The control: the camera's frames show the mark, but in the dark.
        assert_eq!(seen(&bytes, SIZE) == Seen::Raw, view.light > 0.1);
        film.extend(bytes.repeat(count));
    }
    film
}

/// What is before the camera: the mark as the room, another phase of it as a thing, and people before them.
#[derive(Clone, Copy)]
struct View<'a> {
    people: &'a [&'a Person],
    object: bool,
    /// The camera looks elsewhere: all of the room has another phase.
    turned: bool,
    light: f64,
}

impl View<'_> {
    /// Its picture.
    fn yuyv(self) -> Vec<u8> {
        let pixel = |x: usize, y: usize| {
            let is_object = self.object && (30..90).contains(&x) && (20..100).contains(&y);
            let phase = if self.turned != is_object { 2 } else { 0 };
            let shade = if is_object { 0.7 } else { 1.0 };
            let mut codes = [shade * f64::from(mark(x + phase, y)), 128.0, 128.0];
            for person in self.people {
                let i = y * SIZE.width + x;
                let a = person.alpha[i];
                (0..3).for_each(|c| codes[c] = a * person.codes[i][c] + (1.0 - a) * codes[c]);
            }
            let [y, cb, cr] = codes;
            [16.0, 128.0, 128.0]
                .into_iter()
                .zip([y, cb, cr])
                .map(|(zero, code)| zero + self.light * (code - zero))
                .collect::<Vec<_>>()
        };
        let words = (0..SIZE.width * SIZE.height / 2).flat_map(|i| {
            let (x, y) = (2 * i % SIZE.width, 2 * i / SIZE.width);
            let (left, right) = (pixel(x, y), pixel(x + 1, y));
            [left[0], (left[1] + right[1]) / 2.0, right[0], (left[2] + right[2]) / 2.0]
                .map(|code| code.round() as u8)
        });
        words.collect()
    }
}
