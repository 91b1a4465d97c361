//! Each rule applies where it should, changes the graph, and keeps its result.

use gpucam::internals::engine::rewrite::{self, Rule, order};
use gpucam::internals::model::graph::{Activation::*, BinaryKind::*, Graph, Op, Sampling::*};
use libtest_mimic::Trial;

use super::build::{Build, PICTURE};
use super::evaluate::evaluate;
use crate::support::gpu::gap;
use crate::support::test;

/// Both sides are f64 loops over float32 weights.
const TOLERANCE: f64 = 1e-9;

pub fn trials() -> Vec<Trial> {
    vec![
        test("engine::rules::activation", activation),
        test("engine::rules::resize_last", resize_last),
        test("engine::rules::mean_of_sum", mean_of_sum),
        test("engine::rules::mean_of_concatenation", mean_of_concatenation),
        test("engine::rules::mean_of_resize", mean_of_resize),
        test("engine::rules::order", depth_first),
        test("engine::rules::all", all),
    ]
}

/// The graph after one application of the rule, which must apply and must not change the result.
#[track_caller]
fn applied(rule: Rule, build: &Build) -> Graph {
    let mut graph = build.graph.clone();
    assert!(rule(&mut graph), "the rule finds its place");
    assert_ne!(graph, build.graph);
    let picture = build.picture();
    let (wanted, got) = (evaluate(&build.graph, &picture), evaluate(&graph, &picture));
    assert!(gap(&got, &wanted) <= TOLERANCE, "{:e}", gap(&got, &wanted));
    // Control: a graph of the same shape with another bias must not match.
    let mut other = graph.clone();
    if let Some(Op::Conv2d(conv)) = other.nodes.first_mut().map(|node| &mut node.op) {
        conv.bias.data[0] += 0.5;
    }
    assert!(gap(&evaluate(&other, &picture), &wanted) > TOLERANCE);
    graph
}

#[track_caller]
fn refused(rule: Rule, build: &Build) {
    let mut graph = build.graph.clone();
    assert!(!rule(&mut graph), "the rule must not apply here");
    assert_eq!(graph, build.graph);
}

fn activation() {
    let mut b = Build::new(4, 5);
    let x = b.pw(PICTURE, 5, None);
    b.activate(x, HardSwish);
    assert_eq!(applied(rewrite::activation::fold, &b).nodes.len(), 1);
    // Another node reads the operand too.
    let mut b = Build::new(4, 5);
    let x = b.pw(PICTURE, 5, None);
    let y = b.activate(x, Relu);
    b.binary(Add, x, y);
    refused(rewrite::activation::fold, &b);
    // The node has an activation already.
    let mut b = Build::new(4, 5);
    let x = b.pw(PICTURE, 5, Relu);
    b.activate(x, Logistic);
    refused(rewrite::activation::fold, &b);
}

fn resize_last() {
    for (h, w, sampling) in [(8, 10, HalfPixel), (9, 13, AlignCorners)] {
        let mut b = Build::new(4, 5);
        let x = b.pw(PICTURE, 8, None);
        let x = b.resize(x, h, w, sampling);
        b.pw(x, 3, Relu);
        let graph = applied(rewrite::resize_last::swap, &b);
        assert!(graph.macs() < b.graph.macs());
        assert!(matches!(graph.nodes[2].op, Op::ResizeBilinear(_)));
    }
    // A downscale is cheaper first; a 3×3 window is no matrix; another node reads the resized value.
    let mut b = Build::new(8, 8);
    let x = b.pw(PICTURE, 8, None);
    let x = b.resize(x, 4, 4, HalfPixel);
    b.pw(x, 3, None);
    refused(rewrite::resize_last::swap, &b);
    let mut b = Build::new(4, 5);
    let x = b.pw(PICTURE, 8, None);
    let x = b.resize(x, 8, 10, HalfPixel);
    b.conv(x, 3, 1, 4, None);
    refused(rewrite::resize_last::swap, &b);
    let mut b = Build::new(4, 5);
    let x = b.pw(PICTURE, 8, None);
    let x = b.resize(x, 8, 10, HalfPixel);
    let y = b.pw(x, 8, None);
    b.binary(Add, x, y);
    refused(rewrite::resize_last::swap, &b);
}

