//! The room that is kept between starts: what its file may hold, who can read it, and that a stale one shows nothing.

use std::{
    fs, io,
    mem::offset_of,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use gpucam::internals::{
    Light, Settings, Size,
    frame::geometry::{Framing, Geometry},
    passes::{LearnRoom, RoomStatus},
    pipeline::{
        CalibrationDesk, CalibrationPhase, RoomShelf,
        room_file::{KeptRoom, NewRoom, RoomFault, RoomKey, make_private, rooms_in},
    },
};
use libtest_mimic::Trial;

use super::room::{EMPTY, Film, SITS, SIZE, View, is_clock, is_person, is_room, mean};
use crate::support::{
    gpu::{BT601, gpu, noise},
    gpu_test, test,
};

pub fn trials() -> Vec<Trial> {
    vec![
        test("pipeline::room_file_is_checked", checked),
        test("pipeline::room_file_is_its_users_alone", private),
        test("pipeline::room_file_is_of_one_camera_and_cut", keys),
        gpu_test("pipeline::room_is_kept", kept),
        gpu_test("pipeline::room_that_is_stale_shows_nothing", stale),
        gpu_test("pipeline::room_learnt_when_asked_is_kept", asked),
        gpu_test("pipeline::room_is_forgotten_when_asked", forgotten),
        gpu_test("pipeline::room_is_forgotten_while_nothing_is_open", forgotten_without_a_pipeline),
        gpu_test("pipeline::room_of_a_rehearsal_changes_nothing", rehearsed),
        gpu_test("pipeline::room_goes_from_one_pipeline_to_the_next", handed_over),
    ]
}

fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    NewRoom::write(file, bytes).and_then(NewRoom::put)
}

const MASK: Size = Size::new(256, 144);

fn framing(geometry: Geometry) -> Framing {
    geometry.framing(SIZE).expect("a framing")
}

fn key(camera: &str) -> RoomKey {
    RoomKey::new(camera, &framing(Geometry::default()), SIZE, MASK, BT601)
}

fn room(cells: usize, words: usize) -> KeptRoom {
    let unit = |k: usize| noise(5, k) as f32;
    KeptRoom {
        cells: (0..cells).map(|i| [unit(4 * i), unit(4 * i + 1), unit(4 * i + 2), 0.01]).collect(),
        seen: (0..cells as u32).map(|i| i % 33).collect(),
        plate: (0..words as u32).collect(),
    }
}

/// What was written is read again; nothing else is.
fn checked() {
    let (cells, words) = (30, 20);
    let (key, room) = (key("a"), room(30, 20));
    let bytes = room.bytes(&key);
    assert_eq!(KeptRoom::parse(&bytes, &key, cells, words).expect("a room"), room);
    for length in 0..bytes.len() {
        assert!(KeptRoom::parse(&bytes[..length], &key, cells, words).is_err(), "{length} bytes");
    }
    assert!(KeptRoom::parse(&[&bytes[..], &[0]].concat(), &key, cells, words).is_err());
    for at in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        assert!(KeptRoom::parse(&bytes, &key, cells, words).is_err(), "byte {at}");
    }
    // Another version, camera and size.
    let mut other = bytes.clone();
    other[13] = b'2';
    assert!(matches!(KeptRoom::parse(&other, &key, cells, words), Err(RoomFault::Foreign)));
    assert!(matches!(
        KeptRoom::parse(&bytes, &super::room_kept::key("b"), cells, words),
        Err(RoomFault::Foreign)
    ));
    assert!(matches!(KeptRoom::parse(&bytes, &key, words, cells), Err(RoomFault::Length)));
    // Values that no frame gives, in a file that is whole.
    for wrong in [f32::NAN, f32::INFINITY, -0.1, 1e9] {
        for channel in [0, 3] {
            let mut room = room.clone();
            room.cells[7][channel] = wrong;
            let parsed = KeptRoom::parse(&room.bytes(&key), &key, cells, words);
            assert!(matches!(parsed, Err(RoomFault::Damaged)), "{wrong} in channel {channel}");
        }
    }
    // What is no file is not waited for, a link is not followed, and what is too long is not read.
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let read = |path: &Path| KeptRoom::read(path, &key, cells, words);
    assert!(matches!(read(&at("nothing")), Ok(None)));
    fs::write(at("whole"), &bytes).expect("a file");
    assert!(read(&at("whole")).expect("a room").is_some());
    symlink(at("whole"), at("link")).expect("a link");
    let made = Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo");
    assert!(made.success());
    fs::create_dir(at("folder")).expect("a folder");
    let long = fs::File::create(at("long")).expect("a file");
    long.set_len(1 << 40).expect("a file with a hole");
    for name in ["link", "pipe", "folder", "long"] {
        assert!(read(&at(name)).is_err(), "{name}");
    }
}

