//! Text as a condition.

use super::node::{Node, Operator};
use crate::wave::error::WaveError;

/// Parentheses and negations inside each other.
const MAX_DEPTH: usize = 64;

/// Reads a condition.
///
/// # Errors
/// It breaks the grammar.
pub(super) fn parse(text: &str) -> Result<Node, WaveError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let node = parser.condition()?;
    parser.skip_space();
    if parser.rest().is_empty() {
        Ok(node)
    } else {
        Err(parser.expected("`&&`, `||` or the end is expected"))
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip_space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes a symbol if it comes next.
    fn take(&mut self, symbol: &str) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn expected(&self, what: &str) -> WaveError {
        let at = self.text[..self.at].chars().count() + 1;
        WaveError::Condition { text: self.text.to_owned(), expected: what.to_owned(), at }
    }

    fn condition(&mut self) -> Result<Node, WaveError> {
        let mut nodes = vec![self.all()?];
        while self.take("||") {
            nodes.push(self.all()?);
        }
        Ok(Node::Any(nodes))
    }

    fn all(&mut self) -> Result<Node, WaveError> {
        let mut nodes = vec![self.term()?];
        while self.take("&&") {
            nodes.push(self.term()?);
        }
        Ok(Node::All(nodes))
    }

    fn term(&mut self) -> Result<Node, WaveError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.expected("fewer parentheses inside each other are expected"));
        }
        let node = if self.take("!") {
            Node::Not(Box::new(self.term()?))
        } else if self.take("(") {
            let node = self.condition()?;
            if !self.take(")") {
                return Err(self.expected("`)` is expected"));
            }
            node
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Node, WaveError> {
        let path = self.word("the name of a signal is expected")?;
        let operators = [
            ("==", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let operator = operators.into_iter().find(|(symbol, _)| self.take(symbol));
        match operator {
            None => Ok(Node::Compare { path, operator: Operator::Greater, value: "0".to_owned() }),
            Some((_, operator)) => {
                let value = self.word("a number or a name is expected")?;
                Ok(Node::Compare { path, operator, value })
            }
        }
    }

    fn word(&mut self, expected: &str) -> Result<String, WaveError> {
        self.skip_space();
        let is_part = |c: char| c.is_alphanumeric() || "._*-".contains(c);
        let end = self.rest().find(|c| !is_part(c)).unwrap_or(self.rest().len());
        if end == 0 {
            return Err(self.expected(expected));
        }
        let word = &self.rest()[..end];
        self.at += end;
        Ok(word.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(path: &str, operator: Operator, value: &str) -> Node {
        Node::Compare { path: path.to_owned(), operator, value: value.to_owned() }
    }

    #[test]
    fn and_binds_more_than_or() {
        let (a, b, c) = (
            compare("a.state", Operator::Equal, "stall_token"),
            compare("b*", Operator::LessOrEqual, "10"),
            compare("c", Operator::Greater, "0"),
        );
        let expected = Node::Any(vec![Node::All(vec![a]), Node::All(vec![b, Node::Not(Box::new(c))])]);
        assert_eq!(parse("a.state==stall_token || b* <= 10 && !c").unwrap(), expected);
        assert!(parse("(a || b) && !(c == 1)").is_ok());
    }

    #[test]
    fn what_breaks_the_grammar_is_refused_with_its_place() {
        for (text, at) in
            [("", 1), ("a ==", 5), ("a == 1 b", 8), ("(a", 3), ("a && ", 6), ("ä = 1", 3), ("a <> 1", 4)]
        {
            let Err(WaveError::Condition { at: found, .. }) = parse(text) else { panic!("{text} is taken") };
            assert_eq!(found, at, "{text}");
        }
        assert!(parse(&"(".repeat(100_000)).is_err() && parse(&"!".repeat(100_000)).is_err());
    }
}
