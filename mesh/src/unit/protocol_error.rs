//! A packet that a unit cannot take.

/// A defect of the program that only shows while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// A packet arrived while the unit was not receiving.
    NotReceiving,
    /// An event lies outside the receiver's map.
    OutsideMap,
    /// A position was written twice in one frame.
    WrittenTwice,
}
