//! The TensorFlow Lite flatbuffer, read faithfully.
//!
//! ```text
//! Model ── operator_codes ── OperatorCode: which operator, which version
//!      ├── buffers ───────── Buffer: bytes of the constants
//!      └── subgraphs ─────── SubGraph ── tensors ─── Tensor: shape, type, buffer, name
//!                                    └── operators ─ Operator: code, tensors in and out, options
//! ```
//! Source: `tensorflow/compiler/mlir/lite/schema/schema.fbs` of TensorFlow, file identifier `TFL3`; field names are
//! the schema's. This module reports what a file says and whether the bytes hold together. What gpucam can run is
//! decided by [`crate::model::lower`]. It imports nothing of the crate.
//!
//! Every offset and length is checked before use. Scalars stay where they lie (views of the file), and the tables made
//! are at most one for every four bytes of the file, so no bytes cause a panic or a large allocation.

mod error;
mod flatbuffer;
mod operator;
mod options;
mod schema;

pub use error::ParseError;
pub use flatbuffer::Ints;
pub use operator::{Builtin, OperatorCode};
pub use options::{ActivationFunctionType, BuiltinOptions, Padding};
pub use schema::{Buffer, Model, Operator, SubGraph, Tensor, TensorType};
