//! The view, driven as a person does, and read as a screen reader does.

use std::fs;

use eframe::egui::{Key, TextureId, Vec2, accesskit::Role};
use egui_kittest::{
    Harness,
    kittest::{NodeT, Queryable},
};
use gpucam::internals::{
    Denoise, Light, People, Size, Smooth,
    effects::{self, ParamType},
    frame::geometry::{Cut, Rotate},
    passes::{Exposure, Refine},
    studio::{
        history::FrameTime,
        message::{Command, Event, Place},
        service::Service,
        settings::{Input, MaskView, PictureSettings, SourceChoice},
        state::{Action, Shown, StudioState, Tab, Textures},
        view::{show, theme},
    },
};

use super::state;

/// Textures that nobody draws.
pub(super) struct NoTextures;

impl Textures for NoTextures {
    fn register(&mut self, _: &wgpu::TextureView) -> TextureId {
        TextureId::default()
    }

    fn free(&mut self, _: TextureId) {}
}

/// The window, with everything that it says at first already taken.
pub(super) fn window(state: StudioState) -> Harness<'static, StudioState> {
    let builder = Harness::builder().with_size(Vec2::new(1280.0, 2200.0)).with_step_dt(0.1);
    let mut harness = builder.build_ui_state(show, state);
    harness.state_mut().shown = Some(Shown {
        size: [1280, 720],
        before: TextureId::default(),
        after: TextureId::default(),
        interval: 33.3,
    });
    harness.run_steps(4);
    commands(&mut harness);
    harness
}

pub(super) fn commands(harness: &mut Harness<'_, StudioState>) -> Vec<Command> {
    harness.run_steps(4);
    let all = harness.state_mut().commands();
    all.into_iter().filter(|command| !matches!(command, Command::Cards(_))).collect()
}

fn effect_texts(texts: &[&str]) -> Command {
    Command::Effects(texts.iter().map(ToString::to_string).collect())
}

/// The frame and the mask as they are by default, changed.
fn picture(change: impl FnOnce(&mut PictureSettings)) -> Command {
    let mut picture = PictureSettings::default();
    change(&mut picture);
    Command::Picture(picture)
}

fn click(harness: &mut Harness<'_, StudioState>, label: &str) {
    harness.get_by_label(label).click_accesskit();
    harness.run_steps(4);
}

/// Moves the slider with this name.
pub(super) fn slide(harness: &mut Harness<'_, StudioState>, label: &str, value: f64) {
    harness.get_by_role_and_label(Role::Slider, label).set_value_accesskit(value);
    harness.run_steps(4);
}

/// Chooses an entry of the list with this name.
fn pick(harness: &mut Harness<'_, StudioState>, list: &str, entry: &str) {
    // The cards have names too.
    let before: Vec<_> = harness.query_all_by_label(entry).map(|node| node.accesskit_node().id()).collect();
    harness.get_by_role_and_label(Role::ComboBox, list).click_accesskit();
    harness.run_steps(4);
    let mut entries = harness.get_all_by_label(entry);
    let entry = entries.find(|node| !before.contains(&node.accesskit_node().id()));
    entry.expect("the entry").click_accesskit();
    drop(entries);
    harness.run_steps(4);
}

pub(super) fn open_groups(harness: &mut Harness<'_, StudioState>) {
    for group in ["Mask and edge", "Frame", "Camera and GPU"] {
        let group: Vec<_> = harness
            .get_all_by_label(group)
            .filter(|node| node.accesskit_node().role() != Role::Label)
            .collect();
        group.last().expect("a group").click_accesskit();
    }
    harness.run_steps(12);
    commands(harness);
}

pub fn slider() {
    let mut harness = window(state(&["blur"]));
    // The control: a slider left alone says nothing.
    assert_eq!(commands(&mut harness), []);
    slide(&mut harness, "Strength", 30.0);
    assert_eq!(commands(&mut harness), [effect_texts(&["blur:30"])]);
    assert_eq!(commands(&mut harness), []);
}

