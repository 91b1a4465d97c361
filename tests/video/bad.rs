//! Bad files and names: each error is one sentence that names the file or flag and what to do.

use std::{fs, path::Path};

use gpucam::internals::{
    Size,
    cli::hint::sentence,
    video::{FIRST_FRAME, InputOptions, open_sink, open_source},
};
use libtest_mimic::Trial;

use super::{all, folder, format, noise, write};
use crate::support::{Files, needs, test};

pub(super) fn trials() -> Vec<Trial> {
    vec![
        test("video::bad::inputs", inputs),
        test("video::bad::outputs", outputs),
        test("video::bad::a_cut_y4m_gives_its_whole_frames", a_cut_y4m_gives_its_whole_frames),
        test("video::bad::a_cut_picture", a_cut_picture),
        test("video::bad::a_damaged_jpeg", a_damaged_jpeg),
        needs(&[Files::Field], test("video::bad::frames_from_the_field", frames_from_the_field)),
        test("video::bad::noise_never_panics", noise_never_panics),
    ]
}

/// The error of opening the file and reading it to the end.
fn refusal(path: &Path, size: Option<Size>) -> String {
    let read =
        open_source(path, &InputOptions { size, ..InputOptions::default() }).and_then(|mut s| all(&mut *s));
    sentence(&read.map(|f| f.len()).expect_err(&format!("{} was read", path.display())))
}

/// Checks that the error is one sentence that contains these words.
fn check(e: &str, words: &[&str]) {
    assert!(!e.contains('\n') && e.len() < 400 && !e.ends_with('.'), "not one line: {e}");
    assert!(e.contains([';', ':', ',']), "no next step: {e}");
    for word in words {
        assert!(e.contains(word), "no '{word}' in: {e}");
    }
}

fn inputs() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder.png")).unwrap();
    for name in ["empty.png", "empty.y4m", "empty.yuyv", "empty.mp4"] {
        fs::write(at(name), "").unwrap();
        check(&refusal(&at(name), Some(Size::new(4, 2))), &[name, "the file is empty"]);
    }
    for name in ["none.png", "none.y4m", "none.yuyv", "none.mp4", "none"] {
        check(&refusal(&at(name), Some(Size::new(4, 2))), &[name, "no such file", "check the name"]);
    }
    check(&refusal(&at("folder.png"), None), &["folder.png", "it is a folder"]);

    fs::write(at("text.png"), "not a picture at all").unwrap();
    check(&refusal(&at("text.png"), None), &["text.png", "not a picture", "PNG, JPEG or WebP"]);
    fs::write(at("gif.png"), b"GIF89a\x01\0\x01\0\0\0\0;").unwrap();
    check(&refusal(&at("gif.png"), None), &["gif.png", "not a picture"]);

    fs::write(at("a.yuyv"), vec![0; 1843200]).unwrap();
    check(&refusal(&at("a.yuyv"), None), &["a.yuyv", "--size 1280x720"]);
    let e = refusal(&at("a.yuyv"), Some(Size::new(1000, 720)));
    check(
        &e,
        &["a.yuyv", "403200 bytes left over after 1 frame of 1000x720", "--size 1280x720", "would fit"],
    );
    fs::write(at("b.yuyv"), vec![0; 1843201]).unwrap();
    check(
        &refusal(&at("b.yuyv"), Some(Size::new(1280, 720))),
        &["1 byte left over", "whether the file is whole"],
    );

    for (size, words) in [
        (Size::new(1279, 720), "odd width"),
        (Size::new(0, 720), "is empty"),
        (Size::new(1280, 0), "is empty"),
        (Size::new(15360, 8640), "larger than 8192"),
        (Size::new(u32::MAX - 1, u32::MAX), "larger than 8192"),
    ] {
        for name in ["a.yuyv", "text.png", "none.mp4", "-", "none.y4m"] {
            check(&refusal(&at("").join(name), Some(size)), &[&size.to_string(), words, "--size"]);
        }
    }

    for (text, words) in [
        ("YUV4MPEG2 W4 H2 F25:1 C420p10\n", &["C420p10", "ffmpeg -i"][..]),
        ("YUV4MPEG2 W4 H2 F25:1 C411\n", &["C411", "8-bit C420"]),
        ("YUV4MPEG2 W4 H2 F25:1 C444alpha\n", &["C444alpha"]),
        ("YUV4MPEG2 W4 F25:1\n", &["no height"]),
        ("YUV4MPEG2 W-4 H2\n", &["W-4"]),
        ("YUV4MPEG2 W99999999999999999999 H2\n", &["is no size"]),
        ("YUV4MPEG2 W4294967294 H4294967294\n", &["larger than 8192"]),
        ("YUV4MPEG2 W1 H1\n", &["odd width"]),
        ("YUV4MPEG2 W4 H2 F25\n", &["F25"]),
        ("YUV4MPEG2\n", &["no width"]),
        ("YUV4MPEG2", &["no width"]),
        ("JPEG4MPEG2 W4 H2\n", &["begin with YUV4MPEG2"]),
        ("YUV4MPEG2 W4 H2 C422\nGRAME\n0123456789abcdef", &["frame 1 does not begin with FRAME"]),
        ("YUV4MPEG2 W4 H2 C422\nFRAMES\n0123456789abcdef", &["does not begin with FRAME"]),
        ("YUV4MPEG2 W4 H2 C422\nFRAME\n0123456789abcde", &["cut off inside frame 1"]),
        (
            "YUV4MPEG2 W4 H2 C422\nFRAME\n0123456789abcdefFRA",
            &["cut off inside frame 2", "after 1 whole frame;"],
        ),
    ] {
        fs::write(at("a.y4m"), text).unwrap();
        let e = refusal(&at("a.y4m"), None);
        check(&e, words);
        assert!(e.contains("a.y4m") || e.contains("--size"), "{e}");
    }
}

