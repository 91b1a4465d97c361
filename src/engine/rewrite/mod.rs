//! Rewrite rules that make the lowered graph cheaper without changing its result, apart from rounding.
//!
//! Each rule is a file with one function. It applies itself at most once and returns whether it did.

pub mod activation;
mod edit;
pub mod mean_of_concatenation;
pub mod mean_of_resize;
pub mod mean_of_sum;
pub mod order;
pub mod resize_last;

use crate::model::graph::Graph;

/// A rewrite rule: applies itself at most once and returns whether it did.
pub type Rule = fn(&mut Graph) -> bool;

/// All rules, in the order in which they are tried.
pub const RULES: &[Rule] = &[
    activation::fold,
    resize_last::swap,
    mean_of_sum::split,
    mean_of_concatenation::split,
    mean_of_resize::skip,
];

/// Applies the rules until none applies, then orders the nodes so that they fuse well.
pub fn rewrite(graph: &Graph) -> Graph {
    let mut graph = graph.clone();
    // Every rule removes a pattern, so this terminates; the limit guards against a faulty rule.
    for _ in 0..16 * (graph.nodes.len() + 1) {
        if !RULES.iter().any(|rule| rule(&mut graph)) {
            break;
        }
    }
    order::depth_first(&mut graph);
    graph
}
