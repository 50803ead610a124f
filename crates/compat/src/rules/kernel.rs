//! Kernels of convolutions over events.

use crate::rule::{Breach, Rule, list, next_legal, size};
use crate::source;

const GOOD: &str = "layers:
  - {type: InputData, input_width: 16, input_height: 16, input_channels: 4}
  - {type: Convolutional, kernel_width: 1, kernel_height: 1, num_neurons: 8}
  - {type: SeparableConvolutional, kernel_width: 7, kernel_height: 7, num_neurons: 8}
";

pub static SIZE: Rule = Rule {
    id: "kernel_size",
    title: "Convolutional: kernel 1, 3, 5 or 7; SeparableConvolutional: 3, 5 or 7",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some(kernel) = s.mesh_kernel() else { return Vec::new() };
        let legal: &[u32] = if s.is_separable() { &[3, 5, 7] } else { &[1, 3, 5, 7] };
        let side = kernel[0].size.max(kernel[1].size);
        let suggestion = match next_legal(legal, side) {
            Some(next) if next >= side => format!("pad the kernel with zeros to {next}x{next}"),
            _ => "use several smaller kernels, one after the other".to_string(),
        };
        let holds = kernel.iter().all(|k| legal.contains(&k.size));
        let sizes: Vec<_> = legal.iter().map(|k| format!("{k}x{k}")).collect();
        Breach::unless(holds, format_args!("kernel {}", size(kernel)), list(&sizes), suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 16, input_height: 16, input_channels: 4}
  - {type: SeparableConvolutional, kernel_width: 1, kernel_height: 1, num_neurons: 8}
",
};

pub static SQUARE: Rule = Rule {
    id: "square_kernel",
    title: "Convolutional, SeparableConvolutional: square kernels",
    sources: source::ALL,
    axes: &[],
    check: |s| {
        let Some(kernel) = s.mesh_kernel() else { return Vec::new() };
        let side = kernel[0].size.max(kernel[1].size);
        let suggestion = format!("pad the kernel with zeros to {side}x{side}");
        let measured = format!("kernel {}", size(kernel));
        Breach::unless(kernel[0].size == kernel[1].size, measured, "square kernels", suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputData, input_width: 16, input_height: 16, input_channels: 4}
  - {type: Convolutional, kernel_width: 3, kernel_height: 1, num_neurons: 8}
",
};