/// Every effect that needs no file, with the widgets that its declaration asks for.
pub fn parameters() {
    let mut checked = 0;
    for spec in effects::ALL
        .iter()
        .filter(|spec| !matches!(spec.parameters, [p, ..] if matches!(p.ty, ParamType::File)))
    {
        let mut harness = window(state(&[spec.name]));
        for parameter in spec.parameters {
            let label = gpucam::internals::studio::choice::capitalised(parameter.name);
            let role = match parameter.ty {
                ParamType::Number { .. } => Role::Slider,
                ParamType::Choice(["off", "on"] | ["no", "yes"]) => Role::CheckBox,
                ParamType::Choice(_) => Role::ComboBox,
                ParamType::Colour { .. } => Role::ColorWell,
                ParamType::File => unreachable!("filtered"),
            };
            let found = harness.query_all_by_role_and_label(role, &label).count();
            assert_eq!(found, 1, "{} of {}: {role:?}", parameter.name, spec.name);
            if let ParamType::Number { range: (_, most), default } = parameter.ty
                && default != most
            {
                slide(&mut harness, &label, most);
                let said = commands(&mut harness);
                let [Command::Effects(texts)] = &said[..] else { panic!("{}: {said:?}", spec.name) };
                assert!(texts[0].starts_with(spec.name) && texts[0].contains(&most.to_string()), "{texts:?}");
            }
            checked += 1;
        }
        // The control: a parameter of no effect.
        assert_eq!(harness.query_all_by_label("Sharpness of nothing").count(), 0);
    }
    assert!(checked > 15, "{checked}");
}

pub fn controls() {
    let mut harness = window(state(&["blur"]));
    open_groups(&mut harness);
    let mut now = PictureSettings::default();
    type Step<'s> = (&'s str, fn(&mut PictureSettings));
    let sliders: [(Step<'_>, f64); 6] = [
        (("Grow", |p| p.shape.grow = -3.0), -3.0),
        (("Feather", |p| p.shape.feather = 2.0), 2.0),
        (("Islands", |p| p.shape.islands = 0.05), 5.0),
        (("Low", |p| p.shape.threshold = (0.25, 1.0)), 0.25),
        (("High", |p| p.shape.threshold = (0.25, 0.75)), 0.75),
        (("Zoom", |p| p.geometry.cut = Cut::Zoom(2.0)), 2.0),
    ];
    for ((label, change), value) in sliders {
        slide(&mut harness, label, value);
        change(&mut now);
        assert_eq!(commands(&mut harness), [Command::Picture(now)], "{label}");
    }
    let toggles: [Step<'_>; 3] = [
        ("Mirror", |p| p.geometry.mirror = true),
        ("Flip", |p| p.geometry.flip = true),
        ("Follow", |p| p.geometry.follow = Some(1.5)),
    ];
    for (label, change) in toggles {
        harness.get_by_role_and_label(Role::CheckBox, label).click_accesskit();
        change(&mut now);
        assert_eq!(commands(&mut harness), [Command::Picture(now)], "{label}");
    }
    let lists: [(Step<'_>, &str); 8] = [
        (("Refine", |p| p.refine = Refine::None), "None"),
        (("Smooth", |p| p.smooth = Smooth::Off), "Off"),
        (("Exposure", |p| p.exposure = Exposure::Off), "Off"),
        (("People", |p| p.people = People::Front), "Front"),
        (("Quality", |p| p.quality = gpucam::internals::live::quality::QualityMode::Low), "Low"),
        (("Light", |p| p.light = Light::Auto), "Auto"),
        (("Denoise", |p| p.denoise = Denoise::Auto), "Auto"),
        (("Rotate", |p| p.geometry.rotate = Rotate::Half), "180"),
    ];
    for ((label, change), entry) in lists {
        pick(&mut harness, label, entry);
        change(&mut now);
        assert_eq!(commands(&mut harness), [Command::Picture(now)], "{label}");
    }
    pick(&mut harness, "Size", "640x480");
    let said = commands(&mut harness);
    assert!(
        matches!(&said[..], [Command::Source(source)] if source.size == Some(Size::new(640, 480))),
        "{said:?}"
    );
    pick(&mut harness, "Rate", "60 a second");
    let said = commands(&mut harness);
    assert!(matches!(&said[..], [Command::Source(source)] if source.fps.is_some()), "{said:?}");
    for view in [MaskView::Mask, MaskView::Overlay, MaskView::Picture] {
        click(&mut harness, &format!("View: {}", view.name()));
        assert_eq!(commands(&mut harness), [Command::MaskView(view)]);
    }
    click(&mut harness, "Frame time");
    assert_eq!(commands(&mut harness), [Command::Timing(true)]);
    // The control: nothing more is said.
    assert_eq!(commands(&mut harness), []);
}

fn type_into(harness: &mut Harness<'_, StudioState>, label: &str, text: &str) {
    harness.get_by_role_and_label(Role::TextInput, label).focus();
    harness.run_steps(2);
    harness.get_by_role_and_label(Role::TextInput, label).type_text(text);
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
}

pub fn typed() {
    let mut harness = window(state(&["blur"]));
    open_groups(&mut harness);
    // The control: what is no size changes nothing.
    type_into(&mut harness, "Output size", "large");
    assert_eq!(commands(&mut harness), []);
    let mut harness = window(state(&["blur"]));
    open_groups(&mut harness);
    type_into(&mut harness, "Output size", "640x360");
    assert_eq!(commands(&mut harness), [picture(|p| p.geometry.size = Some(Size::new(640, 360)))]);
    type_into(&mut harness, "Crop", "640x360+320+0");
    let said = commands(&mut harness);
    assert!(matches!(&said[..], [Command::Picture(p)] if matches!(p.geometry.cut, Cut::Crop(_))), "{said:?}");
    type_into(&mut harness, "File", ":slow");
    let said = commands(&mut harness);
    let is_slow =
        |input: &Input| matches!(input, Input::File(path) if path.to_string_lossy() == "testcard:slow");
    assert!(matches!(&said[..], [Command::Source(source)] if is_slow(&source.input)), "{said:?}");
}

pub fn cards() {
    let mut harness = window(state(&["blur"]));
    click(&mut harness, "Hologram");
    assert_eq!(commands(&mut harness), [effect_texts(&["hologram"])]);
    harness.get_by_label("Add Tint").click_accesskit();
    assert_eq!(commands(&mut harness), [effect_texts(&["hologram", "tint"])]);
    harness.get_by_label("Take Hologram away").click_accesskit();
    assert_eq!(commands(&mut harness), [effect_texts(&["tint"])]);
    let none = |harness: &Harness<'_, StudioState>| {
        harness.get_by_role_and_label(Role::Button, "None").click_accesskit();
    };
    none(&harness);
    assert_eq!(commands(&mut harness), [effect_texts(&["none"])]);
    // The control: a card that is drawn already.
    none(&harness);
    assert_eq!(commands(&mut harness), []);
    // Cards on the screen are asked for, and no others: an overlay needs a file first.
    let shown = harness.state().visible_cards.clone();
    assert!(shown.contains(&"blur".to_owned()) && !shown.contains(&"mask".to_owned()), "{shown:?}");
    assert!(shown.iter().all(|text| !text.starts_with("overlay")), "{shown:?}");
}

