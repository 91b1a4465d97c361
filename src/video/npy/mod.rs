//! NumPy's `.npy` format (numpy.lib.format, versions 1 to 3): float32 arrays, and stacks of frames in float32 or
//! uint8.
//!
//! ```text
//! \x93NUMPY  version: u8 u8  header length: u16 (version 1) or u32, little-endian
//! {'descr': '<f4', 'fortran_order': False, 'shape': (144, 256), }   padded with blanks, last byte \n
//! values, little-endian, last index fastest (first, if fortran_order)
//! ```

use std::{
    io::{self, Read},
    path::Path,
};

use crate::{Error, Result, VideoError, frame::MAX_SIDE};

use super::file;

#[cfg(feature = "bench")]
mod frames;

#[cfg(feature = "bench")]
pub(crate) use frames::NpyFrames;

const MAGIC: &[u8] = b"\x93NUMPY";

/// A float32 array.
#[derive(Clone, Debug, PartialEq)]
pub struct NpyArray {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// The values in C order (last index fastest).
    pub data: Vec<f32>,
}

impl NpyArray {
    /// The bytes of an .npy file (version 1.0), data aligned to 64 bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let axes: String = self.shape.iter().map(|n| format!("{n}, ")).collect();
        // (3,) keeps its comma, (3, 4) has none at the end.
        let axes = if self.shape.len() == 1 { axes.trim_end() } else { axes.trim_end_matches(", ") };
        let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({axes}), }}");
        while !(MAGIC.len() + 4 + header.len() + 1).is_multiple_of(64) {
            header.push(' ');
        }
        header.push('\n');
        let mut bytes = Vec::with_capacity(MAGIC.len() + 4 + header.len() + 4 * self.data.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&[1, 0]);
        bytes.extend_from_slice(&(header.len() as u16).to_le_bytes());
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend(self.data.iter().flat_map(|v| v.to_le_bytes()));
        bytes
    }

    /// Reads the bytes of an .npy file: float32 of either byte order, C or Fortran order.
    ///
    /// # Errors
    /// What is wrong, to follow the name of the file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let (header, data) = Header::parse(bytes)?;
        let Header { shape, values, fortran } = header;
        let word: fn([u8; 4]) -> f32 = match values {
            Values::F32Little => f32::from_le_bytes,
            Values::F32Big => f32::from_be_bytes,
            Values::U8 => return Err("holds '|u1', not float32 ('<f4')".into()),
        };
        let want =
            shape.iter().try_fold(4_usize, |all, &n| all.checked_mul(n)).ok_or("is larger than memory")?;
        if data.len() != want {
            return Err(format!("has {} bytes of numbers and its shape needs {want}", data.len()));
        }
        let stored: Vec<f32> = data.chunks_exact(4).map(|b| word([b[0], b[1], b[2], b[3]])).collect();
        let data = if fortran { last_fastest(&shape, &stored) } else { stored };
        Ok(Self { shape, data })
    }
}

/// How an array's values are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Values {
    F32Little,
    F32Big,
    U8,
}

/// What an .npy file says of its array.
#[derive(Clone, Debug)]
struct Header {
    shape: Vec<usize>,
    values: Values,
    /// Whether the first index is the fastest.
    fortran: bool,
}

