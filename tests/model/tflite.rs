//! The parser: it reads a small file correctly, and no input breaks it.

use std::fs;

use gpucam::internals::ModelError;
use gpucam::internals::cli::hint::sentence;
use gpucam::internals::model::Model;
use gpucam::internals::tflite::{self, Builtin, BuiltinOptions, Padding, TensorType};
use libtest_mimic::Trial;

use super::Noise;
use super::builder::{Field, File};
use crate::support::{
    Files,
    files::{each_model, model_file},
    needs, test,
};

pub fn trials() -> Vec<Trial> {
    vec![
        test("model::tflite::fields", fields),
        test("model::tflite::truncated", || truncated("small.tflite", &small())),
        test("model::tflite::damaged", damaged),
        test("model::tflite::crowded", crowded),
        test("model::tflite::not_a_model", not_a_model),
        needs(&[Files::MODEL], test("model::tflite::damaged_model", damaged_model)),
    ]
    .into_iter()
    .chain(each_model("model::tflite::truncated", truncated_model))
    .collect()
}

/// A convolution with float16 weights, and an unused constant.
pub fn small() -> Vec<u8> {
    let mut file = File::default();
    let x = file.value("picture", &[1, 6, 8, 3]);
    let half = file.halves("kernel/half", &[2, 3, 3, 3], &Noise(1).take(54));
    let kernel = file.value("kernel", &[2, 3, 3, 3]);
    let bias = file.floats("bias", &[2], &[0.25, -0.5]);
    let y = file.value("mask", &[1, 3, 4, 2]);
    file.operator((6, "", 2), &[half], kernel, None);
    let options = vec![(1, Field::I32(2)), (2, Field::I32(2)), (3, Field::U8(1))];
    file.operator((3, "", 1), &[x, kernel, bias], y, Some((1, options)));
    (file.inputs, file.outputs) = (vec![x], vec![y]);
    file.bytes()
}

fn fields() {
    let bytes = small();
    let model = tflite::Model::read(&bytes).expect("a model");
    assert_eq!((model.version, model.description), (3, "written by a test"));
    assert_eq!(model.operator_codes.len(), 2);
    assert_eq!(model.operator_codes[1].builtin, Builtin::CONV_2D);
    assert_eq!(
        (model.operator_codes[0].to_string(), model.operator_codes[0].version),
        ("DEQUANTIZE".into(), 2)
    );
    assert_eq!(model.buffers.len(), 3);
    assert_eq!(model.buffers[2].data, [0.25f32.to_le_bytes(), (-0.5f32).to_le_bytes()].concat());
    let [main] = &model.subgraphs[..] else { panic!("one subgraph") };
    assert_eq!((main.name, main.tensors.len(), main.operators.len()), ("main", 5, 2));
    assert_eq!(main.inputs.iter().chain(main.outputs.iter()).collect::<Vec<_>>(), [0, 4]);
    let half = &main.tensors[1];
    assert_eq!((half.name, half.kind, half.buffer), ("kernel/half", TensorType::FLOAT16, 1));
    assert_eq!(half.shape.iter().collect::<Vec<_>>(), [2, 3, 3, 3]);
    let conv = &main.operators[1];
    assert_eq!(conv.inputs.iter().collect::<Vec<_>>(), [0, 2, 3]);
    // Padding and dilation are not stored: the schema's defaults are SAME and 1.
    let BuiltinOptions::Conv2D { padding, stride, dilation, activation } = conv.options else {
        panic!("{:?}", conv.options)
    };
    assert_eq!((padding, stride, dilation), (Padding::Same, [2, 2], [1, 1]));
    assert_eq!(activation, tflite::ActivationFunctionType::Relu);
    // Control: the same file with one byte changed.
    let mut changed = bytes.clone();
    let at = bytes.windows(4).position(|w| w == b"bias").expect("the name");
    changed[at] = b'B';
    let changed = tflite::Model::read(&changed).expect("a model");
    assert_eq!(changed.subgraphs[0].tensors[3].name, "Bias");
}

/// Every truncation is an error of one sentence that names the file.
fn truncated(name: &str, bytes: &[u8]) {
    Model::from_bytes(name, bytes).expect("the whole file");
    for part in 0..64 {
        let cut = &bytes[..bytes.len() * part / 64];
        let error = Model::from_bytes(name, cut).expect_err("a truncated file");
        assert!(matches!(error, ModelError::Unsupported { .. } | ModelError::NotAModel { .. }), "{error}");
        let text = sentence(&error.into());
        assert!(text.contains(name) && text.contains("gpucam models"), "{text}");
        assert!(!text.contains('\n') && text.len() < 400, "{text}");
    }
}

fn truncated_model(name: &str) {
    let path = model_file(name);
    truncated(&path.display().to_string(), &fs::read(&path).expect("a file"));
}

