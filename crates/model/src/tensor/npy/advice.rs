//! What to do with an array of another type: the advice looks at its values.

/// What is known of the values of an array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ValueRange {
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
    /// All of them are whole numbers.
    pub whole: bool,
}

impl ValueRange {
    /// Of some values; none without any, or if one is not a number or infinite.
    pub fn of(values: impl Iterator<Item = f64>) -> Option<ValueRange> {
        let mut range: Option<ValueRange> = None;
        for value in values {
            if !value.is_finite() {
                return None;
            }
            let before = range.unwrap_or(ValueRange { min: value, max: value, whole: true });
            range = Some(ValueRange {
                min: before.min.min(value),
                max: before.max.max(value),
                whole: before.whole && value.fract() == 0.0,
            });
        }
        range
    }

    /// Of the bytes of an array whose header gives the type `descr`.
    pub(super) fn of_bytes(descr: &str, bytes: &[u8]) -> Option<ValueRange> {
        let big = descr.starts_with('>');
        macro_rules! range {
            ($type:ty) => {{
                let number = |chunk: &[u8]| {
                    let bytes = chunk.try_into().unwrap_or_default();
                    (if big { <$type>::from_be_bytes(bytes) } else { <$type>::from_le_bytes(bytes) }) as f64
                };
                ValueRange::of(bytes.chunks_exact(size_of::<$type>()).map(number))
            }};
        }
        match descr.trim_start_matches(['<', '>', '|', '=']) {
            "f4" => range!(f32),
            "f8" => range!(f64),
            "i1" => range!(i8),
            "i2" => range!(i16),
            "i4" => range!(i32),
            "i8" => range!(i64),
            "b1" | "u1" => range!(u8),
            "u2" => range!(u16),
            "u4" => range!(u32),
            "u8" => range!(u64),
            _ => None,
        }
    }
}

/// How to make an array of the type `to` of one with these values, without a loss that nobody sees.
pub fn conversion(range: Option<ValueRange>, to: &str) -> String {
    let limits = match to {
        "uint8" => (0.0, 255.0),
        "int8" => (-128.0, 127.0),
        "int32" => (f64::from(i32::MIN), f64::from(i32::MAX)),
        "int64" => (i64::MIN as f64, i64::MAX as f64),
        _ => return format!("write an array of {to}"),
    };
    match range {
        None => format!("write an array of {to}; its values cannot be judged"),
        Some(ValueRange { min, max, whole: true }) if limits.0 <= min && max <= limits.1 => {
            format!("every value fits: convert it with `array.astype('{to}')`")
        }
        Some(ValueRange { min, max, whole: false }) if to == "uint8" && 0.0 <= min && max <= 1.0 => format!(
            "its values lie between {min} and {max}, which `astype` would cut to 0: scale them first, \
             `(array * 255).round().astype('uint8')`"
        ),
        Some(ValueRange { min, max, whole }) => {
            let (least, most) = limits;
            let whole = if whole { "" } else { " and are not whole" };
            format!(
                "its values lie between {min} and {max}{whole}, and {to} holds whole numbers from {least} to {most}: scale, shift or round \
                 them as the model was trained, before `astype('{to}')`"
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_follows_the_values() {
        let advice = |values: &[f64], to| conversion(ValueRange::of(values.iter().copied()), to);
        assert!(advice(&[0.0, 0.25, 1.0], "uint8").contains("* 255"));
        assert!(advice(&[0.0, 7.0, 255.0], "uint8").starts_with("every value fits"));
        for (values, to) in [(&[-0.5, 0.5][..], "uint8"), (&[0.0, 256.0], "uint8"), (&[0.5, 3.0], "int32")] {
            let text = advice(values, to);
            assert!(text.contains("before `astype"), "{text}");
        }
        assert!(advice(&[f64::NAN], "uint8").contains("cannot be judged"));
        assert!(advice(&[], "uint8").contains("cannot be judged"));
    }

    #[test]
    fn values_are_read_in_the_order_of_their_bytes() {
        let range = |min, max| Some(ValueRange { min, max, whole: true });
        assert_eq!(ValueRange::of_bytes(">i2", &[1, 0, 0, 1]), range(1.0, 256.0));
        assert_eq!(ValueRange::of_bytes("<i2", &[1, 0, 0, 1]), range(1.0, 256.0));
        assert_eq!(ValueRange::of_bytes("<i2", &[2, 0]), range(2.0, 2.0));
        assert_eq!(ValueRange::of_bytes("<f4", &0.5_f32.to_le_bytes()).map(|r| r.whole), Some(false));
        assert_eq!(ValueRange::of_bytes("<U3", &[0; 12]), None);
    }
}
