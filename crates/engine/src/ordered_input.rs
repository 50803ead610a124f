//! From a dense array to an input: which of its axes is the width. The only place of this rule.

use crate::error::Error;
use crate::input::Input;
use crate::input_order::InputOrder;
use spikemesh_model::tensor::{Dense, Sparse};
use spikemesh_model::{Dims, LayerKind, Model};

/// What a model or a program takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputShape {
    /// Size of a sample.
    pub dims: Dims,
    /// Pixels go in, rather than events.
    pub pixels: bool,
}

impl InputShape {
    /// Of a model; none of one without layers.
    pub fn of(model: &Model) -> Option<InputShape> {
        let first = model.layers().first()?;
        Some(InputShape { dims: first.shape.input, pixels: first.kind() == LayerKind::InputConvolutional })
    }

    fn sizes(self) -> [usize; 3] {
        [self.dims.width, self.dims.height, self.dims.channels].map(|size| size as usize)
    }
}

/// An array whose order is known.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderedInput {
    /// The samples.
    pub input: Input,
    /// The order that the array was read in.
    pub order: InputOrder,
    /// Events of 1 or 3 channels and equal sides were taken as images, without being named so: the other order fits as well.
    pub ambiguous: bool,
}

impl OrderedInput {
    /// The samples of `array`, in the order that is `named`, otherwise in the order of its number of channels.
    ///
    /// # Errors
    /// [`Error::InputOrder`]: the array does not fit in this order and fits in the other.
    pub fn new(
        array: Dense<u8>,
        takes: Option<InputShape>,
        named: Option<InputOrder>,
    ) -> Result<OrderedInput, Error> {
        let [_, first, second, channels] = array.shape;
        let order = named.unwrap_or_else(|| InputOrder::of_channels(channels));
        if let Some(takes) = takes {
            let fits = |order: InputOrder| order.sizes(array.shape) == takes.sizes();
            if !fits(order) && fits(order.other()) {
                let (found, expected) = (array.shape, takes.dims);
                return Err(Error::InputOrder { found, order, other: order.other(), expected });
            }
        }
        let events_go_in =
            takes.is_some_and(|takes| !takes.pixels && takes.sizes() == order.sizes(array.shape));
        let ambiguous =
            named.is_none() && order == InputOrder::Images && events_go_in && first == second && first > 1;
        let input = match order {
            InputOrder::Images if matches!(channels, 1 | 3) => Input::Images(array),
            InputOrder::Images => Input::Events(Sparse::from_images(&array)),
            InputOrder::Events => Input::Events(Sparse::from_dense(&array)),
        };
        Ok(OrderedInput { input, order, ambiguous })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn array(shape: [usize; 4]) -> Dense<u8> {
        let len: usize = shape.iter().product();
        Dense { shape, data: (0..len).map(|i| (i * 7 % 16) as u8).collect() }
    }

    fn events(width: u32, height: u32, channels: u32) -> Option<InputShape> {
        Some(InputShape { dims: Dims { width, height, channels }, pixels: false })
    }

    #[test]
    fn the_channels_give_the_order_unless_it_is_named() {
        use InputOrder::{Events, Images};
        for (channels, rule) in [(1, Images), (2, Events), (3, Images), (4, Events)] {
            let order = |named| OrderedInput::new(array([1, 3, 5, channels]), None, named).unwrap().order;
            assert_eq!([None, Some(Images), Some(Events)].map(order), [rule, Images, Events]);
        }
    }

    #[test]
    fn an_array_that_fits_the_other_order_only_is_refused() {
        let refused = |shape, takes, named| OrderedInput::new(array(shape), takes, named).unwrap_err();
        for (shape, takes, named, order) in [
            ([2, 6, 12, 4], events(12, 6, 4), None, InputOrder::Events),
            ([2, 12, 6, 3], events(12, 6, 3), None, InputOrder::Images),
            ([2, 12, 6, 4], events(12, 6, 4), Some(InputOrder::Images), InputOrder::Images),
        ] {
            let expected = takes.unwrap().dims;
            assert_eq!(
                refused(shape, takes, named),
                Error::InputOrder { found: shape, order, other: order.other(), expected }
            );
        }
        // Fits neither: whoever takes the input says so.
        assert!(OrderedInput::new(array([2, 5, 12, 4]), events(12, 6, 4), None).is_ok());
    }

    #[test]
    fn images_of_any_number_of_channels_are_the_transposed_events() {
        let images = OrderedInput::new(array([2, 3, 5, 4]), None, Some(InputOrder::Images)).unwrap().input;
        let Input::Events(events) = images else { panic!("four channels are events") };
        let image = array([2, 3, 5, 4]);
        assert_eq!(events.shape, [2, 5, 3, 4]);
        assert_eq!(events.nnz(), image.data.iter().filter(|value| **value != 0).count());
        assert!(events.events.is_sorted());
        for event in &events.events {
            let [n, x, y, c] = event.place().map(|at| at as usize);
            assert_eq!(image.data[((n * 3 + y) * 5 + x) * 4 + c], event.value);
        }
    }

    #[test]
    fn equal_sides_are_ambiguous_for_events_of_1_or_3_channels_only() {
        let ambiguous =
            |shape, takes, named| OrderedInput::new(array(shape), takes, named).unwrap().ambiguous;
        assert!(ambiguous([1, 4, 4, 1], events(4, 4, 1), None));
        assert!(ambiguous([1, 4, 4, 3], events(4, 4, 3), None));
        assert!(!ambiguous([1, 4, 4, 1], events(4, 4, 1), Some(InputOrder::Images)));
        assert!(!ambiguous([1, 4, 4, 4], events(4, 4, 4), None));
        assert!(!ambiguous([1, 3, 4, 1], events(4, 3, 1), None));
        let pixels = InputShape { pixels: true, ..events(4, 4, 1).unwrap() };
        assert!(!ambiguous([1, 4, 4, 1], Some(pixels), None));
    }
}
