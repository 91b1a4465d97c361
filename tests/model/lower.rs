//! The lowering: what it folds, drops and rejects.

use gpucam::internals::cli::hint::sentence;
use gpucam::internals::engine::KernelPlan;
use gpucam::internals::model::graph::{Activation, Attention, Op, TensorShape};
use gpucam::internals::model::{Model, OutputDecoding, OutputGrid, Reading};
use libtest_mimic::Trial;

use super::Noise;
use super::builder::{Field, File, INT8};
use crate::engine;
use crate::support::test;

pub fn trials() -> Vec<Trial> {
    vec![
        test("model::lower::folds", folds),
        test("model::lower::drops", drops),
        test("model::lower::refuses", refuses),
        test("model::lower::flat_outputs", flat_outputs),
        test("model::lower::long_sides", long_sides),
        test("model::lower::too_many_operators", too_many_operators),
        test("model::lower::infers", infers),
        test("model::lower::a_softmax_at_the_end_is_dropped", softmax_at_the_end),
        test("model::lower::probabilities_that_are_resized", resized_probabilities),
    ]
}

/// picture → CONV_2D (1) → RELU (2) → mask. Operator 0 dequantizes the weights; the result of operator 3 is
/// unused.
fn file() -> File {
    let mut file = File::default();
    let x = file.value("picture", &[1, 6, 8, 3]);
    let half = file.halves("kernel/half", &[2, 3, 3, 3], &Noise(1).take(54));
    let kernel = file.value("kernel", &[2, 3, 3, 3]);
    let bias = file.floats("bias", &[2], &[0.25, -0.5]);
    let y = file.value("conv", &[1, 3, 4, 2]);
    let z = file.value("mask", &[1, 3, 4, 2]);
    let nowhere = file.value("nowhere", &[1, 3, 4, 2]);
    file.operator((6, "", 2), &[half], kernel, None);
    file.operator((3, "", 1), &[x, kernel, bias], y, Some((1, conv_options(3))));
    file.operator((19, "", 1), &[y], z, None);
    file.operator((54, "", 1), &[y], nowhere, None);
    (file.inputs, file.outputs) = (vec![x], vec![z]);
    file
}

fn conv_options(activation: u8) -> Vec<(usize, Field)> {
    vec![(1, Field::I32(2)), (2, Field::I32(2)), (3, Field::U8(activation))]
}

fn lower(file: File) -> Result<Model, String> {
    Model::from_bytes("own.tflite", &file.bytes()).map_err(|e| sentence(&e.into()))
}

fn folds() {
    let graph = lower(file()).expect("a model").graph;
    let [conv, relu] = &graph.nodes[..] else { panic!("{} nodes", graph.nodes.len()) };
    let Op::Conv2d(op) = &conv.op else { panic!("{:?}", conv.op) };
    // float16 has 11 significant bits, so the folded weights are the rounded ones.
    let wanted: Vec<f32> = Noise(1).take(54).iter().map(|&v| half::f16::from_f32(v).to_f32()).collect();
    assert_eq!(op.weights.data, wanted);
    assert_ne!(op.weights.data, Noise(1).take(54));
    assert_eq!((&op.weights.shape[..], &op.bias.data[..]), (&[2, 3, 3, 3][..], &[0.25, -0.5][..]));
    // Sides 6 and 8 at stride 2: padding 0 before, 1 after.
    assert_eq!(op.window.padding, [(0, 1), (0, 1)]);
    assert_eq!((conv.activation, relu.activation), (Activation::Relu6, Activation::Relu));
    assert_eq!(graph.output_shape(), TensorShape::new(3, 4, 2));
    assert_eq!(graph.values[graph.output.0].name, "mask");
}

/// An unused operator is dropped even if gpucam does not support it; it is an error if the output depends on
/// it.
fn drops() {
    let mut live = file();
    assert!(lower(file()).is_ok());
    live.outputs = vec![6];
    let text = lower(live).expect_err("PRELU is not known");
    assert!(text.contains("PRELU"), "{text}");
}

