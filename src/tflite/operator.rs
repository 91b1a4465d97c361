//! Operator codes.

use std::fmt;

use super::{error::Result, flatbuffer::Table};

/// `OperatorCode`: an operator and its version.
#[derive(Clone, Copy, Debug)]
pub struct OperatorCode<'a> {
    /// The operator.
    pub builtin: Builtin,
    /// Name of a custom operator; otherwise empty.
    pub custom_code: &'a str,
    /// Version of its options and types, from 1.
    pub version: i32,
}

impl<'a> OperatorCode<'a> {
    pub(super) fn read(t: Table<'_, 'a>) -> Result<Self> {
        // Old files store only the byte; new ones both, the byte at most 127. The larger one is valid (schema
        // version 3a).
        let old = i32::from(t.u8(0)? as i8);
        let builtin = Builtin(old.max(t.i32(3, 0)?));
        Ok(Self { builtin, custom_code: t.text(1, "an operator's name")?, version: t.i32(2, 1)? })
    }
}

impl fmt::Display for OperatorCode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.builtin {
            Builtin::CUSTOM => f.write_str(self.custom_code),
            builtin => write!(f, "{builtin}"),
        }
    }
}

/// `BuiltinOperator`: an operator by its number in the schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin(pub i32);

#[rustfmt::skip]
impl Builtin {
    #![expect(missing_docs, reason = "the schema's names")]
    pub const ADD: Self = Self(0);
    pub const AVERAGE_POOL_2D: Self = Self(1);
    pub const CONCATENATION: Self = Self(2);
    pub const CONV_2D: Self = Self(3);
    pub const DEPTHWISE_CONV_2D: Self = Self(4);
    pub const DEQUANTIZE: Self = Self(6);
    pub const FULLY_CONNECTED: Self = Self(9);
    pub const LOGISTIC: Self = Self(14);
    pub const MUL: Self = Self(18);
    pub const RELU: Self = Self(19);
    pub const RELU6: Self = Self(21);
    pub const RESHAPE: Self = Self(22);
    pub const RESIZE_BILINEAR: Self = Self(23);
    pub const SOFTMAX: Self = Self(25);
    pub const CUSTOM: Self = Self(32);
    pub const TRANSPOSE: Self = Self(39);
    pub const MEAN: Self = Self(40);
    pub const TRANSPOSE_CONV: Self = Self(67);
    pub const SUM: Self = Self(74);
    pub const RESIZE_NEAREST_NEIGHBOR: Self = Self(97);
    pub const HARD_SWISH: Self = Self(117);
}

impl fmt::Display for Builtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = usize::try_from(self.0).ok();
        match index.and_then(|i| NAMES.split_whitespace().nth(i)) {
            Some(name) => f.write_str(name),
            None => write!(f, "number {}", self.0),
        }
    }
}

/// Names by number, for error messages. Later numbers belong to StableHLO.
const NAMES: &str = "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE
    EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION
    LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX
    SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD
    UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE
    UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE
    BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL
    SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW
    ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN
    FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE
    MIRROR_PAD ABS SPLIT_V UNIQUE CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG
    QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND
    SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D
    CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL
    CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE
    RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX
    UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT";
