//! Element-wise sum and product.

use burn::tensor::{Device, Tensor};

use super::layer::{BurnLayer, upload};
use crate::model::graph::{self, BinaryKind};

/// ADD or MUL.
pub(super) struct BinaryLayer {
    kind: BinaryKind,
    constant: Option<Tensor<4>>,
}

impl BinaryLayer {
    pub(super) fn new(op: &graph::Binary, device: &Device) -> Self {
        let constant = op.constant.as_ref().map(|array| {
            let shape: [usize; 4] = std::array::from_fn(|i| array.shape[i]);
            upload(array.data.clone(), shape, device)
        });
        Self { kind: op.kind, constant }
    }
}

impl BurnLayer for BinaryLayer {
    fn forward(&self, inputs: Vec<Tensor<4>>) -> Tensor<4> {
        let mut operands = inputs.into_iter().chain(self.constant.clone());
        let (a, b) = (operands.next().expect("two operands"), operands.next().expect("two operands"));
        match self.kind {
            BinaryKind::Add => a.add(b),
            BinaryKind::Mul => a.mul(b),
        }
    }
}
