//! Everything that gpucam chooses per adapter or driver, in one value.
//!
//! Only [`Tuning::for_adapter`] looks at the type and driver of an adapter. Passes, the engine and the
//! benchmark receive the result through [`super::Gpu::tuning`] and never query the device themselves, so a
//! test can run one adapter's choices on another. A choice changes speed. Three may
//! also change the picture: [`ValueFormat`] moves a mask by up to 0.006, `measure_quality` lets live use choose low
//! quality, and `look_twice` lets the default look at the person once more.
//!
//! `space.rs` beside this file has the values that `gpucam tune` tries for the fields that are questions of speed.

use std::{fmt, fs, path::Path, str::FromStr};

use serde::{Deserialize, Serialize};

/// The choices for an adapter: a profile, or a profile with some fields replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// Compile every pipeline on several threads before the first frame. Pays off if the driver compiles a
    /// pipeline at its first dispatch, as llvmpipe does; other drivers compile when the pipeline is created.
    pub precompile: bool,
    /// Measure at the start of live use whether low quality is faster: only software Vulkan may be slower
    /// than a camera.
    pub measure_quality: bool,
    /// Keep the device open, with its compiled shaders, while nothing uses it. Software Vulkan compiles for most of
    /// a second when it is opened again, and no GPU rests meanwhile.
    pub keep_open: bool,
    /// Look twice at a frame by default: only software Vulkan has no time for that.
    pub look_twice: bool,
    /// How long the GPU may take for a frame before it counts as hung, in milliseconds, 100..=600000. Software
    /// Vulkan shares the processor with everything else, so it gets more.
    pub patience: u32,
    /// Whether `--learn-room auto` learns the room: five more passes, which software Vulkan has no time for.
    pub learn_room: bool,
    /// Whether processor and GPU share their memory, so that a frame is written where shaders read it, without a
    /// copy on the GPU. Across a bus, every read by a shader would cross it.
    pub shares_memory: bool,
    /// Tune while nobody watches, if nothing was kept for the adapter: software Vulkan is busy with everything else.
    pub tune_idle: bool,
    /// How passes divide their work among threads.
    pub passes: PassTuning,
    /// How the engine divides the network into kernels.
    pub kernels: KernelTuning,
    /// How much work `gpucam bench` measures.
    pub bench: BenchTuning,
}

/// How passes divide their work among threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassTuning {
    /// Whether `alpha` and what draws the background take four YUYV words of a row at once, where rows allow
    /// it: llvmpipe idiom 9. The neighbouring threads of a GPU read neighbouring words together anyway, and
    /// with one word a thread needs a third of the registers.
    pub wide_strips: bool,
    /// Strips per thread of `alpha`, 1..=16. The lanes of a CPU vector wait for the slowest one; with more
    /// strips per lane, the lanes differ less. A GPU needs many threads instead.
    pub alpha_strips: u32,
    /// Most rows in a strip of `composite`, 1..=64. A strip is at most as high as a texel of the blurred
    /// background.
    pub composite_rows: u32,
    /// Strips per thread of `composite`, given as the pixels of a column of square texels, 1..=1024; at least
    /// one strip.
    pub composite_pixels: u32,
    /// Mask tiles that a workgroup lists before it computes, 1..=8; it skips the saturated ones. For drivers
    /// that run both sides of every branch: llvmpipe idiom 11. More than 1 leaves a GPU too few workgroups.
    pub tiles: u32,
    /// Unroll the sums over 11×11 windows: llvmpipe idiom 4, and idiom 13 for drivers that compile a loop
    /// five times as fast.
    pub unroll_windows: bool,
    /// Take rows of workgroups in an interleaved order: llvmpipe idiom 15.
    pub interleave_rows: bool,
}

