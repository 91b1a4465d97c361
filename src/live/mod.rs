//! Camera to virtual camera, live, with the slate wherever a picture is not safe.
//!
//! ```text
//! thread `work`   Feed (camera, file) ─▶ Hide (the pipeline) ─▶ Picture ─┐        ▲ open, close
//! this thread     signals, consumers, time ───────────────────▶ Guard ◀──┘  ──────┘
//!                                                                 │ slate, frame, again
//!                                                                 ▼
//!                                                               Screen (the loopback)
//! ```
//! Both sleep in poll. This thread alone writes to the device, and never waits for the GPU.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    Error, Result, Size,
    video::{
        loopback::Loopback,
        sys::{self, Signals, Wait},
    },
};

#[cfg(debug_assertions)]
pub mod faults;
mod feed;
pub mod guard;
mod letters;
mod status;
mod work;

pub use feed::{CameraFeed, Feed, FileFeed, Step, Taker, Watchdog};
pub use guard::{Event, Guard, Orders, Rules, Show};
pub use status::Status;
pub use work::{Engine, Hide};

use letters::Inbox;
use work::{News, Order, Picture};

/// What pictures are shown on.
pub trait Screen {
    /// Shows packed YUYV, captured at `at`.
    ///
    /// # Errors
    /// [`Error::Loopback`].
    fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()>;

    /// Shows the slate.
    ///
    /// # Errors
    /// [`Error::Loopback`].
    fn show_slate(&mut self) -> Result<()>;

    /// How many programs watch.
    fn consumers(&mut self) -> u32;

    /// What to wait for: it comes when consumers may have come or gone.
    fn events(&self) -> Option<Wait<'_>> {
        None
    }

    /// Whether nothing else is needed to know of consumers; else they are asked for now and then, besides.
    fn tells(&self) -> bool {
        false
    }
}

impl Screen for Loopback {
    fn show(&mut self, yuyv: &[u8], at: Duration) -> Result<()> {
        Loopback::show(self, yuyv, at)
    }

    fn show_slate(&mut self) -> Result<()> {
        Loopback::show_slate(self)
    }

    fn consumers(&mut self) -> u32 {
        Loopback::consumers(self)
    }

    fn events(&self) -> Option<Wait<'_>> {
        Loopback::events(self)
    }

    fn tells(&self) -> bool {
        Loopback::tells(self)
    }
}

/// Everything that runs.
pub struct Live<'a> {
    /// Where frames come from.
    pub feed: Box<dyn Feed>,
    /// What hides the room.
    pub engine: Engine,
    /// Where pictures go; it shows the slate already.
    pub screen: &'a mut dyn Screen,
    /// Size of the pictures.
    pub size: Size,
    /// What is shown when.
    pub rules: Rules,
    /// Ends after so many pictures.
    pub frames: Option<u64>,
    /// What ends it from outside.
    pub signals: Option<Signals>,
}

/// How long the worker may take to end; it may hang in a driver.
const FAREWELL: Duration = Duration::from_secs(1);
/// Time between two questions for consumers where nobody tells.
const ASK: Duration = Duration::from_millis(250);

impl Live<'_> {
    /// Runs until a signal, the input's end, or `frames`; the slate stays on the screen in any case.
    ///
    /// # Errors
    /// What the engine, the input or the screen failed with.
    pub fn run(self) -> Result<Status> {
        let Self { feed, engine, screen, size, rules, frames, signals } = self;
        let system = |what| move |e: std::io::Error| Error::System { what, reason: e.to_string() };
        let (mut orders, told) = letters::pair().map_err(system("a pipe"))?;
        let (news, mut letters) = letters::pair().map_err(system("a pipe"))?;
        let work = move || work::run(feed, engine, size, told, news);
        let worker = thread::Builder::new().name("work".into()).spawn(work).map_err(system("a thread"))?;

        let (guard, first) = Guard::new(rules, sys::now());
        let mut stage =
            Stage { guard, screen, last: None, status: Status::default(), left: frames, spare: Vec::new() };
        let mut orders_of = |stage: &mut Stage<'_>, camera: Option<bool>| {
            // A worker that has ended says so by itself.
            for order in stage.spare.drain(..).map(Order::Spare).chain(camera.map(Order::Camera)) {
                orders.send(order);
            }
        };
        orders_of(&mut stage, first.camera);
        let ended = loop {
            match stage.turn(&mut letters, signals.as_ref(), &mut orders_of) {
                Ok(false) => {}
                Ok(true) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        let stopped = stage.tell(Event::Stop, None).map(drop);
        let status = stage.status;
        status.clear();
        drop(orders); // the worker ends when nobody tells it anything
        let start = Instant::now();
        while !worker.is_finished() && start.elapsed() < FAREWELL {
            thread::sleep(Duration::from_millis(5));
        }
        ended.and(stopped).map(|()| status)
    }
}

