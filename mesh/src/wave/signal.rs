//! Signals and their values.

/// A declared signal: its index in the order of declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal(pub u32);

/// What values a signal takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignalKind {
    /// True or false.
    Bit,
    /// Numbers of this number of bits.
    Number(u32),
    /// Text.
    Text,
}

/// A value of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Of a [`SignalKind::Bit`].
    Bit(bool),
    /// Of a [`SignalKind::Number`].
    Number(u64),
    /// Of a [`SignalKind::Text`].
    Text(&'a str),
}
