//! From a camera to a loopback device: colours, sizes, timestamps, and the hidden background.

use libtest_mimic::Trial;

use crate::{
    frames::{BARS, MARK, Seen, Size, arrivals, bar_error, bars, bt601, rising, seen, split, yuyv},
    guest::{Guest, GuestOutput, LoopbackVersion, guest_test, model_test},
};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for version in LoopbackVersion::BOTH {
        for format in ["yuyv", "nv12", "mjpg"] {
            let name = format!("camera::none_{format}_to_{}", version.name());
            trials.push(guest_test(name, move || none(version, format)));
        }
        for format in ["yuyv", "nv12"] {
            let name = format!("camera::blur_hides_{format}_to_{}", version.name());
            trials.push(model_test(name, move || blur(version, format)));
        }
        trials.push(guest_test(format!("camera::on_demand_{}", version.name()), move || {
            on_demand(version, "", "")
        }));
        trials.push(guest_test(format!("camera::two_outputs_{}", version.name()), move || {
            two_outputs(version)
        }));
    }
    trials.push(guest_test("camera::none_at_60_fps", at_60_fps));
    trials.push(guest_test("camera::resized_without_effect", || resized("none")));
    trials.push(model_test("camera::resized_and_blurred", || resized("blur")));
    let untold = "LD_PRELOAD=$PWD/refuse REFUSE=events";
    trials.push(guest_test("camera::on_demand_without_events", move || {
        // By its version the driver tells, so the sandbox would hide who watches.
        on_demand(LoopbackVersion::New, untold, "--no-sandbox")
    }));
    trials
}

/// In codes: one for rounding in vivid or the JPEG encoder, at most one for gpucam, one if the range changes.
const TOLERANCE: f64 = 3.0;

/// Fails unless most frames show the bars, and all of them from the first that does. Slates may come before
/// it.
#[track_caller]
pub fn show_bars(consumer: &str, bytes: &[u8], size: Size, count: usize) {
    let frames = split(bytes, size.yuyv_bytes());
    assert_eq!(frames.len(), count, "{consumer}");
    let errors: Vec<f64> =
        frames.iter().map(|frame| bar_error(size, BARS.map(bt601), |x, y| yuyv(frame, size, x, y))).collect();
    let slates = errors.iter().position(|error| *error <= TOLERANCE).unwrap_or(count);
    assert!(2 * slates < count, "{consumer}: the bars come late or are wrong: off by {errors:?}");
    assert!(errors[slates..].iter().all(|error| *error <= TOLERANCE), "{consumer}: off by {errors:?}");
    note!(
        "{consumer}: {} frames, {} code(s) off",
        count - slates,
        errors[slates..].iter().fold(0.0, |a: f64, b| a.max(*b))
    );
}

/// 1280×720 without effect, read by three consumers one after the other: the newer loopback allows one reader
/// at a time.
fn none(version: LoopbackVersion, format: &str) {
    let size = Size::HD;
    let from = match format {
        // vivid has no MJPG, so ffmpeg feeds the second loopback node.
        "mjpg" => format!(
            "ffmpeg -nostdin -v error -re -stream_loop -1 -f rawvideo -pix_fmt yuyv422 -s {size} -r 30 -i bars.yuyv \
                -pix_fmt yuvj422p -c:v mjpeg -q:v 2 -f v4l2 /dev/video11 &
            from=/dev/video11
            within 240 streams $from"
        ),
        _ => format!("camera /dev/video0 {size} {} 1; from=/dev/video0", format.to_uppercase()),
    };
    let script = format!(
        "{from}
        producer --camera $from --format {format} --size {size} --output /dev/video10 --effect none
        within 240 streams /dev/video10
        within 240 lit /dev/video10
        capture /dev/video10 30 v4l2-ctl
        capture_ffmpeg /dev/video10 30 ffmpeg
        capture_gstreamer /dev/video10 30 gstreamer
        arrivals /dev/video10 4 times"
    );
    let ended = Guest::new()
        .loopback_version(version)
        .arrivals()
        .file("bars.yuyv", &bars(size))
        .run(&script)
        .success();
    for consumer in ["v4l2-ctl", "ffmpeg", "gstreamer"] {
        show_bars(consumer, &ended.bytes(&format!("{consumer}.raw")), size, 30);
    }
    paced(version, &ended);
}

