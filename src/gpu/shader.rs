//! Shaders and their parameter layouts as data, so that a test can compare them with naga's reading of the
//! WGSL.

use crate::Colorimetry;

/// One compute shader: shared library files and one file of its own, joined at compile time.
///
/// All bindings are in `@group(0)`, in call order; the entry point is `main`.
#[derive(Clone, Copy, Debug)]
pub struct Shader {
    /// The file's name without `.wgsl`, which also labels GPU objects, timings and log lines.
    pub name: &'static str,
    /// The whole WGSL.
    pub wgsl: &'static str,
    /// Threads of a workgroup in x and y, as `@workgroup_size` declares them.
    pub workgroup: [u32; 2],
    /// The uniform's layout in Rust; empty if the shader has none.
    pub uniform: &'static [Field],
}

/// A generated compute shader; the entry point is `main`.
#[derive(Clone, Copy, Debug)]
pub struct Generated<'a> {
    /// Its row in the timings.
    pub name: &'static str,
    /// The label of its GPU objects.
    pub label: &'a str,
    /// The whole WGSL.
    pub wgsl: &'a str,
}

/// One member of a uniform: name, offset and size in bytes.
pub type Field = (&'static str, usize, usize);

/// Joins `shaders/lib/LIB.wgsl`… and `shaders/FOLDER/NAME.wgsl` into a [`Shader`] called NAME. Without
/// FOLDER, the name includes the folder: "bench/copy".
macro_rules! shader {
    ($folder:literal, $name:literal, $($rest:tt)*) => {
        $crate::gpu::Shader { name: $name, ..$crate::gpu::shader!(concat!($folder, "/", $name), $($rest)*) }
    };
    ($path:expr, [$($lib:literal),*], [$x:literal, $y:literal], $uniform:ty) => {
        $crate::gpu::Shader {
            name: $path,
            wgsl: concat!(
                $(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/lib/", $lib, ".wgsl")), "\n",)*
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/", $path, ".wgsl"))
            ),
            workgroup: [$x, $y],
            uniform: <$uniform as $crate::gpu::Uniform>::FIELDS,
        }
    };
}

impl Shader {
    /// The WGSL with the binding `params` replaced by a constant of this content, for values that do not
    /// change within a recording: llvmpipe idiom 3.
    pub(super) fn with_constants(&self, content: &impl Literal) -> String {
        let declared = self.wgsl.lines().find(|line| line.contains("> params: "));
        let declared = declared.expect("a shader with `params`");
        let r#type = declared.rsplit(": ").next().map(|r#type| r#type.trim_end_matches(';'));
        let constant = format!("const params = {}({});", r#type.expect("a type"), content.literal());
        self.wgsl.replacen(declared, &constant, 1)
    }
}

/// A value that can be written into WGSL, as the arguments of its type's constructor.
pub trait Literal {
    /// The arguments.
    fn literal(&self) -> String;
}

/// A WGSL scalar type.
pub trait Scalar: Literal {
    /// The last letter of `vec2f`, `vec2u`, `vec2i`.
    const SUFFIX: char;
}

macro_rules! scalars {
    ($($type:ty: $suffix:literal,)*) => {$(
        impl Scalar for $type {
            const SUFFIX: char = $suffix;
        }

        impl Literal for $type {
            fn literal(&self) -> String {
                format!("{self:?}{}", Self::SUFFIX)
            }
        }
    )*};
}

scalars! { f32: 'f', u32: 'u', i32: 'i', }

impl<T: Scalar, const N: usize> Literal for [T; N] {
    fn literal(&self) -> String {
        format!("vec{N}{}({})", T::SUFFIX, joined(self))
    }
}

impl<const N: usize, const M: usize> Literal for [[f32; N]; M] {
    fn literal(&self) -> String {
        joined(self)
    }
}

fn joined<T: Literal>(parts: &[T]) -> String {
    parts.iter().map(Literal::literal).collect::<Vec<_>>().join(", ")
}

/// A struct of a shader's parameters, with the same memory layout in Rust and WGSL.
///
/// WGSL declares them `var<uniform>` if they only enter arithmetic, and `var<storage, read>` if control flow
/// depends on them: llvmpipe idiom 16. On a GPU, a read of one address by all threads costs much the same
/// from either. `tests/branches.rs` checks every shader.
pub trait Uniform: bytemuck::Pod {
    /// The usages of a buffer of them.
    const USAGE: wgpu::BufferUsages = wgpu::BufferUsages::UNIFORM.union(wgpu::BufferUsages::STORAGE);
    /// Its members, for the test that compares them with the WGSL struct.
    const FIELDS: &'static [Field];
}

/// No parameters.
impl Uniform for () {
    const FIELDS: &'static [Field] = &[];
}

/// Declares a parameter struct and its [`Uniform::FIELDS`]. Padding is an explicit field, placed as WGSL
/// places it.
macro_rules! uniform {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[repr(C)]
        #[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
        pub(crate) struct $name { $($(#[$field_doc])* pub(crate) $field: $type,)* }

        impl $crate::gpu::Uniform for $name {
            const FIELDS: &'static [$crate::gpu::Field] = &[
                $((stringify!($field), std::mem::offset_of!($name, $field), size_of::<$type>()),)*
            ];
        }

        impl $crate::gpu::Literal for $name {
            fn literal(&self) -> String {
                [$($crate::gpu::Literal::literal(&self.$field),)*].join(", ")
            }
        }
    };
}

/// A [`Colorimetry`] as `shaders/lib/colour.wgsl` reads it.
#[repr(C)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Coding {
    kr: f32,
    kb: f32,
    black: f32,
    luma: f32,
    chroma: f32,
    padding: [f32; 3],
}

impl Literal for Coding {
    fn literal(&self) -> String {
        let Self { kr, kb, black, luma, chroma, padding } = self;
        format!("Coding({}, {})", joined(&[*kr, *kb, *black, *luma, *chroma]), joined(padding))
    }
}

impl From<Colorimetry> for Coding {
    fn from(colorimetry: Colorimetry) -> Self {
        let ((kr, kb), (black, luma, chroma)) = (colorimetry.matrix.weights(), colorimetry.range.codes());
        let [kr, kb, black, luma, chroma] = [kr, kb, black, luma, chroma].map(|v| v as f32);
        Self { kr, kb, black, luma, chroma, padding: [0.0; 3] }
    }
}

pub(crate) use {shader, uniform};
