//! Tells systemd how the service is: sd_notify(3). Without systemd all of this does nothing.

use std::time::{Duration, Instant};

use sd_notify::NotifyState;

/// Sends readiness, status and watchdog messages.
#[derive(Debug)]
pub struct Notifier {
    /// Interval of watchdog messages, and when the next one is due.
    watchdog: Option<(Duration, Instant)>,
    /// The status that was sent last.
    status: String,
}

impl Default for Notifier {
    fn default() -> Self {
        // Half the time that systemd allows, as sd_watchdog_enabled(3) recommends.
        let watchdog = sd_notify::watchdog_enabled().map(|allowed| (allowed / 2, Instant::now()));
        Self { watchdog, status: String::new() }
    }
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!("systemd is not told: {error}");
    }
}

impl Notifier {
    /// The outputs are open.
    pub fn ready(&self) {
        send(&[NotifyState::Ready]);
    }

    /// The run is alive; at most one message every half of the allowed time.
    pub fn turn(&mut self) {
        if let Some((interval, due)) = &mut self.watchdog
            && *due <= Instant::now()
        {
            *due = Instant::now() + *interval;
            send(&[NotifyState::Watchdog]);
        }
    }

    /// How long it is until the next message is due.
    pub fn rest(&self) -> Duration {
        let due = self.watchdog.map(|(_, due)| due.saturating_duration_since(Instant::now()));
        due.unwrap_or(Duration::MAX)
    }

    /// What `systemctl status` shows.
    pub fn status(&mut self, status: &str) {
        if self.status != status {
            self.status = status.into();
            send(&[NotifyState::Status(status)]);
        }
    }

    /// The run ends.
    pub fn stopping(&self) {
        send(&[NotifyState::Stopping]);
    }
}
