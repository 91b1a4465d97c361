//! `gpucam learn`: a running gpucam learns the room without anybody in it.

use std::{
    thread,
    time::{Duration, Instant},
};

use clap::Args;

use super::{console::print_line, control::InstanceArgs};
use crate::{Error, Result, live::InstanceError};

/// `gpucam learn`.
#[derive(Args, Clone, Debug)]
pub(super) struct LearnArgs {
    #[command(flatten)]
    instance: InstanceArgs,
}

impl LearnArgs {
    /// Asks for it, and prints how far it is, until it ends.
    pub(super) fn run(&self) -> Result<()> {
        const PAUSE: Duration = Duration::from_millis(250);
        // Without frames nothing is learnt: the camera may be closed.
        const LONGEST: Duration = Duration::from_secs(45);
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

fn refused(sentence: &str) -> Error {
    Error::Instance(InstanceError::Refused { sentence: sentence.into() })
}
