//! Everything that makes the picture nicer, on at once, while the room changes: the room stays hidden.

use libtest_mimic::Trial;

use crate::{
    film::{SIZE, changing_room},
    frames::{Seen, seen, split},
    guest::{Guest, LoopbackVersion, model_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![model_test("rooms::that_change_stay_hidden", that_change_stay_hidden)]
}

/// Frames per second of the film.
const RATE: u32 = 5;
/// So many hidden frames without a person are more than a whole film has: the rest of it was seen, too. The film begins
/// again until then, since a busy machine shows few of its frames.
const HIDDEN: usize = 30;

fn that_change_stay_hidden() {
    let film = changing_room();
    let room = &film[..SIZE.yuyv_bytes()];
    let script = format!(
        "show() {{
            until [[ -e go ]]; do cat room; done
            until [[ -e enough ]]; do cat film; done
        }}
        shown_enough() {{ (($(tail -c +$((begin + 1)) seen | tr -cd h | wc -c) > {HIDDEN})); }}
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
        begin=$(stat -c %s seen)
        echo $begin
        touch go
        within 400 shown_enough
        touch enough
        wait $camera
        unwatch"
    );
    let guest = Guest::new().loopback_version(LoopbackVersion::New).file("room", room).file("film", &film);
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
    assert!(count('h') > HIDDEN, "hardly any frame of the film: {letters}");
}
