//! The part of the FlatBuffers format that models use: tables, vectors, strings and scalars, all
//! little-endian.
//!
//! ```text
//! table:   i32 distance back to its vtable | fields
//! vtable:  u16 bytes of the vtable | u16 bytes of the table | u16 offset of field 0 | … of field 1 | …
//! vector:  u32 length | elements        string: a vector of bytes
//! offset:  u32, from where it is stored
//! ```
//! A field has its default value if its offset is 0 or the vtable is too short for it.
//! Source: "FlatBuffer Internals", flatbuffers.dev.

use std::cell::Cell;

use super::error::{ParseError, Result};

/// The bytes of a file, and a budget of tables.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    /// Number of tables that may still be created. A reference to a table takes four bytes, so a valid file
    /// has at most one per four bytes.
    tables_left: Cell<usize>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, tables_left: Cell::new(bytes.len() / 4) }
    }

    fn array<const N: usize>(&self, at: usize, what: &'static str) -> Result<[u8; N]> {
        let tail = self.bytes.get(at..).and_then(<[u8]>::first_chunk);
        tail.copied().ok_or(ParseError::Outside { what })
    }

    fn u32(&self, at: usize, what: &'static str) -> Result<u32> {
        self.array(at, what).map(u32::from_le_bytes)
    }

    /// Follows the offset stored at `at`.
    fn follow(&self, at: usize, what: &'static str) -> Result<usize> {
        let distance = self.u32(at, what)? as usize;
        at.checked_add(distance).filter(|&to| to < self.bytes.len()).ok_or(ParseError::Outside { what })
    }

    /// The table that the offset stored at `at` leads to.
    pub(super) fn table(&self, at: usize, what: &'static str) -> Result<Table<'_, 'a>> {
        let left = self.tables_left.get().checked_sub(1).ok_or(ParseError::Crowded)?;
        self.tables_left.set(left);
        let start = self.follow(at, what)?;
        let back = i64::from(i32::from_le_bytes(self.array(start, what)?));
        let vtable = usize::try_from(start as i64 - back).map_err(|_| ParseError::Outside { what })?;
        let bytes = u16::from_le_bytes(self.array(vtable, what)?);
        let fields = usize::from(bytes).saturating_sub(4) / 2;
        Ok(Table { reader: self, start, vtable, fields, what })
    }

    /// The vector that the offset stored at `at` leads to, with elements of `width` bytes: its position and
    /// bytes.
    fn vector(&self, at: usize, width: usize, what: &'static str) -> Result<(usize, &'a [u8])> {
        let start = self.follow(at, what)?;
        let count = self.u32(start, what)? as usize;
        let first = start + 4;
        let end = count.checked_mul(width).and_then(|n| n.checked_add(first));
        let bytes = end.and_then(|end| self.bytes.get(first..end)).ok_or(ParseError::Outside { what })?;
        Ok((first, bytes))
    }
}

/// A table of the file. Fields are identified by their number in the schema.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'r, 'a> {
    reader: &'r Reader<'a>,
    start: usize,
    vtable: usize,
    fields: usize,
    what: &'static str,
}

impl<'r, 'a> Table<'r, 'a> {
    /// Position of field `index`, if it is stored.
    fn at(&self, index: usize) -> Result<Option<usize>> {
        if index >= self.fields {
            return Ok(None);
        }
        let offset = u16::from_le_bytes(self.reader.array(self.vtable + 4 + 2 * index, self.what)?);
        Ok((offset != 0).then(|| self.start + usize::from(offset)))
    }

    fn scalar<const N: usize>(&self, index: usize) -> Result<Option<[u8; N]>> {
        self.at(index)?.map(|at| self.reader.array(at, self.what)).transpose()
    }

    pub(super) fn u8(&self, index: usize) -> Result<u8> {
        Ok(self.scalar::<1>(index)?.map_or(0, |[byte]| byte))
    }

    pub(super) fn bool(&self, index: usize) -> Result<bool> {
        Ok(self.u8(index)? != 0)
    }

    pub(super) fn i32(&self, index: usize, default: i32) -> Result<i32> {
        Ok(self.scalar(index)?.map_or(default, i32::from_le_bytes))
    }

    pub(super) fn u32(&self, index: usize) -> Result<u32> {
        Ok(self.scalar(index)?.map_or(0, u32::from_le_bytes))
    }

    pub(super) fn u64(&self, index: usize) -> Result<u64> {
        Ok(self.scalar(index)?.map_or(0, u64::from_le_bytes))
    }

    /// Whether the field is stored.
    pub(super) fn has(&self, index: usize) -> Result<bool> {
        Ok(self.at(index)?.is_some())
    }

    pub(super) fn table(&self, index: usize, what: &'static str) -> Result<Option<Table<'r, 'a>>> {
        self.at(index)?.map(|at| self.reader.table(at, what)).transpose()
    }

    pub(super) fn bytes(&self, index: usize, what: &'static str) -> Result<&'a [u8]> {
        let vector = self.at(index)?.map(|at| self.reader.vector(at, 1, what)).transpose()?;
        Ok(vector.map_or(&[], |(_, bytes)| bytes))
    }

    pub(super) fn ints(&self, index: usize, what: &'static str) -> Result<Ints<'a>> {
        let vector = self.at(index)?.map(|at| self.reader.vector(at, 4, what)).transpose()?;
        Ok(Ints(vector.map_or(&[], |(_, bytes)| bytes.as_chunks().0)))
    }

    pub(super) fn text(&self, index: usize, what: &'static str) -> Result<&'a str> {
        str::from_utf8(self.bytes(index, what)?).map_err(|_| ParseError::Text { what })
    }

    /// Reads every table of a vector of tables.
    pub(super) fn tables<T>(
        &self,
        index: usize,
        what: &'static str,
        read: impl Fn(Table<'r, 'a>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let Some(at) = self.at(index)? else { return Ok(Vec::new()) };
        let (first, bytes) = self.reader.vector(at, 4, what)?;
        (0..bytes.len() / 4).map(|i| read(self.reader.table(first + 4 * i, what)?)).collect()
    }
}

/// A view of a vector of 32-bit integers in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ints<'a>(&'a [[u8; 4]]);

impl<'a> Ints<'a> {
    /// Number of integers.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether the vector is empty.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The integer at `index`.
    pub fn get(self, index: usize) -> Option<i32> {
        self.0.get(index).copied().map(i32::from_le_bytes)
    }

    /// All integers, in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = i32> + use<'a> {
        self.0.iter().copied().map(i32::from_le_bytes)
    }
}