pub fn stack() {
    let mut harness = window(state(&["blur", "tint"]));
    harness.get_by_label("Draw Tint earlier").click_accesskit();
    assert_eq!(commands(&mut harness), [effect_texts(&["tint", "blur"])]);
    harness.get_by_label("Draw Tint later").click_accesskit();
    assert_eq!(commands(&mut harness), [effect_texts(&["blur", "tint"])]);
    harness.get_by_label("Remove Blur").click_accesskit();
    assert_eq!(commands(&mut harness), [effect_texts(&["tint"])]);
    // The control: what is alone cannot be moved.
    assert_eq!(harness.query_all_by_label("Draw Tint later").count(), 0);
}

const SHADER: &str = "\
//! A tint.
//! amount = 0.5 in 0..1   how much
//! colour = #4080c0       its colour
fn effect(in: Input) -> vec3f {
    return mix(in.person, colour, amount);
}
";

pub fn shader() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.wgsl");
    fs::write(&path, SHADER).expect("a file");
    let mut harness = window(state(&[&format!("custom:{}", path.display())]));
    assert_eq!(harness.query_all_by_role_and_label(Role::ColorWell, "Colour").count(), 1);
    slide(&mut harness, "Amount", 0.75);
    let text = format!("custom:{},amount=0.75", path.display());
    assert_eq!(commands(&mut harness), [effect_texts(&[&text])]);
    click(&mut harness, "Open in editor");
    assert_eq!(harness.state().actions, [Action::Edit(path.clone())]);

    // Saved with another parameter: its slider is there, and the old one's value stays.
    fs::write(&path, SHADER.replace("//! colour", "//! glow = 1 in 0..4   light\n//! colour"))
        .expect("a file");
    harness.state_mut().apply(Event::Saved(path.clone()), 0.0, &mut NoTextures);
    harness.run_steps(4);
    assert_eq!(harness.query_all_by_role_and_label(Role::Slider, "Glow").count(), 1);
    assert_eq!(commands(&mut harness), [], "the text stays the same");
    assert_eq!(harness.query_all_by_label("Line 6").count(), 0, "the control: no fault yet");

    // Saved with an error: the line, and what is wrong with it.
    fs::write(&path, SHADER.replace("amount);", "amounts);")).expect("a file");
    harness.state_mut().apply(Event::Saved(path.clone()), 0.0, &mut NoTextures);
    harness.run_steps(4);
    harness.get_by_label("Line 5");
    harness.get_by_label("return mix(in.person, colour, amounts);");
    harness.get_by_label("no definition in scope for identifier: `amounts`; correct it there");
    fs::write(&path, SHADER).expect("a file");
    harness.state_mut().apply(Event::Saved(path.clone()), 0.0, &mut NoTextures);
    harness.run_steps(4);
    assert_eq!(harness.query_all_by_label("Line 5").count(), 0, "the fault is mended");

    // What the worker says of a shader is said at the shader too.
    let sentence = format!("{}:3:5: it is no good; correct it there", path.display());
    harness.state_mut().apply(Event::Fault(Place::Effects, Some(sentence)), 0.0, &mut NoTextures);
    harness.run_steps(4);
    harness.get_by_label("Line 3");
    harness.get_by_label("it is no good; correct it there");
    harness.state_mut().apply(Event::Fault(Place::Effects, None), 0.0, &mut NoTextures);
    harness.run_steps(4);
    assert_eq!(harness.query_all_by_label("Line 3").count(), 0);
}

