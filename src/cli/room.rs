//! The room that this process learns.

use std::sync::OnceLock;

use crate::pipeline::CalibrationDesk;

/// Where this process is asked to learn the room, whatever pipeline runs.
pub(super) fn desk() -> CalibrationDesk {
    static DESK: OnceLock<CalibrationDesk> = OnceLock::new();
    DESK.get_or_init(CalibrationDesk::default).clone()
}
