//! Coordinate descent over the space: one field at a time.

use std::{
    sync::atomic::Ordering::Relaxed,
    thread,
    time::{Duration, Instant},
};

use super::{
    judge::{self, Verdict, judge},
    outcome::{End, Event, Gain, Message, TuneOptions},
    trial::{Case, Faults, Made, Times, Trial},
};
use crate::{
    Gpu, GpuError, Result, Tuning,
    gpu::{
        space::{Choice, Tunable},
        tuning::{KernelTuning, ValueFormat},
    },
};

/// Share of the time that is left for comparing the best with the first.
const LAST_SHARE: f64 = 0.12;

pub(super) struct Descent<'a, T> {
    gpu: &'a Gpu,
    case: &'a Case,
    options: &'a TuneOptions,
    faults: Faults,
    /// What the tuning that it begins with makes.
    first: Made,
    /// The same with all digits of the network's values, once a network is compared.
    exact: Option<Made>,
    tell: T,
    best: Trial,
    /// When no candidate is begun any more.
    until: Instant,
    /// The longest that compiling a candidate took: of the passes, of the network.
    compiling: [Duration; 2],
    /// Why the device can no longer be used.
    lost: Option<String>,
}

/// How a candidate ended.
enum Candidate {
    Event(Event),
    /// It is better: the trial and the ratio.
    Better(Box<Trial>, f64),
    /// Time is over, or somebody stopped it.
    Interrupted,
}