/// Nobody else can read it, whatever was there before; it replaces the one before whole, and the oldest go.
fn private() {
    let home = tempfile::tempdir().expect("a folder");
    let folder = home.path().join("state/gpucam/rooms");
    let file = key("a").file(&folder);
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    write(&file, b"one").expect("it is written");
    assert_eq!((mode(&file), mode(&folder)), (0o600, 0o700));
    assert_eq!(mode(&home.path().join("state")), 0o700);
    // Rights that somebody widened are narrowed, and a link in its place is replaced, not followed.
    fs::set_permissions(&folder, PermissionsExt::from_mode(0o755)).expect("rights");
    let elsewhere = home.path().join("elsewhere");
    fs::write(&elsewhere, b"mine").expect("a file");
    fs::remove_file(&file).expect("it was there");
    symlink(&elsewhere, &file).expect("a link");
    write(&file, b"two").expect("it is written");
    assert_eq!((mode(&file), mode(&folder)), (0o600, 0o700));
    assert!(fs::symlink_metadata(&file).expect("a file").is_file());
    assert_eq!(fs::read(&elsewhere).expect("a file"), b"mine");
    assert_eq!(fs::read(&file).expect("a file"), b"two");
    for n in 0..20 {
        write(&key(&n.to_string()).file(&folder), b"more").expect("it is written");
    }
    assert_eq!(rooms_in(&folder).len(), 16);
    assert!(key("19").file(&folder).exists());
    assert!(rooms_in(&folder).iter().all(|file| fs::metadata(file).expect("a file").size() < 5));
    // Where nothing can be written, it says so.
    assert!(write(Path::new("/proc/nothing/a.room"), b"").is_err());
    assert!(make_private(Path::new("/proc/nothing")).is_err());
}

/// Whatever the room looks different for has another file.
fn keys() {
    let of =
        |geometry: Geometry| RoomKey::new("a", &framing(geometry), SIZE, MASK, BT601).file(Path::new("/"));
    let own = Geometry::default();
    let cut = |text: &str| gpucam::internals::frame::geometry::Cut::Crop(text.parse().expect("a crop"));
    let mut files: Vec<PathBuf> = vec![
        of(own),
        of(Geometry { mirror: true, ..own }),
        of(Geometry { flip: true, ..own }),
        of(Geometry { rotate: gpucam::internals::frame::geometry::Rotate::Half, ..own }),
        of(Geometry { cut: gpucam::internals::frame::geometry::Cut::Zoom(1.5), ..own }),
        of(Geometry { cut: cut("160x90+10+10"), ..own }),
        of(Geometry { cut: cut("160x90+20+10"), ..own }),
        key("b").file(Path::new("/")),
        RoomKey::new("a", &framing(own), Size::new(160, 90), MASK, BT601).file(Path::new("/")),
        RoomKey::new("a", &framing(own), SIZE, Size::new(128, 72), BT601).file(Path::new("/")),
    ];
    let count = files.len();
    files.sort();
    files.dedup();
    assert_eq!(files.len(), count);
    assert_eq!(of(own), key("a").file(Path::new("/")), "the control: the same is the same");
}

fn shelf(folder: &Path) -> RoomShelf {
    let shelf = RoomShelf::new(folder.join("rooms"));
    shelf.set_camera("a camera".into());
    shelf
}

fn film(shelf: &RoomShelf) -> Film {
    Film::with(Settings { learn_room: LearnRoom::On, keep_room: Some(shelf.clone()), ..Settings::default() })
}

fn status(film: &Film) -> RoomStatus {
    film.pipeline.room_status().expect("a status").expect("a room")
}

/// As if the room had been there for a while.
fn age(film: &Film) {
    let status = &film.pipeline.room().expect("a room").status;
    let at = status.offset + offset_of!(RoomStatus, age) as u64;
    gpu().queue().write_buffer(&status.buffer, at, &400.0f32.to_ne_bytes());
}