impl Header {
    /// Reads the header. Returns it and what follows.
    fn parse(bytes: &[u8]) -> Result<(Self, &[u8]), String> {
        let rest = bytes.strip_prefix(MAGIC).ok_or("is no .npy file: it does not begin with \\x93NUMPY")?;
        let (length, rest) = match rest {
            [1, _, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
            [2 | 3, _, a, b, c, d, rest @ ..] => (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest),
            [version, _, ..] if *version > 3 => return Err(format!("is .npy version {version}, not 1 to 3")),
            _ => return Err("is cut off in its header".into()),
        };
        let (header, data) = rest.split_at_checked(length).ok_or("is cut off in its header")?;
        let header = String::from_utf8_lossy(header);
        let field = |key: &str| {
            let (_, value) = header.split_once(&format!("'{key}':"))?;
            Some(value.trim_start())
        };
        let unclear = |key: &str| format!("has no {key} in its header");
        let values = match field("descr").ok_or(unclear("descr"))? {
            v if v.starts_with("'<f4'") => Values::F32Little,
            v if v.starts_with("'>f4'") => Values::F32Big,
            v if v.starts_with("'|u1'") => Values::U8,
            v => return Err(format!("holds {}, not float32 ('<f4')", v.split(',').next().unwrap_or(v))),
        };
        let fortran = field("fortran_order").ok_or(unclear("fortran_order"))?.starts_with("True");
        let axes =
            field("shape").and_then(|v| v.strip_prefix('(')?.split_once(')')).ok_or(unclear("shape"))?.0;
        let axes = axes.split(',').map(str::trim).filter(|n| !n.is_empty());
        let shape: Vec<usize> =
            axes.map(str::parse).collect::<Result<_, _>>().map_err(|_| "has no sound shape")?;
        Ok((Self { shape, values, fortran }, data))
    }
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    Error::Video(VideoError::ReadIo { path: path.into(), source, advice: "check the disk" })
}

/// Reorders values from Fortran order (first index fastest) to C order.
fn last_fastest(shape: &[usize], stored: &[f32]) -> Vec<f32> {
    let mut index = vec![0; shape.len()];
    let mut data = Vec::with_capacity(stored.len());
    for _ in 0..stored.len() {
        // Horner from the last axis: index[0] + shape[0]·(index[1] + shape[1]·(…)).
        let at = index.iter().zip(shape).rev().fold(0, |at, (i, n)| at * n + i);
        data.push(stored[at]);
        for (i, n) in index.iter_mut().zip(shape).rev() {
            *i += 1;
            if *i < *n {
                break;
            }
            *i = 0;
        }
    }
    data
}

/// Reads a float32 array with at most as many values as the largest R'G'B' frame.
///
/// # Errors
/// [`VideoError::Read`], [`VideoError::Npy`].
pub fn read(path: &Path) -> Result<NpyArray> {
    let (file, _) = file::open(path)?;
    let most = 3 * 4 * u64::from(MAX_SIDE) * u64::from(MAX_SIDE) + (1 << 16);
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).map_err(|source| unreadable(path, source))?;
    NpyArray::from_bytes(&bytes).map_err(|reason| Error::Video(VideoError::Npy { path: path.into(), reason }))
}

/// Reads a model input of shape `[1, h, w, 3]` or `[h, w, 3]` as `[h, w, 3]`: R'G'B' in the model's value
/// range.
///
/// # Errors
/// [`VideoError::Read`]; [`VideoError::Npy`] for another shape.
pub fn read_picture(path: &Path) -> Result<NpyArray> {
    let NpyArray { shape, data } = read(path)?;
    match shape[..] {
        [1, h, w, 3] | [h, w, 3] if h > 0 && w > 0 => Ok(NpyArray { shape: vec![h, w, 3], data }),
        _ => {
            let reason = format!("has the shape {shape:?}, not [h, w, 3] or [1, h, w, 3]");
            Err(Error::Video(VideoError::Npy { path: path.into(), reason }))
        }
    }
}

/// Writes an array completely or not at all; `shape` is `[h, w]` for a mask, `[h, w, c]` for a model's raw
/// output.
///
/// # Errors
/// [`VideoError::Write`]; [`VideoError::Npy`] if the length of `data` does not match `shape`.
pub fn write(path: &Path, shape: &[usize], data: &[f32]) -> Result<()> {
    if shape.iter().product::<usize>() != data.len() {
        let reason = format!("cannot hold {} numbers in the shape {shape:?}", data.len());
        return Err(Error::Video(VideoError::Npy { path: path.into(), reason }));
    }
    let array = NpyArray { shape: shape.to_vec(), data: data.to_vec() };
    file::AtomicFile::create(path)?.write(&array.to_bytes())
}
