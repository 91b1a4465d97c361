//! Element-wise sum and product, concatenation, and the input picture as four channels.

use super::pixels::{PixelKernel, Registers};
use super::spec::KernelBinding;
use super::writer::{BindingAccess, COMPONENTS};
use crate::model::graph::{Binary, BinaryKind, Node};

impl PixelKernel<'_> {
    /// ADD and MUL.
    pub(super) fn binary(&mut self, at: usize, node: &Node, binary: &Binary) -> Registers {
        let sign = match binary.kind {
            BinaryKind::Add => "+",
            BinaryKind::Mul => "*",
        };
        let channels = self.shape(node.output).channels;
        let mut operands = Vec::new();
        for &input in &node.inputs {
            let single = self.shape(input).channels == 1 && channels > 1;
            operands.push((self.operand(input), single));
        }
        if let Some(constant) = &binary.constant {
            let single = constant.shape[3] == 1 && channels > 1;
            operands.push((self.constant(at, &constant.shape), single));
        }
        let count = self.groups(channels);
        let mut all = Vec::new();
        for pixel in 0..self.pixels().len() {
            let mut groups = Vec::new();
            for k in 0..count {
                let term = |(registers, single): &(Registers, bool)| match single {
                    true => format!("{}.xxxx", registers[pixel][0]),
                    false => registers[pixel][k].clone(),
                };
                groups.push(self.bind(format!("{} {sign} {}", term(&operands[0]), term(&operands[1]))));
            }
            all.push(groups);
        }
        all
    }

    /// The constant operand of node `at`, which has the layout of a value without border.
    fn constant(&mut self, at: usize, shape: &[usize]) -> Registers {
        let (name, storage) = (
            self.writer.binding(KernelBinding::NodeConstant(at), BindingAccess::Read),
            self.writer.storage(),
        );
        let [_, h, w, c] = [0, 1, 2, 3].map(|axis| shape[axis]);
        let count = if c == 1 { 1 } else { self.groups(c) };
        let axis = |n: usize, letter: &str, at: usize| match n {
            1 => "0u".to_owned(),
            _ => format!("({letter} + {at}u)"),
        };
        let mut all = Vec::new();
        for [y, x] in self.pixels() {
            let offset = format!("{} * {w}u + {}", axis(h, "oy", y), axis(w, "ox", x));
            let load = |k: usize| {
                let group = if c == 1 { "0u".to_owned() } else { self.group(k) };
                storage.read(&name, &format!("{group} * {}u + {offset}", h * w))
            };
            let texts: Vec<_> = (0..count).map(load).collect();
            all.push(texts.into_iter().map(|text| self.bind(text)).collect());
        }
        all
    }

    /// CONCATENATION.
    pub(super) fn concatenation(&mut self, node: &Node) -> Registers {
        let mut parts = Vec::new();
        for &input in &node.inputs {
            parts.push((self.operand(input), self.shape(input).channels));
        }
        let channels = self.shape(node.output).channels;
        let mut all = Vec::new();
        for pixel in 0..self.pixels().len() {
            // Each channel as a (register, component) pair.
            let of = |(registers, channels): &(Registers, usize)| {
                let register = registers[pixel].clone();
                (0..*channels).map(move |c| (register[c / 4].clone(), c % 4)).collect::<Vec<_>>()
            };
            let scalars: Vec<_> = parts.iter().flat_map(of).collect();
            let groups = scalars.chunks(4).map(|four| {
                let same = four.len() == 4 && four.iter().zip(0..).all(|(s, i)| s.0 == four[0].0 && s.1 == i);
                if same {
                    return four[0].0.clone();
                }
                let mut text: Vec<_> = four.iter().map(|(r, c)| format!("{r}.{}", COMPONENTS[*c])).collect();
                text.resize(4, "0.0".to_owned());
                self.bind(format!("vec4f({})", text.join(", ")))
            });
            all.push(groups.collect());
        }
        debug_assert!(all.iter().all(|groups: &Vec<String>| groups.len() == channels.div_ceil(4)));
        all
    }

    /// Loads the network's input at the block's pixels: (R, G, B, 0).
    pub(super) fn load_input(&mut self) -> Registers {
        let mut all = Vec::new();
        for [y, x] in self.pixels() {
            let rgb = self.writer.load_input(&format!("vec2u(ox + {x}u, oy + {y}u)"));
            all.push(vec![self.bind(format!("vec4f({rgb}, 0.0)"))]);
        }
        all
    }
}
