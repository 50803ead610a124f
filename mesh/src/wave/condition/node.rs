//! A condition in parts.

/// A condition, as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::wave) enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Compare { path: String, operator: Operator, value: String },
}

/// How a signal is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wave) enum Operator {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// Whether it holds for two values.
    pub(super) fn holds(self, a: u64, b: u64) -> bool {
        match self {
            Operator::Equal => a == b,
            Operator::Unequal => a != b,
            Operator::Less => a < b,
            Operator::LessOrEqual => a <= b,
            Operator::Greater => a > b,
            Operator::GreaterOrEqual => a >= b,
        }
    }
}