/// Each error names the cause and the tensor.
fn refuses() {
    type Change = fn(&mut File);
    let cases: [(&str, Change, &[&str]); 14] = [
        ("operator", |f| f.set_code(2, (49, "", 1)), &["SPLIT", "version 1", "'mask'"]),
        ("new operator", |f| f.set_code(2, (205, "", 1)), &["operator number 205", "'mask'"]),
        ("custom operator", |f| f.set_code(2, (32, "MyOp", 1)), &["MyOp", "'mask'"]),
        ("version", |f| f.set_code(1, (3, "", 8)), &["CONV_2D", "version 8", "'conv'", "1 to 3"]),
        ("fused activation", |f| f.set_options(1, (1, conv_options(4))), &["CONV_2D", "Tanh", "'conv'"]),
        ("stride", |f| f.set_options(1, (1, vec![])), &["CONV_2D", "stride", "'conv'"]),
        ("options", |f| f.set_options(1, (11, vec![])), &["CONV_2D", "options", "'conv'"]),
        ("weights' type", |f| f.set_kind(1, INT8), &["DEQUANTIZE", "INT8", "'kernel'"]),
        ("value's type", |f| f.set_kind(5, INT8), &["'mask'", "INT8", "FLOAT32"]),
        ("input's type", |f| f.set_kind(0, 3), &["'picture'", "UINT8", "FLOAT32"]),
        ("bias's type", |f| f.set_kind(3, 2), &["'bias'", "INT32"]),
        ("two outputs", |f| f.outputs.push(4), &["2 outputs"]),
        ("no input", |f| f.inputs.clear(), &["0 inputs"]),
        ("nothing makes it", |f| f.outputs = vec![3], &["'bias'", "nothing makes it"]),
    ];
    for (what, change, names) in cases {
        let mut file = file();
        change(&mut file);
        let text = lower(file).err().unwrap_or_else(|| panic!("{what} was not refused"));
        for name in names {
            assert!(text.contains(name), "{what}: {text}");
        }
        assert!(text.contains("own.tflite") && text.contains("gpucam models"), "{text}");
    }
}

/// picture [1, 4, 6, 3] → CONV_2D of 1x1 (y) → what `add` appends. The output is the last tensor.
fn after_conv(channels: usize, add: impl FnOnce(&mut File, i32) -> i32) -> File {
    let mut file = File::default();
    let x = file.value("picture", &[1, 4, 6, 3]);
    let kernel = file.floats("kernel", &[channels, 1, 1, 3], &vec![0.5; 3 * channels]);
    let y = file.value("y", &[1, 4, 6, channels]);
    let options = vec![(1, Field::I32(1)), (2, Field::I32(1))];
    file.operator((3, "", 1), &[x, kernel, -1], y, Some((1, options)));
    let z = add(&mut file, y);
    (file.inputs, file.outputs) = (vec![x], vec![z]);
    file
}

/// Of an output with fewer axes it is not known which are the rows.
fn flat_outputs() {
    let file = |shape: &'static [usize]| {
        after_conv(2, |file, y| {
            let sides: Vec<i32> = shape.iter().map(|&n| n as i32).collect();
            let (z, operand) = (file.value("mask", shape), file.ints("shape", &sides));
            file.operator((22, "", 1), &[y, operand], z, None);
            z
        })
    };
    let text = lower(file(&[1, 24, 2])).expect_err("three axes");
    assert!(text.contains("'mask' is the output and has not four axes"), "{text}");
    // The control.
    assert!(lower(file(&[1, 6, 4, 2])).is_ok());
}

/// No texture has room for such an input or output.
fn long_sides() {
    let file = |side: usize, enlarged: usize| {
        let mut file = File::default();
        let x = file.value("picture", &[1, 1, side, 3]);
        let y = file.value("mask", &[1, 1, enlarged, 3]);
        let size = file.ints("size", &[1, enlarged as i32]);
        file.operator((23, "", 3), &[x, size], y, Some((15, vec![(3, Field::U8(1))])));
        (file.inputs, file.outputs) = (vec![x], vec![y]);
        lower(file).map(drop)
    };
    let text = file(20_000, 20_000).expect_err("a long input");
    assert!(text.contains("'picture' is the input and has 20000x1 pixels"), "{text}");
    let text = file(8_192, 8_193).expect_err("a long output");
    assert!(text.contains("'mask', has size [1, 8193]; it must be 1 to 8192"), "{text}");
    // The control.
    assert_eq!(file(8_192, 8_192), Ok(()));
}

/// So many would take very long to rewrite. Those that the output does not need do not count.
fn too_many_operators() {
    let file = |count: usize, needed: usize| {
        let mut file = File::default();
        let mut made = vec![file.value("picture", &[1, 1, 1, 3])];
        for i in 0..count {
            let y = file.value("y", &[1, 1, 1, 3]);
            file.operator((19, "", 1), &[made[i]], y, None);
            made.push(y);
        }
        (file.inputs, file.outputs) = (vec![made[0]], vec![made[needed]]);
        lower(file).map(|model| model.graph.nodes.len())
    };
    let text = file(5001, 5001).expect_err("too many");
    assert!(text.contains("5001 operators") && text.contains("up to 5000"), "{text}");
    // The controls.
    assert_eq!(file(5000, 5000), Ok(5000));
    assert_eq!(file(5001, 3), Ok(3));
}

