//! Conditions over the values of a point: which points of a space are wanted.
//!
//! ```text
//! condition  = all { "||" all }
//! all        = not { "&&" not }
//! not        = "!" not | comparison
//! comparison = sum [ ( "==" | "!=" | "<" | "<=" | ">" | ">=" ) sum ]
//! sum        = product { ( "+" | "-" ) product }
//! product    = factor { ( "*" | "/" | "%" ) factor }
//! factor     = "-" factor | number | text | name | "min" "(" list ")" | "max" "(" list ")" | "(" condition ")"
//! text       = characters between ' or "
//! name       = an axis, or a constant of the device: network.depth
//! ```

mod node;
mod parser;

use miette::NamedSource;

use super::error::Error;
use node::{Arithmetic, Comparison, Node, Wrong};

/// A condition, as it was written.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    text: String,
    root: Node,
}

/// A value of a point.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Number(f64),
    Flag(bool),
    Text(String),
}

impl Value {
    /// A value as it is written: a number if it is one.
    pub fn of(text: &str) -> Value {
        match (text.replace('_', "").parse::<f64>(), text) {
            (Ok(number), _) => Value::Number(number),
            (_, "true") => Value::Flag(true),
            (_, "false") => Value::Flag(false),
            _ => Value::Text(text.to_owned()),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Value::Number(_) => "a number",
            Value::Flag(_) => "true or false",
            Value::Text(_) => "a text",
        }
    }
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// It breaks the grammar.
    pub fn parse(text: &str) -> Result<Condition, Error> {
        let root = parser::parse(text).map_err(|wrong| error(text, wrong))?;
        Ok(Condition { text: text.to_owned(), root })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds. `value` gives the value of a name; its error is why there is none.
    ///
    /// # Errors
    /// Values of a kind that does not fit, a name without a value.
    pub fn holds(&self, value: &dyn Fn(&str) -> Result<Value, String>) -> Result<bool, Error> {
        match evaluate(&self.root, value).map_err(|wrong| error(&self.text, wrong))? {
            Value::Flag(holds) => Ok(holds),
            other => Err(error(
                &self.text,
                (format!("it gives {} instead of true or false", other.kind()), 0..self.text.len()),
            )),
        }
    }
}

fn error(text: &str, (reason, place): Wrong) -> Error {
    let text = NamedSource::new("condition", text.to_owned());
    Error::Condition { reason, text, place: place.into() }
}

fn evaluate(node: &Node, value: &dyn Fn(&str) -> Result<Value, String>) -> Result<Value, Wrong> {
    let flag = |node: &Node| match evaluate(node, value)? {
        Value::Flag(flag) => Ok(flag),
        other => Err((format!("true or false is expected, this is {}", other.kind()), node.place())),
    };
    let number = |node: &Node| match evaluate(node, value)? {
        Value::Number(number) => Ok(number),
        other => Err((format!("a number is expected, this is {}", other.kind()), node.place())),
    };
    Ok(match node {
        Node::Number(number, _) => Value::Number(*number),
        Node::Text(text, _) => Value::Text(text.clone()),
        Node::Name(name, place) => value(name).map_err(|why| (why, place.clone()))?,
        Node::Any(nodes) => {
            for node in nodes {
                if flag(node)? {
                    return Ok(Value::Flag(true));
                }
            }
            Value::Flag(false)
        }
        Node::All(nodes) => {
            for node in nodes {
                if !flag(node)? {
                    return Ok(Value::Flag(false));
                }
            }
            Value::Flag(true)
        }
        Node::Not(node) => Value::Flag(!flag(node)?),
        Node::Negative(node) => Value::Number(-number(node)?),
        Node::Arithmetic(operator, sides) => {
            let (a, b) = (number(&sides.0)?, number(&sides.1)?);
            Value::Number(match operator {
                Arithmetic::Add => a + b,
                Arithmetic::Subtract => a - b,
                Arithmetic::Multiply => a * b,
                Arithmetic::Divide => a / b,
                Arithmetic::Remainder => a % b,
            })
        }
        Node::Least(nodes) => nodes
            .iter()
            .try_fold(f64::INFINITY, |least, node| number(node).map(|n| least.min(n)))
            .map(Value::Number)?,
        Node::Most(nodes) => nodes
            .iter()
            .try_fold(f64::NEG_INFINITY, |most, node| number(node).map(|n| most.max(n)))
            .map(Value::Number)?,
        Node::Compare(operator, sides) => {
            let (a, b) = (evaluate(&sides.0, value)?, evaluate(&sides.1, value)?);
            let order = match (&a, &b) {
                (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
                (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
                (Value::Flag(a), Value::Flag(b)) => Some(a.cmp(b)),
                _ => {
                    let place = sides.0.place().start..sides.1.place().end;
                    return Err((format!("{} is compared with {}", a.kind(), b.kind()), place));
                }
            };
            Value::Flag(match operator {
                Comparison::Equal => order.is_some_and(std::cmp::Ordering::is_eq),
                Comparison::Unequal => !order.is_some_and(std::cmp::Ordering::is_eq),
                Comparison::Less => order.is_some_and(std::cmp::Ordering::is_lt),
                Comparison::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
                Comparison::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
                Comparison::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
            })
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str) -> Result<bool, String> {
        let value = |name: &str| match name {
            "network.vcs" => Ok(Value::of("3")),
            "network.depth" => Ok(Value::of("8")),
            "mode" => Ok(Value::of("all-nps")),
            "multi_pass" => Ok(Value::of("true")),
            _ => Err(format!("no axis `{name}`")),
        };
        Condition::parse(text)
            .and_then(|condition| condition.holds(&value))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn products_come_before_sums_and_these_before_comparisons() {
        for (text, result) in [
            ("network.vcs * network.depth <= 24", true),
            ("network.vcs * network.depth + 1 <= 24", false),
            ("mode == 'all-nps' && multi_pass", true),
            ("mode != \"minimal\" || 1 / 0 == 0", true),
            ("!(network.depth % 4 == 0)", false),
            ("-network.depth < min(1, 2) && max(1, network.vcs) == 3", true),
            ("2 - 1 - 1 == 0", true),
            ("1 < 0 || 1 < 0 || 2 > 1 && 3 > 2", true),
        ] {
            assert_eq!(holds(text), Ok(result), "{text}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for (text, reason) in [
            ("", "is expected"),
            ("network.depth", "instead of true or false"),
            ("network.dpth > 1", "no axis"),
            ("mode > 1", "a text is compared with a number"),
            ("mode * 2 == 1", "a number is expected"),
            ("network.depth && multi_pass", "true or false is expected"),
            ("(1 == 1", "`)` is expected"),
            ("1 == 1 1", "end is expected"),
            ("mode == 'all", "no end"),
            ("1 < 2 < 3", "end is expected"),
        ] {
            let error = holds(text).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
        assert!(holds(&"(".repeat(100_000)).is_err() && holds(&"-".repeat(100_000)).is_err());
        assert!(holds(&"!".repeat(100_000)).is_err());
    }
}
