//! The check of JPEGs with what another encoder writes: every sampling, odd sizes, its own Huffman tables.

use std::fs;

use gpucam::internals::video::jpeg::{JpegCoding, JpegFault, check, with_tables};
use libtest_mimic::Trial;

use super::{
    ffmpeg::{make, with_ffmpeg},
    folder,
};

pub(super) fn trials() -> Vec<Trial> {
    vec![with_ffmpeg("video::jpeg::other_encoders_are_understood", other_encoders_are_understood)]
}

fn other_encoders_are_understood() {
    let folder = folder();
    let path = folder.path().join("a.jpg");
    let mut count = 0;
    for pixels in ["yuvj420p", "yuvj422p", "yuvj444p", "gray"] {
        for (size, quality, tables) in
            [("640x360", "2", "default"), ("322x181", "10", "optimal"), ("17x13", "31", "optimal")]
        {
            let source = format!("testsrc2=s={size},noise=alls=20");
            make(
                &path,
                &[&source, "-frames:v", "1", "-pix_fmt", pixels, "-q:v", quality, "-huffman", tables],
            );
            let bytes = fs::read(&path).unwrap();
            let what = format!("{pixels} {size} {tables}");
            assert_eq!(check(&bytes), Ok(JpegCoding::Sequential), "{what}");
            assert_eq!(check(&with_tables(&bytes)), Ok(JpegCoding::Sequential), "{what}");
            // Cut where its data are: the last fifth is far behind all headers, except in the tiniest.
            for part in 80..100 {
                let cut = &bytes[..bytes.len() * part / 100];
                let refused = check(cut);
                assert_eq!(refused, Err(JpegFault::CutOff), "{what}, {part} %");
            }
            count += 1;
        }
    }
    note!("{count} pictures");
}