/// Learns the room and ends; the file is there then.
fn learn_and_end(shelf: &RoomShelf) -> PathBuf {
    let mut film = film(shelf);
    film.learn();
    age(&film);
    film.next(EMPTY);
    drop(film);
    shelf.file().expect("a file")
}

/// A room that was learnt is known at the next start, once some frames agree with it, and not before.
fn kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let shelf = shelf(folder.path());
    // What was learnt a moment ago, and what was not learnt, is not kept.
    let mut young = film(&shelf);
    young.next(EMPTY);
    drop(young);
    assert_eq!(shelf.file(), None);
    let file = learn_and_end(&shelf);
    assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    let bytes = fs::read(&file).expect("a file");

    let mut again = film(&shelf);
    assert!(status(&again).doubt > 0.0);
    let trusts = |film: &Film| {
        let room = film.pipeline.known_room().expect("a room").expect("of the frame's size");
        room.trust.iter().filter(|&&k| k > 0.5).count() as f64 / SIZE.area() as f64
    };
    let mut clocks = Vec::new();
    for k in 0..9 {
        let alpha = again.next(SITS);
        clocks.push(mean(&alpha, is_clock));
        if k < 4 {
            assert!(status(&again).doubt > 0.0 && status(&again).known == 0.0 && trusts(&again) == 0.0);
        }
        assert!(mean(&alpha, is_room) < 0.002);
    }
    let known = status(&again);
    note!("clock, frame by frame: {clocks:.3?}; {:.3} is known", known.known);
    assert!(known.doubt == 0.0 && known.known > 0.9 && known.resets == 0.0, "{known:?}");
    assert!(clocks[0] > 0.8 && clocks[8] < 0.05, "{clocks:?}");
    assert!(trusts(&again) > 0.9);
    // A camera of another name has none, and a file is nobody's camera.
    for camera in ["another camera", ""] {
        shelf.set_camera(camera.into());
        let other = film(&shelf);
        assert_eq!((status(&other).doubt, shelf.file()), (0.0, None), "{camera}");
    }
    // A damaged file is ignored, and what is learnt instead takes its place.
    shelf.set_camera("a camera".into());
    for damaged in [&bytes[..1000], b"", &[&bytes[..], b"!"].concat(), &vec![0x55; bytes.len()]] {
        fs::write(&file, damaged).expect("a file");
        assert_eq!(status(&film(&shelf)).doubt, 0.0);
    }
    learn_and_end(&shelf);
    let mut written = fs::read(&file).expect("a file");
    assert_eq!(written.len(), bytes.len());
    assert!(status(&film(&shelf)).doubt > 0.0);
    // The control: a single bit.
    written[5000] ^= 1;
    fs::write(&file, written).expect("a file");
    assert_eq!(status(&film(&shelf)).doubt, 0.0);
}