pub fn split() {
    let mut harness = window(state(&["blur"]));
    let name = "Where before ends and after begins";
    assert_eq!(harness.query_all_by_label(name).count(), 0);
    click(&mut harness, "Before / after");
    assert_eq!(harness.state().split, Some(0.5));
    harness.get_by_label(name).focus();
    harness.run_steps(3);
    // The control: another key leaves it where it is.
    harness.key_press(Key::A);
    harness.run_steps(2);
    assert_eq!(harness.state().split, Some(0.5));
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    let moved = harness.state().split.expect("a line");
    assert!((moved - 0.52).abs() < 1e-3, "{moved}");
    // It is for the person before the screen, and no command.
    assert_eq!(commands(&mut harness), []);
}

pub fn dropped() {
    let folder = tempfile::tempdir().expect("a folder");
    let (beach, wood) = (folder.path().join("beach.png"), folder.path().join("wood, dark.png"));
    for path in [&beach, &wood] {
        image::RgbImage::from_pixel(16, 16, image::Rgb([40, 160, 200])).save(path).expect("a picture");
    }
    let mut harness = window(state(&["image:/tmp/old.png,wrap=0.5", "tint"]));
    harness.state_mut().dropped(&beach);
    let text = format!("image:{},wrap=0.5", beach.display());
    assert_eq!(
        commands(&mut harness),
        [effect_texts(&[&text, "tint"])],
        "the background alone is another one"
    );
    assert_eq!(harness.state().tab, Tab::Backgrounds);
    harness.state_mut().dropped(&wood);
    harness.run_steps(2);
    harness.get_by_label("Add beach");
    assert_eq!(harness.query_all_by_label("Add wood, dark").count(), 0, "it is drawn");
    let said = commands(&mut harness);
    let [Command::Effects(texts)] = &said[..] else { panic!("{said:?}") };
    let parsed: gpucam::internals::effects::Effects =
        texts[0].parse().expect("an effect with a comma in its file");
    assert_eq!(parsed.files().collect::<Vec<_>>(), [wood.as_path()]);
}

pub fn bar() {
    let mut harness = window(state(&["blur:20"]));
    click(&mut harness, "Use now");
    click(&mut harness, "Copy");
    let line = "gpucam --effect blur:20 --input testcard".to_owned();
    assert_eq!(harness.state().actions, [Action::UseNow, Action::Copy(line)]);
    harness.state_mut().actions.clear();
    click(&mut harness, "Save");
    // The control: without a name there is nothing to save.
    click(&mut harness, "Save preset");
    assert_eq!(harness.state().actions, []);
    harness.get_by_role_and_label(Role::TextInput, "Name").type_text("on stage");
    harness.run_steps(3);
    harness.get_by_label("gpucam --preset 'on stage' shows it later.");
    click(&mut harness, "Save preset");
    assert_eq!(harness.state().actions, [Action::SavePreset("on stage".into())]);
    assert_eq!(harness.state().preset, None);
}