/// How the engine divides the network into kernels, and kernels into threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KernelTuning {
    /// Whether several nodes may share a kernel.
    pub fuse: bool,
    /// Whether the kernel of a window also multiplies the matrix that the window reads, if the whole grid
    /// fits into workgroup memory: one dispatch fewer.
    pub fuse_expand: bool,
    /// Most workgroups that may each repeat the computation of a gate, to save a dispatch; at least 1.
    pub gate_repeats: usize,
    /// Most 4×4 blocks of weights in a kernel's WGSL, 1..=256; half as many again for two matrices. More blocks read
    /// less memory and take longer to compile.
    pub weight_blocks: usize,
    /// The same for a kernel with a window, 1..=768. A read of the window counts as three blocks.
    pub window_blocks: usize,
    /// Most groups of four output channels of one matrix per thread, 2..=64.
    pub output_groups: usize,
    /// Most groups of four input channels that a matrix reads before it multiplies them, 1..=256. Fewer take fewer
    /// registers; with more, more reads are on their way at once.
    pub input_groups: usize,
    /// Most pixels per thread, 1..=8.
    pub pixels: usize,
    /// Threads per workgroup on large grids, a multiple of 8, 16..=256.
    pub workgroup_threads: usize,
    /// Fewest threads per workgroup, on the smallest grids, a multiple of 8, 16..=256. What is left of a GPU's wave of 32
    /// or 64 lanes is idle.
    pub least_threads: usize,
    /// Where kernels take their weights from.
    pub weights: WeightSource,
    /// Whether all threads of a workgroup share in each sum of a gate, in text without loops. Else a thread makes
    /// a sum in a loop, whose text many layers share, which compiles sooner.
    pub split_gates: bool,
    /// Whether values are stored in textures instead of buffers: since about Mesa 23, llvmpipe compiles a
    /// buffer read to a branch per lane and channel, and the network takes five times as long as with
    /// textures.
    pub textures: bool,
    /// How values of more than one pixel are stored.
    pub values: ValueFormat,
}

/// Where a kernel takes its weights from, which all threads of a workgroup read alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WeightSource {
    /// Each workgroup copies them to its memory first, which a CPU reads faster.
    Workgroup,
    /// Read where they lie, by one load for all threads, which GPUs have scalar registers and a cache for.
    Uniform,
    /// Numbers in the WGSL, which a driver then compiles for each layer; as `Uniform` where a dispatch divides its output
    /// channels among workgroups. For drivers that check every read: SwiftShader.
    Text,
}

/// How the engine stores values between kernels. Registers and sums are f32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueFormat {
    /// Four channels per read.
    F32,
    /// Eight channels per read, 15 bits each, with one exponent: half the bytes of f32, and a quarter of the
    /// error of f16, which changed a mask by up to 0.028.
    SharedExponent,
}

/// How much work `gpucam bench` measures, so that a run takes minutes on any adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BenchTuning {
    /// Bytes that the copy test moves: more than a cache holds, at most what every adapter can bind (128
    /// MiB).
    pub copy_bytes: u32,
    /// Threads of the arithmetic test.
    pub arithmetic_threads: u32,
    /// Pixels in all frames of a case; a case has 8 to `most_frames` frames.
    pub pixels: u64,
    /// Most frames of a case.
    pub most_frames: u32,
    /// How many of the usual sizes to measure by default, smallest first, 1..=4.
    pub sizes: u32,
}