/// Timestamps rise. The frame rate is printed and not checked: machines differ.
#[track_caller]
pub fn paced(version: LoopbackVersion, ended: &GuestOutput) {
    let mut times: Vec<_> =
        arrivals(&ended.text("times")).into_iter().map(|(count, at, _)| (count, at)).collect();
    assert!(times.len() >= 5, "{} frames", times.len());
    // When a reader requests buffers, 0.13 stamps the existing ones with the time of the request (its
    // init_buffers), and the reader receives one of them.
    if version == LoopbackVersion::Old {
        times.remove(0);
    }
    assert!(rising(&times), "times do not rise: {times:?}");
    let (first, last) = (times[0], times[times.len() - 1]);
    note!("{:.1} fps", (times.len() - 1) as f64 / (last.1 - first.1));
}

/// 1280×720 at 60 frames per second: prints the rate of the camera alone and of the consumer.
fn at_60_fps() {
    let size = Size::HD;
    let script = format!(
        "camera /dev/video0 {size} YUYV 1
        v4l2-ctl -d0 --set-parm 60 >/dev/null
        arrivals /dev/video0 5 alone
        producer --camera /dev/video0 --size {size} --fps 60 --output /dev/video10 --effect none
        within 240 lit /dev/video10
        arrivals /dev/video10 10 times"
    );
    let ended = Guest::new().arrivals().run(&script).success();
    let alone = arrivals(&ended.text("alone"));
    let (first, last) = (alone[0], alone[alone.len() - 1]);
    print!("the camera alone {:.1} fps, through gpucam ", (alone.len() - 1) as f64 / (last.1 - first.1));
    paced(LoopbackVersion::New, &ended);
}

/// The background carries the mark, and no frame shows it. NV12 is unpacked on the GPU.
fn blur(version: LoopbackVersion, format: &str) {
    let size = Size::TINY;
    let script = format!(
        "camera /dev/video0 {size} YUYV {MARK}
        capture /dev/video0 3 room
        producer --camera /dev/video0 --format {format} --size {size} --output /dev/video10 --effect blur --offline \
            --max-mask-age 2000
        within 240 streams /dev/video10
        watch /dev/video10 {size} before
        hidden_again before
        unwatch
        capture /dev/video10 60 v4l2-ctl
        arrivals /dev/video10 10 times"
    );
    let ended = Guest::new().loopback_version(version).arrivals().run(&script).success();
    let see = |name: &str| -> Vec<Seen> {
        split(&ended.bytes(name), size.yuyv_bytes()).iter().map(|frame| seen(frame, size)).collect()
    };
    assert_eq!(see("room.raw"), [Seen::Raw; 3], "the camera does not show the mark");
    let seen = see("v4l2-ctl.raw");
    assert_eq!(seen.len(), 60);
    assert!(!seen.contains(&Seen::Raw), "the room is seen: {seen:?}");
    assert_eq!(seen[59], Seen::Hidden, "still not the room behind blur: {seen:?}");
    paced(version, &ended);
}

/// The loopback's size differs from the camera's; the input is NV12. The bars keep their places; blurred,
/// they have soft edges.
fn resized(effect: &str) {
    let (from, to) = (Size::SMALL, Size::TINY);
    let script = format!(
        "camera /dev/video0 {from} NV12 1
        producer --camera /dev/video0 --format nv12 --size {from} --output /dev/video10 --output-size {to} \
            --effect {effect} --offline
        within 240 streams /dev/video10
        v4l2-ctl -d10 --get-fmt-video >format
        within 240 lit /dev/video10
        capture /dev/video10 15 v4l2-ctl"
    );
    let ended = Guest::new().run(&script).success();
    assert!(ended.text("format").contains("320/180"), "{}", ended.text("format"));
    let bytes = ended.bytes("v4l2-ctl.raw");
    if effect == "none" {
        show_bars("v4l2-ctl", &bytes, to, 15);
    } else {
        let frames = split(&bytes, to.yuyv_bytes());
        let mean = |frame: &[u8], bar: usize| {
            let codes = (0..to.height).map(|y| yuyv(frame, to, bar * to.width / 8 + to.width / 16, y)[0]);
            codes.sum::<f64>() / to.height as f64
        };
        let last = frames[14];
        let lumas: Vec<f64> = (0..8).map(|bar| mean(last, bar)).collect();
        assert!(
            lumas.windows(2).all(|pair| pair[0] > pair[1]),
            "the bars darken from left to right: {lumas:.0?}"
        );
        note!("lumas of the bars: {lumas:.0?}");
    }
}