fn outputs() {
    let folder = folder();
    let size = Size::new(4, 2);
    let open =
        |path: &Path| sentence(&open_sink(path, format(size), FIRST_FRAME, None).err().expect("opened"));
    for name in ["a", "a.avi", "a.bmp", "a.npy"] {
        let e = open(&folder.path().join(name));
        check(&e, &[name, ".png", ".jpg", ".webp", ".y4m", ".yuyv", "-"]);
    }
    fs::create_dir(folder.path().join("folder.png")).unwrap();
    fs::create_dir(folder.path().join("folder.y4m")).unwrap();
    for ending in ["png", "jpg", "webp", "y4m", "yuyv"] {
        let absent = folder.path().join("none").join(format!("a.{ending}"));
        check(&open(&absent), &["cannot write", "there is no folder", "mkdir -p"]);
    }
    check(&open(&folder.path().join("folder.png")), &["folder.png", "it is a folder"]);
    check(&open(&folder.path().join("folder.y4m")), &["folder.y4m", "it is a folder"]);
    // A folder in which not even root may write.
    for name in ["/proc/a.png", "/proc/a.y4m"] {
        check(&open(Path::new(name)), &[name, "cannot write", "/proc takes no new files"]);
    }
    let e = open_sink(Path::new("a.png"), format(Size::new(3, 2)), FIRST_FRAME, None).err().unwrap();
    check(&sentence(&e), &["odd width"]);

    // A stream that would overwrite its own input under another name.
    let path = folder.path().join("a.y4m");
    write(&path, format(size), &[noise(16, 1)]);
    std::os::unix::fs::symlink(&path, folder.path().join("b.y4m")).unwrap();
    let before = fs::read(&path).unwrap();
    let e = open_sink(&folder.path().join("b.y4m"), format(size), FIRST_FRAME, Some(&path)).err().unwrap();
    check(&sentence(&e), &["b.y4m", "is the input and the output"]);
    assert_eq!(fs::read(&path).unwrap(), before, "and it is still whole");
}

