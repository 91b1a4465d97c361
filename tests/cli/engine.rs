//! The whole program with the default model on the GPU.

use gpucam::{Size, video::testcard::TestCard};
use libtest_mimic::Trial;

use super::Place;
use crate::support::{Files, gpu_test, needs};

pub(super) fn trials() -> Vec<Trial> {
    vec![needs(&[Files::Models], gpu_test("cli::engine::the_same_bytes_twice", the_same_bytes_twice))]
}

const SIZE: Size = Size::new(320, 180);

/// File in, file out is deterministic on one adapter.
fn the_same_bytes_twice() {
    let place = Place::new();
    let card = TestCard::new("fast".parse().unwrap(), 0, SIZE);
    let clip: Vec<u8> = (0..3).flat_map(|t| card.yuyv(t).bytes).collect();
    place.put("clip.yuyv", &clip);
    let blur = |effect: &str, output: &str| {
        let line = format!("--effect {effect} --input clip.yuyv --size {SIZE} --output {output}");
        place.gpucam(&line).models().run().silent();
        place.get(output)
    };
    let first = blur("blur", "first.yuyv");
    assert_eq!(first.len(), clip.len());
    assert!(first != clip, "nothing was blurred");
    assert!(blur("blur:12", "second.yuyv") == first, "other bytes the second time");
    assert!(blur("blur,strength=13", "control.yuyv") != first, "control: another strength shows");
}