fn mean_of_sum() {
    let sum_of = |kind, resized: bool| {
        let mut b = Build::new(4, 6);
        let x = b.conv(PICTURE, 3, 2, 6, None);
        let x = b.resize(x, 4, 6, HalfPixel);
        let (plain, y) = (b.pw(PICTURE, 6, None), b.pw(PICTURE, 6, Relu));
        let s = b.binary(kind, if resized { x } else { plain }, y);
        b.mean(s);
        b
    };
    let graph = applied(rewrite::mean_of_sum::split, &sum_of(Add, true));
    assert_eq!(graph.nodes.iter().filter(|node| node.op == Op::Mean).count(), 2);
    refused(rewrite::mean_of_sum::split, &sum_of(Mul, true));
    refused(rewrite::mean_of_sum::split, &sum_of(Add, false));
}

fn mean_of_concatenation() {
    let mut b = Build::new(4, 5);
    let (x, y) = (b.pw(PICTURE, 6, None), b.pw(PICTURE, 3, Relu));
    let s = b.concat(&[x, y, x]);
    b.mean(s);
    applied(rewrite::mean_of_concatenation::split, &b);
}

fn mean_of_resize() {
    for factor in [2, 3] {
        let mut b = Build::new(4, 5);
        let x = b.pw(PICTURE, 6, None);
        let x = b.resize(x, 4 * factor, 5 * factor, HalfPixel);
        b.mean(x);
        assert_eq!(applied(rewrite::mean_of_resize::skip, &b).nodes.len(), 2);
    }
    for (h, w, sampling) in [(9, 10, HalfPixel), (8, 10, AlignCorners)] {
        let mut b = Build::new(4, 5);
        let x = b.pw(PICTURE, 6, None);
        let x = b.resize(x, h, w, sampling);
        b.mean(x);
        refused(rewrite::mean_of_resize::skip, &b);
    }
}

fn depth_first() {
    let mut b = Build::new(4, 5);
    let x = b.pw(PICTURE, 6, None);
    let late = b.pw(x, 6, Relu);
    let unused = b.pw(x, 5, None);
    let y = b.dw(x, [3, 1, 1, 1], None);
    let y = b.pw(y, 6, None);
    b.binary(Add, y, late);
    let mut graph = b.graph.clone();
    order::depth_first(&mut graph);
    assert!(graph.nodes.iter().all(|node| node.output != unused));
    // The value needed last is computed last, right before the sum.
    assert_eq!(graph.nodes[graph.nodes.len() - 2].output, late);
    assert_eq!(evaluate(&graph, &b.picture()), evaluate(&b.graph, &b.picture()));
}

/// All rules together, until none applies: two gated branches as in the models.
fn all() {
    let mut b = Build::new(8, 12);
    let skip = b.pw(PICTURE, 6, Relu);
    let x = b.dw(skip, [3, 2, 1, 1], None);
    let x = b.activate(x, Relu6);
    let x = b.resize(x, 8, 12, HalfPixel);
    let up = b.pw(x, 6, None);
    let sum = b.binary(Add, skip, up);
    let gated = b.gate(skip, sum, 4);
    b.binary(Add, gated, up);
    let graph = rewrite::rewrite(&b.graph);
    let picture = b.picture();
    let error = gap(&evaluate(&graph, &picture), &evaluate(&b.graph, &picture));
    assert!(error <= TOLERANCE, "{error:e}");
    assert!(graph.macs() < b.graph.macs());
    assert!(graph.nodes.iter().all(|node| node.op != Op::Activate));
}