/// The inferred reading of files that are not in the catalogue.
fn infers() {
    let file = |side: usize, channels: usize, activation: i32| {
        let mut file = File::default();
        let x = file.value("picture", &[1, side, side, 3]);
        let kernel = file.floats("kernel", &[channels, 1, 1, 3], &vec![0.5; 3 * channels]);
        let stride = if side % 2 == 1 { 8 } else { 1 };
        let out = side.div_ceil(stride);
        let y = file.value("y", &[1, out, out, channels]);
        let z = file.value("z", &[1, out, out, channels]);
        let options = vec![(1, Field::I32(stride as i32)), (2, Field::I32(stride as i32))];
        file.operator((3, "", 1), &[x, kernel, -1], y, Some((1, options)));
        file.operator((activation, "", 1), &[y], z, None);
        (file.inputs, file.outputs) = (vec![x], vec![z]);
        lower(file).expect("a model").inferred
    };
    let reading = |scale, offset, person, grid| Some(Reading { scale, offset, person, grid });
    let (logistic, relu) = (14, 19);
    assert_eq!(file(16, 1, logistic), reading(1.0, 0.0, OutputDecoding::Probability, OutputGrid::Centres));
    assert_eq!(file(16, 1, relu), reading(1.0, 0.0, OutputDecoding::Logit, OutputGrid::Centres));
    assert_eq!(
        file(17, 2, relu),
        reading(1.0, 0.0, OutputDecoding::Softmax { channel: 1 }, OutputGrid::Corners)
    );
    assert_eq!(
        file(16, 21, relu),
        reading(2.0, -1.0, OutputDecoding::Softmax { channel: 15 }, OutputGrid::Centres)
    );
    // Never a guess among several channels: six of another size are refused too.
    assert_eq!(
        file(256, 6, relu),
        reading(1.0, 0.0, OutputDecoding::Background { channel: 0 }, OutputGrid::Centres)
    );
    assert_eq!(file(16, 5, relu), None);
    assert_eq!(file(16, 6, relu), None);
    // No softmax of what is no logit.
    assert_eq!(file(16, 2, logistic), None);
}

/// The output is decoded with a softmax, so the one in the file would be applied twice.
fn softmax_at_the_end() {
    let softmax = |file: &mut File, y: i32, channels: usize| {
        let z = file.value("z", &[1, 4, 6, channels]);
        let options = vec![(0, Field::I32(1f32.to_bits() as i32))];
        file.operator((25, "", 1), &[y], z, Some((9, options)));
        z
    };
    let count = |model: &Model| {
        let is_softmax = |op: &Op| *op == Op::Attention(Attention::Softmax);
        model.graph.nodes.iter().filter(|node| is_softmax(&node.op)).count()
    };
    let model = lower(after_conv(2, |file, y| softmax(file, y, 2))).expect("a model");
    assert_eq!((count(&model), model.graph.values.len()), (0, 2));
    assert_eq!(model.graph.output_shape(), TensorShape::new(4, 6, 2));
    let person = model.inferred.map(|reading| reading.person);
    assert_eq!(person, Some(OutputDecoding::Softmax { channel: 1 }));
    assert!(KernelPlan::new(&model.graph, engine::F32).is_ok());
    // Controls: that of one channel, one that something follows, and one of the picture itself.
    assert_eq!(count(&lower(after_conv(1, |file, y| softmax(file, y, 1))).expect("a model")), 1);
    let inner = after_conv(2, |file, y| {
        let (z, end) = (softmax(file, y, 2), file.value("end", &[1, 4, 6, 2]));
        file.operator((19, "", 1), &[z], end, None);
        end
    });
    assert_eq!(count(&lower(inner).expect("a model")), 1);
    let of_picture = after_conv(2, |file, _| softmax(file, 0, 3));
    assert_eq!(count(&lower(of_picture).expect("a model")), 1);
}

/// What enlarges or averages probabilities gives probabilities.
fn resized_probabilities() {
    let person = |activation: i32, channels: usize| {
        let file = after_conv(channels, |file, y| {
            let p = file.value("p", &[1, 4, 6, channels]);
            let z = file.value("z", &[1, 8, 12, channels]);
            let size = file.ints("size", &[8, 12]);
            file.operator((activation, "", 1), &[y], p, None);
            file.operator((23, "", 3), &[p, size], z, Some((15, vec![(3, Field::U8(1))])));
            z
        });
        lower(file).expect("a model").inferred.map(|reading| reading.person)
    };
    let (logistic, relu) = (14, 19);
    assert_eq!(person(logistic, 1), Some(OutputDecoding::Probability));
    assert_eq!(person(logistic, 2), None);
    // The controls.
    assert_eq!(person(relu, 1), Some(OutputDecoding::Logit));
    assert_eq!(person(relu, 2), Some(OutputDecoding::Softmax { channel: 1 }));
}
