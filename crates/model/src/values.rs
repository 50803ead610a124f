//! Values of a variable on their way in or out.

/// Values of a variable: what comes in, of any integer type, and what goes out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values<'a> {
    /// As weights are held.
    I8(&'a [i8]),
    /// As thresholds are held.
    I32(&'a [i32]),
    /// Any other integers.
    I64(&'a [i64]),
    /// As steps are held.
    F32(&'a [f32]),
    /// Any other numbers.
    F64(&'a [f64]),
}

impl Values<'_> {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Values::I8(v) => v.len(),
            Values::I32(v) => v.len(),
            Values::I64(v) => v.len(),
            Values::F32(v) => v.len(),
            Values::F64(v) => v.len(),
        }
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The integer at `index`; `None` for floats.
    pub(crate) fn integer(&self, index: usize) -> Option<i64> {
        match self {
            Values::I8(v) => Some(v[index].into()),
            Values::I32(v) => Some(v[index].into()),
            Values::I64(v) => Some(v[index]),
            Values::F32(_) | Values::F64(_) => None,
        }
    }

    /// The number at `index`, rounded to single precision once.
    pub(crate) fn float(&self, index: usize) -> f32 {
        match self {
            Values::I8(v) => v[index].into(),
            Values::I32(v) => v[index] as f32,
            Values::I64(v) => v[index] as f32,
            Values::F32(v) => v[index],
            Values::F64(v) => v[index] as f32,
        }
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Values::I8(_) => "int8",
            Values::I32(_) => "int32",
            Values::I64(_) => "int64",
            Values::F32(_) => "float32",
            Values::F64(_) => "float64",
        }
    }
}

macro_rules! from_slice {
    ($($variant:ident $type:ty),*) => {$(
        impl<'a> From<&'a [$type]> for Values<'a> {
            fn from(values: &'a [$type]) -> Self {
                Values::$variant(values)
            }
        }
        impl<'a> From<&'a Vec<$type>> for Values<'a> {
            fn from(values: &'a Vec<$type>) -> Self {
                Values::$variant(values)
            }
        }
        impl<'a, const N: usize> From<&'a [$type; N]> for Values<'a> {
            fn from(values: &'a [$type; N]) -> Self {
                Values::$variant(values)
            }
        }
    )*};
}
from_slice!(I8 i8, I32 i32, I64 i64, F32 f32, F64 f64);