/// Any byte of a small file set to any of a few values gives an error or a model, never a panic.
fn damaged() {
    let bytes = small();
    let (mut models, mut errors) = (0, 0);
    for at in 0..bytes.len() {
        for value in [0, 1, 2, 4, 127, 128, 255, bytes[at] ^ 1, bytes[at].wrapping_add(4)] {
            let mut damaged = bytes.clone();
            damaged[at] = value;
            match Model::from_bytes("damaged.tflite", &damaged) {
                Ok(_) => models += 1,
                Err(error) => {
                    assert!(!error.to_string().is_empty());
                    errors += 1;
                }
            }
        }
    }
    // Most bytes are weights and names, for which any value is valid; the others must cause errors.
    assert!(models > 100 && errors > 500, "{models} models, {errors} errors");
}

/// A real model with a few random changes, mostly in its tables, gives an error or a model, never a panic.
fn damaged_model() {
    let bytes = fs::read(model_file("selfie-landscape")).expect("a file");
    let mut noise = Noise(3);
    let mut index = |n: usize| ((noise.next() + 1.0) / 2.0 * n as f32) as usize % n;
    let mut errors = 0;
    for round in 0..300 {
        let mut damaged = bytes.clone();
        for _ in 0..=round % 8 {
            let at = index(bytes.len());
            damaged[at] = index(256) as u8;
        }
        errors += usize::from(Model::from_bytes("damaged.tflite", &damaged).is_err());
    }
    assert!(errors > 10, "{errors} errors");
}

/// Overlapping vectors, by which few bytes describe very many tables, are rejected before the tables are
/// created.
fn crowded() {
    // 3000 subgraphs, each with the same 3000 operators.
    let count = 3000;
    let mut file = File::default();
    let x = file.value("x", &[1, 2, 2, 3]);
    (file.inputs, file.outputs) = (vec![x], vec![x]);
    let mut bytes = file.bytes();
    let append = |bytes: &mut Vec<u8>, to: usize| {
        while !bytes.len().is_multiple_of(4) {
            bytes.push(0);
        }
        let start = bytes.len();
        bytes.extend((count as u32).to_le_bytes());
        // Offsets only point forward, so the shared table comes last.
        let end = start + 4 + 4 * count;
        (0..count).for_each(|i| bytes.extend(((end - (start + 4 + 4 * i) + to) as u32).to_le_bytes()));
        start
    };
    // subgraphs → one table after the vector: vtable (field 3 at 4), table, then the operators' vector and
    // table.
    let subgraphs = append(&mut bytes, 12);
    let vtable: [u16; 6] = [12, 8, 0, 0, 0, 4];
    bytes.extend(vtable.iter().flat_map(|v| v.to_le_bytes()));
    bytes.extend(12i32.to_le_bytes());
    bytes.extend(4u32.to_le_bytes());
    append(&mut bytes, 4);
    bytes.extend([4u16, 4].iter().flat_map(|v| v.to_le_bytes()));
    bytes.extend(4i32.to_le_bytes());
    // The root's field 2 points there: its position follows from the vtable.
    let root = u32::from_le_bytes(bytes[..4].try_into().expect("four")) as usize;
    let vtable = root - i32::from_le_bytes(bytes[root..root + 4].try_into().expect("four")) as usize;
    let slot =
        root + usize::from(u16::from_le_bytes(bytes[vtable + 8..vtable + 10].try_into().expect("two")));
    bytes[slot..slot + 4].copy_from_slice(&((subgraphs - slot) as u32).to_le_bytes());
    assert_eq!(tflite::Model::read(&bytes).err(), Some(tflite::ParseError::Crowded));
}

fn not_a_model() {
    let png = {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(40, 30).write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
        bytes.into_inner()
    };
    let mut noise = Noise(7);
    let random: Vec<u8> = (0..100_000).map(|_| (noise.next() * 1000.0) as i32 as u8).collect();
    for bytes in [&png[..], &random, b"", b"TFL3", b"\0\0\0\0TFL"] {
        let text = sentence(&Model::from_bytes("picture.png", bytes).expect_err("not a model").into());
        assert!(text.starts_with("picture.png is not a TensorFlow Lite model"), "{text}");
        assert!(text.contains("gpucam models"), "{text}");
    }
    // Random bytes after the correct identifier.
    for seed in 0..200 {
        let mut noise = Noise(seed);
        let mut bytes: Vec<u8> = (0..4096).map(|_| (noise.next() * 1000.0) as i32 as u8).collect();
        bytes[..8].copy_from_slice(b"\x20\0\0\0TFL3");
        assert!(Model::from_bytes("random.tflite", &bytes).is_err());
    }
    let missing = sentence(&Model::open("no/such.tflite".as_ref()).expect_err("no file").into());
    assert!(missing.contains("no/such.tflite") && missing.contains("--model"), "{missing}");
    // Another version of the schema.
    let mut file = File::default();
    file.version = Some(4);
    let text = Model::from_bytes("new.tflite", &file.bytes()).expect_err("version 4").to_string();
    assert!(text.contains("version 4"), "{text}");
}
