//! An effect as a person has set it: its parameters' values, and the text after `--effect` that says the same.

use std::path::PathBuf;

use crate::{
    EffectError,
    effects::{self, EffectSpec, ParamType, ParamValue, custom::UserShader},
};

/// An effect with values that may still lack a file.
#[derive(Clone, Debug)]
pub struct EffectChoice {
    /// The effect.
    pub spec: &'static EffectSpec,
    /// A value for each of its parameters; none for a file that is not chosen yet.
    pub values: Vec<Option<ParamValue>>,
    /// What a user's shader declares.
    pub declared: Vec<Declared>,
}

/// A parameter that a user's shader declares, with its value.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its key.
    pub name: String,
    /// What it is, in the words of the shader's author.
    pub summary: String,
    /// Its type, range and default.
    pub ty: ParamType,
    /// Its value.
    pub value: ParamValue,
}

impl EffectChoice {
    /// The effect with its defaults.
    pub fn new(spec: &'static EffectSpec) -> Self {
        let values = spec.parameters.iter().map(|parameter| parameter.ty.default()).collect();
        Self { spec, values, declared: Vec::new() }
    }

    /// The effect of this name with its defaults.
    ///
    /// # Panics
    /// If there is none.
    pub fn named(name: &str) -> Self {
        Self::new(EffectSpec::find(name).unwrap_or_else(|error| panic!("{error}")))
    }

    /// The effect that shows this file: a picture, a video or a shader, which is not read yet.
    pub fn of_file(path: PathBuf) -> Self {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
        let mut choice = Self::named(match ending.as_str() {
            "wgsl" => "custom",
            "png" | "jpg" | "jpeg" | "webp" => "image",
            _ => "video",
        });
        choice.values[0] = Some(ParamValue::File(path));
        choice
    }

    /// The effect that this text describes.
    ///
    /// # Errors
    /// As [`effects::values_of`].
    pub fn from_text(text: &str) -> Result<Self, EffectError> {
        let values = effects::values_of(text)?;
        let spec = EffectSpec::find(values.effect().name)?;
        let set = values.all().iter().cloned().map(Some).collect();
        let mut choice = Self { spec, values: set, declared: Vec::new() };
        choice.read_shader();
        for (key, text) in &values.extra {
            let found = choice.declared.iter_mut().find(|declared| declared.name == *key);
            if let Some(declared) = found
                && let Some(value) = declared.ty.parse(text)
            {
                declared.value = value;
            }
        }
        Ok(choice)
    }

    /// The text after `--effect`; none while a file is not chosen. Values that are the default are left out.
    pub fn text(&self) -> Option<String> {
        let mut text = self.spec.name.to_owned();
        let mut is_first = true;
        let mut put = |key: &str, value: &ParamValue, needs_key: bool| {
            let value = effects::escape(&value.to_string());
            let between = if std::mem::take(&mut is_first) { ':' } else { ',' };
            text += &match needs_key {
                true => format!("{between}{key}={value}"),
                false => format!("{between}{value}"),
            };
        };
        for (index, (parameter, value)) in self.spec.parameters.iter().zip(&self.values).enumerate() {
            let value = value.as_ref()?;
            if parameter.ty.default().as_ref() != Some(value) {
                put(parameter.name, value, index > 0);
            }
        }
        for declared in &self.declared {
            if declared.ty.default().as_ref() != Some(&declared.value) {
                put(&declared.name, &declared.value, true);
            }
        }
        Some(text)
    }

    /// Its file: the first parameter, if that is one.
    pub fn file(&self) -> Option<&PathBuf> {
        match self.values.first() {
            Some(Some(ParamValue::File(path))) => Some(path),
            _ => None,
        }
    }

    /// The file of a user's shader.
    pub fn shader(&self) -> Option<&PathBuf> {
        self.file().filter(|_| self.spec.extra_params)
    }

    /// Whether it needs a file.
    pub fn takes_file(&self) -> bool {
        matches!(self.spec.parameters.first().map(|p| p.ty), Some(ParamType::File))
    }

    /// Takes over what the shader's file declares; a value stays if its parameter does. A file with an error changes
    /// nothing.
    pub fn read_shader(&mut self) {
        let Some(Ok(shader)) = self.shader().map(|path| UserShader::open(path)) else { return };
        let parameters = shader.parameters.into_iter().filter_map(|p| {
            let default = p.ty.default()?;
            let kept = self.declared.iter().find(|old| old.name == p.name);
            let kept = kept.filter(|old| p.ty.parse(&old.value.to_string()).is_some());
            let value = kept.map_or(default, |old| old.value.clone());
            Some(Declared { name: p.name, summary: p.summary, ty: p.ty, value })
        });
        self.declared = parameters.collect();
    }

    /// Its name as a card shows it: the effect's, or its file's.
    pub fn label(&self) -> String {
        let stem = self.file().and_then(|path| path.file_stem());
        match stem {
            Some(stem) => stem.to_string_lossy().into_owned(),
            None => capitalised(self.spec.name),
        }
    }
}

/// A word with a capital.
pub fn capitalised(word: &str) -> String {
    let mut rest = word.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}

/// A number from a slider over `range`, rounded to what the hand meant.
pub fn rounded(value: f64, (least, most): (f64, f64)) -> f64 {
    let digits = decimals((least, most));
    let scale = 10f64.powi(digits as i32);
    ((value * scale).round() / scale).clamp(least, most)
}

/// Decimals that make some hundred steps of a range.
pub fn decimals((least, most): (f64, f64)) -> usize {
    (2.0 - (most - least).max(1e-9).log10().floor()).clamp(0.0, 6.0) as usize
}
