//! Reads the constants of a file.

use half::f16;

use super::super::graph::ConstantTensor;
use super::builder::GraphBuilder;
use super::error::{LowerError, Result};
use super::limits::{MAX_ELEMENTS, MAX_WEIGHTS};
use crate::tflite::TensorType;

impl GraphBuilder<'_, '_> {
    /// The bytes of a constant whose elements take `width` bytes each.
    fn constant_bytes(&self, tensor: i32, elements: usize, width: usize) -> Result<&[u8]> {
        let t = self.tensor(tensor)?;
        let buffer = usize::try_from(t.buffer).ok().and_then(|i| self.model.buffers.get(i));
        let buffer =
            buffer.ok_or_else(|| self.refuse_tensor(tensor, "refers to a buffer that is not there"))?;
        let why = if t.is_sparse {
            "is sparse, which gpucam does not read".into()
        } else if buffer.is_outside {
            "keeps its bytes behind the flatbuffer, which gpucam does not read".into()
        } else if buffer.data.is_empty() {
            "is used, but nothing makes it".into()
        } else if elements.checked_mul(width) != Some(buffer.data.len()) {
            format!("has {elements} elements of type {} in {} bytes", t.kind, buffer.data.len())
        } else {
            return Ok(buffer.data);
        };
        Err(self.refuse_tensor(tensor, why))
    }

    /// The constant `tensor`, of type float32 or float16, as f32.
    pub(super) fn floats(&mut self, tensor: i32) -> Result<ConstantTensor> {
        let axes = self.tensor(tensor)?.shape;
        let shape: Option<Vec<usize>> = axes.iter().take(5).map(|n| usize::try_from(n).ok()).collect();
        let elements = shape.as_ref().and_then(|s| s.iter().copied().try_fold(1usize, usize::checked_mul));
        let (Some(shape), Some(elements)) = (shape, elements) else {
            return Err(self.refuse_tensor(tensor, "has no fixed size"));
        };
        let source = self.constant_source(tensor);
        let data = match self.tensor(source)?.kind {
            TensorType::FLOAT32 => {
                let bytes = self.constant_bytes(source, elements, 4)?;
                self.check_weights(elements)?;
                bytes.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect()
            }
            TensorType::FLOAT16 => {
                let bytes = self.constant_bytes(source, elements, 2)?;
                self.check_weights(elements)?;
                bytes.as_chunks().0.iter().map(|b| f16::from_le_bytes(*b).to_f32()).collect()
            }
            kind => {
                let why = format!("has type {kind}; gpucam takes weights in FLOAT32 or FLOAT16");
                return Err(self.refuse_tensor(source, why));
            }
        };
        self.weights += elements;
        Ok(ConstantTensor { shape, data })
    }

    fn check_weights(&self, more: usize) -> Result<()> {
        if more <= MAX_ELEMENTS && self.weights + more <= MAX_WEIGHTS {
            return Ok(());
        }
        Err(LowerError::Network(format!(
            "has more than {MAX_WEIGHTS} weights, or {MAX_ELEMENTS} in one operator"
        )))
    }

    /// The constant `tensor`, of `N` int32: axes or a size.
    pub(super) fn ints<const N: usize>(&self, tensor: i32) -> Result<[i32; N]> {
        let t = self.tensor(tensor)?;
        if t.kind != TensorType::INT32 {
            return Err(self.refuse_tensor(tensor, format!("has type {}, where INT32 is meant", t.kind)));
        }
        let bytes = self.constant_bytes(tensor, N, 4)?;
        Ok(std::array::from_fn(|i| i32::from_le_bytes(std::array::from_fn(|b| bytes[4 * i + b]))))
    }
}