/// A named set of choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Software Vulkan: llvmpipe of Mesa before 23.
    Software,
    /// llvmpipe of Mesa 23 and newer, where reads of buffers and of workgroup memory compile slowly.
    SoftwareMesa23,
    /// SwiftShader, which compiles a pipeline when it is created, one at a time, and checks every read for every lane.
    SwiftShader,
    /// Hardware.
    Gpu,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Self; 4] = [Self::Software, Self::SoftwareMesa23, Self::SwiftShader, Self::Gpu];

    /// The profile for an adapter.
    pub fn for_adapter(info: &wgpu::AdapterInfo) -> Self {
        match info.device_type {
            wgpu::DeviceType::Cpu => match mesa_major_version(&info.driver_info) {
                Some(23..) => Self::SoftwareMesa23,
                Some(_) => Self::Software,
                None => Self::SwiftShader,
            },
            _ => Self::Gpu,
        }
    }

    /// Its name, as [`FromStr`] reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Software => "software",
            Self::SoftwareMesa23 => "software-mesa23",
            Self::SwiftShader => "swiftshader",
            Self::Gpu => "gpu",
        }
    }

    /// Its choices.
    pub const fn tuning(self) -> Tuning {
        // A thread is one lane of a vector of eight, and a read costs as much as forty additions.
        let software = Tuning {
            precompile: true,
            measure_quality: true,
            keep_open: true,
            look_twice: false,
            patience: 10_000,
            learn_room: false,
            shares_memory: false,
            tune_idle: false,
            passes: PassTuning {
                wide_strips: true,
                alpha_strips: 8,
                composite_rows: 64,
                composite_pixels: 256,
                tiles: 8,
                unroll_windows: true,
                interleave_rows: true,
            },
            kernels: KernelTuning {
                fuse: true,
                fuse_expand: true,
                gate_repeats: 18,
                weight_blocks: 64,
                window_blocks: 192,
                output_groups: 8,
                input_groups: 256,
                pixels: 6,
                workgroup_threads: 64,
                least_threads: 16,
                weights: WeightSource::Workgroup,
                split_gates: false,
                textures: false,
                values: ValueFormat::SharedExponent,
            },
            bench: BenchTuning {
                copy_bytes: 32 << 20,
                arithmetic_threads: 1 << 14,
                pixels: 48_000_000,
                most_frames: 60,
                sizes: 2,
            },
        };
        match self {
            Self::Software => software,
            // Smaller blocks are as fast there and compile sooner.
            Self::SoftwareMesa23 => Tuning {
                passes: PassTuning { unroll_windows: false, ..software.passes },
                kernels: KernelTuning {
                    fuse_expand: false,
                    gate_repeats: 36,
                    pixels: 1,
                    textures: true,
                    ..software.kernels
                },
                ..software
            },
            // A GPU's kernels, but with weights in the text, outputs that are not divided among workgroups, and two pixels
            // for what a thread reads.
            Self::SwiftShader => Tuning {
                precompile: false,
                passes: PassTuning { unroll_windows: false, ..software.passes },
                kernels: KernelTuning {
                    fuse_expand: false,
                    weight_blocks: 256,
                    output_groups: 32,
                    pixels: 2,
                    weights: WeightSource::Text,
                    split_gates: false,
                    ..Self::Gpu.tuning().kernels
                },
                ..software
            },
            // Many threads wait for memory: little work for each, in few registers.
            Self::Gpu => Tuning {
                precompile: false,
                measure_quality: false,
                keep_open: false,
                look_twice: true,
                patience: 2_000,
                learn_room: true,
                shares_memory: false,
                tune_idle: true,
                passes: PassTuning {
                    wide_strips: false,
                    alpha_strips: 1,
                    composite_rows: 8,
                    composite_pixels: 1,
                    tiles: 1,
                    unroll_windows: true,
                    interleave_rows: false,
                },
                kernels: KernelTuning {
                    gate_repeats: 144,
                    weight_blocks: 60,
                    output_groups: 4,
                    input_groups: 12,
                    pixels: 1,
                    least_threads: 64,
                    weights: WeightSource::Uniform,
                    split_gates: true,
                    values: ValueFormat::F32,
                    ..software.kernels
                },
                bench: BenchTuning {
                    copy_bytes: 128 << 20,
                    arithmetic_threads: 1 << 20,
                    pixels: 1 << 40,
                    most_frames: 600,
                    sizes: 4,
                },
            },
        }
    }
}

impl Tuning {
    /// The default choices for an adapter.
    pub fn for_adapter(info: &wgpu::AdapterInfo) -> Self {
        let shares_memory = info.device_type == wgpu::DeviceType::IntegratedGpu;
        let profile = Profile::for_adapter(info);
        let tuning = profile.tuning();
        Self { shares_memory: shares_memory || tuning.shares_memory, ..tuning }
    }

