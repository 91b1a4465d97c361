//! The network's output, as the passes read it: f32 `[h, w, c]`.

use super::Slot;
use super::elementwise::COMPONENTS;
use super::pixels::{Pixels, Registers};
use super::source::Access;
use crate::model::graph::ValueId;

impl Pixels<'_> {
    pub(super) fn store_answer(&mut self, value: ValueId, registers: &Registers, once: bool) {
        let shape = self.shape(value);
        let (channels, width) = (shape.channels, shape.width);
        let name = self.source.buffer(Slot::Answer, Access::WriteFloats);
        for (at, pixel) in self.pixels().into_iter().enumerate() {
            let [y, x] = pixel;
            let first = self.source.name('o');
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
            self.guarded(pixel, once, &lines);
        }
    }
}