/// gpucam opens the camera when a consumer comes and closes it some seconds after the last one left. The
/// times after the consumer's open() and close() are printed. Drivers before 0.13 do not report consumers;
/// `environment` simulates one.
fn on_demand(version: LoopbackVersion, environment: &str, sandbox: &str) {
    const ROUNDS: usize = 5;
    let size = Size::SMALL;
    let script = format!(
        "camera /dev/video0 {size} YUYV 1
        export {environment} RUST_LOG=gpucam=info
        producer --camera /dev/video0 --size {size} --output /dev/video10 --effect none --on-demand --grace 2 {sandbox}
        unset LD_PRELOAD
        within 240 streams /dev/video10
        for round in {{1..{ROUNDS}}}; do ./ondemand /dev/video10 /dev/video0 1; done
        capture /dev/video10 90 watched"
    );
    let ended =
        Guest::new().loopback_version(version).program("ondemand").preloaded("refuse").run(&script).success();
    let said = ended.stdout();
    let times: Vec<f64> = said.split_whitespace().map(|time| time.parse().unwrap()).collect();
    assert_eq!(times.len(), 2 * ROUNDS, "{ended:?}");
    let (opened, closed): (Vec<f64>, Vec<f64>) = times.chunks(2).map(|pair| (pair[0], pair[1])).unzip();
    // Not before the grace time is over, with a tolerance of a jiffy.
    assert!(closed.iter().all(|ms| *ms > 1990.0), "given back before the grace time was over: {closed:?} ms");
    note!("opened after {opened:.0?} ms, closed after {closed:.0?} ms");
    show_bars("v4l2-ctl", &ended.bytes("watched.raw"), size, 90);
}

/// One gpucam, two loopbacks, a reader at each at the same time. On demand, a reader of either opens the camera,
/// and it closes after the last reader of both.
fn two_outputs(version: LoopbackVersion) {
    let size = Size::SMALL;
    let script = format!(
        "camera /dev/video0 {size} YUYV 1
        both='--output /dev/video10 --output /dev/video11'
        producer --camera /dev/video0 --size {size} $both --effect none
        within 240 lit /dev/video10
        within 240 lit /dev/video11
        capture /dev/video10 60 first & first=$!
        capture /dev/video11 60 second
        wait $first
        kill $producer; wait $producer || true
        attempt twice \"$GPUCAM\" --camera /dev/video0 --output /dev/video10 --output /dev/video10 --effect none
        attempt file \"$GPUCAM\" --camera /dev/video0 --output /dev/video10 --output me.y4m --effect none
        producer --camera /dev/video0 --size {size} $both --effect none --on-demand --grace 2
        within 240 streams /dev/video11
        ./ondemand /dev/video10 /dev/video0 1
        ./ondemand /dev/video11 /dev/video0 1
        # While the second is read for ten seconds, the first comes and goes.
        capture /dev/video11 300 long & long=$!
        within 240 taken /dev/video0
        capture /dev/video10 10 short
        sleep 4
        taken /dev/video0 && kill -0 $long && echo still
        wait $long"
    );
    let ended = Guest::new().loopback_version(version).program("ondemand").run(&script).success();
    for reader in ["first", "second"] {
        show_bars(reader, &ended.bytes(&format!("{reader}.raw")), size, 60);
    }
    show_bars("long", &ended.bytes("long.raw"), size, 300);
    let said = ended.stdout();
    assert!(said.trim_end().ends_with("still"), "one reader is left, and the camera was closed: {said}");
    let times: Vec<f64> = said.split_whitespace().filter_map(|time| time.parse().ok()).collect();
    assert_eq!(times.len(), 4, "{said}");
    assert!(times[1].min(times[3]) > 1990.0, "given back before the grace time was over: {times:?} ms");
    for (name, words) in [("twice", "named twice"), ("file", "me.y4m is no virtual camera")] {
        let said = ended.text(&format!("{name}.err"));
        assert!(ended.text(&format!("{name}.code")).trim() == "2" && said.contains(words), "{said}");
    }
}