impl<T: FnMut(Event, Tuning)> Descent<'_, T> {
    /// Runs to the end.
    ///
    /// # Errors
    /// If the tuning that it begins with does not work.
    pub(super) fn run(gpu: &Gpu, case: &Case, options: &TuneOptions, tell: T) -> Result<Message> {
        let began = Instant::now();
        let faults = Faults::of(gpu);
        let first = *gpu.tuning();
        let no = |reason: String| GpuError::Untunable { reason };
        let mut best = Trial::new(gpu, case, first, None, &faults).map_err(no)?;
        let compiling = began.elapsed();
        let made = best.made().map_err(no)?;
        best.begin().map_err(no)?;
        let until = options.until.min(began + options.time);
        let left = until.saturating_duration_since(Instant::now());
        let until = Instant::now() + left.mul_f64(1.0 - LAST_SHARE);
        let mut descent = Descent {
            gpu,
            case,
            options,
            faults,
            first: made,
            exact: None,
            tell,
            best,
            until,
            compiling: [compiling / 4, compiling],
            lost: None,
        };
        let mut end = descent.descend();
        let tuning = descent.best.tuning;
        if let Some(reason) = descent.lost.take() {
            return Ok(Message::Ended { tuning, keeps: true, frame: None, end: End::Lost(reason) });
        }
        let (keeps, frame) = if tuning == first { (true, None) } else { descent.compare_with(first) };
        if options.stop.load(Relaxed) {
            end = End::Stopped;
        }
        Ok(Message::Ended { tuning: if keeps { tuning } else { first }, keeps, frame, end })
    }

    /// Tries every field until none helps.
    fn descend(&mut self) -> End {
        loop {
            let before = self.best.tuning;
            let mut had_time = true;
            for tunable in &self.options.space {
                match self.try_field(tunable) {
                    Some(in_time) => had_time &= in_time,
                    None => return if self.is_stopped() { End::Stopped } else { End::TimeOver },
                }
            }
            if self.best.tuning == before {
                return if had_time { End::Finished } else { End::TimeOver };
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.options.stop.load(Relaxed)
    }

    /// Waits until there is slack, somebody stops it, or the time is over.
    fn wait_for_slack(&self) {
        let is_over = || self.is_stopped() || Instant::now() > self.options.until;
        while !self.options.slack.allows(Instant::now()) && !is_over() {
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for slack. False if the time is over or somebody stopped it.
    fn may_go_on(&mut self) -> bool {
        let began = Instant::now();
        self.wait_for_slack();
        if Instant::now() > self.options.until {
            return false;
        }
        self.until += began.elapsed();
        !self.is_stopped() && Instant::now() < self.until && self.lost.is_none()
    }

    /// Tries the values of a field, from its own outwards; a number behind another that is no better is not tried. None if
    /// the time is over, false if a candidate was left out for want of it.
    fn try_field(&mut self, tunable: &Tunable) -> Option<bool> {
        let own = tunable.of(&self.best.tuning);
        let limits = self.gpu.device().limits();
        let below = |choice: &Choice| match (choice, own) {
            (Choice::Count(a), Choice::Count(b)) => *a < b,
            _ => false,
        };
        let choices = || tunable.choices.iter().copied().filter(|choice| *choice != own);
        let down: Vec<Choice> = choices().filter(below).rev().collect();
        let up: Vec<Choice> = choices().filter(|choice| !below(choice)).collect();
        let mut in_time = true;
        for direction in [up, down] {
            for choice in direction {
                let Some(tuning) = tunable.set(&self.best.tuning, choice, &limits) else { continue };
                if !self.may_go_on() {
                    return None;
                }
                let from = tunable.of(&self.best.tuning);
                let (event, goes_on) = match self.try_one(tunable, choice, tuning) {
                    Candidate::Interrupted => return None,
                    Candidate::Better(trial, ratio) => {
                        self.best = *trial;
                        (Event::Won(Gain { field: tunable.name, from, to: choice, ratio }), true)
                    }
                    Candidate::Event(event) => {
                        in_time &= !matches!(event, Event::NoTime { .. });
                        let goes_on = !matches!(event, Event::NoBetter { .. } | Event::NoTime { .. });
                        (event, goes_on)
                    }
                };
                (self.tell)(event, self.best.tuning);
                // Words are in no order: each may be better than the one before it.
                if !goes_on && matches!(choice, Choice::Count(_)) {
                    break;
                }
            }
        }
        Some(in_time)
    }

    fn try_one(&mut self, tunable: &Tunable, to: Choice, tuning: Tuning) -> Candidate {
        let field = tunable.name;
        let refused = |why: String| Candidate::Event(Event::Refused { field, to, why });
        let began = Instant::now();
        let compiling = self.compiling[usize::from(tunable.is_of_network)];
        let needs_exact = tunable.is_of_network && self.exact.is_none();
        if began + if needs_exact { 2 * compiling } else { compiling } > self.until {
            return Candidate::Event(Event::NoTime { field, to });
        }
        if needs_exact && let Err(why) = self.make_exact() {
            return self.after_failure(refused(format!("there is nothing to compare it with: {why}")));
        }
        let began = Instant::now();
        let trial = Trial::new(self.gpu, self.case, tuning, self.options.tamper, &self.faults);
        let compiling = &mut self.compiling[usize::from(tunable.is_of_network)];
        *compiling = (*compiling).max(began.elapsed());
        let mut trial = match trial {
            Ok(trial) => trial,
            Err(why) => return self.after_failure(refused(why)),
        };
        if trial.is_like(&self.best) {
            return Candidate::Event(Event::Same { field, to });
        }
        match self.check(&mut trial) {
            Ok(None) => {}
            Ok(Some(why)) => return refused(why),
            Err(why) => return self.after_failure(refused(why)),
        }
        let part = |times: Times| if tunable.is_of_network { times.network } else { times.passes };
        let (verdict, ratio) = match self.in_turns(&mut trial, part) {
            Ok(Some(judged)) => judged,
            Ok(None) => return Candidate::Interrupted,
            Err(why) => return self.after_failure(refused(why)),
        };
        if verdict != Verdict::Faster {
            return Candidate::Event(Event::NoBetter { field, to, ratio });
        }
        // Once more, after many frames.
        match self.check(&mut trial).and_then(|differs| trial.begin().map(|()| differs)) {
            Ok(None) => Candidate::Better(Box::new(trial), ratio),
            Ok(Some(why)) => refused(why),
            Err(why) => self.after_failure(refused(why)),
        }
    }

    /// Makes what networks are compared with: the first tuning's, whose values are stored with all digits.
    fn make_exact(&mut self) -> Result<(), String> {
        let first = *self.gpu.tuning();
        let exact = Tuning { kernels: KernelTuning { values: ValueFormat::F32, ..first.kernels }, ..first };
        self.exact = Some(match exact == first {
            true => self.first.clone(),
            false => Trial::new(self.gpu, self.case, exact, None, &self.faults)?.made()?,
        });
        Ok(())
    }

    fn check(&self, trial: &mut Trial) -> Result<Option<String>, String> {
        // As long as the network is the first one's, its mask is, too.
        let differs = trial.made()?.differs_from(self.exact.as_ref().unwrap_or(&self.first));
        trial.begin()?;
        Ok(differs)
    }

    /// Measures a candidate and the best one in turns. None if the time is over.
    fn in_turns(
        &mut self,
        trial: &mut Trial,
        part: impl Fn(Times) -> f64,
    ) -> Result<Option<(Verdict, f64)>, String> {
        let part =
            |times: Times, trial: &Trial| if trial.has_timestamps() { part(times) } else { times.whole() };
        let mut ratios = Vec::with_capacity(judge::MOST);
        loop {
            if !self.may_go_on() {
                return Ok(None);
            }
            // The first of a pair alternates, so that neither is always the one with the warmer caches.
            let (own, best) = if ratios.len() % 2 == 0 {
                let own = trial.time()?;
                (own, self.best.time()?)
            } else {
                let best = self.best.time()?;
                (trial.time()?, best)
            };
            ratios.push(part(own, trial) / part(best, trial));
            let verdict = judge(&ratios);
            if verdict != Verdict::Open {
                return Ok(Some((verdict, judge::median(&ratios))));
            }
        }
    }

    /// A candidate whose failure took the device with it ends everything.
    fn after_failure(&mut self, candidate: Candidate) -> Candidate {
        if let Err(why) = self.best.time()
            && let Candidate::Event(Event::Refused { field, to, .. }) = &candidate
        {
            self.lost = Some(format!("with {field} {to}: {why}"));
        }
        candidate
    }

    /// Compares the best with the first in turns, by whole frames: whether it is faster by more than the noise, and
    /// [`Tuned::frame`](super::Tuned::frame).
    fn compare_with(&mut self, first: Tuning) -> (bool, Option<[f64; 2]>) {
        let Ok(mut trial) = Trial::new(self.gpu, self.case, first, None, &self.faults) else {
            return (true, None);
        };
        if trial.begin().is_err() {
            return (true, None);
        }
        let (mut firsts, mut bests) = (Vec::new(), Vec::new());
        let options = self.options;
        let has_time = || Instant::now() < options.until && !options.stop.load(Relaxed);
        while firsts.len() < judge::MOST && (firsts.len() < 5 || has_time()) {
            self.wait_for_slack();
            let (Ok(a), Ok(b)) = (trial.time(), self.best.time()) else { return (false, None) };
            firsts.push(a.whole());
            bests.push(b.whole());
        }
        let ratios: Vec<f64> = bests.iter().zip(&firsts).map(|(best, first)| best / first).collect();
        let keeps = judge::is_surely_less(&ratios);
        let first = judge::median(&firsts);
        (keeps, Some([first, first * judge::median(&ratios)]))
    }
}
