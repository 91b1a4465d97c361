//! Changes that whoever asked for them has given up: none of them is ever made.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    thread,
};

use gpucam::internals::live::{self, Change, Claim, GuardRules, LiveCommand, ProcessorFactory};
use libtest_mimic::Trial;

use super::{
    HIDDEN, RAW, SIZE,
    changes::{OTHER, run},
    ms,
};
use crate::support::test;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("live::given_up::is_never_made", is_never_made),
        test("live::given_up::one_side_decides", one_side_decides),
    ]
}

/// A change to the raw picture takes so long that whoever asked gives it up. Its processor is made all the same, beside the
/// frames, in the place of a closed source, or by the running one; nothing of it is ever shown, and the next change is made.
fn is_never_made() {
    for way in ["beside", "source", "switch", "switched", "while idle"] {
        let rules = GuardRules { grace: (way == "while idle").then_some(ms(100)), ..GuardRules::default() };
        let (marks, _) = run("blur", rules, |run| {
            run.shows(HIDDEN);
            if way == "while idle" {
                run.device.consumers.store(0, Relaxed);
                run.until(|run| run.cameras.load(Relaxed) == 0);
            }
            let change = run.change("none");
            let (claim, given_up) = (change.claim.clone(), Arc::new(AtomicBool::new(false)));
            let (mut make, waits) = (run.factory("none"), given_up.clone());
            // Made as soon as it is not wanted any more.
            let make_processor: ProcessorFactory = Box::new(move |input| {
                while !waits.load(Relaxed) {
                    thread::sleep(ms(1));
                }
                make(input)
            });
            let other = run.camera(SIZE);
            let other: live::SourceFactory = Box::new(move || Ok(Box::new(other)));
            let source = (way == "source").then_some(other);
            let effects = change.effects.clone().filter(|_| way.starts_with("switch"));
            *run.given_up.lock().unwrap() = (way == "switched").then(|| claim.clone());
            let (sender, ended) = mpsc::channel();
            let reply = Box::new(move |result| sender.send(result).unwrap());
            run.handle.send(LiveCommand::Change(Change { make_processor, effects, source, ..change }, reply));
            if way != "switched" {
                let told = claim.wait(&ended, ms(15)).expect_err(&format!("{way}: it was made")).to_string();
                assert!(told.contains("took too long and was given up"), "{told}");
            }
            given_up.store(true, Relaxed);
            let ended = ended.recv_timeout(ms(20_000)).expect("an answer");
            assert!(ended.unwrap_err().to_string().contains("was given up"), "{way}");
            run.device.consumers.store(1, Relaxed);
            run.shows(HIDDEN);
            run.make(run.change("pixelate")).unwrap();
            run.shows(OTHER);
        });
        assert!(!marks.contains(&RAW), "{way}: {marks:?}");
    }
}

/// Whoever comes first decides. One who has waited too long for what is being made waits for its end.
fn one_side_decides() {
    let claim = Claim::default();
    assert!(claim.take() && !claim.take());
    let (sender, ended) = mpsc::channel();
    let late = thread::spawn(move || {
        thread::sleep(ms(50));
        sender.send(Ok(())).unwrap();
    });
    claim.wait(&ended, ms(1)).expect("the change was made");
    late.join().unwrap();
    claim.wait(&ended, ms(1)).expect_err("nobody is left who could answer");
}
