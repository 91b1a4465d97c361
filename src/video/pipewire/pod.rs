//! Whether a parameter of another program can be deserialised: the crate `libspa` trusts the sizes in arrays and
//! choices, divides by them, asks for as much memory as they say, and panics at pointers of odd sizes.

// Types of pods, from spa/utils/type.h.
const BOOL: u32 = 2;
const ID: u32 = 3;
const INT: u32 = 4;
const LONG: u32 = 5;
const FLOAT: u32 = 6;
const DOUBLE: u32 = 7;
const STRING: u32 = 8;
const BYTES: u32 = 9;
const RECTANGLE: u32 = 10;
const FRACTION: u32 = 11;
const ARRAY: u32 = 13;
const STRUCT: u32 = 14;
const OBJECT: u32 = 15;
const FD: u32 = 18;
const CHOICE: u32 = 19;

/// Most pods within each other; a format has three.
const DEPTH: usize = 8;

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// Whether a pod, and all that are in it, have the sizes of their types, within these bytes.
pub(super) fn is_sound(bytes: &[u8]) -> bool {
    check(bytes, DEPTH).is_some()
}

/// The length of the pod that these bytes begin with, padded to 8 bytes; none if it is not sound.
fn check(bytes: &[u8], depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    let (size, kind) = (number(bytes, 0)? as usize, number(bytes, 4)?);
    let body = bytes.get(8..)?.get(..size)?;
    match kind {
        ARRAY => elements(body, 0)?,
        // Its kind and flags come before the elements.
        CHOICE => elements(body, 8)?,
        STRUCT => all(body, 0, depth)?,
        // Its type and number, then a key and flags before each pod.
        OBJECT => all(body.get(8..)?, 8, depth)?,
        // The crate takes the 0 at the end off before it looks.
        STRING => drop((size > 0).then_some(())?),
        BYTES => {}
        // No format has another kind, such as a pointer.
        other => drop(size_of(other).filter(|own| *own == size)?),
    }
    Some(8 + size.next_multiple_of(8))
}

/// Elements of one type that fill the rest of a body after their size and type.
fn elements(body: &[u8], at: usize) -> Option<()> {
    let (size, kind) = (number(body, at)? as usize, number(body, at + 4)?);
    let length = body.len().checked_sub(at + 8)?;
    (size_of(kind) == Some(size) && length.is_multiple_of(size)).then_some(())
}

/// Pods, each after `before` bytes.
fn all(mut body: &[u8], before: usize, depth: usize) -> Option<()> {
    while !body.is_empty() {
        let length = check(body.get(before..)?, depth)?;
        // PipeWire pads the last one, too; where it is not, the crate would count below 0.
        body = body.get(before + length..)?;
    }
    Some(())
}

/// The size of a type whose values all have the same.
fn size_of(kind: u32) -> Option<usize> {
    match kind {
        BOOL | ID | INT | FLOAT => Some(4),
        LONG | DOUBLE | RECTANGLE | FRACTION | FD => Some(8),
        _ => None,
    }
}
