//! Rewrites of the lowered graph that make it cheaper and keep what it computes, up to rounding.
//!
//! One rule = one file = one function that applies itself once and says whether it could.

pub mod activation;
mod edit;
pub mod mean_of_concatenation;
pub mod mean_of_resize;
pub mod mean_of_sum;
pub mod order;
pub mod resize_last;

use crate::model::graph::Graph;

/// A rule: applies itself once to the graph, and says whether it found a place.
pub type Rule = fn(&mut Graph) -> bool;

/// Every rule, in the order they are tried.
pub const RULES: &[Rule] = &[
    activation::fold,
    resize_last::swap,
    mean_of_sum::split,
    mean_of_concatenation::split,
    mean_of_resize::skip,
];

/// The graph after every rule has nothing left to do, its nodes in an order that fuses well.
pub fn rewrite(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    // Each rule shrinks what the others look for, so this ends; the limit is for a mistake.
    for _ in 0..16 * (graph.nodes.len() + 1) {
        if !RULES.iter().any(|rule| rule(&mut graph)) {
            break;
        }
    }
    order::depth_first(&mut graph);
    graph
}
