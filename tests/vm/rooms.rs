//! Everything that makes the picture nicer, on at once, while the room changes: the room stays hidden.

use libtest_mimic::Trial;

use crate::{
    film::{Person, SIZE, View},
    frames::{Seen, seen, split},
    guest::{Guest, LoopbackVersion, model_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![model_test("rooms::that_change_stay_hidden", that_change_stay_hidden)]
}

/// Frames per second of the film.
const RATE: u32 = 5;

/// The room is learnt while it is empty. Then somebody sits down, puts a thing down, a second person comes in, the light
/// goes off and on, the camera is turned, and everybody leaves.
fn that_change_stay_hidden() {
    let one = Person::new("testcard:still,0");
    let two = Person::new("testcard:still,1").moved(110);
    let empty = View::EMPTY;
    let sits = View { people: &[&one], ..empty };
    let thing = View { object: true, ..sits };
    let second = View { people: &[&two, &one], ..thing };
    let turned = View { turned: true, ..thing };
    let acts = [
        (empty, 15),
        (sits, 10),
        (thing, 10),
        (second, 10),
        (View { light: 0.05, ..second }, 5),
        (second, 8),
        (View { light: 0.6, ..thing }, 8),
        (turned, 8),
        (thing, 8),
        (empty, 5),
    ];
    let film: Vec<u8> = acts.iter().flat_map(|(view, count)| view.yuyv().repeat(*count)).collect();
    let script = format!(
        "show() {{
            until [[ -e go ]]; do cat room; done
            cat film
        }}
        show | ffmpeg -nostdin -v error -re -f rawvideo -pixel_format yuyv422 -video_size {SIZE} -framerate {RATE} -i - \
            -c:v copy -f v4l2 /dev/video11 &
        camera=$!
        within 240 streams /dev/video11
        capture /dev/video11 3 control
        producer --camera /dev/video11 --output /dev/video10 --effect blur --offline --max-mask-age 2000 \
            --learn-room on --people front --light auto --denoise auto
        within 240 streams /dev/video10
        watch /dev/video10 {SIZE} seen
        within 600 hidden_after seen 0 # all these passes compile first
        stat -c %s seen
        touch go
        wait $camera
        unwatch"
    );
    let room = empty.yuyv();
    let guest = Guest::new().loopback_version(LoopbackVersion::New).file("room", &room).file("film", &film);
    let ended = guest.run(&script).success();
    let letters = ended.text("seen");
    let begin: usize = ended.stdout().trim().parse().expect("a number");
    let count = |letter| letters[begin..].matches(letter).count();
    note!(
        "{} frames of the film: {} raw, {} hidden: {letters}",
        letters.len() - begin,
        count('r'),
        count('h')
    );
    // The control: what the camera gives shows the room.
    let control = ended.bytes("control.raw");
    assert!(split(&control, SIZE.yuyv_bytes()).iter().all(|frame| seen(frame, SIZE) == Seen::Raw));
    assert_eq!(letters.matches('r').count(), 0, "the room is seen: {letters}");
    assert!(count('h') > 10, "hardly any frame of the film: {letters}");
}
