//! Parses a TensorFlow Lite flatbuffer, without interpretation.
//!
//! ```text
//! Model ── operator_codes ── OperatorCode: which operator, which version
//!      ├── buffers ───────── Buffer: bytes of the constants
//!      └── subgraphs ─────── SubGraph ── tensors ─── Tensor: shape, type, buffer, name
//!                                    └── operators ─ Operator: code, tensors in and out, options
//! ```
//! Source: `tensorflow/compiler/mlir/lite/schema/schema.fbs` of TensorFlow, file identifier `TFL3`; field
//! names are the schema's. This module reports the content of a file and whether it is consistent;
//! [`crate::model::lower`] decides what gpucam can run. It imports nothing from the crate.
//!
//! Every offset and length is checked before use. Vectors of scalars are views of the file, and there is at
//! most one table for every four bytes of the file, so no input causes a panic or a large allocation.

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
