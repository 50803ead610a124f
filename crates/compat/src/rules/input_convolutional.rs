//! The input unit: size of the image, kernel, stride, number of filters.

use crate::axis::{self, Axis, AxisLimit};
use crate::profile::Profile;
use crate::rule::{Breach, Rule, list, next_legal, size, stride};
use crate::source;
use spikemesh_words::plural;

const KERNELS: [u32; 3] = [3, 5, 7];
/// The pages of the older parts and the newest one exchange the names of the axes.
const SIDES: &[AxisLimit] = &[
    AxisLimit::new(Profile::V2, Axis::Width, 5, 256),
    AxisLimit::new(Profile::V2, Axis::Height, 5, u32::MAX),
    AxisLimit::new(Profile::Current, Axis::Width, 5, u32::MAX),
    AxisLimit::new(Profile::Current, Axis::Height, 5, 256),
];
const STRIDES: std::ops::RangeInclusive<u32> = 1..=3;

/// Most filters by kernel, of images with one and with three channels.
fn max_filters(kernel: u32, channels: u32) -> Option<u32> {
    let by_kernel = if channels == 1 { [512, 192, 96] } else { [192, 64, 32] };
    KERNELS.iter().position(|k| *k == kernel).map(|i| by_kernel[i])
}

const GOOD: &str = "layers:
  - {type: InputConvolutional, input_width: 32, input_height: 32, input_channels: 3, kernel_width: 5, kernel_height: 5, num_neurons: 64, stride_x: 2, stride_y: 2}
";

pub static UNSUPPORTED: Rule = Rule {
    id: "input_convolutional",
    title: "InputConvolutional is not supported: the part takes events only",
    sources: source::FIRST,
    axes: &[],
    check: |s| {
        let suggestion = "convert images to events on the host and start with an InputData";
        Breach::unless(!s.is_input(), "InputConvolutional", "InputData as input layer", suggestion)
    },
    good: "layers:
  - {type: InputData, input_width: 32, input_height: 32, input_channels: 3}
",
    bad: GOOD,
};

pub static SIZE: Rule = Rule {
    id: "input_size",
    title: "InputConvolutional: images of width from 5 and height 5 to 256; in v2 of width 5 to 256 and height from 5",
    sources: source::FROM_V2,
    axes: SIDES,
    check: |s| {
        let input = s.layer.shape.input;
        Breach::unless(
            !s.is_input() || axis::hold(SIDES, s.profile, input),
            format_args!("image of {}x{}", input.width, input.height),
            axis::words(SIDES, s.profile),
            "resize, crop or tile the image",
        )
    },
    good: GOOD,
    bad: "layers:
  - {type: InputConvolutional, input_width: 257, input_height: 4, input_channels: 1, kernel_width: 3, kernel_height: 3, num_neurons: 8}
",
};

pub static KERNEL: Rule = Rule {
    id: "input_kernel",
    title: "InputConvolutional: kernel 3x3, 5x5 or 7x7",
    sources: source::FROM_V2,
    axes: &[],
    check: |s| {
        let Some(kernel) = s.layer.shape.kernel.filter(|_| s.is_input()) else { return Vec::new() };
        let side = kernel[0].size.max(kernel[1].size);
        let suggestion = match next_legal(&KERNELS, side) {
            Some(legal) if legal >= side => format!("pad the kernel with zeros to {legal}x{legal}"),
            _ => "use a smaller kernel, or a larger stride".to_string(),
        };
        let holds = kernel[0].size == kernel[1].size && KERNELS.contains(&side);
        Breach::unless(holds, format_args!("kernel {}", size(kernel)), "3x3, 5x5 or 7x7", suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputConvolutional, input_width: 32, input_height: 32, input_channels: 1, kernel_width: 4, kernel_height: 4, num_neurons: 8}
",
};

pub static STRIDE: Rule = Rule {
    id: "input_stride",
    title: "InputConvolutional: stride 1, 2 or 3, the same in x and y",
    sources: source::FROM_V2,
    axes: &[],
    check: |s| {
        let Some(kernel) = s.layer.shape.kernel.filter(|_| s.is_input()) else { return Vec::new() };
        let holds = kernel[0].stride == kernel[1].stride && STRIDES.contains(&kernel[0].stride);
        let strides: Vec<_> = STRIDES.map(|n| format!("{n}x{n}")).collect();
        let suggestion = "use a stride of at most 3, and resize the image";
        Breach::unless(holds, format_args!("stride {}", stride(kernel)), list(&strides), suggestion)
    },
    good: GOOD,
    bad: "layers:
  - {type: InputConvolutional, input_width: 32, input_height: 32, input_channels: 1, kernel_width: 5, kernel_height: 5, num_neurons: 8, stride_x: 4, stride_y: 4}
",
};

pub static FILTERS: Rule = Rule {
    id: "input_filters",
    title: "InputConvolutional: at most 512, 192, 96 filters for kernel 3, 5, 7 and 1 channel, 192, 64, 32 for 3 channels",
    sources: source::FROM_V2,
    axes: &[],
    check: |s| {
        let Some(kernel) = s.layer.shape.kernel.filter(|_| s.is_input()) else { return Vec::new() };
        let channels = s.layer.shape.input.channels;
        let filters = s.layer.shape.output.channels;
        // An illegal kernel has no such limit; it has a rule of its own.
        let limit = max_filters(kernel[0].size.max(kernel[1].size), channels).unwrap_or(u32::MAX);
        Breach::unless(
            filters <= limit,
            format_args!(
                "{} of {} over {}",
                plural(filters, "filter", "filters"),
                size(kernel),
                plural(channels, "channel", "channels")
            ),
            format_args!("at most {limit}"),
            "use fewer filters or a smaller kernel",
        )
    },
    good: GOOD,
    bad: "layers:
  - {type: InputConvolutional, input_width: 32, input_height: 32, input_channels: 3, kernel_width: 5, kernel_height: 5, num_neurons: 65}
",
};