fn a_cut_y4m_gives_its_whole_frames() {
    let folder = folder();
    let path = folder.path().join("a.y4m");
    let size = Size::new(8, 4);
    let frames: Vec<_> = (0..3).map(|i| noise(size.yuyv_bytes(), i)).collect();
    write(&path, format(size), &frames);
    let whole = fs::read(&path).unwrap();
    let header = whole.iter().position(|&b| b == b'\n').unwrap() + 1;
    for length in header..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let mut source = open_source(&path, &InputOptions::default()).unwrap();
        let (count, rest) = ((length - header) / 70, (length - header) % 70);
        for frame in &frames[..count] {
            assert_eq!(source.next().unwrap(), Some(&frame[..]));
        }
        match source.next() {
            Ok(None) => assert!(rest == 0 && count > 0, "a cut at {length} went unseen"),
            Ok(Some(_)) => panic!("a frame from nothing at {length}"),
            Err(e) if length == header => check(&sentence(&e), &["a.y4m", "no frame"]),
            Err(e) => {
                assert_ne!(rest, 0, "a whole frame refused at {length}: {e}");
                check(&sentence(&e), &["a.y4m", "cut off", &format!("frame {}", count + 1)]);
            }
        }
    }
}

fn a_cut_picture() {
    let folder = folder();
    let size = Size::new(64, 32);
    for name in ["a.png", "a.webp", "a.jpg"] {
        let path = folder.path().join(name);
        write(&path, format(size), &[noise(size.yuyv_bytes(), 1)]);
        let whole = fs::read(&path).unwrap();
        let mut cut_off = 0;
        // The last two bytes of a JPEG are its end marker, without which all of it is there.
        let lengths: Vec<usize> = (1..whole.len() - 2).step_by(whole.len() / 64 + 1).collect();
        for &length in &lengths {
            fs::write(&path, &whole[..length]).unwrap();
            let e = refusal(&path, None);
            check(&e, &[name]);
            cut_off += usize::from(e.contains(&format!("{name} is cut off; ")));
        }
        note!("{name}: {cut_off} of {} are said to be cut off", lengths.len());
        assert!(name != "a.jpg" || cut_off + 1 >= lengths.len(), "{name}: {cut_off} of {}", lengths.len());
    }
}

/// A decoder of JPEG shows what is damaged as grey or as coloured blocks.
fn a_damaged_jpeg() {
    let folder = folder();
    let path = folder.path().join("a.jpg");
    let size = Size::new(64, 32);
    write(&path, format(size), &[noise(size.yuyv_bytes(), 1)]);
    let whole = fs::read(&path).unwrap();
    assert!(open_source(&path, &InputOptions::default()).is_ok(), "the control");
    let middle = whole.len() * 2 / 3;
    for damaged in [
        [&whole[..middle], &[0; 300], &whole[middle + 300..]].concat(),
        [&whole[..middle], &whole[middle + 300..]].concat(),
        [&whole[..middle], &[0xFF, 0xD9], &whole[middle..]].concat(),
    ] {
        fs::write(&path, &damaged).unwrap();
        let e = refusal(&path, None);
        check(&e, &["a.jpg is "]);
        assert!(e.contains("is damaged (") || e.contains("is cut off;"), "{e}");
        assert!(image::open(&path).is_ok(), "the decoder alone notices it too");
    }
}

fn frames_from_the_field() {
    let file = |name: &str| Files::Field.path(name);
    check(&refusal(&file("truncated-640x360.jpg"), None), &["truncated-640x360.jpg is cut off; "]);
    for name in ["camera", "grey", "junk-before-restart", "padded", "restart"] {
        let path = file(&format!("{name}-640x360.jpg"));
        let source = open_source(&path, &InputOptions::default()).unwrap();
        assert_eq!(source.format().size, Size::new(640, 360));
    }
}

fn noise_never_panics() {
    let folder = folder();
    let heads: [&[u8]; 5] =
        [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"RIFF\x10\0\0\0WEBP", b"YUV4MPEG2 W8 H8\n"];
    for (i, head) in heads.iter().enumerate() {
        for seed in 0..20 {
            for name in ["a.png", "a.y4m", "a.yuyv"] {
                let path = folder.path().join(name);
                fs::write(&path, [head, &noise(777, seed * 5 + i as u64)[..]].concat()).unwrap();
                check(&refusal(&path, Some(Size::new(8, 8))), &[name]);
            }
        }
    }
}
