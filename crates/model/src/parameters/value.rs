//! Values of parameters, of any type.

use super::{ConvolutionMode, PoolingType};

/// The value of a parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Integer(i64),
    /// A number in single precision.
    Number(f32),
    /// True or false.
    Truth(bool),
    /// One of a few words.
    Word(&'static str),
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Integer(value) => value.fmt(f),
            Value::Number(value) => value.fmt(f),
            Value::Truth(value) => value.fmt(f),
            Value::Word(word) => f.write_str(word),
        }
    }
}

/// What a field of a layer's parameters holds.
pub(super) trait Field: Copy {
    /// The value of the field.
    fn value(self) -> Value;

    /// The field with this value; `None` if it cannot hold it.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! integer_field {
    ($($type:ty),+) => {$(
        impl Field for $type {
            fn value(self) -> Value {
                Value::Integer(self.into())
            }

            fn from_value(value: Value) -> Option<$type> {
                let Value::Integer(value) = value else { return None };
                <$type>::try_from(value).ok()
            }
        }
    )+};
}
integer_field!(u32, i32, u8);

macro_rules! word_field {
    ($($type:ty),+) => {$(
        impl Field for $type {
            fn value(self) -> Value {
                Value::Word(self.word())
            }

            fn from_value(value: Value) -> Option<$type> {
                let Value::Word(word) = value else { return None };
                <$type>::parse(word)
            }
        }
    )+};
}
word_field!(ConvolutionMode, PoolingType);

impl Field for f32 {
    fn value(self) -> Value {
        Value::Number(self)
    }

    fn from_value(value: Value) -> Option<f32> {
        match value {
            Value::Number(value) => Some(value),
            Value::Integer(value) => Some(value as f32),
            Value::Truth(_) | Value::Word(_) => None,
        }
    }
}

impl Field for bool {
    fn value(self) -> Value {
        Value::Truth(self)
    }

    fn from_value(value: Value) -> Option<bool> {
        match value {
            Value::Truth(value) => Some(value),
            _ => None,
        }
    }
}