/// The camera has another view, the light is another one, or the file was made up: in no frame is more of the room shown than
/// without it, and the person stays.
fn stale() {
    let folder = tempfile::tempdir().expect("a folder");
    let shelf = shelf(folder.path());
    let file = learn_and_end(&shelf);
    let whole = fs::read(&file).expect("a file");
    let (cells, words) = {
        let film = film(&shelf);
        let room = film.pipeline.room().expect("a room");
        (room.size.area(), (room.plate.bytes / 4) as usize)
    };
    let key = RoomKey::new("a camera", &framing(Geometry::default()), SIZE, MASK, BT601);
    let learnt = KeptRoom::parse(&whole, &key, cells, words).expect("the room");
    type Poison = fn(&mut KeptRoom);
    let as_it_was: Poison = |_| ();
    let plate: Poison =
        |room| room.plate.iter_mut().enumerate().for_each(|(i, word)| *word = (noise(78, i) * 4e9) as u32);
    let noisy: Poison = |room| {
        for (i, cell) in room.cells.iter_mut().enumerate() {
            *cell = [0, 1, 2, 3].map(|c| if c < 3 { noise(77, 3 * i + c) as f32 } else { 1e-4 });
        }
    };
    let anything: Poison = |room| {
        room.cells.iter_mut().for_each(|cell| cell[3] = 1.0);
        room.seen.fill(32);
    };
    // All of it is the person's colour.
    let person: Poison = |room| room.cells.fill([0.93, 0.84, 0.74, 1e-4]);
    let turned = View { turned: 9, ..SITS };
    let [dim, dark, blue] =
        [[0.75, 0.7, 0.6], [0.02; 3], [0.5, 0.6, 1.0]].map(|light| View { light, ..SITS });
    for (what, poison, view, forgets) in [
        ("another view", as_it_was, turned, true),
        ("another light", as_it_was, dim, false),
        ("light of another colour", as_it_was, blue, false),
        ("no light", as_it_was, dark, true),
        ("a poisoned plate", plate, SITS, false),
        ("a poisoned room", noisy, SITS, true),
        ("anything counts as the room", anything, SITS, false),
        ("the person is the room", person, SITS, true),
    ] {
        let mut room = learnt.clone();
        poison(&mut room);
        write(&file, &room.bytes(&key)).expect("it is written");
        let (mut with, mut without) =
            (film(&shelf), Film::with(Settings { learn_room: LearnRoom::Off, ..Settings::default() }));
        assert!(status(&with).doubt > 0.0, "{what}: it was not read");
        let (mut worst, mut off) = ([0.0, 1.0f64], 0.0f64);
        for _ in 0..8 {
            let alphas = [with.next(view), without.next(view)];
            let [shown, before] = alphas.each_ref().map(|alpha| mean(alpha, is_room));
            let [person, model] = alphas.each_ref().map(|alpha| mean(alpha, is_person));
            worst = [f64::max(worst[0], shown - before), worst[1].min(person - model)];
            // What is shown well away from the person, where the blur alone is.
            let lumas = [&with.shown, &without.shown]
                .map(|shown| shown.iter().step_by(2).map(|&code| f32::from(code)).collect::<Vec<_>>());
            off = off.max((mean(&lumas[0], is_far) - mean(&lumas[1], is_far)).abs());
        }
        let status = status(&with);
        note!(
            "{what}: {:.5} more of the room, {:.5} of the person, {off:.2} codes away from them, {} resets",
            worst[0],
            worst[1],
            status.resets
        );
        assert!(worst[0] < 0.001, "{what}: {} more of the room is shown", worst[0]);
        assert!(worst[1] > -0.02, "{what}: {} of the person is lost", worst[1]);
        assert!(off < 3.0, "{what}: {off} codes away from the person");
        assert_eq!(status.resets > 0.0, forgets, "{what}: {status:?}");
    }
}

fn is_far(x: u32, y: u32) -> bool {
    x < 40 && y < 30
}

/// What somebody asked to learn is kept at once.
fn asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let shelf = shelf(folder.path());
    let desk = CalibrationDesk::default();
    let mut film = Film::with(Settings {
        learn_room: LearnRoom::On,
        keep_room: Some(shelf.clone()),
        calibration: desk.clone(),
        ..Settings::default()
    });
    assert!(desk.ask());
    // Three seconds to leave, and as many as it takes to learn.
    for _ in 0..400 {
        film.next(EMPTY);
        if desk.progress().phase == CalibrationPhase::Learnt {
            break;
        }
    }
    assert_eq!(desk.progress().phase, CalibrationPhase::Learnt);
    assert!(status(&film).age < 300.0, "it would be kept anyway");
    for _ in 0..20 {
        film.next(EMPTY);
        thread::sleep(Duration::from_millis(20));
    }
    assert!(shelf.file().is_some(), "it is kept at the end alone");
}

/// Somebody asks: the room is forgotten on the GPU, and its file is gone.
fn forgotten() {
    let folder = tempfile::tempdir().expect("a folder");
    let shelf = shelf(folder.path());
    let file = learn_and_end(&shelf);
    let desk = CalibrationDesk::default();
    assert!(!desk.ask_to_forget(), "nothing learns the room yet");
    let mut film = Film::with(Settings {
        learn_room: LearnRoom::On,
        keep_room: Some(shelf.clone()),
        calibration: desk.clone(),
        light: Light::Off,
        ..Settings::default()
    });
    (0..8).for_each(|_| drop(film.next(SITS)));
    assert!(status(&film).known > 0.9 && file.exists());
    assert!(desk.ask_to_forget());
    film.next(SITS);
    assert_eq!(status(&film).known, 0.0);
    // A thread of its own removes it.
    let is_gone = (0..500).any(|_| {
        thread::sleep(Duration::from_millis(10));
        !file.exists()
    });
    assert!(is_gone);
    film.next(SITS);
    drop(film);
    assert!(!file.exists(), "what is known a moment later is not kept");
    assert!(rooms_in(&folder.path().join("rooms")).is_empty());
    // Without a frame since then, too.
    let file = learn_and_end(&shelf);
    let mut film = Film::with(Settings {
        learn_room: LearnRoom::On,
        keep_room: Some(shelf.clone()),
        calibration: desk.clone(),
        ..Settings::default()
    });
    (0..8).for_each(|_| drop(film.next(SITS)));
    age(&film);
    assert!(desk.ask_to_forget());
    drop(film);
    assert!(!file.exists());
}

