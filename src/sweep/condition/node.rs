//! A condition in parts.

use std::ops::Range;

/// What is wrong, and where: bytes of the condition.
pub(super) type Wrong = (String, Range<usize>);

/// A part of a condition; a place is its bytes in the text.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Number(f64, Range<usize>),
    Text(String, Range<usize>),
    Name(String, Range<usize>),
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    Least(Vec<Node>),
    Most(Vec<Node>),
    Arithmetic(Arithmetic, Box<(Node, Node)>),
    Compare(Comparison, Box<(Node, Node)>),
}

/// What is made of two numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Node {
    /// Where it stands in the text.
    pub fn place(&self) -> Range<usize> {
        let of_all = |nodes: &[Node]| match (nodes.first(), nodes.last()) {
            (Some(first), Some(last)) => first.place().start..last.place().end,
            _ => 0..0,
        };
        match self {
            Node::Number(_, place) | Node::Text(_, place) | Node::Name(_, place) => place.clone(),
            Node::Any(nodes) | Node::All(nodes) | Node::Least(nodes) | Node::Most(nodes) => of_all(nodes),
            Node::Not(node) | Node::Negative(node) => node.place(),
            Node::Arithmetic(_, sides) | Node::Compare(_, sides) => {
                sides.0.place().start..sides.1.place().end
            }
        }
    }
}
