//! What nobody asked to change stays as it is.

use eframe::egui::{Key, accesskit::Role};
use egui_kittest::kittest::Queryable;
use gpucam::internals::studio::{
    choice::EffectChoice,
    message::{Command, Event, Place},
    settings::Input,
    state::StudioState,
};

use super::{
    state,
    view::{NoTextures, commands, open_groups, slide, window},
};

/// The effects among the flags.
fn effect_flags(state: &StudioState) -> Vec<String> {
    let flags = state.picture_flags().into_iter();
    flags.filter(|(flag, _)| *flag == "effect").filter_map(|(_, value)| value).collect()
}

/// The effects that the thread is told to draw.
fn drawn(state: &mut StudioState) -> Vec<String> {
    let texts = state.commands().into_iter().find_map(|command| match command {
        Command::Effects(texts) => Some(texts),
        _ => None,
    });
    texts.expect("effects")
}

/// An overlay without a picture takes the place of blur: the room stays hidden, in the window and in what is sent and saved.
pub fn file_to_come() {
    let overlay = || EffectChoice::named("overlay");
    let mut alone = state(&["blur:20"]);
    alone.choose(overlay());
    assert_eq!(effect_flags(&alone), ["blur"]);
    assert_eq!(drawn(&mut alone), ["blur"]);
    assert!(alone.command_line().contains("--effect blur"), "{}", alone.command_line());
    // What shows the room does not take that away.
    alone.toggle(EffectChoice::named("tint"));
    assert_eq!(effect_flags(&alone), ["blur", "tint"]);
    // Beside an effect that hides the room there is nothing to add.
    let mut beside = state(&["colour"]);
    beside.toggle(overlay());
    assert_eq!(effect_flags(&beside), ["colour"]);
    // The control: where nothing is chosen, the picture is shown as it is.
    alone.effects.clear();
    assert_eq!(effect_flags(&alone), ["none"]);
    assert_eq!(drawn(&mut alone), ["none"]);
}

/// The gpucam that runs is told of changes that are made while the window shows its picture.
pub fn look() {
    let mut state = state(&["none"]);
    state.picture.geometry.mirror = true;
    assert_eq!(state.changed_flags(), None);
    let camera = std::mem::replace(&mut state.source.input, Input::Running("pipewire:gpucam".into()));
    assert_eq!(state.changed_flags(), None, "a look shows the room of a call");
    // The control: a change is told, once.
    state.choose(EffectChoice::named("blur"));
    assert_eq!(state.changed_flags(), Some(state.picture_flags()));
    assert_eq!(state.changed_flags(), None);
    // What is set while the window shows something else is not told afterwards.
    state.source.input = camera;
    state.choose(EffectChoice::named("none"));
    assert_eq!(state.changed_flags(), None);
    state.source.input = Input::Running("pipewire:gpucam".into());
    assert_eq!(state.changed_flags(), None);
}

/// What came from a command line has more digits than the sliders show, or lies beside their range.
pub fn digits() {
    let mut state = state(&["blur:8.25"]);
    state.picture.shape.islands = 0.0004;
    state.picture.shape.threshold = (0.99, 1.0);
    state.picture.shape.feather = 1.234;
    let (effects, picture) = (effect_flags(&state), state.picture);
    let mut harness = window(state);
    open_groups(&mut harness);
    assert_eq!(effect_flags(harness.state()), effects);
    assert_eq!(harness.state().picture, picture);
    // A number that gets the focus and loses it again stays too.
    let count = harness.get_all_by_role(Role::SpinButton).count();
    assert!(count > 5, "{count} numbers");
    for index in 0..count {
        harness.get_all_by_role(Role::SpinButton).nth(index).expect("a number").focus();
        harness.run_steps(2);
        harness.key_press(Key::Tab);
        harness.run_steps(2);
    }
    assert_eq!(effect_flags(harness.state()), effects);
    assert_eq!(harness.state().picture, picture);
    assert_eq!(commands(&mut harness), []);
    // The control: a slider that is moved is rounded, and the others stay.
    slide(&mut harness, "Strength", 30.0);
    slide(&mut harness, "Islands", 0.0);
    assert_eq!(effect_flags(harness.state()), ["blur:30"]);
    assert_eq!(harness.state().picture.shape.islands, 0.0);
    assert_eq!(harness.state().picture.shape.threshold, (0.99, 1.0));
}

/// A picture that is dropped while an overlay waits for one is the overlay's; the other effects stay.
pub fn waiting() {
    let mut state = state(&["blur", "tint"]);
    state.toggle(EffectChoice::named("overlay"));
    state.dropped("/tmp/logo.png".as_ref());
    assert_eq!(drawn(&mut state), ["blur", "tint", "overlay:/tmp/logo.png"]);
    // The control: once it has one, a picture is a background.
    state.dropped("/tmp/beach.png".as_ref());
    assert_eq!(drawn(&mut state), ["image:/tmp/beach.png"]);
}

/// What a camera did while frames go on is said for a while; it is no fault that stays.
pub fn notice() {
    let mut harness = window(state(&["blur"]));
    let sentence = "the camera gives another rate now";
    harness.state_mut().apply(Event::Notice(sentence.into()), 3.0, &mut NoTextures);
    harness.run_steps(3);
    harness.get_by_label(sentence);
    assert!(harness.state().faults.is_empty(), "{:?}", harness.state().faults);
    let (_, until) = harness.state().done.clone().expect("a notice");
    assert!(until > 3.0 && until < 60.0, "{until}");
    // The control: a fault of the camera stays until it is taken back.
    let fault = Event::Fault(Place::Source, Some("the camera is gone".into()));
    harness.state_mut().apply(fault, 3.0, &mut NoTextures);
    assert!(harness.state().faults.contains_key(&Place::Source));
}

/// On another device nothing of the one before holds.
pub fn reopened() {
    let mut state = state(&["blur"]);
    state.apply(Event::NoTimestamps, 0.0, &mut NoTextures);
    state.apply(Event::Notice("the camera gives another rate now".into()), 900.0, &mut NoTextures);
    assert!(!state.has_timestamps && state.done.is_some(), "the control");
    state.reopened();
    assert!(state.has_timestamps && state.done.is_none());
    assert_eq!(drawn(&mut state), ["blur"], "what is set stays");
}
