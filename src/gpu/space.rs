//! The fields of a [`Tuning`] that `gpucam tune` may change, and the values that it tries.

use std::fmt;

use super::{
    limits::MOST_TEXTURES,
    tuning::{Tuning, WeightSource},
};

/// A field of [`PassTuning`](super::tuning::PassTuning) or [`KernelTuning`](super::tuning::KernelTuning) that
/// `gpucam tune` may change, with the values worth trying.
#[derive(Clone, Copy, Debug)]
pub struct Tunable {
    /// Its name in a file: `passes.tiles`.
    pub name: &'static str,
    /// Whether it changes the network's dispatches, or else the other passes'.
    pub is_of_network: bool,
    /// In ascending order.
    pub choices: &'static [Choice],
}

/// A value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Of a switch.
    Is(bool),
    /// Of a number.
    Count(u32),
    /// Of a list of words.
    Word(&'static str),
}

const SWITCH: &[Choice] = &[Choice::Is(false), Choice::Is(true)];

macro_rules! counts {
    ($($number:literal)*) => { &[$(Choice::Count($number)),*] };
}
macro_rules! words {
    ($($word:literal)*) => { &[$(Choice::Word($word)),*] };
}

/// What may be tried, in the order in which it is: what takes the least time to compile and usually brings most comes
/// first. A field that is not here changes what is asked of the picture, or is no question of speed. `kernels.fuse`
/// is for tests.
pub const SPACE: &[Tunable] = &{
    const fn passes(name: &'static str, choices: &'static [Choice]) -> Tunable {
        Tunable { name, is_of_network: false, choices }
    }
    const fn network(name: &'static str, choices: &'static [Choice]) -> Tunable {
        Tunable { name, is_of_network: true, choices }
    }
    [
        passes("passes.tiles", counts![1 2 4 8]),
        passes("passes.wide_strips", SWITCH),
        passes("passes.alpha_strips", counts![1 2 4 8]),
        network("kernels.least_threads", counts![16 32 64 128]),
        network("kernels.output_groups", counts![2 4 8 16 32]),
        network("kernels.input_groups", counts![8 12 16 256]),
        passes("passes.composite_rows", counts![2 4 8 16 64]),
        passes("passes.composite_pixels", counts![1 16 64 256]),
        network("kernels.pixels", counts![1 2 4 6]),
        network("kernels.workgroup_threads", counts![32 64 128 256]),
        network("kernels.gate_repeats", counts![1 8 18 36 72 144]),
        passes("passes.interleave_rows", SWITCH),
        passes("passes.unroll_windows", SWITCH),
        network("kernels.weight_blocks", counts![24 48 60 64 96]),
        network("kernels.window_blocks", counts![72 144 192]),
        network("kernels.split_gates", SWITCH),
        network("kernels.weights", words!["workgroup" "uniform" "text"]),
        network("kernels.fuse_expand", SWITCH),
        network("kernels.values", words!["f32" "shared-exponent"]),
        network("kernels.textures", SWITCH),
    ]
};

impl Tunable {
    /// Its value.
    pub fn of(&self, tuning: &Tuning) -> Choice {
        let all = toml::Table::try_from(tuning).expect("plain data");
        let (part, field) = self.path();
        match &all[part][field] {
            toml::Value::Boolean(is) => Choice::Is(*is),
            toml::Value::Integer(number) => Choice::Count(u32::try_from(*number).unwrap_or_default()),
            value => {
                let is_it = |choice: &&Choice| choice.to_toml() == *value;
                *self.choices.iter().find(is_it).expect("every word is a choice")
            }
        }
    }

    /// The tuning with another value of this field; none if the adapter's limits or [`Tuning::open`] refuse it.
    pub fn set(&self, tuning: &Tuning, choice: Choice, limits: &wgpu::Limits) -> Option<Tuning> {
        let mut all = toml::Table::try_from(tuning).ok()?;
        let (part, field) = self.path();
        all.get_mut(part)?.as_table_mut()?.insert(field.into(), choice.to_toml());
        let tuning: Tuning = all.try_into().ok()?;
        tuning.check().ok().filter(|tuning| tuning.fits(limits))
    }

    /// Table and key.
    pub fn path(&self) -> (&'static str, &'static str) {
        self.name.split_once('.').expect("a table and a key")
    }
}

impl Choice {
    /// As a file has it.
    fn to_toml(self) -> toml::Value {
        match self {
            Self::Is(is) => is.into(),
            Self::Count(number) => i64::from(number).into(),
            Self::Word(word) => word.into(),
        }
    }

    /// As a file writes it.
    pub fn to_toml_text(self) -> String {
        if let Self::Word(_) = self { format!("\"{self}\"") } else { self.to_string() }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(is) => is.fmt(f),
            Self::Count(number) => number.fmt(f),
            Self::Word(word) => word.fmt(f),
        }
    }
}

impl Tuning {
    /// Whether an adapter with these limits can run it and its driver compiles it in seconds. Kernels take no more workgroup
    /// memory than every adapter has.
    pub fn fits(&self, limits: &wgpu::Limits) -> bool {
        let threads = self.kernels.workgroup_threads.max(self.kernels.least_threads) as u64;
        let most = limits.max_compute_invocations_per_workgroup.min(limits.max_compute_workgroup_size_x);
        threads <= u64::from(most)
            && self.kernels.least_threads <= self.kernels.workgroup_threads
            // llvmpipe, which wants pipelines compiled beforehand, compiles a text with weights for minutes.
            && !(self.precompile && self.kernels.weights == WeightSource::Text)
            && (!self.kernels.textures || limits.max_storage_textures_per_shader_stage >= MOST_TEXTURES)
    }
}
