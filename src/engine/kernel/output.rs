//! Stores the network's output, f32 `[h, w, c]`, and the person probability decoded from it.

use super::pixels::{PixelKernel, Registers};
use super::spec::KernelBinding;
use super::writer::{BindingAccess, COMPONENTS};
use crate::model::{OutputDecoding, graph::ValueId};

/// WGSL functions that decode the probability.
const LIBRARY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/shaders/lib/person.wgsl"));

impl PixelKernel<'_> {
    pub(super) fn store_output(&mut self, value: ValueId, registers: &Registers, once: bool) {
        let shape = self.shape(value);
        let (channels, width) = (shape.channels, shape.width);
        let name = self.writer.binding(KernelBinding::Output, BindingAccess::WriteFloats);
        for (at, pixel) in self.pixels().into_iter().enumerate() {
            let [y, x] = pixel;
            let first = self.writer.unique_name('o');
            let mut lines = format!("let {first} = ((oy + {y}u) * {width}u + ox + {x}u) * {channels}u;");
            for (k, register) in registers[at].iter().enumerate() {
                for (j, component) in COMPONENTS.iter().enumerate() {
                    let store =
                        |channel: &str| format!("{name}[{first} + {channel}] = {register}.{component};");
                    match self.tile {
                        Some(_) => {
                            let channel = format!("4u * {} + {j}u", self.group(k));
                            lines += &match channels.is_multiple_of(4) {
                                true => format!("\n{}", store(&channel)),
                                false => format!("\nif {channel} < {channels}u {{ {} }}", store(&channel)),
                            };
                        }
                        None if 4 * k + j < channels => {
                            lines += &format!("\n{}", store(&format!("{}u", 4 * k + j)));
                        }
                        None => {}
                    }
                }
            }
            if self.tile.is_none() {
                let all = (0..channels).map(|c| component(&registers[at], c)).collect::<Vec<_>>();
                lines += &self.store_person(&all, &format!("oy + {y}u"), &format!("ox + {x}u"));
            }
            self.guarded(pixel, once, &lines);
        }
    }

    /// Statements that store the person probability of a pixel, if the output's decoding is known.
    pub(super) fn store_person(&mut self, channels: &[String], row: &str, column: &str) -> String {
        let (own, text) = match self.person {
            Some(OutputDecoding::Probability) => (&channels[0], "own".to_owned()),
            Some(OutputDecoding::Logit) => (&channels[0], "1.0 / (1.0 + odds(-own))".to_owned()),
            Some(OutputDecoding::Softmax { channel }) => {
                let Some(own) = channels.get(channel as usize) else { return String::new() };
                let odds: Vec<_> = channels.iter().map(|logit| format!("odds({logit} - own)")).collect();
                (own, format!("1.0 / ({})", odds.join(" + ")))
            }
            Some(OutputDecoding::Background { channel }) => {
                let Some(own) = channels.get(channel as usize) else { return String::new() };
                let odds: Vec<_> = channels.iter().map(|logit| format!("odds({logit} - own)")).collect();
                (own, format!("foreground(1.0 / ({}))", odds.join(" + ")))
            }
            None => return String::new(),
        };
        let read = if matches!(
            self.person,
            Some(OutputDecoding::Softmax { .. } | OutputDecoding::Background { .. })
        ) {
            channels
        } else {
            &channels[..1]
        };
        let finite: Vec<_> = read.iter().map(|channel| format!("is_finite({channel})")).collect();
        let name = self.writer.binding(KernelBinding::PersonMask, BindingAccess::WriteTexels);
        self.writer.declare_once(LIBRARY);
        format!(
            "\n{{ let own = {own}; let p = person_or_background({text}, {});
             textureStore({name}, vec2u({column}, {row}), vec4f(p, 0.0, 0.0, 0.0)); }}\n",
            finite.join(" && ")
        )
    }
}

/// Channel `c` of a pixel's registers.
fn component(registers: &[String], c: usize) -> String {
    format!("{}.{}", registers[c / 4], COMPONENTS[c % 4])
}