    /// Reads a TOML file: `profile = "gpu"`, and any fields of it replaced, such as `[passes]` with `tiles =
    /// 4`.
    ///
    /// # Errors
    /// One sentence that names the file and the fault.
    pub fn open(path: &Path) -> Result<Self, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::from_toml(&text).map_err(|why| format!("{}: {why}", path.display()))
    }

    /// The same from the text of such a file.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let mut given: toml::Table =
            text.parse().map_err(|error: toml::de::Error| error.message().to_string())?;
        // What `gpucam tune` says of its measurement.
        given.remove("measured");
        let profile =
            given.remove("profile").ok_or("it names no profile; begin it with: profile = \"gpu\"")?;
        let profile: Profile = profile.as_str().unwrap_or_default().parse()?;
        let mut all = toml::Table::try_from(profile.tuning()).map_err(|error| error.to_string())?;
        for (key, value) in given {
            match (all.get_mut(&key), value) {
                (Some(toml::Value::Table(fields)), toml::Value::Table(given)) => fields.extend(given),
                (_, value) => drop(all.insert(key, value)),
            }
        }
        let tuning: Self = all.try_into().map_err(|error: toml::de::Error| error.message().to_string())?;
        tuning.check()
    }

    /// Refuses values out of range.
    pub(super) fn check(self) -> Result<Self, String> {
        let Self { passes, kernels, bench, .. } = &self;
        let ranges = [
            ("patience", u64::from(self.patience), 100, 600_000),
            ("passes.alpha_strips", u64::from(passes.alpha_strips), 1, 16),
            ("passes.composite_rows", u64::from(passes.composite_rows), 1, 64),
            ("passes.composite_pixels", u64::from(passes.composite_pixels), 1, 1024),
            ("passes.tiles", u64::from(passes.tiles), 1, 8),
            ("kernels.gate_repeats", kernels.gate_repeats as u64, 1, 1 << 20),
            ("kernels.weight_blocks", kernels.weight_blocks as u64, 1, 256),
            ("kernels.window_blocks", kernels.window_blocks as u64, 1, 768),
            ("kernels.output_groups", kernels.output_groups as u64, 2, 64),
            ("kernels.input_groups", kernels.input_groups as u64, 1, 256),
            ("kernels.pixels", kernels.pixels as u64, 1, 8),
            ("kernels.least_threads", kernels.least_threads as u64, 16, 256),
            ("kernels.workgroup_threads", kernels.workgroup_threads as u64, 16, 256),
            ("bench.copy_bytes", u64::from(bench.copy_bytes), 1 << 12, 128 << 20),
            ("bench.arithmetic_threads", u64::from(bench.arithmetic_threads), 1, 1 << 22),
            ("bench.most_frames", u64::from(bench.most_frames), 8, 100_000),
            ("bench.sizes", u64::from(bench.sizes), 1, 4),
        ];
        if let Some((name, value, least, most)) =
            ranges.iter().find(|(_, value, least, most)| !(*least..=*most).contains(value))
        {
            return Err(format!("{name} is {value}; give {least} to {most}"));
        }
        // Sums go in steps of 8.
        let threads =
            [("least_threads", kernels.least_threads), ("workgroup_threads", kernels.workgroup_threads)];
        match threads.iter().find(|(_, count)| !count.is_multiple_of(8)) {
            None => Ok(self),
            Some((name, count)) => Err(format!("kernels.{name} is {count}; give a multiple of 8")),
        }
    }
}

impl FromStr for Tuning {
    type Err = String;

    /// A profile's name, or the path of a file for [`Tuning::open`].
    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<Profile>() {
            Ok(profile) => Ok(profile.tuning()),
            Err(_) if text.contains(['.', '/']) => Self::open(Path::new(text)),
            Err(why) => Err(format!("{why}, or the path of a .toml file")),
        }
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = Self::ALL.map(Self::name).join(", ");
        let found = Self::ALL.into_iter().find(|profile| profile.name() == text);
        found.ok_or_else(|| format!("there is no profile '{text}'; choose one of {names}"))
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Mesa's major version: 22 in "Mesa 22.3.6 (LLVM 15.0.6)".
fn mesa_major_version(driver_info: &str) -> Option<u32> {
    driver_info.strip_prefix("Mesa ")?.split('.').next()?.parse().ok()
}
