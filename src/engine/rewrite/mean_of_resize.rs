//! An upscale by integer factors at half-pixel centres preserves the mean.
//!
//! Every source sample has the same total weight: inside, the tent weights of its m / n samples sum to m / n;
//! at an edge, clamping gives the edge sample the weight of its missing neighbour.

use super::edit::producer;
use super::order::drop_unused;
use crate::model::graph::{Activation, Graph, Op, Sampling};

/// `mean(resize(x))` becomes `mean(x)`, at half-pixel centres, if m is a multiple of n on both axes.
pub fn skip(graph: &mut Graph) -> bool {
    let found = graph.nodes.iter().enumerate().find_map(|(at, node)| {
        let resize = &graph.nodes[producer(graph, node.inputs[0])?];
        let (small, large) = (graph.shape(resize.inputs[0]).sides(), graph.shape(resize.output).sides());
        let fits = node.op == Op::Mean
            && resize.op == Op::ResizeBilinear(Sampling::HalfPixel)
            && resize.activation == Activation::None
            && (0..2).all(|axis| large[axis].is_multiple_of(small[axis]));
        fits.then_some((at, resize.inputs[0]))
    });
    let Some((at, small)) = found else { return false };
    graph.nodes[at].inputs = vec![small];
    drop_unused(graph);
    true
}
