//! WGSL of the activations.

use crate::model::graph::Activation;

/// The expression of an activation of `x`, which has type `kind`: `vec4f` or `f32`.
pub(super) fn activate(activation: Activation, x: &str, kind: &str) -> String {
    match activation {
        Activation::None => x.to_owned(),
        Activation::Relu => format!("max({x}, {kind}(0.0))"),
        Activation::Relu6 => format!("clamp({x}, {kind}(0.0), {kind}(6.0))"),
        Activation::HardSwish => {
            format!("{x} * clamp({x} * (1.0 / 6.0) + 0.5, {kind}(0.0), {kind}(1.0))")
        }
        Activation::Logistic => format!("1.0 / (1.0 + exp(-{x}))"),
    }
}
