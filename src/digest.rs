//! Digests as text: checksums, and names of files.

/// Lower-case hexadecimal, two digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