/// What this thread holds.
struct Stage<'a> {
    guard: Guard,
    screen: &'a mut dyn Screen,
    /// The picture that [`Show::Again`] means.
    last: Option<Vec<u8>>,
    status: Status,
    left: Option<u64>,
    spare: Vec<Vec<u8>>,
}

type Tell<'a> = &'a mut dyn FnMut(&mut Stage<'_>, Option<bool>);

impl Stage<'_> {
    /// Waits for something to happen and does what it takes; true at the end.
    fn turn(&mut self, letters: &mut Inbox<News>, signals: Option<&Signals>, tell: Tell<'_>) -> Result<bool> {
        let asks = !self.screen.tells() && (self.status.is_on() || !self.guard.is_always_on());
        let mut rest = self.guard.wakes().saturating_sub(sys::now());
        if asks {
            rest = rest.min(ASK);
        }
        let mut waits = vec![Wait::to_read(letters.fd())];
        waits.extend(signals.map(|signals| Wait::to_read(signals.fd())));
        let before = waits.len();
        waits.extend(self.screen.events());
        sys::poll(&mut waits, rest).map_err(|e| Error::System { what: "poll", reason: e.to_string() })?;
        if signals.is_some() && waits[1].is_ready() {
            tracing::info!("a signal: the end");
            return Ok(true);
        }
        if asks || waits[before..].iter().any(Wait::is_ready) {
            let count = self.screen.consumers();
            self.status.consumers(count);
            let camera = self.tell(Event::Consumers(count), None)?;
            tell(self, camera);
        }
        loop {
            match letters.take() {
                Ok(Some(news)) => {
                    if self.hear(news, tell)? {
                        return Ok(true);
                    }
                }
                Ok(None) => break,
                Err(_) => {
                    return Err(Error::System { what: "the working thread", reason: "it has ended".into() });
                }
            }
        }
        let camera = self.tell(Event::Tick, None)?;
        tell(self, camera);
        self.status.tick(match (self.guard.is_open(), self.guard.is_hiding()) {
            (false, _) => "idle",
            (true, false) => "slate",
            (true, true) => "live",
        });
        Ok(false)
    }

    /// Takes a letter of the worker; true at the end.
    fn hear(&mut self, news: News, tell: Tell<'_>) -> Result<bool> {
        let camera = match news {
            News::Picture(picture) => {
                self.status.came(picture.took);
                let camera = self.tell(Event::Frame { at: picture.at, mask: picture.mask }, Some(picture))?;
                if let Some(left) = &mut self.left {
                    *left = left.saturating_sub(1);
                }
                camera
            }
            News::Dropped(frames) => {
                self.status.dropped(frames);
                None
            }
            News::Failed(why) => {
                if let Some(why) = why {
                    self.say(&format!("{why}; the slate is shown meanwhile"));
                }
                self.tell(Event::Failed, None)?
            }
            News::Lost(why) => {
                if let Some(why) = why {
                    self.say(&format!("{why}; the slate is shown meanwhile"));
                }
                self.tell(Event::Lost, None)?
            }
            News::Ended => return Ok(true),
            News::Fatal(error) => return Err(error),
        };
        tell(self, camera);
        Ok(self.left == Some(0))
    }

    /// Tells the guard and shows what it says; what is to be done about the camera.
    fn tell(&mut self, event: Event, picture: Option<Picture>) -> Result<Option<bool>> {
        let orders = self.guard.on(sys::now(), event);
        match orders.show {
            Some(Show::Frame) => {
                if let Some(Picture { yuyv, at, .. }) = picture {
                    self.screen.show(&yuyv, at)?;
                    self.status.shown(sys::now().saturating_sub(at));
                    self.spare.extend(self.last.replace(yuyv));
                }
                return Ok(orders.camera);
            }
            Some(Show::Again) => match &self.last {
                Some(yuyv) => self.screen.show(yuyv, sys::now())?,
                None => self.screen.show_slate()?,
            },
            Some(Show::Slate) => {
                // Not even in memory.
                self.spare.extend(self.last.take());
                self.screen.show_slate()?;
            }
            None => {}
        }
        self.spare.extend(picture.map(|picture| picture.yuyv));
        Ok(orders.camera)
    }

    fn say(&self, sentence: &str) {
        self.status.clear();
        tracing::warn!("{sentence}");
    }
}
