//! `gpucam learn`: a running gpucam learns the room without anybody in it.

use std::{
    thread,
    time::{Duration, Instant},
};

use clap::Args;

use super::{console::print_line, control::InstanceArgs, hint::refused, room};
use crate::Result;

/// `gpucam learn`.
#[derive(Args, Clone, Debug)]
pub(super) struct LearnArgs {
    /// Forget instead: the running gpucam forgets the room, and every room that --keep-room has kept, of any camera, is
    /// removed.
    #[arg(long)]
    forget: bool,
    #[command(flatten)]
    instance: InstanceArgs,
}

impl LearnArgs {
    /// Asks for it, and prints how far it is, until it ends.
    pub(super) fn run(&self) -> Result<()> {
        const PAUSE: Duration = Duration::from_millis(250);
        // Without frames nothing is learnt: the camera may be closed.
        const LONGEST: Duration = Duration::from_secs(45);
        if self.forget {
            return self.forget();
        }
        let client = self.instance.client()?;
        client.learn()?;
        let (began, mut last) = (Instant::now(), String::new());
        while began.elapsed() < LONGEST {
            let status = client.status()?;
            if status.room != last {
                let known = (100.0 * status.room_known).round();
                match status.room.as_str() {
                    "asked" => print_line("waiting for a frame of the camera")?,
                    "learnt" => {
                        return print_line(format_args!(
                            "learnt: {known} % of the picture is known; come back"
                        ));
                    }
                    "failed" => {
                        return Err(refused(
                            "the room was not learnt: leave the picture, or let it stand still",
                        ));
                    }
                    text => print_line(text)?,
                }
                last = status.room;
            }
            thread::sleep(PAUSE);
        }
        Err(refused(
            "no frames come, so nothing is learnt: open a program that watches, or see `gpucam status`",
        ))
    }
}

impl LearnArgs {
    fn forget(&self) -> Result<()> {
        // Without a running one, or where it learns nothing, the files are all there is.
        let is_forgotten = self.instance.client().and_then(|client| client.forget_room()).is_ok();
        let count = room::remove_all()?;
        let running = if is_forgotten { "the running gpucam begins anew; " } else { "" };
        print_line(match count {
            0 => format!("{running}no room was kept"),
            1 => format!("{running}the room that was kept is removed"),
            _ => format!("{running}the {count} rooms that were kept are removed"),
        })
    }
}
