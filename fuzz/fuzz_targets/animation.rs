#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    gpucam::internals::fuzz::run("animation", bytes);
});