/// While the GPU is released nobody else forgets it; what a thread is about to put in its place then is not kept either.
fn forgotten_without_a_pipeline() {
    let folder = tempfile::tempdir().expect("a folder");
    let shelf = shelf(folder.path());
    assert!(shelf.forget().is_none(), "there is no room yet");
    let file = learn_and_end(&shelf);
    let bytes = fs::read(&file).expect("a file");
    let before = shelf.generation();
    let being_written = NewRoom::write(&file, &bytes).expect("it is written");
    let (forgotten, removed) = shelf.forget().expect("a room");
    assert_eq!(forgotten, file);
    removed.expect("it is removed");
    assert!(!file.exists());
    shelf.put(being_written, before).expect("nothing is done");
    assert!(rooms_in(&folder.path().join("rooms")).is_empty());
    // The control: one that was read since then.
    shelf.put(NewRoom::write(&file, &bytes).expect("it is written"), shelf.generation()).expect("it is put");
    assert!(file.exists());
}

/// What one keeps at its end, the next one knows, although it was made before that.
fn handed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let shelf = shelf(folder.path());
    let settings =
        Settings { learn_room: LearnRoom::On, keep_room: Some(shelf.clone()), ..Settings::default() };
    let mut film = film(&shelf);
    film.learn();
    age(&film);
    film.next(EMPTY);
    let mut next = Film::rehearsing(&settings);
    drop(film);
    assert_eq!(status(&next).doubt, 0.0, "it rehearses");
    next.pipeline.adopted(&settings);
    assert!(status(&next).doubt > 0.0);
    (0..8).for_each(|_| drop(next.next(SITS)));
    assert!(status(&next).known > 0.9);
}

/// A pipeline that is prepared beside the one that is shown neither takes what was asked of that one nor keeps a room.
fn rehearsed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (shelf, desk) = (shelf(folder.path()), CalibrationDesk::default());
    let settings = |learn_room| Settings {
        learn_room,
        keep_room: Some(shelf.clone()),
        calibration: desk.clone(),
        ..Settings::default()
    };
    let rehearse = |learn_room| {
        let mut film = Film::rehearsing(&settings(learn_room));
        if learn_room == LearnRoom::On {
            film.learn();
            age(&film);
        }
        film.next(EMPTY);
    };
    rehearse(LearnRoom::On);
    assert!(!desk.progress().is_possible && shelf.file().is_none());
    let mut shown = Film::with(settings(LearnRoom::On));
    // What pacing tries and does not take.
    rehearse(LearnRoom::Off);
    assert!(desk.ask());
    rehearse(LearnRoom::On);
    assert_eq!(desk.progress().phase, CalibrationPhase::Asked);
    shown.next(SITS);
    assert_eq!(desk.progress().text(), "leave the picture: 3");
    rehearse(LearnRoom::Off);
    assert_eq!(desk.progress().phase, CalibrationPhase::Countdown);
    shown.learn();
    assert!(desk.ask_to_forget());
    rehearse(LearnRoom::On);
    shown.next(SITS);
    assert_eq!(status(&shown).known, 0.0);
    drop(shown);
    assert!(rooms_in(&folder.path().join("rooms")).is_empty());
    // What was asked while nothing was open, the next one begins; what the one before was at is void.
    assert!(desk.ask());
    let mut next = Film::with(settings(LearnRoom::On));
    assert_eq!(desk.progress().phase, CalibrationPhase::Asked);
    next.next(SITS);
    assert_eq!(desk.progress().phase, CalibrationPhase::Countdown);
    drop(Film::with(settings(LearnRoom::On)));
    assert_eq!(desk.progress().phase, CalibrationPhase::Failed);
    let none = Film::with(settings(LearnRoom::Off));
    assert!(!desk.ask() && !desk.ask_to_forget());
    drop(none);
}
