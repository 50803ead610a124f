//! Values of parameters, of any type.

use super::{ConvolutionMode, PoolingType};

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterValue {
    /// A whole number.
    Integer(i64),
    /// A number in single precision.
    Number(f32),
    /// True or false.
    Truth(bool),
    /// One of a few words.
    Word(&'static str),
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParameterValue::Integer(value) => value.fmt(f),
            ParameterValue::Number(value) => value.fmt(f),
            ParameterValue::Truth(value) => value.fmt(f),
            ParameterValue::Word(word) => f.write_str(word),
        }
    }
}

/// What a field of a layer's parameters holds.
pub(super) trait Field: Copy {
    /// The value of the field.
    fn value(self) -> ParameterValue;

    /// The field with this value; `None` if it cannot hold it.
    fn from_value(value: ParameterValue) -> Option<Self>;
}

macro_rules! integer_field {
    ($($type:ty),+) => {$(
        impl Field for $type {
            fn value(self) -> ParameterValue {
                ParameterValue::Integer(self.into())
            }

            fn from_value(value: ParameterValue) -> Option<$type> {
                let ParameterValue::Integer(value) = value else { return None };
                <$type>::try_from(value).ok()
            }
        }
    )+};
}
integer_field!(u32, i32, u8);

macro_rules! word_field {
    ($($type:ty),+) => {$(
        impl Field for $type {
            fn value(self) -> ParameterValue {
                ParameterValue::Word(self.word())
            }

            fn from_value(value: ParameterValue) -> Option<$type> {
                let ParameterValue::Word(word) = value else { return None };
                <$type>::parse(word)
            }
        }
    )+};
}
word_field!(ConvolutionMode, PoolingType);

impl Field for f32 {
    fn value(self) -> ParameterValue {
        ParameterValue::Number(self)
    }

    fn from_value(value: ParameterValue) -> Option<f32> {
        match value {
            ParameterValue::Number(value) => Some(value),
            ParameterValue::Integer(value) => Some(value as f32),
            ParameterValue::Truth(_) | ParameterValue::Word(_) => None,
        }
    }
}

impl Field for bool {
    fn value(self) -> ParameterValue {
        ParameterValue::Truth(self)
    }

    fn from_value(value: ParameterValue) -> Option<bool> {
        match value {
            ParameterValue::Truth(value) => Some(value),
            _ => None,
        }
    }
}