pub fn faults() {
    let mut harness = window(state(&["blur"]));
    assert_eq!(harness.query_all_by_label("Try again").count(), 0);
    let places = [Place::Effects, Place::Action, Place::Source];
    for (place, sentence) in places.into_iter().zip(["this effect", "this preset", "this camera"]) {
        let event = Event::Fault(place.clone(), Some(sentence.into()));
        harness.state_mut().apply(event, 0.0, &mut NoTextures);
        harness.run_steps(3);
        harness.get_by_label(sentence);
        if place == Place::Source {
            click(&mut harness, "Try again");
            assert_eq!(commands(&mut harness), [Command::Retry]);
        }
        harness.state_mut().apply(Event::Fault(place, None), 0.0, &mut NoTextures);
        harness.run_steps(3);
        assert_eq!(harness.query_all_by_label(sentence).count(), 0);
    }
}

pub fn plot() {
    let mut harness = window(state(&["blur"]));
    harness.state_mut().plot = true;
    for number in 0..400 {
        let passes = (0..9).map(|pass| (format!("pass{pass}"), 2.0 - 0.1 * pass as f32)).collect();
        let at = f64::from(number) / 30.0;
        harness.state_mut().history.add(FrameTime { at, took: 20.0, passes });
    }
    harness.run_steps(3);
    // 9 passes of 2.0, 1.9, … 1.2 ms: 14.4 ms of 33.3.
    harness.get_by_label("Frame time by pass: 14.4 of 33.3 milliseconds, 43 percent");
    harness.get_by_label("pass0: 2.00 ms, 6.0 %");
    harness.get_by_label("2 others: 2.50 ms, 7.5 %");
    // The control: a pass without a row of its own.
    assert_eq!(harness.query_all_by_label_contains("pass8").count(), 0);
    let frames = harness.state().history.frames().count();
    assert!((300..=301).contains(&frames), "{frames}: ten seconds at 30 frames a second, and no more");
}

/// Everything that can have the focus has a name.
pub fn names() {
    let mut harness = window(state(&["blur", "colour"]));
    open_groups(&mut harness);
    theme::set(&harness.ctx, Default::default());
    let mut count = 0;
    let root = harness.root();
    let mut nodes: Vec<_> = root.accesskit_node().children().collect();
    while let Some(node) = nodes.pop() {
        let is_control = matches!(
            node.role(),
            Role::Button
                | Role::Slider
                | Role::CheckBox
                | Role::ComboBox
                | Role::ColorWell
                | Role::TextInput
                | Role::DisclosureTriangle
        );
        if is_control && !node.is_hidden() {
            count += 1;
            let name = node
                .label()
                .or_else(|| node.labelled_by().next().and_then(|label| label.label().or(label.value())));
            assert!(
                name.is_some_and(|name| !name.trim().is_empty()),
                "{:?} {:?} has no name",
                node.role(),
                node.value()
            );
        }
        nodes.extend(node.children());
    }
    assert!(count > 40, "{count}");
}

/// While a gpucam runs, the list has what it shows, which is watched as it is; what is set goes to that gpucam.
pub fn running() {
    const ENTRY: &str = "What gpucam shows";
    let mut harness = window(state(&["blur"]));
    let combo = |harness: &mut Harness<'_, StudioState>| {
        harness.get_by_role_and_label(Role::ComboBox, "Camera or file").click_accesskit();
        harness.run_steps(4);
    };
    combo(&mut harness);
    assert!(harness.query_by_label(ENTRY).is_none(), "the control: none runs");
    combo(&mut harness);
    let output = "pipewire:gpucam".to_owned();
    harness.state_mut().service = Some(Service { line: "live".into(), output: Some(output.clone()) });
    harness.state_mut().picture.geometry.mirror = true;
    commands(&mut harness);
    pick(&mut harness, "Camera or file", ENTRY);
    let input = Input::Running(output);
    let source = SourceChoice { input, ..harness.state().source.clone() };
    let want =
        [Command::Source(source), Command::Picture(PictureSettings::default()), effect_texts(&["none"])];
    assert_eq!(commands(&mut harness), want);
    // What the other one is told.
    let flags = harness.state().picture_flags();
    let sent: Vec<_> = flags.iter().map(|(flag, value)| (*flag, value.as_deref())).collect();
    assert!(sent.contains(&("effect", Some("blur"))) && sent.contains(&("mirror", None)), "{sent:?}");
    slide(&mut harness, "Strength", 30.0);
    assert_eq!(commands(&mut harness), [], "nothing is drawn twice");
    let flags = harness.state().picture_flags();
    assert!(flags.iter().any(|(_, value)| value.as_deref() == Some("blur:30")), "{flags:?}");
}
