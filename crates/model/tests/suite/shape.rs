//! Shape inference against brute force: windows are laid over a padded axis one by one.

use proptest::prelude::*;
use spikemesh_model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, InputData, Model,
    Parameters, PoolingParameters, PoolingType, Span,
};

/// Start positions of all windows, relative to input 0, found by sliding over an explicitly padded axis.
fn slide(mode: ConvolutionMode, input: i64, size: i64, stride: i64) -> Vec<i64> {
    let (before, after) = match mode {
        ConvolutionMode::Valid => (0, 0),
        ConvolutionMode::Full => (size - 1, size - 1),
        ConvolutionMode::Same => {
            // The smallest padding that gives one window for each started stride, the odd position at the end.
            let windows = (0..input).step_by(stride as usize).count() as i64;
            let total = (0..).find(|total| input + total >= (windows - 1) * stride + size).unwrap();
            let starts = |total: i64| (0..=input + total - size).step_by(stride as usize).count() as i64;
            assert!(starts(total) >= windows);
            let before = total / 2;
            return (0..windows).map(|o| o * stride - before).collect();
        }
    };
    let axis: Vec<i64> = (-before..input + after).collect();
    axis.windows(size as usize).map(|w| w[0]).step_by(stride as usize).collect()
}

fn modes() -> impl Strategy<Value = ConvolutionMode> {
    prop_oneof![Just(ConvolutionMode::Valid), Just(ConvolutionMode::Same), Just(ConvolutionMode::Full)]
}

fn starts(span: Span) -> Vec<i64> {
    (0..i64::from(span.outputs)).map(|o| o * i64::from(span.stride) - i64::from(span.pad)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn spans_are_the_windows_of_a_padded_axis(mode in modes(), input in 1u32..40, size in 1u32..12, stride in 1u32..9) {
        let expected = slide(mode, input.into(), size.into(), stride.into());
        match Span::new(mode, input, size, stride) {
            None => prop_assert!(expected.is_empty(), "{expected:?}"),
            Some(span) => {
                prop_assert_eq!(starts(span), expected);
                prop_assert_eq!((span.size, span.stride), (size, stride));
            }
        }
    }

    #[test]
    fn every_window_covers_an_input(mode in modes(), input in 1u32..40, size in 1u32..12, stride in 1u32..12) {
        let Some(span) = Span::new(mode, input, size, stride) else { return Ok(()) };
        for start in starts(span) {
            prop_assert!(start < i64::from(input) && start + i64::from(size) > 0, "{span:?} at {start}");
        }
    }

    #[test]
    fn pooling_follows_the_convolution(
        mode in modes(), side in 1u32..30, kernel in 1u32..6, stride in 1u32..4,
        pool in prop_oneof![Just(-1i32), 1..5i32], pool_stride in prop_oneof![Just(-1i32), 1..5i32],
    ) {
        let convolved = slide(mode, side.into(), kernel.into(), stride.into()).len() as i64;
        let expected = match (pool, pool_stride) {
            _ if convolved == 0 => vec![],
            (-1, _) => vec![0],
            (p, -1) => slide(mode, convolved, p.into(), p.into()),
            (p, s) => slide(mode, convolved, p.into(), s.into()),
        };
        let result = one_layer(side, convolution(mode, kernel, stride), PoolingParameters {
            pooling_type: PoolingType::Max,
            pooling_width: pool,
            pooling_height: -1,
            pooling_stride_x: pool_stride,
            pooling_stride_y: pool_stride,
        });
        match result {
            Err(_) => prop_assert!(expected.is_empty()),
            Ok(model) => {
                let shape = model.layers()[1].shape;
                let [x, y] = shape.pooling.unwrap();
                prop_assert_eq!(starts(x), expected);
                prop_assert_eq!(y, Span::global(convolved as u32));
                prop_assert_eq!(shape.output, Dims { width: x.outputs, height: 1, channels: 5 });
                prop_assert_eq!(shape.convolved(), Dims { width: convolved as u32, height: convolved as u32, channels: 5 });
            }
        }
    }
}

fn convolution(convolution_mode: ConvolutionMode, kernel: u32, stride: u32) -> ConvolutionParameters {
    ConvolutionParameters {
        kernel_width: kernel,
        kernel_height: kernel,
        num_neurons: 5,
        convolution_mode,
        stride_x: stride,
        stride_y: stride,
        weights_bits: 2,
    }
}

fn one_layer(
    side: u32,
    convolution: ConvolutionParameters,
    pooling: PoolingParameters,
) -> Result<Model, Vec<spikemesh_model::Error>> {
    let mut model = Model::new("");
    let input = Dims { width: side, height: side, channels: 2 };
    model.add("in", Parameters::InputData(InputData { input }), &[])?;
    let activation = ActivationParameters::default();
    model.add("c", Parameters::Convolutional(Convolutional { convolution, pooling, activation }), &[])?;
    Ok(model)
}

#[test]
fn same_starts_at_0_and_2_for_four_positions() {
    let span = Span::new(ConvolutionMode::Same, 4, 3, 2).unwrap();
    assert_eq!(starts(span), [0, 2]);
}

#[test]
fn defaults_of_max_are_global() {
    let pooling = PoolingParameters { pooling_type: PoolingType::Max, ..Default::default() };
    let model = one_layer(7, convolution(ConvolutionMode::Same, 3, 2), pooling).unwrap();
    let shape = model.layers()[1].shape;
    assert_eq!(shape.output, Dims { width: 1, height: 1, channels: 5 });
    assert!(shape.pools_globally());
}

#[test]
fn average_pooling_is_global_or_an_error() {
    let average = |size, stride| PoolingParameters {
        pooling_type: PoolingType::Average,
        pooling_width: size,
        pooling_height: size,
        pooling_stride_x: stride,
        pooling_stride_y: stride,
    };
    let same = convolution(ConvolutionMode::Same, 3, 1);
    assert!(one_layer(6, same, average(-1, 3)).is_ok());
    assert!(one_layer(6, same, average(6, -1)).is_ok(), "the whole map, spelled out");
    for (size, stride) in [(2, 2), (6, 1), (7, 7), (3, -1)] {
        let errors = one_layer(6, same, average(size, stride)).unwrap_err();
        assert!(errors[0].to_string().contains("is not global"), "{size} {stride}: {errors:?}");
    }
}

#[test]
fn no_pooling_ignores_the_pooling_parameters() {
    let pooling = PoolingParameters { pooling_width: 0, pooling_stride_x: -7, ..Default::default() };
    let model = one_layer(6, convolution(ConvolutionMode::Same, 3, 1), pooling).unwrap();
    assert_eq!(model.layers()[1].shape.pooling, None);
}
